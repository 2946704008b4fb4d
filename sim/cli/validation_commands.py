"""`simulate calibrate`, `validate` and `posterior`: the model against the published record."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

import click

from sim.cli.shared_options import NO_CHARTS, flag, path_to, whole_number
from sim.report.tables.terminal import print_line

_day = partial(click.option, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE")
_OUT = path_to("--out", default=Path("outputs/validate"), help="Folder for the tables and charts.")
_SEED = whole_number("--seed", type=click.IntRange(0), default=1, metavar=None, help="Random seed.")


def _print_progress(message: str) -> None:
    print_line(message, err=True)


@click.command()
@whole_number(
    "--sets",
    type=click.IntRange(20),
    default=100,
    help="Parameter sets of the ensemble, one simulated country each.",
)
@_SEED
@_day("--test-from", help="First day of the test window. [default: 2022-04-01]")
@_day("--test-until", help="Last day of the test window. [default: 2024-08-31]")
@path_to(
    "--ensemble",
    default=None,
    help="Another fit to test: a file such as calibrate leaves. [default: "
    "seeds/ensemble_to_2022.csv]",
)
@_day("--until", help="Run on to this day (at most 2036-12-30) and write what is predicted.")
@flag("--fitted", help="Print the figures of the fitted years too.")
@NO_CHARTS
@_OUT
def validate(
    sets: int,
    seed: int,
    test_from: datetime | None,
    test_until: datetime | None,
    ensemble: Path | None,
    until: datetime | None,
    fitted: bool,
    no_charts: bool,
    out: Path,
) -> None:
    """Back-test: compare the model with the published record, and print the scorecard.

    Countries are simulated as practised from November 2013, January 2016, April 2018 and April
    2022, under the parameter sets that fit the record to March 2022. What happened from April
    2022 to August 2024 was not used to fit, and money announced since then is not told. A run
    keeps the councils of its start: where they are counted, those that came later or were
    abolished are left out on both sides. Leaves with code 0 whatever the score.

    Runs use a second fit, to all figures to August 2024, which nothing can test yet: how well it
    gives back what it was fitted to is printed last.
    """
    from sim.report.tables.backtest_terminal import print_backtest
    from sim.report.tables.fit_terminal import print_fitted_figures
    from sim.results.summary_tables import write_csv
    from sim.validation.backtest import backtest
    from sim.validation.fits.fitted_figures import fitted_figures
    from sim.validation.targets import tested_window

    tested = tested_window(
        test_from.date() if test_from else None, test_until.date() if test_until else None
    )
    scorecard = backtest(
        sets,
        seed=seed,
        tested=tested,
        ensemble=ensemble,
        until=until.date() if until else None,
        progress=_print_progress,
    )
    scorecard.write(out)
    figures, fitted_to = fitted_figures(sets, seed=seed, progress=_print_progress)
    write_csv(out / "fitted-figures.csv", [*figures], figures.itertuples(index=False))
    print_backtest(scorecard.tables, tested.after, fitted=fitted)
    print_fitted_figures(figures, fitted_to)
    if not no_charts:
        from sim.report.charts.backtest_charts import draw_backtest

        draw_backtest(out)
    print_line(f"\nEverything is in {out}")


@click.command()
@whole_number("--first", default=1024, help="Countries drawn from the priors.")
@whole_number("--later", default=512, help="Countries in each of two later waves.")
@whole_number("--sets", default=128, help="Parameter sets of the ensemble.")
@_SEED
@_day(
    "--fit-until",
    help="Last day of the record to fit to: 2024-08-31 for what runs use, 2022-03-31 for what is "
    "tested. [default: 2022-03-31]",
)
@flag("--dry-run", help="Leave the seeds as they are.")
@flag("--resume", help="Go on from what a stopped fit with the same --out has simulated.")
@_OUT
def calibrate(
    first: int,
    later: int,
    sets: int,
    seed: int,
    fit_until: datetime | None,
    dry_run: bool,
    resume: bool,
    out: Path,
) -> None:
    """Fit the hidden part of the model to the record.

    Two fits are kept in the seeds, with what each was fitted to and with (fits.csv): to March 2022
    (ensemble_to_2022.csv), which `validate` tests, and to August 2024 (ensemble.csv), which runs
    use. A fit to another day is left in the folder of --out alone. With the default numbers about
    ten minutes on one core. What is simulated is kept while the fit goes on, for --resume.
    """
    from sim.inputs.evidence.ledger import load_ledger
    from sim.inputs.files.problems import raise_if_any
    from sim.runs.errors import failure_of
    from sim.validation.calibration import Sizes, check_window
    from sim.validation.calibration import calibrate as fit_model
    from sim.validation.fit_parts import open_parts
    from sim.validation.targets import FITTED, Window

    ledger, sizes = load_ledger(), Sizes(first, later, sets)
    fitted = Window(FITTED.after, fit_until.date() if fit_until else FITTED.until)
    raise_if_any(sizes.problems())
    check_window(fitted)
    with open_parts(out, resume) as parts:
        try:
            fit = fit_model(
                ledger,
                seed=seed,
                sizes=sizes,
                fitted=fitted,
                progress=_print_progress,
                parts=parts,
            )
            written = fit.write(out, ledger, ensemble=not dry_run)
        except KeyboardInterrupt as stop:
            stop.add_note(_advice_on_parts(parts.count))
            raise
        except OSError as error:
            raise failure_of(error).with_advice(_advice_on_parts(parts.count)) from error
    print_line(f"Prior against posterior, and the ensemble, are in {out}")
    if written:
        print_line(f"The ensemble is in seeds/{written} too")


@click.command()
@flag(
    "--all", "everything", help="Print every parameter, not only those of which something is said."
)
@path_to("--out", default=None, help="Write every parameter to this CSV file.")
def posterior(everything: bool, out: Path | None) -> None:
    """What the record says of each parameter, and what it cannot tell.

    Prior, fit to March 2022 and fit to August 2024 side by side, and the parameters that are as
    uncertain after both fits as before.
    """
    from sim.inputs.evidence.ledger import load_ledger
    from sim.report.tables.fit_terminal import print_posteriors
    from sim.results.summary_tables import write_csv
    from sim.validation.fits.posteriors import posteriors

    table = posteriors(load_ledger())
    if out is not None:
        write_csv(out, [*table], table.itertuples(index=False))
    print_posteriors(table, everything=everything)
    if out is not None:
        print_line(f"\nEvery parameter is in {out}")


def _advice_on_parts(parts: int) -> str:
    if not parts:
        return "Nothing was finished, and nothing is kept."
    return f"{parts} finished parts are kept: run again with --resume to go on."
