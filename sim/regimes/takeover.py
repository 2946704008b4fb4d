"""The regime announced in December 2015: improve within six months or be taken over."""

from __future__ import annotations

from sim.model.institutions.department import FailureCase
from sim.model.institutions.interventions import (
    adviser,
    commissioner,
    direction,
    notice,
    progress,
    review,
    threat,
)
from sim.model.institutions.trusts import take_over
from sim.model.processes import Process


class Takeover:
    """Six months of grace, tested; then a commissioner's review and a takeover (claims 1-5): by a
    strong council, a charity or an expert, whichever is free and preferred.

    A record of failure goes straight to the review. A council that passes the test keeps its
    service and its adviser, and is tested again every six months while it is inadequate. One that
    has had its service back is under the same rule again. The months of grace of a case that passes
    to this rule, or from one length of grace to another, are counted by `months_on_trial`.
    While new takeovers are stopped, a commissioner directs instead, a year at a time.
    """

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        yield from notice(case)
        case.env.process(adviser(case))
        case.env.process(threat(case))
        council, levers = case.council, case.levers
        grace = not (case.persistent and levers.on("regime.persistent_immediate"))
        spent = case.months_on_trial if case.handed_on else 0.0
        while case.open:
            if not council.may_be_taken_over():
                yield from case.wait(1.0)
                continue
            if grace:
                yield from self._grace(case, spent)
            grace, spent = True, 0.0
            if not case.open or not council.may_be_taken_over():
                continue
            direction(case)
            if not levers.on("regime.new_trusts_allowed"):
                yield from commissioner(case, 12.0)
            elif (yield from review(case)):
                yield from take_over(case)

    def _grace(self, case: FailureCase, spent: float) -> Process:
        """Wait and test until a test is failed or the case ends; `spent` months of the first wait
        are over."""
        months = case.levers.number("regime.grace_months")
        left = months - spent
        while (yield from case.wait(max(left, 0.1))):
            left = months
            fails_again = case.failed_again and case.levers.on("regime.persistent_immediate")
            if fails_again or not progress(case):
                return
