"""England over time under one scenario: councils by grade, and the strain on the service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.inputs.files.places import seeds_dir
from sim.inputs.metrics import METRICS, Metric, listed_metrics
from sim.report.charts.chart import SIMULATED, Row, RunChart, rows_where, stacked
from sim.report.charts.hexagons import layout
from sim.report.charts.labels import Name, measure_above
from sim.report.charts.lines import (
    band,
    england_by_year,
    inspection_notes,
    key_line,
    line_axes,
    plot_line,
    year_axis,
    years_of,
)
from sim.report.charts.style import COLOURS, INK, TEXT_COLOURS, Area
from sim.report.words.headlines import differences
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


class StrainOnTheService(RunChart):
    """Caseload, agency, vacancies and looked-after children: under the scenario asked for with the
    range of runs, and every other scenario less it."""

    name = "strain-on-the-service"
    measure = "Caseload, agency and vacancy rates and children looked after"
    keys = ("scenario", "metric", "month")
    kind = "Line charts of the strain on the service. "

    def table(self) -> pd.DataFrame:
        self.titles = {name: METRICS[name].short.lower() for name in listed_metrics("strain")}
        main, count = self.main.label, len(self.titles)
        compared = len(self.styles) > 1
        self.legend = f". Shaded: nine runs in ten under {main}, from zero."
        if compared:
            self.legend += f" To the right: each option less {main}, means of the runs."
        self.notes = ("The scales to the right are far finer.",) * compared + (SIMULATED,)
        self.height = 1.75 * count + 0.6
        self.narrow_height = 2.0 * count * (1 + compared) + 0.9
        return stacked(self.run.national, self.scenarios, self.titles, ("scenario", *COLUMNS))

    def draw(self, area: Area) -> None:
        inner = key_line(area, self.styles)
        columns = min(2, len(self.styles))
        rows = len(self.titles) * (columns if area.narrow else 1)
        cells = iter(inner.grid(rows, 1 if area.narrow else columns))
        for metric in map(METRICS.__getitem__, self.titles):
            scale, unit = _scale_and_unit(metric)
            level = self._axes(next(cells), f"{metric.short}, {unit}")
            main = rows_where(self.data, scenario=self.main.scenario, metric=metric.name)
            years = years_of(main["month"])
            high = scale * main["p95"]
            band(level, years, scale * main["p05"], high, self.main.colour, 0.2)
            plot_line(level, self.main, years, scale * main["mean"], 24)
            level.set_ylim(0, 1.12 * float(high.max()))
            if columns == 1:
                continue
            apart = self._axes(next(cells), f"Less {self.main.label}")
            for style in self.styles[1:]:
                line = rows_where(self.data, scenario=style.scenario, metric=metric.name)
                gap = scale * (line["mean"].to_numpy(float) - main["mean"].to_numpy(float))
                plot_line(apart, style, years, gap, 24)
            apart.axhline(0, color=INK, linewidth=1)

    def _axes(self, cell: Area, title: str) -> Axes:
        axes = cell.axes(left=0.75, right=0.3, bottom=0.35, top=0.42)
        axes.yaxis.set_major_locator(MaxNLocator(3))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}"))
        year_axis(axes, True)
        axes.tick_params(labelsize=cell.small)
        measure_above(axes, title, cell.small)
        return axes

    def headline(self) -> str:
        """Under which scenarios strain is clearly less or more than under the one asked for."""
        parts = []
        for metric, title in self.titles.items():
            clear = [item for item in differences(self.run, metric) if item.sign]
            for sign, how in ((-1, "lower"), (1, "higher")):
                names = [
                    label(item.scenario)
                    for item in clear
                    if item.sign == sign and item.scenario in self.scenarios
                ]
                if names:
                    parts.append(f"{title} {how} under {listed(names)}")
        base = label(self.run.baseline)
        if len(self.styles) == 1:
            return f"{base}: the strain on the service over the years"
        if not parts:
            return f"No option strains the service clearly more or less than {base}"
        return f"Against {base}: {'; '.join(parts)}"

    def sentences(self) -> Iterator[Sentence]:
        for style in self.styles:
            for metric, title in self.titles.items():
                scale, unit = _scale_and_unit(METRICS[metric])
                line = self.records(scenario=style.scenario, metric=metric)
                first, last = line[0], line[-1]
                places = decimals([scale * first["mean"], scale * last["mean"]])
                start, end = (self.cited(row, "mean", places, scale) for row in (first, last))
                yield say(f"{style.label}, {title}, {unit}: from ", start, " to ", end)


def _scale_and_unit(metric: Metric) -> tuple[float, str]:
    """What a metric is multiplied with to be drawn, and its unit then."""
    if metric.name in THOUSANDS:
        return 0.001, "thousand"
    return metric.scale, "%" if metric.scale > 1 else metric.unit
