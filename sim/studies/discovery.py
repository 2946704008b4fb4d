"""Scenario discovery: the boxes of parameter values in which something holds.

The patient rule induction method (PRIM) of the EMA workbench, used in this module alone: its
interface differs between 2.5 and 3.0.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from sim.random.streams import stream
from sim.studies.futures import Outcomes
from sim.studies.regressions import importance
from sim.studies.study import Row, load_library, write_table
from sim.units import Array, BoolArray

PRIM = "ema_workbench.analysis.prim"
FEWEST_CASES = 15
MOST_DIMENSIONS = 3
MOST_SEARCHED = 8  # parameters that boxes are sought over
RESAMPLES = 10
_MASS = 0.05
_PEEL = 0.08
_SIGNIFICANT = 0.05

Limits = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Box:
    """A box: for each restricted parameter its lower and upper bound (NaN: the end of the
    range).

    Of the futures in the box a share `density` are cases; they are a share `coverage` of all
    cases; the box has a share `mass` of all futures. `stability` is for each restricted
    parameter the share of resampled fits that restrict it too, on the same side.
    `density_held_out` and `coverage_held_out` are those of the boxes of resampled fits in the
    futures left out of each fit: a box always flatters itself where it was fitted.
    """

    limits: Limits
    coverage: float
    density: float
    mass: float
    base_rate: float
    stability: Mapping[str, float]
    density_held_out: float
    coverage_held_out: float


def find_box(
    x: pd.DataFrame, cases: BoolArray, seed: int = 1, resamples: int = RESAMPLES
) -> Box | None:
    """The box that best describes where the cases are; None where none does.

    Of the boxes that PRIM peels off, with at most MOST_DIMENSIONS restricted and each
    restriction better than chance, the one with the most coverage times density is taken.
    """
    limits = _limits(x, cases)
    if not limits:
        return None
    generator = stream(seed, 0, "explore", "resamples")
    repeated = dict.fromkeys(limits, 0)
    in_box, cases_in_box, all_cases = 0, 0, 0
    for _ in range(resamples):
        fitted = np.zeros(len(x), dtype=bool)
        fitted[generator.choice(len(x), len(x) * 4 // 5, replace=False)] = True
        again = _limits(x[fitted].reset_index(drop=True), cases[fitted])
        all_cases += int(cases[~fitted].sum())
        if again:
            inside = _inside(x[~fitted], again)
            in_box += int(inside.sum())
            cases_in_box += int((inside & cases[~fitted]).sum())
        for name in again.keys() & limits.keys():
            repeated[name] += _same_side(again[name], limits[name])
    inside = _inside(x, limits)
    return Box(
        limits=limits,
        coverage=float((inside & cases).sum() / max(cases.sum(), 1)),
        density=float(cases[inside].mean()) if inside.any() else 0.0,
        mass=float(inside.mean()),
        base_rate=float(cases.mean()),
        stability={name: count / max(resamples, 1) for name, count in repeated.items()},
        density_held_out=cases_in_box / in_box if in_box else float("nan"),
        coverage_held_out=cases_in_box / all_cases if all_cases else float("nan"),
    )


def too_few(cases: BoolArray) -> str:
    """Why no box can be sought, or ""."""
    yes, no = int(cases.sum()), int((~cases).sum())
    if yes < FEWEST_CASES:
        return f"only {yes} of {len(cases)} futures are such, and {FEWEST_CASES} are needed"
    if no < FEWEST_CASES:
        return f"only {no} of {len(cases)} futures are not, and {FEWEST_CASES} are needed"
    return ""


def _limits(x: pd.DataFrame, cases: BoolArray) -> Limits:
    if cases.all() or not cases.any():
        return {}
    search = _prim().Prim(x, cases, threshold=0.0, peel_alpha=_PEEL, mass_min=_MASS)
    box = search.find_box()
    if box is None:
        return {}
    best: Limits = {}
    best_gain = 0.0
    for place in range(1, len(box.peeling_trajectory)):
        limits = _restricted(x, box.box_lims[place])
        # Chance alone would let some restriction seem to help: each must pass a test.
        limits = {name: ends for name, ends in limits.items() if _matters(x, cases, limits, name)}
        if not 0 < len(limits) <= MOST_DIMENSIONS:
            continue
        inside = _inside(x, limits)
        density, coverage = cases[inside].mean(), (inside & cases).sum() / cases.sum()
        gain = float((density - cases.mean()) * coverage)
        if gain > best_gain:
            best, best_gain = limits, gain
    return best


@lru_cache(maxsize=1)
def _prim() -> ModuleType:
    """The workbench's module, without its own test of every restriction of every box: most
    of its time, for what `_matters` works out where it is wanted."""
    prim = load_library(PRIM)
    logging.getLogger("EMA").setLevel(logging.ERROR)
    prim.PrimBox._calculate_quasi_p = lambda *_: {}
    return prim


def _restricted(x: pd.DataFrame, box: pd.DataFrame) -> Limits:
    limits: dict[str, tuple[float, float]] = {}
    for name in x.columns:
        low, high = float(box[name].iloc[0]), float(box[name].iloc[1])
        cut = (low > x[name].min(), high < x[name].max())
        if any(cut):
            limits[name] = (low if cut[0] else np.nan, high if cut[1] else np.nan)
    return limits


def _inside(x: pd.DataFrame, limits: Limits) -> BoolArray:
    inside = np.ones(len(x), dtype=bool)
    for name, (low, high) in limits.items():
        column = x[name].to_numpy()
        inside &= ~(column < low) & ~(column > high)  # comparisons with NaN are false
    return inside


def _matters(x: pd.DataFrame, cases: BoolArray, limits: Limits, name: str) -> bool:
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


def write_boxes(
    folder: Path,
    outcomes: Outcomes,
    losses: Array,
    families: Sequence[Sequence[int]],
    seed: int,
) -> list[dict[str, Any]]:
    """boxes.csv: where each regime is best, a row for each restricted parameter of a box.

    `losses` are means (futures, regimes). Gives for each regime the share of futures in which it
    is best and why it has no box, where it has none.
    """
    x, names = outcomes.futures.values, outcomes.futures.names
    rows: list[Row] = []
    facts: list[dict[str, Any]] = []
    generator = stream(seed, 0, "explore", "weights")
    for k, regime in enumerate(outcomes.regimes):
        margin = losses[:, k] - np.delete(losses, k, axis=1).min(axis=1)
        cases = margin < 0
        reason = too_few(cases)
        matters = importance(x, margin, families, generator)
        # Besides what is above the noise, only what was expected to matter is searched.
        candidates = [c for c in matters.order if c in matters.above_noise or c in families[0]]
        searched = candidates[:MOST_SEARCHED]
        frame = pd.DataFrame(x[:, searched], columns=[names[c] for c in searched])
        box = None if reason else find_box(frame, cases, seed)
        reason = reason or ("" if box else "no box holds beyond chance")
        facts.append({"scenario": regime, "share": float(cases.mean()), "why_none": reason})
        if box is None:
            continue
        for name, ends in box.limits.items():
            shares = (box.coverage, box.density, box.mass, box.base_rate, box.stability[name])
            held_out = (box.density_held_out, box.coverage_held_out)
            rows.append((regime, name, *ends, *shares, *held_out))
    write_table(folder, "boxes", rows)
    return facts
