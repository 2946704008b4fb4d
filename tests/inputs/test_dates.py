"""The dates a run may cover: what is refused, where it is found and what to do instead."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sim.inputs.files.dates import (
    FIRST_START,
    LAST_END,
    LAST_START,
    LONGEST_YEARS,
    add_years,
    check_span,
    check_years,
)

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]


def said(start: date, end: date) -> list[str]:
    return [str(problem) for problem in check_span(start, end, "start", "end")]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (FIRST_START, FIRST_START + timedelta(days=31)),
        (date(2016, 1, 1), date(2026, 1, 1)),
        (LAST_START, add_years(LAST_START, 12.0)),
        (LAST_START, LAST_END),
    ],
)
def test_a_run_within_the_bounds_is_no_problem(start: date, end: date) -> None:
    assert not said(start, end)


@pytest.mark.parametrize("start", [date(2013, 10, 31), date(2024, 9, 2), date(2030, 1, 1)])
def test_a_start_outside_the_tables_is_refused_with_the_bounds(start: date) -> None:
    assert said(start, add_years(start, 2.0)) == [
        f"start: the start {start} is outside the years whose state is known\n"
        "    start between 2013-11-01 and 2024-09-01"
    ]


def test_a_run_past_the_projection_is_refused_with_the_last_day() -> None:
    assert said(LAST_START, date(2037, 1, 1)) == [
        "end: the run would end on 2037-01-01, after the projection of children\n"
        "    end on 2036-12-31 at the latest"
    ]


def test_everything_wrong_with_a_span_is_said_at_once() -> None:
    assert len(said(date(2040, 1, 1), date(2040, 1, 2))) == 3


def test_the_longest_run_covers_all_that_is_known() -> None:
    assert add_years(FIRST_START, LONGEST_YEARS) > LAST_END
    assert add_years(FIRST_START, LONGEST_YEARS - 1.0) < LAST_END
    assert not check_years(24, "years")
    assert "to 24" in str(check_years(24.1, "years")[0])
