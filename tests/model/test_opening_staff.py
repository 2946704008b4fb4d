"""Staff as last counted, carried forward to the start date with what may have changed since."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pytest

from sim.inputs.councils.baseline import Baseline
from sim.inputs.files.dates import LAST_START
from sim.model.opening_state import begin
from sim.model.settings import Parameters
from sim.model.state import State, Traits
from sim.units import DAYS_A_YEAR
from tests.helpers.small_england import NEW_YEAR, SEED, england, world

pytestmark = pytest.mark.quick

WEEK = 7 / DAYS_A_YEAR
REPLICATIONS = range(1, 401)
# Eleven months after the count of September 2017, and on the last day that a run may start.
DATES = (date(2018, 9, 1), LAST_START)


def opened(b: Baseline, replications: range = REPLICATIONS) -> tuple[State, Traits]:
    """The opening state of many replications, (replications, councils)."""
    return begin(b, Parameters([world(k) for k in replications]), SEED, replications, WEEK)


def spread(values: np.ndarray) -> float:
    """Standard deviation of the logarithm over replications."""
    return float(np.log(values).std(axis=0, ddof=1).mean())


@pytest.mark.parametrize("on", DATES)
def test_the_opening_is_as_wide_as_the_time_since_the_count(on: date):
    b = england(on)
    s, t = opened(b)
    time = np.sqrt(b.staff_years)
    assert 0.9 < b.staff_years < 0.95
    of_england = {
        "social_workers_fte": s.permanent.sum(axis=1),
        "agency_fte": s.agency.sum(axis=1),
        "vacancy_fte": s.vacancies.sum(axis=1),
        "turnover_rate": (t.leave_rate * b.social_workers_fte).sum(axis=1),
    }
    large = b.social_workers_fte > 300
    of_a_council = {
        "social_workers_fte": s.permanent[:, large],
        "agency_fte": s.agency[:, large],
        "vacancy_fte": s.vacancies[:, large],
    }
    for name, values in of_england.items():
        shared, local = b.staff_change[name]
        # Councils' own changes nearly cancel out.
        most = np.hypot(shared, local / 6.0)
        assert time * shared * 0.9 < spread(values) < time * most * 1.1, name
        if name in of_a_council:
            both = time * np.hypot(shared, local)
            enough = of_a_council[name].min(axis=0) >= 10
            if enough.any():
                assert spread(of_a_council[name][:, enough]) == pytest.approx(both, rel=0.1), name


@pytest.mark.parametrize("on", DATES)
def test_caseload_is_as_wide_as_its_record_or_that_of_staff(on: date):
    b = england(on)
    s, _ = opened(b)
    time = np.sqrt(b.staff_years)
    shared, local = b.staff_change["caseload"]
    staff = b.staff_change["social_workers_fte"][0]
    cases = (s.caseload * s.holders).sum(axis=1)
    low, high = sorted((shared, staff))
    assert time * low * 0.8 < spread(cases / s.holders.sum(axis=1)) < time * high * 1.3
    large = b.social_workers_fte > 150
    both = time * np.hypot(shared, local)
    assert spread(s.caseload[:, large]) == pytest.approx(both, rel=0.15)
    # Children were counted later: only what staff hold of their cases moves.
    assert (s.children_in_need == b.children_in_need).all()


@pytest.mark.parametrize("on", DATES)
def test_levels_do_not_drift(on: date):
    b = england(on)
    s, t = opened(b)
    for name, values, counted in (
        ("social_workers_fte", s.permanent, b.social_workers_fte),
        ("agency_fte", s.agency, b.agency_fte),
        ("vacancy_fte", s.vacancies, b.vacancy_fte),
    ):
        over = values.sum(axis=1) / counted.sum()
        error = over.std(ddof=1) / np.sqrt(len(over))
        assert over.mean() == pytest.approx(1.0, abs=4 * error + 0.002), name
    still, fixed = opened(dataclasses.replace(b, staff_years=0.0), range(1, 3))
    assert t.leave_rate.mean() == pytest.approx(fixed.leave_rate.mean(), rel=0.03)
    cases = (s.caseload * s.holders).sum() / s.holders.sum()
    as_counted = (still.caseload * still.holders).sum() / still.holders.sum()
    assert cases == pytest.approx(as_counted, rel=0.01)


def test_on_the_day_of_the_count_nothing_is_drawn():
    b = dataclasses.replace(england(), staff_years=0.0)
    s, t = opened(b, range(1, 4))
    assert s.permanent == pytest.approx(np.tile(b.social_workers_fte, (3, 1)))
    assert (s.agency == b.agency_fte).all()
    assert s.vacancies == pytest.approx(np.tile(b.vacancy_fte, (3, 1)))
    assert (t.vacancy_start == b.vacancy_rate).all()
    assert (t.leave_rate == t.leave_rate[0]).all()
    assert (t.case_holder_share == world(1).parameters["workforce.case_holder_share"]).all()


@pytest.mark.parametrize("on", [date(2013, 11, 1), NEW_YEAR, *DATES])
def test_people_come_and_go_whole(on: date):
    b = england(on)
    s, _ = opened(b, range(1, 41))
    for values, counted in (
        (s.permanent, b.social_workers_fte),
        (s.agency, b.agency_fte),
        (s.posts - s.permanent, b.vacancy_fte),
    ):
        change = values - counted
        people = np.rint(change)
        # A fraction of a post may go with the last person who held one.
        assert (np.abs(change - people)[values > 1e-9] < 1e-9).all()
        assert (values >= -1e-9).all()
    assert (s.permanent >= np.minimum(b.social_workers_fte, 1.0) - 1e-9).all()


def test_a_replication_opens_alike_in_every_scenario():
    alone, _ = opened(england(), range(7, 8))
    b, replications = england(), [3, 7, 3, 7]
    worlds = [world(k, scenario=name) for name in "ab" for k in (3, 7)]
    s, t = begin(b, Parameters(worlds), SEED, replications, WEEK)
    for one in (s.permanent, s.agency, s.posts, s.caseload, t.leave_rate, t.case_holder_share):
        assert (one[:2] == one[2:]).all()
        assert (one[0] != one[1]).any()
    assert (s.permanent[1] == alone.permanent[0]).all()


def test_a_council_that_keeps_few_posts_vacant_recruits_well():
    """By hand: of two councils that lose as many, the one with half as many vacant posts recruits
    twice as well, of which half is its own; and as many join in England as if none did."""
    b = england(date(2018, 9, 1))
    facts = {"workforce.own_recruiting": 0.5}
    p = Parameters([world(1, facts=facts)])
    s, t = begin(b, p, SEED, range(1, 2), WEEK)
    vacant = np.maximum(s.vacancies / (s.permanent + s.vacancies), 0.02)
    replaced = np.log(t.leave_rate * s.permanent / (s.permanent + s.vacancies) / vacant)
    middling = np.abs(replaced - replaced.mean()) < 1.4
    assert middling.sum() > 30
    own = t.recruiting_start - t.recruiting_start[middling].mean()
    expected = 0.5 * (replaced - replaced[middling].mean())
    assert own[middling] == pytest.approx(expected[middling])
    joins = (np.exp(t.recruiting_start) * s.vacancies).sum()
    assert joins == pytest.approx(s.vacancies.sum())
    nothing = Parameters([world(1, facts={"workforce.own_recruiting": 0.0})])
    _, alike = begin(b, nothing, SEED, range(1, 2), WEEK)
    assert alike.recruiting_start == pytest.approx(np.zeros_like(own))
