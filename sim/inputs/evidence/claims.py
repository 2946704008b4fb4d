"""The register of claims: what the source documents say, and what carries it in the model.

One row of seeds/claims.csv for each claim. `status` says how a claim is carried:

    modelled  a mechanism with parameters
    lever     a choice that a scenario makes
    outcome   nothing is put in; the figure comes out
    context   nothing to carry, with the reason

and `verdict` what the evidence says: supported, partly, contradicted, open (no usable
evidence was found) or value (a judgement of value, to which evidence does not speak).

`experiment` is written by `simulate claims --record`: what the model itself shows of the claim
when what carries it is switched off. A claim that is modelled may be shown contrary.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from sim.inputs.evidence.experiments import OfClaim
from sim.inputs.files.entries import Entry, Text, checked_by, read_entry, refuse_if_any
from sim.inputs.files.old_names import unknown_name
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, did_you_mean, raise_if_any
from sim.inputs.metrics import METRICS
from sim.inputs.policy.levers import LEVERS

Status = Literal["modelled", "lever", "outcome", "context"]
Verdict = Literal["supported", "partly", "contradicted", "open", "value"]
Speaker = Literal["government", "stakeholder", "author", "reader", "page"]
STATUSES: tuple[str, ...] = get_args(Status)
VERDICTS: tuple[str, ...] = get_args(Verdict)

_EVIDENCE = re.compile(r"[A-H](?:-T)?\d{1,2}|T\d{1,2}")
# What carries a claim of each status: at least one of these columns must be filled.
_CARRIED_BY: Mapping[str, str] = {"modelled": "modules", "lever": "levers", "outcome": "metrics"}


def _split(cell: Any) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(cell).split(";") if part.strip())


def _known_in(names: Iterable[str]) -> Callable[[tuple[str, ...], str], list[Problem]]:
    """A check that each item of a cell is one of `names`."""

    def check(items: tuple[str, ...], where: str) -> list[Problem]:
        return [
            Problem(where, f"there is no {item!r}", did_you_mean(item, names))
            for item in items
            if item not in names
        ]

    return check


def _check_evidence(items: tuple[str, ...], where: str) -> list[Problem]:
    return [
        Problem(where, f"{item!r} is not the id of a row of evidence")
        for item in items
        if not _EVIDENCE.fullmatch(item)
    ]


# A cell that lists several things, separated by semicolons.
_Items = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Claim(Entry):
    """One claim, a row of the file.

    `documents` names the files it is in, `who` the kind of speaker, `says` the claim in our
    words, `how` what carries it or why nothing does; `modules`, `parameters`, `levers` and
    `metrics` name what does, `tests` what exercises it. `evidence` lists ids of the evidence
    tables, `finding` says what they hold. `experiment` is what the claim's own experiments
    last showed (seeds/experiments.csv). `line` is its place in the file.
    """

    number: Annotated[int, Field(strict=False)] = Field(validation_alias="claim")
    section: Text
    documents: _Items
    who: Speaker
    says: Text
    status: Status
    how: Text
    modules: _Items
    parameters: _Items
    levers: Annotated[_Items, checked_by(_known_in(LEVERS))]
    metrics: Annotated[_Items, checked_by(_known_in(METRICS))]
    tests: _Items
    evidence: Annotated[_Items, checked_by(_check_evidence)]
    verdict: Verdict
    finding: Text
    experiment: OfClaim
    line: int

    @field_validator("parameters")
    @classmethod
    def _are_in_the_ledger(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """The context is the names of the ledger, None where they are not to be checked."""
        if info.context is not None:
            refuse_if_any(
                unknown_name("parameter", name, "", info.context)
                for name in names
                if name not in info.context
            )
        return names

    @model_validator(mode="after")
    def _is_carried(self) -> Claim:
        problems = []
        carrier = _CARRIED_BY.get(self.status)
        if carrier is not None and not getattr(self, carrier):
            problems.append(Problem("", f"a claim of status {self.status} needs {carrier}"))
        if self.status != "context" and not self.tests:
            problems.append(Problem("", "no test exercises it"))
        if not self.documents:
            problems.append(Problem("", "names no document"))
        if self.number != self.line - 1:
            problems.append(
                Problem("claim", f"claim {self.number} should be claim {self.line - 1}")
            )
        refuse_if_any(problems)
        return self


COLUMNS: tuple[str, ...] = tuple(
    str(field.validation_alias or name)
    for name, field in Claim.model_fields.items()
    if name != "line"
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
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(path.name, f"cannot be read: {error}")) from error
    header = tuple(rows[0]) if rows else ()
    if header != COLUMNS:
        hint = f"the columns are {', '.join(COLUMNS)}"
        raise InputError(Problem(f"{path.name}, line 1", "has other columns", hint))
    known = None if parameters is None else frozenset(parameters)
    problems: list[Problem] = []
    claims: dict[int, Claim] = {}
    for line, cells in enumerate(rows[1:], start=2):
        where = partial(_place, path.name, line)
        if len(cells) != len(COLUMNS):
            problems.append(Problem(where(), f"has {len(cells)} cells"))
            continue
        row = dict(zip(COLUMNS, cells, strict=True))
        claim = read_entry(Claim, row, where, problems, context=known, line=line)
        if claim is not None:
            claims[claim.number] = claim
    raise_if_any(problems)
    return claims


def _place(file: str, line: int, *column: str) -> str:
    return ", ".join([file, f"line {line}", *column])


def with_experiments(text: str, of_claim: Callable[[int], OfClaim]) -> str:
    """The text of the register with the column `experiment` written anew, and nothing else.

    `of_claim` gives what a claim's experiments show, by its number. A register that has no such
    column yet gets it.
    """
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    width = len(COLUMNS) - 1
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*header[:width], COLUMNS[-1]])
    writer.writerows([*row[:width], of_claim(int(row[0]))] for row in rows)
    return out.getvalue()


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
    about = [c for c in claims.values() if word and word.lower() in f"{c.says} {c.how}".lower()]
    listed = "; ".join(f"{c.number} ({c.says})" for c in about[:3])
    hint = f"claims that speak of it: {listed}" if about else f"give a number from 1 to {last}"
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
