"""What the tests of the experiment layer share about run folders."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sim
from sim.results.identity import run_id_of
from sim.results.metadata import sealed

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


def change_record(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the record of a folder as somebody with an editor would: the seal stays."""
    path = folder / "record.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    edit(record)
    path.write_text(json.dumps(record), encoding="utf-8")


def seal_again(folder: Path, edit: Callable[[dict[str, Any]], object] = lambda _: None) -> Path:
    """Make a folder that a test has changed one that a run might have written."""

    def seal(record: dict[str, Any]) -> None:
        edit(record)
        record["run_id"] = run_id_of(record["identity"])
        record.update(sealed({k: v for k, v in record.items() if k != "run"}, folder))

    change_record(folder, seal)
    return folder
