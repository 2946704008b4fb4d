"""Countries simulated from the end of the record on, and what each would publish."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from sim import regimes as installed_regimes
from sim.forecasts.forecast_series import (
    FULL_INSPECTIONS,
    GRADED,
    RETURNS,
    days_of,
    quarter_before,
    quarter_ends,
)
from sim.inputs.councils.baseline import baseline
from sim.inputs.councils.seed_tables import load_tables
from sim.inputs.policy.scenario import Scenario
from sim.model.batch_result import Event
from sim.model.settings import CountrySettings
from sim.model.simulation import Batch
from sim.model.state import CARE, PLANS
from sim.panel.council_panel import POINTS
from sim.panel.published_estimates import published_estimates
from sim.panel.return_errors import error_widths
from sim.panel.states_on_days import StatesOnDays
from sim.random.streams import stream
from sim.units import DAYS_A_YEAR, Array, IntArray
from sim.validation.histories import History
from sim.validation.published import abolished
from sim.validation.replay import simulated_history

COUNTRIES_AT_ONCE = 8
_WEEK = 7

# A figure of councils as a part and what it is divided by, each (countries, councils).
Parts = tuple[Array, Array | None]
Figures = dict[tuple[str, date], Array]


@dataclass(frozen=True)
class ForecastCountries:
    """What N simulated countries would publish.

    `councils`: (series, day) -> (N, C), with errors as returns have them; `england`: (series, day)
    -> (N,). `codes` are those of the C councils.
    """

    start: date
    until: date
    codes: IntArray
    councils: Figures
    england: Figures
    histories: Sequence[History]

    @cached_property
    def grade_days(self) -> list[date]:
        """The days for which grades are forecast."""
        return quarter_ends(self.start, self.until)


def simulate_forecast(
    scenario: Scenario,
    parameters: Sequence[Mapping[str, float]],
    until: date,
    *,
    seed: int,
    after_batch: Callable[[int], None] = lambda done: None,
) -> ForecastCountries:
    """One country a parameter set, from the scenario's start to a day.

    The k-th set (from 1) takes the random streams of replication k. `after_batch` is called with
    the number of countries done.
    """
    end = until + timedelta(days=1)
    state = baseline(scenario.start)
    parts: list[Figures] = []
    england: list[Figures] = []
    histories: list[History] = []
    timeline = scenario.with_(end=end).timeline()
    for at in range(0, len(parameters), COUNTRIES_AT_ONCE):
        worlds = [
            CountrySettings(
                *(scenario.name, timeline, scenario.start, end, k + 1, parameters[k]),
                record_events=True,
            )
            for k in range(at, min(at + COUNTRIES_AT_ONCE, len(parameters)))
        ]
        batch = Batch(state, worlds, seed, installed_regimes.available())
        returns = _Returns(batch, until)
        events: list[list[Event]] = [[] for _ in worlds]
        for event in batch.run().events:
            events[event.country].append(event)
        batch.forget()
        last = abolished(load_tables().on(scenario.start))
        histories += [simulated_history(state, scenario.start, last, own) for own in events]
        councils, whole = returns.figures()
        parts.append(councils)
        england.append(whole)
        after_batch(len(histories))
    return ForecastCountries(
        start=scenario.start,
        until=until,
        codes=np.asarray(state.codes),
        councils=_with_errors(_together(parts), seed),
        england=_together(england) | national_figures(histories, scenario.start, until),
        histories=histories,
    )


def national_figures(histories: Sequence[History], start: date, until: date) -> Figures:
    """What judgements add up to in England at the end of each quarter, (N,)."""
    figures: Figures = {}
    for end in quarter_ends(start, until):
        day, before = end.toordinal(), quarter_before(end).toordinal()
        figures[FULL_INSPECTIONS, end] = np.array([h.inspections(before, day) for h in histories])
        grades = np.stack([h.grades_on(day) for h in histories])
        for grade, name in enumerate(GRADED, start=1):
            figures[name, end] = (grades == grade).sum(axis=1).astype(np.float64)
    return figures


class _Returns:
    """The returns of a batch, from its state on the days that returns are of."""

    def __init__(self, batch: Batch, until: date) -> None:
        self._start, self._opening = batch.start, batch.state.copy()
        self._days = {name: days_of(one, batch.start, until) for name, one in RETURNS.items()}
        every = {day for days in self._days.values() for day in days}
        # Turnover at the first return but one is counted from the first.
        every |= {date(batch.start.year, 9, 30)}
        self._states = StatesOnDays(batch, every).states

    def figures(self) -> tuple[Figures, Figures]:
        """By council and of England: (series, day) -> (countries, councils), (countries,)."""
        councils: Figures = {}
        england: Figures = {}
        for name, days in self._days.items():
            for day in days:
                part, whole = self._parts(name, day)
                scale = 100.0 if RETURNS[name].unit == "%" else 1.0
                if whole is None:
                    councils[name, day] = scale * part
                    england[name, day] = scale * part.sum(axis=1)
                else:
                    councils[name, day] = scale * part / np.maximum(whole, 0.5)
                    england[name, day] = scale * part.sum(axis=1) / whole.sum(axis=1)
        return councils, england

    def _parts(self, name: str, day: date) -> Parts:
        s = self._states[day]
        if RETURNS[name].yearly:
            return self._flow(name, day)
        agency, permanent, vacant = s.agency, s.permanent, s.vacancies
        parts: dict[str, Parts] = {
            "children_in_need": (s.children_in_need, None),
            "protection_plans": (s.total(PLANS), None),
            "children_looked_after": (s.total(CARE), None),
            "social_workers_fte": (permanent, None),
            "agency_pct": (agency, agency + permanent),
            "vacancy_pct": (vacant, vacant + permanent),
            "caseload": (s.caseload * s.holders, s.holders),
        }
        return parts[name]

    def _flow(self, name: str, day: date) -> Parts:
        """What happened in the year to a day, on a yearly footing: between two returns lie 52
        working weeks or 53. The year in which the run begins is that of the weeks run
        (assumption: the months before went at the same rate)."""
        before = date(day.year - 1, day.month, day.day)
        then = self._states.get(before, self._opening)
        weeks = self._weeks(day) - (self._weeks(before) if before in self._states else 0)
        year = self._states[day].since(then, DAYS_A_YEAR / (_WEEK * weeks))
        parts: dict[str, Parts] = {
            "referrals": (year.referrals, None),
            "care_starts": (year.care_started, None),
            "turnover_pct": (year.left, year.worker_years),
            "spend_gbp_m": (year.spend, None),
        }
        return parts[name]

    def _weeks(self, day: date) -> int:
        """Working weeks that have ended by a day of the run."""
        return (day - self._start).days // _WEEK


def _together(batches: Sequence[Figures]) -> Figures:
    return {key: np.concatenate([batch[key] for batch in batches]) for key in batches[0]}


def _with_errors(councils: Figures, seed: int) -> Figures:
    """Figures as councils would have returned them: each with an error of its own. In England
    errors of single returns cancel, and are left out."""
    widths = error_widths({one.id: one for one in published_estimates()})
    returned: Figures = {}
    for (name, day), values in councils.items():
        error = RETURNS[name].error
        draws = np.stack(
            [
                stream(seed, k, "return", error, day.isoformat()).standard_normal(values.shape[1])
                for k in range(1, len(values) + 1)
            ]
        )
        if error in POINTS:
            returned[name, day] = np.clip(values + widths[error] * draws, 0.0, 100.0)
        else:
            returned[name, day] = values * np.exp(widths[error] * draws)
    return returned
