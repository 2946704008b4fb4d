"""A study's folder, read back: its record, its tables and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.inputs.ledger import Ledger, load_ledger
from sim.inputs.problems import InputError, Problem

KINDS = ("beliefs", "explore", "sensitivity", "attribution")


@dataclass(frozen=True)
class StudyFolder:
    """One finished study. Open it with `open_study`."""

    path: Path
    record: Mapping[str, Any]

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
    def step(self) -> str:
        """How often children and staff were counted, where it was not weekly; else ""."""
        weeks = int(self.record["identity"].get("step_days", 7)) // 7
        if weeks == 1:
            return ""
        return (
            f"Screened: children and staff were counted every {weeks} weeks, institutions by the "
            "day; --step-weeks 1 counts weekly as other runs do."
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

    Raises InputError for a folder that is not a study.
    """
    if record is None:
        try:
            record = json.loads((path / "record.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(Problem(str(path), f"is not a study: {error}")) from None
    assert record is not None
    if record.get("kind") not in KINDS:
        raise InputError(Problem(str(path), f"holds a {record.get('kind')}, not a study"))
    return StudyFolder(path, record)
