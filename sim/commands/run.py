"""`simulate --scenario NAME`: run, print, say where the outputs are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

import sim
from sim.commands.folders import print_spread
from sim.commands.options import pairs
from sim.experiment.arms import choose_arms
from sim.experiment.errors import collecting
from sim.experiment.precision import told
from sim.inputs.problems import Problem, raise_if_any
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
    given: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    texts = {"--set": levers, "--set-all": levers_of_all, "--precision": precision}
    for option, words in texts.items():
        with collecting(problems):
            given[option] = pairs(option, words)
    others = () if alone else against or None
    if problems:  # and whatever else is wrong with the scenarios
        about = ("years", "without", "beliefs")
        with collecting(problems):
            choose_arms(
                scenario,
                others,
                levers=given.get("--set"),
                levers_of_all=given.get("--set-all"),
                **{name: options[name] for name in about},
            )
    raise_if_any(problems)
    result = sim.simulate(
        scenario,
        against=others,
        levers=given["--set"],
        levers_of_all=given["--set-all"],
        precision=given["--precision"],
        charts=not no_charts,
        out=out,
        **options,
    )
    print_run(result.folder)
    print_spread(result.folder)
    if result.record["precision"]:
        click.echo(f"\n{told(result.record['precision'])}")
    click.echo(f"\nEverything is in {result.folder}")
