"""England over time under one scenario: councils by grade, and the strain on the service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.inputs.files.places import seeds_dir
from sim.inputs.metrics import METRICS, listed_metrics
from sim.report.charts.chart import SIMULATED, Row, RunChart, stacked
from sim.report.charts.hexagons import layout
from sim.report.charts.labels import Name, measure_above
from sim.report.charts.lines import (
    band,
    england_by_year,
    inspection_notes,
    line_axes,
    year_axis,
    years_of,
)
from sim.report.charts.style import COLOURS, INK, TEXT_COLOURS, Area
from sim.report.words.prose import Sentence, decimals, listed, say
from sim.results.run_folder import Run, label

COLUMNS = ("metric", "month", "mean", "p05", "p50", "p95")
# Title, the grades counted, colour of the line and of its name, dashes.
GRADED = {
    "councils_good_or_better": ("Good or outstanding", COLOURS[0], TEXT_COLOURS[0], "solid"),
    "councils_inadequate": ("Inadequate", COLOURS[1], TEXT_COLOURS[1], (0, (6, 2))),
}
PUBLISHED_GRADES = {
    "councils_inadequate": ("inadequate",),
    "councils_good_or_better": ("good", "outstanding"),
}
THOUSANDS = ("children_looked_after",)  # drawn in thousands


class _EnglandChart(RunChart):
    """Series of England under one scenario, with the range of runs."""

    scenario: str
    titles: Mapping[str, str]  # of the metrics, inside a sentence

    def headline(self) -> str:
        """What rises, what falls and what does not clearly change."""
        moves = {
            title: _move(self.data[self.series(metric)]) for metric, title in self.titles.items()
        }
        parts = []
        for sign, verb in ((1, "rise"), (-1, "fall")):
            names = [name for name, move in moves.items() if move == sign]
            if names:
                parts.append(f"{listed(names)} {verb if len(names) > 1 else verb + 's'}")
        steady = [name for name, move in moves.items() if not move]
        if steady:
            parts.append(f"no clear change in {listed(steady, 'or')}")
        return f"{label(self.scenario)}: {'; '.join(parts)}"

    def series(self, metric: str) -> pd.Series[bool]:
        """Which rows of the table are of a metric under the scenario."""
        return (self.data["metric"] == metric) & (self.data[self.keys[0]] == self.scenario)

    def from_to(self, metric: str, scale: float) -> Sentence:
        """First and last month of a series, with the last month's range of runs."""
        line: Sequence[Row] = self.data[self.series(metric)].to_dict("records")
        first, last = line[0], line[-1]
        places = decimals([scale * first["mean"], scale * last["mean"]])
        numbers = ((first, "mean"), (last, "mean"), (last, "p05"), (last, "p95"))
        start, end, low, high = (self.cited(*number, places, scale) for number in numbers)
        return say(
            "from ", start, " to ", end, " (nine runs in ten between ", low, " and ", high, ")"
        )


def _move(line: pd.DataFrame) -> int:
    """1 or -1 where a series rises or falls from first year to last beyond nine runs in ten."""
    first = float(line["mean"].iloc[:12].mean())
    low, high = (float(line[name].iloc[-12:].mean()) for name in ("p05", "p95"))
    return int(low > first) - int(high < first)


class CouncilsByGrade(_EnglandChart):
    """Councils good or better, and inadequate, with the range of runs.

    Where the run has the course really taken, that is drawn, with the real numbers dotted.
    """

    name = "councils-by-grade"
    measure = "Councils by latest overall grade"
    notes = ("The rest require improvement or have no grade yet.", SIMULATED)
    keys = ("series", "metric", "month")

    def table(self) -> pd.DataFrame:
        self.titles = {metric: f"the number {row[0].lower()}" for metric, row in GRADED.items()}
        practised = [name for name in self.run.scenarios if _as_practised(name)]
        self.scenario = practised[0] if practised else self.run.scenario
        published = published_grades(self.run) if practised else pd.DataFrame()
        dotted = "" if published.empty else " Dotted: as Ofsted published."
        end = f"{dotted}{inspection_notes(self.run)}"
        self.legend = f". Lines: mean. Shaded: nine runs in ten.{end}"
        self.kind = f"Line chart for {label(self.scenario)}. Councils: "
        self.closing = f".{end}"
        data = stacked(self.run.national, [self.scenario], GRADED, COLUMNS)
        data.insert(0, "series", self.scenario)
        if published.empty:  # of another course, or of a time that the record does not reach
            return data
        published = published.rename(columns={"value": "mean"})
        months = published["month"].dt.strftime("%Y-%m")
        return pd.concat([data, published.assign(series="published by Ofsted", month=months)])

    def draw(self, area: Area) -> None:
        axes = line_axes(area, "Councils")
        names = []
        for metric, (title, colour, ink, dashes) in GRADED.items():
            ours = self.series(metric)
            line, published = self.data[ours], self.data[~ours & (self.data["metric"] == metric)]
            years = years_of(line["month"])
            band(axes, years, line["p05"], line["p95"], colour)
            axes.plot(years, line["mean"], color=colour, linestyle=dashes, linewidth=2.2)
            names.append(Name(years[-1], line["mean"].iloc[-1], title, ink))
            if len(published):
                axes.plot(
                    years_of(published["month"]),
                    published["mean"],
                    color=INK,
                    linestyle=(0, (1, 1.5)),
                    linewidth=2.2,
                )
        england_by_year(area, axes, self.run, names)

    def sentences(self) -> Iterator[Sentence]:
        for metric, (title, *_) in GRADED.items():
            yield say(f"{title} ", self.from_to(metric, 1.0))


def _as_practised(scenario: str) -> bool:
    """Whether a scenario is the course that government really took."""
    return scenario.replace("_", "-").startswith("as-practised")


def published_grades(run: Run) -> pd.DataFrame:
    """Columns month, metric, value: councils whose latest overall grade at the month's end is so.

    Counts judgements under the single inspection framework and ILACS that the seed tables
    hold, over the months of the run that they reach, of the councils there were at the month's
    end: one made since the run's start from the day that it is judged in its own name.
    """
    judged = pd.read_csv(seeds_dir() / "judgements.csv")
    judged = judged.assign(published=pd.to_datetime(judged["published"], errors="coerce"))
    judged = judged.dropna(subset=["published", "overall"]).sort_values("published")
    last = judged["published"].max()
    rows = []
    for month in pd.period_range(run.start, min(pd.Timestamp(run.end), last), freq="M"):
        there = [cell.dfe_code for cell in layout(month.end_time.date())]
        so_far = judged[(judged["published"] <= month.end_time) & judged["dfe_code"].isin(there)]
        latest = so_far.groupby("dfe_code")["overall"].last()
        rows += [
            (month.start_time, metric, int(latest.isin(grades).sum()))
            for metric, grades in PUBLISHED_GRADES.items()
        ]
    return pd.DataFrame(rows, columns=["month", "metric", "value"])


class StrainOnTheService(_EnglandChart):
    """Fans of caseload, agency, vacancies and looked-after children, scenario asked for."""

    name = "strain-on-the-service"
    measure = "Caseload, agency and vacancy rates and children looked after"
    legend = ". Lines: median. Shaded: nine runs in ten."
    notes = ("Each scale starts at zero.", SIMULATED)
    keys = ("scenario", "metric", "month")
    height = 5.6
    narrow_height = 9.6

    def table(self) -> pd.DataFrame:
        self.titles = {name: METRICS[name].short.lower() for name in listed_metrics("strain")}
        self.scenario = self.run.scenario
        self.kind = f"Four fan charts for {label(self.scenario)}. "
        return stacked(self.run.national, [self.scenario], self.titles, ("scenario", *COLUMNS))

    def draw(self, area: Area) -> None:
        count = len(self.titles)
        cells = area.grid(count, 1) if area.narrow else area.grid(-(-count // 2), 2)
        for cell, metric in zip(cells, map(METRICS.__getitem__, self.titles), strict=False):
            axes = cell.axes(left=0.65, right=0.3, bottom=0.4, top=0.5)
            in_thousands = metric.name in THOUSANDS
            scale = 0.001 if in_thousands else metric.scale
            unit = "thousand" if in_thousands else "%" if metric.scale > 1 else metric.unit
            line = self.data[self.series(metric.name)]
            years, low, high = years_of(line["month"]), scale * line["p05"], scale * line["p95"]
            band(axes, years, low, high, COLOURS[0], 0.2)
            axes.plot(years, scale * line["p50"], color=COLOURS[0], linewidth=2.2)
            axes.set_ylim(0, 1.12 * float(high.max()))
            axes.yaxis.set_major_locator(MaxNLocator(4))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))
            year_axis(axes, True)
            axes.tick_params(labelsize=area.small)
            measure_above(axes, f"{metric.short}, {unit}", area.small)

    def sentences(self) -> Iterator[Sentence]:
        for metric, title in self.titles.items():
            scale = METRICS[metric].scale
            yield say(f"{title} {'in per cent ' * (scale > 1)}", self.from_to(metric, scale))
