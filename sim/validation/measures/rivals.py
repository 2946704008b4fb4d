"""Rivals that give a spread, beside the naive forecasts: past changes, and the latent model."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from sim.random.streams import stream
from sim.units import DAYS_A_YEAR, Array
from sim.validation.measures.latent_histories import latent_countries
from sim.validation.naive_forecasts import NaiveForecasters
from sim.validation.published import return_day
from sim.validation.replay import month_end
from sim.validation.targets import Target

PAST_CHANGES = "past changes"
LATENT = "latent model"
DRAWS = 1000
# Until then every council was judged for the first time: numbers with a grade rose because of it.
FIRST_ROUND_ENDED = date(2017, 12, 31)
_FEWEST = 3  # changes over as many years as are to be foreseen, to draw from


class Rivals:
    """The rivals of a run that starts where the naive forecasts do, which know as much.

    `latent` are the histories of the latent model, as if they were simulated countries.
    """

    def __init__(self, naive: NaiveForecasters, seed: int) -> None:
        self._naive = naive
        self.latent = latent_countries(naive, seed)
        self._months = self._months_of_record()

    def predict(self, target: Target) -> dict[str, Array]:
        """Samples of a target by rival, of those that foresee it: the last value with its own past
        changes (yearly series and councils by grade), the latent model (grades)."""
        samples = {}
        walk = self._series(target) if target.series else self._graded(target)
        if walk is not None:
            samples[PAST_CHANGES] = walk
        if target.from_judgements and target.group == "grades":
            latent = target.predict(self.latent)
            if np.isfinite(latent).all():
                samples[LATENT] = latent
        return samples

    def _series(self, target: Target) -> Array | None:
        """The last value known at the start, and changes drawn from those of the past years."""
        name = target.series
        naive = self._naive
        known = {
            year: value
            for year, value in naive.published.national(name).items()
            if return_day(name, year) <= naive.known_until
        }
        years = sorted(known)
        before = [year for year in years if return_day(name, year) <= naive.start]
        if not years:
            return None
        last = before[-1] if before else years[0]
        changes = np.array([known[b] - known[a] for a, b in pairwise(years) if b == a + 1])
        return _walk(known[last], changes, target.until.year - last, target.label)

    def _graded(self, target: Target) -> Array | None:
        """Councils by grade: the count at the start, and changes drawn from those of past months
        after the first round."""
        if not target.from_judgements or target.since != target.until or target.count is None:
            return None
        naive = self._naive
        record = naive.published.whole_history
        counts = np.array([target.count(record, 0, day) for day in self._months])
        (now,) = naive.unchanged.histories
        ahead = round(12.0 * (target.until - naive.start).days / DAYS_A_YEAR)
        last = target.count(now, 0, now.start)
        return _walk(last, np.diff(counts), ahead, target.label)

    def _months_of_record(self) -> list[int]:
        """The ends of the months from the first round's to what is known."""
        ends, day = [], FIRST_ROUND_ENDED
        while day <= self._naive.known_until:
            ends.append(day.toordinal())
            day = month_end(day + timedelta(days=1))
        return ends


def changes_over(values: Array, ahead: int, name: str) -> Array | None:
    """Changes of all councils (changes,) over `ahead` years, from yearly figures (years, councils).

    Where the years hold fewer than three such changes of a council, sums of changes of one year
    drawn with replacement; None without any.
    """
    if len(values) - ahead >= _FEWEST:
        changes = values[ahead:] - values[:-ahead]
        return np.asarray(changes[np.isfinite(changes)])
    yearly = np.diff(values, axis=0)
    yearly = yearly[np.isfinite(yearly)]
    return _walk(0.0, yearly, ahead, name)


def _walk(last: float, changes: Array, steps: int, name: str) -> Array | None:
    """`DRAWS` sums of the last value and of changes drawn with replacement."""
    if steps <= 0 or len(changes) < 2:
        return None
    generator = stream(0, 0, "rival", PAST_CHANGES, name)
    drawn = changes[generator.integers(0, len(changes), (DRAWS, steps))]
    return np.asarray(last + drawn.sum(axis=1))
