"""Charts of a study: the line of break-even, and the waterfall of an attribution."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.chart import Chart
from sim.report.folder import label
from sim.report.prose import decimals, listed, number, say
from sim.report.study_folder import StudyFolder
from sim.report.study_words import amount, axis_label, measured, plain
from sim.report.style import COLOURS, GREY, INK, TEXT_COLOURS, Area, name_rows

_LEAST, _MOST = COLOURS[1], COLOURS[2]
Array = npt.NDArray[np.float64]


def break_even_lines(study: StudyFolder) -> list[Chart]:
    """For each pair of parameters and each alternative that was asked for: the line of ties."""
    table = study.table("breakeven_lines")
    keys = ["against", "x_parameter", "y_parameter"]
    return [
        _break_even_line(study, str(other), str(x), str(y), rows.reset_index(drop=True))
        for (other, x, y), rows in table.groupby(keys, sort=False)
    ]


def _break_even_line(study: StudyFolder, other: str, x: str, y: str, data: pd.DataFrame) -> Chart:
    tested = study.scenarios[0]
    low, high = _range(study, y)
    known = data[data["y"].notna()]
    width = (data["y_ci95_high"] - data["y_ci95_low"]) / (high - low)
    covers = bool((width > 0.95).mean() > 0.5)
    ends = data[["loss_low_y", "loss_high_y"]].to_numpy()
    overall = tested if ends.mean() < 0 else other
    sides = [] if covers else _sides(ends, tested, other)

    def draw(area: Area) -> None:
        axes = area.axes(left=0.85, right=0.3, bottom=0.7, top=0.3)
        if not covers:
            band = (data["y_ci95_low"], data["y_ci95_high"])
            axes.fill_between(data["x"], *band, color=GREY, alpha=0.6)
            axes.plot(data["x"], data["y"], color=INK, linewidth=2.2)
        axes.set_xlim(float(data["x"].min()), float(data["x"].max()))
        axes.set_ylim(low, high)
        for (across, up), name in sides:
            axes.text(
                0.02 + 0.96 * across,
                0.06 + 0.87 * up,
                f"{label(name)} better",
                transform=axes.transAxes,
                ha="left" if across < 0.34 else "right" if across > 0.66 else "center",
                va="center",
                fontsize=area.small,
                fontweight="bold",
                color=TEXT_COLOURS[0 if name == tested else 2],
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 2},
            )
        axes.set_xlabel(axis_label(study, x), fontsize=area.small, wrap=True)
        axes.annotate(
            axis_label(study, y),
            (0, 1),
            (-45, 8),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=area.small,
        )
        axes.tick_params(labelsize=area.small)

    if len(known):
        (x0, x1), (y0, y1) = known.iloc[[0, -1]]["x"], known.iloc[[0, -1]]["y"]
        units = (study.ledger[x].unit, study.ledger[y].unit)
        places = [
            f"where {plain(x)} is {amount(a)} {units[0]} and {plain(y)} {amount(b)} {units[1]}"
            for a, b in ((x0, y0), (x1, y1))
        ]
        headline = f"{label(tested)} and {label(other)} tie {listed(places)}"
    else:
        headline = f"{label(overall)} has the better expected mean wherever {x} and {y} lie"
    if covers:
        headline = f"These futures cannot place the line on which {label(tested)} and "
        headline += f"{label(other)} tie"
    note = "The band covers the range: these samples cannot place a line." if covers else ""
    return Chart(
        name=f"break-even-{other}-{x}-{y}".replace(".", "-"),
        headline=say(headline),
        subtitle=say(
            f"Line on which the expected {measured(study)} is the same; band: 95% interval, "
            f"futures drawn again. England, {study.period}, simulated"
        ),
        source=study.source(*([note] if note else [])),
        alt=say(
            f"Line chart over {x} and {y}. {headline}. "
            + (
                "; ".join(f"{label(name)} is better {_corner(at)}" for at, name in sides) + "."
                if len(sides) > 1
                else note or "No line falls in the range."
            )
        ),
        data=data,
        draw=draw,
    )


def _sides(ends: Array, tested: str, other: str) -> list[tuple[tuple[float, float], str]]:
    """Where in the chart (across and up, 0 to 1) each regime is furthest ahead, of those that
    are ahead anywhere. `ends` (x, low and high y) are losses of the tested regime less those
    of the other."""
    found = []
    for sign, name in ((1.0, tested), (-1.0, other)):
        column, end = np.unravel_index(int(np.argmin(sign * ends)), ends.shape)
        if sign * ends[column, end] < 0:
            found.append(((float(column) / (len(ends) - 1), float(end)), name))
    return found


def _corner(at: tuple[float, float]) -> str:
    return f"{'above' if at[1] else 'below'} and to the {'right' if at[0] > 0.5 else 'left'}"


def waterfall(study: StudyFolder) -> Chart:
    """What each part of a package adds, from all parts off to the package as it is."""
    data = study.table("attribution")
    metric = METRICS[str(study.facts["metric"])]
    steps = data[~data["step"].isin(["none", "whole"])]
    start = float(data.loc[data["step"] == "none", "effect"].iloc[0])
    whole = float(data.loc[data["step"] == "whole", "effect"].iloc[0])
    froms = start + np.concatenate([[0.0], np.cumsum(steps["effect"])[:-1]])
    places = decimals(abs(steps["effect"]))
    clear = steps[(abs(steps["effect"]) > steps["ci95_half"]) & (steps["step"] != "interaction")]

    def draw(area: Area) -> None:
        wide = 1.8 if area.narrow else 3.2
        axes = area.axes(left=wide, right=0.5, bottom=0.6, top=0.15)
        names = [str(title) for title in data["title"]]
        axes.plot([start], [0], marker="o", color=INK, markersize=8)
        for place, (begin, (_, row)) in enumerate(zip(froms, steps.iterrows(), strict=True), 1):
            effect = float(row["effect"])
            colour = GREY if row["step"] == "interaction" else _MOST if effect > 0 else _LEAST
            axes.barh(place, effect, left=begin, height=0.55, color=colour)
            axes.errorbar(
                begin + effect, place, xerr=row["ci95_half"], color=INK, linewidth=1.3, capsize=3
            )
            axes.plot([begin + effect] * 2, [place, place + 1], color=INK, linewidth=0.7)
        axes.plot([whole], [len(data) - 1], marker="o", color=INK, markersize=8)
        name_rows(area, axes, names, wide)
        axes.set_xlabel(metric.unit.capitalize(), fontsize=area.small)

    def told(row: dict[Hashable, Any]) -> str:
        sign = "+" if row["effect"] > 0 else ""
        half = number(float(row["ci95_half"]), places)
        return f"{row['title']}: {sign}{number(float(row['effect']), places)} (±{half})"

    scenario = label(study.scenarios[0])
    total = whole - start
    direction = "adds" if total > 0 else "takes away"
    most = clear.iloc[int(np.argmax(abs(clear["effect"])))] if len(clear) else None
    headline = (
        f"No part of {scenario} alone clearly moves {measured(study)}"
        if most is None
        else f"{most['title']} is the part of {scenario} that moves {measured(study)} most: "
        f"{number(float(most['effect']), places)}"
    )
    return Chart(
        name="waterfall",
        headline=say(headline),
        subtitle=say(
            f"Each part switched off alone under the same luck; together they {direction} "
            f"{number(abs(total), places)} {metric.unit}. Whiskers: 95% intervals. "
            f"England, {study.period}, simulated"
        ),
        source=study.source("Grey: how the parts act together."),
        alt=say(
            f"Waterfall chart from {number(start, places)} to {number(whole, places)} "
            f"{metric.unit}. {'; '.join(told(row) for row in steps.to_dict('records'))}."
        ),
        data=data,
        draw=draw,
        height=0.5 * len(data) + 1.0,
        narrow_height=0.6 * len(data) + 1.2,
    )


def _range(study: StudyFolder, name: str) -> tuple[float, float]:
    futures = study.table("futures")[name]
    return float(futures.min()), float(futures.max())
