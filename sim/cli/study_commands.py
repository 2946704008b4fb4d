"""`simulate sweep`, `beliefs`, `explore`, `sensitivity` and `attribute`: many runs together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import sim
from sim import studies
from sim.cli.shared_options import (
    AGAINST,
    SCENARIO,
    flag,
    levers_of,
    name_of,
    names_of,
    path_to,
    run_options,
    whole_number,
)
from sim.report.tables.terminal import print_line, print_text
from sim.runs.options import RunOptions

if TYPE_CHECKING:
    from sim.results.study_folder import Study

_METRIC = name_of("--metric", default=studies.METRIC, help="What the regimes are judged by.")
_STEP = whole_number(
    "--step-weeks",
    default=studies.SCREENING_WEEKS,
    help="Count children and staff every N weeks. Above 1 is quicker, for many futures, and takes "
    "focused visits as a steady load on inspectors; 1 counts as other runs do.",
)


def _options(how: RunOptions) -> dict[str, Any]:
    """The options of every study, its charts drawn."""
    from sim.report.charts.study_charts import make_study_charts

    return {**how.keywords(), "draw": make_study_charts}


def _say_where(study: Study) -> None:
    from sim.report.tables.run_terminal import print_origins

    print_origins(study.record)
    print_line(f"\nEverything is in {study.folder}")


@click.command()
@SCENARIO
@levers_of(
    "--set",
    "levers",
    metavar="LEVER=A,B,C",
    help="The values of a lever; every combination of several levers is run (repeat it).",
)
@path_to("--design", help="A CSV file of points instead: a column a lever, a row a point.")
@names_of("--metric", "metrics", help="Show this metric; the files hold all (repeat it).")
@run_options
def sweep(
    scenario: str,
    levers: tuple[str, ...],
    design: Path | None,
    metrics: tuple[str, ...],
    how: RunOptions,
) -> None:
    """Run a scenario at many settings of its levers, all under the same random streams."""
    if bool(levers) == bool(design):
        raise click.UsageError("give the points with --set or with --design")
    from sim.report.tables.run_terminal import print_origins, print_sweep
    from sim.results.run_folder import check_metrics
    from sim.runs.sweep import grid_of_texts, read_design

    check_metrics(metrics)
    points = grid_of_texts(levers) if design is None else read_design(design)
    result = sim.sweep(scenario, points, **how.keywords())
    print_sweep(result.folder, metrics)
    print_origins(result.record)
    print_line(f"\nEverything is in {result.folder}")


@click.command()
@SCENARIO
@AGAINST
@names_of("--beliefs", "names", help="A name or a file (repeat it). [default: all that are known]")
@_METRIC
@partial(run_options, usual=studies.BELIEF_REPLICATIONS)
def beliefs(scenario: str, against: Sequence[str], how: RunOptions, **asked: Any) -> None:
    """Compare the regimes under rival beliefs about the world, in one table."""
    from sim.report.tables.study_terminal import print_beliefs
    from sim.studies import run_studies

    study = run_studies.beliefs(scenario, against or None, **asked, **_options(how))
    print_beliefs(study.folder, asked["metric"])
    _say_where(study)


@click.command()
@SCENARIO
@AGAINST
@whole_number("--samples", default=studies.SAMPLES, help="Futures to sample.")
@name_of(
    "--beliefs",
    default="evidence",
    help="What the futures are drawn from: evidence, critics, reformers or a file.",
)
@names_of(
    "--vary",
    metavar="PARAMETER",
    help="Vary only these, evenly over their whole range; the rest are at their central values "
    "(repeat it).",
)
@_METRIC
@names_of(
    "--break-even",
    "pairs",
    metavar="A,B",
    help="Draw the line on which regimes do equally well over parameters A and B (repeat it). "
    "[default: control.trust_deviation with trust.setup_months, and control.sponsor_deviation with "
    "control.commissioner_deviation]",
)
@click.option(
    "--price",
    "price_gbp_m",
    type=float,
    metavar="GBP_M",
    help="Price of a year that a council is inadequate. [default: what councils add to their "
    "budgets after a failure]",
)
@_STEP
@partial(run_options, usual=studies.FUTURE_REPLICATIONS)
def explore(scenario: str, against: Sequence[str], how: RunOptions, **asked: Any) -> None:
    """Sample futures and say what one would have to believe for each regime to be best.

    Robustness and regret, for whom, break-even, scenario discovery, value of information.
    """
    from sim.report.tables.study_terminal import print_exploration
    from sim.studies import run_studies

    study = run_studies.explore(scenario, against or None, **asked, **_options(how))
    print_exploration(study.folder)
    _say_where(study)


@click.command()
@SCENARIO
@name_of("--against", help="Compare with this scenario. [default: the first that it names itself]")
@names_of(
    "--parameter",
    "parameters",
    help="Only these (repeat it). [default: those whose impact is rated amber or red]",
)
@_METRIC
@whole_number(
    "--trajectories", default=studies.TRAJECTORIES, help="Trajectories of Morris's screening."
)
@whole_number(
    "--top",
    default=studies.MOST_SOBOL_PARAMETERS,
    help="Share out the variance (Sobol) among at most so many of the parameters above the noise "
    "floor; 0 for none.",
)
@whole_number("--base", default=studies.BASE, help="Size of Sobol's design: a power of two.")
@_STEP
@partial(run_options, usual=1)
def sensitivity(
    scenario: str,
    against: str | None,
    parameters: Sequence[str],
    top: int,
    how: RunOptions,
    **asked: Any,
) -> None:
    """Screen every uncertain parameter, then share out the variance among those that matter.

    The random numbers are a factor of their own, and so is a change too small to matter: the
    noise floor.
    """
    from sim.report.tables.study_terminal import print_sensitivity
    from sim.studies import run_studies
    from sim.studies.sensitivity import NOT_PARAMETERS

    run = partial(run_studies.sensitivity, scenario, against, **asked, **_options(how))
    study = run(parameters=parameters)
    print_sensitivity(study.folder)
    _say_where(study)
    if not top:
        return
    table = study.table("screening")
    above_noise = table.loc[table["above_noise"] == 1, "factor"]
    chosen = [factor for factor in above_noise if factor not in NOT_PARAMETERS][:top]
    if not chosen:
        print_text("No parameter stands above the noise floor: there is nothing to share out.")
        return
    study = run(method="shares", parameters=chosen)
    print_sensitivity(study.folder)
    _say_where(study)


@click.command()
@SCENARIO
@names_of(
    "--part",
    "parts",
    metavar="MECHANISM",
    help="A mechanism or loop (repeat it). [default: the five costs of a takeover]",
)
@flag("--shapley", help="Run every combination; leaves no interaction.")
@name_of("--beliefs", default="central", help="Beliefs about the world: a name or a file.")
@_METRIC
@partial(run_options, usual=studies.BELIEF_REPLICATIONS)
def attribute(
    scenario: str, parts: Sequence[str], shapley: bool, how: RunOptions, **asked: Any
) -> None:
    """Switch off each part of a scenario under the same random numbers, and show what it adds."""
    from sim.report.tables.study_terminal import print_attribution
    from sim.studies import run_studies

    asked["method"] = "shapley" if shapley else "alone"
    study = run_studies.attribute(scenario, parts or studies.PACKAGE, **asked, **_options(how))
    print_attribution(study.folder)
    _say_where(study)
