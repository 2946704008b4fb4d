"""Charts of a study: the line of break-even, and the waterfall of an attribution."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.colors import to_rgb

from sim.inputs.metrics import METRICS
from sim.report.charts.chart import Chart
from sim.report.charts.style import COLOURS, GREY, INK, TEXT_COLOURS, Area, name_rows, wrapped
from sim.report.findings.cited_study import StudyFolder
from sim.report.findings.study_words import amount, axis_label, measured, plain
from sim.report.words.prose import decimals, number, say
from sim.results.run_folder import label

_LEAST, _MOST = COLOURS[1], COLOURS[2]
_SURE = 0.975  # of resampled fits, on the side of a regime that is clearly better
_GRADE_STEP = "A grade step leads from one inspection grade to the next."
Array = npt.NDArray[np.float64]


def break_even_lines(study: StudyFolder) -> list[Chart]:
    """For each pair of parameters and each alternative that was asked for: the line of ties."""
    table = study.table("breakeven_map")
    keys = ["against", "x_parameter", "y_parameter"]
    return [
        _break_even_line(study, str(other), str(x), str(y), rows.reset_index(drop=True))
        for (other, x, y), rows in table.groupby(keys, sort=False)
    ]


def _break_even_line(study: StudyFolder, other: str, x: str, y: str, data: pd.DataFrame) -> Chart:
    tested = study.scenarios[0]
    loss = data.pivot_table(index="y", columns="x", values="loss")
    ahead = data.pivot_table(index="y", columns="x", values="ahead_share").to_numpy()
    across, up = loss.columns.to_numpy(), loss.index.to_numpy()
    colours = {tested: TEXT_COLOURS[0], other: TEXT_COLOURS[2]}
    units = {study.ledger[name].unit for name in (x, y)}
    sure = {tested: ahead >= _SURE, other: ahead <= 1 - _SURE}
    sides = {name: _middle(cells) for name, cells in sure.items() if cells.any()}

    def draw(area: Area) -> None:
        side = wrapped(area.figure, axis_label(study, y), area.small, area.width - 0.5)
        foot = wrapped(area.figure, axis_label(study, x), area.small, area.width - 0.5)
        axes = area.axes(left=0.85, right=0.3, bottom=0.7, top=0.15 + 0.2 * len(side))
        levels = [-0.01, 1 - _SURE, _SURE - 1e-9, 1.01]
        shades = [_pale(colours[other]), "#ffffff", _pale(colours[tested])]
        axes.contourf(across, up, ahead, levels=levels, colors=shades)
        if loss.to_numpy().min() < 0 < loss.to_numpy().max():
            axes.contour(across, up, loss.to_numpy(), levels=[0.0], colors=[INK], linewidths=2.2)
        for name, (column, row) in sides.items():
            place = (across[column], up[row])
            share = column / (len(across) - 1)
            axes.text(
                *place,
                f"{label(name)} clearly better",
                ha="left" if share < 0.25 else "right" if share > 0.75 else "center",
                va="bottom" if row < 3 else "top" if row > len(up) - 4 else "center",
                fontsize=area.small,
                fontweight="bold",
                color=colours[name],
            )
        axes.grid(visible=False)
        end: Literal["right", "center"] = "right" if len(foot) > 1 else "center"
        axes.set_xlabel("\n".join(foot), fontsize=area.small, loc=end)
        axes.annotate(
            "\n".join(side),
            (0, 1),
            (-45, 8),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=area.small,
        )
        axes.tick_params(labelsize=area.small)

    parts = [
        f"{label(name)} is clearly better in {sure[name].mean():.0%} of the chart"
        if name in sides
        else f"{label(name)} nowhere"
        for name in sorted((tested, other), key=lambda one: -sure[one].mean())
    ]
    where = "".join(
        f" The middle of where {label(name)} is clearly better: {plain(x)} "
        f"{amount(across[column])}, {plain(y)} {amount(up[row])}."
        for name, (column, row) in sides.items()
    )
    headline = "; ".join(parts)
    if not sides:
        headline = f"These futures cannot say where {label(tested)} beats {label(other)}"
    return Chart(
        name=f"break-even-{other}-{x}-{y}".replace(".", "-"),
        headline=say(headline),
        subtitle=say(
            f"{label(tested)} against {label(other)} by expected {measured(study)}, all else as "
            f"uncertain as it is. Line: where they tie; white: where chance could turn the "
            f"answer (shaded: 97.5% of resampled fits agree). England, {study.period}, simulated"
        ),
        source=study.source(*([_GRADE_STEP] if "grade steps" in units else [])),
        alt=say(f"Map over {x} (across) and {y} (up). {headline}.{where}"),
        data=data,
        draw=draw,
    )


def _middle(cells: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The marked cell (column, row) nearest to the middle of all that are marked."""
    rows, columns = np.nonzero(cells)
    far = (rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2
    nearest = int(np.argmin(far))
    return int(columns[nearest]), int(rows[nearest])


def _pale(colour: str) -> tuple[float, float, float]:
    red, green, blue = to_rgb(colour)
    return (0.78 + 0.22 * red, 0.78 + 0.22 * green, 0.78 + 0.22 * blue)


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
    direction = "add" if total > 0 else "take away"
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
