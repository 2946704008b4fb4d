"""Means, ranges and quantiles with figures missing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.analysis.statistics import half_width_of_mean, mean_and_sd, spread, t_quantile

pytestmark = [pytest.mark.quick, pytest.mark.theory]


def figures(missing: float) -> np.ndarray:
    generator = np.random.default_rng(4)
    values = generator.normal(size=(31, 4, 5))
    values[generator.random(values.shape) < missing] = np.nan
    return values


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_spread_agrees_with_numpy(missing: float) -> None:
    values = figures(missing)
    about = spread(values)
    np.testing.assert_array_equal(about.n, np.sum(~np.isnan(values), axis=0))
    np.testing.assert_allclose(about.mean, np.nanmean(values, axis=0))
    np.testing.assert_allclose(about.sd, np.nanstd(values, axis=0, ddof=1))
    for q, found in ((5, about.p05), (50, about.p50), (95, about.p95)):
        np.testing.assert_allclose(found, np.nanpercentile(values, q, axis=0))


def test_a_column_of_nothing_gives_nothing() -> None:
    about = spread(np.full((4, 1), np.nan))
    assert about.n[0] == 0
    assert np.isnan([about.mean[0], about.sd[0], about.p05[0], about.p95[0]]).all()


def test_one_figure_has_a_mean_and_no_deviation() -> None:
    mean, sd = mean_and_sd(np.array([[3.0], [np.nan]]))
    assert mean[0] == 3.0
    assert math.isnan(sd[0])


def test_equal_figures_have_no_deviation_at_all() -> None:
    _, sd = mean_and_sd(np.full((7, 1), 0.1))
    assert sd[0] == 0.0


def test_the_interval_of_a_mean_is_students() -> None:
    values = figures(0.0)[:, 0, 0]
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    half = half_width_of_mean(np.array([len(values)]), np.array([values.std(ddof=1)]))[0]
    assert half == pytest.approx((high - low) / 2)


def test_one_figure_has_no_quantile_of_t() -> None:
    assert math.isnan(t_quantile(0.975, 1))
