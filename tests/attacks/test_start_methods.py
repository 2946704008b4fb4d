"""Workers that are started afresh, as on macOS and Windows: with and without a main guard."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.full, pytest.mark.bad_input]

CALL = """sim.simulate(
    "no-intervention", levers={"regime.name": "mine"}, regimes={"mine": Mine}, replications=2,
    years=1, workers=2, quiet=True, charts=False,
)"""
SCRIPT = """import multiprocessing
import sim

class Mine:
    def respond(self, case):
        yield from case.wait(3.0)

def work():
    run = CALL
    print("engine:", run.record["run"]["engine"])

"""
GUARDED = """if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    work()
"""
OPEN = """multiprocessing.set_start_method("spawn", force=True)
work()
"""


@pytest.mark.parametrize(
    ("end", "engine", "words"),
    [(GUARDED, "processes", ""), (OPEN, "serial", "__main__")],
    ids=["guard", "no guard"],
)
def test_a_script_whose_workers_are_started_afresh(
    tmp_path: Path, end: str, engine: str, words: str
) -> None:
    script = tmp_path / "mine.py"
    script.write_text(SCRIPT.replace("CALL", CALL.replace("\n", "\n    ")) + end)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"engine: {engine}"]  # once, not in every worker
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) <= 2000
