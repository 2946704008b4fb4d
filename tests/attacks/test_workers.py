"""Worker processes that die, stop or cannot be had: replaced, or told each with its own cure."""

from __future__ import annotations

import errno
import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.model import simulation
from sim.runs import plan, worker_processes, workers
from tests.helpers import fake_engine
from tests.helpers.run_folders import Files, contents

pytestmark = [
    pytest.mark.quick,
    pytest.mark.bad_input,
    pytest.mark.skipif(sys.platform != "linux", reason="forks workers and looks at them in /proc"),
]

Hinder = Callable[[], object]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., sim.Run]:
    """Runs on the stand-in in two processes, in parts of four; `hinder` is called in each part."""
    monkeypatch.setattr(plan, "MOST_COUNTRIES", 4)

    def run(hinder: Hinder = lambda: None, out: str = "out", **options: Any) -> sim.Run:
        def run_batch(*arguments: Any, **more: Any) -> Any:
            hinder()
            return fake_engine.run_batch(*arguments, **more)

        monkeypatch.setattr(simulation, "run_batch", run_batch)
        how = {"engine": "processes", "workers": 2, "replications": 12, "years": 1}
        how |= {"quiet": True, "charts": False, "out": tmp_path / out}
        return sim.simulate("trusts-2016", **(how | options))

    return run


@pytest.fixture
def expected(run: Callable[..., sim.Run]) -> Files:
    return contents(run(out="whole", engine="serial").folder)


def once(mark: Path, act: Hinder) -> Hinder:
    """An act that only the first process that comes along carries out."""

    def hinder() -> None:
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            return
        act()

    return hinder


def signals(number: signal.Signals) -> Hinder:
    def act() -> None:
        faulthandler.disable()  # pytest's, which would show the death of a worker as its own
        os.kill(os.getpid(), number)

    return act


ENDS: dict[str, tuple[Hinder, str, str]] = {
    "killed": (signals(signal.SIGKILL), "killed, perhaps for want of memory", "fewer --workers"),
    "library": (signals(signal.SIGSEGV), "ended by the signal SIGSEGV", "install numpy and scipy"),
    "aborted": (signals(signal.SIGABRT), "ended by the signal SIGABRT", "install numpy and scipy"),
    "exit": (lambda: os._exit(3), "ended by itself, with exit code 3", "--engine serial"),
}


@pytest.mark.determinism
@pytest.mark.parametrize("name", ENDS)
def test_a_worker_that_dies_is_replaced_and_the_bytes_are_the_same(
    run: Callable[..., sim.Run], expected: Files, tmp_path: Path, name: str
) -> None:
    end, what, _ = ENDS[name]
    with pytest.warns(UserWarning, match="new ones go on with their work") as told:
        result = run(once(tmp_path / "ended", end))
    assert contents(result.folder) == expected
    assert result.record["run"]["engine"] == "processes"
    assert sum(what in str(one.message) for one in told) == 1


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.filterwarnings("ignore:.*new ones go on")
def test_workers_that_die_again_and_again_are_told_with_their_own_cure(
    run: Callable[..., sim.Run], expected: Files, tmp_path: Path, name: str
) -> None:
    end, what, cure = ENDS[name]
    with pytest.raises(sim.RunError) as caught:
        run(end)
    said = str(caught.value)
    assert what in said
    assert cure in said
    others = {words for other in ENDS.values() for words in other[1:]} - {what, cure}
    assert not any(words in said for words in others)
    assert "nothing is kept" in said
    assert not (tmp_path / "out").exists()
    assert contents(run().folder) == expected


@pytest.mark.determinism
@pytest.mark.parametrize("ending", [signal.SIGCONT, signal.SIGKILL], ids=["goes on", "is killed"])
@pytest.mark.filterwarnings("ignore:.*new ones go on")
def test_a_worker_that_is_stopped_is_told_once(
    run: Callable[..., sim.Run],
    expected: Files,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: signal.Signals,
) -> None:
    monkeypatch.setattr(workers, "_WATCH_SECONDS", 0.2)
    stopped = tmp_path / "stopped"

    def stop() -> None:
        stopped.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGSTOP)

    def release() -> None:
        until = time.monotonic() + 60
        while not (stopped.is_file() and stopped.read_text()) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(2)
        os.kill(int(stopped.read_text()), ending)

    helper = threading.Thread(target=release)
    helper.start()
    with pytest.warns(UserWarning, match="has been stopped, and the run waits for it") as told:
        result = run(once(stopped, stop))
    helper.join()
    assert contents(result.folder) == expected
    pid = stopped.read_text()
    words = [str(one.message) for one in told if "has been stopped" in str(one.message)]
    assert len(words) == 1
    assert f"kill -CONT {pid}" in words[0]


@pytest.mark.determinism
def test_workers_that_are_stopped_when_all_is_done_hold_nothing_up(
    run: Callable[..., sim.Run], expected: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform = workers.perform
    stopped: list[int] = []

    def perform_and_stop(*given: Any) -> None:
        perform(*given)
        stopped.extend(child.pid or 0 for child in multiprocessing.active_children())
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)

    monkeypatch.setattr(workers, "perform", perform_and_stop)
    monkeypatch.setattr(worker_processes, "_GOODBYE_SECONDS", 0.5)
    assert contents(run().folder) == expected
    assert len(stopped) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in stopped)


def test_a_long_silence_is_told(
    run: Callable[..., sim.Run], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workers, "_WATCH_SECONDS", 0.1)
    monkeypatch.setattr(workers, "_SILENCE_SECONDS", 0.5)
    with pytest.warns(UserWarning, match="No worker has got any further for 0.5 seconds"):
        run(once(tmp_path / "slept", lambda: time.sleep(3)), workers=2, replications=2)


NO_PLACE: dict[str, Exception] = {
    "not there": OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)),
    "no file": FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)),
    "not allowed": PermissionError(errno.EACCES, os.strerror(errno.EACCES)),
    "full": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "not built": ImportError("This platform lacks a functioning sem_open implementation"),
}


@pytest.mark.parametrize("name", NO_PLACE)
def test_without_memory_to_share_the_run_is_done_in_one_process(
    run: Callable[..., sim.Run], expected: Files, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fails(*given: object) -> object:
        raise NO_PLACE[name]

    monkeypatch.setattr("multiprocessing.synchronize._multiprocessing.SemLock", fails)
    with pytest.warns(UserWarning, match="a usable /dev/shm") as told:
        result = run()
    assert len(told) == 1
    assert result.record["run"]["engine"] == "serial"
    assert contents(result.folder) == expected


def test_no_further_process_is_told_with_its_own_cure(
    run: Callable[..., sim.Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", fails)
    with pytest.raises(sim.RunError, match="no further process can be started") as caught:
        run()
    assert "fewer --workers or --engine serial" in str(caught.value)
    assert "memory" not in str(caught.value)
