"""Figures that were published after a forecast was sealed, from a CSV file of the user's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import NamedTuple

from sim.forecasts.forecast_series import ENGLAND, GRADE, RETURNS, SERIES
from sim.forecasts.sealed_forecast import FIGURES, GRADES, SealedForecast
from sim.inputs.files.problems import InputError, Problem, did_you_mean, raise_if_any
from sim.results.table_file import read_table
from sim.validation.histories import GRADE_NUMBERS

COLUMNS = ("series", "code", "date", "value")
MOST_NAMED = 12  # of councils, codes or rows in one message
# Nothing that councils return has come to so many times what it was, or to such a part of it, in a
# few years (assumption): a share for per cent or thousands of pounds for millions differ by more.
MOST_TIMES = 30.0
_FORM = f"give a CSV file in UTF-8 whose first line is {','.join(COLUMNS)}"


class PublishedFigure(NamedTuple):
    """One figure, or the grade (1 to 4) of a council where `series` is GRADE."""

    series: str
    code: str
    date: str
    value: float


@dataclass(frozen=True)
class _Row:
    line: int
    series: str
    code: str
    date: str
    text: str


def read_published(path: Path, sealed: SealedForecast) -> list[PublishedFigure]:
    """The figures of a file that can be scored: rows whose value is empty were not published.

    Raises InputError with everything wrong at once: series, codes, dates and values that the
    forecast does not have, rows that stand twice, and councils that are missing from a series
    that has others of the same date.
    """
    try:
        table = read_table(path, COLUMNS, dtype=str, keep_default_na=False)
    except InputError as error:
        raise InputError(replace(problem, hint=_FORM) for problem in error.problems) from None
    cells = (table[name].str.strip() for name in COLUMNS)
    rows = [_Row(line, *row) for line, row in enumerate(zip(*cells, strict=True), start=2)]
    expected = _Expected(sealed)
    problems = [Problem(f"{path}, {where}", *what) for where, *what in expected.wrong(rows)]
    figures: list[PublishedFigure] = []
    unclear: dict[str, list[_Row]] = {}
    for row in rows:
        if not row.text:
            continue
        value = _value(row)
        if math.isfinite(value):
            figures.append(PublishedFigure(row.series, row.code, row.date, value))
        else:
            unclear.setdefault(row.series, []).append(row)
    for series, own in unclear.items():
        where = "row " if len(own) == 1 else "rows "
        what = f"{_named(row.text for row in own)} is no figure of {series}"
        hint = "write inadequate, requires improvement, good or outstanding"
        hint = hint if series == GRADE else "write a number from 0, or nothing if unpublished"
        where += _listed([str(row.line) for row in own])
        problems.append(Problem(f"{path}, {where}", what, hint))
    problems += [Problem(f"{path}, {where}", *what) for where, *what in _units(figures, sealed)]
    if not figures and not problems:
        problems = [Problem(str(path), "has no figures")]
    raise_if_any(problems)
    return figures


def _units(figures: list[PublishedFigure], sealed: SealedForecast) -> Iterator[tuple[str, ...]]:
    """Series that are so far from the forecast that they must be in another unit."""
    table = sealed.tables[FIGURES]
    middles = table[table["quantile"] == 0.5].set_index(["series", "code", "date"])["value"]
    for name in RETURNS:
        own = [one for one in figures if one.series == name and one.value > 0.0]
        ratios = [
            one.value / middle for one in own if (middle := float(middles.get(one[:3], 0.0))) > 0.0
        ]
        if ratios and not 1.0 / MOST_TIMES < (times := median(ratios)) < MOST_TIMES:
            what = f"its figures are about {times:.2g} times those of the forecast"
            yield (
                f"series {name}",
                what,
                f"write them in {SERIES[name].unit}, with no sign between thousands",
            )


def _named(texts: Iterable[str]) -> str:
    """Texts in quotation marks, each once."""
    return _listed([repr(text) for text in dict.fromkeys(texts)])


def _listed(texts: list[str]) -> str:
    """The first of some texts, and how many more there are."""
    more = len(texts) - MOST_NAMED
    return ", ".join(texts[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _value(row: _Row) -> float:
    """The number that a cell holds, NaN where it holds none."""
    if row.series == GRADE:
        word = row.text.lower().replace("_", " ")
        number = GRADE_NUMBERS.get(word, int(word) if word in ("1", "2", "3", "4") else None)
        return float("nan") if number is None else float(number)
    try:
        value = float(row.text.replace(",", ""))
    except ValueError:
        return float("nan")
    return value if 0.0 <= value < float("inf") else float("nan")


class _Expected:
    """What a forecast has figures for."""

    def __init__(self, sealed: SealedForecast) -> None:
        figures, grades = sealed.tables[FIGURES], sealed.tables[GRADES]
        self._councils = sealed.codes
        self._dates = {
            str(name): list(dict.fromkeys(own)) for name, own in figures.groupby("series")["date"]
        }
        self._dates[GRADE] = list(dict.fromkeys(grades["date"]))
        by_council = {*figures.loc[figures["code"] != ENGLAND, "series"], GRADE}
        self._of_councils = {name: name in by_council for name in self._dates}

    def wrong(self, rows: list[_Row]) -> Iterator[tuple[str, ...]]:
        """Where something is wrong, what, and what to try."""
        for name in dict.fromkeys(row.series for row in rows):
            if name not in self._dates:
                hint = did_you_mean(name, self._dates) or f"series are {GRADE}, {', '.join(SERIES)}"
                yield f"series {name!r}", "is not in the forecast", hint
        known = [row for row in rows if row.series in self._dates]
        codes = {*self._councils, ENGLAND}
        others = [c for c in dict.fromkeys(row.code for row in known) if c not in codes]
        if others:
            are = ("code", "is") if len(others) == 1 else ("codes", "are")
            yield f"{are[0]} {_named(others)}", f"{are[1]} not in the forecast", _hint_of(others)
        for name, code in dict.fromkeys((row.series, row.code) for row in known):
            if name == GRADE and code == ENGLAND:
                yield f"series {name}", f"has no figure of {ENGLAND}", "give those of councils"
            elif code in self._councils and not self._of_councils[name]:
                yield f"series {name}, code {code}", f"the forecast has it of {ENGLAND} only"
        for name, day in dict.fromkeys((row.series, row.date) for row in known):
            if day not in self._dates[name]:
                hint = f"it has {', '.join(self._dates[name])}, written so"
                yield f"series {name}", f"has no forecast for {day!r}", hint
        yield from _twice(rows)
        yield from self._missing(known)

    def _missing(self, rows: list[_Row]) -> Iterator[tuple[str, ...]]:
        given: dict[tuple[str, str], set[str]] = {}
        for row in rows:
            if row.code in self._councils:
                given.setdefault((row.series, row.date), set()).add(row.code)
        for (name, day), codes in given.items():
            missing = [code for code in self._councils if code not in codes]
            if missing and self._of_councils[name] and day in self._dates[name]:
                what = f"councils are missing: {_listed(missing)}"
                hint = "give a row with an empty value where a council published nothing"
                yield f"series {name}, {day}", what, hint


def _hint_of(codes: Iterable[str]) -> str:
    """What to try where codes are not those of the department."""
    usual = f"codes are {ENGLAND} and three figures as the department writes them"
    if any(re.fullmatch(r"[EW]\d{8}", code) for code in codes):
        return f"{usual}: those of nine signs are the statistics office's"
    if any(re.fullmatch(r"\d{3}\.0", code) for code in codes):
        return f"{usual}: 201, not 201.0"
    return usual


def _twice(rows: Iterable[_Row]) -> Iterator[tuple[str, ...]]:
    first: dict[tuple[str, str, str], int] = {}
    again = []
    for row in rows:
        key = (row.series, row.code, row.date)
        if key in first:
            again.append((row.line, key))
        first.setdefault(key, row.line)
    if again:
        line, key = again[0]
        what = f"gives {', '.join(key)} again, after row {first[key]}"
        more = f"; so do {len(again) - 1} more rows with theirs" if len(again) > 1 else ""
        yield f"row {line}", what + more, "keep one row for each figure"


def days_covered(figures: Iterable[PublishedFigure]) -> tuple[date, date]:
    """The first and the last day that figures are of."""
    days = sorted(date.fromisoformat(figure.date) for figure in figures)
    return days[0], days[-1]
