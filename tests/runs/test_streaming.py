"""Many events go to the disk, not to memory."""

from __future__ import annotations

import gc
import gzip
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from sim.inputs.councils.baseline import baseline
from sim.model.batch_result import Event
from sim.results.chunk_file import Chunk, ChunkSpec, ChunkStore
from sim.results.identity import code_sha256, seeds_sha256
from sim.results.series_tables import write_events
from sim.runs.chunk import ChunkTask, Proof, run_chunk
from sim.runs.plan import Plan
from sim.runs.scenarios_of_run import choose_scenarios

pytestmark = pytest.mark.standard

REPLICATIONS, LINES = 20, 50_000
LINE = b"trusts-2016,1,2,300,2016-10-27,E06000001,Hartlepool,judged,1,\n"


@pytest.mark.standard
def test_a_million_events_are_written_in_little_memory(tmp_path: Path) -> None:
    chunks = []
    for replication in range(1, REPLICATIONS + 1):
        path = tmp_path / f"0.{replication}-{replication}.{'0' * 16}.chunk"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(f"0/events-{replication}.csv", LINE * LINES)
        chunks.append(Chunk(path))
    target = tmp_path / "events.csv.gz"
    tracemalloc.start()
    write_events(target, ChunkStore(["trusts-2016"], 1, chunks, REPLICATIONS))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000
    with gzip.open(target, "rb") as file:
        assert sum(1 for _ in file) == 1 + REPLICATIONS * LINES


def test_events_live_no_longer_than_their_batch() -> None:
    """What a batch has told is in the bytes of its part, and nowhere else once it is done."""
    before = events_alive()  # other tests may hold some
    run_scenarios = choose_scenarios("trusts-2016", against=(), years=0.5)
    plan = Plan("run", run_scenarios, 2, seed=1, events=2)
    spec = ChunkSpec((0,), 1, 2)
    done = run_chunk(
        ChunkTask(
            spec=spec,
            worlds=plan.worlds(spec),
            baseline=baseline(plan.start),
            seed=1,
            proof=Proof(plan.code, code_sha256(), seeds_sha256(), {}),
        )
    )
    assert done.data
    assert events_alive() == before


def events_alive() -> int:
    gc.collect()
    return sum(isinstance(thing, Event) for thing in gc.get_objects())
