"""Directors: how long they stay, what a failure does to them, who follows."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from sim.model.batch_result import BatchResult
from sim.model.simulation import Batch
from tests.helpers.small_england import (
    build,
    by_council,
    england,
    institutions,
    of,
    parameters,
    world,
)

pytestmark = pytest.mark.quick

YEAR = 365.25


@pytest.fixture(scope="module")
def quiet() -> Batch:
    """Eight years without trusts, and without departures after failure."""
    facts = {"director.failure_multiple": 1.0}
    return institutions([world(k, days=2922, events=True, facts=facts) for k in (1, 2)])


def test_every_appointment_ends_the_last_search(five_years: BatchResult):
    """An interim may go too, after a failure: the search then starts again."""
    for country in range(len(five_years.scenarios)):
        events = [event for event in five_years.events if event.country == country]
        for story in by_council(events, "director left", "director appointed").values():
            for before, event in pairwise(story):
                if event.kind == "director appointed" and "by" not in event.details:
                    assert (before.kind, before.id) == ("director left", event.cause)
                    assert before.day < event.day
                if before.kind == event.kind == "director left":
                    assert event.cause is not None  # only a failure sends an interim away


def test_changes_are_counted_once(five_years: BatchResult):
    changes = five_years.totals["directors_changed"] * five_years.days / YEAR
    for country in range(len(five_years.scenarios)):
        events = [event for event in five_years.events if event.country == country]
        left = [event for event in events if event.kind == "director left"]
        brought = [event for event in events if "by" in event.details]
        assert changes[country] == pytest.approx(len(left) + len(brought))


@pytest.mark.theory
def test_departures_come_at_the_rate_of_a_renewal_process(quiet: Batch):
    """One cycle is an exponential tenure and a lognormal search."""
    p = parameters()
    search = p["director.interim_months"] / 12.0 * math.exp(0.4**2 / 2.0)
    cycle = 1.0 / p["director.leave_rate"] + search
    for country in quiet.countries:
        count = len(of(country.log.events, "director left", country.index))
        expected = 152 * 8.0 / cycle
        assert abs(count - expected) < 4.0 * math.sqrt(expected)


@pytest.mark.theory
def test_a_search_takes_about_the_usual_time(quiet: Batch):
    months = []
    for country in quiet.countries:
        for story in by_council(country.log.events, "director left", "director appointed").values():
            months += [
                (came.day - left.day) / YEAR * 12.0
                for left, came in zip(story[::2], story[1::2], strict=False)
            ]
    assert len(months) > 250
    assert np.median(months) == pytest.approx(parameters()["director.interim_months"], rel=0.08)


def test_a_director_is_new_for_a_year(quiet: Batch):
    s, b = quiet.state, england()
    for country in quiet.countries:
        stories = by_council(country.log.events, "director left", "director appointed")
        for c in range(country.size):
            last = stories[c][-1] if c in stories else None
            if last is None:
                since = 2922 + b.date.toordinal() - b.director_since[c]
                new = since < YEAR
            else:
                new = last.kind == "director left" or 2922 - last.day <= YEAR
            assert (s.director_settles[country.index, c] > 2922.0) == new, c


def test_an_interim_is_worth_less_and_a_permanent_director_varies():
    batch = build([world(1, days=2922, events=True, facts={"support.peer_cover": 0.0})])
    p = parameters()
    while batch.env.now < 900:
        batch.run_until(batch.env.now + 90)
        stories = by_council(batch.countries[0].log.events, "director left", "director appointed")
        for c, story in stories.items():
            quality = batch.state.director_quality[0, c]
            if story[-1].kind == "director left":
                assert quality == -p["director.interim_cost"]
            else:
                assert quality == pytest.approx(story[-1].details["quality"], abs=0.006)


def test_a_failure_costs_directors_their_posts():
    """Paired: the same luck, but failure matters more or not at all."""
    worlds = [
        world(k, days=800, events=True, facts={"director.failure_multiple": multiple})
        for multiple in (1.0, 4.0)
        for k in range(1, 7)
    ]
    batch = institutions(worlds)
    left = [
        {event.council for event in of(country.log.events, "director left", country.index)}
        for country in batch.countries
    ]
    for calm, harsh, country in zip(left[:6], left[6:], batch.countries[6:], strict=True):
        failed = {event.council for event in country.log.events if event.kind == "failure began"}
        failed |= {
            event.council for event in country.log.events if event.kind == "failure persisted"
        }
        assert (harsh ^ calm) <= failed
        assert len(harsh & failed) >= len(calm & failed)
    assert sum(map(len, left[6:])) > sum(map(len, left[:6])) + 6


def test_a_trust_brings_its_own_leader(five_years: BatchResult):
    found = 0
    for country in range(len(five_years.scenarios)):
        events = [event for event in five_years.events if event.country == country]
        by_id = {event.id: event for event in events}
        opened = [e for e in events if e.kind == "trust opened" and e.day >= 0]
        brought = [e for e in events if e.details.get("by") == "trust"]
        assert [by_id[e.cause].id for e in brought] == [e.id for e in opened]
        assert [e.day for e in brought] == [e.day for e in opened]
        found += len(brought)
    assert found > 5
