"""Small multiples: the councils that were inadequate when the run began, one panel each."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd
from matplotlib.ticker import PercentFormatter

from sim.report.charts.chart import Chart, Findings, scenario_styles, source_line, table_of
from sim.report.charts.lines import below_key, key_line
from sim.report.charts.maps import NOT_A_PLACE
from sim.report.charts.style import Area, wrapped
from sim.report.words.headlines import statistical
from sim.report.words.prose import Sentence, cite, joined, number, say
from sim.results.run_folder import Run, label

MOST_PANELS = 24


def councils_failing_at_the_start(run: Run) -> Chart | None:
    """Share of runs in which each is inadequate on 31 March, year by year, by scenario.

    None where no council was inadequate at the start, or no whole financial year was run.
    """
    spells = run.spells
    # The start is the same in every scenario and run.
    first = spells[spells["started"] <= pd.Timestamp(run.start)]
    codes = list(first.drop_duplicates("la_code").sort_values("la_name")["la_code"])
    table = run.councils
    table = table[(table["metric"] == "councils_inadequate") & table["new_la_code"].isin(codes)]
    if not codes or table.empty:
        return None
    drawn = scenario_styles(run)
    table = table[table["scenario"].isin([look.scenario for look in drawn])]
    table = table.assign(year=table["time_period"] // 100 + 1)
    names = dict(zip(table["new_la_code"], table["la_name"], strict=True))
    shown = codes[:MOST_PANELS]

    def draw(area: Area) -> None:
        key_line(area, drawn)
        columns = 3 if area.narrow else 6
        cells = below_key(area).grid(math.ceil(len(shown) / columns), columns)
        years = sorted(table["year"].unique())
        for place, (cell, code) in enumerate(zip(cells, shown, strict=False)):
            axes = cell.axes(left=0.48, right=0.25, bottom=0.3, top=0.42)
            for look in drawn:
                line = table[(table["scenario"] == look.scenario) & (table["new_la_code"] == code)]
                axes.plot(
                    line["year"],
                    line["mean"],
                    color=look.colour,
                    linestyle=look.line,
                    linewidth=1.6,
                )
            axes.set_ylim(0, 1.02)
            axes.set_yticks([0, 0.5, 1])
            axes.set_xlim(years[0], max(years[-1], years[0] + 1))
            axes.set_xticks([years[0], years[-1]])
            axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            axes.tick_params(labelsize=8.5)
            if place % columns:
                axes.set_yticklabels([])
            lines = wrapped(area.figure, names[code], 9, cell.width - 0.15, bold=True)
            axes.annotate(
                "\n".join(lines[:2]),
                (0, 1),
                (-2, 4),
                xycoords="axes fraction",
                textcoords="offset points",
                fontsize=9,
                fontweight="bold",
                linespacing=1.0,
            )

    last = table[(table["year"] == table["year"].max()) & (table["scenario"] == run.scenario)]
    name = "councils-failing-at-the-start"
    found = Findings(name)
    expected = float(last["mean"].sum())
    headline = say(
        "Of ",
        found.figure("inadequate at the start", len(codes), str(len(codes))),
        " councils inadequate at the start, ",
        found.figure("expected at the end", expected, number(expected, 0)),
        f" {'is' if round(expected) == 1 else 'are'} expected to be so at the end "
        f"under {label(run.scenario)}",
    )

    def told(row: dict[Hashable, Any]) -> Sentence:
        where = {key: row[key] for key in ("scenario", "time_period", "new_la_code")}
        share = cite(row["mean"], 0, table_of(name), "mean", where, 100)
        return say(f"{row['la_name']} ", share, "%")

    left_out = " More councils in the data file." if len(codes) > MOST_PANELS else ""
    return Chart(
        name=name,
        headline=headline,
        subtitle=statistical(run, "Share of runs in which each council is inadequate on 31 March"),
        source=source_line(run, NOT_A_PLACE + left_out),
        alt=say(
            "Small line charts, one a council. Share of runs in which it is inadequate at the end "
            f"under {label(run.scenario)}: ",
            joined(map(told, last.sort_values("la_name").to_dict("records"))),
            ".",
        ),
        findings=found,
        data=table[["scenario", "time_period", "new_la_code", "la_name", "mean"]],
        draw=draw,
        height=0.4 + 1.35 * math.ceil(len(shown) / 6),
        narrow_height=0.65 + 1.35 * math.ceil(len(shown) / 3),
    )
