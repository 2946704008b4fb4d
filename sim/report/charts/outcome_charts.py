"""What happens to councils: how many are inadequate, for how long, and what help costs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator, PercentFormatter

from sim.analysis.statistics import jackknife_half_width
from sim.analysis.survival import daily_counts, product_limit
from sim.inputs.metrics import COST, HEADLINE, METRICS
from sim.report.charts.chart import NOT_A_PLACE, SIMULATED, RunChart, source_line, stacked
from sim.report.charts.labels import Name, measure_above
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
from sim.report.charts.style import GREY, INK, Area, row_axes
from sim.report.words.headlines import (
    Contrast,
    clauses,
    contrast,
    differences,
    signs,
)
from sim.report.words.prose import Sentence, joined, say
from sim.report.words.short_answer import best_option
from sim.results.run_folder import Run, label
from sim.units import DAYS_A_MONTH, AnyArray, Array, IntArray

POOR = "children_under_poor_practice"
MOST_ROWS = 30
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
    judged_by = "inadequate_council_years"
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


# What the picture of the answer shows of each scenario: the metric, and what its panel is called.
_CHOICE = {
    HEADLINE: "Children: thousand child-years",
    COST: "Cost: £ million a year",
}


class ChildrenAndCost(RunChart):
    """The picture of the answer: children under poor practice and the cost told whole, every
    scenario less the baseline, with their intervals. All scenarios are drawn."""

    name = "children-and-cost"
    needs = "another scenario to compare with, and children under poor practice counted"
    keys = ("scenario", "metric")
    kind = "Chart of differences with intervals in two panels. "
    notes = (SIMULATED,)

    def table(self) -> pd.DataFrame:
        self.others = self.run.scenarios[1:]
        base = label(self.run.baseline)
        self.measure = f"Each option less {base}: children under poor practice, and cost"
        self.legend = ". Bars: 95% intervals that hold together. Hollow: not clear."
        self.height = 0.34 * len(self.others) + 1.0
        self.narrow_height = 2 * (0.4 * len(self.others) + 1.1)
        rows = [
            (item.scenario, item.baseline, metric, item.mean, item.low, item.high, abs(item.sign))
            for metric in _CHOICE
            for item in differences(self.run, metric)
        ]
        names = ["scenario", "baseline", "metric", "difference", "ci95_low", "ci95_high", "clear"]
        # Runs of earlier versions do not tell where practice is poor.
        whole = len(rows) == len(_CHOICE) * len(self.others)
        return pd.DataFrame(rows if whole else [], columns=names)

    def draw(self, area: Area) -> None:
        names = [label(name) for name in self.others]
        gap = 0.0 if area.narrow else 2.7  # for the names, which stand once on a page
        panels = replace(area, left=area.left + gap, width=area.width - gap)
        cells = panels.grid(2, 1) if area.narrow else panels.grid(1, 2)
        for place, (cell, metric) in enumerate(zip(cells, _CHOICE, strict=True)):
            if not area.narrow and not place:
                cell = replace(cell, left=cell.left - gap, width=cell.width + gap)
            named = area.narrow or not place
            axes = row_axes(
                cell,
                names if named else [""] * len(names),
                (gap if named else 0.15, 1.5),
                "",
                right=0.2,
                bottom=0.3,
                top=0.45,
                rooms=(0.5, 0.5),
            )
            measure_above(axes, _CHOICE[metric], area.small)
            scale = METRICS[metric].scale
            for y, name in enumerate(self.others):
                row = self.records(scenario=name, metric=metric)[0]
                self._mark(axes, y, row, scale)
            axes.axvline(0, color=INK, linewidth=1.2, zorder=1)
            axes.xaxis.set_major_locator(MaxNLocator(4))

    def _mark(self, axes: Any, y: float, row: Any, scale: float) -> None:
        low, mean, high = (scale * row[name] for name in ("ci95_low", "difference", "ci95_high"))
        colour = self.main.colour
        if math.isfinite(low):
            axes.plot([low, high], [y, y], color=colour, linewidth=2.6)
        face = colour if row["clear"] else "white"
        axes.plot([mean], [y], marker="o", markersize=8, color=colour, markerfacecolor=face)

    def headline(self) -> Sentence:
        base = label(self.run.baseline)
        best = best_option(self.run)
        if best is None:
            return say(f"No option has clearly fewer child-years under poor practice than {base}")
        cost = next(i for i in differences(self.run, COST) if i.scenario == best.scenario)
        paid = (
            say("£", cost.figure(), f" million a year {'more' if cost.sign > 0 else 'less'}")
            if cost.sign
            else say("no clear difference in cost")
        )
        return say(
            *(f"{label(best.scenario)}: ", best.figure(), " thousand fewer child-years under "),
            *(f"poor practice than {base}, the fewest; ", paid),
        )

    def sentences(self) -> Iterator[Sentence]:
        for name in self.others:
            parts = []
            for metric, words in ((HEADLINE, "thousand child-years"), (COST, "£ million a year")):
                row = self.records(scenario=name, metric=metric)[0]
                scale = METRICS[metric].scale
                low, mean, high = (
                    self.cited(row, column, 1, scale)
                    for column in ("ci95_low", "difference", "ci95_high")
                )
                parts.append(say(f"{words} ", mean, " (", low, " to ", high, ")"))
            yield say(f"{label(name)}: ", joined(parts, ", "))

    def source(self) -> str:
        return source_line(self.run, *self.notes, all_drawn=True)


class CouncilsFailingAtTheStart(RunChart):
    """Councils inadequate when the run began: a row each, the share of the years at whose end it is
    still or again inadequate, a mark for each scenario."""

    name = "councils-failing-at-the-start"
    measure = "Share of years, counted on 31 March, in which each council is inadequate"
    needs = "a council inadequate at the start, and a whole financial year"
    keys = ("scenario", "new_la_code")

    def table(self) -> pd.DataFrame:
        spells = self.run.spells
        # The start is the same in every scenario and run.
        first = spells[spells["started"] <= pd.Timestamp(self.run.start)]
        codes = list(first["la_code"].unique())
        table = self.run.councils
        table = table[
            (table["metric"] == "councils_inadequate")
            & table["new_la_code"].isin(codes)
            & table["scenario"].isin(self.scenarios)
        ]
        years = table.groupby([*self.keys, "la_name"], sort=False, as_index=False)[["mean"]].mean()
        years = years.rename(columns={"mean": "share_of_years"})
        main = years[years["scenario"] == self.run.scenario]
        order = main.sort_values(["share_of_years", "la_name"], ascending=[False, True])
        self.codes = list(order["new_la_code"])
        self.rows = self.codes[:MOST_ROWS]
        more = " More councils in the data file." if len(self.codes) > MOST_ROWS else ""
        self.notes = (NOT_A_PLACE + more,)
        self.height = 1.25 + 0.27 * len(self.rows)
        self.narrow_height = 1.5 + 0.36 * len(self.rows)
        self.kind = (
            "Dot chart, a row for each council. Share of years in which it is inadequate under "
            f"{label(self.run.scenario)}: "
        )
        return years

    def draw(self, area: Area) -> None:
        names = {row["new_la_code"]: row["la_name"] for row in self._main()}
        axes = row_axes(
            key_line(area, self.styles),
            [names[code] for code in self.rows],
            (2.9, 1.7),
            "Share of years inadequate",
            bottom=0.6,
            top=0.1,
        )
        for place, code in enumerate(self.rows):
            shares = [self._share(style.scenario, code) for style in self.styles]
            axes.plot([min(shares), max(shares)], [place, place], color=GREY, linewidth=2, zorder=1)
            for share, style in reversed(list(zip(shares, self.styles, strict=True))):
                mark: dict[str, Any] = {"color": style.colour, "marker": style.marker}
                axes.plot([share], [place], **mark, markersize=6.5, markeredgecolor="white")
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))

    def _share(self, scenario: str, code: str) -> float:
        return float(self.records(scenario=scenario, new_la_code=code)[0]["share_of_years"])

    def headline(self) -> Sentence:
        means = {
            style: self.data.loc[self.data["scenario"] == style.scenario, "share_of_years"].mean()
            for style in self.styles
        }
        least = min(means, key=lambda style: means[style])
        most = max(means, key=lambda style: means[style])
        least_share, most_share = (
            self.finding(f"mean share of years, {style.scenario}", 100 * means[style])
            for style in (least, most)
        )
        start = say(
            *("The ", self.finding("inadequate at the start", len(self.codes))),
            " councils that are inadequate at the start are so in ",
        )
        if least_share.text == most_share.text:
            return say(start, most_share, "% of the years, whatever is done")
        return say(
            *(start, least_share, f"% of the years under {least.label} and in "),
            *(most_share, f"% under {most.label}"),
        )

    def sentences(self) -> Iterator[Sentence]:
        for row in self._main():
            yield say(f"{row['la_name']} ", self.cited(row, "share_of_years", 0, 100), "%")

    def _main(self) -> list[Any]:
        """The rows of the scenario asked for, by name of the council."""
        rows = self.records(scenario=self.run.scenario)
        return sorted(rows, key=lambda row: str(row["la_name"]))
