"""Before December 2015: responses to failure case by case (claims 6, 87)."""

from __future__ import annotations

from sim.england.department import FailureCase
from sim.england.help import adviser, commissioner, notice, review
from sim.england.peers import peer_team
from sim.england.processes import Process
from sim.england.trust import take_over


class AdHoc:
    """Whether and when anything beyond a notice happens is a matter of chance: half of the
    cases get an adviser only; the others, after an uncertain wait, a review and one of the
    stronger measures.
    """

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        yield from notice(case)
        case.env.process(adviser(case))
        nation, p, c = case.nation, case.nation.p, case.council
        luck = nation.luck.uniform("ad hoc", c)
        months = nation.luck.exponential("ad hoc wait", c, p["department.ad_hoc_months"])
        if luck > p["department.ad_hoc_share"] or not (yield from case.wait(months)):
            return
        if not nation.may_take_over(c) or not (yield from review(case)):
            return
        trusts = p["department.trust_share"]
        place = nation.luck.uniform("route", c)
        if place < trusts and nation.levers["regime.new_trusts_allowed"]:
            yield from take_over(case)
        elif place < trusts + p["department.partner_share"]:
            yield from peer_team(case)
        else:
            yield from commissioner(case)
