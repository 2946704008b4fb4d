"""Who comes to the door: referrals, and what moves them."""

from __future__ import annotations

import numpy as np

from sim.model.state import State, Traits
from sim.model.weekly.working_week import Week
from sim.units import Array

DECISIONS = ("referrals", "no action", "shock")


def step(s: State, t: Traits, w: Week) -> None:
    """One week of referrals.

    Referrals = children x the council's rate x national trend x its own mean-reverting shock
    x partner alarm (C1) x early help (E17), plus children known before who come back.
    """
    p, k, now = w.p, w.rates, w.trends
    poverty, tempered = w.cached_lever_factors(lever_factors)
    s.population[:] = w.population

    s.shock *= k.shock_remaining
    s.shock += k.shock_spread * w.random.normal("shock")
    s.alarms *= k.alarms_remaining
    s.early_help_felt += (s.early_help + s.families_first - s.early_help_felt) * k.help_felt
    # Cash buys less each year: only real spending prevents.
    real = s.early_help_felt / t.early_help_start / now.prices
    w.need_growth = np.exp(p["demand.early_help_elasticity"] * np.log(np.maximum(real, 0.05)))

    new = t.new_referrals * (s.population / t.population_start) * w.need_growth * now.referrals
    mean = new * np.exp(s.shock - now.shock_mean) + t.return_rate * s.recently_closed
    mean = mean * poverty
    alarm = s.alarm * tempered
    arrived = w.random.poisson("referrals", mean * (1.0 + alarm) * k.years)
    turned_away = w.random.binomial("no action", arrived, t.no_action_share)
    s.waiting += arrived - turned_away
    s.referrals += arrived
    s.no_action += turned_away
    s.recently_closed += turned_away - s.recently_closed * k.years


def lever_factors(w: Week) -> tuple[Array, Array]:
    """Factors on new referrals and on the partners' alarm."""
    p, levers = w.p, w.levers
    poverty = 1.0 + p["demand.poverty_referrals"] * levers["demand.poverty_shift"]
    # Reformed safeguarding boards would temper the partners' alarm (claim 148).
    tempered = 1.0 - p["demand.coordination"] * levers["department.board_review"]
    return np.asarray(poverty), np.asarray(tempered)
