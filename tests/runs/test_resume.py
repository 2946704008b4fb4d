"""Whatever ends a run, resuming it ends with the same bytes."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from sim.results.chunk_file import Chunk, ChunkSpec
from sim.runs import plan, staging
from sim.runs.staging import try_lock
from tests.helpers.run_folders import Simulate, contents

pytestmark = pytest.mark.standard

COMMAND = [
    *(sys.executable, str(Path(__file__).parents[1] / "helpers" / "fake_engine.py")),
    *("--scenario", "trusts-2016", "--years", "2", "--replications", "40"),
    *("--no-charts", "--quiet", "--workers", "2"),
]


def start(out: Path, *more: str, seconds: float = 0.05) -> subprocess.Popen[bytes]:
    env = os.environ | {"FAKE_ENGINE_SECONDS": str(seconds)}
    return subprocess.Popen(
        [*COMMAND, "--out", str(out), *more],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def only_run(out: Path) -> Path:
    (folder,) = [path for path in (out / "trusts-2016").iterdir() if path.name[0] != "."]
    return folder


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MOST_COUNTRIES", 4)


def stop_after(chunks: int, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make the storing of a chunk fail once so many have been stored."""
    store, stored = staging.StagingFolder.store, 0

    def failing(self: staging.StagingFolder, spec: ChunkSpec, data: bytes) -> Chunk:
        nonlocal stored
        if stored == chunks:
            monkeypatch.setattr(staging.StagingFolder, "store", store)
            raise error
        stored += 1
        return store(self, spec, data)

    monkeypatch.setattr(staging.StagingFolder, "store", failing)


@pytest.mark.determinism
@pytest.mark.usefixtures("small_chunks")
def test_ctrl_c_leaves_only_finished_chunks_and_resume_goes_on(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = contents(run_fake(out=tmp_path / "whole").folder)
    stop_after(3, monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt) as caught:
        run_fake()
    assert "15 finished replications are kept" in caught.value.__notes__[0]
    left = list((tmp_path / "out" / "trusts-2016").iterdir())
    assert [path.name[0] for path in left] == ["."]  # hidden, and no run folder
    result = run_fake(resume=True)
    assert contents(result.folder) == expected
    assert result.record["run"]["replications_from_an_earlier_attempt"] == 15


@pytest.mark.usefixtures("small_chunks")
def test_ctrl_c_before_anything_is_finished_leaves_nothing(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stop_after(0, monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run_fake(out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.determinism
@pytest.mark.usefixtures("small_chunks")
def test_a_full_disk_stops_the_run_and_resume_goes_on(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = contents(run_fake(out=tmp_path / "whole").folder)
    write, written = staging.write_durably, 0

    def full(path: Path, data: bytes) -> None:
        nonlocal written
        written += 1
        if written == 4:
            path.write_bytes(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, data)

    monkeypatch.setattr(staging, "write_durably", full)
    with pytest.raises(sim.RunError, match="no space left on device"):
        run_fake()
    assert contents(run_fake(resume=True).folder) == expected


@pytest.mark.determinism
@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "no space left")])
def test_stopped_while_its_tables_are_written_a_run_is_resumed(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: BaseException
) -> None:
    expected = contents(run_fake(out=tmp_path / "whole").folder)

    def half(self: plan.Plan, new: Path, *rest: object) -> None:
        (new / "replications.csv").write_text("half")
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(plan.Plan, "write_tables", half)
        with pytest.raises((KeyboardInterrupt, sim.RunError)):
            run_fake()
    result = run_fake(resume=True)
    assert contents(result.folder) == expected
    assert result.record["run"]["replications_from_an_earlier_attempt"] == 30


@pytest.mark.determinism
@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("how", ["flip", "cut", "empty", "rename"])
def test_a_spoilt_chunk_is_found_and_made_again(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str
) -> None:
    expected = contents(run_fake(out=tmp_path / "whole").folder)
    stop_after(3, monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run_fake()
    victim = sorted((tmp_path / "out").rglob("*.chunk"))[1]
    data = bytearray(victim.read_bytes())
    if how == "flip":
        data[len(data) // 2] ^= 1
        victim.write_bytes(data)
    elif how == "cut":
        victim.write_bytes(data[:-10])
    elif how == "empty":
        victim.write_bytes(b"")
    else:
        victim.rename(victim.with_name("0+1+2+3.6-6." + victim.name.split(".")[2] + ".chunk"))
        # Its bytes are sound, but it now claims another replication's place.
    result = run_fake(resume=True)
    assert contents(result.folder) == expected
    assert result.record["run"]["spoilt_chunks_redone"] == 1


def test_resuming_with_other_workers_and_batches_gives_the_same(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = contents(run_fake(out=tmp_path / "whole", replications=9).folder)
    monkeypatch.setattr(plan, "MOST_COUNTRIES", 8)
    stop_after(2, monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run_fake(replications=9)
    monkeypatch.setattr(plan, "MOST_COUNTRIES", 100)
    result = run_fake(replications=9, resume=True, engine="processes", workers=2)
    assert contents(result.folder) == expected


def test_without_resume_a_run_starts_from_nothing(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST_COUNTRIES", 4)
    stop_after(3, monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run_fake()
    assert run_fake().record["run"]["replications_from_an_earlier_attempt"] == 0


def test_resuming_a_finished_run_runs_nothing(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_fake()
    monkeypatch.delattr("sim.model.simulation.run_batch")
    assert run_fake(resume=True).record == first.record


@pytest.mark.bad_input
def test_two_runs_into_one_folder_are_refused(run_fake: Simulate, tmp_path: Path) -> None:
    folder = run_fake().folder
    place = folder.parent / f".{folder.name}"
    place.mkdir()
    lock = try_lock(place / "lock")
    assert lock is not None
    with lock, pytest.raises(sim.InputError, match="another process is building this run"):
        run_fake()
    run_fake()  # free again


@pytest.mark.full
@pytest.mark.determinism
def test_killed_at_twenty_random_moments_a_run_ends_with_the_same_bytes(tmp_path: Path) -> None:
    whole = start(tmp_path / "whole", seconds=0.01)
    assert whole.wait(60) == 0
    expected = contents(only_run(tmp_path / "whole"))
    moments = random.Random(20)
    out = tmp_path / "killed"
    kills = 0
    while kills < 20:
        process = start(out, "--resume")
        try:
            code = process.wait(moments.uniform(0.05, 1.6))
        except subprocess.TimeoutExpired:
            process.send_signal(moments.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT]))
            process.wait(30)
            kills += 1
            continue
        assert code == 0, process.stderr.read() if process.stderr else ""
        # It got through: what it made is checked, and the next one starts from nothing.
        assert contents(only_run(out)) == expected
        out = tmp_path / f"killed after {kills}"
    last = start(out, "--resume")
    assert last.wait(60) == 0
    assert contents(only_run(out)) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_workers_do_not_outlive_a_killed_run(tmp_path: Path) -> None:
    process = start(tmp_path, seconds=30)
    deadline = time.monotonic() + 20
    children: list[int] = []
    listing = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while len(children) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
        children = [int(pid) for pid in listing.read_text().split()]
    assert len(children) == 2
    process.kill()
    process.wait()
    while any(_is_alive(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_is_alive(pid) for pid in children)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
