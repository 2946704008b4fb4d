"""A trust's life: decision, set-up, opening, contract, failure or return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.england.department import MONTH, YEAR, FailureCase
from sim.england.help import outside_help
from sim.england.processes import Answer, Process

if TYPE_CHECKING:
    from sim.england.nation import Nation

SHORTEST_SET_UP = 12.0  # months: none in the record took less than 14 (B7)


@dataclass
class Trusts:
    """The trusts of one nation: what became of them."""

    opened: int = 0
    handed_back: int = 0
    setup_months: list[float] = field(default_factory=list)


def find_sponsor(case: FailureCase) -> Answer[str | None]:
    """Wait for a sponsor: whichever kind has one free, strong councils first (claims 3, 79).

    Returns the kind, or None when the case ended first or no sponsor can ever come.
    """
    nation = case.nation
    pools = nation.department.sponsors
    since = case.env.now
    announced = False
    while case.open:
        for kind, pool in pools.items():
            if pool.take():
                nation.department.waits.append(case.env.now - since)
                case.note("sponsor found", sponsor=kind)
                return kind
        if not announced:
            case.note("sponsor awaited")
            announced = True
        yield from case.wait(1.0)
    return None


def take_over(case: FailureCase) -> Answer[bool]:
    """Remove the service: sponsor, set-up, transfer. Ends when the trust has opened or the
    case has ended; the trust then lives on by itself."""
    sponsor = yield from find_sponsor(case)
    if sponsor is None:
        return False
    decided = case.note("takeover decided", sponsor=sponsor)
    case.take_route("trust")
    life = TrustLife(case.nation, case.council, sponsor, decided)
    yield from life.set_up()
    case.env.process(life.run())
    case.taken_over.succeed()
    return case.open


class TrustLife:
    """One trust. `set_up()` then `run()`; both are generators."""

    def __init__(self, nation: Nation, council: int, sponsor: str, cause: int) -> None:
        self.nation = nation
        self.env = nation.env
        self.council = council
        self.sponsor = sponsor
        self.cause = cause
        nation.committed[council] = True

    def set_up(self, months_so_far: float | None = None) -> Process:
        """Build the trust. Never under a year (B7); leaders look elsewhere, improvement
        stalls, staff do not know who will employ them (claims 53-56).

        `months_so_far` is given for a set-up that was under way when the run started.
        """
        nation, p, c, n = self.nation, self.nation.p, self.council, self.nation.index
        s = nation.state
        teams = nation.department.project_teams
        if months_so_far is None and not teams.take():
            yield teams.request()
        drawn = nation.luck.lognormal("set-up", c, p["trust.setup_months"], p["trust.setup_spread"])
        months = max(drawn, SHORTEST_SET_UP)
        left = months if months_so_far is None else max(months - months_so_far, 1.0)
        self.nation.log.emit(
            self.env.now, c, "trust set-up began", self.cause, months=round(months, 1)
        )
        s.attention_lost[n, c] += p["trust.setup_attention"]
        s.stall[n, c] += p["trust.setup_stall"]
        s.uncertainty[n, c] += p["trust.setup_uncertainty"]
        cost = p["trust.setup_cost"] / (months / 12.0)
        s.intervention_rate[n, c] += cost
        yield self.env.timeout(left * MONTH)
        s.attention_lost[n, c] -= p["trust.setup_attention"]
        s.stall[n, c] -= p["trust.setup_stall"]
        s.uncertainty[n, c] -= p["trust.setup_uncertainty"]
        s.intervention_rate[n, c] -= cost
        if months_so_far is None:
            teams.release()
        nation.trusts.setup_months.append(months)

    def run(self, years_so_far: float = 0.0) -> Process:
        """Open, run to the end of the contract or to failure, hand back.

        `years_so_far` is given for a trust that was open when the run started.
        """
        nation, p, c, n = self.nation, self.nation.p, self.council, self.nation.index
        s, luck = nation.state, nation.luck
        s.contracted[n, c] = 1.0
        if years_so_far == 0.0:
            nation.trusts.opened += 1
            self._transfer()
        opened = nation.log.emit(
            self.env.now - years_so_far * YEAR, c, "trust opened", self.cause, sponsor=self.sponsor
        )
        quality = 1.0 + p["trust.quality_spread"] * luck.normal("trust quality", c)
        uplift = p["trust.effect"] * quality + p["trust.relief"] * nation.traits.toxic[n, c]
        if self.sponsor != "strong council":
            uplift -= p["trust.other_sponsor_discount"]
        overhead = p["trust.overhead_share"] * float(s.budget[n, c])
        s.soft_budget[n, c] += p["trust.soft_budget"]
        s.reporting[n, c] += p["trust.reporting"]
        term = max(p["trust.contract_years"] - years_so_far, 0.25) * YEAR
        fails = luck.exponential("trust fails", c, YEAR / p["trust.failure_rate"])
        with outside_help(nation, c, uplift, overhead):
            yield self.env.timeout(min(term, fails))
        s.soft_budget[n, c] -= p["trust.soft_budget"]
        s.reporting[n, c] -= p["trust.reporting"]
        s.contracted[n, c] = 0.0
        if fails < term:
            nation.trusts.handed_back += 1
            ended = nation.log.emit(self.env.now, c, "trust failed", opened)
        else:
            ended = nation.log.emit(self.env.now, c, "trust contract ended", opened)
        self._release_sponsor()
        yield from self._hand_back(ended)

    def _transfer(self) -> None:
        """The day itself: staff move without choice (claims 60, 83)."""
        p, c, n, s = self.nation.p, self.council, self.nation.index, self.nation.state
        relieved = self.nation.traits.toxic[n, c]
        s.practice[n, c] -= p["trust.transfer_shock"] * (1.0 - relieved)
        s.morale[n, c] -= p["trust.transfer_morale"] * (1.0 - 2.0 * relieved)
        s.stigma[n, c] = min(s.stigma[n, c] + p["trust.transfer_stigma"], 1.0)

    def _release_sponsor(self) -> None:
        pool = self.nation.department.sponsors.get(self.sponsor)
        if pool is not None:
            pool.release()

    def _hand_back(self, cause: int) -> Process:
        """A second transition: money, attention, uncertainty (claims 64, 65)."""
        nation, p, c, n = self.nation, self.nation.p, self.council, self.nation.index
        s = nation.state
        years = p["trust.return_months"] / 12.0
        cost = p["trust.return_cost"] / years
        s.intervention_rate[n, c] += cost
        s.attention_lost[n, c] += p["trust.setup_attention"]
        s.uncertainty[n, c] += p["trust.setup_uncertainty"]
        yield self.env.timeout(years * YEAR)
        s.intervention_rate[n, c] -= cost
        s.attention_lost[n, c] -= p["trust.setup_attention"]
        s.uncertainty[n, c] -= p["trust.setup_uncertainty"]
        nation.committed[c] = False
        nation.log.emit(self.env.now, c, "service returned", cause)
