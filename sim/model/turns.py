"""Turns of regimes with a case, the work that is done in them, and who is in post meanwhile.

A regime is a generator that knows nothing of a change of the rule. When the rule changes its turn
is over: its generator is closed where nothing that has begun is under way, and the regime of that
day begins a turn with what stands.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from simpy.events import ProcessGenerator


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


class Post:
    """Somebody in post at one council, or something begun there, with all that is undone when it
    ends.

    `kind` is one of KINDS_OF_POST or a regime's own; `since` and `ends` are days (`ends` infinite
    where it lasts as long as the case). `holder` is the process that sees to it, None where the
    rule changed under it; `leaves` is then the day on which it ends by itself, and `on_notice` says
    that no regime may keep it. `cut_short` says, at the end, that a change of the rule brought it.
    """

    def __init__(self, kind: str, since: float, ends: float = math.inf) -> None:
        self.kind = kind
        self.since = since
        self.ends = ends
        self.holder: Work | None = None
        self.leaves: float | None = None
        self.on_notice = False
        self.cut_short = False
        self.undo = ExitStack()

    @property
    def why(self) -> dict[str, bool]:
        """What the event of its end says beside the rest."""
        return {"rule_changed": True} if self.cut_short else {}

    def end(self) -> None:
        """Undo it all, once."""
        self.undo.close()
