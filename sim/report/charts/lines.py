"""What every line chart over time has in common, and the months without inspections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, MultipleLocator

from sim.report.charts.chart import ScenarioStyle
from sim.report.charts.labels import Name, label_ends, measure_above
from sim.report.charts.style import GREY, Area, text_width
from sim.report.words.durations import INSPECTED, periods_on
from sim.results.run_folder import Run
from sim.units import Array


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
    """Years along the bottom, upright, and lines that reach both sides."""
    axes.margins(x=0)
    axes.xaxis.set_major_locator(MultipleLocator(4 if narrow else 2))
    axes.xaxis.set_major_formatter(FormatStrFormatter("%d"))


def years_of(months: Iterable[Any]) -> Array:
    """Months, as dates or as 2016-07, in years and parts of a year: July 2016 is 2016.5."""
    dates = pd.DatetimeIndex(pd.to_datetime(list(months)))
    return (dates.year + (dates.month - 1) / 12).to_numpy(dtype=float)


def england_by_year(area: Area, axes: Axes, run: Run, names: Sequence[Name]) -> None:
    """What lines over the years of a run need at the end: a scale from zero, years, names."""
    for pause in pauses(run):
        axes.axvspan(*years_of(pause), color=GREY, alpha=0.35, linewidth=0, zorder=0)
    axes.set_ylim(bottom=0)
    year_axis(axes, area.narrow)
    end_names(area, axes, names)


def plot_line(axes: Axes, style: ScenarioStyle, x: Any, y: Any, every: int) -> None:
    """A line told apart by colour, dashes and markers."""
    axes.plot(
        x,
        y,
        color=style.colour,
        linestyle=style.line,
        marker=style.marker,
        markevery=(every // 2, every),
        markersize=5.5,
        linewidth=2.2,
        zorder=3,
    )


def band(axes: Axes, x: Any, low: Any, high: Any, colour: str, alpha: float = 0.15) -> None:
    """A range around a line."""
    axes.fill_between(x, low, high, color=colour, alpha=alpha, linewidth=0)


def key_line(area: Area, styles: Sequence[ScenarioStyle]) -> Area:
    """The scenarios' names with their lines, in a row along the top of small multiples; what
    that leaves of the area."""
    width, height = area.figure.get_size_inches()
    size = area.small
    widths = {
        style.label: 0.58 + text_width(area.figure, style.label, size, bold=True)
        for style in styles
    }
    for place, row in enumerate([styles[:2], styles[2:]] if area.narrow else [styles]):
        x = area.left + 0.15
        room = area.width - 0.35 - sum(widths[style.label] for style in row)
        gap = max(0.05, min(0.35, room / max(1, len(row) - 1)))
        y = area.bottom + area.height - 0.16 - 0.26 * place
        for style in row:
            sample = Line2D(
                [x / width, (x + 0.25) / width, (x + 0.5) / width],
                [y / height] * 3,
                color=style.colour,
                linewidth=2.2,
                marker=style.marker,
                markevery=(1, 5),
                markersize=5.5,
            )
            sample.set_linestyle(style.line)
            area.figure.add_artist(sample)
            area.figure.text(
                (x + 0.58) / width,
                y / height,
                style.label,
                fontsize=size,
                fontweight="bold",
                color=style.ink,
                va="center",
            )
            x += widths[style.label] + gap
    return replace(area, height=area.height - (0.6 if area.narrow else 0.35))


def pauses(run: Run) -> list[tuple[date, date]]:
    """From when until when inspections are paused within the run, so that no grade can change;
    none where its scenarios differ in that."""
    of_scenarios = []
    for scenario in run.scenarios:
        changes = [c for c in run.plans[scenario].get("change", []) if c["lever"] == INSPECTED]
        dated = (
            (max(c["from"], run.start), c["value"] == 0) for c in changes if c["from"] < run.end
        )
        of_scenarios.append(periods_on(dated, run.end))
    first = of_scenarios[0]
    return first if all(spans == first for spans in of_scenarios) else []


def pauses_sentence(run: Run) -> str:
    """What the grey of a chart by year is, as a sentence that follows others; "" without a
    pause."""
    spans = [f"{first:%B %Y} to {last:%B %Y}" for first, last in pauses(run)]
    return f" Grey: no inspections, {' and '.join(spans)}." if spans else ""
