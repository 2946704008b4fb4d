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
    from sim.report.tables.screen import print_luck

    print_luck(folder)
    print_spread(folder)


# What `print_spread` shows: the file spread.csv has every metric.
_SPREAD = (
    "inadequate_council_years",
    "child_years_under_inadequate",
    "median_months_to_exit",
    "councils_inadequate",
    "agency_rate",
    "caseload",
    "intervention_cost_gbp_m",
    "spend_gbp_m",
)


def print_spread(folder: Path) -> None:
    """Print how much of the spread of the runs is luck and how much ignorance, where some
    replications were run a second time under other parameters."""
    import pandas as pd

    from sim.cli.list_commands import print_table

    path = folder / "spread.csv"
    if not path.is_file():
        return
    table = pd.read_csv(path, keep_default_na=False)
    first = table["scenario"].iloc[0]
    selected = table[table["metric"].isin(_SPREAD) & (table["luck"] != "")]
    rows = [
        (
            row["metric"],
            f"{row['scenario']} less {row['baseline']}" if row["baseline"] else row["scenario"],
            f"{float(row['sd']):.3g}",
            f"{float(row['luck']):.0%}",
            f"{float(row['ignorance']):.0%}",
            f"{float(row['error']):.0%}",
        )
        for row in selected.to_dict("records")
        if row["baseline"] or row["scenario"] == first
    ]
    header = ("metric", "of", "standard deviation", "luck", "ignorance", "give or take")
    title = f"What the spread is made of ({table['pairs'].iloc[0]} pairs of runs)"
    print_table(title, header, rows, right=(2, 3, 4, 5))
