"""An engine whose answer is known: which regime wins depends on one parameter alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.inputs.metrics import COUNCIL_SERIES, HEADLINE, METRICS, NATIONAL_SERIES
from sim.model.batch_result import BatchResult
from sim.model.settings import CountrySettings

BREAK_EVEN = 0.15  # what sets a trust apart where a takeover and a commissioner are as good
SLOPE = 40.0
COSTS = {"takeover": 3.0, "commissioner": 1.0, "peer_support": 2.0, "no_intervention": 0.0}


def council_years(world: CountrySettings) -> float:
    """Random numbers that regimes share, and what the regime does under the world's parameters."""
    regime = str(world.timeline[0][1]["regime.name"])
    effect = world.parameters["control.trust_deviation"]
    gain = {
        "takeover": SLOPE * (effect - BREAK_EVEN),
        "commissioner": 0.0,
        "peer_support": -15.0,
        "no_intervention": -30.0,
    }
    return 100.0 + 10.0 * noise(world.replication) - gain[regime] + noise(regime, world.replication)


def run_batch(
    baseline: Baseline,
    worlds: Sequence[CountrySettings],
    *,
    seed: int,
    regimes: Mapping[str, type],
    progress: Callable[[int, int], None] | None = None,
) -> BatchResult:
    """What the real engine would hand back, with every other figure zero."""
    n, councils = len(worlds), len(baseline.codes)
    years = np.array([council_years(world) for world in worlds])
    totals: dict[str, Any] = {name: np.zeros(n) for name in METRICS}
    totals["inadequate_council_years"] = years
    totals[HEADLINE] = 1000.0 * years  # as many thousands
    names = [str(world.timeline[0][1]["regime.name"]) for world in worlds]
    totals["intervention_cost_gbp_m"] = np.array([COSTS[name] for name in names])
    by_council = {name: np.zeros((n, 1, councils), dtype=np.float32) for name in COUNCIL_SERIES}
    by_council["councils_inadequate"][:] = (years / councils)[:, None, None]
    return BatchResult(
        scenarios=[world.scenario for world in worlds],
        replications=[world.replication for world in worlds],
        start=worlds[0].start,
        days=(worlds[0].end - worlds[0].start).days,
        totals=totals,
        months=[date(2016, 1, 31)],
        national={name: np.zeros((n, 1)) for name in NATIONAL_SERIES},
        years=["2015-16"],
        councils=by_council,
        spells=[],
        events=[],
    )


def noise(*name: object) -> float:
    digest = hashlib.sha256(repr(name).encode()).digest()
    generator = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "little")))
    return float(generator.normal())
