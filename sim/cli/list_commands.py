"""`simulate list`, `show` and `diff`: what there is, and what a scenario says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from sim.cli.shared_options import flag, levers_of, pairs
from sim.report.tables.terminal import print_line, print_table, print_text, print_title

if TYPE_CHECKING:
    from sim.inputs.policy.scenario import Scenario


@click.command("list")
@flag("--scenarios", help="The scenarios.")
@flag("--regimes", help="The regimes, with those of other packages.")
@flag("--levers", help="The levers a scenario may set.")
@flag("--metrics", help="The metrics reported.")
@flag("--seeds", help="How much of the starting state is imputed.")
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
        print_line("See also --levers, --metrics and --seeds.\n", err=True)
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

    rows = [(scenario.name, scenario.title) for scenario in list_scenarios()]
    print_table("Scenarios", ("name", "title"), rows)


def _regimes() -> None:
    from sim.inputs.policy.regime_names import BUILT_IN_REGIMES
    from sim.regimes import available

    rows = [
        (name, BUILT_IN_REGIMES[name][0] if name in BUILT_IN_REGIMES else _first_sentence(regime))
        for name, regime in sorted(available().items())
    ]
    print_table("Regimes", ("name", "what it does"), rows)


def _first_sentence(regime: type) -> str:
    """What a class says of itself, up to its first full stop."""
    words = " ".join((regime.__doc__ or "").split())
    first, stop, _ = words.partition(". ")
    return f"{first}." if stop else words


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
    state = baseline(day)
    rows = [(field, f"{share:.1%}", rule) for field, share, rule in state.imputed_share()]
    title = f"Share of councils whose starting state on {day} is imputed"
    print_table(title, ("field", "imputed", "rule"), rows, right=(1,))
    if state.borrowed:
        print_text(
            f"From a later return, as none had been made: {', '.join(sorted(state.borrowed))}"
        )


@click.command()
@click.argument("scenario")
@levers_of("--set", "levers", help="Set a lever.")
@click.option("--years", type=float, help="Length of the run, instead of the scenario's.")
def show(scenario: str, levers: tuple[str, ...], years: float | None) -> None:
    """Show what SCENARIO does, in sentences, and every lever as it would run, with its source."""
    from sim.inputs.policy.scenario import load_scenario

    loaded = load_scenario(scenario, pairs("--set", levers), years)
    print_text(f"{loaded.title} ({loaded.name})")
    if loaded.description:
        print_text(loaded.description)
    print_text(f"From {loaded.start} to {loaded.end}, beliefs: {loaded.beliefs}")
    print_text(f"Compared with: {', '.join(loaded.compare_with) or 'nothing'}")
    _show_regimes(loaded)
    _show_levers(loaded)


def _show_regimes(scenario: Scenario) -> None:
    """What is done about a council, regime by regime."""
    from sim.report.words.file_words import regimes_in_words
    from sim.report.words.rule_words import rules_in_words

    print_title("What government does")
    periods, before = regimes_in_words(scenario), None
    for period in periods:
        begin = f"{period.regime}, from {period.since}" if len(periods) > 1 else period.regime
        if before is not None and before.regime == period.regime:
            other = [one for one in period.words.split(". ") if one not in before.words]
            print_text(f"{begin}: as before, but this. {'. '.join(other)}")
        else:
            own = "the rules below, for every council."
            text = period.words or (own if period.rules else _of_a_package(period.regime))
            print_text(f"{begin}: {text}")
        before = period
    if any(period.rules for period in periods):
        print_title("Rules, in the order in which they are read")
        texts = rules_in_words(scenario.rules)
        for number, (rule, text) in enumerate(zip(scenario.rules, texts, strict=True), 1):
            print_text(text, f"{number:>3}. ")
            print_text(f"Why: {rule.why} ({rule.source}; {rule.place})", " " * 5)


def _of_a_package(name: str) -> str:
    """What the regime of an installed package says of itself."""
    from sim.regimes import available

    regime = available().get(name)
    return "no regime of this name is installed." if regime is None else _first_sentence(regime)


def _show_levers(scenario: Scenario) -> None:
    """Every lever, with what it is set to, why, and where that is said."""
    from sim.inputs.policy.levers import LEVERS
    from sim.runs.scenarios_of_run import text_of

    print_title("Levers")
    for row in scenario.resolved():
        unit = LEVERS[row.lever].unit
        counted = "" if unit in ("name", "yes or no") else f" {unit}"
        default = row.why == "default"
        since = "the default" if default else f"from {row.from_}"
        print_text(f"{row.lever} = {text_of(row.value)}{counted}, {since}", hang="    ")
        if not default:
            print_text(row.why, "    ")
        print_text("; ".join(filter(None, (row.source, row.place))), "    ")


@click.command()
@click.argument("a")
@click.argument("b")
def diff(a: str, b: str) -> None:
    """Show where scenarios A and B differ."""
    from sim.inputs.policy.levers import LEVERS
    from sim.inputs.policy.scenario import load_scenario
    from sim.report.words.rule_words import rules_in_words
    from sim.runs.scenarios_of_run import text_of

    first, second = load_scenario(a), load_scenario(b)

    def paths(scenario: Scenario) -> dict[str, str]:
        """Each lever's values in the run, with the date from which each holds."""
        values: dict[str, str] = {}
        for row in scenario.resolved():
            before = f"{values[row.lever]}; " if row.lever in values else ""
            values[row.lever] = f"{before}{text_of(row.value)} from {row.from_}"
        return values

    left, right = paths(first), paths(second)
    rows: list[tuple[object, ...]] = [
        (name, getattr(first, name), getattr(second, name))
        for name in ("start", "end", "beliefs")
        if getattr(first, name) != getattr(second, name)
    ]
    rows += [(lever, left[lever], right[lever]) for lever in LEVERS if left[lever] != right[lever]]
    if [rule.as_toml() for rule in first.rules] != [rule.as_toml() for rule in second.rules]:
        texts = ("\n".join(rules_in_words(one.rules)) or "none" for one in (first, second))
        rows.append(("rules", *texts))
    if not rows:
        print_line(f"{first.name} and {second.name} run alike.")
        return
    print_table(f"{first.name} and {second.name}", ("", first.name, second.name), rows)
