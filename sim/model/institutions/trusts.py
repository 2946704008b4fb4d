"""A trust's life: decision, set-up, opening, contract, failure or return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.model.institutions.department import MONTH, YEAR, FailureCase
from sim.model.institutions.interventions import progress, shared, support_in_place
from sim.model.institutions.processes import Answer, Process

if TYPE_CHECKING:
    from sim.model.country import Country

SHORTEST_SET_UP = 12.0  # months: none in the record took less than 14 (B7)


@dataclass
class Trusts:
    """The trusts of one country: what became of them."""

    opened: int = 0
    handed_back: int = 0
    setup_months: list[float] = field(default_factory=list)


def find_sponsor(case: FailureCase) -> Answer[str | None]:
    """Wait for a sponsor: whichever kind has one free, strong councils first (claims 3, 79).

    Returns the kind, or None when the case ended first.
    """
    country = case.country
    department = country.department
    since = case.env.now
    announced = False
    while case.open:
        kind = department.take_sponsor()
        if kind is not None:
            department.waits.append(case.env.now - since)
            case.note("sponsor found", sponsor=kind)
            return kind
        if not announced:
            case.note("sponsor awaited")
            announced = True
        yield department.sponsor_news.next | case.ended
    return None


def take_over(case: FailureCase) -> Answer[bool]:
    """Remove the service: sponsor, set-up, transfer. Ends when the trust has opened, when the
    order has lapsed, or when the case has ended first; a trust then lives on by itself.

    Returns whether the case is still open and the service still the council's.
    """
    sponsor = yield from find_sponsor(case)
    if sponsor is None:
        return False
    country, c = case.country, case.council
    agreed = country.luck.chance("voluntary", c, float(country.levers["regime.voluntary_share"]))
    kind = "transfer agreed" if agreed else "takeover decided"
    decided = case.note(kind, sponsor=sponsor)
    case.take_route("trust")
    life = TrustLife(country, c, sponsor, decided, forced=not agreed)
    opens = yield from life.set_up(case=case)
    if not opens:
        return case.open
    case.env.process(life.run())
    return False


def transfers_by_choice(country: Country) -> Process:
    """Councils that are not inadequate move to a trust of their own accord (claim 22)."""
    if not any(values["regime.transfer_any_rate"] for _, values in country.world.timeline):
        return
    while True:
        yield country.env.timeout(28)
        rate = float(country.levers["regime.transfer_any_rate"])
        s, n = country.state, country.index
        free = [c for c in range(country.size) if not country.committed[c] and s.grade[n, c] > 1]
        moves = country.luck.whole("transfers", len(free) * rate * 28.0 / YEAR)
        for _ in range(min(moves, len(free))):
            c = free.pop(int(country.luck.uniform("transfer place") * len(free)))
            why = country.log.emit(
                country.env.now, c, "transfer agreed", None, sponsor="its council"
            )
            country.env.process(
                _whole_life(TrustLife(country, c, "its council", why, forced=False))
            )


def _whole_life(life: TrustLife) -> Process:
    yield from life.set_up()
    yield from life.run()


class TrustLife:
    """One trust. `set_up()` then `run()`; both are generators."""

    def __init__(
        self, country: Country, council: int, sponsor: str, cause: int, *, forced: bool = True
    ) -> None:
        self.country = country
        self.env = country.env
        self.council = council
        self.sponsor = sponsor
        self.cause = cause
        self.forced = forced
        self._home: int | None = None  # the strong council that sponsors
        country.committed[council] = True

    # -- set-up -----------------------------------------------------------------------

    def set_up(
        self, months_so_far: float | None = None, case: FailureCase | None = None
    ) -> Answer[bool]:
        """Build the trust. Never under a year (B7); leaders look elsewhere, improvement
        stalls, staff do not know who will employ them (claims 53-56).

        `months_so_far` is given for a set-up that was under way when the run started; `case`
        where the order may lapse while the council improves (B26). Returns whether it opens.
        """
        country, p, c = self.country, self.country.p, self.council
        teams = country.department.project_teams
        team = months_so_far is None
        if team and not teams.take():
            request = teams.request()
            yield request if case is None else request | case.ended
            if case is not None and not case.open:
                teams.cancel(request)
                return self._lapse()
        drawn = country.luck.lognormal(
            "set-up", c, p["trust.setup_months"], p["trust.setup_spread"]
        )
        months = max(drawn, SHORTEST_SET_UP)
        left = months if months_so_far is None else max(months - months_so_far, 1.0)
        began = self.env.now - (months_so_far or 0.0) * MONTH
        country.log.emit(began, c, "trust set-up began", self.cause, months=round(months, 1))
        # The sums on record are of middling councils: a very small one would spend less.
        most = p["trust.setup_cost_most"] * float(country.state.budget[country.index, c])
        cost = min(p["trust.setup_cost"], most) / (months / 12.0)
        lapses = country.luck.exponential("lapse", c, 12.0 / max(p["trust.lapse_rate"], 1e-9))
        lapsed = False
        self._unsettle(1.0)
        with support_in_place(country, c, 0.0, cost, "transition"):
            if case is not None and lapses < left:
                yield self.env.timeout(lapses * MONTH)
                left -= lapses
                lapsed = not case.open or progress(case)
            if not lapsed:
                yield self.env.timeout(left * MONTH)
        self._unsettle(-1.0)
        if team:
            teams.release()
        if lapsed:
            return self._lapse()
        country.trusts.setup_months.append(months)
        return True

    def _lapse(self) -> bool:
        """The council has improved before the trust could open (B26): it keeps its service."""
        self.country.committed[self.council] = False
        self._release_sponsor()
        self.country.log.emit(self.env.now, self.council, "trust order lapsed", self.cause)
        return False

    def _unsettle(self, sign: float) -> None:
        p, c, n, s = self.country.p, self.council, self.country.index, self.country.state
        s.attention_transition[n, c] += sign * p["trust.setup_attention"]
        s.stall[n, c] += sign * p["trust.setup_stall"]
        s.uncertainty[n, c] += sign * p["trust.setup_uncertainty"]

    # -- the contract -----------------------------------------------------------------

    def run(self, years_so_far: float = 0.0) -> Process:
        """Open, run to the end of the contract or to failure, hand back or on.

        `years_so_far` is given for a trust that was open when the run started.
        """
        country, p, c = self.country, self.country.p, self.council
        opened = country.log.emit(
            self.env.now - years_so_far * YEAR, c, "trust opened", self.cause, sponsor=self.sponsor
        )
        if years_so_far == 0.0:
            country.trusts.opened += 1
            self._transfer(opened)
            case = country.department.cases.get(c)
            if case is not None and not case.taken_over.triggered:
                case.taken_over.succeed()
        while True:
            failed = yield from self._serve(years_so_far)
            if not failed:
                ended = country.log.emit(self.env.now, c, "trust contract ended", opened)
                break
            country.trusts.handed_back += 1
            ended = country.log.emit(self.env.now, c, "trust failed", opened)
            if country.levers["regime.after_provider_failure"] == "return":
                break
            # When the provider fails, the answer is another provider (claim 81).
            country.log.emit(self.env.now, c, "next provider sought", ended)
            yield from self._change_hands(p["trust.next_provider_months"])
            years_so_far = 0.0
        self._release_sponsor()
        yield from self._change_hands(p["trust.return_months"])
        country.committed[c] = False
        country.log.emit(self.env.now, c, "service returned", ended)

    def _serve(self, years_so_far: float) -> Answer[bool]:
        """Run the service under contract. Returns whether it ended early."""
        country, p, c, n = self.country, self.country.p, self.council, self.country.index
        s, luck = country.state, country.luck
        quality = 1.0 + p["trust.quality_spread"] * luck.normal("trust quality", c)
        uplift = p["trust.effect"] * quality + p["trust.relief"] * country.traits.toxic[n, c]
        if self.sponsor != "strong council":
            uplift -= p["trust.other_sponsor_discount"]
        overhead = p["trust.overhead_share"] * float(s.budget[n, c])
        term = max(p["trust.contract_years"] - years_so_far, 0.25) * YEAR
        fails = luck.exponential("trust fails", c, YEAR / max(p["trust.failure_rate"], 1e-9))
        self._contract(1.0)
        with support_in_place(country, c, float(uplift) * shared(country), overhead, "transaction"):
            yield self.env.timeout(min(term, fails))
        self._contract(-1.0)
        return fails < term

    def _contract(self, sign: float) -> None:
        """Weak budget control, three masters to report to, slower decisions (57-59, 62, 66)."""
        p, c, n, s = self.country.p, self.council, self.country.index, self.country.state
        s.contracted[n, c] = 1.0 if sign > 0.0 else 0.0
        s.soft_budget[n, c] += sign * p["trust.soft_budget"]
        s.reporting[n, c] += sign * p["trust.reporting"]
        s.stall[n, c] += sign * p["trust.decision_stall"]
        if self.sponsor == "strong council":
            self._lean_on_sponsor(sign)

    def _lean_on_sponsor(self, sign: float) -> None:
        """A sponsoring council gives away part of its leaders' attention (claims 12, 150)."""
        lenders = self.country.lenders
        if sign > 0.0:
            self._home = lenders.find(self.council)
            if self._home is not None:
                lenders.lend(self._home, self.country.p["trust.sponsor_drain"])
        elif self._home is not None:
            lenders.take_back(self._home)
            self._home = None

    def _transfer(self, opened: int) -> None:
        """The day itself: staff move, most without a choice, a few with relief (60, 61, 69)."""
        p, c, n, s = self.country.p, self.council, self.country.index, self.country.state
        relieved = self.country.traits.toxic[n, c]
        s.practice[n, c] -= p["trust.transfer_shock"] * (1.0 - relieved)
        s.morale[n, c] -= p["trust.transfer_morale"] * (1.0 - 2.0 * relieved)
        if self.forced:
            s.morale[n, c] -= p["trust.coercion_morale"]
        s.stigma[n, c] = min(s.stigma[n, c] + p["trust.transfer_stigma"], 1.0)
        self.country.directors.bring_leader(c, p["trust.new_leader"], opened)

    def _release_sponsor(self) -> None:
        self.country.department.release_sponsor(self.sponsor)

    def _change_hands(self, months: float) -> Process:
        """A second transition: money, attention, uncertainty (claims 64, 65)."""
        country, p, c, n = self.country, self.country.p, self.council, self.country.index
        s = country.state
        s.attention_transmutation[n, c] += p["trust.setup_attention"]
        s.uncertainty[n, c] += p["trust.setup_uncertainty"]
        cost = p["trust.return_cost"] / (months / 12.0)
        with support_in_place(country, c, 0.0, cost, "transmutation"):
            yield self.env.timeout(months * MONTH)
        s.attention_transmutation[n, c] -= p["trust.setup_attention"]
        s.uncertainty[n, c] -= p["trust.setup_uncertainty"]
