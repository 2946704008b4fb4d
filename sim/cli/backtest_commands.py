"""`simulate validate` and `simulate calibrate`: the model against the record."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.print_table import print_table

if TYPE_CHECKING:
    from sim.backtest.assessment import Backtest
    from sim.backtest.figures import Window
    from sim.backtest.patterns import Pattern

_DAY = click.DateTime(["%Y-%m-%d"])
_OUT = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("outputs/validate"),
    show_default=True,
    help="Folder for the tables and charts.",
)


@click.command()
@click.option(
    "--sets",
    type=click.IntRange(20),
    default=100,
    show_default=True,
    metavar="N",
    help="Parameter sets of the ensemble to play, one nation each.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--test-from",
    type=_DAY,
    default=None,
    metavar="DATE",
    help="First day of the test window. [default: 2018-04-01]",
)
@click.option(
    "--test-until",
    type=_DAY,
    default=None,
    metavar="DATE",
    help="Last day of the test window. [default: 2019-08-31]",
)
@click.option(
    "--until",
    type=_DAY,
    default=None,
    metavar="DATE",
    help="Run on to this day (at most 2026-06-30) and write what is predicted.",
)
@click.option("--fitted", is_flag=True, help="Print the figures of the fitted years too.")
@click.option("--no-charts", is_flag=True, help="Draw no charts.")
@_OUT
def validate(
    sets: int,
    seed: int,
    test_from: date | None,
    test_until: date | None,
    until: date | None,
    fitted: bool,
    no_charts: bool,
    out: Path,
) -> None:
    """Hold the model against the record, and print the scorecard.

    Countries are played as practised from November 2013, January 2016 and April 2018, under
    the parameter sets that fit the record to March 2018. What happened from April 2018 to
    August 2019 was not used to fit. Leaves with code 0 whatever the score.
    """
    from sim import regimes
    from sim.backtest.assessment import backtest
    from sim.backtest.ensemble import load_sets
    from sim.backtest.figures import FITTED, TESTED, Window
    from sim.backtest.forecast import write_long_run
    from sim.backtest.patterns import patterns
    from sim.backtest.published import FIRST_DAY, PublishedData
    from sim.backtest.scorecard import write_backtest
    from sim.inputs.councils.baseline import baseline
    from sim.inputs.evidence.ledger import load_ledger

    found = load_sets(load_ledger())
    tested = Window(_before(test_from) or TESTED.after, _day(test_until) or TESTED.until)
    test = backtest(
        found.sets[:sets],
        seed=seed,
        regimes=regimes.available(),
        fitted=Window(FITTED.after, found.fitted_until),
        tested=tested,
        until=_day(until),
        say=lambda words: click.echo(words, err=True),
    )
    seen = patterns(PublishedData(), test.countries[FIRST_DAY])
    write_backtest(out, test, seen)
    _write_record(out, sets=len(found.sets[:sets]), seed=seed, tested=tested)
    if until is not None:
        names = baseline(FIRST_DAY).names
        for countries in test.countries.values():
            write_long_run(out, countries, names)
    _print(test, seen, fitted, tested)
    if not no_charts:
        from sim.report.charts.backtest_charts import draw_backtest

        draw_backtest(out)
    click.echo(f"\nEverything is in {out}")


def _write_record(out: Path, *, sets: int, seed: int, tested: Window) -> None:
    """What the back-test was made from, for those who cite it."""
    import json

    from sim import __version__
    from sim.runs.identity import seeds_sha256

    record = {
        "format": 1,
        "kind": "backtest",
        "version": __version__,
        "sets": sets,
        "seed": seed,
        "tested_after": tested.after.isoformat(),
        "tested_until": tested.until.isoformat(),
        "seeds_sha256": seeds_sha256(),
    }
    (out / "record.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _print(test: Backtest, seen: list[Pattern], fitted: bool, tested: Window) -> None:
    from sim.backtest import scorecard_text as scorecard

    for start in test.starts:
        for window in (False, True):
            chosen = test.select(start, window)
            if chosen and (window or fitted):
                title = f"Played from {start}: {scorecard.WINDOWS[window]} window"
                rows = scorecard.figure_rows(chosen)
                print_table(title, scorecard.FIGURE_HEAD, rows, right=(1, 2, 7, 8, 9))
    title = "Council by council: mean score (lower is better) and share inside the intervals"
    rows = scorecard.council_rows(test.councils)
    print_table(title, scorecard.COUNCIL_HEAD, rows, right=range(2, 9))
    rows = scorecard.pattern_rows(seen)
    print_table("Patterns that were not fitted", scorecard.PATTERN_HEAD, rows, right=(1, 2))
    lost = scorecard.losses(test)
    click.echo(f"Where the model loses to a naive rival after {tested.after} ({len(lost)}):")
    for line in lost:
        click.echo(f"  {line}")
    click.echo()
    rows = scorecard.summary_rows(test)
    print_table("Scorecard", scorecard.SUMMARY_HEAD, rows, right=range(2, 9))


def _day(moment: date | None) -> date | None:
    return None if moment is None else date(moment.year, moment.month, moment.day)


def _before(moment: date | None) -> date | None:
    day = _day(moment)
    return None if day is None else date.fromordinal(day.toordinal() - 1)


@click.command()
@click.option(
    "--first",
    type=click.IntRange(100),
    default=1024,
    show_default=True,
    metavar="N",
    help="Nations drawn from the priors.",
)
@click.option(
    "--later",
    type=click.IntRange(50),
    default=512,
    show_default=True,
    metavar="N",
    help="Nations in each of two later waves.",
)
@click.option(
    "--sets",
    type=click.IntRange(20),
    default=128,
    show_default=True,
    metavar="N",
    help="Parameter sets to keep.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--fit-until",
    type=_DAY,
    default=None,
    metavar="DATE",
    help="Last day of the record to fit to. [default: 2018-03-31]",
)
@click.option("--dry-run", is_flag=True, help="Leave seeds/ensemble.csv as it is.")
@_OUT
def calibrate(
    first: int, later: int, sets: int, seed: int, fit_until: date | None, dry_run: bool, out: Path
) -> None:
    """Fit the hidden part of the model to the record, and write seeds/ensemble.csv.

    With the default numbers about five minutes on one core.
    """
    from sim import regimes
    from sim.backtest.calibration import Sizes
    from sim.backtest.calibration import calibrate as fit_model
    from sim.backtest.ensemble import write_fit
    from sim.backtest.figures import FITTED, Window
    from sim.inputs.evidence.ledger import load_ledger

    ledger = load_ledger()
    window = Window(FITTED.after, _day(fit_until) or FITTED.until)
    fit = fit_model(
        ledger,
        seed=seed,
        regimes=regimes.available(),
        sizes=Sizes(first, later, sets),
        fitted=window,
        say=lambda words: click.echo(words, err=True),
    )
    write_fit(out, fit, ledger, None if dry_run else window)
    click.echo(f"Prior against posterior is in {out}")
