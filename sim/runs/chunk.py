"""One block of countries: run it, and keep what it reports as the bytes of one file.

A part is a zip file: arrays as .npy, spells and events as CSV lines. It holds everything
that the run folder is made from, so that a worker needs no shared disk and the parent never
holds more than one part in memory.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.inputs.councils.baseline import Baseline
from sim.inputs.metrics import COUNCIL_SERIES, METRICS, NATIONAL_SERIES
from sim.model.batch_result import BatchResult, Event, Spell
from sim.model.settings import CountrySettings
from sim.runs.identity import code_sha256, sha256_of_bytes
from sim.runs.machine import peak_memory_mb
from sim.runs.plan import ChunkSpec, Kind, ScenarioTask

AnyArray = npt.NDArray[Any]
Advance = Callable[[int], None]

SPELL_COLUMNS = (
    "scenario",
    "replication",
    "la_code",
    "la_name",
    "spell",
    "started",
    "ended",
    "censored",
    "months",
    "route",
    "exit_grade",
    "tried",
)
EVENT_COLUMNS = (
    "scenario",
    "replication",
    "id",
    "time",
    "date",
    "la_code",
    "la_name",
    "kind",
    "cause",
    "details",
)
_DAYS_A_MONTH = 365.25 / 12
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # one fixed time for every file inside a part


@dataclass(frozen=True)
class ChunkTask:
    """One block, whole: everything a worker needs, on this machine or another. `again` marks the
    second playing of what has been played already."""

    block: ChunkSpec
    run_scenarios: tuple[ScenarioTask, ...]
    baseline: Baseline
    start: date
    end: date
    seed: int
    events: int
    kind: Kind
    code_sha256: str
    step_days: int = 7
    again: bool = False

    @property
    def weeks(self) -> int:
        """Country-weeks in the block: the unit in which progress is told."""
        return self.block.countries * -(-(self.end - self.start).days // 7)


@dataclass(frozen=True)
class ChunkResult:
    """A finished block: the bytes of its part, and the worker's peak memory in MB."""

    block: ChunkSpec
    data: bytes
    peak_mb: float


class OtherCodeError(Exception):
    """A worker runs other code than the run was planned with."""


def run_chunk(task: ChunkTask, advance: Advance | None = None) -> ChunkResult:
    """Run one block. `advance` is told of country-weeks done.

    Raises OtherCodeError where this process has other code than the one that planned the run.
    """
    # Imported here: listing scenarios or reading a folder needs no simulation engine.
    from sim import regimes
    from sim.model import simulation

    if task.code_sha256 != code_sha256():
        raise OtherCodeError(f"planned with {task.code_sha256[:12]}, here {code_sha256()[:12]}")
    worlds = [
        CountrySettings(
            scenario=run_scenario.name,
            timeline=run_scenario.timeline,
            start=task.start,
            end=task.end,
            replication=run_scenario.luck + replication,
            parameters=run_scenario.drawn.get(replication, run_scenario.parameters),
            record_events=replication <= task.events,
            step_days=task.step_days,
        )
        for run_scenario in task.run_scenarios
        for replication in task.block.replications
    ]
    progress = None if advance is None else _stepper(task.weeks, advance)
    result = simulation.run_batch(
        task.baseline,
        worlds,
        seed=task.seed,
        regimes=regimes.available(),
        progress=progress,
    )
    return ChunkResult(task.block, _packed(task, result), peak_memory_mb())


class Chunk:
    """A part read back: arrays by name, for one scenario of the run at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.block = spec_of(path.name)

    @cached_property
    def meta(self) -> dict[str, Any]:
        """Months, years and the number of days of the run."""
        found: dict[str, Any] = json.loads(_opened(self.path).read("meta.json"))
        return found

    def array(self, run_scenario: int, name: str) -> AnyArray:
        """An array of one scenario (its position in the plan), replications on the first axis."""
        data = _opened(self.path).read(f"{run_scenario}/{name}.npy")
        return np.lib.format.read_array(io.BytesIO(data))

    def lines(self, run_scenario: int, replication: int, name: str) -> Iterator[bytes]:
        """The lines of "spells" or "events" of one country, read as they are asked for."""
        try:
            inside = _opened(self.path).open(f"{run_scenario}/{name}-{replication}.csv")
        except KeyError:
            return
        with inside:
            yield from inside


@lru_cache(maxsize=64)
def _opened(path: Path) -> zipfile.ZipFile:
    """A part's file, kept open for a while: a run asks each of its parts hundreds of times."""
    return zipfile.ZipFile(path)


def close_chunks() -> None:
    """Close every part's file."""
    _opened.cache_clear()


def chunk_name(run: str, block: ChunkSpec, data: bytes) -> str:
    """The file name of a part: which countries it holds, and a hash of that, run and bytes."""
    first, last = block.run_scenarios[0], block.run_scenarios[-1]
    whole = block.run_scenarios == tuple(range(first, last + 1))
    run_scenarios = (
        f"{first}_{last}"
        if whole
        else "+".join(str(run_scenario) for run_scenario in block.run_scenarios)
    )
    countries = f"{run_scenarios}.{block.first}-{block.last}"
    digest = sha256_of_bytes(f"{run} {countries} ".encode() + data)
    return f"{countries}.{digest[:16]}.part"


def spec_of(name: str) -> ChunkSpec:
    """The block that a part's file name tells of. Raises ValueError where it is not one."""
    run_scenarios, replications, _, suffix = name.split(".")
    first, last = replications.split("-")
    if suffix != "part":
        raise ValueError(f"not a part: {name}")
    ends = run_scenarios.split("_")
    numbers = (
        range(int(ends[0]), int(ends[1]) + 1)
        if len(ends) == 2
        else map(int, run_scenarios.split("+"))
    )
    return ChunkSpec(tuple(numbers), int(first), int(last))


def _stepper(weeks: int, advance: Advance) -> Callable[[int, int], None]:
    told = 0

    def progress(done: int, total: int) -> None:
        nonlocal told
        now = weeks * done // max(total, 1)
        advance(now - told)
        told = now

    return progress


def _packed(task: ChunkTask, result: BatchResult) -> bytes:
    """The part's bytes. The engine reports countries in the order they were given."""
    count = len(task.block.replications)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        months = [str(month) for month in result.months]
        meta = {"days": result.days, "months": months, "years": result.years}
        _write(file, "meta.json", json.dumps(meta).encode())
        for position, run_scenario in enumerate(task.block.run_scenarios):
            rows = slice(position * count, (position + 1) * count)
            totals = np.stack([result.totals[name][rows] for name in METRICS], axis=1)
            _write_array(file, f"{run_scenario}/totals", totals)
            if task.kind != "run":  # a row a run, and for whom it went how
                years = result.councils["councils_inadequate"][rows].sum(axis=1, dtype=np.float32)
                _write_array(file, f"{run_scenario}/inadequate_years", years)
                continue
            for name in NATIONAL_SERIES:
                _write_array(file, f"{run_scenario}/national/{name}", result.national[name][rows])
            for name in COUNCIL_SERIES:
                _write_array(file, f"{run_scenario}/councils/{name}", result.councils[name][rows])
        if task.kind == "run":
            _write_histories(file, task, result)
    return buffer.getvalue()


def _write_histories(file: zipfile.ZipFile, task: ChunkTask, result: BatchResult) -> None:
    countries = [
        (run_scenario, r)
        for run_scenario in task.block.run_scenarios
        for r in task.block.replications
    ]
    spells: dict[int, list[Spell]] = {}
    for spell in result.spells:
        spells.setdefault(spell.country, []).append(spell)
    events: dict[int, list[Event]] = {}
    for event in result.events:
        events.setdefault(event.country, []).append(event)
    for country, (run_scenario, replication) in enumerate(countries):
        head = (result.scenarios[country], replication)
        rows = _spell_rows(head, spells.get(country, []), task.baseline, result)
        _write(file, f"{run_scenario}/spells-{replication}.csv", _csv_bytes(rows))
        if country in events:
            lines = _csv_bytes(_event_rows(head, events[country], task.baseline, result.start))
            _write(file, f"{run_scenario}/events-{replication}.csv", lines, zipfile.ZIP_DEFLATED)


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
            f"{(last - spell.started) / _DAYS_A_MONTH:.2f}",
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


def _write_array(file: zipfile.ZipFile, name: str, array: AnyArray) -> None:
    inside = io.BytesIO()
    np.lib.format.write_array(inside, np.ascontiguousarray(array), allow_pickle=False)
    _write(file, f"{name}.npy", inside.getvalue())


def _write(
    file: zipfile.ZipFile, name: str, data: bytes, compression: int = zipfile.ZIP_STORED
) -> None:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.compress_type = compression
    file.writestr(info, data, compresslevel=1)
