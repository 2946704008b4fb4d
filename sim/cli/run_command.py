"""`simulate --scenario NAME`: run, print, say where the outputs are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

import sim
from sim.cli.shared_options import pairs
from sim.inputs.files.problems import Problem, collecting, raise_if_any
from sim.report.tables.run_screen import print_screen
from sim.report.tables.run_terminal import (
    print_origins,
    print_own_files,
    print_run,
    print_spread,
)
from sim.report.tables.terminal import print_line
from sim.runs.options import RunOptions
from sim.runs.precision import outcome_in_words
from sim.runs.scenarios_of_run import choose_scenarios


def run_scenario(
    scenario: str,
    *,
    how: RunOptions,
    against: Sequence[str],
    alone: bool,
    precision: Sequence[str],
    ceiling: int | None,
    events: int,
    no_charts: bool,
    details: bool,
    **compared: Any,
) -> None:
    """Run a scenario as the options say, and print the answer; with `details` every table.

    `compared` are the options that say what is compared: levers, mechanisms and beliefs.
    """
    if alone and against:
        raise click.UsageError("--alone and --against cannot be used together")
    compared["against"] = () if alone else against or None
    problems: list[Problem] = []
    for name, option in (("levers", "--set"), ("levers_of_all", "--set-all")):
        texts = compared.pop(name)
        with collecting(problems):
            compared[name] = pairs(option, texts)
    with collecting(problems):
        amounts = pairs("--precision", precision)
    if problems:  # and whatever else is wrong with the scenarios
        with collecting(problems):
            choose_scenarios(scenario, years=how.years, **compared)
    raise_if_any(problems)
    run = sim.simulate(
        scenario,
        precision=amounts,
        ceiling=ceiling,
        events=events,
        charts=not no_charts,
        **compared,
        **how.keywords(),
    )
    if details:
        print_run(run.folder)
        print_spread(run.folder)
        print_origins(run.record)
    else:
        print_screen(run.folder)
        print_own_files(run.record)
    if run.record["precision"]:
        print_line(f"\n{outcome_in_words(run.record['precision'])}")
    print_line(f"\nEverything is in {run.folder}")
    if not no_charts:
        print_line(f"Open {run.folder / 'explorer.html'}")
