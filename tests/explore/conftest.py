"""Studies on an engine whose answer is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stand_in

from sim.england import nation
from sim.experiment.explore.study import HowRun


@pytest.fixture
def how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., HowRun]:
    """How to run a study: the stand-in for the engine, one year, quietly, into tmp_path."""
    monkeypatch.setattr(nation, "run_batch", stand_in.run_batch)

    def options(**changed: Any) -> HowRun:
        usual = {"years": 1.0, "out": tmp_path / "out", "engine": "serial", "quiet": True}
        return HowRun(**(usual | changed))

    return options
