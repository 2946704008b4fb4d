"""What the model is fitted to and judged by: figures, how they are predicted, and windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sim.backtest.histories import History
from sim.backtest.published import FIRST_DAY, LAST_DAY
from sim.backtest.replay import Countries
from sim.inputs.councils.tables import FloatArray
from sim.inputs.files.problems import Problem, raise_if_any

Group = Literal[
    "grades", "inspection", "exit", "trusts", "staff", "children", "money", "leaders", "after"
]


@dataclass(frozen=True)
class Measure:
    """One observed number.

    `quantity` is what is measured; `since` and `until` the days between which it is counted
    (the same day for a stock). `error` is one standard deviation of what the figure may miss
    by for reasons outside the model: how it was counted, and that a model is a model. All
    errors are assumptions; luck is not in them, since each country brings its own. None where
    the figure is judged but never fitted. `shock` is one standard deviation of what moves all
    of England together in a year and no country has: predictions of the figure carry it.
    """

    quantity: str
    group: Group
    unit: str
    since: date
    until: date
    observed: float
    source: str
    error: float | None = None
    shock: float = 0.0

    @property
    def label(self) -> str:
        """The quantity with its day or period."""
        last = f"{self.until.day} {self.until:%b %Y}"
        if self.since == self.until:
            return f"{self.quantity}, {last}"
        first = self.since + timedelta(days=1)
        return f"{self.quantity}, {first:%b %Y} to {self.until:%b %Y}"


@dataclass(frozen=True)
class Target:
    """A figure and how countries predict it, one value a country (NaN where one cannot).

    `series` names the yearly series that the figure belongs to, "" if none; `grades` says
    that it follows from judgements alone. `count` is given for what is counted in a period.
    """

    figure: Measure
    predict: Callable[[Countries], FloatArray]
    series: str = ""
    grades: bool = False
    count: Callable[[History, int, int], float] | None = None


@dataclass(frozen=True)
class Window:
    """Days after `after` up to and including `until`."""

    after: date
    until: date

    def holds(self, figure: Measure) -> bool:
        """Whether a figure is known only by the end of the window, and not before it."""
        return self.after < figure.until <= self.until


# The record begins with the single inspection framework; what came after March 2018 is kept
# apart from the fit.
FITTED = Window(FIRST_DAY - timedelta(days=1), date(2018, 3, 31))
TESTED = Window(FITTED.until, LAST_DAY)


def check_windows(fitted: Window, tested: Window) -> None:
    """Raise InputError where the fit would see what it is tested on, or a window is void."""
    problems = []
    if fitted.until > tested.after:
        problems.append(
            Problem(
                "calibration window",
                f"ends on {fitted.until} and overlaps the test window, which begins after "
                f"{tested.after}",
                "a model must not be tested on what it was fitted to",
            )
        )
    for name, window in (("calibration window", fitted), ("test window", tested)):
        if window.after >= window.until:
            problems.append(Problem(name, f"ends on {window.until}, before it begins"))
    if tested.until > LAST_DAY:
        what = f"ends on {tested.until}, after the record, which ends on {LAST_DAY}"
        problems.append(Problem("test window", what))
    raise_if_any(problems)
