"""Time to leaving an inadequate judgement: Kaplan-Meier with delayed entry.

Spells that were under way when the run began are seen only from then on, so they join the
spells at risk at the age they had reached (left truncation); spells open at the end are
censored. The interval leaves out whole replications in turn (jackknife), since spells of one
replication share their luck; differences between scenarios leave out the same replication in
both, and so are paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.analysis.statistics import jackknife_half_width
from sim.analysis.survival import daily_counts, product_limit
from sim.results.run_folder import Run
from sim.units import DAYS_A_MONTH, Array

HORIZON_MONTHS = 72


@dataclass(frozen=True)
class Curve:
    """Share still inadequate at each whole month since judgement, months 0 to the horizon.

    `left_out` holds the curve with each replication left out, (replications, months). The
    interval is NaN where there are too few. `at_risk` counts spells over all replications.
    """

    scenario: str
    share: Array
    low: Array
    high: Array
    at_risk: Array
    left_out: Array

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


def curves(run: Run, scenarios: Sequence[str]) -> list[Curve]:
    """One curve for each scenario."""
    numbers = np.sort(run.replications["replication"].unique())
    return [_curve(run.spells, name, numbers) for name in scenarios]


def _curve(spells: pd.DataFrame, scenario: str, numbers: Array) -> Curve:
    chosen = spells[(spells["scenario"] == scenario) & (spells["exit"] > spells["entry"])]
    exits, at_risk = daily_counts(
        np.searchsorted(numbers, chosen["replication"].to_numpy()),
        chosen["entry"].to_numpy(),
        chosen["exit"].to_numpy(),
        chosen["exited"].to_numpy(),
        len(numbers),
        round(HORIZON_MONTHS * DAYS_A_MONTH),
    )
    months = np.round(np.arange(HORIZON_MONTHS + 1) * DAYS_A_MONTH).astype(int)
    all_exits, all_at_risk = exits.sum(0), at_risk.sum(0)
    share = product_limit(all_exits, all_at_risk)[months]
    left_out = product_limit(all_exits - exits, all_at_risk - at_risk)[:, months]
    half = jackknife_half_width(left_out)
    return Curve(
        scenario,
        share,
        np.clip(share - half, 0, 1),
        np.clip(share + half, 0, 1),
        all_at_risk[months],
        left_out,
    )


def signs_at(curves_: Sequence[Curve], month: int) -> list[tuple[str, int]]:
    """For each curve after the first: the sign of its difference from the first at a month.

    Simultaneous over the curves; 0 where the interval holds zero or is not known.
    """
    base, others = curves_[0], curves_[1:]
    found = []
    for curve in others:
        gap = curve.share[month] - base.share[month]
        left_out = curve.left_out[:, month] - base.left_out[:, month]
        half = float(jackknife_half_width(left_out, len(others)))
        found.append((curve.scenario, int(gap - half > 0) - int(gap + half < 0)))
    return found
