"""When results are taken: month ends, years to 31 March, and what a run covers."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.inputs.metrics import COUNCIL_SERIES, METRICS, NATIONAL_SERIES
from sim.model.recorder import _ends, _year_ends
from tests.helpers.small_england import NEW_YEAR, england, part, run, world

pytestmark = pytest.mark.quick

FEW = part(england(), range(6))


@given(st.dates(date(2013, 11, 1), date(2019, 1, 1)), st.integers(31, 4000))
def test_every_month_that_is_covered_to_its_end_has_one_date(start: date, days: int):
    ends, end = _ends(start, days), start + timedelta(days=days)
    assert all((day + timedelta(days=1)).day == 1 for day in ends)
    assert ends[0].year * 12 + ends[0].month == start.year * 12 + start.month
    numbers = [day.year * 12 + day.month for day in ends]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert ends[-1] < end  # its last day has been lived through
    following = ends[-1] + timedelta(days=32)
    assert following.replace(day=1) + timedelta(days=31) > end or end <= following
    assert _year_ends(start, days) == [day for day in ends if day.month == 3]


def test_leap_years():
    assert date(2016, 2, 29) in _ends(NEW_YEAR, 100)


@pytest.mark.parametrize("start", [NEW_YEAR, date(2016, 1, 15), date(2017, 4, 1)])
@pytest.mark.parametrize("days", [31, 60, 365, 366, 457, 731])
def test_every_series_has_every_month_and_year(start: date, days: int):
    councils_from = part(england(start), range(6))
    result = run(
        [world(1, start=start, days=days), world(2, start=start, days=days)],
        councils_from=councils_from,
    )
    assert result.months == _ends(start, days)
    assert result.national.keys() == set(NATIONAL_SERIES)
    assert result.councils.keys() == set(COUNCIL_SERIES)
    assert result.totals.keys() == METRICS.keys()
    for name, values in result.national.items():
        assert values.shape == (2, len(result.months)), name
    for name, values in result.councils.items():
        assert values.shape == (2, len(result.years), 6), name
    for name, values in result.totals.items():
        assert values.shape == (2,), name


def test_a_year_is_named_by_its_two_parts_and_the_first_is_partial():
    result = run([world(days=457 + 366)], councils_from=FEW)
    assert result.years == ["2015-16", "2016-17", "2017-18"]
    assert np.isnan(result.councils["referrals"][:, 0]).all()
    assert not np.isnan(result.councils["children_in_need"][:, 0]).any()
    for values in result.councils.values():
        assert np.isfinite(values[:, 1:]).all()


@pytest.mark.parametrize(("start", "days"), [(NEW_YEAR, 456), (date(2016, 4, 1), 365)])
def test_a_run_that_ends_on_1_april_has_lived_through_the_year(start: date, days: int):
    result = run([world(start=start, days=days)], councils_from=part(england(start), range(6)))
    assert result.months[-1] == date(2017, 3, 31)
    assert result.years[-1] == "2016-17"


def test_a_run_that_starts_on_1_april_has_a_whole_first_year():
    start = date(2016, 4, 1)
    result = run([world(start=start, days=400)], councils_from=part(england(start), range(6)))
    assert result.years == ["2016-17"]
    assert np.isfinite(result.councils["referrals"]).all()


def test_months_and_years_add_up_to_the_run():
    """Monthly flows are on a yearly footing: undone, they make the years and the whole."""
    result = run([world(days=731)], councils_from=FEW)
    state_weeks = np.diff([0] + [_last_week(day) for day in result.months])
    per_month = result.national["referrals"][0] * state_weeks * 7 / 365.25
    first = result.months.index(date(2016, 3, 31)) + 1
    year = per_month[first : first + 12].sum()
    booked = result.councils["referrals"][0, 1].sum()
    # The books close on 1 April, a month's figures with its last whole week.
    assert booked == pytest.approx(year, rel=0.03)
    weeks = 731 // 7
    assert state_weeks.sum() == weeks
    whole = result.totals["referrals"][0] * 731 / 365.25
    assert per_month.sum() == pytest.approx(whole)


def _last_week(day: date) -> int:
    """Whole working weeks from the start to the end of a day."""
    return ((day - NEW_YEAR).days + 1) // 7
