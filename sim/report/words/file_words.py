"""What a scenario, a set of beliefs or a file of rules does, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sim.inputs.evidence.beliefs_file import EVIDENCE, Belief, BeliefsFile
from sim.inputs.policy.levers import LEVERS
from sim.inputs.policy.regime_names import regime_words
from sim.inputs.policy.rules import RULES, WITH_RULES, Rule
from sim.inputs.policy.scenario import Scenario
from sim.report.words.prose import listed
from sim.report.words.rule_words import day_in_words, step_in_words

_MOST_NAMED = 8  # names in one sentence
# What the lever does by which rules act beside another regime.
_WITH_OTHER = "Beside it the scenario's own rules act, on councils that are not judged inadequate."


@dataclass(frozen=True)
class RegimePeriod:
    """A part of a run with one regime: from when, its name, what it does, and whether the rules of
    the scenario act.

    `words` is "" where they are not known here: for the scenario's own rules, or the regime of
    another package.
    """

    since: str
    regime: str
    words: str
    rules: bool


def regimes_in_words(scenario: Scenario) -> list[RegimePeriod]:
    """The regimes of a run in turn, each again where a lever changes what it does."""
    periods: list[RegimePeriod] = []
    for day, levers in scenario.timeline():
        name = str(levers["regime.name"])
        with_other = name != RULES and levers.get(WITH_RULES) is True
        words = f"{regime_words(name, levers)} {_WITH_OTHER if with_other else ''}".strip()
        new = RegimePeriod(day_in_words(day), name, words, name == RULES or with_other)
        if not periods or replace(periods[-1], since=new.since) != new:
            periods.append(new)
    return periods


def scenario_in_words(scenario: Scenario) -> str:
    """What a scenario does, as one paragraph."""
    last = scenario.end - timedelta(days=1)
    sentences = [
        f"A scenario, {_quoted(scenario.title)}: England from {day_in_words(scenario.start)} to "
        f"{day_in_words(last)}."
    ]
    rules_named = False
    for place, period in enumerate(regimes_in_words(scenario)):
        begin = f"From {period.since} the regime" if place else "The regime"
        order = _order(scenario.rules) if period.rules and not rules_named else ""
        rules_named = rules_named or period.rules
        sentences.append(
            " ".join(filter(None, (f"{begin} is {period.regime}.", period.words, order)))
        )
    sentences.append(_levers(_not_at_default(scenario)))
    against = _several(scenario.compare_with) or "nothing"
    sentences.append(f"It is compared with {against}, under the beliefs {scenario.beliefs}.")
    return " ".join(sentences)


def _not_at_default(scenario: Scenario) -> list[str]:
    """The levers, but for the regime, that are somewhere in the run not at their default."""
    steps = [levers for _, levers in scenario.timeline()]
    return [
        name
        for name, lever in LEVERS.items()
        if name != "regime.name" and any(levers[name] != lever.default for levers in steps)
    ]


def _levers(own: Sequence[str]) -> str:
    if not own:
        return "Every other lever is at its default."
    verb = "lever is" if len(own) == 1 else "levers are"
    return f"{len(own)} other {verb} not at the default: {_several(own)}."


def _order(rules: Sequence[Rule]) -> str:
    """The rules of a file in their order, each with its step."""
    count = "Its one rule is" if len(rules) == 1 else f"Its {len(rules)} rules, in order, are"
    named = [f"{_quoted(rule.name)} ({step_in_words(rule)})" for rule in rules[:_MOST_NAMED]]
    more = len(rules) - len(named)
    return f"{count} {listed([*named, *([f'{more} more'] if more else [])])}."


def beliefs_in_words(whole: BeliefsFile, named: Sequence[Belief]) -> str:
    """What a set of beliefs holds, as one paragraph."""
    what = "A thought experiment" if whole.thought_experiment else "A set of beliefs"
    ranges = sum(belief.low < belief.high for belief in named)
    values = len(named) - ranges
    parts = [
        f"{count} {'parameter' if count == 1 else 'parameters'} {text}"
        for count, text in ((values, "a value"), (ranges, "a range"))
        if count
    ]
    gives = f"It gives {listed(parts)}." if parts else "It names no parameter."
    rest = (
        "The others are drawn from what the record allows."
        if whole.others == EVIDENCE
        else "The others are at their central values."
    )
    return f"{what}, {_quoted(whole.title)}: {whole.description.strip()} {gives} {rest}"


def rules_in_file(title: str, rules: Sequence[Rule]) -> str:
    """What a file of rules does, as one paragraph."""
    return (
        f"A file of rules, {_quoted(title)}, for a scenario to extend: it has no dates, and so is "
        f"not run by itself. {_order(rules)}"
    )


def _quoted(text: str) -> str:
    return f"“{text}”"


def _several(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return listed([*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])])
