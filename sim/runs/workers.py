"""Where the work is done: in this process, in other processes, or on a Dask cluster.

Each is a `concurrent.futures.Executor`, so the same loop serves all of them and the results
cannot depend on the choice.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar

from sim.inputs.files.problems import InputError, Problem
from sim.regimes import Regime
from sim.regimes.plug_in import OwnRegime
from sim.results.chunk_file import ChunkSpec
from sim.runs.chunk import Advance, ChunkResult, ChunkTask, OtherCodeError, Proof, run_chunk
from sim.runs.errors import RunError, failure_of, short
from sim.runs.options import START_A_CLUSTER, EngineName
from sim.runs.worker_processes import (
    WorkerProcesses,
    lacks_main_guard,
    run_counted,
    say_main_guard,
    start_method,
)

_P = ParamSpec("_P")
_T = TypeVar("_T")
_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 30  # without news of any task, before asking whether anybody works
# How long a Dask scheduler may take to answer, to be reached, and to have workers.
_ASK_SECONDS, _REACH_SECONDS, _WORKERS_SECONDS = 4, 5, 4
_TRIES = 4  # on so many workers a chunk is tried where they die

# How often workers are looked at, and how long none may do a step before that is told.
_WATCH_SECONDS, _SILENCE_SECONDS = 5, 120


@dataclass(frozen=True)
class Engine:
    """An executor and how to work with it.

    `in_flight` tasks are handed to it at a time. `lost` are the exceptions of a task whose
    worker is gone, `why_lost` says what they mean. `weeks_done` counts country-weeks while tasks
    run, where that can be known; `has_workers` says whether anybody is left to work. `processes`
    are the workers, where they are processes of this machine: these are replaced where they die.
    """

    name: EngineName
    executor: Executor
    workers: int
    in_flight: int
    run: Callable[[ChunkTask], ChunkResult]
    lost: tuple[type[BaseException], ...] = ()
    why_lost: Callable[[BaseException], RunError] = failure_of
    processes: WorkerProcesses | None = None
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
    must have. Where the regimes cannot reach other processes, or
    the system has no place for them, the work is done in this one, with a warning. Raises
    InputError for a scheduler that cannot be used.
    """
    regimes = {one.name: one.regime for one in own}
    if name == "dask":
        with _dask(scheduler, regimes, proof) as engine:
            yield engine
        return
    processes = None
    if name == "processes" and workers > 1 and _can_start_processes(own):
        processes = _processes(workers, regimes)
    if processes is None:
        run = partial(run_chunk, advance=advance, regimes=regimes)
        yield Engine("serial", SerialExecutor(), 1, 1, run)
        return
    try:
        yield Engine(
            name="processes",
            executor=processes.executor,
            workers=workers,
            in_flight=workers,
            run=run_counted,
            lost=(BrokenProcessPool,),
            why_lost=lambda error: processes.why_lost(),
            processes=processes,
            weeks_done=processes.weeks_done,
        )
    except BaseException:
        processes.close()
        raise
    processes.finish()


def _can_start_processes(own: Sequence[OwnRegime]) -> bool:
    """Whether other processes can do the work; a warning says why they cannot."""
    if _forks():
        return True
    if lacks_main_guard():
        say_main_guard()
        return False
    stuck = [one.name for one in own if not one.can_be_sent]
    if stuck:
        warnings.warn(
            f"The regime {', '.join(stuck)} cannot be sent to other processes on this system: "
            "the run is done in this process alone. Write the class in a file and import it "
            "to use them all.",
            stacklevel=2,
        )
    return not stuck


def _processes(workers: int, regimes: Mapping[str, type[Regime]]) -> WorkerProcesses | None:
    try:
        return WorkerProcesses(workers, start_method(), regimes)
    except (OSError, ImportError, NotImplementedError) as error:
        warnings.warn(
            "This system has no memory that processes can share (on Linux: a usable /dev/shm), "
            f"so the run is done in this process alone: {short(str(error))}",
            stacklevel=2,
        )
        return None


def perform(
    engine: Engine,
    tasks: Iterable[ChunkTask],
    store: Callable[[ChunkTask, ChunkResult], None],
    advance: Advance,
) -> None:
    """Run the tasks and hand each with its result to `store`, in order of completion.

    Tasks are drawn from the iterable as workers fall free, so that it may decide late
    whether more are needed. Worker processes that die are replaced, but not for ever. Raises
    RunError where workers are lost or run other code, OSError where none can be started.
    """
    queue = iter(tasks)
    running: dict[Future[ChunkResult], ChunkTask] = {}
    again: list[ChunkTask] = []  # whose worker died
    tries: Counter[tuple[ChunkSpec, bool]] = Counter()
    executor = engine.executor
    counted = 0
    ended = False
    last_result = time.monotonic()
    watch = _Watch(engine)
    while running or again or not ended:
        while (again or not ended) and len(running) < engine.in_flight:
            task = again.pop() if again else next(queue, None)
            if task is None:
                ended = True
                continue
            try:
                running[executor.submit(engine.run, task)] = task
            except engine.lost as error:
                future: Future[ChunkResult] = Future()
                future.set_exception(error)
                running[future] = task
                break
        watch.look(counted)
        finished, _ = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
        if engine.weeks_done is not None:
            now = engine.weeks_done()
            advance(now - counted)
            counted = now
        if running and not finished and time.monotonic() - last_result > _PATIENCE_SECONDS:
            if not engine.has_workers():
                raise RunError("no workers are left", "start workers, then run again")
            last_result = time.monotonic()
        broken: BaseException | None = None
        for future in finished:
            last_result = time.monotonic()
            if engine.processes is not None and isinstance(future.exception(), engine.lost):
                broken = future.exception()
                continue  # its task stays among those running, which have all lost their workers
            task = running.pop(future)
            store(task, _result(future, engine))
            if engine.name == "dask":
                advance(task.weeks)
        if broken is not None and engine.processes is not None:
            wait(running, timeout=_PATIENCE_SECONDS)
            for future, task in running.items():
                if future.done() and future.exception() is None:
                    store(task, future.result())
                    continue
                again.append(task)
                tries[task.spec, task.second] += 1
            running.clear()
            executor = _replaced(engine.processes, max(tries.values()), broken)


def _replaced(processes: WorkerProcesses, tries: int, error: BaseException) -> Executor:
    """New workers for those that died, unless some task has cost too many of them."""
    why = processes.why_lost()
    if tries >= _TRIES or not processes.may_be_replaced():
        raise why from error
    warnings.warn(f"{why.what}: new ones go on with their work", stacklevel=2)
    return processes.renew()


class _Watch:
    """Tells once of each worker process that has been stopped, and of a long silence."""

    def __init__(self, engine: Engine) -> None:
        self._processes = engine.processes
        self._looked = self._moved = time.monotonic()
        self._weeks = 0
        self._known: set[int] = set()
        self._silent = False

    def look(self, weeks: int) -> None:
        """Look at the workers; `weeks` are those done so far."""
        if self._processes is None:
            return
        self._processes.look()
        now = time.monotonic()
        if weeks != self._weeks:
            self._weeks, self._moved, self._silent = weeks, now, False
        if now - self._looked < _WATCH_SECONDS:
            return
        self._looked = now
        for pid in self._processes.stopped():
            if pid not in self._known:
                self._known.add(pid)
                warnings.warn(
                    f"Worker process {pid} has been stopped, and the run waits for it: "
                    f"`kill -CONT {pid}` lets it go on, `kill -KILL {pid}` has it replaced",
                    stacklevel=2,
                )
        if now - self._moved > _SILENCE_SECONDS and not self._silent:
            self._silent = True
            warnings.warn(
                f"No worker has got any further for {_SILENCE_SECONDS} seconds: the machine may "
                "be busy, or a regime may be caught in a loop. Ctrl-C stops the run",
                stacklevel=2,
            )


def _result(future: Future[ChunkResult], engine: Engine) -> ChunkResult:
    try:
        return future.result()
    except engine.lost as error:
        raise engine.why_lost(error) from error
    except OtherCodeError as error:
        raise RunError(
            f"a worker runs other code than this process ({error})",
            "install the same version everywhere, and start the workers again",
        ) from error


def _forks() -> bool:
    """Whether workers are forked: they then need no import of the caller's script."""
    return start_method() == "fork"


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
                why_lost=_why_lost_on_dask,
                has_workers=lambda: _has_workers(client),
            )
        finally:
            # Without waiting: a scheduler that is gone does not say goodbye.
            client.close(timeout=1)


def _why_lost_on_dask(error: BaseException) -> RunError:
    if isinstance(error, (CancelledError, OSError)):
        return RunError(
            "the Dask scheduler is gone or cannot be reached",
            "see that it runs and has workers, then run again",
        )
    return RunError(
        f"{_TRIES} workers died one after another over one part, perhaps for want of memory",
        "give the workers more memory, then run again",
    )


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
