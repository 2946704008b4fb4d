"""Simulated councils in the council panel, as a person reads it on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sim.report.tables.terminal import print_table

HEADER = ("quantity", "unit", "published", "interval", "record", "", "simulated", "5 to 95 %", "")
TITLES = {
    "P1": "P1 What spending power does to spending",
    "P2": "P2 What money and demand do to staff",
    "P3": "P3 After a new inadequate judgement",
    "P4": "P4 Staff from one year to the next",
    "P5": "P5 Circumstances before an inspection, and its grade",
    "P6": "P6 Early help and need",
    "P7": "P7 How far single councils move",
}
_TEXTS = ("id", "quantity", "unit", "basis", "record_verdict", "simulated_verdict", "note")
Row = Mapping[str, object]


def print_panel(rows: Sequence[Row], *, everything: bool) -> None:
    """Print rows of a comparison (by the names of its columns) table by table: headline estimates
    or `everything`; then which headline estimates are outside, and a count."""
    for table, title in TITLES.items():
        own = [r for r in _of(rows, table) if everything or r["headline"]]
        print_table(title, HEADER, map(_cells, own), right=(2, 4, 6))
    missed = missed_rows(rows)
    print_table(
        f"Headline estimates that simulated councils miss ({len(missed)})",
        ("estimate", "published", "record", "simulated"),
        missed,
        right=(2, 3),
    )
    header = ("of the record", "headline estimates within", "all within")
    print_table("Simulated estimates within their intervals", header, count_rows(rows))


def missed_rows(rows: Iterable[Row]) -> list[tuple[str, ...]]:
    """Headline estimates that are outside: quantity, interval, record, simulated."""
    return [
        (
            *(f"{row['id']}: {row['quantity']}", _interval(row, "low", "high")),
            *(_short(row["record"]), _short(row["simulated"])),
        )
        for row in rows
        if row["headline"] and row["simulated_verdict"] == "outside"
    ]


def count_rows(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """By table: how many headline estimates, and how many of all, are within their intervals."""
    counts = []
    for table, title in TITLES.items():
        own = _of(rows, table)
        parts = ([row for row in own if row["headline"]], own)
        counts.append((title, *map(_share_within, parts)))
    return counts


def read_comparison(path: Path, texts: Collection[str] = _TEXTS) -> list[Row]:
    """The rows of a comparison that was written; columns but for `texts` are numbers."""
    table = pd.read_csv(path, keep_default_na=False)
    numbers = [name for name in table.columns if name not in texts]
    table[numbers] = table[numbers].apply(pd.to_numeric)
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]


def _of(rows: Iterable[Row], table: str) -> list[Row]:
    return [row for row in rows if str(row["id"]).startswith(table)]


def _cells(row: Row) -> tuple[str, ...]:
    return (
        *(str(row["quantity"]), str(row["unit"]), _short(row["published"])),
        _interval(row, "low", "high"),
        *(_short(row["record"]), _word(row["record_verdict"])),
        *(_short(row["simulated"]), _interval(row, "simulated_low", "simulated_high")),
        _word(row["simulated_verdict"]),
    )


def _share_within(rows: Iterable[Row]) -> str:
    counts = Counter(row["simulated_verdict"] for row in rows)
    return f"{counts['within']} of {counts['within'] + counts['outside']}"


def _word(verdict: object) -> str:
    return "" if verdict == "no interval" else str(verdict)


def _interval(row: Row, low: str, high: str) -> str:
    first, last = _short(row[low]), _short(row[high])
    return f"{first} to {last}" if first and last else ""


def _short(value: object) -> str:
    assert isinstance(value, float | int)
    if value != value:
        return ""
    return f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.2f}"
