"""Scenarios against each other: many measures at once, chance against choice, and for whom."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sim.analysis.statistics import half_width
from sim.analysis.variance_split import luck_interval
from sim.inputs.metrics import HEADLINE, METRICS, listed_metrics
from sim.report.charts.chart import SIMULATED, RunChart, ScenarioStyle
from sim.report.charts.hexagons import layout_of
from sim.report.charts.lines import key_line
from sim.report.charts.map_charts import months_inadequate
from sim.report.charts.style import INK, Area, row_axes
from sim.report.words.headlines import differences, summary_figure
from sim.report.words.prose import (
    CitedNumber,
    Sentence,
    cite,
    decimals,
    joined,
    listed,
    number,
    say,
    with_sign,
)
from sim.results.run_folder import Run, label, one
from sim.units import BoolArray

# What the comparison chart compares, and how a reader would call it.
MEASURES = {name: METRICS[name].short for name in listed_metrics("comparison")}


class _DifferencesChart(RunChart):
    """Differences with their intervals: a row for each thing compared, a mark for each scenario.

    `keys` are scenario and row; `ends` the columns of low end, middle and high end; `titles`
    the rows from the top; `compared` the scenarios, each less the same one; `axis` the name of
    the axis on a page and on a telephone.
    """

    ends: tuple[str, str, str]
    titles: Mapping[str, str]
    compared: Sequence[ScenarioStyle]
    unit = ""
    axis: tuple[str, str]
    marker_size = 6.5
    narrow_width = 1.55  # of the names on a telephone, inches
    needs = "another scenario to compare with, and enough runs"

    def draw(self, area: Area) -> None:
        axes = row_axes(
            key_line(area, self.compared),
            list(self.titles.values()),
            (2.9, self.narrow_width),
            self.axis[area.narrow],
            bottom=0.6,
            top=0.1,
            rooms=(0.5, 0.5),
        )
        for place, title in enumerate(self.titles):
            for rank, style in enumerate(self.compared):
                row = self.records(**{self.keys[0]: style.scenario, self.keys[1]: title})[0]
                low, mean, high = (row[column] for column in self.ends)
                y = place + 0.24 * (rank - (len(self.compared) - 1) / 2)
                axes.plot([low, high], [y, y], color=style.colour)
                axes.plot(
                    *([mean], [y]),
                    color=style.colour,
                    marker=style.marker,
                    markersize=self.marker_size,
                )
        axes.axvline(0, color=INK, linewidth=1.2, zorder=1)

    def sentences(self) -> Iterator[Sentence]:
        for row in self.records():
            low, mean, high = (self.cited(row, column, 1) for column in self.ends)
            scenario, title = (row[key] for key in self.keys)
            start = f"{label(scenario)}, {self.titles[title].lower()}: "
            yield say(start, mean, f"{self.unit} (", low, " to ", high, ")")


class MeasuresCompared(_DifferencesChart):
    """Paired differences from the baseline with simultaneous intervals, in per cent of it."""

    name = "comparison"
    legend = ". Bars: 95% intervals that hold together."
    keys = ("scenario", "metric")
    ends = ("ci95_low_percent", "difference_percent", "ci95_high_percent")
    unit = "%"

    def table(self) -> pd.DataFrame:
        baseline = self.run.baseline
        self.compared = [style for style in self.styles if style.scenario != baseline]
        scenarios = [style.scenario for style in self.compared]
        self.differences = {}
        rows = []
        for metric in MEASURES:
            by_scenario = {item.scenario: item for item in differences(self.run, metric)}
            mean = one(self.run.summary, "mean", scenario=baseline, metric=metric)
            if not (mean and math.isfinite(mean) and by_scenario):
                continue
            self.differences[metric] = list(by_scenario.values())
            for scenario in scenarios:
                item = by_scenario[scenario]
                percents = (100 * x / abs(mean) for x in (item.mean, item.low, item.high))
                rows.append((scenario, baseline, metric, *percents))
        self.titles = {metric: MEASURES[metric] for metric in self.differences}
        indifferent = [
            title.lower()
            for metric, title in self.titles.items()
            if METRICS[metric].better == "neither"
        ]
        base = label(baseline)
        note = f" Neither good nor bad in itself: {listed(indifferent)}." if indifferent else ""
        self.measure = f"Difference from {base} in per cent of its mean"
        self.axis = (f"Difference from {base}, %",) * 2
        self.notes = (f"Left of the line: less than {base}.{note}", SIMULATED)
        self.kind = f"Chart of differences from {base} with intervals. "
        self.height = 0.5 * len(self.titles) + 1.2
        self.narrow_height = 0.55 * len(self.titles) + 1.5
        low, middle, high = self.ends
        return pd.DataFrame(rows, columns=["scenario", "baseline", "metric", middle, low, high])

    def headline(self) -> Sentence:
        base = label(self.run.baseline)
        largest = []
        for style in self.compared:
            rows = [
                row
                for row in self.records(scenario=style.scenario)
                if row["ci95_low_percent"] > 0 or row["ci95_high_percent"] < 0
            ]
            if rows:
                row = max(rows, key=lambda row: abs(row["difference_percent"]))
                figure = self.cited(row, "difference_percent", 0)
                signed = replace(figure, text=with_sign(figure.value, 0))
                title = self.titles[row["metric"]].lower()
                largest.append(say(f"{title} under {style.label} (", signed, "%)"))
        if not largest:
            return say(f"No measure differs clearly from {base}")
        return say(f"What most sets each apart from {base}: ", joined(largest, ", "))


KINDS = {
    "London Borough": "London boroughs",
    "Metropolitan District": "Metropolitan districts",
    "Unitary Authority": "Unitary authorities",
    "County": "Counties",
}


class DifferencesByGroup(_DifferencesChart):
    """Months inadequate a council, each alternative less the scenario asked for, by group."""

    name = "for-whom"
    measure = "Mean difference in months inadequate over the period, a council"
    legend = ". Bars: 95% intervals that hold together."
    notes = ("Deprivation: income deprivation affecting children, thirds.", SIMULATED)
    kind = "Chart of differences with intervals, by group of councils. "
    keys = ("scenario", "group")
    ends = ("ci95_low", "months_difference", "ci95_high")
    marker_size = 6
    narrow_width = 1.6

    def table(self) -> pd.DataFrame:
        cells = layout_of(self.run)
        members = groups(self.run)
        self.titles = {name: name for name in members}
        self.compared = self.styles[1:]
        those = f"those under {self.main.label}"
        self.axis = (f"Months inadequate less {those}", f"Months less {those}")
        self.height = 0.5 * len(members) + 1.2
        self.narrow_height = 0.6 * len(members) + 1.5
        base = months_inadequate(self.run, self.run.scenario, cells)
        rows = []
        for style in self.compared:
            gap = months_inadequate(self.run, style.scenario, cells) - base
            for name, inside in members.items():
                means = gap[:, inside].mean(1)
                half = float(half_width(means, len(members) * len(self.compared)))
                mean = float(means.mean())
                numbers = (int(inside.sum()), mean, mean - half, mean + half)
                rows.append((style.scenario, name, *numbers))
        columns = ["scenario", "group", "councils", "months_difference", "ci95_low", "ci95_high"]
        table = pd.DataFrame(rows, columns=columns)
        return table[0:0] if table["ci95_low"].isna().all() else table

    def headline(self) -> Sentence:
        table = self.data
        clear = table[(table["ci95_low"] > 0) | (table["ci95_high"] < 0)].to_dict("records")
        if not clear:
            return say(f"No group of councils differs clearly from what {self.main.label} gives it")
        most = max(clear, key=lambda row: abs(row["months_difference"]))
        more = "more" if most["months_difference"] > 0 else "fewer"
        return say(
            f"The largest clear difference is for {_in_a_sentence(most['group'])}: ",
            self.finding("largest clear difference", abs(most["months_difference"]), 1),
            f" {more} months inadequate under {label(most['scenario'])} than {self.main.label}",
        )


def groups(run: Run) -> dict[str, BoolArray]:
    """Which cells of the map belong to each group; groups with no council are left out."""
    cells = layout_of(run)
    places = run.starting_state.set_index("new_la_code").loc[[cell.ons_code for cell in cells]]
    began = run.spells[run.spells["started"] <= pd.Timestamp(run.start)]
    failing = places.index.isin(began["la_code"])
    deprived = places["deprivation"].to_numpy(dtype=float)
    low, high = np.quantile(deprived, (1 / 3, 2 / 3))
    kinds = places["council_kind"].to_numpy()
    members = {
        "Inadequate at the start": failing,
        "Not inadequate at the start": ~failing,
        "Least deprived third": deprived <= low,
        "Middle third": (deprived > low) & (deprived <= high),
        "Most deprived third": deprived > high,
        **{name: kinds == kind for kind, name in KINDS.items()},
    }
    return {name: inside for name, inside in members.items() if inside.any()}


def _in_a_sentence(group: str) -> str:
    """A group's name inside a sentence: "councils inadequate at the start"."""
    if group.startswith(("Inadequate", "Not")):
        return f"councils {group[0].lower()}{group[1:]}"
    if "third" in group:
        return f"the {group[0].lower()}{group[1:]} of councils"
    return group if group.startswith("London") else group.lower()


_SCALE = METRICS[HEADLINE].scale


class LuckAndChoice(RunChart):
    """Every run's child-years under poor practice: how far luck moves them, how far the choice.

    Where each run took other parameters, what is not known moves them too, and the share of
    each is stated where the run worked it out.
    """

    name = "luck-and-choice"
    measure = "Child-years in need where practice is poor, thousands, one dot a run"
    kind = "Dot chart, one dot a run. "

    def table(self) -> pd.DataFrame:
        drawn = self.run.draws
        words = self._shares() if drawn else say("Luck: the width of nine runs in ten.")
        self.legend = say(". Bars: means. ", words)
        note = "Each run takes other values of what is not known, alike in every scenario."
        self.notes = (
            note if drawn else "Not knowing how services recover is not in these ranges.",
            SIMULATED,
        )
        self.height = self.narrow_height = 0.85 * len(self.styles) + 1.0
        values = self.run.replications
        values = values[(values["metric"] == HEADLINE) & values["scenario"].isin(self.scenarios)]
        return values.reset_index(drop=True)

    def draw(self, area: Area) -> None:
        names = [style.label for style in self.styles]
        axis = "Thousand child-years in one run"
        axes = row_axes(area, names, (2.0, 1.5), axis, rooms=(0.65, 0.6))
        for place, style in enumerate(self.styles):
            rows = self.data[self.data["scenario"] == style.scenario]
            dots = np.sort(_SCALE * rows["value"].to_numpy(float))
            # The same scatter each time: dots spread by rank, not by chance.
            offset = 0.3 * ((np.arange(len(dots)) * 0.618034) % 1 - 0.5)
            axes.plot(
                dots,
                place + offset,
                linestyle="none",
                marker=style.marker,
                color=style.colour,
                alpha=0.45,
                markersize=5,
                markeredgewidth=0,
            )
            mean = float(dots.mean())
            axes.plot([mean, mean], [place - 0.32, place + 0.32], color=style.ink, linewidth=3)
            axes.annotate(
                number(mean, decimals([mean])),
                (mean, place - 0.32),
                (0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=area.small,
                fontweight="bold",
                color=style.ink,
            )

    def headline(self) -> Sentence:
        low, high = (self._summary(self.main, column) for column in ("p05", "p95"))
        movers = "Luck and what is not known move" if self.run.draws else "Luck moves"
        start = say(
            f"{movers} child-years under poor practice by ",
            *(self._finding("luck", high.value - low.value), " thousand"),
        )
        moves = [
            item for item in differences(self.run, HEADLINE) if item.scenario in self.scenarios
        ]
        if not moves:
            return say(start, f" under {self.main.label}")
        most = max(moves, key=lambda item: abs(item.mean))
        if not most.sign:
            return say(start, ", the choice of regime by no clear amount")
        width = self._finding("choice", abs(most.mean))
        return say(start, ", the choice of regime by up to ", width, " thousand")

    def sentences(self) -> Iterator[Sentence]:
        for style in self.styles:
            mean, low, high = (self._summary(style, name) for name in ("mean", "p05", "p95"))
            yield say(
                *(f"{style.label}: mean ", mean, " thousand, nine runs in ten between "),
                *(low, " and ", high, " thousand"),
            )

    def _summary(self, style: ScenarioStyle, column: str) -> CitedNumber:
        return summary_figure(self.run, style.scenario, HEADLINE, column)

    def _finding(self, finding: str, value: float) -> CitedNumber:
        thousands = _SCALE * value
        return self.finding(f"{finding}, thousands", thousands, 0 if thousands >= 10 else 1)

    def _shares(self) -> Sentence:
        """How much of the spread is luck and how much is ignorance of the parameters."""
        where = {"scenario": self.main.scenario, "baseline": "", "metric": HEADLINE}
        spread = self.run.spread
        values = {
            column: one(spread, column, **where) if column in spread else math.nan
            for column in ("luck", "ignorance", "pairs")
        }
        together = "Their spread (nine runs in ten) is luck and ignorance together"
        if not all(map(math.isfinite, values.values())):
            return say(f"{together}.")
        ends = luck_interval(values["luck"], int(values["pairs"]))
        if ends is None:
            return say(f"{together}; how much of each is not known from so few runs.")
        luck, ignorance = (
            cite(values[column], 0, "spread.csv", column, where, 100.0)
            for column in ("luck", "ignorance")
        )
        low, high = (
            self.finding(f"luck, {end} %", 100.0 * value)
            for end, value in zip(("lowest", "highest"), ends, strict=True)
        )
        return say(
            "Of the variance of the runs luck is ",
            *(luck, "% (", low, " to ", high, ") and ignorance ", ignorance, "%."),
        )
