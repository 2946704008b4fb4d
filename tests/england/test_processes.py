"""Environments: lived through a stretch at a time, and forgotten."""

from __future__ import annotations

import gc
import weakref

import pytest
import simpy

from sim.england.processes import Process, forget, live_until


class Council:
    """Something a process knows."""


def days_seen(env: simpy.Environment, days: list[float], gaps: list[float]) -> Process:
    for gap in gaps:
        yield env.timeout(gap)
        days.append(env.now)


def test_a_stretch_ends_with_what_falls_on_its_last_day() -> None:
    env, days = simpy.Environment(), list[float]()
    env.process(days_seen(env, days, [7.0, 0.0, 0.5, 6.5]))
    live_until(env, 6.9)
    assert days == []
    live_until(env, 7.0)
    assert days == [7.0, 7.0]
    live_until(env, 20.0)
    assert days == [7.0, 7.0, 7.5, 14.0]
    live_until(env, 30.0)  # nothing is left


def test_what_waits_is_freed_at_once_when_its_environment_is_forgotten() -> None:
    env, known, ended = simpy.Environment(), Council(), list[str]()

    def wait(council: Council) -> Process:
        try:
            yield env.timeout(1000.0)
        finally:
            ended.append(type(council).__name__)

    env.process(wait(known))
    live_until(env, 10.0)
    seen = weakref.ref(known)
    del known
    gc.disable()
    try:
        assert seen() is not None
        forget(env)
        assert seen() is None
    finally:
        gc.enable()
    assert ended == ["Council"]
    with pytest.raises(simpy.core.EmptySchedule):
        env.step()
