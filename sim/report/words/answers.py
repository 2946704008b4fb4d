"""The answer of a run in sentences, for the terminal and for a briefing alike."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from itertools import combinations

import numpy as np

from sim.analysis.statistics import half_width
from sim.inputs.evidence.ledger import Ledger, load_ledger
from sim.inputs.metrics import COST, HEADLINE, LINE_HIGHER, LINE_LOWER
from sim.inputs.policy.levers import LEVERS, Value
from sim.report.words.headlines import Difference, differences, summary_figure
from sim.report.words.prose import CitedNumber, Sentence, joined, listed, say
from sim.results.run_folder import Run, label, one

# Of what a run says first: the metric, the words around its figure, and how a difference is told.
_ANSWERS = (
    (
        *(HEADLINE, "Children in need spend ", " thousand years where practice is poor"),
        *("has ", "thousand more", "thousand fewer"),
    ),
    (
        *("child_years_under_inadequate", "They spend "),
        *(" thousand years in councils judged inadequate",),
        *("has ", "thousand more", "thousand fewer"),
    ),
    (
        *("inadequate_council_years", "Councils spend ", " council-years judged inadequate"),
        *("has ", "more", "fewer"),
    ),
    (
        *(COST, "Children's services cost £", " million a year, whoever pays,"),
        *("costs £", "million more", "million less"),
    ),
)


def answers(run: Run) -> tuple[Sentence, ...]:
    """What the scenario under test gives and how each other differs from it: children under poor
    practice, children and councils under an inadequate judgement, and cost."""
    return tuple(_answer(run, *words) for words in _ANSWERS)


def _answer(
    run: Run, metric: str, opening: str, unit: str, verb: str, more: str, fewer: str
) -> Sentence:
    """The figure of the baseline, then each clear difference with its interval, then the others."""
    figure = summary_figure(run, run.baseline, metric)
    start = say(opening, figure, f"{unit} under {label(run.baseline)}")
    others = differences(run, metric)
    if not others:
        return say(start, "; there is nothing to compare it with.")
    parts = [
        say(
            f"{label(item.scenario)} {verb}",
            item.figure(),
            f" {more if item.sign > 0 else fewer} (95% interval{', rough,' if item.rough else ''} ",
            *ordered(item),
            ")",
        )
        for item in others
        if item.sign
    ]
    unclear = [label(item.scenario) for item in others if not item.sign]
    if unclear:
        parts.append(say(f"no clear difference for {listed(unclear, 'or')}"))
    return say(joined([start, *parts]), ".")


def ordered(item: Difference) -> tuple[CitedNumber, str, CitedNumber]:
    """The ends of an interval whose sign the words carry, the smaller first."""
    low, high = item.figure("ci95_low"), item.figure("ci95_high")
    return (low, " to ", high) if item.sign > 0 else (high, " to ", low)


# -- where the line is drawn ---------------------------------------------------------------------


def line_sentence(run: Run) -> Sentence:
    """How the answer changes if practice is called poor a quarter of a grade earlier or later.

    "" for a run that did not count it.
    """
    if not all(math.isfinite(_mean(run, run.baseline, n)) for n in (LINE_LOWER, LINE_HIGHER)):
        return say()
    lower, higher = (summary_figure(run, run.baseline, name) for name in (LINE_LOWER, LINE_HIGHER))
    levels = say(
        "Were practice called poor only a quarter of a grade lower, children in need would spend ",
        *(lower, f" thousand years there under {label(run.baseline)}"),
        *("; a quarter of a grade higher, ", higher, " thousand"),
    )
    if len(run.scenarios) == 1:
        return say(levels, ".")
    changes = [
        f"{words}: {_change(run, metric)}"
        for metric, words in ((LINE_LOWER, "lower"), (LINE_HIGHER, "higher"))
        if _order(run, metric) != _order(run, HEADLINE)
    ]
    if not changes:
        order = listed(map(label, _order(run, HEADLINE)))
        return say(levels, f". The order of the options, fewest first, stays {order}.")
    turned = ". The order of the options changes where the line is "
    return say(levels, turned, "; where it is ".join(changes), ".")


def _change(run: Run, metric: str) -> str:
    """Which order of the options another line gives, and whether chance could explain that."""
    before, after = _order(run, HEADLINE), _order(run, metric)
    turned = [
        (first, second)
        for first, second in combinations(before, 2)
        if after.index(first) > after.index(second)
    ]
    sure = any(
        clearly_apart(run, HEADLINE, first, second) and clearly_apart(run, metric, first, second)
        for first, second in turned
    )
    chance = "" if sure else ", which chance could explain"
    return f"{listed(map(label, after))} instead of {listed(map(label, before))}{chance}"


def _order(run: Run, metric: str) -> list[str]:
    """The scenarios, that with the lowest mean first."""
    return sorted(run.scenarios, key=lambda scenario: _mean(run, scenario, metric))


def _mean(run: Run, scenario: str, metric: str) -> float:
    return one(run.summary, "mean", scenario=scenario, metric=metric)


def clearly_apart(run: Run, metric: str, first: str, second: str) -> bool:
    """Whether two scenarios differ in the mean of a metric, run by run, beyond chance."""
    wide = run.wide(metric)
    apart = (wide[first] - wide[second]).to_numpy(dtype=float)
    return bool(abs(apart.mean()) > np.nan_to_num(half_width(apart), nan=math.inf))


# -- what nobody has measured --------------------------------------------------------------------


def unmeasured_sentences(run: Run, plain: bool = False) -> Iterator[Sentence]:
    """That a difference rests on numbers that nobody has measured: a sentence for scenarios that
    differ from the first in levers whose effects run through the same such numbers. `plain`:
    without the names of the parameters."""
    ledger = load_ledger()
    unmeasured: dict[tuple[str, ...], dict[str, str]] = {}  # parameter and its lever, by scenarios
    for name, lever in LEVERS.items():
        others = tuple(other for other in run.scenarios[1:] if _differ(run, name, other))
        if others:
            numbers = {parameter: name for parameter in lever.rests_on if parameter in ledger}
            unmeasured.setdefault(others, {}).update(numbers)
    for others, numbers in unmeasured.items():
        if numbers:
            only = all(not _differ_else(run, set(numbers.values()), other) for other in others)
            yield say(
                f"{'The' if only else 'Part of the'} difference between {label(run.baseline)} and "
                f"{listed(map(label, others), 'or')} rests on {_numbers(ledger, numbers, plain)}."
            )


def _numbers(ledger: Ledger, names: Collection[str], plain: bool) -> str:
    """The parameters that nobody has measured, by what they drive."""
    nothing = [ledger[name].low <= 0.0 <= ledger[name].high for name in names]
    what = "a number that nobody has" if len(names) == 1 else "numbers that nobody has"
    may_be = ", and that may be nothing" if all(nothing) else ""
    if any(nothing) and not all(nothing):
        may_be = ", and of which some may be nothing"
    drives = listed(
        f"\u201c{ledger[name].drives}\u201d{'' if plain else f' ({name})'}" for name in names
    )
    return f"{what} measured{may_be}: {drives}"


def _differ(run: Run, lever: str, other: str) -> bool:
    return _course(run, lever, run.baseline) != _course(run, lever, other)


def _differ_else(run: Run, levers: Collection[str], other: str) -> bool:
    """Whether a scenario differs from the first in any other lever too."""
    return any(_differ(run, name, other) for name in LEVERS if name not in levers)


def _course(run: Run, lever: str, scenario: str) -> list[tuple[object, Value]]:
    """What a lever is from when on in a scenario of a run, each value that it changes to."""
    changes = [
        (max(change["from"], run.start), change["value"])
        for change in run.plans[scenario].get("change", [])
        if change["lever"] == lever and change["from"] < run.end
    ]
    course: list[tuple[object, Value]] = [(run.start, LEVERS[lever].default)]
    for day, value in sorted(changes, key=lambda change: change[0]):
        if day == course[-1][0]:
            course.pop()
        if not course or course[-1][1] != value:
            course.append((day, value))
    return course
