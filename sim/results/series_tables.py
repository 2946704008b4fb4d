"""The tables of a run folder that follow time, councils and single spells and events."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import numpy as np

from sim.analysis.statistics import spread
from sim.inputs.councils.baseline import Baseline
from sim.inputs.metrics import COUNCIL_SERIES, METRICS, NATIONAL_SERIES
from sim.results.chunk_file import ChunkStore
from sim.results.schema import columns_of
from sim.results.summary_tables import write_csv
from sim.units import DAYS_A_YEAR

# Codes of the nine regions of England (Office for National Statistics).
REGION_CODES = {
    "North East": "E12000001",
    "North West": "E12000002",
    "Yorkshire and The Humber": "E12000003",
    "East Midlands": "E12000004",
    "West Midlands": "E12000005",
    "East of England": "E12000006",
    "London": "E12000007",
    "South East": "E12000008",
    "South West": "E12000009",
}
_ENGLAND = ("E92000001", "England")


def write_national(path: Path, chunks: ChunkStore) -> None:
    """England month by month: mean and range of runs for each scenario and metric."""
    write_csv(path, columns_of(path.name), _national_rows(chunks))


def write_councils(path: Path, chunks: ChunkStore, baseline: Baseline) -> None:
    """Each council by financial year: mean and range of runs for each scenario and metric.

    A year that the run covers only in part is left out.
    """
    write_csv(path, columns_of(path.name), _council_rows(chunks, baseline))


def write_starting_state(path: Path, baseline: Baseline) -> None:
    """How each council of the run stood on the first day: a row a council."""
    write_csv(path, columns_of(path.name), starting_rows(baseline))


def write_spells(path: Path, chunks: ChunkStore) -> None:
    """One row for each time a council was judged inadequate, in every run."""
    with path.open("wb") as file:
        file.write(_header(path))
        file.writelines(chunks.lines("spells"))


def write_events(path: Path, chunks: ChunkStore) -> None:
    """What happened, in the runs whose events were kept; written as it is read.

    The file is compressed with no name or time inside, so the same events give the same
    bytes.
    """
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as packed,
        # A gzip file takes many small lines slowly; a buffer before it hands over blocks.
        io.BufferedWriter(cast(io.RawIOBase, packed), 1 << 16) as file,
    ):
        file.write(_header(path))
        file.writelines(chunks.lines("events"))


def _national_rows(chunks: ChunkStore) -> Iterator[tuple[object, ...]]:
    months = [month[:7] for month in chunks.meta["months"]]
    for unit, scenario in enumerate(chunks.scenarios):
        for metric in NATIONAL_SERIES:
            about = spread(chunks.array(unit, f"national/{metric}"))
            figures = np.stack([about.mean, about.p05, about.p50, about.p95], axis=1)
            for month, row in zip(months, figures.tolist(), strict=True):
                yield (scenario, month, metric, METRICS[metric].unit, *row)


def _council_rows(chunks: ChunkStore, baseline: Baseline) -> Iterator[tuple[object, ...]]:
    councils = [
        (REGION_CODES.get(region, ""), region, int(code), ons_code, name)
        for region, code, ons_code, name in zip(
            baseline.regions, baseline.codes, baseline.ons_codes, baseline.names, strict=True
        )
    ]
    places = [  # a financial year is written as the open data writes it: 2016-17 is 201617
        (year.replace("-", ""), "Financial year", "Local authority", *_ENGLAND, *council)
        for year in chunks.meta["years"]
        for council in councils
    ]
    for unit, scenario in enumerate(chunks.scenarios):
        for metric in COUNCIL_SERIES:
            about = spread(chunks.array(unit, f"councils/{metric}"))
            figures = np.stack([about.mean, about.p05, about.p95], axis=-1).reshape(-1, 3).tolist()
            head = (scenario, metric, METRICS[metric].unit)
            for place, n, row in zip(places, about.n.ravel(), figures, strict=True):
                if n:
                    yield (*place, *head, *row)


def starting_rows(baseline: Baseline) -> Iterator[tuple[object, ...]]:
    """The rows of starting_state.csv."""
    b = baseline
    # Before the first count, staff are those of the first.
    ahead = 1 if "social_workers_fte" in b.borrowed else -1
    counted = b.date + ahead * timedelta(days=round(b.staff_years * DAYS_A_YEAR))
    for place, name in enumerate(b.names):
        day = int(b.grade_date[place])
        imputed = sorted(field for field, cells in b.imputed.items() if cells[place])
        yield (
            *(int(b.codes[place]), b.ons_codes[place], name, b.regions[place], b.kinds[place]),
            *(float(b.idaci[place]), int(b.grade[place]), date.fromordinal(day) if day else ""),
            *(int(b.grade_inherited[place]), counted, "; ".join(imputed)),
        )


def _header(path: Path) -> bytes:
    return (",".join(columns_of(path.name)) + "\n").encode()
