"""A batch of countries, each in a SimPy environment of its own: put together and run."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import simpy
from scipy.special import ndtr

from sim.inputs.councils.baseline import Baseline
from sim.model.batch_result import BatchResult
from sim.model.country import Shared
from sim.model.england import England
from sim.model.institutions.department import Regime
from sim.model.institutions.regime_watch import blame, is_own
from sim.model.opening_state import begin
from sim.model.processes import EndlessLoopError, LoopWatch, Process, forget, live_until
from sim.model.recorder import Recorder
from sim.model.settings import CountrySettings, Levers, Parameters, UnmovedLevers
from sim.model.weekly import casework, demand, money, practice, workforce
from sim.model.weekly.rates import before_start, middle_of_year, rates_of, trends_of
from sim.model.weekly.shocks import QUARTER, Shocks
from sim.model.weekly.working_week import ENGLAND_DECISIONS, Pools, Week, over_councils
from sim.random.streams import EventRandom, Tables, WeeklyRandom
from sim.units import DAYS_A_YEAR, Array

# The order of the working week.
WEEKLY_DECISIONS = (
    *demand.DECISIONS,
    *casework.DECISIONS,
    *workforce.DECISIONS,
    *practice.DECISIONS,
)
# Settlements that reach councils as they were announced, whenever that was.
AS_ANNOUNCED = "as announced"


class Batch:
    """Many countries under one clock, `env`, sharing arrays of shape (countries, councils)."""

    def __init__(
        self,
        baseline: Baseline,
        settings: Sequence[CountrySettings],
        seed: int,
        regimes: Mapping[str, type[Regime]],
    ) -> None:
        """`settings` of each country; ValueError where they differ in start, end or step."""
        first = settings[0]
        if len({(one.start, one.end, one.step_days) for one in settings}) > 1:
            raise ValueError("all countries of a batch start, step and end on the same days")
        self.baseline = baseline
        self.size = len(baseline.codes)
        self.start, self.days = first.start, (first.end - first.start).days
        self.env = simpy.Environment()
        self.p = Parameters(settings)
        self.levers = Levers(settings)
        replications = [one.replication for one in settings]
        self.step_days = first.step_days
        self._quarter = 0  # of the run, next to come
        self._opened = 0.0  # the day on which the books of this financial year were opened
        years = self.step_days / DAYS_A_YEAR
        self.state, self.traits = begin(baseline, self.p, seed, replications, years)
        self._before = before_start(baseline)
        self.week = Week(
            p=self.p,
            levers=self.levers,
            random=WeeklyRandom(seed, replications, self.size, WEEKLY_DECISIONS),
            rates=rates_of(self.p, self.traits, years),
            trends=trends_of(self.p, self._before, [0], years).of(0),
            pools=self._pools(len(settings)),
            shocks=Shocks(seed, replications, self.size, self.p),
            england=np.zeros((len(ENGLAND_DECISIONS), len(settings), 1)),
            population=np.asarray(baseline.population, dtype=np.float64)[None, :],
            step_days=self.step_days,
        )
        self._england = WeeklyRandom(seed, replications, 1, ENGLAND_DECISIONS)
        self._bring_money_to_the_start()
        tables: dict[int, dict[str, Tables]] = {r: {} for r in replications}
        shared = Shared(baseline, self.state, self.traits, self.levers)
        self._regimes = regimes
        self._watch = LoopWatch()
        self.countries: list[England] = []
        for index, one in enumerate(settings):
            random = EventRandom(seed, one.replication, self.size, tables[one.replication])
            self.countries.append(England(shared, index, one, random, regimes))
        self.recorder = Recorder(self.start, self.days, self.state, self.countries)

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

    def _bring_money_to_the_start(self) -> None:
        """Prices, plans and budgets of the year whose spending was published, as they had become by
        the first day: with the plan of each April that has passed since, the first day's own
        included, by the settlements announced by then.

        No lever had been moved: what a scenario changes, the first April after the start plans for.
        """
        priced = int(self.baseline.spend_year[:4])
        plans = range(priced + 1, self.start.year + (self.start >= date(self.start.year, 4, 1)))
        on = middle_of_year(priced)
        for year in plans:
            april = date(year, 4, 1)
            self._age_places(on, april)
            money.plan_before_start(
                self.state, self.traits, self._week_before(april), self._settlement(year)
            )
            on = april
        self._age_places(on, self.start)

    def _age_places(self, since: date, until: date) -> None:
        """Let the price of a place grow between two days."""
        years = (until - since).days / DAYS_A_YEAR
        self.state.placement_price *= np.power(1.0 + self.p["money.placement_growth"], years)

    def _week_before(self, day: date) -> Week:
        """The week of a day up to the first."""
        days = [(day - self.start).days]
        trends = trends_of(self.p, self._before, days, self.week.years).of(0)
        return replace(self.week, levers=UnmovedLevers(), trends=trends, _lever_factors={})

    def live_until(self, day: float) -> None:
        """Let the institutions of every country live up to a day.

        Raises RegimeError where a regime of somebody else's making fails.
        """
        country = self.countries[0]
        try:
            for country in self.countries:
                self._watch.turn += 1
                live_until(country.env, day)
                self._watch.turn += 1
        except (Exception, SystemExit, EndlessLoopError) as error:
            self._watch.turn += 1
            failure = blame(error, country, self._regimes)
            if failure is None or failure is error:
                raise
            raise failure from error

    def run_until(self, day: float) -> None:
        """Let everything happen that falls before a day."""
        self.env.run(until=day)
        self.live_until(math.nextafter(day, 0.0))

    def _weeks(self, progress: Callable[[int, int], None] | None) -> Process:
        """The working week: one process for all councils of all countries."""
        w, s, t = self.week, self.state, self.traits
        step = self.step_days
        steps, report_every = self.days // step, max(91 // step, 1)
        days = range(0, self.days, step)
        populations, variants = self._population(days), self._variant(days)
        trends = trends_of(self.p, self._before, days, w.years)
        for k in range(steps):
            self.live_until(self.env.now)
            w.random.week()
            self._england.week()
            w.england = ndtr(self._england.normals())
            w.day = k * step
            w.population, w.trends = populations[k] * variants[k], trends.of(k)
            self._quarters()
            demand.step(s, t, w)
            casework.step(s, t, w)
            workforce.step(s, t, w)
            money.step(s, w)
            practice.step(s, t, w)
            self.recorder.week((k + 1) * step, w.in_need)
            if progress is not None and (k + 1) % report_every == 0:
                progress(k + 1, steps)
            yield self.env.timeout(step)

    def _quarters(self) -> None:
        """What moves slowly is worked out at the start and once a quarter."""
        w, s, t = self.week, self.state, self.traits
        if w.day < self._quarter * QUARTER:
            return
        if self._quarter > 0:
            w.shocks.step()
            closes = self._next_close(w.day)
            # Before half the year is gone nobody knows where it is heading.
            if closes - w.day < w.day - self._opened:
                money.watch(s, t, w, *money.part_of_year(w.day, self._opened, closes))
        self._quarter += 1
        demand.quarter(s, t, w)
        workforce.quarter(s, t, w)

    def _next_close(self, day: float) -> float:
        """The day on which the financial year closes that is under way."""
        today = self.start + timedelta(days=int(day))
        year = today.year + (today >= date(today.year, 4, 1))
        return float((date(year, 4, 1) - self.start).days)

    def _population(self, days: Sequence[int]) -> Array:
        """Children in each council on days since the start (the first of them) by the central
        path, between mid-year figures and starting from the population of the baseline, shape
        (days, councils)."""
        b = self.baseline
        path = self._on_days(b.population_path.T, days)
        return np.asarray(path * (b.population / np.maximum(path[:1], 1.0)))

    def _variant(self, days: Sequence[int]) -> Array:
        """What the population of each country is to the central path on days since the start:
        1 on the first of them, shape (days, countries or 1, 1)."""
        b, path = self.baseline, np.reshape(self.p["demand.population_path"], (1, -1, 1))
        low, high = (
            np.log(self._on_days(variant[:, None], days))[:, :, None]
            for variant in (b.population_low, b.population_high)
        )
        # As far as the path lies between the central projection and one variant, or beyond it.
        moved = np.where(path < 0.0, -path * low, path * high)
        return np.asarray(np.exp(moved - moved[:1]))

    def _on_days(self, by_year: Array, days: Sequence[int]) -> Array:
        """Mid-year figures (years, ...) on days since the start, (days, ...)."""
        dates = [self.start + timedelta(days=day) for day in days]
        year = np.array([d.year + (d.timetuple().tm_yday - 182) / DAYS_A_YEAR for d in dates])
        years = self.baseline.population_years
        k = np.clip(np.searchsorted(years, year) - 1, 0, len(years) - 2)
        share = np.clip(year - years[k], 0.0, 1.0)[:, None]
        return np.asarray(by_year[k] * (1.0 - share) + by_year[k + 1] * share)

    def _financial_years(self) -> Process:
        """Close the books each 31 March."""
        for year in range(self.start.year, self.start.year + self.days // 365 + 2):
            day = (date(year, 4, 1) - self.start).days
            if not 0 < day <= self.days:
                continue
            # What falls on the very end of a run does not happen: close just before it.
            yield self.env.timeout(min(day, self.days - 0.5) - self.env.now)
            self.live_until(self.env.now)
            years = (self.env.now - self._opened) / DAYS_A_YEAR
            self._opened = self.env.now
            money.close_year(self.state, self.traits, self.week, self._settlement(year), years)
            self.recorder.year_closed()

    def _settlement(self, year: int) -> Array:
        """Growth of spending power into the year that begins in April: (countries or 1,
        councils), or what is assumed where no settlement is known.

        A settlement is known that was announced by the start (for a year that had begun by then,
        by that April); where a country's settlements are those announced, each that was announced
        by the day on which it begins.
        """
        b, assumed = self.baseline, np.asarray(self.p["money.settlement_after"])
        if year not in b.settlement_years:
            return assumed
        k = int(np.searchsorted(b.settlement_years, year))
        growth = np.asarray(b.settlement_growth[:, k], dtype=np.float64)[None, :]
        announced = int(b.settlement_announced[k])
        if announced <= self.start.toordinal():
            return growth
        if announced > date(year, 4, 1).toordinal():
            return assumed
        follows = [one.levers.text("money.settlements") == AS_ANNOUNCED for one in self.countries]
        return np.where(np.array(follows)[:, None], growth, assumed)

    def run(self, progress: Callable[[int, int], None] | None = None) -> BatchResult:
        """Run to the end and return what happened."""
        self.env.process(self._weeks(progress))
        self.env.process(self._financial_years())
        foreign = not all(map(is_own, self._regimes.values()))
        with self._watch if foreign else nullcontext():
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
    settings: Sequence[CountrySettings],
    *,
    seed: int,
    regimes: Mapping[str, type[Regime]],
    progress: Callable[[int, int], None] | None = None,
) -> BatchResult:
    """Simulate several countries together.

    All countries start and end on the same days (ValueError otherwise); a plug-in regime that
    fails is a RegimeError. What a country lives
    through depends on its own scenario, replication, parameters and the seed, never on what
    else is in the batch. `progress` is called with the steps done and the steps in all.
    """
    with _uncollected():
        batch = Batch(baseline, settings, seed, regimes)
        result = batch.run(progress)
        batch.forget()
        del batch  # while nothing is collected: what is in use then is looked at rarely ever after
        return result
