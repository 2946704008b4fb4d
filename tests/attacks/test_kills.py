"""Commands on the real engine, killed and stopped at random moments: the same bytes in the end."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.run_folders import Files, contents

pytestmark = [
    pytest.mark.full,
    pytest.mark.determinism,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

PROJECT = Path(__file__).parents[2]
KILLS = 4  # of each command; how many a run survives, hundreds were tried on the stand-in
PATIENCE = 300  # seconds for a command on a busy machine
ALIKE = ("--quiet", "--workers", "2")
FIT = ("--first", "100", "--later", "50", "--sets", "20", "--fit-until", "2018-03-31")
COMMANDS: dict[str, tuple[str, ...]] = {
    "run": (
        *("--scenario", "trusts-2016", "--against", "no-intervention", "--years", "2"),
        *("--replications", "12", "--no-charts", *ALIKE),
    ),
    "sweep": (
        *("sweep", "--scenario", "trusts-2016", "--set", "regime.name=takeover,peer_support"),
        *("--years", "2", "--replications", "8", *ALIKE),
    ),
    "explore": (
        *("explore", "--scenario", "trusts-2016", "--against", "no-intervention", *ALIKE),
        *("--samples", "40", "--years", "1", "--replications", "1"),
    ),
    "calibrate": ("calibrate", *FIT, "--dry-run"),
}
WITH_WORKERS = ("run", "sweep", "explore")


@dataclass
class Command:
    """A command that runs, with what it has said so far."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def workers(self) -> list[int]:
        """Its worker processes."""
        listing = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with suppress(OSError):
            return [int(pid) for pid in listing.read_text().split()]
        return []

    def ends_well(self) -> None:
        assert self.process.wait(PATIENCE) == 0, self.said()[-2000:]
        assert "Traceback" not in self.said()

    def some_worker(self, chance: random.Random) -> int | None:
        """One of its workers, once there are any; None where it ends before."""
        found = self.await_(lambda: len(self.workers()) > 1)
        return chance.choice(self.workers() or [0]) or None if found else None

    def await_(self, happens: Callable[[], bool]) -> bool:
        """Whether something happens before the command ends."""
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            if happens():
                return True
            time.sleep(0.02)
        return False


@contextmanager
def started(out: Path, *arguments: str) -> Iterator[Command]:
    """A command on its way; whatever is left of it in the end is killed."""
    out.mkdir(parents=True, exist_ok=True)
    log = out / f"said {time.monotonic_ns()}.txt"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.helpers.small_chunks", *arguments],
            cwd=out,
            env=os.environ | {"PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Command(process, log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its own session: its workers and nobody else
        process.wait(30)


def made(out: Path) -> Files:
    """What a command has left in `outputs`, but for what it measured of itself."""
    folders = [path.parent for path in (out / "outputs").rglob("record.json")]
    if folders:
        (folder,) = folders
        assert not any(path.name.startswith(".") for path in folder.parent.iterdir())
        return contents(folder)
    found = [path for path in sorted((out / "outputs").rglob("*")) if path.is_file()]
    return {path.name: path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Files, float]]:
    """What each command makes where nobody ends it, and in how many seconds."""
    known: dict[str, tuple[Files, float]] = {}

    def of(name: str) -> tuple[Files, float]:
        if name not in known:
            out = tmp_path_factory.mktemp(f"unbroken-{name}")
            began = time.monotonic()
            with started(out, *COMMANDS[name]) as command:
                command.ends_well()
            known[name] = made(out), time.monotonic() - began
            assert known[name][0]
        return known[name]

    return of


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_killed_again_and_again_is_resumed(
    name: str, unbroken: Callable[[str], tuple[Files, float]], tmp_path: Path
) -> None:
    expected, seconds = unbroken(name)
    chance = random.Random(name)
    for _ in range(KILLS):
        with started(tmp_path, *COMMANDS[name], "--resume") as command:
            with suppress(subprocess.TimeoutExpired):
                command.process.wait(chance.uniform(0.1, 0.9) * seconds)
                command.ends_well()
                break  # what an earlier attempt left was nearly all
            command.process.kill()
    with started(tmp_path, *COMMANDS[name], "--resume") as command:
        command.ends_well()
    assert made(tmp_path) == expected


@pytest.mark.parametrize("name", WITH_WORKERS)
def test_a_worker_that_is_killed_is_replaced(
    name: str, unbroken: Callable[[str], tuple[Files, float]], tmp_path: Path
) -> None:
    expected, seconds = unbroken(name)
    chance = random.Random(f"worker of {name}")
    with started(tmp_path, *COMMANDS[name]) as command:
        for _ in range(2):
            victim = command.some_worker(chance)
            assert victim is not None
            time.sleep(chance.uniform(0.0, 0.1) * seconds)
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            assert command.await_(lambda gone=victim: gone not in command.workers())
        command.ends_well()
        assert "new ones go on with their work" in command.said()
    assert made(tmp_path) == expected


@pytest.mark.parametrize("ending", [signal.SIGCONT, signal.SIGKILL], ids=["goes on", "is killed"])
@pytest.mark.parametrize("name", WITH_WORKERS)
def test_a_worker_that_is_stopped_is_told(
    name: str,
    ending: signal.Signals,
    unbroken: Callable[[str], tuple[Files, float]],
    tmp_path: Path,
) -> None:
    expected, _ = unbroken(name)
    with started(tmp_path, *COMMANDS[name]) as command:
        victim = command.some_worker(random.Random(f"stopped worker of {name}"))
        assert victim is not None
        os.kill(victim, signal.SIGSTOP)
        words = f"Worker process {victim} has been stopped"
        told = command.await_(lambda: words in command.said())
        # Where all was done before it was looked for, nobody waits for it.
        assert told or command.process.poll() == 0, command.said()[-2000:]
        if told:
            os.kill(victim, ending)
        command.ends_well()
        assert command.said().count(words) == told
    assert made(tmp_path) == expected
