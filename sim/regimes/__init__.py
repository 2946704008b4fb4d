"""What government does about a failing council: one class a regime, known by its name.

A regime is any class with `respond(case)`, a SimPy generator that runs once for each spell.
Add one from another package through the entry point group `sim.regimes`.
"""

from __future__ import annotations

import multiprocessing
import warnings
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from sim.inputs.policy.regime_names import ENTRY_POINTS
from sim.inputs.policy.rules import RULES
from sim.model.institutions.department import Regime
from sim.model.institutions.regime_watch import in_words

__all__ = ["ENTRY_POINTS", "Regime", "available", "unusable"]


def available() -> dict[str, type[Regime]]:
    """Every regime by name that can be used: the built-in ones and those of installed packages.

    One of a package that cannot be used is left out, with a warning.
    """
    regimes, unusable = _installed()
    for name, reason in unusable.items():
        _warn(f"The regime {name} is left out: {reason}")
    return regimes


def unusable() -> dict[str, str]:
    """Why an installed regime cannot be used, by its name."""
    return _installed()[1]


def _installed() -> tuple[dict[str, type[Regime]], dict[str, str]]:
    from sim.regimes.ad_hoc import AdHoc
    from sim.regimes.as_practised import AsPractised
    from sim.regimes.commissioner import Commissioner
    from sim.regimes.no_intervention import NoIntervention
    from sim.regimes.peer_support import PeerSupport
    from sim.regimes.rulebook.regime import Rules
    from sim.regimes.takeover import Takeover

    built_in: dict[str, type[Regime]] = {
        "ad_hoc": AdHoc,
        "as_practised": AsPractised,
        "commissioner": Commissioner,
        "no_intervention": NoIntervention,
        "peer_support": PeerSupport,
        RULES: Rules,
        "takeover": Takeover,
    }
    regimes = dict(built_in)
    unusable: dict[str, str] = {}
    for entry in entry_points(group=ENTRY_POINTS):
        name = entry.name
        try:
            regime = _load(entry)
        except _UnusableError as error:
            unusable[name] = str(error)
            continue
        if regimes.setdefault(name, regime) is regime:
            continue
        if name in built_in:
            unusable[name] = f"{entry.value} may not replace the built-in regime of that name"
        else:
            # Which of two is meant cannot be known, and their order is that of the disk.
            unusable[name] = f"{entry.value} and another package both have a regime of that name"
    for name in unusable.keys() - built_in.keys():
        regimes.pop(name, None)
    return regimes, unusable


class _UnusableError(Exception):
    """What an installed package offers is no regime."""


def _load(entry: EntryPoint) -> type[Regime]:
    try:
        regime = entry.load()
    except (Exception, SystemExit) as error:  # foreign code may fail in any way
        raise _UnusableError(f"{entry.value} cannot be imported: {in_words(error)}") from error
    if not isinstance(regime, type) or not callable(getattr(regime, "respond", None)):
        raise _UnusableError(f"{entry.value} is not a class with a method respond(self, case)")
    return regime


@cache
def _warn(text: str) -> None:
    """Warn once, and not from every worker too."""
    if multiprocessing.parent_process() is None:
        warnings.warn(text, stacklevel=3)
