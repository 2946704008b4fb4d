"""What the steps of the working week would work out again and again: chances and factors that
stay the same all through a run, or depend on the date alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.model.settings import Parameters
from sim.model.state import Traits
from sim.random.chances import chance
from sim.units import DAYS_A_YEAR, Array

CHANGES_OVER = 0.5  # years over which changes of worker are counted
# The trends of the record ebb from here on, in runs that start later too: the ledger's level of
# practice is read from the first results, of 2014 to 2017 (A23), whose middle this is.
TRENDS_FROM = date(2016, 1, 1)
# Practice rises steadily over the years of the inspection record (H6): its trend ebbs after those
# that the model is fitted to.
PRACTICE_RISES_TO = date(2022, 4, 1)
# First year of the financial year in whose prices the ledger gives the costs of staff (U6, D6).
PRICE_YEAR = 2015


def faded(half_life: Array, years: Array | float) -> Array:
    """What is left after so many `years` of something with this half-life in years."""
    return np.asarray(np.power(0.5, years / half_life))


class Rates(NamedTuple):
    """Of a step and the same all through a run.

    As in `Trends`, all are arrays that broadcast to (countries, councils), of shape () where one
    number serves them all: numpy takes those in faster than numbers.
    """

    years: Array  # length of a step
    # referrals
    help_felt: Array  # share of a change in early help that families come to feel in a quarter
    alarms_remaining: Array  # (3, countries or 1, 1), in the order of ALARMS
    # casework
    overload: Array  # pressure at which fewer children get a worker
    in_need: Array  # share of assessments that find a child in need, never zero
    short_care_pace: Array  # yearly rate
    step_down: Array  # of plans that end without care, the share that help goes on after
    middle_care: Array  # of care that is not short, the share of middling ones
    # workforce
    overload_cases: Array  # caseload at which overload begins to drive staff out
    agency_end: Array
    agency_pace: Array
    qualify: Array
    search: Array
    fill: Array  # of the posts that could be filled, by each of two pools
    settle: Array
    give_up: Array  # (3, countries or 1, 1), in the order of the pools
    training: Array  # share of those in training who qualify
    returners: Array  # people expected
    morale: Array  # share of a change in morale that has come through
    changes: Array  # the same for changes of worker
    stigma_remaining: Array
    weakness_felt: Array  # share of a change in practice that staff have come to feel in a quarter
    protected_usual: Array  # and of one in children on plans and in care that they are used to
    # money
    grant_share: Array  # of a year's help
    failure_lag: Array
    failure_fade: Array
    # practice
    pull: Array  # share of the way back to its own norm that a council's anchor goes
    anchor_noise: Array
    momentum: Array  # (2, countries or 1, 1): after a good and an outstanding judgement
    pace: Array
    noise: Array
    focus_build: Array
    focus_fade: Array


def rates_of(p: Parameters, t: Traits, dt: float) -> Rates:
    """The rates of a batch for steps of `dt` years."""
    half_lives = (
        p["demand.alarm_half_life"],
        p["demand.plan_alarm_half_life"],
        p["demand.tragedy_half_life"],
    )
    search_out = p["workforce.search_out"]
    giving_up = (search_out, search_out, p["workforce.agency_out"])
    still_short = 1.0 - p["casework.care_share_short"]
    root = np.sqrt(dt)
    pulled = p["practice.why_excellence_sticks"] != NO_PULL
    worked_for = 1.0 - p["practice.halo_share"]
    rates = Rates(
        years=np.array(dt),
        help_felt=-np.expm1(-0.25 / p["demand.early_help_lag"]),
        alarms_remaining=_in_order(faded(life, dt) for life in half_lives),
        overload=np.maximum(
            t.pressure_start * 1.05, p["casework.overload"] / p["casework.caseload_norm"]
        ),
        in_need=np.maximum(1.0 - t.no_need_share, 0.05),
        short_care_pace=1.0 / p["casework.care_years_short"],
        step_down=p["casework.plan_step_down"] / np.maximum(1.0 - t.plan_to_care, 0.3),
        middle_care=p["casework.care_share_middle"] / still_short,
        overload_cases=np.maximum(p["workforce.overload_at"], t.caseload_start),
        agency_end=chance(p["workforce.agency_end"], dt),
        agency_pace=chance(p["workforce.agency_pace"], dt),
        qualify=chance(1.0 / p["workforce.newly_qualified_years"], dt),
        search=chance(p["workforce.search_pace"], dt),
        fill=chance(0.5 * p["workforce.post_pace"], dt),
        settle=chance(p["workforce.agency_settle"], dt),
        give_up=_in_order(chance(rate, dt) for rate in giving_up),
        training=dt / p["workforce.training_years"],
        returners=p["workforce.returners_a_year"] * dt,
        morale=dt / p["workforce.morale_years"],
        changes=np.array(dt / CHANGES_OVER),
        stigma_remaining=faded(p["workforce.stigma_half_life"], dt),
        weakness_felt=-np.expm1(-0.25 / p["workforce.weakness_lag"]),
        protected_usual=-np.expm1(-0.25 / p["workforce.protection_lag"]),
        grant_share=p["money.intervention_grant_share"] * dt,
        failure_lag=dt / p["money.failure_lag"],
        failure_fade=dt / p["money.failure_fade"],
        pull=np.where(pulled, p["practice.anchor_reversion"] * dt, 0.0),
        anchor_noise=root
        * np.where(pulled, p["practice.anchor_noise_pulled"], p["practice.anchor_noise"]),
        momentum=_in_order(extra * worked_for for extra in extra_after(p)),
        pace=dt / p["practice.years"],
        noise=p["practice.noise"] * root,
        focus_build=dt / p["practice.focus_build"],
        focus_fade=dt / p["practice.focus_fade"],
    )
    return Rates._make(map(np.asarray, rates))


# Why excellence sticks: the three readings between which the record cannot tell (evidence H6).
NO_PULL, OWN_TRENDS, MOMENTUM = 1.0, 2.0, 3.0


def extra_after(p: Mapping[str, Any]) -> tuple[Any, Any]:
    """What the next reading gains by a good and by an outstanding judgement, grade steps: nothing
    but where excellence sticks for that reason."""
    holds = p["practice.why_excellence_sticks"] == MOMENTUM
    return holds * p["practice.extra_good"], holds * p["practice.extra_outstanding"]


def _in_order(values: Iterable[Array]) -> Array:
    """Values one after another, (values, countries or 1, 1)."""
    return np.array([np.reshape(value, (-1, 1)) for value in values])


class Before(NamedTuple):
    """What had gone by before the first day of a run, in years: none of it is negative, but the
    last."""

    trends: float  # since the trends of the record began to ebb
    prices: float  # from the ledger's price year to the year whose spending the run starts from
    pay: float  # and to the first day
    practice: float  # since the day of the ledger's level of practice


def before_start(b: Baseline) -> Before:
    """What had gone by before the date of a baseline.

    Prices of a financial year are those of its middle. Before 2015-16 pay was held still: nothing
    is taken off.
    """
    trends = (b.date - TRENDS_FROM).days / DAYS_A_YEAR
    prices = int(b.spend_year[:4]) - PRICE_YEAR
    pay = (b.date - middle_of_year(PRICE_YEAR)).days / DAYS_A_YEAR
    return Before(max(trends, 0.0), max(float(prices), 0.0), max(pay, 0.0), trends)


def middle_of_year(first: int) -> date:
    """The middle of the financial year that begins in April of a year."""
    return date(first, 10, 1)


def pay_after(p: Parameters, years: float) -> Array:
    """Pay and agency rates so many years after the price year, as a factor on those of it."""
    return np.asarray(np.power(1.0 + p["money.pay_growth_before"], years))


def years_of_rise(p: Parameters, since: Array | float) -> Array:
    """How many years' worth of its trend practice has moved, so many years after the day of the
    ledger's level (negative: before): as many, until the trend begins to ebb."""
    lasting = p["england.trend_years"]
    steady = (PRACTICE_RISES_TO - TRENDS_FROM).days / DAYS_A_YEAR
    ebbing = np.maximum(since - steady, 0.0)
    return np.asarray(np.minimum(since, steady) + lasting * -np.expm1(-ebbing / lasting))


def national_practice(p: Parameters, since: Array | float) -> Array:
    """Practice of the average council so many years after the day of the ledger's level."""
    rise = p["practice.national_drift"] * years_of_rise(p, since)
    return np.asarray(p["practice.national_mean"] + rise)


class Trends(NamedTuple):
    """What depends on the date alone."""

    referrals: Array  # factor since the start
    prices: Array
    real_pay: Array  # logarithm of pay over prices since the start
    protection: Array  # factors since the start
    care: Array
    care_pace: Array
    middle_pace: Array  # yearly rate, each of two phases
    staff_cost: Array  # GBP m a step and FTE
    agency_cost: Array
    agency_premium: Array
    posts: Array  # factor since the start
    practice: Array  # where practice drifts to in the average council
    rise: Array  # years' worth of the trend of practice: since the start
    rise_step: Array  # and of this step

    def of(self, step: int) -> Trends:
        """Those of one step, of those of all."""
        return Trends(*(one[step, ...] for one in self))


def trends_of(p: Parameters, before: Before, days: Sequence[int], dt: float) -> Trends:
    """The trends of steps of `dt` years that begin so many days after the start: each has the
    steps as a first axis."""
    lasting = p["england.trend_years"]
    elapsed = np.reshape(days, (-1, *[1] * lasting.ndim)) / DAYS_A_YEAR
    # Trends of the record go on, but not for ever: the later a run starts, the less is left.
    years = np.exp(-before.trends / lasting) * lasting * -np.expm1(-elapsed / lasting)
    risen = years_of_rise(p, before.practice + elapsed)
    longer = np.exp(-p["casework.care_years_drift"] * years)
    pay = np.power(1.0 + p["money.pay_growth"], elapsed) * pay_after(p, before.pay)
    return Trends(
        referrals=np.power(1.0 + p["demand.referral_trend"], elapsed),
        prices=np.power(1.0 + p["money.inflation"], elapsed),
        real_pay=np.log((1.0 + p["money.pay_growth"]) / (1.0 + p["money.inflation"])) * elapsed,
        protection=np.exp(p["casework.protection_drift"] * years),
        care=np.exp(p["casework.care_drift"] * years),
        care_pace=longer,
        middle_pace=2.0 * longer / p["casework.care_years_middle"],
        staff_cost=p["money.staff_cost"] * pay * dt,
        agency_cost=p["money.agency_cost"] * pay * dt,
        agency_premium=p["money.agency_premium"] * pay * dt,
        posts=np.power(1.0 + p["money.posts_growth"], elapsed),
        practice=national_practice(p, before.practice + elapsed),
        rise=risen - years_of_rise(p, before.practice),
        rise_step=years_of_rise(p, before.practice + elapsed + dt) - risen,
    )
