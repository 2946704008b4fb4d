"""How well a fit gives back the figures that it was fitted to. No test: it has seen them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from sim.inputs.evidence.beliefs import ENSEMBLE
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.places import seeds_dir
from sim.validation.ensemble import load_ensemble
from sim.validation.published import FIRST_DAY, PublishedData
from sim.validation.replay import Countries, replay
from sim.validation.scores import LEVELS, Forecast
from sim.validation.targets import FITTED, Target, Window, targets

COLUMNS = (
    *("group", "figure", "unit", "observed", "error", "median", "low95", "high95"),
    *(f"inside{100 * level:.0f}" for level in LEVELS),
)


def fitted_figures(
    sets: int,
    *,
    seed: int = 1,
    ensemble: Path | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> tuple[pd.DataFrame, date]:
    """The figures that an ensemble was fitted to (every run's where none is named), with what as
    many countries as there are `sets` make of them from 1 November 2013; and the day to which it
    was fitted.

    One row a figure: `error` is what the figure may miss by for reasons outside the model (an
    assumption); intervals are those of the simulated countries alone. Where fewer sets were drawn
    than asked for, all are used. Raises InputError where the ensemble cannot be read.
    """
    drawn = load_ensemble(load_ledger(), ensemble or seeds_dir() / ENSEMBLE)
    window = Window(FITTED.after, drawn.fitted_until)
    used = drawn.sets[:sets]
    progress(f"Simulating {len(used)} countries of the fit to {window.until}")
    countries = replay(FIRST_DAY, window.until + timedelta(days=1), used, seed=seed)
    fitted = (t for t in targets(PublishedData(), FIRST_DAY, window, None) if t.error is not None)
    return pd.DataFrame(_rows(countries, fitted), columns=list(COLUMNS)), window.until


def _rows(countries: Countries, fitted: Iterable[Target]) -> Iterable[tuple[object, ...]]:
    for target in fitted:
        sample = target.predict(countries)
        known = sample[np.isfinite(sample)]
        if len(known) < 0.5 * len(sample):
            continue  # next to nothing was predicted
        forecast = Forecast(known, target.observed)
        yield (
            *(target.group, target.label, target.unit, target.observed, target.error),
            *(forecast.median, *forecast.interval(0.95)),
            *(int(forecast.covers(level)) for level in LEVELS),
        )
