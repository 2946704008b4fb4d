"""P6: early help and need. P7: how far single councils move, for good and in passing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from sim.panel.council_panel import CouncilPanel, change, lagged, less_nation
from sim.panel.fixed_effects import NOTHING, Effects, Estimate, first_of, fit_grid
from sim.units import Array

NEEDS = ("referrals", "need", "plans", "care starts")
LATER_YEARS = 2017
POINTS = ("agency", "vacancy", "turnover", "absence")
WIDTHS = (
    *("referrals", "need", "plans", "plan starts", "looked after", "care starts"),
    *("in post", "posts", *POINTS, "caseload", "total", "safeguarding", "early help"),
)
# Spans, in years, over which changes are compared.
SPANS = (1, 2, 3)
PERSISTENT = (
    *("looked after", "need", "referrals", "plans", "agency", "vacancy"),
    *("caseload", "turnover", "early help"),
)
TOGETHER = (
    *(("referrals", "need"), ("need", "plans"), ("care starts", "looked after")),
    *(("agency", "vacancy"), ("agency", "in post")),
)


def need_on_early_help(
    panel: CouncilPanel,
    outcome: str,
    *,
    lag: int = 1,
    later_only: bool = False,
    effects: Effects = "council and year",
) -> Estimate:
    """Elasticity of a count per child to early help per child of some years before."""
    grid = panel.log_per_child(outcome)
    if later_only:
        grid = np.where(panel.years[:, None] >= LATER_YEARS, grid, np.nan)
    cause = lagged(panel.log_per_child("early help"), lag)
    return first_of(fit_grid(grid, [cause], effects))


def need_on_early_help_changes(panel: CouncilPanel, outcome: str) -> Estimate:
    """The same between yearly changes."""
    cause = lagged(change(panel.log_per_child("early help")), 1)
    return first_of(fit_grid(change(panel.log_per_child(outcome)), [cause], "year"))


def deviations(panel: CouncilPanel, name: str) -> Array:
    """A series less the year's mean over councils, in logarithms (points as they are), (T, C)."""
    if name in POINTS:
        grid = panel[name]
    elif name == "caseload":
        grid = panel.log(name)
    else:
        grid = panel.log_per_child(name)
    return less_nation(grid)


def _variance(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.mean(np.square(known))) if len(known) >= 30 else float("nan")


def own_width(panel: CouncilPanel, name: str) -> Estimate:
    """Standard deviation of a council's own yearly change."""
    moved = change(deviations(panel, name))
    return Estimate(float(np.sqrt(_variance(moved))), rows=int(np.isfinite(moved).sum()))


def lasting_and_passing(panel: CouncilPanel, name: str) -> tuple[float, float]:
    """Widths of yearly shocks that last and of those that pass: the variance of a change over k
    years is k times the lasting variance and twice the passing one."""
    grid = deviations(panel, name)
    variances = np.array([_variance(change(grid, span)) for span in SPANS])
    if not np.isfinite(variances).all():
        return float("nan"), float("nan")
    slope, level = np.polyfit(np.array(SPANS, dtype=np.float64), variances, 1)
    lasting = max(float(slope), 0.0)
    # What the changes over one year leave when the lasting part is taken out.
    passing = max(float(level), 0.0) / 2.0
    return float(np.sqrt(lasting)), float(np.sqrt(passing))


def lasting(panel: CouncilPanel, name: str) -> Estimate:
    """Width of what lasts."""
    return Estimate(lasting_and_passing(panel, name)[0])


def passing(panel: CouncilPanel, name: str) -> Estimate:
    """Width of what passes."""
    return Estimate(lasting_and_passing(panel, name)[1])


def correlation(first: Array, second: Array) -> float:
    """Over the cells that both know; NaN with fewer than 30."""
    known = np.isfinite(first) & np.isfinite(second)
    if known.sum() < 30:
        return float("nan")
    return float(np.corrcoef(first[known], second[known])[0, 1])


def autocorrelation(panel: CouncilPanel, name: str) -> Estimate:
    """Of a council's own yearly changes, from one year to the next."""
    moved = change(deviations(panel, name))
    return Estimate(correlation(moved, lagged(moved, 1)))


def persistence(panel: CouncilPanel, name: str, years: int) -> Estimate:
    """Correlation of a council's deviation from the nation with that of some years before."""
    grid = deviations(panel, name)
    return Estimate(correlation(grid, lagged(grid, years)))


def together(panel: CouncilPanel, first: str, second: str) -> Estimate:
    """Correlation of own yearly changes of two series."""
    return Estimate(
        correlation(change(deviations(panel, first)), change(deviations(panel, second)))
    )


def nation_share(panel: CouncilPanel, name: str) -> Estimate:
    """The nation's share, per cent, of the variance of a council's yearly change."""
    own = own_width(panel, name).value ** 2
    moved = change(panel[name] if name in POINTS else panel.log(name))
    known = np.isfinite(moved)
    if known.sum() < 30:
        return NOTHING
    rows = known.sum(axis=1) > 1
    means = np.array([moved[k][known[k]].mean() for k in np.flatnonzero(rows)])
    nation = float(means.var())
    return Estimate(100.0 * nation / (nation + own))


def estimators() -> Mapping[str, Callable[[CouncilPanel], Estimate]]:
    """By id."""
    by_id: dict[str, Callable[[CouncilPanel], Estimate]] = {}
    for name in NEEDS:
        key = name.replace(" ", "_")
        by_id[f"P6.later.{key}"] = partial(need_on_early_help, outcome=name, later_only=True)
        by_id[f"P6.all.{key}"] = partial(need_on_early_help, outcome=name)
        if name in ("need", "care starts"):
            by_id[f"P6.changes.{key}"] = partial(need_on_early_help_changes, outcome=name)
    for name in WIDTHS:
        key = name.replace(" ", "_")
        by_id[f"P7.own.{key}"] = partial(own_width, name=name)
        by_id[f"P7.lasting.{key}"] = partial(lasting, name=name)
        by_id[f"P7.passing.{key}"] = partial(passing, name=name)
        by_id[f"P7.autocorrelation.{key}"] = partial(autocorrelation, name=name)
    for first, second in TOGETHER:
        key = f"P7.together.{first.replace(' ', '_')}.{second.replace(' ', '_')}"
        by_id[key] = partial(together, first=first, second=second)
    for name in PERSISTENT:
        for years in (1, 3, 5):
            key = f"P7.persistence.{name.replace(' ', '_')}.{years}"
            by_id[key] = partial(persistence, name=name, years=years)
    for name in ("need", "looked after", "total", "agency"):
        by_id[f"P7.nation_share.{name.replace(' ', '_')}"] = partial(nation_share, name=name)
    return by_id
