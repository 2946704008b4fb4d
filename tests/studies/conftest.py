"""Studies on an engine whose answer is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.model import simulation
from tests.helpers import known_answer


@pytest.fixture
def how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """The options of a study: the stand-in for the engine, one year, quietly, into tmp_path."""
    monkeypatch.setattr(simulation, "run_batch", known_answer.run_batch)

    def options(**changed: Any) -> dict[str, Any]:
        usual = {"years": 1.0, "out": tmp_path / "out", "engine": "serial", "quiet": True}
        return usual | changed

    return options
