"""Where a run is built: a hidden folder beside the run folder, safe against any end.

A chunk goes in under a temporary name and is then renamed to one that carries the hash of
its bytes, so that whatever happens, a chunk that is there under its own name is whole, or
shows that it is not. One process at a time may build a run; the finished folder is put in its
place whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sim.inputs.files.problems import InputError, Problem
from sim.results.chunk_file import Chunk, ChunkSpec, chunk_name, close_chunks, spec_of
from sim.results.identity import sha256_of_file
from sim.results.metadata import RECORD, damage, read_record, record_bytes
from sim.results.run_record import contradictions, first_of
from sim.runs.errors import RunError, reason_of

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


# Pictures and pages may differ between versions of the drawing libraries; they are made anew.
_DRAWN = ("charts/", "maps/", "briefing", "explorer")


@dataclass(frozen=True)
class StagingFolder:
    """The folder in which one run is being built; `final` is where it goes."""

    folder: Path
    final: Path

    @property
    def chunks_folder(self) -> Path:
        """Where the finished chunks are."""
        return self.folder / "chunks"

    @property
    def new(self) -> Path:
        """Where the run folder takes shape before it is put in its place."""
        return self.folder / "new"

    def store(self, spec: ChunkSpec, data: bytes, *, second: bool = False) -> Chunk:
        """Store a chunk, among those of second runs or the others. Raises OSError where the disk
        is full or fails."""
        name = chunk_name(self.final.name, spec, data)
        folder = self._chunks(second)
        unfinished = folder / f"{name}.tmp"
        try:
            write_durably(unfinished, data)
            unfinished.rename(folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise
        return Chunk(folder / name)

    @property
    def _libraries(self) -> Path:
        return self.folder / "libraries.jsonl"

    def note_libraries(self, versions: Mapping[str, str]) -> None:
        """Note the libraries that make a part, before it is stored. Raises OSError where the
        disk is full or fails."""
        if versions in self._noted():
            return
        with self._libraries.open("a", encoding="utf-8") as file:
            file.write(json.dumps(dict(versions)) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def libraries_of(self, chunks: Sequence[Chunk]) -> list[Mapping[str, str]]:
        """The libraries that made what an earlier attempt left."""
        return self._noted() if chunks else []

    def _noted(self) -> list[Mapping[str, str]]:
        noted: list[Mapping[str, str]] = []
        with contextlib.suppress(OSError):
            for line in self._libraries.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError):  # the last line may be cut short
                    noted.append(json.loads(line))
        return noted

    def sound_chunks(self, *, second: bool = False) -> tuple[list[Chunk], int]:
        """The chunks whose bytes are what their names say, and how many were thrown away."""
        sound: list[Chunk] = []
        spoilt = 0
        for path in sorted(self._chunks(second).iterdir()):
            if self._is_sound(path):
                sound.append(Chunk(path))
            else:
                _throw_away(path)
                spoilt += 1
        return sound, spoilt

    def _chunks(self, second: bool) -> Path:
        return self.folder / "second" if second else self.chunks_folder

    def _is_sound(self, path: Path) -> bool:
        if path.is_symlink() or not path.is_file():
            return False
        try:
            spec = spec_of(path.name)
        except ValueError:
            return False
        return path.name == chunk_name(self.final.name, spec, path.read_bytes())

    def missing(self, chunks: Sequence[Chunk], units: int, upto: int) -> dict[int, list[int]]:
        """For each unit of the run, the replications from 1 to `upto` that no chunk holds."""
        have: dict[int, set[int]] = {unit: set() for unit in range(units)}
        for chunk in chunks:
            for unit in chunk.spec.units:
                have[unit].update(chunk.spec.replications)
        return {unit: [r for r in range(1, upto + 1) if r not in have[unit]] for unit in have}

    def clear(self) -> None:
        """Throw away the chunks that an earlier attempt left."""
        close_chunks()
        for second in (False, True):
            _throw_away(self._chunks(second))
        self._libraries.unlink(missing_ok=True)
        self.make_folders()

    def make_folders(self) -> None:
        """Make the folders of the chunks where they are not there."""
        for second in (False, True):
            if self._chunks(second).is_file():
                _throw_away(self._chunks(second))
            self._chunks(second).mkdir(exist_ok=True)

    def start_new(self) -> Path:
        """Make `new` and nothing in it: an attempt that ended while writing leaves it half full."""
        if self.new.exists():
            _throw_away(self.new)
        self.new.mkdir()
        return self.new


@contextmanager
def open_staging(final: Path) -> Iterator[StagingFolder]:
    """Lock the building place of the run folder `final`.

    When the block ends it is removed, unless it ends with an exception and finished chunks
    are there for `--resume`. Raises InputError where another process builds the same run or
    the place cannot be written.
    """
    folder = final.parent / f".{final.name}"
    made = [path for path in (final.parent, final.parent.parent) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = try_lock(folder / "lock")
    except OSError as error:
        what = f"cannot be written: {reason_of(error)}"
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
        staging = StagingFolder(folder, final)
        staging.make_folders()
        try:
            yield staging
        except BaseException:
            if not any(staging.chunks_folder.glob("*.chunk")):  # nothing for --resume
                _remove(folder, made)
            raise
        _remove(folder, [])


def check_place(final: Path) -> bool:
    """Whether a complete run is already there.

    Raises InputError where something else is: it is never overwritten.
    """
    if not final.exists():
        return False
    try:
        record = read_record(final)
        wrong = [*contradictions(record), *damage(final, record)]
    except InputError as error:
        wrong = [problem.what for problem in error.problems]
    if wrong:
        raise InputError(
            Problem(
                str(final),
                f"is in the way and is not a complete run: {first_of(wrong, '; ')}",
                "move it away, or choose another --out",
            )
        )
    return True


def publish(new: Path, final: Path, record: dict[str, Any]) -> None:
    """Write the record into `new` and make it the folder `final`.

    Where the same run is there already, the files must be the same and only the record is
    replaced (and what is drawn). Raises RunError where they are not the same: that means
    that the library versions differ, or that the program is wrong.
    """
    write_durably(new / RECORD, record_bytes(record))
    if not final.exists():
        os.rename(new, final)
        return
    names = [*record["outputs"]]
    there = [name for name in names if (final / name).exists()]
    other = [
        name
        for name in there
        if not name.startswith(_DRAWN)
        and sha256_of_file(final / name) != record["outputs"][name]["sha256"]
    ]
    if other:
        before = read_record(final).get("libraries", {})
        moved = [
            f"{library} {before.get(library)} then, {version} now"
            for library, version in record["libraries"].items()
            if before.get(library) != version
        ]
        raise RunError(
            f"{final} holds the same run with other figures in {', '.join(other)} "
            f"({'; '.join(moved) or 'the libraries are the same: please report this'})",
            "move the old folder away, then run again with --resume",
        )
    for name in names:
        if name not in there or name.startswith(_DRAWN):
            (final / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(new / name, final / name)
    os.replace(new / RECORD, final / RECORD)


def try_lock(path: Path) -> IO[str] | None:
    """Lock a file for this process, or None where another process holds it.

    The system frees the lock when the process ends, however it ends. Closing the file frees
    it too.
    """
    while True:
        file = path.open("a+")
        try:
            _lock(file)
        except OSError:
            file.close()
            return None
        # The holder before us may have removed the file between our opening and locking it.
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()


def write_durably(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _holder(lock: Path) -> str:
    with contextlib.suppress(OSError):
        return lock.read_text() or "just started"
    return "unknown"


def _throw_away(path: Path) -> None:
    """Remove a file, a link or, under the name of a chunk, a folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remove(folder: Path, made: Sequence[Path]) -> None:
    close_chunks()
    shutil.rmtree(folder, ignore_errors=True)
    for path in made:
        with contextlib.suppress(OSError):  # not empty: something else is there
            path.rmdir()
