"""Who comes to the door: referrals, and what moves them."""

from __future__ import annotations

import numpy as np

from sim.model.state import State, Traits
from sim.model.weekly.working_week import Week
from sim.units import Array

DECISIONS = ("referrals", "no action")


def step(s: State, t: Traits, w: Week) -> None:
    """One week of referrals.

    Referrals = children x the council's rate x national trend x shocks and early help (`quarter`)
    x partner alarm (C1), plus children known before who come back.
    """
    k, now = w.rates, w.trends
    poverty, tempered = w.cached_lever_factors(lever_factors)
    s.population[:] = w.population

    s.alarms *= k.alarms_remaining
    new = t.new_referrals * (s.population / t.population_start) * w.more_referrals * now.referrals
    mean = (new + t.return_rate * s.recently_closed) * poverty
    alarm = s.alarm * tempered
    arrived = w.random.poisson("referrals", mean * (1.0 + alarm) * k.years)
    turned_away = w.random.binomial("no action", arrived, w.no_action)
    s.waiting += arrived - turned_away
    s.referrals += arrived
    s.no_action += turned_away
    s.recently_closed += turned_away - s.recently_closed * k.years


def quarter(s: State, t: Traits, w: Week) -> None:
    """What shocks and early help make of referrals, of the share of assessments that find need and
    of the plans and care that children in need enter, until the next quarter.

    Cash buys less each year, for more children: only real spending for each child prevents. Its
    effects on referrals, need, plans and care are elasticities of their own (evidence F22, P6).
    """
    p, now, shock = w.p, w.trends, w.shocks.of
    s.early_help_felt += (s.early_help + s.families_first - s.early_help_felt) * w.rates.help_felt
    children = s.population / t.population_start
    real = np.log(np.maximum(s.early_help_felt / t.early_help_start / now.prices / children, 0.05))
    referrals, need = p["demand.early_help_on_referrals"], p["demand.early_help_on_need"]
    # Referrals of children in need and all others move apart: by shocks of their own, and such that
    # together they follow early help as all referrals are believed to.
    in_need = (1.0 - t.no_action_share) * (1.0 - t.no_need_share)
    others = 1.0 - in_need
    apart = (referrals - in_need * need) / np.maximum(others, 0.2)
    of_need = in_need * np.exp(shock("need") + need * real)
    of_others = np.exp(shock("referrals") + apart * real)
    turned_away = t.no_action_share * of_others
    not_in_need = (others - t.no_action_share) * of_others
    w.more_referrals = np.maximum(of_need + turned_away + not_in_need, 1e-9)
    w.no_action = turned_away / w.more_referrals
    w.no_need = not_in_need / np.maximum(of_need + not_in_need, 1e-9)
    w.more_plans = np.exp(shock("plans") + (p["demand.early_help_on_plans"] - need) * real)
    w.more_care = np.exp(shock("care") + (p["demand.early_help_on_care"] - need) * real)


def lever_factors(w: Week) -> tuple[Array, Array]:
    """Factors on new referrals and on the partners' alarm."""
    p, levers = w.p, w.levers
    poverty = 1.0 + p["demand.poverty_referrals"] * levers["demand.poverty_shift"]
    # Reformed safeguarding boards would temper the partners' alarm (claim 148).
    tempered = 1.0 - p["demand.coordination"] * levers["department.board_review"]
    return np.asarray(poverty), np.asarray(tempered)
