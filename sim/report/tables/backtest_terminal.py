"""A back-test as a person reads it on the terminal: rows of text, from its tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from sim.report.tables.council_group_rows import ERROR_HEADER, SCORE_HEADER, error_rows, score_rows
from sim.report.tables.measure_rows import (
    WIDTH_HEADER,
    group_rows,
    measure_header,
    measure_rows,
    missed_lines,
    start_header,
    verdict,
    width_rows,
)
from sim.report.tables.terminal import print_lines, print_table, print_title
from sim.results.backtest_folder import LEVELS, TESTED, summarise

Rows = list[tuple[str, ...]]

_INSIDE = tuple(f"in {level} %" for level in LEVELS)
FIGURE_HEADER = (
    *("figure", "observed", "median", "50 %", "80 %", "95 %", "within"),
    *("CRPS", "no change", "drift", "loses to"),
)
SUMMARY_HEADER = (
    *("from", "window", "figures", *_INSIDE, "width of 95 %: median, mean"),
    *("better than no change", "better than drift or chain"),
)
COUNCIL_HEADER = ("from", "quantity", "councils", "model", "no change", "drift or chain", *_INSIDE)
PATTERN_HEADER = ("pattern", "observed", "median", "95 %", "emerges", "asked for")


def print_backtest(
    tables: Mapping[str, pd.DataFrame], tested_after: date, *, fitted: bool = False
) -> None:
    """Print every figure of the test window (of the fitted one too where `fitted`), scores by
    council and by group of councils, patterns, where a naive forecast does better, the scorecard,
    and last how good the model is: every measure beside its bar.

    `tables` are those of a back-test folder: scorecard, councils, council_groups, patterns,
    measures, sharp and widths.
    """
    card = tables["scorecard"]
    for (start, window), part in card.groupby(["start", "window"], sort=True):
        if fitted or window == TESTED:
            title = f"Simulated from {start}: {window} window"
            print_table(title, FIGURE_HEADER, figure_rows(part), right=(1, 2, 7, 8, 9))
    title = "Council by council: mean score (lower is better) and share inside the intervals"
    print_table(title, COUNCIL_HEADER, council_rows(tables["councils"]), right=range(2, 9))
    groups = tables["council_groups"]
    if len(groups):
        from_last = f"by group of councils, from {groups['start'].max()}"
        title = f"Where the model loses {from_last}"
        below = "By chance: how often groups put together at random differ as much"
        print_table(title, SCORE_HEADER, score_rows(groups), below=below, right=(1,))
        title = f"Where the model is too high or too low {from_last}"
        print_table(title, ERROR_HEADER, error_rows(groups), below=below)
    title = "Patterns that were not fitted"
    print_table(title, PATTERN_HEADER, pattern_rows(tables["patterns"]), right=(1, 2))
    losses = loss_lines(card)
    print_title(f"Where a naive forecast does better after {tested_after} ({len(losses)}):")
    print_lines(losses, "  ")
    print_table("Scorecard", SUMMARY_HEADER, summary_rows(summarise(card)), right=range(2, 9))
    _print_measures(tables)


def _print_measures(tables: Mapping[str, pd.DataFrame]) -> None:
    judged, sharp = tables["measures"], tables["sharp"]
    title = f"How wide the intervals are, from {tables['widths']['start'].astype(str).max()}"
    print_table(title, WIDTH_HEADER, width_rows(tables["widths"]), right=range(2, 7))
    title = (
        "Score over that of the hardest rival, by group of figures (below 1: the model is better)"
    )
    print_table(title, ("group", *start_header(sharp)), group_rows(sharp))
    title = "How good is it: measures of the test, each beside its bar"
    print_table(title, measure_header(judged), measure_rows(judged), below=verdict(judged))
    print_lines(missed_lines(judged), "  missed: ")


def figure_rows(card: pd.DataFrame) -> Rows:
    """One row a figure of England."""
    return [
        (
            *(row["figure"], _short(row["observed"]), _short(row["median"])),
            *(_interval(row, level) for level in LEVELS),
            next((str(level) for level in LEVELS if row[f"inside{level}"]), "outside"),
            *(_score(row[column]) for column in ("crps", "crps_no_change", "crps_drift")),
            row["lost_to"],
        )
        for _, row in card.iterrows()
    ]


def loss_lines(card: pd.DataFrame) -> list[str]:
    """Where a naive forecast does better in the test window, worst ratio of scores first."""
    lost = card[(card["window"] == TESTED) & (card["lost_to"] != "")]
    best = lost[["crps_no_change", "crps_drift"]].min(axis=1).clip(lower=1e-9)
    order = (lost["crps"] / best).sort_values(ascending=False, kind="stable").index
    return [
        f"{row['figure']} (from {row['start']}): {row['lost_to']}"
        for _, row in lost.loc[order].iterrows()
    ]


def council_rows(councils: pd.DataFrame) -> Rows:
    """One row a quantity of councils and start."""
    return [
        (
            *(str(row["start"]), row["quantity"], str(row["councils"])),
            *(f"{row[name]:.3f}" for name in ("model", "no_change", "drift")),
            *("" if pd.isna(row[name]) else f"{row[name]:.0%}" for name in _inside_columns()),
        )
        for _, row in councils.iterrows()
    ]


def pattern_rows(patterns: pd.DataFrame, digits: int = 3) -> Rows:
    """One row a pattern that was not fitted."""
    return [
        (
            *(row["pattern"], f"{row['observed']:.{digits}g}", f"{row['median']:.{digits}g}"),
            f"{row['low95']:.{digits}g} to {row['high95']:.{digits}g}",
            *(row["emerges"], row["note"]),
        )
        for _, row in patterns.iterrows()
    ]


def summary_rows(summary: pd.DataFrame) -> Rows:
    """One row a start and window: how many figures, shares inside, width, skill."""
    return [
        (
            *(row["start"], row["window"], str(row["figures"])),
            *(f"{row[name]:.0%}" for name in _inside_columns()),
            f"{row['width95']:.0%}, {row['width95_mean']:.0%}",
            *(
                f"{row[f'better_than_{rival}']:+.0%} ({row[f'compared_{rival}']})"
                for rival in ("no_change", "drift")
            ),
        )
        for row in summary.to_dict("records")
    ]


def _inside_columns() -> tuple[str, ...]:
    return tuple(f"inside{level}" for level in LEVELS)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _interval(row: pd.Series, level: int) -> str:
    return f"{_short(row[f'low{level}'])} to {_short(row[f'high{level}'])}"


def _score(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.3g}"
