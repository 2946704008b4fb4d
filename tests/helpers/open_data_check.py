"""The rules that a file in the shape of the Department for Education's open data must follow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from sim.inputs.files.problems import Problem
from sim.report.tables.opendata import META, MISSING, PLACE

MOST = {"column name": 50, "label": 80, "filter item": 120}
PATTERNS = {
    "time_period": r"\d{6}",
    "country_code": r"E92000001",
    "region_code": r"E1[23]\d{6}",
    "old_la_code": r"\d{3}",
    "new_la_code": r"E(06|08|09|10)\d{6}",
}
EMPTY = pd.Series(dtype=str)


def check(data: pd.DataFrame, meta: pd.DataFrame) -> list[Problem]:
    """What breaks the rules of the open-data shape; all cells as text."""
    return [*_check_columns(data, meta), *_check_cells(data, meta)]


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
        yield Problem(name, "is in the data and not in the metadata")
    for name in sorted({*named} - {*data.columns}):
        yield Problem(name, "is in the metadata and not in the data")
    for name in data.columns:
        if len(name) > MOST["column name"] or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            yield Problem(name, "small letters, digits and underscores, at most 50")
    for name, text, kind in zip(named, meta["label"], meta["col_type"], strict=True):
        if not 0 < len(text) <= MOST["label"]:
            yield Problem(name, "needs a label of at most 80 letters")
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
