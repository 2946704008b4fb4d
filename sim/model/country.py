"""Builds a batch of countries, each in a SimPy environment of its own, and runs it."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt
import simpy
from scipy.special import ndtr

from sim.inputs.councils.baseline import Baseline
from sim.model.batch_result import BatchResult
from sim.model.institutions.department import Department
from sim.model.institutions.directors import Directors
from sim.model.institutions.event_log import EventLog
from sim.model.institutions.inherited import start_inherited
from sim.model.institutions.ofsted import Ofsted
from sim.model.institutions.peers import Lenders
from sim.model.institutions.processes import Bell, Process, forget, live_until
from sim.model.institutions.trusts import Trusts, transfers_by_choice
from sim.model.opening_state import begin
from sim.model.recorder import Recorder
from sim.model.settings import Levers, LeverValue, Parameters, World
from sim.model.state import Councils, Traits
from sim.model.weekly import casework, demand, money, practice, workforce
from sim.model.weekly.rates import rates_of, trends_of
from sim.model.weekly.working_week import ENGLAND_DECISIONS, Pools, Week, over_councils
from sim.random.streams import EventRandom, Tables, WeeklyRandom
from sim.units import DAYS_A_YEAR

if TYPE_CHECKING:
    from sim.model.institutions.department import FailureCase

Array = npt.NDArray[np.float64]

# The order of the working week.
WEEKLY_DECISIONS = (
    *demand.DECISIONS,
    *casework.DECISIONS,
    *workforce.DECISIONS,
    *practice.DECISIONS,
)


class RespondsToFailure(Protocol):
    """What the engine asks of a regime (sim.regimes.Regime)."""

    def respond(self, case: FailureCase) -> Process:
        """Live through one spell."""
        ...


class Country:
    """One replication of one scenario: its institutions, and its row of the shared arrays.

    Institutions live in an environment of their own, `env`, which the batch brings up to its
    clock before each step of the working week: a country's events are few and stay together
    in memory, whatever the size of the batch.
    """

    def __init__(self, batch: Batch, index: int, world: World) -> None:
        self.env = simpy.Environment()
        self.index = index
        self.world = world
        self.baseline = batch.baseline
        self.size = batch.size
        self.state: Councils = batch.state
        self.traits: Traits = batch.traits
        self.p: Mapping[str, float] = world.parameters
        self._levers = batch.levers
        self._regimes = batch.regimes
        self._regime: tuple[str, RespondsToFailure] | None = None
        tables = batch.tables.setdefault(world.replication, {})
        self.luck = EventRandom(batch.seed, world.replication, self.size, tables)
        self.log = EventLog(index, world.record_events)
        self.started = self.log.emit(0, -1, "run started", scenario=world.scenario)
        self.changed = Bell(self.env)  # rings when levers change
        self.trusts = Trusts()
        self.tragedies = 0
        # Councils whose service is with a trust, or on its way there or back.
        self.committed = [False] * self.size
        self.commissioned = [False] * self.size  # by a commissioner of before the run
        self.lenders = Lenders(self)
        self.directors = Directors(self)
        self.ofsted = Ofsted(self)
        self.department = Department(self)
        start_inherited(self)
        self.department.open_existing()
        self.env.process(self._policy())
        self.env.process(self._tragedies())
        self.env.process(transfers_by_choice(self))

    @property
    def levers(self) -> Mapping[str, LeverValue]:
        """The levers as they stand today."""
        return self._levers.now[self.index]

    def regime(self) -> RespondsToFailure:
        """The regime in force today."""
        name = str(self.levers["regime.name"])
        if self._regime is None or self._regime[0] != name:
            self._regime = (name, self._regimes[name]())
        return self._regime[1]

    def may_take_over(self, council: int) -> bool:
        """Whether the service is still the council's to lose."""
        return not self.committed[council]

    def shock_of_judgement(self, council: int) -> None:
        """What an inadequate judgement does at once (C-T1, claims 41-47)."""
        s, n, p = self.state, self.index, self.p
        s.alarm[n, council] = max(s.alarm[n, council], p["demand.alarm_peak"])
        s.plan_alarm[n, council] = max(s.plan_alarm[n, council], p["demand.plan_alarm_peak"])
        s.stigma[n, council] = 1.0
        s.morale[n, council] -= p["workforce.judgement_morale"]
        s.practice[n, council] -= p["practice.judgement_shock"]

    def _tragedies(self) -> Process:
        """Now and then a child's death becomes a national scandal (claims 51, 52)."""
        s, n, p = self.state, self.index, self.p
        if p["demand.tragedies_a_year"] <= 0.0:
            return
        while True:
            gap = self.luck.exponential("tragedy", -1, 365.25 / p["demand.tragedies_a_year"])
            yield self.env.timeout(gap)
            c = int(self.luck.uniform("tragedy place") * self.size)
            s.tragedy[n] += 1.0
            s.morale[n] -= p["workforce.tragedy_morale"]
            s.morale[n, c] -= 4.0 * p["workforce.tragedy_morale"]
            self.tragedies += 1
            self.log.emit(self.env.now, c, "tragedy reported")

    def _policy(self) -> Process:
        """Put each dated change of the scenario in force on its day."""
        for day, values in self.world.timeline[1:]:
            yield self.env.timeout((day - self.world.start).days - self.env.now)
            before = self.levers
            self._levers.change(self.index, values)
            self.department.refresh()
            self.changed.ring()
            for name in values:
                if values[name] != before[name]:
                    kind = (
                        "policy paused" if name == "regime.new_trusts_allowed" else "lever changed"
                    )
                    self.log.emit(self.env.now, -1, kind, lever=name, to=values[name])


class Batch:
    """Many countries under one clock, `env`, sharing arrays of shape (countries, councils)."""

    def __init__(
        self,
        baseline: Baseline,
        worlds: Sequence[World],
        seed: int,
        regimes: Mapping[str, type[RespondsToFailure]],
    ) -> None:
        first = worlds[0]
        if len({(world.start, world.end, world.step_days) for world in worlds}) > 1:
            raise ValueError("all nations of a batch start, step and end on the same days")
        self.baseline = baseline
        self.seed = seed
        self.regimes = regimes
        self.size = len(baseline.codes)
        self.start, self.days = first.start, (first.end - first.start).days
        self.env = simpy.Environment()
        self.tables: dict[int, dict[str, Tables]] = {}
        self.p = Parameters(worlds)
        self.levers = Levers(worlds)
        replications = [world.replication for world in worlds]
        self.step_days = first.step_days
        years = self.step_days / DAYS_A_YEAR
        self.state, self.traits = begin(baseline, self.p, seed, replications, years)
        self.week = Week(
            p=self.p,
            levers=self.levers,
            luck=WeeklyRandom(seed, replications, self.size, WEEKLY_DECISIONS),
            rates=rates_of(self.p, self.traits, years),
            trends=trends_of(self.p, [0], years).of(0),
            pools=self._pools(len(worlds)),
            england=np.zeros((len(ENGLAND_DECISIONS), len(worlds), 1)),
            population=np.asarray(baseline.population, dtype=np.float64)[None, :],
            step_days=self.step_days,
        )
        self._england = WeeklyRandom(seed, replications, 1, ENGLAND_DECISIONS)
        self.countries = [Country(self, index, world) for index, world in enumerate(worlds)]
        self.recorder = Recorder(self.start, self.days, worlds, self.state, self.countries)

    def _pools(self, countries: int) -> Pools:
        """Workers between posts at the start, in step with the flows through the pools."""
        p, s = self.p, self.state
        leavers = over_councils(self.traits.leave_rate * s.permanent)
        movers = np.floor(leavers * p["workforce.movers_start"])
        agency = np.floor(over_councils(s.agency) * p["workforce.agency_idle_start"])
        one = np.ones((countries, 1))
        graduates = np.floor(one * p["workforce.graduates_a_year"] * p["workforce.graduates_start"])
        fast_track = one * self.levers["workforce.fast_track_places"]
        return Pools(movers, graduates, agency, fast_track)

    def live_until(self, day: float) -> None:
        """Let the institutions of every country live up to a day."""
        for country in self.countries:
            live_until(country.env, day)

    def run_until(self, day: float) -> None:
        """Let everything happen that falls before a day."""
        self.env.run(until=day)
        self.live_until(math.nextafter(day, 0.0))

    def _weeks(self, progress: Callable[[int, int], None] | None) -> Process:
        """The working week: one process for all councils of all countries."""
        w, s, t = self.week, self.state, self.traits
        step = self.step_days
        steps, told = self.days // step, max(91 // step, 1)
        days = range(0, self.days, step)
        populations, trends = self._population(days), trends_of(self.p, days, w.years)
        for k in range(steps):
            self.live_until(self.env.now)
            w.luck.week()
            self._england.week()
            w.england = ndtr(self._england.normals())
            w.day = k * step
            w.population, w.trends = populations[k : k + 1], trends.of(k)
            demand.step(s, t, w)
            casework.step(s, t, w)
            workforce.step(s, t, w)
            money.step(s, w)
            practice.step(s, t, w)
            self.recorder.week((k + 1) * step, w.in_need)
            if progress is not None and (k + 1) % told == 0:
                progress(k + 1, steps)
            yield self.env.timeout(step)

    def _population(self, days: Sequence[int]) -> Array:
        """Children in each council on days since the start (the first of them), between mid-year
        figures and starting from the population of the baseline, shape (days, councils)."""
        b = self.baseline
        dates = [self.start + timedelta(days=day) for day in days]
        year = np.array([d.year + (d.timetuple().tm_yday - 182) / 365.25 for d in dates])
        years = b.population_years
        k = np.clip(np.searchsorted(years, year) - 1, 0, len(years) - 2)
        share = np.clip(year - years[k], 0.0, 1.0)[:, None]
        path = b.population_path.T[k] * (1.0 - share) + b.population_path.T[k + 1] * share
        return np.asarray(path * (b.population / np.maximum(path[:1], 1.0)))

    def _financial_years(self) -> Process:
        """Close the books each 31 March."""
        for year in range(self.start.year, self.start.year + self.days // 365 + 2):
            day = (date(year, 4, 1) - self.start).days
            if not 0 < day <= self.days:
                continue
            # What falls on the very end of a run does not happen: close just before it.
            yield self.env.timeout(min(day, self.days - 0.5) - self.env.now)
            self.live_until(self.env.now)
            money.close_year(self.state, self.traits, self.p, self.levers, self._settlement(year))
            self.recorder.year_closed()

    def _settlement(self, year: int) -> Array:
        """Growth of spending power into the year that begins in April, (1, councils) or a
        number beyond the published settlements."""
        b = self.baseline
        if year in b.settlement_years:
            k = int(np.searchsorted(b.settlement_years, year))
            return np.asarray(b.settlement_growth[:, k], dtype=np.float64)[None, :]
        return np.asarray(self.p["money.settlement_after"])

    def run(self, progress: Callable[[int, int], None] | None = None) -> BatchResult:
        """Run to the end and return what happened."""
        self.env.process(self._weeks(progress))
        self.env.process(self._financial_years())
        self.run_until(self.days)
        return self.recorder.result()

    def forget(self) -> None:
        """Let go of what would have come after the end. The state is of no use any more."""
        forget(self.env)
        for country in self.countries:
            forget(country.env)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold the garbage collector back: searching millions of live events for rings over and
    over takes a tenth of a run and frees next to nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def run_batch(
    baseline: Baseline,
    worlds: Sequence[World],
    *,
    seed: int,
    regimes: Mapping[str, type[RespondsToFailure]],
    progress: Callable[[int, int], None] | None = None,
) -> BatchResult:
    """Simulate several countries together.

    All worlds start and end on the same days (ValueError otherwise). What a country lives
    through depends on its own scenario, replication, parameters and the seed, never on what
    else is in the batch. `progress` is told the steps done and the steps in all.
    """
    with _uncollected():
        batch = Batch(baseline, worlds, seed, regimes)
        result = batch.run(progress)
        batch.forget()
        del batch  # while nothing is collected: what is in use then is looked at rarely ever after
        return result
