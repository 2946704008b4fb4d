"""The first regime against each of the others: swings, break-evens and lines of ties.

The tables hold differences in loss: below zero the first regime does better.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.inputs.evidence.ledger import load_ledger
from sim.random.streams import stream
from sim.results.summary_tables import rounded, write_csv
from sim.studies.break_even import break_even, break_even_line
from sim.studies.futures import Array, FuturesPlan
from sim.studies.regressions import (
    IntArray,
    Weights,
    controls,
    fit,
    resampled,
    strongest,
    weigh,
)

TOLD = 12  # parameters that the table of swings holds, beside those expected to matter
DRAWS = 200
_PARTS = ("", "_ci95_low", "_ci95_high")
Row = tuple[object, ...]


def write_ties(
    folder: Path, plan: FuturesPlan, means: Array, families: Sequence[Sequence[int]]
) -> dict[str, list[str]]:
    """Write swings.csv, breakeven.csv (every parameter), breakeven_lines.csv and _map.csv.

    `means` are losses (futures, regimes). Gives for each other regime the parameters that
    move the difference beyond the noise.
    """
    generator = stream(plan.seed, 0, "explore", "swings")
    x, names = plan.futures.values, list(plan.futures.names)
    swings: list[Row] = []
    ties: list[Row] = []
    lines: list[Row] = []
    grounds: list[Row] = []
    decisive: dict[str, list[str]] = {}
    for k, run_scenario in enumerate(plan.run_scenarios[1:], start=1):
        difference = means[:, 0] - means[:, k]
        weights = weigh(x, difference, families, generator)
        decisive[run_scenario.name] = [names[c] for c in weights.clear]
        ordered = strongest(x, difference)
        for place, c in enumerate(weights.order):
            if place < TOLD or c in families[0]:
                swing = _swing(x, difference, c, ordered, generator, plan.futures.groups)
                told = rounded(*swing, weights.share[c], weights.floor[c])
                swings.append((run_scenario.name, names[c], *told, int(c in weights.clear)))
        ties += [(run_scenario.name, *row) for row in _ties(plan, difference, weights, ordered)]
        line, ground = _lines(plan, difference)
        lines += [(run_scenario.name, *row) for row in line]
        grounds += [(run_scenario.name, *row) for row in ground]
    _write_all(folder, swings, ties, lines, grounds)
    return decisive


def _ties(plan: FuturesPlan, difference: Array, weights: Weights, ordered: list[int]) -> list[Row]:
    ledger, futures = load_ledger(), plan.futures
    rows: list[Row] = []
    for c in weights.order:
        tie = break_even(futures.values, difference, c, plan.seed, futures.groups, ordered)
        figures = (tie.at, tie.at_low, tie.at_high, tie.low, tie.high)
        ends = (*tie.loss_low, *tie.loss_high)
        name = futures.names[c]
        head = (name, ledger[name].unit, tie.verdict)
        rows.append((*head, *rounded(*figures), *rounded(*ends), int(c in weights.clear)))
    return rows


def _lines(plan: FuturesPlan, difference: Array) -> tuple[list[Row], list[Row]]:
    """Points of the line for each pair that was asked for, and of the ground beside it."""
    names, futures = list(plan.futures.names), plan.futures
    line: list[Row] = []
    ground: list[Row] = []
    for pair in plan.study["pairs"]:
        columns = (names.index(pair[0]), names.index(pair[1]))
        found = break_even_line(futures.values, difference, columns, plan.seed, futures.groups)
        points = zip(found.x, found.y, found.y_low, found.y_high, strict=True)
        line += [(*pair, *rounded(*point)) for point in points]
        ground += [
            (*pair, *rounded(x, y, found.difference[i, j], found.ahead[i, j]))
            for i, x in enumerate(found.x)
            for j, y in enumerate(found.ys)
        ]
    return line, ground


def _write_all(
    folder: Path, swings: list[Row], ties: list[Row], lines: list[Row], grounds: list[Row]
) -> None:
    means = ("loss_low", "loss_high", "swing", "swing_ci95_half")
    weights = ("share_explained", "noise_floor", "above_noise")
    write_csv(
        folder / "swings.csv", ("against", "parameter", "low", "high", *means, *weights), swings
    )
    tie = ("at", "at_ci95_low", "at_ci95_high", "low", "high")
    ends = (f"loss_{end}{part}" for end in ("low", "high") for part in _PARTS)
    write_csv(
        folder / "breakeven.csv",
        ("against", "parameter", "unit", "verdict", *tie, *ends, "above_noise"),
        ties,
    )
    pair = ("against", "x_parameter", "y_parameter", "x", "y")
    write_csv(folder / "breakeven_lines.csv", (*pair, "y_ci95_low", "y_ci95_high"), lines)
    write_csv(folder / "breakeven_map.csv", (*pair, "loss", "ahead_share"), grounds)


def _swing(
    x: Array,
    difference: Array,
    column: int,
    ordered: list[int],
    generator: np.random.Generator,
    groups: IntArray,
) -> tuple[float, ...]:
    """The 10th and 90th centile of one parameter, the expected difference at each, and how
    far they lie apart with the half-width of its 95 % interval."""
    points = np.quantile(x[:, column], [0.1, 0.9])[:, None]
    besides = controls(ordered, [column], len(x))
    (ends,) = fit(x, difference, [column], besides)(points)
    drawn = resampled(x, difference, [column], besides, DRAWS, generator, groups)(points)
    half = 1.96 * float((drawn[:, 1] - drawn[:, 0]).std(ddof=1))
    return (*points[:, 0], *ends, float(ends[1] - ends[0]), half)
