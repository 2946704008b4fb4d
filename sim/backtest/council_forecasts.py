"""Forecasts council by council: grades, time to exit, and yearly returns of the last year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from scipy.special import ndtri

from sim.backtest.figures import Window
from sim.backtest.histories import YEAR, History, grades_on
from sim.backtest.naive_forecasts import Rivals
from sim.backtest.published import PublishedData, return_day
from sim.backtest.replay import Countries
from sim.backtest.scores import LEVELS, central_interval, crps, position, ranked_probability
from sim.inputs.councils.tables import FloatArray, IntArray

_POINTS = ndtri((np.arange(99) + 0.5) / 99)
_SERIES = (
    "referrals",
    "children_in_need",
    "protection_plans",
    "children_looked_after",
    "agency_rate",
    "vacancy_rate",
    "turnover_rate",
)
# Counts are compared on the log scale, so that small councils weigh as much as large ones.
_LOGS = _SERIES[:4]


@dataclass(frozen=True)
class CouncilScore:
    """One quantity over councils: mean score of the model and of two naive rivals.

    `inside` gives the share of councils within each interval ({} for grades), `positions`
    where the observed values fell in the model's samples (0 to 1, uniform if all is well).
    """

    start: date
    quantity: str
    unit: str
    count: int
    model: float
    no_change: float
    drift: float
    inside: dict[float, float] = field(default_factory=dict)
    positions: FloatArray = field(default_factory=lambda: np.zeros(0), repr=False)


def council_scores(
    record: PublishedData, countries: Countries, rivals: Rivals, tested: Window
) -> list[CouncilScore]:
    """Every quantity that can be scored council by council at the end of the test window."""
    end = tested.until
    found = [_grades(record, countries, rivals, end)]
    opening = record.history(countries.start)
    if (opening.opening == 1).any():
        found.append(_exits(opening, countries, rivals, end))
    for name in _SERIES:
        score = _returns(record, countries, name, tested)
        if score is not None:
            found.append(score)
    return found


def _grades(record: PublishedData, countries: Countries, rivals: Rivals, end: date) -> CouncilScore:
    """Grades on a day, as ranked probability scores."""
    day = end.toordinal()
    history = record.history(countries.start)
    seen = grades_on(history, day)
    last = np.where(history.opening > 0, history.opening, rivals.old_grades())
    judged = (seen > 0) & (last > 0)
    happened = seen[judged] - 1
    stays = np.eye(4)[last[judged] - 1]

    def mean(chances: FloatArray) -> float:
        return float(ranked_probability(chances, happened).mean())

    return CouncilScore(
        countries.start,
        f"grade of each council, {end.day} {end:%b %Y}",
        "ranked probability score",
        int(judged.sum()),
        mean(_chances(countries.histories, day)[judged]),
        mean(stays),
        mean(_chances(rivals.chains.histories, day)[judged]),
    )


def _chances(histories: list[History], day: int) -> FloatArray:
    """The share of histories that give each council each grade (C, 4); a council that some
    leave unjudged is shared out over those that do judge it."""
    grades = np.stack([grades_on(history, day) for history in histories])
    counts = np.stack([(grades == grade).sum(axis=0) for grade in (1, 2, 3, 4)], axis=1)
    return np.asarray((counts + 0.25) / (counts.sum(axis=1, keepdims=True) + 1.0))


def _exits(opening: History, countries: Countries, rivals: Rivals, end: date) -> CouncilScore:
    """Years from the start to exit, cut at the end, of councils inadequate at the start."""
    failing = np.flatnonzero(opening.opening == 1)
    last = end.toordinal()
    happened = _years_to_exit(opening, failing, last)
    sample = np.stack([_years_to_exit(h, failing, last) for h in countries.histories])
    chain = np.stack([_years_to_exit(h, failing, last) for h in rivals.chains.histories])
    never = np.full((1, len(failing)), (last - opening.start) / YEAR)
    return _scored(
        countries.start,
        f"years to exit by {end.day} {end:%b %Y}, councils inadequate at the start",
        "years",
        (sample, never, chain),
        happened,
    )


def _years_to_exit(history: History, councils: IntArray, last: int) -> FloatArray:
    ended = dict.fromkeys(councils.tolist(), last)
    for spell in history.spells:
        if spell.council in ended and spell.began <= history.start and spell.ended:
            ended[spell.council] = min(spell.ended, last)
    return np.array([(ended[c] - history.start) / YEAR for c in councils.tolist()])


def _returns(
    record: PublishedData, countries: Countries, name: str, tested: Window
) -> CouncilScore | None:
    """The last yearly return in the test window; None where the run does not cover it."""
    years, values = record.councils(name)
    days = [return_day(name, int(year)) for year in years]
    inside = [k for k, day in enumerate(days) if tested.after < day <= tested.until]
    before = [k for k, day in enumerate(days) if day <= max(countries.start, days[0])]
    if not inside or not before or inside[-1] <= before[-1]:
        return None
    at, base = inside[-1], before[-1]
    sample = _model_at(countries, name, days[at])
    scale: Callable[[FloatArray], FloatArray] = _log if name in _LOGS else np.asarray
    known, happened, sample = scale(values), scale(values[at]), scale(sample)
    fitted = [k for k, day in enumerate(days) if day <= tested.after]
    changes = np.diff(known[fitted], axis=0)
    ahead = at - base
    spread = float(np.nanstd(changes)) * np.sqrt(ahead) * _POINTS[:, None]
    still = known[base] + spread
    drift = still + ahead * float(np.nanmean(changes))
    use = np.isfinite(happened) & np.isfinite(known[base]) & np.isfinite(sample).all(axis=0)
    if not use.any():
        return None
    day = days[at]
    return _scored(
        countries.start,
        f"{name.replace('_', ' ')} of each council, {day.day} {day:%b %Y}",
        "log ratio" if name in _LOGS else "share",
        (sample[:, use], still[:, use], drift[:, use]),
        happened[use],
    )


def _log(values: FloatArray) -> FloatArray:
    return np.log(np.where(values > 0.0, values, np.nan))


def _model_at(countries: Countries, name: str, day: date) -> FloatArray:
    """A run reports councils each March: September lies half way between two of them."""
    if day.month == 3:
        return countries.council_year(name, day.year)
    two = (countries.council_year(name, day.year), countries.council_year(name, day.year + 1))
    return np.asarray((two[0] + two[1]) / 2.0)


def _scored(
    start: date,
    quantity: str,
    unit: str,
    samples: tuple[FloatArray, FloatArray, FloatArray],
    happened: FloatArray,
) -> CouncilScore:
    model = samples[0]
    inside = {}
    for level in LEVELS:
        low, high = central_interval(model, level)
        inside[level] = float(((low <= happened) & (happened <= high)).mean())
    score, still, other = (float(crps(sample, happened).mean()) for sample in samples)
    return CouncilScore(
        start,
        quantity,
        unit,
        len(happened),
        score,
        still,
        other,
        inside,
        position(model, happened),
    )
