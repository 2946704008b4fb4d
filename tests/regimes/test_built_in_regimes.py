"""What each built-in regime does about a failing council, and when."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from sim.model.batch_result import Event
from sim.model.england import England
from sim.model.settings import LeverValue
from tests.helpers.small_england import (
    MONTH,
    by_council,
    england,
    institutions,
    of,
    parameters,
    world,
)

pytestmark = pytest.mark.quick

DECIDED = ("takeover decided", "transfer agreed")
PLENTY: dict[str, LeverValue] = {
    "pool__commissioners": 50,
    "pool__sponsors_strong_council": 50,
    "pool__trust_project_teams": 50,
    "pool__peer_teams": 100,
    "regime__takeover_prefers": "new company",
}


def countries(name: str, *, days: int = 1500, count: int = 3, **options: object) -> list[England]:
    choices = {**PLENTY, "regime__name": name, **options}
    worlds = [world(k, days=days, events=True, **choices) for k in range(1, count + 1)]
    return institutions(worlds).countries


def spells(country: England) -> Iterator[tuple[bool, list[Event]]]:
    """Each spell that began in the run: whether the failure was a persistent one, and its
    events from the judgement to the exit."""
    kinds = {event.kind for event in country.log.events}
    for story in by_council(country.log.events, *kinds).values():
        current: list[Event] | None = None
        for event in story:
            if event.kind == "failure began" and event.day >= 0:
                current = [event]
            elif current is not None:
                current.append(event)
                if event.kind == "failure ended":
                    yield bool(current[0].details["persistent"]), current
                    current = None
        if current is not None:
            yield bool(current[0].details["persistent"]), current


def first(story: list[Event], *kinds: str) -> Event | None:
    return next((event for event in story if event.kind in kinds), None)


# -- takeover --------------------------------------------------------------------------------------


@pytest.mark.parametrize("grace", [3.0, 6.0, 12.0])
def test_takeover_gives_a_period_of_grace(grace: float):
    tested = reviewed = 0
    for country in countries("takeover", regime__grace_months=grace):
        for persistent, story in spells(country):
            notice, test = first(story, "notice issued"), first(story, "progress tested")
            review = first(story, "commissioner review")
            if persistent or notice is None:
                continue
            if test is not None:
                tested += 1
                assert test.day - notice.day == pytest.approx(grace * MONTH, abs=1.5)
            if review is not None:
                reviewed += 1
                assert review.day - notice.day >= grace * MONTH - 1.5
                assert test is not None
    assert tested > 8
    assert reviewed > 2


def test_who_passes_the_test_is_tested_again_and_who_fails_is_reviewed():
    passes = fails = 0
    even = {"department.progress_needed": 0.0}
    for country in countries("takeover", days=2000, facts=even):
        for persistent, story in spells(country):
            steps = [
                e
                for e in story
                if e.kind
                in (
                    "progress tested",
                    "commissioner review",
                    "failure ended",
                    "direction issued",
                    "failure persisted",
                )
            ]
            if persistent or any(step.kind == "failure persisted" for step in steps):
                continue
            for step, following in pairwise(steps):
                if step.kind != "progress tested":
                    continue
                if step.details["passed"]:
                    passes += 1
                    assert following.kind in ("progress tested", "failure ended")
                    gap = following.day - step.day
                    assert gap <= 6 * MONTH + 1.5
                else:
                    fails += 1
                    assert following.kind in ("direction issued", "failure ended")
                    assert following.day == step.day or following.kind == "failure ended"
    assert passes > 3
    assert fails > 3


def test_a_record_of_failure_goes_straight_to_the_review():
    immediate = 0
    for country in countries("takeover", regime__persistent_window_years=20.0, count=4):
        for persistent, story in spells(country):
            if not persistent:
                continue
            notice, review = first(story, "notice issued"), first(story, "commissioner review")
            if notice is None or review is None:
                continue
            immediate += 1
            assert review.day - notice.day <= 1
            test = first(story, "progress tested")
            assert test is None or test.day >= review.day
    assert immediate > 3


def test_a_record_counts_only_within_its_window_and_only_if_it_counts():
    for country in countries("takeover", regime__persistent_window_years=0.0):
        assert not any(persistent for persistent, _ in spells(country))
    for country in countries(
        "takeover", regime__persistent_window_years=20.0, regime__persistent_immediate=False
    ):
        for _, story in spells(country):
            review = first(story, "commissioner review")
            if review is not None:
                test = first(story, "progress tested")
                assert test is not None
                assert test.day <= review.day


def test_a_takeover_follows_a_review_and_a_sponsor():
    seen = 0
    for country in countries("takeover", days=1800):
        for _, story in spells(country):
            decided = first(story, *DECIDED)
            if decided is None:
                continue
            seen += 1
            kinds = [event.kind for event in story[: story.index(decided)]]
            for before in ("notice issued", "direction issued", "commissioner review"):
                assert before in kinds
            assert kinds.index("commissioner review") < kinds.index("sponsor found")
    assert seen > 10


def test_a_service_already_with_a_trust_is_not_taken_over_again():
    with_trust = np.flatnonzero((england().trust_since > 0) | (england().trust_decided > 0))
    for country in countries("takeover", regime__grace_months=0.0, days=900):
        for c in with_trust:
            events = [event for event in country.log.events if event.council == c]
            back = [event.day for event in events if event.kind == "service returned"]
            decided = [event.day for event in events if event.kind in DECIDED]
            assert all(day >= min(back, default=np.inf) for day in decided)


def test_while_new_trusts_are_stopped_a_commissioner_directs():
    stopped = 0
    for country in countries("takeover", regime__new_trusts_allowed=False):
        assert not [event for event in country.log.events if event.kind in DECIDED]
        came = of(country.log.events, "commissioner appointed", country.index)
        stopped += len([event for event in came if event.day >= 0])
    assert stopped > 10


# -- the others ------------------------------------------------------------------------------------


def test_no_intervention_does_nothing():
    theirs = {
        *("notice issued", "adviser appointed", "progress tested", "commissioner review"),
        *("commissioner awaited", "peer team awaited", "sponsor awaited", "direction issued"),
        *DECIDED,
    }
    for country in countries("no_intervention"):
        assert not [event for event in country.log.events if event.kind in theirs]
        for kind in ("commissioner appointed", "peer team began"):
            assert all(event.day < 0 for event in of(country.log.events, kind, country.index))
        assert country.department.trusts_opened == 1  # Sunderland's, decided before
        assert not any(country.department.waits.values())


def test_a_commissioner_stays_until_the_exit():
    stays = 0
    for country in countries("commissioner", days=2000):
        for _, story in spells(country):
            came, left = first(story, "commissioner appointed"), first(story, "commissioner left")
            ended = story[-1] if story[-1].kind == "failure ended" else None
            notice = first(story, "notice issued")
            if came is None or notice is None:
                continue
            stays += 1
            assert came.day == notice.day  # nobody waits where there are plenty
            assert sum(event.kind == "commissioner appointed" for event in story) == 1
            assert left is None or (ended is not None and left.day >= ended.day)
        assert not [event for event in country.log.events if event.kind in DECIDED]
    assert stays > 15


@pytest.mark.parametrize("after", [0.0, 5.0])
def test_a_commissioner_leaves_some_months_after_the_exit(after: float):
    left = 0
    facts = {"control.after_months": after}
    for country in countries("commissioner", days=2000, facts=facts):
        for story in by_council(country.log.events, "commissioner left", "failure ended").values():
            ends = [event.day for event in story if event.kind == "failure ended"]
            for event in story:
                began = next(e for e in country.log.events if e.id == event.cause)
                if event.kind == "commissioner left" and began.day >= 0:
                    left += 1
                    assert min(abs(event.day - day - after * MONTH) for day in ends) < 1.5
    assert left > 5


def test_peer_support_sends_one_team_after_another():
    teams = 0
    for country in countries("peer_support", days=2200):
        for _, story in spells(country):
            turns = [e.kind for e in story if e.kind in ("peer team began", "peer team left")]
            teams += len(turns)
            assert turns[::2] == ["peer team began"] * len(turns[::2])
            assert turns[1::2] == ["peer team left"] * len(turns[1::2])
        assert not of(country.log.events, "commissioner review", country.index)
    assert teams > 15


def test_ad_hoc_leaves_about_half_with_an_adviser_only():
    p = parameters()
    advised = followed = 0
    for country in countries("ad_hoc", days=3000, count=4):
        for _, story in spells(country):
            if first(story, "adviser appointed") is None or story[0].day > 1200:
                continue
            advised += 1
            followed += first(story, "commissioner review") is not None
    assert advised > 25
    # Some of those chosen are out before their turn comes.
    assert 0.15 < followed / advised <= p["department.ad_hoc_share"] + 0.15


def test_as_practised_waits_for_two_missed_reviews():
    seen = 0
    for country in countries("as_practised", days=2500):
        for persistent, story in spells(country):
            direction = first(story, "direction issued")
            if persistent or direction is None or first(story, "failure persisted"):
                continue
            tests = [e for e in story if e.kind == "progress tested" and e.id < direction.id]
            if len(tests) < 2:
                continue
            seen += 1
            assert not tests[-1].details["passed"]
            assert not tests[-2].details["passed"]
            gaps = np.diff([event.day for event in tests])
            assert gaps == pytest.approx(6 * MONTH, abs=1.5)
    assert seen > 5


def test_as_practised_mostly_ends_in_a_commissioner():
    routes = {"trust": 0, "peer": 0, "commissioner": 0}
    for country in countries("as_practised", days=2500, count=12):
        for case, _, _ in country.department.closed:
            if case.opened >= 0.0 and case.route in routes:
                routes[case.route] += 1
        for case in country.department.cases.values():
            if case.opened >= 0.0 and case.route in routes:
                routes[case.route] += 1
    assert sum(routes.values()) > 20
    assert routes["commissioner"] > routes["trust"]
    assert routes["trust"] > 0
