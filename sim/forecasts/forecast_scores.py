"""A sealed forecast against figures that were published since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.forecasts.forecast_series import ENGLAND, GRADE, GRADE_COLUMNS, QUANTILES, SERIES
from sim.forecasts.naive_quantiles import comparable
from sim.forecasts.published_csv import PublishedFigure, read_published
from sim.forecasts.sealed_forecast import (
    FIGURES,
    GRADES,
    NAIVE_FIGURES,
    NAIVE_GRADES,
    SealedForecast,
    read_forecast,
)
from sim.inputs.files.out_file import prepare_out_file
from sim.results.summary_tables import write_csv
from sim.units import Array
from sim.validation.scores import crps_of_quantiles, ranked_probability

_KEYS = ["series", "code", "date"]
_NOTHING = float("nan")
CRPS, RANKED = "CRPS", "ranked probability score"


class ForecastScore(NamedTuple):
    """One series of England or of councils: how many figures, the share of them inside the 50, 80
    and 95 % intervals, and the mean `score` against that of the naive forecast (lower is better).

    `measure` is CRPS from quantiles, of logarithms where `unit` says so, or for grades the ranked
    probability score, with the log score beside it. Scores are over the figures that the naive
    forecast has too. NaN where there is nothing to say.
    """

    series: str
    area: str
    figures: int
    inside_50: float
    inside_80: float
    inside_95: float
    measure: str
    unit: str
    score: float
    naive_score: float
    log_score: float
    naive_log_score: float


def score_forecast(
    folder: Path, published: Path, out: Path | None = None
) -> tuple[SealedForecast, list[PublishedFigure], list[ForecastScore]]:
    """The forecast in a folder, what a file says was published, and the scores of each series,
    written to the CSV file `out` where it is given.

    Raises InputError where the forecast was changed since it was sealed, the file does not fit it,
    or `out` cannot be written or is one of these.
    """
    sealed = read_forecast(folder)
    if out is not None:
        prepare_out_file(out, protected=(published, folder))
    figures = read_published(published, sealed)
    scores = scores_of(sealed, figures)
    if out is not None:
        write_scores(out, scores)
    return sealed, figures, scores


def scores_of(sealed: SealedForecast, figures: Iterable[PublishedFigure]) -> list[ForecastScore]:
    """The scores of each series, England before councils, in the order of the series."""
    table = pd.DataFrame(figures, columns=PublishedFigure._fields)
    model, naive = (_by_figure(sealed.tables[name]) for name in (FIGURES, NAIVE_FIGURES))
    scores = []
    for name in SERIES:
        own = table[table["series"] == name]
        for area, rows in (
            (ENGLAND, own[own["code"] == ENGLAND]),
            ("councils", own[own["code"] != ENGLAND]),
        ):
            if len(rows):
                scores.append(_of_series(name, area, rows, model, naive))
    grades = table[table["series"] == GRADE]
    return [*scores, _of_grades(sealed, grades)] if len(grades) else scores


def write_scores(path: Path, scores: Sequence[ForecastScore]) -> None:
    """Write a row a series to a CSV file; what cannot be said is left empty."""
    rows = (
        ("" if cell != cell else f"{cell:.6g}" if isinstance(cell, float) else cell for cell in row)
        for row in scores
    )
    write_csv(path, ForecastScore._fields, (tuple(row) for row in rows))


def _by_figure(table: pd.DataFrame) -> pd.DataFrame:
    """A row a figure, a column a quantile."""
    return table.pivot(index=_KEYS, columns="quantile", values="value")[list(QUANTILES)]


def _of_series(
    name: str, area: str, rows: pd.DataFrame, model: pd.DataFrame, naive: pd.DataFrame
) -> ForecastScore:
    wanted = pd.MultiIndex.from_frame(rows[_KEYS])
    observed = rows["value"].to_numpy(dtype=np.float64)
    own = model.reindex(wanted).to_numpy()
    other = naive.reindex(wanted).to_numpy()

    def inside(low: float, high: float) -> float:
        lows, highs = own[:, QUANTILES.index(low)], own[:, QUANTILES.index(high)]
        return float(((lows <= observed) & (observed <= highs)).mean())

    series = SERIES[name]
    both = np.isfinite(other).all(axis=1)

    def mean_crps(quantiles: Array) -> float:
        scaled = comparable(quantiles[both], series)
        score = crps_of_quantiles(np.array(QUANTILES), scaled, comparable(observed[both], series))
        return float(score.mean()) if both.any() else float("nan")

    unit = f"log {series.unit}" if series.relative else series.unit
    return ForecastScore(
        *(name, area, len(rows), inside(0.25, 0.75), inside(0.1, 0.9), inside(0.025, 0.975)),
        *(CRPS, unit, mean_crps(own), mean_crps(other), _NOTHING, _NOTHING),
    )


def _of_grades(sealed: SealedForecast, rows: pd.DataFrame) -> ForecastScore:
    wanted = pd.MultiIndex.from_frame(rows[["code", "date"]])
    grades = rows["value"].to_numpy(dtype=np.int64) - 1

    def scores(file: str) -> tuple[float, float]:
        """Mean ranked probability score, and mean surprise at what happened."""
        table = sealed.tables[file].set_index(["code", "date"])[list(GRADE_COLUMNS)]
        chances = table.reindex(wanted).to_numpy()
        happened = chances[np.arange(len(grades)), grades]
        return float(ranked_probability(chances, grades).mean()), float(-np.log(happened).mean())

    (ranked, log), (naive_ranked, naive_log) = scores(GRADES), scores(NAIVE_GRADES)
    return ForecastScore(
        *(GRADE, "councils", len(rows), _NOTHING, _NOTHING, _NOTHING, RANKED, "grades"),
        *(ranked, naive_ranked, log, naive_log),
    )
