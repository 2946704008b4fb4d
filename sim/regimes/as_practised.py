"""What the department did about failing councils from 2013 to August 2024 (evidence B1-B8, B27)."""

from __future__ import annotations

from datetime import date

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
from sim.model.processes import Answer, Process
from sim.units import DAYS_A_MONTH

# Trusts became rare: of the reviews of judgements since this day two in fifteen led to one (B27).
TRUSTS_RARE_SINCE = date(2018, 1, 1).toordinal()
# A council that kept its service was looked at again after six months at the least (Medway, B27).
SHORTEST_TERM_MONTHS = 6.0
# A review under way at the start is not decided on at once (assumption).
SHORTEST_REST_MONTHS = 0.5


def _since(case: FailureCase) -> float | None:
    """The day, before the run, on which a commissioner or partner came who is still there."""
    b, c = case.country.baseline, case.council.index
    days = [int(day) for day in (b.commissioner_since[c], b.partner_since[c]) if day]
    return float(min(days) - case.country.today) if days else None


class AsPractised:
    """Notice and adviser, or a commissioner's review and what it leads to (B27).

    Nearly all councils come to the review where protection, care and leadership are all
    inadequate or failure repeats; the others where two six-monthly reviews in a row find too
    little progress, which is about one in four. After the review a trust for some (fewer since
    2018), a partner council for others; the rest keep their service, with a commissioner for a
    term.

    What was decided before the run stands: see `_go_on`.
    """

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        reviewed, fresh, slow = False, True, True
        if self._known(case):
            fresh = False
            reviewed, slow = yield from self._go_on(case)
        else:
            yield from notice(case)
            case.env.process(adviser(case))
        threatened = reviewed
        while reviewed or (yield from self._reason(case, fresh, slow)):
            if not reviewed:
                direction(case)
                if not threatened:
                    case.env.process(threat(case))
                    threatened = True
                if not (yield from review(case)):
                    return
            yield from self._decide(case)
            reviewed = fresh = slow = False

    # -- what the start date finds -----------------------------------------------------------

    def _known(self, case: FailureCase) -> bool:
        """Whether the department had answered the judgement before the run: help or a trust was
        there, or the usual time to a notice (B5) was over. Not of a case that another rule has had
        since."""
        if case.handed_on:
            return False
        answered = case.opened + case.p["department.notice_months"] * DAYS_A_MONTH <= 0.0
        helped = _since(case) is not None or not case.council.may_be_taken_over()
        return case.opened < 0.0 and (answered or helped)

    def _go_on(self, case: FailureCase) -> Answer[tuple[bool, bool]]:
        """Go on with what was in place on the start date. Returns whether a review has just
        ended, and whether slow progress may still bring one.

        A trust, open or decided, a commissioner and a partner stay; neither notice nor direction
        is issued again. A commissioner who came less than a usual review and decision ago is
        taken to be still reviewing; one longer in post, to have left the council its service
        (assumption: the record of reviews is not read). A council with none of them goes on with
        notice and adviser: that its judgement brought no commissioner is taken as decided.
        """
        council, p = case.council, case.p
        if not council.may_be_taken_over():
            return False, True
        since = _since(case)
        if since is None:
            yield from notice(case)
            case.env.process(adviser(case))
            return False, True
        case.step = council.log_on(since, "direction issued", case.step)
        case.done.add("notice")
        case.env.process(self._adviser_after_commissioner(case))
        usual = p["department.review_months"] + p["department.decision_months"]
        spent = -since / DAYS_A_MONTH
        if spent >= usual or not council.commissioner_in_post:
            return False, False
        case.step = council.log_on(since, "commissioner review", case.step)
        case.env.process(threat(case))
        left = max(case.duration("review", usual) - spent, SHORTEST_REST_MONTHS)
        return (yield from case.wait(left)), False

    def _adviser_after_commissioner(self, case: FailureCase) -> Process:
        """An adviser follows the commissioner who was in post at the start (Middlesbrough)."""
        while case.open and case.council.commissioner_in_post:
            yield from case.wait(1.0)
        if case.council.may_be_taken_over():
            yield from adviser(case)

    # -- the spell ---------------------------------------------------------------------------

    def _reason(self, case: FailureCase, fresh: bool, slow: bool) -> Answer[bool]:
        """Six-monthly reviews (B5) until there is reason for a commissioner's; False where the
        case ends first.

        `fresh` where the judgement itself may be the reason, `slow` where slow progress may.
        """
        council, p = case.council, case.p
        # A service that another rule is having taken over needs no review.
        fresh = fresh and (council.may_be_taken_over() or not case.handed_on)
        grave = fresh and case.open and (case.persistent or case.all_key_inadequate)
        if grave and council.random.chance("review", p["department.review_share"]):
            return True
        misses, failures = 0, case.failed_again
        while (yield from case.wait(6.0)):
            if not council.may_be_taken_over():
                continue
            misses = 0 if progress(case) else misses + 1
            if case.failed_again > failures:
                failures = case.failed_again
                if council.random.chance("review", p["department.review_share"]):
                    return True
            if slow and misses >= 2:
                return True
        return False

    def _decide(self, case: FailureCase) -> Process:
        """What ministers decide on the review, and what comes of it."""
        council, p = case.council, case.p
        if not case.open or not council.may_be_taken_over():
            return
        share = council.random.uniform("route")
        trusts = 0.0
        if case.levers.on("regime.new_trusts_allowed"):
            rare = case.country.today + case.env.now >= TRUSTS_RARE_SINCE
            trusts = p["department.trust_share_later"] if rare else p["department.trust_share"]
        if share < trusts:
            yield from take_over(case)
        elif share < trusts + p["department.partner_share"]:
            yield from peer_team(case)
        # A commissioner in post since before the run serves out the term instead.
        if case.open and council.may_be_taken_over() and not council.commissioner_in_post:
            yield from commissioner(case, self._term(case))

    def _term(self, case: FailureCase) -> float:
        """Months for which a commissioner stays on where the council keeps its service: the rest
        of the usual term, of which review and decision are part."""
        p = case.p
        spent = p["department.review_months"] + p["department.decision_months"]
        left = max(p["department.commissioner_term_months"] - spent, SHORTEST_TERM_MONTHS)
        return case.duration("term", left)
