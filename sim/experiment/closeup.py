"""A few replications of a few scenarios run at once, in this process, for a close look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sim.england.results import BatchResult
from sim.england.settings import World
from sim.experiment.plan import Arm, check_regimes
from sim.inputs.baseline import Baseline, baseline

# More than this takes longer than anybody waits for an answer.
MOST_BESIDE = 100


@dataclass(frozen=True)
class Closeup:
    """What the nations lived through: arms in order, each with its replications in order.

    Only `replication` has events.
    """

    arms: tuple[Arm, ...]
    replication: int
    replications: tuple[int, ...]
    baseline: Baseline
    result: BatchResult

    def nation(self, arm: int, replication: int) -> int:
        """The row of a nation in the arrays of the result."""
        return arm * len(self.replications) + self.replications.index(replication)

    def day(self, days: int) -> date:
        """A day counted from the start of the run, as a date."""
        return self.result.start + timedelta(days=days)


def look_closely(arms: Sequence[Arm], replication: int, seed: int, beside: int = 0) -> Closeup:
    """Run one replication of each arm with its events, and 1 to `beside` without.

    The results are those of any other run with these scenarios, this seed and replication.
    Raises InputError where a scenario names a regime that is not installed.
    """
    from sim import regimes  # imported here: the plug-ins are needed only to run
    from sim.england.nation import run_batch

    available = regimes.available()
    check_regimes(arms, available)
    start, end = arms[0].scenario.start, arms[0].scenario.end
    replications = tuple(sorted({replication, *range(1, beside + 1)}))
    tasks = [arm.task(replications) for arm in arms]  # the parameters of each replication
    worlds = [
        World(
            scenario=arm.name,
            timeline=arm.scenario.timeline(),
            start=start,
            end=end,
            replication=number,
            parameters=task.drawn.get(number, task.parameters),
            record_events=number == replication,
        )
        for arm, task in zip(arms, tasks, strict=True)
        for number in replications
    ]
    state = baseline(start)
    result = run_batch(state, worlds, seed=seed, regimes=available)
    return Closeup(tuple(arms), replication, replications, state, result)
