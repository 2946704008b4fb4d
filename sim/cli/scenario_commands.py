"""`simulate show` and `simulate diff`: what a scenario says."""

from __future__ import annotations

import click

from sim.cli.options import pairs
from sim.cli.print_table import print_table


@click.command()
@click.argument("scenario")
@click.option("--set", "levers", multiple=True, metavar="LEVER=VALUE", help="Set a lever.")
@click.option("--years", type=float, help="Length of the run, instead of the scenario's.")
def show(scenario: str, levers: tuple[str, ...], years: float | None) -> None:
    """Show every lever of SCENARIO as it would run, with its source."""
    from sim.inputs.policy.levers import LEVERS
    from sim.inputs.policy.scenario import load_scenario
    from sim.runs.scenarios_of_run import text_of

    found = load_scenario(scenario, pairs("--set", levers), years)
    click.echo(f"{found.title} ({found.name})")
    if found.description:
        click.echo(found.description)
    click.echo(f"From {found.start} to {found.end}, beliefs: {found.beliefs}")
    click.echo(f"Compared with: {', '.join(found.compare_with) or 'nothing'}\n")
    rows = [
        (
            row.lever,
            row.from_,
            text_of(row.value),
            LEVERS[row.lever].unit,
            row.why,
            row.source,
            row.place,
        )
        for row in found.resolved()
    ]
    print_table("Levers", ("lever", "from", "value", "unit", "why", "source", "where"), rows)


@click.command()
@click.argument("a")
@click.argument("b")
def diff(a: str, b: str) -> None:
    """Show where scenarios A and B differ."""
    from sim.inputs.policy.levers import LEVERS, Value
    from sim.inputs.policy.scenario import load_scenario
    from sim.runs.scenarios_of_run import text_of

    first, second = load_scenario(a), load_scenario(b)

    def path(values: dict[str, tuple[tuple[object, Value], ...]], lever: str) -> str:
        return "; ".join(f"{text_of(value)} from {day}" for day, value in values[lever])

    sides = []
    for scenario in (first, second):
        values: dict[str, tuple[tuple[object, Value], ...]] = {}
        for row in scenario.resolved():
            values[row.lever] = (*values.get(row.lever, ()), (row.from_, row.value))
        sides.append(values)
    left, right = sides
    rows: list[tuple[object, ...]] = [
        (name, getattr(first, name), getattr(second, name))
        for name in ("start", "end", "beliefs")
        if getattr(first, name) != getattr(second, name)
    ]
    rows += [
        (lever, path(left, lever), path(right, lever))
        for lever in LEVERS
        if left[lever] != right[lever]
    ]
    if not rows:
        click.echo(f"{first.name} and {second.name} run alike.")
        return
    print_table(f"{first.name} and {second.name}", ("", first.name, second.name), rows)
