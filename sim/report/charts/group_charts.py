"""For whom regimes differ: councils grouped by need, kind and history."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.statistics import half_width
from sim.inputs.files.places import seeds_dir
from sim.report.charts.chart import (
    SIMULATED,
    Chart,
    Findings,
    scenario_styles,
    source_line,
    table_of,
)
from sim.report.charts.hexagons import layout_of
from sim.report.charts.lines import below_key, key_line
from sim.report.charts.maps import months_inadequate
from sim.report.charts.style import INK, Area, wrapped
from sim.report.words.headlines import statistical
from sim.report.words.prose import CitedNumber, Sentence, cite, joined, number, say
from sim.results.run_folder import Run, label
from sim.units import Array

KINDS = {
    "London Borough": "London boroughs",
    "Metropolitan District": "Metropolitan districts",
    "Unitary Authority": "Unitary authorities",
    "County": "Counties",
}


def for_whom(run: Run) -> Chart | None:
    """Months inadequate a council, each alternative less the scenario asked for, by group.

    None where there is nothing to compare with, or too few runs for an interval.
    """
    cells = layout_of(run)
    drawn = scenario_styles(run)
    members = groups(run)
    base = months_inadequate(run, run.scenario, cells)
    rows = []
    for look in drawn[1:]:
        gap = months_inadequate(run, look.scenario, cells) - base
        for name, inside in members.items():
            means: Array = gap[:, inside].mean(1)
            half = float(half_width(means, len(members) * (len(drawn) - 1)))
            mean = float(means.mean())
            rows.append((look.scenario, name, int(inside.sum()), mean, mean - half, mean + half))
    table = pd.DataFrame(
        rows,
        columns=["scenario", "group", "councils", "months_difference", "ci95_low", "ci95_high"],
    )
    if table.empty or table["ci95_low"].isna().all():
        return None
    names = list(members)

    def draw(area: Area) -> None:
        key_line(area, drawn[1:])
        wide = 1.6 if area.narrow else 2.9
        axes = below_key(area).axes(left=wide, right=0.3, bottom=0.6, top=0.1)
        for rank, look in enumerate(drawn[1:]):
            for row in table[table["scenario"] == look.scenario].to_dict("records"):
                y = names.index(row["group"]) + 0.24 * (rank - (len(drawn) - 2) / 2)
                axes.plot([row["ci95_low"], row["ci95_high"]], [y, y], color=look.colour)
                axes.plot(
                    row["months_difference"], y, color=look.colour, marker=look.marker, markersize=6
                )
        axes.axvline(0, color=INK, linewidth=1.2, zorder=1)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x")
        axes.set_yticks(range(len(names)))
        axes.set_yticklabels(
            ["\n".join(wrapped(area.figure, name, area.small, wide - 0.2)) for name in names]
        )
        axes.tick_params(labelsize=area.small, left=False)
        less = "Months less" if area.narrow else "Months inadequate less"
        axes.set_xlabel(f"{less} those under {drawn[0].label}", fontsize=area.small)

    name = "for-whom"
    found = Findings(name)
    clear = table[(table["ci95_low"] > 0) | (table["ci95_high"] < 0)]

    def figure(row: dict[Hashable, Any], column: str, value: float) -> CitedNumber:
        where = {"scenario": row["scenario"], "group": row["group"]}
        return cite(value, 1, table_of(name), column, where)

    def told(row: dict[Hashable, Any]) -> Sentence:
        mean, low, high = (
            figure(row, column, row[column])
            for column in ("months_difference", "ci95_low", "ci95_high")
        )
        return say(
            f"{label(row['scenario'])}, {row['group'].lower()}: ",
            mean,
            " (",
            low,
            " to ",
            high,
            ")",
        )

    headline = say(f"No group of councils differs clearly from what {drawn[0].label} gives it")
    if len(clear):
        most = max(clear.to_dict("records"), key=lambda row: abs(row["months_difference"]))
        size = abs(most["months_difference"])
        more = "more" if most["months_difference"] > 0 else "fewer"
        headline = say(
            f"The largest clear difference is for {_inside(most['group'])}: ",
            found.figure("largest clear difference", size, number(size, 1)),
            f" {more} months inadequate under {label(most['scenario'])} than {drawn[0].label}",
        )
    return Chart(
        name=name,
        headline=headline,
        subtitle=statistical(run, "Mean difference in months inadequate over the period, a council")
        + ". Bars: 95% intervals that hold together.",
        source=source_line(
            run, "Deprivation: income deprivation affecting children, thirds.", SIMULATED
        ),
        alt=say(
            "Chart of differences with intervals, by group of councils. ",
            joined(map(told, table.to_dict("records"))),
            ".",
        ),
        data=table,
        draw=draw,
        findings=found,
        height=0.5 * len(names) + 1.2,
        narrow_height=0.6 * len(names) + 1.5,
    )


def groups(run: Run) -> dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Which cells of the map belong to each group; groups with no council are left out.

    A council whose deprivation is not known is in no third.
    """
    cells = layout_of(run)
    facts = pd.read_csv(seeds_dir() / "councils.csv").set_index("dfe_code")
    facts = facts.loc[[cell.dfe_code for cell in cells]]
    began = run.spells[run.spells["started"] <= pd.Timestamp(run.start)]
    failing = np.isin([cell.ons_code for cell in cells], began["la_code"].unique())
    deprived = facts["idaci_2019"].to_numpy(dtype=float)
    low, high = np.nanquantile(deprived, (1 / 3, 2 / 3))
    found = {
        "Inadequate at the start": failing,
        "Not inadequate at the start": ~failing,
        "Least deprived third": deprived <= low,
        "Middle third": (deprived > low) & (deprived <= high),
        "Most deprived third": deprived > high,
    }
    kinds = facts["kind"].to_numpy()
    found |= {name: kinds == kind for kind, name in KINDS.items()}
    return {name: inside for name, inside in found.items() if inside.any()}


def _inside(group: str) -> str:
    """A group's name inside a sentence: "councils inadequate at the start"."""
    if group.startswith(("Inadequate", "Not")):
        return f"councils {group[0].lower()}{group[1:]}"
    if "third" in group:
        return f"the {group[0].lower()}{group[1:]} of councils"
    return group if group.startswith("London") else group.lower()
