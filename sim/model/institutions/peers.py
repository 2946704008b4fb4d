"""Help from councils that do the job well: a lent management team."""

from __future__ import annotations

from sim.model.council import Council
from sim.model.institutions.department import FailureCase
from sim.model.institutions.interventions import support_in_place
from sim.model.processes import Answer, Process


def peer_team(case: FailureCase) -> Answer[bool]:
    """The management team of a council that does the job well (B19, B20, B25).

    Waits for a team and a lender, negotiates, works until the case ends, until the lender
    falls below good, or until the term is over. Returns whether the case is still open.
    """
    p, pool, lenders = case.p, case.department.peer_teams, case.department.lenders
    if not (yield from case.queue(pool, "peer team awaited")):
        return False
    lender = lenders.find(case.council)
    while lender is None:
        if not (yield from case.wait(3.0)):
            pool.release()
            return False
        lender = lenders.find(case.council)
    lenders.lend(lender, p["support.peer_drain"])
    if (yield from case.wait(case.duration("peer start", p["support.peer_start_months"]))):
        yield from _work(case, lender)
    lenders.take_back(lender)
    pool.release()
    return case.open


def _work(case: FailureCase, lender: Council) -> Process:
    p, council = case.p, case.council
    useful = council.random.chance("peer useful", p["support.peer_useful"])
    uplift = p["support.peer"] * (1.0 if useful else p["support.peer_poor_share"])
    case.take_route("peer")
    began = case.note("peer team began", lender=lender.name, useful=useful)
    reviews = round(p["support.peer_term_months"] / 6.0)
    with support_in_place(council, uplift, p["support.peer_cost"]):
        for _ in range(max(reviews, 1)):
            if not (yield from case.wait(6.0)) or lender.grade < 3:
                break
    case.note("peer team left", began, lender=lender.name, lender_weakened=lender.grade < 3)
