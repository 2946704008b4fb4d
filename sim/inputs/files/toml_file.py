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

from sim.inputs.files.plain_text import readable, texts_in, unfit_characters
from sim.inputs.files.problems import InputError, Problem, raise_if_any
from sim.inputs.files.text_file import display_path, read_text

KeyPath = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")
# A date as TOML writes it, or as people do: 1/2/2016, 01.02.2016, 1 February 2016.
_DATE = r"\d{1,4}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,4}|\d{1,2} [A-Za-z]{3,9} \d{4}"
_BARE_DATE = re.compile(rf"(?P<key>[^=]*=\s*)(?P<date>{_DATE})(?P<rest>\s*(?:#.*)?)$")
_CURLY = re.compile("[\u201c\u201d\u2018\u2019]")
MOST_A_LINE = 10_000  # in letters
MOST_LINES = 25_000
MOST_COMMAS = 40_000
MOST_DEPTH = 10
MOST_PARTS = 100  # between the dots of a key, before it is looked at
_NO_KEY = re.compile(r"[=,{}\[\]#\"\s]")
_TOO_DEEP = f"is nested more than {MOST_DEPTH} deep"
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
    """Read and parse one file.

    Raises InputError when it cannot be read, is not TOML, or has text with characters that could
    not be shown.
    """
    text = read_text(path)
    if (count := text.count("\n")) > MOST_LINES:
        what = f"has {count:,} lines, more than {MOST_LINES:,}"
        raise InputError(Problem(display_path(path), what, "is it the right file?"))
    long = next((n for n, line in enumerate(text.split("\n"), 1) if len(line) > MOST_A_LINE), None)
    if long is not None:
        where = f"{display_path(path)}, line {long}"
        raise InputError(Problem(where, f"is longer than {MOST_A_LINE:,} letters"))
    if text.count(",") > MOST_COMMAS:
        what = f"holds lists of more than {MOST_COMMAS:,} values"
        raise InputError(Problem(display_path(path), what, "is it the right file?"))
    if (deep := _deep_key(text)) is not None:
        raise InputError(Problem(f"{display_path(path)}, line {deep}", _TOO_DEEP))
    lines, mended = _scan(text)
    try:
        data = tomllib.loads(mended)
    except RecursionError as error:
        raise InputError(Problem(display_path(path), _TOO_DEEP)) from error
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        hint = 'write quotation marks as " and not as “ or ”' if _CURLY.search(text) else ""
        problem = Problem(display_path(path), f"is not valid TOML: {error}", hint)
        raise InputError(problem) from error
    raise_if_any(_beyond_bounds(path, data))
    file = TomlFile(path, text, data, lines)
    raise_if_any(_unfit_text(file))
    return file


def _deep_key(text: str) -> int | None:
    """The first line with a key of far more parts than may be nested: the parser's time grows with
    their square."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MOST_PARTS:
            parts = 0
            for part in line.split("."):
                parts = 0 if _NO_KEY.search(part) else parts + 1
                if parts > MOST_PARTS:
                    return number
    return None


def _beyond_bounds(path: Path, data: dict[str, Any]) -> list[Problem]:
    """What is nested deeper than any file needs, or a whole number that TOML does not have."""
    level: list[Any] = [data]
    for _ in range(MOST_DEPTH):
        within: list[Any] = []
        for one in level:
            if isinstance(one, int) and not -(2**63) <= one < 2**63:
                return [Problem(display_path(path), "holds a whole number of more than 64 bits")]
            if isinstance(one, dict | list):
                within += one.values() if isinstance(one, dict) else one
        level = within
    return [Problem(display_path(path), _TOO_DEEP)] if level else []


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
    if isinstance(value, str) and re.fullmatch(_DATE, value.strip()):
        if _is_date(value):
            return "is a date in quotation marks", f"write {value} without them"
        if (meant := _meant(value.strip())) is not None:
            long = f"{meant.day} {meant:%B %Y}"
            return f"{value} is not how a date is written here", f"for {long} write {meant}"
        return f"{value} is not a date in the calendar", "write one such as 2016-01-31"
    return f"must be a date such as 2016-01-31, not {kind_of(value)}", ""


def _meant(text: str) -> date | None:
    """The day that a date in another form means: the day first, as in Britain, where it can be."""
    forms = ["%d %B %Y", "%d %b %Y"]
    forms += [f"%{a}-%{b}-%{c}" for a, b, c in ("dmY", "mdY", "Ymd", "dmy", "mdy")]
    plain = re.sub("[/.]", "-", text)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):  # in the right form, but no day
        return None
    for form in forms:
        try:
            return datetime.strptime(plain, form).date()
        except ValueError:
            continue
    return None


def is_number(value: object) -> bool:
    """Whether a value is a number (true and false are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unfit_text(file: TomlFile) -> list[Problem]:
    """The texts that no terminal, page or document could show as they are."""
    return [
        Problem(
            readable(file.where(*key)),
            f"has characters that cannot be shown: {signs}",
            "write the text without them",
        )
        for key, text in texts_in(file.data)
        if (signs := unfit_characters(text))
    ]


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
    if bare is None or _is_date(bare["date"]):
        return line
    return f'{bare["key"]}"{bare["date"]}"{bare["rest"]}'


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
