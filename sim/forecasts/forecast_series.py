"""What is forecast: published series of England and of councils, and the days they are of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sim.units import GRADES

QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
ENGLAND = "England"  # stands for a council's code
GRADE = "grade"  # the series of judgements in force, council by council
# The grades as columns of a table, from 1 (inadequate) to 4.
GRADE_COLUMNS = tuple(GRADES[grade].replace(" ", "_") for grade in (1, 2, 3, 4))

When = Literal["march", "september", "quarter"]


@dataclass(frozen=True)
class ForecastSeries:
    """One published series.

    `when` says on which days it is published for: 31 March (or the year to it), 30 September, or
    the ends of quarters. `yearly` figures add up what happened in the year to that day. Counts
    and money are compared as logarithms (`relative`), so that small councils weigh as much as
    large ones. `table`, `column` and `national` say where the record has it, with `factor` to
    bring a council's figure to the unit. `error` names the error of its return (evidence P7).
    """

    name: str
    title: str
    unit: str
    when: When
    yearly: bool = False
    relative: bool = True
    table: str = ""
    column: str = ""
    national: str = ""
    factor: float = 1.0
    error: str = ""


def _children(name: str, title: str, column: str, error: str, yearly: bool) -> ForecastSeries:
    return ForecastSeries(
        *(name, title, "children", "march", yearly),
        table="children",
        column=column,
        national=column,
        error=error,
    )


def _staff(name: str, title: str, unit: str, column: str, error: str) -> ForecastSeries:
    return ForecastSeries(
        *(name, title, unit, "september", name == "turnover_pct"),
        relative=unit != "%",
        table="workforce",
        column=column,
        national=f"wf_{column}",
        error=error,
    )


_SPENDING = ForecastSeries(
    *("spend_gbp_m", "Spending in the year", "GBP m", "march", True),
    table="spending",
    column="total_gbp_k",
    national="spend_total_cyp_excl_cera_gbp_m_sum_of_LAs",
    factor=1e-3,
    error="total",
)
# Of England and of each council. Rates are per cent, as they are published.
RETURNS: dict[str, ForecastSeries] = {
    series.name: series
    for series in (
        _children("referrals", "Referrals in the year", "referrals", "referrals", True),
        _children("children_in_need", "Children in need", "cin_at_31mar", "need", False),
        _children("protection_plans", "Protection plans", "cpp_at_31mar", "plans", False),
        _children(
            "children_looked_after", "Children looked after", "cla_at_31mar", "looked after", False
        ),
        _children("care_starts", "Care starts in the year", "cla_started", "care starts", True),
        _staff("social_workers_fte", "Social workers in post", "FTE", "sw_fte", "in post"),
        _staff("agency_pct", "Agency workers", "%", "agency_pct", "agency"),
        _staff("vacancy_pct", "Vacancies", "%", "vacancy_pct", "vacancy"),
        _staff("turnover_pct", "Turnover in the year", "%", "turnover_pct", "turnover"),
        _staff("caseload", "Cases a holder", "cases", "avg_caseload", "caseload"),
        _SPENDING,
    )
}
# Of England only, from judgements.
FULL_INSPECTIONS = "full_inspections"
GRADED = tuple(f"councils_{column}" for column in GRADE_COLUMNS)  # from grade 1 to 4
JUDGEMENTS: dict[str, ForecastSeries] = {
    FULL_INSPECTIONS: ForecastSeries(
        *(FULL_INSPECTIONS, "Full inspections published in the quarter", "inspections"),
        *("quarter", False, False),
    ),
    **{
        name: ForecastSeries(
            *(name, f"Councils graded {GRADES[grade]}", "councils", "quarter", False, False)
        )
        for grade, name in enumerate(GRADED, start=1)
    },
}
SERIES = RETURNS | JUDGEMENTS


def days_of(series: ForecastSeries, start: date, until: date) -> list[date]:
    """The days that a forecast from `start` has figures of a series for, to `until`.

    A quarter counts from the first that is whole. The year to 31 March in which the run begins is
    counted though the run has only part of it; turnover needs a year from one return to the next.
    """
    if series.when == "quarter":
        return quarter_ends(start, until)
    month, day = (3, 31) if series.when == "march" else (9, 30)
    days = [date(year, month, day) for year in range(start.year, until.year + 1)]
    within = [day for day in days if start < day <= until]
    return within[1:] if series.when == "september" and series.yearly else within


def quarter_ends(start: date, until: date) -> list[date]:
    """The last days of the quarters that lie wholly between two days."""
    return [
        end for first, end in _quarters(start.year, until.year) if first >= start and end <= until
    ]


def quarter_before(day: date) -> date:
    """The last day of the quarter before the one that ends with a day."""
    first = next(first for first, end in _quarters(day.year, day.year) if end == day)
    return first - timedelta(days=1)


def _quarters(first_year: int, last_year: int) -> Iterator[tuple[date, date]]:
    """First and last day of every quarter of some years."""
    for year in range(first_year, last_year + 1):
        for month in (1, 4, 7, 10):
            after = date(year + month // 10, (month + 2) % 12 + 1, 1)
            yield date(year, month, 1), after - timedelta(days=1)
