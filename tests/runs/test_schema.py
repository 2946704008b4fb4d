"""Every column of a run folder is declared once, with what it means."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.inputs.metrics import METRICS
from sim.results.schema import MEANINGS, TABLES, columns_of
from tests.helpers.run_folders import Simulate

pytestmark = pytest.mark.quick


def header(path: Path) -> tuple[str, ...]:
    opened: Any = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        return tuple(next(csv.reader(file)))


def test_every_column_has_a_meaning_and_every_meaning_a_column() -> None:
    columns = {column for table in TABLES.values() for column in table.columns} - {*METRICS}
    assert columns == {*MEANINGS}
    for table in TABLES.values():
        assert {*table.needed, *table.dates} <= {*table.columns}


def test_every_table_written_has_the_columns_declared(run_fake: Simulate) -> None:
    folder = run_fake(beliefs="critics", replications=12).folder
    tables = [path for path in folder.iterdir() if path.name != "record.json"]
    assert {path.name for path in tables} == {*TABLES} - {"points.csv", "points_long.csv"}
    for path in tables:
        assert header(path) == columns_of(path.name)


def test_a_sweep_has_a_column_for_each_lever_after_the_point(
    fake_england: None, tmp_path: Path
) -> None:
    over = {"regime.grace_months": [3.0], "pool.commissioners": [2]}
    run = sim.sweep(
        "trusts-2016", over, replications=2, years=2, engine="serial", quiet=True, out=tmp_path
    )
    for name in ("points.csv", "points_long.csv"):
        point, *others = columns_of(name)
        assert header(run.folder / name) == (point, *sorted(over), *others)


def test_a_run_without_events_or_a_split_of_the_variance_has_empty_tables(
    run_fake: Simulate,
) -> None:
    run = sim.open_run(run_fake().folder)
    assert run.spread.empty
    (run.folder / "events.csv.gz").unlink()
    assert sim.FinishedRun(run.folder).events.empty


def test_a_sweep_is_not_opened_as_a_run(fake_england: None, tmp_path: Path) -> None:
    run = sim.sweep(
        "trusts-2016",
        {"regime.grace_months": [3.0]},
        replications=2,
        years=1,
        engine="serial",
        quiet=True,
        out=tmp_path,
    )
    with pytest.raises(sim.InputError, match="of the kind sweep, not a run"):
        sim.open_run(run.folder)
    with pytest.raises(sim.InputError, match=r"has no summary\.csv: a sweep does not make it"):
        _ = run.summary
