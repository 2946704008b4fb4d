"""Environments: lived through a stretch at a time, and forgotten with all that lived in them."""

from __future__ import annotations

import gc
import weakref

import pytest
import simpy

from sim.model import simulation
from sim.model.england import England
from sim.model.processes import Process, forget, live_until
from sim.regimes import available
from tests.helpers.small_england import england, part, world

pytestmark = pytest.mark.quick


class Place:
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
    env, known, ended = simpy.Environment(), Place(), list[str]()

    def wait(council: Place) -> Process:
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
    assert ended == ["Place"]
    with pytest.raises(simpy.core.EmptySchedule):
        env.step()


def test_a_batch_leaves_nothing_for_a_later_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker plays batch after batch: what outlives one would pile up until a full search."""
    lived: list[weakref.ref[England]] = []

    class Watched(simulation.Batch):
        def run(self, *arguments: object) -> object:
            lived.extend(weakref.ref(one) for one in self.countries)
            return super().run(*arguments)

    monkeypatch.setattr(simulation, "Batch", Watched)
    worlds = [world(1), world(2)]
    simulation.run_batch(part(england(), range(40)), worlds, seed=1, regimes=available())
    gc.collect(0)  # the youngest only
    assert len(lived) == 2
    assert [one() for one in lived] == [None, None]
