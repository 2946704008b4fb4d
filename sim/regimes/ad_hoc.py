"""Before December 2015: responses to failure case by case (claims 6, 87)."""

from __future__ import annotations

from sim.model.institutions.department import FailureCase
from sim.model.institutions.interventions import adviser, commissioner, notice, peer_team, review
from sim.model.institutions.trusts import take_over
from sim.model.processes import Process


class AdHoc:
    """Whether and when anything beyond a notice happens is a matter of chance: half of the
    cases get an adviser only; the others, after an uncertain wait, a review and one of the
    stronger measures.
    """

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        yield from notice(case)
        case.env.process(adviser(case))
        council, p = case.council, case.p
        no_more = council.random.uniform("ad hoc") > p["department.ad_hoc_share"]
        months = council.random.exponential("ad hoc wait", p["department.ad_hoc_months"])
        if no_more or not (yield from case.wait(months)):
            return
        if not council.may_be_taken_over() or not (yield from review(case)):
            return
        trusts = p["department.trust_share"]
        share = council.random.uniform("route")
        if share < trusts and case.levers.on("regime.new_trusts_allowed"):
            yield from take_over(case)
        elif share < trusts + p["department.partner_share"]:
            yield from peer_team(case)
        else:
            yield from commissioner(case)
