"""The seed tables: what each must hold, and reading them whole or not at all.

Everything wrong with the tables (unreadable file, missing column, duplicate key, cell that is
no number, missing council) is raised as one InputError.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils.succession import Succession
from sim.inputs.councils.table_specs import (
    COUNCILS,
    POPULATION,
    SPECS,
    SUCCESSORS,
    ColumnSpec,
    TableSpec,
)
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, did_you_mean
from sim.units import AnyArray, Array, BoolArray, IntArray

# A wrecked file has one cause, not a thousand: show this many of its problems.
MOST_PROBLEMS = 12
# A council with this first day, or an earlier one, stood before the model begins.
BEFORE_THE_MODEL = date(2009, 4, 1).toordinal()


# One table by columns, each of shape (rows,): float64 (blank = NaN), int64 (dates as ordinals,
# 0 = blank) or text.
Table = Mapping[str, AnyArray]


@dataclass(frozen=True, eq=False, repr=False)
class Tables:
    """The seed tables: all of them, or what a day's councils see (`on`).

    `codes` (C,) are the councils in the order of every array: all that ever stood, or those
    that stood on the day. `inherited` (C,) marks those that followed other councils.
    """

    tables: Mapping[str, Table]
    codes: IntArray
    inherited: BoolArray
    succession: Succession
    whole: Tables | None = None
    _views: dict[bytes, Tables] = field(default_factory=dict)
    # What was worked out before: tables are read many times and never change.
    _rows: dict[str, Table] = field(default_factory=dict)
    _years: dict[str, IntArray] = field(default_factory=dict)
    _grids: dict[tuple[str, str], Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Table:
        """A table; on a day, only its rows about councils that stood then."""
        table = self.tables[name]
        if self.whole is None or "dfe_code" not in table:
            return table
        if name not in self._rows:
            self._rows[name] = _selected(table, np.isin(table["dfe_code"], self.codes))
        return self._rows[name]

    def on(self, day: date) -> Tables:
        """The tables as the councils that stood on a day see them."""
        whole = self.whole or self
        standing = self.succession.standing(day.toordinal())
        key = standing.tobytes()
        if key not in whole._views:
            codes = self.succession.codes[standing]
            codes.setflags(write=False)
            heirs = self.succession.heirs[standing]
            whole._views[key] = Tables(self.tables, codes, heirs, self.succession, whole)
        return whole._views[key]

    def column_of(self, codes: IntArray) -> IntArray:
        """Positions of councils, given by code, in arrays of councils.

        Raises ValueError where a code is not among the councils.
        """
        places = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        strange = self.codes[places] != codes
        if strange.any():
            raise ValueError(f"not among these councils: {np.unique(np.asarray(codes)[strange])}")
        return places

    def history(self, name: str) -> Table:
        """A table's rows for each council and, for heirs, those of the main predecessor.

        The main predecessor is the council that most of the heir's children came from. Its rows
        bear the heir's code, and `inherited` (rows,) is set: one row may stand for two heirs.
        """
        table = self[name]
        if self.whole is None:
            return {**table, "inherited": np.zeros(len(table["dfe_code"]), dtype=bool)}
        before = self.succession.main_predecessor[np.isin(self.succession.codes, self.codes)]
        parts, codes = [table], [table["dfe_code"]]
        for code, old in zip(self.codes[self.inherited], before[self.inherited], strict=True):
            rows = _selected(self.tables[name], self.tables[name]["dfe_code"] == old)
            parts.append(rows)
            codes.append(np.full(len(rows["dfe_code"]), code))
        joined = {column: np.concatenate([part[column] for part in parts]) for column in table}
        inherited = np.arange(len(joined["dfe_code"])) >= len(table["dfe_code"])
        return {**joined, "dfe_code": np.concatenate(codes), "inherited": inherited}

    def years(self, name: str) -> IntArray:
        """The years of a yearly table, ascending."""
        if name not in self._years:
            self._years[name] = np.unique(self.tables[name]["year"])
            self._years[name].setflags(write=False)
        return self._years[name]

    def grid(self, name: str, column: str) -> Array:
        """A column of a yearly table as (years, councils); blank cells are NaN.

        On a day, a council's cells before it stood come from its predecessors: counts by its
        share of their children, rates as their mean weighted by children.
        """
        key = (name, column)
        if key not in self._grids:
            self._grids[key] = self._work_out_grid(name, column)
        return self._grids[key].copy()

    def _work_out_grid(self, name: str, column: str) -> Array:
        cells = self._all_cells(name, column)
        if self.whole is None:
            return cells
        place = np.searchsorted(self.succession.codes, self.codes)
        figures = cells[:, place]
        heirs = np.flatnonzero(self.inherited)
        if len(heirs):
            shares = self.succession.shares[place[heirs]]
            filled = self._from_predecessors(name, column, cells, shares)
            before = ~self._has_row(name)[:, place[heirs]]
            figures[:, heirs] = np.where(before, filled, figures[:, heirs])
        return figures

    def filled_cells(self, name: str, column: str) -> BoolArray:
        """Cells of `grid` (years, councils) that are not the council's own published figure."""
        grid = self.grid(name, column)
        own = np.zeros(grid.shape, dtype=bool)
        table = self[name]
        if "basis" in table:
            known = table["basis"] == "published"
        else:
            known = np.ones(len(table["year"]), dtype=bool)
        rows = np.searchsorted(self.years(name), table["year"][known])
        own[rows, self.column_of(table["dfe_code"][known])] = True
        filled: BoolArray = ~own & ~np.isnan(grid)
        return filled

    def neighbours(self, most: int = 10) -> IntArray:
        """Closest statistical neighbours (C, most) as columns, -1 where fewer are known.

        The lists name councils of 2024; one that did not yet stand is replaced by those it
        followed. No council is its own neighbour, and none is named twice.
        """
        table = self["neighbours"]
        closest = np.full((len(self.codes), most), -1, dtype=np.int64)
        used = np.zeros(len(self.codes), dtype=np.int64)
        named: list[set[int]] = [{int(code)} for code in self.codes]
        present = set(self.codes.tolist())
        order = np.lexsort((table["rank"], table["dfe_code"]))
        councils = self.column_of(table["dfe_code"][order]).tolist()
        for council, name in zip(councils, table["neighbour"][order].tolist(), strict=True):
            stand_in = [name] if name in present else self.succession.predecessors(name)
            for code in stand_in:
                if code in present and code not in named[council] and used[council] < most:
                    named[council].add(code)
                    closest[council, used[council]] = np.searchsorted(self.codes, code)
                    used[council] += 1
        return closest

    def _all_cells(self, name: str, column: str) -> Array:
        """A column of a yearly table for every council that ever stood, (years, K)."""
        table = self.tables[name]
        years = self.years(name)
        cells = np.full((len(years), len(self.succession.codes)), np.nan)
        row = np.searchsorted(years, table["year"])
        cells[row, np.searchsorted(self.succession.codes, table["dfe_code"])] = table[column]
        return cells

    def _has_row(self, name: str) -> BoolArray:
        """Whether a yearly table has a row for each council that ever stood, (years, K)."""
        table = self.tables[name]
        years = self.years(name)
        present = np.zeros((len(years), len(self.succession.codes)), dtype=bool)
        row = np.searchsorted(years, table["year"])
        present[row, np.searchsorted(self.succession.codes, table["dfe_code"])] = True
        return present

    def _from_predecessors(self, name: str, column: str, cells: Array, shares: Array) -> Array:
        """What heirs (rows of `shares`) take over from predecessors, (years, heirs)."""
        measure = _MEASURES.get((name, column), "")
        if not measure:
            raise ValueError(f"{name}.{column} is neither a count nor a rate")
        parts = shares > 0.0
        filled = np.full((len(cells), len(shares)), np.nan)
        for heir in range(len(shares)):
            values = cells[:, parts[heir]]
            weights = shares[heir, parts[heir]]
            if measure == "count":
                # One blank part leaves the sum blank.
                filled[:, heir] = values @ weights
                continue
            weights = weights * self.succession.children[parts[heir]]
            known = ~np.isnan(values) * weights
            total = known.sum(axis=1)
            sums = np.where(np.isnan(values), 0.0, values) @ weights
            filled[:, heir] = np.where(
                total > 0.0, sums / np.where(total > 0.0, total, 1.0), np.nan
            )
        return filled


_MEASURES = {
    (spec.name, name): cell.measure for spec in SPECS for name, cell in spec.columns.items()
}


def _selected(table: Table, rows: BoolArray) -> Table:
    return {name: values[rows] for name, values in table.items()}


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
        for spec in SPECS:
            if spec.name in tables:
                path = str(folder / f"{spec.name}.csv")
                problems += _check_councils(spec, tables[spec.name], tables[COUNCILS], path)
        if SUCCESSORS in tables:
            path = str(folder / f"{SUCCESSORS}.csv")
            problems += _check_successors(tables[SUCCESSORS], tables[COUNCILS], path)
    if problems:
        raise InputError(problems)
    succession = _succession(tables)
    heirs = np.zeros(len(succession.codes), dtype=bool)
    return Tables(tables, succession.codes, heirs, succession)


def _succession(tables: Mapping[str, Table]) -> Succession:
    """Who stood when and who followed whom, in ascending DfE code."""
    table = tables[COUNCILS]
    order = np.argsort(table["dfe_code"])
    codes, first, last = (table[name][order] for name in ("dfe_code", "valid_from", "valid_to"))
    codes.setflags(write=False)
    people = tables[POPULATION]
    years = np.unique(people["year"])
    grid = np.zeros((len(years), len(codes)))
    rows = np.searchsorted(years, people["year"])
    grid[rows, np.searchsorted(codes, people["dfe_code"])] = people["children_0_17"]
    # The mid-year before a council ended; of those that still stand, the last.
    ends = np.array([date.fromordinal(int(day)).year - 1 if day else years[-1] for day in last])
    at = np.clip(np.searchsorted(years, ends), 0, len(years) - 1)
    return Succession(codes, first, last, tables[SUCCESSORS], grid[at, np.arange(len(codes))])


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
        read, read_all = _READERS[cell.kind]
        try:
            # The common case in one sweep; a bad cell is looked for only when there is one.
            values = read_all(texts)
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
            strange = {*texts} - allowed
            for line in _where(text in strange for text in texts) if strange else ():
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


def _numbers(texts: Sequence[str]) -> AnyArray:
    values = np.fromiter((float(text or "nan") for text in texts), np.float64, len(texts))
    if np.isfinite(values).sum() != len(texts) - texts.count(""):
        raise ValueError("a number that is not finite")
    return values


def _wholes(texts: Sequence[str]) -> AnyArray:
    return np.fromiter((int(text or 0) for text in texts), np.int64, len(texts))


def _dates(texts: Sequence[str]) -> AnyArray:
    days = {text: _date(text) for text in dict.fromkeys(texts)}
    return np.array([days[text] for text in texts], dtype=np.int64)


def _texts(texts: Sequence[str]) -> AnyArray:
    return np.array(texts, dtype=np.str_)


# By kind of column: how a cell is read, and how all of them at once.
_READERS: Mapping[str, tuple[Callable[[str], Any], Callable[[Sequence[str]], AnyArray]]] = {
    "number": (_number, _numbers),
    "whole": (_whole, _wholes),
    "date": (_date, _dates),
    "text": (str, _texts),
}


def _check_councils(spec: TableSpec, table: Table, councils: Table, path: str) -> list[Problem]:
    """Councils the table does not know, must have and lacks, or has when they did not stand."""
    problems = []
    codes = np.sort(councils["dfe_code"])
    present = table["dfe_code"] if "dfe_code" in spec.columns else codes
    for code in np.setdiff1d(present, codes):
        problems.append(Problem(path, f"council {code} is not in {COUNCILS}.csv"))
    if spec.every == "council":
        for code in np.setdiff1d(codes, present):
            problems.append(Problem(path, f"council {code} is missing"))
    if spec.every == "first council":
        first = councils["dfe_code"][councils["valid_from"] <= BEFORE_THE_MODEL]
        for code in np.setdiff1d(first, present):
            problems.append(Problem(path, f"council {code} is missing"))
        for code in np.intersect1d(np.setdiff1d(codes, first), present):
            problems.append(Problem(path, f"council {code} did not stand before the model begins"))
    if spec.every in ("council and year", "return"):
        problems += _check_years(spec, table, councils, path)
    if spec.rows is not None and len(present) != spec.rows:
        problems.append(Problem(path, f"{len(present)} councils, and there must be {spec.rows}"))
    return problems[:MOST_PROBLEMS]


def _check_years(spec: TableSpec, table: Table, councils: Table, path: str) -> list[Problem]:
    """In each year: councils that are missing, or that did not stand on the return's day."""
    order = np.argsort(councils["dfe_code"])
    codes, first, last = (councils[n][order] for n in ("dfe_code", "valid_from", "valid_to"))
    years = np.unique(table["year"])
    known = np.isin(table["dfe_code"], codes)
    present = np.zeros((len(years), len(codes)), dtype=bool)
    rows = np.searchsorted(years, table["year"][known])
    present[rows, np.searchsorted(codes, table["dfe_code"][known])] = True
    expected = np.ones_like(present)
    if spec.every == "return":
        month, day, later = spec.day
        days = np.array([date(int(year) + later, month, day).toordinal() for year in years])
        days = np.maximum(days, BEFORE_THE_MODEL)
        expected = (first <= days[:, None]) & ((last == 0) | (days[:, None] <= last))
    return [
        Problem(path, f"council {codes[council]} {what} {years[year]}")
        for what, wrong in (
            ("is missing in", expected & ~present),
            ("did not stand in", present & ~expected),
        )
        for year, council in np.argwhere(wrong)
    ]


def _check_successors(table: Table, councils: Table, path: str) -> list[Problem]:
    """Changes that do not fit the councils' first and last days, or lose children."""
    problems = []
    first = dict(zip(councils["dfe_code"].tolist(), councils["valid_from"].tolist(), strict=True))
    last = dict(zip(councils["dfe_code"].tolist(), councils["valid_to"].tolist(), strict=True))
    for old, new, on in zip(
        *(table[name].tolist() for name in ("predecessor", "successor", "on")), strict=True
    ):
        day = date.fromordinal(on)
        for code in (old, new):
            if code not in first:
                problems.append(Problem(path, f"council {code} is not in {COUNCILS}.csv"))
        if old in last and last[old] != on - 1:
            problems.append(Problem(path, f"council {old} does not end the day before {day}"))
        if new in first and first[new] != on:
            problems.append(Problem(path, f"council {new} does not begin on {day}"))
    for old in np.unique(table["predecessor"]):
        total = float(table["share"][table["predecessor"] == old].sum())
        if abs(total - 1.0) > 1e-6:
            what = f"the shares of council {old} add up to {total:g}"
            problems.append(Problem(path, what, "they must add up to 1"))
    return problems[:MOST_PROBLEMS]
