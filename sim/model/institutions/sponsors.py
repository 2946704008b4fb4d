"""Sponsors of takeovers: who is free, and a strong council that takes control without a company."""

from __future__ import annotations

from sim.model.council import Council
from sim.model.institutions.department import CouncilFile, Sponsor, Wanted
from sim.model.institutions.interventions import (
    partner_at_work,
    partner_uplift,
    shared_leader,
    until_called_home,
)
from sim.model.processes import Answer, Process
from sim.model.turns import Post
from sim.units import DAYS_A_MONTH, DAYS_A_YEAR

_QUARTER = DAYS_A_YEAR / 4.0


def find_sponsor(case: CouncilFile, wanted: Wanted | None = None) -> Answer[Sponsor | None]:
    """Wait for a sponsor of those that are free, as `wanted` or else by what the scenario prefers
    (claims 3, 79).

    Returns None when the case ended first.
    """
    yield from case.go_on()
    department = case.department
    announced = False
    with case.waiting("sponsor"):
        while case.open:
            sponsor = department.take_sponsor(case.council, wanted)
            if sponsor is not None:
                case.note("sponsor found", sponsor=sponsor.kind)
                return sponsor
            if not announced:
                case.note("sponsor awaited")
                announced = True
            # Nobody rings when a council becomes good enough to lend its managers.
            with case.resting():
                yield department.sponsor_news.next | case.ended | case.env.timeout(_QUARTER)
    return None


def agreed(case: CouncilFile) -> bool:
    """Whether a council gives its service up rather than have it taken (claims 13, 23)."""
    return case.council.random.chance("voluntary", case.levers.number("regime.voluntary_share"))


def control_by_council(case: CouncilFile, lender: Council) -> Answer[bool]:
    """Under direction, managers of a strong council take control within months: no company is
    founded and nobody changes employer, as Hampshire did on the Isle of Wight (evidence B19).

    Returns whether the case is still open and the service the council's again.
    """
    council, department, p = case.council, case.department, case.p
    forced = not agreed(case)
    kind = "control ordered" if forced else "control agreed"
    ordered = case.note(kind, lender=lender.name)
    case.take_route("sponsor")
    council.committed = True
    department.lenders.lend(lender, p["sponsor.drain"])
    council.enter("set-up")
    start = case.env.now + case.duration("sponsor start", p["sponsor.start_months"]) * DAYS_A_MONTH
    with case.holding(Post("takeover", case.env.now)):
        try:
            yield case.env.timeout(start - case.env.now) | case.ended
            lapsed = not case.open and council.random.chance(
                "control lapses", p["sponsor.lapse_share"]
            )
            if not case.open and not lapsed:
                yield case.env.timeout(start - case.env.now)
        except GeneratorExit:  # called off
            _go_home(case, lender)
            council.log("control order lapsed", ordered, rule_changed=True)
            raise
    if lapsed:
        _go_home(case, lender)
        council.log("control order lapsed", ordered)
        return False
    over = case.env.process(_in_control(case, lender, ordered, forced=forced))
    yield over | case.ended
    return case.open


def _in_control(case: CouncilFile, lender: Council, ordered: int, *, forced: bool) -> Process:
    council, department, p = case.council, case.department, case.p
    uplift, useful = partner_uplift(council, "sponsor")
    uplift *= shared_leader(council)
    came = council.log("sponsor took control", ordered, lender=lender.name, useful=useful)
    if not case.taken_over.triggered:  # by an earlier sponsor
        case.taken_over.succeed()
    if forced:
        council.morale -= p["trust.coercion_morale"]
    department.directors.bring_leader(council, p["sponsor.new_leader"], came, by="sponsor")
    term, after = p["sponsor.term_years"] * 12.0, p["sponsor.after_months"]
    with case.under_way(), partner_at_work(department, council, uplift, p["sponsor.cost"]):
        recalled = yield from until_called_home(case, lender, term, after)
    _go_home(case, lender)
    left = case.note("sponsor left", came, lender=lender.name, lender_weakened=recalled)
    # The director came from the sponsor and goes back with it.
    department.directors.replace(council, left)
    if case.open:
        case.settle()


def _go_home(case: CouncilFile, lender: Council) -> None:
    case.council.committed = False
    case.department.lenders.take_back(lender, case.p["sponsor.drain"])
    case.department.release_sponsor("strong council")
