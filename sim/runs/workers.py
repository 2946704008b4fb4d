"""Where the work is done: in this process, in other processes, or on a Dask cluster.

Each is a `concurrent.futures.Executor`, so the same loop serves all of them and the results
cannot depend on the choice.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import platform
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait as wait_for_any
from typing import Any, ParamSpec, TypeVar

from sim.inputs.files.problems import InputError, Problem
from sim.regimes import Regime
from sim.regimes.plug_in import OwnRegime
from sim.runs.chunk import Advance, ChunkResult, ChunkTask, OtherCodeError, Proof, run_chunk
from sim.runs.errors import RunError
from sim.runs.options import START_A_CLUSTER, EngineName

_P = ParamSpec("_P")
_T = TypeVar("_T")
_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 30  # without news of any task, before asking whether anybody works
# How long a Dask scheduler may take to answer, to be reached, and to have workers.
_ASK_SECONDS, _REACH_SECONDS, _WORKERS_SECONDS = 4, 5, 4
_TRIES = 4  # on so many workers of a cluster a chunk is tried where they die

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
    proof: Proof | None = None,
) -> Iterator[Engine]:
    """An engine ready for work; its workers are gone when the block ends.

    `own` are regimes that the caller gave as classes; `proof` is what workers on other machines
    must have. Where these cannot reach other processes
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
        with _dask(scheduler, regimes, proof) as engine:
            yield engine


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


def fingerprint() -> dict[str, str]:
    """The versions that must be alike everywhere for the same bytes: Python, numpy and scipy."""
    import numpy as np
    import scipy

    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


@contextmanager
def _dask(
    scheduler: str | None, regimes: Mapping[str, type[Regime]], proof: Proof | None
) -> Iterator[Engine]:
    """A Dask cluster ready for work.

    Raises InputError within ten seconds where Dask is not installed, the scheduler does not
    answer or has no workers, or the workers have other versions, code, seeds or regimes than this
    process.
    """
    try:
        import dask
        import distributed
    except ImportError as error:
        what = "needs Dask, which is not installed"
        hint = "pip install 'sim-childrens-services[cluster]'"
        raise InputError(Problem("--engine dask", what, hint)) from error
    assert scheduler is not None
    with dask.config.set({"distributed.scheduler.allowed-failures": _TRIES}), _less_talk():
        # A client that finds nobody takes long to give up; a question of our own does not.
        if not _answers(scheduler):
            raise InputError(_no_answer(scheduler))
        try:
            connect: Any = distributed.Client  # Dask's own functions carry no types
            client = connect(scheduler, timeout=_REACH_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(_no_answer(scheduler)) from error
        try:
            threads = _wait_for_workers(client, scheduler)
            _check_workers(client, regimes, proof)
            yield Engine(
                name="dask",
                executor=client.get_executor(pure=False, retries=_TRIES),
                workers=threads,
                in_flight=2 * threads,  # so that no worker waits for the network
                run=partial(run_chunk, regimes=regimes),
                lost=(CancelledError, OSError, distributed.scheduler.KilledWorker),
                has_workers=lambda: _has_workers(client),
            )
        finally:
            # Without waiting: a scheduler that is gone does not say goodbye.
            client.close(timeout=1)


def _no_answer(scheduler: str) -> Problem:
    return Problem("--scheduler", f"no Dask scheduler answers at {scheduler}", START_A_CLUSTER)


def _answers(scheduler: str) -> bool:
    """Whether a Dask scheduler says within a few seconds that it is one."""
    answers: list[bool] = []

    def ask() -> None:
        # What is not a scheduler may answer with anything, and so fail in any way.
        with suppress(Exception):
            answers.append(asyncio.run(asyncio.wait_for(_identity(scheduler), _ASK_SECONDS)))

    # In a thread of its own: a name that cannot be resolved would hold this one up.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_ASK_SECONDS + 1)
    return answers == [True]


async def _identity(scheduler: str) -> bool:
    import distributed

    dask: Any = distributed  # Dask's own functions carry no types
    arguments = dask.Security().get_connection_args("client")
    comm = await dask.comm.connect(scheduler, timeout=_ASK_SECONDS, **arguments)
    try:
        await comm.write({"op": "identity", "reply": True})
        answer = await comm.read()
    finally:
        comm.abort()
    return isinstance(answer, dict) and answer.get("type") == "Scheduler"


@contextmanager
def _less_talk() -> Iterator[None]:
    """Keep Dask's own reports of lost connections off the screen: ours say what to do."""
    loggers = [
        logging.getLogger(name)
        for name in logging.root.manager.loggerDict
        if name.split(".")[0] in ("distributed", "asyncio", "tornado")
    ]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _has_workers(client: Any) -> bool:
    try:
        return bool(client.nthreads())
    except (OSError, ValueError):
        return False


def _wait_for_workers(client: Any, scheduler: str) -> int:
    upto = time.monotonic() + _WORKERS_SECONDS
    while time.monotonic() < upto:
        threads = sum(client.nthreads().values())
        if threads:
            return int(threads)
        time.sleep(0.1)
    raise InputError(
        Problem("--scheduler", f"the scheduler at {scheduler} has no workers", START_A_CLUSTER)
    )


def _examine(
    regimes: Mapping[str, type[Regime]], proof: Proof | None
) -> tuple[dict[str, str], list[str]]:
    """On a worker: its versions, and what of its code, seeds and regimes is other."""
    return fingerprint(), [] if proof is None else proof.differences(regimes)


def _check_workers(client: Any, regimes: Mapping[str, type[Regime]], proof: Proof | None) -> None:
    here = fingerprint()
    problems = []
    hint = "install the same versions on every machine, then start the workers again"
    for worker, answer in client.run(_examine, regimes, proof, on_error="return").items():
        if isinstance(answer, BaseException):
            reason = str(answer).splitlines()[0][:300] if str(answer) else type(answer).__name__
            problems.append(Problem(f"worker {worker}", f"cannot run the simulation: {reason}"))
            continue
        there, other = answer
        different = [
            f"{name} {there[name]}, here {version}"
            for name, version in here.items()
            if there[name] != version
        ]
        if different or other:
            what = f"has {'; '.join([*different, *other])}"
            problems.append(Problem(f"worker {worker}", what))
    if problems:
        raise InputError([*problems[:-1], Problem(problems[-1].where, problems[-1].what, hint)])
