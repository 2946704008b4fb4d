"""A quick stand-in for the model: figures as a smooth function of the parameters, plus chance.

Parameters enter as normal scores (standard normal under the prior), each with a straight and
a curved term; what these leave unexplained is chance and lack of fit, kept with its
correlations between figures. The posterior of the scores is sampled with the preconditioned
Crank-Nicolson walk (Cotter et al. 2013), whose proposals keep the prior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.units import Array, IntArray

# Beyond this score (0.3 % of the prior) a curve fitted inside is not trusted.
FURTHEST = 3.0
# A parameter matters to a figure when their correlation is this many standard errors from 0.
CLEAR = 4.0


@dataclass(frozen=True)
class Emulator:
    """Figures (F) from the normal scores of the chosen parameters.

    `chosen` are columns of the design, `weights` (1 + 2 chosen, F) the fitted curve,
    `unexplained` (F, F) the covariance about it.
    """

    chosen: IntArray
    weights: Array
    unexplained: Array

    def expected(self, scores: Array) -> Array:
        """The expected figures (draws, F) for scores (draws, chosen)."""
        return _features(scores) @ self.weights

    def implausibility(self, scores: Array, observed: Array, error: Array) -> Array:
        """How many standard deviations each figure lies from the record, (draws, F)."""
        spread = np.sqrt(np.diag(self.unexplained) + error**2)
        return np.asarray(np.abs(self.expected(scores) - observed) / spread)

    def log_likelihood(self, observed: Array, error: Array) -> Callable[[Array], Array]:
        """The log density of the record, up to a constant, for scores (draws, chosen)."""
        spread = np.linalg.cholesky(self.unexplained + np.diag(error**2))
        whiten = np.linalg.inv(spread).T
        target, curve = observed @ whiten, self.weights @ whiten

        def density(scores: Array) -> Array:
            gap = target - _features(scores) @ curve
            inside = (np.abs(scores) < FURTHEST).all(axis=1)
            return np.where(inside, -0.5 * (gap**2).sum(axis=1), -np.inf)

        return density


def choose_parameters(scores: Array, figures: Array, error: Array, most: int) -> IntArray:
    """The parameters that move some figure clearly: columns of the scores, at most `most`.

    They are ranked by the largest share of what a figure may miss by (chance and error) that
    the parameter accounts for.
    """
    count = len(scores)
    z = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    f = figures - figures.mean(axis=0)
    slope = z.T @ f / count
    spread = np.maximum(f.std(axis=0), 1e-12)
    clear = np.abs(slope) / spread > CLEAR / np.sqrt(count)
    worth = np.where(clear, slope**2 / (spread**2 + error**2), 0.0).max(axis=1)
    ranked = np.argsort(-worth, kind="stable")[:most]
    return np.sort(ranked[worth[ranked] > 0.0])


def fit_emulator(scores: Array, figures: Array, chosen: IntArray) -> Emulator:
    """Fit figures (countries, F) on the chosen columns of scores (countries, parameters).

    Raises ValueError where there are too few countries for the number of terms.
    """
    features = _features(scores[:, chosen])
    spare = len(features) - features.shape[1]
    if spare < features.shape[1]:
        raise ValueError(f"{len(features)} countries are too few for {features.shape[1]} terms")
    weights = np.asarray(np.linalg.lstsq(features, figures, rcond=None)[0], dtype=np.float64)
    rest = figures - features @ weights
    unexplained = rest.T @ rest / spare
    # A figure that no country ever moved has no spread: keep the matrix invertible.
    floor = 1e-9 * np.maximum(figures.var(axis=0), 1e-12)
    return Emulator(chosen, weights, unexplained + np.diag(floor))


def sample_posterior(
    emulator: Emulator,
    observed: Array,
    error: Array,
    generator: np.random.Generator,
    *,
    draws: int,
    steps: int,
    temper: float = 1.0,
) -> Array:
    """Scores (draws, chosen) from the posterior, one walk a draw.

    `temper` above 1 flattens the likelihood by that power, to explore around the posterior.
    The stride is tuned over the first half of the steps to accept about a quarter.
    """
    density = emulator.log_likelihood(observed, error)
    at = np.clip(generator.standard_normal((draws, len(emulator.chosen))), -2.5, 2.5)
    here = density(at) / temper
    stride = 0.3
    for step in range(steps):
        jump = generator.standard_normal(at.shape)
        proposed = np.sqrt(1.0 - stride**2) * at + stride * jump
        there = density(proposed) / temper
        with np.errstate(invalid="ignore"):
            taken = np.log(generator.random(draws)) < there - here
        at = np.where(taken[:, None], proposed, at)
        here = np.where(taken, there, here)
        if step < steps // 2:
            stride = float(np.clip(stride * np.exp(0.1 * (taken.mean() - 0.25)), 0.02, 0.9))
    return np.asarray(at)


def _features(scores: Array) -> Array:
    return np.hstack([np.ones((len(scores), 1)), scores, scores**2 - 1.0])
