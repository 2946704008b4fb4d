"""`simulate sweep`: a scenario at many settings of its levers."""

from __future__ import annotations

from pathlib import Path

import click

import sim
from sim.cli.shared_options import SCENARIO, levers_of, names_of, path_to, run_options
from sim.report.tables.terminal import print_line
from sim.runs.options import RunOptions


@click.command()
@SCENARIO
@levers_of(
    "--set",
    "levers",
    metavar="LEVER=A,B,C",
    help="The values of a lever; every combination of several levers is run (repeat it).",
)
@path_to("--design", help="A CSV file of points instead: a column a lever, a row a point.")
@names_of("--metric", "metrics", help="Show this metric; the files hold all (repeat it).")
@run_options
def sweep(
    scenario: str,
    levers: tuple[str, ...],
    design: Path | None,
    metrics: tuple[str, ...],
    how: RunOptions,
) -> None:
    """Run a scenario at many settings of its levers, all under the same random streams."""
    if bool(levers) == bool(design):
        raise click.UsageError("give the points with --set or with --design")
    from sim.report.tables.run_terminal import print_origins, print_sweep
    from sim.results.run_folder import check_metrics
    from sim.runs.sweep import grid_of_texts, read_design

    check_metrics(metrics)
    points = grid_of_texts(levers) if design is None else read_design(design)
    result = sim.sweep(scenario, points, **how.keywords())
    print_sweep(result.folder, metrics)
    print_origins(result.record)
    print_line(f"\nEverything is in {result.folder}")
