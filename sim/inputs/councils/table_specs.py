"""What each seed table must hold; seeds/DICTIONARY.md says what the columns mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.units import GRADES

COUNCILS = "councils"
SUCCESSORS = "successors"
POPULATION = "population"
GRADE_WORDS = tuple(GRADES.values())
OLD_GRADE_WORDS = ("inadequate", "adequate", "good", "outstanding")

Kind = Literal["number", "whole", "date", "text"]
# What a figure is, and so how a council that follows others takes theirs over: counts by its
# share of their children, rates as their mean weighted by children.
Measure = Literal["", "count", "rate"]


@dataclass(frozen=True)
class ColumnSpec:
    """What a cell of a column may hold."""

    kind: Kind
    blank: bool = False
    low: float = 0.0
    high: float = 1e9
    choices: tuple[str, ...] = ()
    measure: Measure = ""

    def meaning(self) -> str:
        """In words, for a message."""
        words = {"number": "a number", "whole": "a whole number", "date": "a date (YYYY-MM-DD)"}
        return words.get(self.kind, "text")


@dataclass(frozen=True)
class TableSpec:
    """One table: its key, its columns, and for whom it must have rows.

    `every`: "council" (each that ever stood), "council and year", "first council" (those that
    stood before the model begins), or "return" (in each year the councils that stood on `day`:
    month, day and how many years after the year of the row).
    """

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, ColumnSpec]
    every: Literal["", "council", "council and year", "first council", "return"] = ""
    day: tuple[int, int, int] = (1, 1, 0)
    rows: int | None = None


def _words(*choices: str, blank: bool = False) -> ColumnSpec:
    return ColumnSpec("text", blank=blank, choices=choices)


def _each(cell: ColumnSpec, *names: str) -> dict[str, ColumnSpec]:
    return dict.fromkeys(names, cell)


_CODE = ColumnSpec("whole", low=201, high=999)
_OTHER_CODE = ColumnSpec("whole", blank=True, high=999)
_YEAR = ColumnSpec("whole", low=2000, high=2030)
_NUMBER = ColumnSpec("number", blank=True)
_COUNT = ColumnSpec("number", blank=True, measure="count")
_PERCENT = ColumnSpec("number", blank=True, high=100.0, measure="rate")
# Outturn is net of corrections, and one council's agency cost is below nought.
_NET = ColumnSpec("number", blank=True, low=-1e6, measure="count")
_RATE = ColumnSpec("number", blank=True, measure="rate")
_DATE = ColumnSpec("date")
_MAYBE_DATE = ColumnSpec("date", blank=True)
_NAME = ColumnSpec("text")
_OLD_GRADE = _words(*OLD_GRADE_WORDS, blank=True)
_AREAS = ("leadership", "help_protection", "in_care", "care_leavers", "adoption")


def _yearly(
    name: str, columns: Mapping[str, ColumnSpec], day: tuple[int, int, int] | None = None
) -> TableSpec:
    keys = {"year": _YEAR, "dfe_code": _CODE}
    both = ("year", "dfe_code")
    if day is None:
        return TableSpec(name, both, {**keys, **columns}, every="council and year")
    return TableSpec(name, both, {**keys, **columns}, every="return", day=day)


SPECS: tuple[TableSpec, ...] = (
    TableSpec(
        COUNCILS,
        ("dfe_code",),
        {
            "dfe_code": _CODE,
            **_each(_NAME, "ons_code", "name", "region"),
            "kind": _words(
                "County", "London Borough", "Metropolitan District", "Unitary Authority"
            ),
            "idaci_2019": ColumnSpec("number", blank=True, high=1.0),
            "idaci_method": _NAME,
            "valid_from": _DATE,
            "valid_to": _MAYBE_DATE,
        },
        every="council",
        rows=158,
    ),
    TableSpec(
        SUCCESSORS,
        ("predecessor", "successor"),
        {
            **_each(_CODE, "predecessor", "successor"),
            "on": _DATE,
            "share": ColumnSpec("number", high=1.0),
            "basis": _words("whole", "population"),
        },
    ),
    TableSpec(
        "ons_codes",
        ("dfe_code", "valid_from"),
        {"dfe_code": _CODE, "ons_code": _NAME, "valid_from": _DATE, "valid_to": _MAYBE_DATE},
        every="council",
    ),
    _yearly(
        POPULATION,
        {
            "children_0_17": ColumnSpec("number", low=1, measure="count"),
            "basis": _words("published", "derived", "predecessor", "successor"),
        },
    ),
    _yearly(
        "children",
        {
            **_each(_COUNT, "referrals", "cin_started", "cin_ended", "cin_at_31mar"),
            **_each(_COUNT, "cpp_started", "cpp_at_31mar"),
            **_each(_COUNT, "cla_started", "cla_ceased", "cla_at_31mar"),
            **_each(_PERCENT, "rereferral_pct", "referral_nfa_pct", "referral_not_in_need_pct"),
            **_each(_PERCENT, "assess_within_45wd_pct", "cpp_second_or_later_pct"),
        },
        day=(3, 31, 0),
    ),
    _yearly(
        "workforce",
        {
            **_each(_COUNT, "sw_fte", "starters_fte", "leavers_fte", "agency_fte", "vacancy_fte"),
            **_each(_COUNT, "cases_held", "case_holders_fte"),
            "avg_caseload": _RATE,
            **_each(_PERCENT, "turnover_pct", "agency_pct", "vacancy_pct", "absence_pct"),
            "joint_with": _OTHER_CODE,
        },
        day=(9, 30, 0),
    ),
    _yearly(
        "spending",
        {
            "fin_year": _NAME,
            **_each(_COUNT, "total_gbp_k", "looked_after_gbp_k", "safeguarding_gbp_k"),
            **_each(_COUNT, "family_support_gbp_k", "youth_gbp_k", "sure_start_gbp_k"),
            "basis": _words("published", "imputed"),
        },
        day=(3, 31, 1),
    ),
    _yearly(
        "outturn",
        {
            "fin_year": _NAME,
            "certified": _words("yes", "no", blank=True),
            **_each(_NET, "employees_gbp_k", "total_gbp_k", "income_gbp_k", "agency_staff_gbp_k"),
            **_each(_NET, "looked_after_gbp_k", "residential_gbp_k", "fostering_gbp_k"),
            **_each(_NET, "family_support_gbp_k", "safeguarding_gbp_k"),
        },
        day=(3, 31, 1),
    ),
    _yearly(
        "settlement",
        {
            "growth": ColumnSpec("number", low=-0.5, high=0.5, measure="rate"),
            "spending_power_gbp_m": _COUNT,
            "basis": _words("published", "imputed"),
            "announced": _DATE,
        },
    ),
    TableSpec(
        "neighbours",
        ("dfe_code", "rank"),
        {"dfe_code": _CODE, "rank": ColumnSpec("whole", low=1, high=20), "neighbour": _CODE},
        every="council",
    ),
    TableSpec(
        "national",
        ("series", "year"),
        {"series": _NAME, "year": _NAME, "value": ColumnSpec("number")},
    ),
    TableSpec(
        "judgements",
        ("dfe_code", "published"),
        {
            "dfe_code": _CODE,
            "framework": _words("SIF", "ILACS"),
            "inspection_type": _words("full", "standard", "short"),
            **_each(_DATE, "fieldwork_start", "fieldwork_end", "published"),
            "date_basis": _words("exact", "rounded", "imputed"),
            "overall": _words(*GRADE_WORDS),
            **_each(_words(*GRADE_WORDS, blank=True), *_AREAS),
            "team_size": _NUMBER,
        },
    ),
    TableSpec(
        "pre_sif",
        ("dfe_code",),
        {
            "dfe_code": _CODE,
            **_each(_OLD_GRADE, "safeguarding_grade", "looked_after_grade"),
            **_each(_MAYBE_DATE, "safeguarding_date", "looked_after_date", "inadequate_date"),
            "inadequate_basis": _words("recorded", "named in answer", blank=True),
        },
        every="first council",
    ),
    TableSpec(
        "directors",
        ("dfe_code", "in_post_since"),
        {"dfe_code": _CODE, "in_post_since": _DATE, "still_in_post": _DATE},
    ),
    TableSpec(
        "interventions",
        ("dfe_code", "kind", "decided", "start"),
        {
            "dfe_code": _CODE,
            "kind": _words(
                "notice",
                "direction",
                "commissioner",
                "partnership",
                "trust",
                "voluntary_company",
            ),
            **_each(_MAYBE_DATE, "decided", "start", "end"),
            "partner": _OTHER_CODE,
            "basis": _words("recorded", "imputed"),
        },
    ),
    TableSpec(
        "routes",
        ("dfe_code", "published"),
        {
            "dfe_code": _CODE,
            "published": _DATE,
            "previous": _words(*GRADE_WORDS, blank=True),
            "all_three_inadequate": _words("yes", "no"),
            "route": _words(
                "notice and adviser",
                "direction and adviser",
                "notice, later commissioner",
                "commissioner",
                "commissioner already there",
                "trust already ordered",
                "trust already open",
                blank=True,
            ),
            "review": _words("retained", "peer", "trust", "trust cancelled", blank=True),
            "next_published": _MAYBE_DATE,
            "next_overall": _words(*GRADE_WORDS, blank=True),
        },
    ),
    TableSpec(
        "trusts",
        ("dfe_code", "name"),
        {
            "dfe_code": _CODE,
            "name": _NAME,
            "kind": _words("directed", "agreed", "voluntary", "cancelled", "peer"),
            "decided": _DATE,
            **_each(_MAYBE_DATE, "opened", "owner_changed", "ended", "end_decided", "end_planned"),
            **_each(_NUMBER, "setup_gbp_m", "annual_gbp_m"),
        },
    ),
    TableSpec(
        "visits",
        ("dfe_code", "visited", "kind"),
        {
            "dfe_code": _CODE,
            "visited": _DATE,
            "kind": _words("focused", "monitoring"),
            "theme": _NAME,
        },
    ),
    TableSpec(
        "projection",
        ("year",),
        {
            "year": ColumnSpec("whole", low=2025, high=2060),
            **_each(ColumnSpec("number", low=1), "central", "low", "high"),
            "basis": _words("published", "assumption"),
        },
    ),
)
