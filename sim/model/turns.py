"""Turns of regimes with an open case, and who is in post meanwhile.

A regime is a generator that knows nothing of a change of the rule. When the rule changes its turn
is over: its generator is closed where nothing that has begun is under way, and the regime of that
day begins a turn with what stands.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from simpy import AnyOf

from sim.model.council import Council
from sim.model.processes import Answer, Process, Turn, Work
from sim.units import DAYS_A_MONTH


class Post:
    """Somebody in post at one council, or something begun there, with all that is undone when it
    ends.

    `kind` is one of KINDS_OF_POST or a regime's own; `since` and `ends` are days (`ends` infinite
    where it lasts as long as the case). `holder` is the process that sees to it, None where the
    rule changed under it; `leaves` is then the day on which it ends by itself, and `on_notice` says
    that no regime may keep it. `cut_short` says, at the end, that a change of the rule brought it.
    """

    def __init__(self, kind: str, since: float, ends: float = math.inf) -> None:
        self.kind = kind
        self.since = since
        self.ends = ends
        self.holder: Work | None = None
        self.leaves: float | None = None
        self.on_notice = False
        self.cut_short = False
        self.undo = ExitStack()

    @property
    def why(self) -> dict[str, bool]:
        """What the event of its end says beside the rest."""
        return {"rule_changed": True} if self.cut_short else {}

    def end(self) -> None:
        """Undo it all, once."""
        self.undo.close()


class CaseInTurns(ABC):
    """What of a case has to do with turns.

    `ended` fires when the case does, `taken_over` when a trust opens or a strong council takes
    control. `turn` is that of the regime which answers for the case (None where none does),
    `handed_on` whether the rule has changed under the case and `on_trial_since` the day since which
    the council has been under this rule untested. `posts` are those in place, `done` what need not
    be done again: a notice served, a review that nothing was decided on yet.
    """

    def __init__(self, council: Council, opened: float, cause: int) -> None:
        self.council = council
        self.env = council.env
        self.levers = council.levers
        self.p = council.p
        self.ended = self.env.event()
        self.taken_over = self.env.event()
        self._main: CaseInTurns = self  # another one, where this is the file of one step of it
        self._under_review = False
        self.handed_on = False
        self.on_trial_since = opened
        self.done: set[str] = set()
        self.posts: list[Post] = []
        self.turn: Turn | None = None
        self._at_rest: dict[Work, None] = {}  # between two steps, in the order in which they came
        self._stopping = False
        self._change = cause  # the event of the last change of the rule
        self._trigger_changed = False

    @property
    def open(self) -> bool:
        """Whether the case has not ended."""
        return not self.ended.triggered

    @property
    def under_review(self) -> bool:
        """Whether a commissioner reviews who should run the service, or ministers decide on it."""
        return self._main._under_review

    @under_review.setter
    def under_review(self, under_review: bool) -> None:
        self._main._under_review = under_review

    @abstractmethod
    def answer(self) -> Process:
        """What the regime in force does about the case."""

    @abstractmethod
    def is_met(self) -> bool:
        """Whether the trigger of today asks for an answer."""

    @abstractmethod
    def note(self, kind: str, cause: int | None = None, **details: str | float | bool) -> int:
        """Record an event of this case and return its number; `cause` is the last step."""

    @abstractmethod
    def settle(self) -> None:
        """Where the case stands, if it is open, once stronger help has gone."""

    # -- what stands -------------------------------------------------------------------------

    @property
    def in_place(self) -> frozenset[str]:
        """What stands today, whichever regime put it there: "notice" and "review" (done),
        "adviser", "commissioner", "peer team" and "threat", and "takeover" where the service is
        not the council's to lose, or about not to be."""
        council = self.council
        standing = {
            "commissioner": council.commissioner_in_post,
            "peer team": council.partner_in_post,
            "takeover": council.committed,
        }
        kinds = (kind for kind, stands in standing.items() if stands)
        return frozenset({*self.done, *(post.kind for post in self.posts), *kinds})

    def in_post(self, kind: str) -> Post | None:
        """Who is in post, of one kind; None where no regime of this case put anybody there."""
        return next((post for post in self.posts if post.kind == kind), None)

    @property
    def months_on_trial(self) -> float:
        """Months since the notice, the last test of progress, or the day on which this regime took
        the case on, whichever was last."""
        return (self.env.now - self.on_trial_since) / DAYS_A_MONTH

    # -- what has begun, and a change of the rule ------------------------------------------

    @property
    def out_of_turn(self) -> bool:
        """Whether the rule has changed under the process that asks, and it is in the middle of no
        step that has begun."""
        work = self.env.work
        return work.turn is not None and work.turn.over and not work.steps

    def go_on(self) -> Answer[None]:
        """Come back at once, but never to a process that is out of turn. Every step begins with
        it."""
        if self.out_of_turn:
            self.env.at_once(self.env.work.stop)
            yield self.env.event()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Nothing that has begun is under way in this process while the block runs, unless it is in
        the middle of a step: it may be stopped."""
        work, at_rest = self.env.work, self._at_rest
        at_rest[work] = None
        try:
            yield
        finally:
            del at_rest[work]

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """A step that has begun, while the block runs: where the rule changes meanwhile, it is
        finished first."""
        work = self.env.work
        work.steps += 1
        try:
            yield
        finally:
            work.steps -= 1
            turn = work.turn
            if turn is not None and turn.over and turn.main is work and not work.steps:
                self.env.at_once(partial(self._pass_on, turn))

    def begin_step(self) -> Turn | None:
        """A step has begun that a process of its own sees to: where the rule changes meanwhile, it
        is finished first, as one of the regime's own process. Returns what `finish_step` wants."""
        turn = self.turn
        if turn is not None and turn.main is not None:
            turn.main.steps += 1
        return turn

    def finish_step(self, turn: Turn | None) -> None:
        """The step is over that began in a turn."""
        if turn is not None and turn.main is not None:
            turn.main.steps -= 1
            if turn.over and not turn.main.steps:
                self.env.at_once(partial(self._pass_on, turn))

    @contextmanager
    def holding(self, post: Post) -> Iterator[None]:
        """The same, with somebody in post or something begun that ends with the block. Where the
        rule changes, what becomes of it is for the lever `regime.open_cases` to say."""
        if post not in self.posts:  # else it was adopted
            self.posts.append(post)
        post.holder = self.env.work
        with self.under_way():
            try:
                yield
            finally:
                post.holder = None
                if not self._main._stopping:
                    self.end_post(post)

    def end_post(self, post: Post) -> None:
        """End what a post stands for and what it does. Nothing happens a second time."""
        if post in self.posts:
            self.posts.remove(post)
        post.end()

    def adopt(self, kind: str) -> Post | None:
        """A post of this kind that a regime whose turn is over has left and that may be kept, now
        kept; None where there is none."""
        post = self.in_post(kind)
        if post is None or post.holder is not None or post.on_notice:
            return None
        post.leaves = None
        return post

    def begin_turn(self) -> None:
        """Let the regime in force answer, from where the case stands."""
        name = self.levers.text("regime.name")
        turn = self.turn = Turn(name)
        turn.main = self.env.process(self.answer())
        turn.main.turn = turn

    def end_turn(
        self, open_cases: str, keeps: Collection[str], cause: int, rules: Collection[str]
    ) -> None:
        """The rule has changed: what that does to this case, by the value of the lever
        `regime.open_cases`. `keeps` are the kinds of post that the new rule may keep, `cause` is
        the event of the change and `rules` are the levers that changed."""
        turn = self.turn
        if turn is None:
            return
        turn.over = True
        self._trigger_changed = self._trigger_changed or "regime.trigger" in rules
        stood = ", ".join(sorted({post.kind for post in self.posts} - {"threat"}))
        self._change = self.note(
            "rule changed", cause, levers=", ".join(rules), open_cases=open_cases, stood=stood
        )
        for work in list(self._at_rest):
            if work.turn is not None and work.turn.over and not work.steps:
                work.stop()
        for post in list(self.posts):
            self.end_or_keep(post, open_cases, keeps)
        main = turn.main
        if open_cases != "finish" or main is None or not (main.is_alive and main.steps):
            self._pass_on(turn)

    def end_or_keep(self, post: Post, open_cases: str, keeps: Collection[str]) -> None:
        """What becomes of one post when the rule has changed; see `end_turn`."""
        now = self.env.now
        notice = now + self.p["department.wind_down_months"] * DAYS_A_MONTH
        usual = post.since + self.p["department.commissioner_term_months"] * DAYS_A_MONTH
        last = max(usual, notice) if post.ends == math.inf else post.ends
        if post.kind == "threat":  # it is the rule itself
            self._let_go(post, now)
        elif post.on_notice:  # since an earlier change
            return
        elif open_cases == "finish":
            # An appointment for as long as the case lasts is finished at the usual term.
            if post.kind == "commissioner" and post.ends == math.inf:
                self._see_out(post, last)
        elif post.kind == "takeover":
            if post.kind not in keeps:
                self._let_go(post, now)
        elif post.kind == "peer team on its way":
            self._let_go(post, now)
        elif post.kind not in keeps:
            post.on_notice = True
            self._let_go(post, min(notice, last))
        elif post.kind != "adviser":  # who stays to the end of the case, whoever asks
            self._let_go(post, last)

    def _let_go(self, post: Post, day: float) -> None:
        """Take a post from its regime, whose turn is over, and end it on a day."""
        self._stop(post.holder)
        if day > self.env.now:
            self._see_out(post, day)
            return
        post.cut_short = True
        self.end_post(post)
        if post.kind != "threat":
            self.settle()

    def _see_out(self, post: Post, day: float) -> None:
        post.leaves = day
        self.env.process(self._await_leaving(post, day))

    def _await_leaving(self, post: Post, day: float) -> Process:
        """End a post on its day, unless another regime keeps it; sooner, where nobody holds it and
        the case ends or the service is taken over."""
        over = [self.env.timeout(day - self.env.now), self.ended]
        if not self.taken_over.triggered:
            over.append(self.taken_over)
        yield AnyOf(self.env, over)
        holder = post.holder
        due = post in self.posts and post.leaves == day
        if not due or (holder is not None and self.env.now < day):
            return
        self._stop(holder)
        post.cut_short = self.env.now < post.ends
        self.end_post(post)
        if holder is not None and holder.turn is not None and holder.turn.main is holder:
            self._pass_on(holder.turn)

    def _stop(self, work: Work | None) -> None:
        """Stop a process and leave in place what it has put there."""
        if work is not None:
            self._main._stopping = True
            try:
                work.stop()
            finally:
                self._main._stopping = False

    def _pass_on(self, turn: Turn) -> None:
        """Stop a regime whose turn is over, and let the one in force begin where none has yet."""
        main = turn.main
        if main is not None and not main.steps:
            main.stop()
        if turn is not self.turn or not self.open:
            return
        self.turn = None
        self.under_review = False
        changed, self._trigger_changed = self._trigger_changed, False
        if changed and not self.is_met():
            return
        self.handed_on = True
        name = self.levers.text("regime.name")
        if name != turn.regime:
            self.on_trial_since = self.env.now
        stands = ", ".join(sorted(self.in_place))
        self.note("case taken on", self._change, regime=name, in_place=stands)
        self.begin_turn()
