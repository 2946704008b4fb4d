"""Runs on the stand-in for the engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake
import pytest

import sim
from sim.england import nation

Files = dict[str, bytes]
Simulate = Callable[..., sim.Result]


@pytest.fixture
def fake_england(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in answers instead of the engine, in this process and those it forks."""
    monkeypatch.setattr(nation, "run_batch", fake.run_batch)


@pytest.fixture
def run_fake(fake_england: None, tmp_path: Path) -> Simulate:
    """`sim.simulate` on the stand-in: two years, quickly, quietly, into tmp_path/out."""

    def run(scenario: Any = "trusts-2016", **options: Any) -> sim.Result:
        defaults = {"out": tmp_path / "out", "years": 2, "engine": "serial", "quiet": True}
        if "precision" not in options:
            defaults["replications"] = 6
        return sim.simulate(scenario, **(defaults | options))

    return run


def contents(folder: Path) -> Files:
    """Every file of a run folder by name; of the record all but the section `run`."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    record = json.loads(found["record.json"])
    del record["run"]
    found["record.json"] = json.dumps(record, sort_keys=True).encode()
    return found
