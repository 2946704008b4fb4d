"""K1: spending, deprivation and the chance of a good or outstanding report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from sim.panel.council_panel import CouncilPanel
from sim.panel.fixed_effects import NOTHING, Estimate
from sim.panel.grade_estimates import LATER_FRAMEWORK
from sim.reproduction.random_intercepts import WIDEST, InterceptFit, fit_random_intercepts
from sim.reproduction.study_panels import LAST_YEAR, deprivation_decile, hundreds_per_child
from sim.units import Array, BoolArray, IntArray

FEWEST = 60  # reports, below which no fit is made
CAUSES = ("early help", "safeguarding", "decile")


class Reports(NamedTuple):
    """The first report of each council under each framework to March 2019, (n,) each: whether it
    was good or better, the year to March in which it came out, council, whether the framework was
    the older one, and causes x (n, 3) as in CAUSES."""

    good: BoolArray
    year: IntArray
    council: IntArray
    older: BoolArray
    x: Array


@lru_cache(maxsize=2)  # one panel is asked many times in a row
def first_reports(panel: CouncilPanel) -> Reports:
    """The study has a report a council and framework; those from November 2013 are ours."""
    h = panel.history
    days = [date.fromordinal(int(day)) for day in h.day]
    year = np.array([day.year + (day.month >= 4) for day in days], dtype=np.int64)
    older = np.asarray(h.day < LATER_FRAMEWORK)
    met: set[tuple[int, bool]] = set()
    first = np.zeros(len(days), dtype=np.bool_)
    for k, key in enumerate(zip(h.council.tolist(), older.tolist(), strict=True)):
        first[k] = key not in met
        met.add(key)
    use = first & (year <= LAST_YEAR)
    place, council = year[use] - panel.years[0], h.council[use]
    x = np.column_stack(
        [
            hundreds_per_child(panel, "early help")[place, council],
            hundreds_per_child(panel, "safeguarding")[place, council],
            deprivation_decile(panel)[council],
        ]
    )
    whole = np.isfinite(x).all(axis=1)
    return Reports(
        good=(h.grade[use] >= 3)[whole],
        year=year[use][whole],
        council=council[whole],
        older=older[use][whole],
        x=x[whole],
    )


@lru_cache(maxsize=4)
def _fit(panel: CouncilPanel, *, plain: bool, older: bool) -> InterceptFit | None:
    rows = first_reports(panel)
    use = rows.older if older else np.ones(len(rows.good), dtype=np.bool_)
    good = rows.good[use]
    if len(good) < FEWEST or good.all() or not good.any():
        return None
    fit = fit_random_intercepts(good, rows.x[use], rows.council[use], rows.year[use], plain=plain)
    # Few councils have a second report by 2019: as chance has it, the likelihood may rise with the
    # spread of councils without end, and there is no fit.
    return fit if max(fit.spreads) < 0.99 * WIDEST else None


def log_odds(
    panel: CouncilPanel, cause: str, *, plain: bool = False, older: bool = False
) -> Estimate:
    """Log odds of good or better that go with one more of a cause: GBP 100 a child, a tenth.

    `plain` without random intercepts; `older` for the older framework alone.
    """
    fit = _fit(panel, plain=plain, older=older)
    return NOTHING if fit is None else fit.slope(CAUSES.index(cause))


def spread_of(panel: CouncilPanel, group: int) -> Estimate:
    """Standard deviation of the intercepts of councils (0) or of years (1), in log odds."""
    fit = _fit(panel, plain=False, older=False)
    return NOTHING if fit is None else Estimate(fit.spreads[group], rows=fit.rows)


def estimators() -> Mapping[str, Callable[[CouncilPanel], Estimate]]:
    """By id; odds ratios as logarithms."""
    return {
        "K1.early_help": partial(log_odds, cause="early help"),
        "K1.deprivation": partial(log_odds, cause="decile"),
        "K1.safeguarding": partial(log_odds, cause="safeguarding"),
        "K1.spread_of_councils": partial(spread_of, group=0),
        "K1.spread_of_years": partial(spread_of, group=1),
        "K1.plain.early_help": partial(log_odds, cause="early help", plain=True),
        "K1.older.early_help": partial(log_odds, cause="early help", plain=True, older=True),
        "K1.older.deprivation": partial(log_odds, cause="decile", plain=True, older=True),
    }
