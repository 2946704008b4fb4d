"""Reading a scenario's file and those it extends, keeping every problem."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PlainValidator, ValidationInfo, field_validator, model_validator

from sim.inputs.files.dates import FIRST_START, LAST_END, check_years
from sim.inputs.files.entries import (
    Entry,
    Several,
    Tables,
    Text,
    checked_by,
    context_of,
    read_entry,
    refuse_if_any,
)
from sim.inputs.files.old_names import old_scenarios
from sim.inputs.files.places import BUILT_IN, scenarios_dir
from sim.inputs.files.problems import InputError, Problem, clipped, did_you_mean
from sim.inputs.files.text_file import is_there
from sim.inputs.files.toml_file import TomlFile, read_toml
from sim.inputs.policy.levers import LEVERS, Value, as_typed, check_value, unknown_lever
from sim.inputs.policy.rules import RULES, WITH_RULES, Rule, read_rules

MOST_COMPARED = 50  # scenarios named in one list
MOST_CHANGES = 2_000  # in one file
MOST_PARENTS = 20  # in a chain of files that extend each other

# What is believed unless a scenario or the user says otherwise: whatever the record allows.
DEFAULT_BELIEFS = "evidence"


def _from_file(name: str, file: Path) -> str:
    """A name as it is; a path, which in a file is from that file, from the working folder."""
    return str(file.parent / name) if is_path(name) else name


def _check_from(day: date, where: str) -> list[Problem]:
    if FIRST_START <= day <= LAST_END:
        return []
    hint = f"changes may be dated {FIRST_START} to {LAST_END}"
    return [Problem(where, f"{day} is outside the years that can be run", hint)]


def _check_lever(name: str, where: str) -> list[Problem]:
    return [] if name in LEVERS else [unknown_lever(name, where)]


def _lever_value(value: Any, info: ValidationInfo) -> Value:
    """The value in the type of the lever, whose name has been read before it."""
    name = info.data.get("lever")
    if name is None:  # a problem of its own
        return str(value)
    refuse_if_any(check_value(name, value, ""))
    return as_typed(name, value)


def _check_title(title: str, where: str) -> list[Problem]:
    if "\n" in title or "\t" in title:
        return [Problem(where, "must be one line without tabs", "the description may be longer")]
    return []


class _ScenarioFile(Entry):
    """The file as a whole. The context of validation is its path."""

    title: Annotated[Text, checked_by(_check_title)]
    description: Text | None = None
    extends: Text | None = None
    compare_with: Several[str] = ()
    beliefs: Text | None = None
    england: dict[str, Any] = Field(default_factory=dict)
    change: Tables = Field(default_factory=list)
    rule: Tables = Field(default_factory=list)

    @field_validator("compare_with")
    @classmethod
    def _exist(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        file: Path = context_of(info)
        problems: list[Problem] = []
        if len(names) > MOST_COMPARED:
            what = f"names {len(names):,} scenarios, more than {MOST_COMPARED}"
            refuse_if_any([Problem("", what)])
        for name in names:
            try:
                path = find_scenario(name, file.parent, "")
            except InputError as error:
                problems += error.problems
                continue
            if path.resolve() == file.resolve():
                problems.append(Problem("", "a scenario cannot be compared with itself"))
        refuse_if_any(problems)
        return names

    @field_validator("beliefs")
    @classmethod
    def _are_known(cls, name: str | None, info: ValidationInfo) -> str | None:
        from sim.inputs.evidence.beliefs import check_beliefs  # imported here: loads scipy

        if name is not None:
            refuse_if_any(check_beliefs(_from_file(name, context_of(info)), ""))
        return name


class _England(Entry):
    """The table [england] of a file: when a run begins and ends."""

    start: date | None = None
    years: Annotated[Any, checked_by(check_years)] = None
    end: date | None = None

    @model_validator(mode="after")
    def _ends_once(self) -> _England:
        if self.years is not None and self.end is not None:
            refuse_if_any([Problem("end", "give years or an end, not both")])
        return self


class Change(Entry):
    """A lever set to a value from a date on, with the reason and the source.

    `file` and `line` say where it was written; a change made for one run has no file.
    """

    from_: Annotated[date, checked_by(_check_from)] = Field(validation_alias="from")
    lever: Annotated[Text, checked_by(_check_lever)]
    value: Annotated[Value, PlainValidator(_lever_value)]
    why: Text
    source: Text
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """ "england-2016.toml, line 12", or "" for a change made for one run."""
        return f"{self.file}, line {self.line}" if self.file else ""


@dataclass(frozen=True)
class Setting:
    """A value of a scenario file and where it stands; None when the value was wrong.

    `folder` is that of the file, None for an option of a run.
    """

    value: Any
    where: str
    folder: Path | None = None


@dataclass(frozen=True)
class Draft:
    """What a file says together with those it extends: settings by key, changes and rules.

    Not `complete` when one of the files could not be read: what is missing may stand there.
    """

    settings: dict[str, Setting] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    rules: tuple[Rule, ...] = ()
    complete: bool = True


_UNREADABLE = Draft(complete=False)


def is_path(name: str) -> bool:
    """Whether what was given is the path of a file and no name."""
    return name.endswith(".toml") or "/" in name or "\\" in name


def find_scenario(name: str, folder: Path | None, where: str) -> Path:
    """The file of a scenario given by name or path.

    A name is looked up first in `folder`, then among the scenarios of the program, and in these
    alone where it begins with "built-in:"; a path is taken from `folder`, or from the working
    folder. Raises InputError with the nearest names when there is no such file.
    """
    if is_path(name):
        path = (folder or Path()) / name
        if is_there(path):
            return path
        raise InputError(Problem(where, f"there is no scenario file {clipped(name, 300)!r}"))
    folders = [scenarios_dir()]
    if folder is not None and not name.startswith(BUILT_IN):
        folders.insert(0, folder)
    stem = name.removeprefix(BUILT_IN)
    for place in folders:
        path = place / f"{stem}.toml"
        if is_there(path):
            return path
    known = sorted({path.stem for place in folders for path in place.glob("*.toml")})
    if stem in old_scenarios():
        now, why = old_scenarios()[stem]
        raise InputError(Problem(where, f"the scenario {stem!r} is now {now!r}", why))
    hint = did_you_mean(stem, known)
    if is_there(Path(f"{name}.toml")):
        hint = f"for the file of that name write {name}.toml"
    hint = hint or f"the scenarios are {', '.join(known)}"
    raise InputError(Problem(where, f"there is no scenario {clipped(name, 300)!r}", hint))


def is_built_in(path: Path) -> bool:
    """Whether a file is one of the scenarios that come with the program."""
    return path.resolve().parent == scenarios_dir().resolve()


def merged(parent: Iterable[Change], child: Iterable[Change]) -> tuple[Change, ...]:
    """The parent's changes overridden by the child's, in order of date, then lever.

    From the first date on which the child sets a lever, only the child decides it: the
    parent's changes to that lever on or after that date are dropped.
    """
    own = list(child)
    decided: dict[str, date] = {}
    for change in own:
        decided[change.lever] = min(change.from_, decided.get(change.lever, change.from_))
    inherited = [c for c in parent if c.lever not in decided or c.from_ < decided[c.lever]]
    return tuple(sorted([*inherited, *own], key=lambda change: (change.from_, change.lever)))


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
    if len(chain) > MOST_PARENTS:
        what = f"more than {MOST_PARENTS} scenarios extend each other"
        problems.append(Problem(file.where("extends"), what))
        return _UNREADABLE
    parent = _parent(file, chain, problems)
    settings = _settings(file, problems)
    rules = read_rules(file, problems)
    changes = _changes(file, problems)
    changes += _in_force(rules, changes)
    inherited = {k: s for k, s in parent.settings.items() if k not in ("title", "description")}
    if {"years", "end"} & settings.keys():
        inherited = {k: s for k, s in inherited.items() if k not in ("years", "end")}
    return Draft(
        inherited | settings,
        merged(parent.changes, changes),
        rules or parent.rules,
        parent.complete,
    )


def _in_force(rules: Iterable[Rule], changes: Iterable[Change]) -> list[Change]:
    """The change that puts the rules of a file in force, where none of its own says from when, or
    that they act beside another regime: from the start, whatever a parent says."""
    first = next(iter(rules), None)
    decided = ("regime.name", WITH_RULES)
    if first is None or any(change.lever in decided for change in changes):
        return []
    return [
        Change(
            from_=FIRST_START,
            lever="regime.name",
            value=RULES,
            why="the scenario has rules of its own",
            source=first.source,
            file=first.file,
            line=first.line,
        )
    ]


def _parent(file: TomlFile, chain: tuple[Path, ...], problems: list[Problem]) -> Draft:
    if "extends" not in file.data:
        return Draft()
    name, where = file.data["extends"], file.where("extends")
    if not isinstance(name, str) or not name.strip():  # reported with the other settings
        return _UNREADABLE
    try:
        path = find_scenario(name, file.path.parent, where)
    except InputError as error:
        problems += error.problems
        return _UNREADABLE
    if path.resolve() in chain:
        circle = " -> ".join(p.stem for p in (*chain, path))
        hint = ""
        if is_there(scenarios_dir() / f"{path.stem}.toml"):
            hint = f'for the scenario of the program write "{BUILT_IN}{path.stem}"'
        what = f"scenarios extend each other in a circle: {circle}"
        problems.append(Problem(where, what, hint))
        return _UNREADABLE
    return read_draft(path, problems, chain)


def _settings(file: TomlFile, problems: list[Problem]) -> dict[str, Setting]:
    """What the file itself sets, without its changes."""
    wrong: list[Problem] = []
    read_entry(_ScenarioFile, file.data, file.where, wrong, context=file.path)
    england = file.data.get("england", {})
    if isinstance(england, dict):
        read_entry(_England, england, file.at("england"), wrong, owner="[england]")
    else:
        england = {}
    problems += wrong
    places = {problem.where for problem in wrong}
    settings = {}
    for at, values, keys in (
        (file.where, file.data, ("title", "description", "beliefs", "compare_with")),
        (file.at("england"), england, ("start", "years", "end")),
    ):
        for key in [key for key in keys if key in values]:
            value = None if at(key) in places else values[key]
            if key == "beliefs" and value is not None:
                value = _from_file(value, file.path)
            settings[key] = Setting(value, at(key), file.path.parent)
    return settings


def _changes(file: TomlFile, problems: list[Problem]) -> list[Change]:
    changes: dict[tuple[str, date], Change] = {}
    tables = file.tables("change")
    if len(tables) > MOST_CHANGES:
        what = f"has {len(tables):,} changes, more than {MOST_CHANGES:,}"
        problems.append(Problem(file.where(), what))
        return []
    for index, table in tables:
        at = file.at("change", index)
        change = read_entry(
            Change,
            table,
            at,
            problems,
            owner="this change",
            file=file.path.name,
            line=file.line("change", index),
        )
        if change is None:
            continue
        first = changes.setdefault((change.lever, change.from_), change)
        if first is not change:
            what = f"{change.lever} is already set from {change.from_} on line {first.line}"
            problems.append(Problem(at("lever"), what))
    return list(changes.values())
