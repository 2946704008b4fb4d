"""A run folder, read back: its record and its tables, checked before anything is drawn.

Reports see a run only through this module, so a change of the folder's layout is a change
here and nowhere else.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.inputs.files.problems import InputError, Problem
from sim.report.words.prose import label as label

# Columns a report needs; a file may hold more.
COLUMNS: dict[str, tuple[str, ...]] = {
    "replications.csv": ("scenario", "replication", "metric", "value"),
    "summary.csv": (
        *("scenario", "metric", "unit", "n", "mean", "sd"),
        *("ci95_low", "ci95_high", "p05", "p50", "p95"),
    ),
    "comparison.csv": (
        *("scenario", "baseline", "metric", "unit", "n", "diff_mean"),
        *("ci95_low", "ci95_high", "p05", "p95", "share_better", "correlation"),
    ),
    "national.csv": ("scenario", "month", "metric", "mean", "p05", "p50", "p95"),
    "councils.csv": (
        *("time_period", "new_la_code", "old_la_code", "la_name", "region_name"),
        *("scenario", "metric", "mean", "p05", "p95"),
    ),
    "spells.csv": (
        *("scenario", "replication", "la_code", "la_name"),
        *("started", "ended", "censored", "route", "exit_grade"),
    ),
}
RECORD_KEYS = ["run_id", "scenario", "title", "scenarios", "start", "end", "seed", "replications"]
FORMATS = (1,)


@dataclass(frozen=True)
class RunFolder:
    """One finished run. Open it with `open_run`, which checks it."""

    path: Path
    record: Mapping[str, Any]

    @property
    def scenario(self) -> str:
        """The scenario asked for."""
        return str(self.record["scenario"])

    @property
    def title(self) -> str:
        return str(self.record.get("title") or label(self.scenario))

    @property
    def start(self) -> date:
        return date.fromisoformat(self.record["start"])

    @property
    def end(self) -> date:
        return date.fromisoformat(self.record["end"])

    @property
    def replications(self) -> int:
        return int(self.record["replications"])

    @property
    def seed(self) -> int:
        return int(self.record["seed"])

    @property
    def run_id(self) -> str:
        return str(self.record["run_id"])

    @property
    def beliefs(self) -> str:
        """The beliefs about the world that the run assumes."""
        first = self.record.get("identity", {}).get("scenarios", [{}])[0]
        return str(first.get("beliefs") or "central")

    @property
    def draws(self) -> bool:
        """Whether each replication took other parameters, from what the beliefs allow."""
        return bool(self.record.get("identity", {}).get("scenarios", [{}])[0].get("draws"))

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """Every scenario of the run: the one asked for first, then its comparators."""
        others = [str(name) for name in self.record["scenarios"] if name != self.scenario]
        return (self.scenario, *others)

    @cached_property
    def plans(self) -> Mapping[str, Mapping[str, Any]]:
        """Each scenario as the record keeps it, whole; empty where it does not."""
        found: dict[str, Mapping[str, Any]] = {name: {} for name in self.scenarios}
        for run_scenario in self.record.get("identity", {}).get("scenarios", []):
            with suppress(tomllib.TOMLDecodeError):
                found[run_scenario["name"]] = tomllib.loads(str(run_scenario.get("text", "")))
        return found

    @cached_property
    def period(self) -> str:
        """The simulated period in words, such as "January 2016 to December 2025"."""
        last = pd.Timestamp(self.end) - pd.Timedelta(days=1)
        return f"{self.start:%B %Y} to {last:%B %Y}"

    def has(self, file: str) -> bool:
        return (self.path / file).is_file()

    def _table(self, file: str, dates: tuple[str, ...] = ()) -> pd.DataFrame:
        frame = pd.read_csv(self.path / file, dtype=_TEXT, encoding="utf-8")
        for column in dates:
            frame[column] = pd.to_datetime(frame[column])
        return frame

    @cached_property
    def replication_values(self) -> pd.DataFrame:
        return self._table("replications.csv")

    @cached_property
    def summary(self) -> pd.DataFrame:
        return self._table("summary.csv")

    @cached_property
    def comparison(self) -> pd.DataFrame:
        return self._table("comparison.csv")

    @cached_property
    def spread(self) -> pd.DataFrame:
        """What the spread of the runs is made of; empty where that was not worked out."""
        if not self.has("spread.csv"):
            return pd.DataFrame(columns=["scenario", "baseline", "metric", "luck", "ignorance"])
        frame = self._table("spread.csv")
        return frame.assign(baseline=frame["baseline"].fillna(""))

    @cached_property
    def national(self) -> pd.DataFrame:
        return self._table("national.csv", dates=("month",))

    @cached_property
    def councils(self) -> pd.DataFrame:
        return self._table("councils.csv")

    @cached_property
    def spells(self) -> pd.DataFrame:
        """Spells with `entry` and `exit`: days since judgement when first and last seen.

        A spell under way when the run began is seen only from its start (delayed entry); one
        still open at the end is censored there.
        """
        spells = self._table("spells.csv", dates=("started", "ended"))
        start, end = pd.Timestamp(self.start), pd.Timestamp(self.end)
        exited = spells["censored"].eq(0) & spells["ended"].notna()
        seen_from = spells["started"].where(spells["started"] > start, start)
        seen_to = spells["ended"].where(exited, end)
        return spells.assign(
            exited=exited,
            entry=(seen_from - spells["started"]).dt.days,
            exit=(seen_to - spells["started"]).dt.days,
            days_seen=(seen_to - seen_from).dt.days.clip(lower=0),
        )

    @cached_property
    def events(self) -> pd.DataFrame:
        """Events of the replications that were recorded; empty where none were."""
        if not self.has("events.csv.gz"):
            return pd.DataFrame(columns=["date", "scenario", "replication", "la_code", "kind"])
        return self._table("events.csv.gz", dates=("date",))


_TEXT = dict.fromkeys(("new_la_code", "old_la_code", "la_code", "time_period", "cause"), str)


def open_run(path: Path, record: Mapping[str, Any] | None = None) -> RunFolder:
    """The run in the folder `path`; `record` where its record is not written there yet.

    Raises InputError for a folder that is no run, is cut short or was written in a format
    that this version cannot read.
    """
    record = _record(path) if record is None else record
    _check_record(path, record)
    problems = [problem for file in COLUMNS for problem in _check(path / file, COLUMNS[file])]
    problems += shortened(path, record, {problem.where for problem in problems})
    if problems:
        raise InputError(problems)
    return RunFolder(path, record)


def shortened(
    folder: Path, record: Mapping[str, Any], known: Collection[str] = ()
) -> list[Problem]:
    """Tables that are smaller than the run wrote them, but for those `known` to be wrong."""
    found = []
    for name, told in record.get("outputs", {}).items():
        path = folder / name
        if "/" in name or str(path) in known or not path.is_file():
            continue
        if path.stat().st_size < int(told.get("bytes", 0)):
            what = "is shorter than the run wrote it: it was cut short or changed"
            found.append(Problem(str(path), what, "copy it again, or run it again"))
    return found


def _record(folder: Path) -> dict[str, Any]:
    path = folder / "record.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        hint = "give the folder that `simulate` printed at its end"
        raise InputError(
            Problem(str(folder), "is not a run folder: no record.json", hint)
        ) from None
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from None
    except ValueError:
        what = "cannot be read: it is damaged or was cut short"
        raise InputError(Problem(str(path), what, "run it again")) from None
    if not isinstance(record, dict):
        raise InputError(Problem(str(path), "is not the record of a run"))
    return record


def _check_record(folder: Path, record: Mapping[str, Any]) -> None:
    where = str(folder / "record.json")
    if (written_as := record.get("format")) not in FORMATS:
        hint = f"use version {record.get('version', 'unknown')} of sim, which wrote it"
        raise InputError(Problem(where, f"run folder format {written_as} is not known here", hint))
    if (kind := record.get("kind", "run")) != "run":
        option = "--backtest" if kind == "backtest" else "--study"
        hint = f"to tell of it in a briefing: simulate briefing RUN {option} {folder}"
        hint = "" if kind == "sweep" else hint
        raise InputError(Problem(where, f"is of the kind {kind}, not a run of scenarios", hint))
    missing = [key for key in RECORD_KEYS if key not in record]
    if missing:
        raise InputError(Problem(where, f"does not tell {', '.join(missing)}"))


def _check(path: Path, columns: tuple[str, ...]) -> list[Problem]:
    """What is wrong with one table, judged by its first lines."""
    if not path.is_file():
        return [Problem(str(path), "missing: the run was cut short", "run it again")]
    try:
        head = pd.read_csv(path, nrows=1, encoding="utf-8")
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError):
        return [Problem(str(path), "empty or damaged: the run was cut short", "run it again")]
    missing = [column for column in columns if column not in head.columns]
    if missing:
        return [Problem(str(path), f"has no column {', '.join(missing)}")]
    if not len(head) and path.name != "spells.csv" and path.name != "comparison.csv":
        return [Problem(str(path), "has no rows: the run was cut short", "run it again")]
    return []


def one(frame: pd.DataFrame, column: str, **where: str) -> float:
    """The single number of `frame[column]` where the named columns have the given values.

    NaN where there is no such row.
    """
    chosen = np.ones(len(frame), dtype=bool)
    for name, value in where.items():
        chosen &= (frame[name] == value).to_numpy()
    values = frame.loc[chosen, column].to_numpy(dtype=float)
    return float(values[0]) if len(values) else float("nan")
