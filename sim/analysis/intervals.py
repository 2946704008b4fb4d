"""Intervals over replications, for what reports work out themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

Floats = npt.NDArray[np.float64]

# Fewer replications than this give no interval worth showing.
FEWEST_REPLICATIONS = 5


def t_quantile(tail: float, runs: int) -> float:
    """Student's t that leaves `tail` above it, for the mean of so many runs."""
    return float(stdtrit(runs - 1, 1 - tail))


def half_width(values: Floats, questions: int = 1) -> Floats:
    """Half the 95 % interval of the mean over the first axis (runs).

    `questions` intervals hold together (Bonferroni). NaN where there are too few runs.
    """
    runs = len(values)
    if runs < FEWEST_REPLICATIONS:
        return np.full(values.shape[1:], np.nan)
    error = values.std(0, ddof=1) / np.sqrt(runs)
    return np.asarray(t_quantile(0.025 / questions, runs) * error)


def jackknife_half_width(left_out: Floats, questions: int = 1) -> Floats:
    """Half the 95 % interval of an estimate from its values with one run left out each.

    `left_out` has runs along its first axis. NaN where there are too few runs.
    """
    runs = len(left_out)
    if runs < FEWEST_REPLICATIONS:
        return np.full(left_out.shape[1:], np.nan)
    error = np.sqrt((runs - 1) / runs * ((left_out - left_out.mean(0)) ** 2).sum(0))
    return np.asarray(t_quantile(0.025 / questions, runs) * error)
