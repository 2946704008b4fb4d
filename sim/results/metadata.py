"""The metadata of a run (record.json): what it was made from, what it made, and how it went.

`identity` decides the bytes of every other file; `outputs` holds their hashes; `seal` binds
the two. Only the section `run` (times, memory, machine, engine) differs when a run is made
again. Studies and back-tests have a record of the same kind, and all are read here.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Self

from sim.inputs.files.problems import InputError, Problem, raise_if_any
from sim.results.identity import sha256_of, sha256_of_file

RECORD = "record.json"
# The layout of a folder. A change that older code could not read adds one.
FORMAT = 1
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


def sealed(record: Mapping[str, Any], folder: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """The record with the hashes of the files in `folder`, and how the run went."""
    outputs = outputs_of(folder)
    seal = seal_of(record["identity"], outputs)
    return {**record, "outputs": outputs, "seal": seal, "run": dict(run)}


def seal_of(identity: Mapping[str, Any], outputs: Mapping[str, Any]) -> str:
    """The hash that binds an identity to the outputs made from it."""
    return sha256_of({"identity": identity, "outputs": outputs})


def record_bytes(record: Mapping[str, Any]) -> bytes:
    """The record as the bytes of its file."""
    return (json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_record(folder: Path, what: str = "run", hint: str = "") -> dict[str, Any]:
    """The record of a finished run, or of what `what` says: "study", "back-test".

    `hint` says which folder to give where this is none. Raises InputError where the folder holds
    no such record, or one that this version cannot read.
    """
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        hint = hint or "give the folder that `simulate` printed at its end"
        raise InputError(
            Problem(str(folder), f"is not a {what} folder: no {RECORD}", hint)
        ) from None
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from None
    except ValueError:
        problem = "cannot be read: it is damaged or was cut short"
        raise InputError(Problem(str(path), problem, "run it again")) from None
    if not isinstance(record, dict) or "format" not in record:
        hint = "it has been changed since the run; the run can be made again"
        raise InputError(Problem(str(path), f"is not the record of a {what}", hint))
    check_format(record, path)
    return record


def check_format(record: Mapping[str, Any], path: Path) -> None:
    """Raise InputError where the record at `path` is of a format that is not readable here."""
    written_as = record.get("format")
    if written_as not in READABLE:
        known = ", ".join(str(number) for number in READABLE)
        raise InputError(
            Problem(
                str(path),
                f"was written in format {written_as}; this version reads format {known}",
                f"use version {record.get('version', 'unknown')} of sim, which wrote it",
            )
        )


def damage(folder: Path, record: Mapping[str, Any]) -> list[str]:
    """What is missing or changed among the files that the record lists, in words."""
    listed = record.get("outputs", {})
    there = outputs_of(folder)
    missing = [f"{name} is missing" for name in listed if name not in there]
    changed = [
        f"{name} has been changed"
        for name in listed
        if name in there and there[name]["sha256"] != listed[name]["sha256"]
    ]
    return missing + changed


def shortened(
    folder: Path, record: Mapping[str, Any], known: Collection[str] = ()
) -> list[Problem]:
    """Tables that are smaller than the run wrote them, but for those `known` to be wrong."""
    problems = []
    for name, output in record.get("outputs", {}).items():
        path = folder / name
        if "/" in name or str(path) in known or not path.is_file():
            continue
        if path.stat().st_size < int(output.get("bytes", 0)):
            what = "is shorter than the run wrote it: it was cut short or changed"
            problems.append(Problem(str(path), what, "copy it again, or run it again"))
    return problems


class FinishedFolder(ABC):
    """What a run and a study have in common: a folder that is done, and its metadata."""

    _what: ClassVar[str] = "run"
    _hint: ClassVar[str] = ""

    def __init__(
        self,
        folder: str | Path,
        record: Mapping[str, Any] | None = None,
        *,
        temporary: TemporaryDirectory[str] | None = None,
    ) -> None:
        """One that is known to be whole; `open` checks it.

        `record` is given where it is not written yet; `temporary` is a temporary folder that is
        to last as long as this object. Raises InputError where the folder is none of the kind.
        """
        self.folder = Path(folder)
        self.record: Mapping[str, Any] = record or read_record(self.folder, self._what, self._hint)
        self.temporary = temporary

    @classmethod
    def open(cls, folder: str | Path, record: Mapping[str, Any] | None = None) -> Self:
        """What is in a folder, checked; `record` where it is not written there yet.

        Raises InputError with all that is wrong with a folder of another kind, or one that is cut
        short or was written in a format that this version cannot read.
        """
        finished = cls(folder, record)
        check_format(finished.record, finished.folder / RECORD)
        problems = finished._problems()
        known = {problem.where for problem in problems}
        raise_if_any(problems + shortened(finished.folder, finished.record, known))
        return finished

    @abstractmethod
    def _problems(self) -> list[Problem]:
        """What is missing or damaged. Raises InputError where it is of another kind."""

    @property
    def start(self) -> date:
        """The first day simulated."""
        return date.fromisoformat(self.record["start"])

    @property
    def end(self) -> date:
        """The day after the last day simulated."""
        return date.fromisoformat(self.record["end"])

    @property
    def period(self) -> str:
        """The simulated period in words, such as "January 2016 to December 2025"."""
        return f"{self.start:%B %Y} to {self.end - timedelta(days=1):%B %Y}"
