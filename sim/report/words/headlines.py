"""Titles that state a finding, made from the numbers and right whatever their sign.

A difference counts only where its simultaneous 95 % interval leaves out zero; otherwise the
title says that none is clear.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.inputs.metrics import METRICS
from sim.report.words.prose import (
    CitedNumber,
    Sentence,
    TableCell,
    decimals,
    listed,
    number,
    say,
    with_sign,
)
from sim.results.run_folder import Run, label, one


@dataclass(frozen=True)
class Difference:
    """A scenario less the baseline: mean over pairs of runs and simultaneous 95 % interval."""

    scenario: str
    baseline: str
    metric: str
    mean: float
    low: float
    high: float
    share_better: float
    rough: bool = False  # whether the interval is too skewed for so few replications
    p05: float = math.nan  # of the pairs of runs
    p95: float = math.nan

    @property
    def sign(self) -> int:
        """1 or -1 where the interval leaves out zero; 0 where it does not or is not known."""
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return 0
        return int(self.low > 0) - int(self.high < 0)

    @property
    def verdict(self) -> str:
        """Whether a clear difference is "better" or "worse"; "" where it is neither."""
        wanted = METRICS[self.metric].better
        if not self.sign or wanted == "neither":
            return ""
        return "better" if (self.sign > 0) == (wanted == "higher") else "worse"

    def figure(self, column: str = "diff_mean", signed: bool = False) -> CitedNumber:
        """The mean difference or an end of its interval, traceable to comparison.csv."""
        names = {"diff_mean": self.mean, "ci95_low": self.low, "ci95_high": self.high}
        scale = METRICS[self.metric].scale
        places = decimals([scale * value for value in (self.mean, self.low, self.high)])
        value = names[column]
        text = with_sign(scale * value, places) if signed else number(scale * abs(value), places)
        row = (("scenario", self.scenario), ("baseline", self.baseline), ("metric", self.metric))
        return CitedNumber(value, text, TableCell("comparison.csv", row, column), scale)


def differences(run: Run, metric: str) -> list[Difference]:
    """Every scenario against the baseline for one metric, in the order of the run."""
    table = run.comparison[run.comparison["metric"] == metric]
    order = {name: place for place, name in enumerate(run.scenarios)}
    items = [
        Difference(
            scenario=row["scenario"],
            baseline=row["baseline"],
            metric=metric,
            mean=float(row["diff_mean"]),
            low=float(row["ci95_low"]),
            high=float(row["ci95_high"]),
            share_better=float(row["share_better"]),
            rough=str(row.get("interval", "")) == "rough",
            p05=float(row["p05"]),
            p95=float(row["p95"]),
        )
        for row in table.to_dict("records")
        if row["scenario"] in order
    ]
    return sorted(items, key=lambda item: order[item.scenario])


@dataclass(frozen=True)
class Contrast:
    """How to say that the baseline is above or below others.

    `more` and `fewer` open a clause ("more councils inadequate"); the short forms continue it
    ("less"); `same` completes "no clear difference in".
    """

    more: str
    fewer: str
    same: str
    fewer_too: str = "fewer"


def contrast(baseline: str, signs: Sequence[tuple[str, int]], words: Contrast) -> str:
    """A finding such as "Trusts 2016: more ... than A but fewer than B".

    `signs` holds (scenario, sign of the scenario less the baseline).
    """
    name = label(baseline)
    if not signs:
        return f"{name} alone: nothing to compare {words.same} with"
    unclear = [label(other) for other, sign in signs if not sign]
    if len(unclear) == len(signs):
        return f"No clear difference in {words.same} between {name} and {listed(unclear, 'or')}"
    return f"{name}: {clauses(signs, words)}"


def clauses(signs: Sequence[tuple[str, int]], words: Contrast) -> str:
    """What `contrast` says after the baseline's name; "" where no difference is clear."""
    groups = {
        sign: [label(other) for other, its_sign in signs if its_sign == sign] for sign in (-1, 0, 1)
    }
    if groups[-1] and groups[1]:
        above, below = listed(groups[-1]), listed(groups[1])
        text = f"{words.more} than {above} but {words.fewer_too} than {below}"
    elif groups[-1]:
        text = f"{words.more} than {_all_or(groups[-1], len(signs))}"
    elif groups[1]:
        text = f"{words.fewer} than {_all_or(groups[1], len(signs))}"
    else:
        return ""
    return f"{text}; no clear difference from {listed(groups[0], 'or')}" if groups[0] else text


def signs(run: Run, metric: str) -> list[tuple[str, int]]:
    """For each scenario, the sign of its clear difference from the baseline, else 0."""
    return [(item.scenario, item.sign) for item in differences(run, metric)]


def _all_or(names: list[str], of: int) -> str:
    if len(names) < of or of < 3:
        return listed(names)
    return f"all {('three', 'four', 'five')[of - 3] if of < 6 else of} alternatives"


def runs_figure(run: Run) -> CitedNumber:
    """How many replications were run, as the record tells it."""
    return CitedNumber(
        run.replication_count,
        str(run.replication_count),
        TableCell("record.json", (), "replications"),
    )


def statistical(run: Run, measure: str, runs: CitedNumber | None = None) -> Sentence:
    """The subtitle: measure, place, period, and that it is simulated, how many times.

    `runs`: how many runs were used, where it was not all of them.
    """
    used = runs or runs_figure(run)
    many = "run" if used.value == 1 else "runs"
    return say(f"{measure}, England, {run.period}, simulated, ", used, f" {many} of each scenario")


def summary_figure(
    run: Run, scenario: str, metric: str, column: str = "mean", places: int | None = None
) -> CitedNumber:
    """One number of summary.csv, with as many places after the point as it and the mean need."""
    mean, value = (
        one(run.summary, name, scenario=scenario, metric=metric) for name in ("mean", column)
    )
    scale = METRICS[metric].scale
    if places is None:
        places = decimals([scale * mean, scale * value])
    where = (("scenario", scenario), ("metric", metric))
    return CitedNumber(
        value,
        number(scale * value, places) if math.isfinite(value) else "none",
        TableCell("summary.csv", where, column),
        scale,
    )
