"""`simulate panel` and `simulate reproduce`: simulated councils in the regressions that were run on
the record, and in the estimators of published studies."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.shared_options import flag, name_of, path_to, whole_number
from sim.report.tables.terminal import print_line


@click.command()
@whole_number(
    "--replications",
    type=click.IntRange(1, 500),
    default=16,
    help="Simulated countries, November 2013 to August 2024.",
)
@name_of(
    "--beliefs",
    default="central",
    help="What parameters are drawn from: central, critics, evidence, reformers or a file.",
)
@whole_number("--seed", type=click.IntRange(0), default=1, metavar=None, help="Random seed.")
@flag("--exact", help="Take simulated returns as they are, without the errors of returns.")
@flag("--all", "everything", help="Print every estimate, not only the headline ones.")
@flag("--quiet", help="Show no progress.")
@path_to("--out", default=None, help="Write every estimate to this CSV file.")
def panel(
    replications: int,
    beliefs: str,
    seed: int,
    exact: bool,
    everything: bool,
    quiet: bool,
    out: Path | None,
) -> None:
    """Put simulated councils through the regressions that were run on the record.

    Prints what thirteen years of councils' returns say (published), the same estimator on the
    returns in the seeds (record) and on those of simulated councils, and whether the mean over
    simulated countries is within the published interval. Leaves with code 0 whatever it says.
    """
    from sim.inputs.evidence.beliefs import load_beliefs
    from sim.inputs.files.out_file import prepare_out_file
    from sim.panel.panel_comparison import COLUMNS, compare_panels, write_comparison
    from sim.report.tables.panel_terminal import print_panel

    drawn = load_beliefs(beliefs)
    if out is not None:
        prepare_out_file(out)
    compared = compare_panels(
        [drawn.draw(number) for number in range(1, replications + 1)],
        seed=seed,
        exact=exact,
        progress=lambda message: None if quiet else print_line(message, err=True),
    )
    if out is not None:
        write_comparison(out, compared)
    rows = [dict(zip(COLUMNS, one.row(), strict=True)) for one in compared]
    print_panel(rows, everything=everything)
    if out is not None:
        print_line(f"\nEvery estimate is in {out}")


@click.command()
@whole_number(
    "--replications",
    type=click.IntRange(1, 500),
    default=16,
    help="Simulated countries, November 2013 to August 2024; each is simulated twice.",
)
@name_of(
    "--beliefs",
    default="evidence",
    help="What parameters are drawn from: central, critics, evidence, reformers or a file.",
)
@whole_number("--seed", type=click.IntRange(0), default=1, metavar=None, help="Random seed.")
@flag("--quiet", help="Show no progress.")
@path_to("--out", default=None, help="Write every result to this CSV file.")
def reproduce(replications: int, beliefs: str, seed: int, quiet: bool, out: Path | None) -> None:
    """Put simulated councils through the estimators of published studies.

    Prints what five studies say of inspections, spending and need (paper), the same estimator on
    the returns in the seeds (record) and on those of simulated councils. No study is fitted to,
    but some priors rest on two of them: it says which, and shows what comes of those priors twice
    as wide. Leaves with code 0 whatever it says.
    """
    from sim.inputs.evidence.beliefs import load_beliefs
    from sim.inputs.files.out_file import prepare_out_file
    from sim.report.tables.reproduction_terminal import print_reproduction
    from sim.reproduction.three_columns import COLUMNS, reproduce_studies, write_reproduction
    from sim.reproduction.wider_priors import resting_on

    believed = load_beliefs(beliefs)
    if out is not None:
        prepare_out_file(out)
    results = reproduce_studies(
        believed,
        replications,
        seed=seed,
        progress=lambda message: None if quiet else print_line(message, err=True),
    )
    if out is not None:
        write_reproduction(out, results)
    rows = [dict(zip(COLUMNS, one.row(), strict=True)) for one in results]
    priors = [
        (name, believed.ledger[name].prior, ", ".join(studies))
        for name, studies in resting_on(believed.ledger).items()
    ]
    print_reproduction(rows, priors)
    if out is not None:
        print_line(f"\nEvery result is in {out}")
