"""P1: what spending power does to what councils spend, and who pays for children looked after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from sim.panel.council_panel import CouncilPanel, change
from sim.panel.fixed_effects import (
    NINETY,
    NOTHING,
    Effects,
    Estimate,
    first_of,
    fit_grid,
)
from sim.units import Array

HEADS = ("total", "early help", "safeguarding", "looked after spending")
# The five years in which both spending and spending power are on record in the seeds; the
# register's other window (2011 to 2016) is before the model begins.
FIVE_YEARS = (2016, 2021)


def pass_through_levels(panel: CouncilPanel, head: str, effects: Effects) -> Estimate:
    """Elasticity of a head's spending to spending power, level on level."""
    return first_of(fit_grid(panel.log(head), [panel.power], effects, panel.region))


def _five_years(panel: CouncilPanel, grid: Array) -> Array:
    """Change over the five years, as a grid of one year (1, C)."""
    moved = change(grid, FIVE_YEARS[1] - FIVE_YEARS[0])
    return np.asarray(moved[panel.place(FIVE_YEARS[1])][None, :])


def pass_through_five_years(panel: CouncilPanel, head: str) -> Estimate:
    """Elasticity of a head's spending to spending power over five years."""
    outcome, power = _five_years(panel, panel.log(head)), _five_years(panel, panel.power)
    return first_of(fit_grid(outcome, [power], "year"))


def drift(panel: CouncilPanel, head: str) -> Estimate:
    """Growth of a head at unchanged spending power, per cent a year (cash)."""
    outcome, power = _five_years(panel, panel.log(head))[0], _five_years(panel, panel.power)[0]
    whole = np.isfinite(outcome) & np.isfinite(power)
    if whole.sum() < 30:
        return NOTHING
    # With one council a row the constant and its robust interval.
    z = np.column_stack([np.ones(int(whole.sum())), power[whole]])
    bread = np.linalg.inv(z.T @ z)
    beta = bread @ z.T @ outcome[whole]
    scores = z * (outcome[whole] - z @ beta)[:, None]
    half = NINETY * float(np.sqrt((bread @ scores.T @ scores @ bread)[0, 0]))
    years = FIVE_YEARS[1] - FIVE_YEARS[0]
    middle = float(beta[0])
    low, value, high = (
        100.0 * float(np.expm1(x / years)) for x in (middle - half, middle, middle + half)
    )
    return Estimate(value, low, high, int(whole.sum()))


def pounds(panel: CouncilPanel, head: str) -> Estimate:
    """Pence of a head's spending that a pound of spending power a child brings with it, from
    2016-17 to 2020-21."""
    first, last = panel.place(2017), panel.place(2021)
    spent = panel[head] / panel.children
    power = panel.power_gbp_m / panel.children
    outcome = (spent[last] - spent[first])[None, :]
    return first_of(fit_grid(outcome, [(power[last] - power[first])[None, :]], "year")).times(100)


def who_pays(panel: CouncilPanel, head: str, years: int, *, within_total: bool) -> Estimate:
    """Elasticity of a head to children looked after, both over some years."""
    causes = [change(panel.log_per_child("looked after"), years)]
    if within_total:
        causes.append(change(panel.log_per_child("total"), years))
    return first_of(fit_grid(change(panel.log_per_child(head), years), causes, "year"))


def on_total(panel: CouncilPanel, head: str) -> Estimate:
    """Elasticity of a head to the total, over five years."""
    outcome = change(panel.log_per_child(head), 5)
    return first_of(fit_grid(outcome, [change(panel.log_per_child("total"), 5)], "year"))


def estimators() -> Mapping[str, Callable[[CouncilPanel], Estimate]]:
    """By id."""
    by_id: dict[str, Callable[[CouncilPanel], Estimate]] = {}
    for head in HEADS:
        key = head.replace(" ", "_")
        by_id[f"P1.five_years.{key}"] = partial(pass_through_five_years, head=head)
        levels = partial(pass_through_levels, head=head)
        by_id[f"P1.levels.{key}"] = partial(levels, effects="council and year")
        by_id[f"P1.region_by_year.{key}"] = partial(levels, effects="region by year")
        by_id[f"P1.drift.{key}"] = partial(drift, head=head)
        if head != "total":
            within = partial(who_pays, head=head, years=5, within_total=True)
            by_id[f"P1.looked_after_within_total.{key}"] = within
            by_id[f"P1.on_total.{key}"] = partial(on_total, head=head)
    for head in ("total", "looked after spending"):
        by_id[f"P1.pounds.{head.replace(' ', '_')}"] = partial(pounds, head=head)
    free = partial(who_pays, within_total=False)
    by_id["P1.looked_after.total"] = partial(free, head="total", years=5)
    by_id["P1.looked_after.early_help"] = partial(free, head="early help", years=5)
    by_id["P1.looked_after.looked_after_spending"] = partial(
        free, head="looked after spending", years=2
    )
    return by_id
