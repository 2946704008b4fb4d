"""The building blocks of every regime: what government can do about one failing council.

Each is a SimPy generator on a case file; a regime strings them together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sim.model.council import Council
from sim.model.institutions.department import FailureCase
from sim.model.processes import Answer, Process
from sim.units import DAYS_A_MONTH, DAYS_A_YEAR


@contextmanager
def support_in_place(
    council: Council, uplift: float, cost_a_year: float, line: str = "support"
) -> Iterator[None]:
    """Help at work while the block runs: an uplift in grade steps and a cost in GBP m a year,
    booked on a line of the account (support, transition, transaction, transmutation).

    When it goes, part of what it did has become the council's own, the more the longer it
    stayed.
    """
    p, env, began = council.p, council.env, council.env.now
    council.support += uplift
    council.spend_yearly(line, cost_a_year)
    try:
        yield
    finally:
        council.support -= uplift
        council.spend_yearly(line, -cost_a_year)
        stayed = min((env.now - began) / (p["support.embedding_years"] * DAYS_A_YEAR), 1.0)
        council.anchor += uplift * stayed * p["support.embedded_share"]


def notice(case: FailureCase) -> Answer[bool]:
    """Serve an improvement notice after the usual lag (B5), counted from the judgement that
    brought the department in."""
    lag = case.duration("notice", case.p["department.notice_months"])
    since = case.opened if case.brought_in is None else case.brought_in
    due = since / DAYS_A_MONTH + lag - case.env.now / DAYS_A_MONTH
    if due > 0.0:
        yield from case.wait(due)
    if case.open:
        case.note("notice issued")
    return case.open


def adviser(case: FailureCase) -> Process:
    """An improvement adviser, about two days a month, until the case ends or the service is
    taken over (claim 49)."""
    if not case.open:
        return
    case.take_route("adviser")
    case.note("adviser appointed", case.cause)
    with support_in_place(case.council, case.p["support.adviser"], case.p["support.adviser_cost"]):
        yield case.ended | case.taken_over


def progress(case: FailureCase) -> bool:
    """The department's view of whether improvement is significant: how far practice has come
    since the judgement (A-T2 has no inspection this early).

    It is a view of the department's own, with noise, and where monitoring visits of the last year
    followed the judgement, their mean reading with the weight that the ledger gives it.
    """
    p, council = case.p, case.council
    noise = p["department.progress_noise"] * council.random.normal("progress")
    view = council.practice + noise
    since = max(case.judged, case.env.now - DAYS_A_YEAR)
    readings = [reading for day, reading in case.readings if day >= since]
    if readings:
        weight = p["department.reading_weight"]
        view = weight * sum(readings) / len(readings) + (1.0 - weight) * view
    passed = case.shows_progress(view)
    gained = view - case.practice_when_opened
    case.note("progress tested", passed=passed, reading=round(gained, 3))
    return passed


def threat(case: FailureCase) -> Process:
    """The service may be removed: what that does to effort until the case ends or it is."""
    with support_in_place(case.council, case.p["support.threat"], 0.0):
        yield case.ended | case.taken_over


def direction(case: FailureCase) -> None:
    """A statutory direction, the second step of the ladder (claim 16)."""
    case.note("direction issued")


def shared_leader(council: Council) -> float:
    """What is left of a leader's help when one leader serves several councils (claim 13)."""
    further = council.levers.number("regime.leader_sites") - 1.0
    return max(1.0 - council.p["support.shared_leader_loss"] * further, 0.0)


def review(case: FailureCase) -> Answer[bool]:
    """A commissioner reviews who should run the service; then ministers decide (B6)."""
    p, pool = case.p, case.department.commissioners
    if not (yield from case.queue(pool, "commissioner awaited")):
        return False
    case.note("commissioner review")
    months = case.duration("review", p["department.review_months"])
    with support_in_place(case.council, 0.0, p["support.commissioner_cost"]):
        yield from case.wait(months)
    pool.release()
    yield from case.wait(case.duration("decision", p["department.decision_months"]))
    return case.open


def commissioner(case: FailureCase, months: float | None = None) -> Answer[bool]:
    """A commissioner with power to direct, until the case ends or the term is over.

    Returns whether the case is still open.
    """
    # One who was there before the run began serves out the term first.
    while case.open and case.council.earlier_commissioner:
        yield from case.wait(1.0)
    pool = case.department.commissioners
    if not (yield from case.queue(pool, "commissioner awaited")):
        return False
    case.take_route("commissioner")
    began = case.note("commissioner appointed")
    uplift = case.p["support.commissioner"] * shared_leader(case.council)
    with support_in_place(case.council, uplift, case.p["support.commissioner_cost"]):
        if months is None:
            yield case.ended
        else:
            yield from case.wait(months)
    pool.release()
    case.note("commissioner left", began)
    return case.open


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
        yield from _lent_team(case, lender)
    lenders.take_back(lender)
    pool.release()
    return case.open


def _lent_team(case: FailureCase, lender: Council) -> Process:
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
