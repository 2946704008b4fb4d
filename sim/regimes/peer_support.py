"""The management team of a council that does the job well (claim 75)."""

from __future__ import annotations

from sim.model.institutions.department import FailureCase
from sim.model.institutions.interventions import notice, peer_team
from sim.model.processes import Process


class PeerSupport:
    """A notice, then a lent management team; another one if the first has to leave."""

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        yield from notice(case)
        while case.open:
            yield from peer_team(case)
