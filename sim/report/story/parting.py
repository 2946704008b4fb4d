"""Two worlds side by side: what they share, and where and why they part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sim.report.story.beats import INSPECTION, LEADERSHIP, RESPONSE, Beat, Book, judged
from sim.report.story.life import Happening, Life
from sim.report.story.sentences import tell
from sim.report.words.durations import counted, in_month, on, span
from sim.report.words.prose import listed

# The same thing on days this near to each other counts as the same in both worlds.
NEAR = 45
# A difference in date shorter than this many days is not told.
SAME_WEEK = 7
# What each world does within this many days of the parting is told as the parting.
AT_ONCE = 14

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"(?:(\d{{1,2}}) )?({_MONTHS}) (\d{{4}})")
_NUMBER = re.compile(r"\d+ (?:day|week|month|year)s?(?: and \d+ months?)?|\d+")


@dataclass(frozen=True)
class Sides:
    """The beats of two worlds: told in both (each with the other's), or in one only."""

    both: tuple[tuple[Beat, Beat], ...]
    first: tuple[Beat, ...]
    second: tuple[Beat, ...]

    @property
    def parted(self) -> date | None:
        """The first day of anything that only one world has."""
        return min((b.day for b in (*self.first, *self.second) if b.noun), default=None)


def beats_of(life: Life) -> list[Beat]:
    """The beats of a life, in order."""
    return Book(life).beats(tell)


def sides(a: Sequence[Beat], b: Sequence[Beat]) -> Sides:
    """Put together what is the same in both worlds; each beat is used once."""
    left = list(b)
    both: list[tuple[Beat, Beat]] = []
    alone: list[Beat] = []
    for beat in a:
        twin = next((other for other in left if is_same(beat, other)), None)
        if twin is None:
            alone.append(beat)
        else:
            left.remove(twin)
            both.append((beat, twin))
    return Sides(tuple(both), tuple(alone), tuple(left))


def is_same(one: Beat, other: Beat) -> bool:
    """Whether two beats tell the same, with every date at about the same time."""
    if one.key != other.key or abs((one.day - other.day).days) > NEAR:
        return False
    if _bare(one.text) != _bare(other.text):
        return False
    dates = zip(_dates(one.text), _dates(other.text), strict=True)
    return all(abs((mine - theirs).days) <= NEAR for mine, theirs in dates)


def _bare(text: str) -> str:
    """The text without dates and numbers."""
    return _NUMBER.sub("#", _DATE.sub("#", text.replace("on the first day", "on #")))


def _dates(text: str) -> list[date]:
    found = _DATE.findall(text)
    # A month stands for its middle, so that the end of one is near the start of the next.
    return [datetime.strptime(f"{d or 15} {m} {y}", "%d %B %Y").date() for d, m, y in found]


def told_together(beat: Beat, other: Beat, label: str) -> str:
    """A shared beat, with how far the other world is from its date."""
    apart = (other.day - beat.day).days
    if abs(apart) < SAME_WEEK:
        return beat.text
    early, late = sorted((beat.day, other.day))
    how = f"{span(early, late)} {'later' if apart > 0 else 'earlier'} under {label}"
    return f"{beat.text[:-1]} ({how})."


@dataclass(frozen=True)
class Parting:
    """Where two worlds part, the reason in a sentence or none, and the rules if they are it."""

    sentences: tuple[str, ...]
    reason: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


def why_parted(a: Life, b: Life, found: Sides) -> Parting:
    """Where two worlds first part, and why."""
    day = found.parted
    if day is None:
        return Parting((_ripples(a, found),))
    told = []
    before = [mine for mine, _ in found.both if mine.day <= day]
    if before and day > a.start:
        shared = listed(f"{beat.noun} ({in_month(beat.day)})" for beat in before if beat.noun)
        told.append(f"Until {on(day)} the two worlds were the same{_colon(shared)}")
    soon = day + timedelta(days=AT_ONCE)
    parts = [_side(a, found.first, soon), _side(b, found.second, soon)]
    first_day = ", the first day" if day <= a.start else ""
    told.append(f"They parted on {on(day)}{first_day}: {'; '.join(parts)}.")
    alone = (*found.first, *found.second)
    themes = {beat.theme for beat in alone if beat.noun and beat.day <= soon}
    if RESPONSE in themes:
        rules = tuple(f"{life.label}: {life.rule}" for life in (a, b) if life.rule)
        return Parting(tuple(told), ("The reason is the rule itself:",) if rules else (), rules)
    if INSPECTION in themes or LEADERSHIP in themes:
        reason = (
            f"Until then nothing was done differently to {a.council} itself. What is done to other "
            f"councils changes when inspectors are free and who applies for which post, and so "
            f"reaches it too."
        )
        return Parting(tuple(told), (reason,))
    return Parting(tuple(told))


def why_same(a: Life) -> list[str]:
    """What settled the outcome before either rule could act, if anything did."""
    if not a.spells or a.spells[0].began.day > a.start:
        return []
    first = next(iter(judgements(a)), None)
    cause = a.cause_of(first) if first is not None else None
    ended = a.spells[0].ended
    settled = first is not None and ended is not None and ended.cause == first.id
    if settled and cause is not None and cause.kind == "run started":
        return ["That was settled by an inspection that had begun before either rule could act."]
    for stay in a.stays:
        if stay.kind == "set-up" and a.was_there(stay.began):
            return ["A trust had been decided on before the first day, and opened in both worlds."]
        if stay.kind == "trust" and a.was_there(stay.began):
            return ["A trust ran the service from the first day in both worlds."]
    return []


def _colon(shared: str) -> str:
    return f": {shared}." if shared else "."


def _side(life: Life, alone: Sequence[Beat], soon: date) -> str:
    """What one world does at the parting, or when it next does something of its own."""
    under = f"under {life.label} there was"
    named = [beat for beat in alone if beat.noun]
    now = [beat.noun for beat in named if beat.day <= soon]
    if now:
        return f"{under} {listed(now)}"
    for beat in named:
        return f"{under} nothing of its own until {on(beat.day)}: {beat.noun}"
    return f"{under} nothing that the other world did not have too"


def _ripples(a: Life, found: Sides) -> str:
    same = f"The two worlds did not part: all that happened to {a.council} happened in both"
    apart = max((abs((x.day - y.day).days) for x, y in found.both), default=0)
    if not found.both:
        return f"{same}, which was nothing of note."
    if not apart:
        return f"{same}, on the same days."
    return (
        f"{same}, at most {counted(apart, 'day')} apart, because what is done to other councils "
        f"changes when inspectors are free."
    )


# -- the first judgement that differs -----------------------------------------------------

# Help, as months of it are counted, and what it does in the simulation.
_HELP = {
    "commissioner": ("of a commissioner", "A commissioner in post lifts practice."),
    "peer team": ("of a lent management team", "A lent management team lifts practice."),
    "set-up": (
        "of a trust being set up",
        "While a trust is set up, leaders look elsewhere, staff do not know who will employ them, "
        "and improvement stalls.",
    ),
    "trust": (
        "of a trust",
        "A trust changes practice for better or worse with its quality, after an upheaval on the "
        "day staff move.",
    ),
}


def judgements(life: Life) -> list[Happening]:
    """The judgements published in the run, in order."""
    return [e for e in life.own if e.kind == "judgement published" and not life.was_there(e)]


def why_judged(a: Life, b: Life) -> list[str]:
    """The first judgement that differs, and what came before it, as short paragraphs."""
    mine, theirs = judgements(a), judgements(b)
    for one, two in zip(mine, theirs, strict=False):
        near = abs((one.day - two.day).days) <= NEAR
        if near and one.text("grade") == two.text("grade"):
            continue
        before = max(one.day, two.day) if near else min(one.day, two.day)
        return [_contrast(a, b, one, two, near), *_help_before(a, b, before)]
    for life, other, more in ((a, b, mine[len(theirs) :]), (b, a, theirs[len(mine) :])):
        if more:
            when, grade = on(more[0].day), more[0].text("grade")
            told = (
                f"The first judgement that differed was that of {when} under {life.label} ({grade})"
            )
            return [f"{told}; there was none under {other.label} before the simulation ended."]
    return []


def _contrast(a: Life, b: Life, one: Happening, two: Happening, near: bool) -> str:
    """The two judgements side by side."""
    sides_ = ((a, one), (b, two))
    if not near:
        parts = [f"{on(e.day)} under {life.label} ({e.text('grade')})" for life, e in sides_]
        return f"The first judgement that differed came on {listed(parts)}."
    parts = []
    for life, event in sides_:
        quality = event.number("practice")
        stood = f", with quality of practice at {quality:.2f}" if quality is not None else ""
        parts.append(f"{judged(event.text('grade'))} under {life.label}{stood}")
    return f"The first judgement that differed was that of {in_month(one.day)}: inspectors " + (
        f"{'; they '.join(parts)}."
    )


def _help_before(a: Life, b: Life, day: date) -> list[str]:
    """What each world had had by a day, where that differs, and what it does."""
    had = [_help_until(life, day) for life in (a, b)]
    if had[0] == had[1]:
        return []
    told = "; ".join(
        f"under {life.label}, {_listed_help(help_)}"
        for life, help_ in zip((a, b), had, strict=True)
    )
    kinds = [kind for kind in _HELP if had[0].get(kind) != had[1].get(kind)]
    does = " ".join(_HELP[kind][1] for kind in kinds)
    return [f"By then the council had had, since {on(a.start)}: {told}. {does}".strip()]


def _help_until(life: Life, day: date) -> dict[str, int]:
    """Kinds of help and the months each had lasted by a day, since the first day simulated."""
    months = {kind: round(life.months_with(kind, day)) for kind in _HELP}
    return {kind: count for kind, count in months.items() if count}


def _listed_help(help_: dict[str, int]) -> str:
    told = [f"{counted(count, 'month')} {_HELP[kind][0]}" for kind, count in help_.items()]
    return listed(told) or "no commissioner, lent team or trust"
