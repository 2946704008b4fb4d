"""The tables of a run folder that summarise whole runs: a row a run, a scenario, a pair."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sim.analysis.comparison import Comparison
from sim.analysis.statistics import FloatArray, half_width_of_mean, spread
from sim.inputs.metrics import METRICS

SUMMARY_COLUMNS = (
    *("scenario", "metric", "unit", "n", "mean", "sd"),
    *("ci95_low", "ci95_high", "p05", "p50", "p95"),
)
COMPARISON_COLUMNS = (
    *("scenario", "baseline", "metric", "unit", "n", "diff_mean", "ci95_low", "ci95_high"),
    *("p05", "p95", "share_better", "correlation", "variance_ratio"),
    *("skewness", "zero_share", "interval"),
)


def write_replications(path: Path, totals: Mapping[str, FloatArray]) -> None:
    """One row for each scenario, replication and metric; figures in full precision."""
    write_csv(
        path,
        ("scenario", "replication", "metric", "value"),
        (
            (scenario, replication, metric, exact(value))
            for scenario, table in totals.items()
            for replication, row in enumerate(table, start=1)
            for metric, value in zip(METRICS, row, strict=True)
        ),
    )


def write_summary(path: Path, totals: Mapping[str, FloatArray]) -> None:
    """One row for each scenario and metric.

    ci95 is the 95 % interval of the mean on its own (Student's t); p05 to p95 the range of
    the runs.
    """
    rows: list[tuple[object, ...]] = []
    for scenario, table in totals.items():
        about = spread(table)
        half = half_width_of_mean(about.n, about.sd)
        for i, metric in enumerate(METRICS.values()):
            mean = about.mean[i]
            figures = (mean, about.sd[i], mean - half[i], mean + half[i])
            centiles = (about.p05[i], about.p50[i], about.p95[i])
            rows.append(
                (scenario, metric.name, metric.unit, about.n[i], *rounded(*figures, *centiles))
            )
    write_csv(path, SUMMARY_COLUMNS, rows)


def write_comparison(path: Path, comparisons: Iterable[Comparison]) -> None:
    """One row for each scenario but the baseline and each metric."""
    rows = (comparison_row(comparison).values() for comparison in comparisons)
    write_csv(
        path,
        COMPARISON_COLUMNS,
        ([rounded(v)[0] if isinstance(v, float) else v for v in row] for row in rows),
    )


def comparison_row(comparison: Comparison) -> dict[str, object]:
    """A comparison as a row of the table, with the unit of its metric."""
    return {
        column: METRICS[comparison.metric].unit if column == "unit" else getattr(comparison, column)
        for column in COMPARISON_COLUMNS
    }


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file with a header, in UTF-8, with the same line ends everywhere."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def rounded(*values: float) -> tuple[str, ...]:
    """Six significant digits each; nothing for a missing figure."""
    return tuple("" if value != value else f"{value:.6g}" for value in values)


def exact(value: float) -> str:
    """The shortest text that reads back to the same number; nothing for a missing one."""
    return "" if value != value else repr(float(value))
