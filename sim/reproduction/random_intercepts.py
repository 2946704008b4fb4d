"""Logistic regression with random intercepts of two crossed groups, by Laplace's method.

The likelihood of the coefficients and of the two standard deviations integrates the intercepts
out. Laplace's method puts a normal distribution with the same peak and curvature in the place of
what is integrated, as the programs do with which such studies are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from sim.panel.fixed_effects import Estimate
from sim.units import Array, BoolArray, IntArray

# Of the normal distribution: the studies' intervals hold 95 %.
NINETY_FIVE = 1.9599640
# No intercept spreads wider than this in the studies by a factor of four, and a fit must end.
WIDEST = 4.0
_STEP = 1e-3  # of numerical second derivatives, in standard deviations of a column


class InterceptFit(NamedTuple):
    """Slopes (K,), their covariance (K, K; NaN where the fit has no clear peak), standard
    deviations of the two groups' intercepts in log odds, the log likelihood and the rows."""

    slopes: Array
    covariance: Array
    spreads: tuple[float, float]
    log_likelihood: float
    rows: int

    def slope(self, place: int) -> Estimate:
        """One slope with its 95 % interval."""
        value = float(self.slopes[place])
        half = NINETY_FIVE * float(np.sqrt(self.covariance[place, place]))
        return Estimate(value, value - half, value + half, self.rows)


class CrossedGroups:
    """Rows y (n,) with a cause x (n, K) each, in groups of two kinds (n,)."""

    def __init__(self, y: BoolArray, x: Array, first: IntArray, second: IntArray) -> None:
        self.y = y.astype(np.float64)
        self.x = x
        self.first = np.unique(first, return_inverse=True)[1]
        self.second = np.unique(second, return_inverse=True)[1]
        self.sizes = (int(self.first.max()) + 1, int(self.second.max()) + 1)
        self._cell = self.first * self.sizes[1] + self.second
        self._start = (np.zeros(self.sizes[0]), np.zeros(self.sizes[1]))

    def log_likelihood(self, fixed: Array, spreads: Array) -> float:
        """By Laplace's method, given each row's log odds without intercepts (n,) and the two
        standard deviations."""
        a, b = self._start
        odds, height = self._height(fixed, spreads, a, b)
        for _ in range(100):
            chance = 1.0 / (1.0 + np.exp(-odds))
            step_a, step_b, _ = self._newton(chance, spreads, a, b)
            size = 1.0
            while True:
                moved = (a + size * step_a, b + size * step_b)
                odds, new = self._height(fixed, spreads, *moved)
                if new >= height - 1e-12 or size < 1e-4:
                    break
                size /= 2.0
            done = abs(new - height) < 1e-11
            (a, b), height = moved, new
            if done:
                break
        self._start = (a, b)
        chance = 1.0 / (1.0 + np.exp(-odds))
        return height - 0.5 * self._newton(chance, spreads, a, b)[2]

    def _height(self, fixed: Array, spreads: Array, a: Array, b: Array) -> tuple[Array, float]:
        """Log odds (n,), and the logarithm of what is integrated, at standardised intercepts."""
        odds = fixed + spreads[0] * a[self.first] + spreads[1] * b[self.second]
        fits = float(self.y @ odds - np.logaddexp(0.0, odds).sum())
        return odds, fits - 0.5 * float(a @ a + b @ b)

    def _newton(
        self, chance: Array, spreads: Array, a: Array, b: Array
    ) -> tuple[Array, Array, float]:
        """A step to the peak, and the logarithm of the determinant of the curvature.

        The first kind of group is many and its block diagonal, so that it is taken out first.
        """
        many, few = self.sizes
        weight, error = chance * (1.0 - chance), self.y - chance
        both = np.bincount(self._cell, weight, many * few).reshape(many, few)
        up_a = spreads[0] * np.bincount(self.first, error, many) - a
        up_b = spreads[1] * np.bincount(self.second, error, few) - b
        own = 1.0 + spreads[0] ** 2 * both.sum(axis=1)
        cross = spreads[0] * spreads[1] * both
        rest = np.diag(1.0 + spreads[1] ** 2 * both.sum(axis=0)) - cross.T @ (cross / own[:, None])
        step_b = np.linalg.solve(rest, up_b - cross.T @ (up_a / own))
        step_a = (up_a - cross @ step_b) / own
        curvature = float(np.log(own).sum() + np.linalg.slogdet(rest)[1])
        return step_a, step_b, curvature


def fit_random_intercepts(
    y: BoolArray, x: Array, first: IntArray, second: IntArray, *, plain: bool = False
) -> InterceptFit:
    """Maximum likelihood of y (n,) on x (n, K) with intercepts of two groups (n,).

    `plain` leaves the intercepts out: an ordinary logistic regression. A column must vary.
    """
    rows = CrossedGroups(y, x, first, second)
    middle, width = x.mean(axis=0), x.std(axis=0)
    z = np.column_stack([np.ones(len(x)), (x - middle) / width])
    count = z.shape[1]

    def less_likely(at: Array) -> float:
        spreads = np.zeros(2) if plain else at[count:]
        return -rows.log_likelihood(z @ at[:count], spreads)

    share = float(np.clip(np.mean(y), 0.02, 0.98))
    start = np.zeros(count if plain else count + 2)
    start[0] = np.log(share / (1.0 - share))
    start[count:] = 0.5
    bounds = [(-10.0, 10.0)] * count + [(0.0, WIDEST)] * (len(start) - count)
    at = minimize(less_likely, start, method="L-BFGS-B", bounds=bounds).x
    # A spread at an end of its range has no curvature of its own there.
    inside = [k for k in range(len(at)) if k < count or 2 * _STEP < at[k] < WIDEST - 2 * _STEP]
    curvature = _second_derivatives(less_likely, at, inside)
    covariance = np.full((count, count), np.nan)
    if np.linalg.eigvalsh(curvature).min() > 1e-8:
        covariance = np.linalg.inv(curvature)[:count, :count]
    spreads = (0.0, 0.0) if plain else (float(at[count]), float(at[count + 1]))
    return InterceptFit(
        slopes=at[1:count] / width,
        covariance=covariance[1:, 1:] / np.outer(width, width),
        spreads=spreads,
        log_likelihood=-less_likely(at),
        rows=len(y),
    )


def _second_derivatives(of: Callable[[Array], float], at: Array, places: Sequence[int]) -> Array:
    """Of a function at a point, in some of its directions, by central differences."""
    count = len(places)
    moves = np.zeros((count, len(at)))
    moves[np.arange(count), list(places)] = _STEP
    second = np.empty((count, count))
    here = of(at)
    for j in range(count):
        second[j, j] = of(at + moves[j]) - 2.0 * here + of(at - moves[j])
        for k in range(j):
            alike = of(at + moves[j] + moves[k]) + of(at - moves[j] - moves[k])
            apart = of(at + moves[j] - moves[k]) + of(at - moves[j] + moves[k])
            second[j, k] = second[k, j] = (alike - apart) / 4.0
    return second / _STEP**2
