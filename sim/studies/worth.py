"""What each unknown would be worth knowing, in the metric's unit and in pounds.

In pounds, a regime's loss is what it costs plus a price for every council-year inadequate.
The price is what councils themselves put on leaving that state: the share by which a council
raises its budget after a failure (evidence C9, the ledger's money.failure_uplift) times what
an average council spends in a year. It is what is paid to mend a service, not the harm to
children, which nobody has priced; so the choice is also given as a function of the price.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.ledger import load_ledger
from sim.results.summary_tables import rounded, write_csv
from sim.studies.futures import Array, FuturesPlan, Outcomes
from sim.studies.information import value_of_information

YEARS = "inadequate_council_years"
# A year's intervention (advisers, commissioners, peer teams, building, running and ending
# trusts) and what trusts overspend: the metrics that the regimes differ in by what they buy.
COSTS = ("intervention_cost_gbp_m", "cost_transgression_gbp_m")


def write_information(
    folder: Path,
    plan: FuturesPlan,
    outcomes: Outcomes,
    baseline: Baseline,
    families: Sequence[Sequence[int]],
    decisive: Sequence[int],
) -> dict[str, Any]:
    """Write information.csv, a row a parameter; gives what belongs in the study's record.

    `decisive` are the parameters (by position) that are known to matter.
    """
    names, x = plan.futures.names, plan.futures.values
    period = (plan.end - plan.start).days / 365.25
    price = float(plan.study["price_gbp_m"] or price_of_a_council_year(baseline))
    cost = period * np.sum([outcomes.metric(name) for name in COSTS], axis=0).mean(axis=2)
    years = outcomes.metric(YEARS).mean(axis=2)
    losses = outcomes.loss(plan.study["metric"]).mean(axis=2)
    known = value_of_information(losses, x, families, plan.seed, decisive)
    money = value_of_information(cost + price * years, x, families, plan.seed, decisive)
    write_csv(
        folder / "information.csv",
        (
            *("parameter", "value", "change_share", "above_noise"),
            *("value_gbp_m", "change_share_gbp", "above_noise_gbp"),
        ),
        (
            (
                names[c],
                *rounded(known.value[c], known.change[c]),
                int(known.value[c] > known.floor[c]),
                *rounded(money.value[c], money.change[c]),
                int(money.value[c] > money.floor[c]),
            )
            for c in np.argsort(-known.value, kind="stable")
        ),
    )
    return {
        "price_gbp_m": price,
        "price_given": plan.study["price_gbp_m"] is not None,
        "choice_by_price": [
            {"from_gbp_m": start, "scenario": plan.run_scenarios[k].name}
            for start, k in choice_by_price(cost.mean(axis=0), years.mean(axis=0))
        ],
        "chosen": _best(plan, losses),
        "chosen_gbp": _best(plan, cost + price * years),
        "information_floor": float(known.floor.max()),
        "information_floor_gbp_m": float(money.floor.max()),
        "everything": known.everything,
        "everything_gbp_m": money.everything,
    }


def _best(plan: FuturesPlan, loss: Array) -> list[str]:
    """The regimes with the least mean of `loss` (futures, regimes): several where they tie."""
    means = loss.mean(axis=0)
    return [plan.run_scenarios[k].name for k in np.flatnonzero(means <= means.min() + 1e-9)]


def choice_by_price(cost: Array, years: Array) -> list[tuple[float, int]]:
    """The cheapest regime at every price of a council-year, as (from this price, regime).

    `cost` and `years` (regimes) are means. The first price is 0; each step has fewer years.
    """
    here = min(range(len(cost)), key=lambda k: (cost[k], years[k]))
    found = [(0.0, here)]
    while True:
        fewer = [k for k in range(len(cost)) if years[k] < years[here]]
        if not fewer:
            return found
        prices = {k: (cost[k] - cost[here]) / (years[here] - years[k]) for k in fewer}
        here = min(fewer, key=lambda k: (prices[k], years[k]))
        found.append((float(prices[here]), here))


def price_of_a_council_year(baseline: Baseline) -> float:
    """GBP million: what an average council adds to its yearly budget after a failure."""
    uplift = load_ledger()["money.failure_uplift"].value
    return uplift * float(np.mean(baseline.spend_total))
