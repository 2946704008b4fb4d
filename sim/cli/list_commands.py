"""`simulate list`: what there is."""

from __future__ import annotations

from datetime import date

import click

from sim.cli.print_table import print_table


@click.command("list")
@click.option("--scenarios", is_flag=True, help="The scenarios.")
@click.option("--regimes", is_flag=True, help="The regimes, with those of other packages.")
@click.option("--levers", is_flag=True, help="The levers a scenario may set.")
@click.option("--metrics", is_flag=True, help="The metrics reported.")
@click.option("--seeds", is_flag=True, help="How much of the starting state is imputed.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2016-01-01",
    metavar="DATE",
    show_default=True,
    help="With --seeds: the date of the starting state.",
)
def list_(
    scenarios: bool, regimes: bool, levers: bool, metrics: bool, seeds: bool, on: date
) -> None:
    """List scenarios and regimes, or levers, metrics or seeds."""
    if not (scenarios or regimes or levers or metrics or seeds):
        scenarios = regimes = True
        click.echo("See also --levers, --metrics and --seeds.\n", err=True)
    if scenarios:
        _scenarios()
    if regimes:
        _regimes()
    if levers:
        _levers()
    if metrics:
        _metrics()
    if seeds:
        _seeds(on)


def _scenarios() -> None:
    from sim.inputs.policy.scenario import list_scenarios

    rows = [(found.name, found.title) for found in list_scenarios()]
    print_table("Scenarios", ("name", "title"), rows)


def _regimes() -> None:
    from sim.regimes import available

    rows = [
        (name, (regime.__doc__ or "").strip().split("\n")[0])
        for name, regime in sorted(available().items())
    ]
    print_table("Regimes", ("name", "what it does"), rows)


def _levers() -> None:
    from sim.inputs.policy.levers import LEVERS

    rows = [
        (lever.name, lever.default, lever.expects(), lever.meaning, lever.source)
        for lever in LEVERS.values()
    ]
    print_table("Levers", ("name", "default", "may be", "meaning", "source"), rows)


def _metrics() -> None:
    from sim.inputs.metrics import METRICS

    rows = [(m.name, m.unit, m.kind, m.better, m.label) for m in METRICS.values()]
    print_table("Metrics", ("name", "unit", "kind", "better", "meaning"), rows)


def _seeds(on: date) -> None:
    from sim.inputs.councils.baseline import baseline

    day = date(on.year, on.month, on.day)
    rows = [(field, f"{share:.1%}", rule) for field, share, rule in baseline(day).imputed_share()]
    title = f"Share of councils whose starting state on {day} is imputed"
    print_table(title, ("field", "imputed", "rule"), rows, right=(1,))
