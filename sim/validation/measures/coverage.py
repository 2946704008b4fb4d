"""Calibrated: is the share of figures inside the intervals one that the model itself would find?

Figures are few and move together, so that a right model seldom has just 80 % of them inside its
80 % intervals. One replication after another is taken as the record, and the intervals of the
others are held against it: the middle 90 % of the shares found are what a right model would show.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from sim.units import Array, BoolArray
from sim.validation.scores import LEVELS, central_interval

MIDDLE = (0.05, 0.95)
EVERYTHING = "all"


class Figure(NamedTuple):
    """A figure of England from a start: what each replication gives (N,), NaN for none, and what
    was published."""

    start: date
    group: str
    sample: Array
    observed: float


class CoveredShare(NamedTuple):
    """The share of figures inside the intervals of a level: that observed, and the middle 90 % of
    those found when a replication is taken as the record. `start` and `group` may be all.

    `met` says that the observed one lies between them, both included.
    """

    start: date | str
    group: str
    level: float
    figures: int
    inside: float
    usual_low: float
    usual_high: float
    met: bool


def coverage(figures: Sequence[Figure]) -> list[CoveredShare]:
    """All starts together and each alone, over all groups and each alone.

    Together, the k-th replications of all starts are taken as the record at once. They share
    their random numbers and parameters but not, as the record does, what really happened before
    the later start: starts then move together less than they do in fact, which makes the bar for
    all of them somewhat stricter.
    """
    starts: list[date | str] = [EVERYTHING, *sorted({f.start for f in figures})]
    groups = [EVERYTHING, *sorted({f.group for f in figures})]
    rows: list[CoveredShare] = []
    for start in starts:
        for group in groups:
            own = [f for f in figures if start in (EVERYTHING, f.start)]
            own = [f for f in own if group in (EVERYTHING, f.group)]
            if own:
                rows += _of(start, group, own)
    return rows


def _of(start: date | str, group: str, figures: Sequence[Figure]) -> Iterable[CoveredShare]:
    samples = np.stack([f.sample for f in figures], axis=1)
    observed = np.array([f.observed for f in figures])
    for level in LEVELS:
        share = float(np.nanmean(inside(samples, observed, level)))
        low, high = usual_shares(samples, level)
        # A rounding error apart counts as inside.
        met = low - 1e-9 <= share <= high + 1e-9
        yield CoveredShare(start, group, level, len(figures), share, low, high, met)


def inside(samples: Array, observed: Array, level: float) -> BoolArray:
    """Which observed figures (F,) lie in the central interval of their samples (N, F)."""
    ends = [central_interval(column[np.isfinite(column)], level) for column in samples.T]
    low, high = np.array(ends).T
    return np.asarray((low <= observed) & (observed <= high))


def usual_shares(samples: Array, level: float) -> tuple[float, float]:
    """The middle 90 % of the shares of figures inside the interval of a level, over the members of
    the samples (N, F) taken as the record one by one; figures that one lacks (NaN) do not count."""
    is_inside = np.full(samples.shape, np.nan)
    counts = np.isfinite(samples).sum(axis=0)
    for count in np.unique(counts[counts > 1]):
        columns = np.flatnonzero(counts == count)
        # NaN is sorted to the end.
        order = np.argsort(samples[:, columns], axis=0, kind="stable")[:count]
        values = np.take_along_axis(samples[:, columns], order, axis=0)
        low, high = (_quantiles_of_others(values, (1.0 + sign * level) / 2.0) for sign in (-1, 1))
        is_inside[order, columns] = (low <= values) & (values <= high)
    with_any = np.isfinite(is_inside).any(axis=1)
    if not with_any.any():  # one country alone has nobody to be held against
        return math.nan, math.nan
    low, high = np.quantile(np.nanmean(is_inside[with_any], axis=1), MIDDLE)
    return float(low), float(high)


def _quantiles_of_others(values: Array, share: float) -> Array:
    """The quantile of all members of ordered samples (N, F) but one, for each left out (N, F)."""
    last = len(values) - 2  # of those that remain
    at = share * last
    below = int(at)
    left_out = np.arange(len(values))[:, None]

    def remaining(k: int) -> Array:
        return np.asarray(np.where(left_out <= k, values[k + 1], values[k]))

    lower = remaining(below)
    return np.asarray(lower + (at - below) * (remaining(min(below + 1, last)) - lower))
