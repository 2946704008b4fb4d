"""A finished run, for notebooks: its tables as pandas frames, with their units."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.analysis.comparison import compare_runs
from sim.inputs.files.problems import InputError, Problem, did_you_mean
from sim.inputs.metrics import METRICS
from sim.results.metadata import read_record
from sim.results.summary_tables import COMPARISON_COLUMNS, comparison_row

if TYPE_CHECKING:
    from sim.analysis.statistics import FloatArray

_TEXT = {"la_code": str, "new_la_code": str, "old_la_code": str}


class Result:
    """A finished run, read from its folder when asked.

    Every table is a pandas frame. A frame's `attrs["units"]` gives the unit of each metric.
    """

    def __init__(self, folder: str | Path, *, keep: TemporaryDirectory[str] | None = None) -> None:
        """Open a run folder. `keep` is a temporary folder that lives as long as this object."""
        self.folder = Path(folder)
        self.record: dict[str, Any] = read_record(self.folder)
        self._keep = keep

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios of the run; the first is the one under test."""
        return tuple(self.record["scenarios"])

    @property
    def baseline(self) -> str:
        """The scenario under test, which the others are compared with."""
        return self.scenarios[0]

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
    def national(self) -> pd.DataFrame:
        """England by month: mean and range of runs."""
        return self._table("national.csv", dates=["month"])

    @cached_property
    def councils(self) -> pd.DataFrame:
        """Each council by financial year: mean and range of runs."""
        return self._table("councils.csv")

    @cached_property
    def spells(self) -> pd.DataFrame:
        """Each time a council was judged inadequate, in every run."""
        return self._table("spells.csv", dates=["started", "ended"])

    @cached_property
    def events(self) -> pd.DataFrame:
        """What happened, in the replications whose events were kept."""
        return self._table("events.csv.gz", dates=["date"])

    def wide(self, metric: str) -> pd.DataFrame:
        """One metric as a table with a row a replication and a column a scenario."""
        check_metrics([metric])
        rows = self.replications[self.replications["metric"] == metric]
        table = rows.pivot(index="replication", columns="scenario", values="value")
        return table[list(self.scenarios)]

    def _table(self, name: str, dates: Sequence[str] = ()) -> pd.DataFrame:
        path = self.folder / name
        if not path.is_file():
            what = f"has no {name}: a {self.record['kind']} does not make it"
            raise InputError(Problem(str(self.folder), what))
        frame = pd.read_csv(path, dtype=_TEXT, parse_dates=list(dates))
        frame.attrs["units"] = self.units
        return frame

    def __repr__(self) -> str:
        record = self.record
        lines = [
            f"{record['title']} ({record['kind']} {record['run_id']})",
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
        shown = table.reindex(list(METRICS), level="metric")[list(self.scenarios)].to_html()
        return (
            f"<pre>{html.escape(repr(self))}</pre>"
            f"<p>Mean of the runs (range of nine runs in ten)</p>{shown}"
        )


def compare(
    result: Result | str | Path,
    baseline: str | None = None,
    metrics: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Paired differences to `baseline` (by default the scenario under test), as one table.

    The simultaneous intervals cover the scenarios and metrics asked for, so that fewer
    metrics give narrower intervals. `result` may be a run folder. Raises InputError for an
    unknown scenario or metric.
    """
    run = result if isinstance(result, Result) else Result(result)
    base = run.baseline if baseline is None else baseline
    if base not in run.scenarios:
        hint = did_you_mean(base, run.scenarios) or f"it has {', '.join(run.scenarios)}"
        raise InputError(Problem("baseline", f"the run has no scenario {base!r}", hint))
    names = tuple(METRICS) if metrics is None else tuple(metrics)
    check_metrics(names)
    wide = [run.wide(name).to_numpy() for name in names]  # each (replications, scenarios)
    values: dict[str, FloatArray] = {
        scenario: np.stack([table[:, i] for table in wide], axis=1)
        for i, scenario in enumerate(run.scenarios)
    }
    rows = [comparison_row(row) for row in compare_runs(values, base, names)]
    frame = pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS))
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
