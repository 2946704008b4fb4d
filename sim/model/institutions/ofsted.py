"""Ofsted: inspectors, inspections, visits and judgements of one country."""

from __future__ import annotations

import bisect
from datetime import date
from typing import NamedTuple

import numpy as np
import simpy

from sim.model.council import Council, KeyGrades
from sim.model.country import Country
from sim.model.institutions import judging
from sim.model.institutions.appointments import Appointment, Appointments
from sim.model.institutions.department import Department
from sim.model.institutions.inspectors import (
    EMERGENCY,
    FIRST,
    RE_INSPECTION,
    ROUTINE,
    Inspectors,
    Visit,
)
from sim.model.institutions.visits import Visits, paused_between
from sim.model.processes import Answer, Process
from sim.model.state import State
from sim.model.weekly import practice
from sim.units import DAYS_A_YEAR, GRADES, Array

FRAMEWORK_BEGAN = date(2013, 11, 1).toordinal()  # single inspection framework (A1)
NAMES_OF_GRADES = {0: "none", **GRADES}


class Judgement(NamedTuple):
    """What a report says: the overall grade or, where it gives none, the grade that `stands_in`
    for it; the weakest key judgement, and all three."""

    grade: int
    weakest: str
    key_grades: KeyGrades
    stands_in: bool


def _without_overall_grade(judgement: Judgement) -> dict[str, str | bool]:
    """What the event of a report says besides where the report gives no overall grade."""
    if not judgement.stands_in:
        return {}
    names = ", ".join(NAMES_OF_GRADES[grade] for grade in judgement.key_grades)
    return {"stands_in": True, "key_judgements": names}


def hidden_failing(s: State, line: Array | float) -> Array:
    """Councils of each country that an inspection would most likely find inadequate, but that
    are not judged so: their practice is below the `line` (the first of `judging.overall_cuts`)."""
    return np.asarray(((s.practice < line) & (s.grade != 1)).sum(axis=1), dtype=np.float64)


class Ofsted:
    """Inspectors, and a cycle of inspections for every council.

    Attributes that others read: `inspectors` and its pools `leads` and `members`; `delays`
    (days each full inspection began past its due date); `reinspections` (grades given at
    re-inspections of inadequate councils); `last_inspected` (day of each last full inspection, by
    council).
    """

    def __init__(self, country: Country, department: Department) -> None:
        self.country = country
        self.department = department
        self.env = country.env
        self.inspectors = Inspectors(country)
        self.leads = self.inspectors.leads
        self.members = self.inspectors.members
        self.delays: list[float] = []
        self.reinspections: list[int] = []
        self.last_inspected = self._last_inspected()
        self._sum_last_inspected = sum(self.last_inspected)
        self.appointments = Appointments(country, self.inspectors)
        self.visits = Visits(
            country, self.inspectors, department, self.appointments, self.last_inspected
        )
        self._calls: dict[int, simpy.Event] = {}  # by council
        self._key_cuts = judging.key_cuts(country.p)
        self._silence = self.env.event()  # the call of every council where alarms go unheard
        timeline = country.settings.timeline
        self._listens = any(values["ofsted.emergency_inspections"] for _, values in timeline)
        self.env.process(self._alarms())
        self._schedule()
        self.inspectors.refresh()  # whoever inspects on the start date goes on

    def refresh(self) -> None:
        """Let changed levers act."""
        self.inspectors.refresh()
        self.appointments.refresh()

    # -- what is known ----------------------------------------------------------------

    def _last_inspected(self) -> list[float]:
        """The day of each council's last full inspection of any framework."""
        b = self.country.baseline
        dates = np.where(b.grade > 0, b.grade_date, b.pre_sif_date)
        return [float(d - self.country.today) if d else -3.0 * DAYS_A_YEAR for d in dates]

    def information_age(self, day: float) -> float:
        """Mean years, on this day, since a council was last fully inspected."""
        return (day - self._sum_last_inspected / self.country.size) / DAYS_A_YEAR

    # -- the cycle of one council -------------------------------------------------------

    def _schedule(self) -> None:
        """Due dates as they stood on the start date; work in progress is finished first."""
        p, b, today = self.country.p, self.country.baseline, self.country.today
        first_due = self._first_round()
        made: list[tuple[Council, Appointment]] = []
        for c, council in enumerate(self.country.councils):
            published, under_way = int(b.grade_date[c]), int(b.fieldwork_start[c])
            if b.grade[c] > 1:
                self.visits.focus(council, published - today)
            if under_way:
                ended = int(b.fieldwork_end[c]) or under_way + round(p["ofsted.sif_days"])
                self._go_on_with(council, ended - today)
            elif b.grade[c] == 0:
                made.append((council, self.appointments.make(council, first_due[c])))
            else:
                again = self._appoint(council, int(b.grade[c]), published - today)
                made.append((council, again))
        under_way_too = self._taken_as_under_way(made)
        for council, appointment in made:
            if council.index not in under_way_too:
                self.env.process(self._cycle(council, appointment))

    def _go_on_with(self, council: Council, ended: float) -> None:
        """Finish an inspection that was under way on the start date: fieldwork ends, or has ended,
        on a day."""
        self.appointments.make(council, 0.0).under_way = True
        self.env.process(self._finish(council, ended, has_lead=self.leads.take()))

    def _taken_as_under_way(self, made: list[tuple[Council, Appointment]]) -> set[int]:
        """Where no inspection is known to be under way on the start date, because reports that came
        out later were not read: those longest due are taken to be, as many as the leads begin in
        the time from the first day on site to the report (assumption). Returns the councils."""
        p = self.country.p
        if self.country.baseline.fieldwork_start.any() or self._single_framework():
            return set()
        spent = p["ofsted.preparation_days"] + p["ofsted.standard_days"] + p["ofsted.writing_days"]
        lasts = p["ofsted.standard_days"] + p["ofsted.lag_days"]
        leads = 0 if self.inspectors.paused() else self.inspectors.available("lead")
        due = sorted((one.day, council.index) for council, one in made if one.day <= 0.0)
        chosen = [index for _, index in due[: round(leads * lasts / spent)]]
        for place, index in enumerate(chosen):
            begun = lasts * (place + 0.5) / len(chosen)
            self._go_on_with(self.country.councils[index], p["ofsted.standard_days"] - begun)
        return set(chosen)

    def _first_round(self) -> dict[int, float]:
        """Spread first inspections to the planned end of the round, longest unseen first: the day
        of each, by council."""
        p, b, councils = self.country.p, self.country.baseline, self.country.councils
        left = [c for c in range(self.country.size) if b.grade[c] == 0 and not b.fieldwork_start[c]]
        last = {c: int(b.pre_sif_date[c]) or FRAMEWORK_BEGAN - 3 * 365 for c in left}
        wobble = p["ofsted.order_spread"] * DAYS_A_YEAR
        left.sort(key=lambda c: last[c] + wobble * councils[c].random.normal("order"))
        end = FRAMEWORK_BEGAN + p["ofsted.first_round_years"] * DAYS_A_YEAR - self.country.today
        gap = max(end, 0.0) / max(len(left), 1)
        return {c: gap * (k + 0.5) for k, c in enumerate(left)}

    def _appoint(self, council: Council, grade: int, published: float) -> Appointment:
        """The next full inspection, given the last publication."""
        p, today = self.country.p, self.country.today
        put_off = float(paused_between(today + round(published), today))
        if grade == 1:
            return self.appointments.make_again(council, published, put_off)
        single = self._single_framework()
        interval = p["ofsted.interval_sif_years"] if single else p["ofsted.interval_years"]
        years = council.random.lognormal("interval", interval, p["ofsted.interval_spread"])
        return self.appointments.make(council, published + put_off + years * DAYS_A_YEAR)

    def _cycle(self, council: Council, appointment: Appointment) -> Process:
        """Wait until the next inspection is due or called, inspect, publish; for ever."""
        country, env = self.country, self.env
        while True:
            call = env.event() if self._listens else self._silence
            self._calls[council.index] = call
            yield from self.appointments.wait(appointment, call, heard=self._listens)
            # The single framework looks at each council once, and again only at failures.
            while council.grade > 1 and self._single_framework() and not call.triggered:
                yield self._or_alarm(country.levers_changed.next, call)
            appointment.under_way = True
            if call.triggered:
                priority, due, cause = EMERGENCY, env.now, call.value
            else:
                due, cause = appointment.day, appointment.cause
                priority = {0: FIRST, 1: RE_INSPECTION}.get(council.grade, ROUTINE)
                # Of the same kind, the longest overdue goes first.
                priority += due * 1e-6
            # An alarm now comes too late for this inspection.
            self._calls.pop(council.index, None)
            grade = yield from self._inspect(council, due, priority, cause)
            appointment = self._appoint(council, grade, env.now)

    def _single_framework(self) -> bool:
        return self.country.levers.text("ofsted.framework") == "SIF"

    def _or_alarm(self, event: simpy.Event, call: simpy.Event) -> simpy.Event:
        """Wait for an event, or for an alarm where this scenario ever listens to alarms."""
        return event | call if self._listens else event

    def _inspect(
        self, council: Council, due: float, priority: float, cause: int | None
    ) -> Answer[int]:
        """Find a team, do the fieldwork, write up, publish. Returns the grade."""
        env = self.env
        visit = yield from self.inspectors.team(lambda: self._plan(council), priority)
        waited = max(env.now - visit.preparation - max(due, 0.0), 0.0)
        self.delays.append(waited)
        began = council.log("inspection began", cause, waited_days=round(waited), team=visit.team)
        ends = env.now + visit.days
        council.inspected_until = ends
        self.members.release(visit.team - 1, ends)
        yield self._report(council, ends)
        return self._publish(council, self._judge(council), began)

    def _report(self, council: Council, ended: float) -> simpy.Event:
        """The report on fieldwork that ends (or has `ended`) on a day: the lead writes for a
        while and is free, publication comes later."""
        now, p = self.env.now, self.country.p
        lag = council.random.lognormal("lag", p["ofsted.lag_days"], p["ofsted.lag_spread"])
        written = max(ended + min(p["ofsted.writing_days"], lag), now)
        self.leads.release(1, written)
        return self.env.timeout(max(ended + lag, written + 1.0) - now)

    def _finish(self, council: Council, ended: float, has_lead: bool) -> Process:
        """Complete an inspection that was under way on the start date, then go on.

        `ended` is the day fieldwork ends (negative: it has). Without a lead it waits for one.
        """
        council.inspected_until = max(ended, 0.0)
        if not has_lead:
            yield self.leads.request(1, EMERGENCY)
        yield self._report(council, ended)
        grade = self._publish(council, self._judge(council), self.country.started)
        yield from self._cycle(council, self._appoint(council, grade, self.env.now))

    def _plan(self, council: Council) -> Visit:
        """What an inspection takes now, by framework and last grade.

        The four weeks of the single framework hold a week off site (A8, A9); the visits of
        its successor are shorter, after preparation by the lead (A6, A12, A14, A19).
        """
        p = self.country.p
        if self._single_framework():
            return Visit(0.0, p["ofsted.sif_days"], round(p["ofsted.sif_team"]))
        before = p["ofsted.preparation_days"]
        if council.grade >= 3:
            return Visit(before, p["ofsted.short_days"], round(p["ofsted.short_team"]))
        return Visit(before, p["ofsted.standard_days"], round(p["ofsted.standard_team"]))

    # -- judgements -------------------------------------------------------------------

    def _judge(self, council: Council) -> Judgement:
        """The key judgements, each read from practice with noise, and the grade that follows.

        What the key judgements of one inspection share is most of the noise: they go together
        (evidence H6). The rule of the overall grade is that of `KeyGrades.overall`, under both
        frameworks (H4); where reports give no overall grade (H5), it stands in for it.
        """
        p, levers = self.country.p, self.country.levers
        level = council.practice + practice.overrating(
            p, council.practice, council.grade, levers.on("regime.threat_before_failure")
        )
        if not self._single_framework():
            level += p["ofsted.later_framework_shift"]
        level += p["ofsted.shared_noise"] * council.random.normal("judge, shared")
        readings = [
            level + aspect + p["ofsted.noise"] * council.random.normal("judge")
            for aspect in council.aspects
        ]
        if council.director_settles > self.env.now:
            readings[-1] -= p["ofsted.new_director_mark"]
        grades = [
            1 + bisect.bisect_right(cuts, reading)
            for cuts, reading in zip(self._key_cuts, readings, strict=True)
        ]
        protection, care, leadership = grades
        keys = KeyGrades(protection, care, leadership)
        stands_in = not levers.on("ofsted.overall_grade")
        return Judgement(keys.overall, judging.weakest(readings, grades), keys, stands_in)

    def _publish(self, council: Council, judgement: Judgement, cause: int | None) -> int:
        grade, before, now = judgement.grade, council.grade, self.env.now
        council.grade = grade
        council.key_grades = judgement.key_grades
        council.inspections += 1
        self._sum_last_inspected += now - self.last_inspected[council.index]
        self.last_inspected[council.index] = now
        if before == 1:
            self.reinspections.append(grade)
        report = council.log(
            "judgement published",
            cause,
            grade=NAMES_OF_GRADES[grade],
            before=NAMES_OF_GRADES[before],
            weakest=judgement.weakest,
            practice=round(council.practice, 2),
            **_without_overall_grade(judgement),
        )
        if grade == 1:
            self.department.judged_inadequate(council, report)
            self.visits.monitor(council, now)
        else:
            if before == 1:
                self.department.judged_better(council, grade, report)
            self.visits.focus(council, now)
        self.department.inform(council, "judgement published", report)
        return grade

    # -- alarms -----------------------------------------------------------------------

    def _alarms(self) -> Process:
        """Whistle-blowers and signs of weak leadership, some of them false (A25)."""
        p, levers, random = self.country.p, self.country.levers, self.country.random
        if p["ofsted.alarms_a_year"] <= 0.0:
            return
        while True:
            rate = p["ofsted.alarms_a_year"] * levers.number("ofsted.trigger_sensitivity")
            yield self.env.timeout(random.exponential("alarm", DAYS_A_YEAR / max(rate, 1e-3)))
            draw = random.uniform("alarm place")
            if levers.on("ofsted.emergency_inspections"):
                self._alarm(draw)

    def _alarm(self, draw: float) -> None:
        """Alarms fall more on councils whose practice is weak or whose director is new."""
        p, s = self.country.p, self.country.state
        new = s.director_settles > self.env.now
        weight = np.exp(-p["ofsted.alarm_focus"] * s.practice) * (1.0 + new)
        # A contract hides part of what would raise an alarm (claim 68).
        weight = weight * (1.0 - p["trust.detection_loss"] * s.contracted)
        weight = np.where(s.grade == 1, 0.0, weight)
        total = weight.sum()
        if total <= 0.0:
            return
        council = self.country.councils[int(np.searchsorted(np.cumsum(weight), draw * total))]
        call = self._calls.get(council.index)
        if call is not None and not call.triggered:
            call.succeed(council.log("emergency inspection called"))
