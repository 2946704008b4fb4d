"""`simulate --scenario NAME`: run, print, say where the outputs are."""

from __future__ import annotations

from collections.abc import Sequence

import click

import sim
from sim.cli.shared_options import pairs
from sim.inputs.files.problems import Problem, raise_if_any
from sim.report.tables.run_terminal import print_run, print_spread
from sim.runs.errors import collecting
from sim.runs.options import RunOptions
from sim.runs.precision import outcome_in_words
from sim.runs.scenarios_of_run import choose_scenarios


def run_scenario(
    scenario: str,
    *,
    how: RunOptions,
    against: Sequence[str],
    alone: bool,
    levers: Sequence[str],
    levers_of_all: Sequence[str],
    without: Sequence[str],
    beliefs: str | None,
    precision: Sequence[str],
    ceiling: int | None,
    events: int,
    no_charts: bool,
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
        with collecting(problems):
            choose_scenarios(
                scenario,
                others,
                levers=given.get("--set"),
                levers_of_all=given.get("--set-all"),
                years=how.years,
                without=without,
                beliefs=beliefs,
            )
    raise_if_any(problems)
    run = sim.simulate(
        scenario,
        against=others,
        levers=given["--set"],
        levers_of_all=given["--set-all"],
        without=without,
        beliefs=beliefs,
        precision=given["--precision"],
        ceiling=ceiling,
        events=events,
        charts=not no_charts,
        **how.keywords(),
    )
    print_run(run.folder)
    print_spread(run.folder)
    if run.record["precision"]:
        click.echo(f"\n{outcome_in_words(run.record['precision'])}")
    click.echo(f"\nEverything is in {run.folder}")
