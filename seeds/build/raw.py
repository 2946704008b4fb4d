"""Reading raw facts, resolving their dates, and writing tables."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

Row = dict[str, str]

# Published after this day means unknown to the project: nothing later may enter a table.
CUT = date(2024, 8, 31)


class Facts:
    """The folder of raw facts; each file is read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read = lru_cache(maxsize=None)(self._load)

    def _load(self, name: str) -> list[Row]:
        with (self.folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def rows(self, name: str) -> list[Row]:
        """The rows of `name`.csv."""
        return self._read(name)

    def codes(self) -> list[str]:
        """Every council that stood at some time from 2013 to the cut, by DfE code."""
        return sorted(row["dfe_code"] for row in self.rows("local_authorities"))

    def by_key(self, name: str, *keys: str) -> dict[tuple[str, ...], Row]:
        """The rows of `name`.csv by their key columns."""
        return {tuple(row[key] for key in keys): row for row in self.rows(name)}


def additions(name: str) -> list[Row]:
    """Facts of our own, read by hand from the public pages they name."""
    with (Path(__file__).parent / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text: str) -> str:
    """A figure as it should be written: whole numbers without ".0", blanks kept."""
    text = text.strip()
    if not text or text == "..":
        return ""
    return f"{float(text):.10g}"


def resolve(text: str) -> tuple[str, str]:
    """An exact day and its precision: a month becomes its first day, a year its 1 July.

    Accepts 2015, 2015-05, 2015-05-12, "May 2015" and "12 May 2015".
    """
    text = text.strip()
    if not text:
        return "", ""
    for pattern, precision in (
        ("%Y-%m-%d", "day"),
        ("%d %B %Y", "day"),
        ("%Y-%m", "month"),
        ("%B %Y", "month"),
    ):
        try:
            return datetime.strptime(text, pattern).date().isoformat(), precision
        except ValueError:
            continue
    return f"{int(text)}-07-01", "year"


def write_table(path: Path, rows: Sequence[Row]) -> None:
    """Write `rows` (all with the same columns) as UTF-8 CSV with Unix line ends."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
