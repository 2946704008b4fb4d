"""What is known about the councils of a country, as rules may ask for it: arrays over all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sim.inputs.policy.rules import STEPS
from sim.model.council import Council
from sim.model.country import Country
from sim.model.institutions.department import FailureCase
from sim.units import DAYS_A_MONTH, Array, IntArray

# What stays, by its place in arrays.
HELPERS = tuple(name for name, step in STEPS.items() if step.lasts or name == "notice")
PLACES = {name: place for place, name in enumerate(HELPERS)}
KEY_JUDGEMENTS = ("protection", "care", "leadership")
VISITS = ("none", "priority action", "no priority action")
# Numbers that go by with the days, and those that visits alone change.
SINCE = ("months_since_judgement", "months_inadequate")
NOTED = ("monitoring_reading", "monitoring_trend")
_A_YEAR = 12  # readings of all councils in a year
# So many readings of monitoring visits make a trend.
_LAST_VISITS = 3


class Facts:
    """What is known about the councils of one country: shape (councils,) each.

    What comes from reports and visits is noted when they are read; staff, caseloads and spending
    are read from the state as it is. What is not known is not a number.
    """

    def __init__(
        self,
        country: Country,
        cases: Mapping[int, FailureCase],
        reported: Mapping[int, float],
    ) -> None:
        """`cases` are the open ones of the department, by council, and `reported` the days of the
        last full reports of this run."""
        b, size = country.baseline, country.size
        self.country = country
        self.state = country.state
        self.cases = cases
        judged = np.where(b.grade > 0, b.grade_date, b.pre_sif_date)
        self._reported = np.where(judged > 0, judged - float(country.today), np.nan)
        for c, day in reported.items():
            self._reported[c] = day
        self._opened = np.full(size, np.nan)
        self._reading = np.full(size, np.nan)
        self._trend = np.full(size, np.nan)
        # (key judgements, councils): grades, 0 where not known
        self.keys: IntArray = np.array([one.key_grades for one in country.councils]).T.copy()
        self.keeps_keys = True  # unless nobody asks for them
        self.visit = np.zeros(size, dtype=np.intp)  # a place in VISITS
        self.repeated = np.zeros(size, dtype=np.bool_)
        # (helpers, councils): what rules have at work, and what they have begun in this spell.
        self.at_work = np.zeros((len(HELPERS), size), dtype=np.bool_)
        self.begun = np.zeros((len(HELPERS), size), dtype=np.bool_)
        # At the last readings of all councils, the oldest first.
        self._early_help = [self.state.early_help.copy()]
        self._today: dict[str, Array] = {}

    # -- what is noted --------------------------------------------------------------------------

    def note_month(self) -> None:
        """Remember what early help is planned today."""
        self._early_help.append(self.state.early_help.copy())
        del self._early_help[: -_A_YEAR - 1]

    def note_report(self, council: Council, day: float) -> None:
        """A full report was published on a day."""
        c = council.index
        self._reported[c] = day
        if self.keeps_keys:
            self.keys[:, c] = council.key_grades
        self.visit[c] = 0

    def note_visit(self, council: Council, finding: str) -> None:
        """A focused visit has come to this."""
        self.visit[council.index] = VISITS.index(finding)

    def note_readings(self, council: Council, readings: list[tuple[float, float]]) -> None:
        """What monitoring visits of the spell have seen: days and grade steps."""
        c, last = council.index, readings[-_LAST_VISITS:]
        self._reading[c] = last[-1][1] if last else np.nan
        years = (last[-1][0] - last[0][0]) / (12.0 * DAYS_A_MONTH) if last else 0.0
        self._trend[c] = (last[-1][1] - last[0][1]) / years if years > 0.0 else np.nan

    def begin_spell(self, council: Council, opened: float, repeated: bool) -> None:
        """A case was opened on a day."""
        c = council.index
        if self.keeps_keys:
            self.keys[:, c] = council.key_grades
        self._opened[c] = opened
        self.repeated[c] = repeated

    def end_spell(self, council: Council) -> None:
        """Nothing of the spell counts any more."""
        c = council.index
        self._opened[c] = self._reading[c] = self._trend[c] = np.nan
        self.repeated[c] = False

    # -- numbers --------------------------------------------------------------------------------

    def renew(self) -> None:
        """Time has passed: work numbers out afresh when they are asked for."""
        self._today.clear()

    def of_all(self, name: str) -> Array:
        """A number of all councils, worked out once until the next `renew`."""
        values = self._today.get(name)
        if values is None:
            values = self._today[name] = _NUMBERS[name](self, slice(None))
        return values

    def of_one(self, name: str, c: int) -> float:
        """A number of the council in column `c`."""
        return float(_NUMBERS[name](self, c))

    def since(self, name: str, c: int) -> float:
        """The day from which one of SINCE is counted in the council in column `c`."""
        return float((self._reported if name == "months_since_judgement" else self._opened)[c])

    def _months_since_judgement(self, c: slice | int) -> Array:
        return (self.country.env.now - self._reported[c]) / DAYS_A_MONTH

    def _months_inadequate(self, c: slice | int) -> Array:
        return (self.country.env.now - self._opened[c]) / DAYS_A_MONTH

    def _agency_share(self, c: slice | int) -> Array:
        s = self.state
        agency = s.agency[c]
        staff = agency + s.experienced[c] + s.newly_qualified[c]
        return np.asarray(agency / _at_least(staff, 1e-9))

    def _vacancy(self, c: slice | int) -> Array:
        s = self.state
        permanent = s.experienced[c] + s.newly_qualified[c]
        posts = _at_least(s.posts[c], permanent)
        return np.asarray((posts - permanent) / _at_least(posts, 1e-9))

    def _spending_cut(self, c: slice | int) -> Array:
        before = np.maximum(self._early_help[0][c], 1e-9)
        return np.asarray(1.0 - self.state.early_help[c] / before)


def _at_least(values: Any, least: Any) -> Any:
    """The greater of two: of single numbers several times faster than by numpy."""
    return np.maximum(values, least) if isinstance(values, np.ndarray) else max(values, least)


_NUMBERS: Mapping[str, Callable[[Facts, slice | int], Array]] = {
    "months_since_judgement": Facts._months_since_judgement,
    "months_inadequate": Facts._months_inadequate,
    "monitoring_reading": lambda facts, c: np.asarray(facts._reading[c]),
    "monitoring_trend": lambda facts, c: np.asarray(facts._trend[c]),
    "agency_share": Facts._agency_share,
    "vacancy": Facts._vacancy,
    "caseload": lambda facts, c: np.asarray(facts.state.caseload[c]),
    "spending_cut": Facts._spending_cut,
}
