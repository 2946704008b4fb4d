"""Chunks of a run on the disk: what some countries reported, as the bytes of one file.

A chunk is a zip file: arrays as .npy, spells and events as CSV lines. It holds everything
that the run folder is made from, so that a worker needs no shared disk and the parent never
holds more than one chunk in memory.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.inputs.metrics import COUNCIL_SERIES, METRICS, NATIONAL_SERIES
from sim.model.batch_result import BatchResult, Event, Spell
from sim.results.identity import sha256_of_bytes
from sim.units import DAYS_A_MONTH, AnyArray, Array

_NAME = re.compile(r"(\d{1,9}_\d{1,9}|\d{1,9}(\+\d{1,9})*)\.\d{1,9}-\d{1,9}\.[0-9a-f]{16}\.chunk")
_MOST_COUNTRIES = 1_000_000  # in one chunk, far above what a plan puts there
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # one time for every file inside a chunk: the same bytes


@dataclass(frozen=True)
class ChunkSpec:
    """Countries that run together: some units (by position) times a range of replications.

    A unit is a series of replications: a scenario of the run, or a future of a study under one.
    """

    units: tuple[int, ...]
    first: int
    last: int

    @property
    def replications(self) -> range:
        """The replications, counted from 1."""
        return range(self.first, self.last + 1)

    @property
    def countries(self) -> int:
        """How many countries the chunk holds."""
        return len(self.units) * len(self.replications)

    @property
    def name(self) -> str:
        """The countries as the start of a file name: "0_3.1-25" or "0+2.26-50"."""
        first, last = self.units[0], self.units[-1]
        whole = self.units == tuple(range(first, last + 1))
        text = f"{first}_{last}" if whole else "+".join(map(str, self.units))
        return f"{text}.{self.first}-{self.last}"


class Chunk:
    """A chunk read back: arrays by name, for one unit at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spec = spec_of(path.name)

    @cached_property
    def meta(self) -> dict[str, Any]:
        """Months, years and the number of days of the run."""
        meta: dict[str, Any] = json.loads(_opened(self.path).read("meta.json"))
        return meta

    def array(self, unit: int, name: str) -> AnyArray:
        """An array of one unit (its position in the plan), replications on the first axis."""
        return _read_array(_opened(self.path), unit, name)

    def lines(self, unit: int, replication: int, name: str) -> Iterator[bytes]:
        """The lines of "spells" or "events" of one country, read as they are asked for."""
        try:
            inside = _opened(self.path).open(f"{unit}/{name}-{replication}.csv")
        except KeyError:
            return
        with inside:
            yield from inside


class ChunkStore:
    """The chunks that hold replications 1 to `replications` of every unit of a run.

    `scenarios` are the names of the scenarios, which are the units of a run of scenarios.
    Overlapping chunks (after a resumed run with other workers) are allowed; a country's
    figures do not depend on the chunk it ran in.
    """

    def __init__(
        self, scenarios: Sequence[str], units: int, chunks: Sequence[Chunk], replications: int
    ) -> None:
        self.scenarios = tuple(scenarios)
        self.replications = replications
        places: dict[tuple[int, int], tuple[Chunk, int]] = {}
        for chunk in chunks:
            for unit in chunk.spec.units:
                for row, replication in enumerate(chunk.spec.replications):
                    places.setdefault((unit, replication), (chunk, row))
        # For each unit and replication, the chunk to read and the row in it.
        self._places = [
            [places[unit, r] for r in range(1, replications + 1)] for unit in range(units)
        ]

    @property
    def meta(self) -> dict[str, Any]:
        """Months, financial years and days of the run, the same in every chunk."""
        return self._places[0][0][0].meta

    def array(self, unit: int, name: str) -> AnyArray:
        """One array of a unit, shape (replications, ...), in order of replication."""
        places = self._places[unit]
        pieces: list[AnyArray] = []
        at = 0
        while at < len(places):
            chunk, first = places[at]
            last = at
            while last + 1 < len(places) and places[last + 1] == (chunk, places[last][1] + 1):
                last += 1
            pieces.append(chunk.array(unit, name)[first : first + last - at + 1])
            at = last + 1
        return np.concatenate(pieces)

    def totals(self) -> dict[str, Array]:
        """For each scenario by name, the figures of its runs: (replications, metrics)."""
        return {name: self.array(unit, "totals") for unit, name in enumerate(self.scenarios)}

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of "spells" or "events": by scenario, replication, then as they came."""
        for unit in range(len(self.scenarios)):
            for replication, (chunk, _) in enumerate(self._places[unit], start=1):
                yield from chunk.lines(unit, replication, name)


@lru_cache(maxsize=64)
def _opened(path: Path) -> zipfile.ZipFile:
    """A chunk's file, kept open for a while: a run asks each of its chunks hundreds of times."""
    return zipfile.ZipFile(path)


def close_chunks() -> None:
    """Close every chunk's file."""
    _opened.cache_clear()


def chunk_name(run: str, spec: ChunkSpec, data: bytes) -> str:
    """The file name of a chunk: which countries it holds, and a hash of that, run and bytes."""
    digest = sha256_of_bytes(f"{run} {spec.name} ".encode() + data)
    return f"{spec.name}.{digest[:16]}.chunk"


def spec_of(name: str) -> ChunkSpec:
    """The countries that a chunk's file name states. Raises ValueError where it is not one."""
    if not _NAME.fullmatch(name):
        raise ValueError("not the name of a chunk")
    units, replications, _, _ = name.split(".")
    first, last = map(int, replications.split("-"))
    ends = units.split("_")
    numbers = (
        range(int(ends[0]), int(ends[1]) + 1) if len(ends) == 2 else [*map(int, units.split("+"))]
    )
    if len(numbers) * (last - first + 1) > _MOST_COUNTRIES:
        raise ValueError("not the name of a chunk: more countries than one can hold")
    return ChunkSpec(tuple(numbers), first, last)


def totals_in(data: bytes, units: int) -> list[Array]:
    """The totals of each of the first units (replications, metrics) in the bytes of a chunk."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return [_read_array(file, unit, "totals") for unit in range(units)]


def pack(spec: ChunkSpec, result: BatchResult, baseline: Baseline, *, series: bool = True) -> bytes:
    """The bytes of a chunk. The engine reports countries in the order they were given.

    With `series` everything that the tables of a run of scenarios need; without, one row a run:
    its totals, and for each council the years at whose end it was judged inadequate.
    """
    count = len(spec.replications)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        months = [str(month) for month in result.months]
        meta = {"days": result.days, "months": months, "years": result.years}
        _write(file, "meta.json", json.dumps(meta).encode())
        for position, unit in enumerate(spec.units):
            rows = slice(position * count, (position + 1) * count)
            totals = np.stack([result.totals[name][rows] for name in METRICS], axis=1)
            _write_array(file, f"{unit}/totals", totals)
            if not series:
                years = result.councils["councils_inadequate"][rows].sum(axis=1, dtype=np.float32)
                _write_array(file, f"{unit}/inadequate_years", years)
                continue
            for name in NATIONAL_SERIES:
                _write_array(file, f"{unit}/national/{name}", result.national[name][rows])
            for name in COUNCIL_SERIES:
                _write_array(file, f"{unit}/councils/{name}", result.councils[name][rows])
        if series:
            _write_histories(file, spec, result, baseline)
    return buffer.getvalue()


def _write_histories(
    file: zipfile.ZipFile, spec: ChunkSpec, result: BatchResult, baseline: Baseline
) -> None:
    countries = [(unit, r) for unit in spec.units for r in spec.replications]
    spells: dict[int, list[Spell]] = {}
    for spell in result.spells:
        spells.setdefault(spell.country, []).append(spell)
    events: dict[int, list[Event]] = {}
    for event in result.events:
        events.setdefault(event.country, []).append(event)
    for country, (unit, replication) in enumerate(countries):
        head = (result.scenarios[country], replication)
        rows = _spell_rows(head, spells.get(country, []), baseline, result)
        _write(file, f"{unit}/spells-{replication}.csv", _csv_bytes(rows))
        if country in events:
            lines = _csv_bytes(_event_rows(head, events[country], baseline, result.start))
            _write(file, f"{unit}/events-{replication}.csv", lines, zipfile.ZIP_DEFLATED)


def _spell_rows(
    head: tuple[str, int], spells: list[Spell], baseline: Baseline, result: BatchResult
) -> Iterator[tuple[object, ...]]:
    counts: dict[int, int] = {}
    for spell in sorted(spells, key=lambda s: (s.council, s.started)):
        number = counts[spell.council] = counts.get(spell.council, 0) + 1
        last = result.days if spell.ended is None else spell.ended
        yield (
            *head,
            *_council(baseline, spell.council),
            number,
            result.start + timedelta(days=spell.started),
            "" if spell.ended is None else result.start + timedelta(days=spell.ended),
            int(spell.ended is None),
            f"{(last - spell.started) / DAYS_A_MONTH:.2f}",
            spell.route,
            "" if spell.exit_grade is None else spell.exit_grade,
            " ".join(spell.tried),
        )


def _event_rows(
    head: tuple[str, int], events: list[Event], baseline: Baseline, start: date
) -> Iterator[tuple[object, ...]]:
    for event in sorted(events, key=lambda e: (e.day, e.id)):
        yield (
            *head,
            event.id,
            event.day,
            start + timedelta(days=event.day),
            *(_council(baseline, event.council) if event.council >= 0 else ("", "England")),
            event.kind,
            "" if event.cause is None else event.cause,
            json.dumps(event.details, sort_keys=True) if event.details else "",
        )


def _council(baseline: Baseline, column: int) -> tuple[str, str]:
    return baseline.ons_codes[column], baseline.names[column]


def _csv_bytes(rows: Iterator[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _read_array(file: zipfile.ZipFile, unit: int, name: str) -> AnyArray:
    array: AnyArray = np.lib.format.read_array(io.BytesIO(file.read(f"{unit}/{name}.npy")))
    return array


def _write_array(file: zipfile.ZipFile, name: str, array: AnyArray) -> None:
    inside = io.BytesIO()
    np.lib.format.write_array(inside, np.ascontiguousarray(array), allow_pickle=False)
    _write(file, f"{name}.npy", inside.getvalue())


def _write(
    file: zipfile.ZipFile, name: str, data: bytes, compression: int = zipfile.ZIP_STORED
) -> None:
    info = zipfile.ZipInfo(name, _FIXED_TIME)
    info.compress_type = compression
    file.writestr(info, data, compresslevel=1)
