"""The department's pools are finite: who waits, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.model.institutions.department import Department
from sim.model.simulation import Batch
from sim.regimes import available
from tests.helpers.small_england import MONTH, build, by_council, of, world

pytestmark = pytest.mark.quick

SCARCE = {
    "supply.commissioners": 2.0,
    "supply.peer_teams": 2.0,
    "supply.sponsors_strong_council": 1.0,
    "supply.sponsors_charity": 0.0,
    "supply.sponsors_expert": 1.0,
    "supply.project_teams": 1.0,
    "supply.growth": 0.0,
}
DAYS = 1600


def pools(department: Department) -> dict[str, Any]:
    return {
        "commissioners": department.commissioners,
        "project teams": department.project_teams,
        "peer teams": department.peer_teams,
        **department.sponsors,
    }


def waits(department: Department) -> list[float]:
    """Days of every wait that is over, in all queues."""
    return [days for queue in department.waits.values() for days in queue]


@pytest.fixture(scope="module")
def batch() -> Batch:
    """Every regime with too little of everything; each day's use is checked on the way."""
    worlds = [
        world(1, scenario=name, days=DAYS, events=True, regime__name=name, facts=SCARCE)
        for name in sorted(available())
    ]
    built = build(worlds)
    built.busiest = [dict.fromkeys(pools(n.department), 0) for n in built.countries]

    def watch() -> Iterator[Any]:
        while True:
            built.live_until(built.env.now)
            for country, most in zip(built.countries, built.busiest, strict=True):
                for name, pool in pools(country.department).items():
                    assert 0 <= pool.free <= pool.capacity, name
                    if pool.waiting:
                        assert pool.free == 0, name
                    most[name] = max(most[name], pool.capacity - pool.free)
            yield built.env.timeout(1.0)

    built.env.process(watch())
    built.run_until(DAYS)
    return built


def test_what_is_needed_counts_those_in_use_and_awaited(batch: Batch):
    """And what there is, is what the ledger says."""
    there = {"commissioner": 2, "sponsor": 2, "peer team": 2, "project team": 1}
    of_regime: dict[str, dict[str, int]] = {}
    for country, most in zip(batch.countries, batch.busiest, strict=True):
        department = country.department
        supply, used = (
            department.supply,
            {
                "commissioner": most["commissioners"],
                "peer team": most["peer teams"],
                "project team": most["project teams"],
                "sponsor": max(most[kind] for kind in department.sponsors),
            },
        )
        needed = {queue: supply.needed(queue) for queue in there}
        assert {queue: supply.existing(queue) for queue in there} == there
        for queue, least in used.items():
            assert needed[queue] >= least, queue
            # A team may be there while no council can lend it, so that none is short.
            if department.waiting_years(queue) > 0.0 and queue != "peer team":
                assert needed[queue] > there[queue], queue
        of_regime[country.settings.scenario] = needed
        # One is lent on the first day (Hampshire, to the Isle of Wight).
        assert (department.lenders.most > 1) == (needed["peer team"] + needed["sponsor"] > 0)
    assert set(of_regime["no_intervention"].values()) == {0}
    assert of_regime["commissioner"]["commissioner"] > 2
    assert of_regime["peer_support"]["peer team"] > 2


def test_a_lever_adds_to_what_is_there_and_not_to_what_exists():
    (country,) = build([world(1, days=10, pool__commissioners=5, facts=SCARCE)]).countries
    assert country.department.commissioners.capacity == 7
    assert country.department.supply.existing("commissioner") == 2


def test_pools_are_never_overdrawn_and_are_used_up(batch: Batch):
    """The watch asserts the first half on every day."""
    by_name = {
        n.settings.scenario: most for n, most in zip(batch.countries, batch.busiest, strict=True)
    }
    assert by_name["commissioner"]["commissioners"] == 2
    assert by_name["takeover"]["strong council"] == 1
    assert by_name["takeover"]["expert"] == 1
    assert by_name["takeover"]["charity"] == 0
    assert by_name["takeover"]["project teams"] == 1
    assert by_name["peer_support"]["peer teams"] == 2
    assert set(by_name["no_intervention"].values()) == {0}


def test_those_who_wait_are_told_of_and_the_wait_is_counted(batch: Batch):
    awaited = {
        "commissioner": "commissioner awaited",
        "takeover": "sponsor awaited",
        "peer_support": "peer team awaited",
    }
    for country in batch.countries:
        kind = awaited.get(country.settings.scenario)
        if kind:
            assert len(of(country.log.events, kind, country.index)) > 3
            still = any(pool.waiting for pool in pools(country.department).values())
            assert still or max(waits(country.department)) > 60.0
        assert all(wait >= 0.0 for wait in waits(country.department))


def test_commissioners_in_post_from_the_events(batch: Batch):
    country = next(n for n in batch.countries if n.settings.scenario == "commissioner")
    change = np.zeros(DAYS + 1)
    for story in by_council(
        country.log.events, "commissioner appointed", "commissioner left"
    ).values():
        for event in story:
            if event.kind == "commissioner appointed" and event.day >= 0:
                change[event.day] += 1
                ends = [e.day for e in story if e.cause == event.id]
                if ends:
                    change[ends[0]] -= 1
    assert np.cumsum(change).max() == 2


def test_a_longer_list_of_leaders_shortens_the_wait():
    worlds = [
        world(
            k,
            days=1200,
            facts={"supply.growth": 0.0, "supply.commissioners": size},
            regime__name="commissioner",
        )
        for size in (2.0, 8.0, 50.0)
        for k in (1, 2, 3)
    ]
    batch = build(worlds)
    batch.run_until(1200)
    served = np.array([len(waits(n.department)) for n in batch.countries]).reshape(3, 3).sum(axis=1)
    waited = [
        np.mean([w for n in batch.countries[3 * k : 3 * k + 3] for w in waits(n.department)])
        for k in range(3)
    ]
    assert served[0] < served[1] < served[2]
    assert waited[1] > waited[2] == 0.0


def test_a_pool_grows_while_somebody_waits():
    """And only that one: a quarter of the yearly growth each quarter, in whole people."""
    few = {"supply.commissioners": 2.0, "supply.growth": 0.5}
    batch = build([world(1, days=1200, facts=few, regime__name="commissioner")])
    department = batch.countries[0].department
    batch.run_until(90)
    assert department.commissioners.capacity == 2
    batch.run_until(1200)
    grown = round(2.0 * 1.125**13)
    assert 4 <= department.commissioners.capacity <= grown
    assert department.peer_teams.capacity == 8


def test_waits_that_go_on_are_counted():
    few = {"supply.commissioners": 1.0, "supply.growth": 0.0}
    batch = build([world(1, days=700, facts=few, regime__name="commissioner")])
    batch.run_until(700)
    department = batch.countries[0].department
    over = sum(department.waits["commissioner"]) / 365.25
    waiting = department.commissioners.waiting
    assert waiting > 5
    assert department.waiting_years("commissioner") > over + 0.2 * waiting
    for queue in ("sponsor", "peer team", "project team"):
        assert department.waiting_years(queue) == 0.0


def test_the_levers_add_to_what_is_believed():
    facts = {"supply.peer_teams": 7.6, "supply.sponsors_charity": 0.4}
    added = {
        "pool__commissioners": 4,
        "pool__trust_project_teams": 2,
        "pool__peer_teams": 3,
        "pool__sponsors_strong_council": 5,
        "pool__sponsors_charity": 1,
        "pool__sponsors_expert": 2,
    }
    department = build([world(1, facts=facts, **added)]).countries[0].department
    sizes = {name: pool.capacity for name, pool in pools(department).items()}
    assert sizes == {
        "commissioners": 10,
        "project teams": 5,
        "peer teams": 11,
        "strong council": 11,
        "charity": 1,
        "expert": 4,
    }


def test_one_leader_may_serve_several_councils():
    batch = build([world(1, regime__leader_sites=3, facts={"supply.commissioners": 2.0})])
    assert batch.countries[0].department.commissioners.capacity == 6
    # but not set up several trusts
    assert batch.countries[0].department.project_teams.capacity == 3


def test_more_commissioners_are_put_to_work_on_the_day():
    later = {400: {"pool.commissioners": 30}}
    few = {"supply.commissioners": 2.0, "supply.growth": 0.0}
    batch = build(
        [
            world(
                1,
                days=500,
                events=True,
                regime__name="commissioner",
                later=later,
                facts=few,
            )
        ]
    )
    batch.run_until(500)
    country = batch.countries[0]
    came = [e.day for e in of(country.log.events, "commissioner appointed") if e.day >= 0]
    assert len([day for day in came if day < 400]) <= 4
    assert len([day for day in came if day == 400]) >= 8
    assert country.department.commissioners.waiting == 0


def test_a_case_that_ends_leaves_the_queue(batch: Batch):
    for country in batch.countries:
        department = country.department
        waiting = sum(pool.waiting for pool in pools(department).values())
        assert waiting <= len(department.cases) + department.project_teams.waiting
        for case, ended, _ in department.closed:
            assert not case.open
            assert ended >= case.opened
            assert department.cases.get(case.council.index) is not case


def test_a_review_takes_months(batch: Batch):
    country = next(n for n in batch.countries if n.settings.scenario == "takeover")
    events = country.log.events
    reviews = by_council(events, "commissioner review", "sponsor found", "sponsor awaited")
    gaps = [
        (after.day - review.day) / MONTH
        for story in reviews.values()
        for review, after in pairwise(story)
        if review.kind == "commissioner review" and after.kind != "commissioner review"
    ]
    assert len(gaps) > 8
    assert min(gaps) > 2.0
    assert np.median(gaps) == pytest.approx(6.8, abs=2.0)
