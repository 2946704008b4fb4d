"""The building blocks of every regime: what government can do about one council.

Each is a SimPy generator on a council's file; a regime strings them together.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sim.model.council import Council
from sim.model.institutions.department import CouncilFile, Department
from sim.model.processes import Answer, Process
from sim.model.state import PHASES
from sim.model.turns import Post
from sim.units import DAYS_A_MONTH, DAYS_A_YEAR

# A commissioner looks at staff and at what orders have done once a quarter (assumption).
_QUARTER = DAYS_A_YEAR / 4.0


def control_effect(p: Mapping[str, float], route: str) -> float:
    """What control by a commissioner, sponsor, trust or peer team does to practice, in grade
    steps: one unknown that all routes share, and a deviation of each (evidence B30). KeyError for
    any other route."""
    deviations = {
        "commissioner": p["control.commissioner_deviation"],
        "sponsor": p["control.sponsor_deviation"],
        "trust": p["control.trust_deviation"],
        "peer": p["control.peer_deviation"],
    }
    return p["control.effect"] + deviations[route]


def partner_uplift(council: Council, route: str) -> tuple[float, bool]:
    """What managers of a strong council do in another, in grade steps, and whether their way suits
    it (B19, B20, B25).

    Some partnerships do more and others less; the mean is what control does on any route (B30).
    """
    p = council.p
    share = p["support.peer_useful"]
    useful = council.random.chance("partner useful", share)
    apart = p["support.partner_difference"] * ((1.0 - share) if useful else -share)
    return control_effect(p, route) * (1.0 + apart), useful


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


def notice(case: CouncilFile) -> Answer[bool]:
    """Serve an improvement notice after the usual lag (B5), counted from the judgement that
    brought the department in. One that stands is not served again."""
    yield from case.go_on()
    if "notice" in case.done:
        return case.open
    if case.notice_due is None:
        lag = case.duration("notice", case.p["department.notice_months"])
        since = case.opened if case.brought_in is None else case.brought_in
        case.notice_due = since / DAYS_A_MONTH + lag
    due = case.notice_due - case.env.now / DAYS_A_MONTH
    if due > 0.0:
        yield from case.wait(due)
    if case.open:
        case.note("notice issued")
        case.done.add("notice")
        case.on_trial_since = case.env.now
    return case.open


def adviser(case: CouncilFile) -> Process:
    """An improvement adviser, about two days a month, until the case ends or the service is
    taken over (claim 49). One helps to find a director too. There is only one at a time: another
    comes when one who is on notice has gone, and none while a council that a change of the rule
    found without its service is still without."""
    yield from case.go_on()
    council, p = case.council, case.p
    yield from case.vacated("adviser")
    if not case.open or (case.handed_on and council.committed):
        return
    post = case.in_post("adviser")
    if post is None:
        case.take_route("adviser")
        came = case.note("adviser appointed", case.cause)
        if council.phase == PHASES.index("decision") and not case.under_review:
            case.settle()
        post = Post("adviser", case.env.now)
        post.undo.callback(_adviser_goes, case, post, came)
        council.search_help = p["support.adviser_search"]
        post.undo.enter_context(
            support_in_place(council, p["support.adviser"], p["support.adviser_cost"])
        )
    elif case.adopt("adviser") is None:
        return
    with case.holding(post):
        yield case.ended | case.taken_over


def _adviser_goes(case: CouncilFile, post: Post, came: int) -> None:
    case.council.search_help = 0.0
    if post.cut_short and case.open:  # else the end is that of the case
        case.note("adviser left", came)


def progress(case: CouncilFile) -> bool:
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
    case.on_trial_since = case.env.now
    return passed


def threat(case: CouncilFile) -> Process:
    """The service may be removed: what that does to effort until the case ends, it is, or the rule
    changes. Nothing while new takeovers are stopped."""
    yield from case.go_on()
    if case.in_post("threat") or not case.levers.on("regime.new_trusts_allowed"):
        return
    post = Post("threat", case.env.now)
    post.undo.enter_context(support_in_place(case.council, case.p["support.threat"], 0.0))
    with case.holding(post):
        yield case.ended | case.taken_over


def direction(case: CouncilFile) -> None:
    """A statutory direction, the second step of the ladder (claim 16)."""
    if not case.out_of_turn:
        case.note("direction issued")


def shared_leader(council: Council) -> float:
    """What is left of a leader's help when one leader serves several councils (claim 13)."""
    further = council.levers.number("regime.leader_sites") - 1.0
    return max(1.0 - council.p["support.shared_leader_loss"] * further, 0.0)


def review(case: CouncilFile) -> Answer[bool]:
    """A commissioner reviews who should run the service; then ministers decide (B6).

    A review that a change of the rule left without a decision counts, and is not made again.
    """
    p, pool = case.p, case.department.commissioners
    yield from case.go_on()
    if "review" in case.done:
        case.done.remove("review")
        return case.open
    yield from case.vacated("review")
    post = case.adopt("review")
    if post is None:
        if not (yield from case.queue(pool, "commissioner awaited")):
            return False
        case.council.enter("decision")
        case.note("commissioner review")
        months = case.duration("review", p["department.review_months"])
        post = Post("review", case.env.now, case.env.now + months * DAYS_A_MONTH)
        post.undo.callback(pool.release)
        post.undo.enter_context(support_in_place(case.council, 0.0, p["support.commissioner_cost"]))
    else:
        months = max(post.ends - case.env.now, 0.0) / DAYS_A_MONTH
    case.under_review = True
    with case.holding(post):
        yield from case.wait(months)
    case.done.add("review")
    yield from case.wait(case.duration("decision", p["department.decision_months"]))
    case.done.remove("review")
    case.under_review = False
    return case.open


@contextmanager
def commissioner_in_post(
    department: Department, council: Council, came: int, powers: Collection[str] | None = None
) -> Iterator[None]:
    """A commissioner with power to direct, while the block runs (claim 74).

    Directions may forbid cuts to early help and posts and buy posts where caseloads are above a
    cap; now and then one does harm (B31). `came` is the event of the appointment. Where `powers`
    are given ("forbid cuts", "order posts"), these are used and no others.
    """
    p = council.p
    council.commissioner_in_post = True
    council.enter("help")
    if powers is None:
        protects = float(council.random.chance("orders protect", p["control.protects"]))
    else:
        protects = float("forbid cuts" in powers)
    council.protected += protects
    if protects:
        council.log("cuts forbidden", came)
    orders = _Orders(buys=powers is None or "order posts" in powers)
    council.env.process(_give_orders(council, came, orders))
    uplift = control_effect(p, "commissioner") * shared_leader(council)
    with support_in_place(council, uplift, p["support.commissioner_cost"]):
        try:
            yield
        finally:
            council.commissioner_in_post = False
            council.protected -= protects
            council.directed_money -= orders.bought
            orders.in_force = False


@dataclass
class _Orders:
    """Of one commissioner: whether posts may be ordered, whether still in post, and the money for
    posts ordered so far, as a share of the budget."""

    buys: bool
    in_force: bool = True
    bought: float = 0.0


def _give_orders(council: Council, came: int, orders: _Orders) -> Process:
    """What a commissioner orders from the first day to the last."""
    p, share = council.p, council.p["control.posts_bought"]
    harm = -math.expm1(-p["control.blunder_rate"] / 4.0)
    while orders.in_force:
        if orders.buys and orders.bought < share and council.caseload > p["control.caseload_cap"]:
            orders.bought = share
            council.directed_money += share
            council.log("posts ordered", came, caseload=round(council.caseload, 1))
        yield council.env.timeout(_QUARTER)
        if orders.in_force and council.random.chance("order does harm", harm):
            council.practice -= p["control.blunder_harm"]
            council.morale -= p["control.blunder_morale"]
            council.log("order did harm", came)


def commissioner(
    case: CouncilFile, months: float | None = None, powers: Collection[str] | None = None
) -> Answer[bool]:
    """A commissioner with power to direct, until some months after the case has ended (B20) or
    until the term is over; with some `powers` ("replace director" and those of
    `commissioner_in_post`) or, where none are given, as chance has it.

    One whom another regime put in post and whom this one may keep is kept. Returns whether the case
    is still open.
    """
    yield from case.go_on()
    post = case.adopt("commissioner")
    if post is None:
        post = yield from _appointed(case, powers)
    if post is None:
        return False
    p = case.p
    post.ends = math.inf if months is None else case.env.now + months * DAYS_A_MONTH
    with case.holding(post):
        if months is None:
            yield case.ended
        else:
            yield from case.wait(months)
        if not case.open:
            yield from case.linger(p["control.after_months"] * DAYS_A_MONTH)
    return case.open


def _appointed(case: CouncilFile, powers: Collection[str] | None) -> Answer[Post | None]:
    """A commissioner who has taken up post; None where the case ended first."""
    council, department, p = case.council, case.department, case.p
    # One who was there before, or has stayed on since an earlier spell, serves out the time first;
    # and there is nobody to direct while somebody else runs the service.
    while case.open and (council.commissioner_in_post or council.committed):
        yield from case.wait(1.0)
    pool = department.commissioners
    if not (yield from case.queue(pool, "commissioner awaited")):
        return None
    case.take_route("commissioner")
    began = case.note("commissioner appointed")
    if powers is None:
        replaced = council.random.chance("director replaced", p["control.replaces_director"])
    else:
        replaced = "replace director" in powers
    if replaced:
        department.directors.replace(council, began)
    post = Post("commissioner", case.env.now)
    post.undo.callback(case.settle)
    post.undo.callback(lambda: case.note("commissioner left", began, **post.why))
    post.undo.callback(pool.release)
    post.undo.enter_context(commissioner_in_post(department, council, began, powers))
    return post


def peer_team(case: CouncilFile, months: float | None = None) -> Answer[bool]:
    """The management team of a council that does the job well (B19, B20, B25).

    Waits for a team and a lender, negotiates, works until some months after the case has ended,
    until a lender that has fallen below good calls it home, or until the term is over, the usual
    one where no `months` are given. One that another regime brought and that this one may keep is
    kept. Returns whether the case is still open.
    """
    yield from case.go_on()
    team = case.adopt("peer team")
    if team is not None:
        yield from _at_work(case, team, max(team.ends - case.env.now, 0.0) / DAYS_A_MONTH)
        return case.open
    # One that has stayed on since an earlier spell serves out the time first; and nobody is lent
    # while somebody else runs the service.
    while case.open and (case.council.partner_in_post or case.council.committed):
        yield from case.wait(1.0)
    p = case.p
    coming = yield from _lent(case, p["support.peer_drain"])
    if coming is None:
        return False
    case.council.enter("set-up")
    with case.under_way():
        undo = yield from _arrives(case, coming, "peer start")
        if undo is not None:
            term = p["support.peer_term_months"] if months is None else months
            yield from _at_work(case, _lent_team(case, coming.lender, undo, term), term)
    return case.open


class _Coming(Post):
    """Managers who have been lent and are on their way."""

    def __init__(self, since: float, lender: Council, undo: ExitStack) -> None:
        super().__init__("peer team on its way", since)
        self.lender = lender
        self.undo = undo


def _lent(case: CouncilFile, drain: float) -> Answer[_Coming | None]:
    """Wait for a team of the pool and for a council that lends it, and `drain` of its leaders'
    attention. None where the case ends first."""
    pool, lenders = case.department.peer_teams, case.department.lenders
    if not (yield from case.queue(pool, "peer team awaited")):
        return None
    with ExitStack() as undo:
        undo.callback(pool.release)
        lender = lenders.find(case.council)
        if lender is None:
            with case.waiting("peer team"):
                while lender is None and (yield from case.wait(3.0)):
                    lender = lenders.find(case.council)
        if lender is None or not case.open:
            return None
        lenders.lend(lender, drain)
        undo.callback(lenders.take_back, lender, drain)
        return _Coming(case.env.now, lender, undo.pop_all())


def _arrives(case: CouncilFile, coming: _Coming, start: str) -> Answer[ExitStack | None]:
    """Terms are agreed. Gives what returns all that it took; None where the case ends first."""
    with case.holding(coming):
        months = case.duration(start, case.p["support.peer_start_months"])
        came = yield from case.wait(months)
        return coming.undo.pop_all() if came else None


class _LentTeam(Post):
    """Managers of another council at work; `recalled` once their own council has called them
    home."""

    def __init__(self, kind: str, since: float, ends: float, lender: Council) -> None:
        super().__init__(kind, since, ends)
        self.lender = lender
        self.recalled = False


def _lent_team(case: CouncilFile, lender: Council, undo: ExitStack, term: float) -> _LentTeam:
    """A team on its first day. `undo` gives back what it took to bring it."""
    p, council, now = case.p, case.council, case.env.now
    uplift, useful = partner_uplift(council, "peer")
    case.take_route("peer")
    began = case.note("peer team began", lender=lender.name, useful=useful)
    team = _LentTeam("peer team", now, now + term * DAYS_A_MONTH, lender)
    team.undo = undo
    undo.callback(case.settle)
    undo.callback(
        lambda: case.note(
            "peer team left", began, lender=lender.name, lender_weakened=team.recalled, **team.why
        )
    )
    undo.enter_context(partner_at_work(case.department, council, uplift, p["support.peer_cost"]))
    return team


def _at_work(case: CouncilFile, team: Post, term: float) -> Process:
    """Managers at work for so many months, or until they are called home or the case is over."""
    assert isinstance(team, _LentTeam)
    with case.holding(team):
        after = case.p["control.after_months"]
        team.recalled = yield from until_called_home(case, team.lender, term, after)


def partner(case: CouncilFile, months: float | None = None) -> Process:
    """Managers of a strong council beside the council's own, or a commissioner's: a share of a
    lent management team, in what it does, costs and takes from its lender. Waits for the same teams
    and lenders; ends as a team does."""
    p, council, share = case.p, case.council, case.p["support.partner_share"]
    yield from case.go_on()
    coming = yield from _lent(case, share * p["support.peer_drain"])
    if coming is None:
        return
    with case.under_way():
        undo = yield from _arrives(case, coming, "partner start")
        if undo is None:
            return
        lender, now = coming.lender, case.env.now
        uplift, useful = partner_uplift(council, "peer")
        began = case.note("partner began", lender=lender.name, useful=useful)
        term = p["support.peer_term_months"] if months is None else months
        team = _LentTeam("partner", now, now + term * DAYS_A_MONTH, lender)
        team.undo = undo
        undo.callback(
            lambda: case.note(
                "partner left", began, lender=lender.name, lender_weakened=team.recalled, **team.why
            )
        )
        cost = share * p["support.peer_cost"]
        undo.enter_context(support_in_place(council, share * uplift, cost))
        yield from _at_work(case, team, term)


def programme_money(case: CouncilFile, gbp_per_child: float, purpose: str) -> Process:
    """Money of a national programme until the file is closed: so much a year for each child under
    18 on the day, for early help, or for posts and what goes with them as money after a failure.

    Either way what comes in is spent: a grant on early help, or a share of the budget beyond the
    usual one.
    """
    yield from case.go_on()
    council, post = case.council, Post("programme money", case.env.now)
    amount = gbp_per_child * council.population / 1e6
    began = case.note("programme money began", gbp_per_child=gbp_per_child, purpose=purpose)
    post.undo.callback(lambda: case.note("programme money ended", began, **post.why))
    if purpose == "early help":
        post.undo.enter_context(_money_for_help(council, amount))
    else:
        post.undo.enter_context(_money_for_posts(council, amount / council.budget))
    with case.holding(post):
        yield case.ended


@contextmanager
def _money_for_help(council: Council, gbp_m: float) -> Iterator[None]:
    council.programme_help += gbp_m
    try:
        yield
    finally:
        council.programme_help -= gbp_m


@contextmanager
def _money_for_posts(council: Council, share: float) -> Iterator[None]:
    council.directed_money += share
    try:
        yield
    finally:
        council.directed_money -= share


@contextmanager
def partner_at_work(
    department: Department, council: Council, uplift: float, cost_a_year: float
) -> Iterator[None]:
    """Managers of a strong council while the block runs. They also make up for part of a gap where
    the director has left."""
    council.partner_in_post = True
    council.enter("help")
    department.directors.cover_gap(council, council.p["support.peer_cover"])
    with support_in_place(council, uplift, cost_a_year):
        try:
            yield
        finally:
            council.partner_in_post = False
            department.directors.cover_gap(council, 0.0)


def until_called_home(
    case: CouncilFile, lender: Council, term: float, after: float
) -> Answer[bool]:
    """Wait until managers go home: after their term, so many months after the end of the case, or
    when their own council has fallen below good and wants them back, which it looks at every half
    year. Months throughout. Returns whether they were called home."""
    end = case.env.now + term * DAYS_A_MONTH
    while (left := end - case.env.now) > 1.0:
        if not (yield from case.wait(min(6.0, left / DAYS_A_MONTH))):
            left = max(end - case.env.now, 0.0)
            yield from case.linger(min(after * DAYS_A_MONTH, left))
            return False
        recalled = case.council.random.chance("called home", case.p["support.recalled"])
        if lender.grade < 3 and recalled:
            return True
    return False
