"""A few replications of a few scenarios run at once, in this process, for a close look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sim.inputs.councils.baseline import Baseline, baseline
from sim.model.batch_result import BatchResult
from sim.model.settings import CountrySettings
from sim.runs.plan import RunScenario, check_regimes

# More than this takes longer than anybody waits for an answer.
MOST_BESIDE = 100


@dataclass(frozen=True)
class SingleRun:
    """What the countries lived through: scenarios in order, each with its replications in order.

    Only `replication` has events.
    """

    run_scenarios: tuple[RunScenario, ...]
    replication: int
    replications: tuple[int, ...]
    baseline: Baseline
    result: BatchResult

    def country(self, run_scenario: int, replication: int) -> int:
        """The row of a country in the arrays of the result."""
        return run_scenario * len(self.replications) + self.replications.index(replication)

    def day(self, days: int) -> date:
        """A day counted from the start of the run, as a date."""
        return self.result.start + timedelta(days=days)


def run_alone(
    run_scenarios: Sequence[RunScenario], replication: int, seed: int, beside: int = 0
) -> SingleRun:
    """Run one replication of each scenario of the run with its events, and 1 to `beside` without.

    The results are those of any other run with these scenarios, this seed and replication.
    Raises InputError where a scenario names a regime that is not installed.
    """
    from sim import regimes  # imported here: the plug-ins are needed only to run
    from sim.model.simulation import run_batch

    available = regimes.available()
    check_regimes(run_scenarios, available)
    start, end = run_scenarios[0].scenario.start, run_scenarios[0].scenario.end
    replications = tuple(sorted({replication, *range(1, beside + 1)}))
    tasks = [
        run_scenario.task(replications) for run_scenario in run_scenarios
    ]  # the parameters of each replication
    worlds = [
        CountrySettings(
            scenario=run_scenario.name,
            timeline=run_scenario.scenario.timeline(),
            start=start,
            end=end,
            replication=number,
            parameters=task.drawn.get(number, task.parameters),
            record_events=number == replication,
        )
        for run_scenario, task in zip(run_scenarios, tasks, strict=True)
        for number in replications
    ]
    state = baseline(start)
    result = run_batch(state, worlds, seed=seed, regimes=available)
    return SingleRun(tuple(run_scenarios), replication, replications, state, result)
