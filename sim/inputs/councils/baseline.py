"""England's councils as they stood on a date.

`baseline(on)` gives the state of the councils that stood on any day from 1 November 2013 to
1 September 2024, from the seed tables, using only what was known or true on that day. What the
tables leave blank is filled by stated rules and flagged (`Baseline.imputed`).

A council that followed others (1 April 2019, 2021 and 2023) has its own returns and judgements as
soon as there are any. Until then counts are its share of its predecessors', and it has the grade,
dates, interventions, director and history of failure of the one that most of its children came
from (`Baseline.grade_inherited`).
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

    # Children under 18: at the last mid-year; and every mid-year, path (C, years), projected
    # after the last one published; what the low and the high variant of the national projection
    # are to the central one (years,).
    population: Array
    population_years: IntArray
    population_path: Array
    population_low: Array
    population_high: Array
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
    # Years between that count and the date, and by field how far it moves in a year: standard
    # deviations of the change of the logarithm, England's and a council's own about England's.
    staff_years: float
    staff_change: Mapping[str, tuple[float, float]]

    spend_year: str
    spend_total: Array
    spend_looked_after: Array
    spend_early_help: Array
    spend_other: Array
    # Cash growth of spending power into each financial year (C, years), by its first year, and
    # the day on which it was announced (years,). Years announced after `date` are in it.
    settlement_years: IntArray
    settlement_growth: Array
    settlement_announced: IntArray

    # 1 inadequate, 2 requires improvement (adequate before 2013), 3 good, 4 outstanding, 0 none.
    grade: IntArray
    grade_date: IntArray
    # Judged as another council, which this one followed.
    grade_inherited: BoolArray
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
    # The day on which an open trust would end, where that was decided by the date.
    trust_ends: IntArray
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
    tables = load_tables(folder).on(on)
    filling = Filling()
    place = _places(tables)
    _, regions = np.unique(place["region"], return_inverse=True)
    people = returns.population(tables, on, filling)
    children = returns.children(tables, on, people.at, regions, filling)
    staff = workforce_return.workforce(tables, on, children["children_in_need"], regions, filling)
    money, spend_year = returns.spending(tables, on, people.at, regions, filling)
    settlement = returns.settlement(tables, regions, people.at, filling)
    returns.note_settlement(tables, filling)
    fields: dict[str, Any] = {**children, **staff, **money}
    fields |= status_at_start.inspection(tables, on, filling)
    fields |= status_at_start.intervention(tables, on, filling)
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
        population_low=people.low,
        population_high=people.high,
        idaci=_deprivation(tables, regions, people.at, filling),
        staff_years=workforce_return.years_since_count(on),
        staff_change=workforce_return.yearly_changes(tables, on, regions, filling),
        spend_year=spend_year,
        settlement_years=settlement.years,
        settlement_growth=settlement.growth,
        settlement_announced=settlement.announced,
        director_since=status_at_start.director_since(tables, on, filling),
        **fields,
        neighbours=tables.neighbours(NEIGHBOURS),
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
    order = np.argsort(table["dfe_code"])
    values = table["idaci_2019"][order]
    borrowed = np.isin(table["idaci_method"][order], ("predecessor", "successors"))
    filling.note("idaci", borrowed, "predecessor's or successors', as the index has none")
    return filling.fill("idaci", values, {REGION_MEAN: region_mean(regions, values, at)})
