"""Interventions that were in place, or decided, on the start date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.england.help import outside_help
from sim.england.processes import Process
from sim.england.trust import TrustLife

if TYPE_CHECKING:
    from sim.england.nation import Nation

YEAR = 365.25
MONTH = YEAR / 12.0


def set_going(nation: Nation) -> None:
    """Start the processes of what history had already decided, the same in every regime:
    open trusts, trusts being set up, commissioners in post, partnerships."""
    b = nation.baseline
    today = b.date.toordinal()
    for c in range(nation.size):
        if b.trust_since[c]:
            life = TrustLife(nation, c, "first trusts", nation.started)
            years = max((today - int(b.trust_since[c])) / YEAR, 1.0 / YEAR)
            nation.env.process(life.run(years))
        elif b.trust_decided[c]:
            months = (today - int(b.trust_decided[c])) / MONTH
            nation.env.process(_set_up_under_way(nation, c, months))
        if b.commissioner_since[c]:
            nation.env.process(_commissioner(nation, c))
        if b.partner_since[c] and b.partner[c] >= 0:
            nation.env.process(_partnership(nation, c, int(b.partner[c])))


def _set_up_under_way(nation: Nation, c: int, months: float) -> Process:
    life = TrustLife(nation, c, "first trusts", nation.started)
    yield from life.set_up(months)
    yield from life.run()


def _commissioner(nation: Nation, c: int) -> Process:
    """A commissioner in post stays for the usual term, or leaves when the council is better."""
    p = nation.p
    since = int(nation.baseline.commissioner_since[c]) - nation.baseline.date.toordinal()
    came = nation.log.emit(since, c, "commissioner appointed", nation.started)
    end = max(since + p["department.commissioner_term_months"] * MONTH, 90.0)
    nation.commissioned[c] = True
    yield from _stay(nation, c, end, p["support.commissioner"], p["support.commissioner_cost"])
    nation.commissioned[c] = False
    nation.log.emit(nation.env.now, c, "commissioner left", came)


def _partnership(nation: Nation, c: int, partner: int) -> Process:
    p = nation.p
    since = int(nation.baseline.partner_since[c]) - nation.baseline.date.toordinal()
    came = nation.log.emit(
        since, c, "peer team began", nation.started, lender=nation.baseline.names[partner]
    )
    nation.lenders.lend(partner, p["support.peer_drain"])
    end = max(since + p["department.partnership_years"] * YEAR, 180.0)
    # The partnership was made to last: it runs its term whatever the grade.
    with outside_help(nation, c, p["support.peer"], p["support.peer_cost"]):
        yield nation.env.timeout(end)
    nation.lenders.take_back(partner)
    lender = nation.baseline.names[partner]
    nation.log.emit(nation.env.now, c, "peer team left", came, lender=lender)


def _stay(nation: Nation, c: int, end: float, uplift: float, cost: float) -> Process:
    """Help until a day, or until the council is no longer judged inadequate."""
    case = nation.department.cases.get(c)
    over = nation.env.timeout(end - nation.env.now)
    with outside_help(nation, c, uplift, cost):
        yield over if case is None else over | case.ended
