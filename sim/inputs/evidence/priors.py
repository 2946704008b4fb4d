"""Draws from what the ledger believes about its parameters.

Every family is cut at the parameter's range: nothing outside `low` to `high` is ever used.
Draws come from given uniforms, so that any design (Sobol, Latin hypercube, random) fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincinv, ndtr, ndtri

from sim.inputs.evidence.ledger import Ledger, Parameter
from sim.units import Array


@dataclass(frozen=True)
class Prior:
    """A distribution of the ledger: its family and numbers, cut at `low` and `high`.

    `fixed` has no numbers and is not drawn. `ZeroTri` is exactly zero with the chance that comes
    first and triangular otherwise; `OneOf` is one of the whole numbers from 1, each as likely.
    """

    family: str
    numbers: tuple[float, ...]
    low: float
    high: float

    def cumulative(self, values: Array) -> Array:
        """The probability of a lower value, before the cut."""
        x, n = np.asarray(values, dtype=np.float64), self.numbers
        if self.family == "U":
            return np.clip((x - n[0]) / (n[1] - n[0]), 0.0, 1.0)
        if self.family == "Tri":
            return _triangle_cumulative(x, *n)
        if self.family in ("N", "TN"):
            return np.asarray(ndtr((x - n[0]) / n[1]))
        if self.family == "LogN":
            logs = np.log(np.maximum(x, 1e-300) / n[0])
            return np.where(x > 0.0, ndtr(logs / n[1]), 0.0)
        if self.family == "Beta":
            return np.asarray(betainc(n[0], n[1], np.clip(x, 0.0, 1.0)))
        if self.family == "ZeroTri":
            return (1.0 - n[0]) * _triangle_cumulative(x, *n[1:]) + n[0] * (x >= 0.0)
        if self.family == "OneOf":
            return np.clip(np.floor(x) / n[0], 0.0, 1.0)
        raise ValueError(f"a {self.family} prior has no distribution")

    def quantile(self, uniforms: Array) -> Array:
        """The values below which a share `uniforms` (in [0, 1]) of the cut prior lies."""
        if self.family in ("ZeroTri", "OneOf"):
            return self._with_lumps(np.asarray(uniforms, dtype=np.float64))
        ends = self.cumulative(np.array([self.low, self.high]))
        u = ends[0] + np.asarray(uniforms, dtype=np.float64) * (ends[1] - ends[0])
        n = self.numbers
        if self.family == "U":
            x = n[0] + u * (n[1] - n[0])
        elif self.family == "Tri":
            x = _triangle_quantile(u, *n)
        elif self.family in ("N", "TN"):
            x = n[0] + n[1] * ndtri(u)
        elif self.family == "LogN":
            x = n[0] * np.exp(n[1] * ndtri(u))
        else:
            x = betaincinv(n[0], n[1], u)
        return np.asarray(np.clip(x, self.low, self.high))

    def _with_lumps(self, u: Array) -> Array:
        """The quantile of a prior that gives single values a chance of their own: it is not cut,
        so that none of them loses its chance at an end of the range."""
        n = self.numbers
        if self.family == "OneOf":
            return np.clip(np.floor(u * n[0]) + 1.0, 1.0, n[0])
        below = (1.0 - n[0]) * _triangle_cumulative(np.zeros(()), *n[1:])
        lumped = (u >= below) & (u < below + n[0])
        rest = np.where(u < below, u, u - n[0]) / (1.0 - n[0])
        tri = _triangle_quantile(np.clip(rest, 0.0, 1.0), *n[1:])
        return np.asarray(np.clip(np.where(lumped, 0.0, tri), self.low, self.high))


def prior_of(parameter: Parameter) -> Prior:
    """The prior of a ledger entry, whose text the ledger has checked."""
    family, _, rest = parameter.prior.partition("(")
    numbers = tuple(float(number) for number in rest.rstrip(")").split(",")) if rest else ()
    return Prior(family.strip(), numbers, parameter.low, parameter.high)


def free_parameters(ledger: Ledger) -> list[str]:
    """The names of the parameters that are not fixed, in the order of the ledger."""
    return [name for name, p in ledger.items() if p.prior != "fixed" and p.low < p.high]


def draw_priors(ledger: Ledger, names: Sequence[str], uniforms: Array) -> Array:
    """Values of the named parameters, shape (draws, names), from uniforms of that shape."""
    columns = [prior_of(ledger[name]).quantile(uniforms[:, k]) for k, name in enumerate(names)]
    return np.stack(columns, axis=1)


def _triangle_cumulative(x: Array, low: float, mode: float, high: float) -> Array:
    below = (x - low) ** 2 / max((high - low) * (mode - low), 1e-300)
    above = 1.0 - (high - x) ** 2 / max((high - low) * (high - mode), 1e-300)
    inside = np.where(x < mode, below, above)
    return np.where(x <= low, 0.0, np.where(x >= high, 1.0, inside))


def _triangle_quantile(u: Array, low: float, mode: float, high: float) -> Array:
    rising = low + np.sqrt(u * (high - low) * (mode - low))
    falling = high - np.sqrt((1.0 - u) * (high - low) * (high - mode))
    return np.where(u < (mode - low) / (high - low), rising, falling)
