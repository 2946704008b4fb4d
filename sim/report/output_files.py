"""Writing what a reader takes away: whole files or none, and one line where a place is locked."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.inputs.files.problems import InputError, Problem


def write_files(contents: Mapping[Path, bytes]) -> list[Path]:
    """Write files beside their places and rename them once all are whole; the paths, in order.

    Raises OSError, with every file as it was, where one is locked, read-only or a folder, or its
    folder cannot be written to.
    """
    unfinished = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in contents}
    try:
        for path in contents:
            path.parent.mkdir(parents=True, exist_ok=True)
            _check_replaceable(path)
        for path, content in contents.items():
            unfinished[path].write_bytes(content)
        for path, whole in unfinished.items():
            os.replace(whole, path)
    finally:
        for whole in unfinished.values():
            with suppress(OSError):
                whole.unlink(missing_ok=True)
    return [*contents]


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn what the system says of a place that cannot be written into a problem of the user's.

    Raises InputError instead of OSError; it names the file where the system does, else `place`.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "close it where it is open, or choose another place"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = "make room, then write it again"
        where = str(error.filename or place)
        raise InputError(Problem(where, f"cannot be written: {reason}", hint)) from None


def _check_replaceable(path: Path) -> None:
    """Raise OSError where a file that may not be written is there: renaming would replace it."""
    if not path.exists():
        return
    if not path.stat().st_mode & 0o222:  # so also for an administrator
        raise PermissionError(errno.EACCES, "is read-only", str(path))
    with path.open("r+b"):
        return
