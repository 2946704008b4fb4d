"""A file that a user has written, checked without running anything: a scenario, beliefs or rules.

Nothing of the model is imported, so that an editor or a hook can ask at every save.
"""

from __future__ import annotations

import glob
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sim.inputs.evidence.beliefs_file import (
    CENTRAL,
    Belief,
    BeliefsFile,
    beliefs_names,
    beliefs_path,
    read_beliefs,
)
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.problems import (
    InputError,
    Problem,
    clipped,
    collecting,
    nearest,
    raise_if_any,
)
from sim.inputs.files.text_file import check_file_name, display_path, is_there
from sim.inputs.files.toml_file import TomlFile, read_toml
from sim.inputs.policy.reachability import unsound_rules
from sim.inputs.policy.regime_names import check_regime_name
from sim.inputs.policy.rules import Rule
from sim.inputs.policy.scenario import Scenario, load_comparators, load_scenario
from sim.inputs.policy.scenario_file import find_scenario, is_built_in, read_draft

Kind = Literal["scenario", "beliefs", "rules"]
MOST_FILES = 1_000
NOT_OURS = "is no scenario, beliefs or rules"
# What a file of rules alone may hold: a scenario that extends it has all the rest.
KEYS_OF_RULES = ("title", "description", "rule")
# The keys by which a kind of file is known; the others it shares with another kind.
_KEYS_OF: dict[Kind, frozenset[str]] = {
    "beliefs": frozenset({"belief", "others", "thought_experiment"}),
    "scenario": frozenset({"england", "change", "extends", "compare_with", "beliefs"}),
    "rules": frozenset({"rule"}),
}
_ANY_KIND = frozenset().union(*_KEYS_OF.values())


@dataclass(frozen=True)
class CheckedFile:
    """A file without a fault, and what it holds: the one of the fields that its kind names."""

    path: Path
    kind: Kind
    scenario: Scenario | None = None
    beliefs: tuple[BeliefsFile, list[Belief]] | None = None
    rules: tuple[str, tuple[Rule, ...]] | None = None  # with their title


def kind_of_file(keys: Collection[str]) -> Kind | None:
    """What kind of file has these keys, None where they tell nothing.

    A key that is only near one of a kind counts where no other does.
    """
    near = {other for key in keys for other in nearest(key, sorted(_ANY_KIND), n=1)}
    for given in ({*keys}, near):
        # A scenario may hold rules, so that rules alone are the last to be thought of.
        for kind, known in _KEYS_OF.items():
            if given & known:
                return kind
    return "scenario" if "title" in keys else None


def files_named(name: str) -> tuple[list[Path], bool]:
    """The files that an argument stands for, and whether it names one file for certain.

    A path, a pattern such as `my/*.toml`, a folder with all that is in it, or the name of a
    scenario or of beliefs. Raises InputError where there is none.
    """
    path = Path(name)
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError):  # no system has a folder of such a name
        is_folder = False
    if is_folder:
        return _some(sorted(path.rglob("*.toml")), f"{name} holds no file that ends in .toml")
    if not is_there(path) and glob.has_magic(name):
        fits = (Path(one) for one in sorted(glob.glob(name, recursive=True)))
        return _some([one for one in fits if is_there(one)], f"no file fits {clipped(name, 300)}")
    if not is_there(path) and name in beliefs_names() and name != CENTRAL:
        return [beliefs_path(name)], True
    return [path if is_there(path) else find_scenario(name, None, "")], True


def _some(paths: list[Path], otherwise: str) -> tuple[list[Path], bool]:
    if not paths:
        raise InputError(Problem("", otherwise))
    if len(paths) > MOST_FILES:
        raise InputError(Problem("", f"{len(paths):,} files are more than {MOST_FILES:,}"))
    return paths, False


def check_file(path: Path) -> CheckedFile:
    """Read a file of any kind, and the files that it names.

    Raises InputError with everything that is wrong.
    """
    file = read_toml(path)
    kind = kind_of_file(file.data)
    if kind == "beliefs":
        return CheckedFile(path, kind, beliefs=_checked_beliefs(path))
    if kind == "scenario":
        return CheckedFile(path, kind, scenario=_checked_scenario(file))
    if kind == "rules":
        return CheckedFile(path, kind, rules=_checked_rules(path))
    hint = "a scenario has [england] or extends another; beliefs have [[belief]]; rules [[rule]]"
    raise InputError(Problem(display_path(path), NOT_OURS, hint))


def _checked_beliefs(path: Path) -> tuple[BeliefsFile, list[Belief]]:
    problems = check_file_name(path)
    read = read_beliefs(path, load_ledger(), problems)
    raise_if_any(problems)
    assert read is not None
    return read


def _checked_scenario(file: TomlFile) -> Scenario:
    """The scenario, with its regimes, its beliefs and those it is compared with."""
    path, problems = file.path, list[Problem]()
    scenario: Scenario | None = None
    with collecting(problems):
        scenario = load_scenario(path.resolve() if is_built_in(path) else path)
    for index, table in file.tables("change"):
        if table.get("lever") == "regime.name" and isinstance(value := table.get("value"), str):
            problems += check_regime_name(value, file.where("change", index, "value"))
    if scenario is not None:
        for change in scenario.changes:
            if change.lever == "regime.name" and change.file != path.name:
                problems += check_regime_name(str(change.value), f"{change.place}, value")
        if scenario.beliefs.endswith(".toml"):
            with collecting(problems):
                _checked_beliefs(Path(scenario.beliefs))
        with collecting(problems):
            load_comparators(scenario)
    raise_if_any(problems)
    assert scenario is not None
    return scenario


def _checked_rules(path: Path) -> tuple[str, tuple[Rule, ...]]:
    """The title of a file of rules, and its rules."""
    problems = check_file_name(path)
    draft = read_draft(path, problems)
    problems += unsound_rules(draft.rules, file=path, whole=draft.all_rules)
    raise_if_any(problems)
    return draft.settings["title"].value, draft.rules
