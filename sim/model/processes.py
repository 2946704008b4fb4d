"""The types of the SimPy generators that institutions are written as."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import simpy

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
