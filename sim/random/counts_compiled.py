"""The arithmetic of `counts.py`, compiled: one pass over the counts.

Optional (extra `fast`). Only sums, products, quotients, roots and roundings are compiled, which
every processor does alike; exponentials and logarithms stay numpy's. So the counts are the same
to the bit with it and without, which the tests check.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit
from scipy.special import ndtr

from sim.random.counts import EXACT_BELOW
from sim.units import Array, IntArray

# Most rare things do not happen. No trial succeeds with a probability of at least
# exp(-mean (1 + p)), for p up to a half; where that is at least the probability of the deviate,
# the count is 0 and needs no exponential. By deviates in steps of an eighth from -4 to 4, the
# largest mean (1 + p) that this holds for, a little under it for the sake of rounding.
_NONE = -np.log(ndtr(np.arange(-31, 34) / 8.0)) * (1.0 - 1e-9)
F = TypeVar("F", bound=Callable[..., object])


def _compiled(function: F) -> F:
    """Compiled once on a machine, or once in a process where there is no place to keep it."""
    try:
        return cast(F, njit(cache=True, error_model="numpy")(function))
    except RuntimeError:
        return cast(F, njit(error_model="numpy")(function))


def poisson(z: Array, mean: Array) -> Array:
    """As `counts.poisson`."""
    m = np.ascontiguousarray(mean).reshape(-1)
    rest = np.empty((3, m.size))
    place = np.empty(m.size, dtype=np.int64)
    few = _poisson(np.ascontiguousarray(z).reshape(-1), m, place, rest)
    result = rest[0]
    if few:
        _poisson_few(rest, place, ndtr(rest[1, :few]), np.exp(rest[2, :few]))
    counts: Array = result.reshape(mean.shape)
    return counts


def binomial(z: Array, trials: Array, chance: Array | float) -> Array:
    """As `counts.binomial`."""
    n = np.ascontiguousarray(trials)
    if n.ndim != 2:
        n, z = n.reshape(1, -1), z.reshape(1, -1)
    p = np.asarray(chance, dtype=np.float64)
    if p.ndim != 2:
        p = p.reshape(1, -1)
    rest = np.empty((5, n.size))
    place = np.empty(n.size, dtype=np.int64)
    few = _binomial(np.ascontiguousarray(z), n, p, place, rest)
    result = rest[0]
    if few:
        mass = np.exp(rest[2, :few] * np.log1p(rest[3, :few]))
        _binomial_few(rest, place, ndtr(rest[1, :few]), mass)
    counts: Array = result.reshape(trials.shape)
    return counts


@_compiled
def _expansion(x: float, mean: float, variance: float, p: float, q: float) -> float:
    """As `counts._expansion`, operation by operation; Poisson has p = 0 and q = 1."""
    spread = math.sqrt(max(variance, 0.1))
    x = max(x, -((2.0 + 7.6 * (p * p)) * spread))
    x = min(x, (4.0 + 5.0 * (q - p)) * spread)
    inverse = 1.0 / spread
    square = x * x
    bend = square * (1.0 / 72.0)
    last = (square * (1.0 / 270.0) + 7.0 / 810.0) * square - 8.0 / 405.0
    square = (square - 1.0) * (1.0 / 6.0)
    bend += 1.0 / 36.0
    a = p * q
    bend += a * (square * (1.0 / 6.0) + (1.0 / 36.0 - 7.0 / 36.0))
    last *= a * 0.5 + 1.0
    spread = (spread - bend * inverse) * x
    last = (last * inverse * inverse + square) * (q - p)
    return max(float(np.floor(spread + last + mean + 0.5)), 0.0)


@_compiled
def _count_up(left: float, mass: float, a: float, r: float) -> float:
    """As `counts._exact`: values whose cumulative probability lies below that of the deviate."""
    left -= mass
    count = 1.0 if left > 0.0 else 0.0
    k = 0.0
    while left > 0.0 and (k < 3.0 or mass > 1e-17):
        k += 1.0
        mass *= a * (1.0 / k) - r
        left -= mass
        if left > 0.0:
            count += 1.0
    return count


@_compiled
def _none(x: float, mean: float) -> bool:
    """Whether the count is certainly 0 at this deviate."""
    return mean <= _NONE[int(min(max(x, -4.0), 3.9) * 8.0 + 32.0)] if x < 4.0 else mean <= 0.0


@_compiled
def _poisson(z: Array, mean: Array, place: IntArray, rest: Array) -> int:
    """Fills the counts, `rest[0]`, where they are at hand; lists places, deviates and means (below
    zero) of the others in the rows beneath and returns their number."""
    result, few_x, few_mean = rest[0], rest[1], rest[2]
    for i in range(mean.size):  # no branches: processors work out several at a time
        m = max(mean[i], 0.0)
        result[i] = _expansion(z[i], m, m, 0.0, 1.0)
    few = 0
    for i in range(mean.size):
        m = max(mean[i], 0.0)
        if m >= EXACT_BELOW:
            continue
        if _none(z[i], m):
            result[i] = 0.0
        else:
            place[few] = i
            few_x[few] = z[i]
            few_mean[few] = -m
            few += 1
    return few


@_compiled
def _poisson_few(rest: Array, place: IntArray, left: Array, mass: Array) -> None:
    for k in range(left.size):
        rest[0, place[k]] = _count_up(left[k], mass[k], -rest[2, k], 0.0)


@_compiled
def _rarer(x: float, chance: float) -> tuple[float, float, float, bool]:
    """The deviate and the chances of the rarer and of the other outcome; whether they were turned
    round, and the deviate with them."""
    p = min(max(chance, 0.0), 1.0)
    q = 1.0 - p
    turned = p > 0.5
    return (-x if turned else x), (q if turned else p), (p if turned else q), turned


@_compiled
def _many(z: Array, n: Array, chance: Array, result: Array, variance: Array) -> None:
    """A row of counts by their expansion, and their variances. There are no branches in it, so
    that processors work out several at a time."""
    for j in range(z.size):
        x, p, q, turned = _rarer(z[j], chance[j])
        mean = n[j] * p
        variance[j] = mean * q
        count = min(_expansion(x, mean, mean * q, p, q), n[j])
        result[j] = n[j] - count if turned else count


@_compiled
def _binomial(z: Array, n: Array, chance: Array, place: IntArray, rest: Array) -> int:
    """As `_poisson`, with trials, chances (below zero) and their odds for means. `chance`
    broadcasts; places whose deviate turns round are given as -1 - place."""
    result, few_x, few_n, few_p, ratio = rest[0], rest[1], rest[2], rest[3], rest[4]
    rows, columns = n.shape
    down, along = min(chance.shape[0] - 1, 1), chance.shape[1] > 1
    variance, same = np.empty(columns), np.empty(columns)
    few = 0
    for i in range(rows):
        if along:
            share = chance[i * down]
        else:
            same[:] = chance[i * down, 0]
            share = same
        first = i * columns
        _many(z[i], n[i], share, result[first : first + columns], variance)
        for j in range(columns):
            if variance[j] >= EXACT_BELOW:
                continue
            x, p, q, turned = _rarer(z[i, j], share[j])
            at, trials = first + j, n[i, j]
            if _none(x, trials * p * (1.0 + p)):
                result[at] = trials if turned else 0.0
            else:
                place[few] = -1 - at if turned else at
                few_x[few], few_n[few], few_p[few], ratio[few] = x, trials, -p, p / q
                few += 1
    return few


@_compiled
def _binomial_few(rest: Array, place: IntArray, left: Array, mass: Array) -> None:
    for k in range(left.size):
        n, r, at = rest[2, k], rest[4, k], place[k]
        count = min(_count_up(left[k], mass[k], r * (n + 1.0), r), n)
        if at < 0:
            rest[0, -1 - at] = n - count
        else:
            rest[0, at] = count
