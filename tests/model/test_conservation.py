"""Children, posts, people and pounds are neither made nor lost, in any council in any week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.model.simulation import Batch
from sim.model.state import CARE, PLANS, STAGES, State
from tests.helpers.small_england import YEAR, build, parameters, world

YEARS = 7.0 / 365.25
pytestmark = [pytest.mark.quick, pytest.mark.conservation]

POOLS = ("movers", "graduates", "agency", "out", "trained")
HEADINGS = (
    "staff",
    "agency",
    "placements",
    "early_help",
    "other",
    "support",
    "transition",
    "transaction",
    "transmutation",
    "overrun",
)


@dataclass
class Look:
    """The country at one moment: the arrays of the councils and of the pools."""

    state: State
    pools: dict[str, np.ndarray]

    @classmethod
    def at(cls, batch: Batch) -> Look:
        return cls(
            batch.state.copy(), {name: getattr(batch.week.pools, name).copy() for name in POOLS}
        )


@pytest.fixture(scope="module")
def year() -> list[Look]:
    """A year and a half of four countries, looked at just after each working week's step."""
    days = YEAR + 182
    batch = build(
        [
            world(1, days=days, regime__name="takeover", regime__grace_months=0.0),
            world(
                2,
                days=days,
                regime__name="peer_support",
                later={200: {"ofsted.framework": "ILACS"}},
            ),
            world(3, days=days, regime__name="commissioner", money__settlement_shift=-0.1),
            world(4, days=days, regime__name="as_practised", regime__transfer_any_rate=0.2),
        ]
    )
    looks = [Look.at(batch)]

    def watch() -> Iterator[Any]:
        yield batch.env.timeout(1e-6)
        while True:
            batch.live_until(batch.env.now)
            looks.append(Look.at(batch))
            yield batch.env.timeout(7)

    batch.env.process(watch())
    batch.run()
    assert len(looks) == days // 7 + 1
    return looks


def close(found: np.ndarray, expected: np.ndarray, by: float = 1e-9) -> bool:
    """Whether two arrays agree but for rounding errors."""
    return float(np.abs(found - expected).max()) <= by


def pairs(looks: list[Look]) -> Iterator[tuple[State, State]]:
    """Each week's state before and after, and the first and the last of all."""
    states = [look.state for look in looks]
    yield from pairwise(states)
    yield states[0], states[-1]


def test_children_come_by_referral_and_go_by_closure(year: list[Look]):
    for before, after in pairs(year):
        came = after.referrals - before.referrals
        went = after.no_action - before.no_action + after.closed - before.closed
        assert (after.children_in_need - before.children_in_need == came - went).all()


def test_children_looked_after_come_and_go_by_care_starting_and_ceasing(year: list[Look]):
    for before, after in pairs(year):
        started = after.care_started - before.care_started
        ceased = after.care_ceased - before.care_ceased
        assert (after.total(CARE) - before.total(CARE) == started - ceased).all()


def test_children_are_whole_and_never_fewer_than_none(year: list[Look]):
    for look in year:
        for stage in STAGES:
            children = getattr(look.state, stage)
            assert (children >= 0.0).all(), stage
            assert (children == np.floor(children)).all(), stage
    flows = ("referrals", "no_action", "closed", "assessed", "plans_started", "care_started")
    for before, after in pairs(year):
        for name in flows:
            assert (getattr(after, name) >= getattr(before, name)).all(), name


def test_every_child_in_need_is_in_one_stage(year: list[Look]):
    last = year[-1].state
    rest = [stage for stage in STAGES if stage not in CARE + PLANS]
    parts = last.total(CARE) + last.total(PLANS) + last.total(tuple(rest))
    assert (last.children_in_need == parts).all()


def test_funded_posts_are_held_or_vacant(year: list[Look]):
    """Where posts were cut or leavers replaced too well, staff in post exceed them for a while."""
    for look in year:
        s = look.state
        beyond = np.maximum(s.permanent - s.posts, 0.0)
        assert close(s.permanent + s.vacancies - beyond, s.posts)
        assert (s.vacancies >= 0.0).all()
    start = year[0].state
    assert close(start.permanent + start.vacancies, start.posts)


def test_nobody_is_recruited_beyond_the_posts(year: list[Look]):
    """Posts are funded in parts of a full-time equivalent and people come whole."""
    for before, after in pairwise([look.state for look in year]):
        joined = after.joined - before.joined
        # Posts change after the week's moves: the posts recruited for are those before.
        beyond = after.permanent - np.maximum(before.posts, after.posts)
        assert (beyond[joined > 0.0] < 1.0 + 1e-9).all()


def test_permanent_staff_join_and_leave(year: list[Look]):
    for before, after in pairs(year):
        joined, left = after.joined - before.joined, after.left - before.left
        assert close(after.permanent - before.permanent, joined - left)
        assert (joined >= 0.0).all()
        assert (left >= 0.0).all()


def test_everyone_who_left_is_somewhere(year: list[Look]):
    """Permanent, agency, between posts, or out of the profession; nobody new but by training."""

    def everyone(look: Look) -> np.ndarray:
        s, pools = look.state, look.pools
        at_work = (s.permanent + s.agency).sum(axis=1, keepdims=True)
        between = pools["movers"] + pools["graduates"] + pools["agency"]
        return at_work + between + pools["out"] - pools["trained"]

    people = everyone(year[0])
    assert (people > 20_000.0).all()
    for look in year:
        assert close(everyone(look), people, 1e-6)
        assert all((pool >= 0.0).all() for pool in look.pools.values())
    for before, after in pairwise(year):
        for name in ("out", "trained"):
            assert (after.pools[name] >= before.pools[name]).all()


def test_people_move_whole(year: list[Look]):
    for before, after in pairs(year):
        for name in ("experienced", "newly_qualified", "agency", "joined", "left"):
            moved = getattr(after, name) - getattr(before, name)
            assert close(moved, np.round(moved)), name
    for look in year:
        for name in ("experienced", "newly_qualified", "agency"):
            assert (getattr(look.state, name) >= 0.0).all(), name


def test_what_is_spent_has_come_from_somewhere(year: list[Look]):
    """Budget, grant, reserves, the rest of the council, exceptional support, and what the open
    year still owes."""
    for look in year:
        s = look.state
        income = s.income_budget + s.income_grant
        open_gap = (s.spend - s.opening_spend) - (income - s.opening_income)
        from_others = s.income_reserves + s.income_corporate + s.income_exceptional
        sources = income + from_others
        assert close(s.spend, sources + open_gap)
    last = year[-1].state  # two years have been closed: both sources have been drawn on
    assert np.abs(last.income_reserves).sum() > 0.0
    assert np.abs(last.income_corporate).sum() > 0.0


def test_reserves_fall_by_what_is_drawn(year: list[Look]):
    held = year[0].state.reserves
    for look in year:
        assert close(look.state.reserves + look.state.income_reserves, held)
        assert (look.state.reserves >= 0.0).all()


def test_spending_is_the_sum_of_its_headings(year: list[Look]):
    last = year[-1].state
    parts = sum(getattr(last, f"spend_{heading}") for heading in HEADINGS)
    assert last.spend == pytest.approx(parts, rel=1e-12)
    # Every heading has been spent on, or the identity says little.
    for heading in HEADINGS:
        if heading != "transmutation":
            assert getattr(last, f"spend_{heading}").sum() > 0.0, heading


def test_a_week_costs_a_week_of_each_yearly_rate(year: list[Look]):
    # From the second week: what is in place on the first day begins beside the first.
    for before, after in pairwise(year[1:]):
        s = after.state
        for line in ("support", "transition", "transaction", "transmutation"):
            spent = getattr(s, f"spend_{line}") - getattr(before.state, f"spend_{line}")
            assert close(spent, getattr(s, f"rate_{line}") * YEARS), line
        spent = s.spend_early_help - before.state.spend_early_help
        assert close(spent, s.early_help * YEARS)


def test_the_department_pays_its_share_of_what_is_not_contract(year: list[Look]):
    last = year[-1].state
    shared = last.spend_support + last.spend_transition + last.spend_transmutation
    share = parameters()["money.intervention_grant_share"]
    assert close(last.income_grant, shared * share)
