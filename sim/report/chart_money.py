"""Where the money goes: what alternatives spend more and less on."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import pandas as pd

from sim.report.chart import SIMULATED, Chart, looks, source_line, table_of
from sim.report.folder import RunFolder, label
from sim.report.headlines import baseline_of, differences, statistical
from sim.report.prose import Sentence, cite, decimals, joined, listed, number, say
from sim.report.style import COLOURS, INK, Area, wrapped

# Parts of spending that are reported apart; the rest is one bar.
MONEY = {
    "intervention_cost_gbp_m": "Intervention",
    "agency_premium_gbp_m": "Extra paid for agency staff",
    "early_help_gbp_m": "Early help",
}
REST = "Everything else"
NUMBER_INCHES = 0.62


def money(run: RunFolder) -> Chart | None:
    """Where the difference in spending goes: a waterfall for each alternative to the baseline.

    None where there is nothing to compare with.
    """
    base = baseline_of(run)
    drawn = [look for look in looks(run) if look.scenario != base]
    if not drawn:
        return None
    table = pd.DataFrame(
        [row for look in drawn for row in _steps(run, look.scenario)],
        columns=["scenario", "item", "difference_gbp_m_a_year", "starts_at"],
    )
    items = [*MONEY.values(), REST, "All spending"]

    def draw(area: Area) -> None:
        # The row names stand once, in a column of their own, so that all panels share a scale.
        names_wide = 1.55 if area.narrow else 2.0
        panels = replace(area, left=area.left + names_wide, width=area.width - names_wide)
        cells = panels.grid(len(drawn), 1) if area.narrow else panels.grid(1, len(drawn))
        ends = table["starts_at"] + table["difference_gbp_m_a_year"]
        low, high = min(0.0, ends.min()), max(0.0, ends.max())
        # Room for a number at either end of a bar, in the units of the bars.
        free = cells[0].width - 0.15 - 2 * NUMBER_INCHES
        room = NUMBER_INCHES * max(high - low, 1e-9) / free
        for place, (cell, look) in enumerate(zip(cells, drawn, strict=True)):
            named = area.narrow or place == 0
            axes = cell.axes(left=0.0, right=0.15, bottom=0.15, top=0.45)
            steps = table[table["scenario"] == look.scenario]
            for rank, row in enumerate(steps.to_dict("records")):
                amount, start = row["difference_gbp_m_a_year"], row["starts_at"]
                whole = rank == len(items) - 1
                colour = INK if whole else COLOURS[0] if amount >= 0 else COLOURS[3]
                hatch = "" if whole or amount >= 0 else "///"
                axes.barh(rank, amount, 0.6, left=start, color=colour, hatch=hatch, edgecolor="w")
                text = number(amount, decimals([high, low]))
                # Outside the bar, on the side away from the line of no difference.
                below = max(start, start + amount) <= 0 and amount != 0
                edge = min(start, start + amount) if below else max(start, start + amount)
                axes.annotate(
                    f"+{text}" if amount > 0 and text.strip("0.") else text,
                    (edge, rank),
                    (-4 if below else 4, 0),
                    textcoords="offset points",
                    ha="right" if below else "left",
                    va="center",
                    fontsize=area.small,
                )
            axes.axvline(0, color=INK, linewidth=1)
            axes.set_xlim(low - room, high + room)
            axes.set_ylim(len(items) - 0.4, -0.6)
            axes.grid(visible=False)
            axes.set_xticks([])
            axes.spines["bottom"].set_visible(False)
            axes.set_yticks(range(len(items)))
            names = [
                "\n".join(wrapped(area.figure, item, area.small, names_wide - 0.2))
                for item in items
            ]
            axes.set_yticklabels(names if named else [""] * len(items))
            axes.tick_params(labelsize=area.small, left=False)
            axes.annotate(
                look.label,
                (0, 1),
                (0, 6),
                xycoords="axes fraction",
                textcoords="offset points",
                fontsize=area.small,
                fontweight="bold",
                color=look.ink,
            )

    totals = {item.scenario: item for item in differences(run, "spend_gbp_m")}
    clear = {
        sign: [look.label for look in drawn if totals[look.scenario].sign == sign]
        for sign in (-1, 1)
    }
    said = [
        f"{listed(clear[sign])} {word if len(clear[sign]) > 1 else word + 's'} {how}"
        for sign, word, how in ((-1, "spend", "less"), (1, "spend", "more"))
        if clear[sign]
    ]
    finding = " and ".join(said) if said else "No alternative spends clearly more or less"
    name = "where-the-money-goes"

    def told(row: dict[Hashable, Any]) -> Sentence:
        where = {"scenario": row["scenario"], "item": row["item"]}
        column = "difference_gbp_m_a_year"
        amount = cite(row[column], 1, table_of(name), column, where)
        return say(f"{label(row['scenario'])}, {row['item'].lower()}: ", amount)

    return Chart(
        name=name,
        headline=say(f"{finding} than {label(base)}"),
        subtitle=statistical(
            run, f"Mean difference in yearly spending from {label(base)}, £ million"
        ),
        source=source_line(
            run, "Hatched: less than the baseline. Cash of the year it is spent in.", SIMULATED
        ),
        alt=say(
            f"Waterfall charts of the difference from {label(base)}, million pounds a year. ",
            joined(map(told, table.to_dict("records"))),
            ".",
        ),
        data=table,
        draw=draw,
        height=3.4,
        narrow_height=2.9 * len(drawn),
    )


def _steps(run: RunFolder, scenario: str) -> list[tuple[str, str, float, float]]:
    """The bars of one waterfall: what differs, by how much, and where the bar begins."""
    amounts = {
        name: next((i.mean for i in differences(run, metric) if i.scenario == scenario), math.nan)
        for metric, name in (*MONEY.items(), ("spend_gbp_m", "All spending"))
    }
    whole = amounts.pop("All spending")
    amounts[REST] = whole - sum(amounts.values())
    steps, at = [], 0.0
    for name, amount in amounts.items():
        steps.append((scenario, name, amount, at))
        at += amount
    return [*steps, (scenario, "All spending", whole, 0.0)]
