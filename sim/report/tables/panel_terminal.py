"""Simulated councils in the council panel, as a person reads it on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sim.report.tables.terminal import print_lines, print_table, print_title

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
Row = Mapping[str, object]


def print_panel(rows: Sequence[Row], *, everything: bool) -> None:
    """Print rows of a comparison (by the names of its columns) table by table: headline estimates
    or `everything`; then which headline estimates are outside, and a count."""
    for table, title in TITLES.items():
        own = [r for r in _of(rows, table) if everything or r["headline"]]
        print_table(title, HEADER, map(_cells, own), right=(2, 4, 6))
    outside = [row for row in rows if row["headline"] and row["simulated_verdict"] == "outside"]
    print_title(f"Headline estimates that simulated councils miss ({len(outside)}):")
    print_lines((_line(row) for row in outside), "  ")
    print_title("Simulated estimates within their intervals")
    print_lines((_count(rows, table) for table in TITLES), "  ")


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


def _line(row: Row) -> str:
    return (
        f"{row['id']}: {row['quantity']}: {_short(row['simulated'])} "
        f"against {_interval(row, 'low', 'high')}"
    )


def _count(rows: Iterable[Row], table: str) -> str:
    parts = []
    for name, some in (
        ("headline", [row for row in _of(rows, table) if row["headline"]]),
        ("all", _of(rows, table)),
    ):
        counts = Counter(row["simulated_verdict"] for row in some)
        parts.append(f"{counts['within']} of {counts['within'] + counts['outside']} {name}")
    return f"{table}: {', '.join(parts)}"


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
