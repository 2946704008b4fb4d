"""What every line chart over time has in common, and the months without inspections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FormatStrFormatter, MultipleLocator

from sim.report.charts.chart import ScenarioStyle
from sim.report.charts.labels import Name, label_ends, measure_above
from sim.report.charts.style import GREY, INK, Area, text_width
from sim.report.words.durations import in_month, inspected_share, periods_on
from sim.results.run_folder import Run
from sim.units import Array

# The lever that says whether reports give an overall grade.
OVERALL_GRADE = "ofsted.overall_grade"


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
    for spans, shade in ((pauses(run), 0.35), (slow_times(run), 0.15)):
        for span in spans:
            axes.axvspan(*years_of(span), color=GREY, alpha=shade, linewidth=0, zorder=0)
    if ends := grades_end(run):
        axes.axvline(years_of([ends])[0], color=INK, linestyle=(0, (1, 2)), linewidth=1, zorder=0)
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
    """The scenarios' names with their lines, along the top of small multiples, in two rows on a
    telephone and where one is too short; what that leaves of the area."""
    width, height = area.figure.get_size_inches()
    size = area.small
    widths = {
        style.label: 0.58 + text_width(area.figure, style.label, size, bold=True)
        for style in styles
    }
    whole = area.width - 0.35
    two = area.narrow or sum(widths.values()) + 0.05 * (len(styles) - 1) > whole
    for place, row in enumerate([styles[:2], styles[2:]] if two else [styles]):
        x = area.left + 0.15
        room = whole - sum(widths[style.label] for style in row)
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
    return replace(area, height=area.height - (0.6 if two else 0.35))


def pauses(run: Run) -> list[tuple[date, date]]:
    """From when until when inspections are paused within the run, so that no grade can change;
    none where its scenarios differ in that."""
    return _times(run, inspected_share, lambda share, last: share == 0)


def slow_times(run: Run) -> list[tuple[date, date]]:
    """From when until when there are fewer inspections than at the end of the run, but some; none
    where the scenarios differ in that."""
    return _times(run, inspected_share, lambda share, last: 0 < share < last)


def grades_end(run: Run) -> date | None:
    """From when reports give no overall grade to the end of the run; None where they always do,
    and where the scenarios differ in that."""

    def given(lever: str, value: object) -> float | None:
        return float(bool(value)) if lever == OVERALL_GRADE else None

    spans = _times(run, given, lambda grades, _: not grades)
    return spans[-1][0] if spans and spans[-1][1] == run.end else None


def _times(
    run: Run, read: Callable[[str, object], float | None], chosen: Callable[[float, float], bool]
) -> list[tuple[date, date]]:
    """From when until when what `read` makes of the levers is as `chosen` says, given it and its
    last value in the run, in all scenarios of the run alike."""
    of_scenarios = []
    for scenario in run.scenarios:
        changes = sorted(run.plans[scenario].get("change", []), key=lambda change: change["from"])
        values = [
            (max(change["from"], run.start), value)
            for change in changes
            if change["from"] < run.end
            and (value := read(change["lever"], change["value"])) is not None
        ]
        dated = [(day, chosen(value, values[-1][1])) for day, value in values]
        of_scenarios.append(periods_on(dated, run.end))
    first = of_scenarios[0]
    return first if all(spans == first for spans in of_scenarios) else []


def _months(first: date, last: date) -> str:
    """ "March 2020 to April 2021"; the month alone where it is one."""
    return " to ".join(dict.fromkeys((in_month(first), in_month(last))))


def inspection_notes(run: Run) -> str:
    """What grey times and the upright line of a chart by year are, as sentences that follow others;
    "" where there are none."""
    notes = [
        f"{shade}: {what}, {' and '.join(_months(*span) for span in spans)}."
        for shade, what, spans in (
            ("Grey", "no inspections", pauses(run)),
            ("Light grey", "few inspections", slow_times(run)),
        )
        if spans
    ]
    if ends := grades_end(run):
        notes.append(
            f"Upright line: from {in_month(ends)} reports give no overall grade, and the grade "
            "that key judgements stand for is counted."
        )
    return "".join(f" {note}" for note in notes)
