"""The command `simulate` and its commands: each reads options, calls sim.api and prints.

Nothing heavy is imported until it is needed, so that `simulate --help` answers at once.
"""

from __future__ import annotations

import importlib
from typing import Any

import click

import sim
from sim.cli.shared_options import comparison_options, flag, run_options
from sim.report.tables.terminal import print_line

# Each command and where it is. Every module named here is light: it imports what is heavy
# inside its functions.
COMMANDS: dict[str, str] = {
    "list": "sim.cli.list_commands:list_",
    "show": "sim.cli.list_commands:show",
    "check": "sim.cli.check_command:check",
    "schema": "sim.cli.check_command:schema",
    "diff": "sim.cli.list_commands:diff",
    "sweep": "sim.cli.study_commands:sweep",
    "claims": "sim.cli.claim_commands:claims",
    "loops": "sim.cli.claim_commands:loops",
    "explain": "sim.cli.explain_command:explain",
    "validate": "sim.cli.validation_commands:validate",
    "calibrate": "sim.cli.validation_commands:calibrate",
    "posterior": "sim.cli.validation_commands:posterior",
    "panel": "sim.cli.estimator_commands:panel",
    "forecast": "sim.cli.forecast_commands:forecast",
    "score": "sim.cli.forecast_commands:score",
    "reproduce": "sim.cli.estimator_commands:reproduce",
    "briefing": "sim.cli.report_commands:briefing",
    "explorer": "sim.cli.report_commands:explorer",
    "charts": "sim.cli.report_commands:charts",
    "workbook": "sim.cli.report_commands:workbook",
    "opendata": "sim.cli.report_commands:opendata",
    "luck": "sim.cli.report_commands:luck",
    "verify": "sim.cli.report_commands:verify",
    "beliefs": "sim.cli.study_commands:beliefs",
    "explore": "sim.cli.study_commands:explore",
    "sensitivity": "sim.cli.study_commands:sensitivity",
    "attribute": "sim.cli.study_commands:attribute",
}


class Commands(click.Group):
    """A group that finds its commands in COMMANDS and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Try: simulate list; simulate --scenario trusts-2016 --replications 20",
)
@click.version_option(sim.__version__, prog_name="simulate")
@click.option("--scenario", metavar="NAME", help="The scenario to run: a name or a file.")
@comparison_options
@flag("--details", help="Print every table instead of one screen.")
@run_options
@click.pass_context
def simulate(ctx: click.Context, /, scenario: str | None, **options: Any) -> None:
    """Simulate children's services in England under what government may do about failure.

    With --scenario it runs that scenario and those it is compared with, under the same
    random streams, prints what differs clearly and leaves everything in a run folder.
    """
    if ctx.invoked_subcommand is not None:
        given = [o.opts[0] for o in ctx.command.params if _is_given(ctx, o)]
        if given:
            raise click.UsageError(f"{', '.join(given)} must come after {ctx.invoked_subcommand}")
        return
    if scenario is None:
        if any(_is_given(ctx, option) for option in ctx.command.params):
            raise click.UsageError("--scenario is missing: `simulate list` names the scenarios")
        print_line(ctx.get_help())
        return
    from sim.cli.run_command import run_scenario  # imported here: loads numpy and pandas

    run_scenario(scenario, **options)


def _is_given(ctx: click.Context, option: click.Parameter) -> bool:
    source = ctx.get_parameter_source(option.name or "")
    return source is click.core.ParameterSource.COMMANDLINE
