"""How good a back-test is, as rows of text: every measure beside its bar, by start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

Rows = list[tuple[str, ...]]

ALL_STARTS = "all"
WIDTH_HEADER = (
    *("figure", "unit", "figures", "width of 80 %", "width of 95 %", "of observed"),
    "95 % of counts under 20, Poisson",
)
_AS_SHARE = "calibrated"
_ALL_GROUPS = "all groups"


def start_header(table: pd.DataFrame) -> tuple[str, ...]:
    """The columns of starts: all together first, where they are judged so."""
    starts = dict.fromkeys(table["start"].astype(str))
    return tuple(sorted(starts, key=lambda start: (start != ALL_STARTS, start)))


def measure_header(measures: pd.DataFrame) -> tuple[str, ...]:
    """The header over `measure_rows`."""
    starts = (f"from {start}" if start != ALL_STARTS else start for start in start_header(measures))
    return ("measure", "of", "bar", *starts)


def measure_rows(measures: pd.DataFrame) -> Rows:
    """One row a measure: its bar, and for each start the figure and whether the bar is met."""
    rows = []
    for (measure, of), part in measures.groupby(["measure", "of"], sort=False):
        cells = {str(row["start"]): _cell(row) for row in part.to_dict("records")}
        bars = (cells.get(start, "-") for start in start_header(measures))
        rows.append((str(measure), str(of), str(part["bar"].iloc[0]), *bars))
    return rows


def verdict(measures: pd.DataFrame) -> str:
    """How many bars are met, in a sentence."""
    met = int(measures["met"].sum())
    return f"{met} of {len(measures)} bars are met, {len(measures) - met} missed."


def missed_lines(measures: pd.DataFrame) -> list[str]:
    """What is missed, a line each, with what decides the figure."""
    missed = measures[measures["met"] == 0]
    return [
        f"{row['measure']}, {row['of']}, {_from(row)}: {_figure(row)} ({row['note']}); "
        f"the bar is {_bar(row)}"
        for row in missed.to_dict("records")
    ]


def group_rows(sharp: pd.DataFrame) -> Rows:
    """One row a group: the ratio against its hardest rival, by start."""
    judging = sharp[sharp["judging"] == 1]
    rows = []
    for group, part in judging.groupby("group", sort=False):
        cells = {
            str(row["start"]): f"{row['ratio']:.2f}" + _against(row)
            for row in part.to_dict("records")
        }
        rows.append((str(group), *(cells.get(start, "-") for start in start_header(sharp))))
    return rows


def width_rows(widths: pd.DataFrame) -> Rows:
    """One row a kind of figure, from the last start alone."""
    last = widths[widths["start"].astype(str) == widths["start"].astype(str).max()]
    return [
        (
            *(row["kind"], row["unit"], str(row["figures"])),
            *(_short(row[name]) for name in ("width80", "width95")),
            "-" if pd.isna(row["relative95"]) else f"{row['relative95']:.0%}",
            f"{_short(row['small95'])}, {_short(row['poisson95'])}" if row["small"] else "-",
        )
        for row in last.to_dict("records")
    ]


def _against(row: Mapping[Any, Any]) -> str:
    return "" if row["group"] == _ALL_GROUPS else f" ({row['rival']})"


def _cell(row: Mapping[Any, Any]) -> str:
    text = _figure(row)
    if row["measure"] == _AS_SHARE:
        text += f" of {row['bar_low']:.0%} to {row['bar_high']:.0%}"
    return f"{text}: {'met' if row['met'] else 'MISSED'}"


def _figure(row: Mapping[Any, Any]) -> str:
    if row["measure"] == _AS_SHARE:
        return f"{row['figure']:.0%}"
    interval = "" if pd.isna(row["low95"]) else f" ({row['low95']:.2f} to {row['high95']:.2f})"
    return f"{row['figure']:.2f}{interval}"


def _bar(row: Mapping[Any, Any]) -> str:
    if row["measure"] == _AS_SHARE:
        return f"{row['bar_low']:.0%} to {row['bar_high']:.0%}"
    return str(row["bar"])


def _from(row: Mapping[Any, Any]) -> str:
    return "all starts" if row["start"] == ALL_STARTS else f"from {row['start']}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"
