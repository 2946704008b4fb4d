"""A trust's life: decision, set-up, opening, contract, failure or return."""

from __future__ import annotations

import simpy

from sim.model.council import Council
from sim.model.institutions.department import CouncilFile, Department, Wanted
from sim.model.institutions.interventions import (
    control_effect,
    progress,
    shared_leader,
    support_in_place,
)
from sim.model.institutions.sponsors import agreed, control_by_council, find_sponsor
from sim.model.processes import Answer, Process
from sim.model.turns import Post
from sim.units import DAYS_A_MONTH, DAYS_A_YEAR

# How a contract ends: kinds of event.
FAILED, HANDED_BACK, ENDED = "trust failed", "trust handed back", "trust contract ended"


def _mean_days(rate: float) -> float:
    """Mean days to something that happens at a yearly rate."""
    return DAYS_A_YEAR / max(rate, 1e-9)


def take_over(case: CouncilFile, wanted: Wanted | None = None) -> Answer[bool]:
    """Remove the service: find a sponsor, as `wanted` or else as the scenario prefers; then a
    strong council takes control, or a new company is set up and the service moves to it. Ends when
    the trust has opened, when the order has lapsed or control is handed back, or when the case has
    ended first; a trust then lives on by itself.

    Returns whether the case is still open and the service still the council's.
    """
    sponsor = yield from find_sponsor(case, wanted)
    if sponsor is None:
        return False
    if sponsor.lender is not None:
        return (yield from control_by_council(case, sponsor.lender))
    forced = not agreed(case)
    kind = "takeover decided" if forced else "transfer agreed"
    decided = case.note(kind, sponsor=sponsor.kind)
    case.take_route("trust")
    trust = ChildrensTrust(case.department, case.council, sponsor.kind, decided, forced=forced)
    with case.holding(Post("takeover", case.env.now)):
        opens = yield from trust.set_up(case=case)
        if opens:
            case.env.process(trust.run())
        else:
            case.settle()
    return case.open and not opens


def transfers_by_choice(department: Department) -> Process:
    """Councils that are not inadequate move to a trust of their own accord (claim 22)."""
    country = department.country
    if not any(values["regime.transfer_any_rate"] for _, values in country.settings.timeline):
        return
    while True:
        yield country.env.timeout(28)
        rate = country.levers.number("regime.transfer_any_rate")
        free = [one for one in country.councils if one.may_be_taken_over() and one.grade > 1]
        moves = country.random.whole("transfers", len(free) * rate * 28.0 / DAYS_A_YEAR)
        for _ in range(min(moves, len(free))):
            council = free.pop(int(country.random.uniform("transfer place") * len(free)))
            why = council.log("transfer agreed", sponsor="its council")
            trust = ChildrensTrust(department, council, "its council", why, forced=False)
            country.env.process(trust.set_up_and_run())


class ChildrensTrust:
    """One trust. `set_up()` then `run()`; both are generators."""

    def __init__(
        self,
        department: Department,
        council: Council,
        sponsor: str,
        cause: int,
        *,
        forced: bool = True,
    ) -> None:
        self.department = department
        self.council = council
        self.env = council.env
        self.sponsor = sponsor
        self.cause = cause
        self.forced = forced
        self._home: Council | None = None  # the strong council that sponsors
        self._recall: simpy.Event | None = None
        council.committed = True

    def set_up_and_run(self, months_so_far: float | None = None) -> Process:
        """The whole life of a trust whose order cannot lapse."""
        yield from self.set_up(months_so_far)
        yield from self.run()

    # -- set-up -----------------------------------------------------------------------

    def set_up(
        self, months_so_far: float | None = None, case: CouncilFile | None = None
    ) -> Answer[bool]:
        """Build the trust. Never under a year (B7); leaders look elsewhere, improvement
        stalls, staff do not know who will employ them (claims 53-56).

        `months_so_far` is given for a set-up that was under way when the run started; `case`
        where the order may lapse while the council improves (B26). Returns whether it opens.
        """
        team = months_so_far is None
        try:
            opens = not team or (yield from self._project_team(case))
            if opens:
                opens = yield from self._build(months_so_far, case)
        except GeneratorExit:
            self._lapse(rule_changed=True)
            raise
        if not opens:
            self._lapse()
        return opens

    def _build(self, months_so_far: float | None, case: CouncilFile | None) -> Answer[bool]:
        """What comes once there is a project team. Returns whether the trust opens."""
        council, p = self.council, self.council.p
        council.enter("set-up")
        drawn = council.random.lognormal("set-up", p["trust.setup_months"], p["trust.setup_spread"])
        months = max(drawn, p["trust.shortest_setup_months"])
        left = months if months_so_far is None else max(months - months_so_far, 1.0)
        began = self.env.now - (months_so_far or 0.0) * DAYS_A_MONTH
        council.log_on(began, "trust set-up began", self.cause, months=round(months, 1))
        # The sums on record are of middling councils: a very small one would spend less.
        most = p["trust.setup_cost_most"] * council.budget
        cost = min(p["trust.setup_cost"], most) / (months / 12.0)
        lapses = council.random.exponential("lapse", 12.0 / max(p["trust.lapse_rate"], 1e-9))
        lapsed = False
        self._unsettle(1.0)
        try:
            with support_in_place(council, 0.0, cost, "transition"):
                if case is not None and lapses < left:
                    yield self.env.timeout(lapses * DAYS_A_MONTH)
                    left -= lapses
                    lapsed = not case.open or progress(case)
                if not lapsed:
                    yield self.env.timeout(left * DAYS_A_MONTH)
        finally:
            self._unsettle(-1.0)
            if months_so_far is None:
                self.department.project_teams.release()
        if not lapsed:
            self.department.setup_months.append(months)
        return not lapsed

    def _project_team(self, case: CouncilFile | None) -> Answer[bool]:
        """Wait for a team. Returns whether it came before the case ended."""
        teams, queue = self.department.project_teams, "project team"
        with self.department.supply.waiting(queue) if case is None else case.waiting(queue):
            if not teams.take():
                request = teams.request()
                try:
                    yield request if case is None else request | case.ended
                except GeneratorExit:
                    teams.cancel(request)
                    raise
                if case is not None and not case.open:
                    teams.cancel(request)
                    return False
        return True

    def _lapse(self, **why: bool) -> None:
        """The council has improved before the trust could open (B26), or the order is called off:
        it keeps its service."""
        self.council.committed = False
        self.department.release_sponsor(self.sponsor)
        self.council.log("trust order lapsed", self.cause, **why)

    def _unsettle(self, sign: float) -> None:
        council, p = self.council, self.council.p
        council.attention_transition += sign * p["trust.setup_attention"]
        council.stall += sign * p["trust.setup_stall"]
        council.uncertainty += sign * p["trust.setup_uncertainty"]

    # -- the contract -----------------------------------------------------------------

    def run(self, years_so_far: float = 0.0, leaves: float | None = None) -> Process:
        """Open, run to the end of the contract, to failure or to a council's wish to have the
        service back; hand back or on.

        `years_so_far` is given for a trust that was open when the run started, and `leaves` where
        it was known by then on which day it would end.
        """
        council, department, p = self.council, self.department, self.council.p
        day = self.env.now - years_so_far * DAYS_A_YEAR
        opened = council.log_on(day, "trust opened", self.cause, sponsor=self.sponsor)
        if years_so_far == 0.0:
            department.trusts_opened += 1
            self._transfer(opened)
            case = department.cases.get(council.index)
            if case is not None and not case.taken_over.triggered:
                case.taken_over.succeed()
        if leaves is not None:
            # The handing over has begun before the run, and is done on the day.
            self.env.process(self._change_hands(p["trust.return_months"], leaves - self.env.now))
        while True:
            end = yield from self._serve(opened, years_so_far, leaves)
            department.trusts_handed_back += 1
            ended = self._note_end(end, opened)
            if end != FAILED or council.levers.text("regime.after_provider_failure") == "return":
                break
            # When the provider fails, the answer is another provider (claim 81).
            council.log("next provider sought", ended)
            yield from self._change_hands(p["trust.next_provider_months"])
            years_so_far = 0.0
        department.release_sponsor(self.sponsor)
        if leaves is None:
            yield from self._change_hands(p["trust.return_months"])
        council.committed = False
        council.log("service returned", ended)

    def _serve(self, opened: int, years_so_far: float, leaves: float | None) -> Answer[str]:
        """Run the service under contract. Returns how it ended: the kind of event."""
        council, p = self.council, self.council.p
        quality = 1.0 + p["trust.quality_spread"] * council.random.normal("trust quality")
        uplift = control_effect(p, "trust") * quality + p["trust.relief"] * council.relief
        if self.sponsor != "strong council":
            uplift -= p["trust.other_sponsor_discount"]
        uplift *= shared_leader(council)
        overhead = p["trust.overhead_share"] * council.budget
        self._contract(1.0)
        council.enter("help")
        with support_in_place(council, uplift, overhead, "transaction"):
            if leaves is None:
                end = yield from self._last(opened, years_so_far)
            else:
                yield self.env.timeout(leaves - self.env.now)
                end = HANDED_BACK
        self._contract(-1.0)
        council.enter("decision")
        return end

    def _note_end(self, end: str, opened: int) -> int:
        recall, self._recall = self._recall, None
        if end != HANDED_BACK or recall is None or not recall.triggered:
            return self.council.log(end, opened)
        value: tuple[int, str] = recall.value  # type: ignore[assignment]
        cause, rule = value
        return self.council.log(end, cause, rule=rule)

    def _last(self, opened: int, years_so_far: float) -> Answer[str]:
        """Wait for whatever ends the contract first: failure, a council that wants its service
        back for money and integration whatever the trust's grade (B10), a rule that hands it
        back, or a term after which it is not renewed."""
        council, p = self.council, self.council.p
        term = p["trust.contract_years"] * DAYS_A_YEAR
        # One older than a term has been renewed before.
        left = max(term - years_so_far * DAYS_A_YEAR % term, 0.25 * DAYS_A_YEAR)
        fails = council.random.exponential("trust fails", _mean_days(p["trust.failure_rate"]))
        wish = council.random.exponential("hand-back", _mean_days(p["trust.hand_back_rate"]))
        recall = self._recall = self.department.recall(council)
        while True:
            first = min(left, fails, wish)
            over = self.env.timeout(first)
            yield over if recall is None else over | recall
            if recall is not None and recall.triggered:
                return HANDED_BACK
            if first == fails:
                return FAILED
            if first == wish:
                return HANDED_BACK
            if not council.random.chance("renewal", p["trust.renewal_share"]):
                return ENDED
            council.log("trust contract renewed", opened)
            fails, wish, left = fails - first, wish - first, term

    def _contract(self, sign: float) -> None:
        """Weak budget control, three masters to report to, slower decisions (57-59, 62, 66)."""
        council, p = self.council, self.council.p
        council.contracted = 1.0 if sign > 0.0 else 0.0
        council.soft_budget += sign * p["trust.soft_budget"]
        council.reporting += sign * p["trust.reporting"]
        council.stall += sign * p["trust.decision_stall"]
        if self.sponsor == "strong council":
            self._lean_on_sponsor(sign)

    def _lean_on_sponsor(self, sign: float) -> None:
        """A sponsoring council gives away part of its leaders' attention (claims 12, 150)."""
        lenders = self.department.lenders
        if sign > 0.0:
            self._home = lenders.find(self.council)
            if self._home is not None:
                lenders.lend(self._home, self.council.p["trust.sponsor_drain"])
        elif self._home is not None:
            lenders.take_back(self._home, self.council.p["trust.sponsor_drain"])
            self._home = None

    def _transfer(self, opened: int) -> None:
        """The day itself: staff move, most without a choice, a few with relief (60, 61, 69)."""
        council, p = self.council, self.council.p
        relieved = council.relief
        council.practice -= p["trust.transfer_shock"] * (1.0 - relieved)
        council.morale -= p["trust.transfer_morale"] * (1.0 - 2.0 * relieved)
        if self.forced:
            council.morale -= p["trust.coercion_morale"]
        council.stigma = min(council.stigma + p["trust.transfer_stigma"], 1.0)
        self.department.directors.bring_leader(council, p["trust.new_leader"], opened)

    def _change_hands(self, months: float, days_left: float | None = None) -> Process:
        """A second transition: money, attention, uncertainty (claims 64, 65). `days_left` are
        given for one that had begun before the run."""
        council, p = self.council, self.council.p
        council.attention_transmutation += p["trust.setup_attention"]
        council.uncertainty += p["trust.setup_uncertainty"]
        cost = p["trust.return_cost"] / (months / 12.0)
        with support_in_place(council, 0.0, cost, "transmutation"):
            yield self.env.timeout(months * DAYS_A_MONTH if days_left is None else days_left)
        council.attention_transmutation -= p["trust.setup_attention"]
        council.uncertainty -= p["trust.setup_uncertainty"]
