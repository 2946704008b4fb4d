"""A step that a rule has led to: its file, and what is done from its first day to its last."""

from __future__ import annotations

from functools import partial as bound

import simpy

from sim.inputs.policy.rules import STEPS, Rule
from sim.model.institutions.department import CouncilFile, Wanted
from sim.model.institutions.interventions import (
    adviser,
    commissioner,
    direction,
    notice,
    partner,
    peer_team,
    programme_money,
    review,
    threat,
)
from sim.model.institutions.supply import SPONSORS
from sim.model.institutions.trusts import take_over
from sim.model.processes import Answer, Process, Turn, Work
from sim.model.turns import Post
from sim.units import DAYS_A_MONTH

# The events from which a step is at work.
_AT_WORK = {
    *("notice issued", "adviser appointed", "commissioner appointed", "peer team began"),
    *("partner began", "programme money began"),
}

# What is counted from the day of the order. Who runs a service that was taken over is noted by the
# council itself.
TAKEOVERS = ("sponsor takeover", "trust company")
_AT_ONCE = (*TAKEOVERS, "hand back", "stop")


class StepFile(CouncilFile):
    """A council's file as one step sees it: closed with the file that it belongs to, or before it
    where a rule stops the step.

    `main` is the case or help file that it belongs to: a step that was begun before a failure moves
    to the case when there is one.
    """

    def __init__(self, file: CouncilFile, rule: Rule, cause: int) -> None:
        super().__init__(file.department, file.council, file.opened, cause, file.earlier)
        self.rule = rule
        self.stopped = False
        self.at_work = self.env.event()
        self.work: Work | None = None
        self._join(file)

    def begin(self, process: Process) -> Work:
        """Begin a process of the step, in the turn of the regime that answers for the case."""
        work = self.env.process(process)
        work.turn = self._main.turn
        return work

    def adopt(self, kind: str) -> Post | None:
        """As any file; the step is then at work."""
        post = super().adopt(kind)
        if post is not None and not self.at_work.triggered:
            self.at_work.succeed()
        return post

    def move(self, case: CouncilFile) -> None:
        """Belong to a case from now on."""
        before, own = self.taken_over, [one for one in self.posts if one.holder is self.work]
        self._join(case)
        self.posts += own
        if self.rule.do == "notice" and self.at_work.triggered:
            self.done.add("notice")
        if self.route != "none" and self.open:
            case.take_route(self.route)
        # Whoever waits for the service to be taken over still does.
        if not case.taken_over.triggered:
            case.taken_over.callbacks.append(bound(_fire, before))

    def _join(self, file: CouncilFile) -> None:
        self._main = self.main = file
        self.readings, self.tried = file.readings, file.tried
        self.posts, self.done, self._at_rest = file.posts, file.done, file._at_rest
        self.handed_on, self.turn = file.handed_on, file.turn
        if self.work is not None:
            self.work.turn = file.turn
        self.taken_over = file.taken_over
        self.brought_in, self.judged = file.brought_in, file.judged
        self.practice_when_opened = file.practice_when_opened

    def close(self) -> None:
        """The file that it belongs to is closed."""
        if self.open:
            self.ended.succeed()

    def stop(self) -> None:
        """A rule ends the step: whoever came leaves at once."""
        if self.open:
            self.stopped = True
            self.ended.succeed()

    def linger(self, days: float) -> Process:
        """Stay on after the end, but not where a rule has ended it."""
        if not self.stopped:
            yield self.env.timeout(days)

    def take_route(self, route: str) -> None:
        """The spell is named by it, as by any other."""
        self.route = route
        self.main.take_route(route)

    def note(self, kind: str, cause: int | None = None, **details: str | float | bool) -> int:
        """Record an event with the name of the rule that led to it."""
        if self.stopped:
            details["stopped"] = True
        number = super().note(kind, cause, **details, rule=self.rule.name)
        if kind in _AT_WORK and not self.at_work.triggered:
            self.step = number
            self.at_work.succeed()
        return number


class Step:
    """What one rule has set going in one council; `place` is that of the rule in the file.

    `active` until whoever came has left.
    """

    def __init__(self, rule: Rule, place: int, file: StepFile) -> None:
        self.rule = rule
        self.place = place
        self.file = file
        self.active = True
        self._turn: Turn | None = None

    def take_on(self) -> None:
        """It is at work: a step of control is finished before another regime has the case."""
        if self.controls and self._turn is None:
            self._turn = self.file.main.begin_step()

    def hand_over(self) -> None:
        """It is over."""
        turn, self._turn = self._turn, None
        self.file.main.finish_step(turn)

    @property
    def controls(self) -> bool:
        """Whether it takes or directs control of the service, or is on its way to it: not whoever
        only stays on to hand over."""
        goes_on = self.file.open or self.decided
        return self.active and goes_on and STEPS[self.rule.do].control

    @property
    def decided(self) -> bool:
        """Whether it is a takeover that has been decided: no rule stops it any more."""
        return self.rule.do in TAKEOVERS and self.file.council.committed

    def run(self) -> Process:
        """From the first day to the last."""
        rule, file = self.rule, self.file
        if rule.delay_months > 0.0 and not (yield from file.wait(rule.delay_months)):
            return
        if rule.do in _AT_ONCE:
            file.at_work.succeed()
        if rule.do == "notice":
            yield from notice(file)
            if file.open and not file.at_work.triggered:  # one stands already
                file.at_work.succeed()
            if rule.threat and file.open:
                file.env.process(threat(file))
        elif rule.do == "adviser":
            self._limit()
            yield from adviser(file)
        elif rule.do == "commissioner":
            yield from commissioner(file, rule.months, rule.powers)
        elif rule.do == "peer team":
            yield from peer_team(file, rule.months)
        elif rule.do == "partner":
            yield from partner(file, rule.months)
        elif rule.do == "programme money":
            assert rule.gbp_per_child is not None
            assert rule.for_ is not None
            self._limit()
            yield from programme_money(file, rule.gbp_per_child, rule.for_)
        elif rule.do in TAKEOVERS:
            yield from self._take_over()

    def _limit(self) -> None:
        """Let a step without a term of its own end after the months of the rule."""
        if self.rule.months is not None:
            self.file.env.process(self._end_after(self.rule.months))

    def _end_after(self, months: float) -> Process:
        if (yield from self.file.wait(months)):
            self.file.close()

    def _take_over(self) -> Process:
        rule, file = self.rule, self.file
        while file.open and not file.council.may_be_taken_over():
            yield from file.wait(1.0)
        if rule.review and not (yield from self._reviewed()):
            return
        if file.open and file.levers.on("regime.new_trusts_allowed"):
            yield from take_over(file, self._wanted())
        # What follows lives on by itself: the step is over when the service is the council's again.
        self.hand_over()
        while file.council.committed:
            yield file.env.timeout(DAYS_A_MONTH)

    def _reviewed(self) -> Answer[bool]:
        if not self.file.open:
            return False
        direction(self.file)
        return (yield from review(self.file))

    def _wanted(self) -> Wanted:
        """Who may take the service on by this rule."""
        if self.rule.do == "sponsor takeover":
            return Wanted(("strong council",), company=False)
        pools = self.rule.pools
        kinds = [kind for kind, pool in SPONSORS.items() if pools is None or pool in pools]
        return Wanted(tuple(kinds or SPONSORS), company=True)


def _fire(event: simpy.Event, _: simpy.Event) -> None:
    if not event.triggered:  # steps of one file share what they wait for
        event.succeed()
