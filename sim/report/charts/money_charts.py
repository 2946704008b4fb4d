"""Where the money goes: what alternatives spend more and less on."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from sim.report.charts.chart import SIMULATED, Chart, scenario_styles, source_line, table_of
from sim.report.charts.style import Area
from sim.report.charts.waterfall import waterfalls
from sim.report.words.headlines import baseline_of, differences, statistical
from sim.report.words.prose import Sentence, cite, joined, listed, say
from sim.results.run_folder import Run, label

# Parts of spending that are reported apart; the rest is one bar.
MONEY = {
    "intervention_cost_gbp_m": "Intervention",
    "agency_premium_gbp_m": "Extra paid for agency staff",
    "early_help_gbp_m": "Early help",
}
REST = "Everything else"
AMOUNT = "difference_gbp_m_a_year"


def money(run: Run) -> Chart | None:
    """Where the difference in spending goes: a waterfall for each alternative to the baseline.

    None where there is nothing to compare with.
    """
    base = baseline_of(run)
    drawn = [look for look in scenario_styles(run) if look.scenario != base]
    if not drawn:
        return None
    table = pd.DataFrame(
        [row for look in drawn for row in _steps(run, look.scenario)],
        columns=["scenario", "item", AMOUNT, "starts_at"],
    )
    items = [*MONEY.values(), REST, "All spending"]

    def draw(area: Area) -> None:
        waterfalls(area, table, drawn, items)

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
        amount = cite(row[AMOUNT], 1, table_of(name), AMOUNT, where)
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


def _steps(run: Run, scenario: str) -> list[tuple[str, str, float, float]]:
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
