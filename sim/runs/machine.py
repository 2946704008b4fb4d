"""What differs between operating systems: file locks, peak memory, counting processors."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def peak_memory_mb() -> float:
        """The most memory this process has held, in MB; NaN where the system cannot tell."""
        return float("nan")

else:
    import fcntl
    import resource

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def peak_memory_mb() -> float:
        """The most memory this process has held, in MB; NaN where the system cannot tell."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
