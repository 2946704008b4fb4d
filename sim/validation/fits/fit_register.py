"""The register of fits, seeds/fits.csv: what each ensemble in the seeds was fitted to and with.

Two fits are kept. The first uses the record to March 2022 and is the one that is tested on what
came after; the second uses all that is known, by the same recipe, and is what every run uses.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

from sim.inputs.evidence.beliefs import ENSEMBLE
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem
from sim.results.identity import CODE_OF_RUNS, code_sha256, seeds_sha256
from sim.results.summary_tables import write_csv
from sim.validation.targets import ALL_KNOWN, FITTED, Window

REGISTER = "fits.csv"
TESTED_ENSEMBLE = "ensemble_to_2022.csv"
# The ensembles in the seeds, and the window of the record that each is fitted to.
WINDOWS = {TESTED_ENSEMBLE: FITTED, ENSEMBLE: ALL_KNOWN}
# What decides the numbers of a fit, beside the seeds.
CODE_OF_FITS = (*CODE_OF_RUNS, "validation", "validation/calibration.py")
_HASH = 12  # letters, as of a run's name


@dataclass(frozen=True)
class FitRecord:
    """One fit: the file of its ensemble, the days of the record after `after` up to `until` that
    it was fitted to, how many figures, the random seed, the countries simulated, hashes of the
    code and of the seeds, and the parameters that the figures could move (all others are drawn
    from their priors)."""

    ensemble: str
    after: date
    until: date
    figures: int
    seed: int
    countries: int
    code: str
    seeds: str
    moved: tuple[str, ...]


def code_of_fit() -> tuple[str, str]:
    """Hashes of the code and of the seeds that a fit made now rests on."""
    return code_sha256(CODE_OF_FITS)[:_HASH], seeds_sha256(without=ENSEMBLE)[:_HASH]


def ensemble_for(window: Window) -> str | None:
    """The file in the seeds that holds the fit to a window; None where none does."""
    return next((name for name, own in WINDOWS.items() if own == window), None)


def read_register(path: Path | None = None) -> dict[str, FitRecord]:
    """The fits on record by the file of their ensemble. Raises InputError where the register cannot
    be read, or lacks one of the two."""
    path = path or seeds_dir() / REGISTER
    hint = "run `simulate calibrate` again"
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            records = [_record(row) for row in csv.DictReader(lines)]
    except OSError as error:
        raise InputError(Problem(path.name, "the register of fits cannot be read", hint)) from error
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(Problem(path.name, f"cannot be read: {error}", hint)) from error
    return {record.ensemble: record for record in records}


def write_record(record: FitRecord, path: Path | None = None) -> None:
    """Put a fit in the register, in place of the one of the same file."""
    path = path or seeds_dir() / REGISTER
    records = read_register(path) if path.is_file() else {}
    records[record.ensemble] = record
    names = sorted(records, key=lambda name: (records[name].until, name))
    columns = [field.name for field in fields(FitRecord)]
    write_csv(path, columns, (_row(records[name]) for name in names))


def _row(record: FitRecord) -> Sequence[object]:
    *values, moved = astuple(record)
    return (*values, " ".join(moved))


def _record(row: dict[str, str]) -> FitRecord:
    return FitRecord(
        ensemble=row["ensemble"],
        after=date.fromisoformat(row["after"]),
        until=date.fromisoformat(row["until"]),
        figures=int(row["figures"]),
        seed=int(row["seed"]),
        countries=int(row["countries"]),
        code=row["code"],
        seeds=row["seeds"],
        moved=tuple(row["moved"].split()),
    )
