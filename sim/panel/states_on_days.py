"""The state of a batch of countries on chosen days, kept while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sim.model.processes import Process
from sim.model.simulation import Batch
from sim.model.state import State


class StatesOnDays:
    """Copies of the state on each of the days that lie within a run, in `states`."""

    def __init__(self, batch: Batch, days: Iterable[date]) -> None:
        self.states: dict[date, State] = {}
        self._batch = batch
        start = batch.start.toordinal()
        self._days = sorted(day for day in {*days} if 0 < day.toordinal() - start < batch.days)
        batch.env.process(self._copy())

    def _copy(self) -> Process:
        for day in self._days:
            # In the middle of the day: after its working week, before the books are closed.
            at = day.toordinal() - self._batch.start.toordinal() + 0.5
            yield self._batch.env.timeout(at - self._batch.env.now)
            self.states[day] = self._batch.state.copy()
