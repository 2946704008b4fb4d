"""The assumptions that matter most: what the ledger says of its own weak points."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.inputs.evidence.ledger import RATINGS, Parameter, load_ledger
from sim.report.charts.chart import csv_bytes
from sim.report.output_files import write_files
from sim.report.words.prose import CitedNumber, cite

FILE = "charts/assumptions.csv"
_COLUMNS = ("value", "low", "high", "unit", "drives", "quality", "source")


@dataclass(frozen=True)
class Assumption:
    """One parameter on which much of the answer hangs, its numbers with their cells."""

    parameter: Parameter
    value: CitedNumber
    low: CitedNumber
    high: CitedNumber


def _weighty() -> list[Parameter]:
    """Parameters of red impact, those of the worst evidence first."""
    chosen = [item for item in load_ledger().values() if item.impact == "red"]
    return sorted(chosen, key=lambda item: -RATINGS.index(item.quality))


def assumptions_table() -> pd.DataFrame:
    """The parameters on which most of the answer hangs; columns as in the ledger."""
    rows = [(item.name, *(getattr(item, name) for name in _COLUMNS)) for item in _weighty()]
    return pd.DataFrame(rows, columns=["parameter", *_COLUMNS])


def write_assumptions(folder: Path) -> list[Assumption]:
    """Put the weighty parameters into the run folder and give them, each with its cells."""
    write_files({folder / FILE: csv_bytes(assumptions_table())})
    return [
        Assumption(item, *(_figure(item, column) for column in ("value", "low", "high")))
        for item in _weighty()
    ]


def _figure(item: Parameter, column: str) -> CitedNumber:
    value = float(getattr(item, column))
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    places = len(text.partition(".")[2])
    return cite(value, places, FILE, column, {"parameter": item.name})
