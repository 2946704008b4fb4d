"""Worker processes of this machine: started, counted, replaced where they die, watched.

A worker that is started afresh (macOS, Windows) imports the caller's script again: a script that
would run the simulation once more, for want of a main guard, is noticed in both places.
"""

from __future__ import annotations

import ast
import multiprocessing
import os
import pickle
import platform
import signal
import sys
import threading
import time
import warnings
from collections.abc import Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing.connection import wait as wait_for_any
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from sim.regimes import Regime
from sim.runs.chunk import ChunkResult, ChunkTask, run_chunk
from sim.runs.errors import RunError, short

# The exit code of a worker whose script would have run the simulation again.
_NO_GUARD = 78
_GOODBYE_SECONDS = 5  # for a worker to end by itself
_MAIN_GUARD = 'put the call under `if __name__ == "__main__":`'

# Country-weeks done by the workers of this pool: a counter in memory that they share with
# the parent, and the regimes that the caller gave as classes; set in each worker as it starts.
_shared: Any = None
_regimes: Mapping[str, type[Regime]] = {}
_refusal = ""


def start_method() -> str:
    """How workers are started: as the caller has set it, else forked on Linux: they then share the
    memory already filled. Elsewhere (macOS, Windows) the platform's own way is the safe one."""
    chosen = cast("str | None", multiprocessing.get_start_method(allow_none=True))
    if chosen is None and platform.system() == "Linux":
        return "fork"
    return chosen or str(multiprocessing.get_context().get_start_method())


def leave_where_imported() -> None:
    """End this process where it is a worker that only imports its caller's script."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        os._exit(_NO_GUARD)


def lacks_main_guard() -> bool:
    """Whether this call stands in a script that every worker would carry out again."""
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    outermost = frame
    while outermost.f_back is not None:
        outermost = outermost.f_back
    while frame is not outermost and frame.f_globals is not vars(main):
        frame = frame.f_back or outermost
    if file is None or frame.f_globals is not vars(main) or frame.f_code.co_name != "<module>":
        return False
    try:
        script = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    for statement in script.body:
        if statement.lineno <= frame.f_lineno <= (statement.end_lineno or statement.lineno):
            guard = isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)
            return not guard
    return False


def say_main_guard() -> None:
    """Warn that the work is done in one process, and say how to use them all."""
    warnings.warn(
        "The script would be run again in every worker process: the run is done in this process "
        f"alone. To use them all, {_MAIN_GUARD}.",
        stacklevel=2,
    )


class WorkerProcesses:
    """A pool of processes that can be opened again where a worker has died.

    Raises OSError, ImportError or NotImplementedError where the system has no memory or locks that
    processes can share (no usable /dev/shm).
    """

    def __init__(self, workers: int, method: str, regimes: Mapping[str, type[Regime]]) -> None:
        self._context: Any = multiprocessing.get_context(method)
        self._workers = workers
        # As bytes, so that a class that a worker cannot import is told and not the worker's end.
        self._regimes = regimes if method == "fork" else pickle.dumps(dict(regimes))
        self._others = {child.pid for child in multiprocessing.active_children()}
        self._children: dict[int, BaseProcess] = {}
        self._weeks_before = 0
        self._suspected: set[int] = set()
        self.executor = self._open()

    def _open(self) -> Executor:
        self._counter = self._context.Value("q", 0)
        self._children = {}
        return ProcessPoolExecutor(
            self._workers,
            self._context,
            initializer=_start_worker,
            initargs=(self._counter, self._regimes),
        )

    def weeks_done(self) -> int:
        """Country-weeks done so far. Without the lock: a worker may have died, or been stopped,
        while it held it."""
        return self._weeks_before + int(self._counter.get_obj().value)

    def look(self) -> None:
        """Remember the workers there are, so that it is known how each ends."""
        # The pool's own list has those too that died at once; another Python may keep none.
        pool = getattr(self.executor, "_processes", None) or {}
        for child in [*multiprocessing.active_children(), *list(pool.values())]:
            if child.pid is not None and child.pid not in self._others:
                self._children[child.pid] = child

    def renew(self) -> Executor:
        """End what is left of the workers and start new ones."""
        self.close()
        self._weeks_before = self.weeks_done()
        self.executor = self._open()
        return self.executor

    def finish(self) -> None:
        """Let the workers go, whose work is done. One that has been stopped does not hear it."""
        self.look()
        self.executor.shutdown(wait=False)
        until = time.monotonic() + _GOODBYE_SECONDS
        for child in self._children.values():
            wait_for_any([child.sentinel], max(0.0, until - time.monotonic()))
        self.close()

    def close(self) -> None:
        """End all workers at once, those too that have been stopped."""
        self.look()
        self.executor.shutdown(wait=False, cancel_futures=True)
        for child in self._children.values():
            with suppress(OSError, ValueError):
                child.kill()
        self.executor.shutdown()

    def may_be_replaced(self) -> bool:
        """Whether new workers can fare better: not where their script is carried out again."""
        return all(child.exitcode != _NO_GUARD for child in self._children.values())

    def why_lost(self) -> RunError:
        """How the workers ended that died, and what helps against it."""
        for child in self._children.values():
            child.join(1)  # the pool may still be ending the others
        codes = [child.exitcode for child in self._children.values()]
        # The pool itself ends the others once one has died.
        dead = [code for code in codes if code not in (None, 0, -signal.SIGTERM)]
        code = dead[0] if dead else None
        if code is None:
            return RunError("a worker process ended, and nothing says why", "run again")
        if code == _NO_GUARD:
            return RunError("the script would be run again in every worker process", _MAIN_GUARD)
        if code == -getattr(signal, "SIGKILL", 9):
            hint = "use fewer --workers, or close other programs, then run again"
            return RunError("worker processes were killed, perhaps for want of memory", hint)
        if code < 0:
            name = short(signal.Signals(-code).name) if -code in list(signal.Signals) else -code
            hint = "a compiled library may be damaged: install numpy and scipy again"
            return RunError(f"a worker process was ended by the signal {name}", hint)
        hint = "something in it ends Python, perhaps a plug-in: --engine serial may show what"
        return RunError(f"a worker process ended by itself, with exit code {code}", hint)

    def stopped(self) -> list[int]:
        """Workers that were stopped by a signal and are so at two looks in succession, where the
        system can say."""
        now = {pid for pid in self._children if _is_stopped(pid)}
        twice, self._suspected = now & self._suspected, now
        return sorted(twice)


def _is_stopped(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state in "Tt"


def _start_worker(counter: Any, regimes: Mapping[str, type[Regime]] | bytes) -> None:
    global _shared, _regimes, _refusal
    _shared = counter
    # Ctrl-C is the parent's to handle; a worker whose parent is gone has no more to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        _regimes = pickle.loads(regimes) if isinstance(regimes, bytes) else regimes
    except (Exception, SystemExit) as error:  # foreign code may fail in any way
        _refusal = short(f"{type(error).__name__}: {error}")


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_any([parent.sentinel])
        os._exit(1)


def run_counted(task: ChunkTask) -> ChunkResult:
    """Run a chunk in a worker, counting its weeks. Raises RunError where the worker cannot import
    the caller's regimes."""
    if _refusal:
        what = f"the regimes of this run cannot be imported by a worker process: {_refusal}"
        raise RunError(what, "write the class in a file that can be imported, or use one process")

    def advance(weeks: int) -> None:
        with _shared.get_lock():
            _shared.value += weeks

    return run_chunk(task, advance, _regimes)
