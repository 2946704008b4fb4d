"""How regimes do over many futures: regret, and how often each is best or nearly so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.analysis.statistics import t_quantile

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Robustness:
    """For each regime (arrays of that length), over futures.

    `lead` is how much worse a regime is on average than the one with the least mean, paired
    by future; its intervals hold together. Regret is the loss beyond that of the best regime
    of the same future. `best` shares ties. `within` counts futures in which the regret is at
    most the tolerance.
    """

    mean: Array
    ci95: Array
    lead: Array
    lead_ci95: Array
    best: Array
    within: Array
    regret_mean: Array
    regret_p95: Array
    regret_most: Array
    luck_share: float


def robustness(
    loss: Array, tolerance: float, groups: npt.NDArray[np.int64] | None = None
) -> Robustness:
    """From the losses (futures, regimes, replications).

    `tolerance` is a share of the mean loss of the regime with the least. `groups` (futures)
    names futures that share their luck; intervals are as wide as so many groups make them.
    `luck_share` is the part of the variance of the differences between regimes that is luck
    within a future; NaN with one replication.
    """
    means = loss.mean(axis=2)
    least = means.min(axis=1, keepdims=True)
    regret = means - least
    best = np.isclose(regret, 0.0)
    apart = np.arange(len(means)) if groups is None else groups
    lead = means - means[:, [int(np.argmin(means.mean(axis=0)))]]
    return Robustness(
        mean=means.mean(axis=0),
        ci95=_half_widths(means, apart),
        lead=lead.mean(axis=0),
        lead_ci95=_half_widths(lead, apart, loss.shape[1] - 1),
        best=(best / best.sum(axis=1, keepdims=True)).mean(axis=0),
        within=(regret <= tolerance * abs(means.mean(axis=0).min())).mean(axis=0),
        regret_mean=regret.mean(axis=0),
        regret_p95=np.quantile(regret, 0.95, axis=0),
        regret_most=regret.max(axis=0),
        luck_share=_luck_share(loss),
    )


def minimax(regret_most: Array) -> int:
    """The regime whose greatest regret is the least (its position)."""
    return int(np.argmin(regret_most))


def _half_widths(values: Array, groups: npt.NDArray[np.int64], together: int = 1) -> Array:
    """Half the width of the 95 % interval of each column mean of `values` (futures, columns);
    so many of them hold `together` (Bonferroni)."""
    count = int(groups.max()) + 1
    centred = values - values.mean(axis=0)
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, groups, centred)
    spread = np.sqrt((sums**2).sum(axis=0) * count / (count - 1)) / len(values)
    return np.asarray(t_quantile(1.0 - 0.025 / max(together, 1), count) * spread)


def _luck_share(loss: Array) -> float:
    replications = loss.shape[2]
    if replications < 2 or loss.shape[1] < 2:
        return float("nan")
    differences = loss[:, 1:] - loss[:, :1]
    within = differences.var(axis=2, ddof=1).mean() / replications
    between = differences.mean(axis=2).var(axis=0, ddof=1).mean()
    return float(min(within / between, 1.0)) if between > 0 else float("nan")
