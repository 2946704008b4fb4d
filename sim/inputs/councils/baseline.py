"""England's councils as they stood on a date.

`baseline(on)` gives the state of the 152 councils of 2013 to 2019 on any day from 1 November
2013 to 1 January 2019, from the seed tables, using only what was known or true on that day.
What the tables leave blank is filled by stated rules and flagged (`Baseline.imputed`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils import returns, status_at_start, workforce_return
from sim.inputs.councils.imputation import REGION_MEAN, Filling, region_mean
from sim.inputs.councils.seed_tables import Tables, load_tables
from sim.inputs.councils.table_specs import COUNCILS
from sim.inputs.files.dates import FIRST_START, LAST_START
from sim.inputs.files.problems import InputError, Problem
from sim.units import Array, BoolArray, IntArray

NEIGHBOURS = 10


@dataclass(frozen=True)
class Baseline:
    """The state of every council on `date`; arrays (C,) in ascending DfE code unless said.

    Days are proleptic ordinals (`date.toordinal`), 0 where there is none. Shares and rates
    run from 0 to 1. Flows are of the year to the last 31 March, stocks at that day; staff
    are full-time equivalents at the last 30 September; money is GBP million, cash, of the
    financial year `spend_year`. Sources by column: seeds/DICTIONARY.md.
    """

    date: date
    codes: IntArray
    ons_codes: list[str]
    names: list[str]
    regions: list[str]
    kinds: list[str]

    # Children under 18: at the last mid-year; and every mid-year, path (C, years).
    population: Array
    population_years: IntArray
    population_path: Array
    # Share of children in income-deprived families (IDACI 2019).
    idaci: Array

    referrals: Array
    plans_started: Array
    cla_started: Array
    rereferral_share: Array
    no_action_share: Array
    not_in_need_share: Array
    assess_in_time_share: Array
    children_in_need: Array
    protection_plans: Array
    children_looked_after: Array

    social_workers_fte: Array
    agency_fte: Array
    vacancy_fte: Array
    turnover_rate: Array
    vacancy_rate: Array
    agency_rate: Array
    absence_rate: Array
    caseload: Array

    spend_year: str
    spend_total: Array
    spend_looked_after: Array
    spend_early_help: Array
    spend_other: Array
    # Cash growth of spending power into each financial year (C, years), by its first year.
    settlement_years: IntArray
    settlement_growth: Array

    # 1 inadequate, 2 requires improvement (adequate before 2013), 3 good, 4 outstanding, 0 none.
    grade: IntArray
    grade_date: IntArray
    first_inadequate_date: IntArray
    # The key judgements of that report (C, 3): help and protection, care of children looked after,
    # leadership.
    key_grades: IntArray
    earlier_inadequate: IntArray
    pre_sif_grade: IntArray
    pre_sif_date: IntArray
    # An inspection begun and not yet published.
    fieldwork_start: IntArray
    fieldwork_end: IntArray
    director_since: IntArray

    commissioner_since: IntArray
    trust_since: IntArray
    # A trust decided on and not yet open.
    trust_decided: IntArray
    partner_since: IntArray
    # Column of the council that leads this one's services, or -1.
    partner: IntArray

    # Closest statistical neighbours (C, 10) as columns, -1 where fewer are known.
    neighbours: IntArray

    imputed: Mapping[str, BoolArray]
    imputed_rules: Mapping[str, str]
    # Fields that lean on a later return because none had been made by the date.
    borrowed: frozenset[str]

    def imputed_share(self) -> list[tuple[str, float, str]]:
        """(field, share imputed, rules used), most imputed first."""
        shares = {name: float(cells.mean()) for name, cells in self.imputed.items()}
        by_share = sorted(shares, key=lambda name: (-shares[name], name))
        return [(name, shares[name], self.imputed_rules[name]) for name in by_share]


def baseline(on: date, folder: Path | None = None) -> Baseline:
    """The state of every council on `on`, from the seed tables in `folder`.

    Raises InputError when the date is outside the tables or a table is corrupted.
    """
    if not FIRST_START <= on <= LAST_START:
        raise InputError(
            Problem("start date", f"{on} is outside the seeds", f"{FIRST_START} to {LAST_START}")
        )
    tables = load_tables(folder)
    filling = Filling()
    place = _places(tables)
    _, regions = np.unique(place["region"], return_inverse=True)
    people = returns.population(tables, on, filling)
    children = returns.children(tables, on, people.at, regions, filling)
    staff = workforce_return.workforce(tables, on, children["children_in_need"], regions, filling)
    money, spend_year = returns.spending(tables, on, filling)
    settlement_years, growth = returns.settlement(tables, regions, people.at, filling)
    fields: dict[str, Any] = {**children, **staff, **money}
    fields |= status_at_start.inspection(tables, on, filling)
    fields |= status_at_start.intervention(tables, on)
    return Baseline(
        date=on,
        codes=tables.codes,
        ons_codes=place["ons_code"],
        names=place["name"],
        regions=place["region"],
        kinds=place["kind"],
        population=people.at,
        population_years=people.years,
        population_path=people.path,
        idaci=_deprivation(tables, regions, people.at, filling),
        spend_year=spend_year,
        settlement_years=settlement_years,
        settlement_growth=growth,
        director_since=status_at_start.director_since(tables, on, filling),
        **fields,
        neighbours=_neighbours(tables),
        imputed=filling.flags,
        imputed_rules=filling.rules,
        borrowed=frozenset(filling.borrowed),
    )


def _places(tables: Tables) -> dict[str, list[str]]:
    """Codes, names, regions and kinds in the order of the arrays."""
    table = tables[COUNCILS]
    order = np.argsort(table["dfe_code"])
    columns = ("ons_code", "name", "region", "kind")
    return {name: [str(text) for text in table[name][order]] for name in columns}


def _deprivation(tables: Tables, regions: IntArray, at: Array, filling: Filling) -> Array:
    table = tables[COUNCILS]
    values = table["idaci_2019"][np.argsort(table["dfe_code"])]
    return filling.fill("idaci", values, {REGION_MEAN: region_mean(regions, values, at)})


def _neighbours(tables: Tables) -> IntArray:
    table = tables["neighbours"]
    neighbours = np.full((len(tables.codes), NEIGHBOURS), -1, dtype=np.int64)
    rows, ranks = tables.column_of(table["dfe_code"]), table["rank"] - 1
    neighbours[rows, ranks] = tables.column_of(table["neighbour"])
    return neighbours
