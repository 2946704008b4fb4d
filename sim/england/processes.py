"""The types of the SimPy generators that institutions are written as."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import simpy

T = TypeVar("T")

# A procedure that yields events; `Answer[T]` also returns something to its caller.
Process = Generator[simpy.Event, Any, None]
Answer = Generator[simpy.Event, Any, T]


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
