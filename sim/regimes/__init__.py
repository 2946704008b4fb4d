"""What government does about a failing council: one class a regime, found by name.

A regime is any class with `respond(case)`, a SimPy generator that runs once for each spell.
Add one from another package through the entry point group `sim.regimes`.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

from sim.model.institutions.department import FailureCase
from sim.model.institutions.processes import Process


@runtime_checkable
class Regime(Protocol):
    """The answer to a failure. One object serves one country."""

    def respond(self, case: FailureCase) -> Process:
        """Live through one spell: yield SimPy events until there is nothing left to do."""
        ...


def available() -> dict[str, type[Regime]]:
    """Every regime by name: the built-in ones and those of installed packages.

    A package cannot replace a built-in regime; ValueError names the one that tries.
    """
    from sim.regimes.ad_hoc import AdHoc
    from sim.regimes.as_practised import AsPractised
    from sim.regimes.commissioner import Commissioner
    from sim.regimes.no_intervention import NoIntervention
    from sim.regimes.peer_support import PeerSupport
    from sim.regimes.takeover import Takeover

    found: dict[str, type[Regime]] = {
        "ad_hoc": AdHoc,
        "as_practised": AsPractised,
        "commissioner": Commissioner,
        "no_intervention": NoIntervention,
        "peer_support": PeerSupport,
        "takeover": Takeover,
    }
    for entry in entry_points(group="sim.regimes"):
        regime = entry.load()
        if found.setdefault(entry.name, regime) is not regime:
            raise ValueError(f"{entry.value} may not replace the regime {entry.name!r}")
    return found
