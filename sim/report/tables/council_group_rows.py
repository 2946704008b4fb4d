"""Where a back-test loses, by group of councils: rows of text for a page and for the screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

Rows = list[tuple[str, ...]]

NAMED = 3  # groups at either end
ALL = "all councils"
# How often groups put together at random differ as much.
_CHANCE = "by chance: region, kind, deprivation"
SCORE_HEADER = (
    *("quantity", "councils", "naive forecast", "model's score over its (95 %)"),
    *("loses most", "does best", _CHANCE),
)
ERROR_HEADER = ("quantity", "model too high by (95 %)", "highest", "lowest", _CHANCE)
_GROUPINGS = ("region", "kind", "deprivation")
# Groups as they are named in a sentence.
_NAMES = {
    "County": "counties",
    "London Borough": "London boroughs",
    "Metropolitan District": "metropolitan districts",
    "Unitary Authority": "unitary authorities",
    "least deprived": "least deprived third",
    "middling": "middling third",
    "most deprived": "most deprived third",
}


def score_rows(groups: pd.DataFrame) -> Rows:
    """One row a quantity from the last start: mean score of the model over that of the better naive
    forecast, and the groups where it is highest and lowest."""
    return [
        (
            *(_quantity(whole), str(whole["councils"]), whole["rival"]),
            f"{whole['ratio']:.2f} ({whole['ratio_low95']:.2f} to {whole['ratio_high95']:.2f})",
            _named(parts, "ratio", -1, lambda row: f"{row['ratio']:.2f}"),
            _named(parts, "ratio", 1, lambda row: f"{row['ratio']:.2f}"),
            _chances(parts, "chance_ratio"),
        )
        for whole, parts in _by_quantity(groups)
    ]


def error_rows(groups: pd.DataFrame) -> Rows:
    """One row a quantity from the last start: how much too high the model is, and the group for
    which it is most so, and least so."""
    return [
        (
            _quantity(whole),
            f"{_error(whole, 'error')} ({_error(whole, 'error_low95')} to "
            f"{_error(whole, 'error_high95')}) {_unit(whole)}",
            _named(parts, "error", -1, lambda row: _error(row, "error"), most=1),
            _named(parts, "error", 1, lambda row: _error(row, "error"), most=1),
            _chances(parts, "chance_error"),
        )
        for whole, parts in _by_quantity(groups)
    ]


def _by_quantity(groups: pd.DataFrame) -> list[tuple[Mapping[str, Any], pd.DataFrame]]:
    """Of the last start, by quantity: the row of all councils, and those of groups."""
    last = groups[groups["start"] == groups["start"].max()]
    return [
        (
            own[own["grouping"] == ALL].to_dict("records")[0],
            own[own["grouping"] != ALL],
        )
        for _, own in last.groupby("quantity", sort=False)
    ]


def _quantity(row: Mapping[str, Any]) -> str:
    return str(row["quantity"]).replace(" of each council", "").replace(" at the start", "")


def _named(
    parts: pd.DataFrame, column: str, sign: int, figure: Callable[[Any], str], most: int = NAMED
) -> str:
    """The groups at one end, furthest first, each with its figure."""
    if parts.empty:
        return "too few"
    order = (sign * parts[column]).sort_values(kind="stable").index[:most]
    rows = parts.loc[order].to_dict("records")
    return ", ".join(f"{_NAMES.get(row['group'], row['group'])} {figure(row)}" for row in rows)


def _chances(parts: pd.DataFrame, column: str) -> str:
    chances = parts.groupby("grouping")[column].first()
    return ", ".join(_percent(chances[name]) for name in _GROUPINGS if name in chances)


def _percent(share: float) -> str:
    return "<1%" if share < 0.01 else f"{share:.0%}"


def _error(row: Mapping[str, Any], column: str) -> str:
    """An error as it is read: logarithms and shares in per cent or points."""
    value = float(row[column])
    if row["unit"] == "log ratio":
        return f"{100.0 * math.expm1(value):+.1f}"
    return f"{100.0 * value:+.1f}" if row["unit"] == "share" else f"{value:+.2f}"


def _unit(row: Mapping[str, Any]) -> str:
    names = {"log ratio": "%", "share": "points", "ranked probability score": "grades"}
    return names.get(row["unit"], str(row["unit"]))
