"""Hidden quality: what it drifts towards, how fast, and what stirs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.model.state import State, Traits
from sim.model.weekly.rates import extra_after
from sim.model.weekly.working_week import Week, clip
from sim.units import Array

DECISIONS = ("practice", "anchor")


def own_target(s: State, t: Traits, w: Week) -> Array:
    """Where practice is heading of itself, without a drive after failure or outside help, on the
    grade scale (1 inadequate to 4 outstanding).

    Load, permanent staff, early help and morale count as changes since the start, because the
    council's grade at the start already reflects their level then.
    """
    p, k = w.p, w.rates
    freedoms, drain, innovation, teams = w.cached_lever_factors(lever_factors)
    heading = (
        s.anchor
        + p["practice.director_effect"] * s.director_quality
        - p["practice.new_director_cost"] * (s.director_settles > w.day)
        - p["practice.load_effect"] * clip(s.pressure - t.pressure_start, -0.4, 1.0)
        - p["practice.permanent_effect"] * unfilled(s, t, w)
        + p["practice.early_help_effect"] * early_help(s, t, w)
        + p["practice.morale_effect"] * s.morale
        - p["practice.desk_effect"] * s.desk_extra
        - p["practice.continuity_effect"] * (s.change_rate - t.change_start)
        - p["practice.attention_effect"] * (s.attention_lost + drain * t.strong_area)
        + freedoms * t.strong_area
        + innovation
        + teams
        - p["practice.know_how_effect"] * (1.0 - s.learning)
    )
    if np.count_nonzero(k.momentum):
        heading += k.momentum[1] * (s.grade == 4) + k.momentum[0] * (s.grade == 3)
    deterred = w.cached_lever_factors(_deterred)
    if np.count_nonzero(deterred):
        heading += deterred * (s.grade != 1) * nearness(p, s.practice)
    return np.asarray(heading)


def unfilled(s: State, t: Traits, w: Week) -> Array:
    """How far the share of posts that permanent staff do not hold has grown since the start. Posts
    are those of the start, grown with England's: posts that come and go with money, and agency
    staff sent away, change nothing as long as nobody permanent comes or leaves."""
    return np.asarray(t.permanent_share_start - s.permanent / (t.posts_start * w.trends.posts))


def early_help(s: State, t: Traits, w: Week) -> Array:
    """Logarithm of what families feel of early help, per child and in the prices of the start,
    against the start (evidence F21)."""
    per_child = s.early_help_felt * t.population_start / (t.early_help_start * s.population)
    return np.asarray(np.log(np.maximum(per_child / w.trends.prices, 0.05)))


def step(s: State, t: Traits, w: Week) -> None:
    """One week: practice moves part of the way to its target, with noise."""
    p, k, now = w.p, w.rates, w.trends
    # The whole country moves; each council with it and, in one of the readings of the record, on
    # a trend of its own.
    s.anchor += (p["practice.national_drift"] + t.trend) * now.rise_step
    s.anchor += (now.practice + t.norm + t.trend * now.rise - s.anchor) * k.pull
    s.anchor += k.anchor_noise * w.random.normal("anchor")

    spread = w.cached_lever_factors(_diffusion)
    if np.count_nonzero(spread):
        # Column by column: a matrix product would round differently in batches of other sizes.
        near = np.zeros_like(s.practice)
        for columns, weights in zip(t.near, t.near_weight, strict=True):
            near += s.practice[:, columns] * weights
        better = np.maximum(near - s.practice, 0.0)
        s.anchor += better * spread

    own = own_target(s, t, w)
    gap = own + s.focus + s.support - s.practice
    # What holds improvement up does not hold decline up.
    pace = np.where(gap > 0.0, 1.0 - s.stall, 1.0) * k.pace
    s.practice += gap * pace + k.noise * w.random.normal("practice")
    s.practice[:] = clip(s.practice, 0.3, 4.7)
    s.attention_spent += s.attention * k.years

    # The drive that follows a failure brings a council some of the way to the threshold while it
    # is judged failing, then ebbs.
    drive = p["practice.recovery_share"] * np.maximum(p["practice.recovery_level"] - own, 0.0)
    s.focus += np.where(s.grade == 1, (drive - s.focus) * k.focus_build, -s.focus * k.focus_fade)
    s.learning += k.years * np.where(
        s.contracted > 0.0,
        -s.learning / p["trust.know_how_decay_years"],
        (1.0 - s.learning) / p["trust.know_how_rebuild_years"],
    )


def lever_factors(w: Week) -> tuple[Array, Array, Array, Array]:
    """What freedoms are worth in grade steps and the share of leaders' attention they take, where
    they were offered; what innovation money and multi-agency protection teams are worth."""
    p, levers = w.p, w.levers
    freed = levers["regime.freedoms"]
    innovation = (p["practice.innovation_effect"] / 100.0) * levers["money.innovation_gbp_m"]
    return (
        np.asarray(p["practice.freedoms"] * freed),
        np.asarray(p["practice.freedoms_drain"] * freed),
        np.asarray(innovation),
        np.asarray(p["practice.protection_teams"] * levers["services.protection_teams"]),
    )


def _diffusion(w: Week) -> Array:
    """How much of a neighbour's better practice is taken up in a step."""
    diffusion = w.p["practice.diffusion"] * w.levers["department.what_works"]
    return np.asarray(diffusion * w.years)


def _deterred(w: Week) -> Array:
    """What the threat before failure does to practice at the line itself, grade steps."""
    real = w.p["threat.deterrence"] * (1.0 - w.p["threat.gaming_share"])
    return np.asarray(real * w.levers["regime.threat_before_failure"])


def nearness(p: Mapping[str, Any], practice: Array | float) -> Array:
    """How much a threat of removal is felt before failure: 1 at the line of poor practice, less
    the further practice lies from it on either side (evidence B29)."""
    away = (practice - p["practice.poor_line"]) / p["threat.reach"]
    return np.asarray(np.exp(-0.5 * np.square(away)))


def overrating(p: Mapping[str, Any], practice: float, grade: int, threatened: bool) -> float:
    """By how much an inspector reads a council's practice too high, grade steps: what it does
    for show under a threat, and the halo of its last judgement where excellence sticks for that
    reason."""
    good, outstanding = extra_after(p)
    halo = {3: good, 4: outstanding}.get(grade, 0.0) * p["practice.halo_share"]
    if not threatened or grade == 1:
        return float(halo)
    for_show = p["threat.deterrence"] * p["threat.gaming_share"]
    return float(halo + for_show * nearness(p, practice))
