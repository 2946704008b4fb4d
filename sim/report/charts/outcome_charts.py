"""What happens to councils: how many are inadequate, for how long, and what help costs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator, PercentFormatter

from sim.analysis.statistics import jackknife_half_width
from sim.analysis.survival import daily_counts, product_limit
from sim.inputs.metrics import HEADLINE
from sim.report.charts.chart import NOT_A_PLACE, SIMULATED, RunChart, stacked
from sim.report.charts.labels import Name, label_points, measure_above, text_above
from sim.report.charts.lines import (
    band,
    end_names,
    england_by_year,
    inspection_notes,
    key_line,
    line_axes,
    plot_line,
    years_of,
)
from sim.report.charts.style import Area, wrapped
from sim.report.words.headlines import (
    Contrast,
    clauses,
    contrast,
    signs,
)
from sim.report.words.prose import Sentence, joined, say
from sim.results.run_folder import Run, label
from sim.units import DAYS_A_MONTH, AnyArray, Array, IntArray

YEARS, COST = "inadequate_council_years", "intervention_cost_gbp_m"
POOR = "children_under_poor_practice"
MOST_PANELS = 24
HORIZON_MONTHS = 72  # since the judgement


class _ByMonth(RunChart):
    """One series of England month by month: a line for each scenario.

    `series` is the metric, shown times `scale`; `axis` what its axis says; `judged_by` the metric
    whose clear differences the headline tells in `words`; `places` those of the figures at the
    start and at the end of a run.
    """

    kind = "Line chart by month. "
    keys = ("scenario", "metric", "month")
    series: str
    scale = 1.0
    axis: str
    judged_by: str
    words: Contrast
    places: tuple[int, int]

    def table(self) -> pd.DataFrame:
        notes = inspection_notes(self.run)
        self.legend = f". Shaded: nine runs in ten for {self.main.label}.{notes}"
        self.closing = f".{notes}"
        columns = ("scenario", "metric", "month", "mean", "p05", "p95")
        return stacked(self.run.national, self.scenarios, [self.series], columns)

    def draw(self, area: Area) -> None:
        axes = line_axes(area, self.axis)
        names = []
        for style in self.styles:
            line = self.data[self.data["scenario"] == style.scenario]
            years = years_of(line["month"])
            mean, low, high = (self.scale * line[column] for column in ("mean", "p05", "p95"))
            if style is self.main:
                band(axes, years, low, high, style.colour, 0.13)
            plot_line(axes, style, years, mean, 24)
            names.append(Name(years[-1], mean.iloc[-1], style.label, style.ink))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        england_by_year(area, axes, self.run, names)

    def headline(self) -> str:
        return contrast(self.run.baseline, signs(self.run, self.judged_by), self.words)

    def sentences(self) -> Iterator[Sentence]:
        first_places, last_places = self.places
        for style in self.styles:
            line = self.records(scenario=style.scenario)
            first, last = line[0], line[-1]
            yield say(
                *(f"{style.label}: ", self.cited(first, "mean", first_places, self.scale)),
                *(" at the start, ", self.cited(last, "mean", last_places, self.scale)),
                *(" at the end (nine runs in ten between ",),
                *(self.cited(last, "p05", first_places, self.scale), " and "),
                *(self.cited(last, "p95", first_places, self.scale), ")"),
            )


class ChildrenUnderPoorPractice(_ByMonth):
    """Children in need in councils whose practice is poor, month by month, by scenario."""

    name = "children-under-poor-practice"
    measure = "Mean number of children in need where practice is poor, thousands"
    notes = (
        "Poor: below what a fair reading of January 2016 would have called inadequate, whether or "
        "not an inspector has seen it.",
        SIMULATED,
    )
    needs = "children under poor practice counted"
    series = POOR
    scale = 0.001
    axis = "Thousand children in need where practice is poor"
    judged_by = HEADLINE
    words = Contrast(
        "more children under poor practice",
        "fewer children under poor practice",
        "the number of children under poor practice",
    )
    places = (1, 1)


class CouncilsInadequate(_ByMonth):
    """Councils judged inadequate, month by month, by scenario."""

    name = "councils-inadequate"
    measure = "Mean number of councils judged inadequate"
    series = "councils_inadequate"
    axis = "Councils judged inadequate"
    judged_by = YEARS
    words = Contrast(
        "more councils inadequate",
        "fewer councils inadequate",
        "the number of councils inadequate",
    )
    places = (0, 1)


@dataclass(frozen=True)
class SurvivalCurve:
    """Share still inadequate at each whole month since judgement, months 0 to the horizon.

    `left_out` holds the curve with each replication left out, (replications, months). The
    interval is NaN where there are too few. `at_risk` counts spells over all replications.
    """

    scenario: str
    share: Array
    low: Array
    high: Array
    at_risk: Array
    left_out: Array


def survival_curves(run: Run, scenarios: Sequence[str]) -> list[SurvivalCurve]:
    """The time to leaving an inadequate judgement: a Kaplan-Meier curve for each scenario.

    Spells that were under way when the run began are seen only from then on, so they join the
    spells at risk at the age they had reached (left truncation); spells open at the end are
    censored. The interval leaves out whole replications in turn (jackknife), since spells of one
    replication share their luck; differences between scenarios leave out the same replication in
    both, and so are paired.
    """
    replications: IntArray = np.sort(run.replications["replication"].unique())
    return [_curve(run.spells, name, replications) for name in scenarios]


def exits_and_at_risk(
    spells: pd.DataFrame, group: AnyArray, groups: int, months: int
) -> tuple[Array, Array]:
    """For each group of spells: exits on, and spells at risk at, each day since the judgement,
    (groups, days + 1) each."""
    entry, exit_, exited = (spells[name].to_numpy() for name in ("entry", "exit", "exited"))
    return daily_counts(group, entry, exit_, exited, groups, round(months * DAYS_A_MONTH))


def _curve(spells: pd.DataFrame, scenario: str, replications: IntArray) -> SurvivalCurve:
    spells = spells[(spells["scenario"] == scenario) & (spells["exit"] > spells["entry"])]
    group = np.searchsorted(replications, spells["replication"].to_numpy())
    exits, at_risk = exits_and_at_risk(spells, group, len(replications), HORIZON_MONTHS)
    months = np.round(np.arange(HORIZON_MONTHS + 1) * DAYS_A_MONTH).astype(int)
    all_exits, all_at_risk = exits.sum(0), at_risk.sum(0)
    share = product_limit(all_exits, all_at_risk)[months]
    left_out = product_limit(all_exits - exits, all_at_risk - at_risk)[:, months]
    half = jackknife_half_width(left_out)
    low, high = np.clip(share - half, 0, 1), np.clip(share + half, 0, 1)
    return SurvivalCurve(scenario, share, low, high, all_at_risk[months], left_out)


def signs_at(curves: Sequence[SurvivalCurve], month: int) -> list[tuple[str, int]]:
    """For each curve after the first: the sign of its difference from the first at a month.

    Simultaneous over the curves; 0 where the interval holds zero or is not known.
    """
    base, *others = curves
    result = []
    for curve in others:
        gap = curve.share[month] - base.share[month]
        left_out = curve.left_out[:, month] - base.left_out[:, month]
        half = float(jackknife_half_width(left_out, len(others)))
        result.append((curve.scenario, int(gap - half > 0) - int(gap + half < 0)))
    return result


class StillInadequate(RunChart):
    """Share of councils still inadequate, by months since the judgement."""

    name = "still-inadequate"
    measure = "Share of councils judged inadequate that are still so"
    notes = (
        "Kaplan-Meier; spells under way at the start join at the age they had reached.",
        SIMULATED,
    )
    kind = "Line chart of the share still inadequate by months since the judgement. "
    keys = ("scenario", "months")
    month = 36  # of the headline
    times = ((12, "one year"), (24, "two years"), (36, "three years"), (60, "five years"))

    def table(self) -> pd.DataFrame:
        self.curves = survival_curves(self.run, self.scenarios)
        known = bool(np.isfinite(self.curves[0].low).all())
        self.legend = ". Shaded: 95% intervals." if known else ". Too few runs for intervals."
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "scenario": curve.scenario,
                        "months": np.arange(len(curve.share)),
                        "still_inadequate": curve.share,
                        "ci95_low": curve.low,
                        "ci95_high": curve.high,
                        "spells_at_risk": curve.at_risk.astype(int),
                    }
                )
                for curve in self.curves
            ],
            ignore_index=True,
        )

    def draw(self, area: Area) -> None:
        axes = line_axes(area, "Share still inadequate", bottom=0.75)
        months = np.arange(HORIZON_MONTHS + 1)
        names = []
        for style, curve in zip(self.styles, self.curves, strict=True):
            band(axes, months, curve.low, curve.high, style.colour)
            plot_line(axes, style, months, curve.share, 12)
            names.append(Name(HORIZON_MONTHS, float(curve.share[-1]), style.label, style.ink))
        axes.set_ylim(0, 1.005)
        axes.set_xlim(0, HORIZON_MONTHS)
        axes.set_xticks(months[:: 24 if area.narrow else 12])
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_xlabel("Months since the judgement", fontsize=area.small)
        end_names(area, axes, names)

    def headline(self) -> Sentence:
        compared = clauses(signs_at(self.curves, self.month), Contrast("more", "fewer", ""))
        return say(
            f"{dict(self.times)[self.month].capitalize()} on, ",
            *self._share(self.main.scenario, self.month),
            f" are still inadequate under {self.main.label}: ",
            compared or "no clear difference from the alternatives",
        )

    def sentences(self) -> Iterator[Sentence]:
        for style in self.styles:
            shares = (
                say(*self._share(style.scenario, month), f" after {words}")
                for month, words in self.times
            )
            yield say(f"{style.label}: ", joined(shares, ", "))

    def _share(self, scenario: str, month: int) -> tuple[Any, str]:
        row = self.records(scenario=scenario, months=month)[0]
        return self.cited(row, "still_inadequate", 0, 100), "%"


_FIGURES = ("mean", "ci95_low", "ci95_high", "p05", "p95")


class CostAgainstYears(RunChart):
    """What intervention costs against the child-years under poor practice, by scenario."""

    name = "cost-against-years"
    needs = "children under poor practice counted"
    measure = "Mean cost of intervention and child-years in need where practice is poor"
    legend = ". Thick bars: 95% interval of the mean. Thin: nine runs in ten."
    notes = ("Scenarios share their luck, so overlapping bars may still differ clearly.", SIMULATED)
    kind = "Scatter chart. "
    keys = ("scenario", "metric")
    height = 4.8

    def table(self) -> pd.DataFrame:
        columns = ("scenario", "metric", *_FIGURES)
        data = stacked(self.run.summary, self.scenarios, (HEADLINE, COST), columns)
        # Runs of earlier versions do not tell where practice is poor.
        return data if len(data) == 2 * len(self.scenarios) else data[:0]

    def draw(self, area: Area) -> None:
        axes = area.axes(left=0.6, right=0.3, bottom=0.75, top=0.5)
        measure_above(axes, "Cost of intervention, £ million a year", area.small)
        axes.tick_params(labelsize=area.small)
        axis = "Thousand child-years where practice is poor, whole period"
        axes.set_xlabel(axis, fontsize=area.small)
        names, bars = [], []
        for style in self.styles:
            years, y = self.records(scenario=style.scenario)
            x = {name: 0.001 * years[name] for name in _FIGURES}
            for low, high, width in (("p05", "p95", 1.2), ("ci95_low", "ci95_high", 4.5)):
                line: dict[str, Any] = {"color": style.colour, "linewidth": width}
                axes.plot([x[low], x[high]], [y["mean"]] * 2, **line, clip_on=False)
                axes.plot([x["mean"]] * 2, [y[low], y[high]], **line, clip_on=False)
            axes.plot(
                *(x["mean"], y["mean"]),
                color=style.colour,
                marker=style.marker,
                markersize=10,
                markeredgecolor="white",
                zorder=4,
                clip_on=False,
            )
            names.append(Name(x["mean"], y["mean"], style.label, style.ink))
            bars.append((x["p05"], y["mean"], x["p95"], y["mean"]))
            bars.append((x["mean"], y["p05"], x["mean"], y["p95"]))
        axes.margins(x=0.08, y=0.14)
        axes.set_ylim(bottom=min(0.0, *(row["p05"] for row in self.records(metric=COST))))
        label_points(axes, names, bars, area.small, 1.6)

    def headline(self) -> str:
        costs = Contrast("costs more", "costs less", "cost", fewer_too="less")
        cost = contrast(self.run.baseline, signs(self.run, COST), costs)
        lengths = Contrast(
            "more child-years under poor practice", "fewer child-years under poor practice", ""
        )
        years = clauses(signs(self.run, HEADLINE), lengths)
        return f"{cost}; {years or 'no clear difference in child-years under poor practice'}"

    def sentences(self) -> Iterator[Sentence]:
        for style in self.styles:
            years, cost = (
                say(
                    *(self.cited(row, "mean", 1, scale), " (95% interval "),
                    *(self.cited(row, "ci95_low", 1, scale), " to "),
                    *(self.cited(row, "ci95_high", 1, scale), ")"),
                )
                for row, scale in zip(
                    self.records(scenario=style.scenario), (0.001, 1.0), strict=True
                )
            )
            yield say(
                *(f"{style.label}: ", cost, " million pounds a year and "),
                *(years, " thousand child-years under poor practice"),
            )


class CouncilsFailingAtTheStart(RunChart):
    """Councils inadequate when the run began: a panel each, the share of runs in which it is
    inadequate on 31 March, year by year, by scenario."""

    name = "councils-failing-at-the-start"
    measure = "Share of runs in which each council is inadequate on 31 March"
    needs = "a council inadequate at the start, and a whole financial year"
    keys = ("scenario", "time_period", "new_la_code")

    def table(self) -> pd.DataFrame:
        spells = self.run.spells
        # The start is the same in every scenario and run.
        first = spells[spells["started"] <= pd.Timestamp(self.run.start)]
        self.codes = list(first.drop_duplicates("la_code").sort_values("la_name")["la_code"])
        self.panels = self.codes[:MOST_PANELS]
        more = " More councils in the data file." if len(self.codes) > MOST_PANELS else ""
        self.notes = (NOT_A_PLACE + more,)
        self.height = 0.4 + 1.35 * math.ceil(len(self.panels) / 6)
        self.narrow_height = 0.65 + 1.35 * math.ceil(len(self.panels) / 3)
        self.kind = (
            "Small line charts, one a council. Share of runs in which it is inadequate at the end "
            f"under {label(self.run.scenario)}: "
        )
        table = self.run.councils
        table = table[
            (table["metric"] == "councils_inadequate")
            & table["new_la_code"].isin(self.codes)
            & table["scenario"].isin(self.scenarios)
        ]
        return table[[*self.keys, "la_name", "mean"]]

    def draw(self, area: Area) -> None:
        columns = 3 if area.narrow else 6
        cells = key_line(area, self.styles).grid(math.ceil(len(self.panels) / columns), columns)
        table = self.data.assign(year=self.data["time_period"] // 100 + 1)
        first, last = table["year"].min(), table["year"].max()
        for place, (cell, code) in enumerate(zip(cells, self.panels, strict=False)):
            axes = cell.axes(left=0.48, right=0.25, bottom=0.3, top=0.42)
            lines = table[table["new_la_code"] == code]
            for style in self.styles:
                line = lines[lines["scenario"] == style.scenario]
                stroke: dict[str, Any] = {"color": style.colour, "linestyle": style.line}
                axes.plot(line["year"], line["mean"], **stroke, linewidth=1.6)
            axes.set_ylim(0, 1.02)
            axes.set_yticks([0, 0.5, 1])
            axes.set_xlim(first, max(last, first + 1))
            axes.set_xticks([first, last])
            axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            axes.tick_params(labelsize=8.5)
            if place % columns:
                axes.set_yticklabels([])
            title = wrapped(area.figure, lines["la_name"].iloc[-1], 9, cell.width - 0.15, bold=True)
            bold: dict[str, Any] = {"fontweight": "bold", "linespacing": 1.0}
            if title[2:]:
                title = [title[0], f"{title[1].removesuffix(' and')}\N{HORIZONTAL ELLIPSIS}"]
            text_above(axes, "\n".join(title), 9, (-2, 4), **bold)

    def headline(self) -> Sentence:
        expected = sum(row["mean"] for row in self._last())
        return say(
            "Of ",
            self.finding("inadequate at the start", len(self.codes)),
            " councils inadequate at the start, ",
            self.finding("expected at the end", expected),
            f" {'is' if round(expected) == 1 else 'are'} expected to be so at the end "
            f"under {label(self.run.scenario)}",
        )

    def sentences(self) -> Iterator[Sentence]:
        for row in self._last():
            yield say(f"{row['la_name']} ", self.cited(row, "mean", 0, 100), "%")

    def _last(self) -> list[Any]:
        """The rows of the last year under the scenario asked for, by name of the council."""
        rows = self.records(scenario=self.run.scenario, time_period=self.data["time_period"].max())
        return sorted(rows, key=lambda row: str(row["la_name"]))
