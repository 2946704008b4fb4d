"""Targets: published figures on which the model is fitted and judged.

Each has the observed number and a way to predict it from simulated countries. One list serves
the fits (figures that end by the close of the calibration window) and the back-test (both
windows, kept apart).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from sim.inputs.files.problems import Problem, raise_if_any
from sim.units import GRADES, Array
from sim.validation.histories import History
from sim.validation.published import FIRST_DAY, LAST_DAY, PublishedData, return_day, scaled
from sim.validation.replay import Countries

Group = Literal[
    "grades", "inspection", "exit", "trusts", "staff", "children", "money", "leaders", "after"
]
Predict = Callable[[Countries], Array]
Count = Callable[[History, int, int], float]


@dataclass(frozen=True)
class Target:
    """One observed number, and how countries predict it: one value a country (NaN for none).

    `quantity` is what is measured; `since` and `until` the days between which it is counted
    (the same day for a stock). `error` is one standard deviation of what the figure may miss
    by for reasons outside the model: how it was counted, and that a model is a model. All
    errors are assumptions; chance is not in them, since each country has its own. None where
    the figure is judged but never fitted. `shock` is one standard deviation of what moves all
    of England together in a year and no country has: predictions of the few figures for which
    the model has no such shock of its own carry it.
    `series` names the yearly series that the figure belongs to, "" if none; `from_judgements`
    says that it follows from judgements alone. `count` is given for what is counted in
    histories.
    """

    quantity: str
    group: Group
    unit: str
    since: date
    until: date
    observed: float
    source: str
    predict: Predict
    error: float | None = None
    shock: float = 0.0
    series: str = ""
    from_judgements: bool = False
    count: Count | None = None

    @property
    def period(self) -> bool:
        """Whether it is counted over a period, not on a day."""
        return self.since < self.until

    @property
    def label(self) -> str:
        """The quantity with its day or period."""
        last = f"{self.until.day} {self.until:%b %Y}"
        if not self.period:
            return f"{self.quantity}, {last}"
        first = self.since + timedelta(days=1)
        return f"{self.quantity}, {first:%b %Y} to {self.until:%b %Y}"


@dataclass(frozen=True)
class Window:
    """Days after `after` up to and including `until`."""

    after: date
    until: date

    def includes(self, day: date) -> bool:
        """Whether a day lies in the window: a figure of it is known by the end, not before."""
        return self.after < day <= self.until


# The published record begins with the single inspection framework; what came after March 2022
# is kept apart from the fit that is tested.
FITTED = Window(FIRST_DAY - timedelta(days=1), date(2022, 3, 31))
# Between the two frameworks: moves between grades are counted on either side of it.
LATER_FRAMEWORK = date(2018, 3, 31)
TESTED = Window(FITTED.until, LAST_DAY)
# What runs use is fitted to all that is known, by the same recipe.
ALL_KNOWN = Window(FITTED.after, LAST_DAY)


def tested_window(first: date | None, last: date | None) -> Window:
    """The test window from its first to its last day; None where it is as usual."""
    after = TESTED.after if first is None else date.fromordinal(max(first.toordinal() - 1, 1))
    return Window(after, TESTED.until if last is None else last)


def check_windows(fitted: Window, tested: Window, fit: str = "calibration window") -> None:
    """Raise InputError where the `fit` (its name) would see what it is tested on, or a window is
    void."""
    problems = []
    if fitted.until > tested.after:
        problems.append(
            Problem(
                fit,
                f"ends on {fitted.until} and overlaps the test window, which begins after "
                f"{tested.after}",
                "a model must not be tested on what it was fitted to: test one fitted to "
                f"{tested.after} or earlier, or test from a later day",
            )
        )
    for name, window in ((fit, fitted), ("test window", tested)):
        if window.after >= window.until:
            problems.append(Problem(name, f"ends on {window.until}, before it begins"))
    if tested.until > LAST_DAY:
        what = f"ends on {tested.until}, after the published record, which ends on {LAST_DAY}"
        problems.append(Problem("test window", what))
    raise_if_any(problems)


def targets(
    published: PublishedData,
    start: date,
    fitted: Window = FITTED,
    tested: Window | None = TESTED,
) -> list[Target]:
    """Every figure with which a run from `start` can be compared: to the end of the test window, or
    of the fitted one where nothing is `tested`.

    Raises InputError naming each figure that the seed tables lack.
    """
    history = published.history(start)
    last = fitted.until if tested is None else tested.until
    rows = [
        *_judgement_targets(history, start, fitted, tested, last),
        *_series_targets(published, start, fitted, last),
    ]
    if start == FIRST_DAY:
        rows += [_growth(published, name) for name in _GROWTH]
        rows += _failure_targets(published, history, fitted)
    missing = [target for target in rows if not np.isfinite(target.observed)]
    raise_if_any(Problem("targets", f"the seeds do not give {t.label}") for t in missing)
    return rows


# -- judgements and trusts (evidence T1 to T6, T10) ---------------------------------------------

MARCHES = tuple(date(year, 3, 31) for year in range(2014, 2025))
_FIRST_ROUND = (
    (date(2014, 12, 31), 4.0),
    (date(2015, 12, 14), 4.0),
    (date(2016, 12, 31), 4.0),
    (date(2017, 3, 31), 3.0),
    (date(2017, 12, 8), 1.5),
)
_TRUST_DAYS = (
    *(date(2014, 10, 1), date(2015, 10, 1), date(2017, 4, 1), date(2018, 4, 1)),
    *(date(2018, 12, 1), date(2019, 10, 1), date(2020, 11, 1), date(2022, 9, 1)),
    date(2023, 4, 1),
)


@dataclass(frozen=True)
class _Counted:
    """What is counted in a history: between two days (ordinals), or on the second of them."""

    quantity: str
    group: Group
    unit: str
    error: float | None
    count: Count


def _judgement_targets(
    history: History, start: date, fitted: Window, tested: Window | None, end: date
) -> Iterator[Target]:
    """Every figure about judgements and trusts that a run from `start` covers by `end`."""
    for since, until, counted in _counted_between(start, fitted, tested):
        if since < start - timedelta(days=1) or until > end:
            continue
        if until <= start and tested is not None and tested.includes(until):
            continue  # what the run is given is no test of it
        trusts = counted.group == "trusts"
        first, last = since.toordinal(), until.toordinal()
        yield Target(
            counted.quantity,
            counted.group,
            counted.unit,
            since,
            until,
            counted.count(history, first, last),
            (
                "interventions.csv (evidence T10), councils of the start that are still there"
                if trusts
                else "judgements.csv (evidence T1 to T6), councils of the start while they last"
            ),
            _predicted_count(counted.count, first, last),
            counted.error,
            from_judgements=not trusts,
            count=counted.count,
        )


def _predicted_count(count: Count, after: int, until: int) -> Predict:
    return lambda countries: countries.each(count, after, until)


def _counted_between(
    start: date, fitted: Window, tested: Window | None
) -> Iterator[tuple[date, date, _Counted]]:
    """(since, until, what is counted); a stock has both days the same."""
    eve = start - timedelta(days=1)
    for day in (*MARCHES[1:], LAST_DAY):
        for counted in _STOCKS:
            yield day, day, counted
    for after, until in [*pairwise(MARCHES), (MARCHES[-1], LAST_DAY)]:
        for counted in _YEARLY:
            yield after, until, counted
    if start == FIRST_DAY:
        for day, error in _FIRST_ROUND:
            what = "councils judged at least once"
            yield day, day, _Counted(what, "inspection", "councils", error, _graded(1, 4))
        for counted in _FIRST_GRADES:
            yield eve, fitted.until, counted
    for window in (fitted, tested):
        if window is not None and eve < window.until:
            for counted in _WINDOW:
                yield max(window.after, eve), window.until, counted
            for after, until in _by_framework(max(window.after, eve), window.until):
                # Under the single framework only failing councils were inspected twice.
                for counted in _MOVES_FROM_INADEQUATE if until <= LATER_FRAMEWORK else _MOVES:
                    yield after, until, counted
    for day in _TRUST_DAYS:
        yield day, day, _TRUSTS


def _by_framework(after: date, until: date) -> list[tuple[date, date]]:
    """The days between two, in two periods where the framework changed between them."""
    if after < LATER_FRAMEWORK < until:
        return [(after, LATER_FRAMEWORK), (LATER_FRAMEWORK, until)]
    return [(after, until)]


def _graded(lowest: int, highest: int) -> Count:
    return lambda history, _, day: history.councils_with(day, lowest, highest)


def _first(grade: int) -> Count:
    return lambda history, _, until: history.first_grades(until, grade)


def _move(previous: int, grade: int) -> Count:
    return lambda history, after, until: history.moves(after, until, previous, grade)


def _newly_inadequate(history: History, after: int, until: int) -> float:
    return sum(history.moves(after, until, previous, 1) for previous in (0, 2, 3, 4))


def _still(months: int) -> Count:
    return lambda h, after, until: h.share_still_inadequate(months / 12.0, after, until)


_STOCKS = (
    _Counted("councils inadequate", "grades", "councils", 3.0, _graded(1, 1)),
    _Counted("councils good or better", "grades", "councils", 4.0, _graded(3, 4)),
)
_YEARLY = (
    _Counted("inspections published", "inspection", "reports", 4.0, History.inspections),
    _Counted("exits from inadequate", "exit", "councils", None, History.exits),
    _Counted("newly inadequate", "grades", "councils", None, _newly_inadequate),
)
_FIRST_GRADES = tuple(
    _Counted(f"first judgements {GRADES[grade]}", "grades", "councils", error, _first(grade))
    for grade, error in ((4, 1.5), (3, 4.0), (1, 4.0))
)
_WINDOW = (
    *(
        _Counted(
            f"share still inadequate after {months} months", "exit", "share", error, _still(months)
        )
        for months, error in ((24, 0.05), (30, 0.08), (36, 0.08))
    ),
    _Counted("re-inspections", "inspection", "reports", 3.0, History.reinspections),
    _Counted("re-inspections that failed again", "exit", "reports", 2.0, _move(1, 1)),
)
# The whole table of transitions (A-T1), outstanding included.
_MOVES = tuple(
    _Counted(
        f"moves from {GRADES[previous]} to {GRADES[grade]}",
        "grades",
        "reports",
        2.0,
        _move(previous, grade),
    )
    for previous in (1, 2, 3, 4)
    for grade in (1, 2, 3, 4)
)
_MOVES_FROM_INADEQUATE = _MOVES[:4]
_TRUSTS = _Counted(
    "trusts open", "trusts", "trusts", 0.7, lambda history, _, day: history.trusts_open(day)
)


# -- yearly returns: staff, children, money, directors (evidence T7, T8, T11, T12) -----------------


class _Series(NamedTuple):
    """A yearly series: `yearly` says that a figure is of the year to its day (else on the day)."""

    name: str
    group: Group
    unit: str
    error: float | None
    yearly: bool


_SERIES = (
    _Series("agency_rate", "staff", "share", 0.015, False),
    _Series("vacancy_rate", "staff", "share", 0.015, False),
    _Series("turnover_rate", "staff", "share", 0.012, True),
    _Series("caseload", "staff", "cases", 1.0, False),
    _Series("social_workers_fte", "staff", "full-time equivalents", 800.0, False),
    _Series("referrals", "children", "referrals", None, True),
    _Series("children_in_need", "children", "children", None, False),
    _Series("protection_plans", "children", "children", None, False),
    _Series("children_looked_after", "children", "children", 1500.0, False),
    _Series("spend_gbp_m", "money", "GBP million", 250.0, True),
    _Series("early_help_gbp_m", "money", "GBP million", 150.0, True),
    _Series("director_changes", "leaders", "changes", 6.0, True),
    _Series("overspend_share", "money", "share", 0.03, True),
    _Series("councils_overspent", "money", "share", 0.08, True),
)
_SOURCES = {
    "director_changes": "evidence G1 (T11)",
    "overspend_share": "evidence F3 (T12)",
    "councils_overspent": "evidence F3 (T12)",
}
# The return for 2013, from which a run of that year starts, fell short (DICTIONARY.md): of
# these series only the growth from 2015 on is fitted, to the eve of the pandemic.
_GROWTH = ("referrals", "children_in_need", "protection_plans")
_GROWTH_FROM, _GROWTH_TO, _GROWTH_ERROR = date(2015, 3, 31), date(2020, 3, 31), 0.03

# The returns of 2013 were short, and spending headings moved before that.
STEADY_FROM = 2014
SHOCK_SHARE = 0.02
# Series in which nothing moves all councils of a country together: what does is added to them.
_WITHOUT_SHARED_SHOCKS = ("director_changes", "overspend_share", "councils_overspent")


def _series_targets(
    published: PublishedData, start: date, fitted: Window, end: date
) -> Iterator[Target]:
    """Every yearly figure of England that a run from `start` covers by `end`."""
    for name, group, unit, error, yearly in _SERIES:
        values = published.national(name)
        shock = _shock(name, values, fitted) if name in _WITHOUT_SHARED_SHOCKS else 0.0
        source = _SOURCES.get(name, "national.csv (evidence T7, T8)")
        for year, value in values.items():
            until = return_day(name, year)
            since = date(year - 1, until.month, until.day) if yearly else until
            if since < start - timedelta(days=1) or until > end:
                continue
            predict = _predictor(name, until, yearly)
            yield Target(
                *(_words(name), group, unit, since, until, value, source, predict, error),
                shock=shock,
                series=name,
            )


def _shock(name: str, series: Mapping[int, float], fitted: Window) -> float:
    """How far the series strays from its trend in a year, from the fitted window alone. Where the
    record has fewer than three yearly changes: a share of the last value, by assumption."""
    known = [year for year in series if return_day(name, year) <= fitted.until]
    steady = [year for year in known if year >= STEADY_FROM]
    changes = [series[b] - series[a] for a, b in pairwise(steady) if b == a + 1]
    if len(changes) >= 3:
        return float(np.std(changes, ddof=1))
    return SHOCK_SHARE * abs(series[known[-1]]) if known else 0.0


def _words(name: str) -> str:
    return name.removesuffix("_gbp_m").replace("_", " ")


def _predictor(name: str, until: date, yearly: bool) -> Predict:
    if name == "director_changes":
        after, last = date(until.year - 1, 3, 31).toordinal(), until.toordinal()
        return _predicted_count(History.changes_of_director, after, last)
    if name == "councils_overspent":
        return lambda countries: _share_overspent(
            countries.council_year("overspend_share", until.year)
        )
    if yearly:
        return lambda countries: countries.year_to(name, until)
    return lambda countries: countries.level(name, until)


def _share_overspent(overspend: Array) -> Array:
    """The share of the councils still there that overspent, (N,), from shares (N, C)."""
    return np.asarray((overspend > 0.0).sum(axis=1) / np.isfinite(overspend).sum(axis=1))


def _growth(published: PublishedData, name: str) -> Target:
    series = published.national(name)
    first, last = (_predictor(name, day, name == "referrals") for day in (_GROWTH_FROM, _GROWTH_TO))
    return Target(
        f"growth of {_words(name)}",
        "children",
        "log ratio",
        _GROWTH_FROM,
        _GROWTH_TO,
        float(np.log(series[_GROWTH_TO.year] / series[_GROWTH_FROM.year])),
        "national.csv (evidence T8)",
        lambda countries: np.log(last(countries) / first(countries)),
        _GROWTH_ERROR,
    )


# -- how councils moved after an inadequate judgement (evidence T9) --------------------------------

# What is followed after a judgement: name, whether as log ratio (else difference), error.
_AFTER_FAILURE = (
    ("referrals", True, 0.04),
    ("protection_plans", True, 0.05),
    ("children_in_need", True, 0.04),
    ("agency_rate", False, 0.02),
    ("vacancy_rate", False, 0.02),
)
FIRST_RETURN = date(2015, 3, 31)


def _failure_targets(
    published: PublishedData, history: History, fitted: Window
) -> Iterator[Target]:
    """How councils newly judged inadequate moved in the first and second year after.

    Staff are returned in September in the record and read in March in a run: half a year
    apart, but equally far from the judgements that fall between two returns.
    """
    for name, logs, error in _AFTER_FAILURE:
        for years, word in ((1, "first"), (2, "second")):
            yield Target(
                f"{_words(name)}, {word} year after failure",
                "after",
                "log ratio" if logs else "share",
                FIRST_RETURN,
                fitted.until,
                observed_change(published, history, name, logs, 0, years, fitted.until),
                "children.csv, workforce.csv (evidence C-T1, T9)",
                partial(predicted_change, name, logs, 0, years, until=fitted.until),
                error,
            )


def observed_change(
    published: PublishedData,
    history: History,
    name: str,
    logs: bool,
    earlier: int,
    later: int,
    until: date = date.max,
) -> float:
    """`History.change_after_failure` of a series as published, from FIRST_RETURN to `until`."""
    years, values = published.councils(name, date.fromordinal(history.start))
    days = [return_day(name, int(year)) for year in years]
    use = np.array([FIRST_RETURN <= day <= until for day in days])
    returns = np.array([day.toordinal() for day in days])[use]
    return history.change_after_failure(returns, scaled(values[use], logs), earlier, later)


def predicted_change(
    name: str,
    logs: bool,
    earlier: int,
    later: int,
    countries: Countries,
    until: date = date.max,
) -> Array:
    """The same in each country, (N,)."""
    use = countries.years >= FIRST_RETURN.toordinal()
    use &= countries.years <= until.toordinal()
    returns, values = countries.years[use], scaled(countries.councils[name][:, use], logs)
    return np.array(
        [
            history.change_after_failure(returns, own, earlier, later)
            for history, own in zip(countries.histories, values, strict=True)
        ]
    )
