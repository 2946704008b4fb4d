"""A pool of like units whose number may change while some are out.

SimPy's Resource has a capacity fixed at birth and hands out one unit at a time; an inspection
team is several inspectors, and inspectors leave the service.
"""

from __future__ import annotations

import bisect
import heapq
from collections import deque
from functools import partial
from math import inf

import simpy


class Pool:
    """Units that are taken several at a time, by priority, first come first served.

    A request waits until all its units are free and until everyone before it in the queue
    has been served: nobody overtakes, except by a lower `priority` number. Capacity may fall
    below what is out; the pool then serves nobody until enough have come back.

    Units that come back on a day known beforehand need no event of their own (`release` with
    a day): they count as free from then on, and only someone who waits is woken.

    `waits` keeps the days each served request waited; `most` is the most units that were in use or
    asked for at one time.
    """

    def __init__(self, env: simpy.Environment, capacity: int) -> None:
        self._env = env
        self._capacity = capacity
        self._out = 0
        self._order = 0
        self._queue: list[tuple[float, int, int, float, simpy.Event]] = []
        self._due: list[tuple[float, int]] = []  # days and units, in order
        self._alarms: list[float] = []  # days to look again
        self.waits: deque[float] = deque()
        self.most = 0

    @property
    def capacity(self) -> int:
        """Units that exist."""
        return self._capacity

    @property
    def free(self) -> int:
        """Units not in use (negative while more are out than exist)."""
        due = self._due
        while due and due[0][0] <= self._env.now:
            self._out -= due.pop(0)[1]
        return self._capacity - self._out

    @property
    def used(self) -> int:
        """Units in use."""
        return self._capacity - self.free

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._queue)

    def busy(self, priority: float) -> bool:
        """Whether somebody waits who goes before those of this `priority`."""
        return bool(self._queue) and self._queue[0][0] < priority

    def take(self, units: int = 1) -> bool:
        """Take units at once if they are free and nobody waits; say whether it worked."""
        if self._queue or units > self.free:
            return False
        self._out += units
        self.most = max(self.most, self._out)
        self.waits.append(0.0)
        return True

    def request(self, units: int = 1, priority: float = 0.0) -> simpy.Event:
        """An event that fires when the units are yours."""
        event = self._env.event()
        self._order += 1
        heapq.heappush(self._queue, (priority, self._order, units, self._env.now, event))
        asked = sum(entry[2] for entry in self._queue)
        self.most = max(self.most, self.used + asked)
        if self._queue[0][4] is event:  # else someone before it waits, and so does it
            self._serve()
        return event

    def cancel(self, event: simpy.Event, units: int = 1) -> None:
        """Withdraw a request; gives the units back if it has been served already."""
        if event.triggered:
            self.release(units)
            return
        self._queue = [entry for entry in self._queue if entry[4] is not event]
        heapq.heapify(self._queue)
        self._serve()

    def release(self, units: int = 1, day: float | None = None) -> None:
        """Give units back, now or on a coming `day` of the environment's clock."""
        if day is None:
            self._out -= units
            self._serve()
        else:
            bisect.insort(self._due, (day, units))
            if self._queue and day < min(self._alarms, default=inf):
                self._serve()

    def change_capacity(self, capacity: int) -> None:
        """Set how many units exist from now on."""
        self._capacity = max(capacity, 0)
        self._serve()

    def _serve(self) -> None:
        if not self._queue:
            return
        free = self.free
        while self._queue and self._queue[0][2] <= free:
            _, _, units, since, event = heapq.heappop(self._queue)
            self._out += units
            free -= units
            self.waits.append(self._env.now - since)
            event.succeed()
        if self._queue:
            self._wake(self._queue[0][2] - free)

    def _wake(self, missing: int) -> None:
        """Look again on the day when enough will have come back."""
        for day, units in self._due:
            missing -= units
            if missing <= 0:
                if day not in self._alarms:
                    self._alarms.append(day)
                    alarm = self._env.timeout(day - self._env.now)
                    alarm.callbacks.append(partial(self._look_again, day))
                return

    def _look_again(self, day: float, _: simpy.Event) -> None:
        self._alarms.remove(day)
        self._serve()
