"""The tables of a run folder that summarise whole runs: a row a run, a scenario, a pair."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.comparison import Comparison
from sim.analysis.cost_effectiveness import CostEffectiveness
from sim.analysis.statistics import half_width_of_mean, spread
from sim.analysis.variance_split import VarianceSplit
from sim.inputs.metrics import METRICS
from sim.results.schema import columns_of
from sim.units import Array


def write_replications(path: Path, totals: Mapping[str, Array]) -> None:
    """One row for each scenario, replication and metric; figures in full precision."""
    write_csv(
        path,
        columns_of(path.name),
        (
            (scenario, replication, metric, exact(value))
            for scenario, table in totals.items()
            for replication, row in enumerate(table, start=1)
            for metric, value in zip(METRICS, row, strict=True)
        ),
    )


def write_summary(path: Path, totals: Mapping[str, Array]) -> None:
    """One row for each scenario and metric.

    ci95 is the 95 % interval of the mean on its own (Student's t); p05 to p95 the range of
    the runs.
    """
    rows = (
        (scenario, metric.name, metric.unit, *figures)
        for scenario, table in totals.items()
        for metric, *figures in _figures(table)
    )
    write_csv(path, columns_of(path.name), rows)


def write_comparison(path: Path, comparisons: Iterable[Comparison]) -> None:
    """One row for each scenario but the baseline and each metric."""
    rows = (comparison_row(comparison).values() for comparison in comparisons)
    write_csv(path, columns_of(path.name), [tuple(row) for row in rows])


def comparison_row(comparison: Comparison) -> dict[str, object]:
    """A comparison as a row of the table, with the unit of its metric."""
    return {
        column: METRICS[comparison.metric].unit if column == "unit" else getattr(comparison, column)
        for column in columns_of("comparison.csv")
    }


def write_cost_effectiveness(path: Path, items: Iterable[CostEffectiveness]) -> None:
    """One row for each scenario but the baseline."""
    write_csv(path, columns_of(path.name), map(astuple, items))


def write_spread(path: Path, splits: Iterable[VarianceSplit]) -> None:
    """One row a scenario and metric, and one a difference from the baseline and metric."""
    rows = (
        (
            *(split.scenario, split.baseline, split.metric, METRICS[split.metric].unit),
            *(split.pairs, split.sd, split.luck, 1.0 - split.luck, split.error),
        )
        for split in splits
    )
    write_csv(path, columns_of(path.name), rows)


def write_points(
    folder: Path,
    levers: Mapping[str, Mapping[str, str]],
    totals: Mapping[str, Array],
    comparisons: Iterable[Comparison],
) -> None:
    """Write points.csv (a row a point) and points_long.csv (a row a point and metric).

    `levers` gives for each point the text of every lever that the sweep sets, in one order.
    """
    differences = {(row.scenario, row.metric): row for row in comparisons}
    short: list[Sequence[object]] = []
    long: list[Sequence[object]] = []
    for point, table in totals.items():
        head = (point, *levers[point].values())
        short.append((*head, len(table), *spread(table).mean.tolist()))
        for metric, n, mean, _, low, high, p05, _, p95 in _figures(table):
            row = differences.get((point, metric.name))
            against: tuple[object, ...] = ("",) * 4
            if row is not None:
                against = (row.diff_mean, row.ci95_low, row.ci95_high, row.share_better)
            figures = (n, mean, low, high, p05, p95)
            long.append((*head, metric.name, metric.unit, *figures, *against))
    names = next(iter(levers.values()))
    for file, rows in (("points.csv", short), ("points_long.csv", long)):
        point, *others = columns_of(file)
        write_csv(folder / file, (point, *names, *others), rows)


def _figures(table: Array) -> Iterator[tuple[Any, ...]]:
    """For each metric: itself, n, mean, sd, the interval of the mean, p05, p50 and p95."""
    about = spread(table)
    half = half_width_of_mean(about.n, about.sd)
    columns = (
        *(about.n, about.mean, about.sd, about.mean - half, about.mean + half),
        *(about.p05, about.p50, about.p95),
    )
    return zip(METRICS.values(), *(column.tolist() for column in columns), strict=True)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file with a header, in UTF-8, with the same line ends everywhere.

    Numbers that are not whole are written with six significant digits, yes and no as 1 and 0, and
    nothing for a missing figure; texts, whole numbers and dates as they are.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(cell) for cell in row] for row in rows)


def _cell(value: object) -> object:
    if type(value) is str:  # most cells of a large table, and the quickest to recognise
        return value
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    return int(value) if isinstance(value, bool | np.bool_) else value


def exact(value: float) -> str:
    """The shortest text that reads back to the same number; nothing for a missing one."""
    return "" if value != value else repr(float(value))
