"""Ofsted: inspectors, inspections, visits and judgements of one country."""

from __future__ import annotations

import bisect
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import simpy

from sim.model.institutions.inspectors import (
    EMERGENCY,
    FIRST,
    RE_INSPECTION,
    ROUTINE,
    Inspectors,
    Visit,
)
from sim.model.institutions.processes import Answer, Process

if TYPE_CHECKING:
    from sim.model.country import Country
    from sim.model.state import Array, Councils

FRAMEWORK_BEGAN = date(2013, 11, 1).toordinal()  # single inspection framework (A1)
GRADES = ("none", "inadequate", "requires improvement", "good", "outstanding")
ASPECTS = ("help and protection", "care of children looked after", "leadership")
MONTH = 365.25 / 12.0
YEAR = 365.25


def hidden_failing(s: Councils, noise: Array | float) -> Array:
    """Councils of each country that an inspection would most likely find inadequate, but that
    are not judged so: the worst of three readings lies about one noise below practice (H4)."""
    return np.asarray(((s.practice < 1.5 + noise) & (s.grade != 1)).sum(axis=1), dtype=np.float64)


class Ofsted:
    """Inspectors, and a cycle of inspections for every council.

    Attributes that others read: `inspectors` and its pools `leads` and `members`; `delays`
    (days each full inspection began past its due date); `reinspections` (grades found at
    re-inspections of inadequate councils); `last_seen` (day of each last full inspection).
    """

    def __init__(self, country: Country) -> None:
        self.country = country
        self.env = country.env
        self.inspectors = Inspectors(country)
        self.leads = self.inspectors.leads
        self.members = self.inspectors.members
        self.delays: list[float] = []
        self.reinspections: list[int] = []
        self.last_seen = self._last_seen()
        self._seen = sum(self.last_seen)
        self._calls: dict[int, simpy.Event] = {}
        self._silence = self.env.event()  # the call of every council where alarms go unheard
        start = country.world.start
        timeline = country.world.timeline
        self._changes = [(day - start).days for day, _ in timeline]
        self._single = [values["ofsted.framework"] == "SIF" for _, values in timeline]
        self._listens = any(values["ofsted.emergency_inspections"] for _, values in timeline)
        self.env.process(self._alarms())
        self._schedule()

    # -- what is known ----------------------------------------------------------------

    def _last_seen(self) -> list[float]:
        """The day of each council's last full inspection of any framework."""
        b = self.country.baseline
        today = b.date.toordinal()
        dates = np.where(b.grade > 0, b.grade_date, b.pre_sif_date)
        return [float(d - today) if d else -3.0 * YEAR for d in dates]

    def information_age(self, day: float) -> float:
        """Mean years, on this day, since a council was last fully inspected."""
        return (day - self._seen / len(self.last_seen)) / YEAR

    # -- the cycle of one council -------------------------------------------------------

    def _schedule(self) -> None:
        """Due dates as they stood on the start date; work in progress is finished first."""
        country, p = self.country, self.country.p
        b = country.baseline
        today = b.date.toordinal()
        first_due = self._first_round(today)
        for c in range(country.size):
            under_way = int(b.fieldwork_start[c])
            if under_way:
                ended = int(b.fieldwork_end[c]) or under_way + round(p["ofsted.sif_days"])
                self.env.process(self._finish(c, ended - today))
            elif b.grade[c] == 0:
                self.env.process(self._cycle(c, first_due[c]))
            else:
                due = self._next_due(c, int(b.grade[c]), int(b.grade_date[c]) - today)
                self.env.process(self._cycle(c, due))

    def _first_round(self, today: int) -> dict[int, float]:
        """Spread first inspections to the planned end of the round, longest unseen first."""
        country, p, b = self.country, self.country.p, self.country.baseline
        left = [c for c in range(country.size) if b.grade[c] == 0 and not b.fieldwork_start[c]]
        seen = {c: int(b.pre_sif_date[c]) or FRAMEWORK_BEGAN - 3 * 365 for c in left}
        wobble = p["ofsted.order_spread"] * YEAR
        left.sort(key=lambda c: seen[c] + wobble * country.luck.normal("order", c))
        end = FRAMEWORK_BEGAN + p["ofsted.first_round_years"] * YEAR - today
        gap = max(end, 0.0) / max(len(left), 1)
        return {c: gap * (k + 0.5) for k, c in enumerate(left)}

    def _next_due(self, c: int, grade: int, published: float) -> float:
        """The day the next full inspection should begin, given the last publication."""
        luck, p = self.country.luck, self.country.p
        if grade == 1:
            years = luck.lognormal(
                "re-inspection", c, p["ofsted.reinspection_years"], p["ofsted.reinspection_spread"]
            )
            return published + years * YEAR - p["ofsted.lag_days"] - p["ofsted.sif_days"]
        single = self._single_framework()
        interval = p["ofsted.interval_sif_years"] if single else p["ofsted.interval_years"]
        return published + YEAR * luck.lognormal(
            "interval", c, interval, p["ofsted.interval_spread"]
        )

    def _cycle(self, c: int, due: float) -> Process:
        """Wait until the next inspection is due or called, inspect, publish; for ever."""
        country, env = self.country, self.env
        s, n = country.state, country.index
        while True:
            call = self._calls[c] = env.event() if self._listens else self._silence
            if due > env.now:
                half_way = (due + env.now) / 2.0
                if not (country.world.screened or self._single_framework_on(half_way)):
                    yield self._until(half_way, call)
                    if not call.triggered:
                        yield from self._focused_visit(c)
                if due > env.now and not call.triggered:
                    yield self._until(due, call)
            # The single framework looks at each council once, and again only at failures.
            while s.grade[n, c] > 1 and self._single_framework() and not call.triggered:
                yield self._or_alarm(self.country.changed.next, call)
            if call.triggered:
                priority, due, cause = EMERGENCY, env.now, call.value
            else:
                cause = None
                priority = {0: FIRST, 1: RE_INSPECTION}.get(int(s.grade[n, c]), ROUTINE)
                # Of the same kind, the longest overdue goes first.
                priority += due * 1e-6
            self._calls.pop(c, None)  # an alarm now comes too late for this inspection
            grade = yield from self._inspect(c, due, priority, cause)
            due = self._next_due(c, grade, env.now)

    def _single_framework(self) -> bool:
        return self.country.levers["ofsted.framework"] == "SIF"

    def _single_framework_on(self, day: float) -> bool:
        """Whether the single inspection framework will be in force on a coming day."""
        return self._single[bisect.bisect_right(self._changes, day) - 1]

    def _until(self, day: float, call: simpy.Event) -> simpy.Event:
        return self._or_alarm(self.env.timeout(day - self.env.now), call)

    def _or_alarm(self, event: simpy.Event, call: simpy.Event) -> simpy.Event:
        """Wait for an event, or for an alarm where this scenario ever listens to alarms."""
        return event | call if self._listens else event

    def _inspect(self, c: int, due: float, priority: float, cause: int | None) -> Answer[int]:
        """Find a team, do the fieldwork, write up, publish. Returns the grade."""
        country, env = self.country, self.env
        visit = yield from self.inspectors.team(lambda: self._plan(c), priority, self._paused)
        waited = max(env.now - visit.preparation - max(due, 0.0), 0.0)
        self.delays.append(waited)
        began = country.log.emit(
            env.now,
            c,
            "inspection began",
            cause,
            waited_days=round(waited),
            team=visit.team,
        )
        ends = env.now + visit.days
        country.state.inspected_until[country.index, c] = ends
        self.members.release(visit.team - 1, ends)
        yield self._report(c, ends)
        return self._publish(c, *self._judge(c), began)

    def _report(self, c: int, ended: float) -> simpy.Event:
        """The report on fieldwork that ends (or has `ended`) on a day: the lead writes for a
        while and is free, publication comes later."""
        now, p = self.env.now, self.country.p
        lag = self.country.luck.lognormal("lag", c, p["ofsted.lag_days"], p["ofsted.lag_spread"])
        written = max(ended + min(p["ofsted.writing_days"], lag), now)
        self.leads.release(1, written)
        return self.env.timeout(max(ended + lag, written + 1.0) - now)

    def _finish(self, c: int, ended: float) -> Process:
        """Complete an inspection that was under way on the start date, then go on.

        `ended` is the day fieldwork ends (negative: it has).
        """
        self.country.state.inspected_until[self.country.index, c] = max(ended, 0.0)
        yield self.leads.request(1, EMERGENCY)
        yield self._report(c, ended)
        grade = self._publish(c, *self._judge(c), self.country.started)
        yield from self._cycle(c, self._next_due(c, grade, self.env.now))

    def _plan(self, c: int) -> Visit:
        """What an inspection takes now, by framework and last grade.

        The four weeks of the single framework hold a week off site (A8, A9); the visits of
        its successor are shorter, after preparation by the lead (A6, A12, A14, A19).
        """
        p = self.country.p
        if self._single_framework():
            return Visit(0.0, p["ofsted.sif_days"], round(p["ofsted.sif_team"]))
        before = p["ofsted.preparation_days"]
        if self.country.state.grade[self.country.index, c] >= 3:
            return Visit(before, p["ofsted.short_days"], round(p["ofsted.short_team"]))
        return Visit(before, p["ofsted.standard_days"], round(p["ofsted.standard_team"]))

    # -- judgements -------------------------------------------------------------------

    def _judge(self, c: int) -> tuple[int, str]:
        """The grade, and which key judgement was the worst, each read from practice with noise.

        Under the single framework the worst decides (H4). Its successor gives the whole a
        judgement of its own, between the worst and the mean of the three, unless one is
        inadequate: that one still decides.
        """
        country, p, n = self.country, self.country.p, self.country.index
        s = country.state
        practice, noise, luck = float(s.practice[n, c]), p["ofsted.noise"], country.luck
        later = not self._single_framework()
        if later:
            practice += p["ofsted.later_framework_shift"]
        readings = [
            practice + float(aspect[n, c]) + noise * luck.normal("judge", c)
            for aspect in country.traits.aspects
        ]
        if s.director_settles[n, c] > self.env.now:
            readings[-1] -= p["ofsted.new_director_mark"]
        worst = min(readings)
        cuts = (1.5, 2.5, p["ofsted.outstanding_cut"])
        whole = worst
        if later and worst >= cuts[0]:
            mean = sum(readings) / len(readings)
            whole = mean + p["ofsted.later_worst_weight"] * (worst - mean)
        return 1 + bisect.bisect_right(cuts, whole), ASPECTS[readings.index(worst)]

    def _publish(self, c: int, grade: int, weakest: str, cause: int | None) -> int:
        country, n = self.country, self.country.index
        s = country.state
        before = int(s.grade[n, c])
        s.grade[n, c] = grade
        s.inspections[n, c] += 1
        self._seen += self.env.now - self.last_seen[c]
        self.last_seen[c] = self.env.now
        if before == 1:
            self.reinspections.append(grade)
        report = country.log.emit(
            self.env.now,
            c,
            "judgement published",
            cause,
            grade=GRADES[grade],
            before=GRADES[before],
            weakest=weakest,
            practice=round(float(s.practice[n, c]), 2),
        )
        if grade == 1:
            country.department.judged_inadequate(c, report)
            if before != 1:
                self.watch(c)
        elif before == 1:
            country.department.judged_better(c, grade, report)
        return grade

    # -- visits between inspections ------------------------------------------------------

    def watch(self, c: int) -> None:
        """Begin monitoring visits to a council that has been judged inadequate; in screening
        they are a standing load on inspectors (see `Inspectors.available`)."""
        if not self.country.world.screened:
            self.env.process(self._monitor(c))

    def _monitor(self, c: int) -> Process:
        """Quarterly visits while the judgement stands (A17)."""
        country, p = self.country, self.country.p
        yield self.env.timeout(p["ofsted.first_monitoring_days"])
        while country.state.grade[country.index, c] == 1:
            if country.levers["ofsted.monitoring_visits"] and not self._paused():
                yield from self._visit(c, "monitoring visit")
            months = country.luck.lognormal("monitoring", c, p["ofsted.monitoring_months"], 0.2)
            yield self.env.timeout(months * MONTH)

    def _focused_visit(self, c: int) -> Process:
        """Two inspectors for two days between inspections, under the later framework (A18)."""
        country = self.country
        if (
            not self._single_framework()
            and country.state.grade[country.index, c] > 1
            and not self._paused()
        ):
            yield from self._visit(c, "focused visit")

    def _visit(self, c: int, kind: str) -> Process:
        yield from self.inspectors.pair(ROUTINE, self._paused)
        self.members.release(2, self.env.now + self.country.p["ofsted.visit_days"])
        case = self.country.department.cases.get(c)
        # A better grade published meanwhile makes a monitoring visit pointless.
        if kind != "monitoring visit" or case is not None:
            self.country.log.emit(self.env.now, c, kind, case.cause if case else None)

    def _paused(self) -> bool:
        return bool(self.country.levers["ofsted.inspections_paused"])

    # -- alarms -----------------------------------------------------------------------

    def _alarms(self) -> Process:
        """Whistle-blowers and signs of weak leadership, some of them false (A25)."""
        country, p = self.country, self.country.p
        if p["ofsted.alarms_a_year"] <= 0.0:
            return
        while True:
            rate = p["ofsted.alarms_a_year"] * float(country.levers["ofsted.trigger_sensitivity"])
            gap = country.luck.exponential("alarm", -1, YEAR / max(rate, 1e-3))
            yield self.env.timeout(gap)
            draw = country.luck.uniform("alarm place")
            if country.levers["ofsted.emergency_inspections"]:
                self._alarm(draw)

    def _alarm(self, draw: float) -> None:
        """Alarms fall more on councils whose practice is weak or whose director is new."""
        country, p = self.country, self.country.p
        s, n = country.state, country.index
        new = s.director_settles[n] > self.env.now
        weight = np.exp(-p["ofsted.alarm_focus"] * s.practice[n]) * (1.0 + new)
        # A contract hides part of what would raise an alarm (claim 68).
        weight = weight * (1.0 - p["trust.detection_loss"] * s.contracted[n])
        weight = np.where(s.grade[n] == 1, 0.0, weight)
        total = weight.sum()
        if total <= 0.0:
            return
        c = int(np.searchsorted(np.cumsum(weight), draw * total))
        call = self._calls.get(c)
        if call is not None and not call.triggered:
            call.succeed(country.log.emit(self.env.now, c, "emergency inspection called"))
