"""Where two regimes tie: for one parameter a number, for two a line.

The difference between the regimes is regressed on the parameters over all futures, so that
the tie is one on average over everything else that is not known. Its uncertainty is that of
the regression: futures drawn again with replacement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.random.streams import stream
from sim.studies.regressions import (
    Array,
    Curves,
    IntArray,
    controls,
    fit,
    resampled,
    strongest,
    tail,
)

DRAWS = 200
_STEPS = 201
_COARSER = 5  # the ground is told at every fifth of these

Verdict = Literal["above", "below", "always", "never", "undecided"]


@dataclass(frozen=True)
class BreakEven:
    """What one parameter must be for the tested regime to win.

    The regime wins on average `above` or `below` the value `at` (95 % interval `at_low` to
    `at_high`); `always` or `never` in the whole range; `undecided` where the difference does
    not clearly depend on the parameter or the tie cannot be placed. `loss_low` and
    `loss_high` are the expected differences at the ends of the range, with their intervals.
    """

    verdict: Verdict
    at: float
    at_low: float
    at_high: float
    low: float
    high: float
    loss_low: tuple[float, float, float]
    loss_high: tuple[float, float, float]


def break_even(
    x: Array,
    difference: Array,
    column: int,
    seed: int = 1,
    groups: IntArray | None = None,
    order: Sequence[int] | None = None,
) -> BreakEven:
    """The break-even of one column of `x` (futures, parameters).

    `difference` (futures) is the loss of the tested regime less that of the other: below
    zero it wins. `groups` (futures) names futures that share their luck; `order` is that of
    `regress.strongest`, found here when None.
    """
    generator = stream(seed, 0, "explore", "tie")
    besides = controls(order or strongest(x, difference), [column], len(x))
    low, high = float(x[:, column].min()), float(x[:, column].max())
    grid = np.linspace(low, high, _STEPS)
    (best,) = fit(x, difference, [column], besides)(grid[:, None])
    draws = resampled(x, difference, [column], besides, DRAWS, generator, groups)(grid[:, None])
    out = tail(groups, len(x))
    ends = [_interval(best[k], draws[:, k], out) for k in (0, -1)]
    swing = _interval(best[-1] - best[0], draws[:, -1] - draws[:, 0], out)
    at = _root(grid, best)
    roots = np.array([_root(grid, draw) for draw in draws])
    found = roots[np.isfinite(roots)]
    verdict: Verdict = "undecided"
    if (draws.max(axis=1) < 0).mean() >= 0.95:
        verdict = "always"
    elif (draws.min(axis=1) > 0).mean() >= 0.95:
        verdict = "never"
    elif swing[1] * swing[2] > 0 and np.isfinite(at):
        verdict = "above" if best[-1] < best[0] else "below"
    interval = (np.nan, np.nan)
    if verdict in ("above", "below") and len(found) >= DRAWS // 2:
        # A tie beyond the range counts as at its end, so that the interval is not too narrow.
        better_high = draws[:, -1] < draws[:, 0]
        lost = draws.mean(axis=1) > 0
        filled = np.where(np.isfinite(roots), roots, np.where(better_high == lost, high, low))
        interval = (float(np.quantile(filled, out)), float(np.quantile(filled, 1.0 - out)))
    return BreakEven(verdict, at, *interval, low, high, ends[0], ends[1])


@dataclass(frozen=True)
class BreakEvenLine:
    """The line on which two regimes tie over two parameters, and the ground on either side.

    For each `x`: the `y` of the tie and its 95 % band (to the end of the range where it lies
    beyond); NaN where there is none within the range of y. Over `x` and `ys`: the expected
    `difference`, and `ahead`, the share of resampled fits in which the tested regime wins.
    """

    x: Array
    y: Array
    y_low: Array
    y_high: Array
    ys: Array
    difference: Array
    ahead: Array


def break_even_line(
    x: Array,
    difference: Array,
    columns: tuple[int, int],
    seed: int = 1,
    groups: IntArray | None = None,
    steps: int = 41,
) -> BreakEvenLine:
    """The line of two columns of `x`; `difference` and `groups` as for `break_even`."""
    generator = stream(seed, 0, "explore", "line")
    pair = list(columns)
    besides = controls(strongest(x, difference), pair, len(x))
    lows, highs = x[:, pair].min(axis=0), x[:, pair].max(axis=0)
    xs = np.linspace(lows[0], highs[0], steps)
    ys = np.linspace(lows[1], highs[1], _STEPS)
    points = np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1).reshape(-1, 2)

    def surfaces(curves: Curves) -> Array:
        return curves(points).reshape(-1, steps, _STEPS)

    (best,) = surfaces(fit(x, difference, pair, besides))
    ties = np.array([_root(ys, row) for row in best])
    again = surfaces(resampled(x, difference, pair, besides, DRAWS, generator, groups))
    drawn = np.array([[_edge(ys, row) for row in surface] for surface in again])
    return BreakEvenLine(
        x=xs,
        y=ties,
        y_low=np.quantile(drawn, tail(groups, len(x)), axis=0),
        y_high=np.quantile(drawn, 1.0 - tail(groups, len(x)), axis=0),
        ys=ys[::_COARSER],
        difference=best[:, ::_COARSER],
        ahead=(again[:, :, ::_COARSER] < 0.0).mean(axis=0),
    )


def _interval(value: float, draws: Array, out: float) -> tuple[float, float, float]:
    return float(value), float(np.quantile(draws, out)), float(np.quantile(draws, 1.0 - out))


def _root(grid: Array, values: Array) -> float:
    """The first place where the values change sign; NaN where they do not."""
    change = np.flatnonzero(np.sign(values[1:]) * np.sign(values[:-1]) < 0)
    if not len(change):
        return float("nan")
    k = int(change[0])
    share = values[k] / (values[k] - values[k + 1])
    return float(grid[k] + share * (grid[k + 1] - grid[k]))


def _edge(grid: Array, values: Array) -> float:
    """The tie, or the end of the range beyond which it lies."""
    root = _root(grid, values)
    if np.isfinite(root):
        return root
    rising = values[-1] > values[0]
    return float(grid[-1] if (values.mean() < 0) == rising else grid[0])
