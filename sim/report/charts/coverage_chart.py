"""The chart of a back-test's intervals: how often they held what happened."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd
from matplotlib.ticker import PercentFormatter

from sim.report.charts.chart import Chart, table_of
from sim.report.charts.style import COLOURS, INK, SEQUENTIAL, TEXT_COLOURS, Area
from sim.report.words.prose import Sentence, cite, joined, say
from sim.results.backtest_folder import FEWEST, LEVELS, TESTED

NAME = "coverage"
SOURCE = "Source: simulation, and the record to 31 August 2019 (seeds of this project)."
_WINDOWS = {TESTED: "not used to fit", "fitted": "used to fit"}


def coverage(card: pd.DataFrame) -> Chart:
    """Share of figures inside each interval, by start and window, from a scorecard."""
    rows = [
        (start, window, level, float(part[f"inside{level}"].mean()), len(part))
        for (start, window), part in card.groupby(["start", "window"], sort=True)
        for level in LEVELS
        if len(part) >= FEWEST
    ]
    data = pd.DataFrame(rows, columns=["start", "window", "level", "inside", "figures"])
    keys = list(dict.fromkeys(zip(data["start"], data["window"], strict=True)))

    def draw(area: Area) -> None:
        wide = 1.6 if area.narrow else 2.0
        axes = area.axes(left=wide, right=0.3, bottom=0.65, top=0.35)
        for y, (start, window) in enumerate(reversed(keys)):
            mine = data[(data["start"] == start) & (data["window"] == window)]
            for k, level in enumerate(LEVELS):
                inside = float(mine[mine["level"] == level]["inside"].iloc[0])
                height = y + 0.24 - 0.24 * k
                place = 0 if window == TESTED else 1
                axes.plot([level / 100, inside], [height] * 2, color=SEQUENTIAL[2], linewidth=3)
                axes.plot(level / 100, height, "|", color=INK, markersize=14, markeredgewidth=2)
                axes.plot(inside, height, "oD"[place], color=COLOURS[place], markersize=8)
        names = [f"{_month(start)},\n{_WINDOWS[window]}" for start, window in reversed(keys)]
        axes.set_yticks(range(len(keys)), names, fontsize=area.small)
        for tick, (_, window) in zip(axes.get_yticklabels(), reversed(keys), strict=True):
            tick.set_color(TEXT_COLOURS[0 if window == TESTED else 1])
        for level in LEVELS:
            axes.annotate(
                f"{level}%",
                (level / 100, 1),
                (0, 4),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                fontsize=area.small,
                color=INK,
            )
        axes.grid(visible=False, axis="y")
        axes.set_ylim(-0.5, len(keys) - 0.5)
        axes.set_xlim(0.0, 1.02)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.tick_params(axis="x", labelsize=area.small)
        axes.set_xlabel("Share of figures inside the interval", fontsize=area.small)

    def told(row: dict[Hashable, Any]) -> Sentence:
        where = {name: row[name] for name in ("start", "window", "level")}
        figure = cite(row["inside"], 0, table_of(NAME), "inside", where, 100.0)
        shown = cite(row["level"], 0, table_of(NAME), "level", where)
        start = f"from {_month(row['start'])}, {_WINDOWS[row['window']]}, "
        return say(start, figure, "% inside the ", shown, "% intervals")

    tested = data[(data["window"] == TESTED) & (data["level"] == LEVELS[-1])].to_dict("records")
    worst, best = (pick(tested, key=lambda row: float(row["inside"])) for pick in (min, max))
    ends = [
        cite(
            row["inside"],
            0,
            table_of(NAME),
            "inside",
            {name: row[name] for name in ("start", "window", "level")},
            100.0,
        )
        for row in (worst, best)
    ]
    between = (ends[0],) if ends[0].shown == ends[1].shown else (ends[0], "% to ", ends[1])
    return Chart(
        name=NAME,
        headline=say("The 95% intervals held ", *between, "% of what was not used to fit"),
        subtitle=say(
            "Share of published figures of England inside the three intervals of the model, by "
            "first day of the runs; upright marks show where each dot should be"
        ),
        source=SOURCE,
        alt=say("Dots against upright marks. ", joined(map(told, data.to_dict("records"))), "."),
        data=data,
        draw=draw,
        height=0.75 * len(keys) + 1.0,
        narrow_height=0.9 * len(keys) + 1.2,
    )


def _month(day: str) -> str:
    return f"{pd.Timestamp(day):%B %Y}"
