"""Reading a TOML file so that every problem can name its file, line and key.

The standard library's parser gives values without line numbers and stops at the first
impossible date. A scan of the lines adds both: where each key stands, and a date such as
2016-02-30 read as text, so that it is reported together with everything else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sim.inputs.files.problems import InputError, Problem

KeyPath = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")
_BARE_DATE = re.compile(r"([^=]*=\s*)(\d{4}-\d{1,2}-\d{1,2})(\s*(?:#.*)?)$")
_TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|#')
_CLOSING = {'"""': re.compile(r'(?:[^\\]|\\.)*?"""'), "'''": re.compile(r".*?'''")}


@dataclass(frozen=True)
class TomlFile:
    """A parsed file: its data, its text, and the line of each key (counted from 1)."""

    path: Path
    text: str
    data: dict[str, Any]
    lines: dict[KeyPath, int]

    def line(self, *key: str | int) -> int:
        """The line of the key, or of the nearest table around it."""
        while key:
            if key in self.lines:
                return self.lines[key]
            key = key[:-1]
        return 1

    def where(self, *key: str | int) -> str:
        """ "file, line 3, key" for a problem at that key, "file" for one of the whole file."""
        if not key:
            return display_path(self.path)
        place = f"{display_path(self.path)}, line {self.line(*key)}"
        names = [part for part in key if isinstance(part, str)]
        return f"{place}, {names[-1]}" if names else place

    def at(self, *table: str | int) -> Callable[..., str]:
        """`where` for the keys of a table."""
        return partial(self.where, *table)

    def tables(self, key: str) -> list[tuple[int, dict[str, Any]]]:
        """The entries of an array of tables, numbered from 0; none where it is no such array."""
        entries = self.data.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            return []
        return list(enumerate(entries))


def read_toml(path: Path) -> TomlFile:
    """Read and parse one file. Raises InputError when it cannot be read or is not TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(Problem(display_path(path), "is not UTF-8 text")) from error
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise InputError(Problem(display_path(path), f"cannot be read: {reason}")) from error
    lines, mended = _scan(text)
    try:
        data = tomllib.loads(mended)
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem(display_path(path), f"is not valid TOML: {error}")) from error
    return TomlFile(path, text, data, lines)


def display_path(path: Path) -> str:
    """The path as a reader would type it: relative to the working folder when inside it."""
    full = path.absolute()
    folder = Path.cwd()
    return str(full.relative_to(folder)) if full.is_relative_to(folder) else str(full)


def kind_of(value: object) -> str:
    """The TOML type of a value, in words."""
    if isinstance(value, bool):
        return "true or false"
    for types, word in (
        (int, "a whole number"),
        (float, "a number"),
        (str, "text"),
        (datetime, "a date with a time"),
        (date, "a date"),
        (list, "a list"),
        (dict, "a table"),
    ):
        if isinstance(value, types):
            return word
    return "a time"


def no_date(value: object) -> tuple[str, str]:
    """Why a value is not a calendar date written as 2016-01-31, and a hint."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", value):
        if _is_date(value):
            return "is a date in quotation marks", f"write {value} without them"
        return f"{value} is not a date in the calendar", "write one such as 2016-01-31"
    return f"must be a date such as 2016-01-31, not {kind_of(value)}", ""


def is_number(value: object) -> bool:
    """Whether a value is a number (true and false are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _scan(text: str) -> tuple[dict[KeyPath, int], str]:
    """The line of every table and key, and the text with impossible dates put in quotes."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    open_string = ""
    mended: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        readable = line
        if not open_string:
            header = _HEADER.match(line)
            key = _KEY.match(line)
            if key:
                lines.setdefault((*table, *_parts(key[1])), number)
                readable = _quote_impossible_date(line)
            elif header:
                table = _table(header[1] == "[[", _parts(header[2]), counts)
                lines.setdefault(table, number)
        open_string = _string_left_open(line, open_string)
        mended.append(readable)
    return lines, "\n".join(mended)


def _parts(dotted: str) -> list[str]:
    return [double or single or bare for double, single, bare in _PART.findall(dotted)]


def _table(is_array: bool, parts: list[str], counts: dict[KeyPath, int]) -> KeyPath:
    """The key path of a table header; entries of an array of tables are counted from 0."""
    path: KeyPath = ()
    for position, part in enumerate(parts):
        path = (*path, part)
        if is_array and position == len(parts) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _quote_impossible_date(line: str) -> str:
    bare = _BARE_DATE.match(line)
    if bare is None or _is_date(bare[2]):
        return line
    return f'{bare[1]}"{bare[2]}"{bare[3]}'


def _string_left_open(line: str, delimiter: str) -> str:
    """The delimiter of the multi-line string still open at the end of the line, or ""."""
    at = 0
    while True:
        if delimiter:
            closing = _CLOSING[delimiter].match(line, at)
            if closing is None:
                return delimiter
            at, delimiter = closing.end(), ""
        token = _TOKEN.search(line, at)
        if token is None or token[0] == "#":
            return ""
        at = token.end()
        if token[0] in _CLOSING:
            delimiter = token[0]
