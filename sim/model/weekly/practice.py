"""Hidden quality: what it drifts towards, how fast, and what stirs it."""

from __future__ import annotations

import numpy as np

from sim.model.state import State, Traits
from sim.model.weekly.working_week import Week, clip
from sim.units import Array

DECISIONS = ("practice", "anchor")


def target(s: State, t: Traits, w: Week) -> Array:
    """Where practice is heading, on the grade scale (1 inadequate to 4 outstanding).

    Load, agency use and morale count as changes since the start, because the council's
    grade at the start already reflects their level then.
    """
    p = w.p
    freedoms, drain, innovation = w.cached_lever_factors(lever_factors)
    agency_rate = s.agency / np.maximum(s.agency + s.permanent, 0.5)
    return np.asarray(
        s.anchor
        + p["practice.director_effect"] * s.director_quality
        - p["practice.new_director_cost"] * (s.director_settles > w.day)
        - p["practice.load_effect"] * clip(s.pressure - t.pressure_start, -0.4, 1.0)
        - p["practice.agency_effect"] * (agency_rate - t.agency_rate_start)
        + p["practice.morale_effect"] * s.morale
        - p["practice.desk_effect"] * s.desk_extra
        - p["practice.continuity_effect"] * (s.change_rate - t.change_start)
        - p["practice.attention_effect"] * (s.attention_lost + drain * t.strong_area)
        + freedoms * t.strong_area
        + innovation
        - p["practice.know_how_effect"] * (1.0 - s.learning)
        + s.focus
        + s.support
    )


def step(s: State, t: Traits, w: Week) -> None:
    """One week: practice moves part of the way to its target, with noise."""
    p, k, spread = w.p, w.rates, w.cached_lever_factors(_diffusion)
    s.anchor += (w.trends.practice + k.deprived - s.anchor) * k.anchor_reversion
    s.anchor += k.anchor_noise * w.random.normal("anchor")

    if np.count_nonzero(spread):
        # Column by column: a matrix product would round differently in batches of other sizes.
        near = np.zeros_like(s.practice)
        for columns, weights in zip(t.near, t.near_weight, strict=True):
            near += s.practice[:, columns] * weights
        better = np.maximum(near - s.practice, 0.0)
        s.anchor += better * spread

    gap = target(s, t, w) - s.practice
    # What holds improvement up does not hold decline up.
    pace = np.where(gap > 0.0, 1.0 - s.stall, 1.0) * k.pace
    s.practice += gap * pace + k.noise * w.random.normal("practice")
    s.practice[:] = clip(s.practice, 0.3, 4.7)
    s.attention_spent += s.attention * k.years

    # The drive that follows a failure lasts while it is judged failing, then ebbs.
    s.focus += np.where(
        s.grade == 1, (p["practice.focus"] - s.focus) * k.focus_build, -s.focus * k.focus_fade
    )
    s.learning += k.years * np.where(
        s.contracted > 0.0,
        -s.learning / p["trust.know_how_decay_years"],
        (1.0 - s.learning) / p["trust.know_how_rebuild_years"],
    )


def lever_factors(w: Week) -> tuple[Array, Array, Array]:
    """What freedoms are worth in grade steps and the share of leaders' attention they take, where
    they were offered; what innovation money is worth."""
    p, levers = w.p, w.levers
    freed = levers["regime.freedoms"]
    innovation = (p["practice.innovation_effect"] / 100.0) * levers["money.innovation_gbp_m"]
    return (
        np.asarray(p["practice.freedoms"] * freed),
        np.asarray(p["practice.freedoms_drain"] * freed),
        np.asarray(innovation),
    )


def _diffusion(w: Week) -> Array:
    """How much of a neighbour's better practice is taken up in a step."""
    diffusion = w.p["practice.diffusion"] * w.levers["department.what_works"]
    return np.asarray(diffusion * w.years)
