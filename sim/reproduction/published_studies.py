"""What published studies say: seeds/studies.csv."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from sim.inputs.files.places import seeds_dir
from sim.panel.published_estimates import rows_by_id

FILE = "studies.csv"
COLUMNS = (
    *("id", "study", "quantity", "unit", "estimate", "low", "high"),
    *("basis", "sample", "source"),
)
# A figure with its interval of 95 %, a figure alone, or a direction alone, where the tables of a
# study could not be read.
INTERVAL, FIGURE, RISES, NO_RISE = "interval", "figure", "rises", "no rise"
BASES = (INTERVAL, FIGURE, RISES, NO_RISE)
# Ratios are estimated, and averaged over countries, as logarithms.
RATIOS = ("odds ratio", "rate ratio")
UNITS = (*RATIOS, "log odds", "elasticity", "log", "per cent", "points")


@dataclass(frozen=True)
class PublishedResult:
    """One result; `estimate`, `low` and `high` are NaN where there is none."""

    id: str
    study: str
    quantity: str
    unit: str
    estimate: float
    low: float
    high: float
    basis: str
    sample: str
    source: str

    @property
    def is_ratio(self) -> bool:
        """Whether its logarithm is what is estimated."""
        return self.unit in RATIOS


def published_studies(folder: Path | None = None) -> tuple[PublishedResult, ...]:
    """Every result, in the order of the file.

    Raises InputError naming the file and row of everything wrong.
    """
    rows = rows_by_id((folder or seeds_dir()) / FILE, COLUMNS, _what_is_wrong)
    return tuple(map(_result, rows))


def _result(row: dict[str, str]) -> PublishedResult:
    words = {**row}
    estimate, low, high = (float(words.pop(name) or "nan") for name in ("estimate", "low", "high"))
    return PublishedResult(**words, estimate=estimate, low=low, high=high)


def _what_is_wrong(row: dict[str, str]) -> str:
    """Nothing where the row is in order."""
    if None in row or None in row.values():
        return "has too many or too few cells"
    try:
        numbers = [float(row[name] or "nan") for name in ("low", "estimate", "high")]
    except ValueError:
        return "estimate, low or high is not a number"
    if row["basis"] not in BASES or row["unit"] not in UNITS:
        return "basis or unit is not an allowed word"
    there = [not math.isnan(number) for number in numbers]
    wanted = {INTERVAL: [True] * 3, FIGURE: [False, True, False]}
    if there != wanted.get(row["basis"], [False] * 3):
        return "its figures do not go with its basis"
    if row["basis"] == INTERVAL and numbers != sorted(numbers):
        return "the estimate is outside its interval"
    if row["unit"] in RATIOS and any(number <= 0.0 for number in numbers):
        return "a ratio is not above nought"
    return ""
