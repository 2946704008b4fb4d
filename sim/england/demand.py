"""Who comes to the door: referrals, and what moves them."""

from __future__ import annotations

import numpy as np

from sim.england.councils import Councils, Traits
from sim.england.week import Week

DECISIONS = ("referrals", "no action", "shock")


def step(s: Councils, t: Traits, w: Week) -> None:
    """One week of referrals.

    Referrals = children x the council's rate x national trend x its own mean-reverting shock
    x partner alarm (C1) x early help (E17), plus children known before who come back.
    """
    p, k, dt = w.p, w.rates, w.years
    s.population[:] = w.population

    s.shock *= k.shock_kept
    s.shock += k.shock_spread * w.luck.normal("shock")
    # The mean of exp(shock) grows with its variance: take it out so that no trend creeps in.
    variance = k.shock_variance * (1.0 - np.exp(-2.0 * p["demand.shock_reversion"] * w.elapsed))

    s.alarms *= k.alarms_kept
    s.early_help_felt += (s.early_help - s.early_help_felt) * (dt / p["demand.early_help_lag"])
    # Cash buys less each year: only real spending prevents.
    real = s.early_help_felt / t.early_help_start / np.power(1.0 + p["money.inflation"], w.elapsed)
    w.need_growth = np.exp(p["demand.early_help_elasticity"] * np.log(np.maximum(real, 0.05)))

    trend = np.power(1.0 + p["demand.referral_trend"], w.elapsed)
    new = t.new_referrals * (s.population / t.population_start) * w.need_growth * trend
    mean = new * np.exp(s.shock - variance / 2.0) + t.return_rate * s.recently_closed
    mean = mean * (1.0 + p["demand.poverty_referrals"] * w.levers["demand.poverty_shift"])
    # Reformed safeguarding boards would temper the partners' alarm (claim 148).
    alarm = s.alarm * (1.0 - p["demand.coordination"] * w.levers["department.board_review"])
    arrived = w.luck.poisson("referrals", mean * (1.0 + alarm) * dt)
    turned_away = w.luck.binomial("no action", arrived, t.no_action_share)
    s.waiting += arrived - turned_away
    s.referrals += arrived
    s.no_action += turned_away
    s.recently_closed += turned_away - s.recently_closed * dt
