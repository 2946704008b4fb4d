"""What a batch of countries hands back: plain data, no simulation objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from sim.units import Array


@dataclass(frozen=True)
class Event:
    """One thing that happened in one country.

    `day` counts days from the start of the run (negative: before it). `council` is the
    column of the council, or -1 for England. `cause` is the `id` of the event of the same
    country that led to this one, or None.
    """

    country: int
    id: int
    day: int
    council: int
    kind: str
    cause: int | None
    details: dict[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Spell:
    """A council's time from publication of an inadequate judgement to its exit.

    Days count from the start of the run; a spell that was under way then starts on a
    negative day. `ended` is None where the run stopped first. `exit_grade` is 2 (requires
    improvement) to 4 (outstanding), or None. `tried` lists what was done, in order, as
    "kind@day". `route` is the last of commissioner, peer, trust, adviser, none.
    """

    country: int
    council: int
    started: int
    ended: int | None
    route: str
    exit_grade: int | None
    tried: tuple[str, ...]


@dataclass(frozen=True)
class BatchResult:
    """All that a batch of N countries reports, for C councils.

    `totals`: metric -> (N,), one figure a run (sim.inputs.metrics.METRICS); a stock or rate
    is its mean over the run, a flow its yearly mean, NaN where nothing was there to measure.
    `national`: series -> (N, months): stocks and rates at (or over) each calendar month,
    flows as the month's amount times twelve.
    `councils`: series -> (N, years, C) for each financial year ended 31 March, stocks at
    that date, flows over the year; NaN in a year that the run covers only in part.
    """

    scenarios: list[str]
    replications: list[int]
    start: date
    days: int
    totals: dict[str, Array]
    months: list[date]
    national: dict[str, Array]
    years: list[str]
    councils: dict[str, npt.NDArray[np.float32]]
    spells: list[Spell]
    events: list[Event]
