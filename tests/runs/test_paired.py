"""Paired differences and their simultaneous intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.analysis.comparison import compare_runs, half_widths, shared_luck
from sim.analysis.statistics import t_quantile

pytestmark = pytest.mark.quick

LOWER, HIGHER, NEITHER = "inadequate_council_years", "exit_share_24m", "referrals"


def column(*values: float) -> np.ndarray:
    return np.array(values)[:, None]


def test_a_case_worked_by_hand() -> None:
    values = {"base": column(10.0, 20.0, 30.0), "other": column(9.0, 18.0, 27.0)}
    (row,) = compare_runs(values, "base", (LOWER,))
    assert (row.scenario, row.baseline, row.metric, row.n) == ("other", "base", LOWER, 3)
    assert row.diff_mean == -2.0
    assert row.half_width == pytest.approx(t_quantile(0.975, 3) * 1.0 / math.sqrt(3))
    assert (row.p05, row.p95) == pytest.approx((-2.9, -1.1))
    assert row.share_better == 1.0
    assert row.correlation == pytest.approx(1.0)
    assert row.variance_ratio == pytest.approx(1.0 / (100.0 + 81.0))


@pytest.mark.parametrize(
    ("metric", "expected"), [(LOWER, 0.625), (HIGHER, 0.375), (NEITHER, math.nan)]
)
def test_better_follows_the_metric_and_ties_count_half(metric: str, expected: float) -> None:
    values = {"base": column(5, 5, 5, 5), "other": column(4, 4, 6, 5)}
    (row,) = compare_runs(values, "base", (metric,))
    assert row.share_better == pytest.approx(expected, nan_ok=True)


def test_missing_figures_are_left_out_and_counted() -> None:
    values = {"base": column(1, np.nan, 3, 4), "other": column(2, 2, np.nan, 6)}
    (row,) = compare_runs(values, "base", (LOWER,))
    assert row.n == 2
    assert row.diff_mean == 1.5


def test_nothing_at_all_gives_no_numbers_and_no_error() -> None:
    values = {"base": column(np.nan, np.nan), "other": column(1, 2)}
    (row,) = compare_runs(values, "base", (LOWER,))
    assert row.n == 0
    assert math.isnan(row.diff_mean)
    assert math.isnan(row.half_width)
    assert math.isnan(row.share_better)
    assert not row.clear


def test_a_difference_that_never_varies_is_known_exactly() -> None:
    values = {"base": column(1, 2, 3), "other": column(2, 3, 4)}
    (row,) = compare_runs(values, "base", (LOWER,))
    assert (row.ci95_low, row.ci95_high) == (1.0, 1.0)
    assert row.variance_ratio == 0.0


def test_one_replication_has_no_interval() -> None:
    (row,) = compare_runs({"base": column(1), "other": column(2)}, "base", (LOWER,))
    assert row.diff_mean == 1.0
    assert math.isnan(row.half_width)


@pytest.mark.theory
def test_shared_luck_of_independent_and_of_equal_runs() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 4000))
    correlation, ratio = shared_luck(x, y)
    assert correlation == pytest.approx(0.0, abs=0.05)
    assert ratio == pytest.approx(1.0, abs=0.05)
    assert shared_luck(x, x + 3.0) == pytest.approx((1.0, 0.0))
    assert shared_luck(x, -x)[1] == pytest.approx(2.0)


def test_shared_luck_is_unknown_where_nothing_varies() -> None:
    constant = np.ones(5)
    assert all(map(math.isnan, shared_luck(constant, constant)))
    correlation, ratio = shared_luck(constant, np.arange(5.0))
    assert math.isnan(correlation)
    assert ratio == 1.0


@pytest.mark.theory
@pytest.mark.standard
@pytest.mark.parametrize("correlation", [0.0, 0.8])
@pytest.mark.parametrize("n", [5, 20])
def test_all_intervals_hold_together_at_their_level(correlation: float, n: int) -> None:
    generator = np.random.default_rng(11)
    columns, trials, held = 40, 400, 0
    for _ in range(trials):
        shared = generator.normal(size=(n, 1))
        own = generator.normal(size=(n, columns))
        table = math.sqrt(correlation) * shared + math.sqrt(1 - correlation) * own
        held += bool(np.all(np.abs(table.mean(axis=0)) <= half_widths(table)))
    assert held / trials >= 0.92
    if n == 20:  # and not by being far too wide
        assert held / trials <= 0.98


def test_simultaneous_intervals_are_wider_than_one_alone_and_within_bonferroni() -> None:
    table = np.random.default_rng(3).normal(size=(30, 50))
    alone = half_widths(table[:, :1])[0]
    together = half_widths(table)
    bonferroni = t_quantile(1 - 0.025 / 50, 30) * table.std(axis=0, ddof=1) / math.sqrt(30)
    assert together[0] > 1.3 * alone
    assert np.all(together <= bonferroni + 1e-12)


@pytest.mark.extreme
def test_a_rare_event_does_not_blow_the_intervals_up() -> None:
    table = np.random.default_rng(5).normal(size=(30, 10))
    before = half_widths(table)
    rare = np.zeros((30, 1))
    rare[4] = 1.0
    after = half_widths(np.concatenate([table, rare], axis=1))
    assert np.all(np.isfinite(after))
    assert np.all(after[:10] < 1.1 * before)


@pytest.mark.determinism
def test_the_same_table_gives_the_same_intervals() -> None:
    table = np.random.default_rng(6).normal(size=(25, 12))
    np.testing.assert_array_equal(half_widths(table), half_widths(table.copy()))
