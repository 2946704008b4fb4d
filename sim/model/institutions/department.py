"""The department: its finite pools, and the case file of each failing council."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.model.institutions.pool import Pool
from sim.model.institutions.processes import Answer, Bell

if TYPE_CHECKING:
    from sim.model.country import Country

MONTH = 365.25 / 12.0
YEAR = 365.25
# The steps of a case that lead to the next one; what goes on beside them, such as an
# adviser, does not.
STEPS = frozenset(
    {
        *("notice issued", "progress tested", "direction issued", "failure persisted"),
        *("commissioner awaited", "commissioner review", "peer team awaited", "peer team left"),
        *("sponsor awaited", "sponsor found", "takeover decided", "transfer agreed"),
    }
)


class FailureCase:
    """The department's file on one council, from its inadequate judgement to its exit.

    `opened` is the day of publication (negative: before the run). `ended` fires when a full
    inspection finds the council no longer inadequate; `taken_over` when a trust opens.
    `persistent` says whether it had been
    judged inadequate before within the window that the lever names.
    """

    def __init__(
        self, country: Country, council: int, opened: float, cause: int, persistent: bool
    ) -> None:
        self.country = country
        self.env = country.env
        self.council = council
        self.opened = opened
        self.cause = cause
        self.step = cause  # the event that led to where the case stands
        self.persistent = persistent
        self.ended = country.env.event()
        self.taken_over = country.env.event()
        self.route = "none"
        self.tried: list[str] = []
        self.failed_again = 0
        self.practice_then = float(country.state.practice[country.index, council])

    @property
    def open(self) -> bool:
        """Whether the council is still judged inadequate."""
        return not self.ended.triggered

    def note(self, kind: str, cause: int | None = None, **details: str | float | bool) -> int:
        """Record an event of this case and return its number; `cause` is the last step."""
        number = self.country.log.emit(
            self.env.now, self.council, kind, self.step if cause is None else cause, **details
        )
        if kind in STEPS:
            self.step = number
        return number

    def take_route(self, route: str) -> None:
        """What is tried from now on; the last route tried names the spell."""
        self.route = route
        self.tried.append(f"{route}@{int(self.env.now)}")

    def wait(self, months: float) -> Answer[bool]:
        """Wait, or stop waiting when the case ends. Returns whether it is still open."""
        if self.open:
            yield self.env.timeout(months * MONTH) | self.ended
        return self.open

    def duration(self, name: str, months: float) -> float:
        """A case's own duration around the usual one, in months."""
        spread = self.country.p["department.duration_spread"]
        return self.country.luck.lognormal(name, self.council, months, spread)

    def queue(self, pool: Pool, awaited: str, priority: float = 0.0) -> Answer[bool]:
        """Wait for one unit of a finite pool. Returns whether it was had before the end."""
        if not self.open:
            return False
        since = self.env.now
        if not pool.take():
            self.note(awaited)
            request = pool.request(1, priority)
            yield request | self.ended
            if self.ended.triggered:
                pool.cancel(request)
                return False
        self.country.department.waits.append(self.env.now - since)
        return True


class Department:
    """Case files, and the pools that every regime draws on.

    `waits` lists the days each case waited for a commissioner, sponsor or peer team.
    """

    def __init__(self, country: Country) -> None:
        self.country = country
        env, levers = country.env, country.levers
        sites = int(levers["regime.leader_sites"])
        self.commissioners = Pool(env, sites * int(levers["pool.commissioners"]))
        self.project_teams = Pool(env, int(levers["pool.trust_project_teams"]))
        self.peer_teams = Pool(env, int(levers["pool.peer_teams"]))
        self.sponsors = {
            "strong council": Pool(env, sites * int(levers["pool.sponsors_strong_council"])),
            "charity": Pool(env, sites * int(levers["pool.sponsors_charity"])),
            "expert": Pool(env, sites * int(levers["pool.sponsors_expert"])),
        }
        self.sponsor_news = Bell(env)  # rings when a sponsor may be free
        self.waits: list[float] = []
        self.cases: dict[int, FailureCase] = {}
        self.closed: list[tuple[FailureCase, float, int]] = []
        self._last_failure: dict[int, float] = {}

    def refresh(self) -> None:
        """Let changed levers change the size of the pools."""
        levers = self.country.levers
        sites = int(levers["regime.leader_sites"])
        self.commissioners.change_capacity(sites * int(levers["pool.commissioners"]))
        self.project_teams.change_capacity(int(levers["pool.trust_project_teams"]))
        self.peer_teams.change_capacity(int(levers["pool.peer_teams"]))
        for kind, number in (
            ("strong council", levers["pool.sponsors_strong_council"]),
            ("charity", levers["pool.sponsors_charity"]),
            ("expert", levers["pool.sponsors_expert"]),
        ):
            self.sponsors[kind].change_capacity(sites * int(number))
        self.sponsor_news.ring()

    def take_sponsor(self) -> str | None:
        """A sponsor of whichever kind is free, strong councils first; None where none is, or
        where new trusts are stopped."""
        if self.country.levers["regime.new_trusts_allowed"]:
            for kind, pool in self.sponsors.items():
                if pool.take():
                    return kind
        return None

    def release_sponsor(self, kind: str) -> None:
        """Give a sponsor back; kinds that come from no pool are no matter."""
        if kind in self.sponsors:
            self.sponsors[kind].release()
            self.sponsor_news.ring()

    def open_existing(self) -> None:
        """Files of the councils that are judged inadequate on the start date."""
        b = self.country.baseline
        today = b.date.toordinal()
        for c in range(self.country.size):
            if b.earlier_inadequate[c]:
                self._last_failure[c] = float(b.earlier_inadequate[c] - today)
            if b.grade[c] == 1:
                begun = int(b.first_inadequate_date[c]) or int(b.grade_date[c])
                case = self._open(c, float(begun - today), self.country.started)
                if b.trust_since[c] or b.trust_decided[c]:
                    case.route = "trust"
                elif b.commissioner_since[c]:
                    case.route = "commissioner"
                self.country.ofsted.watch(c)

    def judged_inadequate(self, c: int, report: int) -> None:
        """Open a file, or note on the open one that the council has failed again."""
        country, n, p = self.country, self.country.index, self.country.p
        s = country.state
        country.shock_of_judgement(c)
        country.directors.after_failure(c, report)
        case = self.cases.get(c)
        if case is None:
            self._open(c, country.env.now, report)
            s.reporting[n, c] += p["practice.failure_reporting"]
        else:
            case.failed_again += 1
            case.persistent = True
            again = case.note("failure persisted", report)
            if s.contracted[n, c]:
                # Fines on a failing trust come out of service money (claim 63).
                s.spend_overrun[n, c] += p["trust.penalty"]
                case.note("penalty paid", again, gbp_m=p["trust.penalty"])
        self._last_failure[c] = country.env.now

    def judged_better(self, c: int, grade: int, report: int) -> None:
        """Close the file."""
        case = self.cases.pop(c)
        self.country.state.reporting[self.country.index, c] -= self.country.p[
            "practice.failure_reporting"
        ]
        self.closed.append((case, self.country.env.now, grade))
        case.note("failure ended", report, route=case.route)
        case.ended.succeed()

    def _open(self, c: int, opened: float, cause: int) -> FailureCase:
        country = self.country
        window = float(country.levers["regime.persistent_window_years"]) * YEAR
        last = self._last_failure.get(c)
        persistent = last is not None and opened - last <= window
        began = country.log.emit(opened, c, "failure began", cause, persistent=persistent)
        case = self.cases[c] = FailureCase(country, c, opened, began, persistent)
        country.env.process(country.regime().respond(case))
        return case
