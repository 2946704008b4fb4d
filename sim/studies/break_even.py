"""Where two regimes do equally well: for one parameter a value, for two a line.

The difference between the regimes is regressed on the parameters over all futures, so that
they break even on average over everything else that is not known. Its uncertainty is that of
the regression: futures drawn again with replacement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from sim.inputs.evidence.ledger import load_ledger
from sim.random.streams import stream
from sim.studies.futures import Futures, Outcomes
from sim.studies.regressions import DRAWS, fit, importance, interval, strongest
from sim.studies.study import Row, write_table
from sim.units import Array, IntArray

SWINGS = 12  # parameters in the table of swings, besides those expected to matter
_STEPS = 201
_COARSER = 5  # the map has every fifth of these

Preferred = Literal["above", "below", "always", "never", "undecided"]


class BreakEven(NamedTuple):
    """What one parameter must be for the tested regime to be preferred.

    It is preferred on average `above` or `below` the value `at` (95 % interval `at_low` to
    `at_high`); `always` or `never` in the whole range; `undecided` where the difference does
    not clearly depend on the parameter or the value cannot be placed. `loss_low` and
    `loss_high` are the expected differences at the ends of the range, with their intervals.
    """

    preferred: Preferred
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

    `difference` (futures) is the loss of the tested regime less that of the other: below zero
    it is preferred. `groups` (futures) numbers futures that share random numbers; `order` is
    that of `strongest`, worked out here when None.
    """
    generator = stream(seed, 0, "explore", "tie")
    low, high = float(x[:, column].min()), float(x[:, column].max())
    grid = np.linspace(low, high, _STEPS)
    best, resampled = fit(x, difference, [column], generator, groups, order)
    (curve,), draws = best(grid[:, None]), resampled(grid[:, None])

    def bounds(values: Array) -> tuple[float, float]:
        low, high = interval(values, groups, len(x))
        return float(low), float(high)

    at = _root(grid, curve)
    swing = bounds(draws[:, -1] - draws[:, 0])
    preferred: Preferred = "undecided"
    if (draws.max(axis=1) < 0).mean() >= 0.95:
        preferred = "always"
    elif (draws.min(axis=1) > 0).mean() >= 0.95:
        preferred = "never"
    elif swing[0] * swing[1] > 0 and np.isfinite(at):
        preferred = "above" if curve[-1] < curve[0] else "below"
    at_bounds = (np.nan, np.nan)
    crossing = [draw for draw in draws if np.isfinite(_root(grid, draw))]
    if preferred in ("above", "below") and len(crossing) >= DRAWS // 2:
        # A root beyond the range counts as at its end, so that the interval is not too narrow.
        at_bounds = bounds(np.array([_root_or_end(grid, draw) for draw in draws]))
    return BreakEven(
        *(preferred, at, *at_bounds, low, high),
        loss_low=(float(curve[0]), *bounds(draws[:, 0])),
        loss_high=(float(curve[-1]), *bounds(draws[:, -1])),
    )


@dataclass(frozen=True)
class BreakEvenMap:
    """The line on which two regimes break even over two parameters, and the map beside it.

    For each `x`: the `y` of the line and its 95 % band (to the end of the range where it lies
    beyond); NaN where there is none within the range of y. Over `x` and `ys`: the expected
    `difference`, and `share_preferred`, the share of resampled fits in which the tested regime
    is preferred.
    """

    x: Array
    y: Array
    y_low: Array
    y_high: Array
    ys: Array
    difference: Array
    share_preferred: Array


def break_even_map(
    x: Array,
    difference: Array,
    columns: tuple[int, int],
    seed: int = 1,
    groups: IntArray | None = None,
    steps: int = 41,
) -> BreakEvenMap:
    """The line of two columns of `x`; `difference` and `groups` as for `break_even`."""
    generator = stream(seed, 0, "explore", "line")
    lows, highs = x[:, list(columns)].min(axis=0), x[:, list(columns)].max(axis=0)
    xs = np.linspace(lows[0], highs[0], steps)
    ys = np.linspace(lows[1], highs[1], _STEPS)
    points = np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1).reshape(-1, 2)
    (surface,), draws = (
        curves(points).reshape(-1, steps, _STEPS)
        for curves in fit(x, difference, columns, generator, groups)
    )
    roots = np.array([[_root_or_end(ys, row) for row in drawn] for drawn in draws])
    y_low, y_high = interval(roots, groups, len(x))
    return BreakEvenMap(
        x=xs,
        y=np.array([_root(ys, row) for row in surface]),
        y_low=y_low,
        y_high=y_high,
        ys=ys[::_COARSER],
        difference=surface[:, ::_COARSER],
        share_preferred=(draws[:, :, ::_COARSER] < 0.0).mean(axis=0),
    )


def _root(grid: Array, values: Array) -> float:
    """The first place where the values change sign; NaN where they do not."""
    change = np.flatnonzero(np.sign(values[1:]) * np.sign(values[:-1]) < 0)
    if not len(change):
        return float("nan")
    k = int(change[0])
    share = values[k] / (values[k] - values[k + 1])
    return float(grid[k] + share * (grid[k + 1] - grid[k]))


def _root_or_end(grid: Array, values: Array) -> float:
    """The root, or the end of the range beyond which it lies."""
    root = _root(grid, values)
    if np.isfinite(root):
        return root
    rising = values[-1] > values[0]
    return float(grid[-1] if (values.mean() < 0) == rising else grid[0])


def write_break_even(
    folder: Path,
    outcomes: Outcomes,
    losses: Array,
    families: Sequence[Sequence[int]],
    pairs: Sequence[tuple[str, str]],
    seed: int,
) -> dict[str, list[str]]:
    """Write swings.csv, breakeven.csv (every parameter), breakeven_lines.csv and
    breakeven_map.csv (the `pairs`): the first regime against each of the others.

    The tables hold differences in loss: below zero the first regime does better. `losses` are
    means (futures, regimes). Gives for each other regime the parameters that move the
    difference beyond the noise.
    """
    generator = stream(seed, 0, "explore", "swings")
    futures, ledger = outcomes.futures, load_ledger()
    x, names = futures.values, futures.names
    rows: dict[str, list[Row]] = {
        name: [] for name in ("swings", "breakeven", "breakeven_lines", "breakeven_map")
    }
    decisive: dict[str, list[str]] = {}
    for k, regime in enumerate(outcomes.regimes[1:], start=1):
        difference = losses[:, 0] - losses[:, k]
        matters = importance(x, difference, families, generator)
        decisive[regime] = [names[c] for c in matters.above_noise]
        order = strongest(x, difference)
        for place, c in enumerate(matters.order):
            above_noise = c in matters.above_noise
            if place < SWINGS or c in families[0]:
                swing = _swing(futures, difference, c, order, generator)
                explained = (matters.share[c], matters.floor[c], above_noise)
                rows["swings"].append((regime, names[c], *swing, *explained))
            point = break_even(x, difference, c, seed, futures.groups, order)
            head = (regime, names[c], ledger[names[c]].unit)
            *figures, loss_low, loss_high = point
            rows["breakeven"].append((*head, *figures, *loss_low, *loss_high, above_noise))
        for pair in pairs:
            columns = (names.index(pair[0]), names.index(pair[1]))
            line = break_even_map(x, difference, columns, seed, futures.groups)
            points = zip(line.x, line.y, line.y_low, line.y_high, strict=True)
            rows["breakeven_lines"] += ((regime, *pair, *cells) for cells in points)
            rows["breakeven_map"] += (
                (regime, *pair, line.x[i], line.ys[j], value, line.share_preferred[i, j])
                for (i, j), value in np.ndenumerate(line.difference)
            )
    for name, table in rows.items():
        write_table(folder, name, table)
    return decisive


def _swing(
    futures: Futures,
    difference: Array,
    column: int,
    order: Sequence[int],
    generator: np.random.Generator,
) -> tuple[float, ...]:
    """The 10th and 90th centile of one parameter, the expected difference at each, and how
    far they lie apart with the half-width of its 95 % interval."""
    points = np.quantile(futures.values[:, column], [0.1, 0.9])[:, None]
    best, resampled = fit(futures.values, difference, [column], generator, futures.groups, order)
    (ends,), draws = best(points), resampled(points)
    half = 1.96 * float((draws[:, 1] - draws[:, 0]).std(ddof=1))
    return (*points[:, 0], *ends, float(ends[1] - ends[0]), half)
