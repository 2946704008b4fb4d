"""Filling blank cells by stated rules, and remembering which cells and which rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.units import Array, BoolArray, IntArray

# How far back a council's own figure still stands for it (assumption: two yearly returns).
YEARS_BACK = 2

OWN_EARLIER = "own figure of up to two years before"
REGION_RATE = "region's rate, in proportion to the council's size"
REGION_MEAN = "region's mean"
FROM_PREDECESSORS = "predecessors' return: counts by share of children, rates as their mean"
AS_PREDECESSOR = "as of the predecessor that most of the children came from"


@dataclass
class Filling:
    """Fills arrays of councils (C,) and keeps, by field, the filled cells and the rules used.

    `borrowed` names the fields that lean on a return later than the date, because none was
    made before it.
    """

    flags: dict[str, BoolArray] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    borrowed: set[str] = field(default_factory=set)

    def fill(self, name: str, values: Array, candidates: Mapping[str, Array]) -> Array:
        """`values` with each blank (NaN) taken from the first candidate that is not blank.

        Raises ValueError when a cell stays blank: a rule that covers every council is missing.
        """
        filled = values.copy()
        used = []
        for rule, candidate in candidates.items():
            cells = np.isnan(filled) & ~np.isnan(candidate)
            if cells.any():
                filled[cells] = candidate[cells]
                used.append(rule)
        if np.isnan(filled).any():
            raise ValueError(f"{name}: no rule fills {int(np.isnan(filled).sum())} cells")
        self.note(name, np.isnan(values), *used)
        return filled

    def note(self, name: str, cells: BoolArray, *rules: str) -> None:
        """Record that `cells` of field `name` are imputed by `rules`, with those noted before."""
        before = self.flags.get(name, np.zeros(len(cells), dtype=bool))
        self.flags[name] = before | cells
        known = self.rules.get(name, "")
        new = [rule for rule in rules if cells.any() and rule not in known]
        self.rules[name] = "; ".join([known, *new] if known else new)


def own_earlier(grid: Array, index: int) -> Array:
    """Each council's latest figure in the years before row `index` of (years, councils)."""
    latest = np.full(grid.shape[1], np.nan)
    for row in range(max(0, index - YEARS_BACK), index):
        latest = np.where(np.isnan(grid[row]), latest, grid[row])
    return latest


def by_region(regions: IntArray, values: Array, base: Array) -> Array:
    """Sum of `values` over sum of `base` in each council's region, of those with both (C,).

    Where a region has none, England's ratio stands in.
    """
    both = ~np.isnan(values) & ~np.isnan(base)
    count = int(regions.max()) + 1
    tops = np.bincount(regions[both], weights=values[both], minlength=count)
    bottoms = np.bincount(regions[both], weights=base[both], minlength=count)
    england = values[both].sum() / base[both].sum()
    ratios = np.where(bottoms > 0, tops / np.where(bottoms > 0, bottoms, 1.0), england)
    result: Array = ratios[regions]
    return result


def region_mean(regions: IntArray, values: Array, weights: Array) -> Array:
    """Weighted mean of `values` in each council's region (C,)."""
    return by_region(regions, values * weights, np.where(np.isnan(values), np.nan, weights))
