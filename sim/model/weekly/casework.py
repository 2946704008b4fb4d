"""What happens to the children: allocation, assessment, plans, care, closure."""

from __future__ import annotations

import numpy as np

from sim.model.state import State, Traits
from sim.model.weekly.working_week import Week, clip
from sim.random.chances import chance
from sim.units import DAYS_A_YEAR, Array

# Those who move on from the stages after waiting, in the order of the stages.
MOVE_ON = (
    "assessment first",
    "assessment second",
    "need short close",
    "need long close",
    "plan first",
    "plan second",
    "care short end",
    "care middle first",
    "care middle second",
    "care long end",
)
# Where they go: one after another, as each leaves fewer for the next.
WHERE_FIRST = ("no need", "need to plan", "plan to care")
WHERE_NEXT = ("new plan", "need to care", "plan step down")
HOW_LONG = ("need short", "care short")
DECISIONS = (*MOVE_ON, *WHERE_FIRST, *WHERE_NEXT, "new care", *HOW_LONG, "care middle")


def step(s: State, t: Traits, w: Week) -> None:
    """One week of casework. Children only move: conservation holds to the child."""
    p, k, now, draw = w.p, w.rates, w.trends, w.random.binomials
    poverty, conferences, services_for_care, services_for_closing = w.cached_lever_factors(
        lever_factors
    )
    allocated = _allocate(s, w)

    # Over capacity everything takes longer; with slack a little less (relative to the start).
    # A council without a case has no pressure at all.
    slack = -np.log(np.maximum(s.pressure / t.pressure_start, 0.01))
    pace = clip(np.exp(p["casework.strain_on_assessment"] * slack), 0.4, 1.2)
    close = clip(np.exp(p["casework.strain_on_closing"] * slack), 0.5, 1.15)

    # After a public tragedy thresholds are defensive (claim 51); poverty brings children into
    # care (E20); services around the family shorten help and keep children out (claim 104).
    lower = 1.0 + p["demand.tragedy_thresholds"] * s.tragedy
    guarded = now.protection * lower * w.more_plans
    edge_of_care = now.care * lower * poverty * conferences * services_for_care * w.more_care

    # Who moves on from where they were when the step began.
    assess = t.assessment_pace * pace
    plan_pace = t.plan_pace * close
    first, done, short_close, long_close, plan_on, plan_end, *care_on = w.random.leavers(
        MOVE_ON,
        s.stages[1:],
        (
            assess,
            assess,
            close / p["casework.need_years_short"],
            t.need_close * (close * services_for_closing),
            plan_pace,
            plan_pace,
            k.short_care_pace,
            now.middle_pace,
            now.middle_pace,
            t.care_long_pace * now.care_pace,
        ),
        w.years,
    )
    short_end, middle_on, middle_end, long_end = care_on
    s.assessment_first += allocated - first
    s.assessment_second += first - done
    s.assessed += done
    s.assessed_late += done * _late(assess)

    # Where they go.
    alarm = 1.0 + s.alarm
    plan_share = t.plan_share * guarded * (1.0 + s.plan_alarm) / alarm
    # Partner alarm brings referrals that rarely end in care (C3): the same children enter.
    care_share = t.care_share * edge_of_care / alarm
    left = s.need_long - long_close
    no_need, to_plan, plan_care = draw(
        WHERE_FIRST,
        (done, left, plan_end),
        (
            w.no_need,
            chance(t.need_to_plan * guarded, w.years),
            t.plan_to_care * edge_of_care / now.protection,
        ),
    )
    rest = done - no_need
    left = left - to_plan
    staying = plan_end - plan_care
    plans, to_care, stepped = draw(
        WHERE_NEXT,
        (rest, left, staying),
        (
            plan_share / k.in_need,
            chance(t.need_to_care * edge_of_care, w.years),
            k.step_down,
        ),
    )
    rest = rest - plans
    care_share = care_share / np.maximum(k.in_need - plan_share, 0.05)
    care = w.random.binomial("new care", rest, care_share)
    need = rest - care
    into_care = care + to_care + plan_care
    short, care_short = draw(
        HOW_LONG,
        (need, into_care),
        (p["casework.need_share_short"], p["casework.care_share_short"]),
    )
    longer_care = into_care - care_short
    care_middle = w.random.binomial("care middle", longer_care, k.middle_care)
    care_end = short_end + middle_end + long_end

    on_plan = plans + to_plan
    s.need_short += short - short_close
    s.need_long += need - short + stepped - long_close - to_plan - to_care
    s.plan_first += on_plan - plan_on
    s.plan_second += plan_on - plan_end
    s.care_short += care_short - short_end
    s.care_middle_first += care_middle - middle_on
    s.care_middle_second += middle_on - middle_end
    s.care_long += longer_care - care_middle - long_end

    w.handed_on = done - no_need
    plan_closed = staying - stepped
    closed = no_need + short_close + long_close + plan_closed + care_end
    s.closed += closed
    s.recently_closed += closed - care_end
    s.plans_started += on_plan
    s.care_started += into_care
    s.care_ceased += care_end
    w.conferences = into_care * w.levers["casework.family_group_conferences"]
    w.in_need = s.children_in_need
    w.allocated = w.in_need - s.waiting
    s.allocated_child_years += w.allocated * k.years


def lever_factors(w: Week) -> tuple[Array, Array, Array, Array]:
    """Factors on entries to care, of poverty, family group conferences and services around the
    family, and of those services on how soon long help closes."""
    p, levers = w.p, w.levers
    poverty = 1.0 + p["demand.poverty_care"] * levers["demand.poverty_shift"]
    conferences = levers["casework.family_group_conferences"]
    services = p["casework.services_effect"] * np.log1p(levers["services.around_families"])
    return (
        np.asarray(poverty),
        np.asarray(1.0 - p["casework.conference_effect"] * conferences),
        np.asarray(np.exp(-services)),
        np.asarray(np.exp(services)),
    )


def _allocate(s: State, w: Week) -> Array:
    """Children who get a worker this week: most of those waiting, fewer over the limit."""
    p = w.p
    over = s.pressure / w.rates.overload - 1.0
    share = p["casework.allocation_share"] - p["casework.overload_slope"] * np.maximum(over, 0.0)
    # The share is a week's; a longer step gives those still waiting further chances.
    left = np.power(1.0 - clip(share, 0.15, 1.0), w.step_days / 7.0)
    allocated = np.ceil(s.waiting * (1.0 - left))
    s.waiting -= allocated
    return allocated


def _late(pace: Array) -> Array:
    """Share of assessments now ending that took over 45 working days (63 days), at the yearly
    rate of each of their two phases.

    Two equal phases make an Erlang duration; its tail is exact.
    """
    x = pace * (63.0 / DAYS_A_YEAR)
    return np.asarray(np.exp(-x) * (1.0 + x))
