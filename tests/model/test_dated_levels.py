"""Prices and trends are those of a run's own start, not of January 2016."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np
import pytest

from sim.inputs.councils.baseline import Baseline
from sim.inputs.files.dates import FIRST_START
from sim.model.opening_state import begin
from sim.model.settings import CountrySettings, Parameters
from sim.model.simulation import Batch
from sim.model.weekly.rates import PRACTICE_RISES_TO, before_start, pay_after, trends_of
from sim.units import DAYS_A_YEAR
from tests.helpers.small_england import NEW_YEAR, SEED, build, england, part, world

pytestmark = pytest.mark.quick

LATE = date(2024, 9, 1)


def facts() -> dict[str, float]:
    return {
        "money.pay_growth_before": 0.03,
        "practice.national_mean": 2.5,
        "practice.national_drift": 0.1,
        "england.trend_years": 5.0,
    }


@cache
def late() -> Batch:
    return build([world(1, start=LATE, days=35, facts=facts())])


def shifted(**changed: object) -> Baseline:
    return dataclasses.replace(part(england(), range(0, 152, 8)), **changed)


def opening_costs(worlds: Sequence[CountrySettings]) -> dict[str, np.ndarray]:
    """What a usual year costs at the prices of the year whose spending was published, GBP m, before
    any plan that was made since."""
    b, p = england(worlds[0].start), Parameters(worlds)
    s, _ = begin(b, p, SEED, [one.replication for one in worlds], 7 / DAYS_A_YEAR)
    pay = pay_after(p, before_start(b).prices)
    return {
        "staff": s.permanent * p["money.staff_cost"] * pay,
        "agency": s.agency * p["money.agency_cost"] * pay,
        "placements": np.sum([getattr(s, name) for name in CARE], axis=0) * s.placement_price,
        "early help": s.early_help,
        "other": s.other,
    }


CARE = ("care_short", "care_middle_first", "care_middle_second", "care_long")


def test_staff_cost_what_the_ledger_says_in_2016_and_have_risen_by_2024() -> None:
    """By 3 per cent a year from the middle of 2015-16: over 92 days to January 2016, and over
    eight years and 336 days to September 2024."""
    first = build([world(1, facts=facts())])
    for batch, years in ((first, 92 / 365.25), (late(), (8 * 365.25 + 336) / 365.25)):
        factor = 1.03**years
        now, years, p = batch.week.trends, batch.week.years, batch.p
        for name in ("staff_cost", "agency_cost", "agency_premium"):
            assert getattr(now, name) / years == pytest.approx(p[f"money.{name}"] * factor), name


def test_pay_before_2015_is_held_still() -> None:
    assert before_start(shifted(spend_year="2012-13")).prices == 0.0
    assert before_start(shifted(spend_year="2018-19")).prices == 3.0


@pytest.mark.parametrize("start", [NEW_YEAR, LATE])
def test_a_usual_year_costs_what_was_published(start: date) -> None:
    """Within 2 per cent for England: no councils' published parts are made to fit by more than
    the floor under the rest."""
    b = england(start)
    costs = opening_costs([world(r, start=start, days=35) for r in (1, 2)])
    england_all = sum(value.sum(axis=1) for value in costs.values())
    assert england_all == pytest.approx(b.spend_total.sum(), rel=0.02)
    assert costs["placements"].sum(axis=1) == pytest.approx(b.spend_looked_after.sum(), rel=0.01)
    assert costs["early help"].sum(axis=1) == pytest.approx(b.spend_early_help.sum(), rel=0.001)
    # The rest of what is spent is neither nothing nor most of it.
    assert 0.05 < (costs["other"].sum(axis=1) / england_all).max() < 0.2


def test_a_placement_costs_what_each_council_paid_in_2024() -> None:
    """One in eight places at the old ceiling would have been too cheap; one is beyond the new."""
    b = england(LATE)
    paid = b.spend_looked_after / np.maximum(b.children_looked_after, 1.0)
    assert (paid > 0.15).sum() > 5
    beyond = paid > 0.32
    assert beyond.sum() <= 2
    s, _ = begin(b, Parameters([world(1, start=LATE)]), SEED, [1], 7 / DAYS_A_YEAR)
    found = s.placement_price[0]
    own = ~beyond & (paid > 0.02)
    assert found[own] == pytest.approx(paid[own])


def test_practice_has_drifted_by_the_time_a_later_run_starts() -> None:
    """At a steady drift to the end of the fitted record, ebbing over five years after it; 2.17
    years before January 2016 at the same drift."""
    steady = (PRACTICE_RISES_TO - NEW_YEAR).days / 365.25
    ebbed = 5.0 * (1.0 - np.exp(-(LATE - PRACTICE_RISES_TO).days / 365.25 / 5.0))
    expected = 2.5 + 0.1 * (steady + ebbed)
    assert float(np.squeeze(late().week.trends.practice)) == pytest.approx(expected)
    first = build([world(1, facts=facts())])
    assert float(np.squeeze(first.week.trends.practice)) == pytest.approx(2.5)
    before = build([world(1, start=FIRST_START, days=35, facts=facts())])
    years = (NEW_YEAR - FIRST_START).days / 365.25
    assert float(np.squeeze(before.week.trends.practice)) == pytest.approx(2.5 - 0.1 * years)


def test_the_rise_of_practice_ebbs_after_the_record() -> None:
    """Ten years on it has risen as far as a trend that ebbs over five years takes it, step by
    step, and the anchor of a council that nothing else moves has gained as much."""
    p = late().p
    days = range(0, 3653, 7)
    rise = trends_of(p, before_start(england(LATE)), days, 7 / 365.25)
    since = (LATE - PRACTICE_RISES_TO).days / 365.25
    expected = 5.0 * np.exp(-since / 5.0) * (1.0 - np.exp(-(days[-1] + 7) / 365.25 / 5.0))
    assert rise.rise_step.sum() == pytest.approx(expected)
    assert rise.rise[-1] + rise.rise_step[-1] == pytest.approx(expected)
    assert rise.practice[-1] - rise.practice[0] == pytest.approx(0.1 * rise.rise[-1])


def test_trends_that_ebb_go_on_from_where_an_earlier_run_has_them() -> None:
    """Four years into a run from 2016, and as a run from 2020 starts, they have as much left."""
    p = late().p
    early = before_start(shifted(date=date(2016, 1, 1)))
    later = before_start(shifted(date=date(2020, 1, 1)))
    days = [0, 1461, 1461 + 730]
    whole, rest = trends_of(p, early, days, 0.02), trends_of(p, later, [0, 730], 0.02)
    for name in ("protection", "care", "care_pace"):
        path = getattr(whole, name)
        assert np.squeeze(path[2] / path[1]) == pytest.approx(np.squeeze(getattr(rest, name)[1]))
    assert np.squeeze(whole.practice[2]) == pytest.approx(np.squeeze(rest.practice[1]))


def test_runs_from_2013_to_2016_open_as_the_ledger_has_them() -> None:
    for day in (date(2013, 11, 1), NEW_YEAR):
        assert before_start(shifted(date=day)).trends == 0.0
