"""Copies of the seed tables that a test may spoil."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

from sim.inputs.councils.table_specs import SPECS
from sim.inputs.files.places import seeds_dir

Row = dict[str, str]


def copy_seeds(folder: Path) -> Path:
    """A copy of every seed table in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for spec in SPECS:
        shutil.copy(seeds_dir() / f"{spec.name}.csv", folder)
    return folder


def read_rows(name: str, folder: Path | None = None) -> list[Row]:
    """The rows of a seed table, as text, read without the code under test."""
    with ((folder or seeds_dir()) / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rewrite(folder: Path, name: str, change: Callable[[Row], Row]) -> None:
    """Rewrite a table with `change` applied to every row."""
    rows = [change(dict(row)) for row in read_rows(name, folder)]
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
