"""The back-test as CSV files: one row a figure, a quantity, a month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from sim.backtest import histories as ask
from sim.backtest.assessment import Backtest, ScoredMeasure
from sim.backtest.council_forecasts import CouncilScore
from sim.backtest.patterns import Pattern
from sim.backtest.published import FIRST_DAY, NATIONAL, PublishedData, return_day
from sim.backtest.scorecard_text import WINDOWS
from sim.backtest.scores import LEVELS, position
from sim.inputs.councils.tables import FloatArray
from sim.results.summary_tables import rounded, write_csv

_BANDS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
FAN_COLUMNS = ("start", "series", "date", *(f"p{100 * q:04.1f}" for q in _BANDS))
# Flows are shown over twelve months; the others as they stand at each month's end.
_YEARLY = ("referrals",)
_FANS = (
    *("councils_inadequate", "councils_good_or_better", "agency_rate", "vacancy_rate"),
    *("caseload", "referrals", "children_in_need", "protection_plans", "children_looked_after"),
)


def write_backtest(folder: Path, found: Backtest, patterns: Sequence[Pattern]) -> None:
    """Write scorecard.csv, councils.csv, positions.csv, fans.csv, observed.csv, patterns.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = (
        *("start", "window", "group", "figure", "unit", "since", "until", "observed", "median"),
        *(f"{end}{100 * level:.0f}" for level in LEVELS for end in ("low", "high")),
        *(f"inside{100 * level:.0f}" for level in LEVELS),
        *("crps", "crps_no_change", "crps_drift", "lost_to", "source"),
    )
    write_csv(folder / "scorecard.csv", columns, map(_held_row, found.held))
    columns = (
        *("start", "quantity", "unit", "councils", "model", "no_change", "drift"),
        *(f"inside{100 * level:.0f}" for level in LEVELS),
    )
    write_csv(folder / "councils.csv", columns, map(_council_row, found.councils))
    columns = ("start", "window", "of", "quantity", "position")
    write_csv(folder / "positions.csv", columns, _positions(found))
    write_csv(folder / "fans.csv", FAN_COLUMNS, _fans(found))
    write_csv(folder / "observed.csv", ("series", "date", "value"), _observed())
    columns = ("pattern", "observed", "median", "low95", "high95", "emerges", "note")
    write_csv(folder / "patterns.csv", columns, (_pattern_row(p) for p in patterns))


def _held_row(held: ScoredMeasure) -> tuple[object, ...]:
    figure, model = held.figure, held.model
    bounds = [end for level in LEVELS for end in model.interval(level)]
    rivals = [r.score if r else float("nan") for r in (held.no_change, held.drift)]
    return (
        *(held.start, WINDOWS[held.tested], figure.group, figure.label, figure.unit),
        *(figure.since, figure.until),
        *rounded(figure.observed, model.median, *bounds),
        *(int(model.holds(level)) for level in LEVELS),
        *rounded(model.score, *rivals),
        " and ".join(held.lost_to),
        figure.source,
    )


def _council_row(score: CouncilScore) -> tuple[object, ...]:
    inside = [score.inside.get(level, float("nan")) for level in LEVELS]
    figures = rounded(score.model, score.no_change, score.drift, *inside)
    return (score.start, score.quantity, score.unit, score.count, *figures)


def _pattern_row(pattern: Pattern) -> tuple[object, ...]:
    figures = rounded(pattern.observed, pattern.median, *pattern.interval)
    return (pattern.name, *figures, "yes" if pattern.emerges else "no", pattern.note)


def _positions(found: Backtest) -> Iterator[tuple[object, ...]]:
    for held in found.held:
        at = float(position(held.model.sample, held.model.observed))
        yield held.start, WINDOWS[held.tested], "England", held.figure.label, *rounded(at)
    for score in found.councils:
        for at in score.positions:
            yield score.start, WINDOWS[True], "councils", score.quantity, *rounded(float(at))


def _fans(found: Backtest) -> Iterator[tuple[object, ...]]:
    for start, countries in found.countries.items():
        for name in _FANS:
            values = countries.national[name]
            if name in _YEARLY:
                values = _over_twelve_months(values)
            bands = np.quantile(values, _BANDS, axis=0)
            for k, month in enumerate(countries.months):
                if np.isfinite(bands[:, k]).all():
                    yield start, name, date.fromordinal(int(month)), *rounded(*bands[:, k])


def _over_twelve_months(values: FloatArray) -> FloatArray:
    """The mean of each month and the eleven before it; NaN for the first eleven."""
    total = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    mean = np.full_like(values, np.nan)
    if values.shape[1] >= 12:
        mean[:, 11:] = (total[:, 12:] - total[:, :-12]) / 12.0
    return mean


def _observed() -> Iterator[tuple[object, ...]]:
    record = PublishedData()
    history = record.history(FIRST_DAY)
    for name, lowest, highest in (
        ("councils_inadequate", 1, 1),
        ("councils_good_or_better", 3, 4),
    ):
        for day in _months():
            count = ask.councils_with(history, day.toordinal(), lowest, highest)
            yield name, day, f"{count:g}"
    for name in _FANS:
        if name in NATIONAL:
            for year, value in record.national(name).items():
                day = return_day(name, year)
                if day >= FIRST_DAY:
                    yield name, day, *rounded(value)


def _months() -> Iterator[date]:
    for year in range(2013, 2020):
        for month in range(1, 13):
            day = date(year, month, 28)
            if date(2013, 11, 30) < day < date(2019, 9, 1):
                yield day
