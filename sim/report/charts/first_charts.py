"""The three first charts: councils inadequate, time to leave, and what it costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter

from sim.report.charts import survival_curves
from sim.report.charts.chart import (
    SIMULATED,
    Chart,
    ScenarioStyle,
    rows,
    scenario_styles,
    source_line,
    table_of,
)
from sim.report.charts.labels import Name, label_points, measure_above
from sim.report.charts.lines import (
    end_names,
    line_axes,
    plot_line,
    shade_pauses,
    year_axis,
    years_of,
)
from sim.report.charts.pauses import told_pauses
from sim.report.charts.style import Area
from sim.report.words.headlines import (
    Words,
    baseline_of,
    clauses,
    contrast,
    contrast_metric,
    signs,
    statistical,
)
from sim.report.words.prose import CitedNumber, Sentence, cite, joined, say
from sim.results.run_folder import Run

# Months since the judgement that the words tell of.
TOLD_AT = {12: "one year", 24: "two years", 36: "three years", 60: "five years"}
YEARS, COST = "inadequate_council_years", "intervention_cost_gbp_m"


def inadequate_over_time(run: Run) -> Chart:
    """Councils judged inadequate, month by month, by regime."""
    columns = ("month", "mean", "p05", "p95")
    drawn = scenario_styles(run)
    lines = {
        look.scenario: rows(
            run.national, columns, scenario=look.scenario, metric="councils_inadequate"
        )
        for look in drawn
    }
    main = drawn[0]

    def draw(area: Area) -> None:
        axes = line_axes(area, "Councils judged inadequate")
        band = lines[main.scenario]
        years = years_of(band["month"])
        axes.fill_between(
            years, band["p05"], band["p95"], color=main.colour, alpha=0.13, linewidth=0
        )
        for look in drawn:
            plot_line(axes, look, years, lines[look.scenario]["mean"].to_numpy(), 24)
        shade_pauses(axes, run)
        axes.set_ylim(bottom=0)
        axes.margins(x=0)
        year_axis(axes, area.narrow)
        end_names(
            area,
            axes,
            [
                Name(years[-1], lines[look.scenario]["mean"].iloc[-1], look.label, look.ink)
                for look in drawn
            ],
        )

    name = "councils-inadequate"
    words = Words(
        "more councils inadequate",
        "fewer councils inadequate",
        "the number of councils inadequate",
    )

    def told(look: ScenarioStyle) -> Sentence:
        line, file = lines[look.scenario], table_of(name)
        first, last = line.iloc[0], line.iloc[-1]
        when = {"scenario": look.scenario, "month": f"{last['month']:%Y-%m}"}
        began = {"scenario": look.scenario, "month": f"{first['month']:%Y-%m}"}
        return say(
            f"{look.label}: ",
            cite(first["mean"], 0, file, "mean", began),
            " at the start, ",
            cite(last["mean"], 1, file, "mean", when),
            " at the end (nine runs in ten between ",
            cite(last["p05"], 0, file, "p05", when),
            " and ",
            cite(last["p95"], 0, file, "p95", when),
            ")",
        )

    data = pd.concat([lines[look.scenario].assign(scenario=look.scenario) for look in drawn])
    return Chart(
        name=name,
        headline=say(contrast_metric(run, YEARS, words)),
        subtitle=statistical(run, "Mean number of councils judged inadequate")
        + f". Shaded: nine runs in ten for {main.label}.{told_pauses(run)}",
        source=source_line(run, SIMULATED),
        alt=say("Line chart by month. ", joined(map(told, drawn)), f".{told_pauses(run)}"),
        data=data[["scenario", *columns]].assign(month=data["month"].dt.strftime("%Y-%m")),
        draw=draw,
    )


def still_inadequate(run: Run, month: int = 36) -> Chart:
    """Share of councils still inadequate, by months since the judgement."""
    drawn = scenario_styles(run)
    found = survival_curves.curves(run, [look.scenario for look in drawn])
    by_scenario = {curve.scenario: curve for curve in found}
    months = np.arange(survival_curves.HORIZON_MONTHS + 1)

    def draw(area: Area) -> None:
        axes = line_axes(area, "Share still inadequate", bottom=0.75)
        for look, curve in zip(drawn, found, strict=True):
            axes.fill_between(
                months, curve.low, curve.high, color=look.colour, alpha=0.15, linewidth=0
            )
            plot_line(axes, look, months, curve.share, 12)
        axes.set_ylim(0, 1.005)
        axes.set_xlim(0, survival_curves.HORIZON_MONTHS)
        axes.set_xticks(months[:: 24 if area.narrow else 12])
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_xlabel("Months since the judgement", fontsize=area.small)
        end_names(
            area,
            axes,
            [
                Name(survival_curves.HORIZON_MONTHS, float(curve.share[-1]), look.label, look.ink)
                for look, curve in zip(drawn, found, strict=True)
            ],
        )

    name = "still-inadequate"

    def share(look: ScenarioStyle, at: int) -> CitedNumber:
        value = float(by_scenario[look.scenario].share[at])
        where = {"scenario": look.scenario, "months": at}
        return cite(value, 0, table_of(name), "still_inadequate", where, 100)

    def told(look: ScenarioStyle) -> Sentence:
        shares = (say(share(look, at), f"% after {years}") for at, years in TOLD_AT.items())
        return say(f"{look.label}: ", joined(shares, ", "))

    compared = clauses(survival_curves.signs_at(found, month), Words("more", "fewer", ""))
    known = bool(np.isfinite(found[0].low).all())
    return Chart(
        name=name,
        headline=say(
            f"{TOLD_AT[month].capitalize()} on, ",
            share(drawn[0], month),
            f"% are still inadequate under {drawn[0].label}: ",
            compared or "no clear difference from the alternatives",
        ),
        subtitle=statistical(run, "Share of councils judged inadequate that are still so")
        + (". Shaded: 95% intervals." if known else ". Too few runs for intervals."),
        source=source_line(
            run,
            "Kaplan-Meier; spells under way at the start join at the age they had reached.",
            SIMULATED,
        ),
        alt=say(
            "Line chart of the share still inadequate by months since the judgement. ",
            joined(map(told, drawn)),
            ".",
        ),
        data=pd.concat([curve.table() for curve in found], ignore_index=True),
        draw=draw,
    )


def cost_against_years(run: Run) -> Chart:
    """What intervention costs against how long councils stay inadequate, by regime."""
    drawn = scenario_styles(run)
    columns = ("mean", "ci95_low", "ci95_high", "p05", "p95")
    points = {
        (look.scenario, metric): rows(
            run.summary, columns, scenario=look.scenario, metric=metric
        ).iloc[0]
        for look in drawn
        for metric in (YEARS, COST)
    }

    def draw(area: Area) -> None:
        axes = area.axes(left=0.6, right=0.3, bottom=0.75, top=0.5)
        measure_above(axes, "Cost of intervention, £ million a year", area.small)
        axes.tick_params(labelsize=area.small)
        axes.set_xlabel("Council-years inadequate, whole period", fontsize=area.small)
        for look in drawn:
            x, y = points[look.scenario, YEARS], points[look.scenario, COST]
            for low, high, width in (("p05", "p95", 1.2), ("ci95_low", "ci95_high", 4.5)):
                bars: dict[str, Any] = {"color": look.colour, "linewidth": width, "clip_on": False}
                axes.plot([x[low], x[high]], [y["mean"]] * 2, **bars)
                axes.plot([x["mean"]] * 2, [y[low], y[high]], **bars)
            axes.plot(
                *(x["mean"], y["mean"]),
                color=look.colour,
                marker=look.marker,
                markersize=10,
                markeredgecolor="white",
                zorder=4,
                clip_on=False,
            )
        axes.margins(x=0.08, y=0.14)
        axes.set_ylim(bottom=min(0.0, *(points[look.scenario, COST]["p05"] for look in drawn)))
        pairs = [(points[look.scenario, YEARS], points[look.scenario, COST]) for look in drawn]
        label_points(
            axes,
            [
                Name(x["mean"], y["mean"], look.label, look.ink)
                for look, (x, y) in zip(drawn, pairs, strict=True)
            ],
            [
                box
                for x, y in pairs
                for box in (
                    (x["p05"], y["mean"], x["p95"], y["mean"]),
                    (x["mean"], y["p05"], x["mean"], y["p95"]),
                )
            ],
            area.small,
            1.6,
        )

    cost = contrast(
        baseline_of(run),
        signs(run, COST),
        Words("costs more", "costs less", "cost", fewer_too="less"),
    )
    years = clauses(
        signs(run, YEARS),
        Words("more council-years inadequate", "fewer council-years inadequate", ""),
    )
    name = "cost-against-years"

    def told(look: ScenarioStyle) -> Sentence:
        def point(metric: str, places: int) -> Sentence:
            row = points[look.scenario, metric]
            where = {"scenario": look.scenario, "metric": metric}
            mean, low, high = (
                cite(float(row[column]), places, table_of(name), column, where)
                for column in ("mean", "ci95_low", "ci95_high")
            )
            return say(mean, " (95% interval ", low, " to ", high, ")")

        return say(
            f"{look.label}: ",
            point(COST, 1),
            " million pounds a year and ",
            point(YEARS, 0),
            " council-years inadequate",
        )

    return Chart(
        name=name,
        headline=say(f"{cost}; {years or 'no clear difference in council-years inadequate'}"),
        subtitle=statistical(run, "Mean cost of intervention and council-years inadequate")
        + ". Thick bars: 95% interval of the mean. Thin: nine runs in ten.",
        source=source_line(
            run,
            "Scenarios share their luck, so overlapping bars may still differ clearly.",
            SIMULATED,
        ),
        alt=say("Scatter chart. ", joined(map(told, drawn)), "."),
        data=pd.DataFrame(
            [
                {"scenario": scenario, "metric": metric, **point.to_dict()}
                for (scenario, metric), point in points.items()
            ]
        ),
        draw=draw,
        height=4.8,
    )
