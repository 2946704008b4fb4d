"""The figures of a story: how a history ended, and the service in yearly numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sim.report.story.council_history import CouncilHistory
from sim.report.story.page import table
from sim.report.words.durations import capital, on
from sim.report.words.prose import listed, number

# With fewer social workers than this a rate moves by a point when one person does.
FEWEST_WORKERS = 10
EMPTY = "–"  # noqa: RUF001 (a dash for an empty cell)


@dataclass(frozen=True)
class YearlyFigure:
    """How a yearly figure is written: its words, its scale and unit, and what counts as a change.

    `notable` is in the figure's own unit, or a share of it where `relative`; `in_text` is False
    for what only the table has.
    """

    metric: str
    words: str
    scale: float
    places: int
    unit: str
    notable: float
    relative: bool = False
    of_staff: bool = False
    in_text: bool = True

    def text(self, history: CouncilHistory, year: int) -> str:
        """The figure of a year as written."""
        value = self.value(history, year)
        return f"{number(self.scale * value, self.places)}{self.unit}" if value == value else EMPTY

    def value(self, history: CouncilHistory, year: int) -> float:
        """The figure of a year, NaN where it is not known."""
        return history.series.get(self.metric, {}).get(year, math.nan)

    def change(self, first: float, last: float) -> int:
        """1 where it rose notably, -1 where it fell, else 0 (also where one is not known)."""
        least = self.notable * abs(first) if self.relative else self.notable
        return int(last - first >= least) - int(first - last >= least)


FIGURES = (
    YearlyFigure("caseload", "cases per worker", 1, 1, "", 0.07, relative=True, of_staff=True),
    YearlyFigure("agency_rate", "agency share of social workers", 100, 0, "%", 0.03, of_staff=True),
    YearlyFigure("vacancy_rate", "vacant posts", 100, 0, "%", 0.03, of_staff=True),
    YearlyFigure("referrals", "referrals a year", 1, 0, "", 0.07, relative=True),
    YearlyFigure(
        *("turnover_rate", "turnover of social workers", 100, 0, "%", 0.03),
        of_staff=True,
        in_text=False,
    ),
    YearlyFigure("late_assessment_share", "assessments late", 100, 0, "%", 0.03, in_text=False),
    YearlyFigure(
        *("intervention_cost_gbp_m", "cost of intervention, £ million", 1, 1, "", 0.1),
        in_text=False,
    ),
)
IN_TEXT = tuple(figure for figure in FIGURES if figure.in_text)


def year_at(history: CouncilHistory, day: date) -> int | None:
    """The last 31 March on or before a day, or the first there is; None where there is none."""
    years = sorted(history.series.get("caseload", {}))
    before = [year for year in years if date(year, 3, 31) <= day]
    return before[-1] if before else years[0] if years else None


def is_small(histories: Iterable[CouncilHistory]) -> bool:
    """Whether a council has so few social workers that rates of them say little."""
    return any(
        staff < FEWEST_WORKERS
        for history in histories
        for staff in history.series.get("social_workers_fte", {}).values()
    )


def change_words(history: CouncilHistory, first: date, last: date) -> str:
    """What moved between two days, as a sentence; "" where nothing did or it is not known."""
    begins, ends = year_at(history, first), year_at(history, last)
    if begins is None or ends is None or ends <= begins:
        return ""
    moved: dict[int, list[str]] = {1: [], -1: [], 0: []}
    small = is_small([history])
    for figure in IN_TEXT:
        if not (small and figure.of_staff):
            way = figure.change(figure.value(history, begins), figure.value(history, ends))
            verb = {1: "rose ", -1: "fell ", 0: ""}[way] if not moved[way] else ""
            values = f"from {figure.text(history, begins)} to {figure.text(history, ends)}"
            moved[way].append(f"{figure.words} {verb}{values}")
    clauses = [listed(moved[way]) for way in (1, -1) if moved[way]]
    return f"Between March {begins} and March {ends} {'; '.join(clauses)}." if clauses else ""


def opening_words(history: CouncilHistory) -> str:
    """The first figures of a run, as a sentence; "" where there are none."""
    year = year_at(history, history.start)
    if year is None:
        return ""
    if is_small([history]):
        return "It had so few social workers that shares of them and cases per worker say little."
    cases, agency, vacant = (figure.text(history, year) for figure in FIGURES[:3])
    return (
        f"On {on(date(year, 3, 31))} each worker held {cases} cases; agency staff were {agency} of "
        f"social workers, and {vacant} of posts were vacant."
    )


def are_alike(history: CouncilHistory, other: CouncilHistory) -> bool:
    """Whether the figures that the text gives never differ notably between two scenarios."""
    return not any(
        figure.change(value, figure.value(other, year))
        for figure in IN_TEXT
        for year, value in history.series.get(figure.metric, {}).items()
    )


def figures_table(histories: Sequence[CouncilHistory], days: Iterable[date]) -> str:
    """Figures at the year-ends nearest before some days, a row for each figure and scenario.

    "" where there are none.
    """
    years = sorted({year for day in days if (year := year_at(histories[0], day)) is not None})
    small = is_small(histories)
    rows = []
    for figure in FIGURES:
        if small and figure.of_staff:
            continue
        name = capital(figure.words)
        cells = [tuple(figure.text(history, year) for year in years) for history in histories]
        if len(set(cells)) == 1:
            named = {name: cells[0]}
        else:
            named = {f"{name}, {h.label}": row for h, row in zip(histories, cells, strict=True)}
        rows += [
            (row_name, *row)
            for row_name, row in named.items()
            if any(cell.strip("0.") not in ("", EMPTY) for cell in row)
        ]
    return table(("On, or in the year to, 31 March", *map(str, years)), rows) if rows else ""


# -- how it ended ------------------------------------------------------------------------------


def outcome_table(histories: Sequence[CouncilHistory]) -> str:
    """How each scenario ended for the council, side by side."""
    rows = [(name, *(cell(history) or EMPTY for history in histories)) for name, cell in _OUTCOMES]
    header = ("", *(history.label for history in histories))
    return table(header, (row for row in rows if set(row[1:]) != {EMPTY}))


def _first_exit(history: CouncilHistory) -> str:
    if not history.spells:
        return "never inadequate"
    last = history.spells[0].last
    return "not by the end" if last is None else on(last)


def _months_with(kind: str) -> Callable[[CouncilHistory], str]:
    return lambda history: str(round(history.months_with(kind)) or "")


def _directors_left(history: CouncilHistory) -> str:
    return str(sum(event.kind == "director left" for event in history.own))


def _cost(history: CouncilHistory) -> str:
    spent = sum(history.series.get("intervention_cost_gbp_m", {}).values())
    return f"{spent:.1f}" if spent >= 0.05 else ""


_OUTCOMES: tuple[tuple[str, Callable[[CouncilHistory], str]], ...] = (
    ("First left inadequate", _first_exit),
    ("Months inadequate in the period", lambda history: str(round(history.months_inadequate))),
    ("Times judged inadequate", lambda history: str(len(history.spells))),
    ("Judgement at the end", lambda history: history.final_judgement),
    ("Months with a commissioner", _months_with("commissioner")),
    ("Months with a lent team", _months_with("peer team")),
    ("Months under a strong council in control", _months_with("sponsor")),
    ("Months setting up a trust", _months_with("set-up")),
    ("Months under a trust", _months_with("trust")),
    ("Directors who left", _directors_left),
    ("Cost of intervention, full years, £ million", _cost),
)
