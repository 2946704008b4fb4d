"""Put a finished run folder in its place, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sim.inputs.files.problems import InputError, Problem
from sim.results.metadata import RECORD, read_record, record_bytes
from sim.runs.errors import RunError
from sim.runs.identity import sha256_of_file
from sim.runs.staging import write_durably
from sim.runs.verification import damage

# Pictures and pages may differ between versions of the drawing libraries; they are made anew.
_DRAWN = ("charts/", "maps/", "briefing")


def check_place(final: Path) -> bool:
    """Whether a complete run is already there.

    Raises InputError where something else is: it is never overwritten.
    """
    if not final.exists():
        return False
    try:
        wrong = damage(final, read_record(final))
    except InputError as error:
        wrong = [problem.what for problem in error.problems]
    if wrong:
        raise InputError(
            Problem(
                str(final),
                f"is in the way and is not a complete run: {'; '.join(wrong)}",
                "move it away, or choose another --out",
            )
        )
    return True


def publish(new: Path, final: Path, record: dict[str, Any]) -> None:
    """Write the record into `new` and make it the folder `final`.

    Where the same run is there already, the files must be the same and only the record is
    replaced (and what is drawn). Raises RunError where they are not the same: that means
    that the library versions differ, or that the program is wrong.
    """
    write_durably(new / RECORD, record_bytes(record))
    if not final.exists():
        os.rename(new, final)
        return
    names = [*record["outputs"]]
    there = [name for name in names if (final / name).exists()]
    other = [
        name
        for name in there
        if not name.startswith(_DRAWN)
        and sha256_of_file(final / name) != record["outputs"][name]["sha256"]
    ]
    if other:
        before = read_record(final)["libraries"]
        moved = [
            f"{library} {before.get(library)} then, {version} now"
            for library, version in record["libraries"].items()
            if before.get(library) != version
        ]
        raise RunError(
            f"{final} holds the same run with other figures in {', '.join(other)} "
            f"({'; '.join(moved) or 'the libraries are the same: please report this'})",
            "move the old folder away, then run again with --resume",
        )
    for name in names:
        if name not in there or name.startswith(_DRAWN):
            (final / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(new / name, final / name)
    os.replace(new / RECORD, final / RECORD)
