"""`simulate reproduce`: simulated councils in the estimators of published studies."""

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
    from sim.report.tables.reproduction_terminal import print_reproduction
    from sim.reproduction.three_columns import COLUMNS, reproduce_studies, write_reproduction
    from sim.reproduction.wider_priors import resting_on

    believed = load_beliefs(beliefs)
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
