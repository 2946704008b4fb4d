"""Rival beliefs: the same regimes under each set of beliefs, compared in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from sim.analysis.comparison import half_widths
from sim.analysis.statistics import half_width_of_mean, spread
from sim.inputs.councils.baseline import Baseline
from sim.inputs.metrics import METRICS, Metric
from sim.results.chunk_file import ChunkStore
from sim.results.study_schema import BETWEEN
from sim.results.summary_tables import write_replications, write_summary
from sim.runs.plan import Kind, RunScenario
from sim.studies.study import Row, StudyPlan, write_table
from sim.units import Array


def run_scenario_name(beliefs: str, scenario: str) -> str:
    """The name of a scenario of the run: its beliefs and its scenario."""
    return f"{beliefs}{BETWEEN}{scenario}"


@dataclass(frozen=True, kw_only=True)
class BeliefsPlan(StudyPlan):
    """A run of the same regimes under each set of beliefs, one set after another."""

    kind: Kind = "beliefs"

    def write_tables(self, folder: Path, chunks: ChunkStore, baseline: Baseline) -> None:
        """Write replications.csv, summary.csv and beliefs.csv: one row for each set of beliefs,
        scenario and metric that has a better direction.

        Regret is the mean by which a scenario is worse than the one with the best mean under
        the same beliefs, paired by replication; its intervals are simultaneous for the scenarios
        of one set of beliefs and one metric. `winner` marks the best (all that tie); `clear` a
        winner whose lead over every other scenario is beyond chance.
        """
        totals = chunks.totals()
        write_replications(folder / "replications.csv", totals)
        write_summary(folder / "summary.csv", totals)
        rows: list[Row] = []
        by_beliefs = groupby(self.run_scenarios, key=lambda one: one.name.split(BETWEEN)[0])
        for beliefs, group in by_beliefs:
            run_scenarios = [*group]
            for place, metric in enumerate(METRICS.values()):
                values = np.stack([totals[one.name][:, place] for one in run_scenarios], axis=1)
                if metric.better != "neither":
                    rows += _rows(beliefs, run_scenarios, metric, values)
        write_table(folder, "beliefs", rows)


def _rows(
    beliefs: str, run_scenarios: Sequence[RunScenario], metric: Metric, values: Array
) -> Iterator[Row]:
    """The rows of one metric from its `values` (replications, scenarios); none without values."""
    about = spread(values)
    mean, half = about.mean, half_width_of_mean(about.n, about.sd)
    sign = -1.0 if metric.better == "higher" else 1.0
    known = np.isfinite(mean)
    if not known.any():
        return
    best = int(np.nanargmin(np.where(known, sign * mean, np.nan)))
    regret = sign * (values - values[:, [best]])
    regret_mean = spread(regret).mean
    width = half_widths(regret)
    clear = all(np.delete(regret_mean - width, best) > 0)
    for k, run_scenario in enumerate(run_scenarios):
        yield (
            *(beliefs, run_scenario.scenario.name, metric.name, metric.unit, int(about.n[k])),
            *(mean[k], mean[k] - half[k], mean[k] + half[k], about.p05[k], about.p95[k]),
            *(regret_mean[k], regret_mean[k] - width[k], regret_mean[k] + width[k]),
            *(regret_mean[k] == 0.0, k == best and clear),
        )
