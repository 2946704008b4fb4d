"""Names of parameters, levers and scenarios that are in use no more, and what replaced them.

They stand in seeds/replaced.toml, whose head explains the fields. Everything that reads the name
of a parameter or a lever asks here what to say of one that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field

from sim.inputs.files.entries import Entry, Several, Text, read_entry
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import Problem, did_you_mean, raise_if_any
from sim.inputs.files.toml_file import TomlFile, read_toml

Kind = Literal["parameter", "lever"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class OldName(Entry):
    """A name in use no more: the `parameters` and `levers` that replaced it (perhaps none), and
    `why`, with what to write instead. `line` is its place in the file."""

    kind: Kind
    name: str
    parameters: Several[Text] = ()
    levers: Several[Text] = ()
    why: Text
    line: int

    def problem(self, where: str) -> Problem:
        """What is said of a file or an option that uses the name."""
        now = [*map(repr, self.parameters), *(f"the lever {name!r}" for name in self.levers)]
        if self.kind == "lever":  # a lever that became another
            now = [*map(repr, self.levers), *(f"the parameter {n!r}" for n in self.parameters)]
        if not now:
            return Problem(where, f"there is no {self.kind} {self.name!r} any more", self.why)
        what = f"the {self.kind} {self.name!r} is now {' and '.join(now)}"
        return Problem(where, what, self.why)


class _Changed(Entry):
    """What is different about a lever that kept its name."""

    why: Text


class _OldScenario(Entry):
    """The scenario of the program that has taken the place of one of an earlier version."""

    now: Text
    why: Text


class _File(Entry):
    """The file as a whole."""

    scenario: dict[str, dict[str, Any]] = Field(default_factory=dict)

    parameter: dict[str, dict[str, Any]] = Field(default_factory=dict)
    lever: dict[str, dict[str, Any]] = Field(default_factory=dict)
    changed: dict[str, dict[str, Any]] = Field(default_factory=dict)


def load_old_names(path: Path | None = None) -> dict[tuple[Kind, str], OldName]:
    """Every old name by its kind, by default those of the file in seeds/.

    Raises InputError with everything wrong: a field missing, unknown or empty.
    """
    file, problems = _read(path), list[Problem]()
    names: dict[tuple[Kind, str], OldName] = {}
    for kind in KINDS:
        for name, table in file.data.get(kind, {}).items():
            at, line = file.at(kind, name), file.line(kind, name)
            given = {"kind": kind, "name": name, "line": line}
            entry = read_entry(OldName, table, at, problems, owner=name, **given)
            names |= {(kind, name): entry} if entry is not None else {}
    raise_if_any(problems)
    return names


@cache
def changed_levers(path: Path | None = None) -> Mapping[str, str]:
    """What is different about each lever that kept its name and changed its meaning."""
    file, problems = _read(path), list[Problem]()
    changed = {
        name: read_entry(_Changed, table, file.at("changed", name), problems, owner=name)
        for name, table in file.data.get("changed", {}).items()
    }
    raise_if_any(problems)
    return {name: entry.why for name, entry in changed.items() if entry is not None}


@cache
def old_scenarios(path: Path | None = None) -> Mapping[str, tuple[str, str]]:
    """For each scenario that the program has no more: the one that took its place, and why."""
    file, problems = _read(path), list[Problem]()
    old = {
        name: read_entry(_OldScenario, table, file.at("scenario", name), problems, owner=name)
        for name, table in file.data.get("scenario", {}).items()
    }
    raise_if_any(problems)
    return {name: (entry.now, entry.why) for name, entry in old.items() if entry is not None}


def _read(path: Path | None) -> TomlFile:
    """The file. Raises InputError where it is not laid out as it must be."""
    file = read_toml(path or seeds_dir() / "replaced.toml")
    problems: list[Problem] = []
    read_entry(_File, file.data, file.where, problems)
    raise_if_any(problems)
    return file


@cache
def _old_names() -> Mapping[tuple[Kind, str], OldName]:
    return load_old_names()


def unknown_name(
    kind: Kind, name: str, where: str, options: Iterable[str], otherwise: str = ""
) -> Problem:
    """The problem of a parameter or lever that is none of the `options`.

    It names what replaced it where it was one in an earlier version, else the nearest options,
    else the hint `otherwise`.
    """
    for was in (kind, *KINDS):
        if (old := _old_names().get((was, name))) is not None:
            return old.problem(where)
    return Problem(where, f"unknown {kind} {name!r}", did_you_mean(name, options) or otherwise)
