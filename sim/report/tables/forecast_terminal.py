"""A sealed forecast, and how it scored, as a person reads them on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.report.tables.terminal import print_figures, print_lines, print_table
from sim.report.words.prose import amount

_MIDDLE, _LOW, _HIGH = 0.5, 0.1, 0.9
_UNITS = ("%", "FTE", "GBP m")  # those that a title does not say
Row = Mapping[str, Any]


def print_forecast(record: Row, figures: pd.DataFrame) -> None:
    """Print the last figures of England of each series (the rows of forecast.csv), what the
    forecast is, and its seal."""
    england = figures[figures["code"] == "England"]
    rows = []
    for name, own in england.groupby("series", sort=False):
        series = record["series"][str(name)]
        last = own[own["date"] == own["date"].max()].set_index("quantile")["value"]
        values = [float(last[level]) for level in (_MIDDLE, _LOW, _HIGH)]
        middle, low, high = (amount(value, values) for value in values)
        title = series["title"]
        title += f" ({series['unit']})" if series["unit"] in _UNITS else ""
        rows.append((title, str(own["date"].max()), middle, f"{low} to {high}"))
    print_figures(
        f"Forecast of England from {record['start']}: {record['title']}",
        ("", "on or to", "median", "80 % interval"),
        rows,
        f"{record['replications']} replications, seed {record['seed']}, beliefs "
        f"{record['beliefs']['name']}",
    )
    print_lines([record["about"], f"Sealed on {record['sealed_on']}: {record['seal']}"])


def print_scores(record: Row, scores: Sequence[Row], first: str, last: str) -> None:
    """Print how each series scored (rows by the names of their columns)."""
    print_table(
        f"Forecast sealed on {record['sealed_on']}, against figures from {first} to {last}",
        (
            *("series", "of", "figures", "in 50 %", "in 80 %", "in 95 %"),
            *("score", "naive", "skill", "unit of the score"),
        ),
        [_cells(row) for row in scores],
        below="score: mean CRPS, for grades the ranked probability score; lower is better\n"
        "naive: that of the naive forecast sealed with it (last value with its own past changes; "
        "for grades a Markov chain)\nskill: how much lower the score is",
        right=range(2, 9),
    )
    logs = [row for row in scores if row["log_score"] == row["log_score"]]
    print_lines(
        f"Log score of {row['series']}s: {row['log_score']:.3f}, naive {row['naive_log_score']:.3f}"
        " (lower is better)"
        for row in logs
    )
    seal = f"Seal, to be compared with the one made known before the figures: {record['seal']}"
    print_lines([record["about"], seal])


def _cells(row: Row) -> tuple[str, ...]:
    naive = row["naive_score"]
    skill = f"{1.0 - row['score'] / naive:.0%}" if naive and naive == naive else ""
    return (
        *(str(row["series"]), str(row["area"]), str(row["figures"])),
        *("" if row[n] != row[n] else f"{row[n]:.0%}" for n in _INSIDE),
        *("" if row[n] != row[n] else f"{row[n]:.3g}" for n in ("score", "naive_score")),
        *(skill, str(row["unit"])),
    )


_INSIDE = ("inside_50", "inside_80", "inside_95")
