"""The scorecard of a back-test, and its folder of tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sim import __version__
from sim.inputs.councils.baseline import baseline
from sim.results.backtest_folder import BacktestFolder
from sim.results.identity import seeds_sha256
from sim.results.metadata import FORMAT, RECORD, record_bytes, sealed
from sim.results.summary_tables import write_csv
from sim.units import GRADES, Array
from sim.validation.council_scores import CouncilScore
from sim.validation.histories import History
from sim.validation.measures.bars import Measure, measures
from sim.validation.measures.council_ratios import CouncilRatio, council_ratios
from sim.validation.measures.coverage import CoveredShare, Figure, coverage
from sim.validation.measures.group_scores import GroupScore, group_scores
from sim.validation.measures.rivals import LATENT, PAST_CHANGES
from sim.validation.measures.sharpness import (
    IntervalWidth,
    ScoredFigure,
    SkillRatio,
    interval_widths,
    skill_ratios,
)
from sim.validation.measures.transitions import TransitionCell, TransitionTable
from sim.validation.patterns import Pattern
from sim.validation.published import FIRST_DAY, LAST_DAY, NATIONAL, PublishedData, return_day
from sim.validation.replay import Countries, month_end
from sim.validation.scores import LEVELS, Forecast, position
from sim.validation.targets import Target, Window

FITTED_YEARS, TESTED_YEARS = "fitted", "tested"
_WINDOWS = {False: FITTED_YEARS, True: TESTED_YEARS}
_BANDS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
_BAND_COLUMNS = tuple(f"p{100 * q:04.1f}" for q in _BANDS)
# Flows are shown over twelve months; the others as they stand at each month's end.
_YEARLY = ("referrals",)
# Of councils of the start that are still there: their lowest and highest grade.
_GRADED = {"councils_inadequate": (1, 1), "councils_good_or_better": (3, 4)}
_FANS = (
    *_GRADED,
    *("agency_rate", "vacancy_rate", "caseload"),
    *("referrals", "children_in_need", "protection_plans", "children_looked_after"),
)

Row = tuple[object, ...]
_TRUTHS = ("met", "judging")


@dataclass(frozen=True)
class ScoredTarget:
    """One figure of England, what the model made of it, and the naive forecasts (None where
    one cannot be made).

    `tested` says that the figure became known only in the test window. `sample` (N,) is what each
    country gives, NaN for none; `rivals` are further forecasts of figures of the test window.
    """

    start: date
    target: Target
    tested: bool
    model: Forecast
    no_change: Forecast | None
    drift: Forecast | None
    sample: Array = field(repr=False)
    rivals: Mapping[str, Forecast] = field(default_factory=dict, repr=False)

    @property
    def with_spread(self) -> dict[str, Forecast]:
        """The rivals that give more than one value, by name."""
        chained = "drift" if self.target.series else "chain"
        naive = {"no change": self.no_change, chained: self.drift}
        given = {name: f for name, f in naive.items() if f is not None and len(f.sample) > 1}
        return {**given, **self.rivals}

    @property
    def lost_to(self) -> list[str]:
        """The naive forecasts whose CRPS is better than the model's."""
        naive = (("no change", self.no_change), ("drift", self.drift))
        return [name for name, f in naive if f is not None and f.score < self.model.score]


@dataclass(frozen=True)
class Scorecard:
    """How the model did against what was published, from every start.

    `countries` are the simulated ones by start; `patterns` is empty unless the first day of
    the record is a start. `sets` (their number), `seed`, `tested` and `until` are as given.
    """

    england: list[ScoredTarget]
    councils: list[CouncilScore]
    transitions: list[TransitionTable]
    patterns: list[Pattern]
    countries: Mapping[date, Countries] = field(repr=False)
    sets: int
    seed: int
    tested: Window
    until: date | None

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The scores as frames, in full precision.

        "scorecard" has a row a figure of England, "councils" a quantity of councils,
        "council_groups" a quantity and group of councils, "patterns" a pattern. "measures" has a
        row a measure of how good the test is, and what each is made from is in "calibrated",
        "sharp", "council_ratios" and "transitions"; "widths" tells how wide intervals are.
        """
        tested = [row for row in self.england if row.tested]
        covered = coverage(
            [Figure(r.start, r.target.group, r.sample, r.target.observed) for r in tested]
        )
        scored = [_figure(row) for row in tested]
        skills = skill_ratios(scored)
        ratios = list(council_ratios(self.councils))
        judged = measures(covered, skills, ratios, self.transitions)
        cells = (cell for table in self.transitions for cell in table.cells)
        return {
            "measures": _frame(judged, Measure._fields),
            "calibrated": _frame(covered, CoveredShare._fields),
            "sharp": _frame(skills, SkillRatio._fields),
            "widths": _frame(interval_widths(scored), IntervalWidth._fields),
            "council_ratios": _frame(ratios, CouncilRatio._fields),
            "transitions": _frame(cells, TransitionCell._fields),
            "scorecard": pd.DataFrame(map(_score_row, self.england)),
            "councils": pd.DataFrame(map(_council_row, self.councils)),
            "council_groups": pd.DataFrame(
                group_scores(self.councils, self.seed), columns=GroupScore._fields
            ),
            "patterns": pd.DataFrame(map(_pattern_row, self.patterns), columns=_PATTERN_COLUMNS),
        }

    def write(self, folder: Path) -> BacktestFolder:
        """Write the tables into a folder and open it.

        Beside `tables`, positions.csv says where observed values fell in the samples, fans.csv
        what the model gives by month, observed.csv what was published. `until` adds three
        tables a start of what is predicted to that day. record.json says what the back-test
        was made from.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self.tables.items():
            write_csv(folder / f"{name}.csv", [*table], table.itertuples(index=False))
        columns: Sequence[str] = ("start", "window", "of", "quantity", "position")
        write_csv(folder / "positions.csv", columns, _positions(self))
        columns = ("start", "series", "date", *_BAND_COLUMNS)
        write_csv(folder / "fans.csv", columns, _fans(self.countries))
        columns = ("start", "series", "date", "value")
        write_csv(folder / "observed.csv", columns, _observed(self.countries))
        if self.until is not None:
            for countries in self.countries.values():
                write_long_run(folder, countries)
        metadata: dict[str, object] = {
            "format": FORMAT,
            "kind": "backtest",
            "version": __version__,
            "sets": self.sets,
            "seed": self.seed,
            "tested_after": self.tested.after.isoformat(),
            "tested_until": self.tested.until.isoformat(),
            "seeds_sha256": seeds_sha256(),
        }
        files = (f"{name}.csv" for name in (*self.tables, "positions", "fans", "observed"))
        metadata = sealed(metadata, folder, files)
        (folder / RECORD).write_bytes(record_bytes(metadata))
        return BacktestFolder(folder, metadata)


def _frame(rows: Iterable[tuple[object, ...]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a frame; truths are 1 and 0, as elsewhere in these tables."""
    frame = pd.DataFrame(rows, columns=[*columns])
    return frame.astype({name: int for name in _TRUTHS if name in columns})


def _figure(row: ScoredTarget) -> ScoredFigure:
    scores = {name: forecast.score for name, forecast in row.with_spread.items()}
    return ScoredFigure(row.start, row.target, row.model.score, scores, row.model.sample)


def _score_row(row: ScoredTarget) -> dict[str, object]:
    target, model = row.target, row.model
    bounds: dict[str, float] = {}
    for level in LEVELS:
        bounds[f"low{100 * level:.0f}"], bounds[f"high{100 * level:.0f}"] = model.interval(level)
    return {
        "start": row.start,
        "window": _WINDOWS[row.tested],
        "group": target.group,
        "figure": target.label,
        "unit": target.unit,
        "since": target.since,
        "until": target.until,
        "observed": target.observed,
        "median": model.median,
        **bounds,
        **{f"inside{100 * level:.0f}": int(model.covers(level)) for level in LEVELS},
        "crps": model.score,
        "crps_no_change": row.no_change.score if row.no_change else math.nan,
        "crps_drift": row.drift.score if row.drift else math.nan,
        **{
            f"crps_{name.replace(' ', '_')}": row.rivals[name].score
            if name in row.rivals
            else math.nan
            for name in (PAST_CHANGES, LATENT)
        },
        "lost_to": " and ".join(row.lost_to),
        "source": target.source,
    }


def _council_row(score: CouncilScore) -> dict[str, object]:
    return {
        "start": score.start,
        "quantity": score.quantity,
        "unit": score.unit,
        "councils": score.count,
        "model": score.model,
        "no_change": score.no_change,
        "drift": score.drift,
        **{f"inside{100 * level:.0f}": score.inside.get(level, math.nan) for level in LEVELS},
        **{
            f"usual{100 * level:.0f}_{end}": score.usual[level][k] if score.usual else math.nan
            for level in LEVELS
            for k, end in enumerate(("low", "high"))
        },
    }


_PATTERN_COLUMNS = ["pattern", "observed", "median", "low95", "high95", "emerges", "note"]


def _pattern_row(pattern: Pattern) -> Row:
    emerges = "yes" if pattern.emerges else "no"
    middle = (pattern.observed, pattern.median, *pattern.interval)
    return (pattern.name, *middle, emerges, pattern.note)


def _positions(card: Scorecard) -> Iterator[Row]:
    for row in card.england:
        at = float(position(row.model.sample, row.model.observed))
        yield row.start, _WINDOWS[row.tested], "England", row.target.label, at
    for score in card.councils:
        for at in score.positions.tolist():
            yield score.start, _WINDOWS[True], "councils", score.quantity, at


def _fans(by_start: Mapping[date, Countries]) -> Iterator[Row]:
    for start, countries in by_start.items():
        for name in _FANS:
            if name in _GRADED:
                values = _councils_graded(countries, *_GRADED[name])
            else:
                values = countries.national[name]
            if name in _YEARLY:
                values = _over_twelve_months(values)
            bands = np.quantile(values, _BANDS, axis=0)
            for k, month in enumerate(countries.months):
                if np.isfinite(bands[:, k]).all():
                    yield start, name, date.fromordinal(int(month)), *bands[:, k]


def _councils_graded(countries: Countries, lowest: int, highest: int) -> Array:
    """Councils still there with such grades at each month's end, (N, months)."""
    days = countries.months.tolist()
    counts = [countries.each(History.councils_with, day, lowest, highest) for day in days]
    return np.stack(counts, axis=1)


def _over_twelve_months(values: Array) -> Array:
    """The mean of each month and the eleven before it; NaN for the first eleven."""
    total = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    mean = np.full_like(values, np.nan)
    if values.shape[1] >= 12:
        mean[:, 11:] = (total[:, 12:] - total[:, :-12]) / 12.0
    return mean


def _observed(starts: Iterable[date]) -> Iterator[Row]:
    """Grades at the end of each month, of the councils of each start; yearly series of England."""
    published = PublishedData()
    years = range(FIRST_DAY.year, LAST_DAY.year + 1)
    ends = [month_end(date(year, month, 1)) for year in years for month in range(1, 13)]
    for start in starts:
        history = published.history(start)
        for name, (lowest, highest) in _GRADED.items():
            for day in ends:
                if start < day <= LAST_DAY:
                    yield start, name, day, history.councils_with(day.toordinal(), lowest, highest)
        for name in _FANS:
            if name in NATIONAL:
                for year, value in published.national(name).items():
                    day = return_day(name, year)
                    if day >= start:
                        yield start, name, day, value


# -- beyond the published record ---------------------------------------------------------------


def write_long_run(folder: Path, countries: Countries) -> None:
    """Write what the model predicts by year and council, and every spell.

    No outcome is known here: these files are for a test against facts kept elsewhere. Councils
    known to have been abolished are left out from that day on.
    """
    names = baseline(countries.start).names
    columns: Sequence[str] = (
        *("year", "la_name", "inadequate", "requires_improvement", "good", "outstanding"),
        *("inspections", "agency_p05", "agency_p50", "agency_p95"),
        *("caseload_p05", "caseload_p50", "caseload_p95"),
    )
    start = countries.start.isoformat()
    rows: Iterable[Row] = _by_council(countries, names)
    write_csv(folder / f"long-run-councils-{start}.csv", columns, rows)
    columns = ("nation", "la_name", "began", "ended", "exit_grade")
    rows = (
        (number, names[s.council], _day(s.began), _day(s.ended), s.grade or "")
        for number, history in enumerate(countries.histories, start=1)
        for s in history.spells
    )
    write_csv(folder / f"long-run-spells-{start}.csv", columns, rows)
    columns = ("year", "quantity", *_BAND_COLUMNS)
    write_csv(folder / f"long-run-england-{start}.csv", columns, _by_year(countries))


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat() if ordinal else ""


def _by_council(countries: Countries, names: Sequence[str]) -> Iterator[Row]:
    for day in countries.years.tolist():
        grades = np.stack([history.grades_on(day) for history in countries.histories])
        shares = [(grades == grade).mean(axis=0) for grade in (1, 2, 3, 4)]
        inspections = np.mean([_inspections(h, day) for h in countries.histories], axis=0)
        year = date.fromordinal(day).year
        agency, caseload = (
            np.quantile(countries.council_year(series, year), (0.05, 0.5, 0.95), axis=0)
            for series in ("agency_rate", "caseload")
        )
        table = np.stack([*shares, inspections, *agency, *caseload], axis=1)
        there = countries.histories[0].there_on(day)
        for name, row, is_there in zip(names, table.tolist(), there.tolist(), strict=True):
            if is_there:
                yield year, name, *row


def _inspections(history: History, day: int) -> Array:
    councils = history.council[history.within(day - 365, day)]
    return np.bincount(councils, minlength=len(history.opening)).astype(np.float64)


def _by_year(countries: Countries) -> Iterator[Row]:
    for day in countries.years.tolist():
        year, year_before = date.fromordinal(day).year, day - 365
        samples = {
            f"councils {name}": countries.each(History.councils_with, day, grade, grade)
            for grade, name in {0: "none", **GRADES}.items()
        }
        samples |= {
            "inspections published": countries.each(History.inspections, year_before, day),
            "exits from inadequate": countries.each(History.exits, year_before, day),
        }
        samples |= {
            name.replace("_", " "): countries.level(name, date(year, 3, 31))
            for name in ("agency_rate", "vacancy_rate", "caseload", "children_looked_after")
        }
        for quantity, sample in samples.items():
            yield year, quantity, *np.quantile(sample, _BANDS)
