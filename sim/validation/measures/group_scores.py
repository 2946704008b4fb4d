"""Where the model loses: scores of councils by region, by kind and by deprivation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

import numpy as np

from sim.inputs.councils.baseline import Baseline, baseline
from sim.inputs.councils.council_kinds import CouncilKind, by_label, thirds
from sim.random.streams import stream
from sim.units import Array, BoolArray, IntArray
from sim.validation.council_scores import CouncilScore

DRAWS = 2000
FEWEST = 8  # councils of which a mean is told
ALL = "all councils"
NAIVE = ("no change", "drift or chain")


class GroupScore(NamedTuple):
    """One quantity over the councils of a group: the model against the naive forecast `rival`.

    The rival is the one that does better over all councils. `ratio` is the mean score of the model
    over that of the rival (below 1: the model does better); `error` the mean of the model's middle
    less what was observed, in `unit`; each with the 2.5 and 97.5 % points of a bootstrap over the
    councils of the group, which is somewhat narrow where they are few. `chance_ratio` and
    `chance_error` belong to the grouping: how often groups of the same sizes, put together at
    random, differ at least as much. NaN where there is nothing to compare.
    """

    start: date
    quantity: str
    unit: str
    grouping: str
    group: str
    councils: int
    rival: str
    model: float
    naive: float
    ratio: float
    ratio_low95: float
    ratio_high95: float
    error: float
    error_low95: float
    error_high95: float
    chance_ratio: float
    chance_error: float


def group_scores(scores: Iterable[CouncilScore], seed: int) -> Iterator[GroupScore]:
    """Every quantity over all councils, then by group, where a group has at least `FEWEST`."""
    for score in scores:
        yield from _by_group(score, seed)


def groupings_of(councils: Baseline) -> list[list[CouncilKind]]:
    """Regions; kinds of council; thirds by children in income-deprived families (IDACI)."""
    names = ("least deprived", "middling", "most deprived")
    return [
        by_label("region", councils.regions),
        by_label("kind", councils.kinds),
        thirds("deprivation", councils.idaci, names),
    ]


def _by_group(score: CouncilScore, seed: int) -> Iterator[GroupScore]:
    better = int(np.argmin(score.scores[1:].mean(axis=1)))
    values = np.stack([score.scores[0], score.scores[1 + better], score.errors])
    key = (score.start.isoformat(), score.quantity)
    everyone = np.ones(score.count, dtype=np.bool_)
    nothing = float("nan")

    def row(grouping: str, group: str, own: BoolArray, chances: tuple[float, float]) -> GroupScore:
        generator = stream(seed, 0, "group scores", *key, grouping, group)
        means = values[:, own].mean(axis=1, keepdims=True)
        ratio, error = (float(figure[0]) for figure in _figures(means))
        bounds = _intervals(values[:, own], generator)
        return GroupScore(
            *(score.start, score.quantity, score.unit, grouping, group, int(own.sum())),
            *(NAIVE[better], float(means[0, 0]), float(means[1, 0])),
            *(ratio, *bounds[0], error, *bounds[1], *chances),
        )

    yield row(ALL, ALL, everyone, (nothing, nothing))
    for kinds in groupings_of(baseline(score.start)):
        groups = [(kind, kind.members[score.members]) for kind in kinds]
        groups = [(kind, own) for kind, own in groups if own.sum() >= FEWEST]
        if len(groups) < 2:
            continue
        grouping = groups[0][0].grouping
        generator = stream(seed, 0, "groups at random", *key, grouping)
        chances = _chances(values, np.stack([own for _, own in groups]), generator)
        for kind, own in groups:
            yield row(grouping, kind.group, own, chances)


def _figures(means: Array) -> tuple[Array, Array]:
    """Ratio of scores and error (...) from the means (3, ...) of model, rival and error."""
    ratio = np.full(means.shape[1:], np.nan)
    np.divide(means[0], means[1], out=ratio, where=means[1] > 0.0)
    return ratio, means[2]


def _intervals(
    values: Array, generator: np.random.Generator
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The 95 % intervals of ratio and error: councils (3, councils) drawn with replacement."""
    count = values.shape[1]
    drawn = values[:, generator.integers(0, count, (DRAWS, count))].mean(axis=2)
    ratio, error = (
        (float(low), float(high))
        for low, high in (np.quantile(figure, (0.025, 0.975)) for figure in _figures(drawn))
    )
    return ratio, error


def _chances(
    values: Array, groups: BoolArray, generator: np.random.Generator
) -> tuple[float, float]:
    """How often groups at random differ as much as these (groups, councils), in ratio and in
    error: a permutation test of the sum of squared distances from all, weighted by councils."""
    grouped = values[:, groups.any(axis=0)]
    labels = np.argmax(groups[:, groups.any(axis=0)], axis=0)
    observed = _spread(grouped, labels[None], len(groups))
    count = len(labels)
    shuffled = labels[generator.permuted(np.tile(np.arange(count), (DRAWS, 1)), axis=1)]
    spreads = _spread(grouped, shuffled, len(groups))
    # Equal but for rounding counts as at least as much.
    ratio, error = (
        float((1 + (drawn >= own * (1.0 - 1e-9)).sum()) / (1 + DRAWS))
        for drawn, own in zip(spreads, observed, strict=True)
    )
    return ratio, error


def _spread(values: Array, labels: IntArray, count: int) -> tuple[Array, Array]:
    """How far groups lie from all, in ratio and in error, for each row of labels
    (draws, councils)."""
    overall = _figures(values.mean(axis=1, keepdims=True))
    ratio, error = np.zeros(len(labels)), np.zeros(len(labels))
    for group in range(count):
        own = (labels == group).astype(np.float64)
        size = own.sum(axis=1)
        of_group = _figures(values @ own.T / size)
        ratio += size * (of_group[0] - overall[0]) ** 2
        error += size * (of_group[1] - overall[1]) ** 2
    return ratio, error
