"""Two naive forecasters, which the model has to beat.

Both stand on the day on which the model's run starts, and know what the fit knew: the record
to the end of the calibration window. The first says that nothing changes. The second is a
Markov chain on grades, and for yearly series the last value and its usual drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from scipy.special import ndtri

from sim.backtest.figures import Target, Window
from sim.backtest.histories import YEAR, History
from sim.backtest.published import FIRST_DAY, PublishedData, return_day
from sim.backtest.replay import Countries
from sim.inputs.councils.baseline import baseline
from sim.inputs.councils.tables import FloatArray, IntArray
from sim.random.streams import stream

CHAINS = 200
# A state seen little: half an inspection to each grade (Jeffreys), one for the rate.
SMOOTHING = 0.5
_MIDDLES = (np.arange(CHAINS) + 0.5) / CHAINS


@dataclass(frozen=True)
class Naive:
    """Predictions of one target: samples, or None where a rival has nothing to say."""

    no_change: FloatArray | None
    drift: FloatArray | None


class Rivals:
    """The naive forecasters of a run from `start`."""

    def __init__(
        self, record: PublishedData, start: date, fitted: Window, end: date, seed: int
    ) -> None:
        self.record, self.start, self.fitted = record, start, fitted
        opening = record.history(start)
        self._still = _countries(start, end, [_silent(opening)])
        self.chains = _countries(start, end, self._play(opening, end, seed))

    def predict(self, target: Target) -> Naive:
        """What each rival makes of a target."""
        if target.series:
            return self._series(target)
        if not target.grades:
            return Naive(None, None)
        figure = target.figure
        drift = target.predict(self.chains)
        still: FloatArray | None = target.predict(self._still)
        if figure.since != figure.until:
            still = self._last_rate(target)
        if still is not None and np.isnan(still).any():
            still = None
        drift = drift[~np.isnan(drift)]
        return Naive(still, drift if drift.size else None)

    def _last_rate(self, target: Target) -> FloatArray | None:
        """Counts of a period, at the rate of the twelve months before the start (Poisson)."""
        figure, begun = target.figure, self.start.toordinal()
        year_before = begun - round(YEAR)
        if figure.unit == "share" or year_before < FIRST_DAY.toordinal() or target.count is None:
            return None
        history = self.record.history(FIRST_DAY)
        rate = target.count(history, year_before, begun)
        mean = rate * (figure.until - figure.since).days / YEAR
        generator = stream(0, 0, "rival", figure.label)
        return np.asarray(generator.poisson(mean, CHAINS), dtype=np.float64)

    def _series(self, target: Target) -> Naive:
        """Last value; and last value with drift. Both as wide as past changes were."""
        name, figure = target.series, target.figure
        known = {
            year: value
            for year, value in self.record.national(name).items()
            if return_day(name, year) <= self.fitted.until
        }
        years = sorted(known)
        before = [year for year in years if return_day(name, year) <= self.start]
        if not years or figure.until.year <= (before or years)[-1]:
            return Naive(None, None)
        # Staff were first returned in 2015: from an earlier start, the first return stands.
        last = before[-1] if before else years[0]
        ahead = figure.until.year - last
        changes = np.array([known[b] - known[a] for a, b in pairwise(years) if b == a + 1])
        if ahead <= 0 or len(changes) < 2:
            return Naive(np.array([known[last]]), None)
        spread = np.sqrt((changes**2).mean() * ahead) * ndtri(_MIDDLES)
        about = changes.std(ddof=1) * np.sqrt(ahead * (1.0 + ahead / len(changes)))
        drift = known[last] + changes.mean() * ahead + about * ndtri(_MIDDLES)
        return Naive(known[last] + spread, drift)

    # -- the chain ------------------------------------------------------------------------

    def _play(self, opening: History, end: date, seed: int) -> list[History]:
        """Chains of judgements from the grades of the start: each council waits for the next
        publication at the rate of its state, then draws a grade from those of that state."""
        state = self._states(opening)
        rate, chance = self._learn()
        last = end.toordinal()
        played = []
        for chain in range(CHAINS):
            generator = stream(seed, chain, "rival", "chain")
            rows: list[tuple[int, int, int]] = []
            for council, first in enumerate(state):
                day, at = float(opening.start), int(first)
                while True:
                    day += generator.exponential(YEAR / rate[at])
                    if day >= last:
                        break
                    at = int(generator.choice(4, p=chance[at])) + 1
                    rows.append((int(day), council, at))
            table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
            played.append(_with(opening, table))
        return played

    def _states(self, history: History) -> IntArray:
        """1 to 4 the grade; 5 to 9 none yet, by the last grade of older frameworks."""
        return np.where(history.opening > 0, history.opening, 5 + self.old_grades())

    def old_grades(self) -> IntArray:
        """The last grade of each council under older frameworks, 0 where none is known."""
        return baseline(FIRST_DAY).pre_sif_grade

    def _learn(self) -> tuple[FloatArray, FloatArray]:
        """Publications a year and chances of each grade, by state, from the fitted window."""
        history = self.record.history(FIRST_DAY)
        until = self.fitted.until.toordinal()
        counts, years = np.full((10, 4), SMOOTHING), np.full(10, 1.0)
        state, since = self._states(history), np.full(len(history.opening), float(history.start))
        for day, council, grade in zip(history.day, history.council, history.grade, strict=True):
            if day > until:
                break
            years[state[council]] += (day - since[council]) / YEAR
            counts[state[council], grade - 1] += 1.0
            state[council], since[council] = grade, day
        np.add.at(years, state, (until - since) / YEAR)
        happened = counts.sum(axis=1)
        return happened / years, counts / happened[:, None]


def _silent(opening: History) -> History:
    return _with(opening, np.zeros((0, 3), dtype=np.int64))


def _with(opening: History, rows: IntArray) -> History:
    """The history that goes on from an opening with judgements (day, council, grade)."""
    standing = opening.trusts[opening.trusts[:, 1] <= opening.start]
    return History(
        start=opening.start,
        opening=opening.opening,
        inadequate_since=opening.inadequate_since,
        day=rows[:, 0],
        council=rows[:, 1],
        grade=rows[:, 2],
        trusts=standing,
        director_changes=opening.director_changes,
    )


def _countries(start: date, end: date, histories: list[History]) -> Countries:
    none = np.zeros(0, dtype=np.int64)
    return Countries(start, end, histories, none, {}, none, {})
