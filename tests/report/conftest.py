"""Run folders made up for the tests, made and drawn once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from synthetic import make_run

from sim.report.brief import AUDIENCES
from sim.report.briefing import briefing
from sim.report.charts import make_charts


@pytest.fixture(scope="session")
def shared_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenarios, twelve replications, ten years; tables only, not to be written to."""
    return make_run(tmp_path_factory.mktemp("shared") / "run", replications=12)


@pytest.fixture(scope="session")
def drawn_run(shared_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with its charts and the briefing for every audience; not to be written to."""
    run = Path(shutil.copytree(shared_run, tmp_path_factory.mktemp("drawn") / "run"))
    make_charts(run)
    for audience in AUDIENCES:
        briefing(run, audience)
    return run


@pytest.fixture
def run_path(shared_run: Path, tmp_path: Path) -> Path:
    """A copy of the tables that a test may write to."""
    return Path(shutil.copytree(shared_run, tmp_path / "run"))
