"""Counts as quantiles: the Poisson or binomial count that belongs to a normal deviate.

Where the variance is small the quantile is exact. Above it is the Cornish-Fisher expansion to
third order with Sheppard's correction for whole numbers: total variation under half a percent,
mean within a quarter of a percent and variance within 1.5 percent at the threshold, and far
closer above it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from sim.units import Array, BoolArray

EXACT_BELOW = 1.5  # variance


def poisson(z: Array, mean: Array) -> Array:
    """The Poisson counts whose quantile is that of the deviate.

    `z` is a normal deviate; it and `mean` have one shape; the result holds whole numbers as
    floats. Zero or negative means give zero.
    """
    m, x = np.maximum(mean, 0.0).ravel(), z.ravel()
    return _counts(x, m, m, None).reshape(mean.shape)


def binomial(z: Array, trials: Array, chance: Array | float) -> Array:
    """The binomial counts whose quantile is that of the deviate.

    `z` is a normal deviate, `trials` holds whole numbers as floats, `chance` lies in [0, 1]
    (it is cut there); all have or broadcast to the shape of `trials`. The result never
    exceeds `trials`.
    """
    p = np.minimum(np.maximum(chance, 0.0), 1.0)
    n, x = trials.ravel(), z.ravel()
    p = np.broadcast_to(p, trials.shape).ravel()
    q = 1.0 - p
    swap = None
    if float(p.max(initial=0.0)) > 0.5:  # count the rarer outcome; the deviate turns round with it
        swap = p > 0.5
        p, q, x = np.minimum(p, q), np.maximum(p, q), np.where(swap, -x, x)
    mean = n * p
    result = _counts(x, mean, mean * q, _Binomial(n, p, q))
    np.minimum(result, n, out=result)
    if swap is not None:
        result = np.where(swap, n - result, result)
    return result.reshape(trials.shape)


class _Binomial(NamedTuple):
    """Trials, the chance of success and that of failure."""

    n: Array
    p: Array
    q: Array


def _counts(x: Array, mean: Array, variance: Array, law: _Binomial | None) -> Array:
    """The quantile of each count, by its own variance; `law` is None for Poisson.

    Which way an element goes never depends on the others worked out with it.
    """
    few = variance < EXACT_BELOW
    small = np.count_nonzero(few)
    if small == few.size:
        return _exact(x, mean, law, few)
    result = _expansion(x, mean, variance, law)
    if small > few.size // 2:
        np.copyto(result, _exact(x, mean, law, few), where=few)
    elif small:
        k = np.flatnonzero(few)
        some = None if law is None else _Binomial(law.n[k], law.p[k], law.q[k])
        result[k] = _exact(x[k], mean[k], some, few[k])
    return result


def _expansion(x: Array, mean: Array, variance: Array, law: _Binomial | None) -> Array:
    """The Cornish-Fisher quantile of a lattice law, rounded to its count.

    With s = q - p, a = pq and spread d, the continuous quantile plus one half is
    mean + 1/2 + s(xx - 1)/6 + x(d - ((1 + 2a)xx/72 + (1 - 7a)/36)/d)
    + s(1 + a/2)(xxxx/270 + 7xx/810 - 8/405)/dd; for Poisson s = 1 and a = 0.

    As a polynomial it turns back in the far tails, beyond the deviate that brings the count to
    0 or to all trials: it is cut there, so that a larger one never gives fewer.
    """
    spread = np.sqrt(np.maximum(variance, 0.1))
    if law is None:
        x = np.maximum(x, -2.0 * spread)
    else:
        x = np.maximum(x, -((2.0 + 7.6 * (law.p * law.p)) * spread))
        x = np.minimum(x, (4.0 + 5.0 * (law.q - law.p)) * spread)
    inverse = 1.0 / spread
    square = x * x
    bend = square * (1.0 / 72.0)
    last = square * (1.0 / 270.0)
    last += 7.0 / 810.0
    last *= square
    last -= 8.0 / 405.0
    square -= 1.0
    square *= 1.0 / 6.0
    bend += 1.0 / 36.0
    if law is not None:
        a = law.p * law.q
        bend += a * (square * (1.0 / 6.0) + (1.0 / 36.0 - 7.0 / 36.0))
        a *= 0.5
        a += 1.0
        last *= a
    bend *= inverse
    spread -= bend
    spread *= x
    last *= inverse
    last *= inverse
    last += square
    if law is not None:
        last *= law.q - law.p
    spread += last
    spread += mean
    spread += 0.5
    np.floor(spread, out=spread)
    return np.maximum(spread, 0.0, out=spread)


def _exact(x: Array, mean: Array, law: _Binomial | None, few: BoolArray) -> Array:
    """Count the values whose cumulative probability lies below that of the deviate, wherever the
    counts are `few`; elsewhere what is returned means nothing.

    The probability of k follows from that of k - 1 by a factor a / k - r.
    """
    if law is None:
        a, mass = mean, np.exp(-mean)
        r: Array | float = 0.0
    else:
        r = law.p / law.q
        a, mass = r * (law.n + 1.0), np.exp(law.n * np.log1p(-law.p))
    left = ndtr(x)
    left -= mass
    above = left > 0.0
    count = above.astype(np.float64)
    for k in (1.0, 2.0, 3.0):
        factor = a * (1.0 / k)
        factor -= r
        mass *= factor
        left -= mass
        np.greater(left, 0.0, out=above)
        count += above
    above &= few
    index = np.flatnonzero(above)
    if index.size:
        left, mass, a = left[index], mass[index], a[index]
        r = r if isinstance(r, float) else r[index]
        more = np.zeros_like(left)
        # Masses that have faded to nothing cannot bring the sum up to a probability next to one.
        while (going := (left > 0.0) & (mass > 1e-17)).any():
            k += 1.0
            mass *= a * (1.0 / k) - r
            left -= mass
            more += going & (left > 0.0)
        count[index] += more
    return count
