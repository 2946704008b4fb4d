"""What the spread of a run's results is made of: luck, and ignorance of the parameters.

Some replications are played a second time, with the same luck and other parameters. What two
such runs have in common is luck; what tells them apart is what nobody knows about the world
(with how the two interact). The method is the pick-freeze estimate of a first-order Sobol
index (Sobol 1993; Janon et al. 2014).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.analysis.statistics import FloatArray
from sim.inputs.metrics import METRICS
from sim.results.summary_tables import rounded, write_csv
from sim.runs.chunk import ChunkTask
from sim.runs.plan import ChunkSpec, Plan

COLUMNS = ("scenario", "baseline", "metric", "unit", "pairs", "sd", "luck", "ignorance", "error")
# A quarter of the replications, but enough to say something and not more than is worth it.
_SHARE, _FEWEST, _MOST = 4, 10, 50
# How far on in the beliefs' draws a second playing takes its parameters: half an ensemble of
# the usual size, and never one of the run's own draws of the same luck.
ELSEWHERE = 64


def twins(plan: Plan, replications: int) -> int:
    """How many of the replications are played a second time: none where nothing is drawn."""
    if plan.kind != "run" or all(
        run_scenario.beliefs is None for run_scenario in plan.run_scenarios
    ):
        return 0
    count = min(max(replications // _SHARE, _FEWEST), _MOST)
    return count if count <= replications else 0


def twin_tasks(
    plan: Plan, replications: int, make: Callable[[ChunkSpec], ChunkTask], workers: int
) -> Iterator[ChunkTask]:
    """The second playings, as tasks of about equal size. `make` gives a block's task."""
    count = twins(plan, replications)
    pieces = np.array_split(np.arange(1, count + 1), min(workers, count)) if count else []
    for piece in pieces:
        block = ChunkSpec(tuple(range(len(plan.run_scenarios))), int(piece[0]), int(piece[-1]))
        task = make(block)
        run_scenarios = tuple(
            run_scenario.task(block.replications, ELSEWHERE) for run_scenario in plan.run_scenarios
        )
        yield replace(task, run_scenarios=run_scenarios, events=0, kind="sweep", again=True)


def totals_in(data: bytes, run_scenarios: int) -> list[FloatArray]:
    """The totals of each scenario of the run (replications, metrics) in the bytes of a part."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return [
            np.lib.format.read_array(io.BytesIO(file.read(f"{run_scenario}/totals.npy")))
            for run_scenario in range(run_scenarios)
        ]


def luck_share(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """The share of the variance that is luck, and its standard error.

    `first` and `second` (pairs,) are results with the same luck and other parameters. NaN
    where nothing varies or fewer than three pairs are known.
    """
    known = np.isfinite(first) & np.isfinite(second)
    a, b = first[known], second[known]
    if len(a) < 3:
        return float("nan"), float("nan")
    middle = (a.mean() + b.mean()) / 2.0
    whole = (((a - middle) ** 2).mean() + ((b - middle) ** 2).mean()) / 2.0
    if whole <= 0.0:
        return float("nan"), float("nan")
    share = float(((a - middle) * (b - middle)).mean() / whole)
    return float(np.clip(share, 0.0, 1.0)), float((1.0 - min(share**2, 1.0)) / np.sqrt(len(a)))


def write_spread(
    path: Path, totals: Mapping[str, FloatArray], again: Mapping[str, FloatArray], baseline: str
) -> None:
    """One row a scenario and metric, and one a difference from the baseline and metric."""
    write_csv(path, COLUMNS, _rows(totals, again, baseline))


def _rows(
    totals: Mapping[str, FloatArray], again: Mapping[str, FloatArray], baseline: str
) -> Iterator[tuple[object, ...]]:
    for name, table in totals.items():
        yield from _split(name, "", table, again[name])
    for name, table in totals.items():
        if name != baseline:
            yield from _split(
                name, baseline, table - totals[baseline], again[name] - again[baseline]
            )


def _split(
    scenario: str, against: str, table: FloatArray, again: FloatArray
) -> Iterator[tuple[object, ...]]:
    pairs = len(again)
    for k, metric in enumerate(METRICS.values()):
        values = table[np.isfinite(table[:, k]), k]
        sd = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
        share, error = luck_share(table[:pairs, k], again[:, k])
        figures = rounded(sd, share, 1.0 - share, error)
        yield scenario, against, metric.name, metric.unit, pairs, *figures
