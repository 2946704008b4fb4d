"""A table of a finished folder, read into a pandas frame after its form is checked."""

from __future__ import annotations

import gzip
import io
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sim.inputs.files.problems import InputError, Problem, raise_if_any

# A packed table grows at most so many times where the record does not say how large it is.
MOST_GROWTH = 100
_BLOCK = _LONGEST_LINE = 2**20
_AGAIN = "copy it again, or run it again"
_CODES = dict.fromkeys(("new_la_code", "old_la_code", "la_code"), str)


def read_table(
    path: Path,
    needed: Sequence[str] = (),
    *,
    numbers: Sequence[str] = (),
    dates: Sequence[str] = (),
    unpacked: int | None = None,
    **how: Any,
) -> pd.DataFrame:
    """A CSV file, packed or not; `how` goes to pandas.

    `needed` are columns that must be there; those in `numbers` and `dates` hold nothing else.
    A packed file is unpacked to at most `unpacked` bytes. Raises InputError with what is wrong.
    """
    try:
        source = io.BytesIO(_unpack(path, unpacked)) if path.suffix == ".gz" else path
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # a mixed column is told below
            frame = pd.read_csv(source, encoding="utf-8", **{"dtype": _CODES, **how})
    except (OSError, EOFError, zlib.error) as error:
        what = getattr(error, "strerror", None) or "it ends early or is damaged"
        raise InputError(Problem(str(path), f"cannot be read: {what}", _AGAIN)) from None
    except (ValueError, OverflowError) as error:  # those of pandas for a form it cannot read
        reason = "" if isinstance(error, UnicodeDecodeError) else f" ({str(error).strip()[:200]})"
        what = f"empty or damaged: it is no table{reason}"
        raise InputError(Problem(str(path), what, _AGAIN)) from None
    raise_if_any(_wrong_form(frame, path, needed, numbers))
    days: dict[str, Any] = {
        name: _days(frame[name], path) for name in dates if name in frame.columns
    }
    checked: pd.DataFrame = frame.assign(**days)
    return checked


def table_problems(
    path: Path,
    needed: Sequence[str],
    may_be_empty: bool,
    what: str = "run",
    again: str = "run it again",
) -> list[Problem]:
    """What is wrong with a table of a run (or of `what`), judged by its first lines."""
    cut_short = f"the {what} was cut short"
    if not path.is_file():
        return [Problem(str(path), f"missing: {cut_short}", again)]
    try:
        with path.open(encoding="utf-8") as file:
            lines = file.readline(_LONGEST_LINE) + file.readline(_LONGEST_LINE)
        head = pd.read_csv(io.StringIO(lines))
    except (ValueError, OSError):
        return [Problem(str(path), f"empty or damaged: {cut_short}", again)]
    missing = [column for column in needed if column not in head.columns]
    if missing:
        return [Problem(str(path), f"has no column {', '.join(missing[:5])}", again)]
    if not len(head) and not may_be_empty:
        return [Problem(str(path), f"has no rows: {cut_short}", again)]
    return []


def _wrong_form(
    frame: pd.DataFrame, path: Path, needed: Sequence[str], numbers: Sequence[str]
) -> list[Problem]:
    """What is wrong with columns and types of a table."""
    if not isinstance(frame.index, pd.RangeIndex):
        return [Problem(str(path), "has rows with more cells than columns", _AGAIN)]
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        what = f"has no column {', '.join(missing[:5])}"
        return [Problem(str(path), what, _AGAIN)]
    return [
        Problem(f"{path}, column {name}", "must hold numbers and nothing else", _AGAIN)
        for name in numbers
        if name in frame.columns and len(frame) and not _is_numeric(frame[name])
    ][:5]


def _is_numeric(column: pd.Series[Any]) -> bool:
    return is_numeric_dtype(column) and not is_bool_dtype(column)


def _days(column: pd.Series[Any], path: Path) -> pd.Series[Any]:
    """A column as dates. Raises InputError where it holds anything else."""
    days = pd.to_datetime(column, errors="coerce")
    numeric = is_numeric_dtype(column) and column.notna().any()
    if numeric or not days.notna().eq(column.notna()).all():
        what = "must hold dates and nothing else"
        raise InputError(Problem(f"{path}, column {column.name}", what, _AGAIN))
    return days


def _unpack(path: Path, unpacked: int | None) -> bytes:
    """The bytes inside a packed file. Raises InputError before there are more than expected."""
    most = MOST_GROWTH * path.stat().st_size if unpacked is None else unpacked
    blocks, size = [], 0
    with gzip.open(path) as file:
        while block := file.read(_BLOCK):
            size += len(block)
            if size > most:
                what = f"holds more than the {most:,} bytes that the run wrote"
                raise InputError(Problem(str(path), what, _AGAIN))
            blocks.append(block)
    if unpacked is not None and size < unpacked:
        raise EOFError
    return b"".join(blocks)
