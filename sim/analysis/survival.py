"""Kaplan-Meier with late entry, for spells that began before the run did."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def kaplan_meier(entered: Array, left: Array, exited: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
    """Times at which someone exits and the share still in just after each.

    A spell is watched from age `entered` (0, or its age when watching began) to age `left`;
    `exited` says whether it then ended or was only lost to view. Same units, shape (spells,).
    A spell counts as at risk at an age t when entered < t <= left.
    """
    times = np.unique(left[exited])
    at_risk = (entered[None, :] < times[:, None]) & (left[None, :] >= times[:, None])
    ended = exited[None, :] & (left[None, :] == times[:, None])
    risk = at_risk.sum(axis=1)
    share = np.where(risk > 0, 1.0 - ended.sum(axis=1) / np.maximum(risk, 1), 1.0)
    return times, np.asarray(np.cumprod(share), dtype=np.float64)


def share_out_by(age: float, times: Array, still: Array) -> float:
    """Share that has exited by an age."""
    before = np.searchsorted(times, age, side="right")
    return 1.0 - float(still[before - 1]) if before else 0.0


def median_age(times: Array, still: Array) -> float:
    """The first age by which half have exited, NaN where half never do."""
    reached = np.flatnonzero(still <= 0.5)
    return float(times[reached[0]]) if reached.size else float("nan")
