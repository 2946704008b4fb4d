"""The metadata of a run (record.json): what it was made from, what it made, and how it went.

`identity` decides the bytes of every other file; `outputs` holds their hashes; `seal` is a hash of
all that the record says but for the section `run` (times, memory, machine, engine), the only one
that differs when a run is made again. Studies and back-tests have a record of the same kind, and
all are read here: nothing of a folder is used before record and files are found to be as written.
"""

from __future__ import annotations

import gzip
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Self

from sim.inputs.files.problems import InputError, Problem, raise_if_any
from sim.results.identity import sha256_of_file
from sim.results.run_record import (
    CHANGED,
    MOST_BYTES,
    check_types,
    contradictions,
    few,
    parse_record,
    seal_of,
    short,
)

RECORD = "record.json"
# The layout of a folder. A change that older code could not read adds one.
FORMAT = 1
READABLE = (1,)
_LINK = "is a link to a place outside the folder"
_AGAIN = "copy it again, or run it again"


def files_of(folder: Path) -> list[str]:
    """Every file of a folder but its record, by name from the folder."""
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / RECORD
    ]


def _output(path: Path) -> dict[str, Any]:
    output = {"sha256": sha256_of_file(path), "bytes": path.stat().st_size}
    if path.suffix == ".gz":
        with gzip.open(path) as file:
            output["unpacked"] = file.seek(0, 2)
    return output


def sealed(
    record: Mapping[str, Any], folder: Path, files: Iterable[str] | None = None
) -> dict[str, Any]:
    """The record with hash and size of every file in `folder`, or of `files`, and its seal."""
    names = files_of(folder) if files is None else files
    content = {**record, "outputs": {name: _output(folder / name) for name in names}}
    return {**content, "seal": seal_of(content)}


def record_bytes(record: Mapping[str, Any]) -> bytes:
    """The record as the bytes of its file."""
    return (json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_record(folder: Path, what: str = "run", hint: str = "") -> dict[str, Any]:
    """The record of a finished run, or of what `what` says: "study", "back-test".

    `hint` says which folder to give where this is none. Raises InputError where the folder holds
    no such record, or one that this version cannot read.
    """
    path = folder / RECORD
    if not path.is_file():
        if path.is_symlink() or path.exists():
            problem = Problem(str(path), "is not a file", "copy the folder again")
        else:
            hint = hint or "give the folder that `simulate` printed at its end"
            problem = Problem(str(folder), f"is not a {what} folder: no {RECORD}", hint)
        raise InputError(problem)
    if leads_out(folder, RECORD):
        raise InputError(Problem(str(path), _LINK, _AGAIN))
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(Problem(str(path), "is far too large to be a record", CHANGED))
        record = parse_record(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from None
    if not isinstance(record, dict) or "format" not in record:
        hint = "it has been changed since the run; the run can be made again"
        raise InputError(Problem(str(path), f"is not the record of a {what}", hint))
    check_format(record, path)
    check_types(record, str(path))
    return dict(record)


def check_format(record: Mapping[str, Any], path: Path) -> None:
    """Raise InputError where the record at `path` is of a format that is not readable here."""
    written_as = record.get("format")
    if written_as not in READABLE:
        known = ", ".join(str(number) for number in READABLE)
        raise InputError(
            Problem(
                str(path),
                f"was written in format {short(written_as, 20)}; this version reads format {known}",
                f"use version {short(record.get('version', 'unknown'), 20)} of sim, which wrote it",
            )
        )


def leads_out(folder: Path, name: str) -> bool:
    """Whether a file of a folder is a link, or lies in one, to a place outside."""
    return not (folder / name).resolve().is_relative_to(folder.resolve())


def damage(folder: Path, record: Mapping[str, Any]) -> list[str]:
    """What is missing or changed among the files that the record lists, in words."""
    listed = record.get("outputs", {})
    return [f"{name} {what}" for name in listed if (what := _damage_of(folder, name, listed[name]))]


def _damage_of(folder: Path, name: str, output: Mapping[str, Any]) -> str:
    """What is wrong with a file that the record lists, "" where nothing is."""
    path = folder / name
    if leads_out(folder, name):
        return _LINK
    if not path.is_file():
        return "is not a file" if path.exists() else "is missing"
    size = path.stat().st_size
    if size < output["bytes"]:
        return "has been changed: it is shorter than the run wrote it"
    if size > output["bytes"] or sha256_of_file(path) != output["sha256"]:
        return "has been changed since the run"
    return ""


def seal_problems(folder: Path, record: Mapping[str, Any]) -> list[Problem]:
    """What in a record or a table of its folder is not as it was written.

    Pictures and what pages show, which lie in folders of their own, and pages are not read:
    another version may have made them anew, and `verify` looks at them.
    """
    problems = []
    if wrong := contradictions(record):
        what = f"has been changed since the run: {'; '.join(wrong)}"
        problems.append(Problem(str(folder / RECORD), what, _AGAIN))
    for name, output in record.get("outputs", {}).items():
        if (
            "/" not in name
            and not name.endswith(".html")
            and (what := _damage_of(folder, name, output))
        ):
            problems.append(Problem(str(folder / name), what, _AGAIN))
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

        Raises InputError with what is wrong with a folder of another kind, or one that is cut
        short, was changed since or was written in a format that this version cannot read.
        """
        finished = cls(folder, record)
        check_format(finished.record, finished.folder / RECORD)
        problems = finished._problems()
        if record is None:
            known = {problem.where for problem in problems}
            changed = seal_problems(finished.folder, finished.record)
            problems += [problem for problem in changed if problem.where not in known]
        raise_if_any(few(problems, str(finished.folder)))
        return finished

    def has(self, file: str) -> bool:
        """Whether the folder holds this file, as one that the run wrote."""
        listed = self.record.get("outputs")
        return (listed is None or file in listed) and (self.folder / file).is_file()

    def unpacked(self, file: str) -> int | None:
        """How large a packed file is when it is unpacked, where the record tells."""
        size = self.record.get("outputs", {}).get(file, {}).get("unpacked")
        return None if size is None else int(size)

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
