"""Every chart of a run, drawn from its folder alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from sim.inputs.files.problems import InputError, Problem, did_you_mean
from sim.report.charts.chart import FINDINGS, Chart, RunChart, csv_bytes, findings_table
from sim.report.charts.comparison_charts import (
    DifferencesByGroup,
    LuckAndChoice,
    MeasuresCompared,
)
from sim.report.charts.england_charts import CouncilsByGrade, StrainOnTheService
from sim.report.charts.map_charts import (
    MapOfDifference,
    MapOfMonths,
    MapOfRisk,
    moving_map,
)
from sim.report.charts.money_charts import WhatInterventionCosts, WhereTheMoneyGoes
from sim.report.charts.outcome_charts import (
    ChildrenAndCost,
    ChildrenUnderPoorPractice,
    CouncilsFailingAtTheStart,
    CouncilsInadequate,
    StillInadequate,
)
from sim.report.charts.queue_charts import (
    Queues,
    WhatTheDifferenceIsMadeOf,
    WhereTheTimeGoes,
    WhoWaited,
)
from sim.report.output_files import write_files
from sim.results.run_folder import Run, open_run

CHARTS: tuple[type[RunChart], ...] = (
    ChildrenAndCost,
    ChildrenUnderPoorPractice,
    CouncilsInadequate,
    StillInadequate,
    WhereTheTimeGoes,
    WhatTheDifferenceIsMadeOf,
    MeasuresCompared,
    LuckAndChoice,
    WhereTheMoneyGoes,
    WhatInterventionCosts,
    Queues,
    WhoWaited,
    CouncilsByGrade,
    StrainOnTheService,
    DifferencesByGroup,
    MapOfRisk,
    MapOfMonths,
    MapOfDifference,
    CouncilsFailingAtTheStart,
)


def charts_of(run: Run) -> dict[str, Chart]:
    """Every chart that the run has something to show in, by name."""
    makers = [kind(run) for kind in CHARTS]
    return {maker.name: maker.chart() for maker in makers if len(maker.data)}


def chart_named(run: Run, name: str) -> Chart:
    """One chart of a run.

    Raises InputError where there is no chart of this name, naming the nearest, and where the
    run has nothing to show in it.
    """
    kinds = {kind.name: kind for kind in CHARTS}
    if name not in kinds:
        hint = did_you_mean(name, kinds) or f"the charts are {', '.join(kinds)}"
        raise InputError(Problem("chart", f"there is no chart {name!r}", hint))
    maker = kinds[name](run)
    if not len(maker.data):
        what = f"run {run.run_id} has nothing to show in {name!r}"
        raise InputError(Problem("chart", what, f"the chart needs {maker.needs}"))
    return maker.chart()


def make_charts(run_folder: Path, record: Mapping[str, Any] | None = None) -> list[Path]:
    """Draw every chart of the run into its `charts` folder; the paths written.

    `record` is the run's record where it is not yet in the folder. Raises InputError where
    the folder is not a whole run, and OSError where it cannot be written to; no chart is then.
    """
    run = open_run(Path(run_folder), record)
    folder = run.folder / "charts"
    charts = charts_of(run)
    files: dict[Path, bytes] = {}
    for chart in charts.values():
        files |= chart.files(folder)
    return write_files(files | _changed_tables(run, charts.values()) | moving_map(run, folder))


def write_tables(run: Run, charts: Collection[Chart]) -> list[Path]:
    """Write the data of the charts and the findings of their words; the paths written.

    A file that already holds the same is left alone. Raises OSError where one cannot be written.
    """
    return write_files(_changed_tables(run, charts))


def _changed_tables(run: Run, charts: Collection[Chart]) -> dict[Path, bytes]:
    contents = {chart.table: csv_bytes(chart.data) for chart in charts}
    contents[FINDINGS] = csv_bytes(findings_table(charts))
    files = {run.folder / name: content for name, content in contents.items()}
    return {
        path: content
        for path, content in files.items()
        if not path.is_file() or path.read_bytes() != content
    }
