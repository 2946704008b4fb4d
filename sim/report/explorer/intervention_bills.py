"""What intervention costs a year: every part that comes with a bill, and their sum.

It is a part of the cost that briefings tell whole (`COST`): what else councils spend because of a
regime, such as early help that a commissioner protects, is not in it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.analysis.comparison import compare_runs
from sim.analysis.statistics import spread
from sim.inputs.metrics import METRICS
from sim.report.charts.chart import csv_bytes
from sim.report.output_files import write_files
from sim.results.run_folder import Run
from sim.units import Array

FILE = "explorer/cost.csv"
# The parts, as the department and councils pay them; each metric is in one part only.
PARTS: Mapping[str, str] = {
    "cost_support_gbp_m": "Advisers, commissioners and peer teams",
    "cost_transition_gbp_m": "Building trusts",
    "cost_transaction_gbp_m": "Running contracts",
    "cost_transgression_gbp_m": "Overspends of trusts and fines",
    "cost_transmutation_gbp_m": "Ending contracts and taking services back",
}
WHOLE = "whole"
TITLE = "Intervention and its overspends"
COLUMNS = ("scenario", "part", "mean", "p05", "p95", "diff_mean", "ci95_low", "ci95_high")


def sum_of_bills(parts: Mapping[str, Array]) -> Array:
    """The sum of the parts, GBP million a year, in the shape of each of them.

    `parts` holds every metric of PARTS. Raises KeyError where one is missing.
    """
    total, *others = (parts[name] for name in PARTS)
    for other in others:
        total = total + other
    return total


def write_cost(run: Run) -> pd.DataFrame:
    """Put the parts and their sum into the run folder, a row a scenario and part, and give them.

    Means and the range of nine runs in ten; the sum also less that of the baseline, run by run,
    with 95 % intervals that hold together over the scenarios.
    """
    wide = {name: run.wide(name) for name in PARTS}
    rows: list[tuple[object, ...]] = []
    whole: dict[str, Array] = {}
    for scenario in run.scenarios:
        parts = {name: wide[name][scenario].to_numpy(dtype=float) for name in PARTS}
        total = sum_of_bills(parts)
        whole[scenario] = total[:, None]
        for part, values in {**parts, WHOLE: total}.items():
            about = spread(values)
            rows.append((scenario, part, float(about.mean), float(about.p05), float(about.p95)))
    table = pd.DataFrame(rows, columns=list(COLUMNS[:5]))
    compared = compare_runs(whole, run.baseline, ("intervention_cost_gbp_m",))
    differences = pd.DataFrame(
        [(c.scenario, WHOLE, c.diff_mean, c.ci95_low, c.ci95_high) for c in compared],
        columns=["scenario", "part", *COLUMNS[5:]],
    )
    table = table.merge(differences, how="left", on=["scenario", "part"])[list(COLUMNS)]
    path, content = run.folder / FILE, csv_bytes(table)
    if not path.is_file() or path.read_bytes() != content:
        write_files({path: content})
    return table


def counts_cost(run: Run) -> bool:
    """Whether the run counted every part."""
    return {*PARTS} <= {*run.summary["metric"]} and all(name in METRICS for name in PARTS)
