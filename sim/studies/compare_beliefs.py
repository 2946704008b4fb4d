"""Rival beliefs: the same regimes under each set, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sim.analysis.comparison import half_widths
from sim.analysis.statistics import half_width_of_mean, spread
from sim.inputs.metrics import METRICS
from sim.results.summary_tables import rounded, write_csv
from sim.runs.plan import Plan, RunScenario
from sim.units import Array

METRIC = "inadequate_council_years"
BETWEEN = " | "  # in a scenario of the run's name: beliefs | scenario
COLUMNS = (
    *("beliefs", "scenario", "metric", "unit", "n", "mean", "ci95_low", "ci95_high"),
    *("p05", "p95", "regret", "regret_ci95_low", "regret_ci95_high", "winner", "clear"),
)


def run_scenario_name(beliefs: str, scenario: str) -> str:
    """The name of a scenario of the run: its beliefs and its scenario."""
    return f"{beliefs}{BETWEEN}{scenario}"


def write_table(path: Path, plan: Plan, totals: Mapping[str, Array]) -> None:
    """One row for each set of beliefs, scenario and metric that has a better direction.

    Regret is the mean by which a scenario is worse than the one with the best mean under the
    same beliefs, paired by luck; its intervals hold together for the scenarios of one set of
    beliefs and one metric. `winner` marks the best (all that tie); `clear` a winner whose
    lead over every other scenario is beyond chance.
    """
    groups: dict[str, list[RunScenario]] = {}
    for run_scenario in plan.run_scenarios:
        groups.setdefault(run_scenario.name.split(BETWEEN)[0], []).append(run_scenario)
    rows: list[Sequence[object]] = []
    for beliefs, run_scenarios in groups.items():
        for place, metric in enumerate(METRICS.values()):
            if metric.better != "neither":
                figures = np.stack(
                    [totals[run_scenario.name][:, place] for run_scenario in run_scenarios], axis=1
                )
                rows += _rows(beliefs, run_scenarios, metric.name, figures)
    write_csv(path, COLUMNS, rows)


def _rows(
    beliefs: str, run_scenarios: Sequence[RunScenario], metric: str, figures: Array
) -> list[Sequence[object]]:
    about = spread(figures)
    half = half_width_of_mean(about.n, about.sd)
    sign = -1.0 if METRICS[metric].better == "higher" else 1.0
    known = np.isfinite(about.mean)
    if not known.any():
        return []
    best = int(np.nanargmin(np.where(known, sign * about.mean, np.nan)))
    regret = sign * (figures - figures[:, [best]])
    mean = np.asarray(spread(regret).mean)
    width = half_widths(regret)
    others = [k for k in range(len(run_scenarios)) if k != best]
    clear = all(mean[k] - width[k] > 0 for k in others)
    return [
        (
            beliefs,
            run_scenario.scenario.name,
            metric,
            METRICS[metric].unit,
            int(about.n[k]),
            *rounded(about.mean[k], about.mean[k] - half[k], about.mean[k] + half[k]),
            *rounded(about.p05[k], about.p95[k]),
            *rounded(mean[k], mean[k] - width[k], mean[k] + width[k]),
            int(mean[k] == 0.0),
            int(k == best and clear),
        )
        for k, run_scenario in enumerate(run_scenarios)
    ]
