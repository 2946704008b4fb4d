"""Regimes that a caller hands over as classes, without packaging them.

Such a regime is known by the text of the module or notebook cell that defines it, which is a part
of the run's identity (what that module imports is not). Where the text cannot be read the run
says so, has a name of its own, and cannot be resumed.
"""

from __future__ import annotations

import inspect
import linecache
import pickle
import sys
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sim.inputs.files.problems import Problem, raise_if_any
from sim.regimes import Regime, available
from sim.results.identity import sha256_of_bytes


@dataclass(frozen=True)
class OwnRegime:
    """A regime given as a class under a name; `source` is the text that defines it, or None."""

    name: str
    regime: type[Regime]
    source: str | None
    _unknown: str = field(default_factory=lambda: uuid.uuid4().hex, compare=False)

    def identity(self) -> dict[str, Any]:
        """What the regime is, as JSON: its text, or a mark that no other run has."""
        known: dict[str, Any] = {"name": self.name, "class": self.regime.__qualname__}
        if self.source is None:
            return known | {"source": None, "unknown": self._unknown}
        return known | {"source": self.source, "sha256": sha256_of_bytes(self.source.encode())}

    @property
    def can_be_sent(self) -> bool:
        """Whether a process that was not forked from this one can be given the class."""
        main = sys.modules["__main__"]
        if self.regime.__module__ == "__main__" and not hasattr(main, "__file__"):
            return False  # a notebook: the other process could not import it
        try:
            pickle.dumps(self.regime)
        except (pickle.PicklingError, AttributeError, TypeError):
            return False
        return True


def own_regimes(regimes: Mapping[str, type[Regime]] | None) -> tuple[OwnRegime, ...]:
    """The regimes of a call, checked. Raises InputError with everything that is wrong."""
    regimes = regimes or {}
    problems = []
    for name, regime in regimes.items():
        where = f"regimes, {name}"
        if name in available():
            problems.append(Problem(where, "is the name of an installed regime", "use another"))
        if not isinstance(regime, type) or not callable(getattr(regime, "respond", None)):
            what = "must be a class with a method respond(self, case)"
            problems.append(Problem(where, what, "docs/how-to/own-regime.md shows one"))
    raise_if_any(problems)
    return tuple(OwnRegime(name, regime, source_of(regime)) for name, regime in regimes.items())


def check_resumable(regimes: Iterable[OwnRegime]) -> None:
    """Raise InputError for regimes whose source text is not known."""
    raise_if_any(
        Problem(
            f"--resume, regime {one.name}",
            "the source text of this class cannot be read, so an earlier attempt may have had "
            "another",
            "write the class in a file and import it, or run without resume",
        )
        for one in regimes
        if one.source is None
    )


def source_of(regime: type) -> str | None:
    """The text of the modules (or notebook cells) that define a class and those it is built on.

    None where any of them cannot be read.
    """
    texts: dict[str, None] = {}
    for one in regime.__mro__:
        room = one.__module__.split(".")[0]
        if room in ("sim", *sys.stdlib_module_names):
            continue  # known by the hash of the code, or by the version of Python
        text = _text_around(one)
        if text is None:
            return None
        texts[text] = None
    return "\n".join(texts) or None


def _text_around(one: type) -> str | None:
    """The module's text; in a notebook, where there is none, that of the cell."""
    module = sys.modules.get(one.__module__)
    if module is not None:
        with suppress(OSError, TypeError):
            return inspect.getsource(module)
    for member in vars(one).values():
        function = inspect.unwrap(member) if callable(member) else None
        if inspect.isfunction(function):
            lines = linecache.getlines(function.__code__.co_filename)
            return "".join(lines) or None
    return None
