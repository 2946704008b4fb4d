"""One council in one simulated world: its events, and the spells and stays they make up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from sim.report.words.durations import MONTH, months_between

Detail = str | int | float | bool
INADEQUATE = "inadequate"
GRADES = ("none", INADEQUATE, "requires improvement", "good", "outstanding")
# What a wait is for, and what shows that it came.
_COMES = {
    "commissioner awaited": ("commissioner review", "commissioner appointed"),
    "sponsor awaited": ("sponsor found",),
    "peer team awaited": ("peer team began",),
}


@dataclass(frozen=True)
class Happening:
    """One event, as a run's events.csv.gz has it. `council` is a name, "England" for all."""

    id: int
    day: date
    council: str
    kind: str
    cause: int | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A detail as text, "" where it is not given."""
        return str(self.details.get(name, ""))

    def number(self, name: str) -> float | None:
        """A detail as a number, None where it is not given."""
        value = self.details.get(name)
        return float(value) if isinstance(value, (int, float)) else None


@dataclass(frozen=True)
class SpellLived:
    """A time judged inadequate: the day it began, and the day it ended if it has."""

    began: Happening
    ended: Happening | None

    @property
    def persistent(self) -> bool:
        """Whether the council had been inadequate shortly before."""
        return bool(self.began.details.get("persistent", False))


@dataclass(frozen=True)
class Phase:
    """A stretch of a life with one standing. `spell` is None while not inadequate."""

    begins: date
    ends: date | None
    spell: SpellLived | None


@dataclass(frozen=True)
class Stay:
    """Help that stayed for a time: a commissioner, a peer team, a trust's set-up or a trust."""

    kind: str
    began: Happening
    ended: Happening | None


@dataclass(frozen=True)
class Life:
    """One council under one scenario, in one replication.

    `events` are all events of the run's replication that are the council's own, England's,
    or another council's that names this one as a lender. `series` gives yearly figures:
    metric -> calendar year of the 31 March -> value; `end` is the day after the last.
    `standing` is the judgement on the first day, "" where it is not known.
    """

    scenario: str
    label: str
    rule: str
    council: str
    start: date
    end: date
    events: tuple[Happening, ...]
    series: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    standing: str = ""

    @cached_property
    def own(self) -> tuple[Happening, ...]:
        """The council's own events, in order."""
        mine = (event for event in self.events if event.council == self.council)
        return tuple(sorted(mine, key=lambda event: (event.day, event.id)))

    @cached_property
    def _by_id(self) -> dict[int, Happening]:
        return {event.id: event for event in self.events}

    def cause_of(self, event: Happening) -> Happening | None:
        """The event that led to this one, where it is known."""
        return None if event.cause is None else self._by_id.get(event.cause)

    def led_to(self, event: Happening, *kinds: str) -> Happening | None:
        """The first event of the kinds (any, where none is named) that this one led to."""
        for later in self.own:
            if later.cause == event.id and (not kinds or later.kind in kinds):
                return later
        return None

    def came_of(self, wait: Happening) -> Happening | None:
        """What a wait was for, if it came before the spell was over; None where it did not.

        The causes do not tell: where the council fails again meanwhile, that failure and not
        the wait is what the next step of its case follows from.
        """
        for later in self.own:
            if (later.day, later.id) > (wait.day, wait.id):
                if later.kind in _COMES.get(wait.kind, ()):
                    return later
                if later.kind in (wait.kind, "failure ended"):
                    return None
        return None

    def wait_for(self, came: Happening) -> Happening | None:
        """The wait that an event brought to its end; None where there was none."""
        for wait in self.own:
            if wait.kind in _COMES and self.came_of(wait) is came:
                return wait
        return None

    def was_there(self, event: Happening) -> bool:
        """Whether it is part of the state on the first day rather than of the story."""
        cause = self.cause_of(event)
        from_history = cause is not None and cause.kind == "run started"
        return event.day < self.start or (from_history and event.day <= self.start)

    @cached_property
    def spells(self) -> tuple[SpellLived, ...]:
        """Times judged inadequate, in order."""
        found: list[SpellLived] = []
        for event in self.own:
            if event.kind == "failure began":
                found.append(SpellLived(event, None))
            elif event.kind == "failure ended" and found:
                found[-1] = SpellLived(found[-1].began, event)
        return tuple(found)

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The life cut where the council becomes inadequate and where it no longer is."""
        found: list[Phase] = []
        at: date | None = self.start
        for spell in self.spells:
            if at is not None and spell.began.day > at:
                found.append(Phase(at, spell.began.day, None))
            at = None if spell.ended is None else spell.ended.day
            found.append(Phase(spell.began.day, at, spell))
        if at is not None and at < self.end:
            found.append(Phase(at, None, None))
        return tuple(found)

    def spell_on(self, day: date) -> SpellLived | None:
        """The spell that a day falls in, its first and last days included."""
        for spell in self.spells:
            if spell.began.day <= day and (spell.ended is None or day <= spell.ended.day):
                return spell
        return None

    def phase_on(self, day: date) -> Phase | None:
        """The phase that a day belongs to; a spell owns its first and its last day."""
        for phase in self.phases:
            if phase.spell is not None and phase.begins <= day <= (phase.ends or self.end):
                return phase
        for phase in self.phases:
            if phase.begins <= day < (phase.ends or self.end):
                return phase
        return None

    @cached_property
    def stays(self) -> tuple[Stay, ...]:
        """Every stay, in order of its beginning."""
        return tuple(_stays(self))

    @property
    def months_inadequate(self) -> float:
        """Months judged inadequate between the first and the last day simulated."""
        return sum(self._seen(s.began.day, s.ended.day if s.ended else None) for s in self.spells)

    def months_with(self, kind: str, until: date | None = None) -> float:
        """Months of a kind of stay from the first day simulated to a day (the last).

        Two stays at once count once.
        """
        end = until or self.end
        days: set[int] = set()
        for stay in self.stays:
            if stay.kind == kind:
                last = end if stay.ended is None else min(stay.ended.day, end)
                days.update(range(max(stay.began.day, self.start).toordinal(), last.toordinal()))
        return len(days) / MONTH

    @property
    def final_judgement(self) -> str:
        """The judgement that holds on the last day, "" where none is known."""
        grades = [e.text("grade") for e in self.own if e.kind == "judgement published"]
        return grades[-1] if grades else self.first_judgement

    @property
    def first_judgement(self) -> str:
        """The judgement that holds on the first day, "" where none is known."""
        if self.standing:
            return self.standing
        if any(spell.began.day <= self.start for spell in self.spells):
            return INADEQUATE
        for event in self.own:
            if event.kind == "judgement published":
                return event.text("before")
        return ""

    def _seen(self, first: date, last: date | None) -> float:
        seen_to = self.end if last is None else min(last, self.end)
        return max(months_between(max(first, self.start), seen_to), 0.0)


# What begins and what ends each kind of stay.
_BEGINS = {
    "commissioner appointed": "commissioner",
    "peer team began": "peer team",
    "trust set-up began": "set-up",
    "trust opened": "trust",
}
_ENDS = {
    "commissioner": ("commissioner left",),
    "peer team": ("peer team left",),
    "set-up": ("trust opened", "trust order lapsed"),
    "trust": ("trust failed", "trust contract ended"),
}


def _stays(life: Life) -> Iterable[Stay]:
    for event in life.own:
        kind = _BEGINS.get(event.kind)
        if kind is None:
            continue
        ends = _ENDS[kind]
        after = [e for e in life.own if e.kind in ends and (e.day, e.id) > (event.day, event.id)]
        # Two stays of a kind may overlap: the end that names this beginning is the right one.
        named = [e for e in after if e.cause == event.id]
        if kind == "trust":
            # A trust whose provider is replaced goes on.
            named = [e for e in named if life.led_to(e, "next provider sought") is None]
            yield Stay(kind, event, named[0] if named else None)
        elif named or kind in ("commissioner", "peer team"):
            yield Stay(kind, event, named[0] if named else None)
        else:
            yield Stay(kind, event, after[0] if after else None)
