"""Screening and shares over the ledger: what is a factor, and the tables of the answer.

Two factors are not parameters. `luck` is the number of the replication. `nothing` moves
every parameter by a ten-thousandth of itself: a change too small to matter, whose effect is
the noise that any other effect must exceed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.ledger import Ledger
from sim.inputs.evidence.priors import draw_priors, free_parameters
from sim.results.summary_tables import rounded, write_csv
from sim.runs.errors import RunError
from sim.studies.futures import Array, Futures, FuturesPlan, Outcomes
from sim.studies.sensitivity import (
    screened,
    screening_design,
    share_design,
    shares,
)

LUCK, NOTHING = "luck", "nothing"
STREAMS = 64  # replications that the factor luck chooses from
_NUDGE = 1e-4
_TAILS = 0.05  # screening steps over the middle nine tenths of a prior, not to its very ends


def factors_of(parameters: Sequence[str]) -> tuple[str, ...]:
    """The factors of a design over these parameters."""
    return (*parameters, LUCK, NOTHING)


def design_of(study: Mapping[str, Any], seed: int) -> Array:
    """The design of a study, (futures, factors) in [0, 1]."""
    factors = factors_of(study["parameters"])
    if study["method"] == "screening":
        return screening_design(factors, int(study["trajectories"]), seed)
    return share_design(factors, int(study["base"]), seed)


def futures_of(ledger: Ledger, study: Mapping[str, Any], design: Array) -> Futures:
    """The futures of a design: parameters by their priors, the rest at central values."""
    names = tuple(study["parameters"])
    uniforms = design[:, : len(names)]
    if study["method"] == "screening":
        uniforms = _TAILS + (1.0 - 2.0 * _TAILS) * uniforms
    central = ledger.central()
    moved = tuple(free_parameters(ledger))
    values = np.tile([central[name] for name in moved], (len(design), 1))
    columns = [moved.index(name) for name in names]
    values[:, columns] = draw_priors(ledger, names, uniforms)
    values *= 1.0 + _NUDGE * design[:, [-1]]
    low, high = (np.array([getattr(ledger[n], end) for n in moved]) for end in ("low", "high"))
    luck = np.minimum((design[:, -2] * STREAMS).astype(np.int64), STREAMS - 1)
    return Futures(moved, np.clip(values, low, high), luck, central)


def write_screening(
    folder: Path, plan: FuturesPlan, outcomes: Outcomes, baseline: Baseline
) -> dict[str, Any]:
    """screening.csv or shares.csv: a row a factor, those that matter most first.

    The outcome is the paired difference: the first regime less the second.
    """
    study = plan.study
    factors = factors_of(study["parameters"])
    values = outcomes.metric(study["metric"])[:, :, 0]
    if not np.isfinite(values).all():
        what = f"{study['metric']} has no value in {(~np.isfinite(values)).sum()} of the runs"
        raise RunError(what, "choose another metric, or a longer run")
    difference = values[:, 0] - values[:, 1]
    facts = {"mean_difference": float(difference.mean()), "sd_difference": float(difference.std())}
    if study["method"] == "screening":
        found = screened(factors, design_of(study, plan.seed), difference)
        nothing = factors.index(NOTHING)
        floor = float(found.size[nothing] + found.half_width[nothing])
        order = np.argsort(-found.size)
        write_csv(
            folder / "screening.csv",
            ("factor", "mean_effect", "size", "size_ci95_half", "sd", "above_noise"),
            (
                (
                    factors[k],
                    *rounded(found.mean[k], found.size[k], found.half_width[k], found.sd[k]),
                    int(found.size[k] - found.half_width[k] > floor),
                )
                for k in order
            ),
        )
        return {**facts, "noise_floor": floor}
    parted = shares(factors, difference)
    nothing = factors.index(NOTHING)
    floor = float(parted.total[nothing] + parted.total_half[nothing])
    columns = (parted.first, parted.first_half, parted.total, parted.total_half)
    write_csv(
        folder / "shares.csv",
        ("factor", "first", "first_ci95_half", "total", "total_ci95_half", "above_noise"),
        (
            (
                factors[k],
                *rounded(*(float(column[k]) for column in columns)),
                int(parted.total[k] - parted.total_half[k] > floor),
            )
            for k in np.argsort(-parted.total)
        ),
    )
    return {**facts, "noise_floor": floor}
