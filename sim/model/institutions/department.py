"""The department: its finite pools, and the case file of each failing council."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import simpy

from sim.inputs.policy.rules import RULES as BY_RULES
from sim.model.council import Council, KeyGrades
from sim.model.country import Country
from sim.model.institutions.directors import Directors
from sim.model.institutions.pool import Pool
from sim.model.institutions.regime_watch import (
    MOST_STEPS,
    make_regime,
    refuse_waits,
    steps_of,
    watched,
    watched_over,
)
from sim.model.institutions.supply import QUEUES, SPONSORS, Supply
from sim.model.processes import Answer, Process
from sim.model.turns import CaseInTurns
from sim.units import DAYS_A_MONTH, DAYS_A_YEAR

# What brings the department in where a report finds a council inadequate, by the name that the
# lever gives it. A council is inadequate if any key judgement is.
TRIGGERS: Mapping[str, Callable[[KeyGrades], bool]] = {
    "inadequate": lambda keys: True,
    "two_key_judgements": lambda keys: keys.count(1) >= 2,
    "protection_or_leadership": lambda keys: 1 in (keys.protection, keys.leadership),
    "leadership": lambda keys: keys.leadership == 1,
}
# Levers that a regime asks once and goes by from then on: on the day on which one of them changes,
# each open case passes to the rule of that day, as `regime.open_cases` says. Every other lever of
# a regime is read at the moment of use and needs no such rule.
RULES = frozenset(
    {
        *("regime.name", "regime.new_trusts_allowed", "regime.trigger", "regime.grace_months"),
        *("regime.persistent_immediate", "regime.persistent_window_years", "regime.leader_sites"),
    }
)
# The steps of a case that lead to the next one; what goes on at the same time, such as an
# adviser, does not.
STEPS = frozenset(
    {
        *("notice issued", "progress tested", "direction issued", "failure persisted"),
        *("commissioner awaited", "commissioner review", "peer team awaited", "peer team left"),
        *("sponsor awaited", "sponsor found", "takeover decided", "transfer agreed"),
        *("control ordered", "control agreed", "sponsor left", "case taken on"),
    }
)


class Sponsor(NamedTuple):
    """Who takes a service on: the kind of sponsor; whether through a new company; the council
    whose managers take control, where it is not."""

    kind: str
    company: bool
    lender: Council | None


class CouncilFile(CaseInTurns):
    """The department's file on one council: what all that it may do about one reads and waits for.

    `opened` is the day on which the file was opened (negative: before the run), `cause` the event
    that led to it; `ended` fires when it is closed.
    `persistent` says whether it had been judged inadequate before (on the day `earlier`, None where
    there is none) within the window that the lever names. `key_grades` are those of the last report
    that found it inadequate. The department acts from the first report that meets the trigger: that
    of the day `brought_in`, as a rule the day `opened` (None before). `levers` are the national
    levers of today, `p` the parameters.
    """

    def __init__(
        self,
        department: Department,
        council: Council,
        opened: float,
        cause: int,
        earlier: float | None,
    ) -> None:
        """`earlier` is the day of the last inadequate judgement before this spell, None where none
        is known; `cause` the event that it began with."""
        super().__init__(council, opened, cause)
        self.department = department
        self.country = department.country
        self.opened = opened
        self.cause = cause
        self.step = cause  # the event that led to where the case stands
        self.earlier = earlier
        self.key_grades = council.key_grades
        self.brought_in: float | None = None
        self.route = "none"
        self.tried: list[str] = []
        self.failed_again = 0
        self.practice_when_opened = council.practice
        self.judged = opened
        self.readings: list[tuple[float, float]] = []
        self.notice_due: float | None = None
        self._vain_waits = 0
        self.persistent = self.has_record()

    def has_record(self) -> bool:
        """Whether the council has a record of failure, by the window of today."""
        window = self.levers.number("regime.persistent_window_years") * DAYS_A_YEAR
        recent = self.earlier is not None and self.opened - self.earlier <= window
        return recent or self.failed_again > 0

    @property
    def all_key_inadequate(self) -> bool:
        """Whether protection, care and leadership were all found inadequate (B2); not where the
        key judgements are not known."""
        return self.key_grades.all_inadequate

    def latest_reading(self, since: float = -math.inf) -> float | None:
        """Practice as the last monitoring visit since a day saw it; None where there was none."""
        day, reading = self.readings[-1] if self.readings else (-math.inf, None)
        return reading if day >= since else None

    def shows_progress(self, reading: float) -> bool:
        """Whether a reading of practice, in grade steps, is as far above practice on the day of
        the judgement as significant improvement asks for."""
        return reading - self.practice_when_opened >= self.p["department.progress_needed"]

    def note(self, kind: str, cause: int | None = None, **details: str | float | bool) -> int:
        """Record an event of this case and return its number; `cause` is the last step."""
        number = self.council.log(kind, self.step if cause is None else cause, **details)
        if kind in STEPS:
            self.step = number
        return number

    def take_route(self, route: str) -> None:
        """What is tried from now on; the last route tried names the spell."""
        self.route = route
        self.tried.append(f"{route}@{int(self.env.now)}")

    def settle(self) -> None:
        """Where the case stands, if it is open, once stronger help has gone: with an adviser, if
        it has one."""
        if not self.open:
            return
        advised = any(route.startswith("adviser") for route in self.tried)
        self.council.enter("help" if advised else "decision")

    @contextmanager
    def waiting(self, queue: str) -> Iterator[None]:
        """Stand in a queue of the department while the block runs."""
        council, before = self.council, self.council.phase
        if queue in QUEUES:
            council.enter(f"waiting for a {queue}")
        try:
            with self.department.supply.waiting(queue):
                yield
        finally:
            council.phase = before

    def wait(self, months: float) -> Answer[bool]:
        """Wait, or stop waiting when the case ends. Returns whether it is still open.

        Raises ValueError where `months` is negative or no number, RegimeError where a regime
        waits without end for a case that has ended.
        """
        if months != months:  # the clock would never come to such a day, nor past it
            raise ValueError("a wait must be a number of months, not NaN")
        yield from self.go_on()
        if self.open:
            with self.resting():
                yield self.env.timeout(months * DAYS_A_MONTH) | self.ended
        else:
            self._wait_in_vain()
        return self.open

    def linger(self, days: float) -> Process:
        """Stay so long after the end of the file, to hand over."""
        yield self.env.timeout(days)

    def _wait_in_vain(self) -> None:
        """Count a wait for a case that has ended: it takes no time, so a loop of them hangs."""
        self._vain_waits += 1
        if self._vain_waits > MOST_STEPS:
            raise refuse_waits(self.levers.text("regime.name"), self.council, self.country)

    def duration(self, name: str, months: float) -> float:
        """A case's own duration around the usual one, in months."""
        return self.council.random.lognormal(name, months, self.p["department.duration_spread"])

    def queue(self, pool: Pool, awaited: str, priority: float = 0.0) -> Answer[bool]:
        """Wait for one unit of a finite pool. Returns whether it was had before the end."""
        yield from self.go_on()
        if not self.open:
            self._wait_in_vain()
            return False
        with self.waiting(awaited.removesuffix(" awaited")):
            if not pool.take():
                self.note(awaited)
                request = pool.request(1, priority)
                try:
                    with self.resting():
                        yield request | self.ended
                except GeneratorExit:
                    pool.cancel(request)
                    raise
                if self.ended.triggered:
                    pool.cancel(request)
                    return False
        return True

    def vacated(self, kind: str) -> Answer[None]:
        """Wait until nobody is on notice in a post of this kind, or the case is over."""
        while self.open and (post := self.in_post(kind)) is not None and post.on_notice:
            yield from self.wait(1.0)

    def answer(self) -> Process:
        """The process of the regime in force. Raises RegimeError where it cannot be had."""
        return watched(self.levers.text("regime.name"), self.department.regime(), self)

    def is_met(self) -> bool:
        """Whether the last report meets the trigger of today; noted where it does not, and the
        department is out of it then."""
        trigger = self.levers.text("regime.trigger")
        met = TRIGGERS[trigger](self.key_grades)
        if not met:
            self.brought_in = None
            self.note("trigger not met", trigger=trigger)
        return met


class FailureCase(CouncilFile):
    """The file on a council judged inadequate, from the day of publication to its exit: `ended`
    fires when a full inspection finds the council no longer inadequate."""


class HelpFile(CouncilFile):
    """The file on a council that is not judged inadequate and has help: `ended` fires when it is
    judged inadequate, and a case takes over what is there, or when its help is over."""

    def __init__(self, department: Department, council: Council, cause: int) -> None:
        super().__init__(department, council, council.env.now, cause, None)


@runtime_checkable
class Regime(Protocol):
    """The answer to a failure. One object serves one country."""

    def respond(self, case: FailureCase) -> Process:
        """Live through one spell: yield SimPy events until there is nothing left to do."""
        ...


@runtime_checkable
class Overseer(Protocol):
    """What a regime may do besides: a process of its own from the day on which it comes into force,
    which may act on any council. It has to end by itself once the regime is no longer in force."""

    def oversee(self, department: Department) -> Process:
        """Watch over all councils."""
        ...


@runtime_checkable
class LeverReader(Protocol):
    """A regime that reads every lever on the day, so that a change of one is no change of regime
    for it, and that says itself what it may keep of what another has left."""

    def may_keep(self, country: Country) -> frozenset[str]:
        """The kinds of post (see `Post`) that it has a step for in this country."""
        ...


class Reader(Protocol):
    """Whoever wants to know of every report and visit of inspectors on the day; `findings` where
    also of what focused visits come to."""

    findings: bool

    def inform(self, council: Council, kind: str, event: int, finding: str) -> None:
        """Of a "judgement published", "monitoring visit" or "focused visit": the number of the
        event, and what a focused visit came to."""
        ...


class Wanted(NamedTuple):
    """Which sponsor a takeover asks for: kinds by preference, and whether through a company."""

    kinds: tuple[str, ...]
    company: bool


class Lenders:
    """Which councils are lending managers now, and how much of their leaders' attention; `most` is
    how many lent at one time at the most."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self._lending: dict[int, list[float]] = {}  # shares of attention given, by council
        self.most = 0

    def find(self, council: Council) -> Council | None:
        """The best partner that is free: a strong statistical neighbour, else a strong
        council of the region, else any; better grades first. None where there is none."""
        b = self.country.baseline
        grade = self.country.state.grade
        most = round(self.country.p["support.lender_teams"])
        good = np.flatnonzero(grade >= 3).tolist()
        busy = {c for c, lent in self._lending.items() if len(lent) >= most}
        strong = [c for c in good if c not in busy and c != council.index]
        if not strong:
            return None
        near = {int(c): rank for rank, c in enumerate(b.neighbours[council.index]) if c >= 0}
        region = b.regions[council.index]

        def order(c: int) -> tuple[int, float, int]:
            place = near.get(c, 20 if b.regions[c] == region else 40)
            return (int(place >= 20) + int(place >= 40), -grade[c], place * 1000 + c)

        return self.country.councils[min(strong, key=order)]

    def lend(self, lender: Council, drain: float) -> None:
        """The lender's leaders give this share of their attention away."""
        self._lending.setdefault(lender.index, []).append(drain)
        self.most = max(self.most, len(self._lending))
        lender.attention_lent += drain

    def take_back(self, lender: Council, drain: float) -> None:
        """The managers who took this share of attention go home."""
        lent = self._lending[lender.index]
        lent.remove(drain)
        if not lent:
            del self._lending[lender.index]
        lender.attention_lent -= drain


class Department:
    """Case files, the regime in force, and the pools that every regime draws on.

    `supply` holds the pools and counts who waits; `lenders` are the councils that may lend their
    managers; `trusts_opened`, `trusts_handed_back` (ends of any kind) and `setup_months` say what
    became of trusts. `regimes` finds the class of a regime by its name.
    """

    def __init__(
        self, country: Country, directors: Directors, regimes: Mapping[str, type[Regime]]
    ) -> None:
        self.country = country
        self.directors = directors
        self.lenders = Lenders(country)
        self.supply = Supply(country)
        pools = self.supply.pools
        self.commissioners = pools["commissioners"]
        self.project_teams = pools["project_teams"]
        self.peer_teams = pools["peer_teams"]
        self.sponsors = {kind: pools[name] for kind, name in SPONSORS.items()}
        self.sponsor_news = self.supply.sponsor_news
        self.cases: dict[int, FailureCase] = {}  # open ones, by council
        self.help_files: dict[int, HelpFile] = {}  # of councils not judged inadequate
        self.readers: list[Reader] = []
        self.reported: dict[int, float] = {}  # days of the last full reports of this run
        self._recalls: dict[int, simpy.Event] = {}  # by council, where rules may hand back
        self._may_recall = any(rule.do == "hand back" for rule in country.settings.rules)
        self._overseen = ""  # the regime in force that oversees
        self._rules: Overseer | None = None  # of the scenario, where they act beside a regime
        self.closed: list[tuple[FailureCase, float, int]] = []  # with the day and the grade
        self.trusts_opened = 0
        self.trusts_handed_back = 0
        self.setup_months: list[float] = []
        self._last_failure: dict[int, float] = {}
        self._regimes = regimes
        self._regime: tuple[str, Regime] | None = None

    def refresh(self) -> None:
        """Let changed levers change the size of the pools, and a new regime oversee."""
        self.supply.refresh()
        self.oversee()

    @property
    def waits(self) -> dict[str, list[float]]:
        """Days of every wait that is over, by queue."""
        return self.supply.waits

    def waiting_years(self, queue: str) -> float:
        """Council-years spent waiting for a commissioner, sponsor, peer team or project team, waits
        still going on among them."""
        return self.supply.waiting_years(queue)

    def regime(self) -> Regime:
        """The regime in force today. Raises RegimeError where a plug-in cannot be made."""
        name = self.country.levers.text("regime.name")
        if self._regime is None or self._regime[0] != name:
            self._regime = (name, make_regime(self._regimes, name, self.country))
        return self._regime[1]

    def oversee(self) -> None:
        """Let the regime in force watch over all councils, where it is one that does, and so the
        rules that act beside it."""
        name = self.country.levers.text("regime.name")
        self._add_rules(name)
        if name == self._overseen:
            return
        self._overseen = name
        if hasattr(self._regimes.get(name), "oversee"):
            regime = self.regime()
            assert isinstance(regime, Overseer)
            self.country.env.process(watched_over(name, regime, self))

    def _add_rules(self, name: str) -> None:
        """Let the rules of the scenario act beside the regime of that name, where they are to."""
        if name == BY_RULES or not self.country.levers.on("regime.with_rules"):
            self._rules = None
        elif self._rules is None:
            rules = make_regime(self._regimes, BY_RULES, self.country)
            assert isinstance(rules, Overseer)
            self._rules = rules
            self.country.env.process(watched_over(BY_RULES, rules, self))

    def has_rules(self, rules: object) -> bool:
        """Whether these are the rules that act beside the regime in force."""
        return rules is self._rules

    def inform(self, council: Council, kind: str, event: int, finding: str = "") -> None:
        """Let all who want to know read what inspectors have said on this day."""
        if kind == "judgement published":
            self.reported[council.index] = council.env.now
        for reader in self.readers:
            reader.inform(council, kind, event, finding)

    def recall(self, council: Council) -> simpy.Event | None:
        """Fires when government hands the service back; None where no rule of the scenario can.
        Its value are the number of the event that led to it and the name of the rule."""
        if not self._may_recall:
            return None
        recall = self._recalls.get(council.index)
        if recall is None or recall.triggered:
            recall = self._recalls[council.index] = self.country.env.event()
        return recall

    def take_sponsor(self, council: Council, wanted: Wanted | None = None) -> Sponsor | None:
        """A free sponsor for a council, as `wanted` or else of the kind that the scenario prefers
        (claim 3); None where there is none, or where new takeovers are stopped.

        A strong council takes control itself, with managers of a council that may lend them; a
        charity or an expert does it through a new company, and so does any sponsor where companies
        are preferred.
        """
        levers = self.country.levers
        if not levers.on("regime.new_trusts_allowed"):
            return None
        prefers = levers.text("regime.takeover_prefers")
        companies = prefers == "new company" if wanted is None else wanted.company
        asked = self.sponsors if wanted is None else wanted.kinds
        free = [kind for kind in asked if self.sponsors[kind].free > 0]
        lender = None
        if not companies and "strong council" in free:
            lender = self.lenders.find(council)
            if lender is None:
                free.remove("strong council")
        if not free:
            return None
        kind = free[0]
        if wanted is None and prefers == "whoever is free":
            # By how many there are of each, so that no kind comes first by its place in a list.
            shares = [self.sponsors[one].free for one in free]
            place = council.random.uniform("sponsor") * sum(shares)
            while place >= shares[0]:
                place -= shares.pop(0)
            kind = free[len(free) - len(shares)]
        self.sponsors[kind].take()
        company = companies or kind != "strong council"
        return Sponsor(kind, company, None if company else lender)

    def release_sponsor(self, kind: str) -> None:
        """Give a sponsor back; kinds that come from no pool are no matter."""
        if kind in self.sponsors:
            self.sponsors[kind].release()
            self.sponsor_news.ring()

    def open_existing(self, council: Council) -> bool:
        """Open a file where a council is judged inadequate on the start date; say whether one
        was opened."""
        c, b, today = council.index, self.country.baseline, self.country.today
        if b.earlier_inadequate[c]:
            self._last_failure[c] = float(b.earlier_inadequate[c] - today)
        if b.grade[c] != 1:
            return False
        begun = int(b.first_inadequate_date[c]) or int(b.grade_date[c])
        case = self._open(council, float(begun - today), self.country.started)
        case.judged = float(b.grade_date[c] - today)
        self._act(case, case.opened)  # it had done so before the trigger was a choice
        if b.trust_since[c] or b.trust_decided[c]:
            case.route = "trust"
        elif b.commissioner_since[c]:
            case.route = "commissioner"
        return True

    def judged_inadequate(self, council: Council, report: int) -> None:
        """Open a file, or note on the open one that the council has failed again."""
        p = self.country.p
        council.suffer_judgement()
        self.directors.after_failure(council, report)
        case = self.cases.get(council.index)
        if case is None:
            case = self._open(council, council.env.now, report)
            council.reporting += p["practice.failure_reporting"]
        else:
            case.failed_again += 1
            case.persistent = True
            case.judged = council.env.now
            case.key_grades = council.key_grades
            again = case.note("failure persisted", report)
            if council.contracted:
                # Fines on a failing trust come out of service money (claim 63).
                council.spend_overrun += p["trust.penalty"]
                case.note("penalty paid", again, gbp_m=p["trust.penalty"])
        self._last_failure[council.index] = council.env.now
        if case.brought_in is None:
            self._act_if_triggered(case)

    def judged_better(self, council: Council, grade: int, report: int) -> None:
        """Close the file."""
        case = self.cases.pop(council.index)
        council.reporting -= self.country.p["practice.failure_reporting"]
        self.closed.append((case, council.env.now, grade))
        case.note("failure ended", report, route=case.route)
        council.enter("decision")
        case.ended.succeed()

    def _open(self, council: Council, opened: float, cause: int) -> FailureCase:
        case = FailureCase(self, council, opened, cause, self._last_failure.get(council.index))
        began = council.log_on(opened, "failure began", cause, persistent=case.persistent)
        case.cause = case.step = began
        self.cases[council.index] = case
        council.enter(self._phase(council))
        return case

    def _phase(self, council: Council) -> str:
        """Where a new spell stands: help that is at work already, or on its way, goes on."""
        if council.contracted or council.commissioner_in_post or council.partner_in_post:
            return "help"
        return "decision" if council.may_be_taken_over() else "set-up"

    def _act_if_triggered(self, case: FailureCase) -> None:
        """Let the regime answer, unless the trigger asks for more than the last report says."""
        if case.is_met():
            self._act(case, case.env.now)
            case.practice_when_opened = case.council.practice

    def _act(self, case: FailureCase, day: float) -> None:
        case.brought_in = day
        case.begin_turn()

    def rules_changed(self, changed: Mapping[str, int]) -> None:
        """Let a change of the rule reach every open case. `changed` are the levers that changed
        today, each with its event; those that no case goes by are passed over."""
        rules = sorted(RULES & changed.keys())
        if not rules:
            return
        levers, regime = self.country.levers, self.regime()
        reader = regime if isinstance(regime, LeverReader) else None
        goes_on = reader is not None and "regime.name" not in rules
        how, keeps = levers.text("regime.open_cases"), set[str]()
        if how == "hand over":
            keeps |= reader.may_keep(self.country) if reader else steps_of(type(regime))
            if not levers.on("regime.new_trusts_allowed"):
                keeps.discard("takeover")
        for case in list(self.cases.values()):
            case.persistent = case.has_record()
            if case.turn is not None and not goes_on:
                case.end_turn(how, keeps, changed[rules[0]], rules)
            elif case.turn is None and "regime.trigger" in rules:
                self._act_if_triggered(case)
        for case, _, _ in [] if goes_on else self.closed:  # a trust may still be on its way
            for post in [post for post in case.posts if post.kind == "takeover"]:
                case.end_or_keep(post, how, keeps)
