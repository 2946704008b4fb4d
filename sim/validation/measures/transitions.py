"""Transitions: would the model make a table of moves between grades such as the published one?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from sim.units import GRADES, Array
from sim.validation.histories import History

# Cells of which the model expects less are put together: a chi-square is not made for them.
FEWEST_EXPECTED = 1.0


class TransitionCell(NamedTuple):
    """Full inspections in some years that moved a council from one grade to another: as
    published, and in the replications."""

    start: date
    window: str
    previous: str
    grade: str
    observed: float
    mean: float
    low95: float
    high95: float


class TransitionTable(NamedTuple):
    """The table of moves in some years. `p` is the share of replications that are as far from what
    the others expect, or further, as the published table is; `observed` and `median` are these
    distances (chi-squares)."""

    start: date
    window: str
    p: float
    observed: float
    median: float
    cells: tuple[TransitionCell, ...]


def moves(history: History, after: int, until: int) -> Array:
    """Full inspections between two days by grade before and after (16,); first ones are left
    out."""
    use = history.within(after, until) & (history.previous_grade > 0)
    counts = np.zeros((4, 4))
    np.add.at(counts, (history.previous_grade[use] - 1, history.grade[use] - 1), 1.0)
    return counts.reshape(16)


def transition_table(
    start: date,
    window: str,
    published: History,
    simulated: Sequence[History],
    after: int,
    until: int,
) -> TransitionTable:
    """The published table between two days against those of the replications."""
    observed = moves(published, after, until)
    tables = np.stack([moves(history, after, until) for history in simulated])
    low, high = np.quantile(tables, (0.025, 0.975), axis=0)
    words = [GRADES[grade] for grade in (1, 2, 3, 4)]
    cells = tuple(
        TransitionCell(
            *(start, window, words[k // 4], words[k % 4], float(observed[k])),
            *(float(tables[:, k].mean()), float(low[k]), float(high[k])),
        )
        for k in range(16)
    )
    own, others = distances(observed, tables)
    p = predictive_p(own, others)
    return TransitionTable(start, window, p, own, float(np.median(others)), cells)


def distances(observed: Array, tables: Array) -> tuple[float, Array]:
    """Chi-squares of an observed table (cells,) and of each replication's (N,), from what all
    replications, or the others, expect. Cells with less than `FEWEST_EXPECTED` count as one."""
    count = len(tables)
    small = tables.mean(axis=0) < FEWEST_EXPECTED
    pooled = np.column_stack([tables[:, ~small], tables[:, small].sum(axis=1)])
    published_cells = np.append(observed[~small], observed[small].sum())
    least = 1.0 / count
    expected = np.maximum(pooled.mean(axis=0), least)
    of_others = np.maximum((pooled.sum(axis=0) - pooled) / max(count - 1, 1), least)
    own = float(((published_cells - expected) ** 2 / expected).sum())
    return own, np.asarray(((pooled - of_others) ** 2 / of_others).sum(axis=1))


def predictive_p(observed: float, replicated: Array) -> float:
    """The share of replications at least as far off, ties counted half."""
    further = (replicated > observed).mean() + 0.5 * (replicated == observed).mean()
    return float(further)
