"""Runs on the stand-in for the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sim
from sim.model import simulation
from tests.helpers import fake_engine
from tests.helpers.run_folders import Simulate


@pytest.fixture
def fake_england(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in answers instead of the engine, in this process and those it forks."""
    monkeypatch.setattr(simulation, "run_batch", fake_engine.run_batch)


@pytest.fixture
def run_fake(fake_england: None, tmp_path: Path) -> Simulate:
    """`sim.simulate` on the stand-in: two years, quickly, quietly, into tmp_path/out."""

    def run(scenario: Any = "trusts-2016", **options: Any) -> sim.FinishedRun:
        defaults = {"out": tmp_path / "out", "years": 2, "engine": "serial", "quiet": True}
        if "precision" not in options:
            defaults["replications"] = 6
        return sim.simulate(scenario, **(defaults | options))

    return run
