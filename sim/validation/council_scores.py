"""Forecasts council by council, scored: grades, time to exit, and yearly returns of the last
year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from scipy.special import ndtri

from sim.inputs.councils.baseline import baseline
from sim.units import DAYS_A_YEAR, Array, IntArray
from sim.validation.histories import History
from sim.validation.measures.coverage import usual_shares
from sim.validation.measures.rivals import LATENT, PAST_CHANGES, Rivals, changes_over
from sim.validation.naive_forecasts import NaiveForecasters
from sim.validation.published import PublishedData, return_day, scaled
from sim.validation.replay import Countries
from sim.validation.scores import LEVELS, central_interval, crps, position, ranked_probability
from sim.validation.targets import Window

_SHARES = (np.arange(99) + 0.5) / 99
_POINTS = ndtri(_SHARES)
# Counts are compared on the log scale, so that small councils weigh as much as large ones.
_COUNTS = ("referrals", "children_in_need", "protection_plans", "children_looked_after")
_RATES = ("agency_rate", "vacancy_rate", "turnover_rate")


@dataclass(frozen=True)
class CouncilScore:
    """One quantity over councils: mean score of the model and of the two naive forecasts.

    `inside` gives the share of councils within each interval ({} for grades), `positions`
    where the observed values fell in the model's samples (0 to 1, uniform if all is well).
    Council by council: `members` (councils,) are their places among those of the start, `scores`
    (3, councils) those of the model, no change and drift, `errors` (councils,) the model's middle
    less what was observed, in `unit` (for grades, the mean grade foretold less the grade).
    `rivals` holds the scores (councils,) of what else foresees the quantity, by rival, and `usual`
    the middle 90 % of the shares inside when a replication is taken as the record.
    """

    start: date
    quantity: str
    unit: str
    count: int
    model: float
    no_change: float
    drift: float
    inside: dict[float, float] = field(default_factory=dict)
    positions: Array = field(default_factory=lambda: np.zeros(0), repr=False)
    members: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    scores: Array = field(default_factory=lambda: np.zeros((3, 0)), repr=False)
    errors: Array = field(default_factory=lambda: np.zeros(0), repr=False)
    rivals: Mapping[str, Array] = field(default_factory=dict, repr=False)
    usual: Mapping[float, tuple[float, float]] = field(default_factory=dict, repr=False)


def council_scores(
    published: PublishedData,
    countries: Countries,
    naive: NaiveForecasters,
    rivals: Rivals,
    tested: Window,
) -> list[CouncilScore]:
    """Every quantity that can be scored council by council at the end of the test window."""
    history = published.history(countries.start)
    scores = [_grades(history, countries, naive, rivals, tested.until)]
    if (history.opening == 1).any():
        scores.append(_exits(history, countries, naive, tested.until))
    returns = (_returns(published, countries, name, tested) for name in _COUNTS + _RATES)
    return [*scores, *(score for score in returns if score is not None)]


def _grades(
    history: History,
    countries: Countries,
    naive: NaiveForecasters,
    rivals: Rivals,
    end: date,
) -> CouncilScore:
    """Grades on a day, as ranked probability scores."""
    day = end.toordinal()
    grades = history.grades_on(day)
    old = baseline(countries.start).pre_sif_grade
    last = np.where(history.opening > 0, history.opening, old)
    judged = (grades > 0) & (last > 0)
    model = grade_chances(countries.histories, day)[judged]
    no_change = np.eye(4)[last[judged] - 1]
    chains = grade_chances(naive.chains.histories, day)[judged]
    observed = grades[judged]
    scores = np.stack([ranked_probability(c, observed - 1) for c in (model, no_change, chains)])
    latent = grade_chances(rivals.latent.histories, day)[judged]
    return CouncilScore(
        *(countries.start, f"grade of each council, {end.day} {end:%b %Y}"),
        "ranked probability score",
        len(observed),
        *(float(scores[0].mean()), float(scores[1].mean()), float(scores[2].mean())),
        members=np.flatnonzero(judged),
        scores=scores,
        errors=model @ np.arange(1.0, 5.0) - observed,
        rivals={LATENT: ranked_probability(latent, observed - 1)},
    )


def grade_chances(histories: list[History], day: int) -> Array:
    """The share of histories that give each council each grade (C, 4); a council that some
    leave unjudged is shared out over those that do judge it."""
    grades = np.stack([history.grades_on(day) for history in histories])
    counts = np.stack([(grades == grade).sum(axis=0) for grade in (1, 2, 3, 4)], axis=1)
    return np.asarray((counts + 0.25) / (counts.sum(axis=1, keepdims=True) + 1.0))


def _exits(
    history: History, countries: Countries, naive: NaiveForecasters, end: date
) -> CouncilScore:
    """Years from the start to exit, cut at the end, of councils inadequate at the start."""
    failing = np.flatnonzero(history.opening == 1)
    last = end.toordinal()
    model, chains = (
        np.stack([_years_to_exit(h, failing, last) for h in histories])
        for histories in (countries.histories, naive.chains.histories)
    )
    never = _years_to_exit(history.without_judgements(), failing, last)[None]
    return _scored(
        countries.start,
        f"years to exit by {end.day} {end:%b %Y}, councils inadequate at the start",
        "years",
        failing,
        (model, never, chains),
        _years_to_exit(history, failing, last),
    )


def _years_to_exit(history: History, councils: IntArray, last: int) -> Array:
    """Years from the start to exit, cut at a day, or at the council's abolition before it."""
    ended = {c: min(int(history.abolition_days[c]), last) for c in councils.tolist()}
    for spell in history.spells:
        if spell.council in ended and spell.began <= history.start and spell.ended:
            ended[spell.council] = min(spell.ended, ended[spell.council])
    return np.array([(ended[c] - history.start) / DAYS_A_YEAR for c in councils.tolist()])


def _returns(
    published: PublishedData, countries: Countries, name: str, tested: Window
) -> CouncilScore | None:
    """The last yearly return in the test window; None where the run does not cover it."""
    years, values = published.councils(name, countries.start)
    days = [return_day(name, int(year)) for year in years]
    inside = [k for k, day in enumerate(days) if tested.includes(day)]
    before = [k for k, day in enumerate(days) if day <= max(countries.start, days[0])]
    if not inside or not before or inside[-1] <= before[-1]:
        return None
    at, base = inside[-1], before[-1]
    day, ahead, logs = days[at], at - base, name in _COUNTS
    known = scaled(values, logs)
    observed = known[at]
    model = scaled(_model_on(countries, name, day), logs)
    past = [k for k, day in enumerate(days) if day <= max(tested.after, countries.start)]
    changes = np.diff(known[past], axis=0)
    no_change = known[base] + float(np.nanstd(changes)) * np.sqrt(ahead) * _POINTS[:, None]
    drift = no_change + ahead * float(np.nanmean(changes))
    walks = changes_over(known[past], ahead, name)
    if walks is None:  # a single return before: nothing is known of changes
        walks = np.zeros(1)
    past_changes = known[base] + np.quantile(walks, _SHARES)[:, None]
    use = np.isfinite(observed) & np.isfinite(known[base]) & np.isfinite(model).all(axis=0)
    if not use.any():
        return None
    return _scored(
        countries.start,
        f"{name.replace('_', ' ')} of each council, {day.day} {day:%b %Y}",
        "log ratio" if logs else "share",
        np.flatnonzero(use),
        (model[:, use], no_change[:, use], drift[:, use]),
        observed[use],
        {PAST_CHANGES: crps(past_changes[:, use], observed[use])},
    )


def _model_on(countries: Countries, name: str, day: date) -> Array:
    """A run reports councils each March: September lies half way between two of them."""
    march = countries.council_year(name, day.year)
    if day.month == 3:
        return march
    return np.asarray((march + countries.council_year(name, day.year + 1)) / 2.0)


def _scored(
    start: date,
    quantity: str,
    unit: str,
    members: IntArray,
    samples: tuple[Array, Array, Array],
    observed: Array,
    rivals: Mapping[str, Array] | None = None,
) -> CouncilScore:
    """The scores of three samples (N, councils): model, no change, drift."""
    inside, usual = {}, {}
    for level in LEVELS:
        usual[level] = usual_shares(samples[0], level)
        low, high = central_interval(samples[0], level)
        inside[level] = float(((low <= observed) & (observed <= high)).mean())
    scores = np.stack([crps(sample, observed) for sample in samples])
    model, no_change, drift = scores.mean(axis=1).tolist()
    return CouncilScore(
        *(start, quantity, unit, len(observed), model, no_change, drift, inside),
        position(samples[0], observed),
        members,
        scores,
        np.median(samples[0], axis=0) - observed,
        rivals or {},
        usual,
    )
