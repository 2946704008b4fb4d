"""A file that a command will write, looked at before anything is worked out for it."""

from __future__ import annotations

import os
from pathlib import Path

from sim.inputs.files.problems import Problem, raise_if_any

_HINT = "choose another --out"


def prepare_out_file(out: Path, protected: tuple[Path, ...] = ()) -> None:
    """Make the folder of a file to be written. `protected` are files, and folders with their files,
    that must not be written over.

    Raises InputError where the file cannot be written, or is one of those.
    """
    raise_if_any(_problems(out, protected))


def _problems(out: Path, protected: tuple[Path, ...]) -> list[Problem]:
    where = f"--out {out}"
    place = out.resolve()
    for path in protected:
        if path.resolve() == place:
            return [Problem(where, "would be written over what is read", _HINT)]
        if path.is_dir() and path.resolve() == place.parent:
            return [Problem(where, f"lies in {path}, in which nothing may change", _HINT)]
    if out.is_dir():
        return [Problem(where, "is a folder", "name a file in it")]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return [Problem(where, f"its folder cannot be made: {reason}", _HINT)]
    if not os.access(out if out.exists() else out.parent, os.W_OK):
        return [Problem(where, "cannot be written to: no right to", _HINT)]
    return []
