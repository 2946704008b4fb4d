"""The pool of inspectors as a queue: waits known from theory."""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np
import pytest
import simpy

from sim.model.institutions.pool import Pool

pytestmark = [pytest.mark.quick, pytest.mark.theory]


def erlang_c(servers: int, load: float) -> float:
    """The probability of waiting in M/M/c, `load` = arrivals x mean service time."""
    term = load**servers / math.factorial(servers) * servers / (servers - load)
    return term / (sum(load**k / math.factorial(k) for k in range(servers)) + term)


def waits_of(pool_size: int, gaps: np.ndarray, services: np.ndarray, team: int = 1) -> np.ndarray:
    """Let customers arrive at a pool; the wait of each, in order of arrival."""
    env = simpy.Environment()
    pool = Pool(env, pool_size)

    def council(service: float) -> Generator[simpy.Event, None, None]:
        if not pool.take(team):
            yield pool.request(team)
        yield env.timeout(service)
        pool.release(team)

    def arrivals() -> Generator[simpy.Event, None, None]:
        for gap, service in zip(gaps, services, strict=True):
            yield env.timeout(gap)
            env.process(council(service))

    env.process(arrivals())
    env.run()
    assert pool.free == pool_size
    return np.array(pool.waits)


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.6), (3, 0.75), (9, 0.85)])
def test_mean_wait_is_that_of_erlang_c(servers: int, busy: float):
    rng = np.random.default_rng(servers)
    size, service, batches = 30_000, 24.0, 30
    gaps = rng.exponential(service / (servers * busy), size)
    waits = waits_of(servers, gaps, rng.exponential(service, size))
    waiting = erlang_c(servers, servers * busy)
    expected = waiting * service / (servers * (1.0 - busy))
    # Waits that follow each other are alike: the error comes from the means of long batches.
    means = waits.reshape(batches, -1).mean(axis=1)
    error = means.std(ddof=1) / math.sqrt(batches)
    assert abs(means.mean() - expected) < 4.0 * error
    assert error < 0.15 * expected
    shares = (waits > 0.0).reshape(batches, -1).mean(axis=1)
    assert abs(shares.mean() - waiting) < 4.0 * shares.std(ddof=1) / math.sqrt(batches)


def test_teams_of_two_wait_as_single_inspectors_of_half_the_pool_do():
    rng = np.random.default_rng(4)
    gaps, services = rng.exponential(10.0, 3000), rng.exponential(24.0, 3000)
    teams, single = waits_of(6, gaps, services, team=2), waits_of(3, gaps, services)
    assert (teams == single).all()


def test_the_wait_of_one_server_follows_lindley():
    """Fixed service, one lead: each wait follows from the one before it."""
    rng = np.random.default_rng(5)
    gaps, services = rng.exponential(30.0, 500), np.full(500, 24.0)
    waits = waits_of(1, gaps, services)
    expected = [0.0]
    for gap, service in zip(gaps[1:], services[:-1], strict=True):
        expected.append(max(expected[-1] + service - gap, 0.0))
    assert waits == pytest.approx(expected)
