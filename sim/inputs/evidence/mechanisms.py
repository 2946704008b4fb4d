"""The mechanisms that can be switched off, and the feedback loops they make up.

Read from seeds/mechanisms.toml, whose head explains the fields. A mechanism is off when its
parameters and levers stand at the values at which it does nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PositiveInt, ValidationInfo, field_validator

from sim.inputs.files.entries import (
    Entry,
    Several,
    Text,
    checked_by,
    context_of,
    read_entry,
    refuse_if_any,
)
from sim.inputs.files.old_names import unknown_name
from sim.inputs.files.places import scenarios_dir, seeds_dir
from sim.inputs.files.problems import Problem, did_you_mean, raise_if_any
from sim.inputs.files.toml_file import TomlFile, is_number, kind_of, read_toml
from sim.inputs.metrics import METRICS
from sim.inputs.policy.levers import LEVERS, Value, as_typed, check_value

Claimed = Literal["higher", "lower", ""]
Kind = Literal["reinforcing", "balancing"]


def _check_metric(name: str, where: str) -> list[Problem]:
    if name in METRICS:
        return []
    return [Problem(where, f"unknown metric {name!r}", did_you_mean(name, METRICS))]


def _check_scenario(name: str, where: str) -> list[Problem]:
    known = [path.stem for path in scenarios_dir().glob("*.toml")]
    if name in known:
        return []
    return [Problem(where, f"there is no scenario {name!r}", did_you_mean(name, known))]


def _levers(values: dict[str, Any]) -> dict[str, Value]:
    """Checked levers, each in its own type."""
    refuse_if_any(
        problem for name, value in values.items() for problem in check_value(name, value, name)
    )
    return {name: as_typed(name, value) for name, value in values.items()}


Metric = Annotated[str, checked_by(_check_metric)]
# The fields of a mechanism or loop that decide the outcome of its experiment, besides what is off.
_ASKED = {"on", "scenario", "metric", "claimed", "closes", "closing", "years", "start"}


class _Switch(Entry):
    """What a mechanism and a loop have in common.

    The effect shows in `metric` of `scenario` with the levers `on`; `claimed` is the way in
    which the claims say that it moves the metric. `years` is how long that takes, None where
    any time will do; `start` the first day, None for the scenario's own.
    """

    name: str
    title: Text
    claims: Several[PositiveInt]
    on: Annotated[dict[str, Any], AfterValidator(_levers)] = Field(default_factory=dict)
    scenario: Annotated[Text, checked_by(_check_scenario)]
    metric: Metric
    claimed: Claimed
    years: Annotated[float, Field(gt=0, le=10)] | None = None
    start: date | None = None


class Mechanism(_Switch):
    """A part of the model that can be switched off.

    `off` gives the parameters and levers at the values at which it does nothing.
    """

    off: dict[str, Any]

    @field_validator("off")
    @classmethod
    def _does_nothing(cls, off: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """Names that exist and values that they may have. The context names the parameters."""
        known = context_of(info)["parameters"]
        problems: list[Problem] = []
        if not off:
            problems.append(Problem("", "must be a table of parameters or levers and values"))
        for name, value in off.items():
            if name in LEVERS:
                problems += check_value(name, value, name)
            elif known is not None and name not in known:
                problems.append(unknown_name("parameter", name, name, [*known, *LEVERS]))
            elif not is_number(value):
                problems.append(Problem(name, f"must be a number, not {kind_of(value)}"))
        refuse_if_any(problems)
        return off

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters at the values at which the mechanism does nothing."""
        return {name: float(value) for name, value in self.off.items() if name not in LEVERS}

    @property
    def levers(self) -> dict[str, Value]:
        """The levers at the values at which the mechanism does nothing."""
        return {name: as_typed(name, value) for name, value in self.off.items() if name in LEVERS}


class Loop(_Switch):
    """A feedback loop: mechanisms that are switched off together.

    `metric` is where the loop shows first and `closes` where it comes round; `closing` is the
    way in which it is claimed to move the latter.
    """

    kind: Kind
    chain: Text
    mechanisms: Annotated[Several[str], Field(min_length=1)]
    closes: Metric
    closing: Claimed

    @field_validator("mechanisms")
    @classmethod
    def _are_known(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        known = context_of(info)["mechanisms"]
        refuse_if_any(
            Problem("", f"unknown mechanism {name!r}", did_you_mean(name, known))
            for name in names
            if name not in known
        )
        return names


class _Register(Entry):
    """The file as a whole."""

    mechanism: dict[str, dict[str, Any]] = Field(default_factory=dict)
    loop: dict[str, dict[str, Any]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Mechanisms:
    """All mechanisms and loops by name, in the order of the file."""

    mechanisms: Mapping[str, Mechanism]
    loops: Mapping[str, Loop]

    def of_claim(self, number: int) -> tuple[Mechanism, ...]:
        """The mechanisms that carry a claim."""
        return tuple(m for m in self.mechanisms.values() if number in m.claims)

    def loops_of_claim(self, number: int) -> tuple[Loop, ...]:
        """The loops that a claim belongs to."""
        return tuple(loop for loop in self.loops.values() if number in loop.claims)

    def chosen(self, names: Iterable[str], where: str = "--without") -> tuple[Mechanism, ...]:
        """The mechanisms named, each once; the name of a loop stands for all of its own.

        Raises InputError for names that do not exist, with the nearest that do; `where` is
        what asked for them.
        """
        chosen: dict[str, Mechanism] = {}
        problems: list[Problem] = []
        known = [*self.mechanisms, *self.loops]
        for name in names:
            if name in self.mechanisms:
                chosen[name] = self.mechanisms[name]
            elif name in self.loops:
                chosen |= {m: self.mechanisms[m] for m in self.loops[name].mechanisms}
            else:
                hint = did_you_mean(name, known) or "`simulate loops --list` names them"
                problems.append(Problem(where, f"unknown mechanism {name!r}", hint))
        raise_if_any(problems)
        return tuple(chosen.values())

    def parameters_off(self, names: Iterable[str]) -> dict[str, float]:
        """The parameters of the mechanisms named, at the values at which they do nothing."""
        return _together({m.name: m.parameters for m in self.chosen(names)})

    def levers_off(self, names: Iterable[str]) -> dict[str, Value]:
        """The levers of the mechanisms named, likewise."""
        return _together({m.name: m.levers for m in self.chosen(names)})

    def question(self, name: str) -> str:
        """The hash of what the experiment of a mechanism or loop asks: what is on and off, where,
        from when and for how long, and which figures are claimed to move which way."""
        switch = self.mechanisms.get(name) or self.loops[name]
        asked = switch.model_dump(mode="json", include=_ASKED)
        off = {m.name: m.off for m in self.chosen([name])}
        text = json.dumps([asked, off], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def load_mechanisms(
    parameters: Iterable[str] | None = None, path: Path | None = None
) -> Mechanisms:
    """Read the register of mechanisms, by default the one in seeds/.

    `parameters` are the names of the ledger; without them `off` is checked against levers
    and against numbers only. Raises InputError with everything that is wrong.
    """
    file = read_toml(path or seeds_dir() / "mechanisms.toml")
    problems: list[Problem] = []
    read_entry(_Register, file.data, file.where, problems)
    tables = {kind: _tables(file, kind) for kind in ("mechanism", "loop")}
    known = None if parameters is None else frozenset(parameters)
    context = {"parameters": known, "mechanisms": list(tables["mechanism"])}
    mechanisms: dict[str, Mechanism] = {}
    for name, table in tables["mechanism"].items():
        at = file.at("mechanism", name)
        entry = read_entry(Mechanism, table, at, problems, owner=name, context=context, name=name)
        mechanisms |= {name: entry} if entry is not None else {}
    loops: dict[str, Loop] = {}
    for name, table in tables["loop"].items():
        at = file.at("loop", name)
        loop = read_entry(Loop, table, at, problems, owner=name, context=context, name=name)
        loops |= {name: loop} if loop is not None else {}
    raise_if_any(problems)
    return Mechanisms(mechanisms, loops)


def _tables(file: TomlFile, kind: str) -> dict[str, dict[str, Any]]:
    entries = file.data.get(kind)
    if not isinstance(entries, dict):
        return {}
    return {name: entry for name, entry in entries.items() if isinstance(entry, dict)}


def without(parameters: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
    """The parameters with the named mechanisms or loops switched off.

    Raises InputError for unknown names, and where two of them need one parameter at
    different values.
    """
    return {**parameters, **_register().parameters_off(names)}


def levers_without(names: Iterable[str]) -> dict[str, Value]:
    """The levers to set so that the named mechanisms are off. Raises InputError as `without`."""
    return _register().levers_off(names)


@cache
def _register() -> Mechanisms:
    return load_mechanisms()


def _together(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    together: dict[str, Any] = {}
    problems: list[Problem] = []
    for mechanism, values in settings.items():
        for name, value in values.items():
            if together.setdefault(name, value) != value:
                what = f"cannot be off together with another that needs {name} = {together[name]}"
                problems.append(Problem(f"--without {mechanism}", what))
    raise_if_any(problems)
    return together
