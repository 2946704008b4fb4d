"""The SimPy generators that institutions are written as, and the clock they live by."""

from __future__ import annotations

from collections.abc import Callable, Generator
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
