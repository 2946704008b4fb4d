"""The casework of one council as a small network, for comparing ways of simulating it.

Children arrive, wait for a place in assessment, and move on by chance; every duration is
exponential. The numbers are an assumption: round figures of about an average council's size.
Each simulator starts from the stationary mean of each stage and gives the mean number in
each stage from year three to year ten.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

WEEK = 7 / 365.25  # years
ARRIVALS = 80 / WEEK  # children a year
PLACES = 530
STAGES = ("assessment", "need", "plan", "care")
MEAN_YEARS = np.array([45 / 365.25, 0.75, 0.8, 2.0])
# Chance of moving from the stage of the row to that of the column; the rest leave.
ROUTES = np.array(
    [
        [0.0, 0.28, 0.07, 0.03],
        [0.0, 0.0, 0.08, 0.03],
        [0.0, 0.55, 0.0, 0.10],
        [0.0, 0.0, 0.0, 0.0],
    ]
)
YEARS, MEASURED_FROM = 10, 3


@dataclass(frozen=True)
class Means:
    """Mean number of children waiting and in each stage: (runs, 1 + stages)."""

    numbers: Array
    names: tuple[str, ...] = ("waiting", *STAGES)


def stationary() -> Array:
    """The mean number in each stage, from the traffic equations and Little's law."""
    inflow = np.zeros(len(STAGES))
    inflow[0] = ARRIVALS
    flow = np.linalg.solve(np.eye(len(STAGES)) - ROUTES.T, inflow)
    means: Array = flow * MEAN_YEARS
    return means


def start() -> npt.NDArray[np.int64]:
    """Whole children in each stage at the start."""
    return np.rint(stationary()).astype(np.int64)


def waiting_in_theory() -> float:
    """The mean number waiting for a place: an M/M/c queue (Erlang's C formula)."""
    load = ARRIVALS * MEAN_YEARS[0]
    blocked = 1.0
    for servers in range(1, PLACES + 1):  # Erlang's B, one server at a time
        blocked = load * blocked / (servers + load * blocked)
    use = load / PLACES
    delayed = blocked / (1 - use * (1 - blocked))
    return delayed * use / (1 - use)
