"""Where a run is built: a hidden folder beside the run folder, safe against any end.

A part goes in under a temporary name and is then renamed to one that carries the hash of
its bytes, so that whatever happens, a part that is there under its own name is whole, or
shows that it is not. One process at a time may build a run.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sim.inputs.files.problems import InputError, Problem
from sim.runs.chunk import Chunk, ChunkResult, chunk_name, close_chunks, spec_of
from sim.runs.errors import RunError
from sim.runs.machine import try_lock


@dataclass(frozen=True)
class StagingFolder:
    """The folder in which one run is being built; `final` is where it goes."""

    folder: Path
    final: Path

    @property
    def parts_folder(self) -> Path:
        """Where the finished parts are."""
        return self.folder / "parts"

    @property
    def new(self) -> Path:
        """Where the run folder takes shape before it is put in its place."""
        return self.folder / "new"

    def keep(self, done: ChunkResult) -> Chunk:
        """Store a part. Raises RunError where the disk is full or fails."""
        name = chunk_name(self.final.name, done.block, done.data)
        unfinished = self.parts_folder / f"{name}.tmp"
        try:
            write_durably(unfinished, done.data)
            unfinished.rename(self.parts_folder / name)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise disk_failed(error) from error
        return Chunk(self.parts_folder / name)

    def sound_parts(self) -> tuple[list[Chunk], int]:
        """The parts whose bytes are what their names say, and how many were thrown away."""
        sound: list[Chunk] = []
        spoilt = 0
        for path in sorted(self.parts_folder.iterdir()):
            if self._is_sound(path):
                sound.append(Chunk(path))
            else:
                path.unlink()
                spoilt += 1
        return sound, spoilt

    def _is_sound(self, path: Path) -> bool:
        try:
            block = spec_of(path.name)
        except ValueError:
            return False
        return path.name == chunk_name(self.final.name, block, path.read_bytes())

    def missing(
        self, parts: Sequence[Chunk], run_scenarios: int, upto: int
    ) -> dict[int, list[int]]:
        """For each scenario of the run, the replications from 1 to `upto` that no part holds."""
        have: dict[int, set[int]] = {run_scenario: set() for run_scenario in range(run_scenarios)}
        for part in parts:
            for run_scenario in part.block.run_scenarios:
                have[run_scenario].update(part.block.replications)
        return {
            run_scenario: [r for r in range(1, upto + 1) if r not in have[run_scenario]]
            for run_scenario in have
        }

    def clear(self) -> None:
        """Throw away the parts that an earlier attempt left."""
        close_chunks()
        shutil.rmtree(self.parts_folder, ignore_errors=True)
        self.parts_folder.mkdir()

    def start_new(self) -> Path:
        """Make `new` and nothing in it: an attempt that ended while writing leaves it half full."""
        if self.new.exists():
            shutil.rmtree(self.new)
        self.new.mkdir()
        return self.new

    def has_parts(self) -> bool:
        """Whether anything is there that a resumed run could use."""
        return any(self.parts_folder.glob("*.part"))


@contextmanager
def open_staging(final: Path) -> Iterator[StagingFolder]:
    """Lock the building place of the run folder `final`.

    When the block ends it is removed, unless it ends with an exception and finished parts
    are there for `--resume`. Raises InputError where another process builds the same run or
    the place cannot be written.
    """
    folder = final.parent / f".{final.name}"
    made = [path for path in (final.parent, final.parent.parent) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = try_lock(folder / "lock")
    except OSError as error:
        what = f"cannot be written: {_reason(error)}"
        raise InputError(Problem(str(final.parent), what, "choose another --out")) from error
    if lock is None:
        raise InputError(
            Problem(
                str(final),
                f"another process is building this run ({_holder(folder / 'lock')})",
                "wait for it, or stop it and use --resume",
            )
        )
    with lock:
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {socket.gethostname()}")
        lock.flush()
        workshop = StagingFolder(folder, final)
        workshop.parts_folder.mkdir(exist_ok=True)
        try:
            yield workshop
        except BaseException:
            if not workshop.has_parts():
                _remove(folder, made)
            raise
        _remove(folder, [])


def write_durably(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def disk_failed(error: OSError) -> RunError:
    """The failure of a run whose files cannot be written."""
    where = f" ({error.filename})" if error.filename else ""
    return RunError(
        f"the run cannot be written: {_reason(error)}{where}",
        "the finished parts are kept: make room, then run again with --resume",
    )


def _holder(lock: Path) -> str:
    with contextlib.suppress(OSError):
        return lock.read_text() or "just started"
    return "unknown"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _remove(folder: Path, made: Sequence[Path]) -> None:
    close_chunks()
    shutil.rmtree(folder, ignore_errors=True)
    for path in made:
        with contextlib.suppress(OSError):  # not empty: something else is there
            path.rmdir()
