"""The record of a run: what it was made from, what it made, and how it went.

`identity` decides the bytes of every other file; `outputs` holds their hashes; `seal` binds
the two. Only the section `run` (times, memory, machine, engine) differs when a run is made
again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.inputs.files.problems import InputError, Problem
from sim.runs.identity import library_versions, sha256_of, sha256_of_file
from sim.runs.plan import FORMAT, Plan

RECORD = "record.json"
READABLE = (1,)


def outputs_of(folder: Path) -> dict[str, dict[str, Any]]:
    """The hash and size of every file of a run folder but the record itself."""
    return {
        path.relative_to(folder).as_posix(): {
            "sha256": sha256_of_file(path),
            "bytes": path.stat().st_size,
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != RECORD
    }


def make_record(
    plan: Plan,
    *,
    replications: int,
    source: Mapping[str, Any],
    precision: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What the record says of a run before its files are sealed.

    `replications` is their number in the end, where the plan left it to a precision.
    """
    first = plan.run_scenarios[0]
    return {
        "format": FORMAT,
        "version": source["version"],
        "run_id": plan.run_id,
        "kind": plan.kind,
        "scenario": first.name,
        "title": first.scenario.title,
        "scenarios": [run_scenario.name for run_scenario in plan.run_scenarios],
        "start": plan.start.isoformat(),
        "end": plan.end.isoformat(),
        "seed": plan.seed,
        "replications": replications,
        "source": dict(source),
        "libraries": library_versions(),
        "precision": precision,
        "identity": plan.identity,
    }


def sealed(record: Mapping[str, Any], folder: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """The record with the hashes of the files in `folder`, and how the run went."""
    outputs = outputs_of(folder)
    return {
        **record,
        "outputs": outputs,
        "seal": seal_of(record["identity"], outputs),
        "run": dict(run),
    }


def seal_of(identity: Mapping[str, Any], outputs: Mapping[str, Any]) -> str:
    """The hash that binds an identity to the outputs made from it."""
    return sha256_of({"identity": identity, "outputs": outputs})


def record_bytes(record: Mapping[str, Any]) -> bytes:
    """The record as the bytes of its file."""
    return (json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_record(folder: Path) -> dict[str, Any]:
    """The record of a finished run.

    Raises InputError where the folder is not a run, or one that this version cannot read.
    """
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = "give a run folder, such as `simulate` prints at its end"
        raise InputError(Problem(str(folder), f"is not a run folder: no {RECORD}", hint)) from None
    except (OSError, ValueError) as error:
        raise InputError(Problem(str(path), f"cannot be read: {error}")) from error
    if not isinstance(record, dict) or "format" not in record:
        hint = "it has been changed since the run; the run can be made again"
        raise InputError(Problem(str(path), "is not the record of a run", hint))
    written_as = record["format"]
    if written_as not in READABLE:
        known = ", ".join(str(number) for number in READABLE)
        raise InputError(
            Problem(
                str(folder),
                f"was written in format {written_as}; this version reads format {known}",
                f"read it with version {record.get('version', 'unknown')} of sim",
            )
        )
    return record
