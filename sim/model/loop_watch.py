"""Foreign code that loops and gives nothing back is interrupted, in whatever thread it runs.

A process that lets no time pass is noticed by its events (`live_until`); a loop that yields no
event at all holds its thread for ever, and only another thread can end it.
"""

from __future__ import annotations

import ctypes
import threading
import time
from types import TracebackType

# Seconds of the processor for one turn: a country's institutions from one week to the next, or a
# regime that is made. (An assumption: both take some thousandths of one.)
MOST_SECONDS = 60.0
_LOOK_SECONDS = 1.0


class EndlessLoopError(BaseException):
    """A turn has come to no end. No Exception, so that a regime's own `except Exception` lets it
    through."""


class LoopWatch:
    """Watches the thread that opens it: `turn` is odd while foreign code has its turn, and moves
    on with each.

    EndlessLoopError is raised in the watched thread once a turn has used MOST_SECONDS of the
    processor, so that a machine that sleeps, or a process that was stopped, is not taken for a
    loop. What waits in the system (a sleep, a network) uses none and is not interrupted.
    """

    def __init__(self) -> None:
        self.turn = 0
        self._end = threading.Event()
        self._watched = threading.get_ident()
        self._thread = threading.Thread(target=self._look, name="loop watch", daemon=True)

    def __enter__(self) -> LoopWatch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        turn, began, used = self.turn, time.monotonic(), time.process_time()
        while not self._end.wait(min(_LOOK_SECONDS, MOST_SECONDS / 4)):
            if self.turn != turn or turn % 2 == 0:
                turn, began, used = self.turn, time.monotonic(), time.process_time()
                continue
            # Both: other threads of this process may use its processors too.
            lasted = min(time.monotonic() - began, time.process_time() - used)
            if lasted >= MOST_SECONDS:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._watched), ctypes.py_object(EndlessLoopError)
                )
