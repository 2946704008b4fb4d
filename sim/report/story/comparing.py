"""One council under two scenarios side by side: what both share, where they differ and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sim.report.story.council_history import GRADE_NUMBERS, CouncilHistory, Phase, StoryEvent
from sim.report.story.sentences import StoryEntry, judged
from sim.report.words.durations import counted, in_month, in_months, on, span
from sim.report.words.prose import listed

# The same thing on days this near to each other counts as the same under both scenarios.
NEAR = 45
# A difference in date shorter than this many days is not mentioned.
SAME_WEEK = 7
# What happens within this many days of the first difference is part of it.
AT_ONCE = timedelta(days=14)
# A judgement this far from the quality of practice, in grades, is called harsh or kind.
UNFAIR = 0.75

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"(?:(\d{{1,2}}) )?({_MONTHS}) (\d{{4}})")
_NUMBER = re.compile(r"\d+ (?:day|week|month|year)s?(?: and \d+ months?)?|\d+")


def near(one: date | None, two: date | None) -> bool:
    """Whether two days are about the same; None stands for after the end."""
    if one is None or two is None:
        return one is two
    return abs((one - two).days) <= NEAR


# -- entries -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class MatchedEntries:
    """Entries that both scenarios have (each with the other's), and those of one only."""

    both: tuple[tuple[StoryEntry, StoryEntry], ...]
    first: tuple[StoryEntry, ...]
    second: tuple[StoryEntry, ...]

    @property
    def first_difference(self) -> date | None:
        """The first day of anything that only one scenario has."""
        alone = (*self.first, *self.second)
        return min((entry.day for entry in alone if entry.noun), default=None)


def match_entries(a: Sequence[StoryEntry], b: Sequence[StoryEntry]) -> MatchedEntries:
    """Put together what is the same under both scenarios; each entry is used once."""
    second = list(b)
    both: list[tuple[StoryEntry, StoryEntry]] = []
    first: list[StoryEntry] = []
    for entry in a:
        twin = next((other for other in second if is_same(entry, other)), None)
        if twin is None:
            first.append(entry)
        else:
            second.remove(twin)
            both.append((entry, twin))
    return MatchedEntries(tuple(both), tuple(first), tuple(second))


def is_same(one: StoryEntry, other: StoryEntry) -> bool:
    """Whether two entries say the same, with every date at about the same time."""
    if not near(one.day, other.day) or _without_dates(one.text) != _without_dates(other.text):
        return False
    pairs = zip(_dates(one.text), _dates(other.text), strict=True)
    return all(near(*days) for days in pairs)


def _without_dates(text: str) -> str:
    """The text without dates and numbers."""
    return _NUMBER.sub("#", _DATE.sub("#", text.replace("on the first day", "on #")))


def _dates(text: str) -> list[date]:
    # A month stands for its middle, so that the end of one is near the start of the next.
    return [
        datetime.strptime(f"{day or 15} {month} {year}", "%d %B %Y").date()
        for day, month, year in _DATE.findall(text)
    ]


def shared_text(entry: StoryEntry, other: StoryEntry, label: str) -> str:
    """A shared entry, with how far the other scenario is from its date."""
    apart = (other.day - entry.day).days
    if abs(apart) < SAME_WEEK:
        return entry.text
    early, late = sorted((entry.day, other.day))
    how = f"{span(early, late)} {'later' if apart > 0 else 'earlier'} under {label}"
    return f"{entry.text[:-1]} ({how})."


# -- the first difference ----------------------------------------------------------------------


def shared_before(a: CouncilHistory, entries: MatchedEntries) -> str:
    """What both scenarios share before the first difference, as a sentence; "" if nothing."""
    day = entries.first_difference
    if day is None or day <= a.start or not any(one.day <= day for one, _ in entries.both):
        return ""
    named = [entry for entry, _ in entries.both if entry.day <= day and entry.noun]
    shared = listed(f"{entry.noun} ({in_month(entry.day)})" for entry in named)
    return (
        f"Until {on(day)} the same happened under both scenarios{': ' if shared else ''}{shared}."
    )


def first_difference(a: CouncilHistory, b: CouncilHistory, entries: MatchedEntries) -> str:
    """Where the histories first differ, as a sentence, or that they do not."""
    day = entries.first_difference
    if day is None:
        return _no_difference(a, entries)
    sides = [_side(a, entries.first, day), _side(b, entries.second, day)]
    first_day = ", the first day" if day <= a.start else ""
    return f"The first difference came on {on(day)}{first_day}: {'; '.join(sides)}."


def why_different(
    a: CouncilHistory, b: CouncilHistory, entries: MatchedEntries
) -> tuple[str, tuple[str, ...]]:
    """The reason of the first difference in a sentence, and the rules if they are it."""
    day = entries.first_difference
    alone = (*entries.first, *entries.second)
    themes = {entry.theme for entry in alone if entry.noun and day and entry.day - day <= AT_ONCE}
    if "Government's response" in themes:
        rules = tuple(f"{one.label}: {one.description}" for one in (a, b) if one.description)
        return "The reason is the rule itself:" if rules else "", rules
    if themes & {"Inspection", "Leadership"}:
        reason = (
            f"Until then nothing was done differently to {a.council} itself. What is done to other "
            f"councils changes when inspectors are free and who applies for which post, and so "
            f"affects it too."
        )
        return reason, ()
    return "", ()


def _side(history: CouncilHistory, alone: Sequence[StoryEntry], day: date) -> str:
    """What happens under one scenario at the first difference, or what only it has next."""
    named = [entry for entry in alone if entry.noun]
    now = [entry.noun for entry in named if entry.day - day <= AT_ONCE]
    if now:
        return f"under {history.label} there was {listed(now)}"
    if named:
        when, what = on(named[0].day), named[0].noun
        return f"under {history.label} the first thing not shared came on {when}: {what}"
    return f"under {history.label} there was nothing that was not shared"


def _no_difference(a: CouncilHistory, entries: MatchedEntries) -> str:
    same = f"Nothing differs: all that happened to {a.council} happened under both scenarios"
    apart = max((abs((one.day - two.day).days) for one, two in entries.both), default=0)
    if not entries.both:
        return f"{same}, which was nothing of note."
    if not apart:
        return f"{same}, on the same days."
    return (
        f"{same}, at most {counted(apart, 'day')} apart, because what is done to other councils "
        f"changes when inspectors are free."
    )


def settled_before(a: CouncilHistory) -> str:
    """What settled the outcome before either rule could act, as a sentence; "" if nothing did."""
    if not a.starts_inadequate:
        return ""
    first, ended = next(iter(a.judgements), None), a.spells[0].ended
    ended_it = first is not None and ended is not None and ended.cause == first.id
    if first is not None and ended_it and a.follows_start(first):
        return "That was settled by an inspection that had begun before either rule could act."
    both = "under both scenarios."
    for period in a.interventions:
        if period.kind == "set-up" and a.in_opening_state(period.began):
            return f"A trust had been decided on before the first day, and opened {both}"
        if period.kind == "trust" and a.in_opening_state(period.began):
            return f"A trust ran the service from the first day {both}"
    return ""


# -- the first judgement that differs ------------------------------------------------------------

# Interventions, as months of them are counted, and what they do in the simulation.
_EFFECTS = {
    "commissioner": ("of a commissioner", "A commissioner in post lifts practice."),
    "peer team": ("of a lent management team", "A lent management team lifts practice."),
    "sponsor": (
        "of a strong council in control",
        "A strong council in control changes practice for better or worse, and brings a director.",
    ),
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


def first_different_judgement(a: CouncilHistory, b: CouncilHistory) -> list[str]:
    """The first judgement that differs, and what came before it, as short paragraphs."""
    for one, two in zip(a.judgements, b.judgements, strict=False):
        together = near(one.day, two.day)
        if together and one.text("grade") == two.text("grade"):
            continue
        before = max(one.day, two.day) if together else min(one.day, two.day)
        return [_judgements_apart((a, one), (b, two), together), *_helped_before(a, b, before)]
    longer, other = (a, b) if len(a.judgements) > len(b.judgements) else (b, a)
    more = longer.judgements[len(other.judgements) :]
    if not more:
        return []
    return [
        f"The first judgement that differed was that of {on(more[0].day)} under {longer.label} "
        f"({more[0].text('grade')}); there was none under {other.label} before the simulation "
        f"ended."
    ]


def _judgements_apart(
    one: tuple[CouncilHistory, StoryEvent], two: tuple[CouncilHistory, StoryEvent], together: bool
) -> str:
    parts = []
    for history, event in (one, two):
        grade, quality = event.text("grade"), event.number("practice")
        if together:
            read = f", with quality of practice at {quality:.2f}" if quality is not None else ""
            parts.append(f"{judged(grade)} under {history.label}{read}")
        else:
            parts.append(f"{on(event.day)} under {history.label} ({grade})")
    if not together:
        return f"The first judgement that differed came on {listed(parts)}."
    return (
        f"The first judgement that differed was that of {in_month(one[1].day)}: inspectors "
        f"{'; they '.join(parts)}."
    )


def _helped_before(a: CouncilHistory, b: CouncilHistory, day: date) -> list[str]:
    """Months of each intervention by a day, where the scenarios differ, and what those do."""
    months = {
        kind: (round(a.months_with(kind, day)), round(b.months_with(kind, day)))
        for kind in _EFFECTS
    }
    differing = [kind for kind, (one, two) in months.items() if one != two]
    if not differing:
        return []
    parts = []
    for place, history in enumerate((a, b)):
        had = [
            f"{counted(both[place], 'month')} {_EFFECTS[kind][0]}"
            for kind, both in months.items()
            if both[place]
        ]
        help_ = listed(had) or "no commissioner, lent team or trust"
        parts.append(f"under {history.label}, {help_}")
    effects = " ".join(_EFFECTS[kind][1] for kind in differing)
    return [f"By then the council had had, since {on(a.start)}: {'; '.join(parts)}. {effects}"]


# -- phases ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PhasePair:
    """A phase as each scenario has it; None in one that has no such phase."""

    first: Phase | None
    second: Phase | None

    @property
    def shared(self) -> bool:
        """Whether both scenarios have it."""
        return self.first is not None and self.second is not None


def phase_pairs(a: CouncilHistory, b: CouncilHistory | None) -> Iterator[PhasePair]:
    """Phases side by side while they match; after that those of each scenario by itself."""
    seconds = () if b is None else b.phases
    alike = 0
    while alike < min(len(a.phases), len(seconds)) and _match(a.phases[alike], seconds[alike]):
        alike += 1
    yield from map(PhasePair, a.phases[:alike], seconds[:alike])
    yield from (PhasePair(phase, None) for phase in a.phases[alike:])
    yield from (PhasePair(None, phase) for phase in seconds[alike:])


def _match(one: Phase, two: Phase) -> bool:
    return (one.spell is None) == (two.spell is None) and near(one.first, two.first)


def entries_in(
    pair: PhasePair,
    theme: str,
    entries: MatchedEntries,
    a: CouncilHistory,
    b: CouncilHistory | None,
) -> MatchedEntries:
    """The entries of a theme that belong to a phase."""

    def in_first(entry: StoryEntry) -> bool:
        return pair.first is not None and a.phase_on(entry.day) == pair.first

    def in_second(entry: StoryEntry) -> bool:
        return pair.second is not None and b is not None and b.phase_on(entry.day) == pair.second

    both = [twins for twins in entries.both if twins[0].theme == theme]
    # An entry that both have may belong to different phases.
    first = [one for one, two in both if not in_second(two)]
    second = [two for one, two in both if not in_first(one)]
    first += [entry for entry in entries.first if entry.theme == theme]
    second += [entry for entry in entries.second if entry.theme == theme]
    return MatchedEntries(
        tuple((one, two) for one, two in both if in_first(one) and in_second(two)),
        tuple(sorted(filter(in_first, first), key=lambda entry: entry.day)),
        tuple(sorted(filter(in_second, second), key=lambda entry: entry.day)),
    )


def phase_title(pair: PhasePair, a: CouncilHistory, b: CouncilHistory | None) -> str:
    """The heading of a phase."""
    one, two = pair.first, pair.second
    if one is not None and two is not None and not near(one.last, two.last):
        return f"{_kind(a, one)} from {on(one.first)}"
    history, phase = (a, one) if one is not None else (b, two)
    assert history is not None
    assert phase is not None
    under = f" under {history.label}" if b is not None and not pair.shared else ""
    until = "to the end" if phase.last is None else f"to {on(phase.last)} ({_length(phase)})"
    return f"{_kind(history, phase)}{under}: {on(phase.first)} {until}"


def different_lengths(pair: PhasePair, a: CouncilHistory, b: CouncilHistory) -> str:
    """How long a shared phase lasts under each scenario, where that differs; else ""."""
    one, two = pair.first, pair.second
    if one is None or two is None or near(one.last, two.last):
        return ""
    return f"It lasted {_until(one)} under {a.label}, and {_until(two)} under {b.label}."


def _until(phase: Phase) -> str:
    if phase.last is None:
        return "to the end of the simulation"
    return f"until {on(phase.last)} ({_length(phase)})"


def _length(phase: Phase) -> str:
    return "" if phase.last is None else in_months(phase.first, phase.last)


def _kind(history: CouncilHistory, phase: Phase) -> str:
    if phase.spell is None:
        return "Not inadequate"
    return "Inadequate" if history.spells[0] == phase.spell else "Inadequate again"


def practice_quality(pair: PhasePair, a: CouncilHistory, b: CouncilHistory | None) -> str:
    """The hidden quality of practice at each judgement of a phase, "" where none is known.

    Judgements at about the same time under both scenarios are given together.
    """
    first, second = _qualities(a, pair.first), _qualities(b, pair.second)
    twins = list(zip(first, second, strict=False))
    alike = len(first) == len(second) and all(near(x.day, y.day) for (x, _), (y, _) in twins)
    if b is not None and pair.shared and alike:
        parts = []
        for (event, quality), (_, other) in twins:
            differs = abs(quality - other) >= 0.05
            also = f" ({other:.2f} under {b.label})" if differs else ""
            parts.append(_at_judgement(event, quality) + also)
        return f"{listed(parts)}." if parts else ""
    sentences = []
    for history, qualities in ((a, first), (b, second)):
        if history is not None and qualities:
            under = f"Under {history.label}: " if pair.shared else ""
            sentences.append(f"{under}{listed(_at_judgement(*each) for each in qualities)}.")
    return " ".join(sentences)


def _qualities(
    history: CouncilHistory | None, phase: Phase | None
) -> list[tuple[StoryEvent, float]]:
    """The judgements of a phase, each with the quality of practice on the day."""
    if history is None or phase is None:
        return []
    return [
        (event, quality)
        for event in history.judgements
        if history.phase_on(event.day) == phase
        and (quality := event.number("practice")) is not None
    ]


def _at_judgement(event: StoryEvent, quality: float) -> str:
    gap = quality - GRADE_NUMBERS[event.text("grade")]
    unfair = "" if abs(gap) < UNFAIR else " (a harsh one)" if gap > 0 else " (a kind one)"
    return f"{quality:.2f} at the judgement of {in_month(event.day)}{unfair}"


# -- over replications ---------------------------------------------------------------------------

# Days by which a council must leave earlier under one scenario for that to count as quicker.
SOONER = 15
# With fewer replications than this nothing is said about which scenario is better.
FEW = 30

Spells = Sequence[tuple[date, date | None]]  # first and last days inadequate, of one replication


@dataclass(frozen=True)
class QuickerCounts:
    """In how many of `count` replications each of two scenarios is the quicker.

    `by` says how that is judged: when the council leaves the spell it starts in ("leaving"), or
    how long it is inadequate in all ("months"). `failed` counts the replications in which it is
    ever inadequate under each.
    """

    count: int
    first: int
    second: int
    by: str
    failed: tuple[int, int]


def count_quicker(
    a: Sequence[Spells], b: Sequence[Spells], start: date, end: date
) -> QuickerCounts:
    """Compare two scenarios over replications, each given by its inadequate spells."""
    starts_in = any(run and run[0][0] <= start for run in a)

    def days(run: Spells) -> int:
        if starts_in:
            left = run[0][1] if run else start
            return ((left or end) - start).days
        return sum(((last or end) - max(first, start)).days for first, last in run)

    apart = [days(two) - days(one) for one, two in zip(a, b, strict=True)]
    return QuickerCounts(
        count=len(apart),
        first=sum(gap >= SOONER for gap in apart),
        second=sum(gap <= -SOONER for gap in apart),
        by="leaving" if starts_in else "months",
        failed=(sum(bool(run) for run in a), sum(bool(run) for run in b)),
    )


def quicker_words(counts: QuickerCounts, labels: Sequence[str], council: str) -> str:
    """The counts as sentences."""
    n, (a, b), by_months = counts.count, labels, counts.by == "months"
    if by_months and not any(counts.failed):
        return f"In none of the {n} replications looked at was {council} ever judged inadequate."
    what = "spent fewer months inadequate" if by_months else "left inadequate sooner"
    sentences = [
        f"Luck: of {n} replications, {council} {what} in {counts.first} under {a} and in "
        f"{counts.second} under {b}, and in {n - counts.first - counts.second} it made no "
        f"difference."
    ]
    if by_months:
        sentences.append(
            f"It was judged inadequate at some time in {counts.failed[0]} of them under {a} and "
            f"in {counts.failed[1]} under {b}."
        )
    if n < FEW:
        sentences.append("So few show only how much luck matters, not which rule is better.")
    return " ".join(sentences)
