"""Futures weighed again by what a reader believes. The page does the same sums; a test compares.

A view of a parameter is a centre and a width. It multiplies what the futures were drawn from by a
bell curve about the centre, so that the weight of a future is the ratio of the reader's belief to
that of the study (importance weights), and what the study knew is not thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.units import Array, IntArray

# Below so many effective futures a result is called too weak to use. Assumption: with thirty
# the error of a share near a half is still about a tenth.
FEWEST_EFFECTIVE = 30.0
# How surely a view is held: the width of the bell curve, as a share of the parameter's range.
# Assumption: loosely leaves most futures in play, surely leaves those near the centre.
SURENESS: Mapping[str, float] = {"loosely": 0.25, "fairly": 0.15, "surely": 0.08}
USUAL = "fairly"


@dataclass(frozen=True)
class View:
    """What a reader believes of one parameter: where it lies, and how far it may be from there."""

    centre: float
    width: float


@dataclass(frozen=True)
class Reweighted:
    """What holds over weighted futures, an element a regime; less is better.

    `regret` is the loss beyond that of the best regime of the same future; `lead` how much worse
    a regime is than that with the lowest mean, with half its 95 % interval.
    """

    effective: float
    mean: Array
    best_share: Array
    regret: Array
    lead: Array
    lead_half: Array


def weights_of(values: Array, views: Mapping[int, View]) -> Array:
    """The weight of each future, adding up to one, from `values` (futures, parameters).

    `views` are by column. Weights are taken relative to the largest, so that some are above zero.
    """
    exponent = np.zeros(len(values))
    for column, view in views.items():
        exponent -= 0.5 * ((values[:, column] - view.centre) / view.width) ** 2
    weights = np.exp(exponent - exponent.max())
    return np.asarray(weights / weights.sum())


def reweigh(losses: Array, weights: Array, groups: IntArray, quantile: float) -> Reweighted:
    """What holds over `losses` (futures, regimes) under `weights` (futures).

    `groups` number the futures that share random numbers, from 0; `quantile` is how many standard
    errors make half an interval.
    """
    mean = weights @ losses
    regret = losses - losses.min(axis=1, keepdims=True)
    best = np.isclose(regret, 0.0)
    lead = losses - losses[:, [int(np.argmin(mean))]]
    average = weights @ lead
    count = int(groups.max()) + 1
    sums = np.zeros((count, losses.shape[1]))
    np.add.at(sums, groups, weights[:, None] * (lead - average))
    factor = count / (count - 1) if count > 1 else np.nan
    return Reweighted(
        effective=float(1.0 / (weights**2).sum()),
        mean=mean,
        best_share=weights @ (best / best.sum(axis=1, keepdims=True)),
        regret=weights @ regret,
        lead=average,
        lead_half=np.asarray(quantile * np.sqrt((sums**2).sum(axis=0) * factor)),
    )
