"""What sharing random streams between two scenarios saves, and what limits it.

    python benchmarks/shared_streams.py [REPLICATIONS [YEARS]]

Runs trusts-2016 and commissioner-only (by default 20 replications of ten years) as they are,
and again with one source of divergence removed in both. Prints the table of
docs/how-to/enough-replications.md: the variance of the paired difference in council-years
inadequate over that of runs with separate random streams.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sim import regimes
from sim.analysis.comparison import shared_luck
from sim.inputs.councils.baseline import baseline
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.policy.levers import Value
from sim.inputs.policy.scenario import load_scenario
from sim.model.batch_result import BatchResult
from sim.model.settings import CountrySettings
from sim.model.simulation import run_batch

Floats = npt.NDArray[np.float64]

SCENARIOS = ("trusts-2016", "commissioner-only")
METRIC = "inadequate_council_years"
QUEUES = {"ofsted.inspector_posts": 400}
READING = {"ofsted.noise": 0.0, "ofsted.shared_noise": 0.0}
LEADERS = {
    "practice.director_effect": 0.0,
    "practice.new_director_cost": 0.0,
    "ofsted.new_director_mark": 0.0,
}
DATES = {"ofsted.reinspection_spread": 0.0, "ofsted.interval_spread": 0.0}
FALL = {"practice.judgement_shock": 0.0, "workforce.judgement_morale": 0.0}
# What is removed in both scenarios: parameters, and levers.
SOURCES: Mapping[str, tuple[Mapping[str, float], Mapping[str, Value]]] = {
    "as they are": ({}, {}),
    "inspectors are never short": ({}, QUEUES),
    "inspectors read without error": (READING, {}),
    "directors make no difference": (LEADERS, {}),
    "inspections come back after a fixed time": (DATES, {}),
    "a bad judgement does not lower practice": (FALL, {}),
    "all five": ({**READING, **LEADERS, **DATES, **FALL}, QUEUES),
}


def main(replications: int, years: float) -> None:
    """Print a row a source."""
    print(f"{replications} replications, {years:g} years, {' against '.join(SCENARIOS)}")
    print(f"{'':42}{'sd of runs':>14}{'sd of difference':>18}{'ratio':>8}{'correlation':>13}")
    for name, (facts, choices) in SOURCES.items():
        result = run_both(replications, years, facts, choices)
        x, y = np.split(result.totals[METRIC], 2)
        correlation, ratio = shared_luck(x, y)
        sds = f"{np.std(x, ddof=1):.1f}, {np.std(y, ddof=1):.1f}"
        apart = np.std(y - x, ddof=1)
        print(f"{name:42}{sds:>14}{apart:18.1f}{ratio:8.2f}{correlation:13.2f}", flush=True)
        if name == "as they are":
            parts = by_council(result, replications)
    print(parts)


def run_both(
    replications: int, years: float, facts: Mapping[str, float], choices: Mapping[str, Value]
) -> BatchResult:
    """Both scenarios in one batch, the first scenario's replications first."""
    countries = []
    for name in SCENARIOS:
        scenario = load_scenario(name, years=years).with_(**choices)
        countries += [
            CountrySettings(
                scenario=name,
                timeline=scenario.timeline(),
                start=scenario.start,
                end=scenario.end,
                replication=r,
                parameters={**load_ledger().central(), **facts},
            )
            for r in range(1, replications + 1)
        ]
    state = baseline(countries[0].start)
    return run_batch(state, countries, seed=1, regimes=regimes.available())


def by_council(result: BatchResult, replications: int) -> str:
    """Whose years differ: councils inadequate on the first day, and those that fail later."""
    size = len(baseline(result.start).codes)
    days: Floats = np.zeros((2 * replications, size))
    last = result.days
    for spell in result.spells:
        ended = last if spell.ended is None else spell.ended
        days[spell.country, spell.council] += ended - max(spell.started, 0)
    differ = (days[replications:] - days[:replications]) / 365.25
    first = baseline(result.start).grade == 1
    groups = {"inadequate on the first day": first, "that fail later, if they do": ~first}
    lines = ["", "Variance of the difference, by council (covariance between the two left out)"]
    for name, members in groups.items():
        total = differ[:, members].sum(axis=1)
        alike = (np.abs(differ[:, members]) < 0.1).mean()
        lines.append(
            f"{members.sum():4} councils {name}: mean {total.mean():+.1f}, variance "
            f"{total.var(ddof=1):.1f}; the same in both (within five weeks): {alike:.0%}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 20,
        float(sys.argv[2]) if len(sys.argv) > 2 else 10.0,
    )
