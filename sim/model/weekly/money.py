"""Pounds: what is spent each week, and what is decided each April."""

from __future__ import annotations

import numpy as np

from sim.model.settings import Levers, Parameters
from sim.model.state import CARE, State, Traits
from sim.model.weekly.working_week import Week, over_councils
from sim.units import Array


def step(s: State, w: Week) -> None:
    """One week of spending and income, GBP m in cash. Prices rise smoothly with the years."""
    p, k, now = w.p, w.rates, w.trends
    dt = k.years
    placement_growth, premium_left, families_first = w.cached_lever_factors(lever_factors)
    w.placement_index = w.placement_index * placement_growth
    premium = now.agency_premium * premium_left
    _share_out(families_first, s)
    staff = s.permanent * now.staff_cost
    agency = s.agency * (now.agency_cost - (now.agency_premium - premium))
    placements = s.total(CARE) * s.placement_price * (w.placement_index * dt)
    from_grant = s.families_first * dt
    early_help = s.early_help * dt + from_grant
    other = s.other * dt
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
    s.income_budget += s.budget * (1.0 + s.extra_money) * dt
    # Money follows failure with a lag and ebbs after it (C9).
    s.failure_money += np.where(
        s.grade == 1,
        (p["money.failure_uplift"] - s.failure_money) * k.failure_lag,
        -s.failure_money * k.failure_fade,
    )


def lever_factors(w: Week) -> tuple[Array, Array, Array]:
    """The factor by which the price of placements grows in a step, the share of the agency premium
    that is still paid under the rules on agency work, and what Families First money adds to early
    help in England, GBP m a year."""
    p, levers = w.p, w.levers
    growth = p["money.placement_growth"] + levers["money.placement_growth_shift"]
    saved = levers["workforce.agency_rules"] * p["money.agency_rules_saving"]
    added = levers["money.families_first_gbp_m"] * p["money.families_first_new"]
    return np.asarray(np.power(1.0 + growth, w.years)), np.asarray(1.0 - saved), np.asarray(added)


def _share_out(families_first: Array, s: State) -> None:
    """Each council's part of the national money, by its children."""
    if np.count_nonzero(families_first):
        np.multiply(families_first / over_councils(s.population), s.population, s.families_first)
    else:
        s.families_first.fill(0.0)


def close_year(s: State, t: Traits, p: Parameters, levers: Levers, settlement: Array) -> None:
    """Close the books on 31 March and decide the next year.

    `settlement` is the growth of each council's spending power into the new year, (1,
    councils). What is overspent comes from reserves first, then from the rest of the council;
    an underspend goes into reserves.
    """
    spent = s.spend - s.opening_spend
    income = s.income - s.opening_income
    gap = spent - income
    over = gap / np.maximum(income, 1e-6)  # as a share of income
    drawn = np.minimum(gap, s.reserves * p["money.reserves_draw"])
    s.reserves -= drawn
    s.income_reserves += drawn
    s.income_corporate += gap - drawn
    s.opening_spend[:] = s.spend
    s.opening_income[:] = s.income

    squeeze = np.clip(over - p["money.overspend_borne"], 0.0, 0.25)
    growth = (
        settlement
        + levers["money.settlement_shift"]
        + p["money.childrens_priority"]
        + p["money.overspend_rebased"] * np.clip(over, -0.2, 0.3)
    )
    in_need = s.children_in_need
    demand = np.clip(in_need / np.maximum(s.opening_need, 1.0) - 1.0, -0.2, 0.2)
    s.opening_need[:] = in_need
    s.budget *= 1.0 + growth + levers["money.demand_indexed"] * demand
    s.early_help_base *= np.maximum(
        1.0 + p["money.early_help_trend"] - p["money.squeeze_on_early_help"] * squeeze, 0.7
    )
    s.early_help[:] = s.early_help_base * (1.0 + levers["money.early_help_shift"])
    s.other *= 1.0 + p["money.inflation"] - p["money.squeeze_on_other"] * squeeze
    # Decided in April, made or cut over the year.
    s.posts_change[:] = s.posts_base * (
        p["money.posts_growth"]
        + p["money.posts_on_pressure"] * np.clip(s.pressure / t.pressure_start - 1.0, -0.5, 0.5)
        - p["money.squeeze_on_posts"] * squeeze
    )
