"""K2: early-help spending, and children in need a year later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from sim.panel.council_panel import CouncilPanel, change
from sim.panel.fixed_effects import NOTHING, Estimate, fit_rows
from sim.reproduction.study_panels import lead, ninety_five

YEARS_OF_SPENDING = range(2014, 2019)  # to March; the study begins with 2011
FEWEST = 60


def need_on_spending(panel: CouncilPanel, year: int) -> Estimate:
    """Elasticity of the rate of children in need to early help per child of the year before, by
    their yearly changes: the spending of `year` against the year before, need on 31 March a year
    later against 31 March of `year`.

    The study takes each council's own level and trend out; changes within one year do so too.
    """
    at = panel.place(year)
    cause = change(panel.log_per_child("early help"))[at]
    outcome = lead(change(panel.log_per_child("need")))[at]
    known = np.isfinite(cause) & np.isfinite(outcome)
    if known.sum() < FEWEST:
        return NOTHING
    own = np.flatnonzero(known)
    return ninety_five(fit_rows(outcome[known], cause[known][:, None], cluster=own).first())


def mean_over_years(panel: CouncilPanel) -> Estimate:
    """The mean of the five yearly figures; the study gives no interval for it."""
    yearly = [need_on_spending(panel, year) for year in YEARS_OF_SPENDING]
    return Estimate(
        float(np.mean([one.value for one in yearly])), rows=sum(one.rows for one in yearly)
    )


def estimators() -> Mapping[str, Callable[[CouncilPanel], Estimate]]:
    """By id."""
    by_id: dict[str, Callable[[CouncilPanel], Estimate]] = {
        f"K2.{year}": partial(need_on_spending, year=year) for year in YEARS_OF_SPENDING
    }
    return {**by_id, "K2.mean": mean_over_years}
