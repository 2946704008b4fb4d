"""How the cost grows with countries, councils, weeks and workers, as figures and a chart.

    python benchmarks/scaling.py [FOLDER]
    python benchmarks/scaling.py --sizing

Writes scaling.csv, scaling.svg and scaling.png into FOLDER (by default outputs/benchmarks),
and prints the table of docs/how-to/cluster.md that gives the size of a cluster; with --sizing
only that table.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import multiprocessing
import pickle
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sim
from sim import regimes
from sim.inputs.councils.baseline import Baseline, baseline
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.policy.scenario import load_scenario
from sim.model import simulation
from sim.model.settings import CountrySettings
from sim.results.chunk_file import ChunkSpec
from sim.results.identity import code_sha256, seeds_sha256
from sim.runs.chunk import ChunkResult, ChunkTask, Proof, run_chunk
from sim.runs.plan import MOST_COUNTRIES, Plan
from sim.runs.scenarios_of_run import choose_scenarios
from sim.runs.staging import open_staging
from sim.runs.workers import processors

COUNTRIES = (1, 2, 5, 10, 25, 50, 100)
COUNCILS = (10, 38, 76)  # and all there are
YEARS = (1, 2, 4, 7, 10)
TEN_YEARS = 10
START = date(2016, 1, 1)

Row = tuple[str, float, float]


def main(folder: Path) -> None:
    """Measure, print, and draw."""
    folder.mkdir(parents=True, exist_ok=True)
    england = baseline(START)
    batch(england, 1, 0.5)  # fills the caches, so that they are not timed
    rows: list[Row] = []
    for count in COUNTRIES:
        rows.append(printed("countries (two years)", count, batch(england, count, 2)))
    for count in (*COUNCILS, len(england.codes)):
        rows.append(
            printed("councils (25 countries, two years)", count, batch(part(england, count), 25, 2))
        )
    for years in YEARS:
        rows.append(
            printed("weeks (10 countries)", round(years * 365.25 / 7), batch(england, 10, years))
        )
    for workers in range(1, min(processors(), 4) + 1):
        rows.append(
            printed("workers (simulation, 248 countries, five years)", workers, run(workers))
        )
    with (folder / "scaling.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("what", "size", "seconds"))
        writer.writerows(rows)
    draw(folder, rows)
    print_sizing()
    print(f"\nThe figures and the chart are in {folder}")


def print_sizing() -> None:
    """Print the table that docs/how-to/cluster.md holds."""
    print("\n".join(("", *table(sizing(), date.today()))))


def printed(what: str, size: float, seconds: float) -> Row:
    """Print a measurement and return it."""
    print(f"{what:47}{size:8g}{seconds:10.2f} s{1000 * seconds / size:10.2f} ms each", flush=True)
    return what, size, round(seconds, 4)


def batch(england: Baseline, count: int, years: float) -> float:
    """Processor seconds of one batch of so many countries."""
    scenario = load_scenario("trusts-2016", years=years)
    parameters = load_ledger().central()
    countries = [
        CountrySettings(
            "trusts-2016", scenario.timeline(), scenario.start, scenario.end, r, parameters
        )
        for r in range(1, count + 1)
    ]
    began = time.process_time()
    simulation.run_batch(england, countries, seed=1, regimes=regimes.available())
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
    """Wall seconds of simulating four scenarios, 50 replications and five years: starting the
    workers and collecting their chunks included, tables not.

    The chunks are the same for one worker and for two: two of 100 countries, and 48 countries
    that are run again under other parameters.
    """
    with tempfile.TemporaryDirectory() as out:
        sim.simulate("trusts-2016", years=5, workers=workers, out=out, quiet=True)
        (record,) = Path(out).glob("*/*/record.json")
        seconds = json.loads(record.read_text(encoding="utf-8"))["run"]["seconds"]
        return float(seconds["simulation"])


@dataclasses.dataclass(frozen=True)
class Size:
    """What a chunk of `countries` for ten years takes: processor seconds, a worker's peak memory,
    megabytes sent to it and back, and seconds to store and check its results."""

    countries: int
    seconds: float
    memory_mb: float
    sent_mb: float
    returned_mb: float
    storing: float


def sizing() -> Size:
    """Run one chunk as a worker does, in a process of its own, and store its results."""
    (run_scenario,) = choose_scenarios("trusts-2016", against=(), years=TEN_YEARS)
    plan = Plan("run", (run_scenario,), MOST_COUNTRIES, seed=1)
    spec = ChunkSpec((0,), 1, MOST_COUNTRIES)
    proof = Proof(plan.code, code_sha256(), seeds_sha256(), {})
    task = ChunkTask(spec, plan.worlds(spec), baseline(plan.start), 1, proof)
    # Spawned and not forked: the memory is then that of the chunk alone.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        done, seconds = pool.submit(timed, task).result()
    with tempfile.TemporaryDirectory() as out, open_staging(Path(out) / "a" / "b") as staging:
        began = time.perf_counter()
        staging.store(done.spec, done.data)
        staging.sound_chunks()
        storing = time.perf_counter() - began
    sent, returned = len(pickle.dumps(task)) / 1e6, len(done.data) / 1e6
    return Size(MOST_COUNTRIES, seconds, done.peak_mb, sent, returned, storing)


def timed(task: ChunkTask) -> tuple[ChunkResult, float]:
    """The result of a task, and the processor seconds it took."""
    began = time.process_time()
    done = run_chunk(task)
    return done, time.process_time() - began


def table(size: Size, when: date) -> list[str]:
    """The rows of the table of docs/how-to/cluster.md."""
    an_hour = 3600 * size.countries / size.seconds
    digits = 2 - len(str(int(an_hour)))
    rows = (
        (
            "countries of ten years, each hour on each core",
            f"about {round(an_hour, digits):,.0f} ({processors()} processors, {when:%B %Y})",
        ),
        ("memory of a worker", f"{round(size.memory_mb, -1):.0f} MB"),
        (
            "network, to the worker and back",
            f"{size.sent_mb:.1f} MB and {size.returned_mb:.0f} MB "
            f"for a chunk of {size.countries} countries",
        ),
        (
            "size of a chunk",
            f"up to {size.countries} countries; "
            "with fewer than two chunks for each worker, workers are idle",
        ),
        (
            "time to store and check a finished chunk",
            f"{100 * size.storing / size.seconds:.1f} % of the time to run it",
        ),
    )
    return [
        f"| {name} | {value} |" for name, value in (("quantity", "how much"), ("---",) * 2, *rows)
    ]


def draw(folder: Path, rows: Sequence[Row]) -> None:
    """One small chart for each quantity that is varied, with the proportional line."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    names = list(dict.fromkeys(what for what, _, _ in rows))
    figure, axes = plt.subplots(1, len(names), figsize=(4 * len(names), 3.6), layout="constrained")
    for axis, name in zip(np.atleast_1d(axes), names, strict=True):
        sizes = np.array([size for what, size, _ in rows if what == name])
        seconds = np.array([s for what, _, s in rows if what == name])
        # More workers take less time; more of anything else takes more.
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
    if sys.argv[1:] == ["--sizing"]:
        print_sizing()
    else:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("outputs/benchmarks"))
