"""Where the work is done: in this process, in other processes, or on a Dask cluster.

Each is a `concurrent.futures.Executor`, so the same loop serves all of them and the results
cannot depend on the choice.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait as wait_for_any
from typing import Any, ParamSpec, TypeVar

from sim.regimes import Regime
from sim.runs.chunk import Advance, ChunkResult, ChunkTask, OtherCodeError, run_chunk
from sim.runs.dask_cluster import dask_cluster
from sim.runs.errors import RunError
from sim.runs.options import EngineName
from sim.runs.own_regimes import OwnRegime

_P = ParamSpec("_P")
_T = TypeVar("_T")
_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 30  # without news of any task, before asking whether anybody works

# Country-weeks done by the workers of this pool: a counter in memory that they share with
# the parent, and the regimes that the caller gave as classes; set in each worker as it starts.
_shared: Any = None
_regimes: Mapping[str, type[Regime]] = {}


@dataclass(frozen=True)
class Engine:
    """An executor and how to work with it.

    `in_flight` tasks are handed to it at a time. `lost` are the exceptions of a task whose
    worker is gone for good. `weeks_done` counts country-weeks while tasks run, where that can
    be known; `has_workers` says whether anybody is left to work.
    """

    name: EngineName
    executor: Executor
    workers: int
    in_flight: int
    run: Callable[[ChunkTask], ChunkResult]
    lost: tuple[type[BaseException], ...] = ()
    weeks_done: Callable[[], int] | None = None
    has_workers: Callable[[], bool] = lambda: True


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class SerialExecutor(Executor):
    """An executor that works in this process, when a task is submitted."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Run the call now; its result or exception is in the future given back."""
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def open_engine(
    name: EngineName,
    workers: int,
    scheduler: str | None,
    advance: Advance,
    own: Sequence[OwnRegime] = (),
) -> Iterator[Engine]:
    """An engine ready for work; its workers are gone when the block ends.

    `own` are regimes that the caller gave as classes. Where these cannot reach other processes
    the work is done in this one, with a warning. Raises InputError for a scheduler that cannot
    be used.
    """
    regimes = {one.name: one.regime for one in own}
    if name == "processes" and workers > 1 and not _forks():
        stuck = [one.name for one in own if not one.can_be_sent]
        if stuck:
            warnings.warn(
                f"The regime {', '.join(stuck)} cannot be sent to other processes on this system: "
                "the run is done in this process alone. Write the class in a file and import it "
                "to use them all.",
                stacklevel=2,
            )
            name = "serial"
    if name == "serial" or (name == "processes" and workers == 1):
        run = partial(run_chunk, advance=advance, regimes=regimes)
        yield Engine("serial", SerialExecutor(), 1, 1, run)
    elif name == "processes":
        with _processes(workers, regimes) as engine:
            yield engine
    else:
        with dask_cluster(scheduler) as cluster:
            yield Engine(
                name="dask",
                executor=cluster.executor,
                workers=cluster.threads,
                in_flight=2 * cluster.threads,  # so that no worker waits for the network
                run=partial(run_chunk, regimes=regimes) if regimes else run_chunk,
                lost=cluster.lost,
                has_workers=cluster.has_workers,
            )


def perform(
    engine: Engine,
    tasks: Iterable[ChunkTask],
    store: Callable[[ChunkTask, ChunkResult], None],
    advance: Advance,
) -> None:
    """Run the tasks and hand each with its result to `store`, in order of completion.

    Tasks are drawn from the iterable as workers fall free, so that it may decide late
    whether more are needed. Raises RunError where a worker dies or runs other code.
    """
    queue = iter(tasks)
    running: dict[Future[ChunkResult], ChunkTask] = {}
    counted = 0
    ended = False
    last_result = time.monotonic()
    while running or not ended:
        while not ended and len(running) < engine.in_flight:
            task = next(queue, None)
            if task is None:
                ended = True
            else:
                running[engine.executor.submit(engine.run, task)] = task
        finished, _ = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        if engine.weeks_done is not None:
            now = engine.weeks_done()
            advance(now - counted)
            counted = now
        if running and not finished and time.monotonic() - last_result > _PATIENCE_SECONDS:
            if not engine.has_workers():
                raise RunError(
                    "no workers are left",
                    "the finished chunks are kept: start workers, then run again with --resume",
                )
            last_result = time.monotonic()
        for future in finished:
            task = running.pop(future)
            store(task, _result(future, engine))
            last_result = time.monotonic()
            if engine.name == "dask":
                advance(task.weeks)


def _result(future: Future[ChunkResult], engine: Engine) -> ChunkResult:
    try:
        return future.result()
    except engine.lost as error:
        raise RunError(
            "the workers are gone: one died, perhaps for want of memory, or cannot be reached",
            "the finished chunks are kept: run again with --resume, perhaps with fewer --workers",
        ) from error
    except OtherCodeError as error:
        raise RunError(
            f"a worker runs other code than this process ({error})",
            "install the same version everywhere, and start the workers again",
        ) from error


def _forks() -> bool:
    """Whether workers are forked: they then share the memory already filled, and need no import
    of the caller's script. Elsewhere (macOS, Windows) the platform's own way is the safe one."""
    return sys.platform == "linux"


@contextmanager
def _processes(workers: int, regimes: Mapping[str, type[Regime]]) -> Iterator[Engine]:
    context = multiprocessing.get_context("fork" if _forks() else None)
    counter = context.Value("q", 0)
    before = {child.pid for child in multiprocessing.active_children()}
    pool = ProcessPoolExecutor(
        workers, context, initializer=_start_worker, initargs=(counter, regimes)
    )
    try:
        yield Engine(
            name="processes",
            executor=pool,
            workers=workers,
            in_flight=workers,
            run=_run_counted,
            lost=(BrokenProcessPool,),
            weeks_done=lambda: int(counter.value),
        )
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            if child.pid not in before:
                child.terminate()
        raise
    finally:
        pool.shutdown()


def _start_worker(counter: Any, regimes: Mapping[str, type[Regime]]) -> None:
    global _shared, _regimes
    _shared, _regimes = counter, regimes
    # Ctrl-C is the parent's to handle; a worker whose parent is gone has no more to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_any([parent.sentinel])
        os._exit(1)


def _run_counted(task: ChunkTask) -> ChunkResult:
    def advance(weeks: int) -> None:
        with _shared.get_lock():
            _shared.value += weeks

    return run_chunk(task, advance, _regimes)
