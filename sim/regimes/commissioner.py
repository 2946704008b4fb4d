"""A commissioner with power to direct, and no change of structure (claim 74)."""

from __future__ import annotations

from sim.model.institutions.department import FailureCase
from sim.model.institutions.interventions import commissioner, notice
from sim.model.processes import Process


class Commissioner:
    """A notice, then a commissioner who stays until the council is no longer inadequate."""

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        yield from notice(case)
        yield from commissioner(case)
