"""The naive forecasts that a sealed forecast is compared with: the last value of the record with
its own past changes, and for grades a Markov chain. They are sealed with it, so that nothing of
them is made after figures appear.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from scipy.special import ndtri

from sim.forecasts.forecast_countries import ForecastCountries, national_figures
from sim.forecasts.forecast_series import (
    ENGLAND,
    FULL_INSPECTIONS,
    GRADED,
    JUDGEMENTS,
    QUANTILES,
    RETURNS,
    ForecastSeries,
    days_of,
)
from sim.units import Array
from sim.validation.council_scores import grade_chances
from sim.validation.naive_forecasts import NaiveForecasters
from sim.validation.published import LAST_DAY, PublishedData
from sim.validation.targets import FITTED, Window

FEWEST_CHANGES = 3  # of a council's own; with fewer, those of all councils stand for them
# Since inspections began again after the pandemic (evidence A26) there are whole quarters of them.
_FIRST_QUARTER = date(2021, 7, 1)
_LEAST = 0.5  # of a count, where logarithms are taken
_DEVIATES = ndtri(np.array(QUANTILES))

# (series, code, day) -> its quantiles.
Quantiles = dict[tuple[str, str, date], Array]


def naive_quantiles(published: PublishedData, countries: ForecastCountries) -> Quantiles:
    """Quantiles of every figure for which the record has a last value and past changes."""
    quantiles: Quantiles = {}
    for name, series in RETURNS.items():
        days, values = _record(published, series, countries.start)
        spread = _own_spread(_scaled(values, series))
        codes = (ENGLAND, *map(str, countries.codes))
        for column, code in enumerate(codes):
            known = np.flatnonzero(np.isfinite(values[:, column]))
            if not len(known) or not np.isfinite(spread[column]):
                continue
            last = int(known[-1])
            for day in days_of(series, countries.start, countries.until):
                years = day.year - days[last].year
                quantiles[name, code, day] = _around(
                    values[last, column], spread[column] * np.sqrt(years), series
                )
    return quantiles | _of_judgements(published, countries)


def naive_grades(
    published: PublishedData, countries: ForecastCountries, seed: int
) -> dict[date, Array]:
    """Chances of each grade for each council (C, 4), by day, from Markov chains on grades."""
    fitted = Window(FITTED.after, LAST_DAY)
    end = countries.until + timedelta(days=1)
    chains = NaiveForecasters(published, countries.start, fitted, end, seed).chains.histories
    return {day: grade_chances(chains, day.toordinal()) for day in countries.grade_days}


def comparable(values: Array, series: ForecastSeries) -> Array:
    """Figures as they are compared: logarithms of counts and money, others as they are."""
    return np.log(np.maximum(values, _LEAST)) if series.relative else values


def _record(
    published: PublishedData, series: ForecastSeries, start: date
) -> tuple[list[date], Array]:
    """What was published for days up to a start: the days, and England and then each council
    (days, 1 + C)."""
    there = published.tables.on(start)
    grid = there.grid(series.table, series.column) * series.factor
    label = 1 if series.table == "spending" else 0  # a financial year bears that of its April
    years = [int(year) + label for year in there.years(series.table)]
    month, day = (3, 31) if series.when == "march" else (9, 30)
    days = [date(year, month, day) for year in years]
    national = published.as_published(series.national)
    england = np.array([national.get(year, np.nan) for year in years])
    before = [k for k, one in enumerate(days) if one <= start]
    return [days[k] for k in before], np.column_stack([england, grid])[before]


def _scaled(values: Array, series: ForecastSeries) -> Array:
    if not series.relative:
        return values
    return np.where(np.isfinite(values), comparable(values, series), np.nan)


def _own_spread(values: Array) -> Array:
    """The root mean square of the yearly changes of each column (days, 1 + C), England first. A
    council with few of its own has that of all councils."""
    squares = np.diff(values, axis=0) ** 2
    count = np.isfinite(squares).sum(axis=0)
    own = np.sqrt(np.nansum(squares, axis=0) / np.maximum(count, 1))
    pooled = np.sqrt(np.nanmean(squares[:, 1:])) if count[1:].any() else np.nan
    few = count < FEWEST_CHANGES
    few[0] = False
    spread = np.where(few, pooled, own)
    if not count[0]:
        spread[0] = np.nan
    return np.asarray(spread)


def _around(value: float, spread: float, series: ForecastSeries) -> Array:
    """Normal quantiles around a last value, on the scale of the series, none below zero."""
    if series.relative:
        return np.asarray(max(value, _LEAST) * np.exp(spread * _DEVIATES))
    return np.maximum(value + spread * _DEVIATES, 0.0)


def _of_judgements(published: PublishedData, countries: ForecastCountries) -> Quantiles:
    """What judgements add up to: full inspections as in the last quarter, councils at each grade
    as on the eve of the start; with past changes, quarter by quarter since inspections began
    again."""
    eve = countries.start - timedelta(days=1)
    past = national_figures([published.history(_FIRST_QUARTER)], _FIRST_QUARTER, eve)
    opening = countries.histories[0].opening
    quantiles: Quantiles = {}
    for name, series in JUDGEMENTS.items():
        values = [float(figure[0]) for (one, _), figure in past.items() if one == name]
        spread = float(np.sqrt(np.mean([(b - a) ** 2 for a, b in pairwise(values)])))
        grade = 0 if name == FULL_INSPECTIONS else GRADED.index(name) + 1
        last = float((opening == grade).sum()) if grade else values[-1]
        for quarter, day in enumerate(countries.grade_days, start=1):
            ahead = spread * float(np.sqrt(quarter))
            quantiles[name, ENGLAND, day] = _around(last, ahead, series)
    return quantiles
