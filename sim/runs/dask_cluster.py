"""Work on a Dask cluster: workers on other machines, reached through a scheduler."""

from __future__ import annotations

import asyncio
import logging
import platform
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any

from sim.inputs.files.problems import InputError, Problem
from sim.results.identity import code_sha256
from sim.runs.options import START_A_CLUSTER

_ASK_SECONDS = 4
_REACH_SECONDS = 5
_WORKERS_SECONDS = 4
# A chunk is tried again where its worker dies, on this many workers in all.
_TRIES = 4


def fingerprint() -> dict[str, str]:
    """What must be alike everywhere for the same bytes: code, Python, numpy and scipy."""
    import numpy as np
    import scipy

    return {
        "sim": code_sha256()[:12],
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


@dataclass(frozen=True)
class Cluster:
    """An executor on a cluster, how many tasks it can do at once, and how it fails.

    `lost` are the exceptions of a task whose worker or scheduler is gone; `has_workers` asks
    the scheduler whether anybody is left to work.
    """

    executor: Executor
    threads: int
    lost: tuple[type[BaseException], ...]
    has_workers: Callable[[], bool]


@contextmanager
def dask_cluster(scheduler: str | None) -> Iterator[Cluster]:
    """A Dask cluster ready for work.

    Raises InputError within ten seconds where Dask is not installed, the scheduler does not
    answer or has no workers, or the workers have other versions than this process.
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
            _check_versions(client)
            yield Cluster(
                executor=client.get_executor(pure=False, retries=_TRIES),
                threads=threads,
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
    thread = Thread(target=ask, daemon=True)
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


def _check_versions(client: Any) -> None:
    here = fingerprint()
    problems = []
    for worker, there in client.run(fingerprint, on_error="return").items():
        if isinstance(there, Exception):
            problems.append(Problem(f"worker {worker}", f"cannot run the simulation: {there}"))
            continue
        different = [
            f"{name} {there[name]}, here {version}"
            for name, version in here.items()
            if there[name] != version
        ]
        if different:
            problems.append(Problem(f"worker {worker}", f"has {'; '.join(different)}"))
    if problems:
        hint = "install the same versions on every machine, then start the workers again"
        raise InputError([*problems[:-1], Problem(problems[-1].where, problems[-1].what, hint)])
