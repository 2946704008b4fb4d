"""The record itself as a panel, from the seed tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sim.inputs.councils.seed_tables import Tables
from sim.panel.council_panel import (
    FIRST_CASELOAD,
    FIRST_STAFF,
    YEARS,
    CouncilPanel,
    councils_of_the_panel,
    history_of,
    places_and_power,
)
from sim.units import Array
from sim.validation.published import FIRST_DAY, PublishedData

_CHILDREN = {
    "referrals": "referrals",
    "need": "cin_at_31mar",
    "plans": "cpp_at_31mar",
    "plan starts": "cpp_started",
    "looked after": "cla_at_31mar",
    "care starts": "cla_started",
    "timely": "assess_within_45wd_pct",
}
_MONEY = {
    "total": ("total_gbp_k",),
    "looked after spending": ("looked_after_gbp_k",),
    "safeguarding": ("safeguarding_gbp_k",),
    "early help": ("family_support_gbp_k", "youth_gbp_k", "sure_start_gbp_k"),
}
_STAFF = {
    "in post": "sw_fte",
    "agency": "agency_pct",
    "vacancy": "vacancy_pct",
    "turnover": "turnover_pct",
    "absence": "absence_pct",
    "caseload": "avg_caseload",
    "agency workers": "agency_fte",
    "vacant": "vacancy_fte",
}
_GBP_M_PER_THOUSAND = 1e-3


def recorded_panel(folder: Path | None = None) -> CouncilPanel:
    """The published returns of the councils that stood from 2013 to August 2024."""
    published = PublishedData(folder)
    there = published.tables.on(FIRST_DAY)
    keep = councils_of_the_panel(there)

    def grid(table: str, column: str, label: int) -> Array:
        """A column whose row of year y is of panel year y + `label`, (T, C)."""
        return _by_year(there, table, column, label)[:, keep]

    series = {name: grid("children", column, 0) for name, column in _CHILDREN.items()}
    for name, columns in _MONEY.items():
        parts = sum(grid("spending", column, 1) for column in columns)
        series[name] = np.asarray(parts) * _GBP_M_PER_THOUSAND
    staff = {name: grid("workforce", column, 1) for name, column in _STAFF.items()}
    vacant, borrowed = staff.pop("vacant"), staff.pop("agency workers")
    series |= staff
    series["posts"] = staff["in post"] + vacant
    series["with agency"] = staff["in post"] + borrowed
    return CouncilPanel(
        years=np.array(YEARS),
        # Mid-year children of the summer within the year.
        children=grid("population", "children_0_17", 1),
        series=as_returned(series),
        history=history_of(published.history(FIRST_DAY), keep),
        **places_and_power(there, keep),
    )


def as_returned(series: dict[str, Array]) -> dict[str, Array]:
    """Series (T, C) without the years before a return was first made."""
    years = np.array(YEARS)[:, None]
    for name in ("in post", "posts", "with agency", "agency", "vacancy", "turnover", "absence"):
        series[name] = np.where(years >= FIRST_STAFF, series[name], np.nan)
    series["caseload"] = np.where(years >= FIRST_CASELOAD, series["caseload"], np.nan)
    return series


def _by_year(there: Tables, table: str, column: str, label: int) -> Array:
    values = there.grid(table, column)
    grid = np.full((len(YEARS), values.shape[1]), np.nan)
    for row, year in zip(values, there.years(table), strict=True):
        if int(year) + label in YEARS:
            grid[int(year) + label - YEARS[0]] = row
    return grid
