"""What moves the paired difference between two regimes: screening (Morris) and shares of its
variance (Sobol), by SALib.

Every factor of a design runs from 0 to 1. Two factors are not parameters: `luck` is the number
of the replication, and `nothing` moves every parameter by a ten-thousandth of itself: a change
too small to matter, whose effect is the noise that any other effect must exceed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.ledger import Ledger
from sim.inputs.evidence.priors import draw_priors, free_parameters
from sim.runs.plan import Kind
from sim.studies.futures import Futures, FuturesPlan, Outcomes
from sim.studies.study import load_library, write_table
from sim.units import Array

SAMPLERS = {"screening": "SALib.sample.morris", "shares": "SALib.sample.sobol"}
ANALYSERS = {"screening": "SALib.analyze.morris", "shares": "SALib.analyze.sobol"}
NOT_PARAMETERS = ("luck", "nothing")
REPLICATIONS = 64  # that the factor `luck` chooses from
LEVELS = 4
_NUDGE = 1e-4
_TAILS = 0.05  # screening steps over the middle nine tenths of a prior, not to its very ends


# What is kept of each method's measures of a factor, by SALib's names, as the columns of its table:
# elementary effects over the factor's range (their mean, the mean of absolute ones and its 95 %
# half-width, and the standard deviation, which shows interaction or a bent response); and shares of
# the variance, alone and with all interactions, each with its 95 % half-width.
MEASURES = {
    "screening": ("mu", "mu_star", "mu_star_conf", "sigma"),
    "shares": ("S1", "S1_conf", "ST", "ST_conf"),
}


def make_design(method: str, factors: Sequence[str], size: int, seed: int) -> Array:
    """A design over the factors in [0, 1], (futures, factors).

    For "screening" Morris's, of `size` trajectories x (factors + 1) rows; for "shares"
    Saltelli's for Sobol shares, of a base of `size` x (factors + 2) rows.
    """
    options: dict[str, Any] = {"calc_second_order": False}
    if method == "screening":
        options = {"num_levels": LEVELS}
    sample = load_library(SAMPLERS[method]).sample
    return np.asarray(sample(_problem(factors), size, seed=seed, **options))


def measure(method: str, factors: Sequence[str], design: Array, outcome: Array) -> dict[str, Array]:
    """The MEASURES of a method, each an array of factors, from the outcomes (futures) of its
    design (futures, factors)."""
    names = MEASURES[method]
    if method == "shares" and not outcome.std() > 0.0:  # nothing varies: nothing to share out
        return {name: np.zeros(len(factors)) for name in names}
    analyse = load_library(ANALYSERS[method]).analyze
    # A response that a change leaves alone is right: numpy warns of its zero variance.
    with np.errstate(all="ignore"):
        if method == "screening":
            result = analyse(_problem(factors), design, outcome, num_levels=LEVELS, seed=1)
        else:
            result = analyse(_problem(factors), outcome, calc_second_order=False, seed=1)
    return {name: np.asarray(result[name], dtype=np.float64) for name in names}


def _problem(factors: Sequence[str]) -> dict[str, Any]:
    names = list(factors)
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def design_futures(
    ledger: Ledger, method: str, parameters: Sequence[str], size: int, seed: int
) -> Futures:
    """The futures of a design: `parameters` by their priors, the rest at central values."""
    names = tuple(parameters)
    design = make_design(method, (*names, *NOT_PARAMETERS), size, seed)
    uniforms = design[:, : len(names)]
    if method == "screening":
        uniforms = _TAILS + (1.0 - 2.0 * _TAILS) * uniforms
    central = ledger.central()
    free = tuple(free_parameters(ledger))
    values = np.tile([central[name] for name in free], (len(design), 1))
    columns = [free.index(name) for name in names]
    values[:, columns] = draw_priors(ledger, names, uniforms)
    values *= 1.0 + _NUDGE * design[:, [-1]]
    low, high = (np.array([getattr(ledger[n], end) for n in free]) for end in ("low", "high"))
    offset = np.minimum((design[:, -2] * REPLICATIONS).astype(np.int64), REPLICATIONS - 1)
    return Futures(free, np.clip(values, low, high), offset, central)


@dataclass(frozen=True, kw_only=True)
class SensitivityPlan(FuturesPlan):
    """The futures of a design over `parameters`, under two regimes. `method` is "screening", of
    so many `trajectories`, or "shares", of so large a `base`."""

    ASKED = ("method", "metric", "better", "parameters", "trajectories", "base")

    kind: Kind = "sensitivity"
    method: str
    parameters: tuple[str, ...]
    trajectories: int
    base: int

    def write_findings(
        self, folder: Path, outcomes: Outcomes, baseline: Baseline
    ) -> dict[str, Any]:
        """screening.csv or shares.csv: a row a factor, those that matter most first.

        The outcome is the paired difference: the first regime less the second. Raises RunError
        where the metric has no value in some run.
        """
        factors = (*self.parameters, *NOT_PARAMETERS)
        first, second, *_ = outcomes.complete(self.metric)[:, :, 0].T
        difference = first - second
        sizes = {"screening": self.trajectories, "shares": self.base}
        design = make_design(self.method, factors, sizes[self.method], self.seed)
        measures = measure(self.method, factors, design, difference)
        total = "mu_star" if self.method == "screening" else "ST"
        size, half_width = measures[total], measures[f"{total}_conf"]
        nothing = factors.index("nothing")
        floor = float(size[nothing] + half_width[nothing])
        columns = (*measures.values(), size - half_width > floor)
        rows = ((factors[k], *(column[k] for column in columns)) for k in np.argsort(-size))
        write_table(folder, self.method, rows)
        return {
            "mean_difference": float(difference.mean()),
            "sd_difference": float(difference.std()),
            "noise_floor": floor,
        }
