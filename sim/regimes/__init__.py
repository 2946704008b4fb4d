"""What government does about a failing council: one class a regime, known by its name.

A regime is any class with `respond(case)`, a SimPy generator that runs once for each spell.
Add one from another package through the entry point group `sim.regimes`.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from sim.model.institutions.department import Regime

__all__ = ["ENTRY_POINTS", "Regime", "available"]

# Under this name a package says which regimes it adds.
ENTRY_POINTS = "sim.regimes"


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

    regimes: dict[str, type[Regime]] = {
        "ad_hoc": AdHoc,
        "as_practised": AsPractised,
        "commissioner": Commissioner,
        "no_intervention": NoIntervention,
        "peer_support": PeerSupport,
        "takeover": Takeover,
    }
    for entry in entry_points(group=ENTRY_POINTS):
        regime = entry.load()
        if regimes.setdefault(entry.name, regime) is not regime:
            raise ValueError(f"{entry.value} may not replace the regime {entry.name!r}")
    return regimes
