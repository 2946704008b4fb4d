"""What the yearly returns say of each council on a date: people, children and money.

Everything is as of the last return on or before the date. Where none had been made yet
(timeliness of assessments before 31 March 2015) the first return's mean for the region is
used, flagged, and the field is listed as borrowed. Where the last year has no return at all
(spending of 2014-15) the year in progress is used, and listed as borrowed too.

Of a council made since the return, predecessors' figures are used and flagged: counts by its
share of their children, shares as their mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.inputs.councils.imputation import (
    FROM_PREDECESSORS,
    OWN_EARLIER,
    REGION_MEAN,
    REGION_RATE,
    Filling,
    by_region,
    own_earlier,
    region_mean,
)
from sim.inputs.councils.seed_tables import Tables
from sim.inputs.files.problems import Problem, raise_if_any
from sim.units import Array, BoolArray, IntArray

FIRST_CHILDREN = 2013
FIRST_TIMELINESS = 2015
LAST_POPULATION = 2037

COUNTS = {
    "referrals": "referrals",
    "plans_started": "cpp_started",
    "cla_started": "cla_started",
    "children_in_need": "cin_at_31mar",
    "protection_plans": "cpp_at_31mar",
    "children_looked_after": "cla_at_31mar",
}
# Each with the year of the first return that has it.
SHARES = {
    "rereferral_share": ("rereferral_pct", FIRST_CHILDREN),
    "no_action_share": ("referral_nfa_pct", FIRST_CHILDREN),
    "not_in_need_share": ("referral_not_in_need_pct", FIRST_CHILDREN),
    "assess_in_time_share": ("assess_within_45wd_pct", FIRST_TIMELINESS),
}
SPENDING = ("total", "looked_after", "safeguarding")
EARLY_HELP = ("family_support", "sure_start", "youth")


@dataclass(frozen=True)
class Population:
    """Children under 18 at mid-year: `path` (councils, years), `years` (years,).

    `low` and `high` (years,) are what the variants of the national projection are to the
    central one: 1 in the years that are published. `at` (councils,) are the children of the
    last mid-year before the baseline's date.
    """

    years: IntArray
    path: Array
    low: Array
    high: Array
    at: Array


@dataclass(frozen=True)
class Settlement:
    """Cash growth of spending power into each financial year: `growth` (councils, years),
    `years` (years,) by first year, and the day on which each was `announced` (years,), an
    ordinal."""

    years: IntArray
    growth: Array
    announced: IntArray


def last_year(on: date, month: int, day: int) -> int:
    """The year of the last such day on or before `on`."""
    return on.year if (on.month, on.day) >= (month, day) else on.year - 1


def population(tables: Tables, on: date, filling: Filling) -> Population:
    """Children at each mid-year to 2037: as published, then the national projection times
    each council's share of the last published year (assumption: shares stay)."""
    published = tables.years("population")
    path = tables.grid("population", "children_0_17").T
    years = np.arange(published[0], LAST_POPULATION + 1)
    central, low, high = _projection(tables, years[len(published) :])
    share = path[:, -1:] / path[:, -1].sum()
    path = np.column_stack([path, share * central])
    known = np.ones(len(published))
    index = int(np.searchsorted(years, last_year(on, 6, 30)))
    basis = tables["population"]["basis"]
    now = tables["population"]["year"] == years[index]
    codes = tables["population"]["dfe_code"][now & (basis != "published")]
    rule = "a share of predecessors' or successors' children"
    filling.note("population", np.isin(tables.codes, codes), rule)
    low, high = np.concatenate([known, low]), np.concatenate([known, high])
    return Population(years, path, low, high, path[:, index])


def _projection(tables: Tables, after: IntArray) -> tuple[Array, Array, Array]:
    """England's children in the years `after` the last published one by the central projection,
    and what the low and the high variant are to it: (years,) each.

    Raises InputError where the projection lacks a year.
    """
    table = tables["projection"]
    problems = [
        Problem("projection.csv", f"the year {year} is missing", "rebuild the seeds")
        for year in np.setdiff1d(after, table["year"])
    ]
    raise_if_any(problems)
    order = np.argsort(table["year"])
    rows = order[np.searchsorted(table["year"][order], after)]
    central, low, high = (table[name][rows] for name in ("central", "low", "high"))
    return central, low / central, high / central


def children(
    tables: Tables, on: date, at: Array, regions: IntArray, filling: Filling
) -> dict[str, Array]:
    """Flows (children a year), stocks (children) and shares (0-1) of the last 31 March."""
    years = tables.years("children")
    index = int(np.searchsorted(years, last_year(on, 3, 31)))
    fields = {}
    for name, column in COUNTS.items():
        grid = tables.grid("children", column)
        now = grid[index]
        candidates = {
            OWN_EARLIER: own_earlier(grid, index),
            REGION_RATE: np.rint(by_region(regions, now, at) * at),
        }
        fields[name] = filling.fill(name, now, candidates)
        note_predecessors(tables, filling, name, "children", column, index)
    for name, (column, year) in SHARES.items():
        first = int(np.searchsorted(years, year))
        grid = tables.grid("children", column)[first:] / 100.0
        at_first = index < first  # no return had it yet
        now = np.full(len(at), np.nan) if at_first else grid[index - first]
        mean = region_mean(regions, grid[0] if at_first else now, fields["referrals"])
        if at_first:
            candidates = {"first return, region's mean": mean}
            filling.borrowed.add(name)
        else:
            candidates = {OWN_EARLIER: own_earlier(grid, index - first), REGION_MEAN: mean}
            note_predecessors(tables, filling, name, "children", column, index)
        fields[name] = filling.fill(name, now, candidates)
    return fields


def note_predecessors(
    tables: Tables, filling: Filling, name: str, table: str, column: str, index: int
) -> None:
    """Flag the cells of a field that come from predecessors, in year `index` of a table that
    holds published figures only."""
    filling.note(name, tables.filled_cells(table, column)[index], FROM_PREDECESSORS)


def spending(
    tables: Tables, on: date, at: Array, regions: IntArray, filling: Filling
) -> tuple[dict[str, Array], str]:
    """GBP million of the last financial year that had ended, and its label.

    Where that year has no return, those of the year in progress. A blank cell is the council's
    own figure of up to two years before, grown as England's has; failing that, the region's
    spending per child. What the table itself imputes is flagged.
    """
    years = tables.years("spending")
    ended = last_year(on, 3, 31) - 1
    known = ended in years
    index = int(np.searchsorted(years, ended))  # of the next year where there is none
    table = tables["spending"]
    label = str(table["fin_year"][table["year"] == years[index]][0])
    million = {
        name: tables.grid("spending", f"{name}_gbp_k") / 1000.0 for name in (*SPENDING, *EARLY_HELP)
    }
    total, looked_after, safeguarding = (million[name] for name in SPENDING)
    early_help = sum((million[name] for name in EARLY_HELP), np.zeros(total.shape))
    grids = {
        "spend_total": total,
        "spend_looked_after": looked_after,
        "spend_early_help": early_help,
        "spend_other": np.maximum(total - (looked_after + safeguarding + early_help), 0.0),
    }
    from_other_years = tables.filled_cells("spending", "total_gbp_k")[index]
    fields = {}
    for name, grid in grids.items():
        candidates = {
            OWN_EARLIER: own_earlier(_at_prices_of(grid, index), index),
            REGION_RATE: by_region(regions, grid[index], at) * at,
        }
        fields[name] = filling.fill(name, grid[index], candidates)
        filling.note(name, from_other_years, "own other year, or predecessors' by children")
    if not known:
        filling.borrowed |= set(fields)
    return fields, label


def _at_prices_of(grid: Array, index: int) -> Array:
    """Spending (years, councils) grown as England's has from each year to year `index`."""
    both = ~np.isnan(grid) & ~np.isnan(grid[index])
    now = np.where(both, grid[index], 0.0).sum(axis=1, keepdims=True)
    then = np.where(both, grid, 0.0).sum(axis=1, keepdims=True)
    return np.asarray(grid * now / np.where(then > 0.0, then, np.nan))


def settlement(tables: Tables, regions: IntArray, at: Array, filling: Filling) -> Settlement:
    """Every settlement in the tables, those announced after the date included: what a council
    can count on is for the run to decide."""
    years = tables.years("settlement")
    grid = tables.grid("settlement", "growth")
    columns = [
        filling.fill("settlement_growth", row, {REGION_MEAN: region_mean(regions, row, at)})
        for row in grid
    ]
    table = tables["settlement"]
    # A year has one day: the latest, should rows of a year differ.
    days = [int(table["announced"][table["year"] == year].max()) for year in years]
    return Settlement(years, np.column_stack(columns), np.array(days, dtype=np.int64))


def note_settlement(tables: Tables, filling: Filling) -> None:
    """Flag the councils whose path of settlements the table imputes in part."""
    cells: BoolArray = np.any(tables.filled_cells("settlement", "growth"), axis=0)
    filling.note("settlement_growth", cells, "England's growth, tilted by deprivation")
