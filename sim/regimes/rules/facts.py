"""What rules ask of councils, as arrays over all councils of a country at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from sim.inputs.policy.conditions import Bounds, Conditions
from sim.inputs.policy.rules import STEPS
from sim.model.council import Council
from sim.model.country import Country
from sim.units import DAYS_A_MONTH, GRADES, Array, BoolArray

# What stays, by its place in arrays.
HELPERS = tuple(name for name, step in STEPS.items() if step.lasts or name == "notice")
PLACES = {name: place for place, name in enumerate(HELPERS)}
_GRADES = {name: grade for grade, name in GRADES.items()}
_KEY_JUDGEMENTS = ("protection", "care", "leadership")
_VISITS = ("none", "priority action", "no priority action")
_KINDS = {
    "county": "County",
    "London borough": "London Borough",
    "metropolitan district": "Metropolitan District",
    "unitary authority": "Unitary Authority",
}
_LONDON = ("Inner London", "Outer London")
_A_YEAR = 12  # readings of all councils in a year
# So many readings of monitoring visits make a trend.
_LAST_VISITS = 3

Columns = slice


class Facts:
    """What is known about the councils of one country: shape (councils,) each.

    What comes from reports and visits is noted when they are read (`note_report`, `note_visit`);
    staff, caseloads and spending are read from the state as it is.
    """

    def __init__(self, country: Country) -> None:
        b, size = country.baseline, country.size
        self._country = country
        self._state = country.state
        self._regions = np.array(b.regions)
        self._kinds = np.array(b.kinds)
        self._deprivation = np.asarray(b.idaci, dtype=np.float64)
        judged = np.where(b.grade > 0, b.grade_date, b.pre_sif_date)
        self._reported = np.where(judged > 0, judged - float(country.today), np.nan)
        self._keys = np.array([council.key_grades for council in country.councils]).T.copy()
        self._opened = np.full(size, np.nan)
        self._visit = np.zeros(size, dtype=np.intp)  # a place in _VISITS
        self._reading = np.full(size, np.nan)
        self._trend = np.full(size, np.nan)
        self.repeated = np.zeros(size, dtype=np.bool_)
        # (helpers, councils): what rules have at work, and what they have begun in this spell.
        self.at_work = np.zeros((len(HELPERS), size), dtype=np.bool_)
        self.begun = np.zeros((len(HELPERS), size), dtype=np.bool_)
        # At the last readings of all councils, the oldest first.
        self._early_help = [self._state.early_help.copy()]
        self._holds = cache(self._membership)

    # -- what is noted --------------------------------------------------------------------------

    def note_month(self) -> None:
        """Remember what early help is planned today."""
        self._early_help.append(self._state.early_help.copy())
        del self._early_help[: -_A_YEAR - 1]

    def note_report(self, council: Council) -> None:
        """A full report has been published today."""
        c = council.index
        self._reported[c] = self._country.env.now
        self._keys[:, c] = council.key_grades
        self._visit[c] = 0

    def note_visit(self, council: Council, finding: str) -> None:
        """A focused visit has come to this."""
        self._visit[council.index] = _VISITS.index(finding)

    def note_readings(self, council: Council, readings: list[tuple[float, float]]) -> None:
        """What monitoring visits of the spell have seen: days and grade steps."""
        c, last = council.index, readings[-_LAST_VISITS:]
        self._reading[c] = last[-1][1] if last else np.nan
        years = (last[-1][0] - last[0][0]) / (12.0 * DAYS_A_MONTH) if last else 0.0
        self._trend[c] = (last[-1][1] - last[0][1]) / years if years > 0.0 else np.nan

    def begin_spell(self, council: Council, opened: float, repeated: bool) -> None:
        """A case was opened on a day."""
        c = council.index
        self._keys[:, c] = council.key_grades
        self._opened[c] = opened
        self.repeated[c] = repeated

    def end_spell(self, council: Council) -> None:
        """Nothing of the spell counts any more."""
        c = council.index
        self._opened[c] = self._reading[c] = self._trend[c] = np.nan
        self.repeated[c] = False

    # -- what is asked --------------------------------------------------------------------------

    def holds(self, wanted: Conditions, columns: Columns) -> BoolArray:
        """Whether the conditions hold for each council of some columns, (councils there,)."""
        size = len(self._regions[columns])
        result = np.ones(size, dtype=np.bool_)
        for name, what in wanted.facts():
            if isinstance(what, Bounds):
                result &= _within(what, _NUMBERS[name](self, columns))
            elif isinstance(what, bool):
                result &= self.repeated[columns] == what
            else:
                result &= self._words(name, what, columns)
        for table in wanted.all_:
            result &= self.holds(table, columns)
        if wanted.any_:
            one_of = np.zeros(size, dtype=np.bool_)
            for table in wanted.any_:
                one_of |= self.holds(table, columns)
            result &= one_of
        if wanted.not_ is not None:
            result &= ~self.holds(wanted.not_, columns)
        return result

    def _words(self, name: str, words: tuple[str, ...], columns: Columns) -> BoolArray:
        if name == "grade":
            return _one_of(self._state.grade[columns], [_GRADES.get(word, 0) for word in words])
        if name in _KEY_JUDGEMENTS:
            grades = self._keys[_KEY_JUDGEMENTS.index(name), columns]
            return _one_of(grades, [_GRADES.get(word, 0) for word in words])
        if name == "focused_visit":
            return _one_of(self._visit[columns], [_VISITS.index(word) for word in words])
        if name == "has_had":
            return np.asarray(self.begun[[PLACES[w] for w in words], columns].any(axis=0))
        if name == "in_place":
            return self._in_place(words, columns)
        return self._holds(name, words)[columns]

    def _membership(self, name: str, words: tuple[str, ...]) -> BoolArray:
        """Where councils lie and what they are does not change."""
        if name == "kind":
            return np.isin(self._kinds, [_KINDS[word] for word in words])
        regions = {one for word in words for one in (_LONDON if word == "London" else (word,))}
        return np.isin(self._regions, sorted(regions))

    def _in_place(self, words: tuple[str, ...], columns: Columns) -> BoolArray:
        """What rules have at work, and what has been there since before the run."""
        result = np.asarray(self.at_work[[PLACES[word] for word in words], columns].any(axis=0))
        councils = self._country.councils[columns]
        if "trust company" in words:
            result |= self._state.contracted[columns] > 0.0
        if "commissioner" in words:
            result |= np.array([one.commissioner_in_post for one in councils])
        if "peer team" in words:
            result |= np.array([one.partner_in_post and not one.committed for one in councils])
        if "sponsor takeover" in words:
            result |= np.array([one.partner_in_post and one.committed for one in councils])
        return result

    # -- numbers --------------------------------------------------------------------------------

    def _months_since_judgement(self, columns: Columns) -> Array:
        return (self._country.env.now - self._reported[columns]) / DAYS_A_MONTH

    def _months_inadequate(self, columns: Columns) -> Array:
        return (self._country.env.now - self._opened[columns]) / DAYS_A_MONTH

    def _agency_share(self, columns: Columns) -> Array:
        s = self._state
        permanent = s.experienced[columns] + s.newly_qualified[columns]
        agency = s.agency[columns]
        return np.asarray(agency / np.maximum(agency + permanent, 1e-9))

    def _vacancy(self, columns: Columns) -> Array:
        s = self._state
        permanent = s.experienced[columns] + s.newly_qualified[columns]
        vacant = np.maximum(s.posts[columns] - permanent, 0.0)
        return np.asarray(vacant / np.maximum(vacant + permanent, 1e-9))

    def _spending_cut(self, columns: Columns) -> Array:
        before = self._early_help[0][columns]
        return 1.0 - self._state.early_help[columns] / np.maximum(before, 1e-9)


_NUMBERS: Mapping[str, Callable[[Facts, Columns], Array]] = {
    "months_since_judgement": Facts._months_since_judgement,
    "months_inadequate": Facts._months_inadequate,
    "monitoring_reading": lambda facts, columns: facts._reading[columns],
    "monitoring_trend": lambda facts, columns: facts._trend[columns],
    "agency_share": Facts._agency_share,
    "vacancy": Facts._vacancy,
    "caseload": lambda facts, columns: facts._state.caseload[columns],
    "spending_cut": Facts._spending_cut,
    "deprivation": lambda facts, columns: facts._deprivation[columns],
}


def _within(bounds: Bounds, values: Array) -> BoolArray:
    """Where numbers are as they must be; not where they are not known."""
    result = ~np.isnan(values)
    if bounds.above is not None:
        result &= values > bounds.above
    if bounds.below is not None:
        result &= values < bounds.below
    if bounds.at_least is not None:
        result &= values >= bounds.at_least
    if bounds.at_most is not None:
        result &= values <= bounds.at_most
    return np.asarray(result)


def _one_of(values: np.ndarray, codes: list[int]) -> BoolArray:
    result = values == codes[0]
    for code in codes[1:]:
        result |= values == code
    return np.asarray(result)
