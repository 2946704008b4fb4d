"""Tipping points: for each pair of regimes the value of each belief at which their order turns.

The relation is that of break_even: the paired difference of the measure is quadratic in one
parameter, averaged over everything else that is not known. Beside it stands how often a reader
who takes the regime with the better mean would be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.inputs.evidence.ledger import load_ledger
from sim.random.streams import stream
from sim.studies.break_even import BreakEven, break_even
from sim.studies.futures import Outcomes
from sim.studies.regressions import importance, strongest
from sim.studies.study import Row, write_table
from sim.units import Array

TURNS, DOES_NOT_TURN, UNDECIDED = "turns", "does not turn", "undecided"


class TippingPoint(NamedTuple):
    """Where one parameter turns the order of two regimes.

    `verdict` is TURNS at the value `at` (95 % interval `at_low` to `at_high`), DOES_NOT_TURN
    within its range `low` to `high`, or UNDECIDED where the futures cannot say. `distance` is
    how far `at` lies from the parameter's `mean` over the futures, in its standard deviations.
    `first_below` says that the first regime does better below `at`.
    """

    verdict: str
    at: float
    at_low: float
    at_high: float
    low: float
    high: float
    mean: float
    distance: float
    first_below: bool


def tipping_point(column: Array, point: BreakEven) -> TippingPoint:
    """The tipping point of a parameter, from its values in the futures and the break-even of the
    first regime against the second. NaN for the value where the order does not turn."""
    mean, sd = float(column.mean()), float(column.std())
    turns = point.preferred in ("above", "below") and np.isfinite(point.at_low)
    settled = point.preferred in ("always", "never")
    nothing = float("nan")
    at = point.at if turns else nothing
    return TippingPoint(
        verdict=TURNS if turns else DOES_NOT_TURN if settled else UNDECIDED,
        at=at,
        at_low=point.at_low if turns else nothing,
        at_high=point.at_high if turns else nothing,
        low=point.low,
        high=point.high,
        mean=mean,
        distance=abs(at - mean) / sd if sd > 0.0 else nothing,
        first_below=point.preferred == "below",
    )


def wrong_share(loss: Array) -> float:
    """How often the regime with the lowest mean loss is the wrong one to take: the share of the
    runs (futures, regimes, replications) in which another regime is better."""
    best = int(np.argmin(loss.mean(axis=(0, 2))))
    return float((loss.min(axis=1) < loss[:, best]).mean())


def write_tipping(
    folder: Path,
    outcomes: Outcomes,
    loss: Array,
    families: Sequence[Sequence[int]],
    seed: int,
) -> None:
    """tipping.csv: a row for each pair of regimes and each parameter, those that turn the order
    nearest to their mean first.

    `loss` is (futures, regimes, replications); each of the `families` of parameters is tested
    against chance on its own.
    """
    generator = stream(seed, 0, "explore", "tipping")
    futures, ledger = outcomes.futures, load_ledger()
    x, names = futures.values, futures.names
    rows: list[Row] = []
    for first, second in combinations(range(len(outcomes.regimes)), 2):
        pair = loss[:, [first, second]]
        means = pair.mean(axis=2)
        difference = means[:, 0] - means[:, 1]
        order = strongest(x, difference)
        above_noise = {*importance(x, difference, families, generator).above_noise}
        points = [
            tipping_point(x[:, c], break_even(x, difference, c, seed, futures.groups, order))
            for c in range(len(names))
        ]
        regimes = (outcomes.regimes[first], outcomes.regimes[second])
        better = regimes[int(np.argmin(means.mean(axis=0)))]
        wrong = wrong_share(pair)
        # Those that do not turn the order have no distance, and come last.
        for c in np.argsort([point.distance for point in points], kind="stable"):
            point = points[c]
            below, above = regimes if point.first_below else regimes[::-1]
            sides = (below, above) if point.verdict == TURNS else ("", "")
            figures = (point.at, point.at_low, point.at_high, point.low, point.high)
            rows.append(
                (
                    *(*regimes, names[c], ledger[names[c]].unit, point.verdict, *sides, *figures),
                    *(point.mean, point.distance, c in above_noise, better, wrong),
                )
            )
    write_table(folder, "tipping", rows)
