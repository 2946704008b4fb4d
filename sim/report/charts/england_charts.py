"""England over time under one scenario: councils by grade, and the strain on the service."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.inputs.metrics import METRICS, listed_metrics
from sim.report.charts.chart import SIMULATED, Chart, rows, source_line, table_of
from sim.report.charts.labels import Name, measure_above
from sim.report.charts.lines import end_names, line_axes, shade_pauses, year_axis, years_of
from sim.report.charts.pauses import told_pauses
from sim.report.charts.published_grades import published_grades
from sim.report.charts.style import COLOURS, INK, TEXT_COLOURS, Area
from sim.report.words.headlines import statistical
from sim.report.words.prose import (
    CitedNumber,
    Sentence,
    cite,
    decimals,
    joined,
    listed,
    say,
    scale_of,
)
from sim.results.run_folder import Run, label

BAND = ("month", "mean", "p05", "p50", "p95")
GRADED = {
    "councils_good_or_better": "Good or outstanding",
    "councils_inadequate": "Inadequate",
}


def _unit(metric: str) -> str:
    entry = METRICS[metric]
    thousand = metric == "children_looked_after"
    return "thousand" if thousand else "%" if entry.scale > 1 else entry.unit


# Each metric's name in a sentence, and above its drawing with its unit.
STRAIN = {
    name: (METRICS[name].short.lower(), f"{METRICS[name].short}, {_unit(name)}")
    for name in listed_metrics("strain")
}


def practised(scenario: str) -> bool:
    """Whether a scenario is the course that government really took."""
    return scenario.replace("_", "-").startswith("as-practised")


def councils_by_grade(run: Run) -> Chart:
    """Councils good or better, and inadequate, with the range of runs.

    Where the run has the course really taken, that is shown, with the real numbers dotted.
    """
    scenario = next((name for name in run.scenarios if practised(name)), run.scenario)
    lines = {
        metric: rows(run.national, BAND, scenario=scenario, metric=metric) for metric in GRADED
    }
    real = published_grades(run) if practised(scenario) else None
    looks_ = dict(zip(GRADED, zip(COLOURS, TEXT_COLOURS, strict=True), strict=False))

    def draw(area: Area) -> None:
        axes = line_axes(area, "Councils")
        names = []
        for metric, line in lines.items():
            colour, ink = looks_[metric]
            years = years_of(line["month"])
            dashes = "solid" if metric == "councils_good_or_better" else (0, (6, 2))
            axes.fill_between(
                years, line["p05"], line["p95"], color=colour, alpha=0.15, linewidth=0
            )
            axes.plot(years, line["mean"], color=colour, linestyle=dashes, linewidth=2.2)
            names.append(Name(float(years[-1]), float(line["mean"].iloc[-1]), GRADED[metric], ink))
            if real is not None:
                seen = real[real["metric"] == metric]
                axes.plot(
                    years_of(seen["month"]),
                    seen["value"],
                    color=INK,
                    linestyle=(0, (1, 1.5)),
                    linewidth=2.2,
                )
        shade_pauses(axes, run)
        axes.set_ylim(bottom=0)
        axes.margins(x=0)
        year_axis(axes, area.narrow)
        end_names(area, axes, names)

    moves = {f"the number {GRADED[metric].lower()}": _move(line) for metric, line in lines.items()}
    name = "councils-by-grade"
    said = (
        say(f"{GRADED[metric]} ", _from_to(line, 1.0, name, series=scenario, metric=metric))
        for metric, line in lines.items()
    )
    dotted = " Dotted: as Ofsted published." if real is not None else ""
    data = [line.assign(metric=metric, series=scenario) for metric, line in lines.items()]
    if real is not None:
        data.append(real.rename(columns={"value": "mean"}).assign(series="published by Ofsted"))
    table = pd.concat(data)
    return Chart(
        name=name,
        headline=say(f"{label(scenario)}: {_told(moves)}"),
        subtitle=statistical(run, "Councils by latest overall grade")
        + f". Lines: mean. Shaded: nine runs in ten.{dotted}{told_pauses(run)}",
        source=source_line(run, "The rest require improvement or have no grade yet.", SIMULATED),
        alt=say(
            f"Line chart for {label(scenario)}. Councils: ",
            joined(said),
            f".{dotted}{told_pauses(run)}",
        ),
        data=table[["series", "metric", *BAND]].assign(month=table["month"].dt.strftime("%Y-%m")),
        draw=draw,
    )


def strain(run: Run) -> Chart:
    """Fans of caseload, agency, vacancies and looked-after children, scenario asked for."""
    lines = {
        metric: rows(run.national, BAND, scenario=run.scenario, metric=metric) for metric in STRAIN
    }

    def draw(area: Area) -> None:
        count = len(lines)
        cells = area.grid(count, 1) if area.narrow else area.grid(-(-count // 2), 2)
        for cell, (metric, line) in zip(cells, lines.items(), strict=False):
            axes = cell.axes(left=0.65, right=0.3, bottom=0.4, top=0.5)
            scale = 0.001 if metric == "children_looked_after" else scale_of(metric)
            years = years_of(line["month"])
            axes.fill_between(
                years,
                scale * line["p05"],
                scale * line["p95"],
                color=COLOURS[0],
                alpha=0.2,
                linewidth=0,
            )
            axes.plot(years, scale * line["p50"], color=COLOURS[0], linewidth=2.2)
            top = float(scale * line["p95"].max())
            axes.set_ylim(0, 1.12 * top)
            axes.margins(x=0)
            axes.yaxis.set_major_locator(MaxNLocator(4))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))
            year_axis(axes, True)
            axes.tick_params(labelsize=area.small)
            measure_above(axes, STRAIN[metric][1], area.small)

    moves = {STRAIN[metric][0]: _move(line) for metric, line in lines.items()}
    name = "strain-on-the-service"

    def told(metric: str) -> Sentence:
        scale = scale_of(metric)
        found = _from_to(lines[metric], scale, name, scenario=run.scenario, metric=metric)
        return say(f"{STRAIN[metric][0]} {'in per cent ' * (scale > 1)}", found)

    table = pd.concat(
        [line.assign(scenario=run.scenario, metric=metric) for metric, line in lines.items()]
    )
    return Chart(
        name=name,
        headline=say(f"{label(run.scenario)}: {_told(moves)}"),
        subtitle=statistical(run, "Caseload, agency and vacancy rates and children looked after")
        + ". Lines: median. Shaded: nine runs in ten.",
        source=source_line(run, "Each scale starts at zero.", SIMULATED),
        alt=say(f"Four fan charts for {label(run.scenario)}. ", joined(map(told, lines)), "."),
        data=table[["scenario", "metric", *BAND]].assign(month=table["month"].dt.strftime("%Y-%m")),
        draw=draw,
        height=5.6,
        narrow_height=9.6,
    )


def _move(line: pd.DataFrame) -> int:
    """1 or -1 where a series rises or falls from first year to last beyond nine runs in ten."""
    first = float(line["mean"].iloc[:12].mean())
    low, high = (float(line[name].iloc[-12:].mean()) for name in ("p05", "p95"))
    return int(low > first) - int(high < first)


def _told(moves: Mapping[str, int]) -> str:
    """What rises, what falls and what does not clearly change."""
    said = []
    for sign, verb in ((1, "rise"), (-1, "fall")):
        names = [name for name, move in moves.items() if move == sign]
        if names:
            said.append(f"{listed(names)} {verb if len(names) > 1 else verb + 's'}")
    still = [name for name, move in moves.items() if not move]
    return "; ".join(said + ([f"no clear change in {listed(still, 'or')}"] if still else []))


def _from_to(line: pd.DataFrame, scale: float, chart: str, **where: str) -> Sentence:
    """First and last month of a series, with the last month's range of runs."""
    first, last = line.iloc[0], line.iloc[-1]
    places = decimals([scale * first["mean"], scale * last["mean"]])

    def cell(row: pd.Series, column: str) -> CitedNumber:
        cell_of = {**where, "month": f"{row['month']:%Y-%m}"}
        return cite(float(row[column]), places, table_of(chart), column, cell_of, scale)

    return say(
        *("from ", cell(first, "mean"), " to ", cell(last, "mean")),
        *(" (nine runs in ten between ", cell(last, "p05"), " and ", cell(last, "p95"), ")"),
    )
