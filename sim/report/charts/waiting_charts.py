"""Who waited for what: councils queueing for finite things, month by month."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from sim.report.charts.chart import SIMULATED, Chart, Findings, scenario_styles, source_line
from sim.report.charts.labels import measure_above
from sim.report.charts.lines import below_key, key_line, year_axis
from sim.report.charts.style import Area
from sim.report.words.headlines import statistical
from sim.report.words.prose import CitedNumber, joined, number, say
from sim.results.run_folder import Run, label

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


def waits(events: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Every wait in the events: scenario, replication, la_code, queue, begins, ends.

    A wait still open at the end of the run ends there.
    """
    found = list(_inspection_waits(events))
    for queue, (opens, closes) in QUEUES.items():
        chosen = events[events["kind"].isin((opens, *closes))].sort_values("date", kind="stable")
        for key, story in chosen.groupby(["scenario", "replication", "la_code"], sort=False):
            since = None
            for kind, when in zip(story["kind"], story["date"], strict=True):
                if kind == opens and since is None:
                    since = when
                elif kind in closes and since is not None:
                    found.append((*key, queue, since, when))
                    since = None
            if since is not None:
                found.append((*key, queue, since, end))
    columns = ["scenario", "replication", "la_code", "queue", "begins", "ends"]
    return pd.DataFrame(found, columns=columns)


def _inspection_waits(events: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    began = events[events["kind"] == "inspection began"]
    for row in began.to_dict("records"):
        told = json.loads(row["details"]) if isinstance(row["details"], str) else {}
        if (days := told.get("waited_days", 0)) > 0:
            begins = row["date"] - pd.Timedelta(days=days)
            yield (
                *(row["scenario"], row["replication"], row["la_code"]),
                *(INSPECTION, begins, row["date"]),
            )


def who_waited(run: Run) -> Chart | None:
    """Councils waiting in each queue; None where the run kept no events."""
    events = run.events
    if events.empty:
        return None
    drawn = scenario_styles(run)
    found = waits(events, pd.Timestamp(run.end))
    months = pd.date_range(run.start, run.end, freq="MS", inclusive="left")
    kept = events["replication"].nunique()
    table = pd.DataFrame(
        [
            (look.scenario, queue, month, count)
            for look in drawn
            for queue in (INSPECTION, *QUEUES)
            for month, count in zip(
                months, _in_queue(found, look.scenario, queue, months, kept), strict=True
            )
        ],
        columns=["scenario", "queue", "month", "councils_waiting"],
    )
    # Queues nobody stood in take no space; at most four, the longest.
    longest = table.groupby("queue")["councils_waiting"].sum().sort_values(ascending=False)
    shown = [queue for queue in (INSPECTION, *QUEUES) if queue in longest[longest > 0].index[:4]]
    years = np.asarray(months.year + (months.month - 1) / 12, dtype=float)

    def draw(area: Area) -> None:
        key_line(area, drawn)
        body = below_key(area)
        rows = max(1, len(shown)) if area.narrow else 2
        cells = body.grid(rows, 1 if area.narrow else 2)
        # Far more wait to be inspected than for help, so that queue has a scale of its own.
        ours = table["queue"] == INSPECTION
        tops = {
            inspected: max(1.0, float(table.loc[ours == inspected, "councils_waiting"].max()))
            for inspected in (True, False)
        }
        for cell, queue in zip(cells, shown, strict=False):
            axes = cell.axes(left=0.5, right=0.3, bottom=0.4, top=0.5)
            for look in drawn:
                line = table[(table["scenario"] == look.scenario) & (table["queue"] == queue)]
                axes.plot(
                    years,
                    line["councils_waiting"],
                    color=look.colour,
                    linestyle=look.line,
                    linewidth=2,
                    drawstyle="steps-post",
                )
            axes.set_ylim(0, 1.05 * tops[queue == INSPECTION])
            axes.margins(x=0)
            axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
            year_axis(axes, True)
            axes.tick_params(labelsize=area.small)
            measure_above(axes, f"Waiting for {queue}", area.small)

    name = "who-waited"
    found_ = Findings(name)
    runs = found_.figure("runs with events", kept, str(kept))

    def peak(queue: str, scenario: str) -> CitedNumber:
        line = table[(table["queue"] == queue) & (table["scenario"] == scenario)]
        most = float(line["councils_waiting"].max())
        return found_.figure(f"most waiting for {queue}, {scenario}", most, number(most, 0))

    peaks = {
        (queue, look.scenario): peak(queue, look.scenario)
        for queue in (INSPECTION, *QUEUES)
        for look in drawn
    }
    longest_of = [
        max((item for item in peaks.items() if (item[0][0] == INSPECTION) == inspected), key=_size)
        for inspected in (False, True)
    ]
    clauses = [
        say("up to ", most, f" for {queue}{'' if queue == INSPECTION else _under(scenario)}")
        for (queue, scenario), most in longest_of
        if most.value > 0
    ]
    headline = say(
        "In the run shown " if kept == 1 else "In the runs shown, on average, ",
        *("councils wait: ", joined(clauses, "; "))
        if clauses
        else ("no council waits for anyone",),
    )
    told = [
        say(f"{label(scenario)}, {queue}: at most ", figure)
        for (queue, scenario), figure in peaks.items()
        if figure.value > 0
    ]
    return Chart(
        name=name,
        headline=headline,
        subtitle=statistical(run, "Councils waiting", runs),
        source=source_line(
            run,
            "The queue for inspection has a scale of its own.",
            "Another run would queue differently.",
            SIMULATED,
        ),
        alt=say(
            "Line charts of councils waiting, by queue and scenario. ",
            joined(told) if told else "No queue forms",
            ".",
        ),
        findings=found_,
        data=table.assign(month=table["month"].dt.strftime("%Y-%m")),
        draw=draw,
        height=5.6,
        narrow_height=2.4 * max(1, len(shown)) + 0.4,
    )


def _size(item: tuple[tuple[str, str], CitedNumber]) -> float:
    return item[1].value


def _under(scenario: str) -> str:
    return f" under {label(scenario)}"


def _in_queue(
    found: pd.DataFrame, scenario: str, queue: str, months: pd.DatetimeIndex, runs: int
) -> list[float]:
    """Councils in a queue on the first of each month, mean over the runs with events."""
    chosen = found[(found["scenario"] == scenario) & (found["queue"] == queue)]
    begins = np.sort(chosen["begins"].to_numpy(dtype="datetime64[ns]"))
    ends = np.sort(chosen["ends"].to_numpy(dtype="datetime64[ns]"))
    when = months.to_numpy(dtype="datetime64[ns]")
    count = np.searchsorted(begins, when, "right") - np.searchsorted(ends, when, "right")
    return [float(value) / runs for value in count]
