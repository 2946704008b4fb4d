"""From what was known on the start date to the state of every council."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.model.institutions.judging import offsets
from sim.model.opening_practice import norm, open_practice, own_trend, years_since
from sim.model.settings import Parameters
from sim.model.state import CARE, PLANS, State, Traits
from sim.model.weekly.rates import Before, before_start, faded, pay_after
from sim.random.chances import hazard, steady_stock
from sim.random.streams import stream
from sim.units import DAYS_A_YEAR, Array

# The areas offered freedoms in December 2015, by council (claim 10): the tri-borough and
# Achieving for Children are groups.
STRONG_AREAS = (
    "North Yorkshire",
    "Hampshire",
    "Hammersmith and Fulham",
    "Kensington and Chelsea",
    "Westminster",
    "Leeds",
    "Durham",
    "County Durham",
    "Richmond upon Thames",
    "Kingston upon Thames",
)

# The least share of posts vacant from which recruiting is read (assumption): below it a council has
# no more than a post or two.
FEWEST_VACANT = 0.02
# GBP million a year and child looked after that are believed of a council's own return: from half
# the price of foster care (F5) to that of a place in a residential home (F7, 2023-24). In a council
# with a handful of children the return divides one year's money by another day's children.
PLACEMENT_PRICES = (0.02, 0.32)


def begin(
    baseline: Baseline,
    parameters: Parameters,
    seed: int,
    replications: Sequence[int],
    step: float,
) -> tuple[State, Traits]:
    """The opening state and the traits of the councils, for countries in the order given.

    `step` is the length of a step of the working week in years: stages are filled, and rates
    set, so that a steady flow leaves every stage as full as it was.
    """
    countries, size = len(replications), len(baseline.codes)
    state = State.zeros(countries, size)
    hidden = _Hidden(seed, replications, size)
    flows, before = _yearly_flows(baseline, parameters), before_start(baseline)
    staff = _carried_forward(baseline, hidden)
    _children(state, baseline, parameters, flows, step)
    traits = _traits(state, baseline, staff, parameters, flows, hidden, step)
    _workforce(state, traits, baseline, staff, parameters)
    _money(state, traits, baseline, parameters, before)
    open_practice(state, traits, baseline, parameters, hidden.normal, before)
    _standing(state, traits, baseline, parameters)
    # What staff figures of the start show of hidden practice: half, as they follow with a lag.
    traits.practice_start = (state.practice + traits.norm) / 2.0
    traits.practice_start -= np.mean(traits.practice_start, axis=1, keepdims=True)
    return state, traits


class _Hidden:
    """What nobody could see at the start, drawn once a replication, shape (countries, councils)."""

    def __init__(self, seed: int, replications: Sequence[int], size: int) -> None:
        self._seed, self._replications, self._size = seed, replications, size

    def normal(self, name: str) -> Array:
        return self._draw(name, lambda random: random.standard_normal(self._size))

    def shared(self, name: str) -> Array:
        """One normal deviate for all councils of a replication, (countries, 1)."""
        return self._draw(name, lambda random: random.standard_normal(1))

    def uniform(self, name: str) -> Array:
        return self._draw(name, lambda random: random.random(self._size))

    def _draw(self, name: str, draw: Callable[[np.random.Generator], Array]) -> Array:
        replications = dict.fromkeys(self._replications)
        drawn = {r: draw(stream(self._seed, r, "start", name)) for r in replications}
        return np.stack([drawn[r] for r in self._replications])


class _Staff(NamedTuple):
    """Staff on the start date, (countries, councils): counted a while ago, drawn since."""

    permanent: Array  # full-time equivalents
    agency: Array
    vacancies: Array
    turnover_own: Array  # factors on the turnover last counted: the council's own
    turnover_shared: Array  # and England's
    case_holding: Array  # factor on the share of staff who hold cases


def _carried_forward(b: Baseline, hidden: _Hidden) -> _Staff:
    """Staff as last counted, moved as far as they may have moved since: each of the returns'
    yearly spreads (`Baseline.staff_change`) grows with the root of the time gone by.

    Levels stay where they are on average. Social workers, agency workers and vacancies are drawn
    apart (assumption: the record is too short to say how England's move together) and change by
    whole people. Caseload moves with the staff who carry the cases; what its own spread holds
    beyond that moves the share of staff who hold cases, as children were counted later and stay
    as they are.
    """
    time = np.sqrt(b.staff_years)
    spreads = {name: (time * one, time * each) for name, (one, each) in b.staff_change.items()}

    def factor(name: str, shared: Array | float, local: Array | float) -> Array:
        """Lognormal, with a mean of 1 so that no level drifts."""
        drawn = shared * hidden.shared(f"{name}, England") + local * hidden.normal(name)
        return np.asarray(np.exp(drawn - (np.square(shared) + np.square(local)) / 2.0))

    def moved(name: str, counted: Array, least: float = 0.0) -> Array:
        """The count, more or less by whole people; it does not fall below the `least`."""
        people = np.rint(counted * (factor(name, *spreads[name]) - 1.0))
        return np.maximum(counted + people, np.minimum(counted, least))

    shared, local = spreads["turnover_rate"]
    everyone = np.maximum(b.social_workers_fte + b.agency_fte, 0.5)
    agency = b.agency_fte / everyone
    nationally = float(b.agency_fte.sum() / everyone.sum())
    return _Staff(
        permanent=moved("social_workers_fte", b.social_workers_fte, least=1.0),
        agency=moved("agency_fte", b.agency_fte),
        vacancies=moved("vacancy_fte", b.vacancy_fte),
        turnover_own=factor("turnover_rate", 0.0, local),
        turnover_shared=factor("turnover_rate", shared, 0.0),
        case_holding=factor(
            "caseload",
            _beyond_staff(spreads, 0, nationally),
            _beyond_staff(spreads, 1, agency),
        ),
    )


def _beyond_staff(
    spreads: Mapping[str, tuple[float, float]], level: int, agency: Array | float
) -> Array:
    """What the spread of caseload holds beyond that of staff, of whom a share is `agency`;
    `level` 0 is England's and 1 the councils'."""
    of_staff = np.square((1.0 - agency) * spreads["social_workers_fte"][level]) + np.square(
        agency * spreads["agency_fte"][level]
    )
    beyond = np.square(spreads["caseload"][level]) - of_staff
    return np.asarray(np.sqrt(np.maximum(beyond, 0.0)))


class _Flows(NamedTuple):
    """Where the referred children of a year go, by council, and how fast they are assessed."""

    no_action: Array  # share of referrals
    no_need: Array  # shares of completed assessments
    plan: Array
    care: Array
    to_need: Array  # children a year who become in need, neither on a plan nor looked after
    assessment_pace: Array  # yearly rate of each of the two phases


def _yearly_flows(b: Baseline, p: Parameters) -> _Flows:
    """From the returns known on the start date, shape (councils,) or (countries, councils)."""
    no_action = np.clip(b.no_action_share, 0.0, 0.6)
    assessed = np.maximum(b.referrals, 1.0) * (1.0 - no_action)
    no_need = np.clip(b.not_in_need_share / (1.0 - no_action), 0.0, 0.85)
    plan = np.minimum(p["casework.plans_direct"] * np.maximum(b.plans_started, 0.5) / assessed, 0.5)
    care = np.minimum(p["casework.care_direct"] * np.maximum(b.cla_started, 0.5) / assessed, 0.3)
    to_need = assessed * np.maximum(1.0 - no_need - plan - care, 0.02)
    return _Flows(no_action, no_need, plan, care, to_need, _assessment_pace(b))


def _assessment_pace(b: Baseline) -> Array:
    """Yearly rate of each of the two phases of an assessment, from how many were done in
    time (45 working days, 63 days): the tail of the two phases is exp(-x)(1 + x)."""
    grid = np.linspace(0.5, 9.0, 171)
    late = np.clip(1.0 - b.assess_in_time_share, 0.02, 0.5)
    return np.interp(-late, -(np.exp(-grid) * (1.0 + grid)), grid) / 63.0 * DAYS_A_YEAR


def _pooled(amount: Array, per: Array, norm: Array | float, weight: Array | float) -> Array:
    """A council's own ratio drawn towards the national one, the more so the smaller it is."""
    return np.asarray((amount + weight * norm) / (per + weight))


def _children(s: State, b: Baseline, p: Parameters, flows: _Flows, step: float) -> None:
    """Split the published stocks into stages as a steady flow would fill them."""
    care, plans = b.children_looked_after, b.protection_plans
    starts = np.maximum(b.cla_started, 1.0)
    short = steady_stock(
        starts * p["casework.care_share_short"], 1.0 / p["casework.care_years_short"], step
    )
    middle = steady_stock(
        starts * p["casework.care_share_middle"], 2.0 / p["casework.care_years_middle"], step
    )
    # A council's own long cases fill what its starts do not explain.
    s.care_short[:] = np.minimum(np.floor(short), np.floor(care * 0.1))
    each = np.minimum(np.floor(middle), np.floor(care * 0.2))
    s.care_middle_first[:] = each
    s.care_middle_second[:] = each
    s.care_long[:] = care - s.care_short - s.care_middle_first - s.care_middle_second
    s.plan_first[:] = np.ceil(plans / 2.0)
    s.plan_second[:] = np.floor(plans / 2.0)

    rest = np.maximum(b.children_in_need - care - plans, 0.0)
    accepted = b.referrals * (1.0 - b.no_action_share)
    under_way = 2.0 * steady_stock(accepted, flows.assessment_pace, step)
    under_way = np.floor(np.minimum(under_way, 0.4 * rest))
    # Those that a step's allocation leaves over, of the newly referred and of the waiting.
    left = np.power(1.0 - p["casework.allocation_share"], step * DAYS_A_YEAR / 7.0)
    waiting = np.floor(np.minimum(accepted * step * left / (1.0 - left), 0.05 * rest))
    s.waiting[:] = waiting
    s.assessment_first[:] = np.ceil(under_way / 2.0)
    s.assessment_second[:] = np.floor(under_way / 2.0)
    need = rest - under_way - waiting
    # Short help is as full as its inflow makes it; long help holds the rest (assumption: two
    # fifths of all at least).
    to_need = flows.to_need * p["casework.need_share_short"]
    short = steady_stock(to_need, 1.0 / p["casework.need_years_short"], step)
    s.need_short[:] = np.floor(np.minimum(short, 0.6 * need))
    s.need_long[:] = need - s.need_short
    s.population[:] = b.population
    # Every child closed in the year before could come back within the next: as many as were
    # referred, but for those now looked after.
    s.recently_closed[:] = np.maximum(b.referrals - b.cla_started, 1.0)


def _traits(
    s: State,
    b: Baseline,
    staff: _Staff,
    p: Parameters,
    flows: _Flows,
    hidden: _Hidden,
    step: float,
) -> Traits:
    referrals = np.maximum(b.referrals, 1.0)
    plans = np.maximum(b.plans_started, 0.5)
    starts = np.maximum(b.cla_started, 0.5)
    direct_plan, direct_care = p["casework.plans_direct"], p["casework.care_direct"]
    from_plan = p["casework.care_from_plan"]

    step_down = p["casework.plan_step_down"] * plans
    inflow = flows.to_need * (1.0 - p["casework.need_share_short"]) + step_down
    # Where the other stages leave too few for such an inflow, long help fills up to a quarter
    # of a year's worth (assumption), and what flows on is in proportion to that.
    long_stock = np.maximum(np.maximum(s.need_long, inflow / 4.0), 1.0)
    need_to_plan = (1.0 - direct_plan) * plans / long_stock
    need_to_care = (1.0 - direct_care - from_plan) * starts / long_stock
    close = np.clip(inflow / long_stock - need_to_plan - need_to_care, 0.25, 5.0)
    # The step asks in this order, each of those that the last one left: see casework.py.
    stay_open = 1.0 - close * step
    stay_off_plan = stay_open - need_to_plan * step

    weight = p["casework.pooling_weight"]
    plan_years = _pooled(b.protection_plans, plans, p["casework.plan_years"], weight)
    short, middle = p["casework.care_share_short"], p["casework.care_share_middle"]
    explained = short * p["casework.care_years_short"] + middle * p["casework.care_years_middle"]
    care_years = _pooled(b.children_looked_after, starts, p["casework.care_years"], weight)
    long_share = 1.0 - short - middle
    long_years = np.clip((care_years - explained) / long_share, 1.0, 15.0)

    return_share = np.clip(b.rereferral_share, 0.02, 0.5)
    one = np.ones((1, len(referrals)))
    known = (b.neighbours >= 0).astype(np.float64)
    protection, care, leadership = offsets(p)
    leave_rate = one * _pooled(
        b.turnover_rate * staff.turnover_own * b.social_workers_fte,
        b.social_workers_fte,
        p["workforce.leave_rate"],
        p["workforce.pooling_weight"],
    )
    leave_rate = np.asarray(leave_rate * staff.turnover_shared)
    return Traits(
        population_start=one * b.population,
        new_referrals=one * referrals * (1.0 - return_share),
        return_rate=one * return_share * referrals / s.recently_closed[:1],
        no_action_share=one * flows.no_action,
        no_need_share=one * flows.no_need,
        plan_share=one * flows.plan,
        care_share=one * flows.care,
        assessment_pace=one * flows.assessment_pace,
        need_close=one * hazard(close),
        need_to_plan=one * hazard(need_to_plan / stay_open),
        need_to_care=one * hazard(need_to_care / stay_off_plan),
        plan_pace=one * hazard(2.0 / plan_years),
        plan_to_care=one * np.clip(from_plan * starts / plans, 0.0, 0.5),
        care_long_pace=one * hazard(1.0 / long_years),
        practice_start=one,
        early_help_start=one * np.maximum(b.spend_early_help, 0.01),
        leave_rate=leave_rate,
        recruiting_start=_recruiting(leave_rate, staff, p),
        agency_cover=one
        * np.clip(
            _pooled(staff.agency, staff.vacancies, p["workforce.agency_cover"], 20.0), 0.2, 1.6
        ),
        case_holder_share=p["workforce.case_holder_share"] * staff.case_holding,
        absence_start=one * np.clip(b.absence_rate, 0.01, 0.08),
        pressure_scale=one,
        pressure_start=one,
        caseload_start=one,
        posts_start=one,
        permanent_share_start=one,
        norm=norm(b, p, hidden.normal),
        trend=own_trend(p, hidden.normal),
        aspects=(
            protection + hidden.normal("aspect protection") * p["ofsted.aspect_spread"],
            care + hidden.normal("aspect care") * p["ofsted.aspect_spread"],
            leadership + hidden.normal("aspect leadership") * p["ofsted.aspect_spread"],
        ),
        toxic=(hidden.uniform("toxic") < p["trust.toxic_share"]).astype(np.float64),
        change_start=one,
        vacancy_start=_share_now(
            b.vacancy_rate,
            (staff.vacancies, staff.permanent),
            (b.vacancy_fte, b.social_workers_fte),
        ),
        strong_area=one * np.isin(b.names, STRONG_AREAS),
        near=np.where(b.neighbours >= 0, b.neighbours, np.arange(len(referrals))[:, None]).T,
        near_weight=(known / np.maximum(known.sum(axis=1, keepdims=True), 1)).T,
    )


def _recruiting(leave_rate: Array, staff: _Staff, p: Parameters) -> Array:
    """How well each council recruits, log points: where vacancies stay as they are, those who join
    replace those who leave, so that few vacancies beside many leavers show a council that is easy
    to recruit to. Part of it is the council's own; as many join in England as if none were."""
    posts = np.maximum(staff.permanent + staff.vacancies, 0.5)
    vacant = np.maximum(staff.vacancies / posts, FEWEST_VACANT)
    replaced = np.log(np.maximum(leave_rate * staff.permanent / posts, 0.01) / vacant)
    middle = replaced.mean(axis=1, keepdims=True)
    own = p["workforce.own_recruiting"] * np.clip(replaced - middle, -1.5, 1.5)
    drawn = (np.exp(own) * staff.vacancies).sum(axis=1, keepdims=True)
    usual = np.maximum(staff.vacancies.sum(axis=-1, keepdims=True), 1e-9)
    return np.asarray(own - np.log(np.maximum(drawn, 1e-9) / usual))


def _share_now(published: Array, now: tuple[Array, Array], counted: tuple[Array, Array]) -> Array:
    """A published share, moved as the share of a first in a first and a second count has moved."""
    (part, rest), (old_part, old_rest) = now, counted
    moved = part / np.maximum(part + rest, 0.5) - old_part / np.maximum(old_part + old_rest, 0.5)
    return np.clip(published + moved, 0.0, 1.0)


def _workforce(s: State, t: Traits, b: Baseline, staff: _Staff, p: Parameters) -> None:
    from sim.model.weekly.workforce import capacity, load  # the weekly step's own arithmetic

    new = np.floor(staff.permanent * p["workforce.newly_qualified_start"])
    s.newly_qualified[:] = new
    s.experienced[:] = staff.permanent - new
    s.agency[:] = staff.agency
    s.posts_base[:] = staff.permanent + staff.vacancies
    s.posts[:] = s.posts_base
    t.posts_start = np.maximum(s.posts, 0.5)
    t.permanent_share_start = s.permanent / t.posts_start
    s.protected_usual[:] = s.total(PLANS) + s.total(CARE)
    s.absence[:] = t.absence_start
    s.reporting[:] = (b.grade == 1) * p["practice.failure_reporting"]
    s.desk_extra[:] = s.reporting
    s.learning[:] = 1.0

    # The council's caseload against the norm: half its own, half the national one, because
    # the early returns counted cases in different ways (D5).
    cases = p["casework.case_share"] * (b.children_in_need - s.waiting)
    holders = t.case_holder_share * (staff.permanent + staff.agency)
    national = cases.sum(axis=1, keepdims=True) / holders.sum(axis=1, keepdims=True)
    own = np.clip(cases / np.maximum(holders, 0.5), 5.0, 60.0)
    mixed = np.sqrt(own * national)
    t.caseload_start = own
    t.pressure_start = np.clip(mixed / p["casework.caseload_norm"], 0.6, 2.0)
    t.pressure_scale = t.pressure_start * capacity(s, t, p) / np.maximum(load(s, p), 0.1)
    s.pressure[:] = t.pressure_start
    s.caseload[:] = own
    s.holders[:] = holders
    open_cases = np.maximum(b.children_in_need - s.waiting, 1.0)
    leaving = t.leave_rate * staff.permanent + p["workforce.agency_end"] * staff.agency
    moved = leaving * own * t.case_holder_share
    assessed = b.referrals * (1.0 - t.no_action_share) * (1.0 - t.no_need_share)
    t.change_start = (moved + assessed * p["casework.hand_over_share"]) / open_cases
    s.change_rate[:] = t.change_start
    s.usual_need[:] = b.children_in_need
    s.opening_care[:] = b.children_looked_after


def _money(s: State, t: Traits, b: Baseline, p: Parameters, before: Before) -> None:
    """Budgets such that the published spending is a usual year's, overspend included: prices, plans
    and budgets of the year of that spending, brought to the first day later."""
    s.early_help_base[:] = t.early_help_start
    s.early_help[:] = t.early_help_start
    s.early_help_felt[:] = t.early_help_start
    s.placement_price[:] = np.clip(
        b.spend_looked_after / np.maximum(b.children_looked_after, 1.0), *PLACEMENT_PRICES
    )
    pay = pay_after(p, before.prices)
    staff = s.permanent * p["money.staff_cost"] * pay
    agency = s.agency * p["money.agency_cost"] * pay
    placements = s.total(CARE) * s.placement_price
    rest = b.spend_total - staff - agency - placements - t.early_help_start
    s.other[:] = np.maximum(rest, 0.05 * np.maximum(b.spend_total, 0.1))
    spend = staff + agency + placements + s.early_help + s.other
    s.budget[:] = spend / (1.0 + p["money.overspend_start"])
    s.reserves[:] = s.budget * p["money.reserves_start"]
    s.spending_power[:] = 1.0


def _standing(s: State, t: Traits, b: Baseline, p: Parameters) -> None:
    """Grades as known, and what a failure has set going."""
    s.grade[:] = b.grade
    age = years_since(b.date.toordinal(), np.where(b.grade > 0, b.grade_date, b.pre_sif_date))
    failing = (b.grade == 1).astype(np.float64)
    s.alarm[:] = failing * p["demand.alarm_peak"] * faded(p["demand.alarm_half_life"], age)
    s.plan_alarm[:] = (
        failing * p["demand.plan_alarm_peak"] * faded(p["demand.plan_alarm_half_life"], age)
    )
    s.stigma[:] = failing * faded(p["workforce.stigma_half_life"], age)
    s.failure_money[:] = (
        failing * p["money.failure_uplift"] * (1.0 - np.exp(-age / p["money.failure_lag"]))
    )
    # What the failure had already added stands in the published figures: take it out of the base.
    t.new_referrals = t.new_referrals / (1.0 + s.alarm)
    t.plan_share = t.plan_share * (1.0 + s.alarm) / (1.0 + s.plan_alarm)
    s.posts_base[:] = s.posts / (1.0 + s.failure_money * p["money.failure_staff_share"])
    s.budget[:] = s.budget / (1.0 + s.failure_money)
