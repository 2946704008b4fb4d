"""The casework of one council as a small network, for comparing ways of simulating it.

Children arrive, wait for one of a limited number of places in assessment, and move on by
chance; every duration is exponential. The numbers are an assumption: round figures of about
an average council's size. Each simulator starts from the stationary mean of each stage and
gives the mean number in each stage after the first year.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

WEEK = 7 / 365.25  # years
STAGES = ("assessment", "need", "plan", "care")
NAMES = ("waiting", *STAGES)
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


@dataclass(frozen=True)
class Council:
    """A council with so many referrals a week, simulated for some years.

    Numbers are measured from the end of the first year on.
    """

    referrals_a_week: float
    years: int

    @property
    def arrivals(self) -> float:
        """Referrals a year."""
        return self.referrals_a_week / WEEK

    @property
    def load(self) -> float:
        """Mean number in assessment."""
        return self.arrivals * float(MEAN_YEARS[0])

    @property
    def places(self) -> int:
        """Places in assessment: the load and a margin that grows as its root."""
        return math.ceil(self.load + 1.2 * math.sqrt(self.load))

    def stationary(self) -> Array:
        """The mean number in each stage, from the traffic equations and Little's law."""
        inflow = np.zeros(len(STAGES))
        inflow[0] = self.arrivals
        flow = np.linalg.solve(np.eye(len(STAGES)) - ROUTES.T, inflow)
        means: Array = flow * MEAN_YEARS
        return means

    def start(self) -> list[int]:
        """Whole children in each stage at the start."""
        return [int(number) for number in np.rint(self.stationary())]

    def in_theory(self) -> Array:
        """The mean number waiting (M/M/c, Erlang's C formula) and in each stage."""
        blocked = 1.0
        for servers in range(1, self.places + 1):  # Erlang's B, one server at a time
            blocked = self.load * blocked / (servers + self.load * blocked)
        use = self.load / self.places
        delayed = blocked / (1 - use * (1 - blocked))
        return np.array([delayed * use / (1 - use), *self.stationary()])
