"""A scenario: a start, an end, and what government chooses in between.

One TOML file a scenario. A file may extend another; what it sets from a date holds from
that date on, whatever its parent says. Parameters (facts about the world) cannot be set
here. Every problem of a file and of those it extends is reported at once.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from sim.inputs.files.dates import add_years, check_span, check_years
from sim.inputs.files.old_names import changed_levers
from sim.inputs.files.places import BUILT_IN, scenarios_dir
from sim.inputs.files.problems import InputError, Problem, raise_if_any
from sim.inputs.files.text_file import check_file_name, display_path
from sim.inputs.files.toml_file import read_toml
from sim.inputs.policy.levers import LEVERS, Value, as_typed, check_value, default_values, from_text
from sim.inputs.policy.rules import RULES, WITH_RULES, Rule, toml_value
from sim.inputs.policy.scenario_file import (
    DEFAULT_BELIEFS,
    Change,
    Draft,
    Setting,
    find_scenario,
    is_built_in,
    is_path,
    merged,
    read_draft,
)
from sim.units import DAYS_A_YEAR

_FOR_THIS_RUN = "set for this run"


@dataclass(frozen=True)
class ResolvedLever:
    """A value a lever takes in a run, from a date on, and where it comes from."""

    lever: str
    from_: date
    value: Value
    why: str
    source: str
    place: str


@dataclass(frozen=True)
class ListedScenario:
    """A scenario that comes with the program."""

    name: str
    title: str
    path: Path


class Scenario(BaseModel):
    """What government chooses between two dates. Immutable; `with_` makes a changed copy.

    `start` is the first day simulated and `end` the day after the last. `changes` are in
    order of date, then lever, `rules` in the order in which they are read. `path` is the file it
    was read from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    description: str
    start: date
    end: date
    compare_with: tuple[str, ...]
    beliefs: str
    changes: tuple[Change, ...]
    rules: tuple[Rule, ...] = ()
    path: Path

    @property
    def origin(self) -> str:
        """Where it was read from: "built-in:trusts-2016", or the path of a file."""
        return BUILT_IN + self.path.stem if is_built_in(self.path) else display_path(self.path)

    @property
    def years(self) -> float:
        """Length of the run in years of 365.25 days."""
        return (self.end - self.start).days / DAYS_A_YEAR

    def timeline(self) -> tuple[tuple[date, dict[str, Value]], ...]:
        """Every lever's value at the start, and again at each date in the run when one changes."""
        current = default_values()
        steps: dict[date, dict[str, Value]] = {self.start: current}
        for change in self.changes:
            if change.from_ < self.end:
                current = {**current, change.lever: change.value}
                steps[max(change.from_, self.start)] = current
        return tuple(steps.items())

    def with_(
        self, *, start: date | None = None, end: date | None = None, **levers: Value
    ) -> Scenario:
        """A copy with other dates or levers: `with_(end=..., **{"regime.grace_months": 12})`.

        Only what is named changes: a new start keeps the end. A lever named here holds from
        the start to the end. Raises InputError naming everything wrong.
        """
        first, last = start or self.start, end or self.end
        problems = check_span(first, last, "start", "end")
        problems += _check_levers(levers, "")
        for name, value in levers.items():
            problems += _rules_that_are_not_there(name, value, self.rules, name)
        raise_if_any(problems)
        update = {
            "start": first,
            "end": last,
            "changes": merged(self.changes, _set_for_this_run(levers, first)),
        }
        return self.model_copy(update=update)

    def resolved(self) -> tuple[ResolvedLever, ...]:
        """Each value each lever takes in the run, in order of lever, then date."""
        rows: list[ResolvedLever] = []
        for name, lever in LEVERS.items():
            in_run = [c for c in self.changes if c.lever == name and c.from_ < self.end]
            begun = [c for c in in_run if c.from_ <= self.start]
            later = in_run[len(begun) :]
            if not begun:
                rows.append(
                    ResolvedLever(name, self.start, lever.default, "default", lever.source, "")
                )
            rows += [
                ResolvedLever(name, max(c.from_, self.start), c.value, c.why, c.source, c.place)
                for c in [*begun[-1:], *later]
            ]
        return tuple(rows)

    @property
    def text(self) -> str:
        """The scenario whole, as one file that reads back to the same scenario.

        It does not depend on how the scenario was spread over files, or on their comments.
        """
        lines = [f"title = {toml_value(self.title)}"]
        if self.description:
            lines.append(f"description = {toml_value(self.description)}")
        lines += [
            f"compare_with = [{', '.join(toml_value(name) for name in self.compare_with)}]",
            f"beliefs = {toml_value(self.beliefs)}",
            "",
            "[england]",
            f"start = {self.start}",
            f"end = {self.end}",
        ]
        for change in self.changes:
            lines += [
                "",
                "[[change]]",
                f"from = {change.from_}",
                f"lever = {toml_value(change.lever)}",
                f"value = {toml_value(change.value)}",
                f"why = {toml_value(change.why)}",
                f"source = {toml_value(change.source)}",
            ]
        for rule in self.rules:
            lines += ["", rule.text]
        return "\n".join(lines) + "\n"

    @property
    def sha256(self) -> str:
        """Hash of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def load_scenario(
    name_or_path: str | Path,
    set_: Mapping[str, Value] | None = None,
    years: float | None = None,
    start: date | None = None,
    *,
    folder: Path | None = None,
) -> Scenario:
    """Read a scenario by its name, or by the path of its file.

    `set_` gives levers for this run, from its start to its end; text is read as the lever's
    type. `years` and `start` replace the file's. `folder` is a folder in which names and
    paths are looked up first. Raises InputError with every problem of the file, of the
    files it extends and of the arguments.
    """
    path = find_scenario(str(name_or_path), folder, "scenario")
    problems = check_file_name(path)
    draft = read_draft(path, problems)
    problems += _paused_before_begun(draft.changes)
    levers = {n: from_text(n, v) if isinstance(v, str) else v for n, v in (set_ or {}).items()}
    problems += _check_levers(levers, "--set")
    problems += _rules_wanted(draft, levers)
    span = _span(draft, path, start, years, problems)
    raise_if_any(problems)
    assert span is not None
    first, last = span
    changes = merged(draft.changes, _set_for_this_run(levers, first))
    _tell_of_changed_levers(changes, path)
    settings = {key: setting.value for key, setting in draft.settings.items()}
    return Scenario(
        name=path.stem,
        title=settings["title"],
        description=settings.get("description", ""),
        start=first,
        end=last,
        compare_with=_compared(draft.settings.get("compare_with"), path),
        beliefs=settings.get("beliefs", DEFAULT_BELIEFS),
        changes=changes,
        rules=draft.rules,
        path=path,
    )


def _tell_of_changed_levers(changes: Iterable[Change], path: Path) -> None:
    """Warn of levers whose meaning has changed under the same name, where a file of the user's or
    an option sets one: an old file would be read as something else, without a word."""
    for change in changes:
        why = changed_levers().get(change.lever)
        own = not is_built_in(path) and (path.parent / change.file).is_file()
        if why and (own or not change.file):
            where = change.place or "--set"
            warnings.warn(f"{where}: {change.lever} = {change.value}: {why}", stacklevel=3)


def load_comparators(scenario: Scenario, names: Iterable[str] | None = None) -> list[Scenario]:
    """The scenarios to compare with, over the same dates as `scenario`.

    `names` replaces those the scenario itself names; a path among them is from the working
    folder, and not from the scenario's. Raises InputError with the problems of all of them.
    """
    others: list[Scenario] = []
    problems: list[Problem] = []
    for name in scenario.compare_with if names is None else names:
        try:
            others.append(load_comparator(scenario, name, from_file=names is None))
        except InputError as error:
            problems += error.problems
    taken = [scenario.path.resolve()]
    for other in others:
        if other.path.resolve() in taken:
            problems.append(Problem(other.name, "is already in the comparison"))
        taken.append(other.path.resolve())
    raise_if_any(problems)
    return others


def load_comparator(scenario: Scenario, name: str, *, from_file: bool) -> Scenario:
    """One scenario to compare with, over the same dates; `from_file` where a file names it.

    A name is looked up beside the scenario's file first. Raises InputError as `load_scenario`.
    """
    folder = scenario.path.parent if from_file or not is_path(name) else None
    other = load_scenario(name, folder=folder)
    return other.with_(start=scenario.start, end=scenario.end)


def list_scenarios() -> tuple[ListedScenario, ...]:
    """The scenarios that come with the program, by name."""
    listed = []
    for path in sorted(scenarios_dir().glob("*.toml")):
        try:
            title = str(read_toml(path).data.get("title", ""))
        except InputError as error:
            title = error.problems[0].what
        listed.append(ListedScenario(path.stem, title, path))
    return tuple(listed)


def _span(
    draft: Draft, path: Path, start: date | None, years: float | None, problems: list[Problem]
) -> tuple[date, date] | None:
    """First day and the day after the last, or None after adding to `problems`."""
    given = draft.settings
    first = given.get("start") if start is None else Setting(start, "start")
    length = given.get("years") if years is None else Setting(years, "--years")
    last = None if length else given.get("end")
    if first is None and draft.complete:
        problems.append(Problem(display_path(path), "has no start", "add start under [england]"))
    if length is None and last is None and draft.complete:
        problems.append(Problem(display_path(path), "has no length", "add years under [england]"))
    if years is not None:
        wrong = check_years(years, "--years")
        if wrong:
            problems += wrong
            return None
    if first is None or first.value is None:
        return None
    if length and length.value is not None:
        last = Setting(add_years(first.value, length.value), length.where)
    if last is None or last.value is None:
        return None
    problems += check_span(first.value, last.value, first.where, last.where)
    return first.value, last.value


def _compared(named: Setting | None, path: Path) -> tuple[str, ...]:
    """The names of `compare_with` for the file `path`, itself left out.

    Names that come from a file elsewhere mean what they mean there.
    """
    names = []
    for name in () if named is None else named.value:
        file = find_scenario(name, named.folder if named else None, "")
        if file.resolve() == path.resolve():
            continue
        try:
            same = find_scenario(name, path.parent, "").resolve() == file.resolve()
        except InputError:
            same = False
        if not same:
            name = BUILT_IN + file.stem if is_built_in(file) else str(file.resolve())
        names.append(name)
    return tuple(names)


def _paused_before_begun(changes: Iterable[Change]) -> list[Problem]:
    """A stop of new takeovers dated before the first regime that could take anything over."""
    listed = list(changes)  # in order of date
    begun = next((c for c in listed if c.lever == "regime.name"), None)
    if begun is None:
        return []
    return [
        Problem(
            c.place,
            f"stops new takeovers from {c.from_}, before any regime is in force",
            f"the first, {begun.value}, begins on {begun.from_} ({begun.place}): date the stop "
            f"on or after that day",
        )
        for c in listed
        if c.lever == "regime.new_trusts_allowed" and c.value is False and c.from_ < begun.from_
    ]


def _rules_wanted(draft: Draft, levers: Mapping[str, Value]) -> list[Problem]:
    """Changes that put the rules of a scenario in force that has none."""
    if not draft.complete:
        return []
    return [
        problem
        for name, value, where in (
            *((c.lever, c.value, c.place) for c in draft.changes),
            *((name, value, "--set") for name, value in levers.items()),
        )
        for problem in _rules_that_are_not_there(name, value, draft.rules, where)
    ]


def _rules_that_are_not_there(
    lever: str, value: object, rules: Iterable[Rule], where: str
) -> list[Problem]:
    if (lever, value) not in (("regime.name", RULES), (WITH_RULES, True)):
        return []
    if any(True for _ in rules):
        return []
    what = f"{lever} is {toml_value(value)}, and the scenario has no rule"
    return [Problem(where, what, "write at least one [[rule]], or name another regime")]


def _check_levers(levers: Mapping[str, Value], where: str) -> list[Problem]:
    return [
        problem for name, value in levers.items() for problem in check_value(name, value, where)
    ]


def _set_for_this_run(levers: Mapping[str, Value], start: date) -> list[Change]:
    return [
        Change(
            from_=start,
            lever=name,
            value=as_typed(name, value),
            why=_FOR_THIS_RUN,
            source=_FOR_THIS_RUN,
        )
        for name, value in levers.items()
    ]
