"""A run that failed."""

from __future__ import annotations


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
