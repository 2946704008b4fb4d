"""Before December 2015: responses to failure case by case (claims 6, 87)."""

from __future__ import annotations

from sim.model.institutions.department import FailureCase
from sim.model.institutions.interventions import adviser, commissioner, notice, review
from sim.model.institutions.peers import peer_team
from sim.model.institutions.processes import Process
from sim.model.institutions.trusts import take_over


class AdHoc:
    """Whether and when anything beyond a notice happens is a matter of chance: half of the
    cases get an adviser only; the others, after an uncertain wait, a review and one of the
    stronger measures.
    """

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        yield from notice(case)
        case.env.process(adviser(case))
        country, p, c = case.country, case.country.p, case.council
        luck = country.luck.uniform("ad hoc", c)
        months = country.luck.exponential("ad hoc wait", c, p["department.ad_hoc_months"])
        if luck > p["department.ad_hoc_share"] or not (yield from case.wait(months)):
            return
        if not country.may_take_over(c) or not (yield from review(case)):
            return
        trusts = p["department.trust_share"]
        place = country.luck.uniform("route", c)
        if place < trusts and country.levers["regime.new_trusts_allowed"]:
            yield from take_over(case)
        elif place < trusts + p["department.partner_share"]:
            yield from peer_team(case)
        else:
            yield from commissioner(case)
