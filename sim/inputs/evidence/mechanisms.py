"""The mechanisms that can be switched off, and the feedback loops they make up.

Read from seeds/mechanisms.toml, whose head explains the fields. A mechanism is off when its
parameters and levers stand at the values at which it does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sim.inputs.files.places import scenarios_dir, seeds_dir
from sim.inputs.files.problems import Problem, did_you_mean, raise_if_any
from sim.inputs.files.toml_file import (
    KeyPath,
    TomlFile,
    check_date,
    check_text,
    is_number,
    kind_of,
    read_toml,
)
from sim.inputs.metrics import METRICS
from sim.inputs.policy.levers import LEVERS, Value, as_typed, check_value, unknown_lever

Claimed = Literal["higher", "lower", ""]
Kind = Literal["reinforcing", "balancing"]

_SHARED = ("title", "claims", "scenario", "metric", "claimed")
_OPTIONAL = ("on", "years", "start")
_MECHANISM = (*_SHARED, "off", *_OPTIONAL)
_LOOP = (*_SHARED, "kind", "chain", "mechanisms", "closes", "closing", *_OPTIONAL)


@dataclass(frozen=True)
class Mechanism:
    """A part of the model that can be switched off.

    `parameters` and `levers` are the values at which it does nothing. Its effect shows in
    `metric` of `scenario` with the levers `on`; `claimed` is the way in which the claims say
    that it moves the metric. `years` is how long that takes, None where any time will do;
    `start` the first day, None for the scenario's own.
    """

    name: str
    title: str
    claims: tuple[int, ...]
    parameters: Mapping[str, float]
    levers: Mapping[str, Value]
    on: Mapping[str, Value]
    scenario: str
    metric: str
    claimed: Claimed
    years: float | None
    start: date | None


@dataclass(frozen=True)
class Loop:
    """A feedback loop: mechanisms that are switched off together. Fields as of Mechanism.

    `metric` is where the loop shows first and `closes` where it comes round; `closing` is the
    way in which it is claimed to move the latter.
    """

    name: str
    title: str
    kind: Kind
    chain: str
    claims: tuple[int, ...]
    mechanisms: tuple[str, ...]
    closes: str
    closing: Claimed
    on: Mapping[str, Value]
    scenario: str
    metric: str
    claimed: Claimed
    years: float | None
    start: date | None


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
        found: dict[str, Mechanism] = {}
        problems: list[Problem] = []
        known = [*self.mechanisms, *self.loops]
        for name in names:
            if name in self.mechanisms:
                found[name] = self.mechanisms[name]
            elif name in self.loops:
                found |= {m: self.mechanisms[m] for m in self.loops[name].mechanisms}
            else:
                hint = did_you_mean(name, known) or "`simulate loops --list` names them"
                problems.append(Problem(where, f"unknown mechanism {name!r}", hint))
        raise_if_any(problems)
        return tuple(found.values())

    def parameters_off(self, names: Iterable[str]) -> dict[str, float]:
        """The parameters of the mechanisms named, at the values at which they do nothing."""
        return _together({m.name: m.parameters for m in self.chosen(names)})

    def levers_off(self, names: Iterable[str]) -> dict[str, Value]:
        """The levers of the mechanisms named, likewise."""
        return _together({m.name: m.levers for m in self.chosen(names)})


def load_mechanisms(
    parameters: Iterable[str] | None = None, path: Path | None = None
) -> Mechanisms:
    """Read the register of mechanisms, by default the one in seeds/.

    `parameters` are the names of the ledger; without them `off` is checked against levers
    and against numbers only. Raises InputError with everything that is wrong.
    """
    file = read_toml(path or seeds_dir() / "mechanisms.toml")
    known = None if parameters is None else frozenset(parameters)
    problems = file.unknown_keys((), file.data, ("mechanism", "loop"))
    mechanisms: dict[str, Mechanism] = {}
    for name, entry in _tables(file, "mechanism", problems):
        wrong = _check(file, ("mechanism", name), entry, _MECHANISM)
        wrong = wrong or _check_off(file, ("mechanism", name, "off"), entry["off"], known)
        problems += wrong
        if not wrong:
            mechanisms[name] = _mechanism(name, entry)
    loops: dict[str, Loop] = {}
    for name, entry in _tables(file, "loop", problems):
        wrong = _check(file, ("loop", name), entry, _LOOP)
        wrong = wrong or _check_loop(file, ("loop", name), entry, file.data["mechanism"])
        problems += wrong
        if not wrong:
            loops[name] = _loop(name, entry)
    raise_if_any(problems)
    return Mechanisms(mechanisms, loops)


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
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for mechanism, values in settings.items():
        for name, value in values.items():
            if found.setdefault(name, value) != value:
                what = f"cannot be off together with another that needs {name} = {found[name]}"
                problems.append(Problem(f"--without {mechanism}", what))
    raise_if_any(problems)
    return found


def _tables(
    file: TomlFile, kind: str, problems: list[Problem]
) -> Iterable[tuple[str, dict[str, Any]]]:
    for name, entry in file.data.get(kind, {}).items():
        if isinstance(entry, dict):
            yield name, entry
        else:
            problems.append(Problem(file.where(kind, name), f"must be a table: [{kind}.{name}]"))


def _check(
    file: TomlFile, at: KeyPath, entry: Mapping[str, Any], keys: Sequence[str]
) -> list[Problem]:
    """What is wrong with the fields that mechanisms and loops share."""
    problems = file.unknown_keys(at, entry, keys)
    missing = [key for key in keys if key not in _OPTIONAL and key not in entry]
    problems += [Problem(file.where(*at), f"{at[-1]} has no {key!r}") for key in missing]
    if problems:
        return problems
    for key in ("title", "scenario"):
        problems += check_text(entry[key], file.where(*at, key))
    if not _are(int, entry["claims"]) or not all(number > 0 for number in entry["claims"]):
        problems.append(Problem(file.where(*at, "claims"), "must be a list of numbers of claims"))
    for key in [key for key in ("claimed", "closing") if key in entry]:
        if entry[key] not in ("higher", "lower", ""):
            what = f'must be "higher", "lower" or "", not {entry[key]!r}'
            problems.append(Problem(file.where(*at, key), what))
    for key in [key for key in ("metric", "closes") if key in entry]:
        if entry[key] not in METRICS:
            what = f"unknown metric {entry[key]!r}"
            hint = did_you_mean(str(entry[key]), METRICS)
            problems.append(Problem(file.where(*at, key), what, hint))
    if not (scenarios_dir() / f"{entry['scenario']}.toml").is_file():
        hint = did_you_mean(
            str(entry["scenario"]), [p.stem for p in scenarios_dir().glob("*.toml")]
        )
        what = f"there is no scenario {entry['scenario']!r}"
        problems.append(Problem(file.where(*at, "scenario"), what, hint))
    years = entry.get("years", 1)
    if not is_number(years) or not 0 < years <= 10:
        problems.append(Problem(file.where(*at, "years"), "must be a number of years up to 10"))
    if "start" in entry:
        problems += check_date(entry["start"], file.where(*at, "start"))
    return problems + _check_levers(file, (*at, "on"), entry.get("on", {}))


def _check_levers(file: TomlFile, at: KeyPath, levers: object) -> list[Problem]:
    if not isinstance(levers, dict):
        return [Problem(file.where(*at), f"must be a table, not {kind_of(levers)}")]
    problems: list[Problem] = []
    for name, value in levers.items():
        where = file.where(*at, name)
        problems += check_value(name, value, where)
    return problems


def _check_off(
    file: TomlFile, at: KeyPath, off: object, parameters: frozenset[str] | None
) -> list[Problem]:
    if not isinstance(off, dict) or not off:
        return [Problem(file.where(*at), "must be a table of parameters or levers and values")]
    levers = {name: value for name, value in off.items() if name in LEVERS}
    problems = _check_levers(file, at, levers)
    for name in [name for name in off if name not in LEVERS]:
        where = file.where(*at, name)
        if parameters is not None and name not in parameters:
            hint = did_you_mean(name, parameters) or unknown_lever(name, where).hint
            problems.append(Problem(where, f"no parameter or lever is called {name!r}", hint))
        elif not is_number(off[name]):
            problems.append(Problem(where, f"must be a number, not {kind_of(off[name])}"))
    return problems


def _check_loop(
    file: TomlFile, at: KeyPath, entry: Mapping[str, Any], mechanisms: Iterable[str]
) -> list[Problem]:
    problems = check_text(entry["chain"], file.where(*at, "chain"))
    if entry["kind"] not in ("reinforcing", "balancing"):
        what = f'must be "reinforcing" or "balancing", not {entry["kind"]!r}'
        problems.append(Problem(file.where(*at, "kind"), what))
    where = file.where(*at, "mechanisms")
    if not _are(str, entry["mechanisms"]) or not entry["mechanisms"]:
        return [*problems, Problem(where, "must be a list of mechanisms")]
    known = list(mechanisms)
    return problems + [
        Problem(where, f"unknown mechanism {name!r}", did_you_mean(name, known))
        for name in entry["mechanisms"]
        if name not in known
    ]


def _are(kind: type, values: object) -> bool:
    return isinstance(values, list) and all(type(value) is kind for value in values)


def _mechanism(name: str, entry: Mapping[str, Any]) -> Mechanism:
    off: Mapping[str, Any] = entry["off"]
    return Mechanism(
        name=name,
        parameters={n: float(value) for n, value in off.items() if n not in LEVERS},
        levers={n: as_typed(n, value) for n, value in off.items() if n in LEVERS},
        **_shared(entry),
    )


def _loop(name: str, entry: Mapping[str, Any]) -> Loop:
    return Loop(
        name=name,
        kind=entry["kind"],
        chain=entry["chain"],
        mechanisms=tuple(entry["mechanisms"]),
        closes=entry["closes"],
        closing=entry["closing"],
        **_shared(entry),
    )


def _shared(entry: Mapping[str, Any]) -> dict[str, Any]:
    years = entry.get("years")
    return {
        "title": entry["title"],
        "claims": tuple(entry["claims"]),
        "on": {name: as_typed(name, value) for name, value in entry.get("on", {}).items()},
        "scenario": entry["scenario"],
        "metric": entry["metric"],
        "claimed": entry["claimed"],
        "years": None if years is None else float(years),
        "start": entry.get("start"),
    }
