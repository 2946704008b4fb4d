"""Kaplan-Meier with late entry: by hand, and against scipy where nobody enters late."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.analysis.survival import kaplan_meier, median_age, share_out_by

pytestmark = [pytest.mark.quick, pytest.mark.theory]

SPELLS = st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=40)


def curve(spells: list[tuple[float, float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    entered, left, exited = (np.array(column) for column in zip(*spells, strict=True))
    return kaplan_meier(entered.astype(float), left.astype(float), exited.astype(bool))


def test_late_entry_by_hand():
    """Months in the spell.

    entered  0   0   0  12  20
    left    10  24  30  24  36
    exited   y   y   n   y   y

    At 10 the first three are watched and one exits: 2/3 are still in. At 24 the second to
    fifth are watched (12 and 20 have entered by then) and two exit: 2/3 x 2/4 = 1/3. At 36
    only the last is left: 0.
    """
    times, still = curve(
        [(0, 10, True), (0, 24, True), (0, 30, False), (12, 24, True), (20, 36, True)]
    )
    assert times.tolist() == [10, 24, 36]
    assert still == pytest.approx([2 / 3, 1 / 3, 0.0])
    assert share_out_by(9.9, times, still) == 0.0
    assert share_out_by(10.0, times, still) == pytest.approx(1 / 3)
    assert share_out_by(35.0, times, still) == pytest.approx(2 / 3)
    assert median_age(times, still) == 24


def test_one_who_enters_at_an_age_is_not_at_risk_at_that_age():
    times, still = curve([(0, 10, True), (10, 20, True)])
    assert times.tolist() == [10, 20]
    assert still.tolist() == [0.0, 0.0]


def test_when_nobody_exits_there_is_no_median():
    times, still = curve([(0, 10, False), (3, 20, False)])
    assert times.size == 0
    assert share_out_by(30.0, times, still) == 0.0
    assert math.isnan(median_age(times, still))


@given(SPELLS)
def test_without_late_entry_it_is_the_estimate_of_scipy(spells: list[tuple[int, bool]]):
    left = np.array([float(age) for age, _ in spells])
    exited = np.array([ended for _, ended in spells])
    times, still = kaplan_meier(np.zeros_like(left), left, exited)
    reference = stats.ecdf(stats.CensoredData(uncensored=left[exited], right=left[~exited])).sf
    assert still == pytest.approx(reference.evaluate(times))
    for age in (0.5, 12.0, 24.0, 60.0):
        assert share_out_by(age, times, still) == pytest.approx(
            1.0 - float(reference.evaluate(age))
        )


@given(SPELLS, st.integers(0, 30))
def test_the_share_still_in_only_falls(spells: list[tuple[int, bool]], late: int):
    left = np.array([float(age) for age, _ in spells]) + late
    entered = np.minimum(np.arange(len(left)) % 7, left - 1.0)
    times, still = kaplan_meier(entered, left, np.array([ended for _, ended in spells]))
    assert (np.diff(times) > 0.0).all()
    assert (np.diff(still) <= 1e-12).all()
    assert ((still >= 0.0) & (still <= 1.0)).all()
