"""Time to leaving an inadequate judgement: Kaplan-Meier with delayed entry.

Spells that were under way when the run began are seen only from then on, so they join the
spells at risk at the age they had reached (left truncation); spells open at the end are
censored. The interval resamples whole replications, since spells of one replication share
their luck; the same resamples serve every scenario, so that differences are paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.report.folder import RunFolder

Floats = npt.NDArray[np.float64]

DAYS_A_MONTH = 365.25 / 12
HORIZON_MONTHS = 72
RESAMPLES = 400
# Fewer replications than this give no interval worth showing.
FEWEST_REPLICATIONS = 5


@dataclass(frozen=True)
class Curve:
    """Share still inadequate at each whole month since judgement, months 0 to the horizon.

    `resampled` has shape (RESAMPLES, months); it is empty, and the interval NaN, where there
    are too few replications. `at_risk` counts spells over all replications.
    """

    scenario: str
    share: Floats
    low: Floats
    high: Floats
    at_risk: Floats
    resampled: Floats

    def table(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "scenario": self.scenario,
                "months": np.arange(len(self.share)),
                "still_inadequate": self.share,
                "ci95_low": self.low,
                "ci95_high": self.high,
                "spells_at_risk": self.at_risk.astype(int),
            }
        )


def curves(run: RunFolder, scenarios: Sequence[str]) -> list[Curve]:
    """One curve for each scenario."""
    numbers = np.sort(run.replication_values["replication"].unique())
    runs = len(numbers)
    weights = np.empty((0, runs))
    if runs >= FEWEST_REPLICATIONS:
        draws = np.random.default_rng(20160101)
        weights = draws.multinomial(runs, np.full(runs, 1 / runs), RESAMPLES).astype(float)
    return [_curve(run.spells, name, numbers, weights) for name in scenarios]


def _curve(spells: pd.DataFrame, scenario: str, numbers: Floats, weights: Floats) -> Curve:
    chosen = spells[(spells["scenario"] == scenario) & (spells["exit"] > spells["entry"])]
    exits, at_risk = counts(
        np.searchsorted(numbers, chosen["replication"].to_numpy()),
        chosen["entry"].to_numpy(),
        chosen["exit"].to_numpy(),
        chosen["exited"].to_numpy(),
        len(numbers),
        round(HORIZON_MONTHS * DAYS_A_MONTH),
    )
    months = np.round(np.arange(HORIZON_MONTHS + 1) * DAYS_A_MONTH).astype(int)
    share = product_limit(exits.sum(0), at_risk.sum(0))[months]
    resampled = product_limit(weights @ exits, weights @ at_risk)[..., months]
    low, high = np.full((2, len(months)), np.nan)
    if len(weights):
        low, high = np.quantile(resampled, (0.025, 0.975), axis=0)
    return Curve(scenario, share, low, high, at_risk.sum(0)[months], resampled)


def counts(
    group: npt.NDArray[np.integer[Any]],
    entry: npt.NDArray[np.integer[Any]],
    exit_: npt.NDArray[np.integer[Any]],
    exited: npt.NDArray[np.bool_],
    groups: int,
    days: int,
) -> tuple[Floats, Floats]:
    """Exits on, and spells at risk at, each day 0 to `days` since judgement: (groups, days + 1).

    A spell is at risk on day t where entry < t <= exit.
    """
    shape = (groups, days + 2)
    joins, leaves, exits = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(joins, (group, np.minimum(entry + 1, days + 1)), 1.0)
    np.add.at(leaves, (group, np.minimum(exit_ + 1, days + 1)), 1.0)
    np.add.at(exits, (group[exited], np.minimum(exit_[exited], days + 1)), 1.0)
    at_risk = np.cumsum(joins - leaves, axis=1)
    return exits[:, :-1], at_risk[:, :-1]


def product_limit(exits: Floats, at_risk: Floats) -> Floats:
    """The Kaplan-Meier estimate along the last axis; days with no one at risk change nothing."""
    hazard = np.divide(exits, at_risk, out=np.zeros_like(exits), where=at_risk > 0)
    return np.cumprod(1.0 - hazard, axis=-1, dtype=np.float64)


def signs_at(curves_: Sequence[Curve], month: int) -> list[tuple[str, int]]:
    """For each curve after the first: the sign of its difference from the first at a month.

    Simultaneous over the curves (Bonferroni); 0 where the interval holds zero or is not known.
    """
    base, others = curves_[0], curves_[1:]
    found = []
    for curve in others:
        sign = 0
        if len(curve.resampled):
            tail = 0.025 / len(others)
            gap = curve.resampled[:, month] - base.resampled[:, month]
            low, high = np.quantile(gap, (tail, 1 - tail))
            sign = int(low > 0) - int(high < 0)
        found.append((curve.scenario, sign))
    return found
