"""What each part of a package adds, with an explicit part for how parts act together.

Each part is switched off alone under the same random numbers. What the parts take away one by
one need not add up to what all of them take away: the rest is interaction, and is reported. With
few parts every combination can be run, and Shapley's shares leave no rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.statistics import t_quantile
from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.mechanisms import without
from sim.runs.plan import Kind
from sim.studies.futures import Futures, FuturesPlan, Outcomes
from sim.studies.study import Row, write_table
from sim.units import Array

Parts = frozenset[str]

MOST_FOR_SHAPLEY = 7


@dataclass(frozen=True)
class Attribution:
    """`steps` are (what, effect, half-width of its 95 % interval) from `all_off` (every part
    switched off) to `all_on` (the package as it is)."""

    all_off: float
    all_on: float
    steps: tuple[tuple[str, float, float], ...]


def switched_off(parts: Sequence[str], method: str) -> list[Parts]:
    """The sets of parts that are switched off together, the empty set first."""
    if method == "shapley":
        return [frozenset(c) for n in range(len(parts) + 1) for c in combinations(parts, n)]
    single = [frozenset([part]) for part in parts]
    return list(dict.fromkeys([frozenset(), *single, frozenset(parts)]))


def one_at_a_time(parts: Sequence[str], values: Mapping[Parts, Array]) -> Attribution:
    """From the values (replications) of a metric with each set of parts off.

    A part's effect is what the metric loses when the part alone is switched off.
    """
    all_on, all_off = values[frozenset()], values[frozenset(parts)]
    alone = {part: all_on - values[frozenset([part])] for part in parts}
    interaction = (all_on - all_off) - np.sum([alone[part] for part in parts], axis=0)
    steps = [(part, *_mean_and_half_width(alone[part])) for part in parts]
    if len(parts) > 1:
        steps.append(("interaction", *_mean_and_half_width(interaction)))
    return Attribution(float(all_off.mean()), float(all_on.mean()), tuple(steps))


def shapley_shares(parts: Sequence[str], values: Mapping[Parts, Array]) -> Attribution:
    """Shapley's shares, from the values (replications) with every combination of parts off."""
    n = len(parts)
    everything = frozenset(parts)
    steps = []
    for part in parts:
        others = [other for other in parts if other != part]
        share = np.zeros_like(values[everything])
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for on in combinations(others, size):
                off = everything - frozenset(on)
                share = share + weight * (values[off - {part}] - values[off])
        steps.append((part, *_mean_and_half_width(share)))
    all_on, all_off = values[frozenset()], values[everything]
    return Attribution(float(all_off.mean()), float(all_on.mean()), tuple(steps))


def _mean_and_half_width(values: Array) -> tuple[float, float]:
    if len(values) < 2:
        return float(values.mean()), float("nan")
    half_width = t_quantile(0.975, len(values)) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(half_width)


def part_futures(parameters: Mapping[str, float], off: Sequence[Parts]) -> Futures:
    """A future for each set of parts switched off, all with the same random numbers."""
    futures = [without(parameters, sorted(parts)) for parts in off]
    moved = tuple(n for n in parameters if any(one[n] != parameters[n] for one in futures))
    values = np.array([[one[n] for n in moved] for one in futures])
    return Futures(moved, values, np.zeros(len(off), dtype=np.int64), parameters)


@dataclass(frozen=True, kw_only=True)
class AttributionPlan(FuturesPlan):
    """A scenario with sets of its `parts` (mechanisms or loops, with their titles) switched off:
    one future each, in the order of `off`. `method` is "alone" or "shapley"."""

    ASKED = ("metric", "better", "beliefs", "method", "parts", "titles", "off")

    kind: Kind = "attribution"
    beliefs: str
    method: str
    parts: tuple[str, ...]
    titles: tuple[str, ...]
    off: tuple[tuple[str, ...], ...]

    def write_findings(
        self, folder: Path, outcomes: Outcomes, baseline: Baseline
    ) -> dict[str, Any]:
        """attribution.csv: a row a step from the package with all parts off to the whole."""
        metric = outcomes.metric(self.metric)[:, 0, :]
        values = {frozenset(off): metric[future] for future, off in enumerate(self.off)}
        attribute = shapley_shares if self.method == "shapley" else one_at_a_time
        result = attribute(self.parts, values)
        titles = dict(zip(self.parts, self.titles, strict=True))
        rows: list[Row] = [
            (name, titles.get(name, "Parts acting together"), effect, half_width)
            for name, effect, half_width in result.steps
        ]
        first = ("none", "All parts switched off", result.all_off, np.nan)
        write_table(
            folder,
            "attribution",
            [first, *rows, ("whole", "As it is", result.all_on, np.nan)],
        )
        return {}
