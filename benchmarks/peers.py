"""The casework of one council as objects in SimPy and in Ciw, and in our arrays: results and speed.

    python benchmarks/peers.py

First it is checked that the three agree on the mean number of children in each stage, and with
theory; then each is timed in this one run, in processor seconds a council-year, and the
ratios are printed, also where ours is slower. Needs `pip install -e '.[bench]'`.
"""

from __future__ import annotations

import math
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from network import NAMES, Array, Council
from network_arrays import in_arrays
from network_objects import in_ciw, in_simpy
from scipy.special import stdtrit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

SMALL, AVERAGE = Council(referrals_a_week=8, years=6), Council(referrals_a_week=80, years=6)
COUNTRIES, COUNCILS = 25, 152  # England had as many councils in 2016
# A difference below this share of the mean does not matter.
NEGLIGIBLE = 0.005


def main() -> None:
    """Print agreement, then times."""
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    for name, council, objects in (
        ("small council", SMALL, {"SimPy": (in_simpy, 40), "Ciw": (in_ciw, 12)}),
        ("average council", AVERAGE, {"SimPy": (in_simpy, 24)}),
    ):
        print(f"Mean children in each stage, {name}, {council.referrals_a_week:g} referrals a week")
        agreement(council, objects)
    timing()


def agreement(
    council: Council, objects: dict[str, tuple[Callable[[Council, int], list[float]], int]]
) -> None:
    """Print the mean number in each stage, with 95 % intervals, and whether all agree."""
    ours = in_arrays(council, 1, 5, COUNCILS)
    theory = council.in_theory()
    tables = {
        name: np.array([run(council, seed) for seed in range(runs)])
        for name, (run, runs) in objects.items()
    } | {"ours": ours}
    print(f"{'':12}{'theory':>9}" + "".join(f"{name:>21}" for name in tables))
    for stage, label in enumerate(NAMES):
        cells = []
        for table in tables.values():
            half = half_width(table[:, stage])
            differs = abs(table[:, stage].mean() - theory[stage])
            mark = " " if differs <= half + NEGLIGIBLE * theory[stage] else "!"
            cells.append(f"{table[:, stage].mean():11.2f} ±{half:6.2f} {mark}")
        print(f"{label:12}{theory[stage]:9.2f}" + "".join(cells))
    print("! differs from theory by more than its interval and half a per cent\n")


def half_width(values: Array) -> float:
    """Half of the 95 % interval of a mean, each with its share of the error over the stages."""
    n = len(values)
    t = float(stdtrit(n - 1, 1 - 0.025 / len(NAMES)))
    return t * float(values.std(ddof=1)) / math.sqrt(n)


def timing() -> None:
    """Print processor seconds a council-year of each way, and the ratios to ours."""
    simpy = per_year(in_simpy, AVERAGE, 3)
    batch = cpu(lambda: in_arrays(AVERAGE, 1, COUNTRIES, COUNCILS))
    batch /= AVERAGE.years * COUNTRIES * COUNCILS
    whole = country()
    short = Council(AVERAGE.referrals_a_week, years=2)  # Ciw looks at every child at each event
    ways = (
        ("SimPy, an object a child, small council", per_year(in_simpy, SMALL, 3)),
        ("Ciw, an object a child, small council", per_year(in_ciw, SMALL, 2)),
        ("SimPy, an object a child, average council", simpy),
        ("Ciw, an object a child, average council", per_year(in_ciw, short, 1)),
        (
            "ours, weekly arrays, one council alone",
            cpu(lambda: in_arrays(AVERAGE, 1, 1, 1)) / AVERAGE.years,
        ),
        (f"ours, weekly arrays, {COUNTRIES} countries of {COUNCILS}", batch),
        (f"the whole country, {COUNTRIES} countries of {COUNCILS}", whole),
    )
    print(f"{'processor seconds a council-year':58}{'seconds':>10}{'times ours in a batch':>24}")
    for name, seconds in ways:
        print(f"{name:58}{seconds:10.6f}{seconds / batch:24,.1f}")
    print(
        f"\nAn average council in SimPy costs {simpy / batch:,.0f} times our casework in a batch,\n"
        f"and {simpy / whole:,.0f} times the whole country, which does far more: money, staff,\n"
        "practice, inspection, intervention. Ours costs the same whatever the size of a\n"
        "council: alone, and small enough, an object a child is the faster way."
    )


def per_year(
    run: Callable[[Council, int], Sequence[float]], council: Council, repeats: int
) -> float:
    """The least processor seconds a council-year over some repeats."""
    return min(cpu(lambda seed=seed: run(council, seed)) for seed in range(repeats)) / council.years  # type: ignore[misc]


def cpu(call: Callable[[], object]) -> float:
    """Processor seconds of a call."""
    began = time.process_time()
    call()
    return time.process_time() - began


def country() -> float:
    """Processor seconds a council-year of the real engine, in a batch of one scenario."""
    from sim import regimes
    from sim.inputs.councils.baseline import baseline
    from sim.inputs.evidence.ledger import load_ledger
    from sim.inputs.policy.scenario import load_scenario
    from sim.model import simulation
    from sim.model.settings import CountrySettings

    years = 2
    scenario = load_scenario("trusts-2016", years=years)
    parameters = load_ledger().central()
    countries = [
        CountrySettings(
            "trusts-2016", scenario.timeline(), scenario.start, scenario.end, r, parameters
        )
        for r in range(1, COUNTRIES + 1)
    ]
    start = baseline(scenario.start)
    available = regimes.available()
    seconds = cpu(lambda: simulation.run_batch(start, countries, seed=1, regimes=available))
    return seconds / (years * COUNTRIES * len(start.codes))


if __name__ == "__main__":
    main()
