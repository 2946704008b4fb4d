"""Kaplan-Meier with late entry, for spells that began before they could be seen.

Everywhere a spell counts as at risk at an age t when entry < t <= exit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.units import AnyArray, Array, BoolArray


def kaplan_meier(entered: Array, left: Array, exited: BoolArray) -> tuple[Array, Array]:
    """Times at which someone exits and the share still in just after each.

    A spell is watched from age `entered` (0, or its age when watching began) to age `left`;
    `exited` says whether it then ended or was only lost to view. Same units, shape (spells,).
    """
    times = np.unique(left[exited])
    at_risk = (entered[None, :] < times[:, None]) & (left[None, :] >= times[:, None])
    ended = exited[None, :] & (left[None, :] == times[:, None])
    return times, product_limit(ended.sum(axis=1), at_risk.sum(axis=1))


def daily_counts(
    group: npt.NDArray[np.integer[Any]],
    entry: npt.NDArray[np.integer[Any]],
    exit_: npt.NDArray[np.integer[Any]],
    exited: BoolArray,
    groups: int,
    days: int,
) -> tuple[Array, Array]:
    """Exits on, and spells at risk at, each day 0 to `days` since judgement: (groups, days + 1)."""
    shape = (groups, days + 2)
    joins, leaves, exits = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(joins, (group, np.minimum(entry + 1, days + 1)), 1.0)
    np.add.at(leaves, (group, np.minimum(exit_ + 1, days + 1)), 1.0)
    np.add.at(exits, (group[exited], np.minimum(exit_[exited], days + 1)), 1.0)
    at_risk = np.cumsum(joins - leaves, axis=1)
    return exits[:, :-1], at_risk[:, :-1]


def product_limit(exits: AnyArray, at_risk: AnyArray) -> Array:
    """The share still in along the last axis; a time with no one at risk changes nothing."""
    zero = np.zeros(exits.shape)
    hazard = np.divide(exits, at_risk, out=zero, where=at_risk > 0)
    return np.cumprod(1.0 - hazard, axis=-1, dtype=np.float64)


def share_out_by(age: float, times: Array, still: Array) -> float:
    """Share that has exited by an age."""
    before = np.searchsorted(times, age, side="right")
    return 1.0 - float(still[before - 1]) if before else 0.0


def median_age(times: Array, still: Array) -> float:
    """The first age by which half have exited, NaN where half never do."""
    reached = np.flatnonzero(still <= 0.5)
    return float(times[reached[0]]) if reached.size else float("nan")
