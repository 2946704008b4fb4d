"""Every cause of a failure is named truly, with its own cure, and never as a traceback."""

from __future__ import annotations

import errno
import os

import pytest

from sim.cli import commands, main
from sim.runs.errors import DEBUG, failure_of

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]

NOT_OF_ROOM = ("make room", "memory")
CAUSES: dict[str, tuple[BaseException, str]] = {
    "full": (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a"), "make room"),
    "locked": (PermissionError(errno.EACCES, "Permission denied", "a.xlsx"), "has it open"),
    "read-only": (OSError(errno.EROFS, "Read-only file system", "a"), "can be written"),
    "long name": (OSError(errno.ENAMETOOLONG, "File name too long", "a" * 5000), "shorter name"),
    "handles": (OSError(errno.EMFILE, "Too many open files"), "ulimit"),
    "processes": (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "--workers"),
    "memory": (MemoryError(), "not enough memory"),
    "connection": (ConnectionResetError(errno.ECONNRESET, "reset"), "connection was lost"),
    "library": (ImportError("libfoo.so: bad ELF header", name="numpy"), "reinstall numpy"),
    "compiled": (OSError("libx.so: cannot open shared object file"), "cannot be loaded"),
    "encoding": (UnicodeEncodeError("cp1252", "\u2212", 0, 1, "no"), "PYTHONIOENCODING"),
    "short file": (EOFError("Compressed file ended"), "ends before"),
    "unforeseen": (KeyError("x\x1b[31m" * 900), "did not foresee"),
}


@pytest.mark.parametrize("name", CAUSES)
def test_a_command_that_fails_says_why_in_one_message(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error, words = CAUSES[name]

    def fail(**arguments: object) -> None:
        raise error

    monkeypatch.setattr(commands.simulate, "main", fail)
    with pytest.raises(SystemExit) as left:
        main.main(["list"])
    printed = capsys.readouterr().err
    assert left.value.code == main.FAILED
    assert words in printed
    assert "Traceback" not in printed
    assert "\x1b" not in printed
    assert len(printed) <= 2000
    if name not in ("full", "memory"):
        assert not any(text in printed for text in NOT_OF_ROOM)


def test_developers_can_see_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**arguments: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(commands.simulate, "main", fail)
    monkeypatch.setenv(DEBUG, "1")
    with pytest.raises(SystemExit):
        main.main(["list"])
    assert "Traceback" in capsys.readouterr().err


def test_a_failure_says_no_more_than_is_known() -> None:
    assert "kept" not in str(failure_of(OSError(errno.ENOSPC, "full")))
