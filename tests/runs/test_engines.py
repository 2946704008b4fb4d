"""The real engine gives the same bytes on every executor; Dask on a real cluster."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.runs import plan, workers
from tests.helpers.run_folders import contents

pytestmark = pytest.mark.standard

QUICK = {"years": 1, "replications": 4, "quiet": True, "events": 2}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the serial engine gives in one batch."""
    out = tmp_path_factory.mktemp("serial")
    result = sim.simulate("trusts-2016", out=out, engine="serial", **QUICK)
    return contents(result.folder)


@pytest.mark.determinism
@pytest.mark.standard
def test_serial_and_processes_give_the_same_bytes_at_any_batch_size(
    expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST_COUNTRIES", 5)
    result = sim.simulate("trusts-2016", out=tmp_path, engine="processes", workers=2, **QUICK)
    assert contents(result.folder) == expected


class Cluster:
    """A `dask scheduler` and `dask worker` processes on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._log = folder / "scheduler"
        self._scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        self.address = self._wait_for_address()

    def add_worker(self) -> None:
        folder = str(self.folder / f"worker {len(self.workers)}")
        more = ("--nthreads", "1", "--no-dashboard", "--local-directory", folder)
        self.workers.append(self._start("worker", self.address, *more))

    def lose_scheduler(self) -> None:
        self._scheduler.kill()
        self._scheduler.wait()

    def close(self) -> None:
        for process in (*self.workers, self._scheduler):
            process.kill()
            process.wait()

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments]
        if arguments[0] == "scheduler":
            command += ["--no-dashboard"]
        with self._log.open("ab") as log:
            # A worker must not restart itself: the test kills it for good.
            more = ("--no-nanny",) if arguments[0] == "worker" else ()
            return subprocess.Popen([*command, *more], stdout=log, stderr=log, env=os.environ)

    def _wait_for_address(self) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = re.search(rb"Scheduler at:\s+(tcp://\S+)", self._log.read_bytes())
            if found:
                return found[1].decode()
            time.sleep(0.1)
        raise AssertionError(self._log.read_text())


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    found = Cluster(tmp_path)
    yield found
    found.close()


@pytest.mark.determinism
@pytest.mark.full
def test_dask_gives_the_same_bytes_though_a_worker_is_killed_half_way(
    cluster: Cluster,
    expected: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan, "MOST_COUNTRIES", 4)
    cluster.add_worker()
    cluster.add_worker()
    time.sleep(3)

    from sim.runs import staging

    store = staging.StagingFolder.store

    def killing(self: staging.StagingFolder, spec: Any, data: bytes) -> Any:
        cluster.workers[0].kill()
        return store(self, spec, data)

    monkeypatch.setattr(staging.StagingFolder, "store", killing)
    result = sim.simulate(
        "trusts-2016",
        out=tmp_path / "out",
        engine="dask",
        scheduler=cluster.address,
        **QUICK,
    )
    assert cluster.workers[0].poll() is not None
    assert contents(result.folder) == expected


@pytest.mark.bad_input
@pytest.mark.full
def test_a_scheduler_that_is_lost_half_way_is_told_and_the_rest_is_run_elsewhere(
    cluster: Cluster,
    expected: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan, "MOST_COUNTRIES", 4)
    cluster.add_worker()
    time.sleep(3)

    from sim.runs import staging

    store = staging.StagingFolder.store

    def killing(self: staging.StagingFolder, spec: Any, data: bytes) -> Any:
        cluster.lose_scheduler()
        return store(self, spec, data)

    how: dict[str, Any] = {**QUICK, "out": tmp_path / "out"}
    with monkeypatch.context() as patch:
        patch.setattr(staging.StagingFolder, "store", killing)
        with pytest.raises(sim.RunError, match="the Dask scheduler is gone") as caught:
            sim.simulate("trusts-2016", engine="dask", scheduler=cluster.address, **how)
    assert "memory" not in str(caught.value)
    assert "finished replications are kept" in str(caught.value)
    assert contents(sim.simulate("trusts-2016", engine="serial", resume=True, **how).folder) == (
        expected
    )


@pytest.mark.bad_input
@pytest.mark.full
def test_a_cluster_without_workers_or_with_other_versions_is_told(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run() -> object:
        return sim.simulate(
            "trusts-2016",
            out=tmp_path / "out",
            engine="dask",
            scheduler=cluster.address,
            **QUICK,
        )

    assert _seconds(run, "has no workers") < 10
    cluster.add_worker()
    there = workers.fingerprint()
    monkeypatch.setattr(workers, "fingerprint", _other(there))
    assert _seconds(run, "numpy") < 30
    assert not (tmp_path / "out").exists()


def _other(there: dict[str, str]) -> Callable[[], dict[str, str]]:
    calls = 0

    def fingerprint() -> dict[str, str]:
        nonlocal calls
        calls += 1
        return there | {"numpy": "0.1"} if calls == 1 else there

    return fingerprint


@pytest.mark.bad_input
def test_an_unreachable_scheduler_is_told_within_ten_seconds(tmp_path: Path) -> None:
    pytest.importorskip("distributed")

    def run() -> object:
        return sim.simulate(
            "trusts-2016",
            out=tmp_path / "out",
            engine="dask",
            scheduler="tcp://127.0.0.1:9",
            **QUICK,
        )

    assert _seconds(run, "no Dask scheduler answers") < 10
    assert not (tmp_path / "out").exists()


def _seconds(run: Callable[[], object], message: str) -> float:
    began = time.monotonic()
    with pytest.raises(sim.InputError, match=message):
        run()
    return time.monotonic() - began


@pytest.mark.bad_input
@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 200])
def test_what_listens_but_is_no_scheduler_is_told_as_soon(tmp_path: Path, says: bytes) -> None:
    pytest.importorskip("distributed")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with suppress(OSError), listener.accept()[0] as caller:
                caller.sendall(says)
                caller.recv(4096)
                time.sleep(8)

        threading.Thread(target=answer, daemon=True).start()

        def run() -> object:
            return sim.simulate(
                "trusts-2016",
                out=tmp_path / "out",
                engine="dask",
                scheduler=f"tcp://127.0.0.1:{listener.getsockname()[1]}",
                **QUICK,
            )

        assert _seconds(run, "no Dask scheduler answers") < 10
