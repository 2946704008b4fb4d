"""Sharp: scores of England's figures against rivals that give a spread too, and widths."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from scipy.stats import poisson

from sim.units import Array
from sim.validation.measures.coverage import EVERYTHING
from sim.validation.scores import central_interval
from sim.validation.targets import Target

# The groups that are judged, by the name that targets give them.
GROUPS = {
    "grades": "grades",
    "exit": "exits",
    "inspection": "inspections",
    "staff": "staff",
    "children": "children",
    "money": "money",
}
ALL_GROUPS = "all groups"
HARDEST = "hardest rival"
SMALL_COUNT = 20.0
_COUNTED_IN = ("councils", "reports", "trusts", "changes")
# Figures of one kind, of which scores are averaged before a ratio is taken: many alone are counts
# near nought, whose scores are mostly luck.
_ONE_KIND = {
    "moves from ": "moves between grades",
    "first judgements ": "first judgements",
    "share still inadequate ": "share still inadequate",
}


class ScoredFigure(NamedTuple):
    """A figure of England from a start: scores of the model and of each rival that gives a
    spread, the model's sample (N,), and what was published."""

    start: date
    target: Target
    model: float
    rivals: Mapping[str, float]
    sample: Array


class SkillRatio(NamedTuple):
    """Scores of the model over those of a rival (below 1: the model does better): by kind of
    figure mean over mean, over kinds and then groups the geometric mean.

    `rival` is the name of one, or for all groups "hardest rival": in each group that against which
    the ratio is highest. `judging` marks the hardest of a group. `figures` are those that the
    rival foresees.
    """

    start: date | str
    group: str
    rival: str
    figures: int
    kinds: int
    ratio: float
    judging: bool


def kind_of(target: Target) -> str:
    """The kind of figure that a target is of."""
    for beginning, kind in _ONE_KIND.items():
        if target.quantity.startswith(beginning):
            return kind
    return target.quantity


def skill_ratios(figures: Sequence[ScoredFigure]) -> list[SkillRatio]:
    """All starts together and each alone: each group against each rival, then all groups.

    A rival that foresees less than half of a group's figures is told of but judges nothing.
    """
    starts: list[date | str] = [EVERYTHING, *sorted({f.start for f in figures})]
    rows = []
    for start in starts:
        hardest = []
        for name, group in GROUPS.items():
            own = [f for f in figures if f.target.group == name]
            own = [f for f in own if start in (EVERYTHING, f.start)]
            ratios = list(_group_ratios(start, group, own))
            fit = [r for r in ratios if 2 * r.figures >= len(own)]
            if fit:
                worst = max(fit, key=lambda r: r.ratio)
                hardest.append(worst)
                ratios = [r._replace(judging=r is worst) for r in ratios]
            rows += ratios
        if hardest:
            mean = math.exp(float(np.mean([math.log(r.ratio) for r in hardest])))
            figures_all = sum(r.figures for r in hardest)
            rows.append(
                SkillRatio(start, ALL_GROUPS, HARDEST, figures_all, len(hardest), mean, True)
            )
    return rows


def _group_ratios(
    start: date | str, group: str, figures: Sequence[ScoredFigure]
) -> Iterator[SkillRatio]:
    for rival in sorted({name for f in figures for name in f.rivals}):
        both = [f for f in figures if rival in f.rivals]
        logs = []
        for kind in sorted({kind_of(f.target) for f in both}):
            own = [f for f in both if kind_of(f.target) == kind]
            model = float(np.mean([f.model for f in own]))
            other = float(np.mean([f.rivals[rival] for f in own]))
            if model > 0.0 and other > 0.0:
                logs.append(math.log(model / other))
        if logs:
            ratio = math.exp(float(np.mean(logs)))
            yield SkillRatio(start, group, rival, len(both), len(logs), ratio, False)


class IntervalWidth(NamedTuple):
    """How wide the intervals are, by start and kind of figure: means over its figures.

    `relative95` is the 95 % interval over the figure observed, the median over figures (NaN where
    all are nought). For counts under 20, `poisson95` is the width that a Poisson count with the
    model's mean has, which no model can undercut, and `small` how many of these there are, NaN
    and 0 otherwise; `small95` is the model's width on the same figures.
    """

    start: date
    kind: str
    unit: str
    figures: int
    width80: float
    width95: float
    relative95: float
    small: int
    small95: float
    poisson95: float


def interval_widths(figures: Sequence[ScoredFigure]) -> Iterator[IntervalWidth]:
    """A row a start and kind of figure, in the order of figures."""
    kinds = dict.fromkeys((f.start, kind_of(f.target), f.target.unit) for f in figures)
    for start, kind, unit in kinds:
        own = [f for f in figures if (f.start, kind_of(f.target)) == (start, kind)]
        own = [f for f in own if f.target.unit == unit]
        wide = [_width(f.sample, 0.95) for f in own]
        relative = [
            w / abs(f.target.observed)
            for w, f in zip(wide, own, strict=True)
            if f.target.observed != 0.0
        ]
        small = [f for f in own if unit in _COUNTED_IN and f.target.observed < SMALL_COUNT]
        yield IntervalWidth(
            *(start, kind, unit, len(own)),
            *(_mean(_width(f.sample, 0.8) for f in own), _mean(wide)),
            float(np.median(relative)) if relative else math.nan,
            *(len(small), _mean(_width(f.sample, 0.95) for f in small)),
            _mean(_poisson_width(float(f.sample.mean())) for f in small),
        )


def _width(sample: Array, level: float) -> float:
    low, high = central_interval(sample, level)
    return float(high - low)


def _poisson_width(mean: float) -> float:
    low, high = poisson.interval(0.95, max(mean, 1e-9))
    return float(high - max(low, 0.0))


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return float(np.mean(known)) if known else math.nan
