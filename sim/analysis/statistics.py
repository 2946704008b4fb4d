"""Means, ranges and quantiles over replications, safe where a figure is missing.

A missing figure (NaN) is left out, and the number that remain is given. A range of runs
(p05 to p95) says how runs differ; an interval (ci95) says how well the mean is known. They
are never mixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from sim.units import AnyArray, Array

# Fewer replications than this give no interval worth showing in a chart.
FEWEST_REPLICATIONS = 5


@dataclass(frozen=True)
class Spread:
    """Over replications, for each column: n, mean, standard deviation, 5th, 50th, 95th centile."""

    n: npt.NDArray[np.intp]
    mean: Array
    sd: Array
    p05: Array
    p50: Array
    p95: Array


def spread(figures: AnyArray) -> Spread:
    """The spread of `figures` (replications, ...) over the first axis."""
    values: Array = figures.astype(np.float64)
    n = np.sum(~np.isnan(values), axis=0)
    ordered = np.sort(values, axis=0)  # NaN comes last
    low, middle, high = (_quantile(ordered, n, q) for q in (0.05, 0.5, 0.95))
    mean, sd = mean_and_sd(values)
    return Spread(n, mean, sd, low, middle, high)


def mean_and_sd(values: Array) -> tuple[Array, Array]:
    """Mean and sample standard deviation over the first axis; NaN where too few are there."""
    there = ~np.isnan(values)
    n = there.sum(axis=0).astype(np.float64)
    # Measured from one of the figures: equal figures then have exactly no deviation.
    origin = np.nan_to_num(np.fmin.reduce(values, axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = origin + np.where(there, values - origin, 0.0).sum(axis=0) / n
        square = np.where(there, values - mean, 0.0) ** 2
        sd = np.sqrt(square.sum(axis=0) / (n - 1.0))
    return np.where(n > 0, mean, np.nan), np.where(n > 1, sd, np.nan)


def skewness(values: Array) -> Array:
    """The skewness of each column; NaN where it does not vary or too few figures are there."""
    there = ~np.isnan(values)
    n = there.sum(axis=0)
    mean, sd = mean_and_sd(values)
    centred = np.where(there, values - mean, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        third = (centred**3).sum(axis=0) / n
        second = (centred**2).sum(axis=0) / n
        return np.where(sd > 0, third / second**1.5, np.nan)


@cache
def t_quantile(probability: float, n: int) -> float:
    """Student's t quantile for a mean of n; NaN where n is below 2."""
    return float(stdtrit(n - 1, probability)) if n > 1 else float("nan")


def half_width_of_mean(n: npt.NDArray[np.intp], sd: Array) -> Array:
    """Half the width of each 95 % interval of a mean, one at a time (Student's t)."""
    t = np.array([t_quantile(0.975, int(count)) for count in n.ravel()]).reshape(n.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        return t * sd / np.sqrt(n)


def half_width(values: Array, questions: int = 1) -> Array:
    """Half the 95 % interval of the mean over the first axis (runs).

    `questions` intervals hold together (Bonferroni). NaN where there are too few runs.
    """
    runs = len(values)
    if runs < FEWEST_REPLICATIONS:
        return np.full(values.shape[1:], np.nan)
    error = values.std(0, ddof=1) / np.sqrt(runs)
    return np.asarray(t_quantile(1 - 0.025 / questions, runs) * error)


def jackknife_half_width(left_out: Array, questions: int = 1) -> Array:
    """Half the 95 % interval of an estimate from its values with one run left out each.

    `left_out` has runs along its first axis. NaN where there are too few runs.
    """
    runs = len(left_out)
    if runs < FEWEST_REPLICATIONS:
        return np.full(left_out.shape[1:], np.nan)
    error = np.sqrt((runs - 1) / runs * ((left_out - left_out.mean(0)) ** 2).sum(0))
    return np.asarray(t_quantile(1 - 0.025 / questions, runs) * error)


def _quantile(ordered: Array, n: npt.NDArray[np.intp], q: float) -> Array:
    """Linear interpolation between order statistics, as numpy does, with NaN at the end."""
    if not len(ordered):
        return np.full(ordered.shape[1:], np.nan)
    at = np.maximum(n - 1, 0) * q
    below = np.floor(at).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(n - 1, 0))
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    value: Array = low + (high - low) * (at - below)
    return value
