"""Interventions that were in place, or decided, on the start date."""

from __future__ import annotations

from sim.model.council import Council
from sim.model.institutions.department import Department
from sim.model.institutions.interventions import (
    commissioner_in_post,
    control_effect,
    partner_at_work,
)
from sim.model.institutions.trusts import ChildrensTrust
from sim.model.processes import Process
from sim.model.turns import Post
from sim.units import DAYS_A_MONTH, DAYS_A_YEAR


def start_inherited(department: Department) -> None:
    """Start the processes of what history had already decided, the same in every regime:
    open trusts, trusts being set up, commissioners in post, partnerships."""
    country = department.country
    b, env, today = country.baseline, country.env, country.today
    for c, council in enumerate(country.councils):
        if b.trust_since[c]:
            trust = ChildrensTrust(department, council, "first trusts", country.started)
            years = max((today - int(b.trust_since[c])) / DAYS_A_YEAR, 1.0 / DAYS_A_YEAR)
            leaves = float(b.trust_ends[c] - today) if b.trust_ends[c] else None
            env.process(trust.run(years, leaves))
        elif b.trust_decided[c]:
            trust = ChildrensTrust(department, council, "first trusts", country.started)
            env.process(_set_up(department, council, trust, int(b.trust_decided[c]) - today))
        if b.commissioner_since[c]:
            env.process(_commissioner(department, council, int(b.commissioner_since[c]) - today))
        if b.partner_since[c] and b.partner[c] >= 0:
            lender = country.councils[int(b.partner[c])]
            env.process(_partnership(department, council, lender, int(b.partner_since[c]) - today))


def _set_up(
    department: Department, council: Council, trust: ChildrensTrust, decided: int
) -> Process:
    """A trust that was decided opens whatever becomes of the council's case, unless a change of the
    rule calls it off."""
    months = -decided / DAYS_A_MONTH
    case = department.cases.get(council.index)
    if case is None:
        yield from trust.set_up_and_run(months)
        return
    with case.holding(Post("takeover", decided)):
        yield from trust.set_up(months)
    yield from trust.run()


def _commissioner(department: Department, council: Council, since: int) -> Process:
    """A commissioner in post stays for the usual term, or leaves when the council is better or its
    service is taken over."""
    p, env = council.p, council.env
    came = council.log_on(since, "commissioner appointed", department.country.started)
    end = max(since + p["department.commissioner_term_months"] * DAYS_A_MONTH, 90.0)
    case = department.cases.get(council.index)
    over = env.timeout(end - env.now)
    post = Post("commissioner", since, end)
    if case is not None:
        post.undo.callback(case.settle)
    post.undo.callback(lambda: council.log("commissioner left", came, **post.why))
    post.undo.enter_context(commissioner_in_post(department, council, came))
    if case is None:
        with post.undo:
            yield over
    else:
        with case.holding(post):
            yield over | case.ended | case.taken_over


def _partnership(department: Department, council: Council, lender: Council, since: int) -> Process:
    p = council.p
    started = department.country.started
    came = council.log_on(since, "peer team began", started, lender=lender.name)
    department.lenders.lend(lender, p["support.peer_drain"])
    end = max(since + p["department.partnership_years"] * DAYS_A_YEAR, 180.0)
    # The partnership was made to last: it runs its term whatever the grade.
    uplift = control_effect(p, "peer")
    with partner_at_work(department, council, uplift, p["support.peer_cost"]):
        yield council.env.timeout(end)
    department.lenders.take_back(lender, p["support.peer_drain"])
    council.log("peer team left", came, lender=lender.name)
