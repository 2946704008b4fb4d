"""Where the money goes: waterfalls of what alternatives spend and of what intervention costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from sim.inputs.metrics import COST, METRICS, listed_metrics
from sim.report.charts.chart import SIMULATED, RunChart, ScenarioStyle
from sim.report.charts.labels import text_above
from sim.report.charts.style import COLOURS, INK, Area, wrapped, wrapped_rows
from sim.report.words.headlines import differences, summary_figure
from sim.report.words.prose import Sentence, decimals, listed, number, say
from sim.results.run_folder import label, one

NUMBER_WIDTH = 0.62  # inches

# What is bought with all that a scenario costs, by metric; together they are the cost told whole.
PARTS = {metric: METRICS[metric].short for metric in listed_metrics("cost")}
# The costs of a transfer that come with a bill, after what helps without one.
COSTS = {
    "cost_support_gbp_m": "Advisers, commissioners, peers",
    "cost_transition_gbp_m": "Building trusts",
    "cost_transaction_gbp_m": "Running contracts",
    "cost_transgression_gbp_m": "Overspends and fines",
    "cost_transmutation_gbp_m": "Ending contracts",
}
TOGETHER = "Together"


class WaterfallChart(RunChart):
    """How amounts add up to a whole: a panel for each scenario, the last bar the whole.

    `table` has scenario, item, the amount and where its bar starts. With `signed` a plus is
    written before what is more.
    """

    keys = ("scenario", "item")
    amount: str  # its column
    panels: Sequence[ScenarioStyle]
    signed = False

    def waterfalls(self, amounts_of: Callable[[str], dict[str, float]]) -> pd.DataFrame:
        """The table, from the amounts of a scenario by item, the whole last."""
        rows = []
        for style in self.panels:
            *items, (whole, total) = amounts_of(style.scenario).items()
            at = 0.0
            for item, amount in items:
                rows.append((style.scenario, item, amount, at))
                at += amount
            rows.append((style.scenario, whole, total, 0.0))
        return pd.DataFrame(rows, columns=[*self.keys, self.amount, "starts_at"])

    def draw(self, area: Area) -> None:
        # The row names stand once, in a column of their own, so that all panels share a scale.
        width = 1.55 if area.narrow else 2.0
        panels = replace(area, left=area.left + width, width=area.width - width)
        count = len(self.panels)
        cells = panels.grid(count, 1) if area.narrow else panels.grid(1, count)
        ends = self.data["starts_at"] + self.data[self.amount]
        low, high = min(0.0, ends.min()), max(0.0, ends.max())
        # Room for a number at either end of a bar where one may stand, in the units of the bars.
        sides = (low < 0, high > 0 or low == 0)
        span = max(high - low, 1e-9)
        room = NUMBER_WIDTH * span / (cells[0].width - 0.15 - sum(sides) * NUMBER_WIDTH)
        limits = tuple(room if side else 0.02 * span for side in sides)
        titles = [
            wrapped(area.figure, style.label, area.small, cells[0].width - 0.1, True)
            for style in self.panels
        ]
        top = 0.2 + 0.24 * max(map(len, titles))
        for place, (cell, style) in enumerate(zip(cells, self.panels, strict=True)):
            axes = cell.axes(left=0.0, right=0.15, bottom=0.15, top=top)
            bars = self.records(scenario=style.scenario)
            for rank, row in enumerate(bars):
                self._bar(axes, rank, row, rank == len(bars) - 1, decimals([high, low]), area.small)
            axes.axvline(0, color=INK, linewidth=1)
            axes.set_xlim(low - limits[0], high + limits[1])
            axes.set_ylim(len(bars) - 0.4, -0.6)
            axes.grid(visible=False)
            axes.set_xticks([])
            axes.spines["bottom"].set_visible(False)
            axes.set_yticks(range(len(bars)))
            names = wrapped_rows(area, [str(row["item"]) for row in bars], width)
            axes.set_yticklabels(names if area.narrow or not place else [""] * len(bars))
            axes.tick_params(labelsize=area.small, left=False)
            bold = {"fontweight": "bold", "color": style.ink}
            text_above(axes, "\n".join(titles[place]), area.small, (0, 6), **bold)

    def _bar(self, axes: Any, rank: int, row: Any, whole: bool, places: int, size: float) -> None:
        amount, start = row[self.amount], row["starts_at"]
        colour = INK if whole else COLOURS[0] if amount >= 0 else COLOURS[3]
        hatch = "" if whole or amount >= 0 else "///"
        axes.barh(rank, amount, 0.6, left=start, color=colour, hatch=hatch, edgecolor="w")
        text = number(amount, places)
        # Outside the bar, on the side away from the line of no difference.
        below = max(start, start + amount) <= 0 and amount != 0
        edge = min(start, start + amount) if below else max(start, start + amount)
        axes.annotate(
            f"+{text}" if self.signed and amount > 0 and text.strip("0.") else text,
            (edge, rank),
            (-4 if below else 4, 0),
            textcoords="offset points",
            ha="right" if below else "left",
            va="center",
            fontsize=size,
        )

    def sentences(self) -> Iterator[Sentence]:
        for row in self.records():
            start = f"{label(row['scenario'])}, {row['item'].lower()}: "
            yield say(start, self.cited(row, self.amount, 1))


class WhereTheMoneyGoes(WaterfallChart):
    """The cost told whole, by what is bought: a waterfall for each alternative to the baseline."""

    name = "where-the-money-goes"
    notes = (
        "Hatched: less than the baseline. Cash of the year it is spent in, whoever pays.",
        SIMULATED,
    )
    needs = "another scenario to compare with"
    amount = "difference_gbp_m_a_year"
    signed = True
    height = 5.2

    def table(self) -> pd.DataFrame:
        baseline = self.run.baseline
        base = label(baseline)
        self.panels = [style for style in self.styles if style.scenario != baseline]
        self.measure = f"Mean cost a year against {base}, by what is bought, £ million"
        self.kind = f"Waterfall charts of the difference from {base}, million pounds a year. "
        self.narrow_height = 4.8 * len(self.panels)
        table = self.waterfalls(self._amounts)
        return table if table[self.amount].map(math.isfinite).all() else table[0:0]

    def _amounts(self, scenario: str) -> dict[str, float]:
        amounts = {}
        for metric, item in (*PARTS.items(), (COST, TOGETHER)):
            means = {item.scenario: item.mean for item in differences(self.run, metric)}
            amounts[item] = means.get(scenario, math.nan)
        return amounts

    def headline(self) -> str:
        signs = {item.scenario: item.sign for item in differences(self.run, COST)}
        parts = []
        for sign, how in ((-1, "less"), (1, "more")):
            names = [style.label for style in self.panels if signs[style.scenario] == sign]
            if names:
                parts.append(f"{listed(names)} {'cost' if len(names) > 1 else 'costs'} {how}")
        finding = " and ".join(parts) or "No option costs clearly more or less"
        return f"{finding} than {label(self.run.baseline)}, whoever pays"


class WhatInterventionCosts(WaterfallChart):
    """A waterfall of the kinds of cost for each scenario."""

    name = "what-intervention-costs"
    measure = "Mean bills that intervention brings, by kind, £ million a year"
    notes = (
        "These bills are a part of the cost: what protected help and staff cost is beside them. "
        "What moving staff costs has no bill: it shows in turnover and in practice. "
        "Hatched: money saved.",
        SIMULATED,
    )
    kind = "Waterfall charts of the kinds of cost, million pounds a year. "
    needs = "its costs by kind"
    amount = "gbp_m_a_year"
    height = 3.9

    def table(self) -> pd.DataFrame:
        self.panels = self.styles
        self.narrow_height = 3.2 * len(self.panels)
        table = self.waterfalls(self._costs)
        return table if table[self.amount].map(math.isfinite).all() else table[0:0]

    def _costs(self, scenario: str) -> dict[str, float]:
        costs = {
            item: one(self.run.summary, "mean", scenario=scenario, metric=metric)
            for metric, item in COSTS.items()
        }
        return {**costs, TOGETHER: sum(costs.values())}

    def headline(self) -> Sentence:
        costs = self._costs(self.main.scenario)
        together = costs.pop(TOGETHER)
        most = max(COSTS, key=lambda metric: costs[COSTS[metric]])
        if costs[COSTS[most]] < 0.05:
            return say(f"{self.main.label}: intervention brings next to no bills")
        return say(
            f"{self.main.label}: the largest bill is for {COSTS[most].lower()}, £",
            summary_figure(self.run, self.main.scenario, most),
            " million a year; together £",
            self.finding("together", together, 1),
            " million",
        )
