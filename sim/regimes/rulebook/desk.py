"""The desk in the department at which the rules of a scenario are read for every council."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from sim.inputs.policy.conditions import Conditions
from sim.inputs.policy.rules import RULES, STEPS, Rule
from sim.model.council import Council
from sim.model.institutions.department import CouncilFile, Department, FailureCase, HelpFile
from sim.model.processes import Process
from sim.regimes.rulebook.facts import KEY_JUDGEMENTS, PLACES, Facts
from sim.regimes.rulebook.questions import Questions, asked
from sim.regimes.rulebook.steps import TAKEOVERS, Step, StepFile
from sim.units import DAYS_A_MONTH

_READINGS = frozenset({"monitoring_reading", "monitoring_trend"})

# Up to so many councils are asked about one by one.
_FEW = 4


class Desk:
    """Reads the rules in their order and keeps what they have set going.

    When: for every council on the first day and each month; for one council also when a step of
    its is over, on the day of a full report where it has a case or help, and on that of a
    monitoring visit, or of a focused one that ends in priority action, where a rule asks for that.
    A rule acts once in a spell, or between two full reports of a council that is not inadequate,
    unless it says when again, and never twice on one day. Of the steps that control a service only
    one is at work or awaited at a time.

    While `reading` is False, because another regime is in force, nothing new begins.
    """

    def __init__(self, department: Department) -> None:
        country = department.country
        self._department = department
        self._country = country
        self._env = country.env
        self._rules = country.settings.rules
        self._places = {rule.name: place for place, rule in enumerate(self._rules)}
        self.reading = True
        self.facts = Facts(country, department.cases, department.reported)
        self._questions = Questions(country, self.facts, self._rules)
        self._unless = {
            place: asked(self.facts, unless)
            for place, rule in enumerate(self._rules)
            if (unless := _unless(rule)) is not None
        }
        asks = {name for rule in self._rules for name in _asked_for(rule.when)}
        excepts = {name for rule in self._rules for name in _asked_for(_unless(rule))}
        self.findings = "focused_visit" in asks | excepts
        self._asks_spending = "spending_cut" in asks | excepts
        # What no rule asks for need not be kept.
        self._asks_at_work = "in_place" in asks | excepts
        self.facts.keeps_keys = not set(KEY_JUDGEMENTS).isdisjoint(asks | excepts)
        self._asks_readings = not _READINGS.isdisjoint(asks | excepts)
        # Whether such a visit may be reason for a rule to act.
        self._read_after = {
            "focused visit": "focused_visit" in asks,
            "monitoring visit": not _READINGS.isdisjoint(asks),
            "judgement published": True,
        }
        shape = (len(self._rules), country.size)
        # The day from which each rule may act again; never where what does not change forbids it.
        self._first = np.where(self._questions.lasting, -np.inf, np.inf)
        self._next = self._first.copy()
        # The day from which its conditions may hold: that day, or later where they are known not
        # to hold until then unless something is noted. What has been noted of a council wakes its
        # column; most cells sleep, so that a reading costs little.
        self._wake = np.where(self._questions.by_grade(), self._next, np.inf)
        self._acted = np.full(shape, -np.inf)  # the day on which it last did
        self._due = np.zeros(shape, dtype=np.bool_)  # where an escalation leads to it
        self._led_by: dict[tuple[int, int], int] = {}  # the event that did, by place and council
        start = country.today
        self._days = [
            tuple(day.toordinal() - start for day in rule.in_force) for rule in self._rules
        ]
        self._steps: list[list[Step]] = [[] for _ in country.councils]
        self._reports: list[tuple[int, float]] = []  # column and day, not yet noted
        self._visits: dict[int, None] = {}  # columns, the same
        self._touched: set[int] = set()  # columns in which a rule has acted in this spell
        self._events: list[int | None] = [None] * country.size  # the last report or visit
        # Councils judged inadequate are read for once the regime has been given the case.
        self._ours = np.array([c not in department.cases for c in range(country.size)])
        self._cases: dict[int, FailureCase] = {}
        department.readers.append(self)

    # -- what comes to the desk -----------------------------------------------------------------

    def take(self, case: FailureCase) -> None:
        """Answer a failure: a new case, or an open one that another regime has left.

        What help there is already goes on under the case and is not begun a second time.
        """
        self._catch_up()
        council = case.council
        c = council.index
        self._cases[c] = case
        self._ours[c] = True
        self.facts.begin_spell(council, case.opened, case.persistent)
        self.facts.note_readings(council, case.readings)
        self._begin_spell(c)
        for step in self._steps[c]:
            step.file.move(case)
        if c in self._department.help_files:
            self._department.help_files.pop(c).ended.succeed()
        self.read(council)

    def leave(self, case: FailureCase) -> None:
        """The regime no longer answers it, because it has ended or another regime has it: what has
        begun is finished."""
        c = case.council.index
        if self._cases.get(c) is case and case.open:
            del self._cases[c]
            self._ours[c] = False

    def inform(self, council: Council, kind: str, event: int, finding: str) -> None:
        """Note what inspectors have said of a council, and read for it where that is news for its
        case or its help; what is no news for either waits for the next month."""
        c = council.index
        case = self._department.cases.get(c)
        if kind == "monitoring visit":
            if case is None or not self._asks_readings:
                return
            self.facts.note_readings(council, case.readings)
            self._wake_up(c)
        elif kind == "focused visit":
            if not self.findings:
                return
            self._events[c] = event
            if finding == "no priority action":  # it can wait until the council is next read for
                self._visits[c] = None
                return
            self._catch_up()
            self.facts.note_visit(council, finding)
            self._wake_up(c)
        else:
            self._events[c] = event
            if c in self._visits:
                self._catch_up()
            if case is None and self._ours[c] and c not in self._cases and not self._steps[c]:
                self._reports.append((c, self._env.now))
                return
            self._catch_up()
            self.facts.note_report(council, self._env.now)
            if case is None:
                self._better(council)
            elif c in self._cases:
                self.facts.repeated[c] = True
                self._wake_up(c)
            else:
                self._ours[c] = False  # until the regime answers, later on this day
                if not self._answers:
                    self._let_go(c)
        if self._ours[c] and self._read_after[kind]:
            self.read(council)

    def _catch_up(self) -> None:
        """Note the reports on councils that had neither a case nor help, a new spell of each, and
        then the focused visits since that found nothing amiss."""
        for c, day in self._reports:
            self.facts.note_report(self._country.councils[c], day)
            self._forget(c)
            self._wake_up(c)
        self._reports.clear()
        for c in self._visits:
            self.facts.note_visit(self._country.councils[c], "no priority action")
            self._wake_up(c)
        self._visits.clear()

    def _forget(self, c: int) -> None:
        """Nothing counts any more of what rules did in the spell before."""
        if c in self._touched:
            self._touched.remove(c)
            self._next[:, c] = self._first[:, c]
            self._due[:, c] = False
            self.facts.begun[:, c] = False

    @property
    def _answers(self) -> bool:
        """Whether failures come to this desk, and not to a regime beside which the rules act."""
        return self._country.levers.text("regime.name") == RULES

    def _let_go(self, c: int) -> None:
        """Another regime answers the failure: help from before it comes to its end."""
        for step in self._steps[c]:
            step.file.close()
        self._drop_help_file(c)

    def _better(self, council: Council) -> None:
        """A report that finds a council not inadequate ends its spell and the help that was for
        it: of a council that had not been inadequate, where the rule would not lead to it again."""
        c = council.index
        was_inadequate = c in self._cases or not self._ours[c]
        self._cases.pop(c, None)
        self._ours[c] = True
        self.facts.end_spell(council)
        for step in self._steps[c]:
            goes_on = not was_inadequate and step.rule.when is not None
            if not (goes_on and self._questions.hold(step.place, c)):
                step.file.close()
        self._begin_spell(c)
        self._drop_help_file(c)

    def _begin_spell(self, c: int) -> None:
        """Every rule may act again but those whose steps go on."""
        self._forget(c)
        self._steps[c] = [step for step in self._steps[c] if step.file.open or step.active]
        for step in self._steps[c]:
            if not step.file.open:  # it was for the spell before
                continue
            self._touched.add(c)
            self._next[step.place, c] = np.inf
            if step.rule.do in PLACES:
                self.facts.begun[PLACES[step.rule.do], c] = True
        self._show(c)
        self._wake_up(c)

    def _wake_up(self, c: int) -> None:
        """Something has been noted of a council: ask afresh what rules its grade allows."""
        from_grade = self._questions.from_grade[int(self._country.state.grade.item(c))]
        self._wake[:, c] = np.maximum(self._next[:, c], from_grade)

    # -- reading --------------------------------------------------------------------------------

    def oversee(self) -> Process:
        """Read for every council each month, while the regime is in force."""
        while self.reading:
            if self._asks_spending:
                self.facts.note_month()
            self._catch_up()
            self._read_all()
            yield self._env.timeout(DAYS_A_MONTH)

    def read(self, council: Council) -> None:
        """Read for one council."""
        if not self.reading:
            return
        c = council.index
        if c in self._visits:
            self._catch_up()
        for place in np.flatnonzero(self._wake[:, c] <= self._env.now).tolist():
            if self._is_in_force(place):
                self._look(place, c)

    def _read_all(self) -> None:
        """Read for every council: rule by rule, so that the first rule draws first on pools."""
        self.facts.renew()
        awake = np.asarray(self._wake <= self._env.now)  # no rule that acts wakes another
        for place in np.flatnonzero(awake.any(axis=1)).tolist():
            if self._is_in_force(place):
                of_rule = awake[place]
                if np.count_nonzero(of_rule) > _FEW:
                    of_rule = self._questions.quick_of_all(place, of_rule)
                for c in np.flatnonzero(of_rule).tolist():
                    self._look(place, c)

    def _look(self, place: int, c: int) -> None:
        """Let a rule act where its conditions hold; where not, let it sleep until they may."""
        until: float | None = math.inf
        comes = self._rules[place].when is not None or self._due.item(place, c)
        if comes and self._ours.item(c) and self._questions.by_grade_of_one(place, c):
            until = self._questions.fails_until(place, c)
        if until is None:
            self._try(place, self._country.councils[c])
        elif until > self._env.now:
            self._wake[place, c] = until

    def _is_in_force(self, place: int) -> bool:
        begins, ends = self._days[place]
        return begins <= self._env.now < ends

    def _try(self, place: int, council: Council) -> None:
        """Let a rule act, unless what is there already stands in its way."""
        c, rule, today = council.index, self._rules[place], math.floor(self._env.now)
        if self._acted[place, c] == today or not self._is_free_for(rule, council):
            return
        self._acted[place, c] = today
        self._touched.add(c)
        self._next[place, c] = self._wake[place, c] = np.inf
        self._due[place, c] = False
        file = self._file(council)
        cause = self._led_by.pop((place, c), None) or self._cause(file)
        event = file.note("rule applied", cause, rule=rule.name, step=rule.do)
        step = Step(rule, place, StepFile(file, rule, event))
        self._steps[c].append(step)
        if rule.do in PLACES:
            self.facts.begun[PLACES[rule.do], c] = True
        step.file.work = step.file.begin(self._carry_out(step))
        if rule.escalates is not None:
            step.file.begin(self._escalate(step))
        step.file.at_work.callbacks.append(lambda _: self._is_at_work(step))

    def _is_free_for(self, rule: Rule, council: Council) -> bool:
        steps = self._steps[council.index]
        if rule.do == "hand back":
            return self._can_be_handed_back(council)
        if rule.do == "stop":
            return any(step.rule.do in rule.stops and self._can_stop(step) for step in steps)
        if any(step.rule.do == rule.do and self._stands(step) for step in steps):
            return False
        if rule.do == "adviser" and self._taken_over(council):
            return False
        if rule.do in TAKEOVERS and not (
            council.index in self._cases and council.levers.on("regime.new_trusts_allowed")
        ):
            return False
        return not (STEPS[rule.do].control and any(step.controls for step in steps))

    def _taken_over(self, council: Council) -> bool:
        case = self._cases.get(council.index)
        return case is not None and case.taken_over.triggered

    def _stands(self, step: Step) -> bool:
        """Whether a step of the same kind need not be begun again."""
        return step.file.open and (step.active or step.rule.do == "notice")

    def _can_stop(self, step: Step) -> bool:
        return step.active and step.file.open and not step.decided

    def _can_be_handed_back(self, council: Council) -> bool:
        if council.contracted > 0.0:
            recall = self._department.recall(council)
            return recall is not None and not recall.triggered
        return self._in_control(council) is not None

    def _in_control(self, council: Council) -> Step | None:
        """The step by which a strong council is in control of the service."""
        for step in self._steps[council.index]:
            if step.rule.do == "sponsor takeover" and step.file.open and council.partner_in_post:
                return step
        return None

    # -- what is set going ----------------------------------------------------------------------

    def _file(self, council: Council) -> CouncilFile:
        """The case of a council judged inadequate, or else the file of its help."""
        c, department = council.index, self._department
        case = self._cases.get(c)
        if case is not None:
            return case
        if c not in department.help_files:
            cause = self._events[c]
            begun = self._country.started if cause is None else cause
            department.help_files[c] = HelpFile(department, council, begun)
        return department.help_files[c]

    def _cause(self, file: CouncilFile) -> int | None:
        """The last step of a case; of a help file, what inspectors have said last."""
        return None if isinstance(file, FailureCase) else self._events[file.council.index]

    def _carry_out(self, step: Step) -> Process:
        try:
            yield from step.run()
        except GeneratorExit:  # another regime has the case
            step.active = False
            step.hand_over()
            raise
        if step.rule.do == "hand back":
            self._hand_back(step)
        elif step.rule.do == "stop":
            self._stop(step)
        self._finish(step)

    def _finish(self, step: Step) -> None:
        """Whoever came has left: the rule may act again some day, and others take their turn."""
        council = step.file.council
        c, rule = council.index, step.rule
        controlled = step.controls
        step.active = False
        step.hand_over()
        main = step.file.main
        if step.file.stopped and main.open and controlled:
            main.settle()
        self._show(c)
        if step in self._steps[c]:
            if rule.again_after_months is not None and self._next[step.place, c] == np.inf:
                again = self._env.now + rule.again_after_months * DAYS_A_MONTH
                self._next[step.place, c] = self._wake[step.place, c] = again
            if not step.file.open:
                self._steps[c].remove(step)
        self._drop_help_file(c)
        if self._ours[c]:
            self.read(council)

    def _hand_back(self, step: Step) -> None:
        council = step.file.council
        if council.contracted > 0.0:
            recall = self._department.recall(council)
            if recall is not None and not recall.triggered:
                recall.succeed((step.file.step, step.rule.name))
        elif (control := self._in_control(council)) is not None:
            control.file.stop()

    def _stop(self, step: Step) -> None:
        for other in list(self._steps[step.file.council.index]):
            if other.rule.do in step.rule.stops and self._can_stop(other):
                other.file.stop()

    def _escalate(self, step: Step) -> Process:
        """Wait until the step has had its time; where it has not worked, let the next rule act."""
        escalation, file = step.rule.escalates, step.file
        assert escalation is not None
        if not file.at_work.triggered:
            yield file.at_work | file.ended
        if not (yield from file.wait(escalation.after_months)):
            return
        council = file.council
        c = council.index
        if c in self._visits:
            self._catch_up()
        unless = self._unless.get(step.place)
        if not (self.reading and self._ours[c]) or (unless is not None and unless.of_one(c)):
            return
        place = self._places[escalation.to]
        following = self._rules[place]
        # It has acted already, or its own conditions do not hold.
        if self._next[place, c] > self._env.now or not self._questions.hold(place, c):
            return
        self._due[place, c] = True
        self._wake[place, c] = self._next[place, c]
        self._led_by[place, c] = file.step
        if step.controls and STEPS[following.do].control and not step.decided:
            file.stop()  # the next rule has its turn when whoever came has left
        else:
            self.read(council)

    # -- what stands ----------------------------------------------------------------------------

    def _is_at_work(self, step: Step) -> None:
        step.take_on()
        self._show(step.file.council.index)

    def _show(self, c: int) -> None:
        """Note what rules have at work in a council, where one asks for it."""
        if not self._asks_at_work:
            return
        self.facts.at_work[:, c] = False
        for step in self._steps[c]:
            do = step.rule.do
            works = step.file.at_work.triggered and do in PLACES
            if works and do not in TAKEOVERS and self._stands(step):
                self.facts.at_work[PLACES[do], c] = True

    def _drop_help_file(self, c: int) -> None:
        """Close the help file where nothing of it goes on."""
        file = self._department.help_files.get(c)
        if file is not None and not any(step.active or step.file.open for step in self._steps[c]):
            del self._department.help_files[c]
            file.ended.succeed()


def _unless(rule: Rule) -> Conditions | None:
    return None if rule.escalates is None else rule.escalates.unless


def _asked_for(wanted: Conditions | None) -> Iterator[str]:
    """The facts that conditions ask for."""
    return iter(()) if wanted is None else (name for name, _ in wanted.parts())
