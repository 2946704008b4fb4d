"""What the service looked like in figures, from a council's yearly series."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sim.report.story.life import Life
from sim.report.story.note import NoteTable
from sim.report.words.durations import on
from sim.report.words.prose import listed, number

# With fewer social workers than this a rate moves by a point when one person does.
FEWEST_WORKERS = 10


@dataclass(frozen=True)
class Shown:
    """How a yearly figure is told: its words, its scale and unit, and what counts as a change.

    `notable` is in the figure's own unit, or a share of it where `relative`.
    """

    metric: str
    words: str
    scale: float
    places: int
    unit: str
    notable: float
    relative: bool = False
    of_staff: bool = False

    def text(self, value: float) -> str:
        """The figure as written."""
        if not math.isfinite(value):
            return NOT_KNOWN
        return f"{number(self.scale * value, self.places)}{self.unit}"

    def change(self, first: float, last: float) -> int:
        """1 where it rose notably, -1 where it fell, else 0."""
        least = self.notable * abs(first) if self.relative else self.notable
        return 0 if abs(last - first) < least else 1 if last > first else -1


SHOWN = (
    Shown("caseload", "cases per worker", 1, 1, "", 0.07, relative=True, of_staff=True),
    Shown("agency_rate", "agency share of social workers", 100, 0, "%", 0.03, of_staff=True),
    Shown("vacancy_rate", "vacant posts", 100, 0, "%", 0.03, of_staff=True),
    Shown("referrals", "referrals a year", 1, 0, "", 0.07, relative=True),
)
ONLY_IN_TABLE = (
    Shown("turnover_rate", "turnover of social workers", 100, 0, "%", 0.03, of_staff=True),
    Shown("late_assessment_share", "assessments late", 100, 0, "%", 0.03),
    Shown("intervention_cost_gbp_m", "cost of intervention, £ million", 1, 1, "", 0.1),
)
NOT_KNOWN = "–"  # noqa: RUF001 (a dash for an empty cell)


def years(life: Life) -> list[int]:
    """The years whose 31 March the run covers with a known caseload."""
    return sorted(life.series.get("caseload", {}))


def year_at(life: Life, day: date) -> int | None:
    """The last 31 March on or before a day, or the first there is; None where there is none."""
    known = years(life)
    before = [year for year in known if date(year, 3, 31) <= day]
    return before[-1] if before else known[0] if known else None


def value(life: Life, metric: str, year: int) -> float:
    """A figure of one year, NaN where it is not known."""
    return life.series.get(metric, {}).get(year, math.nan)


def is_small(lives: Iterable[Life]) -> bool:
    """Whether a council has so few social workers that rates of them say little."""
    return any(
        staff < FEWEST_WORKERS
        for life in lives
        for staff in life.series.get("social_workers_fte", {}).values()
    )


def change(life: Life, first: date, last: date) -> str:
    """What moved between two days, as a sentence without its full stop; "" where unknown."""
    begins, ends = year_at(life, first), year_at(life, last)
    if begins is None or ends is None or ends <= begins:
        return ""
    moved: dict[int, list[tuple[str, str]]] = {1: [], -1: []}
    small = is_small([life])
    for shown in SHOWN:
        was, now = value(life, shown.metric, begins), value(life, shown.metric, ends)
        if (small and shown.of_staff) or not (math.isfinite(was) and math.isfinite(now)):
            continue
        way = shown.change(was, now)
        if way:
            figures = f"from {shown.text(was)} to {shown.text(now)}"
            moved[way].append((shown.words, figures))
    clauses = [
        listed([f"{words} {verb} {figures}", *(f"{what} {how}" for what, how in rest)])
        for verb, ((words, figures), *rest) in (
            (verb, moved[way]) for verb, way in (("rose", 1), ("fell", -1)) if moved[way]
        )
    ]
    if not clauses:
        return ""
    return f"between March {begins} and March {ends} {'; '.join(clauses)}"


def at_start(life: Life) -> str:
    """The first figures of a run, as a sentence; "" where there are none."""
    known = years(life)
    if not known:
        return ""
    if is_small([life]):
        return "It had so few social workers that shares of them and cases per worker say little."
    first = date(known[0], 3, 31)
    held, agency, vacant = (
        shown.text(value(life, shown.metric, first.year)) for shown in SHOWN[:3]
    )
    return (
        f"On {on(first)} each worker held {held} cases; agency staff were {agency} of social "
        f"workers, and {vacant} of posts were vacant."
    )


def tell_alike(life: Life, other: Life) -> bool:
    """Whether the figures of two worlds never differ notably."""
    return not any(
        shown.change(mine, value(other, shown.metric, year))
        for shown in SHOWN
        for year, mine in life.series.get(shown.metric, {}).items()
    )


def table(lives: Sequence[Life], days: Iterable[date]) -> NoteTable | None:
    """Figures at the year-ends nearest before some days, a row for each figure and world."""
    at = sorted({y for day in days for y in [year_at(lives[0], day)] if y is not None})
    if not at:
        return None
    small = is_small(lives)
    rows = []
    for shown in (*SHOWN, *ONLY_IN_TABLE):
        if small and shown.of_staff:
            continue
        name = f"{shown.words[:1].upper()}{shown.words[1:]}"
        told = [tuple(shown.text(value(life, shown.metric, year)) for year in at) for life in lives]
        if len(lives) > 1 and told[0] == told[1]:
            told = told[:1]
        for life, cells in zip(lives, told, strict=False):
            if any(cell.strip("0.") not in ("", NOT_KNOWN) for cell in cells):
                rows.append((name if len(told) == 1 else f"{name}, {life.label}", *cells))
    if not rows:
        return None
    return NoteTable(("On, or in the year to, 31 March", *(str(year) for year in at)), tuple(rows))
