"""Panels of simulated countries: what their councils would have returned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np

from sim import regimes as installed_regimes
from sim.inputs.councils.baseline import baseline
from sim.inputs.councils.seed_tables import load_tables
from sim.inputs.policy.scenario import load_scenario
from sim.model.batch_result import Event
from sim.model.settings import CountrySettings
from sim.model.simulation import Batch
from sim.model.state import CARE, PLANS, State
from sim.panel.council_panel import (
    YEARS,
    CouncilPanel,
    councils_of_the_panel,
    history_of,
    places_and_power,
)
from sim.panel.recorded_panel import as_returned
from sim.panel.states_on_days import StatesOnDays
from sim.units import Array
from sim.validation.published import FIRST_DAY, LAST_DAY, abolished
from sim.validation.replay import SCENARIO, simulated_history

COUNTRIES_AT_ONCE = 8


def simulated_panels(
    parameters: Sequence[Mapping[str, float]],
    *,
    seed: int,
    regimes: Mapping[str, type] | None = None,
    after_batch: Callable[[int], None] = lambda done: None,
) -> list[CouncilPanel]:
    """One country a parameter set, as practised from November 2013 to August 2024.

    The k-th set (from 1) takes the random streams of replication k. `after_batch` is called with
    the number of countries done.
    """
    panels: list[CouncilPanel] = []
    for at in range(0, len(parameters), COUNTRIES_AT_ONCE):
        some = parameters[at : at + COUNTRIES_AT_ONCE]
        panels += _panels(some, at + 1, seed, regimes or installed_regimes.available())
        after_batch(len(panels))
    return panels


def _panels(
    parameters: Sequence[Mapping[str, float]],
    first: int,
    seed: int,
    regimes: Mapping[str, type],
) -> list[CouncilPanel]:
    end = date.fromordinal(LAST_DAY.toordinal() + 1)
    timeline = load_scenario(SCENARIO).with_(start=FIRST_DAY, end=end).timeline()
    worlds = [
        CountrySettings(SCENARIO, timeline, FIRST_DAY, end, first + k, one, record_events=True)
        for k, one in enumerate(parameters)
    ]
    state = baseline(FIRST_DAY)
    batch = Batch(state, worlds, seed, regimes)
    copies = _Copies(batch)
    events: list[list[Event]] = [[] for _ in worlds]
    for event in batch.run().events:
        events[event.country].append(event)
    batch.forget()
    there = load_tables().on(FIRST_DAY)
    keep = councils_of_the_panel(there)
    grids = copies.series()
    children = grids.pop("children")
    return [
        CouncilPanel(
            years=np.array(YEARS),
            children=children[k][:, keep],
            series=as_returned({name: grid[k][:, keep] for name, grid in grids.items()}),
            history=history_of(simulated_history(state, FIRST_DAY, abolished(there), own), keep),
            **places_and_power(there, keep),
        )
        for k, own in enumerate(events)
    ]


class _Copies:
    """The state of a batch on each 30 September and 31 March, kept while it runs."""

    def __init__(self, batch: Batch) -> None:
        days = [date(year - 1, 9, 30) for year in YEARS] + [date(year, 3, 31) for year in YEARS]
        self._batch = batch
        self._states = StatesOnDays(batch, days).states

    def series(self) -> dict[str, Array]:
        """The series of a panel and `children`, each (countries, T, C)."""
        by_year = [self._year(year) for year in YEARS]
        size = (len(self._batch.countries), len(YEARS), self._batch.size)
        names = dict.fromkeys(name for row in by_year for name in row)
        grids = {name: np.full(size, np.nan) for name in names}
        for k, row in enumerate(by_year):
            for name, values in row.items():
                grids[name][:, k] = values
        return grids

    def _year(self, year: int) -> dict[str, Array]:
        march, before = date(year, 3, 31), date(year - 1, 3, 31)
        september, earlier = date(year - 1, 9, 30), date(year - 2, 9, 30)
        row: dict[str, Array] = {}
        if march in self._states:
            row |= _stocks_of_children(self._states[march])
        if before in self._states and march in self._states:
            row |= _flows(self._states[march], self._states[before])
        if september in self._states:
            row |= _staff(self._states[september])
            if earlier in self._states:
                row["turnover"] = _turnover(self._states[september], self._states[earlier])
        return row


def _stocks_of_children(s: State) -> dict[str, Array]:
    return {
        "children": s.population + np.zeros_like(s.practice),
        "need": s.children_in_need,
        "plans": s.total(PLANS),
        "looked after": s.total(CARE),
    }


def _flows(now: State, then: State) -> dict[str, Array]:
    year = now.since(then, 1.0)
    late = year.assessed_late / np.maximum(year.assessed, 1.0)
    return {
        "referrals": year.referrals,
        "plan starts": year.plans_started,
        "care starts": year.care_started,
        "timely": 100.0 * (1.0 - late),
        "total": year.spend,
        "looked after spending": year.spend_placements,
        # The return's safeguarding and social work holds all that is neither placements nor early
        # help, but for youth justice and a remainder, a twenty-fifth of the total.
        "safeguarding": year.spend_staff + year.spend_agency + year.spend_other,
        "early help": year.spend_early_help,
    }


def _staff(s: State) -> dict[str, Array]:
    permanent, borrowed = s.permanent, s.agency
    posts = permanent + s.vacancies
    return {
        "in post": permanent,
        "posts": posts,
        "with agency": permanent + borrowed,
        "agency": 100.0 * borrowed / np.maximum(permanent + borrowed, 0.5),
        "vacancy": 100.0 * s.vacancies / np.maximum(posts, 0.5),
        "absence": 100.0 * s.absence,
        "caseload": s.caseload.copy(),
    }


def _turnover(now: State, then: State) -> Array:
    year = now.since(then, 1.0)
    return np.asarray(100.0 * year.left / np.maximum(year.worker_years, 0.5))
