"""A finished run, read back: its metadata, and its tables as pandas frames with their units.

Reports and notebooks see a run only through this module, so a change of the folder's layout is a
change of the schema and of nothing else.
"""

from __future__ import annotations

import html
import math
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.comparison import compare_runs
from sim.inputs.councils.baseline import baseline
from sim.inputs.files.problems import InputError, Problem, did_you_mean, raise_if_any
from sim.inputs.metrics import METRICS
from sim.results.identity import seeds_sha256
from sim.results.metadata import RECORD, FinishedFolder
from sim.results.run_record import first_of
from sim.results.schema import NUMBERS, TABLES, columns_of
from sim.results.schema import label as label
from sim.results.series_tables import starting_rows
from sim.results.summary_tables import comparison_row
from sim.results.table_file import read_table, table_problems
from sim.units import Array

# Tables with a row for every scenario and metric, and for every replication where they tell it.
_OF_EVERY_METRIC = ("replications.csv", "summary.csv")
# What tells the rows of other tables apart.
_KEYS = {
    "national.csv": ("scenario", "metric", "month"),
    "councils.csv": ("scenario", "metric", "old_la_code", "time_period"),
    "comparison.csv": ("scenario", "baseline", "metric"),
}


class Run(FinishedFolder):
    """A finished run, whose tables are read from its folder when asked for.

    Every table is a pandas frame; its `attrs["units"]` gives the unit of each metric, and
    `sim.results.schema` says what each column means. InputError where the run has no such table.
    """

    def _problems(self) -> list[Problem]:
        """What is missing or damaged. Raises InputError where it is no run of scenarios."""
        path = self.folder / RECORD
        if (kind := self.record["kind"]) != "run":
            option = "--backtest" if kind == "backtest" else "--study"
            hint = f"to tell of it in a briefing: simulate briefing RUN {option} {self.folder}"
            hint = "" if kind == "sweep" else hint
            what = f"is of the kind {kind}, not a run of scenarios"
            raise InputError(Problem(str(path), what, hint))
        return [
            problem
            for file, table in TABLES.items()
            if table.always
            for problem in table_problems(
                self.folder / file,
                table.needed,
                table.may_be_empty and not (file == "councils.csv" and self.has_year_end),
            )
        ]

    @property
    def has_year_end(self) -> bool:
        """Whether a financial year ends between the first and the last day: councils.csv has a
        row a council for each such year, and is empty where there is none."""
        years = range(self.start.year, self.end.year + 1)
        return any(self.start < date(year, 3, 31) < self.end - timedelta(days=1) for year in years)

    @property
    def scenario(self) -> str:
        """The scenario under test."""
        return str(self.record["scenario"])

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """Every scenario of the run: the one under test first, then its comparators."""
        others = [str(name) for name in self.record["scenarios"] if name != self.scenario]
        return (self.scenario, *others)

    @property
    def baseline(self) -> str:
        """The scenario that the others are compared with: the one under test."""
        return self.scenario

    @property
    def title(self) -> str:
        """The title of the scenario under test."""
        return str(self.record.get("title") or label(self.scenario))

    @property
    def replication_count(self) -> int:
        """How many replications each scenario has."""
        return int(self.record["replications"])

    @property
    def seed(self) -> int:
        """The random seed."""
        return int(self.record["seed"])

    @property
    def run_id(self) -> str:
        """The name of the run: a hash of all that decides its numbers."""
        return str(self.record["run_id"])

    @property
    def same_seeds(self) -> bool | None:
        """Whether the seed tables here are those of the run; None where its record has no word."""
        recorded = self.record.get("identity", {}).get("seeds_sha256")
        return None if recorded is None else bool(recorded == seeds_sha256())

    @property
    def _scenario_records(self) -> list[Mapping[str, Any]]:
        return list(self.record.get("identity", {}).get("scenarios", []))

    @property
    def beliefs(self) -> str:
        """The beliefs about the world that the run assumes."""
        return str(next(iter(self._scenario_records), {}).get("beliefs") or "central")

    @property
    def draws(self) -> bool:
        """Whether each replication took other parameters, from what the beliefs allow."""
        return bool(next(iter(self._scenario_records), {}).get("draws"))

    @cached_property
    def plans(self) -> Mapping[str, Mapping[str, Any]]:
        """The text of each scenario as data, merged with those it extends; {} where not known."""
        plans: dict[str, Mapping[str, Any]] = {name: {} for name in self.scenarios}
        for scenario in self._scenario_records:
            with suppress(tomllib.TOMLDecodeError):
                plans[scenario["name"]] = tomllib.loads(str(scenario.get("text", "")))
        return plans

    @property
    def units(self) -> dict[str, str]:
        """The unit of each metric."""
        return {metric.name: metric.unit for metric in METRICS.values()}

    @cached_property
    def replications(self) -> pd.DataFrame:
        """One row for each scenario, replication and metric."""
        return self._table("replications.csv")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row for each scenario and metric: mean, its interval, and the range of runs."""
        return self._table("summary.csv")

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """Paired differences to the scenario under test, with simultaneous intervals."""
        return self._table("comparison.csv")

    @cached_property
    def cost_effectiveness(self) -> pd.DataFrame:
        """What each other scenario costs and avoids; empty where that was not worked out."""
        file = "cost_effectiveness.csv"
        return self._table(file) if self.has(file) else pd.DataFrame(columns=list(columns_of(file)))

    @cached_property
    def spread(self) -> pd.DataFrame:
        """How much of the spread of the runs is chance and how much unknown parameters; empty
        where that was not worked out."""
        if not self.has("spread.csv"):
            return pd.DataFrame(columns=list(columns_of("spread.csv")))
        frame = self._table("spread.csv")
        return frame.assign(baseline=frame["baseline"].fillna(""))

    @cached_property
    def national(self) -> pd.DataFrame:
        """England by month: mean and range of runs."""
        return self._table("national.csv")

    @cached_property
    def councils(self) -> pd.DataFrame:
        """Each council by financial year: mean and range of runs."""
        return self._table("councils.csv")

    @cached_property
    def starting_state(self) -> pd.DataFrame:
        """How each council stood on the first day, a row a council.

        Of a folder that has no such table, from the seeds here, with the codes of the run.
        """
        file = "starting_state.csv"
        if self.has(file):
            return self._table(file)
        frame = pd.DataFrame(starting_rows(baseline(self.start)), columns=list(columns_of(file)))
        frame["old_la_code"] = frame["old_la_code"].astype(str)
        used = self.councils.drop_duplicates("old_la_code").set_index("old_la_code")["new_la_code"]
        code = frame["old_la_code"].map(used).fillna(frame["new_la_code"])
        days = {name: pd.to_datetime(frame[name]) for name in TABLES[file].dates}
        return frame.assign(new_la_code=code, **days)

    @cached_property
    def spells(self) -> pd.DataFrame:
        """Each time a council was judged inadequate, in every run.

        Besides the columns of the file: `exited`; `entry` and `exit`, days since the judgement
        at which the spell is first and last observed; `days_observed`. A spell under way when the
        run began is observed from its start (delayed entry); one still open at the end is
        censored there.
        """
        spells = self._table("spells.csv")
        start, end = pd.Timestamp(self.start), pd.Timestamp(self.end)
        exited = spells["censored"].eq(0) & spells["ended"].notna()
        first_day = spells["started"].where(spells["started"] > start, start)
        last_day = spells["ended"].where(exited, end)
        frame = spells.assign(
            exited=exited,
            entry=(first_day - spells["started"]).dt.days,
            exit=(last_day - spells["started"]).dt.days,
            days_observed=(last_day - first_day).dt.days.clip(lower=0),
        )
        frame.attrs["units"] = self.units
        return frame

    @cached_property
    def events(self) -> pd.DataFrame:
        """What happened, in the replications whose events were kept; empty where none were."""
        if not self.has("events.csv.gz") and self.record["kind"] == "run":
            return pd.DataFrame(columns=list(columns_of("events.csv.gz")))
        return self._table("events.csv.gz")

    def wide(self, metric: str) -> pd.DataFrame:
        """One metric as a table with a row a replication and a column a scenario."""
        check_metrics([metric])
        rows = self.replications[self.replications["metric"] == metric]
        table = rows.pivot(index="replication", columns="scenario", values="value")
        return table[list(self.scenarios)]

    def _table(self, file: str) -> pd.DataFrame:
        if not self.has(file):
            what = f"has no {file}: a {self.record['kind']} does not make it"
            raise InputError(Problem(str(self.folder), what))
        table, path = TABLES[file], self.folder / file
        frame = read_table(
            path,
            table.needed,
            numbers=NUMBERS,
            dates=table.dates,
            unpacked=self.unpacked(file),
        )
        raise_if_any(self._wrong_rows(frame, path))
        frame.attrs["units"] = self.units
        return frame

    def _wrong_rows(self, frame: pd.DataFrame, path: Path) -> list[Problem]:
        """What a table tells of scenarios or replications that the record does not know."""
        if self.record["kind"] != "run" or "scenario" not in frame.columns:
            return []
        wrong = []
        others = sorted({*frame["scenario"].astype(str).unique()} - {*self.scenarios})
        if others:
            wrong.append(f"has rows of scenarios that were not run: {', '.join(others[:3])[:200]}")
        if "replication" in frame.columns and len(frame):
            numbers = frame["replication"]
            if not numbers.between(1, self.replication_count).all():
                wrong.append(f"has replications outside 1 to {self.replication_count}")
        if path.name in _OF_EVERY_METRIC and not wrong:
            rows = len(self.scenarios) * frame["metric"].nunique()
            rows *= self.replication_count if "replication" in frame.columns else 1
            if len(frame) != rows:
                wrong.append(f"has {len(frame):,} rows instead of {rows:,}")
        if path.name in _KEYS and not wrong:
            wrong += self._gaps(frame, _KEYS[path.name])
        return [Problem(str(path), what, "copy it again, or run it again") for what in wrong]

    def _gaps(self, frame: pd.DataFrame, keys: tuple[str, ...]) -> list[str]:
        """Rows that are there twice, and scenarios, places or times without theirs."""
        if frame.duplicated(list(keys)).any():
            return ["has rows twice"]
        if not len(frame) or "baseline" in keys:
            return []
        # A council has no row where no run gave a metric a value.
        of_all = [key for key in keys if key != "metric" or "month" in keys]
        rows = len(frame.drop_duplicates(of_all)) if of_all != [*keys] else len(frame)
        complete = math.prod(int(count) for count in frame[of_all].nunique())
        missing = {*self.scenarios} - {*frame["scenario"].astype(str).unique()}
        if missing or rows != complete:
            what = f"has no rows of {first_of(sorted(missing))}" if missing else ""
            return [what or f"has {rows:,} rows instead of {complete:,}"]
        if "month" in keys:
            months = pd.PeriodIndex(frame["month"].unique(), freq="M")
            first, last = (pd.Period(day, freq="M") for day in (self.start, self.end))
            if months.min() != first or len(months) not in (n := (last - first).n, n + 1):
                return [f"has {len(months)} months of a run from {self.start} to {self.end}"]
        return []

    def __repr__(self) -> str:
        record = self.record
        lines = [
            f"{self.title} ({record['kind']} {self.run_id})",
            f"  scenarios     {', '.join(self.scenarios)}",
            f"  compared with {self.baseline}",
            f"  period        {record['start']} to {record['end']}",
            f"  replications  {record['replications']}, seed {record['seed']}",
            f"  folder        {self.folder}",
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        table = self.summary.assign(
            runs=[
                f"{mean:,.4g} ({low:,.4g} to {high:,.4g})"
                for mean, low, high in self.summary[["mean", "p05", "p95"]].to_numpy()
            ]
        ).pivot(index=["metric", "unit"], columns="scenario", values="runs")
        rows = table.reindex(list(METRICS), level="metric")[list(self.scenarios)].to_html()
        return (
            f"<pre>{html.escape(repr(self))}</pre>"
            f"<p>Mean of the runs (range of nine runs in ten)</p>{rows}"
        )


class Sweep(Run):
    """A finished sweep. `points` has a row a point: its levers, then the mean of each metric."""

    _what = "sweep"

    def _problems(self) -> list[Problem]:
        """What is missing or damaged. Raises InputError where it is no sweep."""
        if (kind := self.record["kind"]) != self._what:
            what = f"is of the kind {kind}, not a sweep"
            raise InputError(Problem(str(self.folder / RECORD), what))
        return [
            problem
            for file in ("points.csv", "points_long.csv")
            for problem in table_problems(self.folder / file, TABLES[file].needed, False)
        ]

    @property
    def points(self) -> pd.DataFrame:
        """One row a point; the first is the scenario as it stands."""
        return self._table("points.csv")

    @property
    def long(self) -> pd.DataFrame:
        """One row for each point and metric: means, intervals, and differences to the first."""
        return self._table("points_long.csv")


def open_run(folder: str | Path, record: Mapping[str, Any] | None = None) -> Run:
    """The run of scenarios in a folder, checked: see `Run.open`."""
    return Run.open(folder, record)


def check_written_apart(run: Run) -> None:
    """Raise InputError where two scenarios would have one name in what a reader is given."""
    by_label: dict[str, list[str]] = {}
    for name in run.scenarios:
        by_label.setdefault(label(name).casefold(), []).append(name)
    raise_if_any(
        Problem(
            ", ".join(names),
            f"are both written {label(names[0])!r} here, so that nobody could tell them apart",
            "rename the file of one of them and run again",
        )
        for names in by_label.values()
        if len(names) > 1
    )


def compare(
    run: Run | str | Path,
    baseline: str | None = None,
    metrics: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Paired differences to `baseline` (by default the scenario under test), as one table.

    The simultaneous intervals cover the scenarios and metrics asked for, so that fewer
    metrics give narrower intervals. `run` may be a run folder. Raises InputError for an
    unknown scenario or metric.
    """
    run = run if isinstance(run, Run) else open_run(run)
    base = run.baseline if baseline is None else baseline
    if base not in run.scenarios:
        hint = did_you_mean(base, run.scenarios) or f"it has {', '.join(run.scenarios)}"
        raise InputError(Problem("baseline", f"the run has no scenario {base!r}", hint))
    names = tuple(METRICS) if metrics is None else tuple(metrics)
    check_metrics(names)
    wide = [run.wide(name).to_numpy() for name in names]  # each (replications, scenarios)
    values: dict[str, Array] = {
        scenario: np.stack([table[:, i] for table in wide], axis=1)
        for i, scenario in enumerate(run.scenarios)
    }
    rows = [comparison_row(row) for row in compare_runs(values, base, names)]
    frame = pd.DataFrame(rows, columns=list(columns_of("comparison.csv")))
    frame.attrs["units"] = run.units
    return frame


def check_metrics(names: Sequence[str]) -> None:
    """Raise InputError naming every metric that does not exist."""
    unknown = [name for name in names if name not in METRICS]
    if unknown:
        raise InputError(
            Problem(
                "metrics",
                f"unknown metric {name!r}",
                did_you_mean(name, METRICS) or f"the metrics are {', '.join(METRICS)}",
            )
            for name in unknown
        )


def one(frame: pd.DataFrame, column: str, **where: str) -> float:
    """The single number of `frame[column]` where the named columns have the given values.

    NaN where there is no such row.
    """
    chosen = np.ones(len(frame), dtype=bool)
    for name, value in where.items():
        chosen &= (frame[name] == value).to_numpy()
    values = frame.loc[chosen, column].to_numpy(dtype=float)
    return float(values[0]) if len(values) else float("nan")
