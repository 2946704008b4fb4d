"""A run that failed, and what an error of the system or of a library means to its user."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import PurePath

from sim.model.regime_error import RegimeError

# Set to anything, it shows developers where an error came from.
DEBUG = "SIM_DEBUG"
_LONGEST = 300  # characters of another program's message
_PACKAGES = ("site-packages", "dist-packages")

_MAKE_ROOM = "make room, then run again"
_NOT_ALLOWED = (
    "close the program that has it open, or make it writable, or choose another place, "
    "then run again"
)
# What helps against an error of the system, by its number.
_CURES = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EFBIG: "choose a disk that takes larger files, then run again",
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.ETXTBSY: _NOT_ALLOWED,
    errno.EROFS: "choose a place that can be written, then run again",
    errno.ENOENT: "see whether the file or its folder was moved or removed, then run again",
    errno.ENOTDIR: "a file is where a folder should be: move it away, then run again",
    errno.EISDIR: "a folder is where a file should be: move it away, then run again",
    errno.EEXIST: "move away what is there, then run again",
    errno.ENOTEMPTY: "move away what is there, then run again",
    errno.ENAMETOOLONG: "use a shorter name, or a folder nearer the top",
    errno.ELOOP: "symbolic links lead in a circle: take them away, then run again",
    errno.EMFILE: "too many files are open: raise the limit (ulimit -n) or use fewer --workers",
    errno.ENFILE: "too many files are open on this machine: close some programs, then run again",
    errno.EAGAIN: "this user may start no more processes: use fewer --workers or --engine serial",
    errno.ENOMEM: "use fewer --workers, or close other programs, then run again",
    errno.EIO: "the disk or the network drive fails: choose another place, then run again",
    errno.ESTALE: "the network drive was lost: connect it again, then run again",
}


class RunError(Exception):
    """The run could not be finished. The message says what happened and what to try.

    The command line prints it and exits with code 1.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}\n    {self.hint}" if self.hint else self.what

    def with_advice(self, advice: str) -> RunError:
        """The same failure with one more piece of advice."""
        return RunError(self.what, "\n    ".join(text for text in (self.hint, advice) if text))


def failure_of(error: BaseException) -> RunError:
    """What an error means to the user, each cause with its own cure."""
    if isinstance(error, RunError):
        return error
    if isinstance(error, RegimeError):
        hint = "repair the regime, then run again: docs/how-to/own-regime.md shows one"
        return RunError(short(str(error), 600), hint)
    if isinstance(error, UnicodeEncodeError):
        letter = ascii(error.object[error.start : error.start + 1])
        what = f"the text cannot be written: the encoding {error.encoding} has no {letter}"
        return RunError(what, "set PYTHONIOENCODING=utf-8, then run again")
    if isinstance(error, UnicodeDecodeError):
        what = f"a file is not text in the encoding {error.encoding}"
        return RunError(what, "save it as UTF-8, then run again")
    if isinstance(error, MemoryError):
        hint = "use fewer --workers, close other programs, or ask for less at a time"
        return RunError("there is not enough memory", hint)
    if isinstance(error, EOFError):
        what = f"a file ends before it should: {_text(error)}"
        return RunError(what, "it is damaged: make it again")
    if isinstance(error, OSError) and error.errno is not None:
        return _of_the_system(error)
    if isinstance(error, (ImportError, SyntaxError)) or _is_unloadable(error):
        library = _library(error)
        what = f"{library or 'a library'} cannot be loaded: {_text(error)}"
        name = "sim-childrens-services" if library in ("sim", "") else library
        return RunError(what, f"install it again: pip install --force-reinstall {name}")
    if isinstance(error, OSError):
        return RunError(f"the system reports: {_text(error)}", "put that right, then run again")
    return _unforeseen(error)


def reason_of(error: OSError) -> str:
    """The system's words for an error, and the file where one is known."""
    reason = short((error.strerror or str(error)).lower())
    where = f" ({short(str(error.filename))})" if error.filename is not None else ""
    return reason + where


def short(text: str, most: int = _LONGEST) -> str:
    """A foreign text on one line, printable, and no longer than a message can bear."""
    line = " ".join(text.split())
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= most else f"{line[: most - 3]}..."


def show_to_developers(error: BaseException) -> None:
    """Print the traceback where the environment asks for it."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error, file=sys.stderr)


def _of_the_system(error: OSError) -> RunError:
    if isinstance(error, (ConnectionError, TimeoutError)):
        hint = "see that the other machine is there and can be reached, then run again"
        return RunError(f"the connection was lost: {reason_of(error)}", hint)
    hint = _CURES.get(error.errno or 0, "put that right, then run again")
    what = {
        errno.ENOMEM: "there is not enough memory",
        errno.EAGAIN: "no further process can be started",
    }.get(error.errno or 0, "a file or folder cannot be used")
    return RunError(f"{what}: {reason_of(error)}", hint)


def _is_unloadable(error: BaseException) -> bool:
    """Whether the system could not load compiled code: it then gives no number."""
    words = ("shared object", "elf header", "dll", "dlopen", "image not found")
    return isinstance(error, OSError) and any(word in str(error).lower() for word in words)


def _library(error: BaseException) -> str:
    """The top package that could not be loaded, or ""."""
    name = getattr(error, "name", None)
    if isinstance(name, str) and name:
        return name.split(".")[0]
    file = getattr(error, "filename", None)
    places = [file] if isinstance(error, SyntaxError) and isinstance(file, str) else []
    places += [frame.filename for frame in reversed(traceback.extract_tb(error.__traceback__))]
    for place in places:
        parts = PurePath(place).parts
        for folder in _PACKAGES:
            if folder in parts[:-1]:
                return parts[parts.index(folder) + 1].removesuffix(".py")
    return ""


def _unforeseen(error: BaseException) -> RunError:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({PurePath(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return RunError(
        f"something happened that the program did not foresee: "
        f"{type(error).__name__}: {_text(error)}{where}",
        f"please report it, with all that is shown after {DEBUG}=1 is set in the environment",
    )


def _text(error: BaseException) -> str:
    try:
        return short(str(error)) or type(error).__name__
    except Exception:  # an error of somebody else's making may fail to say what it is
        return type(error).__name__
