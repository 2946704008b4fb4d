"""What the tests of the experiment layer share about run folders."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import sim

Files = dict[str, bytes]
Simulate = Callable[..., sim.FinishedRun]


def contents(folder: Path) -> Files:
    """Every file of a run folder by name; of the record all but the section `run`."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    record = json.loads(found["record.json"])
    del record["run"]
    found["record.json"] = json.dumps(record, sort_keys=True).encode()
    return found
