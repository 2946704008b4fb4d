"""What was published about councils over some years, in England or in one simulated country.

The same questions are put to both, so that observed and predicted figures mean the same.
Days are proleptic ordinals (`date.toordinal`), grades 1 (inadequate) to 4 (outstanding).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.analysis.survival import kaplan_meier, share_out_by
from sim.units import DAYS_A_YEAR, GRADES, Array, BoolArray, IntArray

NEVER = date.max.toordinal()
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

    `abolished` (C,) are the first days on which councils were no longer there (0 none). From
    that day on a council has no grade, no judgement, no trust and no spell: so published and
    simulated figures are of the same councils, though a simulated one is never abolished.
    `as_long_as_they_lasted` cuts a history to this.

    What is counted between two days leaves out the first and includes the second.
    """

    start: int
    abolished: IntArray
    opening: IntArray
    inadequate_since: IntArray
    day: IntArray
    council: IntArray
    grade: IntArray
    trusts: IntArray
    director_changes: IntArray

    def as_long_as_they_lasted(self) -> History:
        """The same without what came at a council after it was abolished. Changes of director
        stay: they are counted for England, in which successors have directors too."""
        last = self.abolition_days
        in_time = self.day < last[self.council]
        trusts = self.trusts[self.trusts[:, 1] < last[self.trusts[:, 0]]]
        ends = np.where(trusts[:, 2] > 0, trusts[:, 2], NEVER)
        ends = np.minimum(ends, last[trusts[:, 0]])
        trusts = np.column_stack([trusts[:, :2], np.where(ends < NEVER, ends, 0)])
        return replace(
            self,
            day=self.day[in_time],
            council=self.council[in_time],
            grade=self.grade[in_time],
            trusts=trusts,
        )

    def without_judgements(self) -> History:
        """The same as if no council had been judged since the start."""
        none = self.day[:0]
        return replace(self, day=none, council=none, grade=none)

    @cached_property
    def abolition_days(self) -> IntArray:
        """The days on which councils were abolished (C,), NEVER where they were not."""
        return np.where(self.abolished > 0, self.abolished, NEVER)

    def there_on(self, day: int) -> BoolArray:
        """Which councils (C,) had not been abolished by a day."""
        return np.asarray(day < self.abolition_days)

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
        """The grade of each council on a day (C,), 0 where none had been given or the council
        was no longer there."""
        grades = self.opening.copy()
        known = self.day <= day
        grades[self.council[known]] = self.grade[known]  # the last assignment counts
        return np.where(self.there_on(day), grades, 0)

    def councils_with(self, day: int, lowest: int, highest: int) -> float:
        """Councils there on a day whose grade lies between two grades, both included."""
        grades = self.grades_on(day)
        return float(((grades >= lowest) & (grades <= highest) & self.there_on(day)).sum())

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
            last = min(until, int(self.abolition_days[spell.council]))
            if spell.began >= last or min(ended, last) <= after:
                continue
            entered = max(after - spell.began, 0) / DAYS_A_YEAR
            yield entered, (min(ended, last) - spell.began) / DAYS_A_YEAR, ended <= last

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
