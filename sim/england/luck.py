"""Named random streams, and counts that share their luck between scenarios.

A stream is named by what it decides, never by its position and never by the scenario, so
that adding a mechanism changes no other stream and every scenario meets the same luck.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

Array = npt.NDArray[np.float64]

# Counts come from the Cornish-Fisher quantile. Below the first variance the exact quantile is
# found instead; up to the second it is found wherever the expansion lies so near to the next
# whole number, or so far in a tail, that it could be one out. Above, the total-variation
# distance from the true law is under half a percent and the variance within 1.5 percent.
EXACT_ALWAYS = 1.5
EXACT_BELOW = 6.0
_TOLERANCE = 0.10
_TAIL = 2.4
_SMALL = 1e-9
# A normal deviate beyond this has probability under 1e-15: both tails are cut there so that
# ndtr never reaches 0 or 1.
_FURTHEST = 8.0


def stream(seed: int, replication: int, *name: str | int) -> np.random.Generator:
    """The generator of one decision in one replication.

    The same (seed, replication, name) gives the same numbers on every machine that runs the
    same numpy, whatever else is drawn and in whatever order.
    """
    key = "\x1f".join([str(seed), str(replication), *map(str, name)]).encode()
    digest = hashlib.blake2b(key, digest_size=16).digest()
    return np.random.Generator(np.random.SFC64(int.from_bytes(digest, "little")))


class WeeklyLuck:
    """One standard normal per (replication, week, council, decision).

    `week()` moves to the next week; `normal(decision)` is then an array (nations, councils):
    nations of the same replication see the same numbers.

    Parameters: `replications` names the replication of each nation, shape (nations,).
    """

    def __init__(
        self,
        seed: int,
        replications: Sequence[int],
        councils: int,
        decisions: Sequence[str],
        block: int = 26,
    ) -> None:
        distinct = sorted({*replications})
        place = {replication: row for row, replication in enumerate(distinct)}
        self._rows = np.array([place[replication] for replication in replications])
        self._shared = len(distinct) < len(replications)
        self._streams = {
            name: [stream(seed, replication, "week", name) for replication in distinct]
            for name in decisions
        }
        self._shape = (block, councils)
        self._block: dict[str, tuple[Array, Array]] = {}
        self._index = block - 1

    def week(self) -> None:
        """Move on to the next week."""
        self._index += 1
        if self._index < self._shape[0]:
            return
        self._index = 0
        for name, generators in self._streams.items():
            drawn = np.stack([g.standard_normal(self._shape) for g in generators], axis=1)
            normal = np.clip(drawn, -_FURTHEST, _FURTHEST)
            self._block[name] = normal, ndtr(normal)

    def normal(self, decision: str) -> Array:
        """This week's deviates of a decision, shape (nations, councils)."""
        return self._spread(self._block[decision][0][self._index])

    def uniform(self, decision: str) -> Array:
        """The same luck as a uniform deviate: the probability of a lower one."""
        return self._spread(self._block[decision][1][self._index])

    def poisson(self, decision: str, mean: Array) -> Array:
        """This week's Poisson counts with the given means (nations, councils)."""
        return poisson(self.normal(decision), self.uniform(decision), mean)

    def binomial(self, decision: str, trials: Array, chance: Array | float) -> Array:
        """This week's binomial counts for the given trials and chances (nations, councils)."""
        return binomial(self.normal(decision), self.uniform(decision), trials, chance)

    def _spread(self, drawn: Array) -> Array:
        """From one row a replication to one row a nation."""
        return drawn[self._rows] if self._shared else drawn


def poisson(z: Array, u: Array, mean: Array) -> Array:
    """The Poisson counts whose quantile is that of the luck.

    `z` is a normal deviate and `u` the same luck as a uniform one; both and `mean` have one
    shape; the result holds whole numbers as floats. Zero or negative means give zero.
    """
    m = np.maximum(mean, 0.0).ravel()
    if _mostly_small(m):
        return _invert(u.ravel(), np.exp(-m), m, None).reshape(mean.shape)
    x = z.ravel()
    spread = np.sqrt(np.maximum(m, _SMALL))
    inverse = 1.0 / spread
    guess = _cornish_fisher(x, m, spread, inverse, inverse * inverse)
    result = np.floor(guess)
    check = np.flatnonzero(_doubtful(x, m, guess - result))
    if check.size:
        m = m[check]
        result[check] = _invert(u.ravel()[check], np.exp(-m), m, None)
    return result.reshape(mean.shape)


def binomial(z: Array, u: Array, trials: Array, chance: Array | float) -> Array:
    """The binomial counts whose quantile is that of the luck.

    `trials` holds whole numbers as floats, `chance` lies in [0, 1] (it is cut there); all
    have or broadcast to the shape of `trials`. The result never exceeds `trials`.
    """
    n, x, u = trials.ravel(), z.ravel(), u.ravel()
    p = np.broadcast_to(np.minimum(np.maximum(chance, 0.0), 1.0), trials.shape).ravel()
    turned = float(p.max(initial=0.0)) > 0.5
    swap = p > 0.5 if turned else None
    if swap is not None:  # count the rarer outcome; the luck turns round with it
        p, x, u = np.where(swap, 1.0 - p, p), np.where(swap, -x, x), np.where(swap, 1.0 - u, u)
    mean = n * p
    if _mostly_small(mean):
        result = _invert(u, np.exp(n * np.log1p(-p)), p / (1.0 - p), n)
    else:
        variance = np.maximum(mean * (1.0 - p), _SMALL)
        inverse = 1.0 / np.sqrt(variance)
        # skewness (1 - 2p) / spread, excess (1 - 6p(1 - p)) / variance
        excess = inverse * inverse * (1.0 - 6.0 * p * (1.0 - p))
        guess = _cornish_fisher(x, mean, variance * inverse, (1.0 - 2.0 * p) * inverse, excess)
        result = np.floor(guess)
        check = np.flatnonzero(_doubtful(x, variance, guess - result))
        if check.size:
            m, q = n[check], p[check]
            start = np.exp(m * np.log1p(-q))
            result[check] = _invert(u[check], start, q / (1.0 - q), m)
        result = np.minimum(result, n)
    if swap is not None:
        result = np.where(swap, n - result, result)
    return result.reshape(trials.shape)


def _mostly_small(mean: Array) -> bool:
    """Whether exact inversion of everything costs less than the expansion and its repair.

    The answer never changes a count: below EXACT_BELOW both give the exact quantile.
    """
    return bool(mean.size == 0 or (mean.max() < EXACT_BELOW and mean.mean() < 2.0))


def _doubtful(x: Array, variance: Array, beyond: Array) -> npt.NDArray[np.bool_]:
    """Where the expansion may be a whole number out, so that the exact quantile is needed.

    `beyond` is how far the continuous quantile lies above the whole number it rounds to.
    """
    near = (np.abs(beyond - 0.5) > 0.5 - _TOLERANCE) | (np.abs(x) > _TAIL)
    return (variance < EXACT_ALWAYS) | (near & (variance < EXACT_BELOW))


def _cornish_fisher(x: Array, mean: Array, spread: Array, skew: Array, excess: Array) -> Array:
    """The continuous quantile plus one half: its whole part is the count."""
    square = x * x
    w = x + (square - 1.0) * skew / 6.0 + x * (square - 3.0) * excess / 24.0
    w -= x * (2.0 * square - 5.0) * skew * skew / 36.0
    return np.maximum(mean + spread * w + 0.5, 0.0)


def _invert(u: Array, mass: Array, ratio: Array, trials: Array | None) -> Array:
    """Count the values whose cumulative probability lies below `u`.

    `mass` is the probability of zero. The next masses follow from mass * ratio / k
    (Poisson, `trials` None) or mass * ratio * (trials - k + 1) / k (binomial).
    """
    left = u - mass
    index = np.flatnonzero(left > 0.0)
    result = np.zeros_like(u)
    if not index.size:
        return result
    left, mass, ratio = left[index], mass[index], ratio[index]
    trials = None if trials is None else trials[index]
    k = 1.0
    while True:
        result[index] = k
        mass = mass * (ratio / k if trials is None else ratio * (trials - (k - 1.0)) / k)
        left = left - mass
        # Masses that have faded to nothing cannot bring the sum up to a `u` next to one.
        going = np.flatnonzero((left > 0.0) & (mass > 1e-17))
        if not going.size:
            return result
        k += 1.0
        index, left, mass, ratio = index[going], left[going], mass[going], ratio[going]
        trials = None if trials is None else trials[going]


class EventLuck:
    """The luck of institutions in one nation: uniforms and normals by name and place.

    The k-th question of one kind about one council gets the k-th number of its own row, so
    the same question has the same answer in every scenario of the replication. Tables are
    shared between the nations of a replication through `tables`.
    """

    def __init__(
        self, seed: int, replication: int, councils: int, tables: dict[str, Array]
    ) -> None:
        self._seed = seed
        self._replication = replication
        self._rows = councils + 1  # the last row serves England as a whole
        self._tables = tables
        self._asked: dict[str, list[int]] = {}

    def uniform(self, name: str, council: int = -1) -> float:
        """The next uniform deviate in (0, 1) of this kind for this council (-1: England)."""
        asked = self._asked.get(name)
        if asked is None:
            asked = self._asked[name] = [0] * self._rows
        k = asked[council]
        asked[council] = k + 1
        block, column = divmod(k, _TABLE_WIDTH)
        key = f"{name}/{block}"
        table = self._tables.get(key)
        if table is None:
            generator = stream(self._seed, self._replication, "event", name, block)
            table = self._tables[key] = _open_uniform(generator, (self._rows, _TABLE_WIDTH))
        return float(table[council, column])

    def chance(self, name: str, council: int, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.uniform(name, council) < probability

    def normal(self, name: str, council: int = -1) -> float:
        """A standard normal deviate."""
        return float(ndtri(self.uniform(name, council)))

    def exponential(self, name: str, council: int, mean: float) -> float:
        """An exponential deviate with this mean."""
        return -mean * math.log(self.uniform(name, council))

    def lognormal(self, name: str, council: int, median: float, sigma: float) -> float:
        """A lognormal deviate: `sigma` is the standard deviation of its logarithm."""
        return median * math.exp(sigma * self.normal(name, council))

    def whole(self, name: str, expected: float) -> int:
        """A whole number whose mean is `expected`: one of its two neighbours (England only)."""
        return math.floor(expected + self.uniform(name))


_TABLE_WIDTH = 32


def _open_uniform(generator: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Uniforms that are never exactly 0 or 1, so that every quantile is finite."""
    return np.clip(generator.random(shape), 1e-12, 1.0 - 1e-12)
