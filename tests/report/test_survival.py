"""Kaplan-Meier with delayed entry, against values worked out by hand and by other means."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.analysis.survival import daily_counts, product_limit
from sim.report.charts.outcome_charts import signs_at, survival_curves
from sim.results.run_folder import open_run
from tests.helpers.run_folders import seal_again

pytestmark = [pytest.mark.standard, pytest.mark.theory]


def curve(entry: list[int], exit_: list[int], exited: list[bool], days: int) -> np.ndarray:
    group = np.zeros(len(entry), dtype=int)
    exits, at_risk = daily_counts(
        group, np.array(entry), np.array(exit_), np.array(exited), 1, days
    )
    return product_limit(exits[0], at_risk[0])


def test_by_hand_without_delayed_entry():
    # Five spells: leave on 2, censored on 3, leave on 4 (two), censored on 6.
    share = curve([0] * 5, [2, 3, 4, 4, 6], [True, False, True, True, False], 6)
    assert share.tolist() == pytest.approx([1, 1, 4 / 5, 4 / 5, 4 / 5 * 1 / 3, 4 / 15, 4 / 15])


def test_a_late_entrant_does_not_count_before_it_is_seen():
    # The third spell is seen from day 3 only, so at day 2 two are at risk, at day 5 two.
    share = curve([0, 0, 3], [2, 5, 7], [True, True, True], 7)
    assert share[2] == pytest.approx(1 / 2)
    assert share[5] == pytest.approx(1 / 4)
    assert share[7] == 0


def test_delayed_entry_removes_the_bias_of_long_spells():
    """Spells under way at the start are long ones; counting them from day 0 flatters staying."""
    draws = np.random.default_rng(1)
    length = draws.exponential(600, 40_000).astype(int) + 1
    begun = draws.integers(-3000, 3000, 40_000)
    watched = begun + length > 0
    entry = np.maximum(-begun[watched], 0)
    exit_ = np.minimum(length[watched], 3000 - begun[watched])
    exited = exit_ == length[watched]
    right = curve(entry.tolist(), exit_.tolist(), exited.tolist(), 1500)
    wrong = curve([0] * len(entry), exit_.tolist(), exited.tolist(), 1500)
    assert right[600] == pytest.approx(np.exp(-1), abs=0.015)
    assert wrong[600] > right[600] + 0.02


def test_the_interval_holds_the_estimate(shared_run):
    run = open_run(shared_run)
    curves = survival_curves(run, run.scenarios)
    assert np.all(curves[0].low <= curves[0].share)
    assert np.all(curves[0].share <= curves[0].high)
    assert np.all(np.diff(curves[0].share) <= 0)
    assert dict(signs_at(curves, 24))["no-intervention"] == 1


def _with_three(record):
    for settings in (record, record["identity"]):
        settings["replications"] = 3


def test_few_replications_give_no_interval_and_no_sign(run_path):
    for name in ("replications", "spells"):
        table = pd.read_csv(run_path / f"{name}.csv").query("replication < 4")
        table.to_csv(run_path / f"{name}.csv", index=False)
    seal_again(run_path, _with_three)
    run = open_run(run_path)
    curves = survival_curves(run, run.scenarios)
    assert np.isnan(curves[0].low).all()
    assert {sign for _, sign in signs_at(curves, 24)} == {0}
