"""Regressions on sampled futures: how an outcome moves with one or two parameters, the
others as uncertain as they are.

The other parameters that matter most enter as straight lines, which takes their part out of
the noise (a control variate); they are centred, so that the curve is the mean over futures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from sim.analysis.statistics import t_quantile
from sim.units import Array, IntArray

DRAWS = 200  # resampled fits of a curve
CONTROLS = 6
PLACEBOS = 200
MOST_SELECTED = 12


@dataclass(frozen=True)
class Scale:
    """How parameters are brought to mean 0 and standard deviation 1."""

    mean: Array
    sd: Array

    @classmethod
    def of(cls, x: Array) -> Scale:
        """The scale of the columns of `x` (futures, parameters)."""
        sd = x.std(axis=0)
        return cls(x.mean(axis=0), np.where(sd > 0.0, sd, 1.0))

    def __call__(self, x: Array) -> Array:
        return (x - self.mean) / self.sd


def correlations(x: Array, y: Array) -> Array:
    """The squared correlation of `y` (futures) with each column of `x`, by ranks."""
    return np.asarray(_standard_ranks(x).T @ _standard_ranks(y[:, None])[:, 0] / len(y)) ** 2


def noise_floors(
    x: Array, y: Array, families: Sequence[Sequence[int]], generator: np.random.Generator
) -> Array:
    """For each column of `x`, the squared correlation that the best of its family would have in
    one case of twenty, were none related to `y`: of hundreds the best looks good by chance."""
    futures = len(y)
    z, ranks = _standard_ranks(x), _standard_ranks(y[:, None])[:, 0]
    shuffled = generator.permuted(np.tile(ranks[:, None], PLACEBOS), axis=0)
    by_chance = np.asarray(shuffled.T @ z / futures) ** 2
    for k, column in enumerate(z.T):
        values, place = np.unique(column, return_inverse=True)
        if len(values) < futures:  # as `placebos`, summed over the futures that share a value
            count = np.bincount(place).astype(np.float64)
            dealt = generator.permuted(np.tile(values[:, None], PLACEBOS), axis=0)
            mean = count @ dealt / futures
            variance = np.maximum(count @ dealt**2 / futures - mean**2, 1e-12)
            covariance = np.bincount(place, weights=ranks) @ dealt / futures
            by_chance[:, k] = covariance**2 / variance
    return family_floors(by_chance, families)


def placebos(column: Array, count: int, generator: np.random.Generator) -> Array:
    """The column with its values shuffled, (futures, count).

    Futures that share a value, as those of one fitted set do, go on sharing one: few sets
    look more alike by chance than many futures do.
    """
    values, place = np.unique(column, return_inverse=True)
    dealt = np.tile(values[:, None], count)
    return np.asarray(generator.permuted(dealt, axis=0)[place])


def family_floors(by_chance: Array, families: Sequence[Sequence[int]]) -> Array:
    """From what each parameter shows by chance (placebos, parameters): the 95th centile of the
    greatest of each family, for each parameter. All are one family when `families` is empty."""
    floors = np.empty(by_chance.shape[1])
    for family in families or [range(by_chance.shape[1])]:
        columns = list(family)
        if columns:
            floors[columns] = np.quantile(by_chance[:, columns].max(axis=1), 0.95)
    return floors


@dataclass(frozen=True)
class Importance:
    """What each parameter explains of an outcome beyond those that explain more: its `share`
    of the variance (of ranks), the noise `floor` of that share, and `above_noise`, the columns
    that exceed it, those that explain most first."""

    share: Array
    floor: Array
    above_noise: tuple[int, ...]

    @property
    def order(self) -> list[int]:
        """Every column: those above the noise first, then by share against floor."""
        ratio = np.argsort(-self.share / self.floor)
        return [*self.above_noise, *(int(c) for c in ratio if int(c) not in self.above_noise)]


def importance(
    x: Array, y: Array, families: Sequence[Sequence[int]], generator: np.random.Generator
) -> Importance:
    """The parameters that matter for `y`, by forward selection.

    What one explains is taken out before the next is looked for, so that a parameter that
    happens to go with it in these futures is not taken for another cause.
    """
    share, floor = np.zeros(x.shape[1]), np.ones(x.shape[1])
    selected: list[int] = []
    residual, unexplained = y, 1.0
    while True:
        explained = unexplained * correlations(x, residual)
        by_chance = np.maximum(unexplained * noise_floors(x, residual, families, generator), 1e-12)
        others = [c for c in range(x.shape[1]) if c not in selected]
        share[others], floor[others] = explained[others], by_chance[others]
        best = others[int(np.argmax(explained[others] / by_chance[others]))] if others else -1
        enough = len(selected) >= min(MOST_SELECTED, len(y) // 10)
        if best < 0 or enough or explained[best] <= by_chance[best]:
            return Importance(share, floor, tuple(selected))
        selected.append(best)
        z = Scale.of(x[:, selected])(x[:, selected])
        basis = np.concatenate([np.ones((len(y), 1)), z, z**2], axis=1)
        residual = y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]
        unexplained = float(residual.var() / y.var())


def strongest(x: Array, y: Array) -> list[int]:
    """The columns of `x`, those that go most closely with `y` first."""
    return [int(k) for k in np.argsort(-correlations(x, y), kind="stable")]


@dataclass(frozen=True)
class Curves:
    """Fitted curves at the mean of the other parameters: quadratic in one standardised
    parameter; in two, a plane with their product. `coefficients` (curves, terms)."""

    scale: Scale
    coefficients: Array

    def __call__(self, x: Array) -> Array:
        """The expected outcome at points (n, 1 or 2) by each curve, (curves, n)."""
        return np.asarray(self.coefficients @ _basis(self.scale(x)).T)


def fit(
    x: Array,
    y: Array,
    columns: Sequence[int],
    generator: np.random.Generator,
    groups: IntArray | None = None,
    order: Sequence[int] | None = None,
) -> tuple[Curves, Curves]:
    """The curve of `y` over one or two columns of `x`, and the curves of futures drawn again
    with replacement, DRAWS times.

    Whole groups are drawn where `groups` (futures) numbers those that share random numbers. The
    first columns of `order` (that of `strongest`, worked out here when None) enter as straight
    lines: as many as this number of futures can bear.
    """
    futures = len(y)
    controls = [c for c in order or strongest(x, y) if c not in columns]
    controls = controls[: min(CONTROLS, max(0, futures // 15 - 2))]
    count = futures if groups is None else int(groups.max()) + 1
    weights = generator.multinomial(count, np.full(count, 1.0 / count), DRAWS).astype(np.float64)
    drawn = weights if groups is None else weights[:, groups]
    pair = list(columns)
    return (
        _fitted(x, y, pair, controls, np.ones((1, futures))),
        _fitted(x, y, pair, controls, drawn),
    )


def interval(draws: Array, groups: IntArray | None, futures: int) -> tuple[Array, Array]:
    """The 95 % interval of an estimate from its values in resampled fits, on the first axis.

    With few groups resampling shows too little spread, so that less is cut off at each end than
    2.5 % (the expanded percentile interval: Hesterberg, American Statistician 69, 2015).
    """
    count = futures if groups is None else int(groups.max()) + 1
    tail = float(ndtr(-np.sqrt(count / (count - 1)) * t_quantile(0.975, count)))
    return np.quantile(draws, tail, axis=0), np.quantile(draws, 1.0 - tail, axis=0)


def _fitted(x: Array, y: Array, columns: list[int], controls: list[int], weights: Array) -> Curves:
    """Least squares under each row of `weights` (fits, futures)."""
    scale = Scale.of(x[:, columns])
    own = _basis(scale(x[:, columns]))
    other = Scale.of(x[:, controls])(x[:, controls])
    basis = np.concatenate([own, other], axis=1)
    terms = basis.shape[1]
    products = (basis[:, :, None] * basis[:, None, :]).reshape(len(y), terms * terms)
    gram = (weights @ products).reshape(-1, terms, terms)
    right = weights @ (basis * y[:, None])
    solved = np.einsum("dij,dj->di", np.linalg.pinv(gram, rcond=1e-10, hermitian=True), right)
    # Each curve is at the mean of the others in the futures it was fitted to.
    means = weights @ other / weights.sum(axis=1, keepdims=True)
    own_terms = solved[:, : own.shape[1]].copy()
    own_terms[:, 0] += (solved[:, own.shape[1] :] * means).sum(axis=1)
    return Curves(scale, own_terms)


def _basis(z: Array) -> Array:
    one = np.ones((len(z), 1))
    if z.shape[1] == 1:
        return np.concatenate([one, z, z**2], axis=1)
    return np.concatenate([one, z, z[:, :1] * z[:, 1:]], axis=1)


def _standard_ranks(x: Array) -> Array:
    """The ranks of each column, brought to mean 0 and standard deviation 1; equal values
    have one rank."""
    ranks = np.stack([np.unique(c, return_inverse=True)[1] for c in x.T], axis=1).astype(float)
    return Scale.of(ranks)(ranks)
