"""What help and takeover cost, kind by kind, under each scenario."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from sim.report.charts.chart import (
    SIMULATED,
    Chart,
    Findings,
    scenario_styles,
    source_line,
    table_of,
)
from sim.report.charts.style import Area
from sim.report.charts.waterfall import waterfalls
from sim.report.words.headlines import statistical, summary_figure
from sim.report.words.prose import Sentence, cite, joined, number, say
from sim.results.run_folder import Run, one

# The costs of a transfer that come with a bill, after what helps without one.
COSTS = {
    "cost_support_gbp_m": "Advisers, commissioners, peers",
    "cost_transition_gbp_m": "Building trusts",
    "cost_transaction_gbp_m": "Running contracts",
    "cost_transgression_gbp_m": "Overspends and fines",
    "cost_transmutation_gbp_m": "Ending contracts",
}
WHOLE = "Together"
AMOUNT = "gbp_m_a_year"
NAME = "what-intervention-costs"
_NOTES = (
    "Overspends of trusts and fines are no part of the cost of intervention told elsewhere. "
    "What moving staff costs has no bill: it shows in turnover and in practice. "
    "Hatched: money saved."
)


def costs(run: Run) -> Chart | None:
    """A waterfall of the kinds of cost for each scenario; None where the run has not told them."""
    drawn = scenario_styles(run)
    rows: list[tuple[str, str, float, float]] = []
    for look in drawn:
        at = 0.0
        for metric, item in COSTS.items():
            amount = one(run.summary, "mean", scenario=look.scenario, metric=metric)
            rows.append((look.scenario, item, amount, at))
            at += amount
        rows.append((look.scenario, WHOLE, at, 0.0))
    table = pd.DataFrame(rows, columns=["scenario", "item", AMOUNT, "starts_at"])
    if not table[AMOUNT].map(math.isfinite).all():
        return None

    def draw(area: Area) -> None:
        waterfalls(area, table, drawn, [*COSTS.values(), WHOLE], AMOUNT, signed=False)

    main = drawn[0]
    means = {
        metric: one(run.summary, "mean", scenario=main.scenario, metric=metric) for metric in COSTS
    }
    most = max(means, key=lambda metric: means[metric])
    whole = sum(means.values())
    found = Findings(NAME)
    headline = say(f"{main.label}: intervention costs next to nothing")
    if means[most] >= 0.05:
        headline = say(
            f"{main.label}: the largest cost is {COSTS[most].lower()}, £",
            summary_figure(run, main.scenario, most),
            " million a year; together £",
            found.figure("together", whole, number(whole, 1)),
            " million",
        )

    def told(row: dict[Hashable, Any]) -> Sentence:
        where = {"scenario": row["scenario"], "item": row["item"]}
        look = next(look for look in drawn if look.scenario == row["scenario"])
        amount = cite(row[AMOUNT], 1, table_of(NAME), AMOUNT, where)
        return say(f"{look.label}, {row['item'].lower()}: ", amount)

    return Chart(
        name=NAME,
        headline=headline,
        subtitle=statistical(run, "Mean costs that intervention brings, by kind, £ million a year"),
        source=source_line(run, _NOTES, SIMULATED),
        alt=say(
            "Waterfall charts of the kinds of cost, million pounds a year. ",
            joined(map(told, table.to_dict("records"))),
            ".",
        ),
        findings=found,
        data=table,
        draw=draw,
        height=3.9,
        narrow_height=3.2 * len(drawn),
    )
