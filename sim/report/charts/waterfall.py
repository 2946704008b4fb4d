"""Waterfalls side by side: how amounts add up to a whole, a panel a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from sim.report.charts.chart import ScenarioStyle
from sim.report.charts.style import COLOURS, INK, Area, wrapped
from sim.report.words.prose import decimals, number

NUMBER_INCHES = 0.62


def waterfalls(
    area: Area,
    table: pd.DataFrame,
    drawn: Sequence[ScenarioStyle],
    items: Sequence[str],
    amount_in: str = "difference_gbp_m_a_year",
    signed: bool = True,
) -> None:
    """Draw a panel for each scenario; the last of the items is the whole.

    `table` has scenario, item, the amount and starts_at. With `signed` a plus is shown.
    """
    # The row names stand once, in a column of their own, so that all panels share a scale.
    names_wide = 1.55 if area.narrow else 2.0
    panels = replace(area, left=area.left + names_wide, width=area.width - names_wide)
    cells = panels.grid(len(drawn), 1) if area.narrow else panels.grid(1, len(drawn))
    ends = table["starts_at"] + table[amount_in]
    low, high = min(0.0, ends.min()), max(0.0, ends.max())
    places = decimals([high, low])
    # Room for a number at either end of a bar where one may stand, in the units of the bars.
    sides = (low < 0, high > 0 or low == 0)
    free = cells[0].width - 0.15 - sum(sides) * NUMBER_INCHES
    room = NUMBER_INCHES * max(high - low, 1e-9) / free
    gap = 0.02 * max(high - low, 1e-9)
    titles = [
        wrapped(area.figure, look.label, area.small, cells[0].width - 0.1, True) for look in drawn
    ]
    top = 0.2 + 0.24 * max(map(len, titles))
    for place, (cell, look) in enumerate(zip(cells, drawn, strict=True)):
        named = area.narrow or place == 0
        axes = cell.axes(left=0.0, right=0.15, bottom=0.15, top=top)
        steps = table[table["scenario"] == look.scenario]
        for rank, row in enumerate(steps.to_dict("records")):
            amount, start = row[amount_in], row["starts_at"]
            whole = rank == len(items) - 1
            colour = INK if whole else COLOURS[0] if amount >= 0 else COLOURS[3]
            hatch = "" if whole or amount >= 0 else "///"
            axes.barh(rank, amount, 0.6, left=start, color=colour, hatch=hatch, edgecolor="w")
            text = number(amount, places)
            # Outside the bar, on the side away from the line of no difference.
            below = max(start, start + amount) <= 0 and amount != 0
            edge = min(start, start + amount) if below else max(start, start + amount)
            axes.annotate(
                f"+{text}" if signed and amount > 0 and text.strip("0.") else text,
                (edge, rank),
                (-4 if below else 4, 0),
                textcoords="offset points",
                ha="right" if below else "left",
                va="center",
                fontsize=area.small,
            )
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_xlim(low - (room if sides[0] else gap), high + (room if sides[1] else gap))
        axes.set_ylim(len(items) - 0.4, -0.6)
        axes.grid(visible=False)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.set_yticks(range(len(items)))
        names = [
            "\n".join(wrapped(area.figure, item, area.small, names_wide - 0.2)) for item in items
        ]
        axes.set_yticklabels(names if named else [""] * len(items))
        axes.tick_params(labelsize=area.small, left=False)
        axes.annotate(
            "\n".join(titles[place]),
            (0, 1),
            (0, 6),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=area.small,
            fontweight="bold",
            color=look.ink,
        )
