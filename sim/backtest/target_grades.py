"""Figures that follow from judgements: grades, inspections, exits, trusts (evidence T1 to T6,
T10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from sim.backtest import histories as ask
from sim.backtest.figures import Group, Measure, Target, Window
from sim.backtest.histories import History
from sim.backtest.published import FIRST_DAY, LAST_DAY
from sim.backtest.replay import Countries
from sim.inputs.councils.tables import FloatArray

MARCHES = tuple(date(year, 3, 31) for year in range(2014, 2020))
_FIRST_ROUND = (
    (date(2014, 12, 31), 4.0),
    (date(2015, 12, 14), 4.0),
    (date(2016, 12, 31), 4.0),
    (date(2017, 3, 31), 3.0),
    (date(2017, 12, 8), 1.5),
)
_TRUST_DAYS = (date(2014, 10, 1), date(2015, 10, 1), date(2017, 4, 1), date(2018, 4, 1))
_LAST_TRUST_DAY = date(2018, 12, 1)
_GRADES = {1: "inadequate", 2: "requires improvement", 3: "good", 4: "outstanding"}
_SOURCES = {"trusts": "interventions.csv (evidence T10)"}
_PANEL = "judgements.csv (evidence T1 to T6)"


@dataclass(frozen=True)
class _Question:
    """What is asked of a history: between two days (ordinals), or on the second of them."""

    quantity: str
    group: Group
    unit: str
    error: float | None
    ask: Callable[[History, int, int], float]


def grade_targets(history: History, start: date, fitted: Window, tested: Window) -> list[Target]:
    """Every figure about judgements and trusts that a run from `start` covers."""
    found = []
    eve = start - timedelta(days=1)
    for since, until, question in _all(start, fitted, tested):
        if since < eve or until > tested.until:
            continue
        a, b = since.toordinal(), until.toordinal()
        figure = Measure(
            question.quantity,
            question.group,
            question.unit,
            since,
            until,
            question.ask(history, a, b),
            _SOURCES.get(question.group, _PANEL),
            question.error,
        )
        found.append(
            Target(
                figure,
                _predictor(question, a, b),
                grades=question.group != "trusts",
                count=question.ask if since != until else None,
            )
        )
    return found


def _predictor(question: _Question, a: int, b: int) -> Callable[[Countries], FloatArray]:
    return lambda countries: np.array([question.ask(h, a, b) for h in countries.histories])


def _all(start: date, fitted: Window, tested: Window) -> Iterator[tuple[date, date, _Question]]:
    """(since, until, question); a stock has both days the same."""
    for day in (*MARCHES[1:], LAST_DAY):
        for question in _STOCKS:
            yield day, day, question
    eve = start - timedelta(days=1)
    for after, until in [*pairwise(MARCHES), (MARCHES[-1], LAST_DAY)]:
        for question in _YEARLY:
            yield after, until, question
    if start == FIRST_DAY:
        for day, error in _FIRST_ROUND:
            yield day, day, _judged(error)
        for question in _FIRST_GRADES:
            yield eve, fitted.until, question
    for window in (fitted, tested):
        if eve < window.until:
            for question in _WINDOW:
                yield max(window.after, eve), window.until, question
    for day in (*_TRUST_DAYS, _LAST_TRUST_DAY):
        yield day, day, _TRUSTS


def _standing(lowest: int, highest: int) -> Callable[[History, int, int], float]:
    return lambda h, _, day: ask.councils_with(h, day, lowest, highest)


def _judged(error: float) -> _Question:
    what = "councils judged at least once"
    return _Question(what, "inspection", "councils", error, _standing(1, 4))


def _first(grade: int) -> Callable[[History, int, int], float]:
    return lambda h, _, until: ask.first_grades(h, until, grade)


def _move(before: int, grade: int) -> Callable[[History, int, int], float]:
    return lambda h, after, until: ask.moves(h, after, until, before, grade)


def _newly(history: History, after: int, until: int) -> float:
    return sum(ask.moves(history, after, until, before, 1) for before in (0, 2, 3, 4))


def _still(months: int) -> Callable[[History, int, int], float]:
    return lambda h, after, until: ask.still_inadequate(h, months / 12.0, after, until)


_STOCKS = (
    _Question("councils inadequate", "grades", "councils", 3.0, _standing(1, 1)),
    _Question("councils good or better", "grades", "councils", 4.0, _standing(3, 4)),
)
_YEARLY = (
    _Question("inspections published", "inspection", "reports", 4.0, ask.published),
    _Question("exits from inadequate", "exit", "councils", None, ask.exits),
    _Question("newly inadequate", "grades", "councils", None, _newly),
)
_FIRST_GRADES = tuple(
    _Question(f"first judgements {_GRADES[grade]}", "grades", "councils", error, _first(grade))
    for grade, error in ((4, 1.5), (3, 4.0), (1, 4.0))
)
_WINDOW = (
    *(
        _Question(
            f"share still inadequate after {months} months", "exit", "share", error, _still(months)
        )
        for months, error in ((24, 0.05), (30, 0.08), (36, 0.08))
    ),
    _Question("re-inspections", "inspection", "reports", 3.0, ask.reinspections),
    _Question("re-inspections that failed again", "exit", "reports", 2.0, ask.failed_again),
    *(
        _Question(
            f"moves from {_GRADES[before]} to {_GRADES[grade]}",
            "grades",
            "reports",
            None,
            _move(before, grade),
        )
        for before in (1, 2, 3)
        for grade in (1, 2, 3, 4)
    ),
)
_TRUSTS = _Question(
    "trusts open", "trusts", "trusts", 0.7, lambda h, _, day: ask.trusts_open(h, day)
)
