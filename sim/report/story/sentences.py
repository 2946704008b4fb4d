"""What a story says of each event: an entry, from the templates of event_sentences.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from sim.inputs.policy.levers import LEVERS
from sim.report.story.council_history import (
    GRADE_NUMBERS,
    CouncilHistory,
    Period,
    StoryEvent,
)
from sim.report.words.durations import (
    capital,
    in_month,
    in_months,
    inspected_share,
    on,
    periods_on,
    span,
    times,
)
from sim.report.words.prose import listed

# A wait shorter than this many days is no news.
LATE = 21
# An inspection this many days later than a pause accounts for was waiting for a team too.
SHORT_OF_TEAMS = 60
# A commissioner or a lent team may leave this many days from what ended their work.
ABOUT_THEN = 31
# Kinds of event that stand together in one entry where several follow each other.
_GROUPED = ("monitoring visit", "progress tested")
# What a rule of the scenario's file has led to and what a story names the rule with.
_BY_A_RULE = (
    *("rule applied", "notice issued", "adviser appointed", "direction issued"),
    *("commissioner appointed", "peer team began", "partner began", "programme money began"),
    *("takeover decided", "transfer agreed", "control ordered", "control agreed"),
    "trust handed back",
)
# What ends the time for which managers are lent.
_LENT_UNTIL = ("peer team left", "partner left", "sponsor left")


@dataclass(frozen=True)
class StoryEntry:
    """One or more sentences about an event, or a few that belong together.

    `noun` names it in a list ("an improvement adviser"), where it has a short name; an entry
    without one (a visit) is too small for two scenarios to differ over.
    """

    day: date
    theme: str
    text: str
    noun: str


@dataclass(frozen=True)
class Wording:
    """The templates of a kind of event, and the kinds it led to that they speak of."""

    theme: str
    text: str
    noun: str = ""
    includes: tuple[str, ...] = ()


@cache
def wordings() -> Mapping[str, Wording]:
    """The wording of every kind of event and passage, in the order of themes."""
    path = files("sim.report") / "templates" / "event_sentences.toml"
    themes = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        kind: Wording(theme, row["text"], row.get("noun", ""), tuple(row.get("with", ())))
        for theme, rows in themes.items()
        for kinds, row in rows.items()
        for kind in kinds.split(", ")
    }


def entries_of(history: CouncilHistory) -> list[StoryEntry]:
    """What a story says of a history, in order; every event is in one entry at most."""
    entries = []
    covered: set[int] = set()
    for event in sorted(history.events, key=lambda event: (event.day, event.id)):
        if event.id not in covered and not history.in_opening_state(event):
            facts = EventFacts(history, event)
            entry = entry_of(facts)
            if entry is not None:
                covered.update(_covered_by(facts))
                entries.append(entry)
    return sorted(entries, key=lambda entry: entry.day)


def entry_of(event: EventFacts) -> StoryEntry | None:
    """The entry that an event opens; None where another's speaks of it, or no entry should."""
    kind = event.kind
    if event.council not in (event.history.council, "England"):
        lends = kind in ("peer team began", "partner began", "sponsor took control")
        if not lends or event.text("lender") != event.history.council:
            return None
        kind = "team lent"
    text = _rendered(kind, event)
    if not text:
        return None
    if kind in _BY_A_RULE and (rule := event.text("rule")):
        text = f"{text[:-1]} (rule: {rule})."
    # An inspection is dated by its report.
    report = event.led_to("judgement published")
    day = event.day if report is None else report.day
    return StoryEntry(day, wordings()[kind].theme, text, _rendered(f"{kind} noun", event))


def _covered_by(event: EventFacts) -> Iterator[int]:
    """The numbers of the events that an event's entry speaks of."""
    yield from (other.id for other in event.in_one_entry)
    for kind in wordings()[event.kind].includes:
        later = event.led_to(kind)
        if later is not None:
            yield later.id
            yield from _covered_by(later)


@dataclass(frozen=True)
class EventFacts:
    """An event and what its sentences may say of it: `event` in the templates."""

    history: CouncilHistory
    event: StoryEvent

    def __getattr__(self, name: str) -> Any:
        """Whatever the event itself has: its day, kind and details."""
        return getattr(self.event, name)

    def _facts(self, event: StoryEvent | None) -> EventFacts | None:
        return None if event is None else EventFacts(self.history, event)

    @property
    def on_first_day(self) -> bool:
        return self.event.day <= self.history.start

    @property
    def when(self) -> str:
        """ "on 17 March 2022", or "on the first day"."""
        return f"on {'the first day' if self.on_first_day else on(self.event.day)}"

    @property
    def month(self) -> str:
        return in_month(self.event.day)

    # -- causes and neighbours ---------------------------------------------------------------

    @property
    def cause(self) -> EventFacts | None:
        return self._facts(self.history.cause_of(self.event))

    @property
    def cause_kind(self) -> str:
        """The kind of the event that led to it, "" where none is known."""
        cause = self.history.cause_of(self.event)
        return "" if cause is None else cause.kind

    def led_to(self, *kinds: str) -> EventFacts | None:
        """The first event of the kinds that it led to."""
        return self._facts(self.history.led_to(self.event, *kinds))

    def _later(self, *kinds: str) -> Iterator[EventFacts]:
        """The council's events of the kinds after it, whatever led to them."""
        for event in self.history.own:
            if event.kind in kinds and (event.day, event.id) > (self.event.day, self.event.id):
                yield EventFacts(self.history, event)

    def next_of(self, *kinds: str) -> EventFacts | None:
        """The first of them."""
        return next(self._later(*kinds), None)

    @property
    def in_one_entry(self) -> list[EventFacts]:
        """The events of one entry: visits of a spell, tests in a row with the same result."""
        if self.kind not in _GROUPED:
            return [self]
        same_spell = [self, *(e for e in self._later(self.kind) if e.spell == self.spell)]
        if self.kind == "monitoring visit":
            return same_spell if self.spell is not None else [self]
        lapses = {event.day for event in self.history.own if event.kind == "trust order lapsed"}
        together: list[EventFacts] = []
        for test in same_spell:
            if test.day in lapses or test._test_result != self._test_result:
                break
            together.append(test)
            if not any(self._test_result):
                break  # a failed test leads on, so each has its own sentence
        return together

    @property
    def _test_result(self) -> tuple[bool, str]:
        return bool(self.details.get("passed")), self.service_status

    # -- spells and inspections --------------------------------------------------------------

    @property
    def spell(self) -> Period | None:
        """The inadequate spell in which it happened."""
        return self.history.spell_on(self.event.day)

    @property
    def last_spell(self) -> Period | None:
        """The last spell that had begun by then."""
        begun = [spell for spell in self.history.spells if spell.first <= self.event.day]
        return begun[-1] if begun else None

    @property
    def spell_ended(self) -> Period | None:
        """The spell that it ended."""
        return next((s for s in self.history.spells if s.ended is self.event), None)

    @property
    def alarm(self) -> EventFacts | None:
        """The alarm that brought inspectors."""
        return self.cause if self.cause_kind == "emergency inspection called" else None

    @property
    def lateness(self) -> str:
        """How long after it was due an inspection began, and why; "" where that is no news."""
        came, alarm = self.event.day, self.alarm
        waited = timedelta(days=round(self.event.number("waited_days") or 0.0))
        due = came - waited if alarm is None else alarm.day
        if not is_late(due, came):
            return ""
        late = f", {span(due, came)} {'late' if alarm is None else 'later'} because"
        shares = [
            (e.day, share)
            for e in self.history.events
            if (share := inspected_share(e.text("lever"), e.details.get("to"))) is not None
        ]
        for first, last in periods_on(((day, not share) for day, share in shares), self._end):
            if due < last and came > first:
                paused = (min(last, came) - max(first, due)).days
                short = (came - due).days - paused >= SHORT_OF_TEAMS
                return (
                    f"{late} inspections had been paused nationally {self._span(first, last)}"
                    f"{' and teams were short' if short else ''}"
                )
        few = ((day, share < shares[-1][1]) for day, share in shares)
        for first, last in periods_on(few, self._end):
            if due < last and came > first:
                return f"{late} few councils were inspected nationally {self._span(first, last)}"
        return f"{late} no team was free"

    @property
    def _end(self) -> date:
        return self.history.end

    def _span(self, first: date, last: date) -> str:
        """ "from March 2020 until April 2021", or to the end of the run."""
        until = f"until {in_month(last)}" if last < self._end else "to the end"
        return f"from {in_month(first)} {until}"

    # -- government's response ---------------------------------------------------------------

    @property
    def reason(self) -> str:
        """Why a case moved up the ladder, from what led to it."""
        if self.spell is None:
            return ""
        if self.cause_kind == "progress tested":
            return ", because the council had failed the test of progress"
        if self.cause_kind == "failure persisted":
            return ", because a second inspection had found it still inadequate"
        if self.cause_kind in ("notice issued", "failure began") and self.spell.persistent:
            return ", because it had failed before and so had no period of grace"
        return ""

    @property
    def awaited(self) -> str:
        """What a wait is for: "commissioner", "sponsor" or "peer team"."""
        return self.event.kind.removesuffix(" awaited")

    @property
    def wait_ended(self) -> bool:
        """Whether what was awaited came."""
        return self.history.end_of_wait(self.event) is not None

    @property
    def wait(self) -> str:
        """ "after waiting 7 months for a commissioner", or "" where no wait is worth a word."""
        first = self._facts(self.history.wait_before(self.event))
        if first is None or not is_late(first.day, self.event.day):
            return ""
        length = span(first.day, self.event.day)
        if self.event.kind == "peer team began":
            # When a team was free is not on record: with whom and how it is to work comes first.
            return f"after {length} of waiting and agreeing terms"
        return f"after waiting {length} for a {first.awaited}"

    @property
    def service_status(self) -> str:
        """Whether the service was leaving the council, or had left, before the day."""
        kinds = {period.kind for period in self.history.interventions_on(self.event.day)}
        if "trust" in kinds:
            return "with a trust"
        if "sponsor" in kinds:
            return "under the control of a strong council"
        return "on its way to a trust" if "set-up" in kinds else ""

    @property
    def which_commissioner(self) -> str:
        """ "second commissioner" where one is in post already."""
        for period in self.history.interventions_on(self.event.day):
            if period.kind == "commissioner" and period.last != self.event.day:
                return "second commissioner"
        return "commissioner"

    @property
    def team_left(self) -> StoryEvent | None:
        """The end of a team lent to another council."""
        ends = (e for e in self.history.events if e.kind in _LENT_UNTIL)
        return next((event for event in ends if event.cause == self.event.id), None)

    @property
    def steps_before(self) -> str:
        """How long a decision took since the review began, and the wait for a sponsor."""
        cause = self.cause
        wait = "" if cause is None else cause.wait
        while cause is not None and cause.kind in ("sponsor found", "sponsor awaited"):
            cause = cause.cause
        review = ""
        if cause is not None and cause.kind == "commissioner review":
            review = f"{span(cause.day, self.event.day)} after the review began"
        return " and ".join(filter(None, (review, wait)))

    @property
    def set_up_began(self) -> date | None:
        """When the setting up of a trust that opens began."""
        ended = (period for period in self.history.interventions if period.ended is self.event)
        return next((period.first for period in ended if period.kind == "set-up"), None)


# -- words that templates use ------------------------------------------------------------------


def is_late(due: date, came: date) -> bool:
    """Whether a wait is worth a word."""
    return (came - due).days >= LATE


def about_then(day: date, other: date) -> bool:
    """Whether help left because of what happened on another day."""
    return abs((day - other).days) <= ABOUT_THEN


def judged(grade: str) -> str:
    """ "good" as a judgement in a sentence: "judged it good"."""
    if grade == "requires improvement":
        return "judged that it required improvement"
    return f"judged it {grade}"


def is_better(grade: str, before: str) -> bool:
    """Whether one judgement is better than another."""
    return GRADE_NUMBERS[grade] > GRADE_NUMBERS[before]


def million(event: StoryEvent) -> str:
    """ "£1.5 million", "" where no amount is known."""
    amount = event.number("gbp_m")
    return "" if amount is None else f"£{amount:.2g} million"


def meaning(lever: str) -> str:
    """What a lever sets, in words."""
    return LEVERS[lever].meaning.rstrip(".") if lever in LEVERS else lever


_FUNCTIONS = (
    *(about_then, capital, in_month, in_months, is_better, is_late, judged, listed),
    *(meaning, million, on, span, times),
)


@cache
def _environment() -> Environment:
    templates = {kind: wording.text for kind, wording in wordings().items()}
    templates |= {f"{kind} noun": wording.noun for kind, wording in wordings().items()}
    environment = Environment(loader=DictLoader(templates), undefined=StrictUndefined)
    environment.globals.update({function.__name__: function for function in _FUNCTIONS})
    return environment


def _rendered(name: str, event: EventFacts) -> str:
    text = " ".join(_environment().get_template(name).render(event=event).split())
    return re.sub(r" (?=[,.;:])", "", text)
