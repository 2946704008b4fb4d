"""What was published about councils over some years, in the record or in one country.

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
from sim.inputs.councils.tables import FloatArray, IntArray

YEAR = 365.25


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
    def before(self) -> IntArray:
        """The grade that each judgement replaced, 0 for a first one."""
        standing = self.opening.copy()
        found = np.zeros_like(self.grade)
        for k, (council, grade) in enumerate(zip(self.council, self.grade, strict=True)):
            found[k] = standing[council]
            standing[council] = grade
        return found

    @cached_property
    def spells(self) -> list[PublishedSpell]:
        """Every spell, by the day it began."""
        since = {int(c): int(self.inadequate_since[c]) for c in np.flatnonzero(self.opening == 1)}
        found: list[PublishedSpell] = []
        for day, council, grade in zip(self.day, self.council, self.grade, strict=True):
            if grade == 1:
                since.setdefault(int(council), int(day))
            elif council in since:
                found.append(
                    PublishedSpell(int(council), since.pop(int(council)), int(day), int(grade))
                )
        found += [PublishedSpell(council, began, 0, 0) for council, began in since.items()]
        return sorted(found, key=lambda spell: (spell.began, spell.council))

    def within(self, after: int, until: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which judgements were published after one day and by another."""
        return np.asarray((self.day > after) & (self.day <= until))


def grades_on(history: History, day: int) -> IntArray:
    """The grade of each council on a day (C,), 0 where none had been given."""
    standing = history.opening.copy()
    known = history.day <= day
    standing[history.council[known]] = history.grade[known]  # the last one stays
    return standing


def published(history: History, after: int, until: int) -> float:
    """Full inspections published after one day and by another."""
    return float(history.within(after, until).sum())


def councils_with(history: History, day: int, lowest: int, highest: int) -> float:
    """Councils whose grade on a day lies between two grades."""
    grades = grades_on(history, day)
    return float(((grades >= lowest) & (grades <= highest)).sum())


def first_grades(history: History, until: int, grade: int) -> float:
    """Councils whose first judgement, by a day, was this grade."""
    mine = history.within(0, until) & (history.before == 0) & (history.grade == grade)
    return float(mine.sum())


def moves(history: History, after: int, until: int, before: int, grade: int) -> float:
    """Full inspections in a window that moved a council from one grade to another."""
    mine = history.within(after, until)
    return float((mine & (history.before == before) & (history.grade == grade)).sum())


def reinspections(history: History, after: int, until: int) -> float:
    """Full inspections in a window of councils that were inadequate."""
    return float((history.within(after, until) & (history.before == 1)).sum())


def failed_again(history: History, after: int, until: int) -> float:
    """Of the reinspections in a window, those that were inadequate again."""
    return moves(history, after, until, 1, 1)


def exits(history: History, after: int, until: int) -> float:
    """Spells that ended in a window."""
    return float(sum(after < spell.ended <= until for spell in history.spells))


def still_inadequate(history: History, age: float, after: int, until: int) -> float:
    """Kaplan-Meier share still inadequate `age` years after the judgement, from what happened
    in a window alone (spells under way enter late); NaN where no spell was watched."""
    rows = list(_watched(history, after, until))
    if not rows:
        return float("nan")
    entered, left, exited = (np.array(column) for column in zip(*rows, strict=True))
    times, still = kaplan_meier(entered, left, exited.astype(np.bool_))
    return 1.0 - share_out_by(age, times, still)


def _watched(history: History, after: int, until: int) -> Iterator[tuple[float, float, bool]]:
    for spell in history.spells:
        ended = spell.ended or until + 1
        if spell.began >= until or ended <= after:
            continue
        entered = max(after - spell.began, 0) / YEAR
        yield entered, (min(ended, until) - spell.began) / YEAR, ended <= until


def trusts_open(history: History, day: int) -> float:
    """Trusts that run a service on a day."""
    opened, ended = history.trusts[:, 1], history.trusts[:, 2]
    return float(((opened <= day) & ((ended == 0) | (ended > day))).sum())


def director_changes(history: History, after: int, until: int) -> float:
    """Changes of director in a window, interims included."""
    days = history.director_changes[:, 0]
    return float(((days > after) & (days <= until)).sum())


class Jump(NamedTuple):
    """A council newly judged inadequate, and the return before the judgement (an index)."""

    council: int
    last: int


def new_failures(history: History, returns: IntArray) -> list[Jump]:
    """Councils newly judged inadequate between the first and the last of some return days."""
    mine = (history.grade == 1) & (history.before != 1)
    mine &= (history.day > returns[0]) & (history.day <= returns[-1])
    last = np.searchsorted(returns, history.day[mine]) - 1
    return [Jump(int(c), int(k)) for c, k in zip(history.council[mine], last, strict=True)]


def jump(
    history: History, returns: IntArray, values: FloatArray, earlier: int, later: int
) -> float:
    """How far a figure moved at councils newly judged inadequate, against other councils.

    `values` (returns, C) are the figure on, or over the year to, each return day. The change
    is between two returns counted from the last one before the judgement (0; the first after
    it is 1), less the mean change of councils inadequate at neither. NaN without events.
    """
    found = []
    for council, last in new_failures(history, returns):
        first, second = last + earlier, last + later
        if first < 0 or second >= len(returns):
            continue
        change = values[second] - values[first]
        inadequate = grades_on(history, int(returns[first])) == 1
        inadequate |= grades_on(history, int(returns[second])) == 1
        inadequate[council] = True
        own = change[council]
        if np.isfinite(own):
            found.append(own - np.nanmean(change[~inadequate]))
    return float(np.mean(found)) if found else float("nan")
