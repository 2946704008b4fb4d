"""Studies on an engine whose answer is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.model import simulation
from sim.studies.study import HowRun
from tests.helpers import known_answer


@pytest.fixture
def how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., HowRun]:
    """How to run a study: the stand-in for the engine, one year, quietly, into tmp_path."""
    monkeypatch.setattr(simulation, "run_batch", known_answer.run_batch)

    def options(**changed: Any) -> HowRun:
        usual = {"years": 1.0, "out": tmp_path / "out", "engine": "serial", "quiet": True}
        return HowRun(**(usual | changed))

    return options
