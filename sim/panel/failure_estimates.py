"""P3: the years around a new inadequate judgement, and around leaving one behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np

from sim.panel.council_panel import MONEY, CouncilPanel
from sim.panel.fixed_effects import NOTHING, Estimate, mean_of
from sim.units import Array, BoolArray, IntArray

LOGS = ("total", "safeguarding", "early help", "posts", "in post", "caseload")
POINTS = ("agency", "vacancy")
STEPS = (-3, -2, 0, 1, 2, 3, 4)
FEWEST = 8  # events, below which no mean is given


class Turns(NamedTuple):
    """Judgements that turned a council: the panel year in which each was published, that of the
    first return of staff on or after it, and the council."""

    year: IntArray
    staff_year: IntArray
    council: IntArray


def new_inadequate(panel: CouncilPanel) -> Turns:
    """Judgements of inadequate of councils that were not."""
    h = panel.history
    return _turns(panel, (h.grade == 1) & (h.previous_grade != 1))


def left_inadequate(panel: CouncilPanel) -> Turns:
    """Better judgements of councils that were inadequate."""
    h = panel.history
    return _turns(panel, (h.grade > 1) & (h.previous_grade == 1))


def _turns(panel: CouncilPanel, which: BoolArray) -> Turns:
    h = panel.history
    days = [date.fromordinal(int(day)) for day in h.day[which]]
    years = [day.year + (day.month >= 4) for day in days]
    staff = [day.year + 1 + (day.month > 9) for day in days]
    return Turns(np.array(years, dtype=np.int64), np.array(staff, dtype=np.int64), h.council[which])


def around(panel: CouncilPanel, name: str, turns: Turns, step: int) -> Estimate:
    """Change of a series from the year before the turn to `step` years after it, less that of
    councils outside inadequate with the same deprivation: in per cent, or points.

    The year of the turn is that in which it was published; for staff that of the first return
    on or after the day.
    """
    grid = panel.log_per_child(name) if name in LOGS and name != "caseload" else panel[name]
    if name == "caseload":
        grid = panel.log(name)
    grid = 100.0 * grid if name in LOGS else grid
    moves: list[float] = []
    councils: list[int] = []
    turned = turns.year if name in MONEY else turns.staff_year
    for year in np.unique(turned):
        before, after = panel.place(int(year) - 1), panel.place(int(year) + step)
        if not (0 <= before < len(grid) and 0 <= after < len(grid)):
            continue
        own = turns.council[turned == year]
        moved = grid[after] - grid[before]
        excess = moved - _usual(panel, moved, own, sorted((before, after)))
        known = own[np.isfinite(excess[own])]
        moves += excess[known].tolist()
        councils += known.tolist()
    if len(moves) < FEWEST:
        return NOTHING
    return mean_of(np.array(moves), np.array(councils))


def _usual(panel: CouncilPanel, moved: Array, own: IntArray, years: Sequence[int]) -> Array:
    """What other councils, never inadequate between two years, moved, by deprivation, (C,)."""
    first, last = years
    outside = ~panel.inadequate[first : last + 1].any(axis=0) & np.isfinite(moved)
    outside[own] = False
    if outside.sum() < 20:
        return np.full_like(moved, np.nan)
    slope, level = np.polyfit(panel.deprivation[outside], moved[outside], 1)
    return np.asarray(level + slope * panel.deprivation)


def after_new_inadequate(panel: CouncilPanel, name: str, step: int) -> Estimate:
    """Around a new inadequate judgement."""
    return around(panel, name, new_inadequate(panel), step)


def after_leaving(panel: CouncilPanel, name: str, step: int) -> Estimate:
    """Around leaving inadequate."""
    return around(panel, name, left_inadequate(panel), step)


def before_failing(panel: CouncilPanel, name: str) -> Estimate:
    """How far councils stand above others, given deprivation, in the last return before a new
    inadequate judgement, in points."""
    grid, turns = panel[name], new_inadequate(panel)
    stands: list[float] = []
    councils: list[int] = []
    for year in np.unique(turns.staff_year):
        before = panel.place(int(year) - 1)
        own = turns.council[turns.staff_year == year]
        excess = grid[before] - _usual(panel, grid[before], own, (before, before))
        known = own[np.isfinite(excess[own])]
        stands += excess[known].tolist()
        councils += known.tolist()
    return mean_of(np.array(stands), np.array(councils)) if len(stands) >= FEWEST else NOTHING


def estimators() -> Mapping[str, Callable[[CouncilPanel], Estimate]]:
    """By id."""
    by_id: dict[str, Callable[[CouncilPanel], Estimate]] = {}
    for name in (*LOGS, *POINTS):
        for step in STEPS:
            key = f"P3.{name.replace(' ', '_')}.{step:+d}"
            by_id[key] = partial(after_new_inadequate, name=name, step=step)
    by_id["P3.turnover.+0"] = partial(after_new_inadequate, name="turnover", step=0)
    for name in POINTS:
        by_id[f"P3.before.{name}"] = partial(before_failing, name=name)
    for name, step in (*(("agency", k) for k in (0, 1, 3)), ("total", 2), ("posts", 3)):
        by_id[f"P3.leaving.{name}.{step:+d}"] = partial(after_leaving, name=name, step=step)
    return by_id
