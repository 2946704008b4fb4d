"""The same scenario at many settings of its levers: the points, and the tables of them."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sim.analysis.comparison import compare_runs
from sim.analysis.statistics import FloatArray, half_width_of_mean, spread
from sim.inputs.files.problems import InputError, Problem, raise_if_any
from sim.inputs.metrics import METRICS
from sim.inputs.policy.levers import LEVERS, Value, check_value, from_text, unknown_lever
from sim.results.result import Result
from sim.results.summary_tables import rounded, write_csv
from sim.runs.plan import Plan
from sim.runs.scenarios_of_run import text_of

MOST_POINTS = 10_000

LONG_COLUMNS = (
    *("metric", "unit", "n", "mean", "ci95_low", "ci95_high", "p05", "p95"),
    *("diff_mean", "diff_ci95_low", "diff_ci95_high", "share_better"),
)


class Sweep(Result):
    """A finished sweep. `points` has a row a point: its levers, then the mean of each metric."""

    @property
    def points(self) -> pd.DataFrame:
        """One row a point; the first is the scenario as it stands."""
        return self._table("points.csv")

    @property
    def long(self) -> pd.DataFrame:
        """One row for each point and metric: means, intervals, and differences to the first."""
        return self._table("points_long.csv")


def grid(over: Mapping[str, Sequence[Value]]) -> list[dict[str, Value]]:
    """Every combination of the values; the last lever varies fastest."""
    return [dict(zip(over, values, strict=True)) for values in itertools.product(*over.values())]


def grid_of_texts(texts: Sequence[str]) -> list[dict[str, Value]]:
    """Every combination of "lever=3,6,9" texts. Raises InputError with everything wrong."""
    over: dict[str, list[Value]] = {}
    problems: list[Problem] = []
    for text in texts:
        name, equals, values = (word.strip() for word in text.partition("="))
        where = f"--set {text}"
        if not equals or not values:
            problems.append(Problem(where, "is not of the form lever=value,value"))
        elif name in over:
            problems.append(Problem(where, f"gives {name} a second time"))
        elif name not in LEVERS:
            problems.append(unknown_lever(name, where))
        else:
            over[name] = [from_text(name, value) for value in values.split(",")]
    raise_if_any(problems)
    return grid(over)


def read_design(path: Path) -> list[dict[str, Value]]:
    """The points of a CSV file: a column a lever, a row a point.

    Raises InputError with everything wrong, by line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *lines = list(csv.reader(file)) or [[]]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(str(path), f"cannot be read: {error}")) from error
    names = [name.strip() for name in header]
    problems = [unknown_lever(name, f"{path}, line 1") for name in names if name not in LEVERS]
    problems += [
        Problem(f"{path}, line 1", f"gives {name} twice")
        for name in sorted({*names})
        if names.count(name) > 1
    ]
    points: list[dict[str, Value]] = []
    for number, cells in enumerate(lines, start=2):
        where = f"{path}, line {number}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            problems.append(Problem(where, f"has {len(cells)} cells for {len(names)} levers"))
        elif not problems:
            point = {n: from_text(n, cell) for n, cell in zip(names, cells, strict=True)}
            problems += [p for n, value in point.items() for p in check_value(n, value, where)]
            points.append(point)
    raise_if_any(problems)
    if not points:
        raise InputError(Problem(str(path), "has no points: it needs a header and a row a point"))
    return points


def check_points(points: Sequence[Mapping[str, Value]]) -> list[Problem]:
    """Everything wrong with the points of a sweep, each thing told once."""
    if not points or not all(points):
        return [Problem("sweep", "needs at least one lever with values")]
    if len(points) > MOST_POINTS:
        return [Problem("sweep", f"{len(points):,} points are more than {MOST_POINTS:,}")]
    found: dict[Problem, None] = {}
    for point in points:
        for name, value in point.items():
            found.update(dict.fromkeys(check_value(name, value, f"--set {name}")))
    return list(found)


def write_points(folder: Path, plan: Plan, totals: Mapping[str, FloatArray]) -> None:
    """Write points.csv (a row a point) and points_long.csv (a row a point and metric)."""
    levers = list(
        dict.fromkeys(
            name for run_scenario in plan.run_scenarios for name, _ in run_scenario.levers
        )
    )
    first = plan.run_scenarios[0].scenario.timeline()[0][1]
    differences = {(row.scenario, row.metric): row for row in compare_runs(totals, plan.baseline)}
    short: list[Sequence[object]] = []
    long: list[Sequence[object]] = []
    for run_scenario in plan.run_scenarios:
        values = first | dict(run_scenario.levers)
        head = (run_scenario.name, *(text_of(values[name]) for name in levers))
        about = spread(totals[run_scenario.name])
        half = half_width_of_mean(about.n, about.sd)
        short.append((*head, len(totals[run_scenario.name]), *rounded(*about.mean)))
        for i, metric in enumerate(METRICS.values()):
            mean = float(about.mean[i])
            figures = rounded(mean, mean - half[i], mean + half[i], about.p05[i], about.p95[i])
            row = differences.get((run_scenario.name, metric.name))
            against = (
                rounded(row.diff_mean, row.ci95_low, row.ci95_high, row.share_better)
                if row is not None
                else ("",) * 4
            )
            long.append((*head, metric.name, metric.unit, about.n[i], *figures, *against))
    write_csv(folder / "points.csv", ("point", *levers, "n", *METRICS), short)
    write_csv(folder / "points_long.csv", ("point", *levers, *LONG_COLUMNS), long)
