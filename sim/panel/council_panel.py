"""Yearly returns of councils and their judgements: the same of the record and of a simulated
country, so that one estimator serves both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from sim.inputs.councils.seed_tables import Tables
from sim.units import Array, BoolArray, IntArray
from sim.validation.histories import History
from sim.validation.published import abolished

# Years are named by the March in which they end: spending and flows of children of the year to
# March t, children on 31 March t, staff on 30 September t - 1 (evidence P1).
YEARS = range(2012, 2025)
# Staff by council from the return of September 2015, caseload a year later (seeds/DICTIONARY.md).
FIRST_STAFF, FIRST_CASELOAD = 2016, 2017
# Spending power by council is published to 2020-21; what the seeds hold after is England's.
LAST_POWER = 2021
# The register leaves these out: too small (City of London, Scilly, Rutland; evidence P1).
TOO_SMALL = (201, 420, 857)

_OLDER_GRADES = {"inadequate": 1, "adequate": 2, "good": 3, "outstanding": 4}

MONEY = ("total", "looked after spending", "safeguarding", "early help")
COUNTS = ("referrals", "need", "plans", "plan starts", "looked after", "care starts")
POINTS = ("agency", "vacancy", "turnover", "absence", "timely")
STAFF = ("in post", "posts", "with agency")
SERIES = (*MONEY, *COUNTS, *POINTS, *STAFF, "caseload")


@dataclass(frozen=True, eq=False)
class CouncilPanel:
    """Returns of C councils in T years.

    `series`: name -> (T, C), NaN where there is no return. Spending is in GBP m, cash; children
    and staff are counted; agency, vacancy, turnover, absence and assessments in time are per cent;
    caseload is cases a holder. `power` (T, C) is the logarithm of spending power against 2012-13
    and `power_gbp_m` its published level. `deprivation` (C,) is in standard deviations and
    `older_grade` (C,) the grade under the framework before November 2013, 0 where none is known.
    `history` has the judgements; its councils are the C.
    """

    years: IntArray
    region: IntArray
    deprivation: Array
    older_grade: IntArray
    children: Array
    power: Array
    power_gbp_m: Array
    series: Mapping[str, Array]
    history: History

    def __getitem__(self, name: str) -> Array:
        return self.series[name]

    def log(self, name: str) -> Array:
        """Logarithm of a series as it is, (T, C); NaN where there is none or nothing."""
        values = self.series[name]
        return np.log(np.where(values > 0.0, values, np.nan))

    def log_per_child(self, name: str) -> Array:
        """Logarithm of a series per child, (T, C)."""
        return np.asarray(self.log(name) - np.log(self.children))

    def place(self, year: int) -> int:
        """Where a year stands."""
        return int(year - self.years[0])

    @cached_property
    def inadequate(self) -> BoolArray:
        """Whether a council was judged inadequate on 31 March of the year, (T, C)."""
        grades = np.array([self.grades_in_march(int(year)) for year in self.years])
        return np.asarray(grades == 1)

    def grades_in_march(self, year: int) -> IntArray:
        """The grade of each council on 31 March, (C,)."""
        return self.history.grades_on(date(year, 3, 31).toordinal())

    @cached_property
    def ever_inadequate(self) -> BoolArray:
        """Whether a council was judged inadequate at any time in view, (C,)."""
        ever = np.asarray(self.history.opening == 1)
        ever[self.history.council[self.history.grade == 1]] = True
        return ever


def lagged(grid: Array, years: int) -> Array:
    """A grid (T, C) as it was some years before (after, where `years` is below nought)."""
    moved = np.full_like(grid, np.nan)
    if years > 0:
        moved[years:] = grid[:-years]
    elif years < 0:
        moved[:years] = grid[-years:]
    else:
        moved[:] = grid
    return moved


def change(grid: Array, years: int = 1) -> Array:
    """How far a grid (T, C) has moved over some years, at the end of them."""
    return np.asarray(grid - lagged(grid, years))


def less_nation(grid: Array) -> Array:
    """A grid (T, C) less each year's mean over the councils that returned it."""
    known = np.isfinite(grid)
    count = known.sum(axis=1, keepdims=True)
    mean = np.where(known, grid, 0.0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
    return np.where(count > 1, grid - mean, np.nan)


def councils_of_the_panel(tables: Tables) -> BoolArray:
    """Which councils of a day's tables are followed: those that were never abolished, but for the
    three smallest, (C,)."""
    return np.asarray((abolished(tables) == 0) & ~np.isin(tables.codes, TOO_SMALL))


def history_of(history: History, keep: BoolArray) -> History:
    """A history of some of its councils only, whose places are counted anew."""
    place = np.cumsum(keep) - 1
    own = keep[history.council]
    trusts = history.trusts[keep[history.trusts[:, 0]]].copy()
    trusts[:, 0] = place[trusts[:, 0]]
    changes = history.director_changes[keep[history.director_changes[:, 1]]].copy()
    changes[:, 1] = place[changes[:, 1]]
    return History(
        start=history.start,
        abolished=history.abolished[keep],
        opening=history.opening[keep],
        inadequate_since=history.inadequate_since[keep],
        day=history.day[own],
        council=place[history.council[own]],
        grade=history.grade[own],
        trusts=trusts,
        director_changes=changes,
    )


def places_and_power(tables: Tables, keep: BoolArray) -> Mapping[str, Any]:
    """What is the same in the record and in simulated countries: `region`, `deprivation`,
    `older_grade`, `power` and `power_gbp_m` of the councils followed."""
    councils = tables["councils"]
    row = np.argsort(tables.column_of(councils["dfe_code"]))
    regions = np.unique(councils["region"][row], return_inverse=True)[1]
    idaci = councils["idaci_2019"][row][keep]
    first = int(tables.years("settlement")[0])
    growth = np.log1p(tables.grid("settlement", "growth"))[:, keep]
    level = tables.grid("settlement", "spending_power_gbp_m")[:, keep]
    power = np.full((len(YEARS), int(keep.sum())), np.nan)
    pounds = power.copy()
    for k, year in enumerate(YEARS):
        if first <= year <= LAST_POWER:
            power[k] = growth[: year - first].sum(axis=0)
        if first < year <= LAST_POWER:
            pounds[k] = level[year - 1 - first]
    old = tables["pre_sif"]
    older = np.zeros(len(tables.codes), dtype=np.int64)
    older[tables.column_of(old["dfe_code"])] = [
        _OLDER_GRADES.get(str(word), 0) for word in old["safeguarding_grade"]
    ]
    return {
        "region": regions[keep],
        "older_grade": older[keep],
        "deprivation": (idaci - np.nanmean(idaci)) / np.nanstd(idaci),
        "power": power,
        "power_gbp_m": pounds,
    }
