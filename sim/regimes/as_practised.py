"""The route actually used from 2013 to 2019 (evidence B1-B8, B27)."""

from __future__ import annotations

from sim.model.institutions.department import FailureCase
from sim.model.institutions.interventions import (
    adviser,
    commissioner,
    direction,
    notice,
    peer_team,
    progress,
    review,
    threat,
)
from sim.model.institutions.trusts import take_over
from sim.model.processes import Process


class AsPractised:
    """Notice and adviser; for persistent failure, or where six-monthly reviews find too little
    progress twice, a direction and a commissioner's review; after the review a trust for a
    minority, a partner for some, a commissioner for the rest.
    """

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        yield from notice(case)
        case.env.process(adviser(case))
        if not case.persistent:
            yield from self._six_monthly_reviews(case)
        council, p = case.council, case.p
        if not case.open or not council.may_be_taken_over():
            return
        direction(case)
        case.env.process(threat(case))
        if not (yield from review(case)):
            return
        share = council.random.uniform("route")
        allowed = case.levers.on("regime.new_trusts_allowed")
        trusts = p["department.trust_share"] if allowed else 0.0
        if share < trusts:
            yield from take_over(case)
        elif share < trusts + p["department.partner_share"]:
            yield from peer_team(case)
        if case.open and council.may_be_taken_over():
            yield from commissioner(case)

    def _six_monthly_reviews(self, case: FailureCase) -> Process:
        misses = 0
        while misses < 2 and not case.failed_again and (yield from case.wait(6.0)):
            misses = 0 if progress(case) else misses + 1
