"""What was published about England to 31 August 2019, from the seed tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from sim.inputs.councils.baseline import baseline
from sim.inputs.councils.seed_tables import Tables, load_tables
from sim.units import Array, IntArray
from sim.validation.histories import GRADE_NUMBERS, History

FIRST_DAY = date(2013, 11, 1)
LAST_DAY = date(2019, 8, 31)

CONSTANTS: dict[str, Mapping[int, float]] = {
    # Changes of director in years to 31 March (evidence G1, counts of the directors' association).
    "director_changes": {2014: 61.0, 2016: 55.0, 2017: 44.0, 2018: 65.0, 2019: 51.0},
    # Overspend in 2017-18: GBP 872 million on 8.8 billion, in 91 % of councils (evidence F3).
    "overspend_share": {2018: 872.0 / 8800.0},
    "councils_overspent": {2018: 0.91},
}

# The same series in the seeds, for England (added up where there are several) and for councils
# (table and column). Rates are per cent there, shares here.
NATIONAL: dict[str, tuple[str, ...]] = {
    "referrals": ("referrals",),
    "children_in_need": ("cin_at_31mar",),
    "protection_plans": ("cpp_at_31mar",),
    "children_looked_after": ("cla_at_31mar",),
    "social_workers_fte": ("wf_sw_fte",),
    "agency_rate": ("wf_agency_pct",),
    "vacancy_rate": ("wf_vacancy_pct",),
    "turnover_rate": ("wf_turnover_pct",),
    "caseload": ("wf_avg_caseload",),
    "spend_gbp_m": ("spend_total_cyp_excl_cera_gbp_m_sum_of_LAs",),
    "early_help_gbp_m": (
        "spend_family_support_total_gbp_m_sum_of_LAs",
        "spend_sure_start_total_gbp_m_sum_of_LAs",
        "spend_youth_services_total_gbp_m_sum_of_LAs",
    ),
}
COUNCILS: dict[str, tuple[str, str]] = {
    "referrals": ("children", "referrals"),
    "children_in_need": ("children", "cin_at_31mar"),
    "protection_plans": ("children", "cpp_at_31mar"),
    "children_looked_after": ("children", "cla_at_31mar"),
    "agency_rate": ("workforce", "agency_pct"),
    "vacancy_rate": ("workforce", "vacancy_pct"),
    "turnover_rate": ("workforce", "turnover_pct"),
}


class PublishedData:
    """The observed side of every comparison."""

    def __init__(self, folder: Path | None = None) -> None:
        self.tables: Tables = load_tables(folder)
        self._folder = folder

    @cached_property
    def whole_history(self) -> History:
        """What was published from the first day on."""
        return self.history(FIRST_DAY)

    def history(self, start: date) -> History:
        """What was published from a day on."""
        table = self.tables["judgements"]
        order = np.argsort(table["published"], kind="stable")
        day = table["published"][order]
        later = day > start.toordinal()
        grade = np.array([GRADE_NUMBERS[str(word)] for word in table["overall"][order]])
        council = self.tables.column_of(table["dfe_code"])[order]
        b = baseline(start, self._folder)
        return History(
            start=start.toordinal(),
            opening=b.grade,
            inadequate_since=b.first_inadequate_date,
            day=day[later],
            council=council[later],
            grade=grade[later],
            trusts=self._trusts(),
            director_changes=np.zeros((0, 2), dtype=np.int64),
        )

    def _trusts(self) -> IntArray:
        table = self.tables["interventions"]
        is_trust = (table["kind"] == "trust") & (table["start"] > 0)
        council = self.tables.column_of(table["dfe_code"][is_trust])
        columns = (council, table["start"][is_trust], table["end"][is_trust])
        return np.stack(columns, axis=1)

    def national(self, name: str) -> dict[int, float]:
        """A series of England by year: of the 31 March or 30 September it is of."""
        if name in CONSTANTS:
            return dict(CONSTANTS[name])
        table = self.tables["national"]
        terms: list[dict[int, float]] = []
        for series in NATIONAL[name]:
            rows = table["series"] == series
            years = [_year_of(str(label)) for label in table["year"][rows]]
            values = (table["value"][rows] * _factor(series)).tolist()
            terms.append(dict(zip(years, values, strict=True)))
        common = set.intersection(*({*term} for term in terms))
        return {year: sum(term[year] for term in terms) for year in sorted(common)}

    def councils(self, name: str) -> tuple[IntArray, Array]:
        """A series of councils: years (Y,) and values (Y, C), NaN where not published."""
        table, column = COUNCILS[name]
        return self.tables.years(table), self.tables.grid(table, column) * _factor(column)


def return_day(name: str, year: int) -> date:
    """The day that a yearly figure is of: staff on 30 September, children on 31 March."""
    staff = NATIONAL.get(name, ("",))[0].startswith("wf_")
    return date(year, 9, 30) if staff else date(year, 3, 31)


def _factor(column: str) -> float:
    return 0.01 if column.endswith("_pct") else 1.0


def scaled(values: Array, logs: bool) -> Array:
    """Values as they are, or their logarithms (NaN where there is none)."""
    return np.log(np.where(values > 0.0, values, np.nan)) if logs else values


def _year_of(label: str) -> int:
    """The calendar year in which a labelled year ends: 2018 for "2018" and for "2017-18"."""
    return int(label[:4]) + (1 if "-" in label else 0)
