"""The answer of a run in a few sentences: for the first screen and for one side of paper.

Children first, then the cost told whole, then why the options differ by so much and no more.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.inputs.metrics import COST, HEADLINE, METRICS, listed_metrics
from sim.report.words.answers import clearly_apart, ordered
from sim.report.words.headlines import Difference, differences, summary_figure
from sim.report.words.prose import CitedNumber, Sentence, joined, listed, say
from sim.results.run_folder import Run, label

_MOST_NAMES = 3  # of options in one sentence
_LEAST_PART = 0.1  # of all that the parts of a cost move: a smaller part is left to the tables


def best_option(run: Run) -> Difference | None:
    """The scenario with the fewest child-years under poor practice, where it has clearly fewer than
    the baseline; None where none has."""
    fewer = [item for item in differences(run, HEADLINE) if item.sign < 0]
    return min(fewer, key=lambda item: item.mean, default=None)


def short_answer(run: Run) -> tuple[Sentence, ...]:
    """What is best for children, by how much, and what it costs: one to three sentences."""
    base = summary_figure(run, run.baseline, HEADLINE)
    level = say(
        *("Children in need spend ", base),
        f" thousand years where practice is poor under {label(run.baseline)}",
    )
    others = differences(run, HEADLINE)
    if not others:
        return say(level, "; there is nothing to compare it with."), _level_of_cost(run)
    best = best_option(run)
    if best is None:
        unclear = [label(item.scenario) for item in others if not item.sign]
        names = "any" if len(unclear) == len(others) > 3 else _few(unclear, "or")
        end = f"; no clear difference for {names}" if unclear else "; every other option has more"
        return say(level, ". No option has clearly fewer", end, "."), _clear_costs(run)
    rivals = [
        label(item.scenario)
        for item in others
        if item.scenario != best.scenario
        and not clearly_apart(run, HEADLINE, best.scenario, item.scenario)
    ]
    return (
        say(level, "."),
        say(
            *(f"Fewest under {label(best.scenario)}: ", best.figure(), " thousand fewer ("),
            *(_interval(best), ")"),
            f"; chance could explain that it is ahead of {listed(rivals, 'or')}."
            if rivals
            else ".",
        ),
        _cost(_of(run, COST, best.scenario)),
    )


def _few(names: list[str], last: str) -> str:
    """Some names, the others only mentioned."""
    if len(names) <= _MOST_NAMES:
        return listed(names, last)
    return f"{', '.join(names[:_MOST_NAMES])} {last} others"


def _interval(item: Difference) -> Sentence:
    return say(f"95% interval{', rough,' if item.rough else ''} ", *ordered(item))


def _level_of_cost(run: Run) -> Sentence:
    figure = summary_figure(run, run.baseline, COST)
    return say("Children's services cost £", figure, " million a year, whoever pays.")


def _clear_costs(run: Run) -> Sentence:
    """Which options cost clearly more or less than the baseline."""
    clear = [item for item in differences(run, COST) if item.sign]
    base = label(run.baseline)
    if not clear:
        return say(f"No option costs clearly more or less than {base}, whoever pays.")
    clear.sort(key=lambda item: -abs(item.mean))
    costs = [say(f"{label(i.scenario)} (", i.figure(signed=True), ")") for i in clear[:_MOST_NAMES]]
    more = ", and others" if len(clear) > _MOST_NAMES else ""
    start = f"Clearly other costs than under {base}, whoever pays, £ million a year: "
    return say(start, joined(costs, ", "), more, ".")


def _cost(item: Difference) -> Sentence:
    """What a scenario costs against the baseline, all together."""
    scenario, base = label(item.scenario), label(item.baseline)
    if item.mean == item.low == item.high == 0.0:
        return say(f"{scenario} costs as much as {base} in every run.")
    if not item.sign:
        return say(
            f"No clear difference in cost, whoever pays: {scenario} less {base} £ million a year ",
            *(item.figure(signed=True), " (95% interval "),
            *(item.figure("ci95_low", signed=True), " to "),
            *(item.figure("ci95_high", signed=True), ")."),
        )
    return say(
        *(f"{scenario} costs £", item.figure(), " million a year "),
        f"{'more' if item.sign > 0 else 'less'}, whoever pays (",
        *(_interval(item), ")."),
    )


def made_of(run: Run, scenario: str) -> Sentence:
    """What a scenario's cost is made of, in its larger parts, and who pays it."""
    parts = _parts(run, scenario)
    payers = [
        say(f"{who} ", _of(run, metric, scenario).figure(signed=True))
        for who, metric in zip(("government", "councils"), listed_metrics("payers"), strict=True)
    ]
    if not parts:
        return say()
    return say(
        f"{label(scenario)} less {label(run.baseline)}, £ million a year: ",
        *(joined(parts, ", "), ". Paid by ", joined(payers, ", by "), "."),
    )


def _parts(run: Run, scenario: str) -> list[Sentence]:
    """The larger parts of what a scenario costs, the largest first, each with its sign."""
    items = [_of(run, metric, scenario) for metric in listed_metrics("cost")]
    moved = sum(abs(item.mean) for item in items)
    large = [item for item in items if moved and abs(item.mean) >= _LEAST_PART * moved]
    return [
        say(f"{_inside(METRICS[item.metric].short)} ", item.figure(signed=True))
        for item in sorted(large, key=lambda item: -abs(item.mean))
    ]


def _inside(title: str) -> str:
    """A title as it stands inside a sentence."""
    return title[0].lower() + title[1:]


def _of(run: Run, metric: str, scenario: str) -> Difference:
    return next(item for item in differences(run, metric) if item.scenario == scenario)


def reasons(run: Run, common: CitedNumber | None, most: str) -> Iterator[Sentence]:
    """Why the options differ by so much and no more; nothing for a run of one scenario.

    `common` are the council-years that councils are inadequate whatever is chosen, `most` the stage
    in which most of them pass.
    """
    if len(run.scenarios) == 1:
        return
    base, best = label(run.baseline), best_option(run)
    clear = [
        item
        for metric in listed_metrics("phases")
        for item in differences(run, metric)
        if item.sign and (best is None or item.scenario == best.scenario)
    ]
    if clear:
        most_apart = max(clear, key=lambda item: abs(item.mean))
        yield say(
            f"By so much: what most sets {label(most_apart.scenario)} apart from {base} is the "
            f"stage “{_inside(METRICS[most_apart.metric].short)}”, ",
            *(most_apart.figure(signed=True), " council-years."),
        )
    else:
        who = "any option" if best is None else label(best.scenario)
        yield say(f"In no stage of being inadequate does {who} differ clearly from {base}.")
    if common is not None:
        whole = summary_figure(run, run.baseline, "inadequate_council_years")
        yield say(
            *("No more: ", common, " of ", whole, " council-years inadequate pass whatever is "),
            f"chosen, most of them in the stage “{_inside(most)}”.",
        )
