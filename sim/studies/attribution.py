"""What each part of a package adds, with an explicit part for how parts act together.

Each part is switched off alone under the same luck. What the parts take away one by one
need not add up to what all of them take away: the rest is interaction, and is shown. With
few parts every combination can be run, and Shapley's shares leave no rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Parts = frozenset[str]

MOST_FOR_SHAPLEY = 7


@dataclass(frozen=True)
class Attributed:
    """`steps` are (what, effect, half-width of its 95 % interval) from `none` (all parts
    off) to `whole` (the package as it is)."""

    none: float
    whole: float
    steps: tuple[tuple[str, float, float], ...]


def combinations_needed(parts: Sequence[str], shapley: bool) -> list[Parts]:
    """The sets of parts that are switched off together, the empty set first."""
    everything = frozenset(parts)
    if shapley:
        return [frozenset(c) for n in range(len(parts) + 1) for c in combinations(parts, n)]
    single = [frozenset([part]) for part in parts]
    return list(dict.fromkeys([frozenset(), *single, everything]))


def attributed(parts: Sequence[str], figures: Mapping[Parts, Array]) -> Attributed:
    """From the figures (replications) of the package with each set of parts off.

    A part's effect is what the figure loses when the part alone is switched off.
    """
    whole, none = figures[frozenset()], figures[frozenset(parts)]
    alone = {part: whole - figures[frozenset([part])] for part in parts}
    together = (whole - none) - np.sum([alone[part] for part in parts], axis=0)
    steps = [(part, *_mean_and_half(alone[part])) for part in parts]
    if len(parts) > 1:
        steps.append(("interaction", *_mean_and_half(together)))
    return Attributed(float(none.mean()), float(whole.mean()), tuple(steps))


def shapley(parts: Sequence[str], figures: Mapping[Parts, Array]) -> Attributed:
    """Shapley's shares, from the figures of every combination of parts off."""
    n = len(parts)
    everything = frozenset(parts)
    steps = []
    for part in parts:
        others = [other for other in parts if other != part]
        share = np.zeros_like(figures[everything])
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for on in combinations(others, size):
                off = everything - frozenset(on)
                share = share + weight * (figures[off - {part}] - figures[off])
        steps.append((part, *_mean_and_half(share)))
    whole, none = figures[frozenset()], figures[everything]
    return Attributed(float(none.mean()), float(whole.mean()), tuple(steps))


def _mean_and_half(values: Array) -> tuple[float, float]:
    if len(values) < 2:
        return float(values.mean()), float("nan")
    from sim.analysis.statistics import t_quantile  # imported here: only where it is needed

    half = t_quantile(0.975, len(values)) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(half)
