"""`simulate beliefs`, `simulate explore`, `simulate sensitivity`, `simulate attribute`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from sim.cli.shared_options import run_options

_SCENARIO = click.option(
    "--scenario", required=True, metavar="NAME", help="The scenario: a name or a file."
)
_AGAINST = click.option(
    "--against",
    multiple=True,
    metavar="NAME",
    help="Compare with this scenario instead of those it names itself (repeat it).",
)
_METRIC = click.option(
    "--metric",
    default="inadequate_council_years",
    show_default=True,
    metavar="NAME",
    help="What the regimes are judged by.",
)


_STEP = click.option(
    "--step-weeks",
    type=int,
    default=4,
    show_default=True,
    metavar="N",
    help="Count children and staff every N weeks: above 1, to screen many futures, visits between "
    "inspections are a standing load on inspectors; 1 counts as other runs do.",
)


def _how(options: dict[str, Any]) -> Any:
    from sim.report.charts.study_charts import make_study_charts
    from sim.studies.study import HowRun

    how = options.pop("how")
    return HowRun(**how.keywords(), **options, draw=make_study_charts)


@click.command()
@_SCENARIO
@_AGAINST
@click.option(
    "--beliefs",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only these beliefs: a name or a file (repeat it). [default: all that are known]",
)
@_METRIC
@partial(run_options, usual=20)
def beliefs(
    scenario: str, against: tuple[str, ...], names: tuple[str, ...], metric: str, **options: Any
) -> None:
    """Show the regimes under rival beliefs about the world, in one table."""
    from sim.report.tables.study_screen import print_beliefs
    from sim.studies import run_studies

    study = run_studies.beliefs(
        scenario, against or None, names=names, metric=metric, how=_how(options)
    )
    print_beliefs(study.folder, metric)
    click.echo(f"\nEverything is in {study.folder}")


@click.command()
@_SCENARIO
@_AGAINST
@click.option("--samples", type=int, default=200, show_default=True, help="Futures to sample.")
@click.option(
    "--beliefs",
    default="evidence",
    show_default=True,
    metavar="NAME",
    help="What the futures are drawn from: evidence, critics, reformers or a file.",
)
@click.option(
    "--vary",
    multiple=True,
    metavar="PARAMETER",
    help="Vary only these, evenly over their whole range; the rest stays central (repeat it).",
)
@_METRIC
@click.option(
    "--break-even",
    "pairs",
    multiple=True,
    metavar="A,B",
    help="Draw the line on which regimes tie over parameters A and B (repeat it). "
    "[default: trust.effect with trust.setup_months and with support.commissioner]",
)
@click.option(
    "--price",
    "price_gbp_m",
    type=float,
    metavar="GBP_M",
    help="Price of a council-year inadequate. [default: what councils add after a failure]",
)
@_STEP
@partial(run_options, usual=2)
def explore(
    scenario: str,
    against: tuple[str, ...],
    samples: int,
    beliefs: str,
    vary: tuple[str, ...],
    metric: str,
    pairs: tuple[str, ...],
    price_gbp_m: float | None,
    **options: Any,
) -> None:
    """Sample futures and say what one would have to believe for each regime to be best.

    Robustness and regret, for whom, break-even, scenario discovery, value of information.
    """
    from sim.report.tables.study_screen import print_exploration
    from sim.studies import run_studies

    study = run_studies.explore(
        scenario,
        against or None,
        samples=samples,
        beliefs=beliefs,
        vary=vary,
        metric=metric,
        pairs=pairs,
        price_gbp_m=price_gbp_m,
        how=_how(options),
    )
    print_exploration(study.folder)
    click.echo(f"\nEverything is in {study.folder}")


@click.command()
@_SCENARIO
@click.option("--against", metavar="NAME", help="Compare with this scenario. [default: its first]")
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME",
    help="Only these (repeat it). [default: those whose impact is rated amber or red]",
)
@_METRIC
@click.option(
    "--trajectories", type=int, default=6, show_default=True, help="Of the Morris screening."
)
@click.option(
    "--top",
    type=int,
    default=6,
    show_default=True,
    help="Then Sobol on at most so many of those above the noise floor; 0 for none.",
)
@click.option(
    "--base", type=int, default=64, show_default=True, help="Of the Sobol design: a power of 2."
)
@_STEP
@partial(run_options, usual=1)
def sensitivity(
    scenario: str,
    against: str | None,
    parameters: tuple[str, ...],
    metric: str,
    trajectories: int,
    top: int,
    base: int,
    **options: Any,
) -> None:
    """Screen every uncertain parameter, then share out the variance among those that matter.

    Luck is a factor of its own, and so is a change too small to matter: the noise floor.
    """
    from sim.report.tables.study_screen import print_sensitivity
    from sim.studies import run_studies

    how = _how(options)
    asked: dict[str, Any] = {"metric": metric, "trajectories": trajectories, "base": base}
    first = run_studies.sensitivity(scenario, against, parameters=parameters, how=how, **asked)
    print_sensitivity(first.folder)
    click.echo(f"\nEverything is in {first.folder}")
    if not top:
        return
    table = first.table("screening")
    above = table[table["above_noise"] == 1]
    chosen = [f for f in above["factor"] if f not in ("luck", "nothing")][:top]
    if not chosen:
        click.echo("No parameter stands above the noise floor: there is nothing to share out.")
        return
    second = run_studies.sensitivity(
        scenario, against, method="shares", parameters=chosen, how=how, **asked
    )
    print_sensitivity(second.folder)
    click.echo(f"\nEverything is in {second.folder}")


@click.command()
@_SCENARIO
@click.option(
    "--part",
    "parts",
    multiple=True,
    metavar="MECHANISM",
    help="A mechanism or loop (repeat it). [default: the five costs of a takeover]",
)
@click.option("--shapley", is_flag=True, help="Run every combination; leaves no interaction.")
@click.option("--beliefs", default="central", show_default=True, metavar="NAME")
@_METRIC
@partial(run_options, usual=20)
def attribute(
    scenario: str,
    parts: tuple[str, ...],
    shapley: bool,
    beliefs: str,
    metric: str,
    **options: Any,
) -> None:
    """Switch each part of a scenario off under the same luck, and show what it adds."""
    from sim.report.tables.study_screen import print_attribution
    from sim.studies import run_studies

    study = run_studies.attribute(
        scenario,
        parts or run_studies.PACKAGE,
        metric=metric,
        method="shapley" if shapley else "alone",
        beliefs=beliefs,
        how=_how(options),
    )
    print_attribution(study.folder)
    click.echo(f"\nEverything is in {study.folder}")
