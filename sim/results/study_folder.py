"""A study's folder, read back: its metadata, its tables and what was asked."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.inputs.files.problems import InputError, Problem
from sim.results.metadata import FinishedFolder, read_record

KINDS = ("beliefs", "explore", "sensitivity", "attribution")
STUDY = "study.json"
# What a study of each kind must hold to be reported.
TABLES_OF_STUDIES = {
    "beliefs": ("beliefs",),
    "explore": ("robust", "breakeven", "boxes", "information", "kinds", "futures"),
    "sensitivity": (),
    "attribution": ("attribution",),
}


class Study(FinishedFolder):
    """A finished study: its tables as pandas frames, read when asked for."""

    _what = "study"
    _hint = (
        "give the folder that `simulate beliefs`, `explore`, `sensitivity` or `attribute` printed"
    )

    def _problems(self) -> list[Problem]:
        """The files that are missing. Raises InputError where it is not a study."""
        kind = self.record.get("kind")
        if kind not in KINDS:
            what = f"is of the kind {kind}, not a study"
            raise InputError(Problem(str(self.folder), what, self._hint))
        needed = [f"{name}.csv" for name in TABLES_OF_STUDIES[str(kind)]]
        if kind != "beliefs":
            needed.append(STUDY)
        if kind == "sensitivity" and not (self.folder / "shares.csv").is_file():
            needed.append("screening.csv")
        return [
            Problem(str(self.folder / name), "missing: the study was cut short", "run it again")
            for name in needed
            if not (self.folder / name).is_file()
        ]

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
