"""What the spread of a run's results is made of: chance, and ignorance of the parameters.

Some replications are run a second time, with the same random streams and other parameters. What
two such runs have in common is chance ("luck"); what tells them apart is what nobody knows about
the world (with how the two interact). The method is the pick-freeze estimate of a first-order Sobol
index (Sobol 1993; Janon et al. 2014).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from sim.inputs.metrics import METRICS
from sim.units import Array

WIDEST = 0.5  # of an interval of a share that is still worth stating


@dataclass(frozen=True)
class VarianceSplit:
    """One metric in one scenario, or its difference from the baseline where one is named.

    `luck` is the share of the variance that is chance, `error` its standard error, `sd` the
    standard deviation over runs; `pairs` replications were run twice.
    """

    scenario: str
    baseline: str
    metric: str
    pairs: int
    sd: float
    luck: float
    error: float


def split_variance(
    totals: Mapping[str, Array], again: Mapping[str, Array], baseline: str
) -> Iterator[VarianceSplit]:
    """Every scenario and metric, then every difference from the baseline and metric.

    Both hold for each scenario an array (replications, metrics): `again` the second runs of the
    first replications, under other parameters.
    """
    for name, table in totals.items():
        yield from _split(name, "", table, again[name])
    for name, table in totals.items():
        if name != baseline:
            differences = (table - totals[baseline], again[name] - again[baseline])
            yield from _split(name, baseline, *differences)


def luck_share(first: Array, second: Array) -> tuple[float, float]:
    """The share of the variance that is chance, and its standard error.

    `first` and `second` (pairs,) are results with the same random streams and other parameters.
    NaN where nothing varies or fewer than three pairs are known.
    """
    known = np.isfinite(first) & np.isfinite(second)
    a, b = first[known], second[known]
    if len(a) < 3:
        return float("nan"), float("nan")
    middle = (a.mean() + b.mean()) / 2.0
    whole = (((a - middle) ** 2).mean() + ((b - middle) ** 2).mean()) / 2.0
    if whole <= 0.0:
        return float("nan"), float("nan")
    share = float(((a - middle) * (b - middle)).mean() / whole)
    return float(np.clip(share, 0.0, 1.0)), float((1.0 - min(share**2, 1.0)) / np.sqrt(len(a)))


def luck_interval(share: float, pairs: int) -> tuple[float, float] | None:
    """The 95 % interval of a share of luck; None where it leaves more than half of all open.

    The share is the correlation within pairs, so the interval is Fisher's (1925, section 39).
    """
    if not math.isfinite(share) or pairs < 3:
        return None
    middle, width = math.atanh(min(share, 1.0 - 1e-9)), NormalDist().inv_cdf(0.975)
    half = width / math.sqrt(pairs - 1.5)
    low, high = (max(0.0, math.tanh(middle + side * half)) for side in (-1, 1))
    return (low, max(high, share)) if high - low <= WIDEST else None


def _split(scenario: str, baseline: str, table: Array, again: Array) -> Iterator[VarianceSplit]:
    pairs = len(again)
    for k, metric in enumerate(METRICS):
        values = table[np.isfinite(table[:, k]), k]
        sd = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
        share, error = luck_share(table[:pairs, k], again[:, k])
        yield VarianceSplit(scenario, baseline, metric, pairs, sd, share, error)
