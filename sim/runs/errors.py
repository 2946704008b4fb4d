"""Failures: of a run (RunError), and of several inputs at once (InputError)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sim.inputs.files.problems import InputError, Problem


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


@contextmanager
def collecting(problems: list[Problem]) -> Iterator[None]:
    """Add the problems of an InputError to a list instead of stopping at the first."""
    try:
        yield
    except InputError as error:
        problems.extend(error.problems)
