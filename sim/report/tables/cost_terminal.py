"""What each option avoids, what it costs and whom it needs: the table to choose by."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from sim.inputs.metrics import COST, HEADLINE, METRICS, listed_metrics
from sim.report.tables.terminal import print_figures, print_lines
from sim.report.words.headlines import differences
from sim.report.words.prose import decimals, number, with_sign
from sim.results.run_folder import Run, one

UNCLEAR = "not told"
SAVES, HARMS = "saves money", "does harm"
NOBODY = "nobody"
NO_DIFFERENCE = "no difference\nin any run"


class Need(NamedTuple):
    """Something finite that a scenario draws on: what it is called, the metric of what is needed
    at the peak, and the one of what there is."""

    name: str
    needed: str
    existing: str


NEEDS = (
    Need("commissioners", "needed_commissioner", "existing_commissioner"),
    Need("sponsors", "needed_sponsor", "existing_sponsor"),
    Need("peer teams", "needed_peer_team", "existing_peer_team"),
    Need("set-up teams", "needed_project_team", "existing_project_team"),
    Need("lenders", "needed_lender", "councils_good_or_better"),
)
QUEUES = {
    "waiting_years_commissioner": "commissioner",
    "waiting_years_sponsor": "sponsor",
    "waiting_years_peer_team": "peer team",
    "waiting_years_project_team": "project team",
}


def print_costs(run: Run) -> None:
    """Print what each other scenario costs and avoids, and whom it needs. Prints nothing for a run
    of one scenario, or of a version that did not work it out."""
    if run.cost_effectiveness.empty:
        return
    print_figures(
        f"What each scenario buys against {run.scenario}, and whom it needs",
        (
            "",
            "avoids, thousand\nchild-years",
            "costs, GBP\nmillion a year",
            "GBP for each\nchild-year",
            "needs at the peak / there are\n(runs with too few)",
            "most waited for",
        ),
        cost_rows(run),
        "mean [95 % interval]; the first row is the scenario that the others are compared with",
    )
    rough = " ~ The interval is rough, as below." if _rough(run) else ""
    print_lines(
        [
            "Avoided are child-years in need where practice is poor. Costs are all that councils "
            "spend more on children's services, the department's part of it included, in cash; "
            "police, health and courts are not in them.",
            f"“{UNCLEAR}”: the interval of what is avoided does not lie above nothing.{rough}",
            "Needed: at work or awaited at one time; but for lenders, beyond those at work on the "
            "first day. There are: as the evidence has it, before a scenario recruits; of lenders "
            "the councils judged good or better. Set-up teams build trusts.",
        ]
    )

    parts = (*listed_metrics("cost"), *listed_metrics("payers"))
    print_figures(
        f"What the cost against {run.scenario} is made of, and who pays it",
        ("GBP million a year", *run.scenarios[1:]),
        [
            (METRICS[name].short, *means)
            for name in (*parts, COST)
            if (means := _means(run, name))  # runs of earlier versions lack some
        ],
        "means; what is bought adds up to the cost, and so does what is paid",
    )


def _means(run: Run, metric: str) -> list[str]:
    return [with_sign(item.mean, 1) for item in differences(run, metric)]


def _rough(run: Run) -> set[str]:
    """The scenarios of which the interval of what they avoid is not to be trusted."""
    return {item.scenario for item in differences(run, HEADLINE) if item.rough}


def cost_rows(run: Run) -> list[tuple[str, ...]]:
    """A row a scenario, the one under test first."""
    rough = _rough(run)
    bought = {row["scenario"]: row for row in run.cost_effectiveness.to_dict("records")}
    numbers = [float(row["cost_gbp_m"]) for row in bought.values()]
    places = decimals(numbers)
    rows: list[tuple[str, ...]] = []
    for name in run.scenarios:
        row = bought.get(name)
        cells = ("", "", "") if row is None else _bought(row, places, " ~" if name in rough else "")
        rows.append((name, *cells, needs(run, name), most_awaited(run, name)))
    return rows


def _bought(row: Mapping[Hashable, Any], places: int, mark: str) -> tuple[str, str, str]:
    scale = METRICS[HEADLINE].scale
    avoided = [scale * float(row[c]) for c in ("avoided", "avoided_low", "avoided_high")]
    cost = [float(row[c]) for c in ("cost_gbp_m", "cost_low", "cost_high")]
    price = [float(row[c]) for c in ("gbp_per_child_year", "gbp_low", "gbp_high")]
    if not any(avoided) and not any(cost):
        return NO_DIFFERENCE, NO_DIFFERENCE, UNCLEAR
    if avoided[2] < 0.0:
        priced = HARMS
    elif math.isnan(price[0]):
        priced = UNCLEAR
    elif cost[2] < 0.0:
        priced = SAVES
    else:
        priced = f"{number(price[0], 0)}{mark}\n[{_ends(price, 0, signed=False)}]"
    return (
        f"{with_sign(avoided[0], decimals(avoided))}{mark}\n[{_ends(avoided, decimals(avoided))}]",
        f"{with_sign(cost[0], places)}\n[{_ends(cost, places)}]",
        priced,
    )


def _ends(figures: list[float], places: int, *, signed: bool = True) -> str:
    _, low, high = figures
    if math.isnan(low) or math.isnan(high):
        return "unknown"
    write = with_sign if signed else number
    return f"{write(low, places)} to {write(high, places)}"


def needs(run: Run, scenario: str) -> str:
    """Whom a scenario needs at its peak and how many there are, means over the runs, a line each,
    with the share of runs in which there are fewer than needed."""
    lines = []
    for need in NEEDS:
        needed = run.wide(need.needed)[scenario]
        if not (needed > 0.0).any():
            continue
        existing = run.wide(need.existing)[scenario]
        short = float((needed > existing).mean())
        lines.append(
            f"{number(needed.mean(), 1)} / {number(existing.mean(), 1)} {need.name}"
            f"{f' ({short:.0%})' if short else ''}"
        )
    return "\n".join(lines) or NOBODY


def most_awaited(run: Run, scenario: str) -> str:
    """What councils wait for longest, with the council-years that they do, a mean."""
    years = {
        name: one(run.summary, "mean", scenario=scenario, metric=metric)
        for metric, name in QUEUES.items()
    }
    name, most = max(years.items(), key=lambda item: item[1])
    return f"{name}\n{number(most, 1)} council-years" if most > 0.0 else NOBODY
