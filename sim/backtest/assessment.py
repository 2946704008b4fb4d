"""Holds the model against the record: the years it was fitted to, and those it never saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from sim.backtest.council_forecasts import CouncilScore, council_scores
from sim.backtest.figures import FITTED, TESTED, Measure, Target, Window, check_windows
from sim.backtest.naive_forecasts import Rivals
from sim.backtest.published import FIRST_DAY, PublishedData
from sim.backtest.replay import Countries, replay
from sim.backtest.scores import LEVELS, Forecast, coverage
from sim.backtest.targets import targets
from sim.inputs.councils.tables import FloatArray
from sim.random.streams import stream

# Where runs begin: with the framework, with the regime in question, and on the eve of the
# test window, where the model knows as much of the past as the naive rivals do.
STARTS = (FIRST_DAY, date(2016, 1, 1), date(2018, 4, 1))
Say = Callable[[str], None]


@dataclass(frozen=True)
class ScoredMeasure:
    """One figure, what the model said of it, and what two naive rivals said (None: nothing).

    `tested` says that the figure became known only in the test window.
    """

    start: date
    figure: Measure
    tested: bool
    model: Forecast
    no_change: Forecast | None
    drift: Forecast | None

    @property
    def lost_to(self) -> list[str]:
        """The rivals whose CRPS is better than the model's."""
        rivals = (("no change", self.no_change), ("drift", self.drift))
        return [name for name, r in rivals if r is not None and r.score < self.model.score]


@dataclass(frozen=True)
class Backtest:
    """All that was held against the record, from every start."""

    held: list[ScoredMeasure]
    councils: list[CouncilScore]
    countries: Mapping[date, Countries] = field(repr=False)

    @cached_property
    def starts(self) -> list[date]:
        """The days on which runs began."""
        return list(self.countries)

    def select(self, start: date | None = None, tested: bool | None = None) -> list[ScoredMeasure]:
        """The figures of one start (or all) and one window (or both)."""
        return [
            h
            for h in self.held
            if (start is None or h.start == start) and (tested is None or h.tested == tested)
        ]


@dataclass(frozen=True)
class Summary:
    """What a set of figures says: shares inside the intervals, width, skill.

    `width` is the median width of the 95 % interval over what was observed, `mean_width` its
    mean, which a few figures near zero rule. `skill` is one
    less the ratio of the model's CRPS to a rival's, the ratio being the geometric mean over
    the figures on which the rival has a forecast: above zero the model is better.
    """

    count: int
    inside: dict[float, float]
    width: float
    mean_width: float
    skill_no_change: float
    skill_drift: float
    compared: tuple[int, int]


def backtest(
    sets: Sequence[Mapping[str, float]],
    *,
    seed: int,
    regimes: Mapping[str, type],
    starts: Sequence[date] = STARTS,
    fitted: Window = FITTED,
    tested: Window = TESTED,
    until: date | None = None,
    say: Say = lambda words: None,
) -> Backtest:
    """Play England as practised from each start, a country a set, and compare.

    The countries are played to the end of the test window, or on to `until`.

    Raises InputError where the windows overlap or the seeds lack a figure.
    """
    check_windows(fitted, tested)
    record = PublishedData()
    held: list[ScoredMeasure] = []
    councils: list[CouncilScore] = []
    countries: dict[date, Countries] = {}
    end = tested.until + timedelta(days=1)
    last = end if until is None else max(end, until + timedelta(days=1))
    for start in starts:
        say(f"Playing {len(sets)} nations from {start}")
        countries[start] = played = replay(start, last, sets, seed=seed, regimes=regimes)
        rivals = Rivals(record, start, fitted, end, seed)
        for target in targets(record, start, fitted, tested):
            model = _forecast(_shaken(target, target.predict(played), seed), target.figure)
            if model is None:
                continue
            naive = rivals.predict(target)
            held.append(
                ScoredMeasure(
                    start,
                    target.figure,
                    tested.holds(target.figure),
                    model,
                    _forecast(naive.no_change, target.figure),
                    _forecast(naive.drift, target.figure),
                )
            )
        councils += council_scores(record, played, rivals, tested)
    return Backtest(held, councils, countries)


def _shaken(target: Target, sample: FloatArray, seed: int) -> FloatArray:
    """The predictions with what moves all of England together."""
    figure = target.figure
    generator = stream(seed, 0, "shock", target.series, figure.until.isoformat())
    return np.asarray(sample + figure.shock * generator.standard_normal(len(sample)))


def _forecast(sample: FloatArray | None, figure: Measure) -> Forecast | None:
    """None where nothing, or next to nothing, was predicted."""
    if sample is None:
        return None
    known = sample[np.isfinite(sample)]
    if len(known) < 0.5 * len(sample):
        return None
    return Forecast(known, figure.observed)


def summary(held: Sequence[ScoredMeasure]) -> Summary:
    """The figures taken together."""
    models = [h.model for h in held]
    widths = [
        (h.model.interval(0.95)[1] - h.model.interval(0.95)[0]) / abs(h.figure.observed)
        for h in held
        if h.figure.observed
    ]
    still = [(h.model, h.no_change) for h in held if h.no_change is not None]
    drift = [(h.model, h.drift) for h in held if h.drift is not None]
    return Summary(
        count=len(held),
        inside={level: coverage(models, level) for level in LEVELS},
        width=float(np.median(widths)) if widths else float("nan"),
        mean_width=float(np.mean(widths)) if widths else float("nan"),
        skill_no_change=_skill(still),
        skill_drift=_skill(drift),
        compared=(len(still), len(drift)),
    )


def _skill(pairs: Sequence[tuple[Forecast, Forecast]]) -> float:
    if not pairs:
        return float("nan")
    # A floor of one per cent of what was observed (or 0.01) keeps a lucky hit from ruling.
    floors = [0.01 * max(abs(model.observed), 1.0) for model, _ in pairs]
    ratios = [
        np.log((model.score + floor) / (rival.score + floor))
        for (model, rival), floor in zip(pairs, floors, strict=True)
    ]
    return 1.0 - float(np.exp(np.mean(ratios)))
