"""Intervals that are not to be trusted are marked, and the others hold together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.analysis.comparison import Comparison, compare_runs
from sim.analysis.statistics import skewness
from sim.results.summary_tables import comparison_row

pytestmark = pytest.mark.standard

METRIC = "trusts_handed_back"


def compared(differences: np.ndarray) -> Comparison:
    base = np.arange(len(differences), dtype=np.float64)[:, None]
    (row,) = compare_runs({"a": base, "b": base + differences[:, None]}, "a", (METRIC,))
    return row


def test_skewness_agrees_with_scipy() -> None:
    values = np.random.default_rng(3).exponential(size=(40, 3))
    np.testing.assert_allclose(skewness(values), stats.skew(values))
    values[::4, 1] = np.nan
    assert skewness(values)[1] == pytest.approx(stats.skew(values[:, 1], nan_policy="omit"))
    assert math.isnan(skewness(np.ones((4, 1)))[0])


def test_well_behaved_differences_have_a_sound_interval() -> None:
    row = compared(np.random.default_rng(1).normal(size=50))
    assert row.interval == "sound"
    assert row.zero_share == 0.0
    assert abs(row.skewness) < 1.0


def test_skewed_differences_have_a_rough_one_until_there_are_enough() -> None:
    skewed = np.random.default_rng(2).exponential(size=4000) ** 2
    assert compared(skewed[:50]).interval == "rough"
    assert compared(skewed).interval == "sound"


def test_differences_that_are_nearly_all_zero_have_a_rough_one() -> None:
    rare = np.zeros(60)
    rare[[3, 9, 30, 41]] = 1.0, -1.0, 1.0, -1.0  # not skewed at all
    row = compared(rare)
    assert row.skewness == pytest.approx(0.0)
    assert row.zero_share == pytest.approx(56 / 60)
    assert row.interval == "rough"
    assert comparison_row(row)["interval"] == "rough"


def test_no_difference_at_all_is_known_exactly() -> None:
    assert compared(np.zeros(20)).interval == "sound"
    assert compared(np.zeros(1)).interval == ""


@pytest.mark.theory
@pytest.mark.standard
@pytest.mark.parametrize("n", [20, 80])
def test_the_intervals_that_are_not_marked_hold_together(n: int) -> None:
    """Counts, rare events and skewed sums at once: about 95 % without the marked, far fewer
    with them. A rare event that never happened shows no difference, and is left out."""
    generator = np.random.default_rng(8)
    chance = np.repeat([0.05, 0.1, 0.2, 0.4], 2)
    truth = np.concatenate([np.zeros(8), np.ones(8), np.full(8, 5.0), chance])
    trials, held, all_held = 200, 0, 0
    for _ in range(trials):
        rare = generator.random((n, 8)) < chance
        skewed = generator.exponential(size=(n, 8))
        table = np.concatenate(
            [
                generator.normal(size=(n, 8)),
                skewed,
                generator.poisson(5.0, (n, 8)),
                rare * skewed,
            ],
            axis=1,
        )
        varies = table.std(axis=0) > 0
        rows = compare_runs({"a": np.zeros_like(table), "b": table}, "a", (METRIC,) * len(truth))
        half = np.array([row.half_width for row in rows])
        good = (np.abs(table.mean(axis=0) - truth) <= half) | ~varies
        sound = np.array([row.interval == "sound" for row in rows])
        held += bool(good[sound].all())
        all_held += bool(good.all())
    assert held / trials >= 0.9
    assert all_held / trials < held / trials - 0.1
