"""Visits between inspections: monitoring visits to failing councils, focused ones to others."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from datetime import date
from functools import partial

import simpy

from sim.model.council import Council
from sim.model.country import Country
from sim.model.institutions import judging
from sim.model.institutions.appointments import Appointments
from sim.model.institutions.department import Department, FailureCase
from sim.model.institutions.inspectors import MONITORING, ROUTINE, Inspectors
from sim.model.processes import Process
from sim.units import DAYS_A_MONTH, DAYS_A_YEAR

# From when until when the pandemic stopped inspections (A26; the days are assumptions). For runs
# that start since: within a run the scenario says when inspections are paused.
PAUSE_BEGAN = date(2020, 3, 17).toordinal()
PAUSE_ENDED = date(2021, 4, 12).toordinal()
# Before the next full inspection comes no further visit, and no more than six in all (A16).
MOST_VISITS = 6
# So many readings in a row tell of progress, or of none (assumption: one may be chance).
IN_A_ROW = 2


def paused_between(since: int, until: int) -> int:
    """Days between two days (ordinals) in which the pandemic had stopped inspections: they do not
    count towards an interval (A15, A16)."""
    return max(min(until, PAUSE_ENDED) - max(since, PAUSE_BEGAN), 0)


class Visits:
    """What inspectors see between full inspections of one country.

    A visit to an inadequate council leaves a reading of its practice on the file: the department,
    the council and Ofsted itself read it (A16, A17).
    """

    def __init__(
        self,
        country: Country,
        inspectors: Inspectors,
        department: Department,
        appointments: Appointments,
        last_inspected: Sequence[float],
    ) -> None:
        self._country = country
        self._env = country.env
        self._inspectors = inspectors
        self._department = department
        self._appointments = appointments
        self._last_inspected = last_inspected
        start, timeline = country.settings.start, country.settings.timeline
        self._changes = [(day - start).days for day, _ in timeline]
        self._failing: float | None = None  # the line of an inadequate judgement, once asked for
        self._single = [values["ofsted.framework"] == "SIF" for _, values in timeline]

    def single_framework_on(self, day: float) -> bool:
        """Whether the single inspection framework is in force on a day of the run."""
        return self._single[max(bisect.bisect_right(self._changes, day) - 1, 0)]

    def _paused_before(self, published: float) -> int:
        """Days of the pandemic's pause between a report and the start of the run."""
        today = self._country.today
        return paused_between(today + round(published), today)

    # -- monitoring visits -----------------------------------------------------------------

    def monitor(self, council: Council, published: float) -> None:
        """Begin the visits that follow an inadequate report, published on a day (negative: before
        the run)."""
        self._env.process(self._monitor(council, published))

    def _monitor(self, council: Council, published: float) -> Process:
        """Up to six visits, about four months apart, until the next inspection is near (A16, A17).

        Of those before the run nothing but their number is known, and that from their usual dates.
        """
        p, levers, env = self._country.p, self._country.levers, self._env
        usual = p["ofsted.monitoring_months"] * DAYS_A_MONTH
        day = published + p["ofsted.first_monitoring_days"] + self._paused_before(published)
        made = 0
        while day < 0.0:
            made += levers.on("ofsted.monitoring_visits")
            day += self._interval(council)
        while made < MOST_VISITS:
            yield from self._inspectors.until(day)
            if not levers.on("ofsted.monitoring_visits"):
                while not levers.on("ofsted.monitoring_visits"):
                    yield self._country.levers_changed.next
                day = env.now + usual * council.random.uniform("first monitoring")
                continue
            if self._last_inspected[council.index] > max(published, 0.0):
                return
            # The next inspection takes the place of a visit.
            if self._appointments.days_left(council) > usual:
                yield from self._inspectors.pair(MONITORING)
                self._inspectors.members.release(2, env.now + p["ofsted.visit_days"])
                case = self._department.cases.get(council.index)
                # A report published meanwhile makes a visit pointless.
                if case is None or self._last_inspected[council.index] > max(published, 0.0):
                    return
                made += 1
                self._read(case, made)
            day = env.now + self._interval(council)

    def _interval(self, council: Council) -> float:
        """Days from one monitoring visit to the next."""
        months = self._country.p["ofsted.monitoring_months"]
        return council.random.lognormal("monitoring", months, 0.2) * DAYS_A_MONTH

    def _read(self, case: FailureCase, number: int) -> None:
        """Note what a visit saw, and let those act on it who read it."""
        p, council, now = self._country.p, case.council, self._env.now
        noise = p["ofsted.monitoring_noise"] * council.random.normal("monitoring reading")
        reading = council.practice + noise
        case.readings.append((now, reading))
        visit = council.log(
            "monitoring visit", case.cause, reading=round(reading, 2), number=number
        )
        last = [value for _, value in case.readings[-IN_A_ROW:]]
        if len(last) == IN_A_ROW and not any(map(case.shows_progress, last)):
            years = p["ofsted.monitoring_months"] / 12.0
            self._department.directors.after_readings(council, years, visit)
        ready = sum(last) / len(last) >= p["ofsted.ready_reading"]
        if ready and number >= round(p["ofsted.ready_visits"]):
            # The inspection comes when the next visit would have.
            again = max(now + self._interval(council), case.judged + DAYS_A_YEAR)
            self._appointments.bring_forward(council, again, visit)
        self._department.inform(council, "monitoring visit", visit)

    # -- focused visits --------------------------------------------------------------------

    def focus(self, council: Council, published: float) -> None:
        """Plan the visit that follows a report better than inadequate, published on a day
        (negative: before the run); in screening they are a standing load on inspectors (see
        `Inspectors.available`).

        Two inspectors come for two days, once between two inspections under the later framework
        (A14, A18): what is due before the run is taken to have been made.
        """
        if self._country.settings.screened or all(self._single):
            return
        p, random = self._country.p, council.random
        years = random.lognormal("focused", p["ofsted.focused_years"], p["ofsted.focused_spread"])
        day = published + years * DAYS_A_YEAR + self._paused_before(published)
        if self.single_framework_on(max(day, 0.0)):
            # Those of the earlier framework have theirs in the first years of the later one.
            later = next(
                (day for day, single in zip(self._changes, self._single, strict=True) if not single)
            )
            day = max(day, later + p["ofsted.focused_years"] * DAYS_A_YEAR * random.uniform("turn"))
        elif day < 0.0:
            return
        # Most come to nothing, or need not wait: a process for each would cost three times as much.
        paused = self._inspectors.days_paused()
        planned = self._env.timeout(max(day - self._env.now, 0.0))
        planned.callbacks.append(partial(self._planned, council, published, paused))

    def _planned(self, council: Council, published: float, paused: float, _: simpy.Event) -> None:
        """The day has come for which a focused visit was planned, when inspections had been
        `paused` for so many days of the run."""
        if not self._due(council, published):
            return
        inspectors, now = self._inspectors, self._env.now
        longer = inspectors.days_paused() - paused
        if longer <= 0.0 and not inspectors.paused() and inspectors.members.take(2):
            self._visit(council, now)
        else:
            self._env.process(self._focus(council, published, now + longer))

    def _visit(self, council: Council, now: float) -> None:
        days = self._country.p["ofsted.visit_days"]
        self._inspectors.members.release(2, now + days)
        if any(reader.findings for reader in self._department.readers):
            finding = self._finding(council)
            visit = council.log("focused visit", finding=finding)
            self._department.inform(council, "focused visit", visit, finding)
        else:
            council.log("focused visit")

    def _finding(self, council: Council) -> str:
        """What a focused visit comes to: priority action where inspectors, who read practice as
        they do at a monitoring visit, see it below the line of an inadequate judgement
        (assumption: how often visits end so is not on record)."""
        p = self._country.p
        noise = p["ofsted.monitoring_noise"] * council.random.normal("focused reading")
        if self._failing is None:
            self._failing = float(judging.overall_cuts(p)[0])
        acts = council.practice + noise < self._failing
        return "priority action" if acts else "no priority action"

    def _focus(self, council: Council, published: float, day: float) -> Process:
        yield from self._inspectors.until(day)
        if self._due(council, published):
            yield from self._inspectors.pair(ROUTINE)
            if self._due(council, published):
                self._visit(council, self._env.now)
            else:
                self._inspectors.members.release(2)

    def _due(self, council: Council, published: float) -> bool:
        """Whether a focused visit still has its place before the next full inspection."""
        return (
            not self.single_framework_on(self._env.now)
            and council.grade > 1
            and self._last_inspected[council.index] <= max(published, 0.0)
            and not self._appointments.under_way(council)
        )
