"""Fitted ensembles: parameter sets that agree with the record, in seeds/ensemble.csv (every run's)
and seeds/ensemble_to_2022.csv (the one that is tested).

One row a set: its number, the last day of the record it was fitted to, and a value for every
parameter of the ledger that is not fixed.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.inputs.evidence.beliefs import ENSEMBLE, read_ensemble
from sim.inputs.evidence.ledger import Ledger
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, clipped, collecting, raise_if_any
from sim.results.summary_tables import write_csv
from sim.units import Array

_HINT = "run `simulate calibrate` again"


@dataclass(frozen=True)
class FittedEnsemble:
    """The parameter sets, every parameter of the ledger in each."""

    sets: tuple[Mapping[str, float], ...]
    fitted_until: date


def write_ensemble(path: Path, names: Sequence[str], values: Array, until: date) -> None:
    """Write parameter sets (sets, names), five significant digits each."""
    rows = (
        (number, until, *(f"{value:.5g}" for value in row))
        for number, row in enumerate(values, start=1)
    )
    write_csv(path, ("set", "fitted_until", *names), rows)


def load_ensemble(ledger: Ledger, path: Path | None = None) -> FittedEnsemble:
    """Read an ensemble, every run's where no `path` is given; a parameter that it lacks is at the
    ledger's central value.

    Raises InputError where there is no ensemble, or it does not fit the ledger.
    """
    path = path or seeds_dir() / ENSEMBLE
    if not path.is_file():
        raise InputError(Problem(str(path), "there is no fitted ensemble", _HINT))
    problems: list[Problem] = []
    drawn = read_ensemble(path, ledger, problems)
    until = date.min
    with collecting(problems):
        until = fitted_until(path)
    if drawn is not None:
        for name, column in zip(drawn.columns, drawn.rows.T, strict=True):
            low, high = ledger[name].low, ledger[name].high
            slack = 1e-4 * max(abs(low), abs(high))  # values are rounded in the file
            if column.min() < low - slack or column.max() > high + slack:
                what = f"{name} goes beyond the ledger's range {low:g} to {high:g}"
                problems.append(Problem(path.name, what, _HINT))
    raise_if_any(problems)
    assert drawn is not None
    central = ledger.central()
    sets = (central | dict(zip(drawn.columns, row, strict=True)) for row in drawn.rows.tolist())
    return FittedEnsemble(tuple(sets), until)


def fitted_until(path: Path | None = None) -> date:
    """The last day of the record that an ensemble was fitted to. Raises InputError where its file
    does not say."""
    path = path or seeds_dir() / ENSEMBLE
    with path.open(encoding="utf-8", newline="") as lines:
        days = {row.get("fitted_until", "") for row in csv.DictReader(lines)}
    if len(days) != 1:
        what = "does not say to which day it was fitted"
        raise InputError(Problem(path.name, what, _HINT))
    day = days.pop()
    try:
        return date.fromisoformat(day)
    except ValueError:
        what = f"was fitted to {clipped(day, 30)!r}, which is no day"
        raise InputError(Problem(path.name, what, _HINT)) from None
