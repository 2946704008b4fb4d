"""What the workforce return says of each council on a date: posts, rates and caseload.

The first return was made at 30 September 2015. Before it, the first return's ratios for the
region are applied to the children then in need; the fields are flagged and listed as borrowed.
"""

from __future__ import annotations

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
from sim.inputs.councils.returns import last_year
from sim.inputs.councils.seed_tables import Tables
from sim.units import Array, IntArray

FIRST_WORKFORCE = 2015
FIRST_CASELOAD = 2016
# A council cannot do without: the smallest staff a blank may be filled with (assumption).
SMALLEST_STAFF = 1.0
# Published averages of single councils run from 8 to 51 (evidence D5); filled ones stay inside
# the range of the first reliable returns.
CASELOAD_RANGE = (8.0, 35.0)

STAFF = ("agency_fte", "vacancy_fte")


def workforce(
    tables: Tables,
    on: date,
    children_in_need: Array,
    regions: IntArray,
    filling: Filling,
) -> dict[str, Array]:
    """Full-time equivalents, rates and caseload at the last 30 September."""
    year = last_year(on, 9, 30)
    made = year >= FIRST_WORKFORCE
    row = _Return(tables, max(year, FIRST_WORKFORCE), regions)
    need = row.children_in_need
    blank = np.full(len(regions), np.nan)
    fields = {}
    if made:
        joint = row.joint
        for name in ("social_workers_fte", *STAFF):
            filling.note(name, joint, "joint return split by children in need")
    else:
        filling.borrowed |= {"social_workers_fte", *STAFF, "turnover_rate", "vacancy_rate"}
        filling.borrowed |= {"agency_rate", "absence_rate"}
    first = "" if made else "first return, "
    per_need = by_region(regions, row["sw_fte"], need) * children_in_need
    posts = filling.fill(
        "social_workers_fte",
        row["sw_fte"] if made else blank,
        {f"{first}region's staff per child in need": np.maximum(per_need, SMALLEST_STAFF)},
    )
    fields["social_workers_fte"] = posts

    def count(name: str, filling: Filling) -> Array:
        """A count of staff, blanks by the council's earlier returns or the region's rate."""
        now = row[name] if made else blank
        per_post = by_region(regions, row[name], row["sw_fte"]) * posts
        candidates = {f"{first}region's rate per social worker": per_post}
        return filling.fill(name, now, row.earlier(name, made) | candidates)

    fields |= {name: count(name, filling) for name in STAFF}
    # Leavers matter to the rate of turnover alone, and are no field of the baseline.
    leavers = count("leavers_fte", Filling())
    fields |= _rates(row, made, fields, leavers, regions, filling)
    fields["caseload"] = _caseload(tables, year, row, fields, children_in_need, regions, filling)
    return fields


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
        rows = (table.ints("joint_with") > 0) & (table.ints("year") == year)
        self.leads = tables.column_of(table.ints("dfe_code")[rows])
        self.partners = tables.column_of(table.ints("joint_with")[rows])
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


def _rates(
    row: _Return,
    made: bool,
    fields: dict[str, Array],
    leavers: Array,
    regions: IntArray,
    filling: Filling,
) -> dict[str, Array]:
    """Rates as published; blanks from the counts, which are themselves filled."""
    posts = fields["social_workers_fte"]
    blank = np.full(len(regions), np.nan)
    from_counts = {
        "turnover_rate": np.minimum(leavers / posts, 1.0),
        "vacancy_rate": fields["vacancy_fte"] / (fields["vacancy_fte"] + posts),
        "agency_rate": fields["agency_fte"] / (fields["agency_fte"] + posts),
    }
    rates = {}
    for name, counted in from_counts.items():
        published = row.rate(f"{name.removesuffix('_rate')}_pct") / 100.0
        now = published if made else blank
        rates[name] = filling.fill(name, now, {"from the counts": counted})
    absence = row.rate("absence_pct") / 100.0
    mean = region_mean(regions, absence, row["sw_fte"])
    rule = REGION_MEAN if made else "first return, region's mean"
    rates["absence_rate"] = filling.fill(
        "absence_rate",
        absence if made else blank,
        {n: v / 100.0 for n, v in row.earlier("absence_pct", made).items()} | {rule: mean},
    )
    return rates


def _caseload(
    tables: Tables,
    year: int,
    row: _Return,
    fields: dict[str, Array],
    children_in_need: Array,
    regions: IntArray,
    filling: Filling,
) -> Array:
    """Cases per case holder."""
    made = year >= FIRST_CASELOAD
    blank = np.full(len(regions), np.nan)
    posts = fields["social_workers_fte"]
    staff = posts + fields["agency_fte"]

    first = row if made else _Return(tables, FIRST_CASELOAD, regions)
    average = first.rate("avg_caseload")
    first_staff = first["sw_fte"] + first["agency_fte"]
    # The region's caseload, in proportion to the council's children in need per worker.
    need_per_worker = by_region(regions, first.children_in_need, first_staff)
    scale = region_mean(regions, average, first_staff) / need_per_worker
    estimate = np.clip(scale * children_in_need / staff, *CASELOAD_RANGE)
    rule = "region's caseload, in proportion to children in need per worker"
    caseload = filling.fill("caseload", average if made else blank, {rule: estimate})
    if not made:
        filling.borrowed.add("caseload")
    return caseload
