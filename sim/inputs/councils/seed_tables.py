"""The seed tables: what each must hold, and reading them whole or not at all.

Everything wrong with the tables (unreadable file, missing column, duplicate key, cell that is
no number, missing council) is raised as one InputError.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils.table_specs import COUNCILS, SPECS, ColumnSpec, TableSpec
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, did_you_mean
from sim.units import AnyArray, Array, IntArray

# A wrecked file has one cause, not a thousand: show this many of its problems.
MOST_PROBLEMS = 12


# One table by columns, each of shape (rows,): float64 (blank = NaN), int64 (dates as ordinals,
# 0 = blank) or text.
Table = Mapping[str, AnyArray]


@dataclass(frozen=True)
class Tables:
    """All seed tables. `codes` (C,) are the councils in the order of every array."""

    tables: Mapping[str, Table]
    codes: IntArray

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def column_of(self, codes: IntArray) -> IntArray:
        """Positions of councils, given by code, in arrays of councils."""
        return np.searchsorted(self.codes, codes)

    def years(self, name: str) -> IntArray:
        """The years of a yearly table, ascending."""
        return np.unique(self[name]["year"])

    def grid(self, name: str, column: str) -> Array:
        """A column of a yearly table as (years, councils); blank cells are NaN."""
        table = self[name]
        years = self.years(name)
        cells = np.full((len(years), len(self.codes)), np.nan)
        row = np.searchsorted(years, table["year"])
        cells[row, self.column_of(table["dfe_code"])] = table[column]
        return cells


def load_tables(folder: Path | None = None) -> Tables:
    """Read every seed table of `folder` (the project's own by default).

    Raises InputError naming the file, row and column of everything wrong.
    """
    folder = folder or seeds_dir()
    return _load(folder, _stamp(folder))


def _stamp(folder: Path) -> tuple[tuple[int, int], ...]:
    """Changes when any table does, so that the cache never serves a stale one."""
    paths = [folder / f"{spec.name}.csv" for spec in SPECS]
    stats = [path.stat() if path.is_file() else None for path in paths]
    return tuple((s.st_mtime_ns, s.st_size) if s else (0, 0) for s in stats)


@lru_cache(maxsize=4)
def _load(folder: Path, stamp: tuple[tuple[int, int], ...]) -> Tables:
    problems: list[Problem] = []
    tables = {}
    for spec in SPECS:
        reading = _Reading(spec, folder / f"{spec.name}.csv")
        table = reading.read()
        problems += reading.first_problems()
        if table is not None:
            tables[spec.name] = table
    if COUNCILS in tables:
        codes = np.sort(tables[COUNCILS]["dfe_code"])
        for spec in SPECS:
            if spec.name in tables:
                path = str(folder / f"{spec.name}.csv")
                problems += _check_councils(spec, tables[spec.name], codes, path)
    if problems:
        raise InputError(problems)
    codes.setflags(write=False)
    return Tables(tables, codes)


class _Reading:
    """Reads one table, collecting what is wrong with it."""

    def __init__(self, spec: TableSpec, path: Path) -> None:
        self.spec = spec
        self.path = path
        self.problems: list[Problem] = []

    def first_problems(self) -> list[Problem]:
        """The first problems and, if there are more, how many."""
        more = len(self.problems) - MOST_PROBLEMS
        if more <= 0:
            return self.problems
        return [
            *self.problems[:MOST_PROBLEMS],
            Problem(str(self.path), f"and {more} more problems"),
        ]

    def _wrong(self, row: int | None, column: str | None, what: str, hint: str = "") -> None:
        where = str(self.path)
        where += f", row {row}" if row is not None else ""
        where += f", column {column}" if column is not None else ""
        self.problems.append(Problem(where, what, hint))

    def read(self) -> Table | None:
        """The table, or None when anything is wrong with it."""
        rows = self._rows()
        if rows is None:
            return None
        header, body = rows[0], rows[1:]
        missing = [name for name in self.spec.columns if name not in header]
        for name in missing:
            self._wrong(None, name, "this column is missing", did_you_mean(name, header))
        if not body:
            self._wrong(None, None, "the table has no rows")
        for line, row in enumerate(body, start=2):
            if len(row) != len(header):
                self._wrong(line, None, f"{len(row)} cells where the header has {len(header)}")
        if self.problems:
            return None
        by_column = dict(zip(header, zip(*body, strict=True), strict=True))
        columns = {
            name: self._parse(name, cell, by_column[name])
            for name, cell in self.spec.columns.items()
        }
        self._check_keys([by_column[name] for name in self.spec.key])
        return None if self.problems else columns

    def _rows(self) -> list[list[str]] | None:
        try:
            text = self.path.read_text(encoding="utf-8")
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except FileNotFoundError:
            self._wrong(None, None, "this seed table is missing", "reinstall, or rebuild the seeds")
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            self._wrong(None, None, f"cannot be read: {error}")
        else:
            if rows:
                return rows
            self._wrong(None, None, "the file is empty")
        return None

    def _parse(self, name: str, cell: ColumnSpec, texts: Sequence[str]) -> AnyArray:
        read, kind = _READERS[cell.kind]
        try:
            # The common case in one sweep; a bad cell is looked for only when there is one.
            values = np.array([read(text) for text in texts], dtype=kind)
        except ValueError:
            for line, text in enumerate(texts, start=2):
                try:
                    read(text)
                except ValueError:
                    self._wrong(line, name, f"{text!r} is not {cell.meaning()}")
            return np.empty(0)
        if not cell.blank and "" in texts:
            for line in _where(text == "" for text in texts):
                self._wrong(line, name, "blank, and this column must be filled")
        if cell.kind == "number" or cell.kind == "whole":
            with np.errstate(invalid="ignore"):
                outside = (values < cell.low) | (values > cell.high)
            for line in _where(outside.tolist()):
                self._wrong(line, name, f"{texts[line - 2]} is outside {cell.low} to {cell.high}")
        if cell.choices:
            allowed = {*cell.choices, ""} if cell.blank else set(cell.choices)
            for line in _where(text not in allowed for text in texts):
                hint = did_you_mean(texts[line - 2], cell.choices)
                self._wrong(line, name, f"{texts[line - 2]!r} is not an allowed word", hint)
        return values

    def _check_keys(self, key_columns: Sequence[Sequence[str]]) -> None:
        first: dict[tuple[str, ...], int] = {}
        for line, key in enumerate(zip(*key_columns, strict=True), start=2):
            if key in first:
                what = f"the same {', '.join(self.spec.key)} as in row {first[key]}"
                self._wrong(line, None, f"{what}: {', '.join(key)}")
            first.setdefault(key, line)


def _where(flags: Iterator[bool] | Sequence[bool]) -> list[int]:
    """File rows (the header is row 1) whose flag is set."""
    return [line for line, flag in enumerate(flags, start=2) if flag]


def _number(text: str) -> float:
    if not text:
        return math.nan
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _whole(text: str) -> int:
    return int(text) if text else 0


def _date(text: str) -> int:
    return date.fromisoformat(text).toordinal() if text else 0


_READERS: Mapping[str, tuple[Callable[[str], Any], type[Any]]] = {
    "number": (_number, np.float64),
    "whole": (_whole, np.int64),
    "date": (_date, np.int64),
    "text": (str, np.str_),
}


def _check_councils(spec: TableSpec, table: Table, codes: IntArray, path: str) -> list[Problem]:
    """Councils the table does not know, or must have and lacks."""
    problems = []
    present = table["dfe_code"] if "dfe_code" in spec.columns else codes
    for code in np.setdiff1d(present, codes):
        problems.append(Problem(path, f"council {code} is not in {COUNCILS}.csv"))
    if spec.every == "council":
        for code in np.setdiff1d(codes, present):
            problems.append(Problem(path, f"council {code} is missing"))
    if spec.every == "council and year":
        years = table["year"]
        for year in np.unique(years):
            for code in np.setdiff1d(codes, present[years == year]):
                problems.append(Problem(path, f"council {code} is missing in {year}"))
    if spec.rows is not None and len(present) != spec.rows:
        problems.append(Problem(path, f"{len(present)} councils, and there must be {spec.rows}"))
    return problems[:MOST_PROBLEMS]
