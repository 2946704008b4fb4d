"""The package as a notebook uses it."""

from __future__ import annotations

import ast
import inspect
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.cli.commands import simulate as command
from sim.model import simulation
from sim.studies import run_studies
from tests.helpers import known_answer
from tests.helpers.synthetic_run import make_run

pytestmark = pytest.mark.standard

EVE = date(2022, 4, 1)  # of the years that nothing was fitted to


@pytest.mark.parametrize("name", sim.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    public = getattr(sim, name)
    assert name in dir(sim)
    if inspect.isclass(public) or inspect.isroutine(public):
        assert (public.__doc__ or "").strip()


def test_the_type_checker_and_python_see_the_same_names() -> None:
    source = ast.parse(Path(sim.__file__).read_text(encoding="utf-8"))
    (hints,) = (node for node in source.body if isinstance(node, ast.If))
    names = {
        alias.name: node.module
        for node in hints.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert names == sim._HOMES


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = sim.simulat


def test_a_scenario_is_frozen_and_copied_with_changes() -> None:
    base = sim.load_scenario("trusts-2016")
    with pytest.raises(ValueError, match="frozen"):
        base.title = "another"  # type: ignore[misc]
    quick = base.with_(**{"regime.grace_months": 3.0})  # type: ignore[arg-type]
    assert quick.timeline()[0][1]["regime.grace_months"] == 3.0
    assert base.timeline()[0][1]["regime.grace_months"] == 6.0


@pytest.mark.bad_input
def test_a_wrong_lever_in_a_copy_is_refused() -> None:
    with pytest.raises(sim.InputError, match=r"did you mean regime\.grace_months"):
        sim.load_scenario("trusts-2016").with_(**{"regime.grace_month": 3.0})  # type: ignore[arg-type]


@pytest.mark.standard
def test_the_few_lines_of_the_package_docstring_run(tmp_path: Path) -> None:
    doc = sim.__doc__ or ""
    lines = [line.strip() for line in doc.splitlines() if line.startswith("    ")]
    # The same lines, over one year and two replications to be quick.
    text = "\n".join(lines).replace("replications=20", "replications=2, years=1")
    text = text.replace("against=[quick])", "against=[quick], replications=2, years=1)")
    subprocess.run([sys.executable, "-c", text], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_finished_run_is_opened_drawn_and_briefed(tmp_path: Path) -> None:
    run = sim.open_run(make_run(tmp_path / "run"))
    chart = run.chart("councils-inadequate")
    assert set(chart.data["scenario"]) <= set(run.scenarios)
    assert str(chart.headline) in chart._repr_html_().replace("&#x27;", "'")
    assert {path.suffix for path in chart.save(tmp_path)} == {".svg", ".png", ".csv", ".txt"}
    page = run.briefing(tmp_path / "briefing.html")
    assert run.run_id in page.read_text(encoding="utf-8")
    with pytest.raises(sim.InputError, match="did you mean councils-inadequate"):
        run.chart("council-inadequate")
    assert run.charts["councils-inadequate"].data.equals(chart.data)
    assert all(name == one.name for name, one in run.charts.items())


def test_labels_and_colours_of_the_charts() -> None:
    assert sim.label("commissioner-only") == "Commissioner only"
    assert len(set(sim.COLOURS)) == 4
    lightness = [sum(bytes.fromhex(colour[1:])) for colour in sim.SEQUENTIAL]
    assert lightness == sorted(lightness, reverse=True)


# -- studies -----------------------------------------------------------------------------------

STUDIES: dict[str, tuple[Callable[..., sim.FinishedStudy], dict[str, Any]]] = {
    "beliefs": (sim.beliefs, {"replications": 2}),
    "explore": (
        sim.explore,
        {
            "samples": 40,
            "replications": 1,
            "vary": ["control.trust_deviation", "trust.setup_months"],
        },
    ),
    "sensitivity": (
        sim.sensitivity,
        {"parameters": ["control.trust_deviation"], "trajectories": 4},
    ),
    "attribute": (sim.attribute, {"parts": ["transition"], "replications": 2}),
}
OTHER = "commissioner-only"
AGAINST: dict[str, Any] = {"beliefs": [OTHER], "explore": [OTHER], "sensitivity": OTHER}


@pytest.fixture
def study_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], sim.FinishedStudy]:
    """A small study of each kind, on an engine whose answer is known."""
    monkeypatch.setattr(simulation, "run_batch", known_answer.run_batch)

    def run(kind: str) -> sim.FinishedStudy:
        study, options = STUDIES[kind]
        others = {"against": AGAINST[kind]} if kind in AGAINST else {}
        return study("trusts-2016", years=1, engine="serial", quiet=True, **others, **options)

    return run


@pytest.mark.parametrize("kind", STUDIES)
def test_a_study_is_drawn_and_put_in_words(
    kind: str, study_of: Callable[[str], sim.FinishedStudy]
) -> None:
    study = study_of(kind)
    words = [str(sentence) for sentence in study.sentences()]
    assert words[0].startswith("England, January 2016 to December 2016")
    assert len(words) > 1
    assert study.charts
    for name, chart in study.charts.items():
        assert study.chart(name) is chart
        assert len(chart.data)
        assert "<img" in chart._repr_html_()
    opened = sim.open_study(study.folder)
    assert isinstance(opened, sim.FinishedStudy)
    assert [str(sentence) for sentence in opened.sentences()] == words
    folder = study.folder
    study.temporary.cleanup()  # type: ignore[union-attr]
    assert not folder.exists()


def test_parts_of_a_study_are_asked_for_by_name(
    study_of: Callable[[str], sim.FinishedStudy],
) -> None:
    study = study_of("explore")
    needs = [str(sentence) for sentence in study.sentences("What each option needs")]
    assert f"above {known_answer.BREAK_EVEN:.2f} grade steps" in needs[0]
    assert set(needs) < {str(sentence) for sentence in study.sentences()}
    assert len(study.sentences(audience="minister")) < len(study.sentences())
    with pytest.raises(sim.InputError, match="did you mean What to find out next"):
        study.sentences("What to find out nex")
    with pytest.raises(sim.InputError, match="did you mean minister"):
        study.sentences(audience="ministre")
    with pytest.raises(sim.InputError, match="did you mean tornado-commissioner-only"):
        study.chart("tornado-commissioner-onl")


@pytest.mark.parametrize("kind", STUDIES)
def test_a_study_shows_its_options(kind: str) -> None:
    shown = inspect.signature(STUDIES[kind][0])
    assert shown.parameters == inspect.signature(getattr(run_studies, kind)).parameters
    assert {"metric", "replications", "years", "quiet"} <= set(shown.parameters)
    assert shown.return_annotation == "FinishedStudy"


# -- the back-test -----------------------------------------------------------------------------


def test_a_back_test_has_tables_and_charts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    central = sim.load_ledger().central()
    done = sim.backtest([central] * 3, starts=[EVE], test_from=date(2022, 9, 1), out=tmp_path)
    assert f"3 countries from {EVE}" in capsys.readouterr().err
    assert done.folder == tmp_path
    assert done.record["tested_after"] == "2022-08-31"
    assert set(done.card["window"]) == {"fitted", "tested"}
    assert set(done.summary["start"]) == {str(EVE)}
    assert {f"fans-from-{EVE}", "coverage"} < set(done.charts)
    coverage = done.chart("coverage")
    assert "95%" in str(coverage.headline)
    assert "<img" in coverage._repr_html_()
    with pytest.raises(sim.InputError, match="did you mean coverage"):
        done.chart("coverag")
    opened = sim.open_backtest(tmp_path)
    assert isinstance(opened, sim.FinishedBacktest)
    assert opened.card.equals(done.card)
    assert set(opened.charts) == set(done.charts)


def test_a_quiet_back_test_without_a_folder_leaves_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = sim.backtest([sim.load_ledger().central()], starts=[EVE], quiet=True)
    assert capsys.readouterr() == ("", "")
    folder = done.folder
    assert len(done.card)
    done.temporary.cleanup()  # type: ignore[union-attr]
    assert not folder.exists()


@pytest.mark.bad_input
def test_the_back_test_that_comes_with_the_program_says_that_it_cannot_be_drawn() -> None:
    ours = Path(sim.__file__).parent / "results" / "scored"
    with pytest.raises(sim.InputError, match=r"fans\.csv: missing: a chart needs it"):
        _ = sim.open_backtest(ours).charts


# -- forecasts ---------------------------------------------------------------------------------

UNTIL = date(2025, 3, 31)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> sim.FinishedForecast:
    out = tmp_path_factory.mktemp("sealed") / "forecast"
    return sim.forecast(replications=2, until=UNTIL, sealed_on=EVE, out=out, quiet=True)


def published(sealed: sim.FinishedForecast, folder: Path, changed: str = "") -> Path:
    """A file in which England's figures are the medians of the forecast, but for one series."""
    own = sealed.figures
    own = own[(own["code"] == "England") & (own["quantile"] == 0.5)].copy()
    own.loc[own["series"] == changed, "value"] *= 3.0
    path = folder / "published.csv"
    own[["series", "code", "date", "value"]].to_csv(path, index=False)
    return path


def test_a_forecast_has_frames_and_the_seal_of_the_command(
    sealed: sim.FinishedForecast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["forecast", "--replications", "2", "--until", str(UNTIL), "--sealed-on", str(EVE)]
    command.main([*words, "--out", str(tmp_path / "command")], standalone_mode=False)
    assert sealed.seal in capsys.readouterr().out
    opened = sim.open_forecast(tmp_path / "command")
    assert isinstance(opened, sim.FinishedForecast)
    assert opened.figures.equals(sealed.figures)
    assert [*sealed.figures] == ["series", "code", "date", "quantile", "value"]
    chances = sealed.grades.drop(columns=["code", "date"])
    assert chances.sum(axis=1).to_numpy() == pytest.approx(1.0, abs=1e-4)
    assert len(sealed.naive_grades) == len(sealed.grades)
    assert {*sealed.naive_figures["series"]} == {*sealed.figures["series"]}


def test_a_forecast_is_scored_as_the_command_scores_it(
    sealed: sim.FinishedForecast, tmp_path: Path
) -> None:
    path = published(sealed, tmp_path, changed="referrals")
    done = sim.score(sealed, path, out=tmp_path / "scores.csv")
    words = ["score", str(sealed.folder), str(path), "--out", str(tmp_path / "again.csv")]
    command.main(words, standalone_mode=False)
    assert (tmp_path / "scores.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()
    scores = done.table.set_index("series")
    assert {*done.figures["series"]} == {*scores.index}
    assert scores.loc["children_looked_after", "inside_50"] == 1.0
    assert scores.loc["referrals", "inside_95"] == 0.0
    assert sim.score(sealed.folder, path).table.equals(done.table)


def test_a_forecast_without_a_folder_is_temporary(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = sim.forecast(replications=2, until=UNTIL)
    assert "2 of 2 countries" in capsys.readouterr().err
    folder = made.folder
    made.temporary.cleanup()  # type: ignore[union-attr]
    assert not folder.exists()


@pytest.mark.bad_input
def test_a_forecast_is_not_scored_after_a_change_even_if_it_was_read_before(
    sealed: sim.FinishedForecast, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(sealed.folder, copy)
    opened = sim.open_forecast(copy)
    path = published(sealed, tmp_path)
    with (copy / "forecast.csv").open("a") as file:
        file.write("referrals,England,2025-03-31,0.5,1\n")
    for bad in (opened, copy):
        with pytest.raises(sim.InputError, match=r"forecast\.csv: has been changed since it was"):
            sim.score(bad, path)
    with pytest.raises(sim.InputError, match="never written over"):
        sim.forecast(replications=2, until=UNTIL, out=copy)
    with pytest.raises(sim.InputError) as all_wrong:
        sim.forecast("trusts-2016", replications=1, seed=-1, until=date(2024, 9, 1))
    for part in ("--replications", "--until", "--seed", "--scenario trusts-2016"):
        assert part in str(all_wrong.value)


# -- regimes -----------------------------------------------------------------------------------


def test_a_regime_is_written_with_public_names() -> None:
    assert sim.trusts.take_over.__annotations__["case"] == "CouncilFile"  # a case is one
    assert callable(sim.FailureCase.wait)
    assert sim.interventions.notice.__module__ == sim.interventions.__name__


def test_the_package_is_the_command() -> None:
    command = [sys.executable, "-m", "sim", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert sim.__version__ in done.stdout
