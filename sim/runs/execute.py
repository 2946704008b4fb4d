"""Run a plan: chunks, tables, charts and metadata, in one folder."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from sim.analysis.variance_split import split_variance
from sim.inputs.councils.baseline import baseline
from sim.inputs.files.problems import InputError, Problem, raise_if_any
from sim.model.regime_error import RegimeError
from sim.regimes.plug_in import proof_of
from sim.results.checkout import SourceState, source_state
from sim.results.chunk_file import Chunk, ChunkSpec, ChunkStore, totals_in
from sim.results.identity import (
    code_sha256,
    library_versions,
    report_sha256,
    seeds_sha256,
    together,
)
from sim.results.metadata import FORMAT, sealed
from sim.results.summary_tables import write_spread
from sim.runs import workers as engines
from sim.runs.chunk import ChunkResult, ChunkTask, Proof, peak_memory_mb
from sim.runs.errors import RunError, failure_of
from sim.runs.options import MOST_COUNTRIES_OF_A_RUN, RunOptions
from sim.runs.own_regimes import check_resumable, check_unchanged
from sim.runs.plan import ELSEWHERE, Plan, check_regimes
from sim.runs.precision import Stopping
from sim.runs.progress import Progress, open_progress
from sim.runs.staging import StagingFolder, check_place, open_staging, publish
from sim.runs.worker_processes import leave_where_imported
from sim.units import Array

# Draws the charts of a finished folder, given its metadata.
Draw = Callable[[Path, Mapping[str, Any]], object]
# What can end a run that is neither bad input nor a fault of the program.
_CAUSES = (RunError, RegimeError, OSError, MemoryError, ImportError)


def run_to_folder(
    plan: Plan, options: RunOptions, draw: Draw | None = None
) -> tuple[Path, TemporaryDirectory[str] | None]:
    """Run whatever is still to be run of a plan, and put the finished run folder in its place.

    Gives the folder and, where the options ask for none, the temporary folder that holds it and
    that is gone with this object. Raises InputError where the plan or the options cannot be used
    (nothing is written then) and RunError where the run fails; an interrupt or a failure leaves
    the finished chunks for `resume`, and says so.
    """
    leave_where_imported()
    countries = plan.units * plan.replications
    if countries > MOST_COUNTRIES_OF_A_RUN:
        what = (
            f"{plan.units:,} times {plan.replications:,} replications are {countries:,} countries"
        )
        hint = f"a run has at most {MOST_COUNTRIES_OF_A_RUN:,}"
        raise InputError(Problem("--replications", what, hint))
    check_regimes(plan.run_scenarios, plan.regimes)
    check_unchanged(plan.added_regimes, plan.code)
    if options.resume:
        check_resumable(plan.added_regimes)
    source = source_state(plan.files)
    if options.publication:
        raise_if_any(source.against_publication() + _unpublished(plan))
    temporary = TemporaryDirectory(prefix="simulate-") if options.out is None else None
    out = Path(temporary.name if temporary is not None else str(options.out))
    final = out / plan.run_scenarios[0].scenario.name / plan.folder_name
    if check_place(final) and options.resume:
        return final, temporary
    try:
        with open_progress(options.quiet) as progress, open_staging(final) as staging:
            run = _Run(plan, options, staging, draw, progress)
            try:
                run.simulate()
                run.finish(source)
            except KeyboardInterrupt as stop:
                stop.add_note(run.unfinished())
                raise
            except _CAUSES as error:
                raise failure_of(error).with_advice(run.unfinished()) from error
    except OSError as error:  # of the place where the run is built
        raise failure_of(error) from error
    return final, temporary


def _unpublished(plan: Plan) -> list[Problem]:
    """Regimes whose code is in no file that could be committed."""
    return [
        Problem(
            f"--publication, regime {regime.name}",
            "cannot be established: its code is in no file",
            "write the class in a file of the repository and commit it",
        )
        for regime in plan.added_regimes
        if regime.files() is None
    ]


@dataclass
class _Run:
    """One attempt at a plan, in its staging folder."""

    plan: Plan
    options: RunOptions
    staging: StagingFolder
    draw: Draw | None
    progress: Progress
    engine: str | None = None
    workers: int = 0
    workers_peak_mb: float = 0.0
    resumed: int = 0
    spoilt: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    # Totals of the second runs, by first replication, then by scenario of the run.
    second: dict[int, list[Array]] = field(default_factory=dict)
    # The versions of the libraries that made a part, in this attempt or an earlier one.
    libraries: list[Mapping[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = datetime.now(UTC)
        self.clock = time.perf_counter()
        self.stopping = Stopping(self.plan) if self.plan.precision else None
        self.baseline = baseline(self.plan.start)

    def simulate(self) -> None:
        """Run the chunks that no sound file holds, and some replications a second time."""
        missing = self._take_up()
        workers = self.options.workers or engines.processors()
        specs = list(self.plan.chunks(workers, missing))
        most = len(specs) + self.plan.second_runs(self.plan.replications)
        if most:
            with engines.open_engine(
                self.options.engine,
                min(workers, most),
                self.options.scheduler,
                self.progress.advance,
                self.plan.regimes,
                self._proof(),
            ) as engine:
                self.engine, self.workers = engine.name, engine.workers
                self._perform(engine, specs, workers)
        self._lap("simulation")

    def _perform(self, engine: engines.Engine, specs: Sequence[ChunkSpec], workers: int) -> None:
        second = self.plan.second_runs(self.plan.replications) * len(self.plan.run_scenarios)
        countries = sum(spec.countries for spec in specs) + second
        self.progress.total(self.plan.weeks * countries)
        self.progress.say(self._activity())
        tasks = self._tasks(specs)
        if self.stopping is None:
            # Both together, so that no worker is idle while the last chunk is finished.
            tasks = chain(tasks, self._second_tasks(workers))
        engines.perform(engine, tasks, self._store, self.progress.advance)
        if self.stopping is not None:
            self.progress.say("Separating chance from unknown parameters")
            engines.perform(engine, self._second_tasks(workers), self._store, self.progress.advance)

    def finish(self, source: SourceState) -> None:
        """Make the run folder from the chunks and put it in its place."""
        self.progress.say("Writing tables")
        chunks, _ = self.staging.sound_chunks()
        replications = self.plan.replications
        precision = None
        if self.stopping is not None:
            replications = self.stopping.stopped_at or replications
            precision = self.stopping.outcome(replications)
        new = self.staging.start_new()
        names = [run_scenario.name for run_scenario in self.plan.run_scenarios]
        store = ChunkStore(names, self.plan.units, chunks, replications)
        self.plan.write_tables(new, store, self.baseline)
        if self.second:
            pieces = [self.second[first] for first in sorted(self.second)]
            second = {
                name: np.concatenate([piece[place] for piece in pieces])
                for place, name in enumerate(names)
            }
            splits = split_variance(store.totals(), second, self.plan.baseline)
            write_spread(new / "spread.csv", splits)
        self._lap("tables")
        record = self._record(replications, source, precision)
        if self.draw is not None:
            self.progress.say("Drawing charts")
            self.draw(new, record)
            self._lap("charts")
        record = {**sealed(record, new), "run": self._about_this_attempt()}
        publish(new, self.staging.final, record)

    def unfinished(self) -> str:
        """What an interrupted run leaves, in words."""
        try:
            chunks, _ = self.staging.sound_chunks()
        except OSError:
            return "Whether anything is kept cannot be seen: run again with --resume to find out."
        countries = sum(chunk.spec.countries for chunk in chunks)
        if not countries:
            return "Nothing was finished, and nothing is kept."
        return f"{countries} finished replications are kept: run again with --resume to go on."

    def _record(
        self, replications: int, source: SourceState, precision: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """The metadata before the files are sealed; `replications` is their number in the end."""
        first = self.plan.run_scenarios[0]
        return {
            "format": FORMAT,
            "version": source.version,
            "run_id": self.plan.run_id,
            "kind": self.plan.kind,
            "scenario": first.name,
            "title": first.scenario.title,
            "scenarios": [run_scenario.name for run_scenario in self.plan.run_scenarios],
            "scenario_files": {
                one.scenario.name: one.scenario.origin for one in self.plan.run_scenarios
            },
            "start": self.plan.start.isoformat(),
            "end": self.plan.end.isoformat(),
            "seed": self.plan.seed,
            "replications": replications,
            "source": source.as_record(),
            "report_sha256": report_sha256(),
            "libraries": together([*self.libraries, library_versions()]),
            "precision": precision,
            "identity": self.plan.identity,
        }

    def _take_up(self) -> dict[int, list[int]]:
        """The replications still to run for each unit, after what an earlier attempt left."""
        chunks: list[Chunk] = []
        if self.options.resume:
            chunks, self.spoilt = self.staging.sound_chunks()
            self.libraries += self.staging.libraries_of(chunks)
            self._take_up_second()
        else:
            self.staging.clear()
        self.resumed = sum(chunk.spec.countries for chunk in chunks)
        for chunk in chunks:
            self._add_to_stopping(chunk)
        if self.stopping is not None:
            self.stopping.decide()
        return self.staging.missing(chunks, self.plan.units, self.plan.replications)

    def _proof(self) -> Proof:
        """What a worker must have to make a part."""
        return Proof(
            self.plan.code,
            code_sha256(self.plan.code),
            seeds_sha256(),
            {
                one.name: proof_of(one.name, None if one.installed else one.regime)
                for one in self.plan.added_regimes
            },
        )

    def _tasks(self, specs: Sequence[ChunkSpec]) -> Iterator[ChunkTask]:
        for spec in specs:
            if self.stopping is not None and self.stopping.stopped_at is not None:
                return
            yield self._task(spec)

    def _take_up_second(self) -> None:
        """The second runs that an earlier attempt left."""
        chunks, spoilt = self.staging.sound_chunks(second=True)
        self.spoilt += spoilt
        for chunk in chunks:
            totals = totals_in(chunk.path.read_bytes(), len(self.plan.run_scenarios))
            self.second[chunk.spec.first] = totals

    def _second_tasks(self, workers: int) -> Iterator[ChunkTask]:
        """Some replications under other parameters, in tasks of about equal size."""
        stopped = None if self.stopping is None else self.stopping.stopped_at
        count = self.plan.second_runs(stopped or self.plan.replications)
        done = {first + k for first, totals in self.second.items() for k in range(len(totals[0]))}
        left = np.array([r for r in range(1, count + 1) if r not in done])
        units = tuple(range(len(self.plan.run_scenarios)))
        size = min(self.plan.most_together, max(1, -(-len(left) // workers)))
        for stretch in np.split(left, np.flatnonzero(np.diff(left) > 1) + 1):
            for piece in np.array_split(stretch, -(-len(stretch) // size)) if len(stretch) else ():
                yield self._task(ChunkSpec(units, int(piece[0]), int(piece[-1])), second=True)

    def _task(self, spec: ChunkSpec, second: bool = False) -> ChunkTask:
        return ChunkTask(
            spec=spec,
            worlds=self.plan.worlds(spec, ELSEWHERE if second else 0),
            baseline=self.baseline,
            seed=self.plan.seed,
            proof=self._proof(),
            series=self.plan.series and not second,
            second=second,
        )

    def _store(self, task: ChunkTask, result: ChunkResult) -> None:
        if result.libraries not in self.libraries:
            self.libraries.append(result.libraries)
        if task.second:
            self.staging.store(result.spec, result.data, second=True)
            self.second[task.spec.first] = totals_in(result.data, len(self.plan.run_scenarios))
            return
        self.staging.note_libraries(result.libraries)
        chunk = self.staging.store(result.spec, result.data)
        self.workers_peak_mb = max(self.workers_peak_mb, result.peak_mb)
        if self.stopping is not None:
            self._add_to_stopping(chunk)
            self.stopping.decide()
            needed = min(self.stopping.needed(), self.plan.replications)
            runs = needed + self.plan.second_runs(needed)
            self.progress.total(runs * len(self.plan.run_scenarios) * self.plan.weeks)
            self.progress.say(self._activity())

    def _add_to_stopping(self, chunk: Chunk) -> None:
        if self.stopping is not None:
            for unit in chunk.spec.units:
                self.stopping.add(unit, chunk.spec.first, chunk.array(unit, "totals"))

    def _activity(self) -> str:
        run_scenarios, n = len(self.plan.run_scenarios), self.plan.replications
        scenarios = "1 scenario" if run_scenarios == 1 else f"{run_scenarios} scenarios"
        if self.stopping is not None:
            return f"{scenarios}, about {min(self.stopping.needed(), n)} replications"
        return f"{scenarios}, {n} replications"

    def _lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self.clock, 2)
        self.clock = now

    def _about_this_attempt(self) -> dict[str, Any]:
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
            "replications_from_an_earlier_attempt": self.resumed,
            "spoilt_chunks_redone": self.spoilt,
            "machine": platform.machine(),
            "system": platform.system(),
            "processors": engines.processors(),
        }


def _whole(value: float) -> int | None:
    return None if math.isnan(value) else round(value)
