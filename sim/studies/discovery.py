"""Scenario discovery: the boxes of parameter values in which something holds.

The patient rule induction method of the EMA workbench, which only this file knows: its
interface differs between 2.5 and 3.0.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.random.streams import stream
from sim.studies.optional_libraries import need

FEWEST_CASES = 15
MOST_DIMENSIONS = 3
RESAMPLES = 10
_MASS = 0.05
_PEEL = 0.08
_SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Box:
    """A box: for each restricted parameter its lower and upper bound (NaN: the end of the
    range).

    Of the futures in the box a share `density` are cases; they are a share `coverage` of all
    cases; the box holds a share `mass` of all futures. `stability` is for each restricted
    parameter the share of resampled fits that restrict it too, on the same side.
    `density_held_out` and `coverage_held_out` are those of the boxes of resampled fits in the
    futures that each did not see: a box always flatters itself where it was found.
    """

    limits: Mapping[str, tuple[float, float]]
    coverage: float
    density: float
    mass: float
    base_rate: float
    stability: Mapping[str, float]
    density_held_out: float
    coverage_held_out: float


def find_box(
    x: pd.DataFrame, cases: npt.NDArray[np.bool_], seed: int = 1, resamples: int = RESAMPLES
) -> Box | None:
    """The box that best describes where the cases are; None where none does.

    Of the boxes that PRIM peels off, with at most MOST_DIMENSIONS restricted and each
    restriction better than chance, the one with the most coverage times density is taken.
    """
    found = _limits(x, cases)
    if not found:
        return None
    generator = stream(seed, 0, "explore", "resamples")
    kept = dict.fromkeys(found, 0)
    within, hits, there = 0, 0, 0
    for _ in range(resamples):
        seen = np.zeros(len(x), dtype=bool)
        seen[generator.choice(len(x), len(x) * 4 // 5, replace=False)] = True
        again = _limits(x[seen].reset_index(drop=True), cases[seen])
        if again:
            boxed, true = _inside(x[~seen], again), cases[~seen]
            within, hits = within + int(boxed.sum()), hits + int((boxed & true).sum())
        there += int(cases[~seen].sum())
        for name, ends in again.items():
            if name in kept and _same_side(ends, found[name]):
                kept[name] += 1
    inside = _inside(x, found)
    return Box(
        limits=found,
        coverage=float((inside & cases).sum() / max(cases.sum(), 1)),
        density=float(cases[inside].mean()) if inside.any() else 0.0,
        mass=float(inside.mean()),
        base_rate=float(cases.mean()),
        stability={name: count / max(resamples, 1) for name, count in kept.items()},
        density_held_out=hits / within if within else float("nan"),
        coverage_held_out=hits / there if there else float("nan"),
    )


def too_few(cases: npt.NDArray[np.bool_]) -> str:
    """Why no box can be sought, or ""."""
    yes, no = int(cases.sum()), int((~cases).sum())
    if yes < FEWEST_CASES:
        return f"only {yes} of {len(cases)} futures are such, and {FEWEST_CASES} are needed"
    if no < FEWEST_CASES:
        return f"only {no} of {len(cases)} futures are not, and {FEWEST_CASES} are needed"
    return ""


def _limits(x: pd.DataFrame, cases: npt.NDArray[np.bool_]) -> dict[str, tuple[float, float]]:
    prim = _routine()
    if cases.all() or not cases.any():
        return {}
    search = prim.Prim(x, cases, threshold=0.0, peel_alpha=_PEEL, mass_min=_MASS)
    box = search.find_box()
    if box is None:
        return {}
    path = box.peeling_trajectory
    best: tuple[float, dict[str, tuple[float, float]]] = (0.0, {})
    for place in range(1, len(path)):
        limits = _restricted(x, box.box_lims[place])
        # Chance alone would let some restriction seem to help: each must stand a test.
        limits = {name: ends for name, ends in limits.items() if _matters(x, cases, limits, name)}
        if not 0 < len(limits) <= MOST_DIMENSIONS:
            continue
        inside = _inside(x, limits)
        density, coverage = cases[inside].mean(), (inside & cases).sum() / cases.sum()
        gain = (density - cases.mean()) * coverage
        if gain > best[0]:
            best = (float(gain), limits)
    return best[1]


@lru_cache(maxsize=1)
def _routine() -> ModuleType:
    """The workbench's module, without its own test of every restriction of every box: most
    of its time, for what `_matters` finds out where it is wanted."""
    prim = need("ema_workbench.analysis.prim")
    logging.getLogger("EMA").setLevel(logging.ERROR)
    prim.PrimBox._calculate_quasi_p = lambda *_: {}
    return prim


def _restricted(x: pd.DataFrame, lims: pd.DataFrame) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for name in x.columns:
        low, high = float(lims[name].iloc[0]), float(lims[name].iloc[1])
        cut = (low > x[name].min(), high < x[name].max())
        if any(cut):
            found[name] = (low if cut[0] else np.nan, high if cut[1] else np.nan)
    return found


def _inside(x: pd.DataFrame, limits: Mapping[str, tuple[float, float]]) -> npt.NDArray[np.bool_]:
    inside = np.ones(len(x), dtype=bool)
    for name, (low, high) in limits.items():
        column = x[name].to_numpy()
        inside &= ~(column < low) & ~(column > high)  # comparisons with NaN are false
    return inside


def _matters(
    x: pd.DataFrame,
    cases: npt.NDArray[np.bool_],
    limits: Mapping[str, tuple[float, float]],
    name: str,
) -> bool:
    """Whether the box has more cases than without one restriction, beyond chance.

    The binomial test of the method's authors ("quasi-p").
    """
    from scipy.stats import binomtest  # imported here: slow to load

    inside = _inside(x, limits)
    wider = _inside(x, {other: ends for other, ends in limits.items() if other != name})
    count, hits = int(inside.sum()), int(cases[inside].sum())
    if not count:
        return False
    chance = float(cases[wider].mean())
    return bool(binomtest(hits, count, chance, alternative="greater").pvalue < _SIGNIFICANT)


def _same_side(a: Sequence[float], b: Sequence[float]) -> bool:
    return any(np.isfinite(p) and np.isfinite(q) for p, q in zip(a, b, strict=True))
