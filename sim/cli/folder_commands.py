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
    than those of the run are reported, but are no fault of the folder.
    """
    from sim.results.verification import verify as check

    verification = check(folder)
    words = {True: "sound", False: "WRONG", None: "differs"}
    for finding in verification.findings:
        click.echo(f"{words[finding.sound]:8} {finding.what:10} {finding.detail}")
    if not verification.intact:
        click.echo("The folder is not what the run wrote.")
        raise click.exceptions.Exit(1)
    if verification.same_here:
        click.echo("All belong together, and the code here can make the run again.")
    else:
        click.echo("The folder is whole, but the code or the seeds here are not those of the run.")


@click.command()
@_FOLDER
def luck(folder: Path) -> None:
    """Show how much it helped in FOLDER that scenarios share random streams."""
    from sim.report.tables.run_terminal import print_luck, print_spread

    print_luck(folder)
    print_spread(folder)
