"""The back-test: what it holds against what, its rivals, its files and its charts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim import regimes
from sim.backtest.assessment import Backtest, backtest, summary
from sim.backtest.figures import FITTED, TESTED, Window
from sim.backtest.naive_forecasts import Rivals
from sim.backtest.published import FIRST_DAY, LAST_DAY, PublishedData
from sim.backtest.scorecard import write_backtest
from sim.backtest.scorecard_text import figure_rows, losses, summary_rows
from sim.backtest.targets import targets
from sim.cli.backtest_commands import validate
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.problems import InputError
from sim.report.charts.backtest_charts import draw_backtest

START = date(2018, 4, 1)


@pytest.fixture(scope="module")
def played() -> Backtest:
    """Six countries of the last start, all at the ledger's central values."""
    sets = [load_ledger().central()] * 6
    return backtest(sets, seed=1, regimes=regimes.available(), starts=[START])


def test_every_figure_is_scored_and_windows_are_kept_apart(played: Backtest) -> None:
    tested = played.select(START, tested=True)
    assert len(tested) > 30
    assert all(TESTED.after < h.figure.until <= LAST_DAY for h in tested)
    assert all(h.model.score >= -1e-9 or len(h.model.sample) < 10 for h in tested)
    found = summary(tested)
    assert 0.0 <= found.inside[0.5] <= found.inside[0.95] <= 1.0
    assert len(figure_rows(tested)) == len(tested)
    assert summary_rows(played)
    assert all(str(START) in line for line in losses(played))


def test_councils_are_scored_against_both_rivals(played: Backtest) -> None:
    by = {score.quantity: score for score in played.councils}
    grades = by["grade of each council, 31 Aug 2019"]
    assert grades.count == 152
    assert 0.0 < grades.model < 1.0
    assert any("years to exit" in quantity for quantity in by)


@pytest.mark.determinism
def test_the_same_seed_gives_the_same_scorecard(played: Backtest) -> None:
    sets = [load_ledger().central()] * 6
    again = backtest(sets, seed=1, regimes=regimes.available(), starts=[START])
    assert [h.model.score for h in again.held] == [h.model.score for h in played.held]


def test_rivals_know_nothing_of_the_test_window() -> None:
    record = PublishedData()
    rivals = Rivals(record, START, FITTED, date(2019, 9, 1), seed=1)
    for target in targets(record, START):
        naive = rivals.predict(target)
        if target.figure.quantity == "councils inadequate":
            assert naive.no_change is not None
            assert naive.no_change.tolist() == [23.0]  # as on 31 March 2018
        if target.series == "referrals":
            assert naive.no_change is not None
            assert np.median(naive.no_change) == pytest.approx(655_630)


@pytest.mark.bad_input
def test_a_test_window_that_was_fitted_is_refused() -> None:
    early = Window(date(2017, 12, 31), LAST_DAY)
    with pytest.raises(InputError, match="overlaps the test window"):
        backtest([], seed=1, regimes={}, tested=early)
    done = CliRunner().invoke(validate, ["--test-from", "2018-01-01"])
    assert isinstance(done.exception, InputError)


def test_files_and_charts_are_written(played: Backtest, tmp_path: Path) -> None:
    write_backtest(tmp_path, played, [])
    card = pd.read_csv(tmp_path / "scorecard.csv")
    assert {"observed", "median", "low95", "high95", "inside95", "crps"} <= {*card.columns}
    assert pd.to_datetime(card["until"]).max() <= pd.Timestamp(LAST_DAY)
    assert pd.to_datetime(pd.read_csv(tmp_path / "observed.csv")["date"]).max() <= pd.Timestamp(
        LAST_DAY
    )
    names = {path.name for path in draw_backtest(tmp_path)}
    assert {"rank-histogram.png", "coverage.svg", f"fans-from-{START}.csv"} <= names


@pytest.mark.slow
def test_patterns_and_the_long_run(tmp_path: Path) -> None:
    from sim.backtest.forecast import write_long_run
    from sim.backtest.patterns import patterns
    from sim.backtest.replay import replay
    from sim.inputs.councils.baseline import baseline

    sets = [load_ledger().central()] * 3
    countries = replay(FIRST_DAY, date(2019, 9, 1), sets, seed=1, regimes=regimes.available())
    found = patterns(PublishedData(), countries)
    assert {"yes", "NO"} >= {"yes" if p.emerges else "NO" for p in found}
    assert len(found) > 12
    write_long_run(tmp_path, countries, baseline(FIRST_DAY).names)
    table = pd.read_csv(tmp_path / f"long-run-councils-{FIRST_DAY}.csv")
    assert len(table) == 6 * 152
    assert table["year"].max() == 2019
