"""What a run prints: one screen with the answer, the differences that are clear, what to open."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from sim.inputs.files.plain_text import readable, shortened
from sim.inputs.metrics import COST, HEADLINE, METRICS, Metric, listed_metrics
from sim.report.tables.terminal import print_line
from sim.report.words.headlines import Difference, differences
from sim.report.words.prose import decimals, number, with_sign
from sim.report.words.short_answer import short_answer
from sim.results.run_folder import Run, label, one, open_run

WIDTH, HEIGHT = 80, 40  # of a terminal, in characters and lines
NOT_CLEAR = "not clear"
_CLOSING = 5  # lines that follow: why it stopped, where everything is, the page to open
_MOST_OPTIONS = 10
_NAME, _CELL, _PRICE = 24, 21, 10  # widths of columns
# What a reader may open, where it is there, and what it is for.
_FILES = {
    "explorer.html": "ask the answer yourself",
    "briefing.html": "the answer on one side of paper",
    "charts": "every chart, with its data",
    "comparison.csv": "every difference with its interval",
}


def print_screen(folder: Path) -> None:
    """Print what a run of these scenarios answers, on one screen of 80 columns."""
    for line in screen_lines(open_run(folder)):
        print_line(line)


def screen_lines(run: Run) -> list[str]:
    """The lines, at most 40 with the one that says where everything is, of 80 characters each."""
    runs = f"{run.replication_count} replication{'s' * (run.replication_count != 1)}"
    beliefs = f", beliefs: {run.beliefs}" if run.beliefs != "central" else ""
    about = f"{run.title}: England, {run.period}, {runs}, seed {run.seed}{beliefs}"
    lines = ["", *wrap(readable(shortened(about, 2 * WIDTH)), WIDTH), ""]
    for sentence in short_answer(run):
        lines += wrap(readable(str(sentence)), WIDTH, subsequent_indent="  ")
    to_open = ["", *_to_open(run)]
    if len(run.scenarios) == 1:
        return [*lines, "", *_levels(run), *to_open]
    lines += ["", *_differences(run)]
    return [*lines, *_also_clear(run, HEIGHT - _CLOSING - len(lines) - len(to_open)), *to_open]


def _differences(run: Run) -> Iterator[str]:
    """Children, cost and price of every option."""
    yield from wrap(f"Each less {label(run.baseline)}, with its 95 % interval", WIDTH)
    yield _row("", "child-years of poor", "cost, GBP million a", "GBP for")
    yield _row("", "practice, thousand", "year, whoever pays", "each one")
    prices = {row["scenario"]: row for row in run.cost_effectiveness.to_dict("records")}
    costs = {item.scenario: item for item in differences(run, COST)}
    children = differences(run, HEADLINE)
    for item in children[:_MOST_OPTIONS]:
        price = float(prices.get(item.scenario, {}).get("gbp_per_child_year", math.nan))
        yield _row(
            label(item.scenario),
            *(_cell(item), _cell(costs[item.scenario])),
            _price(costs[item.scenario], price),
        )
    if len(children) > _MOST_OPTIONS:
        yield f"and {len(children) - _MOST_OPTIONS} more options (--details)"


def _also_clear(run: Run, room: int) -> Iterator[str]:
    """What else differs clearly, in at most so many lines."""
    others = list(_others(run))
    room -= 3  # an empty line, the title, and what is left out
    if not others or room < len(others[0]):
        return
    yield ""
    yield "Also clear:"
    for place, lines in enumerate(others):
        room -= len(lines)
        if room < 0:
            yield f"  and {len(others) - place} more measures (--details)"
            return
        yield from lines


def _row(name: str, children: str, cost: str, price: str) -> str:
    name = shortened(readable(name), _NAME)
    return f"{name:{_NAME}} {children:>{_CELL}} {cost:>{_CELL}} {price:>{_PRICE}}".rstrip()


def _price(cost: Difference, price: float) -> str:
    """What a child-year avoided costs, where any is and both it and the cost are clear."""
    if math.isnan(price) or not cost.sign:
        return ""
    return "saves" if cost.sign < 0 else number(price, 0)


def _cell(item: Difference) -> str:
    """A clear difference with its interval, "~" after one that is rough."""
    if item.mean == item.low == item.high == 0.0:
        return "none in any run"
    if not item.sign:
        return NOT_CLEAR
    scale = METRICS[item.metric].scale
    figures = [scale * value for value in (item.mean, item.low, item.high)]
    places = decimals(figures)
    mean, low, high = (with_sign(value, places) for value in figures)
    return f"{mean} [{low}, {high}]{'~' if item.rough else ''}"


def _others(run: Run) -> Iterator[list[str]]:
    """Each other measure in which an option differs clearly, in lines; the largest first."""
    for name in listed_metrics("screen"):
        clear = [item for item in differences(run, name) if item.sign]
        if name in (HEADLINE, COST) or not clear:
            continue
        metric = METRICS[name]
        clear.sort(key=lambda item: -abs(item.mean))
        places = decimals(metric.scale * item.mean for item in clear)
        figures = ", ".join(
            f"{label(item.scenario)} {with_sign(metric.scale * item.mean, places)}"
            for item in clear
        )
        words = readable(f"{_named(metric)}: {figures}")
        yield wrap(words, WIDTH - 2, initial_indent="  ", subsequent_indent="    ")


def _named(metric: Metric) -> str:
    """What a metric is called, with its unit where that says more."""
    unit = "%" if metric.scale > 1 else metric.display_unit.replace("£", "GBP")
    return metric.short if unit.lower() in metric.short.lower() else f"{metric.short}, {unit}"


def _levels(run: Run) -> Iterator[str]:
    """What a run of one scenario gives: means and the range of nine runs in ten."""
    yield "Mean, and the range of nine runs in ten"
    for name in listed_metrics("screen"):
        metric = METRICS[name]
        mean, low, high = (
            metric.scale * one(run.summary, column, scenario=run.scenario, metric=name)
            for column in ("mean", "p05", "p95")
        )
        if math.isnan(mean):
            continue
        places = decimals([mean, low, high])
        figures = f"{number(mean, places)} ({number(low, places)} to {number(high, places)})"
        yield f"  {shortened(f'{_named(metric)}: {figures}', WIDTH - 3)}"


def _to_open(run: Run) -> Iterator[str]:
    """What is there to open, the best first."""
    yield "Open in that folder:"
    for name, what in _FILES.items():
        if (run.folder / name).exists():
            yield f"  {name:16} {what}"
    if not (run.folder / "briefing.html").exists():
        yield "  simulate briefing FOLDER  writes the answer on one side of paper"
    yield "  --details with the same command prints every table"
