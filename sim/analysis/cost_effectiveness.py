"""What a scenario costs for each child-year of poor practice that it avoids.

Both come from the same pairs of replications, so that luck which they share is not counted twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from sim.analysis.comparison import Comparison
from sim.inputs.metrics import COST, HEADLINE, METRICS
from sim.units import Array

GBP_M = 1e6


@dataclass(frozen=True)
class CostEffectiveness:
    """One scenario against the baseline over a whole run.

    `avoided` are child-years under poor practice (negative: there are more), `cost` what councils
    spend more a year, GBP million in cash, with what the department pays of it. Their intervals
    are those of the comparison, simultaneous over every scenario and metric.

    `price` is the cost in GBP of each child-year avoided, below zero where money is saved; NaN
    where the interval of `avoided` does not lie above zero. `price_low` and `price_high` are the
    ends of Fieller's interval, at the level at which the one of `avoided` was judged.
    """

    scenario: str
    baseline: str
    n: int
    avoided: float
    avoided_low: float
    avoided_high: float
    cost: float
    cost_low: float
    cost_high: float
    price: float
    price_low: float
    price_high: float


def cost_effectiveness(
    values: Mapping[str, Array], comparisons: Iterable[Comparison], years: float
) -> list[CostEffectiveness]:
    """Every scenario but the baseline, in the order of the comparisons.

    `values` holds for each scenario an array (replications, metrics) with the metrics in the order
    of `METRICS`; `years` is the length of the run. KeyError where a comparison lacks its scenario.
    """
    rows = {(row.scenario, row.metric): row for row in comparisons}
    names = list(METRICS)
    result = []
    for (scenario, metric), harm in rows.items():
        if metric != HEADLINE:
            continue
        spend = rows[scenario, COST]
        pairs = values[scenario] - values[harm.baseline]
        avoided = -pairs[:, names.index(HEADLINE)]
        pounds = pairs[:, names.index(COST)] * years * GBP_M
        price = ratio(pounds, avoided, harm.half_width) if harm.ci95_high < 0.0 else (math.nan,) * 3
        result.append(
            CostEffectiveness(
                *(scenario, harm.baseline, harm.n),
                *(0.0 - harm.diff_mean, 0.0 - harm.ci95_high, 0.0 - harm.ci95_low),
                *(spend.diff_mean, spend.ci95_low, spend.ci95_high),
                *price,
            )
        )
    return result


def ratio(above: Array, below: Array, half_width: float) -> tuple[float, float, float]:
    """The mean of `above` over that of `below`, and the ends of Fieller's interval.

    Both are (replications,), in pairs. `half_width` is that of the interval of the mean of `below`,
    which must leave out zero: its level becomes that of the ratio. See E. C. Fieller, Journal of
    the Royal Statistical Society B, 1954, 16.
    """
    there = ~(np.isnan(above) | np.isnan(below))
    a, b = float(above[there].mean()), float(below[there].mean())
    n = int(there.sum())
    (va, cab), (_, vb) = np.cov(above[there], below[there]) / n if n > 1 else np.zeros((2, 2))
    if vb <= 0.0:  # nothing varies below: the level is not to be had, and nothing is claimed
        return a / b, math.nan, math.nan
    critical = half_width**2 / vb
    square = b * b - critical * vb
    middle = a * b - critical * cab
    root = math.sqrt(max(middle * middle - square * (a * a - critical * va), 0.0))
    return a / b, (middle - root) / square, (middle + root) / square
