"""Interventions that were in place, or decided, on the start date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.model.institutions.interventions import support_in_place
from sim.model.institutions.processes import Process
from sim.model.institutions.trusts import TrustLife

if TYPE_CHECKING:
    from sim.model.country import Country

YEAR = 365.25
MONTH = YEAR / 12.0


def start_inherited(country: Country) -> None:
    """Start the processes of what history had already decided, the same in every regime:
    open trusts, trusts being set up, commissioners in post, partnerships."""
    b = country.baseline
    today = b.date.toordinal()
    for c in range(country.size):
        if b.trust_since[c]:
            life = TrustLife(country, c, "first trusts", country.started)
            years = max((today - int(b.trust_since[c])) / YEAR, 1.0 / YEAR)
            country.env.process(life.run(years))
        elif b.trust_decided[c]:
            months = (today - int(b.trust_decided[c])) / MONTH
            country.env.process(_set_up_under_way(country, c, months))
        if b.commissioner_since[c]:
            country.env.process(_commissioner(country, c))
        if b.partner_since[c] and b.partner[c] >= 0:
            country.env.process(_partnership(country, c, int(b.partner[c])))


def _set_up_under_way(country: Country, c: int, months: float) -> Process:
    life = TrustLife(country, c, "first trusts", country.started)
    yield from life.set_up(months)
    yield from life.run()


def _commissioner(country: Country, c: int) -> Process:
    """A commissioner in post stays for the usual term, or leaves when the council is better."""
    p = country.p
    since = int(country.baseline.commissioner_since[c]) - country.baseline.date.toordinal()
    came = country.log.emit(since, c, "commissioner appointed", country.started)
    end = max(since + p["department.commissioner_term_months"] * MONTH, 90.0)
    country.commissioned[c] = True
    yield from _stay(country, c, end, p["support.commissioner"], p["support.commissioner_cost"])
    country.commissioned[c] = False
    country.log.emit(country.env.now, c, "commissioner left", came)


def _partnership(country: Country, c: int, partner: int) -> Process:
    p = country.p
    since = int(country.baseline.partner_since[c]) - country.baseline.date.toordinal()
    came = country.log.emit(
        since, c, "peer team began", country.started, lender=country.baseline.names[partner]
    )
    country.lenders.lend(partner, p["support.peer_drain"])
    end = max(since + p["department.partnership_years"] * YEAR, 180.0)
    # The partnership was made to last: it runs its term whatever the grade.
    with support_in_place(country, c, p["support.peer"], p["support.peer_cost"]):
        yield country.env.timeout(end)
    country.lenders.take_back(partner)
    lender = country.baseline.names[partner]
    country.log.emit(country.env.now, c, "peer team left", came, lender=lender)


def _stay(country: Country, c: int, end: float, uplift: float, cost: float) -> Process:
    """Help until a day, or until the council is no longer judged inadequate."""
    case = country.department.cases.get(c)
    over = country.env.timeout(end - country.env.now)
    with support_in_place(country, c, uplift, cost):
        yield over if case is None else over | case.ended
