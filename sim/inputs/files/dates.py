"""The dates a run may cover.

A run starts where the state of every council is known and ends within the projection of
children. Neither bound is a modelling choice: they are what the seed tables reach.
"""

from __future__ import annotations

from datetime import date, timedelta

from sim.inputs.files.problems import Problem
from sim.units import DAYS_A_YEAR

FIRST_START = date(2013, 11, 1)
LAST_START = date(2024, 9, 1)  # the day after the last judgement in the tables
LAST_END = date(2036, 12, 31)  # between the last two years of the projection of children
# Results are by the month: a shorter run would have none.
SHORTEST_DAYS = 31
LONGEST_YEARS = 24.0


def add_years(start: date, years: float) -> date:
    """The date so many years after `start`: whole years by the calendar, the rest in days.

    What would lie beyond the calendar is its last day, which no run may reach.
    """
    whole = int(years)
    if start.year + whole >= date.max.year:
        return date.max
    try:
        same_day = start.replace(year=start.year + whole)
    except ValueError:  # 29 February in a year without one
        same_day = start.replace(year=start.year + whole, day=28)
    return same_day + timedelta(days=round((years - whole) * DAYS_A_YEAR))


def check_years(years: object, where: str) -> list[Problem]:
    """Problems of the length of a run in years."""
    fits = isinstance(years, int | float) and SHORTEST_DAYS / DAYS_A_YEAR <= years <= LONGEST_YEARS
    if isinstance(years, bool) or not fits:
        return [Problem(where, f"must be a number from 0.09 (a month) to {LONGEST_YEARS:g}")]
    return []


def check_span(start: date, end: date, start_where: str, end_where: str) -> list[Problem]:
    """Problems of the first and last day of a run."""
    problems = []
    if not FIRST_START <= start <= LAST_START:
        problems.append(
            Problem(
                start_where,
                f"the start {start} is outside the years whose state is known",
                f"start between {FIRST_START} and {LAST_START}",
            )
        )
    if end > LAST_END:
        problems.append(
            Problem(
                end_where,
                f"the run would end on {end}, after the projection of children",
                f"end on {LAST_END} at the latest",
            )
        )
    if (end - start).days < SHORTEST_DAYS:
        problems.append(
            Problem(end_where, f"the run would end on {end}, less than a month after its start")
        )
    return problems
