"""Figures from yearly returns: staff, children, money, directors (evidence T7, T8, T11, T12),
and how councils moved after an inadequate judgement (T9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from sim.backtest import histories as ask
from sim.backtest.figures import Group, Measure, Target, Window
from sim.backtest.histories import History
from sim.backtest.published import FIRST_DAY, PublishedData, return_day
from sim.backtest.replay import Countries
from sim.inputs.councils.tables import FloatArray

Predict = Callable[[Countries], FloatArray]

# name, group, unit, error, and whether the figure is of the year to the day (else at the day).
_SERIES: tuple[tuple[str, Group, str, float | None, bool], ...] = (
    ("agency_rate", "staff", "share", 0.015, False),
    ("vacancy_rate", "staff", "share", 0.015, False),
    ("turnover_rate", "staff", "share", 0.012, True),
    ("caseload", "staff", "cases", 1.0, False),
    ("social_workers_fte", "staff", "full-time equivalents", None, False),
    ("referrals", "children", "referrals", None, True),
    ("children_in_need", "children", "children", None, False),
    ("protection_plans", "children", "children", None, False),
    ("children_looked_after", "children", "children", 1500.0, False),
    ("spend_gbp_m", "money", "GBP million", None, True),
    ("early_help_gbp_m", "money", "GBP million", None, True),
    ("director_changes", "leaders", "changes", 6.0, True),
    ("overspend_share", "money", "share", 0.03, True),
    ("councils_overspent", "money", "share", 0.08, True),
)
_SOURCES = {
    "director_changes": "evidence G1 (T11)",
    "overspend_share": "evidence F3 (T12)",
    "councils_overspent": "evidence F3 (T12)",
}
# The return for 2013, from which a run of that year starts, fell short (DICTIONARY.md): of
# these series only the growth from 2015 on is fitted.
_GROWTH = ("referrals", "children_in_need", "protection_plans")
_GROWTH_FROM, _GROWTH_TO, _GROWTH_ERROR = date(2015, 3, 31), date(2018, 3, 31), 0.03

# The returns of 2013 were short, and spending headings moved before that.
STEADY_FROM = 2014
SHOCK_SHARE = 0.02

# What is followed after a judgement: name, whether as log ratio (else difference), error.
_JUMPS = (
    ("referrals", True, 0.04),
    ("protection_plans", True, 0.05),
    ("children_in_need", True, 0.04),
    ("agency_rate", False, 0.02),
    ("vacancy_rate", False, 0.02),
)
FIRST_RETURN = date(2015, 3, 31)


def series_targets(record: PublishedData, start: date, fitted: Window, end: date) -> list[Target]:
    """Every yearly figure of England that a run from `start` covers by `end`."""
    found = []
    eve = start - timedelta(days=1)
    for name, group, unit, error, yearly in _SERIES:
        series = record.national(name)
        shock = _shock(name, series, fitted)
        for year, value in series.items():
            until = return_day(name, year)
            since = date(year - 1, until.month, until.day) if yearly else until
            if since < eve or until > end:
                continue
            source = _SOURCES.get(name, "national.csv (evidence T7, T8)")
            figure = Measure(_words(name), group, unit, since, until, value, source, error, shock)
            found.append(Target(figure, _predictor(name, until, yearly), series=name))
    if start == FIRST_DAY:
        found += [_growth(record, name) for name in _GROWTH]
    return found


def _shock(name: str, series: Mapping[int, float], fitted: Window) -> float:
    """How far the series strays from its trend in a year, from the fitted window alone.

    The model's councils have shocks of their own but none in common. Where the record has
    fewer than three yearly changes: a share of the last value, by assumption.
    """
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
        a, b = date(until.year - 1, 3, 31).toordinal(), until.toordinal()
        return lambda n: np.array([ask.director_changes(h, a, b) for h in n.histories])
    if name == "councils_overspent":
        return lambda n: np.asarray(
            (n.council_year("overspend_share", until.year) > 0.0).mean(axis=1)
        )
    if yearly:
        return lambda countries: countries.year_to(name, until)
    return lambda countries: countries.level(name, until)


def _growth(record: PublishedData, name: str) -> Target:
    series = record.national(name)
    seen = float(np.log(series[_GROWTH_TO.year] / series[_GROWTH_FROM.year]))
    at = [_predictor(name, day, name == "referrals") for day in (_GROWTH_FROM, _GROWTH_TO)]
    figure = Measure(
        f"growth of {_words(name)}",
        "children",
        "log ratio",
        _GROWTH_FROM,
        _GROWTH_TO,
        seen,
        "national.csv (evidence T8)",
        _GROWTH_ERROR,
    )
    return Target(figure, lambda countries: np.log(at[1](countries) / at[0](countries)))


def jump_targets(record: PublishedData, history: History, fitted: Window) -> list[Target]:
    """How councils newly judged inadequate moved in the first and second year after.

    Staff are returned in September in the record and read in March in a run: half a year
    apart, but equally far from the judgements that fall between two returns.
    """
    found = []
    for name, logs, error in _JUMPS:
        years, values = record.councils(name)
        returns = [return_day(name, int(year)) for year in years]
        use = np.array([FIRST_RETURN <= day <= fitted.until for day in returns])
        days = np.array([day.toordinal() for day in returns])[use]
        seen = scaled(values[use], logs)
        for later, word in ((1, "first"), (2, "second")):
            figure = Measure(
                f"{_words(name)}, {word} year after failure",
                "after",
                "log ratio" if logs else "share",
                FIRST_RETURN,
                fitted.until,
                ask.jump(history, days, seen, 0, later),
                "children.csv, workforce.csv (evidence C-T1, T9)",
                error,
            )
            found.append(Target(figure, _jump(name, logs, later, fitted.until)))
    return found


def _jump(name: str, logs: bool, later: int, end: date) -> Predict:
    def predict(countries: Countries) -> FloatArray:
        use = countries.years >= FIRST_RETURN.toordinal()
        use &= countries.years <= end.toordinal()
        days, seen = countries.years[use], scaled(countries.councils[name][:, use], logs)
        return np.array(
            [ask.jump(h, days, seen[k], 0, later) for k, h in enumerate(countries.histories)]
        )

    return predict


def scaled(values: FloatArray, logs: bool) -> FloatArray:
    """Values as they are, or their logarithms (NaN where there is none)."""
    return np.log(np.where(values > 0.0, values, np.nan)) if logs else values
