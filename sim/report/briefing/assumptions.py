"""The assumptions that matter most: what the ledger says of its own weak points."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.inputs.evidence.ledger import RATINGS, Ledger, load_ledger
from sim.report.charts.chart import csv_bytes
from sim.report.words.prose import CitedNumber, cite

FILE = "charts/assumptions.csv"


@dataclass(frozen=True)
class Assumption:
    """One parameter on which much of the answer hangs."""

    name: str
    drives: str
    unit: str
    value: CitedNumber
    low: CitedNumber
    high: CitedNumber
    quality: str
    source: str


def weighty(ledger: Ledger | None = None) -> pd.DataFrame:
    """Parameters of red impact, those of the worst evidence first; columns as in the ledger."""
    rows = [
        {
            "parameter": item.name,
            "value": item.value,
            "low": item.low,
            "high": item.high,
            "unit": item.unit,
            "drives": item.drives,
            "quality": item.quality,
            "source": item.source,
        }
        for item in (ledger or load_ledger()).values()
        if item.impact == "red"
    ]
    rows.sort(key=lambda row: -RATINGS.index(str(row["quality"])))
    columns = ["parameter", "value", "low", "high", "unit", "drives", "quality", "source"]
    return pd.DataFrame(rows, columns=columns)


def write_assumptions(folder: Path) -> list[Assumption]:
    """Put the weighty parameters into the run folder and give them, each with its cells."""
    table = weighty()
    (folder / FILE).parent.mkdir(exist_ok=True)
    (folder / FILE).write_bytes(csv_bytes(table))
    return [
        Assumption(
            name=str(row["parameter"]),
            drives=str(row["drives"]),
            unit=str(row["unit"]),
            quality=str(row["quality"]),
            source=str(row["source"]),
            **{
                name: _figure(str(row["parameter"]), name, float(row[name]))
                for name in ("value", "low", "high")
            },
        )
        for row in table.to_dict("records")
    ]


def _figure(parameter: str, column: str, value: float) -> CitedNumber:
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    places = len(text.partition(".")[2])
    return cite(value, places, FILE, column, {"parameter": parameter})
