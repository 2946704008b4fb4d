"""Results by council in the shape of the Department for Education's open data.

One row a financial year, council, scenario and statistic; one column an indicator; with the
metadata file that names every filter and indicator.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.charts.chart import csv_bytes
from sim.results.run_folder import Run, label, open_run

PLACE = (
    *("time_period", "time_identifier", "geographic_level", "country_code", "country_name"),
    *("region_code", "region_name", "old_la_code", "new_la_code", "la_name"),
)
FILTERS = {"scenario": "Scenario", "statistic": "Statistic over the runs"}
STATISTICS = {
    "mean": "Mean",
    "p05": "5th percentile of the runs",
    "p95": "95th percentile of the runs",
}
META = (
    *("col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp"),
    *("filter_hint", "filter_grouping_column"),
)
# Not available: the code for it in published tables.
MISSING = "x"
# The published tables count London as two regions.
LONDON = {"Inner London": "E13000001", "Outer London": "E13000002"}


def open_data(run_folder: Path, out: Path | None = None) -> list[Path]:
    """Write open-data.csv and open-data.meta.csv and give their paths.

    Raises InputError where the folder is no whole run.
    """
    run = open_run(Path(run_folder))
    folder = out or run.folder
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "open-data.csv", folder / "open-data.meta.csv"]
    for path, table in zip(paths, open_tables(run), strict=True):
        path.write_bytes(csv_bytes(table))
    return paths


def open_tables(run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The data and their metadata, all cells as text."""
    long = run.councils
    metrics = [name for name in METRICS if name in set(long["metric"])]
    # London has no code there: a missing one must not drop its rows from the pivot.
    long = long.assign(region_code=long["region_code"].fillna(""))
    place = ["scenario", *PLACE]
    wide = long.pivot(index=place, columns="metric", values=list(STATISTICS))
    parts = []
    for statistic, words in STATISTICS.items():
        figures = pd.DataFrame(wide[statistic]).reindex(columns=metrics)
        for name in metrics:
            figures[name] = _texts(figures[name] * METRICS[name].scale)
        parts.append(figures.assign(statistic=words).reset_index())
    data = pd.concat(parts, ignore_index=True).astype(str)
    london = data["region_name"].map(LONDON)
    data["region_code"] = london.where(london.notna(), data["region_code"])
    data["scenario"] = data["scenario"].map(label)
    data = data[[*PLACE, *FILTERS, *metrics]]
    rows = [(name, "Filter", text, "", "", "", "", "") for name, text in FILTERS.items()]
    for name in metrics:
        entry = METRICS[name]
        percent = entry.scale > 1
        dp = "1" if percent or entry.kind == "rate" else "2"
        text = entry.label if percent else f"{entry.label} ({entry.yearly_unit})"
        rows.append((name, "Indicator", text[:80], "", "%" if percent else "", dp, "", ""))
    return data, pd.DataFrame(rows, columns=list(META))


def _texts(values: pd.Series) -> list[str]:
    return [MISSING if value != value else f"{value:.6g}" for value in values]
