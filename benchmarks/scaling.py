"""How the cost grows with nations, councils, weeks and workers, as figures and a chart.

    python benchmarks/scaling.py [FOLDER]

Writes scaling.csv, scaling.svg and scaling.png into FOLDER (by default outputs/benchmarks),
and prints what a cluster is sized by: nations an hour a core, memory a worker, and the cost
of keeping the parts of a run.
"""

from __future__ import annotations

import csv
import dataclasses
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sim
from sim import regimes
from sim.england import nation
from sim.england.settings import World
from sim.experiment.machine import peak_memory_mb, processors
from sim.experiment.part import Done
from sim.experiment.plan import Block
from sim.experiment.workshop import open_workshop
from sim.inputs.baseline import Baseline, baseline
from sim.inputs.ledger import load_ledger
from sim.inputs.scenario import load_scenario

NATIONS = (1, 2, 5, 10, 25, 50, 100)
COUNCILS = (10, 38, 76, 152)
YEARS = (1, 2, 4, 7, 10)
TEN_YEARS = 10
START = date(2016, 1, 1)

Row = tuple[str, float, float]


def main(folder: Path) -> None:
    """Measure, print, and draw."""
    folder.mkdir(parents=True, exist_ok=True)
    england = baseline(START)
    batch(england, 1, 0.5)  # so that imports and caches are in place
    rows: list[Row] = []
    for count in NATIONS:
        rows.append(told("nations (two years)", count, batch(england, count, 2)))
    for count in COUNCILS:
        rows.append(
            told("councils (25 nations, two years)", count, batch(part(england, count), 25, 2))
        )
    for years in YEARS:
        rows.append(
            told("weeks (10 nations)", round(years * 365.25 / 7), batch(england, 10, years))
        )
    for workers in range(1, min(processors(), 4) + 1):
        rows.append(told("workers (wall time, 200 nations, two years)", workers, run(workers)))
    with (folder / "scaling.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("what", "size", "seconds"))
        writer.writerows(rows)
    draw(folder, rows)
    sizing(england)
    print(f"\nThe figures and the chart are in {folder}")


def told(what: str, size: float, seconds: float) -> Row:
    """Print a measurement and give it back."""
    print(f"{what:45}{size:8g}{seconds:10.2f} s{1000 * seconds / size:10.2f} ms each", flush=True)
    return what, size, round(seconds, 4)


def batch(england: Baseline, count: int, years: float) -> float:
    """Processor seconds of one batch of so many nations."""
    scenario = load_scenario("trusts-2016", years=years)
    parameters = load_ledger().central()
    worlds = [
        World("trusts-2016", scenario.timeline(), scenario.start, scenario.end, r, parameters)
        for r in range(1, count + 1)
    ]
    began = time.process_time()
    nation.run_batch(england, worlds, seed=1, regimes=regimes.available())
    return time.process_time() - began


def part(england: Baseline, count: int) -> Baseline:
    """The first so many councils, as if there were no others."""
    councils = len(england.codes)
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(england):
        value = getattr(england, field.name)
        if isinstance(value, np.ndarray | list) and len(value) == councils:
            changed[field.name] = value[:count]
    for name in ("neighbours", "partner"):
        columns = changed[name]
        changed[name] = np.where(columns < count, columns, -1)
    return dataclasses.replace(england, **changed)


def run(workers: int) -> float:
    """Wall seconds of four scenarios, 50 replications and two years, tables included.

    The blocks are the same for one worker and for two: two of 100 nations.
    """
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        sim.simulate("trusts-2016", years=2, workers=workers, out=out, quiet=True)
        return time.perf_counter() - began


def sizing(england: Baseline) -> None:
    """Print what a cluster is sized by."""
    count = 100
    seconds = batch(england, count, TEN_YEARS)
    print(f"\nTen years in a batch of {count}: {seconds / count:.3f} s a nation")
    print(f"Nations an hour a core: {3600 * count / seconds:,.0f}")
    print(f"Memory of a worker with such a batch: {peak_memory_mb():,.0f} MB")
    with tempfile.TemporaryDirectory() as out:
        # A part as large as such a batch makes; keeping it and checking it is what resuming costs.
        data = np.random.default_rng(1).bytes(15_000_000)
        began = time.perf_counter()
        with open_workshop(Path(out) / "a" / "b") as workshop:
            workshop.keep(Done(Block((0,), 1, count), data, 0.0))
            workshop.sound_parts()
        kept = time.perf_counter() - began
    print(f"Keeping and checking its part: {kept:.2f} s, {kept / seconds:.2%} of the batch")


def draw(folder: Path, rows: Sequence[Row]) -> None:
    """One small chart for each thing that grows, with the line of proportion."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    names = list(dict.fromkeys(what for what, _, _ in rows))
    figure, axes = plt.subplots(1, len(names), figsize=(4 * len(names), 3.6), layout="constrained")
    for axis, name in zip(np.atleast_1d(axes), names, strict=True):
        sizes = np.array([size for what, size, _ in rows if what == name])
        seconds = np.array([s for what, _, s in rows if what == name])
        # Workers share the work; everything else adds to it.
        power = -1.0 if name.startswith("workers") else 1.0
        line = seconds[-1] * (sizes / sizes[-1]) ** power
        axis.plot(sizes, line, color="#BFBFBF", label="proportional")
        axis.plot(sizes, seconds, "o-", color="#12436D", label="measured")
        axis.set(title=name, ylabel="seconds", ylim=(0, None))
        axis.legend(frameon=False)
    for kind in ("svg", "png"):
        figure.savefig(folder / f"scaling.{kind}", dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("outputs/benchmarks"))
