"""Named random streams, and counts that share their luck between scenarios.

A stream is named by what it decides, never by its position and never by the scenario, so
that adding a mechanism changes no other stream and every scenario meets the same luck.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

Array = npt.NDArray[np.float64]

# A count is the quantile of its law at the luck. Below this variance the quantile is exact;
# above, it is the Cornish-Fisher expansion to third order with Sheppard's correction for
# whole numbers: total variation under half a percent, mean within a quarter of a percent and
# variance within 1.5 percent at the threshold, and far closer above it.
EXACT_BELOW = 1.5
# A normal deviate beyond this has probability under 1e-15: both tails are cut there so that
# ndtr never reaches 0 or 1.
_FURTHEST = 8.0
# Decisions of a week are worked out together while they hold fewer numbers than this:
# beyond it, numpy is quicker on arrays that fit the processor's cache.
_TOGETHER = 4096


def stream(seed: int, replication: int, *name: str | int) -> np.random.Generator:
    """The generator of one decision in one replication.

    The same (seed, replication, name) gives the same numbers on every machine that runs the
    same numpy, whatever else is drawn and in whatever order.
    """
    key = "\x1f".join([str(seed), str(replication), *map(str, name)]).encode()
    digest = hashlib.blake2b(key, digest_size=16).digest()
    return np.random.Generator(np.random.SFC64(int.from_bytes(digest, "little")))


class WeeklyLuck:
    """One standard normal per (replication, step, council, decision).

    `week()` moves to the next step of the working week; `normal(decision)` is then an array
    (nations, councils): nations of the same replication see the same numbers.

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
        rows = [place[replication] for replication in replications]
        self._rows = None if rows == list(range(len(rows))) else np.array(rows)
        self._streams = [
            [stream(seed, replication, "week", name) for replication in distinct]
            for name in decisions
        ]
        self._place = {name: k for k, name in enumerate(decisions)}
        # (steps, decisions, replications, councils)
        self._block = np.empty((block, len(decisions), len(distinct), councils))
        self._index = block - 1

    def week(self) -> None:
        """Move on to the next step."""
        self._index += 1
        steps, _, _, councils = self._block.shape
        if self._index < steps:
            return
        self._index = 0
        for k, generators in enumerate(self._streams):
            for row, generator in enumerate(generators):
                self._block[:, k, row] = generator.standard_normal((steps, councils))
        np.clip(self._block, -_FURTHEST, _FURTHEST, out=self._block)

    def normal(self, decision: str) -> Array:
        """This step's deviates of a decision, shape (nations, councils)."""
        drawn: Array = self._block[self._index, self._place[decision]]
        return drawn if self._rows is None else drawn[self._rows]

    def poisson(self, decision: str, mean: Array) -> Array:
        """This step's Poisson counts with the given means (nations, councils)."""
        return poisson(self.normal(decision), mean)

    def binomial(self, decision: str, trials: Array, chance: Array | float) -> Array:
        """This step's binomial counts for the given trials and chances (nations, councils)."""
        return binomial(self.normal(decision), trials, chance)

    def binomials(self, *asked: tuple[str, Array, Array | float]) -> list[Array]:
        """Several decisions at once, each (name, trials, chance): the same counts as one by
        one, at less cost where there are few nations."""
        shape = asked[0][1].shape
        if len(asked) * asked[0][1].size > _TOGETHER:
            return [self.binomial(*one) for one in asked]
        normal, trials, chance = np.empty((3, len(asked), *shape))
        for k, (name, number, share) in enumerate(asked):
            normal[k], trials[k], chance[k] = self.normal(name), number, share
        return list(binomial(normal, trials, chance))


def poisson(z: Array, mean: Array) -> Array:
    """The Poisson counts whose quantile is that of the luck.

    `z` is a normal deviate; it and `mean` have one shape; the result holds whole numbers as
    floats. Zero or negative means give zero.
    """
    m, x = np.maximum(mean, 0.0).ravel(), z.ravel()
    return _counts(x, m, m, None).reshape(mean.shape)


def binomial(z: Array, trials: Array, chance: Array | float) -> Array:
    """The binomial counts whose quantile is that of the luck.

    `z` is a normal deviate, `trials` holds whole numbers as floats, `chance` lies in [0, 1]
    (it is cut there); all have or broadcast to the shape of `trials`. The result never
    exceeds `trials`.
    """
    p = np.minimum(np.maximum(chance, 0.0), 1.0)
    n, x = trials.ravel(), z.ravel()
    p = np.broadcast_to(p, trials.shape).ravel()
    q = 1.0 - p
    swap = None
    if float(p.max(initial=0.0)) > 0.5:  # count the rarer outcome; the luck turns round with it
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
    """
    spread = np.sqrt(np.maximum(variance, 0.1))
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


def _exact(x: Array, mean: Array, law: _Binomial | None, few: npt.NDArray[np.bool_]) -> Array:
    """Count the values whose cumulative probability lies below that of the luck, wherever the
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
        # Masses that have faded to nothing cannot bring the sum up to luck next to one.
        while (going := (left > 0.0) & (mass > 1e-17)).any():
            k += 1.0
            mass *= a * (1.0 / k) - r
            left -= mass
            more += going & (left > 0.0)
        count[index] += more
    return count


class EventLuck:
    """The luck of institutions in one nation: uniforms and normals by name and place.

    The k-th question of one kind about one council gets the k-th number of its own row, so
    the same question has the same answer in every scenario of the replication. Tables are
    shared between the nations of a replication through `tables`.
    """

    def __init__(
        self, seed: int, replication: int, councils: int, tables: dict[str, Tables]
    ) -> None:
        self._seed = seed
        self._replication = replication
        self._rows = councils + 1  # the last row serves England as a whole
        self._tables = tables
        self._asked: dict[str, list[int]] = {}

    def uniform(self, name: str, council: int = -1) -> float:
        """The next uniform deviate in (0, 1) of this kind for this council (-1: England)."""
        return self._next(name, council, 0)

    def chance(self, name: str, council: int, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self._next(name, council, 0) < probability

    def normal(self, name: str, council: int = -1) -> float:
        """A standard normal deviate."""
        return self._next(name, council, 1)

    def exponential(self, name: str, council: int, mean: float) -> float:
        """An exponential deviate with this mean."""
        return -mean * math.log(self._next(name, council, 0))

    def lognormal(self, name: str, council: int, median: float, sigma: float) -> float:
        """A lognormal deviate: `sigma` is the standard deviation of its logarithm."""
        return median * math.exp(sigma * self._next(name, council, 1))

    def whole(self, name: str, expected: float) -> int:
        """A whole number whose mean is `expected`: one of its two neighbours (England only)."""
        return math.floor(expected + self._next(name, -1, 0))

    def _next(self, name: str, council: int, law: int) -> float:
        """The answer to the next question, as a uniform (0) or a normal (1) deviate."""
        asked = self._asked.get(name)
        if asked is None:
            asked = self._asked[name] = [0] * self._rows
            self._tables.setdefault(name, ([], []))
        k = asked[council]
        asked[council] = k + 1
        blocks = self._tables[name][law]
        block = k // _TABLE_WIDTH
        if block >= len(blocks):
            self._extend(name, block, law)
        row = council if council >= 0 else self._rows - 1
        return blocks[block][row * _TABLE_WIDTH + k % _TABLE_WIDTH]

    def _extend(self, name: str, upto: int, law: int) -> None:
        """Draw the tables of one kind of question up to a block."""
        blocks = self._tables[name][law]
        for block in range(len(blocks), upto + 1):
            generator = stream(self._seed, self._replication, "event", name, block)
            # Never exactly 0 or 1, so that every quantile is finite.
            drawn = np.clip(generator.random(self._rows * _TABLE_WIDTH), 1e-12, 1.0 - 1e-12)
            # Read one by one from Python: an array of the standard library is quicker there.
            blocks.append(array("d", (drawn if law == 0 else ndtri(drawn)).tobytes()))


_TABLE_WIDTH = 16
# Blocks of one kind of question: as uniform deviates, and the same as normal ones.
Tables = tuple[list["array[float]"], list["array[float]"]]
