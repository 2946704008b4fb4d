"""What each seed table must hold; seeds/DICTIONARY.md says what the columns mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

COUNCILS = "councils"
GRADES = ("inadequate", "requires improvement", "good", "outstanding")
OLD_GRADES = ("inadequate", "adequate", "good", "outstanding")

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


_CODE = ColumnSpec("whole", low=201, high=999)
_YEAR = ColumnSpec("whole", low=2000, high=2030)
_COUNT = ColumnSpec("number", blank=True)
_PERCENT = ColumnSpec("number", blank=True, high=100.0)
_DATE = ColumnSpec("date")
_MAYBE_DATE = ColumnSpec("date", blank=True)
_TEXT = ColumnSpec("text", blank=True)
_NAME = ColumnSpec("text")
_GRADE = ColumnSpec("text", blank=True, choices=GRADES)
_OLD_GRADE = ColumnSpec("text", blank=True, choices=OLD_GRADES)
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
            "ons_code": _NAME,
            "name": _NAME,
            "region": _NAME,
            "kind": ColumnSpec(
                "text",
                choices=(
                    "County",
                    "London Borough",
                    "Metropolitan District",
                    "Unitary Authority",
                ),
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
            "basis": ColumnSpec("text", choices=("published", "derived", "extended")),
        },
    ),
    _yearly(
        "children",
        {
            "referrals": _COUNT,
            "rereferral_pct": _PERCENT,
            "referral_nfa_pct": _PERCENT,
            "referral_not_in_need_pct": _PERCENT,
            "assess_within_45wd_pct": _PERCENT,
            "cin_started": _COUNT,
            "cin_ended": _COUNT,
            "cin_at_31mar": _COUNT,
            "cpp_started": _COUNT,
            "cpp_second_or_later_pct": _PERCENT,
            "cpp_at_31mar": _COUNT,
            "cla_started": _COUNT,
            "cla_ceased": _COUNT,
            "cla_at_31mar": _COUNT,
        },
    ),
    _yearly(
        "workforce",
        {
            "sw_fte": _COUNT,
            "starters_fte": _COUNT,
            "leavers_fte": _COUNT,
            "turnover_pct": _PERCENT,
            "agency_fte": _COUNT,
            "agency_pct": _PERCENT,
            "vacancy_fte": _COUNT,
            "vacancy_pct": _PERCENT,
            "absence_pct": _PERCENT,
            "avg_caseload": _COUNT,
            "cases_held": _COUNT,
            "case_holders_fte": _COUNT,
            "joint_with": ColumnSpec("whole", blank=True, high=999),
        },
    ),
    _yearly(
        "spending",
        {
            "fin_year": _NAME,
            "total_gbp_k": _COUNT,
            "looked_after_gbp_k": _COUNT,
            "safeguarding_gbp_k": _COUNT,
            "family_support_gbp_k": _COUNT,
            "youth_gbp_k": _COUNT,
            "sure_start_gbp_k": _COUNT,
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
            "framework": ColumnSpec("text", choices=("SIF", "ILACS")),
            "inspection_type": ColumnSpec("text", choices=("full", "standard", "short")),
            "fieldwork_start": _DATE,
            "fieldwork_end": _DATE,
            "published": _DATE,
            "date_basis": ColumnSpec("text", choices=("exact", "rounded", "imputed")),
            "overall": ColumnSpec("text", choices=GRADES),
            **dict.fromkeys(_AREAS, _GRADE),
            "team_size": _COUNT,
        },
    ),
    TableSpec(
        "pre_sif",
        ("dfe_code",),
        {
            "dfe_code": _CODE,
            "safeguarding_grade": _OLD_GRADE,
            "safeguarding_date": _MAYBE_DATE,
            "looked_after_grade": _OLD_GRADE,
            "looked_after_date": _MAYBE_DATE,
            "inadequate_date": _MAYBE_DATE,
            "inadequate_basis": ColumnSpec(
                "text", blank=True, choices=("recorded", "named in answer")
            ),
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
            "kind": ColumnSpec(
                "text",
                choices=(
                    "notice",
                    "direction",
                    "commissioner",
                    "partnership",
                    "trust",
                    "voluntary_company",
                ),
            ),
            "decided": _MAYBE_DATE,
            "start": _MAYBE_DATE,
            "end": _MAYBE_DATE,
            "partner": ColumnSpec("whole", blank=True, high=999),
            "basis": ColumnSpec("text", choices=("recorded", "imputed")),
        },
    ),
)
