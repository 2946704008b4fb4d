"""Rules that can never act, undo each other or lead to each other in a circle.

A table of conditions is taken apart into cases: of each fact the values that it may have. A number
has as many values as the bounds in the file tell apart, so that all is finite; what cannot be
settled within a set amount of work counts as sound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import get_args

from sim.inputs.files.problems import Problem
from sim.inputs.files.text_file import display_path
from sim.inputs.policy.conditions import (
    Bounds,
    Conditions,
    FocusedVisit,
    Grade,
    KeyGrade,
    Kind,
    Region,
)
from sim.inputs.policy.rules import STEPS, Rule

# A fact, and of one that can be several at once ("in_place") the word that is asked for.
Fact = tuple[str, str]
# The values that each fact may have, a bit each; a fact that is not named may have any.
Case = Mapping[Fact, int]

MOST_CASES = 500  # of one table
MOST_WORK = 40_000  # tables taken apart and pairs of cases looked at, in one file
_IN_LONDON = ("Inner London", "Outer London")
_WORDS = {
    "grade": get_args(Grade),
    **dict.fromkeys(("protection", "care", "leadership"), get_args(KeyGrade)),
    "focused_visit": get_args(FocusedVisit),
    "region": tuple(name for name in get_args(Region) if name != "London"),
    "kind": get_args(Kind),
}
_YES, _NO = 1, 2
_LONDON = sum(1 << _WORDS["region"].index(name) for name in _IN_LONDON)
_BOROUGH = 1 << _WORDS["kind"].index("London borough")
_INADEQUATE = 1 << _WORDS["grade"].index("inadequate")
_INFINITE = {float("inf"), -float("inf")}
_ANY_NUMBER = (-float("inf"), float("inf"), "a number")
# Within what a number lies, and what it is.
_SHARE = "a share from 0 to 1, as 0.25 for a quarter"
_RANGES = {
    "months_since_judgement": (0.0, float("inf"), "months"),
    "months_inadequate": (0.0, float("inf"), "months"),
    "monitoring_reading": (0.5, 4.5, "in grade steps, from 0.5 to 4.5"),
    "agency_share": (0.0, 1.0, _SHARE),
    "vacancy": (0.0, 1.0, _SHARE),
    "caseload": (0.0, float("inf"), "children for each social worker"),
    "spending_cut": (-float("inf"), 1.0, _SHARE),
    "deprivation": (0.0, 1.0, _SHARE),
}
_FAILED = Conditions.model_validate({"grade": "inadequate"})
_ONLY_FAILED = (
    "a service is taken over only where the council is judged inadequate",
    'a step that may come before failure is "commissioner", "partner" or "adviser"',
)
_OF_THE_OTHER = (
    "the rules act beside another regime, which has the councils judged inadequate",
    'set regime.name to "rules" for rules that answer a failure',
)
# What is known, or true, only while a council is judged inadequate.
_OF_A_SPELL = ("months_inadequate", "monitoring_reading", "monitoring_trend")
_TAKEOVERS = ("sponsor takeover", "trust company")
# Steps that go on until the council is judged inadequate no longer where nothing ends them before:
# a takeover or a lent team may come to an end by itself.
_LASTING = ("adviser", "commissioner", "programme money")


class _TooManyError(Exception):
    """More cases than can be looked at."""


def unsound_rules(
    rules: Sequence[Rule],
    start: date | None = None,
    end: date | None = None,
    *,
    file: Path | None = None,
    whole: bool = True,
    with_other: bool = False,
) -> list[Problem]:
    """What is wrong with rules that are each well formed.

    `start` and `end` are those of the scenario: dates outside them are told of the rules of
    `file`, and not of those that it has from elsewhere. Where they are not the `whole`, because
    others could not be read, nothing is said of what those might do. Where they act only
    `with_other` regimes in force, councils judged inadequate are those regimes'.
    """
    name = "" if file is None else file.name
    problems: list[Problem] = []
    sound: list[Rule] = []
    space = _Space(
        rules, begun={rule.do for rule in rules} if whole else {*STEPS}, with_other=with_other
    )
    for rule in rules:
        wrong = [*_outside(rule, start, end)] if rule.file == name else []
        wrong += space.never_holds(rule)
        problems += wrong
        sound += [] if wrong else [rule]
    problems += _circles(rules)
    if whole:
        problems += _led_to_by_nobody(rules)
    if whole:  # one that is missing might end the step of the earlier rule
        problems += space.come_too_late(sound)
    problems += space.undone(sound)
    if file is None:
        return problems
    # A rule knows the name of its file, and the reader how it is typed.
    typed = display_path(file)
    return [
        replace(one, where=typed + one.where.removeprefix(name))
        if one.where.startswith(f"{name}, line ")
        else one
        for one in problems
    ]


def _outside(rule: Rule, start: date | None, end: date | None) -> Iterator[Problem]:
    """Dates of a rule before the first day of the scenario or after its last."""
    never = f"“{rule.name}” can never act"
    if end is not None and rule.from_ is not None and rule.from_ >= end:
        what = f"{never}: it begins on {rule.from_}, and the scenario ends on {end}"
        yield Problem(f"{rule.place}, from", what)
    elif start is not None and rule.until is not None and rule.until <= start:
        what = f"{never}: it ends on {rule.until}, and the scenario begins on {start}"
        yield Problem(f"{rule.place}, until", what)
    elif start is not None and rule.from_ is not None and rule.from_ < start:
        what = f"{rule.from_} is before the start of the scenario, {start}"
        yield Problem(
            f"{rule.place}, from", what, "leave it out for a rule that acts from the start"
        )


def _circles(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Escalations that lead back to where they began."""
    by_name = {rule.name: rule for rule in rules}
    done: set[str] = set()
    for rule in rules:
        chain: list[str] = []
        name = rule.name
        while name in by_name and name not in chain and name not in done:
            chain.append(name)
            escalates = by_name[name].escalates
            name = "" if escalates is None else escalates.to
        if name in chain:
            circle = [*chain[chain.index(name) :], name]
            words = " -> ".join(f"“{one}”" for one in circle)
            what = f"the escalation has no end: {words}"
            hint = "let the last rule lead nowhere; a rule acts again with again_after_months"
            yield Problem(f"{by_name[circle[-2]].place}, escalates", what, hint)
        done.update(chain)


def _led_to_by_nobody(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Rules that act only by escalation, and no rule leads to them."""
    named = {rule.escalates.to for rule in rules if rule.escalates is not None}
    for rule in rules:
        if rule.when is None and rule.name not in named:
            what = f"“{rule.name}” can never act: no rule leads to it"
            hint = "name it in the escalates of another rule, or give it conditions"
            yield Problem(f"{rule.place}, when", what, hint)


@dataclass(frozen=True)
class _Line:
    """The values of a number that bounds in a file tell apart, in order: below the first of the
    points `at`, that point, between it and the next, and so on; and last, that it is not known."""

    at: tuple[float, ...]

    @property
    def unknown(self) -> int:
        """That the number is not known."""
        return 1 << (2 * len(self.at) + 1)

    @property
    def values(self) -> int:
        """Every value, and that it is not known."""
        return 2 * self.unknown - 1

    def within(self, wanted: Bounds) -> int:
        """The values that bounds allow: never that it is not known."""
        first, last = 0, 2 * len(self.at)
        if wanted.above is not None:
            first = max(first, 2 * self.at.index(wanted.above) + 2)
        if wanted.at_least is not None:
            first = max(first, 2 * self.at.index(wanted.at_least) + 1)
        if wanted.below is not None:
            last = min(last, 2 * self.at.index(wanted.below))
        if wanted.at_most is not None:
            last = min(last, 2 * self.at.index(wanted.at_most) + 1)
        return (1 << (last + 1)) - (1 << first) if first <= last else 0


class _Space:
    """The facts that the rules of a file ask for, and what each may be."""

    def __init__(
        self, rules: Sequence[Rule], begun: Collection[str] = (), *, with_other: bool = False
    ) -> None:
        self._work = 0
        self._with_other = with_other
        self._begun = {*begun}
        self._known: dict[tuple[str, bool], list[Case]] = {}
        points = {name: {low, high} - _INFINITE for name, (low, high, _) in _RANGES.items()}
        for _, table in (pair for rule in rules for pair in _tables_of(rule)):
            for name, wanted in table.parts():
                if isinstance(wanted, Bounds):
                    bounds = wanted.model_dump(exclude_none=True).values()
                    points.setdefault(name, set()).update(bounds)
        self._lines = {name: _Line(tuple(sorted(at))) for name, at in points.items()}
        self._every: dict[str, int] = {name: (1 << len(w)) - 1 for name, w in _WORDS.items()}
        for name, line in self._lines.items():
            low, high, _ = _RANGES.get(name, _ANY_NUMBER)
            ends = {"at_least": low, "at_most": high}
            inside = {key: end for key, end in ends.items() if end not in _INFINITE}
            known = line.within(Bounds.model_validate(inside)) if inside else line.values
            self._every[name] = known | line.unknown

    # -- what may be -------------------------------------------------------------------------

    def _all(self, fact: Fact) -> int:
        """Every value of a fact."""
        name, word = fact
        if name in self._every:
            return self._every[name]
        return _NO if name == "has_had" and word not in self._begun else _YES | _NO

    def _wanted(self, name: str, wanted: tuple[str, ...] | Bounds | bool) -> list[Case]:
        """The cases in which what is asked of a fact holds."""
        if isinstance(wanted, Bounds):
            return [{(name, ""): self._lines[name].within(wanted)}]
        if isinstance(wanted, bool):
            return [{(name, ""): _YES if wanted else _NO}]
        if name in ("in_place", "has_had"):
            return [{(name, word): _YES} for word in wanted]
        return [{(name, ""): sum(1 << _WORDS[name].index(word) for word in _apart(name, wanted))}]

    def cases(self, table: Conditions, *, holds: bool = True) -> list[Case]:
        """The cases in which a table holds, or does not; none where it never does.

        Raises _TooManyError.
        """
        self._count()
        parts: list[list[Case]] = []
        for name, wanted in table.facts():
            cases = self._wanted(name, wanted)
            parts.append(cases if holds else self._opposite(cases))
        if table.any_:
            options = [self.cases(one, holds=holds) for one in table.any_]
            parts.append(self._one_of(options) if holds else self._together(options))
        parts += [self.cases(one, holds=holds) for one in table.all_]
        if table.not_ is not None:
            parts.append(self.cases(table.not_, holds=not holds))
        return self._together(parts) if holds else self._one_of(parts)

    def _of(self, rule: Rule, *, holds: bool = True) -> list[Case]:
        """The cases in which the conditions of a rule hold, or do not. Raises _TooManyError."""
        assert rule.when is not None
        key = (rule.name, holds)
        if key not in self._known:
            self._known[key] = self.cases(rule.when, holds=holds)
        return self._known[key]

    def _count(self) -> None:
        self._work += 1
        if self._work > MOST_WORK:
            raise _TooManyError

    def _opposite(self, cases: Iterable[Case]) -> list[Case]:
        """Where none of some cases is so, each of which is about one fact."""
        others: dict[Fact, int] = {}
        for case in cases:
            for fact, values in case.items():
                others[fact] = others.get(fact, self._all(fact)) & ~values
        return self._together([[others]])

    def _one_of(self, options: Iterable[Iterable[Case]]) -> list[Case]:
        cases = [case for option in options for case in option]
        if len(cases) > MOST_CASES:
            raise _TooManyError
        return cases

    def _together(self, parts: Iterable[Iterable[Case]]) -> list[Case]:
        """The cases in which one of each part is so."""
        cases: list[Case] = [{}]
        for part in parts:
            met = (self._both(one, other) for one, other in product(cases, part))
            cases = [case for case in met if case is not None]
            if len(cases) > MOST_CASES:
                raise _TooManyError
        return cases

    def _both(self, one: Case, other: Case) -> Case | None:
        """Where two cases are both so, None where they cannot be."""
        self._count()
        both = dict(one)
        for fact, values in other.items():
            both[fact] = both.get(fact, self._all(fact)) & values
        return both if all(both.values()) and self._can_be(both) else None

    def _can_be(self, case: Case) -> bool:
        """Whether facts that hang together agree: a London borough lies in London, and what is
        known of a failure belongs to a council judged inadequate."""
        regions, kinds = case.get(("region", "")), case.get(("kind", ""))
        if regions is not None and kinds is not None:
            inside, outside = regions & _LONDON, regions & ~_LONDON
            if not ((inside and kinds & _BOROUGH) or (outside and kinds & ~_BOROUGH)):
                return False
        if case.get(("grade", ""), _INADEQUATE) & _INADEQUATE:
            return True
        known = (name for name in _OF_A_SPELL if (name, "") in case)
        failed = any(not case[name, ""] & self._lines[name].unknown for name in known)
        return not failed and bool(case.get(("repeated_failure", ""), _NO) & _NO)

    # -- rules that never act ------------------------------------------------------------------

    def never_holds(self, rule: Rule) -> list[Problem]:
        """What a rule asks for, or the exception to its escalation, that can never be."""
        problems = []
        for key, table in _tables_of(rule):
            asks = "can never act" if key == "when" else "has an exception that is never so"
            if impossible := [*self._impossible(table)]:
                never = asks if len([*table.parts()]) == 1 else "asks for what can never be"
                problems += [
                    Problem(f"{rule.place}, {key}", f"“{rule.name}” {never}: {why}", hint)
                    for why, hint in dict.fromkeys(impossible)
                ]
                continue
            try:
                cases = self.cases(table)
                takes = rule.do in _TAKEOVERS
                some = [self.cases(_FAILED)] if takes and key == "when" else []
                some += [self.cases(_FAILED, holds=False)] if self._with_other else []
                holds = self._together([cases, *some])
            except _TooManyError:
                continue
            if not holds:
                why, hint = self._why_none(table)
                if cases:
                    why, hint = _OF_THE_OTHER if self._with_other else _ONLY_FAILED
                what = f"“{rule.name}” {asks}: {why}"
                problems.append(Problem(f"{rule.place}, {key}", what, hint))
        return problems

    def _why_none(self, table: Conditions) -> tuple[str, str]:
        """Why conditions that are each possible never hold together, and a hint."""
        hint = "use any = [ ... ] where one of them is enough"
        apart = []
        with suppress(_TooManyError):
            for name, _ in table.facts():
                without = table.model_copy(update={name: None})
                apart += [name] if self.cases(without) else []
        if apart:
            hint = f"without {' or '.join(apart)} it could act"
        names = {name for name, _ in table.parts()}
        of_a_spell = sorted(names & {*_OF_A_SPELL, "repeated_failure"})
        if of_a_spell and "grade" in apart:
            hint = f"{', '.join(of_a_spell)}: only of a council judged inadequate"
        return "its conditions exclude each other", hint

    def _impossible(self, table: Conditions) -> Iterator[tuple[str, str]]:
        """Each fact asked for that no council can have, whatever else is asked, with a hint."""
        for name, wanted in table.parts():
            if isinstance(wanted, Bounds):
                if not self._lines[name].within(wanted) & self._every[name]:
                    yield f"no {name} is like that", f"{name} is {_RANGES[name][2]}"
            elif name == "has_had" and isinstance(wanted, tuple) and not {*wanted} & self._begun:
                words = " or ".join(f'"{word}"' for word in wanted)
                yield f"no rule of the file does {words}", "in_place also knows what was there"

    def come_too_late(self, rules: Sequence[Rule]) -> Iterator[Problem]:
        """Rules that an earlier one, or several together, always come before."""
        led_to = {rule.escalates.to for rule in rules if rule.escalates is not None}
        for place, rule in enumerate(rules):
            if rule.when is None or rule.name in led_to:
                continue
            try:
                left = self._of(rule)
                before: list[Rule] = []
                for earlier in rules[:place]:
                    if earlier.when is None or not self._keeps_out(earlier, rule, rules):
                        continue
                    others = self._together([left, self._of(earlier, holds=False)])
                    if others != left:
                        left, before = others, [*before, earlier]
                    if not left:
                        break
            except _TooManyError:
                continue
            if not left:
                names = " and ".join(f"“{one.name}” ({one.place})" for one in before)
                verb = "always comes" if len(before) == 1 else "always come"
                what = f"“{rule.name}” can never act: {names} {verb} first"
                hint = (
                    "put the narrower rule first, or say in the earlier one where it does not act"
                )
                yield Problem(f"{rule.place}, when", what, hint)

    def _keeps_out(self, earlier: Rule, later: Rule, rules: Sequence[Rule]) -> bool:
        """Whether the step of the earlier rule leaves the later one no day to act in the spell,
        wherever the conditions of both hold."""
        assert later.when is not None
        (a, b), (c, d) = earlier.in_force, later.in_force
        if not (a <= c and b >= d):
            return False
        if earlier.do == later.do == "notice":
            return True
        same = earlier.do == later.do or (STEPS[earlier.do].control and STEPS[later.do].control)
        if not same or earlier.do not in _LASTING or earlier.delay_months:
            return False
        if earlier.months is not None or any(rule.escalates is not None for rule in rules):
            return False
        if any(rule.do == "stop" and earlier.do in rule.stops for rule in rules):
            return False
        # Before failure a step ends with the next report, and the spell goes on.
        return not self._together([self._of(later), self.cases(_FAILED, holds=False)])

    # -- rules against each other --------------------------------------------------------------

    def undone(self, rules: Sequence[Rule]) -> Iterator[Problem]:
        """Rules whose step another ends whenever they act."""
        for rule in rules:
            for other in rules:
                if rule.when is None or other.when is None or not _ends(other, rule):
                    continue
                try:
                    certain = {("in_place", rule.do): _YES, ("has_had", rule.do): _YES}
                    acts = [{**case, **certain} for case in self._of(rule)]
                    spared = self._together([acts, self._of(other, holds=False)])
                except _TooManyError:
                    continue
                if not spared:
                    what = f"“{rule.name}” is undone at once by “{other.name}” ({other.place})"
                    hint = (
                        f'"{other.do}" holds wherever "{rule.do}" does: give it a condition that '
                        "comes later, such as months_inadequate"
                    )
                    yield Problem(f"{rule.place}, do", what, hint)


def _tables_of(rule: Rule) -> Iterator[tuple[str, Conditions]]:
    """The tables of conditions of a rule, each with the key at which it stands."""
    if rule.when is not None:
        yield "when", rule.when
    if rule.escalates is not None and rule.escalates.unless is not None:
        yield "escalates", rule.escalates.unless


def _ends(other: Rule, rule: Rule) -> bool:
    """Whether what one rule does is the end of the step of another, whenever that begins."""
    (a, b), (c, d) = other.in_force, rule.in_force
    if other.delay_months or not (a <= c and b >= d):
        return False
    if other.do == "hand back":
        return rule.do in _TAKEOVERS
    return other.do == "stop" and rule.do in other.stops


def _apart(name: str, words: Iterable[str]) -> set[str]:
    """Words of a condition, London as its two regions."""
    together = {"London"} & {*words} if name == "region" else set()
    return ({*words} - together) | ({*_IN_LONDON} if together else set())
