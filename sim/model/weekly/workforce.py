"""Social workers: who leaves, who comes, who is borrowed, and what load they carry."""

from __future__ import annotations

import numpy as np

from sim.model.settings import Parameters
from sim.model.state import CARE, PLANS, State, Traits
from sim.model.weekly.working_week import Week, clip, over_councils
from sim.units import Array

LEAVE = ("experienced leave", "newly qualified leave", "agency leave")  # in the order of STAFF
JOIN = ("experienced join", "newly qualified join", "agency join")
DECISIONS = (*LEAVE, "qualify", *JOIN)


def load(s: State, p: Parameters) -> Array:
    """Work in hand, in children in need (1) equivalents (D19)."""
    need = s.need_short + s.need_long
    fresh = s.care_short + s.care_middle_first
    settled = s.care_middle_second + s.care_long
    return np.asarray(
        need
        + p["casework.effort_assessment"] * (s.assessment_first + s.assessment_second)
        + p["casework.effort_plan"] * s.total(PLANS)
        + p["casework.effort_new_care"] * fresh
        + p["casework.effort_settled_care"] * settled
    )


def capacity(s: State, t: Traits, p: Parameters) -> Array:
    """Working strength in experienced full-time equivalents, never zero."""
    people = (
        s.experienced
        + p["workforce.newly_qualified_capacity"] * s.newly_qualified
        + p["workforce.agency_capacity"] * s.agency
    )
    present = (1.0 - s.absence) / (1.0 - t.absence_start)
    # Of time saved at the desk part goes to families; time lost to it is lost to them.
    saved = np.minimum(s.desk_extra, 0.0) * (1.0 - p["workforce.desk_time_used"])
    direct = 1.0 - (s.desk_extra - saved) / (1.0 - p["workforce.desk_time"])
    return np.asarray(np.maximum(people * present * np.maximum(direct, 0.3), 0.3))


def step(s: State, t: Traits, w: Week) -> None:
    """One week of the workforce. Every worker who leaves one place is somewhere else:
    in another council, with an agency, in the pool of movers, or out of the profession."""
    p, k = w.p, w.rates

    # Visits take staff away from families while they last (claims 37, 38).
    visited = p["ofsted.preparation"] * (s.inspected_until > w.day)
    s.desk_extra[:] = (
        s.reporting
        + visited
        + w.levers["workforce.desk_time_shift"]
        + w.cached_lever_factors(_innovation_paperwork)
        + w.cached_lever_factors(_protection_teams)
    )
    vacancies = s.vacancies
    rate = _leave_rate(s, t, w, vacancies)
    new_rate = rate * p["workforce.newly_qualified_leave_ratio"]
    whole = np.floor(s.staff)
    experienced_left, new_left, agency_left = w.random.leavers(
        LEAVE, whole, (rate, new_rate, p["workforce.agency_end"]), w.years
    )
    qualified = w.random.binomial("qualify", whole[1] - new_left, k.qualify)
    left = experienced_left + new_left

    stopped = p["money.freeze_on_recruitment"] * s.freeze
    draws_on = _attraction(s, w) * vacancies * (1.0 - stopped)
    total = np.maximum(over_councils(draws_on), 1e-9)
    asked = w.random.poissons(
        JOIN,
        (
            draws_on * (_expected_from(w, w.pools.movers, total) / total),
            draws_on * (_expected_from(w, w.pools.graduates, total) / total),
            _agency(s, w, vacancies),
        ),
    )
    back = over_councils(agency_left)
    (experienced_in, new_in, agency_in), taken = w.pools.share_out(asked, back)

    s.experienced += experienced_in + qualified - experienced_left
    s.newly_qualified += new_in - qualified - new_left
    s.agency += agency_in - agency_left
    s.left += left
    s.joined += experienced_in + new_in
    s.worker_years += s.permanent * k.years
    w.pools.move(left, taken, back, w)

    _posts(s, w)
    _strain(s, t, w)
    # A leaver's cases change hands; so do those that pass from assessment to another team.
    cases = s.caseload * t.case_holder_share * w.more_holders
    changes = (left + agency_left) * cases + w.handed_on * p["casework.hand_over_share"]
    s.worker_changes += changes
    yearly = changes / (k.years * np.maximum(w.allocated, 1.0))
    s.change_rate += (yearly - s.change_rate) * k.changes


def quarter(s: State, t: Traits, w: Week) -> None:
    """What hidden weakness, caseload, pay and shocks make of leaving, recruiting and agency cover
    until the next quarter.

    Weakness shows in the returns before anyone has judged it: agency use and vacancies rise where
    practice has fallen (evidence P3), measured against the start and the nation.
    """
    p, shock = w.p, w.shocks.of
    gap = t.practice_start - (s.practice - np.mean(s.practice, axis=1, keepdims=True))
    s.weakness += (clip(gap, -1.5, 1.5) - s.weakness) * w.rates.weakness_felt
    extra = clip(s.caseload - t.caseload_start, -8.0, 12.0)
    real_pay = w.real_pay
    w.usual_leaving = t.leave_rate * np.exp(shock("leaving")) - (
        p["workforce.leave_on_pay"] * real_pay
    )
    drawn_to = t.recruiting_start + shock("recruiting")
    w.put_off = p["workforce.weakness_on_recruitment"] * s.weakness - drawn_to
    w.agency_cover = t.agency_cover * np.exp(shock("agency"))
    # More children on plans and in care than elsewhere bring agency workers first, posts later
    # (evidence P2).
    protected = s.total(PLANS) + s.total(CARE)
    s.protected_usual += (protected - s.protected_usual) * w.rates.protected_usual
    growth = clip(protected / np.maximum(s.protected_usual, 1.0) - 1.0, -0.4, 0.4)
    growth -= np.mean(growth, axis=1, keepdims=True)
    w.agency_beyond = (
        p["workforce.agency_on_weakness"] * s.weakness
        + p["workforce.agency_per_case"] * extra
        + p["workforce.agency_on_protection"] * growth
    )
    # Where cases grow faster than elsewhere, more of the staff hold cases (evidence P2); where
    # practice is weak, fewer do (evidence P3, P5).
    whole = s.caseload * w.more_holders / np.maximum(t.caseload_start, 0.1)
    whole = clip(whole / np.mean(whole, axis=1, keepdims=True), 0.5, 2.0)
    w.more_holders = np.power(whole, p["casework.holders_follow_cases"]) * (
        1.0 - p["casework.holders_on_weakness"] * s.weakness
    )


def _innovation_paperwork(w: Week) -> Array:
    """Share of working time that bids and reports on innovation money take."""
    share = w.p["practice.innovation_forms"] / 100.0
    return np.asarray(w.levers["money.innovation_gbp_m"] * share)


def _protection_teams(w: Week) -> Array:
    """Share of working time that work with police and health in protection teams takes."""
    share = w.p["workforce.protection_teams_time"]
    return np.asarray(w.levers["services.protection_teams"] * share)


def _leave_rate(s: State, t: Traits, w: Week, vacancies: Array) -> Array:
    p = w.p
    extra_cases = s.caseload - t.caseload_start
    overload = np.maximum(s.caseload - w.rates.overload_cases, 0.0)
    vacant = vacancies / np.maximum(s.posts, 0.5) - t.vacancy_start
    rate = (
        w.usual_leaving
        + p["workforce.leave_per_case"] * clip(extra_cases, -8.0, 25.0)
        + p["workforce.leave_uncertainty"] * s.uncertainty
        + p["workforce.leave_judgement"] * s.stigma
        - p["workforce.leave_morale"] * s.morale
        + p["workforce.leave_desk_time"] * s.desk_extra
        + p["workforce.leave_overload"] * np.minimum(overload, 15.0)
        + p["workforce.leave_supervision"] * vacant
        + p["workforce.leave_absence"] * (s.absence - t.absence_start)
    )
    return clip(rate, 0.02, 0.8)


def _attraction(s: State, w: Week) -> Array:
    p = w.p
    put_off = (
        w.put_off
        + p["workforce.stigma_on_recruitment"] * s.stigma
        + p["workforce.pressure_on_recruitment"] * (s.pressure - 1.0)
        - p["workforce.morale_on_recruitment"] * s.morale
    )
    return np.exp(-put_off)


def _expected_from(w: Week, pool: Array, total: Array) -> Array:
    """People expected to come from one national pool (countries, 1), where vacancies times
    attraction add up to a `total`: councils share them in proportion to these.

    Few vacancies leave part of the pool looking on; many share it out. Both pools fill the same
    posts: each may fill half of those that could be filled.
    """
    return np.minimum(pool * w.rates.search, total * w.rates.fill)


def _agency(s: State, w: Week, vacancies: Array) -> Array:
    """Agency workers expected to come: cover that ends is replaced, and more or less of it as
    the council has too little or much."""
    p, k = w.p, w.rates
    wanted = w.agency_cover * vacancies * (1.0 + p["workforce.agency_alarm"] * s.stigma)
    wanted += w.agency_beyond * (s.permanent + s.agency)
    ending = s.agency * k.agency_end
    gap = (wanted - s.agency) * k.agency_pace
    return np.maximum(ending + gap, 0.0)


def _posts(s: State, w: Week) -> None:
    s.posts_base += s.posts_change * w.rates.years
    s.posts[:] = s.posts_base * (1.0 + s.extra_money * w.p["money.failure_staff_share"])


def _strain(s: State, t: Traits, w: Week) -> None:
    """Caseload, pressure, absence, morale and standing after the week's moves."""
    p, k = w.p, w.rates
    workers = s.permanent + s.agency
    np.maximum(t.case_holder_share * w.more_holders * workers, 0.25, out=s.holders)
    np.divide(p["casework.case_share"] * w.allocated, s.holders, out=s.caseload)
    np.divide(t.pressure_scale * load(s, p), capacity(s, t, p), out=s.pressure)
    extra = clip(s.caseload - t.caseload_start, -8.0, 25.0)
    s.absence[:] = clip(t.absence_start + p["workforce.absence_per_case"] * extra, 0.005, 0.2)
    low = -p["workforce.morale_per_pressure"] * clip(s.pressure - t.pressure_start, -0.5, 1.5)
    s.morale += (low - s.morale) * k.morale
    s.stigma *= k.stigma_remaining
