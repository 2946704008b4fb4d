"""The value of knowing one parameter before choosing (partial EVPI).

Estimated from the futures alone by regression (Strong, Oakley and Brennan, Medical Decision
Making 34, 2014): the loss of each regime less that of the first is fitted as a curve of the
parameter; with the parameter known, the regime with the least expected loss is chosen at
each value of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.random.streams import stream
from sim.studies.regressions import Array, Scale, floors, placebos

PLACEBOS = 40


@dataclass(frozen=True)
class Information:
    """The value of knowing each parameter, in the unit of the loss.

    `value` (parameters) is the loss that is avoided on average; `floor` (parameters) what
    the best of as many parameters of no consequence as are in the same family would seem to
    be worth in one case of twenty. `change` is the share of futures in which the choice
    would be another. `chosen` is the regime with the least expected loss as things are known
    now (a position), `everything` the value of knowing every parameter and the luck of each
    future too: an upper bound.
    """

    value: Array
    change: Array
    floor: Array
    chosen: int
    everything: float


def value_of_information(
    loss: Array,
    x: Array,
    families: Sequence[Sequence[int]] = (),
    seed: int = 1,
    known: Sequence[int] = (),
) -> Information:
    """From the losses (futures, regimes) and the parameters (futures, parameters).

    `families` are columns that are tested together; all are one family when empty. What the
    columns `known` to matter explain is noise to every other, and is taken out.
    """
    generator = stream(seed, 0, "explore", "placebos")
    differences = loss - loss[:, :1]
    chosen = int(np.argmin(loss.mean(axis=0)))
    value, change = np.empty(x.shape[1]), np.empty(x.shape[1])
    empty = np.empty((PLACEBOS, x.shape[1]))
    without_known = _less(differences, x, known)
    for k, column in enumerate(x.T):
        left = _less(differences, x, [c for c in known if c != k]) if k in known else without_known
        columns = np.concatenate([column[:, None], placebos(column, PLACEBOS, generator)], axis=1)
        fitted = _fitted(left, columns)
        # Fitted means are the sample's own means, so that only the ups and downs count.
        avoided = (fitted[chosen] - fitted.min(axis=0)).mean(axis=0)
        value[k], empty[:, k] = avoided[0], avoided[1:]
        change[k] = (fitted[:, :, 0].argmin(axis=0) != chosen).mean()
    return Information(
        value=value,
        change=change,
        floor=floors(empty, families),
        chosen=chosen,
        everything=float((loss[:, chosen] - loss.min(axis=1)).mean()),
    )


def _less(differences: Array, x: Array, known: Sequence[int]) -> Array:
    """The differences less what these columns explain of them; their means stay."""
    z = Scale.of(x[:, list(known)])(x[:, list(known)])
    basis = np.concatenate([z, z**2 - 1.0], axis=1)
    found, *_ = np.linalg.lstsq(basis, differences - differences.mean(axis=0), rcond=None)
    return np.asarray(differences - basis @ found)


def _fitted(differences: Array, x: Array) -> Array:
    """The quadratic of each difference in each column of `x`: (regimes, futures, columns)."""
    z = Scale.of(x)(x)
    # The square, made independent of the straight line and the mean: three small sums do.
    bend = z**2 - 1.0 - (z**3).mean(axis=0) * z
    size = np.maximum((bend**2).mean(axis=0), 1e-9)
    count = len(x)
    found = np.empty((differences.shape[1], count, x.shape[1]))
    for regime, y in enumerate(differences.T):
        slope, curve = y @ z / count, (y @ bend / count) / size
        found[regime] = y.mean() + slope * z + curve * bend
    return found
