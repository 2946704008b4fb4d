"""The record of a run, a study or a back-test (record.json) as types: what it must tell, of which
kind each value is, and whether what it tells twice agrees.

Reports read a record only after it has passed here, so that none meets a value that is absent or of
another type. What a later version adds is let through: the seal covers it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from sim.inputs.files.problems import InputError, Problem
from sim.results.identity import run_id_of, sha256_of

# No record of a run that the program permits comes near it.
MOST_BYTES = 256 * 2**20
_SEAL = "its seal does not fit what it says"
MOST_PROBLEMS = 5  # told one by one; of the others only how many there are
CHANGED = "it has been changed since the run: copy the folder again, or run it again"


def _day(text: str) -> str:
    if date.fromisoformat(text).isoformat() != text:
        raise ValueError("must be a day, as in 2016-01-31")
    return text


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name or "\\" in name:
        raise ValueError("must be the name of a file in the folder")
    return name


Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Day = Annotated[str, AfterValidator(_day)]
FileName = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_inside)]
Name = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
AtLeastOne = Annotated[int, Field(ge=1, lt=2**63)]


class _Part(BaseModel):
    """A part of a record. A value has the type in which it is written; more keys may follow."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)


class OutputRecord(_Part):
    """A file that the run wrote; `unpacked` is the size of what is in it where it is packed."""

    sha256: Hash
    bytes: Count
    unpacked: Count | None = None


class ScenarioRecord(_Part):
    """A scenario of the run, as its identity has it."""

    name: Name
    scenario: Name
    text: str
    sha256: Hash
    title: str | None = None
    beliefs: str | None = None
    draws: dict[str, Any] | None = None
    levers: dict[str, str | bool | int | float] = {}
    without: list[str] = []
    parameters_sha256: Hash | None = None


class IdentityRecord(_Part):
    """What decides the numbers of a run."""

    scenarios: Annotated[list[ScenarioRecord], Field(min_length=1)]
    seeds_sha256: Hash
    code_sha256: Hash | None = None
    code: list[str] | None = None
    step_days: AtLeastOne = 7


class SourceRecord(_Part):
    """Where the program came from."""

    version: str | None = None
    commit: str | None = None
    dirty: list[str] | None = None


class RunRecord(_Part):
    """The record of a run, a sweep or a study."""

    format: int
    kind: Literal["run", "sweep", "beliefs", "explore", "sensitivity", "attribution"]
    version: str | None = None
    run_id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    scenario: Name
    title: str | None = None
    scenarios: Annotated[list[Name], Field(min_length=1)]
    scenario_files: dict[Name, str] = {}
    start: Day
    end: Day
    seed: Count
    replications: AtLeastOne
    source: SourceRecord = SourceRecord()
    report_sha256: Hash | None = None
    libraries: dict[str, str] = {}
    precision: dict[str, Any] | None = None
    identity: IdentityRecord
    outputs: dict[FileName, OutputRecord]
    seal: Hash
    run: dict[str, Any] = {}


class BacktestRecord(_Part):
    """The record of a back-test."""

    format: int
    kind: Literal["backtest"]
    version: str | None = None
    sets: AtLeastOne | None = None
    seed: Count | None = None
    tested_after: Day | None = None
    tested_until: Day | None = None
    seeds_sha256: Hash | None = None
    outputs: dict[FileName, OutputRecord] = {}
    seal: Hash | None = None


def parse_record(data: bytes, where: str) -> Any:
    """A record's bytes as data. Raises InputError where they are no JSON."""
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        what = "cannot be read: it is damaged, was cut short or has been changed"
        raise InputError(Problem(where, what, "copy it again, or run it again")) from None


def check_types(record: Mapping[str, Any], where: str) -> None:
    """Raise InputError where a record lacks a value or has one of another type."""
    model = BacktestRecord if record.get("kind") == "backtest" else RunRecord
    try:
        model.model_validate(record)
    except ValidationError as error:
        problems = [
            Problem(f"{where}, {_key(detail['loc'])}", _wrong(detail), CHANGED)
            for detail in error.errors(include_url=False, include_context=False)
        ]
        raise InputError(few(problems, where)) from None


def seal_of(record: Mapping[str, Any]) -> str:
    """The hash of a record but for itself and what the run measured of itself."""
    return sha256_of({key: record[key] for key in record if key not in ("seal", "run")})


def sealed_in_part(record: Mapping[str, Any]) -> bool:
    """Whether the seal is one of an earlier version: it binds identity and outputs only."""
    narrow = {"identity": record.get("identity"), "outputs": record.get("outputs")}
    return bool(record.get("seal") == sha256_of(narrow))


def contradictions(record: Mapping[str, Any]) -> list[str]:
    """What in a record of the right types does not fit the rest of it, in words."""
    if record["kind"] == "backtest":
        return [] if record.get("seal") == seal_of(record) else [_SEAL]
    identity = record["identity"]
    wrong = []
    if record["run_id"] != run_id_of(identity):
        wrong.append(f"its run id should be {run_id_of(identity)}")
    if record["seal"] != seal_of(record) and not sealed_in_part(record):
        wrong.append(_SEAL)
    twice = ["kind", "start", "end", "seed", "format"]
    if not record.get("precision"):  # which decides how many were run, up to those asked for
        twice.append("replications")
    wrong += [f"it tells {key} in two ways" for key in twice if record[key] != identity.get(key)]
    scenarios = identity["scenarios"]
    if record["kind"] == "run" and record["scenarios"] != [one["name"] for one in scenarios]:
        wrong.append("it tells scenarios in two ways")
    if record["scenario"] != record["scenarios"][0]:
        wrong.append("it tells scenario in two ways")
    if record.get("title") != scenarios[0].get("title"):
        wrong.append("it tells title in two ways")
    return wrong


def few(problems: list[Problem], where: str) -> list[Problem]:
    """The first of some problems, and how many more there are."""
    more = len(problems) - MOST_PROBLEMS
    rest = [Problem(where, f"and {more} more of the kind")] if more > 0 else []
    return problems[:MOST_PROBLEMS] + rest


def first_of(texts: Iterable[str], between: str = ", ", most: int = 20) -> str:
    """The first of some texts, none too long to read, and how many more there are."""
    listed = list(texts)
    first = [short(text, 80) for text in listed[:most]]
    more = [f"{len(listed) - most} more"] if len(listed) > most else []
    return between.join(first + more)


def short(text: object, most: int) -> str:
    """A text, cut where it is longer than `most`."""
    whole = str(text)
    return whole if len(whole) <= most else f"{whole[: most - 1]}\u2026"


def _once_each(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A table of JSON. Raises ValueError where a key stands twice: which one counts?"""
    listed = list(pairs)
    table = dict(listed)
    if len(table) < len(listed):
        raise ValueError("a key stands twice")
    return table


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


def _key(path: tuple[int | str, ...]) -> str:
    return short(".".join(map(str, path)), 100)


def _wrong(detail: Any) -> str:
    if detail["type"] == "missing":
        return "is missing"
    if detail["type"] == "string_pattern_mismatch":
        return "is no hash"
    message = str(detail["msg"]).removeprefix("Value error, ").replace("Input should", "must")
    return short(message, 200)
