"""What the rules of a scenario's file may ask of a council: the words and numbers of `when`.

A condition is a table of data; nothing in it is evaluated. Keys side by side must all hold; `any`,
`all` and `not` combine further tables. What is not known makes no condition true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict, model_validator

from sim.inputs.files.entries import Entry, Number, refuse_if_any
from sim.inputs.files.problems import Problem, did_you_mean

MOST_PARTS = 50  # conditions in one table of `when`, those inside others among them

Grade = Literal["inadequate", "requires improvement", "good", "outstanding", "none"]
KeyGrade = Literal["inadequate", "requires improvement", "good", "outstanding", "not known"]
FocusedVisit = Literal["priority action", "no priority action", "none"]
Region = Literal[
    "East Midlands",
    "East of England",
    "Inner London",
    "London",
    "North East",
    "North West",
    "Outer London",
    "South East",
    "South West",
    "West Midlands",
    "Yorkshire and The Humber",
]
Kind = Literal["county", "London borough", "metropolitan district", "unitary authority"]
Helper = Literal[
    "notice",
    "adviser",
    "commissioner",
    "sponsor takeover",
    "trust company",
    "peer team",
    "partner",
    "programme money",
]


def _listed(value: Any) -> Any:
    """A word stands for a list of one."""
    return (value,) if isinstance(value, str) else value


# TOML knows lists, the models keep tuples.
_FROM_LIST = Strict(False)
Grades = Annotated[
    tuple[Grade, ...],
    _FROM_LIST,
    BeforeValidator(_listed, json_schema_input_type=Grade | list[Grade]),
]
KeyGrades = Annotated[
    tuple[KeyGrade, ...],
    _FROM_LIST,
    BeforeValidator(_listed, json_schema_input_type=KeyGrade | list[KeyGrade]),
]
FocusedVisits = Annotated[
    tuple[FocusedVisit, ...],
    _FROM_LIST,
    BeforeValidator(_listed, json_schema_input_type=FocusedVisit | list[FocusedVisit]),
]
Regions = Annotated[
    tuple[Region, ...],
    _FROM_LIST,
    BeforeValidator(_listed, json_schema_input_type=Region | list[Region]),
]
Kinds = Annotated[
    tuple[Kind, ...], _FROM_LIST, BeforeValidator(_listed, json_schema_input_type=Kind | list[Kind])
]
Helpers = Annotated[
    tuple[Helper, ...],
    _FROM_LIST,
    BeforeValidator(_listed, json_schema_input_type=Helper | list[Helper]),
]


class Bounds(Entry):
    """What a number must be: every bound that is given must hold."""

    above: Number | None = Field(None, description="more than this")
    below: Number | None = Field(None, description="less than this")
    at_least: Number | None = Field(None, description="this or more")
    at_most: Number | None = Field(None, description="this or less")

    @model_validator(mode="before")
    @classmethod
    def _knows_its_keys(cls, values: Any) -> Any:
        if isinstance(values, int | float) and not isinstance(values, bool):
            hint = f"say how it is compared, as in {{ at_least = {values} }}"
            refuse_if_any([Problem("", "must be a table, not a number", hint)])
        return known_keys(values, cls)

    @model_validator(mode="after")
    def _can_hold(self) -> Bounds:
        if not self.model_fields_set:
            hint = "write one such as { at_least = 6 }"
            refuse_if_any([Problem("", "has no bound", hint)])
        low, high = self.interval
        touching = low == high and not (self.above == low or self.below == high)
        if low > high or (low == high and not touching):
            refuse_if_any([Problem("", "can never hold: its bounds leave no number")])
        return self

    @property
    def interval(self) -> tuple[float, float]:
        """The least and the most that the bounds allow, infinite where there is none."""
        low = [bound for bound in (self.above, self.at_least) if bound is not None]
        high = [bound for bound in (self.below, self.at_most) if bound is not None]
        return max(low, default=-float("inf")), min(high, default=float("inf"))


class Conditions(Entry):
    """A table of conditions on one council: all that stand side by side must hold."""

    # Words.
    grade: Grades | None = Field(
        None, description="Overall grade of the last full inspection; none where there is none"
    )
    protection: KeyGrades | None = Field(
        None, description="Key judgement of that report: help and protection"
    )
    care: KeyGrades | None = Field(
        None, description="Key judgement of that report: care of children looked after"
    )
    leadership: KeyGrades | None = Field(
        None, description="Key judgement of that report: leadership"
    )
    focused_visit: FocusedVisits | None = Field(
        None, description="What the last focused visit since that report came to"
    )
    region: Regions | None = Field(
        None, description="Region of England; London is Inner and Outer London together"
    )
    kind: Kinds | None = Field(None, description="Kind of council")
    in_place: Helpers | None = Field(
        None, description="One of these is at work now, by a rule or since before the run"
    )
    has_had: Helpers | None = Field(
        None,
        description="A rule began one of these in this spell (or since the last full report of a "
        "council that is not inadequate), whether or not it is over",
    )
    # Numbers.
    months_since_judgement: Bounds | None = Field(
        None, description="Months since the last full inspection's report"
    )
    months_inadequate: Bounds | None = Field(
        None, description="Months since the judgement that began the inadequate spell"
    )
    monitoring_reading: Bounds | None = Field(
        None,
        description="Practice as the last monitoring visit of the spell saw it, in grade steps: "
        "1 inadequate to 4 outstanding",
    )
    monitoring_trend: Bounds | None = Field(
        None,
        description="Grade steps a year gained over the last three monitoring visits of the "
        "spell at most; not known before the second",
    )
    agency_share: Bounds | None = Field(
        None, description="Share of social workers who are agency workers, 0 to 1"
    )
    vacancy: Bounds | None = Field(None, description="Share of posts that are vacant, 0 to 1")
    caseload: Bounds | None = Field(
        None, description="Open cases for each social worker who holds cases"
    )
    spending_cut: Bounds | None = Field(
        None,
        description="Share by which early help is planned lower than a year before (or than at "
        "the start of the run), 0 to 1; below 0 where it has grown",
    )
    deprivation: Bounds | None = Field(
        None, description="Share of children in income-deprived families, 0 to 1"
    )
    # Facts.
    repeated_failure: bool | None = Field(
        None,
        description="Judged inadequate before within regime.persistent_window_years, or found "
        "inadequate again in this spell",
    )
    # What combines.
    any_: Annotated[tuple[Conditions, ...], Strict(False)] = Field(
        (), validation_alias="any", description="At least one of these tables holds"
    )
    all_: Annotated[tuple[Conditions, ...], Strict(False)] = Field(
        (), validation_alias="all", description="All of these tables hold"
    )
    not_: Conditions | None = Field(
        None, validation_alias="not", description="This table does not hold"
    )

    @model_validator(mode="before")
    @classmethod
    def _knows_its_keys(cls, values: Any) -> Any:
        return known_keys(values, cls)

    @model_validator(mode="after")
    def _says_something(self) -> Conditions:
        if not self.model_fields_set:
            hint = f"name at least one of {', '.join(FACTS)}"
            refuse_if_any([Problem("", "holds no condition", hint)])
        empty = [key for key in self.model_fields_set if getattr(self, key) == ()]
        refuse_if_any([Problem(key.rstrip("_"), "is an empty list") for key in sorted(empty)])
        if sum(1 for _ in self.parts()) > MOST_PARTS:
            refuse_if_any([Problem("", f"holds more than {MOST_PARTS} conditions")])
        return self

    def facts(self) -> Iterator[tuple[str, tuple[str, ...] | Bounds | bool]]:
        """What is asked of each fact in this table itself, in the order of the keys."""
        for name in FACTS:
            wanted = getattr(self, name)
            if wanted is not None:
                yield name, wanted

    def parts(self) -> Iterator[tuple[str, tuple[str, ...] | Bounds | bool]]:
        """What is asked of each fact here and in the tables inside."""
        yield from self.facts()
        for table in (*self.any_, *self.all_, *([] if self.not_ is None else [self.not_])):
            yield from table.parts()

    def as_toml(self) -> dict[str, Any]:
        """The table as data that TOML can hold and that reads back to the same."""
        table: dict[str, Any] = {}
        for name, wanted in self.facts():
            if isinstance(wanted, Bounds):
                table[name] = wanted.model_dump(exclude_none=True)
            elif isinstance(wanted, bool):
                table[name] = wanted
            else:
                table[name] = wanted[0] if len(wanted) == 1 else list(wanted)
        if self.any_:
            table["any"] = [one.as_toml() for one in self.any_]
        if self.all_:
            table["all"] = [one.as_toml() for one in self.all_]
        if self.not_ is not None:
            table["not"] = self.not_.as_toml()
        return table


def known_keys(values: Any, model: type[Entry]) -> Any:
    """A table as it is, to be read as a model. WrongValueError for keys that mean nothing."""
    if isinstance(values, Mapping):
        known = keys_of(model)
        refuse_if_any(
            Problem(
                str(key),
                f"unknown key {str(key)!r}",
                did_you_mean(str(key), known) or f"the keys here are {', '.join(known)}",
            )
            for key in values
            if key not in known and key not in model.model_fields
        )
    return values


def keys_of(model: type[Entry]) -> tuple[str, ...]:
    """The keys that a table of a file may have."""
    return tuple(str(field.validation_alias or name) for name, field in model.model_fields.items())


FACTS = tuple(name for name in Conditions.model_fields if name not in ("any_", "all_", "not_"))
