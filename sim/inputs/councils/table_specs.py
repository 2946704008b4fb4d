"""What each seed table must hold; seeds/DICTIONARY.md says what the columns mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.units import GRADES

COUNCILS = "councils"
GRADE_WORDS = tuple(GRADES.values())
OLD_GRADE_WORDS = ("inadequate", "adequate", "good", "outstanding")

Kind = Literal["number", "whole", "date", "text"]


@dataclass(frozen=True)
class ColumnSpec:
    """What a cell of a column may hold."""

    kind: Kind
    blank: bool = False
    low: float = 0.0
    high: float = 1e9
    choices: tuple[str, ...] = ()

    def meaning(self) -> str:
        """In words, for a message."""
        words = {"number": "a number", "whole": "a whole number", "date": "a date (YYYY-MM-DD)"}
        return words.get(self.kind, "text")


@dataclass(frozen=True)
class TableSpec:
    """One table: its key, its columns, and for whom it must have rows."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, ColumnSpec]
    every: Literal["", "council", "council and year"] = ""
    rows: int | None = None


def _words(*choices: str, blank: bool = False) -> ColumnSpec:
    return ColumnSpec("text", blank=blank, choices=choices)


def _each(cell: ColumnSpec, *names: str) -> dict[str, ColumnSpec]:
    return dict.fromkeys(names, cell)


_CODE = ColumnSpec("whole", low=201, high=999)
_OTHER_CODE = ColumnSpec("whole", blank=True, high=999)
_YEAR = ColumnSpec("whole", low=2000, high=2030)
_COUNT = ColumnSpec("number", blank=True)
_PERCENT = ColumnSpec("number", blank=True, high=100.0)
_DATE = ColumnSpec("date")
_MAYBE_DATE = ColumnSpec("date", blank=True)
_NAME = ColumnSpec("text")
_OLD_GRADE = _words(*OLD_GRADE_WORDS, blank=True)
_AREAS = ("leadership", "help_protection", "in_care", "care_leavers", "adoption")


def _yearly(name: str, columns: Mapping[str, ColumnSpec]) -> TableSpec:
    keys = {"year": _YEAR, "dfe_code": _CODE}
    return TableSpec(name, ("year", "dfe_code"), {**keys, **columns}, every="council and year")


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
        },
        every="council",
        rows=152,
    ),
    _yearly(
        "population",
        {
            "children_0_17": ColumnSpec("number", low=1),
            "basis": _words("published", "derived", "extended"),
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
    ),
    _yearly(
        "workforce",
        {
            **_each(_COUNT, "sw_fte", "starters_fte", "leavers_fte", "agency_fte", "vacancy_fte"),
            **_each(_COUNT, "avg_caseload", "cases_held", "case_holders_fte"),
            **_each(_PERCENT, "turnover_pct", "agency_pct", "vacancy_pct", "absence_pct"),
            "joint_with": _OTHER_CODE,
        },
    ),
    _yearly(
        "spending",
        {
            "fin_year": _NAME,
            **_each(_COUNT, "total_gbp_k", "looked_after_gbp_k", "safeguarding_gbp_k"),
            **_each(_COUNT, "family_support_gbp_k", "youth_gbp_k", "sure_start_gbp_k"),
        },
    ),
    _yearly("settlement", {"growth": ColumnSpec("number", blank=True, low=-0.5, high=0.5)}),
    TableSpec(
        "neighbours",
        ("dfe_code", "rank"),
        {"dfe_code": _CODE, "rank": ColumnSpec("whole", low=1, high=10), "neighbour": _CODE},
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
            "team_size": _COUNT,
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
        every="council",
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
)
