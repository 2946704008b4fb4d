"""The phases of two lives, side by side while they match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from sim.report.story.beats import Beat, Theme
from sim.report.story.life import GRADES, Happening, Life, Phase
from sim.report.story.parting import NEAR, Sides, judgements
from sim.report.words.durations import in_month, in_months, on
from sim.report.words.prose import listed

# A judgement this far from the quality of practice, in grades, is called harsh or kind.
UNFAIR = 0.75


@dataclass(frozen=True)
class Pair:
    """A phase as each world has it; None in a world that has no such phase."""

    first: Phase | None
    second: Phase | None

    @property
    def shared(self) -> bool:
        """Whether both worlds have it."""
        return self.first is not None and self.second is not None


@dataclass(frozen=True)
class PhaseText:
    """The beats of one theme of one phase: of both worlds, and of each alone."""

    both: tuple[tuple[Beat, Beat], ...]
    first: tuple[Beat, ...]
    second: tuple[Beat, ...]


def pairs(life: Life, other: Life | None) -> Iterator[Pair]:
    """Phases side by side while they match; after that those of each world by itself."""
    if other is None:
        yield from (Pair(phase, None) for phase in life.phases)
        return
    alike = True
    mine: list[Pair] = []
    theirs: list[Pair] = []
    for one, two in zip_longest(life.phases, other.phases):
        alike = alike and one is not None and two is not None and _match(one, two)
        if alike:
            yield Pair(one, two)
        else:
            mine += [Pair(one, None)] if one else []
            theirs += [Pair(None, two)] if two else []
    yield from mine
    yield from theirs


def beats_in(pair: Pair, theme: Theme, found: Sides, lives: tuple[Life, Life | None]) -> PhaseText:
    """The beats of a theme that belong to a phase."""
    both: list[tuple[Beat, Beat]] = []
    first: list[Beat] = []
    second: list[Beat] = []
    for mine, theirs in found.both:
        if mine.theme == theme:
            here = (_holds(lives[0], pair.first, mine), _holds(lives[1], pair.second, theirs))
            if all(here):
                both.append((mine, theirs))
            elif here[0]:
                first.append(mine)
            elif here[1]:
                second.append(theirs)
    first += [b for b in found.first if b.theme == theme and _holds(lives[0], pair.first, b)]
    second += [b for b in found.second if b.theme == theme and _holds(lives[1], pair.second, b)]
    return PhaseText(
        tuple(both),
        tuple(sorted(first, key=lambda beat: beat.day)),
        tuple(sorted(second, key=lambda beat: beat.day)),
    )


def _holds(life: Life | None, phase: Phase | None, beat: Beat) -> bool:
    """Whether a beat belongs to a phase."""
    return life is not None and phase is not None and life.phase_on(beat.day) == phase


def qualities(pair: Pair, life: Life, other: Life | None) -> str:
    """The hidden quality of practice at each judgement of a phase, "" where none is known.

    Judgements at about the same time in both worlds are told together.
    """
    mine, theirs = _judged_in(life, pair.first), _judged_in(other, pair.second)
    twins = list(zip(mine, theirs, strict=False))
    alike = len(mine) == len(theirs) and all(_near(a.day, b.day) for (a, _), (b, _) in twins)
    if other is not None and pair.shared and alike:
        seen = []
        for (event, quality), (_, there) in twins:
            differs = abs(quality - there) >= 0.05
            also = f" ({there:.2f} under {other.label})" if differs else ""
            seen.append(_seen(event, quality) + also)
        return _sentence(seen)
    told = []
    for world, found in ((life, mine), (other, theirs)):
        if world is not None and found:
            under = f"Under {world.label}: " if pair.shared else ""
            told.append(under + _sentence([_seen(*each) for each in found]))
    return " ".join(told)


def _judged_in(life: Life | None, phase: Phase | None) -> list[tuple[Happening, float]]:
    if life is None or phase is None:
        return []
    return [
        (event, quality)
        for event in judgements(life)
        if life.phase_on(event.day) == phase and (quality := event.number("practice")) is not None
    ]


def _seen(event: Happening, quality: float) -> str:
    gap = quality - GRADES.index(event.text("grade"))
    unfair = "" if abs(gap) < UNFAIR else " (a harsh one)" if gap > 0 else " (a kind one)"
    return f"{quality:.2f} at the judgement of {in_month(event.day)}{unfair}"


def _sentence(seen: list[str]) -> str:
    return f"{listed(seen)}." if seen else ""


def title(pair: Pair, life: Life, other: Life | None) -> str:
    """The heading of a phase."""
    one, two = pair.first, pair.second
    if one is not None and two is not None:
        kind = _kind(life, one)
        if _near(one.ends, two.ends):
            return f"{kind}: {on(one.begins)} {_to(one)}"
        return f"{kind} from {on(one.begins)}"
    where, phase = (life, one) if one is not None else (other, two)
    assert where is not None
    assert phase is not None
    under = f" under {where.label}" if other is not None else ""
    return f"{_kind(where, phase)}{under}: {on(phase.begins)} {_to(phase)}"


def lasted(pair: Pair, life: Life, other: Life) -> str:
    """How long a shared phase lasts in each world, where that differs; else ""."""
    one, two = pair.first, pair.second
    if one is None or two is None or _near(one.ends, two.ends):
        return ""
    return f"It lasted {_until(one)} under {life.label}, and {_until(two)} under {other.label}."


def _until(phase: Phase) -> str:
    if phase.ends is None:
        return "to the end of the simulation"
    return f"until {on(phase.ends)} ({in_months(phase.begins, phase.ends)})"


def _to(phase: Phase) -> str:
    if phase.ends is None:
        return "to the end"
    return f"to {on(phase.ends)} ({in_months(phase.begins, phase.ends)})"


def _kind(life: Life, phase: Phase) -> str:
    if phase.spell is None:
        return "Not inadequate"
    return "Inadequate" if life.spells[0] == phase.spell else "Inadequate again"


def _match(one: Phase, two: Phase) -> bool:
    return (one.spell is None) == (two.spell is None) and _near(one.begins, two.begins)


def _near(one: date | None, two: date | None) -> bool:
    if one is None or two is None:
        return one is two
    return abs((one - two).days) <= NEAR
