"""The pool of like units: who is served, when, and what is left."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from sim.model.institutions.pool import Pool

pytestmark = pytest.mark.quick


@pytest.fixture
def env() -> simpy.Environment:
    return simpy.Environment()


def test_free_units_are_had_at_once(env: simpy.Environment):
    pool = Pool(env, 3)
    assert pool.take(2)
    assert (pool.capacity, pool.free, pool.waiting) == (3, 1, 0)
    assert not pool.take(2)
    assert pool.free == 1
    pool.release(2)
    assert pool.free == 3
    assert list(pool.waits) == [0.0]


def test_the_most_that_was_wanted_at_one_time_is_known(env: simpy.Environment):
    """Units in use and those asked for; neither waiting on nor what comes back raises it."""
    pool = Pool(env, 2)
    assert pool.take()
    assert (pool.used, pool.most) == (1, 1)
    assert pool.take()
    first = pool.request()
    assert (pool.used, pool.most) == (2, 3)
    pool.release()
    assert first.triggered
    assert (pool.used, pool.most) == (2, 3)
    second = pool.request(2)
    assert pool.most == 4
    pool.cancel(second, 2)
    pool.release(2)
    assert (pool.used, pool.most) == (0, 4)


def test_a_pool_is_busy_for_those_whom_somebody_precedes(env: simpy.Environment):
    pool = Pool(env, 1)
    assert not pool.busy(9.0)
    pool.take()
    pool.request(1, 2.0)
    assert pool.busy(3.0)
    assert not pool.busy(2.0)
    pool.release()
    assert not pool.busy(3.0)


def test_a_request_is_served_when_all_its_units_are_free(env: simpy.Environment):
    pool = Pool(env, 3)
    pool.take(3)
    team = pool.request(2)
    pool.release(1)
    assert not team.triggered
    env.run(until=5)
    pool.release(1)
    assert team.triggered
    assert pool.free == 0
    assert list(pool.waits) == [0.0, 5.0]


def test_nobody_overtakes_a_larger_request(env: simpy.Environment):
    pool = Pool(env, 4)
    pool.take(3)
    large, small = pool.request(2), pool.request(1)
    assert not large.triggered
    assert not small.triggered
    assert not pool.take(1)
    pool.release(3)
    assert large.triggered
    assert small.triggered


def test_a_lower_priority_number_goes_first(env: simpy.Environment):
    pool = Pool(env, 1)
    pool.take()
    late = pool.request(priority=2.0)
    urgent = pool.request(priority=0.0)
    also_late = pool.request(priority=2.0)
    pool.release()
    assert (late.triggered, urgent.triggered) == (False, True)
    pool.release()
    assert (late.triggered, also_late.triggered) == (True, False)


def test_capacity_may_fall_below_what_is_out(env: simpy.Environment):
    pool = Pool(env, 3)
    pool.take(3)
    pool.change_capacity(1)
    assert pool.free == -2
    waiting = pool.request()
    pool.release(2)
    assert not waiting.triggered
    pool.release(1)
    assert waiting.triggered
    pool.change_capacity(-5)
    assert pool.capacity == 0


def test_more_capacity_serves_those_who_wait(env: simpy.Environment):
    pool = Pool(env, 0)
    first, second = pool.request(), pool.request()
    pool.change_capacity(1)
    assert (first.triggered, second.triggered) == (True, False)


def test_a_withdrawn_request_lets_the_next_one_through(env: simpy.Environment):
    pool = Pool(env, 2)
    pool.take(1)
    large, small = pool.request(2), pool.request(1)
    pool.cancel(large, 2)
    assert small.triggered
    assert pool.free == 0


def test_withdrawing_a_request_that_was_served_gives_the_units_back(env: simpy.Environment):
    pool = Pool(env, 2)
    had = pool.request(2)
    waiting = pool.request()
    pool.cancel(had, 2)
    assert waiting.triggered
    assert pool.free == 1


def test_units_that_come_back_on_a_day_are_free_from_then_on(env: simpy.Environment):
    pool = Pool(env, 2)
    assert pool.take(2)
    pool.release(1, 3.0)
    pool.release(1, 5.0)
    for day, free in ((2.9, 0), (3.1, 1), (4.9, 1), (5.1, 2)):
        env.run(until=day)
        assert pool.free == free


def test_who_waits_is_woken_when_enough_have_come_back(env: simpy.Environment):
    pool = Pool(env, 3)
    assert pool.take(3)
    pool.release(1, 9.0)
    pool.release(1, 4.0)
    team = pool.request(2)
    env.run(until=8.9)
    assert not team.triggered
    env.run(until=9.1)
    assert team.triggered
    assert list(pool.waits) == [0.0, 9.0]


@dataclass
class Model:
    """The same rules, written the slow way: a list that is sorted before each look."""

    capacity: int
    out: int = 0
    queue: list[tuple[float, int, int]] = field(default_factory=list)  # priority, order, units
    served: set[int] = field(default_factory=set)
    due: list[tuple[float, int]] = field(default_factory=list)
    order: int = 0

    def serve(self, day: float) -> None:
        self.out -= sum(units for back, units in self.due if back <= day)
        self.due = [(back, units) for back, units in self.due if back > day]
        self.queue.sort()
        while self.queue and self.out + self.queue[0][2] <= self.capacity:
            _, name, units = self.queue.pop(0)
            self.out += units
            self.served.add(name)


UNITS = st.integers(1, 4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("request"), UNITS, st.integers(0, 3)),
        st.tuples(st.just("take"), UNITS, st.just(0)),
        st.tuples(st.just("give back"), st.integers(0, 20), st.just(0)),
        st.tuples(st.just("give back later"), st.integers(0, 20), st.integers(0, 30)),
        st.tuples(st.just("cancel"), st.integers(0, 20), st.just(0)),
        st.tuples(st.just("capacity"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("days"), st.integers(1, 30), st.just(0)),
    ),
    max_size=60,
)


@given(st.integers(0, 6), STEPS)
def test_a_pool_follows_its_rules_whatever_happens(
    capacity: int, steps: list[tuple[str, int, int]]
):
    env = simpy.Environment()
    pool, model = Pool(env, capacity), Model(capacity)
    asked: dict[int, tuple[simpy.Event, int, float]] = {}
    held: list[tuple[int, int]] = []  # who, units
    waits: list[float] = []

    def settle() -> None:
        before = set(model.served)
        model.serve(env.now)
        for name in sorted(model.served - before):
            held.append((name, asked[name][1]))
            waits.append(env.now - asked[name][2])

    for kind, number, priority in steps:
        if kind == "request":
            model.order += 1
            model.queue.append((float(priority), model.order, number))
            asked[model.order] = (pool.request(number, float(priority)), number, env.now)
        elif kind == "take":
            expected = not model.queue and model.out + number <= model.capacity
            assert pool.take(number) is expected
            if expected:
                model.order += 1
                model.out += number
                held.append((model.order, number))
                waits.append(0.0)
        elif kind == "give back" and held:
            _, units = held.pop(number % len(held))
            model.out -= units
            pool.release(units)
        elif kind == "give back later" and held:
            _, units = held.pop(number % len(held))
            model.due.append((env.now + priority + 0.5, units))  # the clock stops at noon
            pool.release(units, env.now + priority + 0.5)
        elif kind == "cancel" and asked:
            name = sorted(asked)[number % len(asked)]
            event, units, _ = asked.pop(name)
            if name in model.served:
                model.out -= units
                held = [entry for entry in held if entry[0] != name]
            model.queue = [entry for entry in model.queue if entry[1] != name]
            pool.cancel(event, units)
        elif kind == "capacity":
            model.capacity = number
            pool.change_capacity(number)
        elif kind == "days":
            end = env.now + number
            for back in sorted({back for back, _ in model.due if back < end}):
                env.run(until=back + 1e-6)  # the moment after units have come back
                settle()
            env.run(until=end)
        settle()
        # A request that has been given back cannot be withdrawn a second time.
        asked = {
            name: request
            for name, request in asked.items()
            if name not in model.served or any(who == name for who, _ in held)
        }
        assert pool.free == model.capacity - model.out
        assert pool.waiting == len(model.queue)
        assert all(event.triggered == (who in model.served) for who, (event, *_) in asked.items())
        assert sorted(pool.waits) == pytest.approx(sorted(waits), abs=1e-5)
