"""The ledger: every parameter of the model, with its range, source and how far to trust it.

A parameter is a fact about the world. It is never set in a scenario; what government can
choose is a lever (levers.py).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sim.inputs.evidence.code_reads import dotted_reads, unknown_reads
from sim.inputs.files.places import seeds_dir
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
from sim.inputs.policy.levers import LEVERS

RATINGS: tuple[str, ...] = ("green", "amber", "red")
STRENGTHS: tuple[str, ...] = ("STAT", "DER", "EVAL", "REP", "OPIN", "UNVERIFIED", "assumption")
# Prior families and how many numbers each takes: see the header of seeds/parameters.toml.
PRIORS: Mapping[str, int] = {"Tri": 3, "N": 2, "TN": 2, "LogN": 2, "Beta": 2, "U": 2}

_NUMBERS = ("value", "low", "high")
_TEXTS = ("unit", "prior", "source", "strength", "quality", "impact", "drives")
_REQUIRED = (*_NUMBERS, *_TEXTS, "review_by")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PRIOR = re.compile(r"(\w+)\(([^()]*)\)")
# "assumption" alone says nothing: the reasoning must follow.
_BARE_ASSUMPTION = re.compile(r"assumption[\s:.;,-]*", re.IGNORECASE)


@dataclass(frozen=True)
class Parameter:
    """One fact about the world, in `unit`, believed to lie between `low` and `high`.

    `prior` is the distribution of that belief ("fixed" for a rule or an exact count).
    `source` names evidence or claims by id, or says "assumption" and why. `strength` is the
    kind of evidence; `quality` and `impact` rate how good it is and how much hangs on it
    (green, amber, red). `drives` says what the parameter moves. After `review_by` the value
    should be looked at again. `line` is its place in the ledger's file.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    prior: str
    source: str
    strength: str
    quality: str
    impact: str
    drives: str
    review_by: date
    line: int

    @property
    def is_assumption(self) -> bool:
        """Whether the value rests on reasoning, not on a source."""
        return self.source.lower().startswith("assumption")


class Ledger(Mapping[str, Parameter]):
    """All parameters by name ("section.name"), in the order of the file. Cannot be changed."""

    def __init__(self, parameters: Mapping[str, Parameter], path: Path, sha256: str) -> None:
        self._parameters = dict(parameters)
        self.path = path
        self.sha256 = sha256

    def __getitem__(self, name: str) -> Parameter:
        return self._parameters[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def central(self) -> dict[str, float]:
        """Each parameter at its central value."""
        return {name: parameter.value for name, parameter in self.items()}


def load_ledger(path: Path | None = None) -> Ledger:
    """Read the ledger, by default the one in seeds/.

    Raises InputError with every problem: a field missing or unknown, of the wrong type or
    empty, a rating or prior that is not one, a value outside its own range.
    """
    file = read_toml(path or seeds_dir() / "parameters.toml")
    problems: list[Problem] = []
    parameters: dict[str, Parameter] = {}
    for section, entries in file.data.items():
        if not _is_table_of_tables(entries):
            what = "every parameter is a table of its own: [section.name]"
            problems.append(Problem(file.where(section), what))
            continue
        for short, entry in entries.items():
            wrong = _check_entry(file, (section, short), entry)
            problems += wrong
            if not wrong:
                parameter = _parameter(file, section, short, entry)
                parameters[parameter.name] = parameter
    raise_if_any(problems)
    digest = hashlib.sha256(file.text.encode()).hexdigest()
    return Ledger(parameters, file.path, digest)


def check_code_reads(ledger: Ledger, source_root: Path, on: date | None = None) -> list[Problem]:
    """What is wrong between the ledger and the code under `source_root`.

    A parameter no code reads, a name the code reads and the ledger lacks, a parameter named
    like a lever; and, when a date is given, a parameter whose review is overdue on it.
    """
    reads = dotted_reads(source_root)
    problems = unknown_reads(reads, ledger)
    for name, parameter in ledger.items():
        where = f"{ledger.path.name}, line {parameter.line}, {name}"
        if name in LEVERS:
            problems.append(Problem(where, "is the name of a lever"))
        if name not in reads:
            hint = did_you_mean(name, reads)
            problems.append(Problem(where, "no code reads this parameter", hint))
        if on is not None and parameter.review_by < on:
            problems.append(Problem(where, f"was to be reviewed by {parameter.review_by}"))
    return problems


def _is_table_of_tables(entries: object) -> bool:
    return isinstance(entries, dict) and all(isinstance(e, dict) for e in entries.values())


def _parameter(file: TomlFile, section: str, short: str, entry: Mapping[str, Any]) -> Parameter:
    numbers: dict[str, Any] = {key: float(entry[key]) for key in _NUMBERS}
    texts = {key: entry[key] for key in _TEXTS}
    return Parameter(
        name=f"{section}.{short}",
        review_by=entry["review_by"],
        line=file.line(section, short),
        **(numbers | texts),
    )


def _check_entry(file: TomlFile, at: KeyPath, entry: Mapping[str, Any]) -> list[Problem]:
    name = ".".join(str(part) for part in at)
    problems = file.unknown_keys(at, entry, _REQUIRED)
    if not all(_NAME.fullmatch(str(part)) for part in at):
        what = "names are small letters, digits and underscores"
        problems.append(Problem(file.where(*at), f"{name}: {what}"))
    problems += [
        Problem(file.where(*at), f"{name} has no {key!r}") for key in _REQUIRED if key not in entry
    ]
    for key in _NUMBERS:
        if key in entry and not (is_number(entry[key]) and math.isfinite(entry[key])):
            what = f"{name}: must be a number, not {kind_of(entry[key])}"
            problems.append(Problem(file.where(*at, key), what))
    for key in _TEXTS:
        if key in entry:
            problems += check_text(entry[key], file.where(*at, key))
    if "review_by" in entry:
        problems += check_date(entry["review_by"], file.where(*at, "review_by"))
    return problems or _check_meaning(file, at, name, entry)


def _check_meaning(
    file: TomlFile, at: KeyPath, name: str, entry: Mapping[str, Any]
) -> list[Problem]:
    """Problems of an entry whose fields are all there and of the right type."""
    problems: list[Problem] = []

    def wrong(key: str, what: str, hint: str = "") -> None:
        problems.append(Problem(file.where(*at, key), f"{name}: {what}", hint))

    if not entry["low"] <= entry["value"] <= entry["high"]:
        wrong("value", f"{entry['value']} is outside its range {entry['low']} to {entry['high']}")
    for key in ("quality", "impact"):
        if entry[key] not in RATINGS:
            wrong(key, f"must be {', '.join(RATINGS)}, not {entry[key]!r}")
    for strength in re.split(r"\s*[/;,]\s*", entry["strength"]):
        if strength not in STRENGTHS:
            hint = did_you_mean(strength, STRENGTHS) or f"one of {', '.join(STRENGTHS)}"
            wrong("strength", f"there is no strength {strength!r}", hint)
    if _BARE_ASSUMPTION.fullmatch(entry["source"]):
        wrong("source", "gives no reasoning", 'write "assumption: " and why')
    if not _is_prior(entry["prior"]):
        forms = ", ".join(f"{family} of {count} numbers" for family, count in PRIORS.items())
        wrong("prior", f"{entry['prior']!r} is not a prior", f"fixed, or {forms}")
    return problems


def _is_prior(text: str) -> bool:
    if text == "fixed":
        return True
    form = _PRIOR.fullmatch(text)
    if form is None or form[1] not in PRIORS:
        return False
    try:
        numbers = [float(number) for number in form[2].split(",")]
    except ValueError:
        return False
    in_order = form[1] not in ("Tri", "U") or numbers == sorted(numbers)
    return len(numbers) == PRIORS[form[1]] and in_order and all(map(math.isfinite, numbers))
