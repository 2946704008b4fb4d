"""What one event, or a few that belong together, adds to a story: a beat."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sim.report.charts.lines import PAUSED, spans_on
from sim.report.story.life import GRADES, Happening, Life, SpellLived
from sim.report.words.durations import on

Theme = Literal["Inspection", "Government's response", "Leadership", "Beyond the council"]
INSPECTION: Theme = "Inspection"
RESPONSE: Theme = "Government's response"
LEADERSHIP: Theme = "Leadership"
BEYOND: Theme = "Beyond the council"
THEMES: tuple[Theme, ...] = (INSPECTION, RESPONSE, LEADERSHIP, BEYOND)


@dataclass(frozen=True)
class Beat:
    """One or more sentences about what happened.

    `key` says what happened without saying when, so that the same thing can be known again in
    another world. `noun` names it in a list ("an improvement adviser"), where it has a short
    name; a beat without one (a visit) is too small for two worlds to part over. `quality` is
    the hidden quality of practice on the day of a judgement.
    """

    day: date
    theme: Theme
    key: Hashable
    text: str
    noun: str = ""
    quality: float | None = None


class Book:
    """Goes through a life in order and tells each event once."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self._told: set[int] = set()

    def tell_with(self, event: Happening) -> Happening:
        """Mark an event as told, because the sentence under way speaks of it."""
        self._told.add(event.id)
        return event

    def taken_with(self, event: Happening, kind: str) -> Happening | None:
        """The event of a kind that this one led to, marked as told; None where there is none."""
        found = self.life.led_to(event, kind)
        return None if found is None else self.tell_with(found)

    def beats(self, tell: Callable[[Book, Happening], Beat | None]) -> list[Beat]:
        """The beats of the life, in order; `tell` makes one of an event, or none."""
        found = []
        events = sorted(self.life.events, key=lambda event: (event.day, event.id))
        for event in events:
            if event.id in self._told or self.life.was_there(event):
                continue
            beat = tell(self, event)
            if beat is not None:
                found.append(beat)
        return sorted(found, key=lambda beat: beat.day)

    # -- what sentences ask about ------------------------------------------------------

    def when(self, day: date) -> str:
        """ "on 17 March 2022", or "on the first day"."""
        return "on the first day" if day <= self.life.start else f"on {on(day)}"

    def spell_of(self, event: Happening) -> SpellLived | None:
        """The inadequate spell in which an event happened."""
        return self.life.spell_on(event.day)

    def committed(self, day: date) -> Literal["", "on its way to a trust", "with a trust"]:
        """Whether the service was leaving the council, or had left, before a day."""
        for stay in self.life.stays:
            ongoing = stay.began.day < day and (stay.ended is None or stay.ended.day >= day)
            if ongoing and stay.kind == "trust":
                return "with a trust"
            if ongoing and stay.kind == "set-up":
                return "on its way to a trust"
        return ""

    def pauses(self) -> list[tuple[date, date]]:
        """When inspections were paused nationally."""
        changes = (
            (event.day, bool(event.details.get("to")))
            for event in self.life.events
            if event.text("lever") == PAUSED
        )
        return spans_on(changes, self.life.end)

    def same_case(self, event: Happening, kind: str) -> list[Happening]:
        """The events of a kind in the same spell, from this one on."""
        spell = self.spell_of(event)
        return [
            later
            for later in self.life.own
            if later.kind == kind
            and (later.day, later.id) >= (event.day, event.id)
            and self.spell_of(later) == spell
        ]


def judged(grade: str) -> str:
    """ "good" as a judgement in a sentence: "judged it good"."""
    if grade == "requires improvement":
        return "judged that it required improvement"
    return f"judged it {grade}"


def standing_words(grade: str) -> str:
    """A judgement as a state in the past: "was judged good"."""
    if grade in ("", "none"):
        return "had not yet been inspected under the framework in force"
    if grade == "requires improvement":
        return "was judged to require improvement"
    return f"was judged {grade}"


def is_better(grade: str, before: str) -> bool:
    """Whether one judgement is better than another."""
    return GRADES.index(grade) > GRADES.index(before)
