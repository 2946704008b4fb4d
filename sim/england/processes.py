"""The types of the SimPy generators that institutions are written as."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import simpy

T = TypeVar("T")

# A procedure that yields events; `Answer[T]` also returns something to its caller.
Process = Generator[simpy.Event, Any, None]
Answer = Generator[simpy.Event, Any, T]
