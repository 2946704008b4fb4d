"""Which text is fit to be read and written, and how the rest is made fit.

Text reaches a terminal, pages, drawings, documents, workbooks, data files and the names of files.
What a reader of any of them would take for a command, or could not be written there, is refused
where it is read and replaced where it is written.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

LONGEST_NAME = 100
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Control characters save tab and line feed; the marks that turn the direction of what follows; the
# separators of lines and paragraphs; halves of pairs; and what is no character at all. XML knows
# no control characters, and a terminal obeys them.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
# What no name of a file may hold on one of the systems, or would part the fields of a citation.
_NO_NAME = re.compile(r'[\\/:*?"<>|;=$%\t\n]')
# Windows takes these for devices, whatever their ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# A spreadsheet reads a cell that begins so as a formula.
_FORMULA = tuple("=+-@\t\r\n")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# Signs that plain character sets lack, and what a reader takes for the same.
_PLAIN = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u2501\u2550", "-"),
    **dict.fromkeys("\u2502\u2503\u2551", "|"),
    **dict.fromkeys("\u2018\u2019\u201a\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
    **dict.fromkeys("\u2022\u25cf\u25cb\u25aa\u25c6\u2605", "*"),
    **{"\u2026": "...", "\u00b7": ".", "\u00d7": "x", "\u00f7": "/", "\u00b1": "+/-"},
    **{"\u2264": "<=", "\u2265": ">=", "\u2248": "about ", "\u2192": "->", "\u2190": "<-"},
    **{"\u00a3": "GBP ", "\u20ac": "EUR ", "\u00b0": " degrees", "\u276f": ">", "\u00df": "ss"},
}
_BOXES, _BLOCKS = range(0x2500, 0x2580), range(0x2580, 0x25A0)


def unfit_characters(text: str) -> str:
    """The characters that may not stand in text, as codes such as "U+0007"; "" where none do."""
    return ", ".join(f"U+{ord(sign):04X}" for sign in sorted(set(_UNFIT.findall(text)))[:5])


def readable(text: str) -> str:
    """The text with every unfit character replaced by the sign for one that cannot be shown."""
    return _UNFIT.sub(_REPLACEMENT, text)


def shortened(text: str, most: int) -> str:
    """The text on one line, cut after a whole word where it has more than `most` characters."""
    line = " ".join(readable(text).split())
    if len(line) <= most:
        return line
    room = most - 3
    cut = line[: room + 1].rpartition(" ")[0] or line[:room]
    return f"{cut.rstrip(',;:')}..."


def data_cell(text: str) -> str:
    """The text as a cell of a data file that no spreadsheet takes for a formula.

    A number with its sign stays as it is.
    """
    formula = text.startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{readable(text)}" if formula else readable(text)


def wrong_name(name: str) -> str:
    """What keeps a name from being that of a file everywhere; "" where nothing does."""
    signs = unfit_characters(name) or " ".join(sorted(set(_NO_NAME.findall(name))))
    if signs:
        return f"has characters that no name may have: {signs}"
    if not (name[:1].isalnum() or name.startswith("_")):
        return "does not begin with a letter or a digit"
    if name.endswith((".", " ")):
        return "ends with a dot or a blank"
    if _DEVICES.fullmatch(name):
        return "is the name of a device on Windows"
    if len(name) > LONGEST_NAME:
        return f"has {len(name)} characters; a name has {LONGEST_NAME} at most"
    return ""


def texts_in(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, str]]:
    """Every text in nested tables and lists, keys of tables included, with its key path."""
    waiting = [(path, data)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, dict):
            for key, inside in value.items():
                yield (*place, key), key
                waiting.append(((*place, key), inside))
        elif isinstance(value, list):
            waiting += [((*place, k), inside) for k, inside in enumerate(value)]


def _in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    """What a stream writes for characters that its character set lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(map(_plain, signs)), error.end


def _plain(sign: str) -> str:
    if sign in _PLAIN:
        return _PLAIN[sign]
    if ord(sign) in _BOXES:
        return "+"
    if ord(sign) in _BLOCKS:
        return "#"
    letters = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return letters or "?"


# The `errors` of a stream whose character set may lack signs.
PLAIN_SIGNS = "sim.plain_signs"
codecs.register_error(PLAIN_SIGNS, _in_plain_signs)
