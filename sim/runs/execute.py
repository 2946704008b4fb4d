"""Run a plan: parts, tables, charts and record, in one folder."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.statistics import FloatArray
from sim.inputs.councils.baseline import Baseline, baseline
from sim.inputs.files.problems import InputError, Problem
from sim.results.metadata import make_record, sealed
from sim.runs import workers as engines
from sim.runs.chunk import Chunk, ChunkResult, ChunkTask
from sim.runs.chunk_store import ChunkStore
from sim.runs.identity import code_sha256, source_state
from sim.runs.machine import peak_memory_mb, processors
from sim.runs.plan import ChunkSpec, Plan, check_regimes
from sim.runs.precision import Stopping
from sim.runs.progress import Progress, Silent
from sim.runs.publish import check_place, publish
from sim.runs.run_tables import write_tables
from sim.runs.staging import StagingFolder, disk_failed, open_staging
from sim.runs.variance_split import totals_in, twin_tasks, twins, write_spread

Draw = Callable[[Path, Mapping[str, Any]], object]


@dataclass(frozen=True)
class Settings:
    """How a run is done. None of it moves a number in the results.

    `workers` is the number of processes, by default one for each processor. `scheduler` is
    the address of a Dask scheduler. With `resume` the finished parts of an earlier attempt
    are used. `publication` refuses code, seeds or scenarios that are not committed. `draw`
    draws the charts of a finished folder, given its record.
    """

    out: Path
    engine: engines.Name = "processes"
    workers: int | None = None
    scheduler: str | None = None
    resume: bool = False
    publication: bool = False
    draw: Draw | None = None


def run_plan(plan: Plan, settings: Settings, progress: Progress | None = None) -> Path:
    """Run whatever is still to be run, and put the finished run folder in its place.

    Gives the folder. Raises InputError where the plan or the settings cannot be used (nothing
    is written then) and RunError where the run fails; an interrupt or a failure leaves the
    finished parts for `resume`, and says so.
    """
    from sim import regimes  # imported here: the plug-ins are needed only to run

    check_regimes(plan.run_scenarios, regimes.available())
    source = source_state()
    if settings.publication:
        _check_committed(source)
    folder = plan.run_id if plan.kind == "run" else f"{plan.kind}-{plan.run_id}"
    final = settings.out / plan.run_scenarios[0].scenario.name / folder
    if check_place(final) and settings.resume:
        return final
    with open_staging(final) as workshop:
        run = _Run(plan, settings, workshop, progress or Silent())
        try:
            run.simulate()
            run.finish(source)
        except KeyboardInterrupt as stop:
            stop.add_note(run.kept())
            raise
        except OSError as error:
            raise disk_failed(error) from error
    return final


class _Run:
    """One attempt at a plan, in its workshop."""

    def __init__(
        self, plan: Plan, settings: Settings, workshop: StagingFolder, progress: Progress
    ) -> None:
        self.plan = plan
        self.settings = settings
        self.workshop = workshop
        self.progress = progress
        self.began = datetime.now(UTC)
        self.clock = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.workers_peak_mb = 0.0
        self.engine: str | None = None
        self.workers = 0
        self.stopping = Stopping(plan) if plan.precision else None
        self.baseline: Baseline = baseline(plan.start)
        self.resumed = 0
        self.spoilt = 0
        self.again: dict[
            int, list[FloatArray]
        ] = {}  # by first replication, then by scenario of the run

    def simulate(self) -> None:
        """Run the blocks that no sound part holds, and some replications again."""
        missing = self._take_up()
        workers = self.settings.workers or processors()
        blocks = list(self.plan.blocks(workers, missing))
        most = len(blocks) + twins(self.plan, self.plan.replications)
        if most:
            with engines.open_engine(
                self.settings.engine,
                min(workers, most),
                self.settings.scheduler,
                self.progress.advance,
            ) as engine:
                self.engine, self.workers = engine.name, engine.workers
                self._perform(engine, blocks, workers)
        self._lap("simulation")

    def _perform(self, engine: engines.Engine, blocks: list[ChunkSpec], workers: int) -> None:
        again = twins(self.plan, self.plan.replications) * len(self.plan.run_scenarios)
        countries = sum(block.countries for block in blocks) + again
        self.progress.total(self.plan.weeks * countries)
        self.progress.say(self._doing())
        tasks = self._tasks(blocks)
        if self.stopping is None:
            # Both together, so that no worker is idle while the last block is finished.
            tasks = chain(tasks, self._tasks_again(workers))
        engines.perform(engine, tasks, self._keep, self.progress.advance)
        if self.stopping is not None:
            self.progress.say("Telling luck from ignorance")
            engines.perform(engine, self._tasks_again(workers), self._keep, self.progress.advance)

    def _tasks_again(self, workers: int) -> Iterator[ChunkTask]:
        """Some replications under other parameters, to tell luck from ignorance."""
        stopped = None if self.stopping is None else self.stopping.stopped_at
        count = stopped or self.plan.replications
        return twin_tasks(self.plan, count, self._task, workers)

    def finish(self, source: dict[str, Any]) -> None:
        """Make the run folder from the parts and put it in its place."""
        self.progress.say("Writing tables")
        parts, _ = self.workshop.sound_parts()
        replications = self.plan.replications
        precision = None
        if self.stopping is not None:
            replications = self.stopping.stopped_at or replications
            precision = self.stopping.outcome(replications)
        new = self.workshop.start_new()
        gathered = ChunkStore(self.plan, parts, replications)
        write_tables(new, gathered, self.baseline)
        if self.again:
            again = {
                run_scenario.name: np.concatenate(
                    [self.again[k][place] for k in sorted(self.again)]
                )
                for place, run_scenario in enumerate(self.plan.run_scenarios)
            }
            write_spread(new / "spread.csv", gathered.totals(), again, self.plan.baseline)
        self._lap("tables")
        record = make_record(
            self.plan, replications=replications, source=source, precision=precision
        )
        if self.settings.draw is not None:
            self.progress.say("Drawing charts")
            self.settings.draw(new, record)
            self._lap("charts")
        publish(new, self.workshop.final, sealed(record, new, self._how()))

    def kept(self) -> str:
        """What an interrupted run leaves, in words."""
        parts, _ = self.workshop.sound_parts()
        countries = sum(part.block.countries for part in parts)
        if not countries:
            return "Nothing was finished, and nothing is kept."
        return f"{countries} finished nations are kept: run again with --resume to go on."

    def _take_up(self) -> dict[int, list[int]]:
        """The replications still to run for each scenario, after what an earlier attempt left."""
        parts: list[Chunk] = []
        if self.settings.resume:
            parts, self.spoilt = self.workshop.sound_parts()
        else:
            self.workshop.clear()
        self.resumed = sum(part.block.countries for part in parts)
        for part in parts:
            self._look_at(part)
        if self.stopping is not None:
            self.stopping.decide()
        return self.workshop.missing(parts, self.plan.units, self.plan.replications)

    def _tasks(self, blocks: list[ChunkSpec]) -> Iterator[ChunkTask]:
        for block in blocks:
            if self.stopping is not None and self.stopping.stopped_at is not None:
                return
            yield self._task(block)

    def _task(self, block: ChunkSpec) -> ChunkTask:
        return ChunkTask(
            block=block,
            run_scenarios=self.plan.tasks_of(block),
            baseline=self.baseline,
            start=self.plan.start,
            end=self.plan.end,
            seed=self.plan.seed,
            events=self.plan.events,
            kind=self.plan.kind,
            code_sha256=code_sha256(),
            step_days=self.plan.step_days,
        )

    def _keep(self, task: ChunkTask, done: ChunkResult) -> None:
        if task.again:
            self.again[done.block.first] = totals_in(done.data, len(self.plan.run_scenarios))
            return
        part = self.workshop.keep(done)
        self.workers_peak_mb = max(self.workers_peak_mb, done.peak_mb)
        if self.stopping is not None:
            self._look_at(part)
            self.stopping.decide()
            needed = min(self.stopping.needed(), self.plan.replications)
            again = twins(self.plan, needed)
            self.progress.total((needed + again) * len(self.plan.run_scenarios) * self.plan.weeks)
            self.progress.say(self._doing())

    def _look_at(self, part: Chunk) -> None:
        if self.stopping is not None:
            for run_scenario in part.block.run_scenarios:
                self.stopping.add(
                    run_scenario, part.block.first, part.array(run_scenario, "totals")
                )

    def _doing(self) -> str:
        run_scenarios, n = len(self.plan.run_scenarios), self.plan.replications
        scenarios = "1 scenario" if run_scenarios == 1 else f"{run_scenarios} scenarios"
        if self.stopping is not None:
            return f"{scenarios}, about {min(self.stopping.needed(), n)} replications"
        return f"{scenarios}, {n} replications"

    def _lap(self, what: str) -> None:
        now = time.perf_counter()
        self.seconds[what] = round(now - self.clock, 2)
        self.clock = now

    def _how(self) -> dict[str, Any]:
        """The section `run` of the record: all that may differ when the run is made again."""
        return {
            "started": self.began.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": self.seconds,
            "engine": self.engine,
            "workers": self.workers,
            "peak_memory_mb": {
                "this_process": _whole(peak_memory_mb()),
                "largest_worker": _whole(self.workers_peak_mb),
            },
            "nations_from_an_earlier_attempt": self.resumed,
            "spoilt_parts_redone": self.spoilt,
            "machine": platform.machine(),
            "system": platform.system(),
            "processors": processors(),
        }


def _whole(value: float) -> int | None:
    return None if math.isnan(value) else round(value)


def _check_committed(source: dict[str, Any]) -> None:
    if source["dirty"]:
        raise InputError(
            Problem(
                "--publication",
                f"the tree has changes that are not committed: {', '.join(source['dirty'])}",
                "commit them first, so that the published figures can be made again",
            )
        )
