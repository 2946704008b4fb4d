"""A study's folder, read back: its metadata, its tables and what was asked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.inputs.files.problems import InputError, Problem
from sim.results.metadata import FinishedFolder, read_record
from sim.results.run_record import CHANGED, first_of, parse_record
from sim.results.study_schema import BETWEEN, COLUMNS, KEYS, TEXTS
from sim.results.table_file import read_table, table_problems

KINDS = ("beliefs", "explore", "sensitivity", "attribution")
STUDY = "study.json"
# What a study of each kind must hold to be reported.
TABLES_OF_STUDIES = {
    "beliefs": ("beliefs",),
    "explore": ("robust", "breakeven", "boxes", "information", "kinds", "futures"),
    "sensitivity": (),
    "attribution": ("attribution",),
}

# Tables with rows of each scenario.
_OF_EVERY_SCENARIO = ("robust", "kinds")


class Study(FinishedFolder):
    """A finished study: its tables as pandas frames, read when asked for."""

    _what = "study"
    _hint = (
        "give the folder that `simulate beliefs`, `explore`, `sensitivity` or `attribute` printed"
    )

    def _problems(self) -> list[Problem]:
        """The files that are missing. Raises InputError where it is not a study."""
        kind = self.record["kind"]
        if kind not in KINDS:
            what = f"is of the kind {kind}, not a study"
            raise InputError(Problem(str(self.folder), what, self._hint))
        needed = [f"{name}.csv" for name in TABLES_OF_STUDIES[str(kind)]]
        if kind != "beliefs":
            needed.append(STUDY)
        if kind == "sensitivity" and not (self.folder / "shares.csv").is_file():
            needed.append("screening.csv")
        problems = [
            Problem(str(self.folder / name), "missing: the study was cut short", "run it again")
            for name in needed
            if not (self.folder / name).is_file() and not (self.folder / f"{name}.gz").is_file()
        ]
        for name, columns in COLUMNS.items():
            if self.has(f"{name}.csv"):
                path = self.folder / f"{name}.csv"
                problems += table_problems(path, columns, True, "study")
        return problems

    @property
    def kind(self) -> str:
        """Which study it is (KINDS)."""
        return str(self.record["kind"])

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What was asked, and findings that are in no table; {} for rival beliefs.

        Raises InputError where the file is damaged.
        """
        path = self.folder / STUDY
        if not path.is_file():
            return {}
        facts = parse_record(path.read_bytes(), str(path))
        if not isinstance(facts, dict):
            raise InputError(Problem(str(path), "does not say what was asked", CHANGED))
        return facts

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The regimes compared; the first is the one under test."""
        return tuple(
            dict.fromkeys(str(s["scenario"]) for s in self.record["identity"]["scenarios"])
        )

    @property
    def plans(self) -> dict[str, Mapping[str, Any]]:
        """The text of each regime as data, merged with those it extends; {} where not known."""
        plans: dict[str, Mapping[str, Any]] = {}
        for entry in self.record["identity"]["scenarios"]:
            with suppress(tomllib.TOMLDecodeError):
                plans[str(entry["scenario"])] = tomllib.loads(str(entry.get("text", "")))
        return plans

    @property
    def step_weeks(self) -> int:
        """How many weeks lie between two counts of children and staff."""
        return int(self.record["identity"].get("step_days", 7)) // 7

    @property
    def beliefs(self) -> str:
        """The beliefs that the futures are drawn from."""
        return str(self.facts.get("beliefs", "central"))

    def table(self, name: str) -> pd.DataFrame:
        """A table by file name without its ending; texts that are empty stay empty.

        Raises InputError where the study has no such table, or it is damaged.
        """
        file = next((f for f in (f"{name}.csv", f"{name}.csv.gz") if self.has(f)), None)
        if file is None:
            raise InputError(Problem(str(self.folder), f"has no table {name}"))
        columns = COLUMNS.get(name, ())
        numbers = [column for column in columns if column not in TEXTS]
        size = self.unpacked(file)
        frame = read_table(self.folder / file, columns, numbers=numbers, unpacked=size)
        texts = frame.select_dtypes(exclude="number").columns
        if what := self._gaps(name, frame):
            raise InputError(Problem(str(self.folder / file), what, CHANGED))
        return frame.assign(**{column: frame[column].fillna("") for column in texts})

    def _gaps(self, name: str, frame: pd.DataFrame) -> str:
        """What is wrong with the rows of a table: there twice, left out, of the unknown, or ""."""
        keys = KEYS.get(name, ())
        if keys and frame.duplicated([*keys]).any():
            return "has rows twice"
        names = {str(one["name"]) for one in self.record["identity"]["scenarios"]}
        if name in _OF_EVERY_SCENARIO:
            there = {*frame["scenario"].astype(str)}
            if there not in (names, {*self.scenarios}):
                return f"is not of the scenarios of the study: {first_of(sorted(there ^ names))}"
        if name == "beliefs":
            complete = len(names) * frame["metric"].nunique()
            pairs = {*(frame["beliefs"].astype(str) + BETWEEN + frame["scenario"].astype(str))}
            if pairs != names:
                return f"is not of the beliefs of the study: {first_of(sorted(pairs ^ names))}"
            if len(frame) != complete:
                return f"has {len(frame):,} rows instead of {complete:,}"
        return ""


def is_study(folder: Path) -> bool:
    """Whether the folder holds a finished study."""
    try:
        return read_record(folder)["kind"] in KINDS
    except InputError:
        return False
