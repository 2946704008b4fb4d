"""What a table of a file must hold, checked by pydantic and reported by file, line and key.

A model says what the fields of a table are. `read_entry` reads one table by it, and turns
what pydantic finds wrong into problems with their place, the words of TOML and the nearest
right name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)

from sim.inputs.files.problems import Problem, did_you_mean
from sim.inputs.files.toml_file import KeyPath, TomlFile, kind_of, no_date

Item = TypeVar("Item")

Text = Annotated[str, StringConstraints(pattern=r"\S")]
Number = Annotated[float, Field(allow_inf_nan=False)]
# TOML and CSV know lists, the models keep tuples.
Several = Annotated[tuple[Item, ...], Strict(False)]
# An array of tables ([[change]]), whose entries are read one by one.
Tables = list[dict[str, Any]]


class Entry(BaseModel):
    """A table of a file. Immutable; a value has the type in which it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


Model = TypeVar("Model", bound=Entry)

# Unknown keys of one table that get a hint: more are not shown, and looking takes long.
MOST_HINTS = 50

_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
# What pydantic calls a value of the wrong type, and what should stand there.
_TYPES = {
    "string_type": "text",
    "float_type": "a number",
    "finite_number": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list in square brackets",
    "dict_type": "a table (its name in square brackets)",
}


class WrongValueError(ValueError):
    """What a validator raises. The `where` of a problem is a key inside the value, or ""."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)


def refuse_if_any(problems: Iterable[Problem]) -> None:
    """Raise WrongValueError when there is at least one problem."""
    error = WrongValueError(problems)
    if error.problems:
        raise error


def context_of(info: ValidationInfo) -> Any:
    """What the reader gave as the context of validation."""
    return info.context


def checked_by(check: Callable[[Any, str], list[Problem]]) -> AfterValidator:
    """A validator from a check, which gets a value and its place and returns its problems."""

    def validate(value: Any) -> Any:
        refuse_if_any(check(value, ""))
        return value

    return AfterValidator(validate)


def read_entry(
    model: type[Model],
    values: Mapping[str, Any],
    where: Callable[..., str],
    problems: list[Problem],
    *,
    owner: str = "",
    prefix: str = "",
    context: object = None,
    **given: Any,
) -> Model | None:
    """One table read as `model`, or None after adding to `problems` what is wrong with it.

    `where` gives the place of a key path inside the table. `owner` is what a problem calls
    the table, "" for a whole file; `prefix` comes before each problem of a value. `given` are
    fields that the reader knows and the file may not set.
    """
    keys = [
        str(field.validation_alias or name)
        for name, field in model.model_fields.items()
        if name not in given
    ]
    unknown = [
        Problem(
            where(key),
            f"unknown key {key!r}",
            did_you_mean(key, keys) or f"the keys here are {', '.join(keys)}"
            if place < MOST_HINTS
            else "",
        )
        for place, key in enumerate(key for key in values if key not in keys)
    ]
    problems += unknown
    known = {key: value for key, value in values.items() if key in keys}
    try:
        entry = model.model_validate(known | given, context=context)
    except ValidationError as error:
        details = error.errors(include_url=False)
        missing = [detail["loc"] for detail in details if detail["type"] == "missing"]
        problems += [_missing(where(*path), str(key), owner) for *path, key in missing]
        for detail in details:
            if detail["type"] != "missing":
                problems += _wrong_value(detail, where, prefix)
        return None
    return None if unknown else entry


def named_tables(
    file: TomlFile, thing: str, problems: list[Problem]
) -> Iterator[tuple[KeyPath, str, dict[str, Any]]]:
    """Key path, name and entry of every table [section.name] of a file, in its order.

    `thing` is what such a table describes. What is no such table is added to `problems`.
    """
    tables: dict[KeyPath, dict[str, Any]] = {}
    for section, entries in file.data.items():
        if isinstance(entries, dict) and all(isinstance(e, dict) for e in entries.values()):
            tables |= {(section, short): entry for short, entry in entries.items()}
        else:
            what = f"every {thing} is a table of its own: [section.name]"
            problems.append(Problem(file.where(section), what))
    for path, entry in sorted(tables.items(), key=lambda table: file.line(*table[0])):
        name = ".".join(map(str, path))
        if not _NAME.fullmatch(name):
            what = f"{name}: names are small letters, digits and underscores"
            problems.append(Problem(file.where(*path), what))
        yield path, name, entry


def _missing(place: str, key: str, owner: str) -> Problem:
    if owner:
        return Problem(place, f"{owner} has no {key!r}")
    return Problem(place, f"has no {key}", f'add {key} = "..."')


def _wrong_value(detail: Any, where: Callable[..., str], prefix: str) -> list[Problem]:
    """The problems of one value, given what pydantic says of it."""
    path, error = detail["loc"], detail.get("ctx", {}).get("error")
    if isinstance(error, WrongValueError):
        problems = [
            Problem(where(*path, *([p.where] * bool(p.where))), p.what, p.hint)
            for p in error.problems
        ]
    else:
        problems = [Problem(where(*path), *_explain(detail))]
    return [Problem(p.where, f"{prefix}{p.what}", p.hint) for p in problems]


def _explain(detail: Any) -> tuple[str, str]:
    """What is wrong with a value that is not of its type, and a hint."""
    kind, path, value = detail["type"], detail["loc"], detail["input"]
    if kind == "list_type" or (kind == "dict_type" and isinstance(path[-1], int)):
        return f"write each {path[0]} as [[{path[0]}]]", ""
    if kind == "date_type":
        return no_date(value)
    if kind in ("string_pattern_mismatch", "literal_error") and not str(value).strip():
        return "is empty", ""
    if kind == "literal_error":
        choices = detail["ctx"]["expected"].replace("'", '"')
        hint = did_you_mean(str(value), choices.split('"')[1::2])
        given = repr(value) if isinstance(value, str) else kind_of(value)
        return f"must be {choices}, not {given}", hint
    if kind in _TYPES:
        right_type = kind in ("int_parsing", "finite_number")
        given = repr(value) if right_type else kind_of(value)
        expected = f"must be {_TYPES[kind]}, not {given}"
    else:
        expected = detail["msg"].replace("Input should", "must")
    return (f"item {path[-1] + 1} {expected}" if isinstance(path[-1], int) else expected), ""
