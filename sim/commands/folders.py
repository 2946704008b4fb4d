"""`simulate verify` and `simulate luck`: what a run folder says."""

from __future__ import annotations

from pathlib import Path

import click

_FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.command()
@_FOLDER
def verify(folder: Path) -> None:
    """Check that code, seeds, scenario and outputs of FOLDER belong together.

    Leaves with code 1 where the folder is not what the run wrote. Other code or seeds here
    than those of the run are told, but are no fault of the folder.
    """
    from sim.experiment.verify import verify as check

    found = check(folder)
    words = {True: "sound", False: "WRONG", None: "differs"}
    for finding in found.findings:
        click.echo(f"{words[finding.sound]:8} {finding.what:10} {finding.detail}")
    if not found.intact:
        click.echo("The folder is not what the run wrote.")
        raise click.exceptions.Exit(1)
    if found.same_here:
        click.echo("All belong together, and the code here can make the run again.")
    else:
        click.echo("The folder is whole, but the code or the seeds here are not those of the run.")


@click.command()
@_FOLDER
def luck(folder: Path) -> None:
    """Show how much the luck shared between scenarios helped in FOLDER."""
    from sim.report.tables import print_luck

    print_luck(folder)
