"""A regime of somebody else's making that fails, told with council and date."""

from __future__ import annotations


class RegimeError(Exception):
    """A regime failed: which one, where, when and how.

    `council` is "" where it is not known. The parts are the arguments, so that SimPy and other
    processes can make the error again.
    """

    def __init__(self, regime: str, council: str, date: str, what: str) -> None:
        super().__init__(regime, council, date, what)
        self.regime, self.council, self.date, self.what = regime, council, date, what

    def __str__(self) -> str:
        where = f" at {self.council}" if self.council else ""
        return f"the regime {self.regime} failed{where} on {self.date}: {self.what}"
