"""How well a prediction, given as a sample, foresaw what happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.units import Array, IntArray

LEVELS = (0.5, 0.8, 0.95)


def crps(sample: Array, observed: Array | float) -> Array:
    """Continuous ranked probability score, lower is better, in the unit of the sample.

    `sample` is (N,) or (N, ...) with `observed` of the shape of the rest. It is the mean
    distance from the sample to what happened, less half the mean distance within the sample;
    the latter over pairs of different members, so that small samples are not favoured
    (Ferro 2014). A sample of one scores its absolute error.
    """
    count = len(sample)
    distance = np.abs(sample - observed).mean(axis=0)
    if count < 2:
        return np.asarray(distance)
    ordered = np.sort(sample, axis=0)
    rank = np.arange(1, count + 1).reshape(-1, *([1] * (sample.ndim - 1)))
    within = ((2 * rank - count - 1) * ordered).sum(axis=0) / (count * (count - 1))
    return np.asarray(distance - within)


def crps_of_quantiles(levels: Array, quantiles: Array, observed: Array) -> Array:
    """CRPS of forecasts given by quantiles (..., levels) of what was observed (...).

    Twice the quantile score, each level standing for the levels nearer to it than to any other:
    the integral over all levels (Gneiting and Ranjan 2011) as far as so few can give it.
    """
    middles = (levels[1:] + levels[:-1]) / 2.0
    weights = np.diff(np.concatenate([[0.0], middles, [1.0]]))
    above = observed[..., None] - quantiles
    return np.asarray(2.0 * (np.maximum(levels * above, (levels - 1.0) * above) @ weights))


def ranked_probability(chances: Array, observed: IntArray) -> Array:
    """CRPS of a forecast on an ordered scale: the sum over steps of the squared gap between
    the cumulative chances (..., classes) and what happened (...), a class from 0."""
    classes = chances.shape[-1]
    happened = (np.arange(classes) >= observed[..., None]).astype(np.float64)
    gap = np.cumsum(chances, axis=-1) - happened
    return np.asarray((gap[..., :-1] ** 2).sum(axis=-1))


def central_interval(sample: Array, level: float) -> tuple[Array, Array]:
    """The ends of the central interval that holds a share `level` of the sample (N, ...)."""
    low, high = np.quantile(sample, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
    return np.asarray(low), np.asarray(high)


def position(sample: Array, observed: Array | float) -> Array:
    """The share of the sample below what happened, ties counted half; uniform if all is well."""
    below = (sample < observed).mean(axis=0)
    return np.asarray(below + 0.5 * (sample == observed).mean(axis=0))


@dataclass(frozen=True)
class Forecast:
    """A sample (N,) and the observed number that it foretold."""

    sample: Array
    observed: float

    @property
    def median(self) -> float:
        """The middle of the sample."""
        return float(np.median(self.sample))

    def interval(self, level: float) -> tuple[float, float]:
        """The central interval of a level."""
        low, high = central_interval(self.sample, level)
        return float(low), float(high)

    def covers(self, level: float) -> bool:
        """Whether what happened lies in the central interval of a level."""
        low, high = self.interval(level)
        return low <= self.observed <= high

    @property
    def score(self) -> float:
        """Its CRPS."""
        return float(crps(self.sample, self.observed))
