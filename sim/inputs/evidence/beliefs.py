"""Rival beliefs about the world: named sets of parameter values, each argued and sourced.

One TOML file a set of beliefs. A belief gives a parameter a value, or a range in which every
value is held equally likely. What a file does not name stays at the ledger's central value,
or is drawn from what is known (`others = "evidence"`): the fitted ensemble where there is
one, else the ledger's priors. `central` is the ledger's central values and has no file.

A file that says `thought_experiment = true` is believed by nobody: it may leave the ledger's
ranges, for instance to make all routes alike.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.evidence.beliefs_file import (
    CENTRAL,
    EVIDENCE,
    Belief,
    beliefs_path,
    check_beliefs,
    read_beliefs,
)
from sim.inputs.evidence.ledger import Ledger, load_ledger
from sim.inputs.evidence.priors import draw_priors, free_parameters
from sim.inputs.files.old_names import unknown_name
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import Problem, raise_if_any
from sim.units import Array

ENSEMBLE = "ensemble.csv"


@dataclass(frozen=True)
class Ensemble:
    """Draws that fit the record: `rows` (draws, columns) of the parameters in `columns`."""

    columns: tuple[str, ...]
    rows: Array

    def only(self, names: Container[str]) -> Ensemble | None:
        """The draws of some of the parameters, None where it has none of them."""
        places = [k for k, name in enumerate(self.columns) if name in names]
        columns = tuple(self.columns[k] for k in places)
        return Ensemble(columns, self.rows[:, places]) if places else None


@dataclass(frozen=True)
class Beliefs:
    """A set of beliefs over the parameters of `ledger`.

    `free` are the parameters drawn on their own, from a belief's range or a prior; those of
    the `ensemble` are drawn together, a row at a time.
    """

    name: str
    title: str
    description: str
    named: tuple[Belief, ...]
    free: tuple[str, ...]
    ensemble: Ensemble | None
    ledger: Ledger

    @property
    def drawn(self) -> tuple[str, ...]:
        """Every parameter that may differ between draws."""
        return self.free if self.ensemble is None else (*self.free, *self.ensemble.columns)

    @property
    def axes(self) -> tuple[str, ...]:
        """What each uniform of a draw decides: the free parameters, then the ensemble's row."""
        return self.free if self.ensemble is None else (*self.free, "ensemble")

    def fixed(self) -> dict[str, float]:
        """Every parameter, with those that are drawn at their central value."""
        values = {b.parameter: (b.low + b.high) / 2.0 for b in self.named}
        return {**self.ledger.central(), **values}

    def values(self, uniforms: Array) -> Array:
        """Draws (n, drawn) from uniforms (n, axes) in [0, 1]."""
        ranges = {b.parameter: b for b in self.named}
        own = [k for k, name in enumerate(self.free) if name in ranges]
        prior = [k for k, name in enumerate(self.free) if name not in ranges]
        draws = np.empty((len(uniforms), len(self.free)))
        for k in own:
            belief = ranges[self.free[k]]
            draws[:, k] = belief.low + uniforms[:, k] * (belief.high - belief.low)
        if prior:
            names = [self.free[k] for k in prior]
            draws[:, prior] = draw_priors(self.ledger, names, uniforms[:, prior])
        if self.ensemble is None:
            return draws
        count = len(self.ensemble.rows)
        row = np.minimum((uniforms[:, -1] * count).astype(np.intp), count - 1)
        return np.concatenate([draws, self.ensemble.rows[row]], axis=1)

    def parameters(self, values: Array) -> dict[str, float]:
        """Every parameter, given one row of `values`."""
        return {**self.fixed(), **dict(zip(self.drawn, map(float, values), strict=True))}

    def draw(self, number: int) -> dict[str, float]:
        """Every parameter in draw `number`, which depends on nothing but the number.

        A parameter has the same uniform in every set of beliefs: rival beliefs then differ
        by what they hold, not by chance.
        """
        if not self.drawn:
            return self.fixed()
        uniforms = np.array([[_uniform(axis, number) for axis in self.axes]])
        if self.ensemble is not None:  # draw k takes row (k - 1) mod n, so that all are used
            count = len(self.ensemble.rows)
            uniforms[:, -1] = ((number - 1) % count + 0.5) / count
        return self.parameters(self.values(uniforms)[0])

    def identity(self) -> dict[str, Any]:
        """All that decides the draws besides the ledger, as JSON."""
        ensemble = self.ensemble
        rows = None if ensemble is None else hashlib.sha256(ensemble.rows.tobytes()).hexdigest()
        named = [[b.parameter, b.low, b.high] for b in self.named]
        return {"name": self.name, "named": named, "free": list(self.free), "ensemble": rows}


def load_beliefs(name: str, ledger: Ledger | None = None, ensemble: Path | None = None) -> Beliefs:
    """Read a set of beliefs by its name or by the path of its file.

    Raises InputError with everything wrong: an unknown parameter (with the nearest), a value
    outside the ledger's range, a belief without reason or source.
    """
    raise_if_any(check_beliefs(name, "beliefs"))
    ledger = ledger or load_ledger()
    if name == CENTRAL:
        about = "Every parameter at the central value of the ledger."
        return Beliefs(name, "Central values", about, (), (), None, ledger)
    path = beliefs_path(name)
    problems: list[Problem] = []
    read = read_beliefs(path, ledger, problems)
    whole, named = read if read is not None else (None, [])
    fitted: Ensemble | None = None
    source = ensemble or seeds_dir() / ENSEMBLE
    if whole is not None and whole.others == EVIDENCE and source.is_file():
        fitted = read_ensemble(source, ledger, problems)
    raise_if_any(problems)
    assert whole is not None
    taken = {b.parameter for b in named}
    if fitted is not None:
        fitted = fitted.only({*ledger} - taken)
    together = () if fitted is None else fitted.columns
    priors = [n for n in free_parameters(ledger) if n not in taken and n not in together]
    free = {b.parameter for b in named if b.low < b.high}
    if whole.others == EVIDENCE:
        free |= {*priors}
    return Beliefs(
        name=path.stem,
        title=whole.title,
        description=whole.description,
        named=tuple(named),
        free=tuple(n for n in ledger if n in free),
        ensemble=fitted,
        ledger=ledger,
    )


def only(parameters: Iterable[str], ledger: Ledger) -> Beliefs:
    """Beliefs that leave open these parameters alone, each evenly over its whole range."""
    named = tuple(
        Belief(n, ledger[n].low, ledger[n].high, "varied on its own", ledger[n].source, "")
        for n in ledger
        if n in {*parameters}
    )
    free = tuple(belief.parameter for belief in named)
    about = "Central values, but for the parameters named."
    return Beliefs(CENTRAL, "Some parameters alone", about, named, free, None, ledger)


def read_ensemble(path: Path, ledger: Ledger, problems: list[Problem]) -> Ensemble | None:
    """The fitted draws: a CSV file with a row a draw and a column a parameter.

    A column whose name has no full stop is not a parameter and is left out.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        header, *rows = list(csv.reader(lines)) or [[]]
    places = [k for k, name in enumerate(header) if "." in name]
    unknown = [header[k] for k in places if header[k] not in ledger]
    problems += [
        unknown_name("parameter", name, f"{path.name}, line 1", ledger) for name in unknown
    ]
    try:
        values = np.array([[float(row[k]) for k in places] for row in rows], dtype=np.float64)
    except (ValueError, IndexError) as error:
        problems.append(Problem(path.name, f"cannot be read: {error}"))
        return None
    if not len(values) or not np.isfinite(values).all():
        problems.append(Problem(path.name, "has no draws, or draws that are not numbers"))
        return None
    return None if unknown else Ensemble(tuple(header[k] for k in places), values)


def _uniform(axis: str, number: int) -> float:
    digest = hashlib.sha256(f"belief {axis} {number}".encode()).digest()
    return (int.from_bytes(digest[:8], "little") + 0.5) / 2.0**64
