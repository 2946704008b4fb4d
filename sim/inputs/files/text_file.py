"""A text file as people save it: with a byte-order mark, Windows line ends, or in UTF-16.

Size is looked at before anything is read, so that a wrong file costs nothing.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from sim.inputs.files.plain_text import readable, wrong_name
from sim.inputs.files.problems import InputError, Problem, clipped

# No file that a person writes by hand comes near this.
MOST_BYTES = 500_000
_AS_UTF_8 = "save it as UTF-8: in an editor's Save As, choose the encoding UTF-8"


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """The text of a file of at most `most` bytes, its lines ended by "\\n", no byte-order mark.

    Raises InputError where it cannot be opened, is larger, or is not UTF-8.
    """
    where = display_path(path)
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "cannot be opened").lower()
        raise InputError(Problem(where, f"cannot be read: {reason}")) from error
    if len(data) > most:
        raise InputError(Problem(where, f"is larger than {most:,} bytes", "is it the right file?"))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(Problem(where, "is UTF-16 text", _AS_UTF_8))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            Problem(f"{where}, line {line}", "is not UTF-8 text", _AS_UTF_8)
        ) from error
    if "\0" in text:
        what = "is no text: it holds bytes of zero"
        raise InputError(Problem(where, what, f"if it is text in UTF-16, {_AS_UTF_8}"))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_there(path: Path) -> bool:
    """Whether the path is that of a file; a name that no system can hold is that of none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def check_file_name(path: Path) -> list[Problem]:
    """What is wrong with the name of a scenario's or a belief's file: outputs are named by it."""
    if not (wrong := wrong_name(path.stem)):
        return []
    what = f"{clipped(readable(path.name), 120)!r} cannot name a scenario: it {wrong}"
    hint = "rename the file: letters, digits, hyphens and full stops between them"
    return [Problem(readable(display_path(path)), what, hint)]


def display_path(path: Path) -> str:
    """The path as a reader would type it: relative to the working folder when inside it."""
    full = path.absolute()
    folder = Path.cwd()
    return str(full.relative_to(folder)) if full.is_relative_to(folder) else str(full)
