"""`simulate --scenario NAME`: run, print, say where the outputs are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

import sim
from sim.cli.folder_commands import print_spread
from sim.cli.options import pairs
from sim.inputs.files.problems import Problem, raise_if_any
from sim.report.tables.screen import print_run
from sim.runs.errors import collecting
from sim.runs.precision import told
from sim.runs.scenarios_of_run import choose_scenarios


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
            choose_scenarios(
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
