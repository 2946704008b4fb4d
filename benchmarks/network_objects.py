"""The network of one council with an object for each child: SimPy and Ciw."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import simpy
from network import MEAN_YEARS, ROUTES, STAGES, Council

CLOSED = len(STAGES)


def in_simpy(council: Council, seed: int) -> list[float]:
    """The mean number waiting and in each stage: a process a child, a resource of places."""
    env = simpy.Environment()
    places = simpy.Resource(env, council.places)
    generator = random.Random(seed)
    inside = [0] * (1 + len(STAGES))
    area = [0.0] * len(inside)
    since = [0.0] * len(inside)

    def count(stage: int, change: int) -> None:
        area[stage] += inside[stage] * (env.now - since[stage])
        since[stage] = env.now
        inside[stage] += change

    def stay(stage: int) -> Iterator[simpy.Event]:
        count(1 + stage, +1)
        yield env.timeout(generator.expovariate(1 / MEAN_YEARS[stage]))
        count(1 + stage, -1)

    def child(stage: int, waits: bool) -> Iterator[simpy.Event]:
        if stage == 0:
            if waits:
                count(0, +1)
            with places.request() as place:
                yield place
                if waits:
                    count(0, -1)
                yield from stay(0)
            stage = _next(generator, 0)
        while stage != CLOSED:
            yield from stay(stage)
            stage = _next(generator, stage)

    def referrals() -> Iterator[simpy.Event]:
        while True:
            yield env.timeout(generator.expovariate(council.arrivals))
            env.process(child(0, waits=True))

    for stage, number in enumerate(council.start()):
        for _ in range(number):
            env.process(child(stage, waits=False))
    env.process(referrals())
    env.run(until=1)
    for stage in range(len(inside)):
        count(stage, 0)
        area[stage] = 0.0
    env.run(until=council.years)
    for stage in range(len(inside)):
        count(stage, 0)
    return [value / (council.years - 1) for value in area]


def _next(generator: random.Random, stage: int) -> int:
    draw = generator.random()
    for target, chance in enumerate(ROUTES[stage].tolist()):
        draw -= chance
        if draw < 0:
            return target
    return CLOSED


def in_ciw(council: Council, seed: int) -> list[float]:
    """The mean number waiting and in each stage, by Ciw: a node a stage.

    Ciw starts empty, so the children of the start come as a batch at time zero.
    """
    import ciw  # an extra: only this benchmark needs it

    ciw.seed(seed)
    nodes = range(len(STAGES))

    def once() -> Any:
        return ciw.dists.Sequential([0.0, float("inf")])

    def exponentials() -> list[Any]:
        return [ciw.dists.Exponential(1 / mean) for mean in MEAN_YEARS]

    network = ciw.create_network(
        arrival_distributions={
            "Referred": [ciw.dists.Exponential(council.arrivals), None, None, None],
            "There": [once() for _ in nodes],
        },
        batching_distributions={
            "Referred": [ciw.dists.Deterministic(1) for _ in nodes],
            "There": [ciw.dists.Deterministic(int(number)) for number in council.start()],
        },
        service_distributions={"Referred": exponentials(), "There": exponentials()},
        number_of_servers=[council.places, *[float("inf")] * (len(STAGES) - 1)],
        routing={"Referred": ROUTES.tolist(), "There": ROUTES.tolist()},
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(council.years)
    spans: list[tuple[int, float, float]] = []  # stage (0: waiting), from, to
    for record in simulation.get_all_records():
        if record.node == 1:
            spans.append((0, record.arrival_date, record.service_start_date))
        spans.append((record.node, record.service_start_date, record.exit_date))
    for node in simulation.nodes[1:-1]:  # those still there have no record of this stay yet
        for child in node.all_individuals:
            started = child.service_start_date
            if started is False or started is None:
                spans.append((0, child.arrival_date, council.years))
                continue
            if node.id_number == 1:
                spans.append((0, child.arrival_date, started))
            spans.append((node.id_number, started, council.years))
    table = np.array(spans)
    inside = np.clip(table[:, 2], 1, council.years) - np.clip(table[:, 1], 1, council.years)
    years = np.bincount(table[:, 0].astype(int), weights=inside, minlength=1 + len(STAGES))
    return [float(value) / (council.years - 1) for value in years]
