"""Countries simulated over the published years, as practised, each with its own parameters."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVarTuple

import numpy as np

from sim import regimes as installed_regimes
from sim.inputs.councils.baseline import Baseline, baseline
from sim.inputs.councils.seed_tables import load_tables
from sim.inputs.policy.scenario import load_scenario
from sim.model.batch_result import BatchResult, Event
from sim.model.settings import CountrySettings, Timeline
from sim.units import Array, IntArray
from sim.validation.histories import GRADE_NUMBERS, History
from sim.validation.published import abolished

SCENARIO = "as-practised-2013"
BATCH = 50

Days = TypeVarTuple("Days")


@dataclass(frozen=True)
class Countries:
    """N countries simulated from `start` to `end`.

    `national`: series -> (N, months), `months` the last day of each month as an ordinal.
    `councils`: series -> (N, years, C), `years` each 31 March as an ordinal. A run keeps the
    councils of its start; figures of one that was abolished are NaN from that day on, but its
    children and staff stay in those of England.
    """

    start: date
    end: date
    histories: list[History]
    months: IntArray
    national: Mapping[str, Array]
    years: IntArray
    councils: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.histories)

    def each(self, count: Callable[[History, *Days], float], *days: *Days) -> Array:
        """A figure of each country's history, (N,): `count` of the history and `days`."""
        return np.array([count(history, *days) for history in self.histories])

    def level(self, name: str, day: date) -> Array:
        """A national series at the end of the month of a day, (N,); NaN outside the run."""
        at = np.flatnonzero(self.months == month_end(day).toordinal())
        if not at.size:
            return np.full(len(self), np.nan)
        return self.national[name][:, at[0]]

    def year_to(self, name: str, day: date) -> Array:
        """The mean over the twelve months that end with a day, (N,); NaN unless all are run."""
        at = np.flatnonzero(self.months == month_end(day).toordinal())
        if not at.size or at[0] < 11:
            return np.full(len(self), np.nan)
        return np.asarray(self.national[name][:, at[0] - 11 : at[0] + 1].mean(axis=1))

    def council_year(self, name: str, year: int) -> Array:
        """A series of councils at, or over the year to, 31 March of a year, (N, C)."""
        at = np.flatnonzero(self.years == date(year, 3, 31).toordinal())
        if not at.size:
            shape = (len(self), self.councils[name].shape[2])
            return np.full(shape, np.nan)
        return self.councils[name][:, at[0]]


def replay(
    start: date,
    end: date,
    parameters: Sequence[Mapping[str, float]],
    *,
    seed: int,
    regimes: Mapping[str, type] | None = None,
    first: int = 1,
    known_until: date | None = None,
    after_batch: Callable[[int], None] = lambda done: None,
) -> Countries:
    """Simulate England as practised from `start` until the day before `end`, a country a set.

    Settlements announced after the day `known_until` reach nobody: what a model fitted to that
    day is to foresee, it is not told. The k-th set (from 1) takes the random streams of
    replication `first` + k - 1. `regimes` by
    name replace those installed. `after_batch` is called with the number of countries done.
    """
    from sim.model.simulation import run_batch  # imported here: loads SimPy

    regimes = installed_regimes.available() if regimes is None else regimes
    timeline: Timeline = load_scenario(SCENARIO).with_(start=start, end=end).timeline()
    if known_until is not None:
        timeline = _ignoring_news(timeline, known_until)
    state = baseline(start)
    results: list[BatchResult] = []
    for at in range(0, len(parameters), BATCH):
        worlds = [
            CountrySettings(
                SCENARIO, timeline, start, end, first + k, parameters[k], record_events=True
            )
            for k in range(at, min(at + BATCH, len(parameters)))
        ]
        results.append(run_batch(state, worlds, seed=seed, regimes=regimes))
        after_batch(at + len(worlds))
    return _joined(state, start, end, results)


def _ignoring_news(timeline: Timeline, known_until: date) -> Timeline:
    """The same levers, but no settlement that is announced after a day. One that was, for a year
    that begins on the day after, is still in force then."""
    start, first = timeline[0][0], known_until + timedelta(days=2)
    silent = {"money.settlements": "known at the start"}
    before = {day: values for day, values in timeline if day < first}
    last = before[max(before)] if before else timeline[0][1]
    after = {day: {**values, **silent} for day, values in timeline if day >= first}
    steps = {**before, max(first, start): {**last, **silent}, **after}
    return tuple(sorted(steps.items(), key=lambda step: step[0]))


def _joined(state: Baseline, start: date, end: date, results: Sequence[BatchResult]) -> Countries:
    one, last = results[0], abolished(load_tables().on(start))
    histories: list[History] = []
    for result in results:
        by_country: list[list[Event]] = [[] for _ in result.scenarios]
        for event in result.events:
            by_country[event.country].append(event)
        histories += [simulated_history(state, start, last, events) for events in by_country]
    years = np.array([date(int(y[:4]) + 1, 3, 31).toordinal() for y in one.years], dtype=np.int64)
    gone = (last > 0) & (years[:, None] >= last)
    return Countries(
        start=start,
        end=end,
        histories=histories,
        months=np.array([month.toordinal() for month in one.months]),
        national={
            name: np.concatenate([r.national[name] for r in results]) for name in one.national
        },
        years=years,
        councils={
            name: np.where(gone, np.nan, np.concatenate([r.councils[name] for r in results]))
            for name in one.councils
        },
    )


def simulated_history(
    state: Baseline, start: date, last: IntArray, events: Sequence[Event]
) -> History:
    """What was published in one simulated country, from its events: `last` are the days from
    which councils are no longer there (C,), 0 none."""
    origin = start.toordinal()
    judged = sorted(
        (e for e in events if e.kind == "judgement published"), key=lambda e: (e.day, e.id)
    )
    changes = sorted(
        (e.day + origin, e.council)
        for e in events
        if e.kind in ("director left", "director appointed")
    )
    history = History(
        start=origin,
        abolished=last,
        opening=state.grade,
        inadequate_since=state.first_inadequate_date,
        day=np.array([e.day + origin for e in judged], dtype=np.int64),
        council=np.array([e.council for e in judged], dtype=np.int64),
        grade=np.array([GRADE_NUMBERS[str(e.details["grade"])] for e in judged], dtype=np.int64),
        trusts=_trusts(state, events, origin),
        director_changes=np.array(changes, dtype=np.int64).reshape(-1, 2),
    )
    return history.as_long_as_they_lasted()


def _trusts(state: Baseline, events: Sequence[Event], origin: int) -> IntArray:
    """A row a trust: council, day opened, day ended; those open at the start included."""
    opened = {int(c): int(state.trust_since[c]) for c in np.flatnonzero(state.trust_since)}
    rows: list[tuple[int, int, int]] = []
    for event in sorted(events, key=lambda e: (e.day, e.id)):
        if event.kind == "trust opened":
            opened[event.council] = event.day + origin
        elif event.kind == "service returned" and event.council in opened:
            rows.append((event.council, opened.pop(event.council), event.day + origin))
    rows += [(council, day, 0) for council, day in opened.items()]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])
