"""Least squares on panels: effects of councils and years taken out, intervals clustered on
council."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from sim.units import Array, IntArray

# Of the normal distribution: the register's intervals hold 90 %.
NINETY = 1.6448536

Effects = Literal["council and year", "year", "council", "region by year"]


class Estimate(NamedTuple):
    """A figure with its 90 % interval (NaN where it has none) and the rows it rests on."""

    value: float
    low: float = float("nan")
    high: float = float("nan")
    rows: int = 0

    def times(self, factor: float) -> Estimate:
        """In another unit; `factor` is above nought."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor, self.rows)


NOTHING = Estimate(float("nan"))


class PanelFit(NamedTuple):
    """Coefficients (K,), their covariance (K, K), and the rows and councils used."""

    coefficients: Array
    covariance: Array
    rows: int
    councils: int

    def sum_of(self, weights: Sequence[float]) -> Estimate:
        """A weighted sum of the first coefficients, with its interval."""
        w = np.zeros(len(self.coefficients))
        w[: len(weights)] = weights
        value = float(w @ self.coefficients)
        half = NINETY * float(np.sqrt(np.maximum(w @ self.covariance @ w, 0.0)))
        return Estimate(value, value - half, value + half, self.rows)

    def first(self) -> Estimate:
        """The first coefficient."""
        return self.sum_of([1.0])


def fit_grid(
    outcome: Array,
    causes: Sequence[Array],
    effects: Effects = "council and year",
    region: IntArray | None = None,
) -> PanelFit | None:
    """Regress a grid (T, C) on others, or on (C,) figures; None with fewer than 30 whole rows.

    "region by year" takes out councils and each region's every year, and needs `region` (C,).
    """
    years, councils = (np.asarray(axis) for axis in np.indices(outcome.shape))
    columns = [np.broadcast_to(cause, outcome.shape) for cause in causes]
    whole = np.isfinite(outcome) & np.all([np.isfinite(c) for c in columns], axis=0)
    if whole.sum() < 30:
        return None
    place: IntArray = councils[whole]
    time: IntArray = years[whole]
    if effects == "region by year":
        assert region is not None
        time = time * (int(region.max()) + 1) + region[place]
    return fit_rows(
        outcome[whole],
        np.column_stack([c[whole] for c in columns]),
        cluster=place,
        absorbed=place if effects in ("council and year", "council", "region by year") else None,
        dummies=None if effects == "council" else time,
    )


def fit_rows(
    y: Array,
    x: Array,
    *,
    cluster: IntArray,
    absorbed: IntArray | None = None,
    dummies: IntArray | None = None,
) -> PanelFit:
    """Regress rows y (n,) on x (n, K) with an own level for each value of `absorbed` and of
    `dummies` (or one constant); covariance clustered on `cluster`."""
    parts = [x]
    if dummies is not None:
        values = np.unique(dummies)
        parts.append((dummies[:, None] == values[None, :]).astype(np.float64))
    elif absorbed is None:
        parts.append(np.ones((len(y), 1)))
    z = np.column_stack(parts)
    if absorbed is not None:
        both = _less_group_means(np.column_stack([y, z]), absorbed)
        y, z = both[:, 0], both[:, 1:]
    bread = np.linalg.pinv(z.T @ z, hermitian=True)
    coefficients = bread @ (z.T @ y)
    scores = z * (y - z @ coefficients)[:, None]
    groups, place = np.unique(cluster, return_inverse=True)
    sums = np.zeros((len(groups), z.shape[1]))
    np.add.at(sums, place, scores)
    few = len(groups) / max(len(groups) - 1, 1)
    covariance = few * bread @ (sums.T @ sums) @ bread
    k = x.shape[1]
    return PanelFit(coefficients[:k], covariance[:k, :k], len(y), len(groups))


def mean_of(values: Array, cluster: IntArray) -> Estimate:
    """The mean of some rows (n,) with an interval clustered on council."""
    if not len(values):
        return NOTHING
    fit = fit_rows(values, np.ones((len(values), 1)), cluster=cluster, absorbed=None, dummies=None)
    # The constant stands twice (as x and as itself): each carries half of the mean.
    return fit.sum_of([1.0]).times(2.0)


def _less_group_means(columns: Array, group: IntArray) -> Array:
    values, place = np.unique(group, return_inverse=True)
    sums = np.zeros((len(values), columns.shape[1]))
    np.add.at(sums, place, columns)
    return np.asarray(columns - (sums / np.bincount(place)[:, None])[place])


def first_of(fit: PanelFit | None) -> Estimate:
    """The first coefficient of a fit, or nothing."""
    return NOTHING if fit is None else fit.first()


def sum_of(fit: PanelFit | None, weights: Sequence[float]) -> Estimate:
    """A weighted sum of the first coefficients of a fit, or nothing."""
    return NOTHING if fit is None else fit.sum_of(weights)
