"""How regimes do over many futures, in England and for each kind of council: regret, and how
often each is best or nearly so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sim.analysis.statistics import t_quantile
from sim.inputs.councils.baseline import Baseline
from sim.inputs.councils.council_kinds import CouncilKind, thirds
from sim.inputs.metrics import METRICS
from sim.studies.futures import Outcomes
from sim.studies.study import Row, write_table
from sim.units import Array, IntArray

# Financial years of the settlements added up: those of the four-year settlement of 2016 and before,
# and for a later start those that were known by then.
_CUT_FROM, _CUT_TO = 2013, 2019
_INADEQUATE = 1


def robustness(loss: Array, tolerance: float, groups: IntArray | None = None) -> pd.DataFrame:
    """From the losses (futures, regimes, replications), a row a regime with what holds over
    futures, in the columns of robust.csv.

    Regret is the loss beyond that of the best regime of the same future; `minimax` is the regime
    whose greatest regret is the lowest. Regimes that tie share `best_share`; `within_share`
    counts futures in which the regret is at most the tolerance, a share of the mean loss of the
    regime with the lowest. `lead` is how much worse a regime is on average than that one, paired
    by future; its intervals are simultaneous. `groups` (futures) numbers futures that share random
    numbers; intervals are as wide as so many groups make them.
    """
    losses = loss.mean(axis=2)
    means = losses.mean(axis=0)
    regret = losses - losses.min(axis=1, keepdims=True)
    best = np.isclose(regret, 0.0)
    if groups is None:
        groups = np.arange(len(losses))
    excess = losses - losses[:, [int(np.argmin(means))]]
    most = regret.max(axis=0)
    return pd.DataFrame(
        {
            "mean": means,
            "ci95_half": _half_widths(losses, groups),
            "best_share": (best / best.sum(axis=1, keepdims=True)).mean(axis=0),
            "within_share": (regret <= tolerance * abs(means.min())).mean(axis=0),
            "regret_mean": regret.mean(axis=0),
            "regret_p95": np.quantile(regret, 0.95, axis=0),
            "regret_most": most,
            "lead": excess.mean(axis=0),
            "lead_ci95_half": _half_widths(excess, groups, loss.shape[1] - 1),
            "minimax": np.arange(len(most)) == np.argmin(most),
        }
    )


def _half_widths(values: Array, groups: IntArray, simultaneous: int = 1) -> Array:
    """Half the width of the 95 % interval of each column mean of `values` (futures, columns);
    so many of them are `simultaneous` (Bonferroni)."""
    count = int(groups.max()) + 1
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, groups, values - values.mean(axis=0))
    error = np.sqrt((sums**2).sum(axis=0) * count / (count - 1)) / len(values)
    return np.asarray(t_quantile(1.0 - 0.025 / max(simultaneous, 1), count) * error)


def random_share(loss: Array) -> float:
    """The part of the variance of the differences between regimes that is due to random numbers
    within a future, from the losses (futures, regimes, replications); NaN with one replication."""
    replications = loss.shape[2]
    if replications < 2 or loss.shape[1] < 2:
        return float("nan")
    differences = loss[:, 1:] - loss[:, :1]
    within = differences.var(axis=2, ddof=1).mean() / replications
    between = differences.mean(axis=2).var(axis=0, ddof=1).mean()
    return float(min(within / between, 1.0)) if between > 0 else float("nan")


def write_robustness(folder: Path, outcomes: Outcomes, metric: str, tolerance: float) -> None:
    """robust.csv: a row a regime. `metric` in its own unit and direction, regret in its unit."""
    result = robustness(outcomes.loss(metric), tolerance, outcomes.futures.groups)
    if METRICS[metric].better == "higher":
        result["mean"] *= -1.0
    result.insert(0, "scenario", outcomes.regimes)
    write_table(folder, "robust", result.itertuples(index=False))


def write_kinds(folder: Path, outcomes: Outcomes, baseline: Baseline, tolerance: float) -> None:
    """kinds.csv: a row for each kind of council and regime, by years inadequate a council."""
    rows: list[Row] = []
    for kind in kinds_of(baseline):
        if not kind.members.any():
            continue
        years = outcomes.inadequate_years[..., kind.members].mean(axis=3).astype(np.float64)
        result = robustness(years, tolerance, outcomes.futures.groups)
        head = (kind.grouping, kind.group, int(kind.members.sum()))
        result.insert(0, "scenario", outcomes.regimes)
        own = result.drop(columns=["regret_p95", "minimax"]).itertuples(index=False)
        rows += [(*head, *row) for row in own]
    write_table(folder, "kinds", rows)


def kinds_of(baseline: Baseline) -> list[CouncilKind]:
    """Thirds by size, deprivation and cut; and by what inspectors had judged before the start.

    The cut is the growth of spending power from 2013-14 to 2019-20, or to the financial year of
    the start where that is later: known when settlements were published.
    """
    years = np.asarray(baseline.settlement_years)
    of_start = baseline.date.year if baseline.date.month >= 4 else baseline.date.year - 1
    counted = (years >= _CUT_FROM) & (years <= max(_CUT_TO, of_start))
    growth = np.prod(1.0 + np.asarray(baseline.settlement_growth)[:, counted], axis=1)
    inadequate = np.asarray(baseline.grade) == _INADEQUATE
    before = ~inadequate & (
        (np.asarray(baseline.earlier_inadequate) > 0)
        | (np.asarray(baseline.pre_sif_grade) == _INADEQUATE)
    )
    return [
        *thirds("size", baseline.population, ("small", "middling", "large")),
        *thirds("deprivation", baseline.idaci, ("least deprived", "middling", "most deprived")),
        *thirds("spending cut", growth, ("deepest cut", "middling", "shallowest cut")),
        CouncilKind("history", "inadequate at the start", inadequate),
        CouncilKind("history", "inadequate before", before),
        CouncilKind("history", "not found inadequate", ~inadequate & ~before),
    ]
