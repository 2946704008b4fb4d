"""The ledger: every parameter of the model, with its range, source and how far to trust it.

A parameter is a fact about the world. It is never set in a scenario; what government can
choose is a lever (sim/inputs/policy/levers.py).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import model_validator

from sim.inputs.files.entries import (
    Entry,
    Number,
    Text,
    checked_by,
    named_tables,
    read_entry,
    refuse_if_any,
)
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import Problem, did_you_mean, raise_if_any
from sim.inputs.files.toml_file import read_toml

Rating = Literal["green", "amber", "red"]
RATINGS: tuple[str, ...] = get_args(Rating)
STRENGTHS: tuple[str, ...] = ("STAT", "DER", "EVAL", "REP", "OPIN", "UNVERIFIED", "assumption")
# Prior families and how many numbers each takes: see the header of seeds/parameters.toml.
PRIORS: Mapping[str, int] = {
    "Tri": 3,
    "N": 2,
    "TN": 2,
    "LogN": 2,
    "Beta": 2,
    "U": 2,
    "ZeroTri": 4,
    "OneOf": 1,
}

_PRIOR = re.compile(r"(\w+)\(([^()]*)\)")
# "assumption" alone says nothing: the reasoning must follow.
_BARE_ASSUMPTION = re.compile(r"assumption[\s:.;,-]*", re.IGNORECASE)


def _check_prior(text: str, where: str) -> list[Problem]:
    if _is_prior(text):
        return []
    forms = ", ".join(f"{family} of {count} numbers" for family, count in PRIORS.items())
    return [Problem(where, f"{text!r} is not a prior", f"fixed, or {forms}")]


def _is_prior(text: str) -> bool:
    if text == "fixed":
        return True
    form = _PRIOR.fullmatch(text)
    if form is None or form[1] not in PRIORS:
        return False
    try:
        numbers = [float(number) for number in form[2].split(",")]
    except ValueError:
        return False
    if len(numbers) != PRIORS[form[1]] or not all(map(math.isfinite, numbers)):
        return False
    if form[1] == "OneOf":
        return numbers[0] >= 2 and numbers[0] == int(numbers[0])
    if form[1] == "ZeroTri" and not 0.0 < numbers.pop(0) < 1.0:
        return False
    return form[1] not in ("Tri", "U", "ZeroTri") or numbers == sorted(numbers)


def _check_source(text: str, where: str) -> list[Problem]:
    if _BARE_ASSUMPTION.fullmatch(text):
        return [Problem(where, "gives no reasoning", 'write "assumption: " and why')]
    return []


def _check_strength(text: str, where: str) -> list[Problem]:
    return [
        Problem(
            where,
            f"there is no strength {strength!r}",
            did_you_mean(strength, STRENGTHS) or f"one of {', '.join(STRENGTHS)}",
        )
        for strength in re.split(r"\s*[/;,]\s*", text)
        if strength not in STRENGTHS
    ]


class Parameter(Entry):
    """One fact about the world, in `unit`, believed to lie between `low` and `high`.

    `prior` is the distribution of that belief ("fixed" for a rule or an exact count).
    `source` names evidence or claims by id, or says "assumption" and why. `strength` is the
    kind of evidence; `quality` and `impact` rate how good it is and how much hangs on it.
    `drives` says what the parameter moves. After `review_by` the value should be looked at
    again. `line` is its place in the ledger's file.
    """

    name: str
    value: Number
    unit: Text
    low: Number
    high: Number
    prior: Annotated[Text, checked_by(_check_prior)]
    source: Annotated[Text, checked_by(_check_source)]
    strength: Annotated[Text, checked_by(_check_strength)]
    quality: Rating
    impact: Rating
    drives: Text
    review_by: date
    line: int

    @model_validator(mode="after")
    def _is_in_range(self) -> Parameter:
        if not self.low <= self.value <= self.high:
            what = f"{self.value} is outside its range {self.low} to {self.high}"
            refuse_if_any([Problem("value", what)])
        return self

    @property
    def is_assumption(self) -> bool:
        """Whether the value rests on reasoning, not on a source."""
        return self.source.lower().startswith("assumption")


class Ledger(Mapping[str, Parameter]):
    """All parameters by name ("section.name"), section by section. Cannot be changed."""

    def __init__(self, parameters: Mapping[str, Parameter], path: Path, sha256: str) -> None:
        self._parameters = dict(parameters)
        self.path = path
        self.sha256 = sha256

    def __getitem__(self, name: str) -> Parameter:
        return self._parameters[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def central(self) -> dict[str, float]:
        """Each parameter at its central value."""
        return {name: parameter.value for name, parameter in self.items()}


def load_ledger(path: Path | None = None) -> Ledger:
    """Read the ledger, by default the one in seeds/.

    Raises InputError with every problem: a field missing or unknown, of the wrong type or
    empty, a rating or prior that is not one, a value outside its own range.
    """
    file = read_toml(path or seeds_dir() / "parameters.toml")
    problems: list[Problem] = []
    parameters: dict[str, Parameter] = {}
    sections = list(file.data)
    tables = named_tables(file, "parameter", problems)
    # Section by section, although a section may stand in several places of the file: samples of
    # futures are drawn parameter by parameter in this order.
    for at, name, entry in sorted(tables, key=lambda table: sections.index(str(table[0][0]))):
        parameter = read_entry(
            Parameter,
            entry,
            file.at(*at),
            problems,
            owner=name,
            prefix=f"{name}: ",
            name=name,
            line=file.line(*at),
        )
        if parameter is not None:
            parameters[name] = parameter
    raise_if_any(problems)
    digest = hashlib.sha256(file.text.encode()).hexdigest()
    return Ledger(parameters, file.path, digest)
