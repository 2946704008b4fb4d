"""What happens to the children: allocation, assessment, plans, care, closure."""

from __future__ import annotations

import numpy as np

from sim.england.councils import Councils, Traits
from sim.england.rates import chance
from sim.england.week import Array, Week, clip

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
    p, k, dt, draw = w.p, w.rates, w.years, w.luck.binomials
    allocated = _allocate(s, w)

    # Over capacity everything takes longer; with slack a little less (relative to the start).
    # A council without a case has no pressure at all.
    strain = np.log(np.maximum(s.pressure / t.pressure_start, 0.01))
    pace = clip(np.exp(-p["casework.strain_on_assessment"] * strain), 0.4, 1.2)
    close = clip(np.exp(-p["casework.strain_on_closing"] * strain), 0.5, 1.15)
    years = w.trend_years
    drift = np.exp(p["casework.protection_drift"] * years)
    care_drift = np.exp(p["casework.care_drift"] * years)
    longer = np.exp(-p["casework.care_years_drift"] * years)

    # After a public tragedy thresholds are defensive (claim 51); poverty brings children into
    # care (E20); services around the family shorten help and keep children out (claim 104).
    lower = 1.0 + p["demand.tragedy_thresholds"] * s.tragedy
    guarded = drift * lower
    services = p["casework.services_effect"] * np.log1p(w.levers["services.around_families"])
    conferences = w.levers["casework.family_group_conferences"]
    edge_of_care = (
        care_drift
        * lower
        * (1.0 + p["demand.poverty_care"] * w.levers["demand.poverty_shift"])
        * (1.0 - p["casework.conference_effect"] * conferences)
        * np.exp(-services)
    )
    helped = close * np.exp(services)

    # Who moves on from where they were when the step began.
    assess = chance(t.assessment_pace * pace, dt)
    pace_plan = chance(t.plan_pace * close, dt)
    pace_middle = chance(2.0 * longer / p["casework.care_years_middle"], dt)
    (
        first,
        done,
        short_close,
        long_close,
        plan_on,
        plan_end,
        short_end,
        middle_on,
        middle_end,
        long_end,
    ) = draw(
        ("assessment first", s.assessment_first, assess),
        ("assessment second", s.assessment_second, assess),
        ("need short close", s.need_short, chance(close / p["casework.need_years_short"], dt)),
        ("need long close", s.need_long, chance(t.need_close * helped, dt)),
        ("plan first", s.plan_first, pace_plan),
        ("plan second", s.plan_second, pace_plan),
        ("care short end", s.care_short, k.short_care_end),
        ("care middle first", s.care_middle_first, pace_middle),
        ("care middle second", s.care_middle_second, pace_middle),
        ("care long end", s.care_long, chance(t.care_long_pace * longer, dt)),
    )
    s.assessment_first += allocated - first
    s.assessment_second += first - done
    s.assessed += done
    s.assessed_late += done * _late(t, pace, w)

    # Where they go.
    alarm = 1.0 + s.alarm
    plan_share = t.plan_share * guarded * (1.0 + s.plan_alarm) / alarm
    # Partner alarm brings referrals that rarely end in care (C3): the same children enter.
    care_share = t.care_share * edge_of_care / alarm
    left = s.need_long - long_close
    no_need, to_plan, plan_care = draw(
        ("no need", done, t.no_need_share),
        ("need to plan", left, chance(t.need_to_plan * guarded, dt)),
        ("plan to care", plan_end, t.plan_to_care * edge_of_care / drift),
    )
    rest = done - no_need
    left = left - to_plan
    plans, to_care, stepped = draw(
        ("new plan", rest, plan_share / k.in_need),
        ("need to care", left, chance(t.need_to_care * edge_of_care * w.need_growth, dt)),
        ("plan step down", plan_end - plan_care, k.step_down),
    )
    plan_closed = plan_end - plan_care - stepped
    rest = rest - plans
    care_share = care_share / np.maximum(k.in_need - plan_share, 0.05)
    care = w.luck.binomial("new care", rest, care_share)
    need = rest - care
    into_care = care + to_care + plan_care
    short, care_short = draw(
        ("need short", need, p["casework.need_share_short"]),
        ("care short", into_care, p["casework.care_share_short"]),
    )
    care_middle = w.luck.binomial("care middle", into_care - care_short, k.middle_care)
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
    w.allocated = w.in_need - s.waiting
    s.child_years += w.in_need * dt
    s.allocated_child_years += w.allocated * dt


def _allocate(s: Councils, w: Week) -> Array:
    """Children who get a worker this week: most of those waiting, fewer over the limit."""
    p = w.p
    over = s.pressure / w.rates.overload - 1.0
    share = p["casework.allocation_share"] - p["casework.overload_slope"] * np.maximum(over, 0.0)
    # The share is a week's; a longer step gives those still waiting further chances.
    left = np.power(1.0 - clip(share, 0.15, 1.0), w.step_days / 7.0)
    allocated = np.ceil(s.waiting * (1.0 - left))
    s.waiting -= allocated
    return allocated


def _late(t: Traits, pace: Array, w: Week) -> Array:
    """Share of assessments now ending that took over 45 working days (63 days).

    Two equal phases make an Erlang duration; its tail is exact.
    """
    x = t.assessment_pace * pace * (63.0 / 365.25)
    return np.asarray(np.exp(-x) * (1.0 + x))
