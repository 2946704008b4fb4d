"""Every chart of a run, drawn from its folder alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from sim.report.charts import (
    comparison_charts,
    cost_charts,
    council_charts,
    england_charts,
    first_charts,
    group_charts,
    maps,
    money_charts,
    waiting_charts,
)
from sim.report.charts.chart import FINDINGS, Chart, csv_bytes, findings_table
from sim.report.charts.run_map import make_story
from sim.results.run_folder import Run, open_run

# A chart that a run has nothing to show for is None.
CHARTS: tuple[Callable[[Run], Chart | None], ...] = (
    first_charts.inadequate_over_time,
    first_charts.still_inadequate,
    first_charts.cost_against_years,
    comparison_charts.forest,
    comparison_charts.luck_and_choice,
    money_charts.money,
    cost_charts.costs,
    waiting_charts.who_waited,
    england_charts.councils_by_grade,
    england_charts.strain,
    group_charts.for_whom,
    maps.risk,
    maps.months_to_leave,
    maps.difference,
    council_charts.councils_failing_at_the_start,
)


def charts_of(run: Run) -> dict[str, Chart]:
    """Every chart that the run has something to show for, by name."""
    made = (chart(run) for chart in CHARTS)
    return {chart.name: chart for chart in made if chart is not None}


def make_charts(run_folder: Path, record: Mapping[str, Any] | None = None) -> list[Path]:
    """Draw every chart of the run into its `charts` folder; the paths written.

    `record` is the run's record where it is not yet in the folder. Raises InputError where
    the folder is not a whole run.
    """
    run = open_run(Path(run_folder), record)
    folder = run.folder / "charts"
    folder.mkdir(exist_ok=True)
    charts = charts_of(run)
    paths = [path for chart in charts.values() for path in chart.save(folder)]
    return [*paths, *write_tables(run, charts.values()), *make_story(run, folder)]


def write_tables(run: Run, charts: Collection[Chart]) -> list[Path]:
    """Write the data of the charts and the findings of their words; the paths written.

    A file that already says the same is left alone.
    """
    contents = {chart.table: csv_bytes(chart.data) for chart in charts}
    contents[FINDINGS] = csv_bytes(findings_table(charts))
    (run.folder / "charts").mkdir(exist_ok=True)
    written = []
    for name, content in contents.items():
        path = run.folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
            written.append(path)
    return written
