"""What was published about councils over some years, in England or in one simulated country.

The same questions are put to both, so that observed and predicted figures mean the same.
Days are proleptic ordinals (`date.toordinal`), grades 1 (inadequate) to 4 (outstanding).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.analysis.survival import kaplan_meier, share_out_by
from sim.units import DAYS_A_YEAR, GRADES, Array, BoolArray, IntArray

GRADE_NUMBERS = {word: grade for grade, word in GRADES.items()}


class PublishedSpell(NamedTuple):
    """A council's time judged inadequate: days; `ended` 0 while it lasts, `grade` at exit."""

    council: int
    began: int
    ended: int
    grade: int


@dataclass(frozen=True)
class History:
    """Judgements in order of publication, shape (judgements,), and other dated facts.

    `opening` and `inadequate_since` (C,) are the grades on the day `start` (0 none) and the
    days on which spells then under way began (0 none). `trusts` has a row a trust: council,
    day opened, day it ended (0 while it lasts). `director_changes` has a row a change: the day
    on which a council got another director, interim or permanent, and the council.

    What is counted between two days leaves out the first and includes the second.
    """

    start: int
    opening: IntArray
    inadequate_since: IntArray
    day: IntArray
    council: IntArray
    grade: IntArray
    trusts: IntArray
    director_changes: IntArray

    @cached_property
    def previous_grade(self) -> IntArray:
        """The grade that each judgement replaced, 0 for a first one."""
        current = self.opening.copy()
        previous = np.zeros_like(self.grade)
        for k, (council, grade) in enumerate(zip(self.council, self.grade, strict=True)):
            previous[k] = current[council]
            current[council] = grade
        return previous

    @cached_property
    def spells(self) -> list[PublishedSpell]:
        """Every spell, by the day it began."""
        since = {int(c): int(self.inadequate_since[c]) for c in np.flatnonzero(self.opening == 1)}
        spells: list[PublishedSpell] = []
        for day, council, grade in zip(self.day, self.council, self.grade, strict=True):
            if grade == 1:
                since.setdefault(int(council), int(day))
            elif council in since:
                began = since.pop(int(council))
                spells.append(PublishedSpell(int(council), began, int(day), int(grade)))
        spells += [PublishedSpell(council, began, 0, 0) for council, began in since.items()]
        return sorted(spells, key=lambda spell: (spell.began, spell.council))

    def within(self, after: int, until: int) -> BoolArray:
        """Which judgements were published between two days."""
        return np.asarray((self.day > after) & (self.day <= until))

    def grades_on(self, day: int) -> IntArray:
        """The grade of each council on a day (C,), 0 where none had been given."""
        grades = self.opening.copy()
        known = self.day <= day
        grades[self.council[known]] = self.grade[known]  # the last assignment counts
        return grades

    def councils_with(self, day: int, lowest: int, highest: int) -> float:
        """Councils whose grade on a day lies between two grades, both included."""
        grades = self.grades_on(day)
        return float(((grades >= lowest) & (grades <= highest)).sum())

    def inspections(self, after: int, until: int) -> float:
        """Full inspections published between two days."""
        return float(self.within(after, until).sum())

    def first_grades(self, until: int, grade: int) -> float:
        """Councils whose first judgement, by a day, was this grade."""
        return self.moves(0, until, 0, grade)

    def moves(self, after: int, until: int, previous: int, grade: int) -> float:
        """Full inspections between two days that moved a council from one grade to another."""
        moved = (self.previous_grade == previous) & (self.grade == grade)
        return float((self.within(after, until) & moved).sum())

    def reinspections(self, after: int, until: int) -> float:
        """Full inspections between two days of councils that were inadequate."""
        return float((self.within(after, until) & (self.previous_grade == 1)).sum())

    def exits(self, after: int, until: int) -> float:
        """Spells that ended between two days."""
        return float(sum(after < spell.ended <= until for spell in self.spells))

    def share_still_inadequate(self, age: float, after: int, until: int) -> float:
        """Kaplan-Meier share still inadequate `age` years after the judgement, from what
        happened between two days alone (spells under way enter late); NaN without spells."""
        rows = list(self._observed_spells(after, until))
        if not rows:
            return float("nan")
        entered, left, exited = (np.array(column) for column in zip(*rows, strict=True))
        times, still = kaplan_meier(entered, left, exited.astype(np.bool_))
        return 1.0 - share_out_by(age, times, still)

    def _observed_spells(self, after: int, until: int) -> Iterator[tuple[float, float, bool]]:
        """Age in years at which a spell comes into view and leaves it, and whether it ended."""
        for spell in self.spells:
            ended = spell.ended or until + 1
            if spell.began >= until or ended <= after:
                continue
            entered = max(after - spell.began, 0) / DAYS_A_YEAR
            yield entered, (min(ended, until) - spell.began) / DAYS_A_YEAR, ended <= until

    def trusts_open(self, day: int) -> float:
        """Trusts that run a service on a day."""
        opened, ended = self.trusts[:, 1], self.trusts[:, 2]
        return float(((opened <= day) & ((ended == 0) | (ended > day))).sum())

    def changes_of_director(self, after: int, until: int) -> float:
        """Changes of director between two days, interims included."""
        days = self.director_changes[:, 0]
        return float(((days > after) & (days <= until)).sum())

    def change_after_failure(
        self, returns: IntArray, values: Array, earlier: int, later: int
    ) -> float:
        """How far a figure moved at councils newly judged inadequate, against other councils.

        `values` (returns, C) are the figure on, or over the year to, each return day. The
        change is between two returns counted from the last one before the judgement (0; the
        first after it is 1), less the mean change of councils inadequate at neither. NaN where
        no council failed between the first and the last return.
        """
        failed = (self.grade == 1) & (self.previous_grade != 1)
        failed &= self.within(int(returns[0]), int(returns[-1]))
        before = np.searchsorted(returns, self.day[failed]) - 1
        changes = []
        for council, last in zip(self.council[failed], before, strict=True):
            first, second = last + earlier, last + later
            if first < 0 or second >= len(returns):
                continue
            change = values[second] - values[first]
            inadequate = self.grades_on(int(returns[first])) == 1
            inadequate |= self.grades_on(int(returns[second])) == 1
            inadequate[council] = True
            if np.isfinite(change[council]):
                changes.append(change[council] - np.nanmean(change[~inadequate]))
        return float(np.mean(changes)) if changes else float("nan")
