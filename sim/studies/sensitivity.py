"""Screening (Morris) and variance shares (Sobol), by SALib, on the unit cube.

Every factor runs from 0 to 1; what that means is the caller's affair. The same code is held
against the Ishigami function, whose shares are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.studies.optional_libraries import need

Array = npt.NDArray[np.float64]

LEVELS = 4
FEWEST_TRAJECTORIES = 4
FEWEST_BASE = 16


@dataclass(frozen=True)
class Screened:
    """Elementary effects of each factor over its range.

    `mean` is signed, `size` (mu*) the mean of absolute effects with the half-width of its
    95 % interval, `sd` shows interaction or a bent response.
    """

    factors: tuple[str, ...]
    mean: Array
    size: Array
    half_width: Array
    sd: Array


@dataclass(frozen=True)
class Shares:
    """Shares of the variance: alone (`first`) and with all interactions (`total`), with the
    half-widths of their 95 % intervals."""

    factors: tuple[str, ...]
    first: Array
    first_half: Array
    total: Array
    total_half: Array


def screening_design(factors: Sequence[str], trajectories: int, seed: int) -> Array:
    """Morris's design, (trajectories x (factors + 1), factors) in [0, 1]."""
    sample = need("SALib.sample.morris").sample
    return np.asarray(sample(_problem(factors), trajectories, num_levels=LEVELS, seed=seed))


def screened(factors: Sequence[str], design: Array, outcome: Array, seed: int = 1) -> Screened:
    """Elementary effects from the outcomes of a screening design."""
    analyze = need("SALib.analyze.morris").analyze
    # A response that a change leaves alone is right: numpy warns of its zero spread.
    with np.errstate(all="ignore"):
        found = analyze(_problem(factors), design, outcome, num_levels=LEVELS, seed=seed)
    return Screened(
        tuple(factors),
        np.asarray(found["mu"], dtype=np.float64),
        np.asarray(found["mu_star"], dtype=np.float64),
        np.asarray(found["mu_star_conf"], dtype=np.float64),
        np.asarray(found["sigma"], dtype=np.float64),
    )


def share_design(factors: Sequence[str], base: int, seed: int) -> Array:
    """Saltelli's design for Sobol shares, (base x (factors + 2), factors) in [0, 1]."""
    sample = need("SALib.sample.sobol").sample
    return np.asarray(sample(_problem(factors), base, calc_second_order=False, seed=seed))


def shares(factors: Sequence[str], outcome: Array, seed: int = 1) -> Shares:
    """Sobol shares from the outcomes of a share design."""
    if not outcome.std() > 0.0:  # nothing varies: there is nothing to share out
        none = np.zeros(len(factors))
        return Shares(tuple(factors), none, none, none, none)
    analyze = need("SALib.analyze.sobol").analyze
    problem = _problem(factors)
    with np.errstate(all="ignore"):
        found = analyze(problem, outcome, calc_second_order=False, seed=seed)
    return Shares(
        tuple(factors),
        *(np.asarray(found[key], dtype=np.float64) for key in ("S1", "S1_conf", "ST", "ST_conf")),
    )


def _problem(factors: Sequence[str]) -> dict[str, Any]:
    names = list(factors)
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
