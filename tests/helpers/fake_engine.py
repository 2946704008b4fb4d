"""A stand-in for the engine: figures made from hashes, in no time.

It keeps the engine's promises: what a country reports depends on its levers, replication,
parameters and the seed, never on the batch; scenarios share the luck of a replication.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.inputs.metrics import COUNCIL_SERIES, METRICS, NATIONAL_SERIES
from sim.model.batch_result import BatchResult, Event, Spell
from sim.model.settings import CountrySettings

# A test in another process asks for slow batches through the environment.
SLOWNESS = "FAKE_ENGINE_SECONDS"


def run_batch(
    baseline: Baseline,
    worlds: Sequence[CountrySettings],
    *,
    seed: int,
    regimes: Mapping[str, type],
    progress: Callable[[int, int], None] | None = None,
) -> BatchResult:
    """What the engine would give, were England made of hashes."""
    first = worlds[0]
    days = (first.end - first.start).days
    months = _months(first.start, first.end)
    years = _years(first.start, first.end)
    councils = len(baseline.codes)
    shapes = {
        "totals": (),
        "national": (len(months),),
        "councils": (len(years), councils),
    }
    found: dict[str, dict[str, np.ndarray[Any, Any]]] = {}
    for kind, names in (
        ("totals", tuple(METRICS)),
        ("national", NATIONAL_SERIES),
        ("councils", COUNCIL_SERIES),
    ):
        found[kind] = {
            name: np.stack([_figures(seed, world, kind, name, shapes[kind]) for world in worlds])
            for name in names
        }
    # A figure that one replication in seven does not have.
    for country, world in enumerate(worlds):
        if world.replication % 7 == 0:
            found["totals"]["trust_setup_months"][country] = np.nan
    for step in range(1, 5):
        time.sleep(float(os.environ.get(SLOWNESS, "0")) / 4)
        if progress is not None:
            progress(step * days // 28, days // 7)
    return BatchResult(
        scenarios=[world.scenario for world in worlds],
        replications=[world.replication for world in worlds],
        start=first.start,
        days=days,
        totals=found["totals"],
        months=months,
        national=found["national"],
        years=years,
        councils={k: v.astype(np.float32) for k, v in found["councils"].items()},
        spells=[spell for n, world in enumerate(worlds) for spell in _spells(n, world, days)],
        events=[
            event
            for n, world in enumerate(worlds)
            if world.record_events
            for event in _events(n, world)
        ],
    )


def _generator(*name: object) -> np.random.Generator:
    digest = hashlib.sha256(repr(name).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))


def _figures(
    seed: int, world: CountrySettings, kind: str, name: str, shape: tuple[int, ...]
) -> np.ndarray[Any, Any]:
    """Shared luck, plus a little of the scenario's own, plus its effect."""
    levers = sorted(world.timeline[0][1].items())
    shared = _generator(seed, world.replication, kind, name).normal(100, 10, shape)
    own = _generator(seed, world.replication, kind, name, levers).normal(0, 3, shape)
    effect = _generator(name, levers).normal(0, 5)
    return np.asarray(shared + own + effect)


def _spells(country: int, world: CountrySettings, days: int) -> list[Spell]:
    luck = _generator("spell", world.replication)
    return [
        Spell(
            country, 3, -100, int(luck.integers(100, days)), "trust", 2, ("notice@0", "trust@90")
        ),
        Spell(country, 7, int(luck.integers(0, days // 2)), None, "none", None, ()),
    ]


def _events(country: int, world: CountrySettings) -> list[Event]:
    luck = _generator("events", world.replication)
    day = int(luck.integers(0, 300))
    return [
        Event(country, 1, 0, -1, "run started", None, {"scenario": world.scenario}),
        Event(country, 2, day, 5, "judged", 1, {"grade": 1, "team, size": 4}),
        Event(country, 3, day + 9, 5, "notice", 2),
    ]


def _months(start: date, end: date) -> list[date]:
    found = []
    day = start.replace(day=1)
    while day < end:
        found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def _years(start: date, end: date) -> list[str]:
    return [
        f"{year}-{(year + 1) % 100:02d}"
        for year in range(start.year, end.year)
        if date(year, 4, 1) >= start and date(year + 1, 3, 31) < end
    ]


def install() -> None:
    """Put the stand-in in the engine's place, in this process and those forked from it."""
    from sim.model import simulation

    simulation.run_batch = run_batch


def main() -> None:
    """The command line on the stand-in: `python -m tests.experiment.fake --scenario ...`."""
    from sim.cli import main

    install()
    main.main()


if __name__ == "__main__":
    main()
