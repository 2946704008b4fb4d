"""The SimPy generators that institutions are written as, the clock they live by, and what notices
that one comes to no end: by its events where it lets no time pass (`live_until`); from another
thread where it yields no event at all, and holds its own for ever (`LoopWatch`)."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import simpy

if TYPE_CHECKING:
    from simpy.events import ProcessGenerator

T = TypeVar("T")

# A procedure that yields events; `Answer[T]` also returns something to its caller.
Process = Generator[simpy.Event, Any, None]
Answer = Generator[simpy.Event, Any, T]


# So many events of one country within a moment are no life: something waits for nothing, over and
# over. (An assumption: a week of a country has some hundred.)
MOST_EVENTS = 200_000
A_MOMENT = 1e-3  # days
# Seconds of the processor for one turn: a country's institutions from one week to the next, or a
# regime that is made. (An assumption: both take some thousandths of one.)
MOST_SECONDS = 60.0
_LOOK_SECONDS = 1.0


class StandstillError(RuntimeError):
    """Events follow one another without end while no time passes."""


def live_until(env: simpy.Environment, day: float) -> None:
    """Let everything happen that falls on a day up to this one.

    Raises StandstillError where there is no end to what happens at one moment.
    """
    coming, step = env._queue, env.step
    while coming and coming[0][0] <= day:
        since = env.now
        for _ in range(MOST_EVENTS):
            step()
            if not coming or coming[0][0] > day:
                return
        if env.now - since < A_MOMENT:
            raise StandstillError("there is no end to what happens at one moment")


def forget(env: simpy.Environment) -> None:
    """Drop what is still to come. An event, the process that waits for it and what that process
    knows hold on to each other: undone here, they are freed at once, not by a search for rings.
    """
    for *_, event in env._queue:
        event.callbacks.clear()
    env._queue.clear()


class Bell:
    """Something that happens again and again: wait for `next`, which is another event once it
    has rung."""

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self.next = env.event()

    def ring(self) -> None:
        """Wake everyone who waits."""
        self.next, rung = self._env.event(), self.next
        rung.succeed()


class Turn:
    """The time for which one regime answers for a case; `over` once the rule has changed.

    `regime` is its name and `main` the process that its `respond` has become.
    """

    def __init__(self, regime: str) -> None:
        self.regime = regime
        self.main: Work | None = None
        self.over = False


class Work(simpy.Process):
    """A process that knows in which turn it was begun, if in any, and how many steps that have
    begun it is in the middle of."""

    def __init__(self, clock: Clock, generator: Generator[simpy.Event, Any, Any]) -> None:
        super().__init__(clock, generator)
        parent = clock.active_process
        self.turn: Turn | None = parent.turn if isinstance(parent, Work) else None
        self.steps = 0

    def stop(self) -> None:
        """Close the generator where it waits; what it has in `with` and `finally` is done.

        Not for the process that is active. Nothing happens to one that is over.
        """
        if not self.is_alive:
            return
        callbacks = self._target.callbacks
        if callbacks is not None and self._resume in callbacks:
            callbacks.remove(self._resume)
        self._generator.close()
        self.succeed()


class Clock(simpy.Environment):
    """An environment whose processes are `Work`."""

    def process(self, generator: ProcessGenerator) -> Work:
        """Begin a process. ValueError where it is no generator."""
        return Work(self, generator)

    @property
    def work(self) -> Work:
        """The process that is active. RuntimeError outside any."""
        if not isinstance(self.active_process, Work):
            raise RuntimeError("no process of this clock is active")
        return self.active_process

    def at_once(self, act: Callable[[], None]) -> None:
        """Call this today, when what is going on now has come to a wait."""
        moment = self.timeout(0.0)
        assert moment.callbacks is not None
        moment.callbacks.append(lambda _: act())


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
