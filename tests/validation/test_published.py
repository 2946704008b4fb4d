"""The record as a back-test sees it: figures of the councils of a start while they last."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.validation.published import FIRST_DAY, LAST_DAY, PublishedData
from sim.validation.targets import targets

pytestmark = [pytest.mark.standard, pytest.mark.data]

EVE = date(2018, 4, 1)
AFTER_THE_PAUSE = date(2021, 4, 1)
WITHIN_THE_TEST = date(2023, 4, 1)
CUMBRIA, DORSET, NORTH_NORTHAMPTONSHIRE = 909, 838, 940


@pytest.fixture(scope="module")
def published() -> PublishedData:
    return PublishedData()


@pytest.mark.parametrize(
    ("start", "day", "there", "grades"),
    [
        (FIRST_DAY, date(2018, 3, 31), 152, (23, 72, 54, 3)),
        (EVE, date(2019, 3, 31), 152, (20, 62, 62, 8)),
        # Bournemouth, Poole and old Dorset, all requires improvement or good, are gone.
        (EVE, date(2020, 3, 31), 149, (21, 53, 60, 15)),
        # So are Northamptonshire (inadequate) and Cumbria (requires improvement).
        (EVE, LAST_DAY, 147, (17, 35, 64, 31)),
        # Heirs of before the start are there: Dorset good, its neighbour inadequate.
        (AFTER_THE_PAUSE, LAST_DAY, 151, (18, 37, 65, 31)),
    ],
)
def test_grades_are_of_the_councils_of_the_start_that_are_left(
    published: PublishedData, start: date, day: date, there: int, grades: tuple[int, ...]
) -> None:
    history, last = published.history(start), day.toordinal()
    assert history.there_on(last).sum() == there
    assert [history.councils_with(last, grade, grade) for grade in (1, 2, 3, 4)] == [*grades]


def test_trusts_are_of_the_councils_of_the_start(published: PublishedData) -> None:
    """Evidence T10, less Northamptonshire's once that council is gone, or once for each heir."""
    days = [date(2018, 12, 1), date(2019, 10, 1), date(2020, 11, 1), date(2022, 9, 1)]
    before, after = (published.history(start) for start in (EVE, AFTER_THE_PAUSE))
    assert [before.trusts_open(day.toordinal()) for day in days] == [6, 7, 8, 6]
    assert [h.trusts_open(date(2023, 4, 1).toordinal()) for h in (before, after)] == [7, 9]


def test_figures_of_councils_end_with_them_and_heirs_have_a_past(published: PublishedData) -> None:
    years, values = published.councils("children_looked_after", EVE)
    cumbria = published.tables.on(EVE).column_of(np.array([CUMBRIA]))[0]
    known = np.isfinite(values[:, cumbria])
    assert years[known].max() == 2023  # Cumbria ended on the day of that return
    assert years.max() == 2024
    there = published.tables.on(AFTER_THE_PAUSE)
    years, values = published.councils("children_looked_after", AFTER_THE_PAUSE)
    heirs = there.column_of(np.array([DORSET, NORTH_NORTHAMPTONSHIRE]))
    assert np.isfinite(values[np.ix_(years >= 2014, heirs)]).all()


def test_series_reach_the_last_return(published: PublishedData) -> None:
    last = {
        "referrals": (2024, 621_880),
        "children_looked_after": (2024, 83_530),
        "social_workers_fte": (2023, 33_119.1),
        "agency_rate": (2023, 0.179),
        "spend_gbp_m": (2024, 14_825.5),
        "director_changes": (2024, 62),
    }
    for name, (year, value) in last.items():
        series = published.national(name)
        assert max(series) == year
        assert series[year] == pytest.approx(value, rel=1e-3)
    assert 2015 not in published.national("spend_gbp_m")  # 2014-15 was never tabulated


@pytest.mark.parametrize("start", [FIRST_DAY, EVE, WITHIN_THE_TEST])
def test_every_figure_of_the_test_is_known(published: PublishedData, start: date) -> None:
    labels = [target.label for target in targets(published, start)]
    assert len(labels) == len({*labels})
    for label in (
        "councils inadequate, 31 Aug 2024",
        "inspections published, Apr 2023 to Mar 2024",
        "referrals, Apr 2023 to Mar 2024",
        "agency rate, 30 Sep 2023",
        "spend, Apr 2023 to Mar 2024",
    ):
        assert label in labels
    # What a run is given on its first day tests nothing.
    assert (start == WITHIN_THE_TEST) == ("councils inadequate, 31 Mar 2023" not in labels)
