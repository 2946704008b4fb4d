"""K3, K4 and K5: rates of intervention, money and agency work in the year of a report and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial

import numpy as np

from sim.panel.council_panel import CouncilPanel, lagged
from sim.panel.failure_estimates import Turns, around, new_inadequate
from sim.panel.fixed_effects import Estimate, fit_grid, sum_of
from sim.reproduction.study_panels import LAST_YEAR, ninety_five, of_years
from sim.units import Array

FIRST_YEAR = 2014
OUTCOMES = ("referrals", "plan starts", "need", "care starts")
INTERVENTIONS = ("need", "plan starts", "care starts")  # in K3
RESULTS = ("inadequate", "requires improvement", "good or better")
# Reports of the older framework come out to March 2018 (K5 has inspections of 2014 to 2017).
LAST_OF_OLDER = 2018


@lru_cache(maxsize=4)
def published_in(panel: CouncilPanel) -> tuple[Array, Array, Array]:
    """Whether a report with each of RESULTS came out in the year to March, (T, C) each."""
    grids = tuple(np.zeros(panel.children.shape) for _ in RESULTS)
    h = panel.history
    for day, council, grade in zip(h.day, h.council, h.grade, strict=True):
        on = date.fromordinal(int(day))
        at = on.year + (on.month >= 4) - int(panel.years[0])
        if 0 <= at < len(panel.years):
            grids[min(int(grade), 3) - 1][at, council] = 1.0
    return grids[0], grids[1], grids[2]


def in_the_year(
    panel: CouncilPanel, outcome: str, weights: Sequence[float], more: Sequence[Array] = ()
) -> Estimate:
    """Logarithm of a rate per child in the year of a report against other years, councils and
    years taken out, 2014 to 2019: `weights` of the effects of RESULTS and of `more`."""
    grid = of_years(panel, panel.log_per_child(outcome), FIRST_YEAR, LAST_YEAR)
    fit = fit_grid(grid, [*published_in(panel), *more])
    return ninety_five(sum_of(fit, weights))


def worse_less_better(panel: CouncilPanel, outcome: str) -> Estimate:
    """The effect of an inadequate report less that of a good one."""
    return in_the_year(panel, outcome, [1.0, 0.0, -1.0])


def any_report(panel: CouncilPanel, outcome: str) -> Estimate:
    """The mean effect of the three results, each weighted alike."""
    return in_the_year(panel, outcome, [1.0 / 3.0] * 3)


def deprived_and_inadequate(panel: CouncilPanel, outcome: str) -> Estimate:
    """The effect of an inadequate report in the most deprived third of councils."""
    third = panel.deprivation >= np.quantile(panel.deprivation, 2.0 / 3.0)
    inadequate = published_in(panel)[0]
    return in_the_year(panel, outcome, [1.0, 0.0, 0.0, 1.0], [inadequate * third])


def inadequate_less_others(panel: CouncilPanel, outcome: str) -> Estimate:
    """The effect of an inadequate report less the mean of the two others."""
    return in_the_year(panel, outcome, [1.0, -0.5, -0.5])


def year_after_inadequate(panel: CouncilPanel, outcome: str) -> Estimate:
    """The effect of an inadequate report in the year after it."""
    before = np.nan_to_num(lagged(published_in(panel)[0], 1))
    return in_the_year(panel, outcome, [0.0, 0.0, 0.0, 1.0], [before])


def after_failure(panel: CouncilPanel, name: str, step: int) -> Estimate:
    """What a series has moved, some years after a new inadequate judgement of the older
    framework, against councils outside it: in per cent, or points."""
    turns = new_inadequate(panel)
    use = turns.year <= LAST_OF_OLDER
    chosen = Turns(turns.year[use], turns.staff_year[use], turns.council[use])
    return ninety_five(around(panel, name, chosen, step))


def estimators() -> Mapping[str, Callable[[CouncilPanel], Estimate]]:
    """By id; rate ratios as logarithms."""
    by_id: dict[str, Callable[[CouncilPanel], Estimate]] = {}
    for outcome in INTERVENTIONS:
        key = outcome.replace(" ", "_")
        by_id[f"K3.rise.{key}"] = partial(any_report, outcome=outcome)
        by_id[f"K3.worse.{key}"] = partial(worse_less_better, outcome=outcome)
    by_id["K3.deprived.need"] = partial(deprived_and_inadequate, outcome="need")
    for place, result in enumerate(RESULTS):
        weights = [float(k == place) for k in range(len(RESULTS))]
        for outcome in OUTCOMES:
            key = f"K4.{result.replace(' ', '_')}.{outcome.replace(' ', '_')}"
            by_id[key] = partial(in_the_year, outcome=outcome, weights=weights)
    by_id["K5.largest"] = partial(inadequate_less_others, outcome="plan starts")
    by_id["K5.lasting"] = partial(year_after_inadequate, outcome="plan starts")
    by_id["K5.spending"] = partial(after_failure, name="total", step=2)
    by_id["K5.agency"] = partial(after_failure, name="agency", step=1)
    return by_id
