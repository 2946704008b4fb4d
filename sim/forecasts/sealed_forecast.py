"""A sealed forecast: a folder of quantiles and chances with the hash of every file, so that
anybody can see later that nothing was changed after it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import __version__
from sim.forecasts.forecast_countries import ForecastCountries, simulate_forecast
from sim.forecasts.forecast_series import ENGLAND, GRADE_COLUMNS, QUANTILES, SERIES
from sim.forecasts.naive_quantiles import Quantiles, naive_grades, naive_quantiles
from sim.inputs.evidence.beliefs import check_beliefs, load_beliefs
from sim.inputs.files.dates import LAST_END
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, collecting, raise_if_any
from sim.inputs.policy.scenario import Scenario, load_scenario
from sim.panel.published_estimates import FILE as ESTIMATES
from sim.results.identity import (
    CODE_OF_FORECASTS,
    code_sha256,
    library_versions,
    seeds_sha256,
    sha256_of_file,
)
from sim.results.metadata import record_bytes, sealed
from sim.results.run_record import parse_record, seal_of
from sim.results.summary_tables import write_csv
from sim.results.table_file import read_table
from sim.units import Array
from sim.validation.council_scores import grade_chances
from sim.validation.ensemble import fitted_until
from sim.validation.published import LAST_DAY, PublishedData

FORMAT = 1
FORECAST = "forecast.json"
FIRST_DAY_AHEAD = LAST_DAY + timedelta(days=1)
USUAL_UNTIL = date(2028, 3, 31)
USUAL_REPLICATIONS = 64
ABOUT = (
    "Simulated outcomes under stated beliefs, sealed before figures appear so that they can be "
    "scored. Outcomes of named councils are simulated: how often each came about over many "
    "simulated countries, never a prediction of what will happen to a named council."
)
# Quantiles and chances of the simulation, and of the naive forecasts it will be compared with.
FIGURES, GRADES = "forecast.csv", "grades.csv"
NAIVE_FIGURES, NAIVE_GRADES = "naive.csv", "naive_grades.csv"
_FIGURES = ("series", "code", "date", "quantile", "value")
_GRADES = ("code", "date", *GRADE_COLUMNS)
COLUMNS = {
    FIGURES: _FIGURES,
    GRADES: _GRADES,
    NAIVE_FIGURES: _FIGURES,
    NAIVE_GRADES: _GRADES,
}
CHANGED = "has been changed since it was sealed"
_HINT = "give the folder that `simulate forecast` made, as it was"


@dataclass(frozen=True)
class SealedForecast:
    """A forecast read back: `record` is forecast.json, `tables` the others by file name."""

    folder: Path
    record: Mapping[str, Any] = field(repr=False)
    tables: Mapping[str, pd.DataFrame] = field(repr=False)

    @property
    def seal(self) -> str:
        """The hash of all that the forecast says."""
        return str(self.record["seal"])

    @property
    def codes(self) -> list[str]:
        """The councils that are forecast."""
        return list(dict.fromkeys(self.tables[GRADES]["code"]))


def forecast(
    out: Path,
    scenario: str = "as-practised-2024",
    *,
    beliefs: str = "evidence",
    replications: int = USUAL_REPLICATIONS,
    until: date = USUAL_UNTIL,
    seed: int = 1,
    sealed_on: date | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> SealedForecast:
    """Simulate from 1 September 2024 to the day `until`, and write a sealed forecast into `out`.

    Replication k is run with draw k of the `beliefs`. `sealed_on` is the date written on the seal
    (today); no figure depends on it. Raises InputError for all that cannot be used at once, and
    where `out` holds a sealed forecast already.
    """
    problems = check_beliefs(beliefs, "--beliefs")
    problems += _check(out, replications, until, seed)
    run: Scenario | None = None
    with collecting(problems):
        run = load_scenario(scenario)
    if run is not None and run.start != FIRST_DAY_AHEAD:
        what = f"begins on {run.start}; a forecast begins where the record ends, {FIRST_DAY_AHEAD}"
        problems.append(Problem(f"--scenario {scenario}", what, "try as-practised-2024"))
    raise_if_any(problems)
    assert run is not None
    _make_folder(out)
    drawn = load_beliefs(beliefs)
    fitted = None if drawn.ensemble is None else fitted_until().isoformat()
    countries = simulate_forecast(
        run,
        [drawn.draw(number) for number in range(1, replications + 1)],
        until,
        seed=seed,
        after_batch=lambda done: progress(f"{done} of {replications} countries"),
    )
    record = {
        "about": ABOUT,
        "format": FORMAT,
        "kind": "forecast",
        "version": __version__,
        "sealed_on": (sealed_on or date.today()).isoformat(),
        "scenario": run.name,
        "title": run.title,
        "scenario_sha256": run.sha256,
        "beliefs": drawn.identity() | {"ensemble_fitted_until": fitted},
        "start": run.start.isoformat(),
        "until": until.isoformat(),
        "seed": seed,
        "replications": replications,
        "code_sha256": code_sha256(CODE_OF_FORECASTS),
        "seeds_sha256": seeds_sha256(),
        "return_errors_sha256": sha256_of_file(seeds_dir() / ESTIMATES),
        "libraries": library_versions(),
        "series": {name: {"title": one.title, "unit": one.unit} for name, one in SERIES.items()},
    }
    return seal_forecast(out, countries, record)


def seal_forecast(
    out: Path, countries: ForecastCountries, record: Mapping[str, Any]
) -> SealedForecast:
    """Write the tables of simulated countries into the folder `out`, and the record with their
    hashes: last, so that a folder that was not finished is no sealed forecast."""
    published = PublishedData()
    naive, chains = (
        naive_quantiles(published, countries),
        naive_grades(published, countries, int(record["seed"])),
    )
    chances = {
        day: grade_chances(list(countries.histories), day.toordinal())
        for day in countries.grade_days
    }
    write_csv(out / FIGURES, _FIGURES, _figure_rows(simulated_quantiles(countries)))
    write_csv(out / GRADES, _GRADES, _grade_rows(countries, chances))
    write_csv(out / NAIVE_FIGURES, _FIGURES, _figure_rows(naive))
    write_csv(out / NAIVE_GRADES, _GRADES, _grade_rows(countries, chains))
    (out / FORECAST).write_bytes(record_bytes(sealed(record, out, COLUMNS)))
    return read_forecast(out)


def simulated_quantiles(countries: ForecastCountries) -> Quantiles:
    """Quantiles of every figure over the countries, England before the councils."""
    quantiles: Quantiles = {}
    for (name, day), values in countries.england.items():
        quantiles[name, ENGLAND, day] = _quantiles(values)
    for (name, day), values in countries.councils.items():
        by_council = _quantiles(values)
        for code, own in zip(countries.codes, by_council.T, strict=True):
            quantiles[name, str(code), day] = own
    return quantiles


def _quantiles(values: Array) -> Array:
    """Quantiles over the first axis that are unbiased at the median whatever the law (Hyndman and
    Fan 1996), (quantiles, ...)."""
    return np.asarray(np.quantile(values, QUANTILES, axis=0, method="median_unbiased"))


def read_forecast(folder: Path) -> SealedForecast:
    """A sealed forecast. Raises InputError where the folder holds none, or where any of its files
    was changed since it was sealed."""
    path = folder / FORECAST
    if not path.is_file():
        raise InputError(Problem(str(folder), f"is no sealed forecast: no {FORECAST}", _HINT))
    record = parse_record(path.read_bytes(), str(path))
    if not isinstance(record, dict) or record.get("kind") != "forecast":
        raise InputError(Problem(str(path), "is not what a sealed forecast says of itself", _HINT))
    if record.get("format") != FORMAT:
        what = f"was written in another format; this version reads format {FORMAT}"
        raise InputError(Problem(str(path), what))
    raise_if_any(_seal_problems(folder, record))
    tables = {
        name: read_table(folder / name, columns, dtype={"code": str})
        for name, columns in COLUMNS.items()
    }
    return SealedForecast(folder, record, tables)


def _seal_problems(folder: Path, record: Mapping[str, Any]) -> list[Problem]:
    """Every file that is not as it was when it was sealed."""
    content = {name: value for name, value in record.items() if name != "seal"}
    if record.get("seal") != seal_of(content):
        return [Problem(str(folder / FORECAST), CHANGED, _HINT)]
    problems = []
    for name in COLUMNS:
        path = folder / name
        if not path.is_file():
            problems.append(Problem(str(path), "is missing from the sealed forecast", _HINT))
        elif sha256_of_file(path) != record.get("outputs", {}).get(name, {}).get("sha256"):
            problems.append(Problem(str(path), CHANGED, _HINT))
    return problems


def _check(out: Path, replications: int, until: date, seed: int) -> list[Problem]:
    problems = []
    if (out / FORECAST).exists():
        what = "there is a sealed forecast already, which is never written over"
        problems.append(Problem(f"--out {out}", what, "choose another folder"))
    elif out.exists() and not out.is_dir():
        problems.append(Problem(f"--out {out}", "is a file", "choose another --out"))
    if not 2 <= replications <= 10_000:
        problems.append(Problem("--replications", f"must be from 2 to 10000, not {replications}"))
    first, last = date(2025, 3, 31), LAST_END - timedelta(days=1)
    if not first <= until <= last:
        what = f"must be from {first}, the first yearly figures, to {last}, not {until}"
        problems.append(Problem("--until", what))
    if seed < 0:
        problems.append(Problem("--seed", f"must not be below zero, as {seed} is"))
    return problems


def _make_folder(out: Path) -> None:
    """Before anything is simulated, so that a place that cannot be written costs no time."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be made: {error.strerror}"
        raise InputError(Problem(f"--out {out}", what, "choose another --out")) from None


def _figure_rows(quantiles: Quantiles) -> Iterator[tuple[object, ...]]:
    for (series, code, day), values in quantiles.items():
        for level, value in zip(QUANTILES, values, strict=True):
            yield series, code, day.isoformat(), level, f"{value:.6g}"


def _grade_rows(
    countries: ForecastCountries, chances: Mapping[date, Array]
) -> Iterator[tuple[object, ...]]:
    for day, table in chances.items():
        for code, row in zip(countries.codes, table, strict=True):
            yield int(code), day.isoformat(), *(f"{chance:.5f}" for chance in row)
