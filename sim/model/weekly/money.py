"""Pounds: what is spent each week, what is decided each April, and what is done when there are
none left.

The plan of a year has five heads. Placements are children times price; agency and permanent staff
are those in post; posts, early help and other services are planned. What the plan costs beyond what
the council can find is saved: early help first, then other services, then posts. Reserves and the
rest of the council are finite: a gap beyond both is met by exceptional support, and an emergency
freeze is in force until the books balance again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.model.state import CARE, State, Traits
from sim.model.weekly.working_week import Week, over_councils
from sim.units import DAYS_A_YEAR, Array


def step(s: State, w: Week) -> None:
    """One week of spending and income, GBP m in cash. Prices rise smoothly with the years."""
    p, k, now = w.p, w.rates, w.trends
    dt = k.years
    placement_growth, pay_growth, premium_left, families_first, price_left = w.cached_lever_factors(
        lever_factors
    )
    w.placement_index = w.placement_index * placement_growth
    w.pay_index = w.pay_index * pay_growth
    premium = now.agency_premium * premium_left
    _share_out(families_first, s)
    staff = s.permanent * (now.staff_cost * w.pay_index)
    agency = s.agency * (now.agency_cost - (now.agency_premium - premium))
    placements = s.total(CARE) * s.placement_price * (w.placement_index * price_left * dt)
    from_grant = s.families_first * dt
    early_help = s.early_help * dt + from_grant
    extra = s.extra_money * s.budget
    other = (s.other + extra * p["money.failure_services_share"]) * dt
    overrun = (staff + agency + placements) * s.soft_budget
    s.spend_staff += staff
    s.spend_agency += agency
    s.spend_placements += placements
    s.spend_early_help += early_help
    s.spend_other += other + w.conferences * p["money.conference_cost"]
    s.spend_overrun += overrun
    s.agency_premium += s.agency * premium
    s.help_spent += s.help_rates * dt
    once = s.rate_support + s.rate_transition + s.rate_transmutation
    # Contracts are the council's to pay for; the rest is shared with the department (B11).
    s.income_grant += once * k.grant_share + from_grant
    s.trust_money[:] = s.contracted * w.levers["money.trust_new_money"]
    s.income_budget += (s.budget + extra) * dt
    # Money follows failure with a lag and ebbs after it (evidence C9, P3).
    s.failure_money += np.where(
        s.grade == 1,
        (p["money.failure_uplift"] - s.failure_money) * k.failure_lag,
        -s.failure_money * k.failure_fade,
    )


def lever_factors(w: Week) -> tuple[Array, Array, Array, Array, Array]:
    """The factors by which the price of placements and, beyond its trend, pay grow in a step, the
    share of the agency premium that is still paid under the rules on agency work, what
    Families First money adds to early help in England, GBP m a year, and the share of a placement's
    price that is still paid where Regional Care Cooperatives buy it."""
    p, levers = w.p, w.levers
    limits = levers["money.placement_limits"] * p["money.placement_limits_effect"]
    growth = p["money.placement_growth"] + levers["money.placement_growth_shift"] + limits
    joint = levers["money.care_cooperatives"] * p["money.cooperatives_saving"]
    saved = levers["workforce.agency_rules"] * p["money.agency_rules_saving"]
    added = levers["money.families_first_gbp_m"] * p["money.families_first_new"]
    return (
        np.asarray(np.power(1.0 + growth, w.years)),
        np.asarray(np.power(1.0 + levers["workforce.pay_shift"], w.years)),
        np.asarray(1.0 - saved),
        np.asarray(added),
        np.asarray(1.0 - joint),
    )


def _share_out(families_first: Array, s: State) -> None:
    """Each council's part of the national money, by its children, and what a programme pays it."""
    if np.count_nonzero(families_first):
        np.multiply(families_first / over_councils(s.population), s.population, s.families_first)
    else:
        s.families_first.fill(0.0)
    if np.count_nonzero(s.programme_help):
        s.families_first += s.programme_help


def close_year(s: State, t: Traits, w: Week, settlement: Array, years: float) -> None:
    """Close the books on 31 March, `years` after they were opened, and decide the next year.

    `settlement` is the growth of each council's spending power into the new year, (1,
    councils).
    """
    p, levers = w.p, w.levers
    over = _balance(s, w, years)
    shocks = w.shocks.year(p)
    # Budgets grow as they do at unchanged spending power, and with what is passed on of its growth.
    funding = settlement + levers["money.settlement_shift"]
    s.spending_power *= 1.0 + funding
    passed_on = p["money.pass_through"] * funding
    excess = passed_on + shocks["budget, lasting"] + shocks["budget, shared"]
    in_need, in_care = s.children_in_need, s.total(CARE)
    # Plans follow children in need over some years (evidence P2).
    noticed = p["money.need_noticed"]
    demand = noticed * np.clip(in_need / np.maximum(s.usual_need, 1.0) - 1.0, -0.3, 0.3)
    # More children in care than in the record that the drift comes from are paid for in part.
    care = np.clip(in_care / np.maximum(s.opening_care, 1.0) - 1.0, -0.2, 0.2)
    care = care - p["money.care_growth"] * years
    s.usual_need += noticed * (in_need - s.usual_need)
    s.opening_care[:] = in_care
    lasting = (
        p["money.budget_drift"]
        + excess
        + p["money.budget_on_care"] * care
        # What all councils overspend is in the drift already: more is made up for in part.
        + p["money.excess_rebased"] * (over - np.mean(over, axis=1, keepdims=True))
        + levers["money.demand_indexed"] * demand
    )
    _grow(s, 1.0 + lasting, shocks["budget, passing"])
    _plan(s, t, w, Growth(excess, demand, care), shocks)
    _fit(s, t, w)


def _grow(s: State, lasting: Array, passing: Array) -> None:
    """Budgets of the new year: a factor on the last ones, and a shock that lasts a year, for which
    the last one is taken back."""
    s.budget *= np.maximum(lasting, 0.5) * np.exp(passing - s.budget_passing)
    s.budget_passing[:] = passing


def plan_before_start(s: State, t: Traits, w: Week, settlement: Array) -> None:
    """Budgets and plans of a year that had begun by the first day of a run, from those of the year
    before it, as `close_year` makes them.

    What only the books of the year before would show is taken as usual: children in care grew as
    in the record from which budgets drift, and no council overspent more than another. Posts are
    those counted; what the plan adds to them or takes away comes over the year.
    """
    p, shocks = w.p, w.shocks.year(w.p)
    counted, budget = s.posts_base.copy(), s.budget.copy()
    excess = p["money.pass_through"] * settlement
    excess = excess + shocks["budget, lasting"] + shocks["budget, shared"]
    _grow(s, 1.0 + p["money.budget_drift"] + excess, shocks["budget, passing"])
    s.reserves *= s.budget / np.maximum(budget, 1e-9)
    usual = np.zeros((1, 1))
    _plan(s, t, w, Growth(excess, usual, usual), shocks)
    s.posts_base[:], s.posts_passing[:] = counted, 0.0
    _fit(s, t, w)


def _top_up(s: State, w: Week) -> Array:
    """What the rest of the council can add in a year, GBP m: less where it has less itself, in real
    terms, than at the start."""
    able = np.minimum(s.spending_power / w.trends.prices, 1.0)
    return np.asarray(s.budget * (w.p["money.top_up_most"] * able))


def _balance(s: State, w: Week, years: float) -> Array:
    """What is overspent comes from reserves first, as far as one year may draw on them, then from
    the rest of the council, as far as that can go, then from the last of the reserves. What is
    left the government pays for. An underspend fills reserves up and goes back to the council.
    Gives what was overspent, as a share of the budget, below zero where less was spent."""
    p = w.p
    income = s.income - s.opening_income
    gap = s.spend - s.opening_spend - income
    over = np.maximum(gap, 0.0)
    drawn = np.minimum(over, s.reserves * p["money.reserves_draw"])
    topped_up = np.minimum(over - drawn, _top_up(s, w) * years)
    drawn += np.minimum(over - drawn - topped_up, s.reserves - drawn)
    exceptional = over - drawn - topped_up
    under = np.maximum(-gap, 0.0)
    refill = np.minimum(under, np.maximum(s.budget * p["money.reserves_start"] - s.reserves, 0.0))
    s.reserves += refill - drawn
    s.income_reserves += drawn - refill
    s.income_corporate += topped_up - (under - refill)
    s.income_exceptional += exceptional
    s.opening_spend[:] = s.spend
    s.opening_income[:] = s.income
    return np.asarray(np.clip(gap / np.maximum(income, 1e-6), -0.2, 0.3))


class Growth(NamedTuple):
    """Growth that plans follow, shares a year (countries, councils)."""

    excess: Array  # of the budget, beyond what it grows by at unchanged spending power
    need: Array  # of children in need, as far as it is noticed
    care: Array  # of children looked after, beyond the usual


def _plan(s: State, t: Traits, w: Week, growth: Growth, shocks: dict[str, Array]) -> None:
    """What is planned before anyone asks whether it fits. Where directions protect early help and
    posts, neither is planned to fall."""
    p, excess = w.p, growth.excess
    protected = s.protected > 0.0
    # Help: a national squeeze, and part of what the whole budget gains or loses.
    help_growth = (
        p["money.early_help_trend"]
        + p["money.early_help_on_budget"] * excess
        + shocks["early help, lasting"]
    )
    passing = shocks["early help, passing"]
    # Nothing planned takes it below its floor.
    floor = np.where(protected, np.inf, t.early_help_start * p["money.early_help_floor"])
    least = np.minimum(s.early_help_base, floor)
    factor = np.clip(1.0 + help_growth, 0.6, 1.5) * np.exp(passing - s.help_passing)
    s.early_help_base[:] = np.maximum(s.early_help_base * factor, least)
    s.help_passing[:] = passing
    # What a place costs follows what can be paid for it, but does not fall behind other prices.
    behind = p["money.inflation"] - p["money.placement_growth"]
    dearer = np.maximum(p["money.price_on_budget"] * excess, np.minimum(behind, 0.0))
    dearer = dearer + p["money.price_on_children"] * growth.care
    s.placement_price *= (1.0 + dearer) * np.exp(shocks["price, lasting"])
    other_growth = 1.0 + p["money.inflation"] + p["money.other_on_budget"] * excess
    passing = shocks["other, passing"]
    s.other *= np.maximum(other_growth, 0.7)
    s.other *= np.exp(shocks["other, lasting"] + passing - s.other_passing)
    s.other_passing[:] = passing
    # Posts follow money down less than up, and load over some years (evidence P2).
    elasticity = np.where(excess > 0.0, p["money.posts_on_rise"], p["money.posts_on_fall"])
    passing = shocks["posts, passing"]
    s.posts_base *= np.exp(np.where(protected, 0.0, passing - s.posts_passing))
    s.posts_passing[:] = passing
    load = np.clip(s.pressure / t.pressure_start - 1.0, -0.5, 0.5)
    # Where posts stay empty all over the country, councils make fewer.
    vacant = over_councils(s.vacancies) / over_councils(np.maximum(s.posts, 0.5))
    s.posts_change[:] = s.posts_base * np.clip(
        p["money.posts_growth"]
        + elasticity * excess
        + p["money.posts_on_need"] * growth.need
        + p["money.posts_on_pressure"] * load
        - p["money.posts_on_vacancy"] * (vacant - np.mean(t.vacancy_start, axis=1, keepdims=True))
        + shocks["posts, lasting"],
        np.where(protected, 0.0, -0.25),
        0.25,
    )


class _Costs(NamedTuple):
    """What the coming year would cost, GBP m, by head (countries, councils)."""

    staff: Array  # permanent and agency, with half of the posts made or cut over the year
    placements: Array
    help: Array
    other: Array  # with intervention that no grant pays for, and what weak control adds

    @property
    def total(self) -> Array:
        """All heads together."""
        return self.staff + self.placements + self.help + self.other


def _yearly_costs(s: State, w: Week) -> _Costs:
    """From today's children, staff and prices: prices and pay as they will be in mid-year."""
    p, now, dt = w.p, w.trends, w.rates.years
    placement_growth, pay_growth, _, _, price_left = w.cached_lever_factors(lever_factors)
    price = w.placement_index * price_left * np.power(placement_growth, 0.5 / dt)
    pay = np.sqrt(1.0 + p["money.pay_growth"])
    each = now.staff_cost * w.pay_index * np.power(pay_growth, 0.5 / dt) * pay / dt
    people = s.permanent + 0.5 * s.posts_change
    once = s.rate_support + s.rate_transition + s.rate_transmutation
    extra = s.extra_money * s.budget * p["money.failure_services_share"]
    staff = people * each + s.agency * (now.agency_cost * pay / dt)
    placements = s.total(CARE) * s.placement_price * price
    help_now = s.early_help_base * (1.0 + w.levers["money.early_help_shift"])
    return _Costs(
        staff=staff,
        placements=placements,
        help=np.asarray(help_now),
        other=s.other
        + extra
        + s.rate_transaction
        + (staff + placements) * s.soft_budget
        + once * (1.0 - p["money.intervention_grant_share"]),
    )


def _fit(s: State, t: Traits, w: Week) -> None:
    """Save what does not fit, spend what is spare, and decide whether a freeze is in force."""
    p = w.p
    costs = _yearly_costs(s, w)
    money = s.budget * (1.0 + s.extra_money)
    reserves = s.reserves * p["money.reserves_draw"]
    most = reserves + _top_up(s, w)
    gap = costs.total - money - np.minimum(s.budget * p["money.overspend_borne"], most)
    # Savings are planned in full and made in part, unless there is no more money.
    pace = np.where(s.freeze > 0.0, 1.0, p["money.savings_made"])
    saved = _save(s, t, w, costs, np.maximum(gap, 0.0) * pace)
    s.freeze[:] = costs.total - saved - money > np.maximum(most, s.budget * 0.01)

    refill = np.maximum(s.budget * p["money.reserves_start"] - s.reserves, 0.0)
    spare = np.maximum(money - costs.total - refill * p["money.reserves_draw"], 0.0)
    _spend(s, w, costs, spare * p["money.spare_spent"])
    s.early_help[:] = s.early_help_base * (1.0 + w.levers["money.early_help_shift"])


def _save(s: State, t: Traits, w: Week, costs: _Costs, wanted: Array) -> Array:
    """Save so much a year, GBP m: early help down to its floor first, then other services, then
    posts. Gives what is saved. Directions protect early help and posts."""
    p = w.p
    cut = p["money.cut_most"]
    free = s.protected <= 0.0
    floor = t.early_help_start * p["money.early_help_floor"]
    from_help = np.minimum(np.maximum(costs.help - floor, 0.0), costs.help * cut) * free
    from_help = np.minimum(wanted, from_help)
    left = wanted - from_help
    from_other = np.minimum(left, s.other * (0.5 * cut))
    left = left - from_other
    each = np.maximum(costs.staff / np.maximum(s.permanent + s.agency, 0.5), 1e-3)
    posts = np.minimum(left / each, s.posts_base * (0.5 * cut)) * free
    s.early_help_base *= 1.0 - from_help / np.maximum(costs.help, 1e-9)
    s.other -= from_other
    s.posts_change -= posts
    return np.asarray(from_help + from_other + posts * each)


def _spend(s: State, w: Week, costs: _Costs, spare: Array) -> None:
    """Money that nobody has planned for yet: part makes posts, the rest goes to early help and
    other services as they are, by no more than a tenth each in a year."""
    p = w.p
    each = np.maximum(costs.staff / np.maximum(s.permanent + s.agency, 0.5), 1e-3)
    posts = np.minimum(spare * p["money.spare_on_posts"] / each, s.posts_base * 0.1)
    services = np.maximum(costs.help + s.other, 1e-9)
    more = np.minimum((spare - posts * each) / services, 0.1)
    s.posts_change += posts
    s.early_help_base *= 1.0 + more
    s.other *= 1.0 + more


def watch(s: State, t: Traits, w: Week, gone: float, left: float) -> None:
    """Within the year: stop spending where it heads for more than the council can find.

    `gone` and `left` are the parts of the financial year in years. A freeze lasts until a year's
    plan fits again: recruitment to posts stops but for some, vacant posts go, and early help is cut
    at once.
    """
    p = w.p
    gap = (s.spend - s.opening_spend - (s.income - s.opening_income)) / gone
    years = gone + left
    beyond = gap - s.reserves / years - _top_up(s, w)
    begins = (beyond > 0.01 * s.budget) & (s.freeze == 0.0)
    if not begins.any():
        return
    s.freeze[begins] = 1.0
    free = begins * (s.protected <= 0.0)
    cut = p["money.cut_most"]
    floor = t.early_help_start * p["money.early_help_floor"]
    room = np.maximum(1.0 - floor / np.maximum(s.early_help_base, 1e-9), 0.0)
    wanted = beyond * (years / left) / np.maximum(s.early_help, 1e-9)
    share = np.minimum(np.minimum(np.clip(wanted, 0.0, cut), room), 1.0) * free
    s.early_help_base *= 1.0 - share
    s.early_help *= 1.0 - share
    # Half of the vacant posts, but no more than one April could cut.
    vacant = np.minimum(0.5 * s.vacancies, s.posts_base * (0.5 * cut)) * free
    s.posts_base -= vacant
    s.posts_change[:] = np.where(free > 0.0, np.minimum(s.posts_change, 0.0), s.posts_change)


def part_of_year(day: float, opened: float, closes: float) -> tuple[float, float]:
    """What is gone and what is left of the financial year on a day, in years."""
    return (day - opened) / DAYS_A_YEAR, (closes - day) / DAYS_A_YEAR
