"""Checking and reading the values of levers, the things government can choose.

A scenario sets levers; nothing else may be set in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sim.inputs.files.problems import Problem, did_you_mean
from sim.inputs.files.toml_file import is_number, kind_of
from sim.inputs.policy.lever import MECHANISMS, Lever, Value
from sim.inputs.policy.lever_list import ALL_LEVERS

__all__ = [
    "LEVERS",
    "MECHANISMS",
    "Lever",
    "Value",
    "as_typed",
    "check_value",
    "default_values",
    "from_text",
    "unknown_lever",
]

LEVERS: Mapping[str, Lever] = MappingProxyType({lever.name: lever for lever in ALL_LEVERS})


def default_values() -> dict[str, Value]:
    """Every lever at its default."""
    return {name: lever.default for name, lever in LEVERS.items()}


def check_value(name: str, value: object, where: str) -> list[Problem]:
    """Everything wrong with setting the lever to the value; empty when nothing is."""
    lever = LEVERS.get(name)
    if lever is None:
        return [unknown_lever(name, where)]
    if not _has_type(lever, value):
        return [Problem(where, f"{name} must be {lever.expects()}, not {_described(value)}")]
    if isinstance(value, str):
        return _check_name(lever, value, where)
    if lever.type is not bool and not _within_bounds(lever, value):
        return [
            Problem(where, f"{name} = {value} is out of bounds", f"it must be {lever.expects()}")
        ]
    return []


def unknown_lever(name: str, where: str) -> Problem:
    """The problem of a lever that does not exist."""
    hint = did_you_mean(name, LEVERS) or f"the levers are {', '.join(LEVERS)}"
    return Problem(where, f"unknown lever {name!r}", hint)


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


def _has_type(lever: Lever, value: object) -> bool:
    if lever.type is float:
        return is_number(value)
    return type(value) is lever.type


def _within_bounds(lever: Lever, value: object) -> bool:
    # Written so that NaN is out of bounds.
    assert lever.low is not None
    assert lever.high is not None
    return isinstance(value, int | float) and lever.low <= value <= lever.high


def _check_name(lever: Lever, value: str, where: str) -> list[Problem]:
    allowed = value in lever.choices if lever.choices else value.isidentifier()
    if allowed:
        return []
    hint = did_you_mean(value, lever.choices)
    return [Problem(where, f"{lever.name} must be {lever.expects()}, not {value!r}", hint)]


def _described(value: object) -> str:
    return f"{value!r} ({kind_of(value)})" if isinstance(value, str) else kind_of(value)
