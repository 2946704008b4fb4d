"""One replication of one scenario: the ground that its institutions stand on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sim.inputs.councils.baseline import Baseline
from sim.model.council import Council, KeyGrades
from sim.model.event_log import EventLog
from sim.model.processes import Bell, Clock
from sim.model.settings import CountrySettings, Levers, LeversInForce
from sim.model.state import State, Traits
from sim.random.streams import EventRandom


class Shared(NamedTuple):
    """What all countries of a batch share; state and traits are (countries, councils)."""

    baseline: Baseline
    state: State
    traits: Traits
    levers: Levers


class Country:
    """Councils, national levers, random numbers and the log of one country.

    Institutions live in an environment of their own, `env`, which the batch brings up to its
    clock before each step of the working week: a country's events are few and stay together
    in memory, whatever the size of the batch.

    Attributes: `councils` (Council, in the order of the baseline), `state` (all of them at once:
    each field an array (councils,)), `levers` (as they stand today), `p` (parameters), `random`
    (of England as a whole), `levers_changed` (rings when a lever changes), `index` (the row of the
    shared arrays).
    """

    def __init__(
        self, shared: Shared, index: int, settings: CountrySettings, random: EventRandom
    ) -> None:
        baseline = shared.baseline
        self.env = Clock()
        self.index = index
        self.settings = settings
        self.baseline = baseline
        self.size = len(baseline.codes)
        self.today = baseline.date.toordinal()  # the start date, day 0
        self.state = State.of(shared.state.block[:, index])
        self.p: Mapping[str, float] = settings.parameters
        self.levers = LeversInForce(shared.levers, index)
        self.random = random
        self.log = EventLog(index, settings.record_events)
        self.started = self.log.emit(0, -1, "run started", scenario=settings.scenario)
        self.levers_changed = Bell(self.env)
        self.councils = [
            Council(
                c,
                baseline.names[c],
                self.state,
                shared.traits,
                env=self.env,
                log=self.log,
                random=random.of_council(c),
                levers=self.levers,
                p=self.p,
                key_grades=KeyGrades(*baseline.key_grades[c].tolist()),
            )
            for c in range(self.size)
        ]
