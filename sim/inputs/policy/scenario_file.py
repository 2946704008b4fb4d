"""Reading a scenario's file and those it extends, keeping every problem found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from sim.inputs.files.dates import FIRST_START, LAST_END, check_years
from sim.inputs.files.places import scenarios_dir
from sim.inputs.files.problems import InputError, Problem, did_you_mean
from sim.inputs.files.toml_file import TomlFile, check_date, check_text, kind_of, read_toml, shown
from sim.inputs.policy.levers import LEVERS, Value, as_typed, check_value, unknown_lever

# What is believed unless a scenario or the user says otherwise: whatever the record allows.
DEFAULT_BELIEFS = "evidence"

_TOP_KEYS = ("title", "description", "extends", "compare_with", "beliefs", "england", "change")
_ENGLAND_KEYS = ("start", "years", "end")
_CHANGE_KEYS = ("from", "lever", "value", "why", "source")


class Change(BaseModel):
    """A lever set to a value from a date on, with the reason and the source.

    `file` and `line` say where it was written; a change made for one run has no file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_: date
    lever: str
    value: Value
    why: str
    source: str
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """ "england-2016.toml, line 12", or "" for a change made for one run."""
        return f"{self.file}, line {self.line}" if self.file else ""


@dataclass(frozen=True)
class Setting:
    """A value of a scenario file and where it stands; None when the value was wrong."""

    value: Any
    where: str


@dataclass(frozen=True)
class Draft:
    """What a file says together with those it extends: settings by key, and changes.

    Not `complete` when one of the files could not be read: what is missing may stand there.
    """

    settings: dict[str, Setting] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    complete: bool = True


_UNREADABLE = Draft(complete=False)


def find_scenario(name: str, beside: Path | None, where: str) -> Path:
    """The file of a scenario given by name or path.

    A name is looked up first in the folder `beside`, then among the scenarios of the
    program; a path is taken from the folder `beside`, or from the working folder.
    Raises InputError with the nearest names when there is no such file.
    """
    if name.endswith(".toml") or "/" in name or "\\" in name:
        path = (beside or Path()) / name
        if path.is_file():
            return path
        raise InputError(Problem(where, f"there is no scenario file {name!r}"))
    folders = [scenarios_dir()] if beside is None else [beside, scenarios_dir()]
    for folder in folders:
        path = folder / f"{name}.toml"
        if path.is_file():
            return path
    known = sorted({path.stem for folder in folders for path in folder.glob("*.toml")})
    hint = did_you_mean(name, known) or f"the scenarios are {', '.join(known)}"
    raise InputError(Problem(where, f"there is no scenario {name!r}", hint))


def merged(parent: Iterable[Change], child: Iterable[Change]) -> tuple[Change, ...]:
    """The parent's changes overridden by the child's, in order of date, then lever.

    From the first date on which the child sets a lever, only the child decides it: the
    parent's changes to that lever on or after that date are dropped.
    """
    own = list(child)
    decided: dict[str, date] = {}
    for change in own:
        decided[change.lever] = min(change.from_, decided.get(change.lever, change.from_))
    kept = [c for c in parent if c.lever not in decided or c.from_ < decided[c.lever]]
    return tuple(sorted([*kept, *own], key=lambda change: (change.from_, change.lever)))


def read_draft(path: Path, problems: list[Problem], below: tuple[Path, ...] = ()) -> Draft:
    """Read a file and those it extends; what is wrong is added to `problems`.

    `below` holds the files that led here by extending, to detect a circle.
    """
    try:
        file = read_toml(path)
    except InputError as error:
        problems += error.problems
        return _UNREADABLE
    chain = (*below, path.resolve())
    parent = _parent(file, chain, problems)
    settings = _settings(file, problems)
    changes = _changes(file, problems)
    inherited = {k: s for k, s in parent.settings.items() if k not in ("title", "description")}
    if {"years", "end"} & settings.keys():
        inherited = {k: s for k, s in inherited.items() if k not in ("years", "end")}
    return Draft(inherited | settings, merged(parent.changes, changes), parent.complete)


def _parent(file: TomlFile, chain: tuple[Path, ...], problems: list[Problem]) -> Draft:
    if "extends" not in file.data:
        return Draft()
    name, where = file.data["extends"], file.where("extends")
    wrong = check_text(name, where)
    if wrong:
        problems += wrong
        return _UNREADABLE
    try:
        path = find_scenario(name, file.path.parent, where)
    except InputError as error:
        problems += error.problems
        return _UNREADABLE
    if path.resolve() in chain:
        circle = " -> ".join(p.stem for p in (*chain, path))
        problems.append(Problem(where, f"scenarios extend each other in a circle: {circle}"))
        return _UNREADABLE
    return read_draft(path, problems, chain)


def _settings(file: TomlFile, problems: list[Problem]) -> dict[str, Setting]:
    data = file.data
    problems += file.unknown_keys((), data, _TOP_KEYS)
    if "title" not in data:
        problems.append(Problem(shown(file.path), "has no title", 'add title = "..."'))
    found: dict[str, Setting] = {}
    for key in ("title", "description", "beliefs", "compare_with"):
        if key not in data:
            continue
        where = file.where(key)
        check = _check_comparators if key == "compare_with" else check_text
        wrong = check(data[key], where)
        if not wrong and key == "compare_with":
            wrong = _unknown_comparators(file, data[key], where)
        if not wrong and key == "beliefs":
            from sim.inputs.evidence.beliefs import check_beliefs  # imported here: loads scipy

            wrong = check_beliefs(data[key], where)
        problems += wrong
        found[key] = Setting(None if wrong else data[key], where)
    return found | _england(file, problems)


def _england(file: TomlFile, problems: list[Problem]) -> dict[str, Setting]:
    england = file.data.get("england", {})
    if not isinstance(england, dict):
        problems.append(Problem(file.where("england"), "must be a table: [england]"))
        return {}
    problems += file.unknown_keys(("england",), england, _ENGLAND_KEYS)
    if "years" in england and "end" in england:
        where = file.where("england", "end")
        problems.append(Problem(where, "give years or an end, not both"))
    found: dict[str, Setting] = {}
    for key in [key for key in _ENGLAND_KEYS if key in england]:
        where = file.where("england", key)
        check = check_years if key == "years" else check_date
        wrong = check(england[key], where)
        problems += wrong
        found[key] = Setting(None if wrong else england[key], where)
    return found


def _check_comparators(names: object, where: str) -> list[Problem]:
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return []
    return [
        Problem(where, f'must be a list of names such as ["no-intervention"], not {kind_of(names)}')
    ]


def _unknown_comparators(file: TomlFile, names: list[str], where: str) -> list[Problem]:
    problems: list[Problem] = []
    for name in names:
        try:
            path = find_scenario(name, file.path.parent, where)
        except InputError as error:
            problems += error.problems
            continue
        if path.stem == file.path.stem:
            problems.append(Problem(where, "a scenario cannot be compared with itself"))
    return problems


def _changes(file: TomlFile, problems: list[Problem]) -> list[Change]:
    tables = file.data.get("change", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        problems.append(Problem(file.where("change"), "write each change as [[change]]"))
        return []
    found: dict[tuple[str, date], Change] = {}
    for index, table in enumerate(tables):
        wrong = _check_change(file, index, table)
        problems += wrong
        if wrong:
            continue
        change = Change(
            from_=table["from"],
            lever=table["lever"],
            value=as_typed(table["lever"], table["value"]),
            why=table["why"],
            source=table["source"],
            file=file.path.name,
            line=file.line("change", index),
        )
        first = found.setdefault((change.lever, change.from_), change)
        if first is not change:
            what = f"{change.lever} is already set from {change.from_} on line {first.line}"
            problems.append(Problem(file.where("change", index, "lever"), what))
    return list(found.values())


def _check_change(file: TomlFile, index: int, table: Mapping[str, Any]) -> list[Problem]:
    at = ("change", index)
    problems = file.unknown_keys(at, table, _CHANGE_KEYS)
    problems += [
        Problem(file.where(*at), f"this change has no {key!r}")
        for key in _CHANGE_KEYS
        if key not in table
    ]
    for key in ("lever", "why", "source"):
        if key in table:
            problems += check_text(table[key], file.where(*at, key))
    if "from" in table:
        problems += _check_from(table["from"], file.where(*at, "from"))
    lever = table.get("lever")
    if isinstance(lever, str) and lever.strip():
        if lever not in LEVERS:
            problems.append(unknown_lever(lever, file.where(*at, "lever")))
        elif "value" in table:
            problems += check_value(lever, table["value"], file.where(*at, "value"))
    return problems


def _check_from(value: object, where: str) -> list[Problem]:
    problems = check_date(value, where)
    if not problems and isinstance(value, date) and not FIRST_START <= value <= LAST_END:
        hint = f"changes may be dated {FIRST_START} to {LAST_END}"
        problems.append(Problem(where, f"{value} is outside the years that can be run", hint))
    return problems
