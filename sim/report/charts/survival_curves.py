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
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.analysis.intervals import Floats, jackknife_half_width
from sim.results.folder import RunFolder

DAYS_A_MONTH = 365.25 / 12
HORIZON_MONTHS = 72


@dataclass(frozen=True)
class Curve:
    """Share still inadequate at each whole month since judgement, months 0 to the horizon.

    `left_out` holds the curve with each replication left out, (replications, months). The
    interval is NaN where there are too few. `at_risk` counts spells over all replications.
    """

    scenario: str
    share: Floats
    low: Floats
    high: Floats
    at_risk: Floats
    left_out: Floats

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
    return [_curve(run.spells, name, numbers) for name in scenarios]


def _curve(spells: pd.DataFrame, scenario: str, numbers: Floats) -> Curve:
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
