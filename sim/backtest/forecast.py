"""What the model predicts beyond the record: for a test against facts kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from sim.backtest import histories as ask
from sim.backtest.histories import History
from sim.backtest.replay import Countries
from sim.inputs.councils.tables import FloatArray
from sim.results.summary_tables import rounded, write_csv

_BANDS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def write_long_run(folder: Path, countries: Countries, names: Sequence[str]) -> None:
    """Write what the model predicts by year and council, and every spell.

    No outcome is known here: these files are for a test against facts kept elsewhere.
    """
    mark = f"{countries.start:%Y-%m-%d}"
    columns = (
        *("year", "la_name", "inadequate", "requires_improvement", "good", "outstanding"),
        *("inspections", "agency_p05", "agency_p50", "agency_p95"),
        *("caseload_p05", "caseload_p50", "caseload_p95"),
    )
    write_csv(folder / f"long-run-councils-{mark}.csv", columns, _by_council(countries, names))
    rows = (
        (number, names[s.council], _day(s.began), _day(s.ended), s.grade or "")
        for number, history in enumerate(countries.histories, start=1)
        for s in history.spells
    )
    write_csv(folder / f"long-run-spells-{mark}.csv", _SPELL_COLUMNS, rows)
    bands = ("year", "quantity", *(f"p{100 * q:04.1f}" for q in _BANDS))
    write_csv(folder / f"long-run-england-{mark}.csv", bands, _of_england(countries))


_SPELL_COLUMNS = ("nation", "la_name", "began", "ended", "exit_grade")


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat() if ordinal else ""


def _by_council(countries: Countries, names: Sequence[str]) -> Iterator[tuple[object, ...]]:
    for day in countries.years.tolist():
        grades = np.stack([ask.grades_on(h, day) for h in countries.histories])
        share = [(grades == grade).mean(axis=0) for grade in (1, 2, 3, 4)]
        seen = np.mean([_inspected(h, day) for h in countries.histories], axis=0)
        year = date.fromordinal(day).year
        agency = np.quantile(countries.council_year("agency_rate", year), (0.05, 0.5, 0.95), axis=0)
        cases = np.quantile(countries.council_year("caseload", year), (0.05, 0.5, 0.95), axis=0)
        for c, name in enumerate(names):
            figures = [s[c] for s in share] + [seen[c], *agency[:, c], *cases[:, c]]
            yield year, name, *rounded(*map(float, figures))


def _inspected(history: History, day: int) -> FloatArray:
    mine = history.within(day - 365, day)
    return np.bincount(history.council[mine], minlength=len(history.opening)).astype(np.float64)


def _of_england(countries: Countries) -> Iterator[tuple[object, ...]]:
    for day in countries.years.tolist():
        year = date.fromordinal(day).year
        for grade, name in enumerate(("none", *_GRADES)):
            sample = [ask.councils_with(h, day, grade, grade) for h in countries.histories]
            yield year, f"councils {name}", *rounded(*np.quantile(sample, _BANDS))
        sample = [ask.published(h, day - 365, day) for h in countries.histories]
        yield year, "inspections published", *rounded(*np.quantile(sample, _BANDS))
        sample = [ask.exits(h, day - 365, day) for h in countries.histories]
        yield year, "exits from inadequate", *rounded(*np.quantile(sample, _BANDS))
        for name in ("agency_rate", "vacancy_rate", "caseload", "children_looked_after"):
            level = countries.level(name, date(year, 3, 31))
            yield year, name.replace("_", " "), *rounded(*np.quantile(level, _BANDS))


_GRADES = ("inadequate", "requires improvement", "good", "outstanding")
