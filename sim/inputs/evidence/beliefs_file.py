"""Reading the file of a set of beliefs: what it may hold, and where the sets of the program lie.

Nothing heavy is imported, so that a file can be checked at once; what is drawn from beliefs is in
beliefs.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from sim.inputs.evidence.ledger import Ledger, Parameter
from sim.inputs.files.entries import (
    Entry,
    Number,
    Tables,
    Text,
    context_of,
    read_entry,
    refuse_if_any,
)
from sim.inputs.files.old_names import unknown_name
from sim.inputs.files.places import scenarios_dir
from sim.inputs.files.problems import Problem, clipped, did_you_mean
from sim.inputs.files.text_file import check_file_name, is_there
from sim.inputs.files.toml_file import TomlFile, read_toml

CENTRAL = "central"
EVIDENCE = "evidence"
EXPERIMENT = "thought_experiment"
MOST_BELIEFS = 2_000  # in one file


@dataclass(frozen=True)
class Belief:
    """One parameter believed to lie between `low` and `high` (the same where it is a value)."""

    parameter: str
    low: float
    high: float
    why: str
    source: str
    place: str


def beliefs_names() -> tuple[str, ...]:
    """The sets of beliefs that come with the program; `central` is first."""
    return (CENTRAL, *sorted(path.stem for path in _folder().glob("*.toml")))


def beliefs_label(name: str) -> str:
    """What a run calls its beliefs: their name, or that of their file, wherever it lies."""
    return PurePosixPath(name.replace("\\", "/")).name if name.endswith(".toml") else name


def rival_beliefs() -> tuple[str, ...]:
    """Those of them that somebody holds: all but the thought experiments."""
    files = (name for name in beliefs_names() if name != CENTRAL)
    experiments = {
        name for name in files if read_toml(_folder() / f"{name}.toml").data.get(EXPERIMENT)
    }
    return tuple(name for name in beliefs_names() if name not in experiments)


def beliefs_path(name: str) -> Path:
    """The file of a set of beliefs given by name or path; `central` has none."""
    return Path(name) if name.endswith(".toml") else _folder() / f"{name}.toml"


def check_beliefs(name: str, where: str) -> list[Problem]:
    """What is wrong with the name (or the path) of a set of beliefs."""
    if name.endswith(".toml"):
        if is_there(Path(name)):
            return check_file_name(Path(name))
        return [Problem(where, f"there is no beliefs file {clipped(name, 300)!r}")]
    known = beliefs_names()
    if name in known:
        return []
    hint = did_you_mean(name, known) or f"the beliefs are {', '.join(known)}"
    return [Problem(where, f"there are no beliefs {clipped(name, 300)!r}", hint)]


class BeliefsFile(Entry):
    """The file as a whole, without its beliefs: they are read one by one."""

    title: Text = Field(description="The name under which tables and pages show it.")
    description: Text = Field(description="What its holders say, in a sentence or two.")
    others: Literal["central", "evidence"] = Field(
        "central",
        description="What the parameters not named here are: central values, or drawn from "
        "whatever the record allows.",
    )
    thought_experiment: bool = Field(
        False, description="Believed by nobody: may leave the ledger's ranges."
    )
    belief: Tables = Field(default_factory=list, description="One parameter and what is believed.")


class BeliefEntry(Entry):
    """One [[belief]] of a file. The context of validation is the ledger."""

    parameter: Text = Field(description="A parameter of the ledger, seeds/parameters.toml.")
    value: Number | None = Field(None, description="What it is believed to be.")
    low: Number | None = Field(None, description="The least it is believed to be, with `high`.")
    high: Number | None = Field(None, description="The most it is believed to be, with `low`.")
    why: Text = Field(description="The reason for the belief.")
    source: Text = Field(description="Ids of claims and evidence, or: assumption.")

    @field_validator("parameter")
    @classmethod
    def _is_known(cls, name: str, info: ValidationInfo) -> str:
        if name not in context_of(info):
            refuse_if_any([unknown_name("parameter", name, "", context_of(info))])
        return name

    @model_validator(mode="after")
    def _is_in_range(self, info: ValidationInfo) -> BeliefEntry:
        given = {key: getattr(self, key) for key in ("value", "low", "high")}
        given = {key: number for key, number in given.items() if number is not None}
        if list(given) not in (["value"], ["low", "high"]):
            refuse_if_any([Problem("", "needs a value, or low and high")])
        known = context_of(info)[self.parameter]
        refuse_if_any(
            Problem(
                key,
                f"{self.parameter} = {number} is outside its range {known.low} to {known.high}",
                "widen the range in the ledger first, with a source",
            )
            for key, number in given.items()
            if not known.low <= number <= known.high
        )
        if given.get("low", 0.0) >= given.get("high", 1.0):
            refuse_if_any([Problem("low", "must be below high")])
        return self


def read_beliefs(
    path: Path, ledger: Ledger, problems: list[Problem]
) -> tuple[BeliefsFile, list[Belief]] | None:
    """The file of a set of beliefs and the beliefs in it, or None where it cannot be read.

    What is wrong is added to `problems`. Raises InputError where it is no TOML at all.
    """
    file = read_toml(path)
    whole = read_entry(BeliefsFile, file.data, file.where, problems)
    bounds: Mapping[str, Parameter] = ledger
    if file.data.get(EXPERIMENT) is True:
        without = {"low": -math.inf, "high": math.inf}
        bounds = {name: known.model_copy(update=without) for name, known in ledger.items()}
    named = _named(file, bounds, problems)
    return None if whole is None else (whole, named)


def _named(
    file: TomlFile, bounds: Mapping[str, Parameter], problems: list[Problem]
) -> list[Belief]:
    tables = file.tables("belief")
    if len(tables) > MOST_BELIEFS:
        what = f"has {len(tables):,} beliefs, more than {MOST_BELIEFS:,}"
        problems.append(Problem(file.where(), what))
        return []
    beliefs: dict[str, Belief] = {}
    for index, table in tables:
        at = file.at("belief", index)
        entry = read_entry(BeliefEntry, table, at, problems, owner="this belief", context=bounds)
        if entry is None:
            continue
        name = entry.parameter
        low = entry.value if entry.low is None else entry.low
        high = entry.value if entry.high is None else entry.high
        assert low is not None
        assert high is not None
        belief = Belief(name, low, high, entry.why, entry.source, at())
        if beliefs.setdefault(name, belief) is not belief:
            what = f"{name} is already named at {beliefs[name].place}"
            problems.append(Problem(at("parameter"), what))
    return list(beliefs.values())


def _folder() -> Path:
    return scenarios_dir() / "beliefs"
