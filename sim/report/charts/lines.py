"""What every line chart over time has in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, MultipleLocator

from sim.report.charts.chart import ScenarioStyle
from sim.report.charts.labels import Name, label_ends, measure_above
from sim.report.charts.pauses import pauses
from sim.report.charts.style import GREY, Area, text_width
from sim.results.run_folder import Run


def line_axes(area: Area, measure: str, bottom: float = 0.5) -> Axes:
    """Axes with room on the right for the names of the lines."""
    axes = area.axes(left=0.7, right=1.55 if area.narrow else 2.1, bottom=bottom, top=0.5)
    measure_above(axes, measure, area.small)
    axes.tick_params(labelsize=area.small)
    return axes


def end_names(area: Area, axes: Axes, names: Sequence[Name]) -> None:
    """The names of the lines, in the margin that `line_axes` leaves."""
    label_ends(axes, names, area.small, 1.3 if area.narrow else 1.85)


def year_axis(axes: Axes, narrow: bool) -> None:
    """Years along the bottom, upright."""
    axes.xaxis.set_major_locator(MultipleLocator(4 if narrow else 2))
    axes.xaxis.set_major_formatter(FormatStrFormatter("%d"))


def years_of(months: pd.Series) -> npt.NDArray[np.float64]:
    """Months as years and parts of a year: 1 July 2016 is 2016.5."""
    return np.asarray(months.dt.year + (months.dt.month - 1) / 12, dtype=np.float64)


def shade_pauses(axes: Axes, run: Run) -> None:
    """A grey band behind the lines for each pause of inspections."""
    for pause in pauses(run):
        first, last = years_of(pd.Series(pd.to_datetime(list(pause))))
        axes.axvspan(first, last, color=GREY, alpha=0.35, linewidth=0, zorder=0)


def plot_line(
    axes: Axes, look: ScenarioStyle, x: npt.NDArray[Any], y: npt.NDArray[Any], every: int
) -> None:
    """A line told apart by colour, dashes and markers."""
    axes.plot(
        x,
        y,
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        markevery=(every // 2, every),
        markersize=5.5,
        linewidth=2.2,
        zorder=3,
    )


def key_line(area: Area, drawn: Sequence[ScenarioStyle]) -> None:
    """The scenarios' names with their lines, in a row along the top of small multiples."""
    wide, high = area.figure.get_size_inches()
    size = area.small
    wides = {
        look.label: 0.58 + text_width(area.figure, look.label, size, bold=True) for look in drawn
    }
    rows = [drawn[:2], drawn[2:]] if area.narrow else [drawn]
    for place, row in enumerate(rows):
        x = area.left + 0.15
        room = area.width - 0.35 - sum(wides[look.label] for look in row)
        gap = max(0.05, min(0.35, room / max(1, len(row) - 1)))
        y = area.bottom + area.height - 0.16 - 0.26 * place
        for look in row:
            sample = Line2D(
                [x / wide, (x + 0.25) / wide, (x + 0.5) / wide],
                [y / high] * 3,
                color=look.colour,
                linewidth=2.2,
                marker=look.marker,
                markevery=(1, 5),
                markersize=5.5,
            )
            sample.set_linestyle(look.line)
            area.figure.add_artist(sample)
            area.figure.text(
                (x + 0.58) / wide,
                y / high,
                look.label,
                fontsize=size,
                fontweight="bold",
                color=look.ink,
                va="center",
            )
            x += wides[look.label] + gap


def below_key(area: Area) -> Area:
    """What `key_line` leaves of an area."""
    taken = 0.6 if area.narrow else 0.35
    return replace(area, height=area.height - taken)
