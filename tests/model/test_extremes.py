"""The limits: none of something, practically unlimited, the smallest and the oddest country."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import numpy as np
import pytest

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.ledger import load_ledger
from sim.model.batch_result import BatchResult
from sim.model.simulation import Batch
from sim.model.state import STAGES
from sim.regimes import available
from tests.helpers.small_england import (
    NEW_YEAR,
    STILL,
    build,
    england,
    institutions,
    of,
    parameters,
    part,
    run,
    spells_of,
    world,
)

pytestmark = [
    pytest.mark.quick,
    pytest.mark.extreme,
    pytest.mark.filterwarnings("error::RuntimeWarning"),
]

# Totals that are means over things that may never have happened.
MAY_BE_EMPTY = {
    "median_months_to_exit",
    "exit_share_24m",
    "exit_share_36m",
    "reinspection_still_inadequate_share",
    "inspection_delay_months",
    "trust_setup_months",
}


def assert_sound(result: BatchResult) -> None:
    """No result is infinite, missing without reason, or of an impossible sign."""
    signed = {"overspend_share", "cost_transgression_gbp_m", "inspector_vacancy_rate"}
    for name, values in result.totals.items():
        if name not in MAY_BE_EMPTY:
            assert np.isfinite(values).all(), name
        if name not in signed:
            assert not (values < 0.0).any(), name
    for name, values in result.national.items():
        assert np.isfinite(values).all(), name
        if name not in signed:
            assert (values >= 0.0).all(), name
    for name, values in result.councils.items():
        assert np.isfinite(values[:, 1:]).all(), name


PREPARED = parameters()["ofsted.preparation_days"]


# -- inspectors ------------------------------------------------------------------------------


def test_without_inspectors_no_inspection_begins():
    result = run(
        [world(1, days=800, events=True, regime__name="takeover", ofsted__inspector_posts=0)]
    )
    for kind in ("inspection began", "judgement published", "monitoring visit", "focused visit"):
        assert not of(result.events, kind), kind
    assert result.totals["inspections_completed"] == 0.0
    assert (
        result.national["councils_inadequate"] == result.national["councils_inadequate"][0, 0]
    ).all()
    assert_sound(result)


def test_with_unlimited_inspectors_none_is_late():
    batch = institutions(
        [world(k, days=1500, events=True, ofsted__inspector_posts=5000) for k in (1, 2)]
    )
    for country in batch.countries:
        assert len(country.ofsted.delays) > 60
        assert max(country.ofsted.delays) == 0.0


def test_with_unlimited_inspectors_only_the_framework_and_a_pause_make_anyone_late():
    later = {
        500: {"ofsted.capacity": 0.0},
        700: {"ofsted.capacity": 1.0},
        900: {"ofsted.framework": "ILACS"},
    }
    batch = institutions(
        [
            world(k, days=2200, events=True, later=later, ofsted__inspector_posts=5000)
            for k in (1, 2)
        ]
    )
    for country in batch.countries:
        seen = 0
        grades: dict[int, str] = {}
        counts_from: dict[int, int] = {}
        for event in country.log.events:
            if event.kind == "judgement published":
                grades[event.council] = str(event.details["grade"])
                counts_from[event.council] = event.day
            if event.kind != "inspection began":
                continue
            waited, day = event.details["waited_days"], event.day
            prepares = day - PREPARED >= 900  # the later framework announces itself
            due = day - waited - (PREPARED if prepares else 0.0)
            grade = grades.get(event.council) or england().grade[event.council]
            # Time in the pause does not count towards the interval.
            since = max(counts_from.get(event.council, 0), 500)
            expected = max(700 - since, 0) if due >= 500 else 0
            if grade not in (0, 1, "inadequate"):  # the single framework looks once
                expected = max(expected, 900 - due)
            seen += 1
            assert waited == pytest.approx(expected, abs=2.0), event
        assert seen > 150


# -- children and staff ------------------------------------------------------------------------


def test_without_referrals_there_are_no_new_children():
    batch = build([world(1, days=1500)])
    batch.traits.new_referrals = batch.traits.new_referrals * 0.0
    batch.traits.return_rate = batch.traits.return_rate * 0.0
    before = batch.state.children_in_need.copy()
    result = batch.run()
    s = batch.state
    assert not s.referrals.any()
    assert (s.children_in_need <= before).all()
    assert s.children_in_need.sum() < 0.35 * before.sum()
    assert not s.waiting.any()
    assert not (s.assessment_first + s.assessment_second).any()
    assert_sound(result)
    assert (np.diff(result.national["children_in_need"][0]) <= 0.0).all()


def test_without_graduates_or_returners_the_workforce_only_shrinks():
    facts = {
        "workforce.graduates_a_year": 0.0,
        "workforce.returners_a_year": 0.0,
        "workforce.graduates_start": 0.0,
    }
    batch = build([world(1, days=1100, facts=facts, workforce__fast_track_places=0)])
    result = batch.run()
    assert batch.week.pools.trained.sum() == 0.0
    assert batch.week.pools.graduates.sum() == 0.0
    staff = result.national["social_workers_fte"][0]
    assert staff[-1] < 0.92 * staff[0]
    assert result.national["vacancy_rate"][0, -1] > result.national["vacancy_rate"][0, 0]
    assert_sound(result)


def test_nobody_leaves_is_not_a_crash():
    facts = {"workforce.leave_rate": 0.0, "workforce.agency_end": 0.0}
    assert_sound(run([world(1, days=457 + 366, facts=facts)]))


# -- government ----------------------------------------------------------------------------------


def none_of(*pools: str) -> dict[str, int]:
    return {f"pool__{name}": 0 for name in pools}


def test_without_sponsors_there_is_no_new_trust():
    nobody = none_of("sponsors_strong_council", "sponsors_charity", "sponsors_expert")
    result = run(
        [
            world(
                1,
                days=1500,
                events=True,
                regime__name="takeover",
                regime__grace_months=0.0,
                **nobody,
            )
        ]
    )
    opened = [event for event in of(result.events, "trust opened") if event.day >= 0]
    assert {england().names[event.council] for event in opened} == {"Sunderland"}
    assert not of(result.events, "takeover decided")
    assert len(of(result.events, "sponsor awaited")) > 5
    assert_sound(result)


def test_without_project_teams_no_new_trust_opens():
    batch = institutions(
        [
            world(
                1,
                days=1500,
                events=True,
                regime__name="takeover",
                regime__grace_months=0.0,
                **none_of("trust_project_teams"),
            )
        ]
    )
    assert batch.countries[0].department.trusts_opened == 1
    assert of(batch.countries[0].log.events, "takeover decided")


def test_without_commissioners_nothing_is_reviewed_or_directed():
    names = sorted(available())
    batch = institutions(
        [
            world(
                k,
                scenario=name,
                days=1500,
                events=True,
                regime__name=name,
                **none_of("commissioners"),
            )
            for k, name in enumerate(names, start=1)
        ]
    )
    for country in batch.countries:
        events = country.log.events
        n = country.index
        # Reviews that were under way on the start date are finished.
        found = {e.council for e in of(events, "commissioner review", n)}
        assert all(e.day < 0 for e in of(events, "commissioner review", n))
        assert found <= set(np.flatnonzero(england().commissioner_since > 0))
        assert not [e for e in of(events, "commissioner appointed", n) if e.day >= 0]
        assert {e.council for e in of(events, "takeover decided", n)} <= found
    waiting = batch.countries[names.index("commissioner")].department
    assert (
        waiting.commissioners.waiting == len([case for case in waiting.cases.values() if case.open])
        or waiting.commissioners.waiting > 10
    )


def test_without_peer_teams_nobody_is_lent():
    batch = institutions(
        [world(1, days=1200, events=True, regime__name="peer_support", **none_of("peer_teams"))]
    )
    began = of(batch.countries[0].log.events, "peer team began")
    assert [event for event in began if event.day >= 0] == []


@pytest.mark.parametrize("grace", [0.0, 36.0])
def test_grace_of_none_and_of_three_years(grace: float):
    result = run(
        [
            world(
                k,
                days=1300,
                events=True,
                regime__name="takeover",
                regime__grace_months=grace,
                regime__persistent_immediate=False,
            )
            for k in (1, 2)
        ]
    )
    assert_sound(result)
    for country in (0, 1):
        events = [event for event in result.events if event.country == country]
        by_id = {event.id: event for event in events}
        tests = of(events, "progress tested", country)
        reviews = of(events, "commissioner review", country)
        notices = {e.council: e.day for e in of(events, "notice issued", country)}
        assert tests
        first = [e.day - max(notices[e.council], 0) for e in tests]
        assert min(first) >= grace * 30 - 1
        if grace == 0.0:
            assert reviews
        assert all(by_id[e.cause].id < e.id for e in reviews)


def test_everyone_at_the_edge_of_failing_or_excellent():
    """All councils judged inadequate on the first day, or all outstanding."""
    b = england()
    yesterday = np.full(152, NEW_YEAR.toordinal() - 1)
    nothing = np.zeros(152, dtype=np.int64)
    for grade in (1, 4):
        edge = dataclasses.replace(
            b,
            grade=np.full(152, grade),
            grade_date=yesterday,
            first_inadequate_date=yesterday if grade == 1 else nothing,
            fieldwork_start=nothing,
        )
        worlds = [
            world(k, days=600, regime__name=name) for k, name in enumerate(sorted(available()))
        ]
        result = run(worlds, councils_from=edge)
        assert_sound(result)
        for country in range(len(worlds)):
            started = [s for s in spells_of(result, country) if s.started < 0]
            assert len(started) == (152 if grade == 1 else 0)


# -- small and odd countries -----------------------------------------------------------------------


@pytest.mark.parametrize("column", [None, 0], ids=["the smallest two", "one council"])
def test_a_country_of_one_or_two_councils(column: int | None):
    b = england()
    smallest = np.argsort(b.population)[:2]
    chosen = smallest if column is None else [column]
    result = run(
        [
            world(1, days=1200, regime__name="peer_support"),
            world(2, days=1200, regime__name="takeover"),
        ],
        councils_from=part(b, chosen),
    )
    assert_sound(result)


def test_city_of_london_and_isles_of_scilly_are_among_the_others():
    result = run([world(1, days=1200), world(2, days=1200)])
    for name in ("City of London", "Isles of Scilly"):
        c = england().names.index(name)
        for series, values in result.councils.items():
            assert np.isfinite(values[:, 1:, c]).all(), (name, series)
            assert not (values[:, 1:, c] < 0.0).any() or series == "overspend_share"
        assert (result.councils["caseload"][:, :, c] < 100.0).all()
        assert (result.councils["referrals"][:, 1:, c] < 200.0).all()


def nobody(b: Baseline, c: int) -> Baseline:
    """The same country where one council knows no child and employs nobody."""
    changed: dict[str, Any] = {}
    empty = (
        "referrals plans_started cla_started children_in_need protection_plans "
        "children_looked_after social_workers_fte agency_fte vacancy_fte spend_looked_after"
    )
    for name in empty.split():
        values = getattr(b, name).copy()
        values[c] = 0.0
        changed[name] = values
    return dataclasses.replace(b, **changed)


def test_a_council_without_children_or_staff_breaks_nothing():
    calm = {"casework.strain_on_closing": 0.0, "casework.strain_on_assessment": 0.0}
    worlds = [world(1, days=823, regime__name="takeover"), world(1, days=823, facts=calm)]
    assert_sound(run(worlds, councils_from=nobody(england(), 30)))


@pytest.mark.parametrize("start", [date(2013, 11, 1), date(2019, 1, 1)])
def test_the_first_and_the_last_start_date(start: date):
    assert_sound(
        run(
            [
                world(1, start=start, days=900, regime__name="takeover"),
                world(1, start=start, days=900, regime__name="as_practised"),
            ]
        )
    )


def all_at(end: str) -> dict[str, float]:
    return {name: getattr(entry, end) for name, entry in load_ledger().items()}


def test_every_parameter_at_the_end_of_its_range():
    worlds = [
        world(k, days=823, facts=all_at(end), regime__name=name)
        for k, end in enumerate(("low", "high"), start=1)
        for name in ("takeover", "as_practised")
    ]
    assert_sound(run(worlds))


def test_each_parameter_alone_at_the_end_of_its_range():
    """One country for each end of each range, through a spring."""
    few = part(england(), range(0, 152, 12))
    worlds = [
        world(1, days=120, facts={name: value}, regime__name="takeover")
        for name, entry in load_ledger().items()
        for value in (entry.low, entry.high)
    ]
    batch = build(worlds, councils_from=few)
    assert_sound(batch.run())
    for stage in STAGES:
        assert (getattr(batch.state, stage) >= 0.0).all()


def test_without_any_noise_practice_moves_smoothly():
    batch = build([world(1, days=364, facts={**STILL, "demand.tragedies_a_year": 0.0})])
    steps: list[np.ndarray] = []

    def watch(batch: Batch) -> Any:
        while True:
            batch.live_until(batch.env.now)
            steps.append(batch.state.practice[0].copy())
            yield batch.env.timeout(7)

    batch.env.process(watch(batch))
    batch.run()
    moved = np.abs(np.diff(steps, axis=0))
    shock = parameters()["practice.judgement_shock"]
    # A week of a drift that takes a year or two, or an inadequate judgement.
    assert (moved < 0.05 + shock).all()
    assert np.percentile(moved, 99) < 0.03
