"""What each unknown is worth knowing before a regime is chosen, in the metric's unit and in pounds.

The value of knowing one parameter (partial expected value of perfect information) is estimated
from the futures alone by regression (Strong, Oakley and Brennan, Medical Decision Making 34,
2014): the loss of each regime less that of the first is fitted as a curve of the parameter;
with the parameter known, the regime with the lowest expected loss is chosen at each value of it.

In pounds, a regime's loss is what it costs plus a price for every council-year inadequate.
The price is what councils themselves put on leaving that state: the share by which a council
raises its budget after a failure (evidence C9, the ledger's money.failure_uplift) times what
an average council spends in a year. It is what is paid to mend a service, not the harm to
children, which nobody has priced; so the choice is also given as a function of the price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.ledger import load_ledger
from sim.random.streams import stream
from sim.studies.futures import FuturesPlan, Outcomes
from sim.studies.regressions import Scale, family_floors, placebos
from sim.studies.study import write_table
from sim.units import DAYS_A_YEAR, Array

PLACEBOS = 40
INADEQUATE_YEARS = "inadequate_council_years"
# A year's intervention (advisers, commissioners, peer teams, building, running and ending
# trusts) and what trusts overspend: the metrics that the regimes differ in by what they buy.
COSTS = ("intervention_cost_gbp_m", "cost_transgression_gbp_m")


@dataclass(frozen=True)
class Information:
    """The value of knowing each parameter, in the unit of the loss.

    `value` (parameters) is the expected loss that is avoided; `floor` (parameters) what the best
    of as many parameters of no consequence as are in the same family would seem to be worth in
    one case of twenty. `change_share` is the share of futures in which another regime would be
    chosen. `perfect` is the expected value of perfect information, the random numbers of each
    future included: an upper bound.
    """

    value: Array
    change_share: Array
    floor: Array
    perfect: float

    @property
    def above_noise(self) -> Array:
        """Which parameters are worth more than chance could show."""
        return np.asarray(self.value > self.floor)


def value_of_information(
    loss: Array,
    x: Array,
    families: Sequence[Sequence[int]] = (),
    seed: int = 1,
    decisive: Sequence[int] = (),
) -> Information:
    """From the losses (futures, regimes) and the parameters (futures, parameters).

    `families` are columns that are tested together; all are one family when empty. What the
    columns `decisive` (known to matter) explain is noise to every other, and is taken out.
    """
    generator = stream(seed, 0, "explore", "placebos")
    differences = loss - loss[:, :1]
    chosen = int(np.argmin(loss.mean(axis=0)))
    value, change_share = np.empty(x.shape[1]), np.empty(x.shape[1])
    by_chance = np.empty((PLACEBOS, x.shape[1]))
    residuals = _residuals(differences, x, decisive)
    for k, column in enumerate(x.T):
        outcome = residuals
        if k in decisive:
            outcome = _residuals(differences, x, [c for c in decisive if c != k])
        columns = np.concatenate([column[:, None], placebos(column, PLACEBOS, generator)], axis=1)
        fitted = _quadratics(outcome, columns)
        # Fitted means are the sample's own means, so that only the ups and downs count.
        avoided = (fitted[chosen] - fitted.min(axis=0)).mean(axis=0)
        value[k], by_chance[:, k] = avoided[0], avoided[1:]
        change_share[k] = (fitted[:, :, 0].argmin(axis=0) != chosen).mean()
    return Information(
        value=value,
        change_share=change_share,
        floor=family_floors(by_chance, families),
        perfect=float((loss[:, chosen] - loss.min(axis=1)).mean()),
    )


def _residuals(differences: Array, x: Array, columns: Sequence[int]) -> Array:
    """The differences less what these columns explain of them; their means are unchanged."""
    z = Scale.of(x[:, list(columns)])(x[:, list(columns)])
    basis = np.concatenate([z, z**2 - 1.0], axis=1)
    terms, *_ = np.linalg.lstsq(basis, differences - differences.mean(axis=0), rcond=None)
    return np.asarray(differences - basis @ terms)


def _quadratics(differences: Array, x: Array) -> Array:
    """The quadratic of each difference in each column of `x`: (regimes, futures, columns)."""
    z = Scale.of(x)(x)
    # The square, made independent of the straight line and the mean: three small sums do.
    square = z**2 - 1.0 - (z**3).mean(axis=0) * z
    size = np.maximum((square**2).mean(axis=0), 1e-9)
    count = len(x)
    fitted = np.empty((differences.shape[1], count, x.shape[1]))
    for regime, y in enumerate(differences.T):
        slope, curve = y @ z / count, (y @ square / count) / size
        fitted[regime] = y.mean() + slope * z + curve * square
    return fitted


def write_information(
    folder: Path,
    plan: FuturesPlan,
    outcomes: Outcomes,
    families: Sequence[Sequence[int]],
    decisive: Sequence[int],
    price: float,
) -> dict[str, Any]:
    """information.csv, a row a parameter; gives what belongs in study.json.

    `decisive` are the parameters (by position) that are known to matter; `price` is that of a
    council-year inadequate, GBP million.
    """
    names, x = outcomes.futures.names, outcomes.futures.values
    period = (plan.end - plan.start).days / DAYS_A_YEAR
    cost = period * np.sum([outcomes.metric(name) for name in COSTS], axis=0).mean(axis=2)
    years = outcomes.metric(INADEQUATE_YEARS).mean(axis=2)
    loss = outcomes.loss(plan.metric).mean(axis=2)
    loss_gbp = cost + price * years
    in_units = value_of_information(loss, x, families, plan.seed, decisive)
    in_pounds = value_of_information(loss_gbp, x, families, plan.seed, decisive)
    write_table(
        folder,
        "information",
        (
            (
                *(names[c], in_units.value[c], in_units.change_share[c], in_units.above_noise[c]),
                *(in_pounds.value[c], in_pounds.change_share[c], in_pounds.above_noise[c]),
            )
            for c in np.argsort(-in_units.value, kind="stable")
        ),
    )
    return {
        "choice_by_price": [
            {"from_gbp_m": start, "scenario": outcomes.regimes[k]}
            for start, k in choice_by_price(cost.mean(axis=0), years.mean(axis=0))
        ],
        "chosen": _lowest(outcomes.regimes, loss),
        "chosen_gbp": _lowest(outcomes.regimes, loss_gbp),
        "information_floor": float(in_units.floor.max()),
        "information_floor_gbp_m": float(in_pounds.floor.max()),
        "everything": in_units.perfect,
        "everything_gbp_m": in_pounds.perfect,
    }


def _lowest(regimes: Sequence[str], loss: Array) -> list[str]:
    """The regimes with the lowest mean of `loss` (futures, regimes): several where they tie."""
    means = loss.mean(axis=0)
    lowest = means <= means.min() + 1e-9
    return [regime for regime, chosen in zip(regimes, lowest, strict=True) if chosen]


def choice_by_price(cost: Array, years: Array) -> list[tuple[float, int]]:
    """The cheapest regime at every price of a council-year, as (from this price, regime).

    `cost` and `years` (regimes) are means. The first price is 0; each step has fewer years.
    """
    chosen = min(range(len(cost)), key=lambda k: (cost[k], years[k]))
    steps = [(0.0, chosen)]
    while True:
        fewer = [k for k in range(len(cost)) if years[k] < years[chosen]]
        if not fewer:
            return steps
        prices = {k: (cost[k] - cost[chosen]) / (years[chosen] - years[k]) for k in fewer}
        chosen = min(fewer, key=lambda k: (prices[k], years[k]))
        steps.append((float(prices[chosen]), chosen))


def price_of_a_council_year(baseline: Baseline) -> float:
    """GBP million: what an average council adds to its yearly budget after a failure."""
    uplift = load_ledger()["money.failure_uplift"].value
    return uplift * float(np.mean(baseline.spend_total))
