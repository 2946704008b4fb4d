"""Help from councils that do the job well: who lends a management team to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.model.institutions.department import FailureCase
from sim.model.institutions.interventions import support_in_place
from sim.model.institutions.processes import Answer, Process

if TYPE_CHECKING:
    from sim.model.country import Country


class Lenders:
    """Which councils are lending a team now, and to whom."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self._lending: dict[int, float] = {}  # share of attention given

    def find(self, council: int) -> int | None:
        """The best partner that is free: a strong statistical neighbour, else a strong
        council of the region, else any; better grades first. None where there is none."""
        b = self.country.baseline
        grade = self.country.state.grade[self.country.index].tolist()
        strong = [
            c
            for c, judged in enumerate(grade)
            if judged >= 3 and c != council and c not in self._lending
        ]
        if not strong:
            return None
        near = {int(c): rank for rank, c in enumerate(b.neighbours[council]) if c >= 0}
        region = b.regions[council]

        def order(c: int) -> tuple[int, float, int]:
            place = near.get(c, 20 if b.regions[c] == region else 40)
            return (int(place >= 20) + int(place >= 40), -grade[c], place * 1000 + c)

        return min(strong, key=order)

    def lend(self, lender: int, drain: float) -> None:
        """The lender's leaders give this share of their attention away."""
        self._lending[lender] = drain
        s, n = self.country.state, self.country.index
        s.attention_lent[n, lender] += drain

    def take_back(self, lender: int) -> None:
        """The team goes home."""
        drain = self._lending.pop(lender)
        s, n = self.country.state, self.country.index
        s.attention_lent[n, lender] -= drain

    def still_strong(self, lender: int) -> bool:
        """Whether the lender has kept its own grade."""
        return bool(self.country.state.grade[self.country.index, lender] >= 3)


def peer_team(case: FailureCase) -> Answer[bool]:
    """The management team of a council that does the job well (B19, B20, B25).

    Waits for a team and a lender, negotiates, works until the case ends, until the lender
    falls below good, or until the term is over. Returns whether the case is still open.
    """
    country, p = case.country, case.country.p
    pool = country.department.peer_teams
    had = yield from case.queue(pool, "peer team awaited")
    if not had:
        return False
    lender = country.lenders.find(case.council)
    while lender is None:
        if not (yield from case.wait(3.0)):
            pool.release()
            return False
        lender = country.lenders.find(case.council)
    country.lenders.lend(lender, p["support.peer_drain"])
    if (yield from case.wait(case.duration("peer start", p["support.peer_start_months"]))):
        yield from _work(case, lender)
    country.lenders.take_back(lender)
    pool.release()
    return case.open


def _work(case: FailureCase, lender: int) -> Process:
    country, p = case.country, case.country.p
    useful = country.luck.chance("peer useful", case.council, p["support.peer_useful"])
    uplift = p["support.peer"] * (1.0 if useful else p["support.peer_poor_share"])
    case.take_route("peer")
    began = case.note("peer team began", lender=country.baseline.names[lender], useful=useful)
    reviews = round(p["support.peer_term_months"] / 6.0)
    with support_in_place(country, case.council, uplift, p["support.peer_cost"]):
        for _ in range(max(reviews, 1)):
            if not (yield from case.wait(6.0)) or not country.lenders.still_strong(lender):
                break
    weakened = not country.lenders.still_strong(lender)
    name = country.baseline.names[lender]
    case.note("peer team left", began, lender=name, lender_weakened=weakened)
