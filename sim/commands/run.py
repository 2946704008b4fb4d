"""`simulate --scenario NAME`: run, print, say where the outputs are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

import sim
from sim.commands.folders import print_spread
from sim.commands.options import pairs
from sim.experiment.precision import told
from sim.report.tables import print_run


def run_scenario(
    scenario: str,
    *,
    against: Sequence[str],
    alone: bool,
    levers: Sequence[str],
    levers_of_all: Sequence[str],
    precision: Sequence[str],
    no_charts: bool,
    out: Path,
    **options: Any,
) -> None:
    """Run a scenario as the options say, and print the comparison."""
    if alone and against:
        raise click.UsageError("--alone and --against cannot be used together")
    result = sim.simulate(
        scenario,
        against=() if alone else against or None,
        levers=pairs("--set", levers),
        levers_of_all=pairs("--set-all", levers_of_all),
        precision=pairs("--precision", precision),
        charts=not no_charts,
        out=out,
        **options,
    )
    print_run(result.folder)
    print_spread(result.folder)
    if result.record["precision"]:
        click.echo(f"\n{told(result.record['precision'])}")
    click.echo(f"\nEverything is in {result.folder}")
