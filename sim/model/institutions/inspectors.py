"""Inspectors of one country: who is in post, who leaves, and how a team is put together."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim.model.country import Country
from sim.model.institutions.pool import Pool
from sim.model.processes import Answer, Process
from sim.units import DAYS_A_MONTH, DAYS_A_YEAR

# Who goes first when inspectors are short.
EMERGENCY, RE_INSPECTION, MONITORING, FIRST, ROUTINE = 0.0, 1.0, 1.5, 2.0, 3.0


class Visit(NamedTuple):
    """What a full inspection takes: days of preparation, days on site, inspectors in all."""

    preparation: float
    days: float
    team: int


class Inspectors:
    """Lead inspectors and members of teams.

    Attributes that others read: `leads`, `members` (Pool), `staff` (people by role, on all
    duties), `vacancy` (share of posts unfilled).
    """

    def __init__(self, country: Country) -> None:
        self._country = country
        filled = 1.0 - country.p["ofsted.vacancy_start"]
        self.staff = {role: round(posts * filled) for role, posts in self._posts().items()}
        self.leads = Pool(country.env, round(self._on_councils("lead")))
        self.members = Pool(country.env, 0)
        self.members.change_capacity(self.available("member"))
        self.vacancy = 0.0
        self._days_paused = 0.0
        self._paused_since: float | None = None
        self._note_vacancy(self._posts())
        country.env.process(self._careers())

    def _on_councils(self, role: str) -> float:
        """Inspectors whose time goes to councils: the rest inspect other services (U2)."""
        return self.staff[role] * self._country.p["ofsted.time_on_councils"]

    def available(self, role: str) -> int:
        """Inspectors for councils. While only a share of time is for full inspections there are so
        many fewer leads, but one as long as it is not nothing (A26)."""
        there = self._on_councils(role)
        if role == "member":
            return round(there - self._on_visits())
        share = self._country.levers.number("ofsted.capacity")
        one = min(round(there), 1) if share > 0.0 else 0
        return max(round(there * share), one)

    def refresh(self) -> None:
        """Let a changed share of time for full inspections act. Leads who are out finish what
        they have begun."""
        now = self._country.env.now
        if self._paused_since is not None:
            self._days_paused += now - self._paused_since
        self._paused_since = now if self.paused() else None
        self.leads.change_capacity(self.available("lead"))

    def days_paused(self) -> float:
        """How many days of the run inspections have been paused so far."""
        since = self._paused_since
        return self._days_paused + (0.0 if since is None else self._country.env.now - since)

    def paused(self) -> bool:
        """Whether no inspection and no visit may begin."""
        return self._country.levers.number("ofsted.capacity") <= 0.0

    def _on_visits(self) -> float:
        """Members away on focused visits, on average, where futures are screened: everywhere else
        each visit takes its own two (A18). Monitoring visits are made in screening too: what they
        read counts. Focused visits give way to inspections that are not routine."""
        country, p = self._country, self._country.p
        if not country.settings.screened or self.paused():
            return 0.0
        if self.members.busy(ROUTINE) or country.levers.text("ofsted.framework") == "SIF":
            return 0.0
        visits = np.count_nonzero(country.state.grade > 1) / p["ofsted.interval_years"]  # a year
        return visits * 2.0 * p["ofsted.visit_days"] / DAYS_A_YEAR

    def until(self, day: float) -> Process:
        """Wait until a day, and as much longer as inspections are paused meanwhile."""
        env, before = self._country.env, self.days_paused()
        while True:
            if day > env.now:
                yield env.timeout(day - env.now)
            while self.paused():
                yield self._country.levers_changed.next
            longer = self.days_paused() - before
            if longer <= 0.0:
                return
            before += longer
            day += longer

    def team(self, plan: Callable[[], Visit], priority: float) -> Answer[Visit]:
        """Wait for a lead, who prepares, and then for the rest of the team; `plan` is asked once
        there is a lead and is what is returned. Nobody sets out while inspections are held back,
        not even a team that had a lead by then: it waits for another."""
        while True:
            if not self.leads.take():
                yield self.leads.request(1, priority)
            visit = plan()
            if visit.preparation:
                yield self._country.env.timeout(visit.preparation)
            if not self.members.take(visit.team - 1):
                yield self.members.request(visit.team - 1, priority)
            if not self.paused():
                return visit
            self.members.release(visit.team - 1)
            self.leads.release()

    def pair(self, priority: float) -> Process:
        """Wait for the two members who make a short visit."""
        while True:
            while self.paused():
                yield self._country.levers_changed.next
            if self.members.take(2):
                return
            yield self.members.request(2, priority)
            if not self.paused():
                return
            self.members.release(2)

    def _posts(self) -> dict[str, int]:
        country = self._country
        posts = country.levers.whole("ofsted.inspector_posts")
        leads = round(posts * country.p["ofsted.lead_share"])
        return {"lead": leads, "member": posts - leads}

    def _note_vacancy(self, posts: dict[str, int]) -> None:
        number = sum(posts.values())
        self.vacancy = 1.0 - sum(self.staff.values()) / number if number else 0.0

    def _careers(self) -> Process:
        """Every four weeks inspectors leave and vacant posts are filled."""
        country, p, whole = self._country, self._country.p, self._country.random.whole
        leave = -math.expm1(-p["ofsted.leave_rate"] * 28.0 / DAYS_A_YEAR)
        fill = -math.expm1(-28.0 / (p["ofsted.recruitment_months"] * DAYS_A_MONTH))
        while True:
            yield country.env.timeout(28)
            posts = self._posts()
            for role, pool in (("lead", self.leads), ("member", self.members)):
                staff = self.staff[role]
                left = min(staff, whole(f"{role} leaves", staff * leave))
                vacant = max(posts[role] - staff + left, 0)
                joined = whole(f"{role} joins", vacant * fill)
                # Posts that are cut go as people leave; nobody is dismissed.
                self.staff[role] = staff - left + min(joined, vacant)
                pool.change_capacity(self.available(role))
            self._note_vacancy(posts)
