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

Array = npt.NDArray[np.float64]

CONTROLS = 6
PLACEBOS = 200


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
    return np.asarray(_correlations(_ranks(x), _ranks(y[:, None])) ** 2)[:, 0]


def noise_floors(
    x: Array, y: Array, families: Sequence[Sequence[int]], generator: np.random.Generator
) -> Array:
    """For each column of `x`, the importance that the best of its family would show in one
    case of twenty, were none of any importance: of hundreds the best looks good by chance."""
    ranks = _ranks(x)
    shuffled = np.stack([generator.permutation(len(y)) for _ in range(PLACEBOS)], axis=1)
    found = _correlations(ranks, shuffled.astype(np.float64)) ** 2
    return floors(np.asarray(found.T), families)


def floors(empty: Array, families: Sequence[Sequence[int]]) -> Array:
    """From what each parameter shows where nothing is to be found (placebos, parameters): the
    95th centile of the greatest of each family, for each parameter."""
    found = np.empty(empty.shape[1])
    for family in families or [range(empty.shape[1])]:
        columns = list(family)
        if columns:
            found[columns] = np.quantile(empty[:, columns].max(axis=1), 0.95)
    return found


def controls(x: Array, y: Array, besides: list[int], most: int = CONTROLS) -> list[int]:
    """The columns that matter most for `y`, other than `besides`."""
    most = min(most, max(0, len(y) // 15 - 2))
    order = np.argsort(-importance(x, y))
    return [int(k) for k in order if int(k) not in besides][:most]


@dataclass(frozen=True)
class Curve:
    """A fitted curve at the mean of the other parameters: a quadratic in one standardised
    parameter; in two, a plane with their product."""

    scale: Scale
    coefficients: Array

    def __call__(self, x: Array) -> Array:
        """The expected outcome at points (n, 1 or 2)."""
        return np.asarray(_basis(self.scale(x)) @ self.coefficients)


def fit(x: Array, y: Array, columns: list[int], besides: list[int]) -> Curve:
    """The curve of `y` over one or two columns of `x`, with straight lines for `besides`."""
    scale = Scale.of(x[:, columns])
    basis = _basis(scale(x[:, columns]))
    other = Scale.of(x[:, besides])(x[:, besides])
    found, *_ = np.linalg.lstsq(np.concatenate([basis, other], axis=1), y, rcond=None)
    return Curve(scale, found[: basis.shape[1]])


def resampled(
    x: Array,
    y: Array,
    columns: list[int],
    besides: list[int],
    draws: int,
    generator: np.random.Generator,
) -> list[Curve]:
    """The curve fitted to futures drawn with replacement, `draws` times."""
    found = []
    for _ in range(draws):
        rows = generator.integers(0, len(y), len(y))
        found.append(fit(x[rows], y[rows], columns, besides))
    return found


def _basis(z: Array) -> Array:
    one = np.ones((len(z), 1))
    if z.shape[1] == 1:
        return np.concatenate([one, z, z**2], axis=1)
    return np.concatenate([one, z, z[:, :1] * z[:, 1:]], axis=1)


def _ranks(x: Array) -> Array:
    return np.argsort(np.argsort(x, axis=0, kind="stable"), axis=0, kind="stable").astype(
        np.float64
    )


def _correlations(x: Array, y: Array) -> Array:
    """Of each column of `x` with each column of `y`; 0 where a column does not vary."""
    zx, zy = Scale.of(x)(x), Scale.of(y)(y)
    return np.asarray(zx.T @ zy / len(x))
