"""What the workforce return says of each council on a date: posts, rates and caseload.

The first return was made at 30 September 2015. Before it, the first return's ratios for the
region are applied to the children then in need; the fields are flagged and listed as borrowed.

Staff are counted once a year. How far they may have moved since is what the returns moved from
one year to the next (`yearly_changes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from sim.inputs.councils.imputation import (
    OWN_EARLIER,
    REGION_MEAN,
    Filling,
    by_region,
    own_earlier,
    region_mean,
)
from sim.inputs.councils.returns import last_year, note_predecessors
from sim.inputs.councils.seed_tables import Tables
from sim.units import DAYS_A_YEAR, Array, IntArray

FIRST_WORKFORCE = 2015
FIRST_CASELOAD = 2016
# A council cannot do without: the smallest staff a blank may be filled with (assumption).
SMALLEST_STAFF = 1.0
# Published averages of single councils run from 8 to 51 (evidence D5); filled ones stay inside
# the range of the first reliable returns.
CASELOAD_RANGE = (8.0, 35.0)

STAFF = ("agency_fte", "vacancy_fte")
RATES = ("turnover_rate", "vacancy_rate", "agency_rate")
ALL_RATES = (*RATES, "absence_rate")

# What is carried forward from the count, each with its column of the return: first counts of
# staff, then what is measured per worker.
MOVING_COUNTS = {
    "social_workers_fte": "sw_fte",
    "vacancy_fte": "vacancy_fte",
    "agency_fte": "agency_fte",
}
MOVING_RATES = {"turnover_rate": "turnover_pct", "caseload": "avg_caseload"}
# A spread from two yearly changes or fewer says next to nothing (assumption).
FEWEST_CHANGES = 3


def workforce(
    tables: Tables,
    on: date,
    children_in_need: Array,
    regions: IntArray,
    filling: Filling,
) -> dict[str, Array]:
    """Full-time equivalents (C,), rates and caseload at the last 30 September."""
    year = last_year(on, 9, 30)
    made = year >= FIRST_WORKFORCE
    row = _Return(tables, max(year, FIRST_WORKFORCE), regions)
    blank = np.full(len(regions), np.nan)
    first = "" if made else "first return, "
    if made:
        for name in ("social_workers_fte", *STAFF):
            filling.note(name, row.joint, "joint return split by children in need")
        columns = {**MOVING_COUNTS, **{n: f"{n.removesuffix('_rate')}_pct" for n in ALL_RATES}}
        for name, column in columns.items():
            note_predecessors(tables, filling, name, "workforce", column, row.index)
    else:
        filling.borrowed |= {"social_workers_fte", *STAFF, *ALL_RATES}

    per_need = by_region(regions, row["sw_fte"], row.children_in_need) * children_in_need
    posts = filling.fill(
        "social_workers_fte",
        row["sw_fte"] if made else blank,
        {f"{first}region's staff per child in need": np.maximum(per_need, SMALLEST_STAFF)},
    )

    def count(name: str, filling: Filling) -> Array:
        """A count of staff, blanks by the council's earlier returns or the region's rate."""
        now = row[name] if made else blank
        per_post = by_region(regions, row[name], row["sw_fte"]) * posts
        candidates = {f"{first}region's rate per social worker": per_post}
        return filling.fill(name, now, row.earlier(name, made) | candidates)

    agency, vacant = (count(name, filling) for name in STAFF)
    # Leavers matter to the rate of turnover alone, and are no field of the baseline.
    leavers = count("leavers_fte", Filling())
    fields = {"social_workers_fte": posts, "agency_fte": agency, "vacancy_fte": vacant}
    # Rates are as published; blanks come from the counts, which are themselves filled.
    counted = (
        np.minimum(_ratio(leavers, posts), 1.0),
        _ratio(vacant, vacant + posts),
        _ratio(agency, agency + posts),
    )
    for name, values in zip(RATES, counted, strict=True):
        published = row.rate(f"{name.removesuffix('_rate')}_pct") / 100.0
        # Where there was nobody to leave.
        mean = region_mean(regions, published, row["sw_fte"])
        candidates = {"from the counts": values, f"{first}{REGION_MEAN}": mean}
        fields[name] = filling.fill(name, published if made else blank, candidates)
    absence = row.rate("absence_pct") / 100.0
    earlier = {n: v / 100.0 for n, v in row.earlier("absence_pct", made).items()}
    mean = region_mean(regions, absence, row["sw_fte"])
    fields["absence_rate"] = filling.fill(
        "absence_rate", absence if made else blank, earlier | {f"{first}{REGION_MEAN}": mean}
    )

    # Caseload came a year later: the region's, in proportion to children in need per worker.
    known = year >= FIRST_CASELOAD
    if known:
        note_predecessors(tables, filling, "caseload", "workforce", "avg_caseload", row.index)
    row = row if known else _Return(tables, FIRST_CASELOAD, regions)
    average = row.rate("avg_caseload")
    staff = row["sw_fte"] + row["agency_fte"]
    scale = region_mean(regions, average, staff) / by_region(regions, row.children_in_need, staff)
    estimate = np.clip(
        scale * children_in_need / np.maximum(posts + agency, SMALLEST_STAFF), *CASELOAD_RANGE
    )
    rule = "region's caseload, in proportion to children in need per worker"
    fields["caseload"] = filling.fill("caseload", average if known else blank, {rule: estimate})
    if not known:
        filling.borrowed.add("caseload")
    return fields


def _ratio(part: Array, whole: Array) -> Array:
    """Not a number where there is nothing to divide by."""
    blank = np.full(len(whole), np.nan)
    return np.asarray(np.divide(part, whole, out=blank, where=whole > 0.0))


def years_since_count(on: date) -> float:
    """Years between the count that stands for the date and the date. Before the first count, the
    years to it: going back from a count is no surer than going on from one."""
    year = max(last_year(on, 9, 30), FIRST_WORKFORCE)
    return abs((on - date(year, 9, 30)).days) / DAYS_A_YEAR


def yearly_changes(
    tables: Tables, on: date, regions: IntArray, filling: Filling
) -> Mapping[str, tuple[float, float]]:
    """How far staff move in a year: by field (shared, local) standard deviations of the change
    of the logarithm, from the returns made by the date.

    `shared` is the spread of England's change about no change, as the level is carried forward
    as it is. `local` is the spread of a council's change about England's. Councils count in
    proportion to their social workers, so that a worker more or less in a small council sets no
    spread; those with none in either year, or no figure, are left out. A field of which fewer
    than three changes were known takes those of the whole record, and `staff_change` is then
    listed as borrowed.
    """
    years = tables.years("workforce")
    made = years <= last_year(on, 9, 30)
    returns = [_Return(tables, int(year), regions) for year in years]
    staff = np.stack([one["sw_fte"] for one in returns])
    spreads = {}
    for name, column in (MOVING_COUNTS | MOVING_RATES).items():
        counted = name in MOVING_COUNTS
        values = np.stack([one[column] if counted else one.rate(column) for one in returns])
        shared, local, weights = _changes(values, staff, counted)
        known = ~np.isnan(shared)
        if (known & made[1:]).sum() >= FEWEST_CHANGES:
            known &= made[1:]
        else:
            filling.borrowed.add("staff_change")
        within = np.where(weights[known] > 0.0, np.square(local[known]) * weights[known], 0.0)
        spreads[name] = (
            float(np.sqrt(np.mean(np.square(shared[known])))),
            float(np.sqrt(within.sum() / weights[known].sum())),
        )
    return spreads


def _changes(values: Array, staff: Array, counted: bool) -> tuple[Array, Array, Array]:
    """Yearly changes of the logarithm: England's (years - 1,), NaN where no council has both
    years; each council's less England's, and what it counts for, (years - 1, councils)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        before, after = values[:-1], values[1:]
        both = (before > 0.0) & (after > 0.0) & (staff[:-1] > 0.0) & (staff[1:] > 0.0)
        # A rate counts for as many as it is a rate of; a count is added up as it is.
        ones = np.ones_like(before)
        per = (ones, ones) if counted else (staff[:-1], staff[1:])
        old, new = (
            np.where(both, v * n, 0.0).sum(axis=1) / np.where(both, n, 0.0).sum(axis=1)
            for v, n in zip((before, after), per, strict=True)
        )
        england = np.log(new / old)
        local = np.where(both, np.log(after / before) - england[:, None], 0.0)
    return england, local, np.where(both, staff[:-1], 0.0)


class _Return:
    """One workforce return, joint returns split between their councils."""

    def __init__(self, tables: Tables, year: int, regions: IntArray) -> None:
        self.tables = tables
        self.index = int(np.searchsorted(tables.years("workforce"), year))
        march = int(np.searchsorted(tables.years("children"), year))
        grid = tables.grid("children", "cin_at_31mar")
        region_rate = by_region(regions, grid[march], np.ones(len(regions)))
        need = np.where(np.isnan(grid[march]), own_earlier(grid, march), grid[march])
        self.children_in_need: Array = np.where(np.isnan(need), region_rate, need)
        table = tables["workforce"]
        rows = (table["joint_with"] > 0) & (table["year"] == year)
        self.leads = tables.column_of(table["dfe_code"][rows])
        self.partners = tables.column_of(table["joint_with"][rows])
        self.joint = np.isin(np.arange(len(regions)), [*self.leads, *self.partners])

    def __getitem__(self, column: str) -> Array:
        """A count of the return, (C,); a joint one is split by children in need."""
        values: Array = self.tables.grid("workforce", column)[self.index]
        for lead, partner in zip(self.leads, self.partners, strict=True):
            both = self.children_in_need[[lead, partner]]
            values[[lead, partner]] = values[lead] * both / both.sum()
        return values

    def rate(self, column: str) -> Array:
        """A rate of the return, (C,); councils of a joint return share it."""
        values: Array = self.tables.grid("workforce", column)[self.index]
        values[self.partners] = values[self.leads]
        return values

    def earlier(self, column: str, made: bool) -> dict[str, Array]:
        """The candidate of the council's own earlier returns, if any can exist."""
        if not made or self.index == 0:
            return {}
        return {OWN_EARLIER: own_earlier(self.tables.grid("workforce", column), self.index)}
