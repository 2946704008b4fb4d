"""What a year's referrals lead to in each council, by its own returns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.inputs.councils.baseline import Baseline
from sim.model.settings import Parameters

Array = npt.NDArray[np.float64]


class Flows(NamedTuple):
    """Where the referred children of a year go, by council, and how fast they are assessed."""

    no_action: Array  # share of referrals
    no_need: Array  # shares of completed assessments
    plan: Array
    care: Array
    to_need: Array  # children a year who become in need, neither on a plan nor looked after
    assessment_pace: Array  # yearly rate of each of the two phases


def yearly_flows(b: Baseline, p: Parameters) -> Flows:
    """From the returns known on the start date, shape (councils,) or (countries, councils)."""
    no_action = np.clip(b.no_action_share, 0.0, 0.6)
    assessed = np.maximum(b.referrals, 1.0) * (1.0 - no_action)
    no_need = np.clip(b.not_in_need_share / (1.0 - no_action), 0.0, 0.85)
    plan = np.minimum(p["casework.plans_direct"] * np.maximum(b.plans_started, 0.5) / assessed, 0.5)
    care = np.minimum(p["casework.care_direct"] * np.maximum(b.cla_started, 0.5) / assessed, 0.3)
    to_need = assessed * np.maximum(1.0 - no_need - plan - care, 0.02)
    return Flows(no_action, no_need, plan, care, to_need, _assessment_pace(b))


def _assessment_pace(b: Baseline) -> Array:
    """Yearly rate of each of the two phases of an assessment, from how many were done in
    time (45 working days, 63 days): the tail of the two phases is exp(-x)(1 + x)."""
    grid = np.linspace(0.5, 9.0, 171)
    late = np.clip(1.0 - b.assess_in_time_share, 0.02, 0.5)
    return np.interp(-late, -(np.exp(-grid) * (1.0 + grid)), grid) / 63.0 * 365.25
