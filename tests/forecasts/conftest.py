"""A small sealed forecast, and a country outside it that stands for what is published later."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.forecasts.forecast_countries import ForecastCountries, simulate_forecast
from sim.forecasts.forecast_series import ENGLAND, GRADE
from sim.forecasts.sealed_forecast import SealedForecast, forecast
from sim.inputs.evidence.beliefs import load_beliefs
from sim.inputs.policy.scenario import load_scenario
from sim.units import GRADES

UNTIL = date(2025, 9, 30)
SEALED_ON = date(2024, 9, 1)

Rows = Sequence[tuple[str, str, str, str]]
WriteCsv = Callable[[Iterable[Sequence[object]]], Path]


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> SealedForecast:
    """Eight countries to September 2025."""
    out = tmp_path_factory.mktemp("sealed") / "forecast"
    return forecast(out, replications=8, until=UNTIL, sealed_on=SEALED_ON)


@pytest.fixture(scope="session")
def record() -> ForecastCountries:
    """Two countries more of the same kind, under other random numbers."""
    drawn = load_beliefs("evidence")
    run = load_scenario("as-practised-2024")
    return simulate_forecast(run, [drawn.draw(11), drawn.draw(12)], UNTIL, seed=5)


@pytest.fixture(scope="session")
def published_rows(record: ForecastCountries) -> Rows:
    """All that the first of them would publish, but for grades of councils that have none."""
    rows = [
        (name, ENGLAND, str(day), f"{values[0]:.6g}")
        for (name, day), values in record.england.items()
    ]
    for (name, day), table in record.councils.items():
        for code, value in zip(record.codes, table[0], strict=True):
            rows.append((name, str(code), str(day), f"{value:.6g}"))
    for day in record.grade_days:
        grades = record.histories[0].grades_on(day.toordinal())
        for code, grade in zip(record.codes, np.asarray(grades).tolist(), strict=True):
            rows.append((GRADE, str(code), str(day), GRADES.get(grade, "")))
    return rows


@pytest.fixture
def write(tmp_path: Path) -> WriteCsv:
    """Write figures as the file of a user."""

    def to_file(rows: Iterable[Sequence[object]]) -> Path:
        path = tmp_path / "published.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("series", "code", "date", "value"), *rows])
        return path

    return to_file
