"""The back-test: the model against published figures, of the years that it was fitted to and of
those that it was not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.dates import LAST_END
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem
from sim.random.streams import stream
from sim.units import Array
from sim.validation.council_scores import CouncilScore, council_scores
from sim.validation.ensemble import load_ensemble
from sim.validation.fits.fit_register import TESTED_ENSEMBLE
from sim.validation.measures.rivals import Rivals
from sim.validation.measures.transitions import TransitionTable, transition_table
from sim.validation.naive_forecasts import NaiveForecasters
from sim.validation.patterns import patterns
from sim.validation.published import FIRST_DAY, PublishedData
from sim.validation.replay import Countries, replay
from sim.validation.scorecard import FITTED_YEARS, TESTED_YEARS, Scorecard, ScoredTarget
from sim.validation.scores import Forecast
from sim.validation.targets import FITTED, TESTED, Target, Window, check_windows, targets

# Where runs begin: with the framework, with the regime in question, with the later framework, and
# on the eve of the test window. From the last the model knows as much of the past as the naive
# forecasts do.
STARTS = (FIRST_DAY, date(2016, 1, 1), date(2018, 4, 1), date(2022, 4, 1))


def backtest(
    sets: int | Sequence[Mapping[str, float]] = 100,
    *,
    seed: int = 1,
    starts: Sequence[date] = STARTS,
    fitted: Window | None = None,
    tested: Window = TESTED,
    ensemble: Path | None = None,
    until: date | None = None,
    regimes: Mapping[str, type] | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> Scorecard:
    """Simulate England as it was governed from each start, and compare with what was published.

    `sets` are parameter sets, one simulated country each (every parameter of the ledger), or
    how many to take of a fitted `ensemble`: a file, or that of the record to March 2022 in the
    seeds. The ensemble of all other runs is fitted to the test window too, and is refused.
    `starts` are days from 1 November 2013. Figures of the window `fitted` (for an ensemble: up to
    the day that it was fitted to) and of `tested`, which ends on 31 August 2024 at the latest, are
    scored apart.
    `until` runs on beyond the test (at most to 30 December 2036), to write what is predicted.
    `regimes` by name replace those installed; `progress` is called with a line of text.

    The scorecard holds the scores; its method `write` makes the tables of a back-test folder.

    Raises InputError where there are no sets, the windows overlap, nothing was published in the
    test window, or the seeds lack a figure.
    """
    name = "calibration window"
    if isinstance(sets, int):
        place = ensemble or seeds_dir() / TESTED_ENSEMBLE
        drawn, name = load_ensemble(load_ledger(), place), f"the fit in {place.name}"
        if sets > len(drawn.sets):
            what = f"the fitted ensemble has {len(drawn.sets)} sets, fewer than {sets:,}"
            raise InputError(Problem("--sets", what))
        sets = drawn.sets[: max(sets, 0)]
        fitted = fitted or Window(FITTED.after, drawn.fitted_until)
    fitted = fitted or FITTED
    check_windows(fitted, tested, name)
    if until is not None and not FIRST_DAY <= until < LAST_END:
        what = f"{until} is outside the years that can be run"
        raise InputError(
            Problem("--until", what, f"run on to {LAST_END - timedelta(days=1)} at most")
        )
    if not sets:
        raise InputError(Problem("sets", "a back-test needs at least one parameter set"))
    published = PublishedData()
    figures = {start: targets(published, start, fitted, tested) for start in starts}
    # What is counted over a window as a whole there always is.
    dated = (one for some in figures.values() for one in some if one.series or not one.period)
    if not any(tested.includes(one.until) for one in dated):
        what = f"no figure was published after {tested.after} and up to {tested.until}"
        raise InputError(Problem("test window", what, "make it longer: most figures are yearly"))
    england: list[ScoredTarget] = []
    councils: list[CouncilScore] = []
    transitions: list[TransitionTable] = []
    countries: dict[date, Countries] = {}
    end = tested.until + timedelta(days=1)
    last = end if until is None else max(end, until + timedelta(days=1))
    for start in starts:
        progress(f"Simulating {len(sets)} countries from {start}")
        countries[start] = simulated = replay(
            start, last, sets, seed=seed, regimes=regimes, known_until=fitted.until
        )
        naive = NaiveForecasters(published, start, fitted, end, seed)
        rivals = Rivals(naive, seed)
        for target in figures[start]:
            sample = _with_shock(target, target.predict(simulated), seed)
            model = _forecast(sample, target)
            if model is None:
                continue
            no_change, drift = naive.predict(target)
            is_test = tested.includes(target.until)
            others = rivals.predict(target) if is_test else {}
            england.append(
                ScoredTarget(
                    start,
                    target,
                    is_test,
                    model,
                    _forecast(no_change, target),
                    _forecast(drift, target),
                    sample,
                    {name: Forecast(other, target.observed) for name, other in others.items()},
                )
            )
        councils += council_scores(published, simulated, naive, rivals, tested)
        transitions += _transitions(published, simulated, fitted, tested)
    from_first = countries.get(FIRST_DAY)
    emergent = [] if from_first is None else patterns(published, from_first)
    return Scorecard(
        *(england, councils, transitions, emergent, countries),
        *(len(sets), seed, tested, until),
    )


def _with_shock(target: Target, sample: Array, seed: int) -> Array:
    """The predictions with what moves all of England together and no country has."""
    generator = stream(seed, 0, "shock", target.series, target.until.isoformat())
    return np.asarray(sample + target.shock * generator.standard_normal(len(sample)))


def _transitions(
    published: PublishedData, countries: Countries, fitted: Window, tested: Window
) -> Iterator[TransitionTable]:
    """The table of moves between grades in the part of each window that the run covers."""
    history = published.history(countries.start)
    for window, name in ((fitted, FITTED_YEARS), (tested, TESTED_YEARS)):
        after = max(window.after.toordinal(), history.start - 1)
        until = window.until.toordinal()
        if after < until:
            yield transition_table(
                *(countries.start, name, history, countries.histories, after, until)
            )


def _forecast(sample: Array | None, target: Target) -> Forecast | None:
    """None where nothing, or next to nothing, was predicted."""
    if sample is None:
        return None
    known = sample[np.isfinite(sample)]
    return Forecast(known, target.observed) if len(known) >= 0.5 * len(sample) else None
