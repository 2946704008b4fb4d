"""Patterns of the record that no target of the fit asks for: do they emerge by themselves?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from sim.inputs.councils.baseline import baseline
from sim.units import DAYS_A_YEAR, Array, IntArray
from sim.validation.histories import History
from sim.validation.published import FIRST_DAY, LAST_DAY, PublishedData
from sim.validation.replay import Countries
from sim.validation.targets import observed_change, predicted_change


@dataclass(frozen=True)
class Pattern:
    """One pattern: as published (NaN where the seeds cannot tell), and in each country.

    It emerges when the countries' median has the sign, or lies on the side, that the record
    or the evidence gives; `note` says which.
    """

    name: str
    observed: float
    sample: Array
    note: str
    above: float = -np.inf
    below: float = np.inf

    @property
    def emerges(self) -> bool:
        """Whether the median lies between `above` and `below`."""
        return self.above < self.median < self.below

    @property
    def median(self) -> float:
        """The middle of the countries."""
        return float(np.nanmedian(self.sample))

    @property
    def interval(self) -> tuple[float, float]:
        """Their central 95 %."""
        low, high = np.nanquantile(self.sample, (0.025, 0.975))
        return float(low), float(high)


def patterns(published: PublishedData, countries: Countries) -> list[Pattern]:
    """Every pattern, for countries that start on the first day of the record."""
    history, end = published.whole_history, LAST_DAY.toordinal()
    relapses = Pattern(
        "share of exits followed by another inadequate judgement",
        _relapses(history, end),
        countries.each(_relapses, end),
        "under 0.2",
        below=0.2,
    )
    return [
        *_surges(published, countries),
        *_staff_before_and_after(published, countries),
        *_tenure(published, countries),
        relapses,
        *_places(history, countries),
    ]


def _surges(published: PublishedData, countries: Countries) -> Iterator[Pattern]:
    """Referrals and plans jump after the judgement; referrals fade within four years."""
    for name in ("referrals", "protection_plans"):
        changes = {
            later: _change(published, countries, name, True, 0, later) for later in (1, 2, 3, 4)
        }
        for later, (observed, sample) in changes.items():
            words = f"{name.replace('_', ' ')}, log change to year {later} after failure"
            if later < 4:
                yield Pattern(words, observed, sample, "a surge: above 0.02", above=0.02)
            else:
                second = float(np.nanmedian(changes[2][1]))
                yield Pattern(words, observed, sample, "faded: below year 2", below=second)


def _staff_before_and_after(published: PublishedData, countries: Countries) -> Iterator[Pattern]:
    """Agency and vacancy rates rise before the judgement and again after it."""
    for name in ("agency_rate", "vacancy_rate"):
        for earlier, later, when in (
            (-1, 0, "in the year before failure"),
            (0, 1, "to the first year after failure"),
        ):
            words = f"{name.replace('_', ' ')}, change {when}"
            change = _change(published, countries, name, False, earlier, later)
            yield Pattern(words, *change, "a rise: above 0.005", above=0.005)


def _change(
    published: PublishedData,
    countries: Countries,
    name: str,
    logs: bool,
    earlier: int,
    later: int,
) -> tuple[float, Array]:
    """How a series moved at councils that failed: as published, and in each country."""
    return (
        observed_change(published, published.whole_history, name, logs, earlier, later),
        predicted_change(name, logs, earlier, later, countries),
    )


def _tenure(published: PublishedData, countries: Countries) -> Iterator[Pattern]:
    """Directors had been in post for a shorter time where the first result was inadequate."""
    there = published.tables.on(FIRST_DAY)
    table = there["directors"]
    council = there.column_of(table["dfe_code"])
    report, since = table["still_in_post"], table["in_post_since"]
    new = (report - since) < DAYS_A_YEAR
    history = published.whole_history
    grade = np.array(
        [history.grades_on(day)[c] for c, day in zip(council, report.tolist(), strict=True)]
    )
    in_post = baseline(FIRST_DAY).director_since
    bad = countries.each(partial(_new_directors, in_post, (1,)))
    good = countries.each(partial(_new_directors, in_post, (3, 4)))
    words = "share of directors under a year in post, first result"
    yield Pattern(
        f"{words} inadequate",
        float(new[grade == 1].mean()),
        bad,
        "higher than where good",
        above=float(np.nanmedian(good)),
    )
    yield Pattern(
        f"{words} good or better",
        float(new[grade >= 3].mean()),
        good,
        "lower than where inadequate",
        below=float(np.nanmedian(bad)),
    )


def _new_directors(in_post: IntArray, grades: tuple[int, ...], history: History) -> float:
    """The share of councils with a director under a year in post at their first judgement,
    where that was one of some grades. `in_post` (C,) is the day the first director came."""
    changes = history.director_changes
    new = []
    for k in np.flatnonzero((history.previous_grade == 0) & np.isin(history.grade, grades)):
        council, day = int(history.council[k]), int(history.day[k])
        days = changes[(changes[:, 1] == council) & (changes[:, 0] < day), 0]
        since = int(days[-1]) if len(days) else int(in_post[council])
        new.append(day - since < DAYS_A_YEAR)
    return float(np.mean(new)) if new else float("nan")


def _relapses(history: History, end: int) -> float:
    """Of the spells that ended, the share whose council failed again by the end."""
    ended = [s for s in history.spells if s.ended and s.ended < end]
    if not ended:
        return float("nan")
    begun = {(s.council, s.began) for s in history.spells if s.began <= end}
    return float(np.mean([any(c == s.council and b > s.ended for c, b in begun) for s in ended]))


def _places(history: History, countries: Countries) -> Iterator[Pattern]:
    """Deprived councils, and those that spend little on early help, get lower first grades."""
    b = baseline(FIRST_DAY)
    words = "rank correlation of first grade with"
    deprivation = partial(_rank_correlation, b.idaci)
    sample = countries.each(deprivation)
    note = "below 0 (evidence F12, F13)"
    yield Pattern(f"{words} deprivation", deprivation(history), sample, note, below=-0.02)
    spending = partial(_rank_correlation, b.spend_early_help / b.population)
    sample = countries.each(spending)
    note = "above 0 (evidence F12; F14 finds none)"
    yield Pattern(f"{words} early-help spending", spending(history), sample, note, above=0.02)


def _rank_correlation(measure: Array, history: History) -> float:
    """Spearman's, over councils, of a measure (C,) and the grade of the first judgement."""
    first = history.previous_grade == 0
    grades, values = history.grade[first], measure[history.council[first]]
    from scipy.stats import rankdata  # imported here: slow to load

    return float(np.corrcoef(rankdata(grades), rankdata(values))[0, 1])
