"""Regressions on sampled futures: how an outcome moves with one or two parameters, the
others as uncertain as they are.

The other parameters that matter most enter as straight lines, which takes their part out of
the noise (a control variate); they are centred, so that the curve is the mean over futures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from sim.analysis.statistics import t_quantile

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CONTROLS = 6
PLACEBOS = 200
MOST_CLEAR = 12


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


def importance(x: Array, y: Array) -> Array:
    """The squared correlation of `y` (futures) with each column of `x`, by ranks."""
    return np.asarray(_standard_ranks(x).T @ _standard_ranks(y[:, None])[:, 0] / len(y)) ** 2


def noise_floors(
    x: Array, y: Array, families: Sequence[Sequence[int]], generator: np.random.Generator
) -> Array:
    """For each column of `x`, the importance that the best of its family would show in one
    case of twenty, were none of any importance: of hundreds the best looks good by chance."""
    futures = len(y)
    z, ranks = _standard_ranks(x), _standard_ranks(y[:, None])[:, 0]
    shuffled = generator.permuted(np.tile(ranks[:, None], PLACEBOS), axis=0)
    empty = np.asarray(shuffled.T @ z / futures) ** 2
    for k, column in enumerate(z.T):
        values, place = np.unique(column, return_inverse=True)
        if len(values) < futures:  # as `placebos`, summed over those that share a value
            held = np.bincount(place).astype(np.float64)
            dealt = generator.permuted(np.tile(values[:, None], PLACEBOS), axis=0)
            mean = held @ dealt / futures
            spread = np.maximum(held @ dealt**2 / futures - mean**2, 1e-12)
            along = np.bincount(place, weights=ranks) @ dealt / futures
            empty[:, k] = along**2 / spread
    return floors(empty, families)


def placebos(column: Array, count: int, generator: np.random.Generator) -> Array:
    """The column with its values dealt out anew, (futures, count).

    Futures that share a value, as those of one fitted set do, go on sharing one: few sets
    look more alike by chance than many futures do.
    """
    values, place = np.unique(column, return_inverse=True)
    dealt = np.tile(values[:, None], count)
    return np.asarray(generator.permuted(dealt, axis=0)[place])


def floors(empty: Array, families: Sequence[Sequence[int]]) -> Array:
    """From what each parameter shows where nothing is to be found (placebos, parameters): the
    95th centile of the greatest of each family, for each parameter."""
    found = np.empty(empty.shape[1])
    for family in families or [range(empty.shape[1])]:
        columns = list(family)
        if columns:
            found[columns] = np.quantile(empty[:, columns].max(axis=1), 0.95)
    return found


@dataclass(frozen=True)
class Weights:
    """What each parameter explains of an outcome beyond those that explain more: its `share`
    of the variance (of ranks), the noise `floor` of that share, and `clear`, the columns that
    exceed it, those that explain most first."""

    share: Array
    floor: Array
    clear: tuple[int, ...]

    @property
    def order(self) -> list[int]:
        """Every column: the clear ones first, then by share against floor."""
        rest = [int(c) for c in np.argsort(-self.share / self.floor) if int(c) not in self.clear]
        return [*self.clear, *rest]


def weigh(
    x: Array, y: Array, families: Sequence[Sequence[int]], generator: np.random.Generator
) -> Weights:
    """The parameters that matter for `y`, one after another.

    What one explains is taken out before the next is looked for, so that a parameter that
    happens to go with it in these futures is not taken for another cause.
    """
    share, floor = np.zeros(x.shape[1]), np.ones(x.shape[1])
    clear: list[int] = []
    left, part = y, 1.0
    while True:
        found = part * importance(x, left)
        chance = np.maximum(part * noise_floors(x, left, families, generator), 1e-12)
        others = [c for c in range(x.shape[1]) if c not in clear]
        share[others], floor[others] = found[others], chance[others]
        ahead = others[int(np.argmax(found[others] / chance[others]))] if others else -1
        enough = len(clear) >= min(MOST_CLEAR, len(y) // 10)
        if ahead < 0 or enough or found[ahead] <= chance[ahead]:
            return Weights(share, floor, tuple(clear))
        clear.append(ahead)
        z = Scale.of(x[:, clear])(x[:, clear])
        basis = np.concatenate([np.ones((len(y), 1)), z, z**2], axis=1)
        left = y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]
        part = float(left.var() / y.var())


def strongest(x: Array, y: Array) -> list[int]:
    """The columns of `x`, those that go most closely with `y` first."""
    return [int(k) for k in np.argsort(-importance(x, y), kind="stable")]


def controls(order: Sequence[int], besides: Sequence[int], futures: int) -> list[int]:
    """The first columns of an order that enter as straight lines, other than `besides`: as
    many as this number of futures can bear."""
    most = min(CONTROLS, max(0, futures // 15 - 2))
    return [k for k in order if k not in besides][:most]


@dataclass(frozen=True)
class Curves:
    """Fitted curves at the mean of the other parameters: quadratic in one standardised
    parameter; in two, a plane with their product. `coefficients` (curves, terms)."""

    scale: Scale
    coefficients: Array

    def __call__(self, x: Array) -> Array:
        """The expected outcome at points (n, 1 or 2) by each curve, (curves, n)."""
        return np.asarray(self.coefficients @ _basis(self.scale(x)).T)


def fit(x: Array, y: Array, columns: list[int], besides: list[int]) -> Curves:
    """The curve of `y` over one or two columns of `x`, with straight lines for `besides`."""
    return _fitted(x, y, columns, besides, np.ones((1, len(y))))


def resampled(
    x: Array,
    y: Array,
    columns: list[int],
    besides: list[int],
    draws: int,
    generator: np.random.Generator,
    groups: IntArray | None = None,
) -> Curves:
    """The curve fitted to futures drawn with replacement, `draws` times.

    Whole groups are drawn where `groups` (futures) names those that share their luck.
    """
    counts = drawn_again(len(y) if groups is None else int(groups.max()) + 1, draws, generator)
    return _fitted(x, y, columns, besides, counts if groups is None else counts[:, groups])


def tail(groups: IntArray | None, futures: int) -> float:
    """The share of resampled fits beyond each end of a 95 % interval.

    With few groups resampling shows too little spread, so that less is cut off than 2.5 %
    (the expanded percentile interval: Hesterberg, American Statistician 69, 2015).
    """
    count = futures if groups is None else int(groups.max()) + 1
    return float(ndtr(-np.sqrt(count / (count - 1)) * t_quantile(0.975, count)))


def drawn_again(count: int, draws: int, generator: np.random.Generator) -> Array:
    """How often each of `count` things comes up in `count` draws, (draws, count)."""
    return generator.multinomial(count, np.full(count, 1.0 / count), draws).astype(np.float64)


def _fitted(x: Array, y: Array, columns: list[int], besides: list[int], weights: Array) -> Curves:
    """Least squares under each row of `weights` (fits, futures)."""
    scale = Scale.of(x[:, columns])
    own = _basis(scale(x[:, columns]))
    other = Scale.of(x[:, besides])(x[:, besides])
    basis = np.concatenate([own, other], axis=1)
    terms = basis.shape[1]
    products = (basis[:, :, None] * basis[:, None, :]).reshape(len(y), terms * terms)
    gram = (weights @ products).reshape(-1, terms, terms)
    right = weights @ (basis * y[:, None])
    found = np.einsum("dij,dj->di", np.linalg.pinv(gram, rcond=1e-10, hermitian=True), right)
    # Each curve stands at the mean of the others in the futures it was fitted to.
    means = weights @ other / weights.sum(axis=1, keepdims=True)
    own_terms = found[:, : own.shape[1]].copy()
    own_terms[:, 0] += (found[:, own.shape[1] :] * means).sum(axis=1)
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
