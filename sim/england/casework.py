"""What happens to the children: allocation, assessment, plans, care, closure."""

from __future__ import annotations

import numpy as np

from sim.england.councils import Councils, Traits
from sim.england.week import Array, Week, chance

DECISIONS = (
    "assessment first",
    "assessment second",
    "no need",
    "new plan",
    "new care",
    "need short",
    "need short close",
    "need long close",
    "need to plan",
    "need to care",
    "plan first",
    "plan second",
    "plan to care",
    "plan step down",
    "care short",
    "care middle",
    "care short end",
    "care middle first",
    "care middle second",
    "care long end",
)


def step(s: Councils, t: Traits, w: Week) -> None:
    """One week of casework. Children only move: conservation holds to the child."""
    p, dt, draw = w.p, w.years, w.luck.binomial
    allocated = _allocate(s, t, w)

    # Over capacity everything takes longer; with slack a little less (relative to the start).
    # A council without a case has no pressure at all.
    strain = np.log(np.maximum(s.pressure / t.pressure_start, 0.01))
    pace = np.clip(np.exp(-p["casework.strain_on_assessment"] * strain), 0.4, 1.2)
    close = np.clip(np.exp(-p["casework.strain_on_closing"] * strain), 0.5, 1.15)
    years = w.trend_years
    drift = np.exp(p["casework.protection_drift"] * years)
    care_drift = np.exp(p["casework.care_drift"] * years)
    longer = np.exp(-p["casework.care_years_drift"] * years)

    # After a public tragedy thresholds are defensive (claim 51); poverty brings children into
    # care (E20); services around the family shorten help and keep children out (claim 104).
    guarded = drift * (1.0 + p["demand.tragedy_thresholds"] * s.tragedy)
    services = p["casework.services_effect"] * np.log1p(w.levers["services.around_families"])
    conferences = w.levers["casework.family_group_conferences"]
    edge_of_care = (
        care_drift
        * (1.0 + p["demand.tragedy_thresholds"] * s.tragedy)
        * (1.0 + p["demand.poverty_care"] * w.levers["demand.poverty_shift"])
        * (1.0 - p["casework.conference_effect"] * conferences)
        * np.exp(-services)
    )
    helped = close * np.exp(services)

    assess = chance(t.assessment_pace * pace, dt)
    first = draw("assessment first", s.assessment_first, assess)
    done = draw("assessment second", s.assessment_second, assess)
    s.assessment_first += allocated - first
    s.assessment_second += first - done
    s.assessed += done
    s.assessed_late += done * _late(t, pace, w)

    plan_share = t.plan_share * guarded * (1.0 + s.plan_alarm) / (1.0 + s.alarm)
    # Partner alarm brings referrals that rarely end in care (C3): the same children enter.
    care_share = t.care_share * edge_of_care / (1.0 + s.alarm)
    no_need = draw("no need", done, t.no_need_share)
    rest = done - no_need
    open_share = np.maximum(1.0 - t.no_need_share, 0.05)
    plans = draw("new plan", rest, plan_share / open_share)
    rest = rest - plans
    care = draw("new care", rest, care_share / np.maximum(open_share - plan_share, 0.05))
    need = rest - care
    short = draw("need short", need, p["casework.need_share_short"])

    short_close = draw(
        "need short close", s.need_short, chance(close / p["casework.need_years_short"], dt)
    )
    long_close = draw("need long close", s.need_long, chance(t.need_close * helped, dt))
    left = s.need_long - long_close
    to_plan = draw("need to plan", left, chance(t.need_to_plan * guarded, dt))
    left = left - to_plan
    to_care = draw("need to care", left, chance(t.need_to_care * edge_of_care * w.need_growth, dt))

    pace_plan = chance(t.plan_pace * close, dt)
    plan_on = draw("plan first", s.plan_first, pace_plan)
    plan_end = draw("plan second", s.plan_second, pace_plan)
    plan_care = draw("plan to care", plan_end, t.plan_to_care * edge_of_care / drift)
    stepped = draw(
        "plan step down",
        plan_end - plan_care,
        p["casework.plan_step_down"] / np.maximum(1.0 - t.plan_to_care, 0.3),
    )
    plan_closed = plan_end - plan_care - stepped

    into_care = care + to_care + plan_care
    care_short = draw("care short", into_care, p["casework.care_share_short"])
    care_middle = draw(
        "care middle",
        into_care - care_short,
        p["casework.care_share_middle"] / (1.0 - p["casework.care_share_short"]),
    )
    short_end = draw(
        "care short end", s.care_short, chance(1.0 / p["casework.care_years_short"], dt)
    )
    pace_middle = chance(2.0 * longer / p["casework.care_years_middle"], dt)
    middle_on = draw("care middle first", s.care_middle_first, pace_middle)
    middle_end = draw("care middle second", s.care_middle_second, pace_middle)
    long_end = draw("care long end", s.care_long, chance(t.care_long_pace * longer, dt))
    care_end = short_end + middle_end + long_end

    s.need_short += short - short_close
    s.need_long += need - short + stepped - long_close - to_plan - to_care
    s.plan_first += plans + to_plan - plan_on
    s.plan_second += plan_on - plan_end
    s.care_short += care_short - short_end
    s.care_middle_first += care_middle - middle_on
    s.care_middle_second += middle_on - middle_end
    s.care_long += into_care - care_short - care_middle - long_end

    closed = no_need + short_close + long_close + plan_closed + care_end
    s.closed += closed
    s.recently_closed += closed - care_end
    s.plans_started += plans + to_plan
    s.care_started += into_care
    s.care_ceased += care_end
    w.handed_on = done - no_need
    w.conferences = into_care * conferences
    w.in_need = s.children_in_need
    s.child_years += w.in_need * dt
    s.allocated_child_years += (w.in_need - s.waiting) * dt


def _allocate(s: Councils, t: Traits, w: Week) -> Array:
    """Children who get a worker this week: most of those waiting, fewer over the limit."""
    p = w.p
    limit = np.maximum(
        t.pressure_start * 1.05, p["casework.overload"] / p["casework.caseload_norm"]
    )
    over = s.pressure / limit - 1.0
    share = p["casework.allocation_share"] - p["casework.overload_slope"] * np.maximum(over, 0.0)
    allocated = np.ceil(s.waiting * np.clip(share, 0.15, 1.0))
    s.waiting -= allocated
    return allocated


def _late(t: Traits, pace: Array, w: Week) -> Array:
    """Share of assessments now ending that took over 45 working days (63 days).

    Two equal phases make an Erlang duration; its tail is exact.
    """
    x = t.assessment_pace * pace * (63.0 / 365.25)
    return np.asarray(np.exp(-x) * (1.0 + x))
