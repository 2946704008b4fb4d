"""What the steps of the working week would work out again and again: the chances and factors that
stay the same all through a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.england.councils import Traits
from sim.england.settings import Parameters

Array = npt.NDArray[np.float64]
DAYS_A_YEAR = 365.25
A_WEEK = 7.0 / DAYS_A_YEAR  # years


def chance(rate: Array | float, years: float) -> Array:
    """The probability of leaving within a step of `years` at a yearly `rate`.

    A step of several weeks lets as many go, of those there when it begins, as that many single
    weeks would: so a steady flow leaves every stage as full whatever the step.
    """
    if years <= A_WEEK:
        return 1.0 - np.exp(rate * -years)
    weeks = round(years / A_WEEK)
    return np.minimum(weeks * (1.0 - np.exp(rate * (-years / weeks))), 1.0)


def hazard(share: Array | float) -> Array:
    """The yearly rate that moves this yearly share of a steady stock, a week at a time."""
    return np.asarray(-np.log1p(-np.minimum(np.asarray(share) * A_WEEK, 0.95)) / A_WEEK)


def held(flow: Array | float, rate: Array | float, years: float) -> Array:
    """What a steady yearly flow holds in a phase that is left at a yearly `rate`."""
    return np.asarray(np.asarray(flow) * years / chance(rate, years))


def faded(half_life: Array | float, years: Array | float) -> Array | float:
    """What is left after so many `years` of something with this half-life in years."""
    return np.power(0.5, years / half_life)


@dataclass(frozen=True, slots=True)
class Rates:
    """Of a step, each a number or an array that broadcasts to (nations, councils)."""

    # referrals
    shock_kept: Array | float
    shock_spread: Array | float  # standard deviation of a step's change
    shock_variance: Array | float  # in the long run
    alarms_kept: Array  # (3, nations or 1, 1), in the order of ALARMS
    # casework
    overload: Array  # pressure at which fewer children get a worker
    in_need: Array  # share of assessments that find a child in need, never zero
    short_care_end: Array
    step_down: Array  # of plans that end without care, the share that help goes on after
    middle_care: Array | float  # of stays that are not short, the share of middling ones
    # workforce
    overload_cases: Array  # caseload at which overload begins to drive staff out
    agency_end: Array
    agency_pace: Array
    qualify: Array
    search: Array
    fill: Array  # of the posts that could be filled, by each of two pools
    settle: Array
    agency_out: Array
    search_out: Array
    stigma_kept: Array | float
    # practice
    root_year: float  # of the step in years
    deprived: Array  # what deprivation does to the norm


def rates_of(p: Parameters, t: Traits, dt: float) -> Rates:
    """The rates of a batch for steps of `dt` years."""
    kept = np.exp(-p["demand.shock_reversion"] * dt)
    half_lives = (
        p["demand.alarm_half_life"],
        p["demand.plan_alarm_half_life"],
        p["demand.tragedy_half_life"],
    )
    still_short = 1.0 - p["casework.care_share_short"]
    return Rates(
        shock_kept=kept,
        shock_spread=p["demand.shock_sd"] * np.sqrt(1.0 - kept * kept),
        shock_variance=np.square(p["demand.shock_sd"]),
        alarms_kept=np.array([np.reshape(faded(life, dt), (-1, 1)) for life in half_lives]),
        overload=np.maximum(
            t.pressure_start * 1.05, p["casework.overload"] / p["casework.caseload_norm"]
        ),
        in_need=np.maximum(1.0 - t.no_need_share, 0.05),
        short_care_end=chance(1.0 / p["casework.care_years_short"], dt),
        step_down=p["casework.plan_step_down"] / np.maximum(1.0 - t.plan_to_care, 0.3),
        middle_care=p["casework.care_share_middle"] / still_short,
        overload_cases=np.maximum(p["workforce.overload_at"], t.caseload_start),
        agency_end=chance(p["workforce.agency_end"], dt),
        agency_pace=chance(p["workforce.agency_pace"], dt),
        qualify=chance(1.0 / p["workforce.newly_qualified_years"], dt),
        search=chance(p["workforce.search_pace"], dt),
        fill=chance(0.5 * p["workforce.post_pace"], dt),
        settle=chance(p["workforce.agency_settle"], dt),
        agency_out=chance(p["workforce.agency_out"], dt),
        search_out=chance(p["workforce.search_out"], dt),
        stigma_kept=faded(p["workforce.stigma_half_life"], dt),
        root_year=float(np.sqrt(dt)),
        deprived=p["practice.deprivation_effect"] * t.deprivation,
    )
