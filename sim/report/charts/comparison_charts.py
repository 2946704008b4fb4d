"""Scenarios against each other: many measures at once, luck against choice."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.inputs.metrics import METRICS, listed_metrics
from sim.report.charts.chart import (
    SIMULATED,
    Chart,
    Findings,
    ScenarioStyle,
    scenario_styles,
    source_line,
    table_of,
)
from sim.report.charts.lines import below_key, key_line
from sim.report.charts.style import INK, Area, wrapped
from sim.report.words.headlines import Difference, baseline_of, differences, statistical
from sim.report.words.prose import (
    CitedNumber,
    Sentence,
    brief,
    cite,
    decimals,
    joined,
    listed,
    number,
    say,
)
from sim.results.run_folder import Run, label, one

# What the comparison chart shows, and how a reader would call it.
MEASURES = {name: METRICS[name].short for name in listed_metrics("comparison")}


def forest(run: Run) -> Chart | None:
    """Paired differences from the baseline with simultaneous intervals, in per cent of it.

    None where there is nothing to compare with.
    """
    base = baseline_of(run)
    drawn = [look for look in scenario_styles(run) if look.scenario != base]
    shown = {
        metric: {item.scenario: item for item in differences(run, metric)} for metric in MEASURES
    }
    means = {metric: one(run.summary, "mean", scenario=base, metric=metric) for metric in MEASURES}
    kept = [
        metric
        for metric in MEASURES
        if means[metric] and math.isfinite(means[metric]) and shown[metric]
    ]
    if not kept or not drawn:
        return None
    table = pd.DataFrame(
        [
            {
                "scenario": look.scenario,
                "baseline": base,
                "metric": metric,
                **{
                    name: 100 * getattr(shown[metric][look.scenario], field) / abs(means[metric])
                    for name, field in (
                        ("difference_percent", "mean"),
                        ("ci95_low_percent", "low"),
                        ("ci95_high_percent", "high"),
                    )
                },
            }
            for metric in kept
            for look in drawn
        ]
    )

    def draw(area: Area) -> None:
        key_line(area, drawn)
        body = below_key(area)
        wide = 1.55 if area.narrow else 2.9
        axes = body.axes(left=wide, right=0.3, bottom=0.6, top=0.1)
        for place, metric in enumerate(kept):
            for rank, look in enumerate(drawn):
                row = table[(table["metric"] == metric) & (table["scenario"] == look.scenario)]
                y = place + 0.24 * (rank - (len(drawn) - 1) / 2)
                low, mean, high = (
                    float(row[f"{name}_percent"].iloc[0])
                    for name in ("ci95_low", "difference", "ci95_high")
                )
                axes.plot([low, high], [y, y], color=look.colour, linewidth=2)
                axes.plot([mean], [y], color=look.colour, marker=look.marker, markersize=6.5)
        axes.axvline(0, color=INK, linewidth=1.2, zorder=1)
        axes.set_ylim(len(kept) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x")
        axes.set_yticks(range(len(kept)))
        axes.set_yticklabels(
            ["\n".join(wrapped(area.figure, MEASURES[m], area.small, wide - 0.2)) for m in kept]
        )
        axes.tick_params(labelsize=area.small, left=False)
        axes.set_xlabel(f"Difference from {label(base)}, %", fontsize=area.small)

    name = "comparison"
    found = Findings(name)

    def count(finding: str, value: int) -> CitedNumber:
        return found.figure(finding, value, str(value))

    clear = [item for metric in kept for item in shown[metric].values() if item.sign]

    def told(row: dict[Hashable, Any]) -> Sentence:
        where = {"scenario": row["scenario"], "metric": row["metric"]}
        mean, low, high = (
            cite(row[column], 1, table_of(name), column, where)
            for column in ("difference_percent", "ci95_low_percent", "ci95_high_percent")
        )
        measure = MEASURES[row["metric"]].lower()
        start = f"{label(row['scenario'])}, {measure}: "
        return say(start, mean, "% (", low, " to ", high, ")")

    neither = [MEASURES[m].lower() for m in kept if METRICS[m].better == "neither"]
    note = f" Neither good nor bad in itself: {listed(neither)}." if neither else ""
    return Chart(
        name=name,
        headline=say(
            count("clear", len(clear)),
            " of ",
            count("all", len(kept) * len(drawn)),
            f" differences from {label(base)} are clear: ",
            count("better", sum(_good(item) > 0 for item in clear)),
            " better, ",
            count("worse", sum(_good(item) < 0 for item in clear)),
            " worse",
            *(
                (", ", count("neither", indifferent), " neither")
                if (indifferent := sum(not _good(item) for item in clear))
                else ()
            ),
        ),
        subtitle=statistical(run, f"Difference from {label(base)} in per cent of its mean")
        + ". Bars: 95% intervals that hold together.",
        source=source_line(run, f"Left of the line: less than {label(base)}.{note}", SIMULATED),
        alt=say(
            f"Chart of differences from {label(base)} with intervals. ",
            joined(map(told, table.to_dict("records"))),
            ".",
        ),
        findings=found,
        data=table,
        draw=draw,
        height=0.5 * len(kept) + 1.2,
        narrow_height=0.55 * len(kept) + 1.5,
    )


def _good(item: Difference) -> int:
    return {"lower": -1, "higher": 1, "neither": 0}[METRICS[item.metric].better] * item.sign


def luck_and_choice(run: Run) -> Chart:
    """Every run's council-years inadequate: how far luck moves them, how far the choice does.

    Where each run took other parameters, what is not known moves them too, and the share of
    each is told where the run worked it out.
    """
    metric = "inadequate_council_years"
    drawn = scenario_styles(run)
    values = run.replications
    values = values[values["metric"] == metric]
    runs = {
        look.scenario: values.loc[values["scenario"] == look.scenario, "value"].to_numpy(float)
        for look in drawn
    }
    main = drawn[0]

    def draw(area: Area) -> None:
        wide = 1.5 if area.narrow else 2.0
        axes = area.axes(left=wide, right=0.3, bottom=0.65, top=0.15)
        for place, look in enumerate(drawn):
            dots = np.sort(runs[look.scenario])
            # The same scatter each time: dots spread by rank, not by chance.
            offset = 0.3 * ((np.arange(len(dots)) * 0.618034) % 1 - 0.5)
            axes.plot(
                dots,
                place + offset,
                linestyle="none",
                marker=look.marker,
                color=look.colour,
                alpha=0.45,
                markersize=5,
                markeredgewidth=0,
            )
            mean = float(dots.mean())
            axes.plot([mean, mean], [place - 0.32, place + 0.32], color=look.ink, linewidth=3)
            axes.annotate(
                number(mean, decimals([mean])),
                (mean, place - 0.32),
                (0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=area.small,
                fontweight="bold",
                color=look.ink,
            )
        _name_rows(area, axes, [look.label for look in drawn], wide)
        axes.set_xlabel("Council-years inadequate in one run", fontsize=area.small)

    name = "luck-and-choice"
    found = Findings(name)

    def width(look: ScenarioStyle) -> tuple[CitedNumber, CitedNumber]:
        where = {"scenario": look.scenario, "metric": metric}
        low, high = (
            cite(one(run.summary, column, **where), 0, "summary.csv", column, where)
            for column in ("p05", "p95")
        )
        return low, high

    low, high = width(main)
    luck = high.value - low.value
    moves = [item for item in differences(run, metric) if item.scenario in runs]
    widest = max(moves, key=lambda item: abs(item.mean), default=None)
    movers = "Luck and what is not known move" if run.draws else "Luck moves"
    headline = say(
        f"{movers} council-years inadequate by ",
        found.figure("luck", luck, brief(luck)),
        f" under {main.label}" if widest is None else ", the choice of regime by ",
    )
    if widest is not None and widest.sign:
        most = found.figure("choice", abs(widest.mean), brief(abs(widest.mean)))
        headline = say(headline, "up to ", most)
    elif widest is not None:
        headline = headline + "no clear amount"

    def told(look: ScenarioStyle) -> Sentence:
        low, high = width(look)
        mean = one(run.summary, "mean", scenario=look.scenario, metric=metric)
        where = {"scenario": look.scenario, "metric": metric}
        shown = cite(mean, 0, "summary.csv", "mean", where)
        start = f"{look.label}: mean "
        return say(start, shown, ", nine runs in ten between ", low, " and ", high)

    return Chart(
        name=name,
        headline=headline,
        subtitle=statistical(run, "Council-years inadequate, one dot a run")
        + ". Bars: means. "
        + (_split(run, main) if run.draws else say("Luck: the width of nine runs in ten.")),
        source=source_line(
            run,
            "Each run takes other values of what is not known, alike in every scenario."
            if run.draws
            else "Not knowing how services recover is not in these ranges.",
            SIMULATED,
        ),
        alt=say("Dot chart, one dot a run. ", joined(map(told, drawn)), "."),
        findings=found,
        data=values[values["scenario"].isin(runs)].reset_index(drop=True),
        draw=draw,
        height=0.85 * len(drawn) + 1.0,
        narrow_height=0.85 * len(drawn) + 1.0,
    )


def _split(run: Run, main: ScenarioStyle) -> Sentence:
    """How much of the spread is luck and how much is ignorance of the parameters."""
    where = {"scenario": main.scenario, "baseline": "", "metric": "inadequate_council_years"}
    luck, unknown, error = (
        one(run.spread, column, **where) if column in run.spread else math.nan
        for column in ("luck", "ignorance", "error")
    )
    if not (math.isfinite(luck) and math.isfinite(error)):
        return say("Their spread (nine runs in ten) is luck and ignorance together.")
    shares = [
        cite(value, 0, "spread.csv", column, where, 100.0)
        for column, value in (("luck", luck), ("ignorance", unknown), ("error", error))
    ]
    return say(
        "Of the variance of the runs luck is ",
        *(shares[0], "% and ignorance ", shares[1], "% (give or take ", shares[2], ")."),
    )


def _name_rows(area: Area, axes: Axes, names: list[str], wide: float) -> None:
    axes.set_ylim(len(names) - 0.4, -0.65)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.set_yticks(range(len(names)))
    axes.set_yticklabels(
        ["\n".join(wrapped(area.figure, name, area.small, wide - 0.2)) for name in names]
    )
    axes.tick_params(labelsize=area.small, left=False)
