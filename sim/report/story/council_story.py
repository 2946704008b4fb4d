"""The causal story of one council, under one scenario or under two side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from sim.report.story.comparing import (
    NEAR,
    MatchedEntries,
    PhasePair,
    QuickerCounts,
    different_lengths,
    entries_in,
    first_difference,
    first_different_judgement,
    match_entries,
    phase_pairs,
    phase_title,
    practice_quality,
    quicker_words,
    settled_before,
    shared_before,
    shared_text,
    why_different,
)
from sim.report.story.council_history import CouncilHistory, Period
from sim.report.story.page import Page, bullets, heading, paragraph
from sim.report.story.sentences import entries_of, wordings
from sim.report.story.story_figures import (
    are_alike,
    change_words,
    figures_table,
    opening_words,
    outcome_table,
)
from sim.report.words.durations import capital, counted, in_months, on, span

QUALITY = (
    "Quality of practice is what inspectors try to read, and only the simulation can see it: "
    "1 is inadequate, 2 requires improvement, 3 good, 4 outstanding. A judgement is made from "
    "three readings of it, each with error, and the worst weighs most, so it is more often "
    "harsher than kinder."
)


@dataclass(frozen=True)
class StorySource:
    """Which run a story is from: its replication and seed, and what else is worth knowing."""

    replication: int
    seed: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CouncilStory:
    """The note on one council: in brief, where it stood, what happened, how it ended.

    With `other`, the same council under another scenario, what both share is written once.
    """

    history: CouncilHistory
    other: CouncilHistory | None
    source: StorySource
    counts: QuickerCounts | None = None

    @property
    def histories(self) -> tuple[CouncilHistory, ...]:
        """One or two."""
        return (self.history,) if self.other is None else (self.history, self.other)

    @cached_property
    def entries(self) -> MatchedEntries:
        """What is said of events under both scenarios; all of it is the first's if alone."""
        entries = entries_of(self.history)
        if self.other is None:
            return MatchedEntries((), tuple(entries), ())
        return match_entries(entries, entries_of(self.other))

    @property
    def file_name(self) -> str:
        """A file name of the council, the scenarios and the replication, without its ending."""
        words = "-".join((self.history.council, *(one.scenario for one in self.histories)))
        joined = re.sub(r"[\W_]+", "-", words.casefold()).strip("-")
        return f"{joined}-replication-{self.source.replication}"

    def page(self) -> Page:
        """The whole note."""
        history = self.history
        labels = " and ".join(one.label for one in self.histories)
        return Page(
            title=f"{history.council}: {labels}{' compared' if self.other else ''}",
            subtitle=(
                f"Simulated, {on(history.start)} to {on(history.end - timedelta(days=1))}; "
                f"replication {self.source.replication}, seed {self.source.seed}. One way that "
                f"events could go under these rules. Not a forecast for {history.council}, nor an "
                f"account of what happened there."
            ),
            blocks=tuple(self._blocks()),
        )

    def _blocks(self) -> Iterator[str]:
        history, other = self.history, self.other
        yield heading("In brief")
        yield bullets(self._brief())
        yield heading(f"Where it stood on {on(history.start)}")
        yield opening_state(history)
        if other is not None:
            yield heading("Where the two scenarios differ, and why")
            difference = first_difference(history, other, self.entries)
            reason, rules = why_different(history, other, self.entries)
            words = (shared_before(history, self.entries), difference, reason)
            yield from filter(None, words)
            if rules:
                yield bullets(rules)
            yield from first_different_judgement(history, other)
        for pair in phase_pairs(history, other):
            yield from self._phase(pair)
        yield heading("How it ended" if other is None else "How they ended")
        yield outcome_table(self.histories)
        if figures := figures_table(self.histories, self._dates()):
            yield heading("The service in figures")
            yield figures
        yield heading("The part of luck")
        yield from self._luck()

    def _brief(self) -> Iterator[str]:
        yield from fates(self.history, self.other)
        months = months_words(self.histories)
        if months:
            yield months
        if self.other is not None:
            judgement = "".join(first_different_judgement(self.history, self.other)[:1])
            difference = first_difference(self.history, self.other, self.entries)
            yield judgement or settled_before(self.history) or difference
        if self.counts is not None:
            labels = [one.label for one in self.histories]
            yield quicker_words(self.counts, labels, self.history.council)

    def _phase(self, pair: PhasePair) -> Iterator[str]:
        yield heading(phase_title(pair, self.history, self.other))
        if self.other is not None and (words := different_lengths(pair, self.history, self.other)):
            yield words
        themes = dict.fromkeys(wording.theme for wording in wordings().values())
        blocks: list[str] = [block for theme in themes for block in self._theme(pair, theme)]
        blocks += self._service(pair)
        quality = practice_quality(pair, self.history, self.other)
        if quality:
            blocks.append(paragraph(quality, "Quality of practice"))
        yield from blocks or ["Nothing of note happened."]

    def _theme(self, pair: PhasePair, theme: str) -> Iterator[str]:
        """One theme of a phase: what both scenarios share, then what is of each alone."""
        here = entries_in(pair, theme, self.entries, self.history, self.other)
        if here.both and self.other is not None:
            texts = [shared_text(*twins, self.other.label) for twins in here.both]
            differs = here.first or here.second
            yield paragraph(" ".join(texts), f"{theme}, both scenarios" if differs else theme)
        for history, alone in zip(self.histories, (here.first, here.second), strict=False):
            if alone:
                about = f"{theme}, {history.label}" if pair.shared else theme
                yield paragraph(" ".join(entry.text for entry in alone), about)

    def _service(self, pair: PhasePair) -> list[str]:
        """What moved in the service's figures under each scenario."""
        phases = zip(self.histories, (pair.first, pair.second), strict=False)
        changes = [
            (history.label, change_words(history, phase.first, phase.last or history.end))
            for history, phase in phases
            if phase is not None
        ]
        if len(changes) == 2 and are_alike(*self.histories):
            changes = changes[:1]
        apart = len(changes) == 2
        return [
            paragraph(words, f"The service, {label}" if apart else "The service")
            for label, words in changes
            if words
        ]

    def _dates(self) -> list[date]:
        """Days whose figures are worth a column: the start, a year after each exit, the end."""
        start, end = self.history.start, self.history.end
        exits = (history.spells[0].last for history in self.histories if history.spells)
        later = [day + timedelta(days=365) for day in exits if day is not None]
        return [start, *(day for day in later if day < end), end]

    def _luck(self) -> Iterator[str]:
        shared = (
            " Both scenarios have the same luck, so what differs between them comes from the rule."
            if self.other is not None
            else ""
        )
        yield (
            f"Luck decides, among other things, how inspectors read a service on the day, which "
            f"directors leave and who applies, how many children are referred, and how good a "
            f"trust or a lent team turns out to be. This is one replication of many.{shared}"
        )
        if any(event.number("practice") is not None for event in self.history.judgements):
            yield QUALITY
        yield from self.source.notes


# -- the first day -----------------------------------------------------------------------------


def opening_state(history: CouncilHistory) -> str:
    """The council on the first day, before any rule could act, in sentences."""
    sentences = [_opening_judgement(history)]
    for period in history.interventions:
        lasts = period.last is None or period.last > history.start
        if lasts and history.in_opening_state(period.began):
            sentences.append(_in_place(period))
    sentences += [
        f"Its leaders were helping {event.council} with a management team."
        for event in history.events
        if event.text("lender") == history.council and history.in_opening_state(event)
    ]
    if any(e.kind == "judgement published" and history.follows_start(e) for e in history.own):
        sentences.append("An inspection had begun and was not yet published.")
    return " ".join((*sentences, opening_words(history))).strip()


def _opening_judgement(history: CouncilHistory) -> str:
    opening = f"When the simulation began, {history.council}"
    if history.inherited:
        grade = history.first_judgement
        since = f" since {on(history.spells[0].first)}" if history.starts_inadequate else ""
        return (
            f"{opening} had not been inspected in its own name. It took over the judgement of the "
            f"council that it came from: {grade}{since}."
        )
    if history.starts_inadequate:
        spell = history.spells[0]
        again = ", not for the first time in recent years" if spell.persistent else ""
        return (
            f"{opening} had been judged inadequate for {span(spell.first, history.start)}, "
            f"since {on(spell.first)}{again}."
        )
    grade = history.first_judgement
    if grade in ("", "none"):
        return f"{opening} had not yet been inspected under the framework in force."
    if grade == "requires improvement":
        return f"{opening} was judged to require improvement."
    return f"{opening} was judged {grade}."


def _in_place(period: Period) -> str:
    since = on(period.first)
    lender = period.began.text("lender") or "Another council"
    return {
        "commissioner": f"A commissioner had been in post since {since}.",
        "peer team": f"{lender} had led its services since {since}.",
        "sponsor": f"{lender} had been in control of its services since {since}.",
        "set-up": f"A trust had been decided on by {since} and was being set up.",
        "trust": f"A trust had run its services since {since}.",
    }[period.kind]


# -- what became of it -------------------------------------------------------------------------


def fates(history: CouncilHistory, other: CouncilHistory | None) -> list[str]:
    """What became of the council, in sentences: in one for both scenarios where they are near."""
    fate = _fate(history)
    if other is None:
        return [f"{capital(fate)}."]
    if fate == _fate(other):
        return [f"Under both scenarios {fate}."]
    apart = _days_apart(history, other)
    if apart is not None and apart <= NEAR:
        return [f"Under both scenarios {fate} (at most {counted(apart, 'day')} apart)."]
    return [f"Under {one.label}, {_fate(one)}." for one in (history, other)]


def _fate(history: CouncilHistory) -> str:
    """When the council leaves inadequate, and whether it falls again, as a clause."""
    it = history.council
    if not history.spells:
        return f"{it} was never judged inadequate"
    clauses = []
    for place, spell in enumerate(history.spells):
        if spell.first > history.start:
            again = " again" if place else ""
            clauses.append(f"{it} was judged inadequate{again} on {on(spell.first)}")
            it = "it"
        length = in_months(spell.first, spell.last or history.end)
        if spell.last is None:
            clauses.append(f"{it} was still inadequate when the simulation ended, after {length}")
        else:
            clauses.append(f"{it} left inadequate on {on(spell.last)}, after {length}")
        it = "it"
    return "; ".join(clauses)


def _days_apart(history: CouncilHistory, other: CouncilHistory) -> int | None:
    """The largest gap between the spells of two scenarios, None where they do not pair up."""
    gaps = [0]
    if len(history.spells) != len(other.spells):
        return None
    for one, two in zip(history.spells, other.spells, strict=True):
        if (one.last is None) != (two.last is None):
            return None
        gaps.append(abs((one.first - two.first).days))
        if one.last is not None and two.last is not None:
            gaps.append(abs((one.last - two.last).days))
    return max(gaps)


def months_words(histories: Sequence[CouncilHistory]) -> str:
    """Months inadequate in the period simulated, and how they differ; "" where none are."""
    months = [round(history.months_inadequate) for history in histories]
    if not any(months):
        return ""
    opening = "Months judged inadequate in the period simulated:"
    if len(histories) == 1:
        return f"{opening} {months[0]}."
    gap = months[0] - months[1]
    if not gap:
        return f"{opening} {months[0]} under both scenarios."
    first, second = (history.label for history in histories)
    return (
        f"{opening} {months[0]} under {first}, {months[1]} under {second}: "
        f"{abs(gap)} {'more' if gap > 0 else 'fewer'} under {first}."
    )
