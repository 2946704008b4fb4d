"""Patterns of the record that no figure of the fit asks for: do they emerge by themselves?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from sim.backtest import histories as ask
from sim.backtest.histories import YEAR, History
from sim.backtest.published import FIRST_DAY, LAST_DAY, PublishedData, return_day
from sim.backtest.replay import Countries
from sim.backtest.target_series import FIRST_RETURN, scaled
from sim.inputs.councils.baseline import baseline
from sim.inputs.councils.tables import FloatArray, IntArray


@dataclass(frozen=True)
class Pattern:
    """One pattern: in the record (NaN where the seeds cannot tell), and in each country.

    It emerges when the countries' median has the sign, or lies on the side, that the record
    or the evidence gives; `note` says which.
    """

    name: str
    observed: float
    sample: FloatArray
    emerges: bool
    note: str

    @property
    def median(self) -> float:
        """The middle of the countries."""
        return float(np.nanmedian(self.sample))

    @property
    def interval(self) -> tuple[float, float]:
        """Their central 95 %."""
        low, high = np.nanquantile(self.sample, (0.025, 0.975))
        return float(low), float(high)


def patterns(record: PublishedData, countries: Countries) -> list[Pattern]:
    """Every pattern, for countries that start on the first day of the record."""
    history = record.history(FIRST_DAY)
    found = [*_surges(record, history, countries), *_before(record, history, countries)]
    found += _tenure(record, history, countries)
    end = LAST_DAY.toordinal()
    relapse = np.array([_relapses(h, end) for h in countries.histories])
    name = "share of exits followed by another inadequate judgement"
    found.append(_pattern(name, _relapses(history, end), relapse, "under 0.2", below=0.2))
    return [*found, *_places(history, countries)]


def _pattern(
    name: str,
    observed: float,
    sample: FloatArray,
    note: str,
    *,
    above: float = -np.inf,
    below: float = np.inf,
) -> Pattern:
    return Pattern(name, observed, sample, above < float(np.nanmedian(sample)) < below, note)


def _surges(record: PublishedData, history: History, countries: Countries) -> Iterator[Pattern]:
    """Referrals and plans jump after the judgement; referrals fade within four years."""
    for name in ("referrals", "protection_plans"):
        for later in (1, 2, 3, 4):
            observed, sample = _jumps(record, history, countries, name, True, 0, later)
            words = f"{name.replace('_', ' ')}, log change to year {later} after failure"
            if later < 4:
                yield _pattern(words, observed, sample, "a surge: above 0.02", above=0.02)
                continue
            first = float(np.nanmedian(_jumps(record, history, countries, name, True, 0, 2)[1]))
            rule = "faded: below year 2"
            yield _pattern(words, observed, sample, rule, below=first)


def _before(record: PublishedData, history: History, countries: Countries) -> Iterator[Pattern]:
    """Agency and vacancy rates rise before the judgement and again after it."""
    for name in ("agency_rate", "vacancy_rate"):
        words = name.replace("_", " ")
        observed, sample = _jumps(record, history, countries, name, False, -1, 0)
        told = f"{words}, change in the year before failure"
        yield _pattern(told, observed, sample, "a rise: above 0.005", above=0.005)
        observed, sample = _jumps(record, history, countries, name, False, 0, 1)
        told = f"{words}, change to the first year after failure"
        yield _pattern(told, observed, sample, "a rise: above 0.005", above=0.005)


def _jumps(
    record: PublishedData,
    history: History,
    countries: Countries,
    name: str,
    logs: bool,
    earlier: int,
    later: int,
) -> tuple[float, FloatArray]:
    years, values = record.councils(name)
    days = np.array([return_day(name, int(year)).toordinal() for year in years])
    use = days >= FIRST_RETURN.toordinal()
    observed = ask.jump(history, days[use], scaled(values[use], logs), earlier, later)
    mine = countries.years >= FIRST_RETURN.toordinal()
    own = scaled(countries.councils[name][:, mine], logs)
    sample = [
        ask.jump(h, countries.years[mine], own[k], earlier, later)
        for k, h in enumerate(countries.histories)
    ]
    return observed, np.array(sample)


def _tenure(record: PublishedData, history: History, countries: Countries) -> Iterator[Pattern]:
    """Directors had been in post for a shorter time where the first result was inadequate."""
    table = record.tables["directors"]
    council = record.tables.column_of(table.ints("dfe_code"))
    report, since = table.ints("still_in_post"), table.ints("in_post_since")
    new = (report - since) < YEAR
    grade = np.array(
        [ask.grades_on(history, int(day))[c] for c, day in zip(council, report, strict=True)]
    )
    in_post = baseline(FIRST_DAY).director_since
    shares = np.array([_new_directors(h, in_post) for h in countries.histories])
    bad, good = shares[:, 0], shares[:, 1]
    told = "share of directors under a year in post, first result"
    yield _pattern(
        f"{told} inadequate",
        float(new[grade == 1].mean()),
        bad,
        "higher than where good",
        above=float(np.nanmedian(good)),
    )
    yield _pattern(
        f"{told} good or better",
        float(new[grade >= 3].mean()),
        good,
        "lower than where inadequate",
        below=float(np.nanmedian(bad)),
    )


def _new_directors(history: History, in_post: IntArray) -> tuple[float, float]:
    """Shares of councils with a director under a year in post at their first judgement, where
    that was inadequate and where it was good or better."""
    first = np.flatnonzero(history.before == 0)
    since = {int(c): int(day) for c, day in enumerate(in_post)}
    changes = history.director_changes
    new: dict[bool, list[bool]] = {True: [], False: []}
    for k in first:
        council, day, grade = int(history.council[k]), int(history.day[k]), int(history.grade[k])
        if grade == 2:
            continue
        mine = changes[(changes[:, 1] == council) & (changes[:, 0] < day), 0]
        came = int(mine[-1]) if len(mine) else since[council]
        new[grade == 1].append(day - came < YEAR)
    return _mean(new[True]), _mean(new[False])


def _mean(values: list[bool]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _relapses(history: History, end: int) -> float:
    """Of the spells that ended, the share whose council failed again by the end."""
    ended = [s for s in history.spells if s.ended and s.ended < end]
    if not ended:
        return float("nan")
    again = {(s.council, s.began) for s in history.spells if s.began <= end}
    return float(np.mean([any(c == s.council and b > s.ended for c, b in again) for s in ended]))


def _places(history: History, countries: Countries) -> Iterator[Pattern]:
    """Deprived councils, and those that spend little on early help, get lower first grades."""
    b = baseline(FIRST_DAY)
    told = "rank correlation of first grade with"
    by = [_rank_correlation(h, b.idaci) for h in countries.histories]
    observed = _rank_correlation(history, b.idaci)
    note = "below 0 (evidence F12, F13)"
    yield _pattern(f"{told} deprivation", observed, np.array(by), note, below=-0.02)
    spend = b.spend_early_help / b.population
    by = [_rank_correlation(h, spend) for h in countries.histories]
    observed = _rank_correlation(history, spend)
    note = "above 0 (evidence F12; F14 finds none)"
    yield _pattern(f"{told} early-help spending", observed, np.array(by), note, above=0.02)


def _rank_correlation(history: History, measure: FloatArray) -> float:
    """Spearman's, over councils, of the grade of the first judgement."""
    first = history.before == 0
    grades, values = history.grade[first], measure[history.council[first]]
    return float(np.corrcoef(rankdata(grades), rankdata(values))[0, 1])
