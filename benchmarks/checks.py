"""What checks cost: of a run (identity, seal, watch over regimes), and of a folder that is read.

    python benchmarks/checks.py [RUN]

Runs trusts-2016 and its comparators in one process and prints, as a share of the run, the time
spent on what keeps it from being wrong in silence; then the seconds that it takes to check the
folder, or the run folder RUN.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sim
from sim.runs import chunk, execute, staging

REPLICATIONS, YEARS = 10, 10
# Where the work of checking is done.
CHECKS: tuple[tuple[Any, str], ...] = (
    *((execute, "check_regimes"), (execute, "check_unchanged"), (execute, "source_state")),
    *((execute, "sealed"), (staging, "write_durably"), (chunk.Proof, "differences")),
)


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """The seconds spent in each of the checks while the block runs."""
    seconds: dict[str, float] = {}
    with ExitStack() as stack:
        for owner, name in CHECKS:
            stack.enter_context(patch.object(owner, name, _timed(getattr(owner, name), seconds)))
        yield seconds


def _timed(function: Callable[..., Any], seconds: dict[str, float]) -> Callable[..., Any]:
    name = function.__name__

    def around(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*given, **named)
        finally:
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began

    return around


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        began = time.perf_counter()
        with timed() as seconds:
            run = sim.simulate(
                "trusts-2016",
                replications=REPLICATIONS,
                years=YEARS,
                engine="serial",
                charts=False,
                quiet=True,
                out=place,
            )
        whole = time.perf_counter() - began
        for name, spent in sorted(seconds.items(), key=lambda item: -item[1]):
            print(f"{name:20} {spent:7.3f} s  {spent / whole:6.2%}")
        spent = sum(seconds.values())
        print(f"{'all checks':20} {spent:7.3f} s  {spent / whole:6.2%} of {whole:.1f} s")
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else run.folder
        for check in (sim.verify, sim.open_run):
            began = time.perf_counter()
            check(folder)
            print(f"{check.__name__:20} {time.perf_counter() - began:7.3f} s")


if __name__ == "__main__":
    main()
