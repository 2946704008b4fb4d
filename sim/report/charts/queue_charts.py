"""Who waited for what: councils queueing for finite things, month by month."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from sim.report.charts.chart import SIMULATED, RunChart
from sim.report.charts.labels import measure_above
from sim.report.charts.lines import key_line, year_axis, years_of
from sim.report.charts.style import Area
from sim.report.words.headlines import statistical
from sim.report.words.prose import CitedNumber, Sentence, joined, say
from sim.results.run_folder import label
from sim.units import IntArray

# Queue: the event that opens a wait, and those that close it.
QUEUES: dict[str, tuple[str, tuple[str, ...]]] = {
    "a commissioner": (
        "commissioner awaited",
        ("commissioner review", "commissioner appointed", "failure ended"),
    ),
    "a sponsor": ("sponsor awaited", ("sponsor found", "failure ended")),
    "a peer team": ("peer team awaited", ("peer team began", "failure ended")),
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
        peaks = {key: number for key, number in self.peaks.items() if number.value > 0}
        for (queue, scenario), number in peaks.items():
            yield say(f"{label(scenario)}, {queue}: at most ", number)
        if not peaks:
            yield "No queue forms"


def _in_queue(waits_of: pd.DataFrame, months: pd.DatetimeIndex) -> IntArray:
    """How many of the waits are under way on the first of each month."""
    begins, ends = (
        np.sort(waits_of[name].to_numpy(dtype="datetime64[ns]")) for name in ("begins", "ends")
    )
    first = months.to_numpy(dtype="datetime64[ns]")
    return np.searchsorted(begins, first, "right") - np.searchsorted(ends, first, "right")
