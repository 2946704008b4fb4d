"""Leave the council to recover by itself: Ofsted still visits and re-inspects."""

from __future__ import annotations

from sim.model.institutions.department import FailureCase
from sim.model.processes import Process


class NoIntervention:
    """Nothing from the department beyond what is in place on the start date."""

    def respond(self, case: FailureCase) -> Process:
        """Wait for the end of the spell."""
        yield case.ended
