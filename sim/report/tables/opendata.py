"""Results by council in the shape of the Department for Education's open data, and its check.

One row a financial year, council, scenario and statistic; one column an indicator; with the
metadata file that names every filter and indicator. The councils are those of the run's start in
every year; each row has the ONS code that its council has at the end of its year.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from sim.inputs.files.places import seeds_dir
from sim.inputs.files.plain_text import shortened
from sim.inputs.files.problems import InputError, Problem, raise_if_any
from sim.inputs.metrics import METRICS, Metric
from sim.report.charts.chart import csv_bytes
from sim.report.output_files import write_files, writing
from sim.results.run_folder import Run, check_written_apart, label, open_run

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
    *("filter_hint", "filter_grouping_column", "filter_default"),
)
# Not available: the code for it in published tables.
MISSING = "x"
# The published tables count London as two regions.
LONDON = {"Inner London": "E13000001", "Outer London": "E13000002"}
MOST = {"column name": 50, "label": 80, "filter item": 120}
PATTERNS = {
    "time_period": r"\d{6}",
    "country_code": r"E92000001",
    "region_code": r"E1[23]\d{6}",
    "old_la_code": r"\d{3}",
    "new_la_code": r"E(06|08|09|10)\d{6}",
}
EMPTY = pd.Series(dtype=str)


def open_data(run_folder: Path, out: Path | None = None) -> list[Path]:
    """Write open-data.csv and open-data.meta.csv and give their paths.

    Raises InputError where the folder is no whole run, where two of its scenarios are written
    alike, where the files would break a rule of their own check, and where they cannot be written.
    """
    run = open_run(Path(run_folder))
    check_written_apart(run)
    data, meta = open_tables(run)
    raise_if_any(check(data, meta))
    folder = out or run.folder
    tables = {"open-data.csv": data, "open-data.meta.csv": meta}
    with writing(folder):
        return write_files({folder / name: csv_bytes(table) for name, table in tables.items()})


def open_tables(run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The data and their metadata, all cells as text.

    Raises InputError where no financial year ends in the run.
    """
    long = run.councils
    if long.empty:
        what = "holds no 31 March, and open data are by financial year"
        raise InputError(Problem(str(run.folder), what, "run it for longer"))
    metrics = [name for name in METRICS if name in set(long["metric"])]
    # London has no code there: a missing one must not drop its rows from the pivot.
    code = long["region_code"].fillna("")
    long = long.assign(region_code=code, new_la_code=_codes_of_the_year(long))
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
    # A filter must leave something to choose. What it starts from is the scenario under test.
    first = {"scenario": label(run.scenario), "statistic": STATISTICS["mean"]}
    rows = [
        (name, "Filter", text, "", "", "", "", "", first[name])
        for name, text in FILTERS.items()
        if data[name].nunique() > 1
    ]
    for name in metrics:
        entry = METRICS[name]
        percent = entry.scale > 1
        dp = "1" if percent or entry.kind == "rate" else "2"
        text = entry.label if percent else _with_unit(entry)
        rows.append((name, "Indicator", text, "", "%" if percent else "", dp, "", "", ""))
    return data, pd.DataFrame(rows, columns=list(META))


def _with_unit(metric: Metric) -> str:
    """The label of an indicator: whole words, with the unit where there is room for it."""
    text = f"{metric.label} ({metric.yearly_unit.replace('GBP million', '£m')})"
    return text if len(text) <= MOST["label"] else shortened(metric.label, MOST["label"])


def _codes_of_the_year(rows: pd.DataFrame) -> list[str]:
    """The ONS code of each row's council on the last day of the row's year; the last that it had
    where it is abolished by then."""
    table = pd.read_csv(seeds_dir() / "ons_codes.csv", dtype=str).sort_values("valid_from")
    since = {
        council: list(zip(codes["valid_from"], codes["ons_code"], strict=True))
        for council, codes in table.groupby("dfe_code")
    }
    pairs = [(str(row[0]), str(row[1])) for row in rows[["old_la_code", "time_period"]].to_numpy()]
    code = {
        (council, period): [
            code for first, code in since[council] if first <= f"{int(period[:4]) + 1}-03-31"
        ][-1]
        for council, period in set(pairs)
    }
    return [code[pair] for pair in pairs]


def _texts(values: pd.Series) -> list[str]:
    return [MISSING if value != value else f"{value:.6g}" for value in values]


def check(data: pd.DataFrame, meta: pd.DataFrame) -> list[Problem]:
    """What breaks the rules of the open-data shape; all cells as text."""
    problems = [*_check_columns(data, meta)]
    return problems if {*META} - {*meta.columns} else [*problems, *_check_cells(data, meta)]


def _check_columns(data: pd.DataFrame, meta: pd.DataFrame) -> Iterator[Problem]:
    for name in PLACE:
        if name not in data.columns:
            yield Problem(name, "a column that every file must have is missing")
    missing = [name for name in META if name not in meta.columns]
    if missing:
        yield Problem(missing[0], "the metadata have no such column")
        return
    named = list(meta["col_name"])
    for name in sorted({*data.columns} - {*PLACE, *named}):
        if data[name].nunique() > 1:  # what never changes needs no choice
            yield Problem(name, "is in the data and not in the metadata")
    for name in sorted({*named} - {*data.columns}):
        yield Problem(name, "is in the metadata and not in the data")
    for name in data.columns:
        if len(name) > MOST["column name"] or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            yield Problem(name, "small letters, digits and underscores, at most 50")
    for name, text, kind in zip(named, meta["label"], meta["col_type"], strict=True):
        if not 0 < len(text) <= MOST["label"]:
            yield Problem(name, "needs a label of at most 80 letters")
        if text.endswith("...") or text.count("(") != text.count(")"):
            yield Problem(name, f"has a label that is cut off: {text!r}")
        if kind not in ("Filter", "Indicator"):
            yield Problem(name, f"cannot be a {kind}")
    for text in meta["label"][meta["label"].duplicated()].unique():
        yield Problem(str(text), "is the label of more than one column")


def _check_cells(data: pd.DataFrame, meta: pd.DataFrame) -> Iterator[Problem]:
    kinds = {
        str(name): kind
        for name, kind in zip(meta["col_name"], meta["col_type"], strict=True)
        if name in data.columns
    }
    filters = [name for name, kind in kinds.items() if kind == "Filter"]
    default = dict(zip(meta["col_name"], meta["filter_default"], strict=True))
    for name in filters:
        if data[name].nunique() < 2:
            yield Problem(name, "is a filter with nothing to choose: leave it out of the metadata")
        start = default[name] or "Total"
        if start not in set(data[name]):
            yield Problem(name, f"starts from {start!r}, which is not in the data")
    keys = [name for name in PLACE if name in data.columns] + filters
    if repeated := int(data.duplicated(keys).sum()):
        yield Problem("rows", f"{repeated} rows tell of the same year, place and filters")
    for name, pattern in PATTERNS.items():
        wrong = [text for text in data.get(name, EMPTY).unique() if not re.fullmatch(pattern, text)]
        if wrong:
            yield Problem(name, f"cannot be {wrong[0]!r}")
    if data.get("time_identifier", EMPTY).nunique() > 1:
        yield Problem("time_identifier", "must be the same in the whole file")
    for name in keys:
        texts = data[name].unique()
        if any(not text.strip() for text in texts):
            yield Problem(name, "has empty cells")
        if name in filters and any(len(text) > MOST["filter item"] for text in texts):
            yield Problem(name, "has an item of more than 120 letters")
    for name in [name for name, kind in kinds.items() if kind == "Indicator"]:
        known = data.loc[data[name] != MISSING, name]
        strange = known[pd.to_numeric(known, errors="coerce").isna()]
        if len(strange):
            yield Problem(name, f"is no number: {strange.iloc[0]!r}")
