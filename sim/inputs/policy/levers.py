"""The levers: every choice open to government, and what a value must be to set one.

They stand in seeds/levers.toml, whose head explains the fields. A scenario sets levers;
nothing else may be set in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, model_validator

from sim.inputs.files.entries import (
    Entry,
    Number,
    Several,
    Text,
    named_tables,
    read_entry,
    refuse_if_any,
)
from sim.inputs.files.old_names import unknown_name
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import Problem, did_you_mean, raise_if_any
from sim.inputs.files.toml_file import is_number, kind_of, read_toml

Value = bool | int | float | str
# The parts of the model that a lever may change directly.
Area = Literal[
    "demand",
    "casework",
    "workforce",
    "money",
    "practice",
    "director",
    "ofsted",
    "department",
    "trust",
]

_TYPES: Mapping[str, type] = {
    "number": float,
    "whole number": int,
    "yes or no": bool,
    "name": str,
}


def _python_type(word: Any) -> type:
    if not isinstance(word, str) or word not in _TYPES:
        choices = " or ".join(f'"{name}"' for name in _TYPES)
        hint = did_you_mean(str(word), _TYPES)
        refuse_if_any([Problem("", f"must be {choices}, not {word!r}", hint)])
    return _TYPES[word]


class Lever(Entry):
    """One choice open to government.

    `low` and `high` bound a number (both ends allowed); `choices` lists the texts allowed,
    or is empty where any identifier will do. `moves` names the areas the lever may change
    directly; everything else may change only as a consequence. `rests_on` names the parameters
    through which its effect runs and that nobody has measured.
    """

    name: str
    type: Annotated[type[bool] | type[int] | type[float] | type[str], PlainValidator(_python_type)]
    unit: Text
    default: Annotated[Value, PlainValidator(lambda value: value)]
    low: Number | None = None
    high: Number | None = None
    choices: Several[Text] = ()
    meaning: Text
    moves: Several[Area]
    rests_on: Several[Text] = ()
    source: Text

    @model_validator(mode="after")
    def _is_sound(self) -> Lever:
        """A number has bounds, and the default may be chosen."""
        if self.type in (int, float):
            bounds = {"low": self.low, "high": self.high}
            missing = [key for key, bound in bounds.items() if bound is None]
            refuse_if_any(
                Problem("", f"{self.name} is a number and has no {key!r}") for key in missing
            )
        problems = self.check(self.default, "")
        refuse_if_any(Problem("default", problem.what, problem.hint) for problem in problems)
        return self

    def expects(self) -> str:
        """What a value must look like, in words."""
        if self.type is bool:
            return "true or false"
        if self.type is str:
            return " or ".join(self.choices) if self.choices else "a name such as no_intervention"
        word = "a whole number" if self.type is int else "a number"
        return f"{word} from {self.low:g} to {self.high:g} ({self.unit})"

    def check(self, value: object, where: str) -> list[Problem]:
        """Everything wrong with setting the lever to the value; empty when nothing is."""
        has_type = is_number(value) if self.type is float else type(value) is self.type
        if not has_type:
            given = f"{value!r} ({kind_of(value)})" if isinstance(value, str) else kind_of(value)
            return [Problem(where, f"{self.name} must be {self.expects()}, not {given}")]
        if isinstance(value, str):
            if value in self.choices or (not self.choices and value.isidentifier()):
                return []
            hint = did_you_mean(value, self.choices)
            return [Problem(where, f"{self.name} must be {self.expects()}, not {value!r}", hint)]
        if self.low is None or self.high is None or not isinstance(value, int | float):
            return []
        if not self.low <= value <= self.high:  # written so that NaN is out of bounds
            what = f"{self.name} = {value} is out of bounds"
            return [Problem(where, what, f"it must be {self.expects()}")]
        return []


def load_levers(path: Path | None = None) -> dict[str, Lever]:
    """Every lever by name, in the order of the file, by default the one in seeds/.

    Raises InputError with every problem: a field missing or unknown, of the wrong type or
    empty, a default that may not be chosen.
    """
    file = read_toml(path or seeds_dir() / "levers.toml")
    problems: list[Problem] = []
    levers = {
        name: read_entry(Lever, entry, file.at(*at), problems, owner=name, name=name)
        for at, name, entry in named_tables(file, "lever", problems)
    }
    raise_if_any(problems)
    return {name: lever for name, lever in levers.items() if lever is not None}


class _Levers(Mapping[str, Lever]):
    """The levers that come with the program, read when one is first asked for."""

    @cached_property
    def _levers(self) -> dict[str, Lever]:
        return load_levers()

    def __getitem__(self, name: str) -> Lever:
        return self._levers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._levers)

    def __len__(self) -> int:
        return len(self._levers)


LEVERS: Mapping[str, Lever] = _Levers()


def default_values() -> dict[str, Value]:
    """Every lever at its default."""
    return {name: lever.default for name, lever in LEVERS.items()}


def check_value(name: str, value: object, where: str) -> list[Problem]:
    """Everything wrong with setting the lever of that name to the value."""
    return LEVERS[name].check(value, where) if name in LEVERS else [unknown_lever(name, where)]


def unknown_lever(name: str, where: str) -> Problem:
    """The problem of a lever that does not exist, or no longer under this name."""
    return unknown_name("lever", name, where, LEVERS, f"the levers are {', '.join(LEVERS)}")


def from_text(name: str, text: str) -> Value:
    """The value a lever gets from text such as a command-line option.

    Text that cannot be read as the lever's type comes back as it is, and so fails
    `check_value`, which says what was expected.
    """
    lever = LEVERS.get(name)
    word = text.strip()
    if lever is None or lever.type is str:
        return word
    if lever.type is bool:
        return {"true": True, "yes": True, "false": False, "no": False}.get(word.lower(), word)
    try:
        return int(word) if lever.type is int else float(word)
    except ValueError:
        return word


def as_typed(name: str, value: Value) -> Value:
    """A checked value in the lever's own type: a whole number given to a float lever."""
    return float(value) if LEVERS[name].type is float else value
