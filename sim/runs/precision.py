"""Enough replications: go on until the paired differences are known as well as asked.

The rule is that of Hoad, Robinson and Davies (Automated selection of the number of
replications for a discrete-event simulation, Journal of the Operational Research Society,
2010): stop at the first number of replications at which the interval is narrow enough and
stays so for some further replications. Here the intervals are the simultaneous ones of the
paired differences, which are also those printed. The decision depends on the replications
in their order only, never on how they were batched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.analysis.comparison import half_widths
from sim.analysis.statistics import mean_and_sd, t_quantile
from sim.inputs.files.problems import InputError, Problem
from sim.inputs.metrics import METRICS
from sim.runs.plan import Plan, Precision
from sim.units import Array

FIRST_LOOK = 10
# Further replications over which the interval must stay narrow, per hundred (at least five).
_LOOK_AHEAD = 5
MOST_WORTH_NAMING = 1_000_000


@dataclass(frozen=True)
class Reached:
    """How far one target was reached: the widest half-width over the scenarios compared."""

    target: Precision
    half_width: float
    wanted: float
    scenario: str

    @property
    def met(self) -> bool:
        """Whether every scenario's interval is narrow enough."""
        return self.half_width <= self.wanted


@dataclass
class Stopping:
    """Decides when a run has enough replications.

    `stopped_at` is the number of replications to report, or None while more are needed.
    """

    plan: Plan
    stopped_at: int | None = None
    _rows: dict[tuple[int, int], Array] = field(default_factory=dict)
    _complete: int = 0
    _looked_at: int = FIRST_LOOK - 1
    _narrow_since: int | None = None

    def __post_init__(self) -> None:
        if len(self.plan.run_scenarios) < 2:
            what = "needs a scenario to compare with"
            hint = "the precision is that of the difference between scenarios: add --against"
            raise InputError(Problem("--precision", what, hint))

    def add(self, run_scenario: int, first: int, totals: Array) -> None:
        """Add the totals (replications, metrics) of one scenario from replication `first` on."""
        for row, values in enumerate(totals):
            self._rows[run_scenario, first + row] = values

    def decide(self) -> None:
        """Look at every further number of replications that all scenarios have reached."""
        run_scenarios = range(len(self.plan.run_scenarios))
        complete = self._complete
        while all((run_scenario, complete + 1) in self._rows for run_scenario in run_scenarios):
            complete += 1
        self._complete = complete = min(complete, self.plan.replications)
        if complete <= self._looked_at:
            return
        tables = self._tables(complete)
        while self.stopped_at is None and self._looked_at < complete:
            self._looked_at = n = self._looked_at + 1
            if not all(reached.met for reached in self._reached(tables, n, quickly=True)):
                self._narrow_since = None
                continue
            since = self._narrow_since = self._narrow_since or n
            if n >= min(since + look_ahead(since), self.plan.replications):
                self.stopped_at = n

    def reached(self, n: int) -> list[Reached]:
        """How far each target is reached with the first `n` replications."""
        return self._reached(self._tables(n), n)

    def needed(self) -> int:
        """About how many replications the targets need, from those looked at so far."""
        n = self._looked_at
        if n < FIRST_LOOK:
            return FIRST_LOOK
        ratios = [reached.half_width / reached.wanted for reached in self.reached(n)]
        worst = max((r for r in ratios if math.isfinite(r)), default=1.0)
        return max(FIRST_LOOK, math.ceil(n * worst**2))

    def outcome(self, n: int) -> dict[str, Any]:
        """What the record says: the targets, what was reached, and why the run ended."""
        return {
            "ended": "reached" if self.stopped_at is not None else "ceiling",
            "replications": n,
            "ceiling": self.plan.replications,
            "needed": None if self.stopped_at is not None else self.needed(),
            "confirmed": n - self._narrow_since if self._narrow_since is not None else 0,
            "baseline": self.plan.run_scenarios[0].name,
            "targets": [
                {
                    "target": str(reached.target),
                    "metric": reached.target.metric,
                    "unit": METRICS[reached.target.metric].unit,
                    "wanted": _plain(reached.wanted),
                    "half_width": _plain(reached.half_width),
                    "widest_scenario": reached.scenario,
                }
                for reached in self.reached(n)
            ],
        }

    def _tables(self, n: int) -> list[Array]:
        return [
            np.stack([self._rows[run_scenario, r] for r in range(1, n + 1)])
            for run_scenario in range(len(self.plan.run_scenarios))
        ]

    def _reached(self, tables: Sequence[Array], n: int, *, quickly: bool = False) -> list[Reached]:
        base = tables[0][:n]
        others = [table[:n] - base for table in tables[1:]]
        differences = np.concatenate(others, axis=1)
        _, sd = mean_and_sd(differences)
        counts = np.sum(~np.isnan(differences), axis=0)
        columns = {
            target: [
                place * len(METRICS) + list(METRICS).index(target.metric)
                for place in range(len(others))
            ]
            for target in self.plan.precision
        }
        wanted = {target: _wanted(target, base) for target in self.plan.precision}
        if quickly:
            # An interval for one metric alone is narrower than the simultaneous one: where
            # even that is too wide there is no need to work out the other.
            for target, places in columns.items():
                alone = max(
                    t_quantile(0.975, int(counts[at])) * sd[at] / math.sqrt(max(counts[at], 1))
                    for at in places
                )
                if not alone <= wanted[target]:
                    return [Reached(target, float(alone), wanted[target], "")]
        width = half_widths(differences)
        reached = []
        for target, places in columns.items():
            widths = [math.inf if math.isnan(width[at]) else float(width[at]) for at in places]
            widest = int(np.argmax(widths))
            name = self.plan.run_scenarios[widest + 1].name
            reached.append(Reached(target, widths[widest], wanted[target], name))
        return reached


def look_ahead(n: int) -> int:
    """How many further replications must confirm that `n` are enough."""
    return math.ceil(_LOOK_AHEAD * max(n, 100) / 100)


def outcome_in_words(outcome: dict[str, Any]) -> str:
    """Why the run ended with the replications it has, in words."""
    known = "; ".join(_target_in_words(one, outcome["baseline"]) for one in outcome["targets"])
    known += (
        ". The width is that of the 95 % interval of the mean difference to "
        f"{outcome['baseline']}, simultaneous with all others, in the scenario where it is widest."
    )
    n, further, needed = outcome["replications"], outcome["confirmed"], outcome["needed"]
    if outcome["ended"] == "reached":
        confirmed = f" and stayed so over {further} further replications" if further else ""
        return (
            f"Stopped after {n} replications: the precision asked for was reached{confirmed}. "
            f"{known}"
        )
    many, hint = f"About {needed:,}", "raise --ceiling, or ask for less"
    if needed > MOST_WORTH_NAMING:
        many, hint = "More than a million", "ask for less"
    return (
        f"Stopped at the ceiling of {n} replications before the precision was reached. {known} "
        f"{many} replications would be needed: {hint}."
    )


def _target_in_words(target: dict[str, Any], baseline: str) -> str:
    """What is known of one metric, and what was asked."""
    half, unit = target["half_width"], target["unit"]
    known = "not known (no figures)" if half is None else f"known within ±{half:.3g} {unit}"
    share = target["target"].partition("=")[2]
    of = f", {share} of the mean of {baseline}" if share.endswith("%") else ""
    return (
        f"{METRICS[target['metric']].label}: {known}, asked for within ±{target['wanted']:.3g}{of}"
    )


def _wanted(target: Precision, base: Array) -> float:
    if not target.relative:
        return target.half_width
    column = base[:, list(METRICS).index(target.metric)]
    there = column[~np.isnan(column)]
    return target.half_width * abs(float(there.mean())) if there.size else 0.0


def _plain(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None
