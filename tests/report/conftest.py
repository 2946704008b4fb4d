"""Run folders made up for the tests, made and drawn once."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.model import simulation
from sim.report.briefing.content import AUDIENCES
from sim.report.briefing.pages import briefing
from sim.report.charts.all_charts import make_charts
from sim.report.explorer.explorer_page import explorer
from sim.studies import PACKAGE, run_studies
from tests.helpers import known_answer
from tests.helpers.synthetic_run import make_run

AGAINST = ("commissioner-only", "peer-support")


@pytest.fixture(scope="session")
def shared_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenarios, twelve replications, ten years; tables only, not to be written to."""
    return make_run(tmp_path_factory.mktemp("shared") / "run", replications=12)


@pytest.fixture(scope="session")
def shared_runs(shared_run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[date, Path]:
    """Runs by their first day, with other councils each; tables only, not to be written to."""
    later = {
        on: make_run(tmp_path_factory.mktemp("later") / "run", replications=4, start=on)
        for on in (date(2021, 4, 1), date(2024, 9, 1))
    }
    return {date(2016, 1, 1): shared_run, **later}


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


@pytest.fixture(scope="session")
def study_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of each kind of study, on an engine whose answer is known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "run_batch", known_answer.run_batch)
        out = tmp_path_factory.mktemp("studies")

        how: Any = {"years": 1.0, "out": out, "engine": "serial", "quiet": True}
        few = ["control.trust_deviation", "trust.setup_months"]
        asked: dict[str, Any] = {"parameters": few, "trajectories": 6, "base": 16}
        made = [
            run_studies.beliefs("trusts-2016", AGAINST, replications=6, **how),
            run_studies.explore(
                "trusts-2016", AGAINST, samples=80, vary=few, replications=2, **how
            ),
            run_studies.sensitivity("trusts-2016", AGAINST[0], replications=1, **how, **asked),
            run_studies.attribute("trusts-2016", PACKAGE[:2], replications=6, **how),
        ]
    return {json.loads((s.folder / "record.json").read_text())["kind"]: s.folder for s in made}


@pytest.fixture(scope="session")
def run_with_studies(
    shared_run: Path, study_folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A run with a briefing for every audience that tells of all four studies."""
    run = Path(shutil.copytree(shared_run, tmp_path_factory.mktemp("studied") / "run"))
    for audience in AUDIENCES:
        briefing(run, audience, studies=list(study_folders.values()))
    return run


@pytest.fixture(scope="session")
def sweep_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of the months of grace, on an engine whose answer is known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "run_batch", known_answer.run_batch)
        made = sim.sweep(
            "trusts-2016",
            {"regime.grace_months": [0.0, 6.0, 12.0]},
            replications=6,
            years=1.0,
            out=tmp_path_factory.mktemp("sweep"),
            engine="serial",
            quiet=True,
        )
    return made.folder


@pytest.fixture(scope="session")
def explored_run(
    shared_run: Path,
    study_folders: dict[str, Path],
    sweep_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A run with its explorer: without and with an exploration and a sweep."""
    run = Path(shutil.copytree(shared_run, tmp_path_factory.mktemp("explored") / "run"))
    explorer(run)
    explorer(run, study=study_folders["explore"], sweeps=[sweep_folder])
    return run
