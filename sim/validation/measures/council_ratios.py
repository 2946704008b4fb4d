"""Council by council: mean score of the model over that of each rival, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

import numpy as np

from sim.random.streams import stream
from sim.validation.council_scores import CouncilScore

DRAWS = 2000
SEED = 0
CHAIN = "chain"
NO_CHANGE = "no change"
DRIFT = "drift"
_GRADE, _EXIT = "grade", "years to exit"


class CouncilRatio(NamedTuple):
    """One quantity from a start: mean score of the model over that of a rival, over councils.

    `low95` and `high95` come from a bootstrap over councils. `judging` marks the rival that the
    measure is taken against: for grades and exits the Markov chain, else the one that does best.
    """

    start: date
    quantity: str
    councils: int
    rival: str
    model: float
    other: float
    ratio: float
    low95: float
    high95: float
    judging: bool


def short_name(score: CouncilScore) -> str:
    """The quantity without its day."""
    return score.quantity.split(" of each council")[0].split(" by ")[0]


def council_ratios(scores: Iterable[CouncilScore]) -> Iterator[CouncilRatio]:
    """Every quantity and start against every rival."""
    for score in scores:
        name = short_name(score)
        chained = name in (_GRADE, _EXIT)
        model, no_change, drift = score.scores
        rivals = {NO_CHANGE: no_change, CHAIN if chained else DRIFT: drift, **score.rivals}
        means = {rival: float(values.mean()) for rival, values in rivals.items()}
        judge = CHAIN if chained else min(means, key=lambda rival: means[rival])
        key = (score.start.isoformat(), score.quantity)
        generator = stream(SEED, 0, "bootstrap of councils", *key)
        drawn = generator.integers(0, score.count, (DRAWS, score.count))
        of_model = model[drawn].mean(axis=1)
        for rival, values in rivals.items():
            ratio, low, high = (np.nan,) * 3
            if means[rival] > 0.0:
                other = values[drawn].mean(axis=1)
                ratio = float(model.mean()) / means[rival]
                low, high = np.quantile(of_model / np.maximum(other, 1e-12), (0.025, 0.975))
            yield CouncilRatio(
                *(score.start, name, score.count, rival, float(model.mean()), means[rival]),
                *(float(ratio), float(low), float(high), rival == judge),
            )
