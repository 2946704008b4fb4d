"""Two naive forecasts, with which the model is compared.

Both are made on the day on which the model's run starts, from the record to the end of the
calibration window, or to the start where that is later: what the model knows of the past. The
first is that nothing changes. The second is a Markov chain on grades, and for yearly series the
last value and its usual drift. Both are told, as the model is, that inspections stopped in the
pandemic and how slowly they began again: otherwise that would count as foresight.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from scipy.special import ndtri

from sim.inputs.councils.baseline import baseline
from sim.random.streams import stream
from sim.units import DAYS_A_YEAR, Array, IntArray
from sim.validation.histories import History
from sim.validation.published import FIRST_DAY, PublishedData, return_day
from sim.validation.replay import Countries
from sim.validation.targets import Target, Window

CHAINS = 200
# For a state observed seldom: half an inspection to each grade (Jeffreys), one for the rate.
SMOOTHING = 0.5
# The share of full inspections that began from a day on: none, one and two in a quarter, and then
# the usual twelve (evidence A26).
STOP_AND_RESTART = (
    *((date(2020, 3, 17), 0.0), (date(2021, 4, 12), 1.0 / 12.0)),
    *((date(2021, 7, 1), 2.0 / 12.0), (date(2021, 10, 1), 1.0)),
)
# From a visit to its report (evidence A12, A13).
REPORT_LAG = 49
_MIDDLES = (np.arange(CHAINS) + 0.5) / CHAINS


# Predictions of one target if nothing changes and with drift: samples, or None where that forecast
# cannot be made.
NaiveForecasts = tuple[Array | None, Array | None]


class NaiveForecasters:
    """The naive forecasts of a run from `start`.

    `chains` are the Markov chains on grades, as if they were simulated countries. `states` is the
    state in which each council opens, `rates` the publications a year of usual inspection by state.
    """

    def __init__(
        self, published: PublishedData, start: date, fitted: Window, end: date, seed: int
    ) -> None:
        self.published, self.start = published, start
        self.known_until = max(fitted.until, start - timedelta(days=1))
        self.end = end
        self.usual = _usual_days(end)
        opening = published.history(start)
        unchanged = continued(opening, np.zeros((0, 3), dtype=np.int64))
        self.unchanged = as_countries(start, end, [unchanged])
        self.states = _states(opening, baseline(start).pre_sif_grade)
        self.rates, self._chance = self._rates_and_chances()
        self.chains = as_countries(start, end, self._draw_chains(opening, seed))

    def predict(self, target: Target) -> NaiveForecasts:
        """Both forecasts of a target."""
        if target.series:
            return self._series(target)
        if not target.from_judgements:
            return None, None
        drift = target.predict(self.chains)
        drift = drift[~np.isnan(drift)]
        stock = target.since == target.until
        no_change = target.predict(self.unchanged) if stock else self._last_rate(target)
        if no_change is not None and np.isnan(no_change).any():
            no_change = None
        return no_change, drift if drift.size else None

    def _last_rate(self, target: Target) -> Array | None:
        """Counts of a period, at the rate of the twelve months before the start (Poisson); None
        where less than half the usual inspections were begun for them."""
        start = self.start.toordinal()
        year_before = start - round(DAYS_A_YEAR)
        if target.unit == "share" or year_before < FIRST_DAY.toordinal() or target.count is None:
            return None
        usual = self._usual_between(year_before, start)
        if usual < DAYS_A_YEAR / 2.0:
            return None
        count = target.count(self.published.whole_history, year_before, start)
        since, until = target.since.toordinal(), target.until.toordinal()
        mean = count * self._usual_between(since, until) / usual
        generator = stream(0, 0, "rival", target.label)
        return np.asarray(generator.poisson(mean, CHAINS), dtype=np.float64)

    def _usual_between(self, after: int, until: int) -> float:
        """Days of usual inspection between two days."""
        first = FIRST_DAY.toordinal()
        return float(self.usual[until - first] - self.usual[max(after - first, 0)])

    def _series(self, target: Target) -> NaiveForecasts:
        """Last value; and last value with drift. Both as wide as past changes were."""
        name = target.series
        known = {
            year: value
            for year, value in self.published.national(name).items()
            if return_day(name, year) <= self.known_until
        }
        years = sorted(known)
        before = [year for year in years if return_day(name, year) <= self.start]
        if not years or target.until.year <= (before or years)[-1]:
            return None, None
        # Staff were first returned in 2015: from an earlier start, the first return stands.
        last = before[-1] if before else years[0]
        ahead = target.until.year - last
        changes = np.array([known[b] - known[a] for a, b in pairwise(years) if b == a + 1])
        if ahead <= 0 or len(changes) < 2:
            return np.array([known[last]]), None
        no_change = known[last] + np.sqrt((changes**2).mean() * ahead) * ndtri(_MIDDLES)
        width = changes.std(ddof=1) * np.sqrt(ahead * (1.0 + ahead / len(changes)))
        drift = known[last] + changes.mean() * ahead + width * ndtri(_MIDDLES)
        return no_change, drift

    def _draw_chains(self, opening: History, seed: int) -> list[History]:
        """Chains of judgements from the grades of the start: each council waits for the next
        publication at the rate of its state in days of usual inspection, then draws a grade from
        those of that state."""
        first, usual = FIRST_DAY.toordinal(), self.usual.tolist()
        opens, last = usual[opening.start - first], usual[-1]
        wait = (DAYS_A_YEAR / self.rates).tolist()
        # Chances that the next grade is at most the first, the second and the third.
        up_to = np.cumsum(self._chance, axis=1)[:, :3].tolist()
        histories = []
        for chain in range(CHAINS):
            generator = stream(seed, chain, "rival", "chain")
            rows: list[tuple[int, int, int]] = []
            for council, state in enumerate(self.states.tolist()):
                at = opens
                while (at := at + generator.exponential(wait[state])) < last:
                    state = bisect_right(up_to[state], generator.random()) + 1
                    rows.append((first + bisect_right(usual, at) - 1, council, state))
            table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
            histories.append(continued(opening, table))
        return histories

    def _rates_and_chances(self) -> tuple[Array, Array]:
        """Publications a year of usual inspection and chances of each grade, by state, from what
        is known."""
        history = self.published.whole_history
        until = self.known_until.toordinal()
        counts, years = np.full((10, 4), SMOOTHING), np.full(10, 1.0)
        state = _states(history, baseline(FIRST_DAY).pre_sif_grade)
        since = np.full(len(history.opening), history.start)
        for day, council, grade in zip(history.day, history.council, history.grade, strict=True):
            if day > until:
                break
            years[state[council]] += self._usual_between(since[council], day) / DAYS_A_YEAR
            counts[state[council], grade - 1] += 1.0
            state[council], since[council] = grade, day
        last = np.where(history.there_on(until), until, history.abolished)
        waited = [self._usual_between(*days) for days in zip(since, last, strict=True)]
        np.add.at(years, state, np.array(waited) / DAYS_A_YEAR)
        publications = counts.sum(axis=1)
        return publications / years, counts / publications[:, None]


def _usual_days(end: date) -> Array:
    """Days of usual inspection behind the reports from FIRST_DAY to each day up to `end`
    (days,): a day counts by the share of inspections that began when its reports' did."""
    share = np.ones((end - FIRST_DAY).days)
    for day, begun in STOP_AND_RESTART:
        share[(day - FIRST_DAY).days + REPORT_LAG :] = begun
    return np.concatenate([[0.0], np.cumsum(share)])


def _states(history: History, old_grades: IntArray) -> IntArray:
    """The state in which each council opens: 1 to 4 the grade; 5 to 9 none yet, by the last
    grade of older frameworks (`old_grades`, 0 none)."""
    return np.where(history.opening > 0, history.opening, 5 + old_grades)


def continued(opening: History, rows: IntArray) -> History:
    """The history that goes on from an opening with judgements (day, council, grade)."""
    history = replace(
        opening,
        day=rows[:, 0],
        council=rows[:, 1],
        grade=rows[:, 2],
        trusts=opening.trusts[opening.trusts[:, 1] <= opening.start],
    )
    return history.as_long_as_they_lasted()


def as_countries(start: date, end: date, histories: list[History]) -> Countries:
    """Histories as if each were a simulated country, without series."""
    none = np.zeros(0, dtype=np.int64)
    return Countries(start, end, histories, none, {}, none, {})
