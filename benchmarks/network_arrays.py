"""The network of many councils at once, as the project does it: weekly counts in arrays."""

from __future__ import annotations

import numpy as np
from network import MEAN_YEARS, ROUTES, STAGES, WEEK, Council

from sim.random.streams import WeeklyRandom
from sim.units import Array

_DECISIONS = (
    "referred",
    *(f"{stage} ends" for stage in STAGES),
    *(f"{stage} to {target}" for stage in STAGES for target in STAGES),
)


def in_arrays(council: Council, seed: int, countries: int, councils: int) -> Array:
    """The mean number waiting and in each stage: shape (countries * councils, 1 + stages).

    A stay ends in a week with chance week / mean stay, so that the mean stay is exact. A
    place that becomes free is filled in the same week.
    """
    random = WeeklyRandom(seed, list(range(1, countries + 1)), councils, _DECISIONS)
    shape = (countries, councils)
    inside = [np.full(shape, float(number)) for number in council.start()]
    waiting = np.zeros(shape)
    total = np.zeros((1 + len(STAGES), *shape))
    weeks = round(council.years / WEEK)
    first = round(1 / WEEK)
    referrals = np.full(shape, council.referrals_a_week)
    for week in range(weeks):
        random.week()
        arriving = [np.zeros(shape) for _ in STAGES]
        for stage, name in enumerate(STAGES):
            left = random.binomial(f"{name} ends", inside[stage], WEEK / MEAN_YEARS[stage])
            inside[stage] = inside[stage] - left
            chance_left = 1.0
            for target, chance in enumerate(ROUTES[stage].tolist()):
                if chance:
                    decision = f"{name} to {STAGES[target]}"
                    moved = random.binomial(decision, left, chance / chance_left)
                    arriving[target] += moved
                    left = left - moved
                    chance_left -= chance
        waiting += random.poisson("referred", referrals)
        begun = np.minimum(waiting, council.places - inside[0])
        waiting -= begun
        arriving[0] += begun
        for stage in range(len(STAGES)):
            inside[stage] = inside[stage] + arriving[stage]
        if week >= first:
            total[0] += waiting
            total[1:] += inside
    means: Array = total.reshape(len(total), -1).T / (weeks - first)
    return means
