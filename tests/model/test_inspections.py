"""Ofsted: who inspects whom, when, and what inspectors see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim.inputs.policy.levers import LEVERS
from sim.inputs.policy.scenario import load_scenario
from sim.model.batch_result import BatchResult, Event
from sim.model.council import KeyGrades
from sim.model.institutions.interventions import progress
from sim.model.institutions.visits import MOST_VISITS, paused_between
from sim.model.settings import LeverValue
from sim.regimes import available
from tests.helpers.small_england import (
    MONTH,
    build,
    by_council,
    england,
    institutions,
    of,
    parameters,
    world,
)

pytestmark = pytest.mark.quick

CHECKED = {0: "none", 1: "inadequate", 2: "requires improvement", 3: "good", 4: "outstanding"}


def events_of(result: BatchResult, country: int) -> list[Event]:
    return [event for event in result.events if event.country == country]


def test_each_inspection_ends_in_one_judgement(five_years: BatchResult):
    p = parameters()
    for country in range(len(five_years.scenarios)):
        story = by_council(
            events_of(five_years, country), "inspection began", "judgement published"
        )
        for c, events in story.items():
            if england().fieldwork_start[c]:
                assert events.pop(0).kind == "judgement published"
            kinds = [event.kind for event in events]
            assert kinds[::2] == ["inspection began"] * len(kinds[::2])
            assert kinds[1::2] == ["judgement published"] * len(kinds[1::2])
            for began, published in zip(events[::2], events[1::2], strict=False):
                assert published.cause == began.id
                lag = published.day - began.day
                # Fieldwork of one to four weeks, then a report.
                assert p["ofsted.short_days"] < lag < p["ofsted.sif_days"] + 150


def test_reports_lag_fieldwork_by_about_seven_weeks(five_years: BatchResult):
    p = parameters()
    lags = []
    for country in range(len(five_years.scenarios)):
        by_id = {event.id: event for event in events_of(five_years, country)}
        for event in by_id.values():
            began = by_id.get(event.cause) if event.kind == "judgement published" else None
            if began is not None and began.kind == "inspection began" and began.day < 600:
                lags.append(event.day - began.day - p["ofsted.sif_days"])
    assert len(lags) > 200
    assert np.median(lags) == pytest.approx(p["ofsted.lag_days"], abs=4.0)


def test_the_single_framework_looks_again_only_at_failures():
    batch = institutions([world(k, days=2000, events=True) for k in (1, 2)])
    for country in batch.countries:
        for event in of(country.log.events, "judgement published", country.index):
            assert event.details["before"] in ("none", "inadequate")
        grade = batch.state.grade[country.index]
        assert (grade > 0).sum() > 140


def test_its_successor_looks_at_everyone_again():
    later = {1: {"ofsted.framework": "ILACS"}}
    batch = institutions([world(1, days=2000, later=later, ofsted__inspector_posts=80)])
    assert (batch.state.inspections[0] > 0).mean() > 0.97
    judged = england().grade > 1
    assert (batch.state.inspections[0, judged] > 0).mean() > 0.9


def test_teams_and_days_are_those_of_the_framework():
    p = parameters()
    sizes = {
        "SIF": {round(p["ofsted.sif_team"])},
        "ILACS": {round(p["ofsted.short_team"]), round(p["ofsted.standard_team"])},
    }
    for framework, teams in sizes.items():
        choice = {"ofsted__framework": framework}
        batch = institutions([world(1, days=1600, events=True, **choice)])
        began = of(batch.countries[0].log.events, "inspection began")
        assert {event.details["team"] for event in began} == teams


def test_inspectors_are_never_in_two_places():
    """Counted from the events: members in the field never exceed those who have served."""
    worlds = [world(k, days=1200, events=True) for k in range(1, 4)]
    batch = build(worlds)
    most = [0] * len(worlds)
    out = [[0] for _ in worlds]

    def watch():
        while True:
            batch.live_until(batch.env.now)
            for k, country in enumerate(batch.countries):
                members, leads = country.ofsted.members, country.ofsted.leads
                most[k] = max(most[k], members.capacity)
                out[k].append(members.capacity - members.free)
                # Posts fall by people leaving, never by recalling a team: a pool may be
                # overdrawn only while it serves nobody.
                assert members.free >= -3
                assert leads.free >= -3
                assert not (members.waiting and members.free >= 7)
            yield batch.env.timeout(1.0)

    batch.env.process(watch())
    batch.run_until(1200)
    p = parameters()
    for k, country in enumerate(batch.countries):
        change = np.zeros(1400)
        for event in of(country.log.events, "inspection began", k):
            change[event.day] += event.details["team"] - 1
            change[event.day + int(p["ofsted.sif_days"])] -= event.details["team"] - 1
        assert max(out[k]) <= most[k]
        assert np.cumsum(change).max() <= most[k] + 6  # days are whole in the events
        assert max(out[k]) >= 12  # busy enough to test anything


def test_posts_cut_go_as_inspectors_leave():
    later = {28: {"ofsted.inspector_posts": 10}}
    batch = build([world(1, days=2000, later=later)])
    ofsted = batch.countries[0].ofsted
    before = sum(ofsted.inspectors.staff.values())
    batch.run_until(60)
    assert sum(ofsted.inspectors.staff.values()) > 0.85 * before
    batch.run_until(2000)
    assert sum(ofsted.inspectors.staff.values()) < 0.6 * before
    assert ofsted.leads.capacity == ofsted.inspectors.available("lead")


@pytest.mark.theory
def test_vacancies_settle_where_recruits_match_leavers():
    """leave x staff = (posts - staff) / time to recruit."""
    p = parameters()
    months = p["ofsted.recruitment_months"]
    batch = build([world(k, days=6000, ofsted__inspector_posts=1000) for k in (1, 2, 3)])
    seen: list[float] = []

    def watch():
        while True:
            yield batch.env.timeout(28.0)
            batch.live_until(batch.env.now)
            if batch.env.now > 1000:
                seen.append(float(np.mean([n.ofsted.inspectors.vacancy for n in batch.countries])))

    batch.env.process(watch())
    batch.run_until(6000)
    leaving = p["ofsted.leave_rate"] * months / 12.0
    assert np.mean(seen) == pytest.approx(leaving / (1.0 + leaving), abs=0.01)


# -- between inspections -------------------------------------------------------------------


def grade_on(events: list[Event], c: int, day: float) -> int:
    """A council's grade at the end of a day, from the published judgements."""
    grade = int(england().grade[c])
    names = {name: number for number, name in CHECKED.items()}
    for event in events:
        if event.council == c and event.kind == "judgement published" and event.day <= day:
            grade = names[str(event.details["grade"])]
    return grade


def test_monitoring_visits_are_only_to_inadequate_councils(five_years: BatchResult):
    total = 0
    for country in range(len(five_years.scenarios)):
        events = events_of(five_years, country)
        judged = [event for event in events if event.kind == "judgement published"]
        for c, visits in by_council(events, "monitoring visit").items():
            total += len(visits)
            for visit in visits:
                # A report may come out on the last day of a visit.
                assert 1 in {grade_on(judged, c, visit.day), grade_on(judged, c, visit.day - 1)}
    assert total > 300


VISITED: dict[str, LeverValue] = {
    "ofsted__monitoring_visits": True,
    "ofsted__framework": "ILACS",
    "ofsted__inspector_posts": 500,
}


def series(events: Iterable[Event]) -> list[list[Event]]:
    """The monitoring visits that followed each report of the run that found a council inadequate,
    and the inspection that came after them, if any."""
    found: list[list[Event]] = []
    kinds = ("judgement published", "monitoring visit", "inspection began")
    for story in by_council(events, *kinds).values():
        there = False
        for event in story:
            if event.kind == "judgement published":
                there = event.details["grade"] == "inadequate"
                found += [[event]] if there else []
            elif there:
                found[-1].append(event)
    return found


def test_monitoring_visits_come_every_four_months_until_the_next_inspection_is_near():
    """The first after about five months, six at most (A16, A17); of one series numbered."""
    batch = institutions([world(1, days=2500, events=True, **VISITED)])
    p = parameters()
    firsts, gaps, lasts, most = [], [], [], 0
    for report, *after in series(batch.countries[0].log.events):
        visits = [event for event in after if event.kind == "monitoring visit"]
        assert [visit.details["number"] for visit in visits] == list(range(1, len(visits) + 1))
        most = max(most, len(visits))
        if visits:
            firsts.append(visits[0].day - report.day)
            gaps += np.diff([visit.day for visit in visits]).tolist()
            lasts += [e.day - visits[-1].day for e in after if e.kind == "inspection began"]
    assert min(len(firsts), len(gaps), len(lasts)) > 15
    assert most == MOST_VISITS
    assert np.median(firsts) == pytest.approx(p["ofsted.first_monitoring_days"], abs=2.0)
    usual = p["ofsted.monitoring_months"] * MONTH
    assert np.median(gaps) == pytest.approx(usual, rel=0.1)
    # No visit shortly before the inspection, as on record (117 days at the least).
    assert min(lasts) > 0.5 * usual
    assert np.median(lasts) > usual


def test_visits_before_the_run_are_counted():
    """A council judged a year before the start has had its first visits, and goes on from there."""
    place = england(date(2018, 4, 1))
    fields = {"grade": np.full(152, 3), "grade_date": np.full(152, place.date.toordinal() - 10)}
    fields["grade"][0], fields["grade_date"][0] = 1, place.date.toordinal() - 365
    fields |= {name: np.zeros(152, dtype=np.int64) for name in ("fieldwork_start", "fieldwork_end")}
    worlds = [world(k, start=place.date, days=400, events=True, **VISITED) for k in range(1, 8)]
    batch = institutions(worlds, councils_from=replace(place, **fields))
    firsts = [by_council(n.log.events, "monitoring visit")[0][0] for n in batch.countries]
    # After about 150, 275 and 400 days.
    assert np.median([visit.details["number"] for visit in firsts]) == 3
    assert 0 < np.median([visit.day for visit in firsts]) < 80


def test_a_reading_is_practice_with_noise():
    facts = {"ofsted.monitoring_noise": 0.4, "practice.judgement_shock": 0.0}
    batch = build([world(k, days=1200, events=True, facts=facts, **VISITED) for k in (1, 2, 3)])
    batch.state.practice[:] = 1.2
    batch.run_until(batch.days)
    errors = [
        reading - 1.2
        for country in batch.countries
        for case in country.department.cases.values()
        for _, reading in case.readings
    ]
    assert len(errors) > 100
    assert np.mean(errors) == pytest.approx(0.0, abs=3.0 * 0.4 / np.sqrt(len(errors)))
    assert np.std(errors) == pytest.approx(0.4, rel=0.15)
    told = of(batch.countries[0].log.events, "monitoring visit")
    case = next(iter(batch.countries[0].department.cases.values()))
    assert round(case.readings[-1][1], 2) in {event.details["reading"] for event in told}
    assert case.latest_reading() == case.readings[-1][1]
    assert case.latest_reading(since=case.readings[-1][0] + 1.0) is None


def gaps_to_next_report(
    practice: float, facts: Mapping[str, float] | None = None, **choices: LeverValue
) -> list[float]:
    """Years from each inadequate report of the run to the next report, where every council is
    seen once and the inadequate then have this practice."""
    facts = {"ofsted.monitoring_noise": 0.1, "practice.judgement_shock": 0.0, **(facts or {})}
    batch = build([world(k, days=2600, facts=facts, events=True, **{**VISITED, **choices})
                   for k in (1, 2)])  # fmt: skip
    batch.state.practice[:] = 1.0
    batch.run_until(500)
    batch.state.practice[:] = practice
    batch.run_until(batch.days)
    gaps = []
    for country in batch.countries:
        for story in by_council(country.log.events, "judgement published").values():
            reports = [e for e in story if e.details["grade"] == "inadequate" and 100 < e.day < 400]
            gaps += [
                (later.day - report.day) / 365.25
                for report in reports[:1]
                for later in story
                if later.day > report.day
            ][:1]
    assert len(gaps) > 30
    return gaps


def test_readings_of_progress_bring_the_inspection_forward():
    """Where practice is well above the line after the judgement, councils come again about two
    years and a quarter after it; where it is not, after the usual interval (A16)."""
    better, no_better = gaps_to_next_report(2.4), gaps_to_next_report(1.4)
    usual = float(LEVERS["ofsted.reinspection_years"].default)
    assert np.median(no_better) == pytest.approx(usual, abs=0.2)
    assert np.median(better) < np.median(no_better) - 0.3
    # Four visits at least, and no sooner than any on record (1.98 years; the ledger's range).
    assert min(better) > 1.7
    for without in (
        gaps_to_next_report(2.4, ofsted__monitoring_visits=False),
        gaps_to_next_report(2.4, {"ofsted.ready_visits": 7.0}),  # more than are made
    ):
        assert np.median(without) == pytest.approx(usual, abs=0.2)


def test_a_changed_interval_moves_those_who_wait():
    """From a day on, councils that failed before come again after the new interval, or at once
    where that is over."""
    again = {}
    for name, later in (("usual", {}), ("sooner", {400: {"ofsted.reinspection_years": 1.0}})):
        batch = institutions(
            [world(k, days=900, events=True, later=later, ofsted__inspector_posts=500)
             for k in (1, 2)]
        )  # fmt: skip
        again[name] = [
            event.day
            for country in batch.countries
            for event in of(country.log.events, "judgement published", country.index)
            if event.details["before"] == "inadequate"
        ]
    early = [sum(day <= 400 for day in days) for days in again.values()]
    assert early[0] == early[1]
    assert len(again["sooner"]) > 1.3 * len(again["usual"])


def test_the_test_of_progress_reads_the_visits_of_the_last_year():
    """The mean reading with the ledger's weight beside the department's own view; alone where
    the weight is 1, and no older than a year or the last report."""
    facts = {
        "department.reading_weight": 0.75,
        "department.progress_noise": 0.0,
        "department.progress_needed": 0.5,
    }
    (country,) = build([world(1, facts=facts, events=True)]).countries
    case = next(iter(country.department.cases.values()))
    case.practice_when_opened, case.judged = 1.0, -400.0
    case.council.practice = 1.2
    assert not progress(case)
    case.readings = [(-390.0, 9.0), (-100.0, 1.5), (-10.0, 1.7)]
    assert progress(case)  # 0.75 x 1.6 + 0.25 x 1.2 = 1.5
    case.judged = -50.0
    case.readings[-1] = (-10.0, 1.5)
    assert not progress(case)
    told = of(country.log.events, "progress tested")
    assert [event.details["reading"] for event in told] == [0.2, 0.5, 0.425]


def test_reports_come_from_the_first_weeks_of_a_run_from_september_2024():
    """Where the record does not say what was under way, those longest due are taken to be."""
    start = date(2024, 9, 1)
    scenario = load_scenario("as-practised-2024")
    worlds = [replace(world(k, days=1), timeline=scenario.timeline(), start=start,
                      end=date(2025, 9, 1), record_events=True) for k in range(1, 5)]  # fmt: skip
    batch = institutions(worlds)
    reports = [
        event.day
        for country in batch.countries
        for event in of(country.log.events, "judgement published", country.index)
    ]
    a_quarter = [len([d for d in reports if first <= d < first + 91]) / 4 for first in (0, 91, 182)]
    assert len([day for day in reports if day < 61]) / 4 == pytest.approx(8.0, abs=3.0)
    assert max(a_quarter) - min(a_quarter) < 7.0
    # What is known is kept to: on 1 January 2016 no more than the record has.
    (known,) = build([world(1)]).countries
    taken = {c for c, made in known.ofsted.appointments._next.items() if made.under_way}
    assert taken == set(np.flatnonzero(england().fieldwork_start))


def test_two_readings_without_progress_may_cost_the_director_the_post():
    """More directors leave, and those of failing councils only; with a multiple of one nobody."""
    blamed = {}
    for multiple in (1.0, 30.0):
        facts = {"director.reading_multiple": multiple, "ofsted.monitoring_noise": 0.0}
        batch = build([world(k, days=1500, events=True, facts=facts, **VISITED) for k in (1, 2)])
        batch.state.practice[:] = 1.2
        batch.run_until(batch.days)
        events = [event for country in batch.countries for event in country.log.events]
        visits = {(e.country, e.id) for e in events if e.kind == "monitoring visit"}
        blamed[multiple] = [
            e for e in events if e.kind == "director left" and (e.country, e.cause) in visits
        ]
    assert not blamed[1.0]
    assert len(blamed[30.0]) > 10


def test_without_the_lever_there_are_no_monitoring_visits():
    batch = institutions([world(1, days=700, events=True, ofsted__monitoring_visits=False)])
    assert not of(batch.countries[0].log.events, "monitoring visit")


@pytest.mark.data
def test_visits_as_recorded():
    """Focused visits a year from April 2022 (36 and 37), with councils overdue as they were, and
    monitoring visits for each year that a council was inadequate (48 published in 32 such years,
    which leaves out the first of each series; A14, A17)."""
    first, last = date(2021, 4, 1), date(2024, 4, 1)
    scenario = load_scenario("as-practised", start=first, years=3)
    worlds = [replace(world(k, days=1), timeline=scenario.timeline(), start=first, end=last,
                      record_events=True) for k in range(1, 7)]  # fmt: skip
    batch = institutions(worlds)
    since = (date(2022, 4, 1) - first).days
    focused = sum(
        event.day >= since
        for country in batch.countries
        for event in of(country.log.events, "focused visit", country.index)
    )
    assert focused / 12.0 == pytest.approx(36.5, abs=6.0)
    published, years = 0, 0.0
    for country in batch.countries:
        closed = [(case.opened, end) for case, end, _ in country.department.closed]
        still = [(case.opened, float(batch.days)) for case in country.department.cases.values()]
        years += sum(max(end - max(begun, since), 0.0) for begun, end in closed + still) / 365.25
        published += sum(
            event.day >= since and event.details["number"] > 1
            for event in of(country.log.events, "monitoring visit", country.index)
        )
    assert published / years == pytest.approx(1.5, abs=0.4)


def test_focused_visits_belong_to_the_later_framework(five_years: BatchResult):
    for country in range(len(five_years.scenarios)):
        events = events_of(five_years, country)
        visits = [event for event in events if event.kind == "focused visit"]
        assert visits
        assert min(visit.day for visit in visits) >= 731


# -- few leads, pauses and alarms --------------------------------------------------------------

PAUSE = {300: {"ofsted.capacity": 0.0}, 600: {"ofsted.capacity": 1.0}}


@pytest.mark.parametrize("framework", ["SIF", "ILACS"])
def test_nothing_begins_during_a_pause(framework: str):
    worlds = [
        world(
            k,
            days=900,
            events=True,
            later=PAUSE,
            ofsted__framework=framework,
            ofsted__monitoring_visits=True,
            regime__name=name,
        )
        for k, name in enumerate(sorted(available()), start=1)
    ]
    batch = institutions(worlds)
    p = parameters()
    prepared = 0.0 if framework == "SIF" else p["ofsted.preparation_days"]
    for country in batch.countries:
        began = [e.day for e in of(country.log.events, "inspection began", country.index)]
        # A team that was announced before the pause still comes.
        assert not [day for day in began if 300 + prepared < day < 600]
        assert [day for day in began if day <= 300]
        assert [day for day in began if day >= 600]
        for kind in ("monitoring visit", "focused visit"):
            days = [event.day for event in of(country.log.events, kind, country.index)]
            assert not [day for day in days if 300 + p["ofsted.visit_days"] < day < 600], kind


def begun_in(events: Iterable[Event], country: int, days: range) -> list[int]:
    """How many full inspections began in each stretch of days."""
    began = np.array([e.day for e in of(events, "inspection began", country)])
    return [int(((began >= day) & (began < day + days.step)).sum()) for day in days]


def test_a_small_share_of_time_lets_one_or_two_begin_a_quarter_for_ever():
    """One lead, whom an inspection takes for about seven weeks; failures are looked at first, and
    visits go on."""
    quarters = range(91, 1820, 91)
    worlds = [
        world(
            k,
            days=1820,
            events=True,
            ofsted__framework="ILACS",
            ofsted__capacity=share,
            ofsted__monitoring_visits=True,
        )
        for k in (1, 2)
        for share in (0.02, 0.1)
    ]
    for country in institutions(worlds).countries:
        events = country.log.events
        assert country.ofsted.leads.capacity == 1
        assert set(begun_in(events, country.index, quarters)) <= {1, 2, 3}
        again = of(events, "judgement published", country.index)[12:]  # after those under way
        assert np.mean([event.details["before"] == "inadequate" for event in again]) > 0.5
        for kind in ("monitoring visit", "focused visit"):
            assert len(of(events, kind, country.index)) > 20, kind


def test_leads_follow_the_share_of_their_time():
    """Rounded, but one as long as the share is not nothing; none without inspectors."""
    (country,) = build([world(1)]).countries
    inspectors, values = country.ofsted.inspectors, country.levers.values
    inspectors.staff["lead"] = 20  # 14 with time for councils
    for share, leads in ((1.0, 14), (0.5, 7), (0.17, 2), (0.01, 1), (0.0, 0)):
        country.levers.change({**values, "ofsted.capacity": share})
        inspectors.refresh()
        assert country.ofsted.leads.capacity == leads
    inspectors.staff["lead"] = 0
    country.levers.change({**values, "ofsted.capacity": 0.5})
    assert inspectors.available("lead") == 0


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_what_is_under_way_is_finished_whatever_the_share(share: float):
    batch = institutions([world(1, days=200, events=True, ofsted__capacity=share)])
    under_way = set(np.flatnonzero(england().fieldwork_start))
    published = of(batch.countries[0].log.events, "judgement published")
    assert {event.council for event in published if event.cause == 0} == under_way


def test_time_in_a_pause_does_not_count():
    """With more inspectors than anybody needs, what falls due after a pause of 200 days has begun
    comes 200 days later than without it; a team that is on its way prepares again."""
    many = {"ofsted__framework": "ILACS", "ofsted__inspector_posts": 1000}
    pause = {300: {"ofsted.capacity": 0.0}, 500: {"ofsted.capacity": 1.0}}
    worlds = [world(1, days=1200, events=True, later=later, **many) for later in ({}, pause)]
    batch = institutions(worlds)
    first = [
        {c: events[0].day for c, events in by_council(n.log.events, "inspection began").items()}
        for n in batch.countries
    ]
    prepared = parameters()["ofsted.preparation_days"]
    moved = 0
    for c, day in first[0].items():
        if day < 300:
            assert first[1][c] == day
        elif day < 300 + prepared:
            assert first[1][c] == 500 + prepared
        elif day < 980:
            assert first[1][c] - day in (199, 200, 201)  # days are whole in the events
            moved += 1
    assert moved > 10
    # Late by the pause, as a reader counts it.
    began = of(batch.countries[1].log.events, "inspection began", 1)
    late = [event.details["waited_days"] for event in began if event.day > 520]
    assert 199 <= np.median(late) <= 201


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2016-01-01", "2018-01-01", 0),  # before it
        ("2019-05-08", "2024-09-01", 391),  # all of it
        ("2020-12-01", "2024-09-01", 132),  # a report in the middle of it
        ("2019-05-08", "2020-04-01", 15),  # a start in the middle of it
        ("2022-02-11", "2024-09-01", 0),  # after it
    ],
)
def test_the_pause_before_a_start_does_not_count(since: str, until: str, days: int):
    first, last = (date.fromisoformat(day).toordinal() for day in (since, until))
    assert paused_between(first, last) == days


@pytest.mark.data
def test_failures_from_before_the_pause_are_not_all_overdue_after_it():
    """From April 2021 as practised: four councils left the grade in the year to March 2022, and
    the next eleven in the year after (A-T2)."""
    scenario = load_scenario("as-practised", start=date(2021, 4, 1), years=2)
    worlds = [replace(world(k, days=1), timeline=scenario.timeline(), start=scenario.start,
                      end=scenario.end, record_events=True) for k in range(1, 7)]  # fmt: skip
    again = [
        sum(event.details["before"] == "inadequate" for event in events if event.day < 365)
        for n in institutions(worlds).countries
        for events in [of(n.log.events, "judgement published", n.index)]
    ]
    assert 2 <= np.mean(again) <= 8


@pytest.mark.data
def test_inspections_as_they_restarted():
    """From 2018 as practised: none in the pause, one to three a quarter in the spring and summer
    of 2021, the usual 12 from October, and what was held back is not made up for (A26)."""
    scenario = load_scenario("as-practised", start=date(2018, 1, 1), years=6)
    worlds = [replace(world(k, days=1), timeline=scenario.timeline(), start=scenario.start,
                      end=scenario.end, record_events=True) for k in range(1, 7)]  # fmt: skip
    batch = institutions(worlds)

    def a_quarter(first: date, last: date) -> float:
        """Mean over the countries from one day to another."""
        days = [(day - scenario.start).days for day in (first, last)]
        stretch = range(days[0], days[1], days[1] - days[0])
        begun = [begun_in(one.log.events, one.index, stretch)[0] for one in batch.countries]
        return float(np.mean(begun)) / (stretch.step / 91.3)

    assert a_quarter(date(2020, 3, 17), date(2021, 4, 12)) == 0.0
    assert 1.0 <= a_quarter(date(2021, 4, 12), date(2021, 7, 1)) <= 3.0
    assert 1.0 <= a_quarter(date(2021, 7, 1), date(2021, 10, 1)) <= 3.0
    assert a_quarter(date(2021, 10, 1), date(2023, 4, 1)) == pytest.approx(77 / 6, abs=2.0)
    visits = [e for n in batch.countries for e in of(n.log.events, "monitoring visit", n.index)]
    spring = (date(2021, 4, 20) - scenario.start).days
    assert len([v for v in visits if spring < v.day < spring + 160]) > 6 * 10


def test_alarms_are_heard_only_where_emergency_inspections_are_allowed():
    loud = {"ofsted__trigger_sensitivity": 10.0}
    batch = institutions(
        [
            world(1, days=1500, events=True, **loud),
            world(1, days=1500, events=True, ofsted__emergency_inspections=True, **loud),
        ]
    )
    deaf, hears = (country.log.events for country in batch.countries)
    assert not of(deaf, "emergency inspection called")
    calls = of(hears, "emergency inspection called", 1)
    assert len(calls) > 10
    began = {event.cause: event for event in of(hears, "inspection began", 1) if event.cause}
    story = by_council(hears, "judgement published", "inspection began")
    for call in calls:
        inspection = began.get(call.id)
        if inspection is None:  # not yet: only near the end
            assert call.day > 1500 - 200
            continue
        assert inspection.council == call.council
        # The next thing that happens to this council is the inspection.
        following = [event for event in story[call.council] if event.id > call.id]
        assert following[0].id == inspection.id


def test_alarms_fall_on_weak_practice():
    batch = build([world(1, ofsted__emergency_inspections=True)])
    country = batch.countries[0]
    batch.state.practice[0] = 2.5
    batch.state.practice[0, :20] = 1.0
    batch.state.grade[0] = 2.0
    batch.state.director_settles[0] = 0.0
    batch.run_until(1e-6)
    weak = 0
    draws = np.linspace(0.001, 0.999, 400)
    for draw in draws:
        before = len(batch.countries[0].ofsted._calls)
        country.ofsted._alarm(float(draw))
        called = [c for c, call in country.ofsted._calls.items() if call.triggered]
        weak += sum(c < 20 for c in called)
        for c in called:
            country.ofsted._calls[c] = country.env.event()
        assert len(country.ofsted._calls) == before
    heavier = np.exp(parameters()["ofsted.alarm_focus"] * 1.5)
    expected = 20 * heavier / (20 * heavier + 132)
    assert weak / len(draws) == pytest.approx(expected, abs=0.08)


# -- what reports say ------------------------------------------------------------


def test_reports_lose_their_overall_grade_on_its_day():
    later = {900: {"ofsted.overall_grade": False}}
    batch = institutions([world(1, days=1600, events=True, later=later, ofsted__framework="ILACS")])
    (country,) = batch.countries
    numbers = {name: number for number, name in CHECKED.items()}
    last: dict[int, KeyGrades] = {}
    seen = {True: 0, False: 0}
    for event in of(country.log.events, "judgement published"):
        stands_in = event.details.get("stands_in", False)
        assert stands_in == (event.day >= 900)
        seen[stands_in] += 1
        if stands_in:
            named = str(event.details["key_judgements"]).split(", ")
            last[event.council] = keys = KeyGrades(*(numbers[name] for name in named))
            assert numbers[str(event.details["grade"])] == keys.overall
        else:
            assert "key_judgements" not in event.details
    assert min(seen.values()) > 20
    assert all(country.councils[c].key_grades == keys for c, keys in last.items())


def test_a_country_opens_with_the_key_judgements_of_the_last_report():
    (country,) = build([world(1)]).countries
    b = england()
    for c, council in enumerate(country.councils):
        assert council.key_grades == tuple(b.key_grades[c])
        if b.grade[c] == 0:
            assert council.key_grades == (0, 0, 0)
        elif b.grade[c] == 1 and all(council.key_grades):
            assert min(council.key_grades) == 1  # the worst decided (H4)
    unknown = (b.key_grades.min(axis=1) == 0) & (b.grade > 0)
    assert unknown.sum() <= 5
