"""Named random streams, and counts that share their random numbers between scenarios.

A stream is named by what it decides, never by its position and never by the scenario, so
that adding a mechanism changes no other stream and every scenario meets the same numbers.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol

import numpy as np
from scipy.special import ndtri

from sim.random.chances import chance
from sim.units import Array

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


class Laws(Protocol):
    """Counts as quantiles of normal deviates: offered by `counts.py` and compiled."""

    def poisson(self, z: Array, mean: Array) -> Array:
        """Poisson counts."""
        ...

    def binomial(self, z: Array, trials: Array, chance: Array | float) -> Array:
        """Binomial counts."""
        ...


@cache
def laws() -> Laws:
    """The compiled laws where numba is installed (extra `fast`), else numpy's: the same counts
    to the bit, two to six times slower."""
    try:
        from sim.random import counts_compiled
    except ImportError:
        from sim.random import counts

        return counts
    return counts_compiled


class WeeklyRandom:
    """One standard normal per (replication, step, council, decision).

    `week()` moves to the next step of the working week; `normal(decision)` is then an array
    (countries, councils): countries of the same replication see the same numbers.

    Parameters: `replications` names the replication of each country, shape (countries,).
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
        self._places: dict[tuple[str, ...], slice | list[int]] = {}
        # (decisions, replications, steps, councils)
        self._block = np.empty((len(decisions), len(distinct), block, councils))
        self._index = block - 1
        self._laws = laws()

    def week(self) -> None:
        """Move on to the next step."""
        self._index += 1
        if self._index < self._block.shape[2]:
            return
        self._index = 0
        for generators, blocks in zip(self._streams, self._block, strict=True):
            for generator, drawn in zip(generators, blocks, strict=True):
                generator.standard_normal(out=drawn)
                np.minimum(np.maximum(drawn, -_FURTHEST, out=drawn), _FURTHEST, out=drawn)

    def normal(self, decision: str) -> Array:
        """This step's deviates of a decision, shape (countries, councils)."""
        drawn: Array = self._block[self._place[decision], :, self._index]
        return drawn if self._rows is None else drawn[self._rows]

    def normals(self) -> Array:
        """This step's deviates of every decision, shape (decisions, countries, councils)."""
        drawn: Array = self._block[:, :, self._index]
        return drawn if self._rows is None else drawn[:, self._rows]

    def poisson(self, decision: str, mean: Array) -> Array:
        """This step's Poisson counts with the given means (countries, councils)."""
        return self._laws.poisson(self.normal(decision), mean)

    def poissons(self, decisions: tuple[str, ...], means: Sequence[Array]) -> Array:
        """Several decisions at once, each with its means (countries, councils): the same counts as
        one by one, at less cost where there are few countries. Shape (decisions, countries,
        councils)."""
        counts = np.empty((len(decisions), *means[0].shape))
        if counts.size > _TOGETHER:
            for count, one, mean in zip(counts, decisions, means, strict=True):
                count[:] = self.poisson(one, mean)
            return counts
        mean = np.concatenate(means)
        normal = self._several(decisions).reshape(mean.shape)
        return self._laws.poisson(normal, mean).reshape(counts.shape)

    def binomial(self, decision: str, trials: Array, chance: Array | float) -> Array:
        """This step's binomial counts for the given trials and chances (countries, councils)."""
        return self._laws.binomial(self.normal(decision), trials, chance)

    def binomials(
        self,
        decisions: tuple[str, ...],
        trials: Sequence[Array] | Array,
        chances: Iterable[Array | float] | Array,
    ) -> Sequence[Array]:
        """Several decisions at once, each with its trials and chances (countries, councils): the
        same counts as one by one, at less cost where there are few countries."""
        shape = (len(decisions), *trials[0].shape)
        if math.prod(shape) > _TOGETHER:
            return [self.binomial(*one) for one in zip(decisions, trials, chances, strict=True)]
        flat = (-1, shape[-1])
        normal = self._several(decisions).reshape(flat)
        trial = _stacked(trials, shape).reshape(flat)
        share = _stacked(chances, shape).reshape(flat)
        counts: Array = self._laws.binomial(normal, trial, share)
        return list(counts.reshape(shape))

    def leavers(
        self,
        decisions: tuple[str, ...],
        stocks: Array,
        rates: Sequence[Array | float],
        years: float,
    ) -> Sequence[Array]:
        """How many leave each of some stocks of whole people, (decisions, countries, councils), in
        a step of so many `years` at yearly rates."""
        if stocks.size > _TOGETHER:
            return self.binomials(decisions, stocks, (chance(rate, years) for rate in rates))
        return self.binomials(decisions, stocks, chance(_stacked(rates, stocks.shape), years))

    def _several(self, decisions: tuple[str, ...]) -> Array:
        """This step's deviates of some decisions, shape (decisions, countries, councils)."""
        places = self._places.get(decisions)
        if places is None:
            rows = [self._place[name] for name in decisions]
            next_to = rows == list(range(rows[0], rows[0] + len(rows)))
            places = slice(rows[0], rows[0] + len(rows)) if next_to else rows
            self._places[decisions] = places
        drawn: Array = self._block[places, :, self._index]
        return drawn if self._rows is None else drawn[:, self._rows]


def _stacked(values: Iterable[Array | float] | Array, shape: tuple[int, ...]) -> Array:
    """Values that broadcast to (countries, councils) one after another, in one array."""
    if isinstance(values, np.ndarray):
        return values
    together = np.empty(shape)
    for row, value in zip(together, values, strict=True):
        row[:] = value
    return together


class EventRandom:
    """The random numbers of institutions in one country, asked for by name: those of England as a
    whole, or of one council (`of_council`).

    The k-th question of one kind about one council gets the k-th number of its own row, so
    the same question has the same answer in every scenario of the replication. Tables are
    shared between the countries of a replication through `tables`.
    """

    __slots__ = ("_council", "_kinds", "_replication", "_rows", "_seed", "_tables")

    def __init__(
        self,
        seed: int,
        replication: int,
        councils: int,
        tables: dict[str, Tables],
        council: int = -1,
        kinds: dict[str, tuple[array[int], Tables]] | None = None,
    ) -> None:
        self._seed = seed
        self._replication = replication
        self._rows = councils + 1  # the last row serves England as a whole
        self._tables = tables
        # By kind of question: how many each council has asked, and the tables of answers.
        self._kinds = {} if kinds is None else kinds
        self._council = council

    def of_council(self, council: int) -> EventRandom:
        """Those of one council, by its column."""
        councils = self._rows - 1
        return EventRandom(
            self._seed, self._replication, councils, self._tables, council, self._kinds
        )

    def uniform(self, name: str) -> float:
        """The next uniform deviate in (0, 1) of this kind."""
        return self._next(name, 0)

    def chance(self, name: str, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self._next(name, 0) < probability

    def normal(self, name: str) -> float:
        """A standard normal deviate."""
        return self._next(name, 1)

    def exponential(self, name: str, mean: float) -> float:
        """An exponential deviate with this mean."""
        return -mean * math.log(self._next(name, 0))

    def lognormal(self, name: str, median: float, sigma: float) -> float:
        """A lognormal deviate: `sigma` is the standard deviation of its logarithm."""
        return median * math.exp(sigma * self._next(name, 1))

    def whole(self, name: str, expected: float) -> int:
        """A whole number whose mean is `expected`: one of its two neighbours."""
        return math.floor(expected + self._next(name, 0))

    def _next(self, name: str, law: int) -> float:
        """The answer to the next question, as a uniform (0) or a normal (1) deviate."""
        kind = self._kinds.get(name)
        if kind is None:
            tables = self._tables.setdefault(name, ([], []))
            kind = self._kinds[name] = (array("H", bytes(2 * self._rows)), tables)
        asked, tables = kind
        council = self._council
        k = asked[council]
        asked[council] = k + 1
        block = k // _TABLE_WIDTH
        if block >= len(tables[law]):
            self._extend(name, block, law)
        # The row of England, -1, is the last one.
        return tables[law][block][council * _TABLE_WIDTH + k % _TABLE_WIDTH]

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
