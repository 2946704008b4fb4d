"""The answer: three large numbers for each regime, the picture, two sentences, where time goes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.inputs.metrics import HEADLINE, METRICS, listed_metrics
from sim.report.explorer.interval_rows import IntervalRow, RowsPicture, rows_picture, widths
from sim.report.explorer.intervention_bills import FILE as COST_FILE
from sim.report.explorer.intervention_bills import PARTS, TITLE, WHOLE, write_cost
from sim.report.words.prose import (
    CitedNumber,
    Sentence,
    TableCell,
    cite,
    decimals,
    listed,
    say,
    with_sign,
)
from sim.report.words.prose import number as number_text
from sim.results.run_folder import Run, label, one

YEARS = "inadequate_council_years"
_DAYS_A_YEAR = 365.25
_LEAST_DRAWN = 0.005  # of the longest bar: a stage that takes less in every regime is left out


@dataclass(frozen=True)
class AnswerMeasure:
    """One of the three large numbers: where its figures stand, and how it is told.

    `file` holds its means and ranges, `differences_file` how it differs, both in the row of a
    scenario and `where`; `scale` turns a cell into the shown figure, which stands between
    `before` and `unit`. `opening` and `closing` make a sentence of it.
    """

    name: str
    title: str
    before: str
    unit: str
    scale: float
    file: str
    differences_file: str
    where: tuple[tuple[str, str], ...]
    fewer: str
    more: str
    opening: str
    closing: str

    @property
    def whole_unit(self) -> str:
        """The unit of a figure that stands alone: "£ million a year"."""
        return f"{self.before} {self.unit}".strip()


@dataclass(frozen=True)
class BigNumber:
    """A regime's figure for a measure, its range over runs, and how it differs ("" for the
    baseline)."""

    measure: AnswerMeasure
    value: CitedNumber
    low: CitedNumber
    high: CitedNumber
    difference: Sentence


@dataclass(frozen=True)
class RegimeCard:
    """One regime with its large numbers."""

    scenario: str
    label: str
    about: str
    numbers: tuple[BigNumber, ...]


@dataclass(frozen=True)
class BarCell:
    """A number with a bar of so many per cent of the longest in its table."""

    figure: CitedNumber
    width: float


@dataclass(frozen=True)
class BarTable:
    """A table whose every cell has a bar: rows are named, columns are the regimes."""

    caption: str
    rows: tuple[tuple[str, tuple[BarCell, ...]], ...]


@dataclass(frozen=True)
class AnswerView:
    """All that the view of the answer says."""

    cards: tuple[RegimeCard, ...]
    pictures: tuple[RowsPicture, ...]
    sentences: tuple[Sentence, ...]
    time: BarTable
    money: BarTable


def answer_view(run: Run) -> AnswerView:
    """The view; puts the table of costs into the run folder."""
    cost = write_cost(run)
    measures = measures_of(run)
    tables = {"summary.csv": run.summary, "comparison.csv": run.comparison, COST_FILE: cost}
    cards = tuple(
        RegimeCard(
            *(name, label(name), str(run.plans[name].get("description", ""))),
            tuple(_big_number(run, tables, measure, name) for measure in measures),
        )
        for name in run.scenarios
    )
    return AnswerView(
        cards=cards,
        pictures=tuple(_picture(run, tables, measure) for measure in measures),
        sentences=tuple(_sentence(run, tables, measure) for measure in measures[:2]),
        time=_time(run),
        money=_money(run, cost),
    )


def measures_of(run: Run) -> tuple[AnswerMeasure, ...]:
    """Children under poor practice, what intervention costs and years in failure."""
    years = (run.end - run.start).days / _DAYS_A_YEAR
    return (
        AnswerMeasure(
            *("children", "Children under poor practice", ""),
            *("thousand on an average day", 0.001 / years),
            *("summary.csv", "comparison.csv"),
            (("metric", HEADLINE),),
            *("fewer", "more", "Under {label} ", " thousand children are under poor practice"),
        ),
        AnswerMeasure(
            *("cost", TITLE, "£", "million a year", 1.0),
            *(COST_FILE, COST_FILE),
            (("part", WHOLE),),
            *("less", "more", "Intervention under {label} costs £", " million a year, with fines"),
        ),
        AnswerMeasure(
            *("years", "Years in failure", "", "council-years judged inadequate", 1.0),
            *("summary.csv", "comparison.csv"),
            (("metric", YEARS),),
            *("fewer", "more", "Councils are judged inadequate under {label} for ", " years"),
        ),
    )


def _cell(
    table: pd.DataFrame, file: str, measure: AnswerMeasure, scenario: str, column: str, **more: str
) -> CitedNumber:
    where = {"scenario": scenario, **more, **dict(measure.where)}
    value = one(table, column, **where)
    row = tuple(where.items())
    return CitedNumber(value, "", TableCell(file, row, column), measure.scale)


def _alike(figures: tuple[CitedNumber, ...], signed: bool = False) -> tuple[CitedNumber, ...]:
    """Figures with as many places as the largest of them needs."""
    values = [figure.scale * figure.value for figure in figures]
    places = decimals(values)
    write = with_sign if signed else number_text
    return tuple(
        CitedNumber(figure.value, write(value, places), figure.cell, figure.scale)
        for figure, value in zip(figures, values, strict=True)
    )


Tables = dict[str, pd.DataFrame]


def _big_number(run: Run, tables: Tables, measure: AnswerMeasure, scenario: str) -> BigNumber:
    table = tables[measure.file]
    value, low, high = _alike(
        tuple(
            _cell(table, measure.file, measure, scenario, column)
            for column in ("mean", "p05", "p95")
        )
    )
    return BigNumber(measure, value, low, high, _difference(run, tables, measure, scenario))


def _gap(
    run: Run, tables: Tables, measure: AnswerMeasure, scenario: str
) -> tuple[CitedNumber, ...]:
    """Mean difference from the baseline and the ends of its interval."""
    file = measure.differences_file
    more = {"baseline": run.baseline} if file == "comparison.csv" else {}
    return _alike(
        tuple(
            _cell(tables[file], file, measure, scenario, column, **more)
            for column in ("diff_mean", "ci95_low", "ci95_high")
        ),
        signed=True,
    )


def _verdict(low: CitedNumber, high: CitedNumber) -> int:
    """1 or -1 where the interval leaves out zero; 0 where it does not or is not known."""
    if not (math.isfinite(low.value) and math.isfinite(high.value)):
        return 0
    return int(low.value > 0) - int(high.value < 0)


def _difference(run: Run, tables: Tables, measure: AnswerMeasure, scenario: str) -> Sentence:
    if scenario == run.baseline:
        return say()
    mean, low, high = _gap(run, tables, measure, scenario)
    if not math.isfinite(mean.value):
        return say("No difference is known.")
    clear = "" if _verdict(low, high) else "; not clear"
    if not math.isfinite(low.value):
        return say(mean, f" against {label(run.baseline)}; too few runs for an interval")
    return say(
        mean, f" against {label(run.baseline)} (95% interval ", low, " to ", high, f"{clear})"
    )


def _picture(run: Run, tables: Tables, measure: AnswerMeasure) -> RowsPicture:
    rows = []
    for scenario in run.scenarios[1:]:
        mean, low, high = _gap(run, tables, measure, scenario)
        at, start, end = (figure.value * measure.scale for figure in (mean, low, high))
        rows.append(
            IntervalRow(label(scenario), at, start, end, say(mean, " (", low, " to ", high, ")"))
        )
    title = say(f"{measure.title}: difference from {label(run.baseline)}")
    return rows_picture(title, measure.whole_unit, rows)


def _sentence(run: Run, tables: Tables, measure: AnswerMeasure) -> Sentence:
    """What is clear of a measure, in one sentence."""
    base = _big_number(run, tables, measure, run.baseline).value
    opening = measure.opening.format(label=label(run.baseline))
    start = say(opening, base, measure.closing)
    if len(run.scenarios) == 1:
        return say(start, "; there is nothing to compare it with.")
    groups: dict[int, list[str]] = {-1: [], 0: [], 1: []}
    for scenario in run.scenarios[1:]:
        _, low, high = _gap(run, tables, measure, scenario)
        groups[_verdict(low, high)].append(label(scenario))
    parts = []
    if groups[-1]:
        parts.append(f"clearly {measure.fewer} under {listed(groups[-1])}")
    if groups[1]:
        parts.append(f"clearly {measure.more} under {listed(groups[1])}")
    if groups[0]:
        parts.append(f"no clear difference under {listed(groups[0], 'or')}")
    return say(start, "; ", "; ".join(parts), ".")


def _time(run: Run) -> BarTable:
    """Council-years inadequate by stage, a row a stage."""
    rows = []
    names = {name: METRICS[name].short for name in listed_metrics("phases")} | {YEARS: "Together"}
    values = {
        (metric, name): one(run.summary, "mean", scenario=name, metric=metric)
        for metric in names
        for name in run.scenarios
    }
    places = decimals(values.values())
    least = max(values.values()) * _LEAST_DRAWN
    bars = dict(zip(values, widths(values.values()), strict=True))
    for metric, title in names.items():
        cells = tuple(
            BarCell(
                cite(
                    values[metric, name],
                    *(places, "summary.csv", "mean", {"scenario": name, "metric": metric}),
                ),
                bars[metric, name],
            )
            for name in run.scenarios
        )
        if any(values[metric, name] > least for name in run.scenarios):
            rows.append((title, cells))
    return BarTable("Council-years inadequate by stage, mean of the runs", tuple(rows))


def _money(run: Run, cost: pd.DataFrame) -> BarTable:
    """What intervention costs and its parts, which add up to it."""
    return BarTable(
        "Intervention and its overspends, £ million a year, mean of the runs",
        tuple(_money_rows(run, cost)),
    )


def _money_rows(run: Run, cost: pd.DataFrame) -> Iterator[tuple[str, tuple[BarCell, ...]]]:
    names: dict[str, Any] = {**PARTS, WHOLE: "Together"}
    values = {
        (part, name): one(cost, "mean", scenario=name, part=part)
        for part in names
        for name in run.scenarios
    }
    places = decimals(values.values())
    bars = dict(zip(values, widths(values.values()), strict=True))
    for part, title in names.items():
        yield (
            title,
            tuple(
                BarCell(
                    cite(
                        values[part, name],
                        *(places, COST_FILE, "mean", {"scenario": name, "part": part}),
                    ),
                    bars[part, name],
                )
                for name in run.scenarios
            ),
        )
