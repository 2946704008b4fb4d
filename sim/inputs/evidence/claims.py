"""The register of claims: what the source documents say, and what carries it in the model.

One row of seeds/claims.csv for each claim. `status` says how a claim is carried:

    modelled  a mechanism with parameters
    lever     a choice that a scenario makes
    outcome   nothing is put in; the figure comes out
    context   nothing to carry, with the reason

and `verdict` what the evidence says: supported, partly, contradicted, open (no usable
evidence was found) or value (a judgement of value, to which evidence does not speak).
"""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, did_you_mean, raise_if_any
from sim.inputs.metrics import METRICS
from sim.inputs.policy.levers import LEVERS

STATUSES: tuple[str, ...] = ("modelled", "lever", "outcome", "context")
VERDICTS: tuple[str, ...] = ("supported", "partly", "contradicted", "open", "value")
SPEAKERS: tuple[str, ...] = ("government", "stakeholder", "author", "reader", "page")

_TEXTS = ("section", "who", "says", "status", "how", "verdict", "finding")
_LISTS = ("documents", "modules", "parameters", "levers", "metrics", "tests", "evidence")
_EVIDENCE = re.compile(r"[A-H](?:-T)?\d{1,2}|T\d{1,2}")
# What carries a claim of each status: at least one of these columns must be filled.
_CARRIED_BY: Mapping[str, tuple[str, ...]] = {
    "modelled": ("modules",),
    "lever": ("levers",),
    "outcome": ("metrics",),
    "context": (),
}


@dataclass(frozen=True)
class Claim:
    """One claim. `documents` names the files it is in, `who` the kind of speaker, `says` the
    claim in our words, `how` what carries it or why nothing does; `modules`, `parameters`,
    `levers` and `metrics` name what does, `tests` what exercises it. `evidence` lists ids of
    the evidence tables, `finding` says what they hold. `line` is its place in the file."""

    number: int
    section: str
    documents: tuple[str, ...]
    who: str
    says: str
    status: str
    how: str
    modules: tuple[str, ...]
    parameters: tuple[str, ...]
    levers: tuple[str, ...]
    metrics: tuple[str, ...]
    tests: tuple[str, ...]
    evidence: tuple[str, ...]
    verdict: str
    finding: str
    line: int


COLUMNS: tuple[str, ...] = tuple(
    "claim" if f.name == "number" else f.name for f in fields(Claim) if f.name != "line"
)


def load_claims(
    parameters: Iterable[str] | None = None, path: Path | None = None
) -> dict[int, Claim]:
    """All claims by number, by default those of the file in seeds/.

    `parameters` are the names of the ledger, against which the column is checked when they
    are given. Raises InputError with everything wrong: a column, number, text or status
    missing, or a name that does not exist.
    """
    path = path or seeds_dir() / "claims.csv"
    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(path.name, f"cannot be read: {error}")) from error
    header = tuple(lines[0]) if lines else ()
    if header != COLUMNS:
        hint = f"the columns are {', '.join(COLUMNS)}"
        raise InputError(Problem(f"{path.name}, line 1", "has other columns", hint))
    known = None if parameters is None else frozenset(parameters)
    problems: list[Problem] = []
    claims: dict[int, Claim] = {}
    for number, cells in enumerate(lines[1:], start=2):
        where = f"{path.name}, line {number}"
        row = dict(zip(COLUMNS, cells, strict=False))
        wrong = [Problem(where, f"has {len(cells)} cells")] if len(cells) != len(COLUMNS) else []
        wrong = wrong or _check_row(row, where, known)
        if not wrong and int(row["claim"]) != number - 1:
            wrong = [Problem(where, f"claim {row['claim']} should be claim {number - 1}")]
        problems += wrong
        if not wrong:
            claims[number - 1] = _claim(row, number)
    raise_if_any(problems)
    return claims


def find_claim(claims: Mapping[int, Claim], text: str) -> Claim:
    """The claim of that number. Raises InputError where there is none, with the nearest."""
    word = text.strip().lstrip("#")
    if word.isdigit() and int(word) in claims:
        return claims[int(word)]
    last = max(claims)
    if word.lstrip("-").isdigit():
        nearest = min(max(int(word), 1), last)
        hint = f"the claims are 1 to {last}; the nearest is {nearest}: {claims[nearest].says}"
        raise InputError(Problem("claims", f"there is no claim {word}", hint))
    found = [c for c in claims.values() if word and word.lower() in f"{c.says} {c.how}".lower()]
    told = "; ".join(f"{c.number} ({c.says})" for c in found[:3])
    hint = f"claims that speak of it: {told}" if found else f"give a number from 1 to {last}"
    raise InputError(Problem("claims", f"{text!r} is not the number of a claim", hint))


def check_places(claims: Iterable[Claim], root: Path) -> list[Problem]:
    """Modules and tests that the register names and the source checkout `root` lacks."""
    problems = []
    for claim in claims:
        where = f"claims.csv, line {claim.line}"
        problems += [
            Problem(where, f"there is no module {name}")
            for name in claim.modules
            if not (root / name).is_file()
        ]
        for name in claim.tests:
            file, _, function = name.partition("::")
            defined = _functions(root / file)
            if function not in defined:
                problems.append(
                    Problem(where, f"there is no test {name}", did_you_mean(function, defined))
                )
    return problems


@lru_cache(maxsize=64)
def _functions(path: Path) -> frozenset[str]:
    """The functions at the top of a Python file; none where there is no such file."""
    if not path.is_file():
        return frozenset()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef))


def _check_row(row: Mapping[str, str], where: str, known: frozenset[str] | None) -> list[Problem]:
    problems = [Problem(f"{where}, {name}", "is empty") for name in _TEXTS if not row[name].strip()]
    if not row["claim"].isdigit():
        problems.append(Problem(f"{where}, claim", f"{row['claim']!r} is not a number"))
    for column, allowed in (("status", STATUSES), ("verdict", VERDICTS), ("who", SPEAKERS)):
        if row[column].strip() and row[column] not in allowed:
            hint = did_you_mean(row[column], allowed) or f"one of {', '.join(allowed)}"
            problems.append(Problem(f"{where}, {column}", f"there is no {row[column]!r}", hint))
    if problems:
        return problems
    carriers = _CARRIED_BY[row["status"]]
    if carriers and not any(row[column] for column in carriers):
        what = f"a claim of status {row['status']} needs {' or '.join(carriers)}"
        problems.append(Problem(where, what))
    if row["status"] != "context" and not row["tests"]:
        problems.append(Problem(where, "no test exercises it"))
    if not row["documents"]:
        problems.append(Problem(where, "names no document"))
    names: list[tuple[str, Iterable[str]]] = [("levers", LEVERS), ("metrics", METRICS)]
    if known is not None:
        names.append(("parameters", known))
    for column, there in names:
        problems += [
            Problem(f"{where}, {column}", f"there is no {name!r}", did_you_mean(name, there))
            for name in _split(row[column])
            if name not in there
        ]
    problems += [
        Problem(f"{where}, evidence", f"{name!r} is not the id of a row of evidence")
        for name in _split(row["evidence"])
        if not _EVIDENCE.fullmatch(name)
    ]
    return problems


def _claim(row: Mapping[str, str], line: int) -> Claim:
    texts = {name: row[name] for name in _TEXTS}
    lists = {name: _split(row[name]) for name in _LISTS}
    return Claim(
        number=int(row["claim"]),
        line=line,
        section=texts["section"],
        documents=lists["documents"],
        who=texts["who"],
        says=texts["says"],
        status=texts["status"],
        how=texts["how"],
        modules=lists["modules"],
        parameters=lists["parameters"],
        levers=lists["levers"],
        metrics=lists["metrics"],
        tests=lists["tests"],
        evidence=lists["evidence"],
        verdict=texts["verdict"],
        finding=texts["finding"],
    )


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())
