"""The facts and choices in force, for one country or for a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.inputs.policy.rules import Rule
from sim.units import Array

LeverValue = bool | int | float | str
Timeline = tuple[tuple[date, Mapping[str, LeverValue]], ...]


@dataclass(frozen=True)
class CountrySettings:
    """One replication of one scenario: what a country is built from.

    `timeline` holds every lever at the start and again at each date on which one changes; `rules`
    are those of the scenario's file, for the regime that acts by them; `parameters` has one value
    for each entry of the ledger. `step_days` is how long a step of the working week lasts: 7, or a
    few weeks where many futures are only `screened`.
    """

    scenario: str
    timeline: Timeline
    start: date
    end: date
    replication: int
    parameters: Mapping[str, float]
    record_events: bool = False
    step_days: int = 7
    rules: tuple[Rule, ...] = ()

    @property
    def screened(self) -> bool:
        """Whether this is one of many futures that are only screened: in steps longer than a
        week, and with focused visits as a standing load on inspectors."""
        return self.step_days > 7


class Parameters(dict[str, Array]):
    """The parameters of a batch: `p["section.name"]` is one number, shape (), where all countries
    agree, else an array (countries, 1) that broadcasts over councils."""

    def __init__(self, countries: Sequence[CountrySettings]) -> None:
        super().__init__()
        self._countries = countries
        self._same = all(one.parameters == countries[0].parameters for one in countries)

    def __missing__(self, name: str) -> Array:
        """Worked out when first asked for."""
        column = [one.parameters[name] for one in self._countries]
        value = self[name] = _one_or_column(column, self._same)
        return value


class Levers(dict[str, Array]):
    """The levers of a batch as they stand today, read at the moment of use: a numeric lever is
    one number, shape (), where all countries agree, else an array (countries, 1)."""

    def __init__(self, countries: Sequence[CountrySettings]) -> None:
        super().__init__()
        self.now: list[Mapping[str, LeverValue]] = [one.timeline[0][1] for one in countries]
        self.changes = 0  # so far

    def change(self, country: int, values: Mapping[str, LeverValue]) -> None:
        """Put new values in force in one country."""
        self.now[country] = values
        self.changes += 1
        self.clear()

    def __missing__(self, name: str) -> Array:
        """Worked out when first asked for since the last change."""
        column = [float(values[name]) for values in self.now]
        value = self[name] = _one_or_column(column, min(column) == max(column))
        return value


class UnmovedLevers(Levers):
    """Before a run: of the levers that add to something, none adds anything."""

    def __init__(self) -> None:
        super().__init__(())

    def __missing__(self, name: str) -> Array:
        """Nothing."""
        return np.zeros(())


class LeversInForce:
    """The levers of one country as they stand today, each read as what it is."""

    def __init__(self, levers: Levers, country: int) -> None:
        self._levers, self._country = levers, country

    @property
    def values(self) -> Mapping[str, LeverValue]:
        """All of them."""
        return self._levers.now[self._country]

    def number(self, name: str) -> float:
        """A share, a rate or an amount."""
        return float(self._levers.now[self._country][name])

    def whole(self, name: str) -> int:
        """How many there are of something."""
        return int(self._levers.now[self._country][name])

    def on(self, name: str) -> bool:
        """Whether something is done."""
        return bool(self._levers.now[self._country][name])

    def text(self, name: str) -> str:
        """Which of several choices."""
        return str(self._levers.now[self._country][name])

    def change(self, values: Mapping[str, LeverValue]) -> None:
        """Put new values in force."""
        self._levers.change(self._country, values)


def _one_or_column(column: Sequence[float], same: bool) -> Array:
    """Numpy multiplies by an array of shape () at two thirds of the cost of a Python float."""
    values = np.array(column, dtype=np.float64)
    return values[0, ...] if same else values[:, None]
