"""When each council's next full inspection should begin."""

from __future__ import annotations

from dataclasses import dataclass

import simpy

from sim.model.council import Council
from sim.model.country import Country
from sim.model.institutions.inspectors import Inspectors
from sim.model.processes import Process
from sim.units import DAYS_A_YEAR


@dataclass(slots=True)
class Appointment:
    """The `day` on which a council's next full inspection should begin, counted from the start
    and not put off by pauses of inspections yet to come; `paused` days of the run had been lost
    to pauses when it was made. `cause` is the event that brought it forward, if any.

    `under_way` is True once nothing moves it any more: a team is looked for, at work or writing.
    `moved` fires where the day changes while the council waits.
    """

    day: float
    paused: float
    moved: simpy.Event
    cause: int | None = None
    under_way: bool = False
    # Of a council judged inadequate: the day of that report and how its interval compares with
    # the usual one.
    published: float = 0.0
    times_usual: float | None = None


class Appointments:
    """The next full inspection of every council of one country.

    An inadequate council comes again after the years that the lever names, or earlier where
    monitoring visits show progress (A16); a changed lever moves those who still wait.
    """

    def __init__(self, country: Country, inspectors: Inspectors) -> None:
        self._country = country
        self._inspectors = inspectors
        self._next: dict[int, Appointment] = {}  # by council
        self._years = self._reinspection_years()

    def _reinspection_years(self) -> float:
        return self._country.levers.number("ofsted.reinspection_years")

    def make(self, council: Council, day: float) -> Appointment:
        """Of a council that is not inadequate, or whose day is settled otherwise."""
        env = self._country.env
        made = Appointment(day, self._inspectors.days_paused(), env.event())
        self._next[council.index] = made
        return made

    def make_again(self, council: Council, published: float, put_off: float = 0.0) -> Appointment:
        """Of a council judged inadequate by the report of a day; `put_off` days of a pause before
        the run do not count (A16)."""
        p = self._country.p
        times = council.random.lognormal("re-inspection", 1.0, p["ofsted.reinspection_spread"])
        made = self.make(council, self._usual(published + put_off, times))
        made.published, made.times_usual = published + put_off, times
        return made

    def _usual(self, published: float, times: float) -> float:
        """From publication to publication, so less the time that fieldwork and report take."""
        p = self._country.p
        days = times * self._years * DAYS_A_YEAR - p["ofsted.lag_days"] - p["ofsted.sif_days"]
        return published + max(days, 0.0)

    def under_way(self, council: Council) -> bool:
        """Whether the next full inspection has its team, or waits for one."""
        made = self._next.get(council.index)
        return made is not None and made.under_way

    def days_left(self, council: Council) -> float:
        """Days until a council's next full inspection should begin; 0 where it is due, under way
        or was never to come."""
        made = self._next.get(council.index)
        if made is None or made.under_way:
            return 0.0
        paused = self._inspectors.days_paused() - made.paused
        return max(made.day + paused - self._country.env.now, 0.0)

    def bring_forward(self, council: Council, day: float, cause: int) -> None:
        """Let the next full inspection begin on a day, if that is sooner than it would."""
        now = self._country.env.now
        if day - now >= self.days_left(council):
            return
        made = self._next[council.index]
        made.day, made.paused, made.cause = day, self._inspectors.days_paused(), cause
        made.times_usual = None  # no other interval moves it any more
        made.moved.succeed()

    def refresh(self) -> None:
        """Let a changed interval act on inadequate councils that still wait. The earliest day is
        the day of the change."""
        years = self._reinspection_years()
        if years == self._years:
            return
        self._years = years
        now = self._country.env.now
        for made in self._next.values():
            if made.times_usual is not None and not made.under_way:
                paused = self._inspectors.days_paused() - made.paused
                made.day = max(self._usual(made.published, made.times_usual), now - paused)
                made.moved.succeed()

    def wait(self, made: Appointment, call: simpy.Event, *, heard: bool) -> Process:
        """Wait until the day has come, or until a `call` where calls are ever `heard`. Time in
        which inspections are paused does not count (A15, A16)."""
        env, inspectors = self._country.env, self._inspectors
        while not call.triggered:
            if inspectors.paused():
                event = self._country.levers_changed.next
            else:
                day = made.day + inspectors.days_paused() - made.paused
                if day <= env.now:
                    return
                event = env.timeout(day - env.now)
            if made.moved.triggered:
                made.moved = env.event()
            if made.times_usual is not None:
                event = event | made.moved
            yield event | call if heard else event
