"""Money at the start: from the year whose spending was published to the first day's own year."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from sim.inputs.councils.baseline import Baseline
from sim.model.opening_state import begin
from sim.model.settings import CountrySettings, Parameters
from sim.model.simulation import Batch
from sim.model.state import State
from sim.units import DAYS_A_YEAR
from tests.helpers.small_england import (
    SEED,
    STILL,
    arrays,
    build,
    england,
    fingerprint,
    part,
    run,
    world,
)

pytestmark = pytest.mark.quick

APRIL = date(2022, 4, 1)  # the year published is 2021-22
AUTUMN = date(2024, 9, 1)  # 2023-24
SAME_YEAR = date(2016, 1, 1)  # 2015-16: its own year, as that of 2014-15 was not published
MONEY = ("budget", "reserves", "early_help_base", "other", "placement_price", "posts_change")

# One plan that a hand can follow: no luck, no savings, no spare money.
PLAIN = {
    **STILL,
    "money.budget_drift": 0.03,
    "money.pass_through": 0.5,
    "money.early_help_trend": -0.01,
    "money.early_help_on_budget": 0.2,
    "money.price_on_budget": 0.9,
    "money.inflation": 0.02,
    "money.placement_growth": 0.04,
    "money.other_on_budget": 1.5,
    "money.posts_growth": 0.02,
    "money.posts_on_rise": 0.3,
    "money.posts_on_vacancy": 0.0,
    "money.overspend_start": 0.05,
    "money.overspend_borne": 0.17,
    "money.spare_spent": 0.0,
}


def some(on: date, **changed: object) -> Baseline:
    return dataclasses.replace(part(england(on), range(0, 150, 15)), **changed)


def worlds(start: date, count: int, facts: Mapping[str, float] | None = None) -> list:
    return [world(r, start=start, days=400, facts=facts) for r in range(1, count + 1)]


def published(b: Baseline, countries: Sequence[CountrySettings]) -> State:
    """The opening state before any plan that was made since."""
    numbers = [one.replication for one in countries]
    return begin(b, Parameters(countries), SEED, numbers, 7 / DAYS_A_YEAR)[0]


def settled(b: Baseline, year: int) -> np.ndarray:
    return b.settlement_growth[:, list(b.settlement_years).index(year)]


@pytest.mark.parametrize(
    ("start", "year"),
    [(APRIL, 2022), (AUTUMN, 2024)],
    ids=["on 1 April", "in the middle of a year"],
)
def test_the_plan_of_the_april_gone_by_follows_the_rules_of_every_april(
    start: date, year: int
) -> None:
    """Budgets grow by 3 per cent and half of the settlement, other heads as that makes them, and
    places get dearer over half a year to April and the days since."""
    b = some(start)
    countries = worlds(start, 1, PLAIN)
    before, now = published(b, countries), build(countries, councils_from=b).state
    excess = 0.5 * settled(b, year)[None, :]
    assert (excess > 0.03).all()
    assert now.budget / before.budget == pytest.approx(1.03 + excess)
    assert now.reserves / before.reserves == pytest.approx(1.03 + excess)
    assert now.other / before.other == pytest.approx(1.02 + 1.5 * excess)
    assert now.early_help / before.early_help == pytest.approx(0.99 + 0.2 * excess)
    aged = 1.04 ** ((start - date(year - 1, 10, 1)).days / DAYS_A_YEAR)
    assert now.placement_price / before.placement_price == pytest.approx(
        (1.0 + 0.9 * excess) * aged
    )
    # Posts are those counted until the plan's change has come about.
    assert (now.posts == before.posts).all()
    assert (now.posts_base == before.posts_base).all()
    assert now.posts_change == pytest.approx(now.posts_base * (0.02 + 0.3 * excess))
    assert (now.spending_power == 1.0).all()
    assert (now.freeze == 0.0).all()


def test_money_of_the_first_day_s_own_year_is_left_as_published() -> None:
    """But for the price of a place, 92 days after the middle of the year."""
    b = some(SAME_YEAR)
    countries = worlds(SAME_YEAR, 2)
    before, now = published(b, countries), build(countries, councils_from=b).state
    for name in ("budget", "reserves", "early_help", "early_help_base", "other", "posts_change"):
        assert (getattr(now, name) == getattr(before, name)).all(), name
    growth = Parameters(countries)["money.placement_growth"]
    assert now.placement_price / before.placement_price == pytest.approx(
        np.broadcast_to((1.0 + growth) ** (92 / DAYS_A_YEAR), now.budget.shape)
    )


def test_a_start_on_1_april_has_the_spread_of_an_april_plan() -> None:
    """England's budgets differ between countries by what all share (0.02) and no more than a
    little beyond; single councils' by their own luck (0.04 and 0.02) as well."""
    b = england(APRIL)
    facts = {
        "money.budget_shared": 0.02,
        "money.budget_lasting": 0.04,
        "money.budget_passing": 0.02,
    }
    countries = worlds(APRIL, 60, facts)
    grown = np.log(build(countries, councils_from=b).state.budget) - np.log(
        published(b, countries).budget
    )
    assert 0.014 < np.std(grown.mean(axis=1)) < 0.026
    assert 0.038 < np.std(grown, axis=0).mean() < 0.060
    help_now = build(countries, councils_from=b).state.early_help
    assert np.std(np.log(help_now), axis=0).mean() > 0.08


def test_what_was_announced_after_the_start_changes_nothing_at_the_start() -> None:
    b = some(APRIL)
    growth = b.settlement_growth.copy()
    later = b.settlement_announced > APRIL.toordinal()
    assert later.any()
    growth[:, later] += 0.5
    told = dataclasses.replace(b, settlement_growth=growth)
    one, other = (build(worlds(APRIL, 2), councils_from=c).state for c in (b, told))
    for name in MONEY:
        assert (getattr(one, name) == getattr(other, name)).all(), name


def test_a_settlement_not_yet_announced_at_the_start_is_not_used() -> None:
    """Its year has begun, but what it brings is assumed, as in any other year."""
    b = some(APRIL)
    announced = b.settlement_announced.copy()
    announced[list(b.settlement_years).index(2022)] = APRIL.toordinal() + 1
    facts = {**PLAIN, "money.settlement_after": 0.06}
    countries = worlds(APRIL, 1, facts)
    late = dataclasses.replace(b, settlement_announced=announced)
    now = build(countries, councils_from=late).state
    assert now.budget / published(b, countries).budget == pytest.approx(
        np.full((1, len(b.codes)), 1.03 + 0.5 * 0.06)
    )


def test_no_lever_has_moved_what_was_planned_before_the_start() -> None:
    moved = {
        "money__settlement_shift": 0.05,
        "money__early_help_shift": 0.5,
        "money__placement_growth_shift": 0.05,
        "money__demand_indexed": 1.0,
        "workforce__pay_shift": 0.1,
    }
    b = some(AUTUMN)
    batch = build([world(1, start=AUTUMN), world(1, start=AUTUMN, **moved)], councils_from=b)
    for name in (*MONEY, "early_help"):
        one, other = getattr(batch.state, name)
        assert (one == other).all(), name


@pytest.mark.parametrize("start", [APRIL, AUTUMN])
def test_a_country_opens_and_goes_on_alike_in_any_batch(start: date) -> None:
    b = some(start)
    three = [
        world(r, start=start, days=56, facts={"money.budget_drift": 0.02 + r / 1000})
        for r in (1, 2, 3)
    ]
    together = run([three[k] for k in (2, 0, 1)], councils_from=b)
    alone = run([three[0]], councils_from=b)
    assert fingerprint(together, 1) == fingerprint(alone, 0)
    assert any(values.any() for _, values in arrays(alone, 0))


@pytest.mark.parametrize("start", [APRIL, AUTUMN])
def test_pounds_balance_from_a_rolled_opening(start: date) -> None:
    """After two closed years all that was spent has come from somewhere."""
    end = start + timedelta(days=790)
    batch: Batch = build(
        [dataclasses.replace(one, end=end) for one in worlds(start, 2)], councils_from=some(start)
    )
    held = batch.state.reserves.copy()
    batch.run()
    s = batch.state
    income = s.income_budget + s.income_grant
    open_gap = (s.spend - s.opening_spend) - (income - s.opening_income)
    sources = income + s.income_reserves + s.income_corporate + s.income_exceptional
    assert s.spend == pytest.approx(sources + open_gap, rel=1e-9)
    assert s.reserves + s.income_reserves == pytest.approx(held, rel=1e-9)
    assert (s.spend > 0.0).all()
