"""A study's folder, read back: its record, its tables and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.inputs.evidence.ledger import Ledger, load_ledger
from sim.inputs.files.problems import InputError, Problem
from sim.report.words.prose import CitedNumber, TableCell, decimals, number
from sim.results.folder import shortened

KINDS = ("beliefs", "explore", "sensitivity", "attribution")
FINDINGS = "findings.csv"  # where a number of study.json is found, once it is cited
FORMATS = (1,)
# What a study of each kind must hold to be told in words.
TABLES = {
    "beliefs": ("beliefs",),
    "explore": ("robust", "breakeven", "boxes", "information", "kinds", "futures"),
    "sensitivity": (),
    "attribution": ("attribution",),
}


@dataclass(frozen=True)
class StudyFolder:
    """One finished study. Open it with `open_study`."""

    path: Path
    record: Mapping[str, Any]
    plainly: bool = False  # parameters are told by what they drive, without their names

    @property
    def kind(self) -> str:
        """Which study it is (KINDS)."""
        return str(self.record["kind"])

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What was asked, and findings that are in no table; {} for rival beliefs."""
        path = self.path / "study.json"
        if not path.is_file():
            return {}
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    @cached_property
    def ledger(self) -> Ledger:
        """What the parameters are and in which units."""
        return load_ledger()

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The regimes compared; the first is the one under test."""
        return tuple(
            dict.fromkeys(str(s["scenario"]) for s in self.record["identity"]["scenarios"])
        )

    @property
    def period(self) -> str:
        """The simulated period in words, such as "January 2016 to December 2025"."""
        start = date.fromisoformat(self.record["start"])
        last = date.fromisoformat(self.record["end"]) - timedelta(days=1)
        return f"{start:%B %Y} to {last:%B %Y}"

    @property
    def step_weeks(self) -> int:
        """How many weeks lie between two counts of children and staff."""
        return int(self.record["identity"].get("step_days", 7)) // 7

    @property
    def step(self) -> str:
        """How often children and staff were counted, where it was not weekly; else ""."""
        if self.step_weeks == 1:
            return ""
        return (
            f"Screened: children and staff were counted every {self.step_weeks} weeks, and "
            "inspectors' visits between inspections as a standing load on them; --step-weeks 1 "
            "counts weekly and visit by visit, as other runs do."
        )

    @property
    def beliefs(self) -> str:
        """The beliefs that the futures are drawn from."""
        return str(self.facts.get("beliefs", "central"))

    def table(self, name: str) -> pd.DataFrame:
        """A table by file name without its ending; texts that are empty stay empty."""
        frame = pd.read_csv(self.path / f"{name}.csv")
        texts = frame.select_dtypes(exclude="number").columns
        return frame.assign(**{column: frame[column].fillna("") for column in texts})

    def cite(
        self,
        table: str,
        column: str,
        where: Mapping[str, object],
        value: float,
        *,
        among: Iterable[float] = (),
        scale: float = 1.0,
    ) -> CitedNumber:
        """A number of a table, with as many places as the largest of `among` needs."""
        shown = number(scale * value, decimals([scale * v for v in among] or [scale * value]))
        row = tuple((name, str(cell)) for name, cell in where.items())
        return CitedNumber(value, shown, TableCell(f"{table}.csv", row, column), scale)

    def share(
        self, table: str, column: str, where: Mapping[str, object], value: float
    ) -> CitedNumber:
        """A share of a table, in per cent without its sign."""
        row = tuple((name, str(cell)) for name, cell in where.items())
        return CitedNumber(
            value, number(100 * value, 0), TableCell(f"{table}.csv", row, column), 100.0
        )

    def finding(self, name: str, value: float, shown: str, scale: float = 1.0) -> CitedNumber:
        """A number that study.json holds, or that is counted from a table."""
        return CitedNumber(value, shown, TableCell(FINDINGS, (("finding", name),), "value"), scale)

    def source(self, *notes: str) -> str:
        """The line under a chart."""
        run = (
            f"Source: simulation, {self.kind} {self.record['run_id']}, seed {self.record['seed']}."
        )
        return " ".join((run, *notes, "Simulated outcomes, not a forecast."))


def is_study(path: Path) -> bool:
    """Whether the folder holds a finished study."""
    try:
        record = json.loads((path / "record.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and record.get("kind") in KINDS


def open_study(path: Path, record: Mapping[str, Any] | None = None) -> StudyFolder:
    """The study in the folder `path`; `record` where its record is not written there yet.

    Raises InputError for a folder that is not a study, or not a whole one.
    """
    record = _record(path) if record is None else record
    if record.get("kind") not in KINDS:
        raise InputError(
            Problem(str(path), f"is of the kind {record.get('kind')}, not a study", _HINT)
        )
    if (written_as := record.get("format", 1)) not in FORMATS:
        hint = f"use version {record.get('version', 'unknown')} of sim, which wrote it"
        raise InputError(Problem(str(path), f"study format {written_as} is not known here", hint))
    needed = [f"{name}.csv" for name in TABLES[str(record["kind"])]]
    if record["kind"] != "beliefs":
        needed.append("study.json")
    if record["kind"] == "sensitivity" and not (path / "shares.csv").is_file():
        needed.append("screening.csv")
    missing = [
        Problem(str(path / name), "missing: the study was cut short", "run it again")
        for name in needed
        if not (path / name).is_file()
    ]
    missing += shortened(path, record)
    if missing:
        raise InputError(missing)
    return StudyFolder(path, record)


_HINT = "give the folder that `simulate beliefs`, `explore`, `sensitivity` or `attribute` printed"


def _record(path: Path) -> Mapping[str, Any]:
    try:
        record = json.loads((path / "record.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(Problem(str(path), "is not a study: no record.json", _HINT)) from None
    except (OSError, ValueError):
        what = "cannot be read: its record is damaged or was cut short"
        raise InputError(Problem(str(path), what, "run it again")) from None
    if not isinstance(record, dict):
        raise InputError(Problem(str(path), "is not the record of a study"))
    return record
