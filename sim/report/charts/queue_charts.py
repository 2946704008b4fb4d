"""Where the time goes that councils are inadequate, and who waited for what, month by month."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.inputs.metrics import METRICS, listed_metrics
from sim.report.charts.chart import SIMULATED, RunChart, source_line
from sim.report.charts.labels import measure_above
from sim.report.charts.lines import key_line, year_axis, years_of
from sim.report.charts.money_charts import TOGETHER, WaterfallChart
from sim.report.charts.style import COLOURS, GREY, INK, Area, row_axes, text_width
from sim.report.words.headlines import differences, statistical
from sim.report.words.prose import CitedNumber, Sentence, decimals, joined, number, say, with_sign
from sim.results.run_folder import label, one
from sim.units import IntArray

# The stages of the time that councils are inadequate, in order, by their metric: what a chart calls
# them.
STAGES = {name: METRICS[name].short for name in listed_metrics("phases")}
# Colour, hatching and the colour of a number in it: waits share a colour and differ in hatching.
_FILLS = dict(
    zip(
        STAGES.values(),
        (
            (GREY, "", INK),
            *((COLOURS[3], hatch, INK) for hatch in ("", "////", "...", "xxx")),
            (COLOURS[2], "", "white"),
            (COLOURS[1], "", INK),
            (COLOURS[0], "", "white"),
        ),
        strict=True,
    )
)
COMMON = "council-years whatever is chosen"  # a finding of the chart of stages
_LEAST_DRAWN = 0.005  # of the longest bar: a stage that takes less in every scenario is not drawn
_KEY_ROW = 0.27  # inches


class WhereTheTimeGoes(RunChart):
    """Council-years inadequate by stage of the spell: a bar for each scenario."""

    name = "where-the-time-goes"
    measure = "Mean council-years inadequate by stage"
    notes = (
        "Waiting for the inspector: an inspection would probably find the council inadequate no "
        "longer, and none has come yet. In all other stages it would.",
        SIMULATED,
    )
    kind = "Stacked bar chart of council-years inadequate by stage. "
    needs = "time counted by stage"
    keys = ("scenario", "stage")

    def table(self) -> pd.DataFrame:
        rows: list[tuple[object, ...]] = []
        for scenario in self.scenarios:
            at = 0.0
            for metric, stage in STAGES.items():
                years = one(self.run.summary, "mean", scenario=scenario, metric=metric)
                rows.append((scenario, stage, metric, years, at))
                at += years
        columns = [*self.keys, "metric", "council_years", "starts_at"]
        data = pd.DataFrame(rows, columns=columns)
        if not np.isfinite(data["council_years"]).all():
            return data[0:0]
        self.longest = float(data.groupby("scenario")["council_years"].sum().max())
        # What no choice changes: of each stage, the least time that any scenario gives it.
        least = data.groupby("metric", sort=False)["council_years"].min()
        self.finding(COMMON, float(least.sum()))
        by_stage = data.groupby("stage")["council_years"].max()
        self.drawn = [n for n in STAGES.values() if by_stage[n] > _LEAST_DRAWN * self.longest]
        self.height = 0.62 * len(self.styles) + 0.75 + self._key_height(narrow=False)
        self.narrow_height = 0.66 * len(self.styles) + 0.75 + self._key_height(narrow=True)
        return data

    def _key_height(self, narrow: bool) -> float:
        columns = 1 if narrow else 3
        return 0.1 + _KEY_ROW * max(1, -(-len(self.drawn) // columns))

    def draw(self, area: Area) -> None:
        names = [style.label for style in self.styles]
        width = 1.5 if area.narrow else 2.0
        top = self._key_height(area.narrow)
        axes = row_axes(area, names, (2.0, 1.5), "Council-years inadequate", top=top, right=0.35)
        places = decimals([self.longest])
        # A number stands where its part of the bar is wide enough for it.
        digits = len(number(self.longest, places))
        wide = self.longest * 0.105 * digits / (area.width - width - 0.35)
        for place, style in enumerate(self.styles):
            for row in self.records(scenario=style.scenario):
                years, start = row["council_years"], row["starts_at"]
                colour, hatch, ink = _FILLS[row["stage"]]
                fill: dict[str, Any] = {"color": colour, "hatch": hatch, "edgecolor": "white"}
                axes.barh(place, years, 0.62, left=start, linewidth=1.0, **fill)
                if years > wide:
                    axes.annotate(
                        number(years, places),
                        (start + years / 2, place),
                        ha="center",
                        va="center",
                        fontsize=area.small,
                        color=ink,
                        bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.5},
                    )
        axes.set_xlim(0, 1.02 * max(self.longest, 1e-9))
        handles = [
            Patch(
                facecolor=_FILLS[stage][0], hatch=_FILLS[stage][1], edgecolor="white", label=stage
            )
            for stage in self.drawn
        ]
        if handles:
            axes.legend(
                handles=handles,
                loc="lower left",
                bbox_to_anchor=((0.1 - width) / (area.width - width - 0.35), 1.0),
                ncol=1 if area.narrow else 3,
                frameon=False,
                fontsize=area.small,
                handletextpad=0.5,
                columnspacing=1.2,
            )

    def headline(self) -> Sentence:
        rows = self.records(scenario=self.main.scenario)
        most = max(rows, key=lambda row: row["council_years"])
        whole = sum(row["council_years"] for row in rows)
        if whole <= 0.0:
            return say(f"Under {self.main.label} no council is inadequate at any time")
        places = decimals([whole])
        return say(
            f"The longest part of being inadequate under {self.main.label}: "
            f"{most['stage'].lower()}, ",
            self.cited(most, "council_years", places),
            " of ",
            self.finding("council-years together", whole, places),
            " council-years",
        )

    def sentences(self) -> Iterator[Sentence]:
        for style in self.styles:
            parts = (
                say(f"{row['stage'].lower()} ", self.cited(row, "council_years", 1))
                for row in self.records(scenario=style.scenario)
                if row["stage"] in self.drawn
            )
            yield say(f"{style.label}: ", joined(parts, ", "))


class WhatTheDifferenceIsMadeOf(WaterfallChart):
    """What each stage adds to the difference from the baseline in council-years inadequate."""

    name = "what-the-difference-is-made-of"
    notes = ("Hatched: less time than under the baseline.", SIMULATED)
    needs = "another scenario to compare with, and time counted by stage"
    amount = "difference_council_years"
    signed = True
    height = 4.2

    def table(self) -> pd.DataFrame:
        baseline = self.run.baseline
        base = label(baseline)
        self.panels = [style for style in self.styles if style.scenario != baseline]
        self.measure = f"Mean difference in council-years inadequate from {base}, by stage"
        self.kind = f"Waterfall charts of the difference from {base} in council-years, by stage. "
        self.narrow_height = 3.7 * len(self.panels)
        table = self.waterfalls(self._amounts)
        return table if np.isfinite(table[self.amount].to_numpy(float)).all() else table[0:0]

    def _amounts(self, scenario: str) -> dict[str, float]:
        where = {"scenario": scenario, "baseline": self.run.baseline}
        amounts = {
            stage: one(self.run.comparison, "diff_mean", metric=metric, **where)
            for metric, stage in STAGES.items()
        }
        return {**amounts, TOGETHER: sum(amounts.values())}

    def headline(self) -> Sentence:
        base = self.main.label
        by_stage: dict[str, list[Sentence]] = {}
        for style in self.panels:
            clear = [
                item
                for metric in STAGES
                for item in differences(self.run, metric)
                if item.scenario == style.scenario and item.sign
            ]
            if clear:
                stage = STAGES[max(clear, key=lambda item: abs(item.mean)).metric]
                row = self.records(scenario=style.scenario, item=stage)[0]
                places = 0 if abs(row[self.amount]) >= 10 else 1
                figure = self.cited(row, self.amount, places)
                signed = replace(figure, text=with_sign(figure.value, places))
                by_stage.setdefault(stage, []).append(say(f"{style.label} (", signed, ")"))
        if not by_stage:
            return say(f"No stage makes a clear difference from {base} in council-years inadequate")
        parts = [
            say(f"{stage.lower()} for ", joined(styles, ", ")) for stage, styles in by_stage.items()
        ]
        return say(f"What most sets each apart from {base}, council-years: ", joined(parts))


class Queue(NamedTuple):
    """Something that councils wait for: what it is called, the metric of the council-years they
    wait, and those of how many are needed at the peak and how many there are, where counted."""

    name: str
    waited: str
    needed: str = ""
    existing: str = ""


SUPPLY = (
    *(
        Queue(name, f"waiting_years_{of}", f"needed_{of}", f"existing_{of}")
        for name, of in (
            ("A commissioner", "commissioner"),
            ("A sponsor", "sponsor"),
            ("A peer team", "peer_team"),
            ("A team to set up a trust", "project_team"),
        )
    ),
    Queue("A trust to open", "phase_years_set_up"),
    Queue("The inspector, once mended", "phase_years_waiting_inspector"),
)


class Queues(RunChart):
    """How long councils wait for what government and Ofsted have few of: a panel for each queue, a
    bar for each scenario, with how many are needed at the peak and how many there are."""

    name = "queues"
    measure = "Mean council-years of waiting, by what is waited for"
    needs = "time counted by stage, and a queue that somebody stands in"
    kind = "Bar charts of council-years of waiting, by queue and scenario. "
    keys = ("scenario", "queue")

    def table(self) -> pd.DataFrame:
        rows = []
        for queue in SUPPLY:
            for scenario in self.run.scenarios:
                mean, low, high = (
                    one(self.run.summary, column, scenario=scenario, metric=queue.waited)
                    for column in ("mean", "p05", "p95")
                )
                needed, existing = (
                    one(self.run.summary, "mean", scenario=scenario, metric=metric)
                    if metric
                    else math.nan
                    for metric in (queue.needed, queue.existing)
                )
                rows.append((scenario, queue.name, mean, low, high, needed, existing))
        columns = ["council_years", "p05", "p95", "needed_at_the_peak", "there_are"]
        table = pd.DataFrame(rows, columns=[*self.keys, *columns])
        if not np.isfinite(table["council_years"]).all():
            return table[0:0]
        stood_in = table.groupby("queue", sort=False)["council_years"].max()
        self.panels = [queue.name for queue in SUPPLY if stood_in[queue.name] > 0.05]
        count = len(self.run.scenarios)
        self.height = -(-len(self.panels) // 2) * (0.75 + 0.36 * count)
        self.narrow_height = len(self.panels) * (0.75 + 0.42 * count)
        numbers = " Numbers after the bars: needed at the peak / there are, means."
        self.legend = f". Thin: nine runs in ten. Hatched: fewer than are needed.{numbers}"
        self.notes = (
            "The inspector: an inspection would probably find the council inadequate no longer. "
            "Each scale starts at zero.",
            SIMULATED,
        )
        return table[table["queue"].isin(self.panels)]

    def draw(self, area: Area) -> None:
        names = [label(name) for name in self.run.scenarios]
        columns = 1 if area.narrow else 2
        cells = area.grid(-(-len(self.panels) // columns), columns)
        for cell, queue in zip(cells, self.panels, strict=False):
            axes = row_axes(
                cell,
                names,
                (1.9, 1.5),
                "",
                right=0.3 + self._room(area, queue),
                bottom=0.3,
                top=0.38,
                rooms=(0.5, 0.5),
            )
            measure_above(axes, queue, area.small)
            for place, scenario in enumerate(self.run.scenarios):
                row = self.records(scenario=scenario, queue=queue)[0]
                self._bar(axes, place, row, area.small)
            axes.set_xlim(left=0)
            axes.xaxis.set_major_locator(MaxNLocator(4))

    def _bar(self, axes: Any, place: int, row: Any, size: float) -> None:
        short = row["needed_at_the_peak"] > row["there_are"]
        fill: dict[str, Any] = (
            {"color": COLOURS[3], "hatch": "///", "edgecolor": "white"}
            if short
            else {"color": COLOURS[0]}
        )
        axes.barh(place, row["council_years"], 0.62, **fill)
        axes.plot([row["p05"], row["p95"]], [place, place], color=INK, linewidth=1.2)
        axes.annotate(
            _supply(row),
            (1, place),
            (4, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=size,
            annotation_clip=False,
        )

    def _room(self, area: Area, queue: str) -> float:
        """What the numbers after the bars of a queue need, inches."""
        texts = map(_supply, self.records(queue=queue))
        return max(text_width(area.figure, text, area.small) for text in texts)

    def headline(self) -> Sentence:
        if not self.panels:
            return say("No queue forms")
        longest = max(self.data.to_dict("records"), key=lambda row: row["council_years"])
        counted = [row for row in self.records() if row["needed_at_the_peak"] > row["there_are"]]
        start = say(
            f"The longest wait: {_inside(longest['queue'])}, ",
            *(self.cited(longest, "council_years", 0), " council-years under "),
            label(longest["scenario"]),
        )
        if not counted:
            return say(start, "; of nobody are fewer there than are needed at the peak")
        worst = max(counted, key=lambda row: row["needed_at_the_peak"] - row["there_are"])
        return say(
            *(start, f"; most short at the peak: {_inside(worst['queue'])} under "),
            *(f"{label(worst['scenario'])}, ", self.cited(worst, "needed_at_the_peak", 0)),
            *(" needed, ", self.cited(worst, "there_are", 0), " there"),
        )

    def sentences(self) -> Iterator[Sentence]:
        for row in self.records():
            words = say(
                f"{row['queue']}, {label(row['scenario'])}: ",
                *(self.cited(row, "council_years", 1), " council-years"),
            )
            if math.isfinite(row["needed_at_the_peak"]):
                words = say(
                    *(
                        words,
                        ", ",
                        self.cited(row, "needed_at_the_peak", 1),
                        " needed at the peak, ",
                    ),
                    *(self.cited(row, "there_are", 1), " there are"),
                )
            yield words

    def source(self) -> str:
        return source_line(self.run, *self.notes, all_drawn=True)


def _supply(row: Any) -> str:
    """How many are needed at the peak and how many there are; "" where that is not counted."""
    figures = [row[name] for name in ("needed_at_the_peak", "there_are")]
    return " / ".join(number(figure, 0) for figure in figures) if math.isfinite(figures[0]) else ""


def _inside(title: str) -> str:
    """A title as it stands inside a sentence."""
    return title[0].lower() + title[1:]


# Queue: the event that opens a wait, and those that close it.
QUEUES: dict[str, tuple[str, tuple[str, ...]]] = {
    "a commissioner": (
        "commissioner awaited",
        ("commissioner review", "commissioner appointed", "failure ended"),
    ),
    "a sponsor": ("sponsor awaited", ("sponsor found", "failure ended")),
    "a peer team": ("peer team awaited", ("peer team began", "failure ended")),
    "a strong council to take control": (
        "control ordered",
        ("sponsor took control", "control order lapsed", "failure ended"),
    ),
    "a trust to open": ("trust set-up began", ("trust opened", "failure ended")),
}
INSPECTION = "an inspection past its date"
ALL_QUEUES = (INSPECTION, *QUEUES)
MOST_PANELS = 4


def waits(events: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Every wait in the events: scenario, replication, la_code, queue, begins, ends.

    A wait still open at the end of the run ends there.
    """
    rows = list(_inspection_waits(events))
    for queue, (opens, closes) in QUEUES.items():
        events_of = events[events["kind"].isin((opens, *closes))].sort_values("date", kind="stable")
        for council, own in events_of.groupby(["scenario", "replication", "la_code"], sort=False):
            since = None
            for kind, day in zip(own["kind"], own["date"], strict=True):
                if kind == opens and since is None:
                    since = day
                elif kind in closes and since is not None:
                    rows.append((*council, queue, since, day))
                    since = None
            if since is not None:
                rows.append((*council, queue, since, end))
    columns = ["scenario", "replication", "la_code", "queue", "begins", "ends"]
    return pd.DataFrame(rows, columns=columns)


def _inspection_waits(events: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    for row in events[events["kind"] == "inspection began"].to_dict("records"):
        details = json.loads(row["details"]) if isinstance(row["details"], str) else {}
        if (days := details.get("waited_days", 0)) > 0:
            council = (row["scenario"], row["replication"], row["la_code"])
            yield (*council, INSPECTION, row["date"] - pd.Timedelta(days=days), row["date"])


class WhoWaited(RunChart):
    """Councils waiting in each queue, mean of the runs whose events were recorded."""

    name = "who-waited"
    notes = (
        "The queue for inspection has a scale of its own.",
        "Another run would queue differently.",
        SIMULATED,
    )
    kind = "Line charts of councils waiting, by queue and scenario. "
    needs = "events"
    height = 5.6

    def table(self) -> pd.DataFrame:
        events = self.run.events
        if events.empty:
            return pd.DataFrame()
        all_waits = waits(events, pd.Timestamp(self.run.end))
        months = pd.date_range(self.run.start, self.run.end, freq="MS", inclusive="left")
        runs = events["replication"].nunique()
        parts = []
        for scenario in self.scenarios:
            for queue in ALL_QUEUES:
                chosen = (all_waits["scenario"] == scenario) & (all_waits["queue"] == queue)
                part = pd.DataFrame({"month": months.strftime("%Y-%m")})
                part["councils_waiting"] = _in_queue(all_waits[chosen], months) / runs
                parts.append(part.assign(scenario=scenario, queue=queue))
        table = pd.concat(parts)[["scenario", "queue", "month", "councils_waiting"]]
        # Queues nobody stood in take no space; at most four, the longest.
        longest = table.groupby("queue")["councils_waiting"].sum().sort_values(ascending=False)
        chosen_queues = longest[longest > 0].index[:MOST_PANELS]
        self.panels = [queue for queue in ALL_QUEUES if queue in chosen_queues]
        self.narrow_height = 2.4 * max(1, len(self.panels)) + 0.4
        self.runs = self.finding("runs with events", runs)
        self.peaks = {
            (queue, scenario): self._peak(table, queue, scenario)
            for queue in ALL_QUEUES
            for scenario in self.scenarios
        }
        return table

    def _peak(self, table: pd.DataFrame, queue: str, scenario: str) -> CitedNumber:
        line = table[(table["queue"] == queue) & (table["scenario"] == scenario)]
        most = float(line["councils_waiting"].max())
        return self.finding(f"most waiting for {queue}, {scenario}", most)

    def subtitle(self) -> Sentence:
        return statistical(self.run, "Councils waiting", self.runs)

    def draw(self, area: Area) -> None:
        rows = max(1, len(self.panels)) if area.narrow else 2
        cells = key_line(area, self.styles).grid(rows, 1 if area.narrow else 2)
        # Far more wait to be inspected than for help, so that queue has a scale of its own.
        to_inspect = self.data["queue"] == INSPECTION
        tops = {
            inspected: max(1.0, self.data.loc[to_inspect == inspected, "councils_waiting"].max())
            for inspected in (True, False)
        }
        for cell, queue in zip(cells, self.panels, strict=False):
            axes = cell.axes(left=0.5, right=0.3, bottom=0.4, top=0.5)
            panel = self.data[self.data["queue"] == queue]
            for style in self.styles:
                line = panel[panel["scenario"] == style.scenario]
                axes.plot(
                    years_of(line["month"]),
                    line["councils_waiting"],
                    color=style.colour,
                    linestyle=style.line,
                    linewidth=2,
                    drawstyle="steps-post",
                )
            axes.set_ylim(0, 1.05 * tops[queue == INSPECTION])
            axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
            year_axis(axes, True)
            axes.tick_params(labelsize=area.small)
            measure_above(axes, f"Waiting for {queue}", area.small)

    def headline(self) -> Sentence:
        parts = []
        for inspected in (False, True):
            peaks = {key: n for key, n in self.peaks.items() if (key[0] == INSPECTION) == inspected}
            queue, scenario = max(peaks, key=lambda key: peaks[key].value)
            most = peaks[queue, scenario]
            under = "" if inspected else f" under {label(scenario)}"
            if most.value > 0:
                parts.append(say("up to ", most, f" for {queue}{under}"))
        return say(
            "In the run shown " if self.runs.value == 1 else "In the runs shown, on average, ",
            *("councils wait: ", joined(parts)) if parts else ("no council waits for anyone",),
        )

    def sentences(self) -> Iterator[Sentence | str]:
        peaks = {key: peak for key, peak in self.peaks.items() if peak.value > 0}
        for (queue, scenario), peak in peaks.items():
            yield say(f"{label(scenario)}, {queue}: at most ", peak)
        if not peaks:
            yield "No queue forms"


def _in_queue(waits_of: pd.DataFrame, months: pd.DatetimeIndex) -> IntArray:
    """How many of the waits are under way on the first of each month."""
    begins, ends = (
        np.sort(waits_of[name].to_numpy(dtype="datetime64[ns]")) for name in ("begins", "ends")
    )
    first = months.to_numpy(dtype="datetime64[ns]")
    return np.searchsorted(begins, first, "right") - np.searchsorted(ends, first, "right")
