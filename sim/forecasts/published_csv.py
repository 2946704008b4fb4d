"""Figures that were published after a forecast was sealed, from a CSV file of the user's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sim.forecasts.forecast_series import ENGLAND, GRADE, SERIES
from sim.forecasts.sealed_forecast import FIGURES, GRADES, SealedForecast
from sim.inputs.files.problems import Problem, did_you_mean, raise_if_any
from sim.results.table_file import read_table
from sim.validation.histories import GRADE_NUMBERS

COLUMNS = ("series", "code", "date", "value")
MOST_NAMED = 12  # of councils that are missing


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
    table = read_table(path, COLUMNS, dtype=str, keep_default_na=False)
    cells = (table[name].str.strip() for name in COLUMNS)
    rows = [_Row(line, *row) for line, row in enumerate(zip(*cells, strict=True), start=2)]
    expected = _Expected(sealed)
    problems = [Problem(f"{path}, {where}", *what) for where, *what in expected.wrong(rows)]
    figures: list[PublishedFigure] = []
    for row in rows:
        if not row.text:
            continue
        value = _value(row)
        if math.isfinite(value):
            figures.append(PublishedFigure(row.series, row.code, row.date, value))
        else:
            what = f"{row.text!r} is no figure of {row.series}"
            hint = "write inadequate, requires improvement, good or outstanding"
            hint = hint if row.series == GRADE else "write a number, or nothing if unpublished"
            problems.append(Problem(f"{path}, row {row.line}", what, hint))
    if not figures and not problems:
        problems = [Problem(str(path), "has no figures")]
    raise_if_any(problems)
    return figures


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
        for code in dict.fromkeys(row.code for row in known):
            if code not in codes:
                hint = f"codes are {ENGLAND} and three figures as the department writes them"
                yield f"code {code!r}", "is not in the forecast", hint
        for name, code in dict.fromkeys((row.series, row.code) for row in known):
            if name == GRADE and code == ENGLAND:
                yield f"series {name}", f"has no figure of {ENGLAND}", "give those of councils"
            elif code in self._councils and not self._of_councils[name]:
                yield f"series {name}, code {code}", f"the forecast has it of {ENGLAND} only"
        for name, day in dict.fromkeys((row.series, row.date) for row in known):
            if day not in self._dates[name]:
                hint = f"it has {', '.join(self._dates[name])}"
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
                more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
                what = f"councils are missing: {', '.join(missing[:MOST_NAMED])}{more}"
                hint = "give a row with an empty value where a council published nothing"
                yield f"series {name}, {day}", what, hint


def _twice(rows: Iterable[_Row]) -> Iterator[tuple[str, ...]]:
    first: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row.series, row.code, row.date)
        if key in first:
            yield f"row {row.line}", f"gives {', '.join(key)} again, after row {first[key]}"
        first.setdefault(key, row.line)


def days_covered(figures: Iterable[PublishedFigure]) -> tuple[date, date]:
    """The first and the last day that figures are of."""
    days = sorted(date.fromisoformat(figure.date) for figure in figures)
    return days[0], days[-1]
