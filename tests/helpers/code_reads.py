"""Which parameters and levers the code reads, found in its source, and whether they exist.

A name such as "demand.surge_peak" is read where it stands as a literal subscript,
`p["demand.surge_peak"]`, or as what is asked for,
`levers.number("demand.surge")`. A name put together while running cannot be found, so none is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TypeGuard

from sim.inputs.evidence.ledger import Ledger
from sim.inputs.files.problems import Problem, did_you_mean
from sim.inputs.policy.levers import LEVERS

_DOTTED = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


def dotted_reads(source_root: Path) -> dict[str, str]:
    """Each dotted name read in the Python files under a folder, and where it is first read."""
    reads: dict[str, str] = {}
    for path in sorted(source_root.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript):
                place = node.slice
            elif _reads_a_lever(node):
                place = node.args[0]
            else:
                continue
            name = place.value if isinstance(place, ast.Constant) else None
            if isinstance(name, str) and _DOTTED.fullmatch(name):
                file = path.relative_to(source_root.parent).as_posix()
                reads.setdefault(name, f"{file}, line {node.lineno}")
    return reads


def _reads_a_lever(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether a call asks for a lever by its name (`sim.model.settings.LeversInForce`)."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("number", "whole", "on", "text")
        and bool(node.args)
    )


def unknown_reads(reads: Mapping[str, str], parameters: Iterable[str]) -> list[Problem]:
    """A problem for each name the code reads that is neither a parameter nor a lever."""
    known = [*parameters, *LEVERS]
    return [
        Problem(
            where,
            f"the code reads {name!r}, which neither the ledger nor the levers have",
            did_you_mean(name, known),
        )
        for name, where in reads.items()
        if name not in known
    ]


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


def unread_levers(reads: Mapping[str, str]) -> list[Problem]:
    """A problem for each lever that no code reads: setting it would change nothing."""
    return [
        Problem("levers.toml", f"no code reads the lever {name!r}")
        for name in LEVERS
        if name not in reads
    ]
