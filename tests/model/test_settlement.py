"""What councils get: what they were known to get on the start date, or as it was announced."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pytest

from sim.inputs.councils.baseline import Baseline
from sim.model.simulation import Batch
from tests.helpers.small_england import NEW_YEAR, STILL, build, england, part, world

pytestmark = pytest.mark.quick

AFTER = "money.settlement_after"


def three(**changed: object) -> Baseline:
    """Three councils in January 2016, with settlements that a hand can follow."""
    settlements = {
        "settlement_years": np.array([2016, 2017, 2018]),
        "settlement_growth": np.array([[0.01, 0.02, 0.03], [-0.01, 0.0, 0.04], [0.05, 0.06, 0.07]]),
        "settlement_announced": ordinals(date(2015, 12, 17), date(2017, 2, 20), date(2018, 2, 6)),
    }
    return dataclasses.replace(part(england(), [3, 4, 5]), **{**settlements, **changed})


def ordinals(*days: date) -> np.ndarray:
    return np.array([day.toordinal() for day in days])


def batch_of(*settlements: str, councils_from: Baseline | None = None) -> Batch:
    worlds = [
        world(r, facts={AFTER: assumed}, money__settlements=name)
        for r, (name, assumed) in enumerate(zip(settlements, (0.025, 0.026), strict=True))
    ]
    return build(worlds, councils_from=councils_from or three())


def rows(growth: np.ndarray) -> list[list[float]]:
    return np.broadcast_to(growth, (2, 3)).tolist()


def test_what_was_announced_by_the_start_reaches_everyone() -> None:
    batch = batch_of("known at the start", "as announced")
    assert rows(batch._settlement(2016)) == [[0.01, -0.01, 0.05]] * 2


def test_what_was_announced_later_reaches_those_whose_scenario_says_so() -> None:
    batch = batch_of("known at the start", "as announced")
    assert rows(batch._settlement(2017)) == [[0.025] * 3, [0.02, 0.0, 0.06]]
    assert rows(batch._settlement(2018)) == [[0.025] * 3, [0.03, 0.04, 0.07]]
    assert rows(batch._settlement(2019)) == [[0.025] * 3, [0.026] * 3]


def test_an_announcement_on_the_first_day_is_known() -> None:
    known = ordinals(date(2015, 12, 17), NEW_YEAR, date(2016, 1, 2))
    batch = batch_of(
        "known at the start", "as announced", councils_from=three(settlement_announced=known)
    )
    assert rows(batch._settlement(2017))[0] == [0.02, 0.0, 0.06]
    assert rows(batch._settlement(2018))[0] == [0.025] * 3


def test_no_settlement_is_acted_on_before_it_is_announced() -> None:
    late = ordinals(date(2015, 12, 17), date(2017, 4, 1), date(2018, 4, 2))
    batch = batch_of(
        "known at the start", "as announced", councils_from=three(settlement_announced=late)
    )
    assert rows(batch._settlement(2017))[1] == [0.02, 0.0, 0.06]
    assert rows(batch._settlement(2018))[1] == [0.026] * 3


def test_budgets_grow_by_the_settlement_and_nothing_else_that_is_switched_off() -> None:
    """To April 2017: 1 per cent as known and, for the second country, 2 per cent as announced."""
    none = ("budget_drift", "excess_rebased", "budget_on_care")
    facts = {**STILL, **{f"money.{name}": 0.0 for name in none}, AFTER: 0.0}
    facts["money.pass_through"] = 1.0
    batch = build(
        [
            world(1, days=480, facts=facts),
            world(1, days=480, facts=facts, money__settlements="as announced"),
        ],
        councils_from=three(),
    )
    before = batch.state.budget.copy()
    batch.run()
    grown = batch.state.budget / before
    assert grown[0] == pytest.approx([1.01, 0.99, 1.05])
    assert grown[1] == pytest.approx([1.01 * 1.02, 0.99, 1.05 * 1.06])


def test_on_1_january_2016_four_years_are_known_and_the_fifth_is_not() -> None:
    batch = build([world(1, facts={AFTER: 0.0125})])
    growth = england().settlement_growth
    for year in (2016, 2017, 2018, 2019):
        k = int(np.flatnonzero(england().settlement_years == year)[0])
        assert (batch._settlement(year)[0] == growth[:, k]).all()
    assert (batch._settlement(2020) == 0.0125).all()
