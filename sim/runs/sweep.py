"""The same scenario at many settings of its levers: the points, and the tables of them."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from sim.analysis.comparison import compare_runs
from sim.inputs.councils.baseline import Baseline
from sim.inputs.files.problems import InputError, Problem, raise_if_any
from sim.inputs.files.text_file import read_text
from sim.inputs.policy.levers import LEVERS, Value, check_value, from_text, unknown_lever
from sim.results.chunk_file import ChunkStore
from sim.results.summary_tables import write_points, write_replications
from sim.runs.plan import Plan
from sim.runs.scenarios_of_run import text_of

MOST_POINTS = 10_000
MOST_BYTES = 10_000_000  # of a design


class SweepPlan(Plan):
    """The points of a sweep, each compared with the first: the scenario as it stands."""

    series = False

    def write_tables(self, folder: Path, chunks: ChunkStore, baseline: Baseline) -> None:
        """Write replications.csv, and the tables of the points."""
        totals = chunks.totals()
        write_replications(folder / "replications.csv", totals)
        names = dict.fromkeys(name for point in self.run_scenarios for name, _ in point.levers)
        first = self.run_scenarios[0].scenario.timeline()[0][1]
        levers = {}
        for point in self.run_scenarios:
            values = first | dict(point.levers)
            levers[point.name] = {name: text_of(values[name]) for name in names}
        write_points(folder, levers, totals, compare_runs(totals, self.baseline))


def grid(over: Mapping[str, Sequence[Value]]) -> list[dict[str, Value]]:
    """Every combination of the values; the last lever varies fastest.

    Raises InputError where there are too many, before any is made.
    """
    raise_if_any(_too_many(math.prod(len(values) for values in over.values())))
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
        text = read_text(path, MOST_BYTES)
        header, *lines = list(csv.reader(io.StringIO(text))) or [[]]
    except csv.Error as error:
        raise InputError(Problem(str(path), f"cannot be read: {error}")) from error
    names = [name.strip() for name in header]
    problems = [unknown_lever(name, f"{path}, line 1") for name in names if name not in LEVERS]
    problems += [
        Problem(f"{path}, line 1", f"gives {name} twice")
        for name in sorted({*names})
        if names.count(name) > 1
    ]
    problems += _too_many(len(lines))
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
    """Everything wrong with the points of a sweep, each thing once."""
    if not points or not all(points):
        return [Problem("sweep", "needs at least one lever with values")]
    if wrong := _too_many(len(points)):
        return wrong
    problems: dict[Problem, None] = {}
    for point in points:
        for name, value in point.items():
            problems.update(dict.fromkeys(check_value(name, value, f"--set {name}")))
    return list(problems)


def _too_many(points: int) -> list[Problem]:
    if points <= MOST_POINTS:
        return []
    return [Problem("sweep", f"{points:,} points are more than {MOST_POINTS:,}")]
