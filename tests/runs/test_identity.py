"""A run's name depends on what moves its numbers, and on nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import sim
from sim.inputs.councils.seed_tables import SPECS
from sim.inputs.files.places import PACKAGE, seeds_dir
from sim.results import identity
from sim.results.checkout import SourceState
from sim.runs import execute
from sim.studies.futures import StudyPlan
from tests.helpers.run_folders import Simulate
from tests.helpers.structure import dotted, imports, modules

pytestmark = pytest.mark.quick

Comment = Callable[[str], None]
# Modules of the rooms of running that move no number: they say where, how and how far. A new
# module must be put either here or in CODE_OF_RUNS.
MOVES_NOTHING = {
    *(
        "results.checkout",
        "results.identity",
        "results.metadata",
        "results.verification",
        "results.run_folder",
    ),
    *("results.study_folder", "results.backtest_folder", "results.run_record"),
    *("runs.errors", "runs.options", "runs.own_regimes", "runs.progress"),
    *("runs.staging", "runs.workers", "runs.worker_processes"),
}


@pytest.fixture
def comment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Comment]:
    """Adds a comment to a module, or a line to a seed, in a copy of which the hashes are taken."""
    package, seeds = tmp_path / "package" / "sim", tmp_path / "package" / "seeds"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "scored"))
    shutil.copytree(seeds_dir(), seeds, ignore=shutil.ignore_patterns("build"))
    monkeypatch.setattr(identity, "PACKAGE", package)
    monkeypatch.setattr(identity, "seeds_dir", lambda: seeds)
    monkeypatch.setattr(execute, "source_state", lambda _: SourceState("1"))

    def forget() -> None:
        for known in (
            *(identity.code_files, identity.code_sha256),
            *(identity.report_sha256, identity.seeds_sha256),
        ):
            known.cache_clear()

    def add(path: str) -> None:
        with (package.parent / path).open("a", encoding="utf-8") as file:
            file.write("# a comment\n")
        forget()

    forget()
    yield add
    forget()


@pytest.mark.parametrize(
    "path",
    [
        *("sim/report/charts/maps.py", "sim/report/briefing/content.py", "sim/cli/main.py"),
        *("sim/api.py", "sim/studies/robustness.py", "sim/validation/scores.py"),
        *("sim/runs/progress.py", "seeds/claims.csv", "seeds/hexes.csv", "seeds/DICTIONARY.md"),
        *("seeds/ensemble_to_2022.csv", "seeds/fits.csv", "sim/validation/fits/posteriors.py"),
    ],
)
def test_what_moves_no_number_renames_no_run(
    run_fake: Simulate, comment: Comment, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    first = run_fake(replications=2)
    comment(path)
    assert sim.verify(first.folder).same_here
    monkeypatch.delattr("sim.model.simulation.run_batch")  # resuming finds it finished
    assert run_fake(replications=2, resume=True).record == first.record


@pytest.mark.parametrize(
    "path",
    [
        *("sim/model/state.py", "sim/regimes/takeover.py", "sim/random/streams.py", "sim/units.py"),
        *("sim/inputs/policy/scenario.py", "sim/analysis/comparison.py", "sim/runs/plan.py"),
        *("sim/results/schema.py", "sim/results/summary_tables.py"),
        *("seeds/parameters.toml", "seeds/judgements.csv", "seeds/mechanisms.toml"),
        "seeds/ensemble.csv",
    ],
)
def test_what_may_move_a_number_renames_the_run(
    run_fake: Simulate, comment: Comment, path: str
) -> None:
    first = run_fake(replications=2)
    comment(path)
    verification = sim.verify(first.folder)
    assert verification.intact
    assert not verification.same_here
    again = run_fake(replications=2)
    assert again.run_id != first.run_id
    assert again.summary.equals(first.summary)


def test_the_code_of_studies_counts_in_studies_alone(comment: Comment) -> None:
    run, study = identity.code_sha256(), identity.code_sha256(StudyPlan.code)
    comment("sim/studies/robustness.py")
    assert identity.code_sha256() == run
    assert identity.code_sha256(StudyPlan.code) != study


def test_the_code_of_forecasts_counts_in_forecasts_alone(comment: Comment) -> None:
    run, forecast = identity.code_sha256(), identity.code_sha256(identity.CODE_OF_FORECASTS)
    comment("sim/forecasts/forecast_scores.py")  # scores come after the seal
    assert identity.code_sha256(identity.CODE_OF_FORECASTS) == forecast
    comment("sim/forecasts/naive_quantiles.py")
    assert identity.code_sha256(identity.CODE_OF_FORECASTS) != forecast
    assert identity.code_sha256() == run


def test_reports_have_a_version_of_their_own(run_fake: Simulate, comment: Comment) -> None:
    first = run_fake(replications=2)
    comment("sim/report/charts/maps.py")
    again = run_fake(replications=2)
    assert again.run_id == first.run_id
    assert again.record["report_sha256"] != first.record["report_sha256"]
    assert again.record["outputs"] == first.record["outputs"]


def test_every_module_that_a_run_needs_is_counted_or_known_to_move_nothing() -> None:
    files = {dotted(path) for path in identity.code_files()}
    for name in identity.CODE_OF_RUNS:
        assert (PACKAGE / name).exists(), name
    graph = {dotted(path): {name for _, name in imports(path)} for path in modules()}
    needed, ahead = set[str](), {"sim.runs.execute", "sim.runs.sweep"}
    while ahead:
        needed |= ahead
        ahead = {name for module in ahead for name in graph.get(module, ())} - needed - {"sim"}
    assert {name.removeprefix("sim.") for name in needed - files} <= MOVES_NOTHING


def test_every_seed_table_is_counted_or_read_by_reports_alone() -> None:
    tables = {path.name for kind in ("csv", "toml") for path in seeds_dir().glob(f"*.{kind}")}
    assert tables == {*identity.SEEDS_OF_RUNS, *identity.SEEDS_OF_REPORTS}
    assert {f"{spec.name}.csv" for spec in SPECS} <= {*identity.SEEDS_OF_RUNS}
