"""Chances by logistic regression, and how well they order what happened."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from sim.units import Array, BoolArray, IntArray

# Pull of every standardised coefficient to nought, as one observation in this many would: keeps a
# fit of 45 events on two dozen figures finite (assumption: any value from 1 to 10 gives the same
# order of councils within a few hundredths of the area).
PULL = 3.0


def fitted_logit(x: Array, happened: BoolArray, pull: float = PULL) -> Array:
    """Coefficients (K + 1,), the constant first, of a logit on standardised columns x (n, K)."""
    z = np.column_stack([np.ones(len(x)), x])
    penalty = np.full(z.shape[1], pull)
    penalty[0] = 1e-6
    beta = np.zeros(z.shape[1])
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-np.clip(z @ beta, -30.0, 30.0)))
        weight = np.maximum(chance * (1.0 - chance), 1e-9)
        step = np.linalg.solve(
            z.T @ (z * weight[:, None]) + np.diag(penalty),
            z.T @ (happened - chance) - penalty * beta,
        )
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def held_out_scores(x: Array, happened: BoolArray, year: IntArray) -> Array:
    """The log odds (n,) that each row gets from a logit fitted to all other years, less the
    year's mean: only the order within and across years of what is known of councils counts."""
    scores = np.full(len(x), np.nan)
    for one in np.unique(year):
        out = year == one
        if not happened[~out].any():
            continue
        known = x[~out]
        middle, spread = known.mean(axis=0), np.maximum(known.std(axis=0), 1e-9)
        beta = fitted_logit((known - middle) / spread, happened[~out])
        scores[out] = beta[0] + ((x[out] - middle) / spread) @ beta[1:]
    return scores


def area_under_curve(scores: Array, happened: BoolArray) -> float:
    """Chance that one to whom it happened scores above one to whom it did not; NaN where there is
    only one kind."""
    known = np.isfinite(scores)
    scores, happened = scores[known], happened[known]
    yes, no = int(happened.sum()), int((~happened).sum())
    if not yes or not no:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[happened].sum() - yes * (yes + 1) / 2.0) / (yes * no))


def share_in_top_fifth(scores: Array, happened: BoolArray) -> float:
    """Share, per cent, of what happened that falls on the fifth with the highest scores."""
    known = np.isfinite(scores)
    scores, happened = scores[known], happened[known]
    if not happened.any():
        return float("nan")
    top = np.argsort(-scores, kind="stable")[: max(len(scores) // 5, 1)]
    return float(100.0 * happened[top].sum() / happened.sum())
