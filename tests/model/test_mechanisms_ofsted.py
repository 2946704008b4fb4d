"""Inspection: people, queues, what is known and what is hidden."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.simulation import Batch
from tests.helpers.small_england import build, institutions, world
from tests.helpers.variants import Variant, VariantRuns, but, rises

pytestmark = [pytest.mark.quick, pytest.mark.direction]


def delays(**facts: float) -> float:
    """Mean days that inspections of three years began past their due dates."""
    worlds = [world(k, days=1092, facts={n.replace("__", "."): v for n, v in facts.items()})
              for k in (1, 2)]  # fmt: skip
    batch = institutions(worlds)
    return float(np.mean([d for country in batch.countries for d in country.ofsted.delays]))


def test_leads_and_members_both_limit() -> None:
    """Too few leads or too few members: either makes inspections late."""
    usual = delays()
    assert delays(ofsted__lead_share=0.08) > usual
    assert delays(ofsted__lead_share=0.75) > usual


def test_information_ages() -> None:
    """What is known grows old while inspections are held back."""
    runs = VariantRuns({"pause": but("ofsted.capacity", 0.0)}, weeks=False)
    ages = {
        name: [
            country.ofsted.information_age(730.0)
            for country in runs.batch.countries[runs.rows(name)]
        ]
        for name in ("base", "pause")
    }
    # Two years older at the end of two years without inspections, less what was under way.
    assert all(paused > usual + 0.3 for usual, paused in zip(*ages.values(), strict=True))


def test_failure_hides_between_inspections() -> None:
    """Councils whose practice has fallen unseen are found only where somebody looks."""

    def fall(batch: Batch) -> None:
        fallen = batch.state.grade != 1
        batch.state.practice -= 0.8 * fallen
        batch.state.anchor -= 0.8 * fallen

    runs = VariantRuns({"pause": but("ofsted.capacity", 0.0)}, days=1092, prepare=fall)
    assert rises(runs.moved("hidden_failing_councils", "pause"))


def test_alarms_jump_the_queue() -> None:
    """Where inspectors are short, an inspection called by an alarm waits less than others."""
    worlds = [
        world(
            k,
            days=1456,
            events=True,
            facts={"ofsted.alarms_a_year": 4.0},
            ofsted__emergency_inspections=True,
            ofsted__trigger_sensitivity=5.0,
            ofsted__inspector_posts=28,
        )
        for k in (1, 2)
    ]
    called, usual = [], []
    for country in institutions(worlds).countries:
        by_id = {event.id: event for event in country.log.events}
        for event in country.log.events:
            if event.kind != "inspection began":
                continue
            cause = by_id.get(event.cause)
            alarm = cause is not None and cause.kind == "emergency inspection called"
            (called if alarm else usual).append(event.details["waited_days"])
    assert len(called) > 10
    assert np.mean(called) < np.mean(usual)


def test_preparation_takes_time() -> None:
    runs = VariantRuns(
        {"inspection": but("ofsted.preparation", 0.12), "failure": but(FAILURE, 0.03)},
        base=Variant(facts={"ofsted.preparation": 0.0, FAILURE: 0.0}),
    )
    assert rises(runs.moved("desk_time_share", "inspection"))
    assert rises(runs.moved("desk_time_share", "failure"))


FAILURE = "practice.failure_reporting"


def test_the_first_round_ends_late() -> None:
    """On 31 March 2017 councils were left to see; with many more inspectors hardly any."""
    left = {}
    for posts in (40, 400):
        batch = institutions([world(k, days=455, ofsted__inspector_posts=posts) for k in (1, 2)])
        left[posts] = (batch.state.grade == 0).sum(axis=1)
    assert (left[40] > 5).all()
    assert (left[400] < left[40]).all()


def test_practice_drifts() -> None:
    runs = VariantRuns(
        {"better": but("practice.national_drift", 0.12)},
        base=Variant(facts={"practice.national_drift": 0.0}),
    )
    assert rises(runs.shift("practice", "better").mean(axis=1))


def test_no_exit_before_reinspection() -> None:
    """A spell that begins in the run lasts at least as long as the wait for the next look,
    however well the service does meanwhile."""
    batch = build([world(k, days=1820) for k in (1, 2)])
    batch.state.practice[:] = 1.0
    result = batch.run()
    spells = [s for s in result.spells if s.started > 0 and s.ended is not None]
    assert len(spells) > 20
    assert min(s.ended - s.started for s in spells if s.ended is not None) > 365


def test_failing_again_goes_on_file() -> None:
    batch = institutions([world(k, days=1456, events=True) for k in (1, 2)])
    told = 0
    for country in batch.countries:
        by_id = {event.id: event for event in country.log.events}
        for event in country.log.events:
            if event.kind == "failure persisted":
                told += 1
                report = by_id[event.cause]
                assert report.details["grade"] == report.details["before"] == "inadequate"
    assert told > 0
