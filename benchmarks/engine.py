"""What a country costs: alone, in a batch, its random draws alone, and memory.

    python benchmarks/engine.py

Processor seconds for ten years of trusts-2016 and its comparators, in one process. The draws
are timed inside the same run. Prints also the cost without the extra `fast`, and how the cost
grows with countries and with years.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sim import regimes
from sim.inputs.councils.baseline import Baseline, baseline
from sim.model import simulation
from sim.model.settings import CountrySettings
from sim.random import counts, streams
from sim.runs.chunk import peak_memory_mb
from sim.runs.scenarios_of_run import choose_scenarios

REPLICATIONS = 25
WEEK, SCREEN = 7, 28


def main() -> None:
    """Measure and print."""
    settings = planned(REPLICATIONS)
    england = baseline(settings[0].start)
    cost(england, [settings[0]])  # fills the caches, so that they are not timed
    alone = min(cost(england, [settings[0]]) for _ in range(3))
    with draws_timed() as drawn:
        batch = cost(england, settings)
    count = len(settings)
    print(f"One country alone, ten years:       {alone:8.3f} s")
    print(f"In a batch of {count:3}:                 {batch / count:8.3f} s a country")
    print(f"  of which random draws:            {drawn[0] / count:8.3f} s a country")
    print(f"Peak memory:                        {peak_memory_mb():8.0f} MB")
    with patch.object(streams, "laws", lambda: counts):
        without = cost(england, settings) / count
        print(f"Without the extra fast:             {without:8.3f} s a country")
    coarse = [replace(one, step_days=SCREEN) for one in settings]
    print(f"In steps of four weeks (screening): {cost(england, coarse) / count:8.3f} s a country")
    print("\nGrowth (the cost of one more, against the first row's)")
    grow("countries", [(size, cost(england, planned(size // 4))) for size in (20, 40, 80, 160)])
    grow("years", [(y, cost(england, planned(5, years=y))) for y in (2.0, 4.0, 8.0)])


def planned(replications: int, years: float | None = None) -> list[CountrySettings]:
    """Countries of the four scenarios, replications of each, under the ensemble's beliefs."""
    settings = []
    for run_scenario in choose_scenarios("trusts-2016", None, years=years):
        settings += run_scenario.worlds(range(1, replications + 1))
    return settings


def cost(england: Baseline, settings: Sequence[CountrySettings]) -> float:
    """Processor seconds of one batch."""
    began = time.process_time()
    simulation.run_batch(england, settings, seed=1, regimes=regimes.available())
    return time.process_time() - began


@contextmanager
def draws_timed() -> Iterator[list[float]]:
    """Collects the processor seconds spent on weekly random draws."""
    spent = [0.0]
    inside = [False]

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if inside[0]:
                return function(*args)
            inside[0] = True
            began = time.perf_counter()
            result = function(*args)
            spent[0] += time.perf_counter() - began
            inside[0] = False
            return result

        return call

    with ExitStack() as stack:
        for name in (
            "week",
            "normal",
            "normals",
            "poisson",
            "poissons",
            "binomial",
            "binomials",
            "leavers",
        ):
            method = timed(getattr(streams.WeeklyRandom, name))
            stack.enter_context(patch.object(streams.WeeklyRandom, name, method))
        yield spent


def grow(what: str, rows: Sequence[tuple[float, float]]) -> None:
    """Print sizes, seconds, and the marginal cost as a ratio to the mean cost at first."""
    first = rows[0][1] / rows[0][0]
    for (size, seconds), (before, earlier) in zip(rows[1:], rows, strict=False):
        ratio = (seconds - earlier) / (size - before) / first
        print(f"  {what:8}{before:6g} to {size:<6g}{seconds:8.2f} s   {ratio:5.2f}")


if __name__ == "__main__":
    main()
