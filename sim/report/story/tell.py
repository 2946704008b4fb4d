"""The causal story of one council, in one simulated world or in two side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sim.report.story import numbers as numbers
from sim.report.story.beats import THEMES, Theme
from sim.report.story.life import Life
from sim.report.story.note import Block, Bullets, Heading, Page, Paragraph
from sim.report.story.odds import Odds, odds_words
from sim.report.story.parting import (
    Sides,
    beats_of,
    judgements,
    sides,
    told_together,
    why_judged,
    why_parted,
    why_same,
)
from sim.report.story.phases import Pair, beats_in, lasted, pairs, qualities, title
from sim.report.story.standing import ends, fates, months_words, standing
from sim.report.words.durations import capital, on

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


def tell_story(
    life: Life, other: Life | None, source: StorySource, odds: Odds | None = None
) -> Page:
    """The note on one council: in brief, where it stood, what happened, how it ended.

    With `other`, the same council under another scenario, what both worlds share is told
    once and what differs is told apart.
    """
    return _Story(life, other, source, odds).page()


class _Story:
    def __init__(
        self, life: Life, other: Life | None, source: StorySource, odds: Odds | None
    ) -> None:
        self.life = life
        self.other = other
        self.source = source
        self.odds = odds
        self.lives = (life,) if other is None else (life, other)
        mine = beats_of(life)
        self.sides = Sides((), tuple(mine), ()) if other is None else sides(mine, beats_of(other))

    def page(self) -> Page:
        """The whole note."""
        life = self.life
        last = life.end - timedelta(days=1)
        return Page(
            title=f"{life.council}: {' beside '.join(one.label for one in self.lives)}",
            subtitle=(
                f"Simulated, {on(life.start)} to {on(last)}; replication "
                f"{self.source.replication}, seed {self.source.seed}. One way that events could go "
                f"under these rules. Not a forecast for {life.council}, nor an account of what "
                f"happened there."
            ),
            blocks=tuple(self._blocks()),
        )

    def _blocks(self) -> Iterator[Block]:
        yield Heading("In brief")
        yield Bullets(tuple(self._brief()))
        yield Heading(f"Where it stood on {on(self.life.start)}")
        yield Paragraph(standing(self.life))
        if self.other is not None:
            yield Heading("Where the two worlds parted, and why")
            told = why_parted(self.life, self.other, self.sides)
            yield from (Paragraph(words) for words in (*told.sentences, *told.reason))
            if told.rules:
                yield Bullets(told.rules)
            yield from (Paragraph(words) for words in why_judged(self.life, self.other))
        for pair in pairs(self.life, self.other):
            yield from self._phase(pair)
        yield Heading("How it ended" if self.other is None else "How they ended")
        yield ends(self.lives)
        figures = numbers.table(self.lives, self._dates())
        if figures is not None:
            yield Heading("The service in figures")
            yield figures
        yield Heading("What is luck here")
        yield from self._luck()

    def _brief(self) -> Iterator[str]:
        yield from (f"{capital(words)}." for words in fates(self.life, self.other))
        months = months_words(self.lives)
        if months:
            yield months
        if self.other is not None:
            differs = why_judged(self.life, self.other)[:1]
            parting = why_parted(self.life, self.other, self.sides).sentences
            yield from differs or why_same(self.life) or parting[-1:]
        if self.odds is not None:
            yield odds_words(self.odds, [life.label for life in self.lives], self.life.council)

    def _phase(self, pair: Pair) -> Iterator[Block]:
        yield Heading(title(pair, self.life, self.other))
        blocks = [block for theme in THEMES for block in self._theme(pair, theme)]
        blocks += [Paragraph(words, about) for about, words in self._service(pair)]
        if self.other is not None and (words := lasted(pair, self.life, self.other)):
            yield Paragraph(words)
        yield from blocks or [Paragraph("Nothing of note happened.")]

    def _theme(self, pair: Pair, theme: Theme) -> Iterator[Paragraph]:
        """One theme of a phase: what is the same in both worlds, then what is not."""
        told = beats_in(pair, theme, self.sides, (self.life, self.other))
        if told.both:
            assert self.other is not None
            words = [told_together(*beats, self.other.label) for beats in told.both]
            differs = told.first or told.second
            yield Paragraph(" ".join(words), f"{theme}, both worlds" if differs else theme)
        for life, beats in ((self.life, told.first), (self.other, told.second)):
            if life is not None and beats:
                about = f"{theme}, {life.label}" if pair.shared else theme
                yield Paragraph(" ".join(beat.text for beat in beats), about)

    def _service(self, pair: Pair) -> Iterator[tuple[str, str]]:
        """What moved in the service's figures and in its quality, for each world."""
        told = []
        for life, phase in ((self.life, pair.first), (self.other, pair.second)):
            if life is not None and phase is not None:
                moved = numbers.change(life, phase.begins, phase.ends or life.end)
                told.append((life, f"{capital(moved)}." if moved else ""))
        if len(told) == 2 and numbers.tell_alike(*self.lives):
            told = told[:1]
        for life, words in told:
            if words:
                yield f"The service, {life.label}" if len(told) == 2 else "The service", words
        quality = qualities(pair, self.life, self.other)
        if quality:
            yield "Quality of practice", quality

    def _dates(self) -> list[date]:
        """Days whose figures are worth showing: the start, a year after each exit, the end."""
        life = self.life
        exits = [s.ended.day for one in self.lives for s in one.spells[:1] if s.ended is not None]
        later = [day + timedelta(days=365) for day in exits]
        return [life.start, *(day for day in later if day < life.end), life.end]

    def _luck(self) -> Iterator[Paragraph]:
        shared = (
            " Both worlds have the same luck, so what differs between them comes from the rule."
            if self.other is not None
            else ""
        )
        yield Paragraph(
            f"Luck decides, among other things, how inspectors read a service on the day, which "
            f"directors leave and who applies, how many children are referred, and how good a "
            f"trust or a lent team turns out to be. This is one replication of many.{shared}"
        )
        if any(event.number("practice") is not None for event in judgements(self.life)):
            yield Paragraph(QUALITY)
        for note in self.source.notes:
            yield Paragraph(note)
