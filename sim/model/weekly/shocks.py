"""What no mechanism of the model explains: councils' own shocks, and those that all share.

A council's own luck is part lasting, part passing: a lasting shock stays and ebbs over many years,
a passing one is gone within about a year (evidence P7). Both are drawn once a quarter, and those of
money once a year. What all councils share is drawn apart and passes, so that a year like 2020-21,
in which referrals fell everywhere and came back, can happen.

Extreme years are more frequent than a normal law has them: 4 to 9 in a hundred lie beyond two and a
half robust standard deviations, as under Student's law with four to five degrees of freedom (P7).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.model.settings import Parameters
from sim.random.streams import WeeklyRandom
from sim.units import DAYS_A_YEAR, Array

QUARTER = DAYS_A_YEAR / 4.0  # days
# What wanders: referrals of children who turn out not to be in need; of those who are; plans and
# care entered by those in need; permanent staff leaving; recruiting; agency cover of vacancies.
SERIES = ("referrals", "need", "plans", "care", "leaving", "recruiting", "agency")
OWN = tuple(f"{name}, {kind}" for kind in ("lasting", "passing") for name in SERIES)
SHARED = tuple(f"{name}, shared" for name in SERIES)
# Once a year, when budgets are set: councils' own, and what all share.
MONEY = (
    "budget, lasting",
    "budget, passing",
    "early help, lasting",
    "early help, passing",
    "posts, lasting",
    "posts, passing",
    "price, lasting",
    "other, lasting",
    "other, passing",
)
MONEY_SHARED = ("budget, shared",)


class _Sizes(NamedTuple):
    """Of a year's shocks, log points, in the order of `SERIES`: (series, countries or 1, 1)."""

    lasting: Array
    passing: Array
    shared: Array


def _sizes(p: Parameters) -> _Sizes:
    """The sizes of what is drawn once a quarter."""
    of_series = (
        (
            p["demand.referrals_lasting"],
            p["demand.referrals_passing"],
            p["demand.referrals_shared"],
        ),
        (p["demand.need_lasting"], p["demand.need_passing"], p["demand.need_shared"]),
        (p["demand.plans_lasting"], p["demand.plans_passing"], p["demand.plans_shared"]),
        (p["demand.care_lasting"], p["demand.care_passing"], p["demand.care_shared"]),
        (
            p["workforce.leaving_lasting"],
            p["workforce.leaving_passing"],
            p["workforce.leaving_shared"],
        ),
        (
            p["workforce.recruiting_lasting"],
            p["workforce.recruiting_passing"],
            p["workforce.recruiting_shared"],
        ),
        (
            p["workforce.agency_lasting"],
            p["workforce.agency_passing"],
            p["workforce.agency_shared"],
        ),
    )
    kinds = zip(*of_series, strict=True)
    return _Sizes(*(np.array([np.reshape(size, (-1, 1)) for size in kind]) for kind in kinds))


def heavy_tailed(normal: Array) -> Array:
    """Standard normal deviates stretched to the tails of Student's law with five degrees of
    freedom, still with a variance of 1 (the first term of its Cornish-Fisher expansion)."""
    scale = 1.0 / np.sqrt(1.455)
    return np.asarray(normal * (1.05 * scale + (0.05 * scale) * np.square(normal)))


class Shocks:
    """The shocks of a batch. `log_factors`, (series, countries, councils), holds what each of
    `SERIES` is now, in log points, less what its variance would add to the mean of its
    exponential: no national figure drifts because councils differ more and more."""

    def __init__(
        self, seed: int, replications: Sequence[int], councils: int, p: Parameters
    ) -> None:
        self._own = WeeklyRandom(seed, replications, councils, OWN, block=4)
        self._shared = WeeklyRandom(seed, replications, 1, SHARED, block=4)
        self._money = WeeklyRandom(seed, replications, councils, MONEY, block=2)
        self._money_shared = WeeklyRandom(seed, replications, 1, MONEY_SHARED, block=2)
        sizes = _sizes(p)
        countries, size = len(replications), len(SERIES)
        years = QUARTER / DAYS_A_YEAR
        self._keeps = np.reshape(np.exp(-p["demand.lasting_reversion"] * years), (-1, 1))
        passing_keeps = np.reshape(np.exp(-p["demand.passing_fade"] * years), (-1, 1))
        self._keeps_passing = passing_keeps
        # A year's lasting shock is the sum of four quarters'.
        self._lasting_step = sizes.lasting / 2.0
        renewed = np.sqrt(1.0 - passing_keeps**2)
        self._passing_step = sizes.passing * renewed
        self._shared_step = sizes.shared * renewed
        self._lasting = np.zeros((size, countries, councils))
        self._passing = np.zeros((size, countries, councils))
        self._together = np.zeros((size, countries, 1))
        # Variances of the three, so that their part in the mean of the exponential is known.
        self._spread = np.zeros((3, size, countries, 1))
        self.log_factors = np.zeros((size, countries, councils))

    def step(self) -> None:
        """One quarter."""
        self._own.week()
        self._shared.week()
        drawn = heavy_tailed(self._own.normals())
        half = len(SERIES)
        keeps, passing_keeps = self._keeps, self._keeps_passing
        self._lasting *= keeps
        self._lasting += self._lasting_step * drawn[:half]
        self._passing *= passing_keeps
        self._passing += self._passing_step * drawn[half:]
        self._together *= passing_keeps
        self._together += self._shared_step * heavy_tailed(self._shared.normals())
        spread = self._spread
        spread *= np.array([keeps**2, passing_keeps**2, passing_keeps**2])[:, None]
        spread += np.array([self._lasting_step, self._passing_step, self._shared_step]) ** 2
        self.log_factors = self._lasting + self._passing + self._together
        self.log_factors -= spread.sum(axis=0) / 2.0

    def of(self, series: str) -> Array:
        """One of `SERIES` as it stands, log points, (countries, councils)."""
        return np.asarray(self.log_factors[SERIES.index(series)])

    def year(self, p: Parameters) -> dict[str, Array]:
        """The shocks to money of the year that begins, log points by name, each with a mean of 1
        once it is raised to the power of e: (countries, councils), or (countries, 1) where all
        councils share it."""
        sizes = (
            p["money.budget_lasting"],
            p["money.budget_passing"],
            p["money.early_help_lasting"],
            p["money.early_help_passing"],
            p["money.posts_lasting"],
            p["money.posts_passing"],
            p["money.price_lasting"],
            p["money.other_lasting"],
            p["money.other_passing"],
            p["money.budget_shared"],
        )
        self._money.week()
        self._money_shared.week()
        drawn = [self._money.normal(name) for name in MONEY]
        drawn += [self._money_shared.normal(name) for name in MONEY_SHARED]
        return {
            name: np.asarray(size * heavy_tailed(normal) - size**2 / 2.0)
            for name, size, normal in zip((*MONEY, *MONEY_SHARED), sizes, drawn, strict=True)
        }
