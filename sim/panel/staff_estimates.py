"""P2: what money and demand do to posts, staff, agency work and caseloads. P4: how figures of
staff follow one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from sim.panel.council_panel import CouncilPanel, change, lagged, less_nation
from sim.panel.fixed_effects import (
    NOTHING,
    Effects,
    Estimate,
    first_of,
    fit_grid,
    mean_of,
    sum_of,
)
from sim.units import Array

# Outcomes of P2: elasticities, and per cent points for 10 % more money.
ELASTIC = ("posts", "in post", "with agency", "caseload")
POINTS = ("agency", "vacancy")
OUTCOMES = (*ELASTIC, *POINTS)
LAGS = (0, 1, 2)
DEMAND = ("looked after", "need", "plans")
TEN_PER_CENT = 0.1


def _outcome(panel: CouncilPanel, name: str) -> Array:
    if name == "caseload":
        return panel.log(name)
    return panel.log_per_child(name) if name in ELASTIC else panel[name]


def _scale(name: str) -> float:
    return 1.0 if name in ELASTIC else TEN_PER_CENT


def on_spending(
    panel: CouncilPanel, outcome: str, head: str, *, never_inadequate: bool = False
) -> Estimate:
    """Sum of the effects of spending per child in the same and the two years before."""
    grid = _outcome(panel, outcome)
    if never_inadequate:
        grid = np.where(panel.ever_inadequate, np.nan, grid)
    spent = panel.log_per_child(head)
    fit = fit_grid(grid, [lagged(spent, lag) for lag in LAGS])
    return sum_of(fit, [1.0] * len(LAGS)).times(_scale(outcome))


def after_three_years(panel: CouncilPanel, outcome: str, *, rises: bool) -> Estimate:
    """Change of an outcome over three years on a rise (or fall) of the total against the nation
    over three years that ended a year before."""
    moved = lagged(less_nation(change(panel.log_per_child("total"), 3)), 1)
    up, down = np.maximum(moved, 0.0), np.minimum(moved, 0.0)
    causes = [up, down] if rises else [down, up]
    fit = fit_grid(change(_outcome(panel, outcome), 3), causes, "year")
    return first_of(fit).times(_scale(outcome))


def posts_on_need(panel: CouncilPanel) -> Estimate:
    """Sum of the effects of children in need in the same and the two years before on posts."""
    need = panel.log_per_child("need")
    fit = fit_grid(panel.log_per_child("posts"), [lagged(need, lag) for lag in LAGS])
    return sum_of(fit, [1.0] * len(LAGS))


def caseload_on_need(panel: CouncilPanel) -> Estimate:
    """Elasticity of caseload to children in need at given posts, over three years."""
    causes = [change(panel.log_per_child(name), 3) for name in ("need", "posts")]
    return first_of(fit_grid(change(panel.log("caseload"), 3), causes, "year"))


def after_demand(panel: CouncilPanel, outcome: str, demand: str) -> Estimate:
    """What 10 % more children in a year bring, given the growth of the other two counts: change
    of staff from the September within that year to the next, or of money in the same year. In
    points of agency work, else in per cent."""
    if outcome == "total":
        grid = change(panel.log("total"))
    else:
        levels = panel[outcome] if outcome in POINTS else panel.log(outcome)
        grid = lagged(change(levels), -1)
    counts = (demand, *(name for name in DEMAND if name != demand))
    fit = fit_grid(grid, [change(panel.log(name)) for name in counts])
    return first_of(fit).times(TEN_PER_CENT if outcome in POINTS else 100.0 * TEN_PER_CENT)


def agency_on_vacancy(panel: CouncilPanel) -> Estimate:
    """Points of agency work for a point of vacancies in the same return."""
    return first_of(fit_grid(panel["agency"], [panel["vacancy"]]))


def follows(
    panel: CouncilPanel, cause: str, effect: str, effects: Effects, *, own_lag: bool = False
) -> Estimate:
    """Effect of a figure of the year before on a figure of staff."""
    causes = [lagged(panel[cause], 1)]
    if own_lag:
        causes.append(lagged(panel[effect], 1))
    return first_of(fit_grid(panel[effect], causes, effects))


def goes_with(panel: CouncilPanel, cause: str, effect: str) -> Estimate:
    """Effect of a figure on another of the same return."""
    return first_of(fit_grid(panel[effect], [panel[cause]]))


def reversion(panel: CouncilPanel, effects: Effects) -> Estimate:
    """Share of its distance that agency work goes back in a year, per cent: to the nation, or
    to the council's own level."""
    fit = first_of(fit_grid(-change(panel["agency"]), [lagged(panel["agency"], 1)], effects))
    return fit.times(100.0)


def after_much_agency(panel: CouncilPanel, fall: float | None = None) -> Estimate:
    """Next change where more than a quarter of all workers are agency workers, in points; or the
    share, per cent, that falls by `fall` points or more."""
    before, moved = lagged(panel["agency"], 1), change(panel["agency"])
    rows = (before > 25.0) & np.isfinite(moved)
    if rows.sum() < 10:
        return NOTHING
    values = moved[rows] if fall is None else 100.0 * (moved[rows] <= -fall)
    return mean_of(np.asarray(values, dtype=np.float64), np.indices(moved.shape)[1][rows])


def estimators() -> Mapping[str, Callable[[CouncilPanel], Estimate]]:
    """By id."""
    by_id: dict[str, Callable[[CouncilPanel], Estimate]] = {}
    for outcome in OUTCOMES:
        key = outcome.replace(" ", "_")
        spending = partial(on_spending, outcome=outcome)
        by_id[f"P2.total.{key}"] = partial(spending, head="total")
        by_id[f"P2.safeguarding.{key}"] = partial(spending, head="safeguarding")
        never = partial(spending, head="total", never_inadequate=True)
        by_id[f"P2.never_inadequate.{key}"] = never
        three = partial(after_three_years, outcome=outcome)
        by_id[f"P2.falls.{key}"] = partial(three, rises=False)
        by_id[f"P2.rises.{key}"] = partial(three, rises=True)
    by_id["P2.need.posts"] = posts_on_need
    by_id["P2.need.caseload"] = caseload_on_need
    by_id["P2.vacancy.agency"] = agency_on_vacancy
    for demand in DEMAND:
        for outcome in ("agency", "posts"):
            key = f"P2b.{demand.replace(' ', '_')}.{outcome}"
            by_id[key] = partial(after_demand, outcome=outcome, demand=demand)
    by_id["P2b.looked_after.total"] = partial(after_demand, outcome="total", demand=DEMAND[0])
    for cause, effect in (
        *(("caseload", "turnover"), ("vacancy", "turnover"), ("agency", "turnover")),
        *(("caseload", "agency"), ("turnover", "agency"), ("turnover", "vacancy")),
    ):
        step = partial(follows, cause=cause, effect=effect)
        by_id[f"P4.{cause}.{effect}"] = partial(step, effects="council and year")
        by_id[f"P4.naive.{cause}.{effect}"] = partial(step, effects="year")
    by_id["P4.caseload.absence"] = partial(goes_with, cause="caseload", effect="absence")
    by_id["P4.absence.turnover"] = partial(
        follows, cause="absence", effect="turnover", effects="council and year"
    )
    by_id["P4.reversion.nation"] = partial(reversion, effects="year")
    by_id["P4.reversion.own"] = partial(reversion, effects="council and year")
    by_id["P4.much_agency.change"] = after_much_agency
    by_id["P4.much_agency.falls"] = partial(after_much_agency, fall=5.0)
    return by_id
