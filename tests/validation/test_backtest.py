"""The back-test: what is compared with what, the naive forecasts, files, screen and charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli.validation_commands import validate
from sim.inputs.evidence.beliefs import ENSEMBLE
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError
from sim.report.charts.backtest_charts import draw_backtest
from sim.report.tables.backtest_terminal import (
    figure_rows,
    loss_lines,
    print_backtest,
    summary_rows,
)
from sim.report.tables.measure_rows import missed_lines
from sim.results.backtest_folder import open_backtest, summarise
from sim.validation.backtest import backtest
from sim.validation.ensemble import write_ensemble
from sim.validation.measures.bars import BELOW_ONE, NOT_CLEARLY_WORSE
from sim.validation.measures.rivals import LATENT, PAST_CHANGES
from sim.validation.measures.sharpness import ALL_GROUPS, GROUPS
from sim.validation.naive_forecasts import NaiveForecasters
from sim.validation.patterns import patterns
from sim.validation.published import FIRST_DAY, LAST_DAY, PublishedData
from sim.validation.replay import replay
from sim.validation.scorecard import Scorecard
from sim.validation.targets import FITTED, TESTED, Window, targets

pytestmark = pytest.mark.standard

START = date(2018, 4, 1)


@pytest.fixture(scope="module")
def scorecard() -> Scorecard:
    """Six countries of the last start, all at the ledger's central values."""
    return backtest([load_ledger().central()] * 6, starts=[START])


def test_every_figure_is_scored_and_windows_are_kept_apart(scorecard: Scorecard) -> None:
    tested = [row for row in scorecard.england if row.tested]
    assert len(tested) > 30
    assert all(TESTED.after < row.target.until <= LAST_DAY for row in tested)
    assert all(row.model.score >= -1e-9 or len(row.model.sample) < 10 for row in tested)
    card = scorecard.tables["scorecard"]
    card = card[card["window"] == "tested"]
    (summary,) = summarise(card).to_dict("records")
    assert 0.0 <= summary["inside50"] <= summary["inside95"] <= 1.0
    assert summary["inside95"] == pytest.approx(np.mean([r.model.covers(0.95) for r in tested]))
    assert summary["figures"] == len(figure_rows(card)) == len(tested)
    assert summary["lost"] == len(loss_lines(card)) == sum(bool(row.lost_to) for row in tested)
    assert len(summary_rows(summarise(scorecard.tables["scorecard"]))) == 2
    assert all(str(START) in line for line in loss_lines(card))


def test_the_screen_shows_every_figure_of_the_test_and_where_the_model_loses(
    scorecard: Scorecard, capsys: pytest.CaptureFixture[str]
) -> None:
    print_backtest(scorecard.tables, TESTED.after)
    out = " ".join(capsys.readouterr().out.split())
    assert f"Simulated from {START}: tested window" in out
    assert f"Simulated from {START}: fitted window" not in out
    losses = loss_lines(scorecard.tables["scorecard"])
    assert f"after {TESTED.after} ({len(losses)})" in out
    assert all(line in out for line in losses)


def test_how_good_it_is_stands_beside_its_bars(
    scorecard: Scorecard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judged = scorecard.tables["measures"]
    assert {*judged["measure"]} == {"calibrated", "sharp", "council by council", "transitions"}
    assert {*judged["start"].astype(str)} == {"all", str(START)}
    quantities = {*judged.loc[judged["measure"] == "council by council", "of"]}
    assert quantities == {*BELOW_ONE, *NOT_CLEARLY_WORSE}
    both_windows = {*judged.loc[judged["measure"] == "transitions", "of"]}
    assert both_windows == {"p, fitted years", "p, tested years"}
    sharp = scorecard.tables["sharp"]
    assert {*sharp["group"]} == {*GROUPS.values(), ALL_GROUPS}
    assert {PAST_CHANGES, LATENT, "chain", "drift"} <= {*sharp["rival"]}

    folder = scorecard.write(tmp_path)
    assert folder.measures["figure"].to_numpy() == pytest.approx(judged["figure"], rel=1e-5)
    assert len(folder.sharp) == len(sharp)
    assert {"councils inadequate", "moves between grades"} <= {*folder.widths["kind"]}
    print_backtest(scorecard.tables, TESTED.after)
    out = " ".join(capsys.readouterr().out.split())
    met = int(judged["met"].sum())
    assert f"{met} of {len(judged)} bars are met, {len(judged) - met} missed." in out
    assert out.count("missed: ") == len(judged) - met
    assert len(missed_lines(folder.measures)) == len(judged) - met

    path = tmp_path / "measures.csv"
    path.write_text(path.read_text().replace(",0,", ",1,"))
    with pytest.raises(InputError, match=r"measures\.csv"):
        open_backtest(tmp_path)
    path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        _ = open_backtest(tmp_path).measures


def test_councils_are_scored_against_both_naive_forecasts(scorecard: Scorecard) -> None:
    by = {score.quantity: score for score in scorecard.councils}
    grades = by["grade of each council, 31 Aug 2024"]
    assert grades.count == 147  # of 152; five were abolished
    assert 0.0 < grades.model < 1.0
    assert any("years to exit" in quantity for quantity in by)
    for score in scorecard.councils:
        means = (score.model, score.no_change, score.drift)
        assert score.scores.mean(axis=1) == pytest.approx(means)
        assert len(score.members) == len(score.errors) == score.count
    table = scorecard.tables["council_groups"]
    whole = table[table["grouping"] == "all councils"].set_index("quantity")
    assert {*whole.index} == {*by}
    for name, score in by.items():
        naive = min(score.no_change, score.drift)
        assert whole.loc[name, "ratio"] == pytest.approx(score.model / naive)
        assert score.scores.shape == (3, score.count)
        assert all(len(scores) == score.count for scores in score.rivals.values())
        assert len(score.rivals) == (0 if "exit" in score.quantity else 1)
        assert all(low <= high for low, high in score.usual.values())


@pytest.mark.determinism
def test_the_same_seed_gives_the_same_scorecard(scorecard: Scorecard) -> None:
    again = backtest([load_ledger().central()] * 6, starts=[START])
    assert [row.model.score for row in again.england] == [
        row.model.score for row in scorecard.england
    ]


def test_naive_forecasts_use_nothing_of_the_test_window() -> None:
    published = PublishedData()
    naive = NaiveForecasters(published, START, FITTED, date(2024, 9, 1), seed=1)
    for target in targets(published, START):
        no_change, _ = naive.predict(target)
        if target.quantity == "councils inadequate":
            assert no_change is not None
            assert no_change.tolist() == [23.0]  # as on 31 March 2018
        if target.series == "referrals":
            assert no_change is not None
            assert np.median(no_change) == pytest.approx(655_630)


def test_naive_forecasts_know_what_was_known_on_the_day_the_run_starts() -> None:
    published = PublishedData()
    late = NaiveForecasters(published, date(2023, 4, 1), FITTED, date(2024, 9, 1), seed=1)
    assert late.known_until == date(2023, 3, 31)
    by_label = {target.label: target for target in targets(published, date(2023, 4, 1))}
    no_change, _ = late.predict(by_label["referrals, Apr 2023 to Mar 2024"])
    assert no_change is not None
    assert np.median(no_change) == pytest.approx(640_430)


def test_naive_forecasts_are_told_that_inspections_stopped() -> None:
    published = PublishedData()
    naive = NaiveForecasters(published, START, FITTED, date(2024, 9, 1), seed=1)
    for target in targets(published, START):
        if target.label == "inspections published, Apr 2020 to Mar 2021":
            no_change, chain = naive.predict(target)
            assert no_change is not None
            assert chain is not None
            assert 0 < np.median(no_change) < 10  # 39 reports in the year before the start
            assert 0 < np.median(chain) < 10


@pytest.mark.bad_input
def test_a_test_window_that_was_fitted_is_refused() -> None:
    early = Window(date(2021, 12, 31), LAST_DAY)
    with pytest.raises(InputError, match="overlaps the test window"):
        backtest([], tested=early)
    done = CliRunner().invoke(validate, ["--test-from", "2022-01-01"])
    assert isinstance(done.exception, InputError)


@pytest.mark.bad_input
def test_a_fit_to_the_test_window_is_refused_and_the_message_says_which(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ensemble\.csv.*2024-08-31 and overlaps the test window"):
        backtest(20, ensemble=seeds_dir() / ENSEMBLE)
    path = tmp_path / "mine.csv"
    write_ensemble(path, ["demand.alarm_peak"], np.full((20, 1), 0.1), date(2023, 3, 31))
    with pytest.raises(InputError, match=r"mine\.csv.*2023-03-31 and overlaps") as refusal:
        backtest(20, ensemble=path)
    assert "fitted to 2022-03-31 or earlier" in str(refusal.value)


@pytest.mark.bad_input
def test_a_test_window_in_which_nothing_was_published_is_refused() -> None:
    empty = Window(date(2024, 4, 30), date(2024, 6, 30))
    with pytest.raises(InputError, match="no figure was published after 2024-04-30"):
        backtest([load_ledger().central()], tested=empty, starts=[START])


@pytest.mark.bad_input
@pytest.mark.parametrize("sets", [0, []])
def test_a_backtest_without_parameter_sets_is_refused(sets: int | list[dict[str, float]]) -> None:
    with pytest.raises(InputError, match="at least one parameter set"):
        backtest(sets)


def test_files_and_charts_are_written(scorecard: Scorecard, tmp_path: Path) -> None:
    scores = scorecard.write(tmp_path)
    assert {"observed", "median", "low95", "high95", "inside95", "crps"} <= {*scores.card.columns}
    assert pd.to_datetime(scores.card["until"]).max() <= pd.Timestamp(LAST_DAY)
    assert pd.to_datetime(pd.read_csv(tmp_path / "observed.csv")["date"]).max() <= pd.Timestamp(
        LAST_DAY
    )
    assert scores.record["sets"] == 6
    assert scores.record["tested_until"] == LAST_DAY.isoformat()
    exact, written = scorecard.tables["scorecard"]["crps"], scores.card["crps"]
    assert written.to_numpy() == pytest.approx(exact.to_numpy(), rel=1e-5)
    names = {path.name for path in draw_backtest(tmp_path)}
    assert {"rank-histogram.png", "coverage.svg", f"fans-from-{START}.csv"} <= names


@pytest.mark.standard
def test_patterns_and_the_long_run(scorecard: Scorecard, tmp_path: Path) -> None:
    sets = [load_ledger().central()] * 3
    countries = replay(FIRST_DAY, date(2020, 5, 1), sets, seed=1)
    emergent = patterns(PublishedData(), countries)
    assert len(emergent) > 12
    by_start = {FIRST_DAY: countries}
    long_run = replace(scorecard, patterns=emergent, countries=by_start, until=date(2020, 4, 30))
    scores = long_run.write(tmp_path)
    assert {*scores.patterns["emerges"]} <= {"yes", "no"}
    assert len(scores.patterns) == len(emergent)
    table = pd.read_csv(tmp_path / f"long-run-councils-{FIRST_DAY}.csv")
    assert len(table) == 6 * 152 + 149  # Bournemouth, Poole and old Dorset ended in April 2019
    assert table["year"].max() == 2020
    assert not table.isna().any(axis=None)
