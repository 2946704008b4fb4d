"""A small England run several times with the same random numbers, one thing changed each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.model.opening_state import STRONG_AREAS
from sim.model.settings import LeverValue
from sim.model.simulation import Batch
from tests.helpers.small_england import NEW_YEAR, build, england, part, world

BASE = "base"
DAYS = 728  # two years of working weeks

# A part of the councils, with those that fail on the start date and the six strong areas.
_FAILING = [int(c) for c in np.flatnonzero(england().grade == 1)]
_STRONG = [k for k, name in enumerate(england().names) if name in STRONG_AREAS]
SOME = tuple(sorted({*range(0, 152, 5), *_FAILING, *_STRONG}))


@dataclass(frozen=True)
class Variant:
    """What is different: parameters (`facts`) and levers (`choices`), by dotted names."""

    facts: Mapping[str, float] = field(default_factory=dict)
    choices: Mapping[str, LeverValue] = field(default_factory=dict)


def but(name: str, value: LeverValue) -> Variant:
    """A variant in which one parameter or lever is changed."""
    if name in world().parameters:
        assert not isinstance(value, str)
        return Variant(facts={name: float(value)})
    return Variant(choices={name: value})


class VariantRuns:
    """Every variant and the base, in every replication, run in one batch."""

    def __init__(
        self,
        variants: Mapping[str, Variant],
        *,
        base: Variant | None = None,
        replications: Sequence[int] = (1, 2),
        days: int = DAYS,
        prepare: Callable[[Batch], None] | None = None,
        weeks: bool = True,
    ) -> None:
        """`prepare` changes the state of all countries alike before they live; without `weeks`
        only the institutions live."""
        base = base or Variant()
        self.names = [BASE, *variants]
        self.replications = len(replications)
        worlds = [
            world(
                r,
                days=days,
                start=NEW_YEAR,
                facts={**base.facts, **one.facts},
                events=True,
                **{n.replace(".", "__"): v for n, v in {**base.choices, **one.choices}.items()},
            )
            for one in (Variant(), *variants.values())
            for r in replications
        ]
        self.batch = build(worlds, councils_from=part(england(), SOME))
        if prepare is not None:
            prepare(self.batch)
        if weeks:
            self.result = self.batch.run()
        else:
            self.batch.run_until(days)

    def rows(self, name: str) -> slice:
        """The countries of a variant."""
        first = self.names.index(name) * self.replications
        return slice(first, first + self.replications)

    def total(self, metric: str, name: str = BASE) -> np.ndarray:
        """A metric of a variant in each replication."""
        return self.result.totals[metric][self.rows(name)]

    def moved(self, metric: str, name: str) -> np.ndarray:
        """The variant less the base, replication by replication."""
        return self.total(metric, name) - self.total(metric)

    def state(self, field_name: str, name: str = BASE) -> np.ndarray:
        """The state at the end, (replications, councils)."""
        values: np.ndarray = getattr(self.batch.state, field_name)[self.rows(name)]
        return values

    def shift(self, field_name: str, name: str) -> np.ndarray:
        """The state at the end, the variant less the base."""
        return self.state(field_name, name) - self.state(field_name)

    def events(self, kind: str, name: str = BASE) -> list[int]:
        """The days on which something happened after the start, over all replications."""
        return [
            event.day
            for country in self.batch.countries[self.rows(name)]
            for event in country.log.events
            if event.kind == kind and event.day >= 0
        ]


def rises(moved: np.ndarray) -> bool:
    """Never down in any replication, and up on average."""
    return bool((moved >= 0.0).all() and moved.mean() > 0.0)


def falls(moved: np.ndarray) -> bool:
    """Never up in any replication, and down on average."""
    return rises(-moved)
