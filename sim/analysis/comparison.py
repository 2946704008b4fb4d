"""Scenarios against each other: paired differences under the same random streams.

A replication has the same random streams in every scenario, so the difference is taken within each
replication and the noise that scenarios share cancels. Intervals are simultaneous: the
chance that all of them (every scenario, every metric) hold at once is 95 %.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.analysis.statistics import mean_and_sd, skewness, spread, t_quantile
from sim.inputs.metrics import METRICS
from sim.random.streams import stream
from sim.units import Array

# Below this many replications the joint behaviour of the metrics is too little known and
# Bonferroni's bound is used. Tried: the bootstrap holds its level at 10 normal, correlated
# or count-like differences of 100 kinds; strongly skewed ones need 100 or more.
FEWEST_FOR_BOOTSTRAP = 10
BOOTSTRAP_DRAWS = 4000
# Where an interval is rough: fewer replications than this times the squared skewness of the
# differences (Cochran, Sampling Techniques, 1977, section 2.15), or fewer than this that
# differ at all. Tried on 38 kinds at once, from normal to rare and skewed, with 20 to 200
# replications: the intervals that are not rough held together in 93 % of the trials, all of
# them in 2 % (20 replications) to 71 % (200).
COCHRAN = 25.0
FEWEST_DIFFERENT = 10
_LEVEL = 0.95


@dataclass(frozen=True)
class Comparison:
    """One scenario less the baseline in one metric.

    `half_width` is that of the simultaneous 95 % interval of the mean difference; `p05` and
    `p95` are the range of single runs. `share_better` counts ties half and is NaN for a
    metric that has no better direction. `variance_ratio` is the variance of the paired
    difference over that of two runs with random streams of their own: 1 / variance_ratio
    times as many replications would be needed without shared streams. `skewness` is that of the
    differences and `zero_share` the share of replications without any.
    """

    scenario: str
    baseline: str
    metric: str
    n: int
    diff_mean: float
    half_width: float
    p05: float
    p95: float
    share_better: float
    correlation: float
    variance_ratio: float
    skewness: float
    zero_share: float

    @property
    def interval(self) -> str:
        """ "sound", "rough" where it is not to be trusted, or "" where there is none.

        A rough interval leaves the true mean out far more often than one time in twenty:
        the differences are too skewed for their number, or nearly all of them are zero.
        """
        if math.isnan(self.half_width):
            return ""
        if self.half_width == 0.0:
            return "sound"
        different = round(self.n * (1.0 - self.zero_share))
        few = different < min(FEWEST_DIFFERENT, self.n // 2)
        return "rough" if few or self.n < COCHRAN * self.skewness**2 else "sound"

    @property
    def ci95_low(self) -> float:
        """The lower end of the simultaneous interval."""
        return self.diff_mean - self.half_width

    @property
    def ci95_high(self) -> float:
        """The upper end of the simultaneous interval."""
        return self.diff_mean + self.half_width

    @property
    def clear(self) -> bool:
        """Whether the simultaneous interval leaves out zero."""
        return self.ci95_low > 0 or self.ci95_high < 0


def compare_runs(
    values: Mapping[str, Array], baseline: str, metrics: tuple[str, ...] = tuple(METRICS)
) -> list[Comparison]:
    """Every scenario but the baseline, less the baseline, in every metric.

    `values` holds for each scenario an array (replications, metrics), replications in the
    same order everywhere. Rows come in the order of `values`, then of `metrics`.
    """
    others = [name for name in values if name != baseline]
    if not others:
        return []
    base = values[baseline]
    differences = np.concatenate([values[name] - base for name in others], axis=1)
    width = half_widths(differences)
    about = spread(differences)
    skewed = skewness(differences)
    rows: list[Comparison] = []
    for place, name in enumerate(others):
        for column, metric in enumerate(metrics):
            at = place * len(metrics) + column
            x, y = base[:, column], values[name][:, column]
            correlation, ratio = shared_luck(x, y)
            rows.append(
                Comparison(
                    scenario=name,
                    baseline=baseline,
                    metric=metric,
                    n=int(about.n[at]),
                    diff_mean=float(about.mean[at]),
                    half_width=float(width[at]),
                    p05=float(about.p05[at]),
                    p95=float(about.p95[at]),
                    share_better=_share_better(differences[:, at], metric),
                    correlation=correlation,
                    variance_ratio=ratio,
                    skewness=float(skewed[at]),
                    zero_share=_zero_share(differences[:, at]),
                )
            )
    return rows


def half_widths(differences: Array) -> Array:
    """Half the widths of simultaneous 95 % intervals for the column means.

    `differences` is (replications, columns). A column that never varies has width zero; one
    with fewer than two figures NaN. The common critical value is the largest-|t| quantile
    of a sign-flip (Rademacher) bootstrap of the centred replications, which keeps the
    correlation between columns, and at most Bonferroni's.
    """
    mean, sd = mean_and_sd(differences)
    n = np.sum(~np.isnan(differences), axis=0)
    varying = (n > 1) & (sd > 0)
    width: Array = np.where(n > 1, 0.0, np.nan)
    if varying.any():
        critical = _critical_values(differences[:, varying] - mean[varying], n[varying])
        width[varying] = critical * sd[varying] / np.sqrt(n[varying])
    return width


def shared_luck(x: Array, y: Array) -> tuple[float, float]:
    """Correlation of two scenarios over replications, and the variance ratio.

    The ratio is var(y - x) / (var(x) + var(y)): 1 when the runs are independent, 0 when
    what they share cancels wholly. Either is NaN where nothing varies.
    """
    both = ~(np.isnan(x) | np.isnan(y))
    if both.sum() < 2:
        return float("nan"), float("nan")
    x, y = x[both], y[both]
    vx, vy = float(np.var(x, ddof=1)), float(np.var(y, ddof=1))
    if vx + vy <= 0:
        return float("nan"), float("nan")
    ratio = float(np.var(y - x, ddof=1)) / (vx + vy)
    if vx <= 0 or vy <= 0:
        return float("nan"), ratio
    covariance = float(np.mean((x - x.mean()) * (y - y.mean()))) * len(x) / (len(x) - 1)
    return covariance / float(np.sqrt(vx * vy)), ratio


def _critical_values(centred: Array, n: npt.NDArray[np.intp]) -> Array:
    columns = centred.shape[1]
    tail = 1 - (1 - _LEVEL) / 2 / columns
    bonferroni = np.array([t_quantile(tail, int(count)) for count in n])
    if n.min() < FEWEST_FOR_BOOTSTRAP:
        return bonferroni
    centred = np.nan_to_num(centred)
    # Of no run's seed, and named by the shape: the same table gives the same intervals, in a
    # run, in a folder read back and while a precision is being worked towards.
    generator = stream(0, 0, "compare", "signs", *centred.shape)
    square = (centred**2).sum(axis=0)
    largest = np.empty(BOOTSTRAP_DRAWS)
    block = max(1, min(500, 4_000_000 // columns))  # draws at a time, to limit memory
    for at in range(0, BOOTSTRAP_DRAWS, block):
        size = min(block, BOOTSTRAP_DRAWS - at)
        signs = generator.integers(0, 2, (size, len(centred))) * 2.0 - 1.0
        mean = signs @ centred / n
        deviation = np.sqrt(np.maximum(square - n * mean**2, 1e-12 * square) / (n - 1))
        largest[at : at + size] = (np.abs(mean) * np.sqrt(n) / deviation).max(axis=1)
    critical: Array = np.minimum(bonferroni, np.quantile(largest, _LEVEL))
    return critical


def _share_better(differences: Array, metric: str) -> float:
    better = METRICS[metric].better
    there = differences[~np.isnan(differences)]
    if better == "neither" or not there.size:
        return float("nan")
    won = there < 0 if better == "lower" else there > 0
    return float(np.mean(won + 0.5 * (there == 0)))


def _zero_share(differences: Array) -> float:
    there = differences[~np.isnan(differences)]
    return float(np.mean(there == 0)) if there.size else float("nan")
