"""`simulate forecast` and `simulate score`: a sealed forecast, and how it scored."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

import click

from sim.cli.shared_options import flag, name_of, path_to, whole_number
from sim.report.tables.terminal import print_line

_day = partial(click.option, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE")


@click.command()
@name_of(
    "--scenario",
    default="as-practised-2024",
    help="What is done about failure: a scenario that begins on 1 September 2024.",
)
@name_of("--beliefs", default="evidence", help="What parameters are drawn from: a name or a file.")
@whole_number("--replications", default=64, help="Simulated countries.")
@_day("--until", help="Last day. [default: 2028-03-31]")
@whole_number("--seed", default=1, metavar=None, help="Random seed.")
@_day("--sealed-on", help="The date on the seal; no figure depends on it. [default: today]")
@flag("--quiet", help="Show no progress.")
@path_to("--out", default=Path("outputs/forecast"), help="Folder for the sealed forecast.")
def forecast(
    scenario: str,
    beliefs: str,
    replications: int,
    until: datetime | None,
    seed: int,
    sealed_on: datetime | None,
    quiet: bool,
    out: Path,
) -> None:
    """Forecast every published series from 1 September 2024, and seal the forecast.

    Writes quantiles for England and for councils (forecast.csv), the chance of each grade for
    each council (grades.csv), the naive forecasts that it will be compared with, and what it was
    made from with the hash of every file (forecast.json). Outcomes of named councils are
    simulated, never a prediction of what will happen to a named council.
    """
    from sim.forecasts import sealed_forecast as forecasts
    from sim.report.tables.forecast_terminal import print_forecast

    made = forecasts.forecast(
        out,
        scenario,
        beliefs=beliefs,
        replications=replications,
        until=until.date() if until else forecasts.USUAL_UNTIL,
        seed=seed,
        sealed_on=sealed_on.date() if sealed_on else None,
        progress=lambda message: None if quiet else print_line(message, err=True),
    )
    print_forecast(made.record, made.tables[forecasts.FIGURES])
    print_line(f"\nEverything is in {out}")


@click.command()
@click.argument("folder", metavar="FORECAST", type=click.Path(path_type=Path))
@click.argument("published", metavar="PUBLISHED.csv", type=click.Path(path_type=Path))
@path_to("--out", default=None, help="Write the scores to this CSV file.")
def score(folder: Path, published: Path, out: Path | None) -> None:
    """Score a sealed forecast when figures appear.

    FORECAST is the folder that `simulate forecast` made. PUBLISHED.csv has the columns series,
    code, date and value, as in forecast.csv; the series `grade` has the grade in force. Checks
    first that nothing was changed since the forecast was sealed.
    """
    from sim.forecasts.forecast_scores import score_forecast
    from sim.forecasts.published_csv import days_covered
    from sim.report.tables.forecast_terminal import print_scores

    sealed, figures, scores = score_forecast(folder, published, out)
    first, last = days_covered(figures)
    print_scores(sealed.record, [one._asdict() for one in scores], str(first), str(last))
    if out is not None:
        print_line(f"\nThe scores are in {out}")
