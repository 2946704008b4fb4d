"""The conditions of rules as questions about councils: about all of a country at once, or one.

What never changes about a council (where it lies, what kind it is) is answered once, and what the
grade decides comes from a table, so that most rules need ask nothing more. Of the rest, most is
noted when inspectors report or goes by the day, so that each question knows until when it need not
be asked again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from sim.inputs.policy.conditions import Bounds, Conditions
from sim.inputs.policy.rules import Rule
from sim.model.country import Country
from sim.regimes.rulebook.facts import KEY_JUDGEMENTS, NOTED, PLACES, SINCE, VISITS, Facts
from sim.units import DAYS_A_MONTH, GRADES, BoolArray

_CODES = {name: grade for grade, name in GRADES.items()}  # 0 where there is none, or not known
_MOST_GRADES = 5  # with 0 for none
_KINDS = {
    "county": "County",
    "London borough": "London Borough",
    "metropolitan district": "Metropolitan District",
    "unitary authority": "Unitary Authority",
}
_LONDON = ("Inner London", "Outer London")
# Days by which a bound in months may be missed where it is worked out in days.
_ROUNDING = 1e-6
_LASTING = ("region", "kind", "deprivation")


class Question(Protocol):
    """Something that holds for a council, or does not."""

    def of_all(self) -> BoolArray:
        """For every council of the country, (councils,)."""
        ...

    def of_one(self, c: int) -> bool:
        """For the council in column `c`."""
        ...

    def until(self, c: int) -> float:
        """The day up to which today's answer for one council stays, unless something is noted of
        it: -inf where it may change at any time, inf where only with what is noted."""
        ...


class Questions:
    """What the rules of a country ask, rule by rule."""

    def __init__(self, country: Country, facts: Facts, rules: Sequence[Rule]) -> None:
        self._facts = facts
        self._grade = country.state.grade
        shape = (len(rules), country.size)
        # (rules, councils): where what never changes allows the rule at all.
        self.lasting = np.ones(shape, dtype=np.bool_)
        self._by_grade = np.ones((len(rules), _MOST_GRADES), dtype=np.bool_)
        self._rest: list[tuple[Question, ...]] = []
        self._may_change: list[tuple[bool, ...]] = []  # of each of them: at any time
        self._quick: list[tuple[Question, ...]] = []
        for place, rule in enumerate(rules):
            rest: list[Question] = []
            for name, wanted in () if rule.when is None else rule.when.facts():
                if name in _LASTING:
                    self.lasting[place] &= _lasting(country, name, wanted)
                elif name == "grade":
                    codes = [_CODES.get(str(word), 0) for word in _words(wanted)]
                    self._by_grade[place] = np.isin(np.arange(_MOST_GRADES), codes)
                else:
                    rest.append(_question(facts, name, wanted))
            if rule.when is not None:
                rest += _combined(facts, rule.when)
            # First what lets the rule rest until something is noted.
            rest.sort(key=_may_change_at_any_time)
            self._rest.append(tuple(rest))
            self._may_change.append(tuple(map(_may_change_at_any_time, rest)))
            self._quick.append(
                tuple(one for one in rest if _may_change_at_any_time(one) and _is_quick(one))
            )
        # (grades, rules): the day from which a grade allows each rule, -inf or inf.
        self.from_grade = np.where(self._by_grade.T, -np.inf, np.inf)

    def by_grade(self) -> BoolArray:
        """Where the grade of today allows each rule, (rules, councils)."""
        return np.asarray(self._by_grade[:, self._grade.astype(np.intp)])

    def by_grade_of_one(self, place: int, c: int) -> bool:
        """The same for one rule and council."""
        return bool(self._by_grade[place, int(self._grade[c])])

    def rest_of_all(self, place: int, holds: BoolArray) -> BoolArray:
        """Where what else a rule asks holds too, (councils,)."""
        for question in self._rest[place]:
            holds = holds & question.of_all()
        return holds

    def quick_of_all(self, place: int, holds: BoolArray) -> BoolArray:
        """Where that part of it holds too which may change at any time and costs little to ask of
        all councils at once, (councils,)."""
        for question in self._quick[place]:
            holds = holds & question.of_all()
        return holds

    def rest_of_one(self, place: int, c: int) -> bool:
        """Whether what else a rule asks holds for one council."""
        return all(question.of_one(c) for question in self._rest[place])

    def fails_until(self, place: int, c: int) -> float | None:
        """None where what else a rule asks holds for one council; otherwise the day up to which it
        does not, unless something is noted."""
        for question, may_change in zip(self._rest[place], self._may_change[place], strict=True):
            if not question.of_one(c):
                return -math.inf if may_change else question.until(c)
        return None

    def hold(self, place: int, c: int) -> bool:
        """Whether all that a rule asks holds for one council."""
        may = self.by_grade_of_one(place, c) and self.lasting.item(place, c)
        return may and self.rest_of_one(place, c)


def asked(facts: Facts, wanted: Conditions) -> Question:
    """A whole table of conditions as one question."""
    parts = [_question(facts, name, what) for name, what in wanted.facts()]
    return _All((*parts, *_combined(facts, wanted)))


def _combined(facts: Facts, wanted: Conditions) -> Iterator[Question]:
    yield from (asked(facts, table) for table in wanted.all_)
    if wanted.any_:
        yield _Any(tuple(asked(facts, table) for table in wanted.any_))
    if wanted.not_ is not None:
        yield _Not(asked(facts, wanted.not_))


def _may_change_at_any_time(question: Question) -> bool:
    if isinstance(question, _All | _Any):
        return any(map(_may_change_at_any_time, question.parts))
    if isinstance(question, _Not):
        return _may_change_at_any_time(question.part)
    return type(question) in (_Number, _Begun, _InPlace)


def _is_quick(question: Question) -> bool:
    """Whether it costs little to ask of all councils at once."""
    if isinstance(question, _All | _Any):
        return all(map(_is_quick, question.parts))
    if isinstance(question, _Not):
        return _is_quick(question.part)
    return not isinstance(question, _InPlace)


def _words(wanted: object) -> tuple[str, ...]:
    assert isinstance(wanted, tuple)
    return wanted


def _question(facts: Facts, name: str, wanted: tuple[str, ...] | Bounds | bool) -> Question:
    if name in _LASTING:
        return _Lasting(_lasting(facts.country, name, wanted))
    if isinstance(wanted, Bounds):
        if name in SINCE:
            return _Months(facts, name, wanted)
        return (_Noted if name in NOTED else _Number)(facts, name, wanted)
    if isinstance(wanted, bool):
        return _Repeated(facts, wanted)
    if name == "has_had":
        return _Begun(facts, wanted)
    if name == "in_place":
        return _InPlace(facts, wanted)
    if name == "focused_visit":
        return _Code(facts.visit, [VISITS.index(word) for word in wanted])
    codes = [_CODES.get(word, 0) for word in wanted]
    if name == "grade":
        return _Code(facts.state.grade, codes)
    return _Code(facts.keys[KEY_JUDGEMENTS.index(name)], codes)


def _lasting(country: Country, name: str, wanted: tuple[str, ...] | Bounds | bool) -> BoolArray:
    b = country.baseline
    if isinstance(wanted, Bounds):
        low, high = _closed(wanted)
        values = np.asarray(b.idaci, dtype=np.float64)
        return np.asarray((values >= low) & (values <= high))
    words = _words(wanted)
    if name == "kind":
        return np.isin(np.array(b.kinds), [_KINDS[word] for word in words])
    regions = {one for word in words for one in (_LONDON if word == "London" else (word,))}
    return np.isin(np.array(b.regions), sorted(regions))


def _closed(bounds: Bounds) -> tuple[float, float]:
    """The least and the greatest number within the bounds."""
    low, high = bounds.interval
    if bounds.above is not None and bounds.above == low:
        low = math.nextafter(low, math.inf)
    if bounds.below is not None and bounds.below == high:
        high = math.nextafter(high, -math.inf)
    return low, high


class _All:
    def __init__(self, parts: tuple[Question, ...]) -> None:
        self.parts = parts

    def of_all(self) -> BoolArray:
        holds = self.parts[0].of_all()
        for part in self.parts[1:]:
            holds = holds & part.of_all()
        return holds

    def of_one(self, c: int) -> bool:
        return all(part.of_one(c) for part in self.parts)

    def until(self, c: int) -> float:
        # What does not hold keeps the whole from holding, for as long as any of it does.
        failing = [part.until(c) for part in self.parts if not part.of_one(c)]
        return max(failing) if failing else min(part.until(c) for part in self.parts)


class _Any:
    def __init__(self, parts: tuple[Question, ...]) -> None:
        self.parts = parts

    def of_all(self) -> BoolArray:
        holds = self.parts[0].of_all()
        for part in self.parts[1:]:
            holds = holds | part.of_all()
        return holds

    def of_one(self, c: int) -> bool:
        return any(part.of_one(c) for part in self.parts)

    def until(self, c: int) -> float:
        holding = [part.until(c) for part in self.parts if part.of_one(c)]
        return max(holding) if holding else min(part.until(c) for part in self.parts)


class _Not:
    def __init__(self, part: Question) -> None:
        self.part = part

    def of_all(self) -> BoolArray:
        return ~self.part.of_all()

    def of_one(self, c: int) -> bool:
        return not self.part.of_one(c)

    def until(self, c: int) -> float:
        return self.part.until(c)


class _Lasting:
    """Something that never changes."""

    def __init__(self, holds: BoolArray) -> None:
        self._holds = holds

    def of_all(self) -> BoolArray:
        return self._holds

    def of_one(self, c: int) -> bool:
        return self._holds.item(c)

    def until(self, c: int) -> float:
        return math.inf


class _Number:
    """A number within bounds; not where it is not known."""

    def __init__(self, facts: Facts, name: str, bounds: Bounds) -> None:
        self._facts, self._name = facts, name
        self._low, self._high = _closed(bounds)

    def of_all(self) -> BoolArray:
        values, low, high = self._facts.of_all(self._name), self._low, self._high
        # A comparison with what is not a number does not hold.
        if high == math.inf:
            return np.asarray(values >= low)
        if low == -math.inf:
            return np.asarray(values <= high)
        return np.asarray((values >= low) & (values <= high))

    def of_one(self, c: int) -> bool:
        return self._low <= self._facts.of_one(self._name, c) <= self._high

    def until(self, c: int) -> float:
        return -math.inf


class _Noted(_Number):
    """One that changes with a visit alone."""

    def until(self, c: int) -> float:
        return math.inf


class _Months(_Number):
    """Months since something, which go by with the days."""

    def until(self, c: int) -> float:
        months = self._facts.of_one(self._name, c)
        bound = self._low if months < self._low else self._high
        if not months <= bound:  # what is not known holds for no bound
            return math.inf
        return self._facts.since(self._name, c) + bound * DAYS_A_MONTH - _ROUNDING


class _Code:
    """A grade, or what a visit came to: one of some codes."""

    def __init__(self, values: np.ndarray, codes: list[int]) -> None:
        self._values, self._codes = values, tuple(codes)

    def of_all(self) -> BoolArray:
        holds = self._values == self._codes[0]
        for code in self._codes[1:]:
            holds = holds | (self._values == code)
        return np.asarray(holds)

    def of_one(self, c: int) -> bool:
        return self._values.item(c) in self._codes

    def until(self, c: int) -> float:
        return math.inf


class _Repeated:
    def __init__(self, facts: Facts, wanted: bool) -> None:
        self._repeated, self._wanted = facts.repeated, wanted

    def of_all(self) -> BoolArray:
        return np.asarray(self._repeated == self._wanted)

    def of_one(self, c: int) -> bool:
        return self._repeated.item(c) is self._wanted

    def until(self, c: int) -> float:
        return math.inf


class _Begun:
    """What rules have begun in this spell."""

    def __init__(self, facts: Facts, words: tuple[str, ...]) -> None:
        self._begun, self._places = facts.begun, [PLACES[word] for word in words]

    def of_all(self) -> BoolArray:
        return np.asarray(self._begun[self._places].any(axis=0))

    def of_one(self, c: int) -> bool:
        return any(self._begun.item(place, c) for place in self._places)

    def until(self, c: int) -> float:
        return -math.inf


class _InPlace:
    """What rules have at work, or what another regime has left or has been there since before the
    run."""

    def __init__(self, facts: Facts, words: tuple[str, ...]) -> None:
        self._facts, self._words = facts, frozenset(words)
        self._places = [PLACES[word] for word in words]

    def of_all(self) -> BoolArray:
        holds = np.asarray(self._facts.at_work[self._places].any(axis=0))
        others = [self._others(c) for c in range(holds.size)]
        return np.asarray(holds | np.array(others))

    def of_one(self, c: int) -> bool:
        at_work = self._facts.at_work
        if any(at_work.item(place, c) for place in self._places):
            return True
        return self._others(c)

    def until(self, c: int) -> float:
        return -math.inf

    def _others(self, c: int) -> bool:
        council, words = self._facts.country.councils[c], self._words
        case = self._facts.cases.get(c)
        if case is not None and any(word in words for word in case.in_place):
            return True
        if council.commissioner_in_post and "commissioner" in words:
            return True
        if council.partner_in_post:
            return ("sponsor takeover" if council.committed else "peer team") in words
        return "trust company" in words and council.contracted > 0.0
