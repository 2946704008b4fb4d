"""A lever: what a scenario gives at points run beforehand, each against the scenario as it stands.

Nothing is drawn between the points: only what was run is shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.analysis.comparison import compare_runs
from sim.inputs.files.problems import InputError, Problem
from sim.inputs.metrics import HEADLINE, METRICS
from sim.inputs.policy.levers import LEVERS
from sim.report.briefing.copied_studies import made_by_other_code
from sim.report.charts.chart import csv_bytes
from sim.report.explorer.answer_view import YEARS
from sim.report.explorer.interval_rows import IntervalRow, RowsPicture, rows_picture
from sim.report.explorer.intervention_bills import PARTS, TITLE, sum_of_bills
from sim.report.output_files import write_files
from sim.report.words.durations import capital
from sim.report.words.prose import CitedNumber, Sentence, cite, decimals, say, with_sign
from sim.report.words.prose import number as number_text
from sim.results.run_folder import Run, Sweep, label
from sim.units import Array

_COST = "intervention_cost_gbp_m"  # stands for the bills where runs are compared
# Measure in the table: the metric that stands for it, its title, what stands before a figure and
# its unit.
_MEASURES = {
    "children": (HEADLINE, METRICS[HEADLINE].label, "", METRICS[HEADLINE].display_unit),
    "cost": (_COST, TITLE, "£", "million a year"),
    "years": (YEARS, METRICS[YEARS].label, "", METRICS[YEARS].display_unit),
}


@dataclass(frozen=True)
class LeverPoint:
    """One setting that was run: its value in words, and what it gives, a sentence a measure."""

    value: str
    stands: bool  # whether it is the scenario as it stands
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Dial:
    """A lever with the points at which it was run, and a picture for each measure."""

    lever: str
    meaning: str
    unit: str
    points: tuple[LeverPoint, ...]
    pictures: tuple[RowsPicture, ...]
    stands_at: int


@dataclass(frozen=True)
class LeverView:
    """The levers of a sweep; `about` says which scenario was run, how often and for how long."""

    about: Sentence
    cautions: tuple[str, ...]
    dials: tuple[Dial, ...]


def open_sweep(folder: Path) -> Sweep:
    """The sweep in a folder, checked. Raises InputError where it is none, or not whole."""
    return Sweep.open(folder)


def lever_view(run: Run, sweep: Sweep) -> LeverView:
    """The view of a sweep; puts the table that it cites into the run folder.

    Raises InputError where no lever was moved on its own.
    """
    points = sweep.points
    levers = [name for name in points.columns if name in LEVERS]
    file = f"sweeps/sweep-{sweep.run_id}/levers.csv"
    chosen = {lever: _points_of(points, lever, levers) for lever in levers}
    chosen = {lever: names for lever, names in chosen.items() if len(names) > 1}
    if not chosen:
        what = "has no lever that was moved with the others as they stand"
        raise InputError(Problem(str(sweep.folder), what, "simulate sweep --set LEVER=A,B,C"))
    table = _table(sweep, chosen, points)
    write_files({run.folder / file: csv_bytes(table)})
    about = say(
        f"{label(sweep.baseline)} was run at each point {sweep.replication_count} times with the "
        f"same luck, England, {sweep.period}. Differences are from the scenario as it stands; "
        "their 95% intervals hold together. Nothing is known between the points."
    )
    return LeverView(
        about,
        tuple(_cautions(run, sweep)),
        tuple(_dial(lever, table[table["lever"] == lever], file) for lever in chosen),
    )


def _cautions(run: Run, sweep: Sweep) -> list[str]:
    """Where the sweep differs from the run of the page."""
    cautions = []
    if sweep.baseline not in run.scenarios:
        cautions.append("Its scenario is not among those of this page.")
    elif _rules(sweep, sweep.baseline) != _rules(run, sweep.baseline):
        cautions.append("Its scenario has other rules than that of the same name on this page.")
    if sweep.period != run.period:
        cautions.append("Its period is not that of this page, so its figures are not those above.")
    seeds = [made.record.get("identity", {}).get("seeds_sha256") for made in (sweep, run)]
    if None not in seeds and seeds[0] != seeds[1]:
        cautions.append("It was made with other assumptions or data than this run.")
    if made_by_other_code(sweep.record, run.record):
        cautions.append("It was made by another version of the model than this run.")
    if sweep.beliefs != run.beliefs:
        cautions.append(f"It assumes the beliefs {sweep.beliefs}, and this page {run.beliefs}.")
    return cautions


def _rules(run: Run, scenario: str) -> object:
    return run.plans[scenario].get("change")


def _points_of(points: pd.DataFrame, lever: str, levers: Sequence[str]) -> list[str]:
    """The points at which only this lever may differ from the scenario as it stands, in order."""
    first = points.iloc[0]
    alike = np.ones(len(points), dtype=bool)
    for other in levers:
        if other != lever:
            alike &= (points[other].astype(str) == str(first[other])).to_numpy()
    rows = points[alike].drop_duplicates(subset=lever)
    numbers = pd.to_numeric(rows[lever], errors="coerce")
    if numbers.notna().all():
        rows = rows.assign(_order=numbers).sort_values("_order")
    return [str(name) for name in rows["point"]]


def _table(sweep: Sweep, chosen: dict[str, list[str]], points: pd.DataFrame) -> pd.DataFrame:
    """A row a lever, value and measure: mean, and difference from the scenario as it stands."""
    wide = {name: sweep.wide(name) for name in (HEADLINE, YEARS, *PARTS)}
    cost = sum_of_bills({name: wide[name].to_numpy(dtype=float) for name in PARTS})
    by_measure: dict[str, Array] = {
        "children": wide[HEADLINE].to_numpy(dtype=float),
        "cost": cost,
        "years": wide[YEARS].to_numpy(dtype=float),
    }
    names = list(wide[HEADLINE].columns)
    values = {
        name: np.stack([by_measure[measure][:, k] for measure in _MEASURES], axis=1)
        for k, name in enumerate(names)
    }
    metrics = tuple(metric for metric, *_ in _MEASURES.values())
    compared = {(c.scenario, c.metric): c for c in compare_runs(values, sweep.baseline, metrics)}
    setting = points.set_index("point")
    rows = []
    for lever, its_points in chosen.items():
        for point in its_points:
            for place, (measure, (metric, *_)) in enumerate(_MEASURES.items()):
                c = compared.get((point, metric))
                gap = (c.diff_mean, c.ci95_low, c.ci95_high) if c else (0.0, 0.0, 0.0)
                mean = float(values[point][:, place].mean())
                rows.append((lever, str(setting.loc[point, lever]), point, measure, mean, *gap))
    columns = ["lever", "value", "point", "measure", "mean", "diff_mean", "ci95_low", "ci95_high"]
    return pd.DataFrame(rows, columns=columns).assign(stands=lambda t: t["point"] == sweep.baseline)


def _dial(lever: str, table: pd.DataFrame, file: str) -> Dial:
    about = LEVERS[lever]
    unit = "" if about.unit in ("", "none") else about.unit
    order = list(dict.fromkeys(table["value"]))
    stands = {str(row.value) for row in table.itertuples(index=False) if row.stands}
    rows = {(str(r["value"]), str(r["measure"])): r for r in table.to_dict("records")}
    points = []
    pictures = []
    for measure, (metric, title, before, display_unit) in _MEASURES.items():
        scale = METRICS[metric].scale
        drawn = []
        for value in order:
            gap = _figures(rows[value, measure], file, scale)
            at, low, high = (figure.value * scale for figure in gap)
            own = value in stands
            words = say("as it stands") if own else say(gap[0], " (", gap[1], " to ", gap[2], ")")
            drawn.append(IntervalRow(_with_unit(value, unit), at, low, high, words))
        whole_unit = f"{before} {display_unit}".strip()
        pictures.append(rows_picture(say(f"{title}: difference"), whole_unit, drawn))
    for value in order:
        sentences = []
        for measure, (metric, title, before, display_unit) in _MEASURES.items():
            scale = METRICS[metric].scale
            row = rows[value, measure]
            mean = _cited(row, file, "mean", scale, decimals([scale * float(row["mean"])]), False)
            start = say(f"{title}: {before}", mean, f" {display_unit}")
            if value in stands:
                sentences.append(say(start, "."))
                continue
            more, least, most = _figures(row, file, scale)
            known = math.isfinite(least.value)
            note = "" if known and not least.value <= 0.0 <= most.value else "; not clear"
            interval = (" (95% interval ", least, " to ", most, f"{note}).")
            sentences.append(
                say(
                    start,
                    ", ",
                    more,
                    *(interval if known else ("; too few runs for an interval.",)),
                )
            )
        points.append(LeverPoint(_with_unit(value, unit), value in stands, tuple(sentences)))
    at = next((k for k, value in enumerate(order) if value in stands), 0)
    return Dial(lever, capital(about.meaning), unit, tuple(points), tuple(pictures), at)


def _with_unit(value: str, unit: str) -> str:
    text = value.removesuffix(".0")
    return f"{text} {unit}".strip()


def _figures(row: dict[object, object], file: str, scale: float) -> tuple[CitedNumber, ...]:
    columns = ("diff_mean", "ci95_low", "ci95_high")
    places = decimals([scale * float(str(row[column])) for column in columns])
    return tuple(_cited(row, file, column, scale, places, True) for column in columns)


def _cited(
    row: dict[object, object], file: str, column: str, scale: float, places: int, signed: bool
) -> CitedNumber:
    where = {key: row[key] for key in ("lever", "value", "measure")}
    value = float(str(row[column]))
    figure = cite(value, places, file, column, where, scale)
    text = with_sign(scale * value, places) if signed else number_text(scale * value, places)
    return CitedNumber(figure.value, text, figure.cell, figure.scale)
