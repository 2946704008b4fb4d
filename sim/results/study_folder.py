"""A study's folder, read back: its metadata, its tables and what was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import pandas as pd

from sim.inputs.files.problems import InputError, Problem
from sim.results.metadata import RECORD, check_format, read_record, shortened

KINDS = ("beliefs", "explore", "sensitivity", "attribution")
STUDY = "study.json"
# What a study of each kind must hold to be reported.
TABLES_OF_STUDIES = {
    "beliefs": ("beliefs",),
    "explore": ("robust", "breakeven", "boxes", "information", "kinds", "futures"),
    "sensitivity": (),
    "attribution": ("attribution",),
}
_HINT = "give the folder that `simulate beliefs`, `explore`, `sensitivity` or `attribute` printed"


class Study:
    """A finished study: its tables as pandas frames, read when asked for."""

    def __init__(
        self,
        folder: str | Path,
        record: Mapping[str, Any] | None = None,
        *,
        temporary: TemporaryDirectory[str] | None = None,
    ) -> None:
        """A study that is known to be whole; `Study.open` checks one.

        `record` is given where it is not written yet; `temporary` is a temporary folder that is
        to last as long as this object. Raises InputError where the folder is no study.
        """
        self.folder = Path(folder)
        self.record = read_record(self.folder, "study", _HINT) if record is None else record
        self._temporary = temporary

    @classmethod
    def open(cls, folder: str | Path, record: Mapping[str, Any] | None = None) -> Self:
        """The study in a folder; `record` where its record is not written there yet.

        Raises InputError for a folder that is not a study, or not a whole one.
        """
        study = cls(folder, record)
        kind = study.record.get("kind")
        if kind not in KINDS:
            what = f"is of the kind {kind}, not a study"
            raise InputError(Problem(str(study.folder), what, _HINT))
        check_format(study.record, study.folder / RECORD)
        needed = [f"{name}.csv" for name in TABLES_OF_STUDIES[str(kind)]]
        if kind != "beliefs":
            needed.append(STUDY)
        if kind == "sensitivity" and not (study.folder / "shares.csv").is_file():
            needed.append("screening.csv")
        problems = [
            Problem(str(study.folder / name), "missing: the study was cut short", "run it again")
            for name in needed
            if not (study.folder / name).is_file()
        ]
        problems += shortened(study.folder, study.record)
        if problems:
            raise InputError(problems)
        return study

    @property
    def kind(self) -> str:
        """Which study it is (KINDS)."""
        return str(self.record["kind"])

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What was asked, and findings that are in no table; {} for rival beliefs."""
        path = self.folder / STUDY
        if not path.is_file():
            return {}
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return facts

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
    def beliefs(self) -> str:
        """The beliefs that the futures are drawn from."""
        return str(self.facts.get("beliefs", "central"))

    def table(self, name: str) -> pd.DataFrame:
        """A table by file name without its ending; texts that are empty stay empty."""
        path = self.folder / f"{name}.csv"
        frame = pd.read_csv(path if path.is_file() else path.with_name(f"{name}.csv.gz"))
        texts = frame.select_dtypes(exclude="number").columns
        return frame.assign(**{column: frame[column].fillna("") for column in texts})


def is_study(folder: Path) -> bool:
    """Whether the folder holds a finished study."""
    try:
        return read_record(folder).get("kind") in KINDS
    except InputError:
        return False
