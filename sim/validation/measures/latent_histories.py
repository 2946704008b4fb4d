"""Histories of grades as the latent model foresees them from a day on."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import pairwise

import numpy as np

from sim.inputs.councils.seed_tables import Tables
from sim.random.streams import stream
from sim.units import DAYS_A_YEAR, IntArray
from sim.validation.histories import History
from sim.validation.measures.latent_grades import (
    Circumstances,
    LatentModel,
    fit_latent,
    inspections_of,
)
from sim.validation.naive_forecasts import NaiveForecasters, as_countries, continued
from sim.validation.published import FIRST_DAY
from sim.validation.replay import Countries

HISTORIES = 200


def latent_countries(naive: NaiveForecasters, seed: int) -> Countries:
    """Histories from `naive.start` to `naive.end`, as if they were simulated countries.

    The model is fitted to what the naive forecasts know. Each council's practice is as probable
    as inspections published by the start make it, its circumstances stay as they were known then.
    It waits for inspections as the Markov chain has it.
    """
    tables, start = naive.published.tables, naive.start.toordinal()
    inspections = inspections_of(tables)
    councils = len(tables.codes)
    model = _fitted(tables, naive.known_until.toordinal())
    before = inspections.until(start)
    followed = model.follow(before, councils)
    opening = naive.published.history(naive.start)
    own = tables.column_of(tables.on(naive.start).codes)
    last_day = np.full(councils, start, dtype=np.int64)
    last_day[before.council] = before.day  # in order: the last assignment counts
    circumstances = Circumstances(tables).known(own, np.full(len(own), start))

    shape = (HISTORIES, len(own))
    generator = stream(seed, 0, "rival", "latent grades")
    departure = model.departure(followed.state[own], generator.random(shape))
    raised = np.broadcast_to(followed.raised[own], shape).copy()
    last = np.broadcast_to(last_day[own], shape).copy()
    grade = np.broadcast_to(opening.opening, shape).copy()
    state = np.broadcast_to(naive.states, shape).copy()
    first = FIRST_DAY.toordinal()
    at = np.full(shape, naive.usual[start - first])
    rounds = []
    while True:
        at = at + generator.exponential(1.0, shape) * DAYS_A_YEAR / naive.rates[state]
        due = at < naive.usual[-1]
        if not due.any():
            break
        day = first + np.searchsorted(naive.usual, np.where(due, at, 0.0), side="right") - 1
        gap = np.maximum(day - last, 0) / DAYS_A_YEAR
        raised = model.raised_after(raised, gap, grade)
        departure = model.departure_after(departure, gap, generator.standard_normal(shape))
        practice = model.norm(circumstances, day) + model.apparent(departure, raised, grade)
        new = model.judged(practice, generator.random(shape))
        rounds.append(np.stack([*np.nonzero(due), day[due], new[due]]))
        last, grade, state = (
            np.where(due, day, last),
            np.where(due, new, grade),
            np.where(due, new, state),
        )
    return as_countries(naive.start, naive.end, _histories(opening, rounds))


@lru_cache(maxsize=4)  # starts of one back-test know the same
def _fitted(tables: Tables, until: int) -> LatentModel:
    return fit_latent(inspections_of(tables).until(until), len(tables.codes))


def _histories(opening: History, rounds: list[IntArray]) -> list[History]:
    """Histories from rows (history, council, day, grade)."""
    rows = np.concatenate(rounds, axis=1) if rounds else np.zeros((4, 0), dtype=np.int64)
    rows = rows[:, np.lexsort((rows[1], rows[2], rows[0]))]
    ends = [bisect_left(rows[0].tolist(), number) for number in range(HISTORIES + 1)]
    return [continued(opening, rows[[2, 1, 3], low:high].T) for low, high in pairwise(ends)]
