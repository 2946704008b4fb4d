"""P5: what the returns before an inspection say of its grade, and of a new failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from sim.panel.council_panel import CouncilPanel, change
from sim.panel.fixed_effects import NINETY, NOTHING, Estimate, fit_rows
from sim.panel.logistic import area_under_curve, held_out_scores, share_in_top_fifth
from sim.units import Array, BoolArray, IntArray

# A report comes out some ten weeks after inspectors arrive (evidence A9, A10): returns of the
# weeks between tell nothing of what they met.
DAYS_TO_REPORT = 70
LATER_FRAMEWORK = date(2018, 2, 1).toordinal()  # first reports of the framework of January 2018
FEWEST_EVENTS = 10

STAFF_NOW = ("agency", "caseload", "absence", "turnover", "posts per child", "vacancy")
STAFF_CHANGES = ("rise of agency",)
OTHERS = (
    *("early help per child", "growth of early help", "safeguarding per child"),
    *("total per child", "power over three years", "timely"),
)
CIRCUMSTANCES = (*STAFF_NOW, *STAFF_CHANGES, *OTHERS, "deprivation")


class Inspections(NamedTuple):
    """Full inspections with staff figures of the September before: (n,) each.

    `x` holds circumstances by name (n,), NaN where not returned. `place` are the figures that
    every regression is given: previous grade, framework, region, deprivation and size (n, K).
    """

    grade: IntArray
    previous: IntArray
    council: IntArray
    year: IntArray
    place: Array
    x: Mapping[str, Array]


@lru_cache(maxsize=2)  # one panel is asked many times in a row
def inspections(panel: CouncilPanel) -> Inspections:
    """Every inspection with the circumstances before it."""
    h = panel.history
    arrived = [date.fromordinal(int(day) - DAYS_TO_REPORT) for day in h.day]
    # The panel year of the last staff return before, and of the last money and children.
    staff = np.array([d.year + ((d.month, d.day) > (9, 30)) for d in arrived], dtype=np.int64)
    march = np.array([d.year - (d.month < 4) for d in arrived], dtype=np.int64)
    grids = _circumstances(panel)
    last = int(panel.years[-1])
    use = (staff >= int(panel.years[0])) & (staff <= last) & (march <= last)
    use &= np.isfinite(
        panel["in post"][np.clip(staff - panel.years[0], 0, len(panel.years) - 1), h.council]
    )
    council = h.council[use]
    x = {
        name: grid[(staff if at == "staff" else march)[use] - panel.years[0], council]
        for name, (at, grid) in grids.items()
    }
    previous = np.where(h.previous_grade > 0, h.previous_grade, 10 + panel.older_grade[h.council])
    later = h.day[use] >= LATER_FRAMEWORK
    size = np.log(panel.children[march[use] - panel.years[0], council])
    return Inspections(
        grade=h.grade[use],
        previous=h.previous_grade[use],
        council=council,
        year=np.array([date.fromordinal(int(day)).year for day in h.day[use]], dtype=np.int64),
        place=np.column_stack(
            [
                _dummies(previous[use]),
                later.astype(np.float64),
                _dummies(panel.region[council]),
                panel.deprivation[council],
                size,
            ]
        ),
        x=x,
    )


def _circumstances(panel: CouncilPanel) -> dict[str, tuple[str, Array]]:
    """By name: whose day it goes by, and the grid (T, C)."""
    staff = {
        **{name: panel[name] for name in ("agency", "caseload", "absence", "turnover", "vacancy")},
        "posts per child": panel.log_per_child("posts"),
        "rise of agency": change(panel["agency"], 2),
    }
    early_help = panel.log_per_child("early help")
    money = {
        "early help per child": early_help,
        "growth of early help": change(early_help, 2),
        "safeguarding per child": panel.log_per_child("safeguarding"),
        "total per child": panel.log_per_child("total"),
        "power over three years": change(panel.power, 3),
        "timely": panel["timely"],
        "deprivation": np.broadcast_to(panel.deprivation, early_help.shape),
    }
    return {
        **{name: ("staff", grid) for name, grid in staff.items()},
        **{name: ("march", grid) for name, grid in money.items()},
    }


def _dummies(values: IntArray) -> Array:
    levels = np.unique(values)[1:]
    return np.asarray(values[:, None] == levels[None, :], dtype=np.float64)


def standardised(values: Array, year: IntArray) -> Array:
    """In standard deviations within the year, over all years together."""
    centred = values.copy()
    for one in np.unique(year):
        rows = year == one
        if np.isfinite(values[rows]).any():
            centred[rows] -= np.nanmean(values[rows])
    spread = float(np.nanstd(centred))
    return np.asarray(centred / spread) if spread > 0.0 else np.full_like(centred, np.nan)


def of_one_sd(panel: CouncilPanel, name: str, *, inadequate: bool = False) -> Estimate:
    """Steps of the grade (or the chance of inadequate) that go with one standard deviation more
    of a circumstance: linear, given previous grade, framework, region, deprivation, size, year.

    The register's is an ordered logit; on the record the two differ by a hundredth or two.
    """
    rows = inspections(panel)
    x = standardised(rows.x[name], rows.year)
    known = np.isfinite(x)
    if known.sum() < 60:
        return NOTHING
    y = (rows.grade == 1).astype(np.float64) if inadequate else rows.grade.astype(np.float64)
    # Deprivation is among what every regression is given: here it comes first.
    place = rows.place[:, :-2] if name == "deprivation" else rows.place
    size = rows.place[:, -1:]
    fit = fit_rows(
        y[known],
        np.column_stack([x[known], place[known], size[known]]),
        cluster=rows.council[known],
        dummies=rows.year[known],
    )
    return fit.first()


@lru_cache(maxsize=4)
def _new_failures(panel: CouncilPanel, names: tuple[str, ...]) -> tuple[Array, BoolArray]:
    """Held-out scores and what happened, of inspections of councils that were not inadequate."""
    rows = inspections(panel)
    at_risk = rows.previous != 1
    columns = [standardised(rows.x[name], rows.year) for name in names]
    # A blank return stands at the year's mean.
    x = np.column_stack([rows.place, *(np.nan_to_num(column) for column in columns)])[at_risk]
    failed = (rows.grade == 1)[at_risk]
    if failed.sum() < FEWEST_EVENTS:
        return np.zeros(0), failed
    return held_out_scores(x, failed, rows.year[at_risk]), failed


def failure_area(panel: CouncilPanel, names: tuple[str, ...]) -> Estimate:
    """Area under the curve of a new inadequate judgement from returns, years held out."""
    scores, failed = _new_failures(panel, names)
    if not len(scores):
        return NOTHING
    area = area_under_curve(scores, failed)
    # Standard error of an area (Hanley and McNeil).
    yes, no = int(failed.sum()), int((~failed).sum())
    q1, q2 = area / (2.0 - area), 2.0 * area * area / (1.0 + area)
    spread = area * (1.0 - area) + (yes - 1) * (q1 - area**2) + (no - 1) * (q2 - area**2)
    half = NINETY * float(np.sqrt(max(spread, 0.0) / (yes * no)))
    return Estimate(area, area - half, area + half, len(scores))


def failures_in_top_fifth(panel: CouncilPanel, names: tuple[str, ...]) -> Estimate:
    """Share of new failures among the fifth at the highest risk, per cent."""
    scores, failed = _new_failures(panel, names)
    if not len(scores):
        return NOTHING
    return Estimate(share_in_top_fifth(scores, failed), rows=len(scores))


def estimators() -> Mapping[str, Callable[[CouncilPanel], Estimate]]:
    """By id."""
    by_id: dict[str, Callable[[CouncilPanel], Estimate]] = {}
    for name in CIRCUMSTANCES:
        if name == "vacancy":
            continue
        key = name.replace(" ", "_")
        by_id[f"P5.grade.{key}"] = partial(of_one_sd, name=name)
        if name in ("agency", "rise of agency", "caseload"):
            by_id[f"P5.inadequate.{key}"] = partial(of_one_sd, name=name, inadequate=True)
    staff, everything = (*STAFF_NOW, *STAFF_CHANGES), (*STAFF_NOW, *STAFF_CHANGES, *OTHERS)
    by_id["P5.area.base"] = partial(failure_area, names=())
    by_id["P5.area.staff"] = partial(failure_area, names=staff)
    by_id["P5.area.everything"] = partial(failure_area, names=everything)
    by_id["P5.top_fifth.everything"] = partial(failures_in_top_fifth, names=everything)
    return by_id
