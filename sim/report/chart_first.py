"""The three first charts: councils inadequate, time to leave, and what it costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import PercentFormatter

from sim.report import survival
from sim.report.chart import SIMULATED, Chart, looks, rows, source_line
from sim.report.folder import RunFolder, label
from sim.report.headlines import (
    Words,
    baseline_of,
    clauses,
    contrast,
    contrast_metric,
    differences,
    signs,
    statistical,
)
from sim.report.labels import Name, label_points, measure_above
from sim.report.lines import end_names, line_axes, plot_line, year_axis, years_of
from sim.report.prose import listed, number
from sim.report.style import Area

YEARS, COST = "inadequate_council_years", "intervention_cost_gbp_m"


def inadequate_over_time(run: RunFolder) -> Chart:
    """Councils judged inadequate, month by month, by regime."""
    columns = ("month", "mean", "p05", "p95")
    drawn = looks(run)
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

    told = [
        f"{look.label}: {number(line['mean'].iloc[0], 0)} at the start, "
        f"{number(line['mean'].iloc[-1], 1)} at the end "
        f"(nine runs in ten between {number(line['p05'].iloc[-1], 0)} "
        f"and {number(line['p95'].iloc[-1], 0)})"
        for look in drawn
        for line in [lines[look.scenario]]
    ]
    data = pd.concat([lines[look.scenario].assign(scenario=look.scenario) for look in drawn])
    return Chart(
        name="councils-inadequate",
        headline=contrast_metric(
            run,
            YEARS,
            Words(
                "more councils inadequate",
                "fewer councils inadequate",
                "the number of councils inadequate",
            ),
        ),
        subtitle=statistical(run, "Mean number of councils judged inadequate")
        + f". Shaded: nine runs in ten for {main.label}.",
        source=source_line(run, SIMULATED),
        alt=f"Line chart of {len(drawn)} scenarios by month. {'; '.join(told)}.",
        data=data[["scenario", *columns]].assign(month=data["month"].dt.strftime("%Y-%m")),
        draw=draw,
    )


def still_inadequate(run: RunFolder, month: int = 24) -> Chart:
    """Share of councils still inadequate, by months since the judgement."""
    drawn = looks(run)
    found = survival.curves(run, [look.scenario for look in drawn])
    months = np.arange(survival.HORIZON_MONTHS + 1)

    def draw(area: Area) -> None:
        axes = line_axes(area, "Share still inadequate", bottom=0.75)
        for look, curve in zip(drawn, found, strict=True):
            axes.fill_between(
                months, curve.low, curve.high, color=look.colour, alpha=0.15, linewidth=0
            )
            plot_line(axes, look, months, curve.share, 12)
        axes.set_ylim(0, 1.005)
        axes.set_xlim(0, survival.HORIZON_MONTHS)
        axes.set_xticks(months[:: 24 if area.narrow else 12])
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_xlabel("Months since the judgement", fontsize=area.small)
        end_names(
            area,
            axes,
            [
                Name(survival.HORIZON_MONTHS, float(curve.share[-1]), look.label, look.ink)
                for look, curve in zip(drawn, found, strict=True)
            ],
        )

    percent = number(100 * found[0].share[month], 0)
    compared = clauses(survival.signs_at(found, month), Words("more", "fewer", ""))
    known = bool(len(found[0].resampled))
    told = [
        f"{look.label}: "
        + ", ".join(
            f"{number(100 * curve.share[at], 0)}% still inadequate after {at} months"
            for at in (12, 24, 36, 60)
        )
        for look, curve in zip(drawn, found, strict=True)
    ]
    return Chart(
        name="still-inadequate",
        headline=f"After {month} months {percent}% are still inadequate under {drawn[0].label}: "
        + (compared or "no clear difference from the alternatives"),
        subtitle=statistical(run, "Share of councils judged inadequate that are still so")
        + (". Shaded: 95% intervals." if known else ". Too few runs for intervals."),
        source=source_line(
            run,
            "Kaplan-Meier; spells under way at the start join at the age they had reached.",
            SIMULATED,
        ),
        alt=f"Line chart of {len(drawn)} scenarios from 0 to {survival.HORIZON_MONTHS} months "
        f"since the judgement. {'; '.join(told)}.",
        data=pd.concat([curve.table() for curve in found], ignore_index=True),
        draw=draw,
    )


def cost_against_years(run: RunFolder) -> Chart:
    """What intervention costs against how long councils stay inadequate, by regime."""
    drawn = looks(run)
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
    told = [
        f"{look.label}: {number(y['mean'], 1)} million pounds a year "
        f"(95% interval {number(y['ci95_low'], 1)} to {number(y['ci95_high'], 1)}), "
        f"{number(x['mean'], 0)} council-years inadequate "
        f"({number(x['ci95_low'], 0)} to {number(x['ci95_high'], 0)})"
        for look in drawn
        for x, y in [(points[look.scenario, YEARS], points[look.scenario, COST])]
    ]
    unclear = [label(item.scenario) for item in differences(run, YEARS) if item.sign == 0 and years]
    note = f" Council-years: no clear difference for {listed(unclear, 'or')}." if unclear else ""
    return Chart(
        name="cost-against-years",
        headline=f"{cost}; {years or 'no clear difference in council-years inadequate'}",
        subtitle=statistical(run, "Mean cost of intervention and council-years inadequate")
        + ". Thick bars: 95% interval of the mean. Thin: nine runs in ten.",
        source=source_line(
            run,
            "Scenarios share their luck, so overlapping bars may still differ clearly.",
            SIMULATED,
        ),
        alt=f"Scatter chart of {len(drawn)} scenarios. {'; '.join(told)}.{note}",
        data=pd.DataFrame(
            [
                {"scenario": scenario, "metric": metric, **point.to_dict()}
                for (scenario, metric), point in points.items()
            ]
        ),
        draw=draw,
        height=4.8,
    )
