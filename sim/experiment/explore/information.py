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

from sim.experiment.explore.regress import Array, fit, floors

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
    loss: Array, x: Array, families: Sequence[Sequence[int]] = (), seed: int = 1
) -> Information:
    """From the losses (futures, regimes) and the parameters (futures, parameters).

    `families` are columns that are tested together; all are one family when empty.
    """
    generator = np.random.default_rng(seed)
    differences = loss - loss[:, :1]
    chosen = int(np.argmin(loss.mean(axis=0)))
    found = [_partial(differences, x[:, k], chosen) for k in range(x.shape[1])]
    empty = np.zeros((PLACEBOS, x.shape[1]))
    for placebo in range(PLACEBOS):
        shuffled = x[generator.permutation(len(x))]
        empty[placebo] = [_partial(differences, column, chosen)[0] for column in shuffled.T]
    return Information(
        value=np.array([value for value, _ in found]),
        change=np.array([change for _, change in found]),
        floor=floors(empty, families),
        chosen=chosen,
        everything=float((loss[:, chosen] - loss.min(axis=1)).mean()),
    )


def _partial(differences: Array, x: Array, chosen: int) -> tuple[float, float]:
    column = x[:, None]
    fitted = np.stack(
        [
            np.zeros(len(x)) if regime == 0 else fit(column, y, [0], [])(column)
            for regime, y in enumerate(differences.T)
        ],
        axis=1,
    )
    # Fitted means are the sample's own means, so that only the ups and downs count.
    value = fitted[:, chosen] - fitted.min(axis=1)
    return float(value.mean()), float((fitted.argmin(axis=1) != chosen).mean())
