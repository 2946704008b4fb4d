"""Countries run in this process: a chunk of a run, or a few of them for a close look."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sim.inputs.councils.baseline import Baseline, baseline
from sim.model.batch_result import BatchResult
from sim.model.settings import CountrySettings
from sim.regimes import Regime
from sim.regimes.plug_in import proof_of
from sim.results.chunk_file import ChunkSpec, pack
from sim.results.identity import code_sha256, library_versions, seeds_sha256
from sim.runs.plan import RunScenario, check_regimes

Advance = Callable[[int], None]

# More replications than this in a close look take longer than anybody waits for an answer.
MOST_COUNTED = 100


@dataclass(frozen=True)
class Proof:
    """What decides the numbers and must be the same in every process: the hash of the `code`, of
    the seeds, and of each regime in use, by name, that does not come with the program."""

    code: tuple[str, ...]
    code_sha256: str
    seeds_sha256: str
    regimes: Mapping[str, str]

    def differences(self, own: Mapping[str, type[Regime]]) -> list[str]:
        """What is other in this process, in words; `own` are the regimes given as classes."""
        pairs = [
            ("code of sim", self.code_sha256, code_sha256(self.code)),
            ("seeds of sim", self.seeds_sha256, seeds_sha256()),
        ]
        for name, planned in self.regimes.items():
            here = proof_of(name, own.get(name))
            pairs.append((f"code of the regime {name}", planned, here))
        return [
            f"{what} {here[:12]}, planned with {planned[:12]}"
            for what, planned, here in pairs
            if planned != here
        ]


@dataclass(frozen=True)
class ChunkTask:
    """Everything a worker needs to run a chunk, on this machine or another.

    `series` says whether all that a run folder shows is to be kept, or only totals; `proof` is
    what a worker must have, as it is where the run was planned.
    `second` marks the second run, under other parameters, of what is run already.
    """

    spec: ChunkSpec
    worlds: Sequence[CountrySettings]
    baseline: Baseline
    seed: int
    proof: Proof
    series: bool = True
    second: bool = False

    @property
    def weeks(self) -> int:
        """Country-weeks in the chunk: the unit in which progress is counted."""
        days = (self.worlds[0].end - self.worlds[0].start).days
        return len(self.worlds) * -(-days // 7)


@dataclass(frozen=True)
class ChunkResult:
    """A finished chunk: the bytes of its file, the worker's peak memory in MB, its libraries."""

    spec: ChunkSpec
    data: bytes
    peak_mb: float
    libraries: Mapping[str, str]


def peak_memory_mb() -> float:
    """The most memory this process has used, in MB; NaN where the system cannot say."""
    if sys.platform == "win32":
        return float("nan")
    import resource  # imported here: only other systems than Windows have it

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


class OtherCodeError(Exception):
    """A worker runs other code than the run was planned with."""


def run_chunk(
    task: ChunkTask,
    advance: Advance | None = None,
    regimes: Mapping[str, type[Regime]] | None = None,
) -> ChunkResult:
    """Run one chunk. `advance` is given country-weeks as they are done.

    `regimes` are the caller's own, beside those that are installed. Raises OtherCodeError where
    this process has other code than the one that planned the run.
    """
    if other := task.proof.differences(regimes or {}):
        raise OtherCodeError("; ".join(other))
    progress = None if advance is None else _stepper(task.weeks, advance)
    result = _run(task.baseline, task.worlds, task.seed, regimes, progress)
    data = pack(task.spec, result, task.baseline, series=task.series)
    return ChunkResult(task.spec, data, peak_memory_mb(), library_versions())


@dataclass(frozen=True)
class SingleRun:
    """A few countries in full: scenarios in order, each with its replications in order.

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
    run_scenarios: Sequence[RunScenario], replication: int, seed: int, count_over: int = 0
) -> SingleRun:
    """Run one replication of each scenario of the run with its events, and 1 to
    `count_over` without.

    The results are those of any other run with these scenarios, this seed and replication.
    Raises InputError where a scenario names a regime that is not installed.
    """
    check_regimes(run_scenarios)
    replications = tuple(sorted({replication, *range(1, count_over + 1)}))
    worlds = [
        world
        for run_scenario in run_scenarios
        for world in run_scenario.worlds(replications, events=(replication,))
    ]
    state = baseline(run_scenarios[0].scenario.start)
    result = _run(state, worlds, seed)
    return SingleRun(tuple(run_scenarios), replication, replications, state, result)


def _run(
    state: Baseline,
    worlds: Sequence[CountrySettings],
    seed: int,
    own: Mapping[str, type[Regime]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> BatchResult:
    # Imported here: listing scenarios or reading a folder needs no simulation engine.
    from sim import regimes
    from sim.model import simulation

    known = {**regimes.available(), **(own or {})}
    return simulation.run_batch(state, worlds, seed=seed, regimes=known, progress=progress)


def _stepper(weeks: int, advance: Advance) -> Callable[[int, int], None]:
    before = 0

    def progress(done: int, total: int) -> None:
        nonlocal before
        now = weeks * done // max(total, 1)
        advance(now - before)
        before = now

    return progress
