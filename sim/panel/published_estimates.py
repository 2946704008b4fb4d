"""The estimates from the record that simulated councils must return: seeds/panel_estimates.csv."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, raise_if_any

FILE = "panel_estimates.csv"
COLUMNS = (
    *("id", "table", "quantity", "estimate", "low", "high", "unit"),
    *("basis", "headline", "sample", "source"),
)
# Where the interval comes from: the register's own 90 %, an allowance of this project where the
# register gives a figure alone, or nowhere.
BASES = ("published", "allowance", "no interval")


@dataclass(frozen=True)
class PublishedEstimate:
    """One estimate; `low` and `high` are NaN where there is no interval."""

    id: str
    table: str
    quantity: str
    estimate: float
    low: float
    high: float
    unit: str
    basis: str
    headline: bool
    sample: str
    source: str

    @property
    def has_interval(self) -> bool:
        """Whether it can be said what is within."""
        return not math.isnan(self.low)

    def holds(self, value: float) -> bool:
        """Whether a figure lies within the interval."""
        return self.low <= value <= self.high


def published_estimates(folder: Path | None = None) -> tuple[PublishedEstimate, ...]:
    """Every estimate, in the order of the file.

    Raises InputError naming the file and row of everything wrong.
    """
    rows = rows_by_id((folder or seeds_dir()) / FILE, COLUMNS, _what_is_wrong)
    return tuple(map(_estimate, rows))


def rows_by_id(
    path: Path, columns: tuple[str, ...], what_is_wrong: Callable[[dict[str, str]], str]
) -> list[dict[str, str]]:
    """The rows of a table of published figures, whose column `id` names each once.

    `what_is_wrong` says it of a row, nothing where the row is in order. Raises InputError naming
    the file and row of everything wrong.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            table = csv.DictReader(lines, strict=True)
            header, rows = tuple(table.fieldnames or ()), list(table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(Problem(str(path), f"cannot be read: {error}")) from error
    if header != columns:
        raise InputError(Problem(str(path), f"has not the columns {', '.join(columns)}"))
    problems: list[Problem] = []
    sound: dict[str, dict[str, str]] = {}
    for line, row in enumerate(rows, start=2):
        what = what_is_wrong(row)
        if not what and row["id"] in sound:
            what = f"{row['id']} stands twice"
        if what:
            problems.append(Problem(f"{path}, row {line}", what))
        else:
            sound[row["id"]] = row
    raise_if_any(problems)
    return list(sound.values())


def _estimate(row: dict[str, str]) -> PublishedEstimate:
    estimate, low, high = (float(row[name] or "nan") for name in ("estimate", "low", "high"))
    words = {name: row[name] for name in ("id", "table", "quantity", "unit", "basis")}
    return PublishedEstimate(
        **words,
        estimate=estimate,
        low=low,
        high=high,
        headline=row["headline"] == "yes",
        sample=row["sample"],
        source=row["source"],
    )


def _what_is_wrong(row: dict[str, str]) -> str:
    """Nothing where the row is in order."""
    if None in row or None in row.values():
        return "has too many or too few cells"
    try:
        numbers = [float(row[name] or "nan") for name in ("low", "estimate", "high")]
    except ValueError:
        return "estimate, low or high is not a number"
    if row["basis"] not in BASES or row["headline"] not in ("yes", "no"):
        return "basis or headline is not an allowed word"
    if not math.isfinite(numbers[1]):
        return "has no estimate"
    if any(map(math.isnan, numbers)) != (row["basis"] == "no interval"):
        return "its interval does not go with its basis"
    if row["basis"] != "no interval" and not numbers[0] <= numbers[1] <= numbers[2]:
        return "the estimate is outside its interval"
    return ""
