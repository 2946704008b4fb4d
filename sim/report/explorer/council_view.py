"""A council: its paths under each regime, its neighbours, its published record, its story."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from sim.inputs.councils.baseline import baseline
from sim.inputs.files.places import seeds_dir
from sim.inputs.metrics import METRICS
from sim.report.charts.chart import csv_bytes
from sim.report.charts.hexagons import layout_of
from sim.report.explorer.answer_view import BarCell, BarTable
from sim.report.explorer.council_events import events_by_council
from sim.report.explorer.interval_rows import widths
from sim.report.output_files import write_files
from sim.report.story.council_history import CouncilHistory
from sim.report.story.sentences import entries_of
from sim.report.words.prose import cite
from sim.results.run_folder import Run, label
from sim.units import GRADES, Array

YEARS_FILE = "explorer/councils.csv"
PUBLISHED_FILE = "explorer/published.csv"
INADEQUATE = "councils_inadequate"
# What can be drawn for a council year by year, besides how often it is judged inadequate.
MEASURES = (INADEQUATE, "caseload", "agency_rate")
NEIGHBOURS = 5
# Nothing that became known after this day enters from anywhere.
LAST_KNOWN = date(2024, 8, 31)
_DAYS_A_YEAR = 365.25
_GRADE_NUMBERS = {grade: number for number, grade in GRADES.items()}


@dataclass(frozen=True)
class CouncilView:
    """The data of the view for the page, and the table that stands there without scripts."""

    data: Mapping[str, Any]
    failing: BarTable
    replication: int | None


def council_view(run: Run) -> CouncilView:
    """The view; puts the tables that it cites into the run folder."""
    state = run.starting_state
    names = [str(name) for name in state["la_name"]]
    years = _years_inadequate(run, names)
    published = _published(run)
    _write(run, years, published)
    periods = sorted({str(int(period)) for period in run.councils["time_period"]})
    replication = _replication(run)
    data = {
        "names": names,
        "slugs": slugs(names),
        "regions": [str(region) for region in state["region_name"]],
        "failing": [int(k) for k in np.flatnonzero(state["opening_grade"].to_numpy() == 1)],
        "opening": [GRADES.get(int(grade), "") for grade in state["opening_grade"]],
        "neighbours": _neighbours(run),
        "periods": periods,
        "measures": [_measure(run, metric, names, periods) for metric in MEASURES],
        # In tenths of a year, as they are shown.
        "years": _whole(10 * _by_council(years, names, run.scenarios)),
        "published": _published_rows(published, names, periods),
        "map": _map(run),
        "replication": replication,
        "rules": [str(run.plans[name].get("description", "")) for name in run.scenarios],
        "stories": {} if replication is None else _stories(run, names, replication),
    }
    return CouncilView(data, _failing(run, years, names), replication)


def slugs(names: Sequence[str]) -> list[str]:
    """Each council's part of an address: "kingston-upon-hull-city-of"."""
    plain = (
        unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() for name in names
    )
    return [re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in plain]


def _years_inadequate(run: Run, names: Sequence[str]) -> pd.DataFrame:
    """Expected years under an inadequate judgement, a row a council and scenario."""
    days = run.spells.groupby(["la_name", "scenario"])["days_observed"].sum()
    rows = [
        (
            name,
            scenario,
            float(days.get((name, scenario), 0.0)) / run.replication_count / _DAYS_A_YEAR,
        )
        for scenario in run.scenarios
        for name in names
    ]
    return pd.DataFrame(rows, columns=["la_name", "scenario", "years_inadequate"])


def _by_council(table: pd.DataFrame, names: Sequence[str], scenarios: Sequence[str]) -> Array:
    """(scenarios, councils)."""
    wide = table.pivot(index="scenario", columns="la_name", values="years_inadequate")
    return np.asarray(wide.loc[list(scenarios), list(names)].to_numpy(dtype=float))


def _measure(run: Run, metric: str, names: Sequence[str], periods: Sequence[str]) -> dict[str, Any]:
    """A metric's mean by scenario, council and year, as whole numbers of `step` of its shown unit.

    None stands where there is no figure.
    """
    about = METRICS[metric]
    share = metric == INADEQUATE  # of runs, shown in per cent
    scale = 100.0 if share else about.scale
    places = 0 if share else 1
    table = run.councils[run.councils["metric"] == metric]
    wide = table.pivot_table(index=["scenario", "la_name"], columns="time_period", values="mean")
    wide.columns = [str(int(column)) for column in wide.columns]
    index = pd.MultiIndex.from_product([run.scenarios, names])
    values = wide.reindex(index=index, columns=list(periods)).to_numpy(dtype=float)
    shape = (len(run.scenarios), len(names), len(periods))
    title = "Share of runs in which it is judged inadequate" if share else about.label
    return {
        "metric": metric,
        "title": title,
        "unit": "per cent of runs" if share else about.display_unit,
        "scale": scale,
        "places": places,
        "values": _whole(values.reshape(shape) * scale * 10**places),
    }


def _whole(values: Array) -> list[Any]:
    """Nested lists of whole numbers, None where there is none."""
    if values.ndim > 1:
        return [_whole(part) for part in values]
    return [round(value) if value == value else None for value in values.tolist()]


def _neighbours(run: Run) -> list[list[int]]:
    """The closest statistical neighbours of each council, by its place in the run."""
    start = baseline(run.start)
    place = {str(name): k for k, name in enumerate(run.starting_state["la_name"])}
    return [
        [place[start.names[c]] for c in row if c >= 0 and start.names[c] in place][:NEIGHBOURS]
        for row in (start.neighbours[start.names.index(name)].tolist() for name in place)
    ]


# -- the published record ------------------------------------------------------------------------


def _published(run: Run) -> pd.DataFrame:
    """Whether each council stood judged inadequate on each 31 March of the run that the record
    reaches: the latest overall grade published by then, from that of the first day."""
    table = pd.read_csv(
        seeds_dir() / "judgements.csv", usecols=["dfe_code", "published", "overall"], dtype=str
    ).dropna()
    judged: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for code, published, grade in sorted(
        zip(table["dfe_code"], table["published"], table["overall"], strict=True),
        key=lambda row: row[1],
    ):
        if grade in _GRADE_NUMBERS and published <= LAST_KNOWN.isoformat():
            judged[int(code)].append((published, grade))
    years = range(run.start.year, min(run.end, LAST_KNOWN).year + 1)
    days = [day for day in (date(year, 3, 31) for year in years) if run.start < day < run.end]
    rows = []
    for state in run.starting_state.to_dict("records"):
        own = judged[int(state["old_la_code"])]
        opening = int(state["opening_grade"])
        for day in (day for day in days if day <= LAST_KNOWN):
            known = [_GRADE_NUMBERS[grade] for published, grade in own if published <= f"{day}"]
            failing = int((known[-1] if known else opening) == _GRADE_NUMBERS["inadequate"])
            rows.append((state["la_name"], f"{day.year - 1}{day.year % 100:02d}", failing))
    return pd.DataFrame(rows, columns=["la_name", "time_period", "inadequate"])


def _published_rows(
    table: pd.DataFrame, names: Sequence[str], periods: Sequence[str]
) -> list[list[int | None]]:
    keys = zip(table["la_name"], table["time_period"], strict=True)
    known = dict(zip(keys, table["inadequate"].tolist(), strict=True))
    reached = [period for period in periods if any(key[1] == period for key in known)]
    return [[known.get((name, period)) for period in reached] for name in names]


def _write(run: Run, years: pd.DataFrame, published: pd.DataFrame) -> None:
    files = {
        run.folder / YEARS_FILE: csv_bytes(years),
        run.folder / PUBLISHED_FILE: csv_bytes(published),
    }
    changed = {
        path: content
        for path, content in files.items()
        if not path.is_file() or path.read_bytes() != content
    }
    write_files(changed)


# -- the map -------------------------------------------------------------------------------------


def _map(run: Run) -> dict[str, Any]:
    """Where each council's cell is: corners of a cell about its centre, and the centres."""
    place = {str(name): k for k, name in enumerate(run.starting_state["la_name"])}
    codes = dict(zip(run.starting_state["new_la_code"], run.starting_state["la_name"], strict=True))
    cells = [cell for cell in layout_of(run) if str(codes.get(cell.ons_code)) in place]
    left, low = min(c.x for c in cells) - 0.6, min(c.y for c in cells) - 0.7
    wide, high = max(c.x for c in cells) + 0.6 - left, max(c.y for c in cells) + 0.7 - low
    return {
        "size": [round(wide, 2), round(high, 2)],
        "cells": [
            [
                place[str(codes[cell.ons_code])],
                round(cell.x - left, 2),
                round(high - (cell.y - low), 2),
            ]
            for cell in cells
        ],
    }


# -- stories -------------------------------------------------------------------------------------


def _replication(run: Run) -> int | None:
    """The first replication whose events are in the folder, if any."""
    if not len(run.events):
        return None
    return int(run.events["replication"].min())


def _stories(run: Run, names: Sequence[str], replication: int) -> dict[str, Any]:
    """What happened to each council in one replication, under each scenario.

    `texts` holds every sentence once; `sentences` has for each scenario and council the places
    of its own, in order. Without the visits and other small things that have no name.
    """
    texts: dict[str, int] = {}
    opening = {str(row["la_name"]): row for row in run.starting_state.to_dict("records")}
    sentences: list[list[list[int]]] = []
    for scenario in run.scenarios:
        rows = run.events[
            (run.events["scenario"] == scenario) & (run.events["replication"] == replication)
        ]
        by_council = events_by_council(rows)
        description = str(run.plans[scenario].get("description", ""))
        of_councils = []
        for name in names:
            history = CouncilHistory(
                scenario=scenario,
                description=description,
                council=name,
                start=run.start,
                end=run.end,
                events=by_council(name),
                opening_grade=GRADES.get(int(opening[name]["opening_grade"]), "none"),
                inherited=bool(opening[name]["inherited"]),
            )
            of_councils.append([texts.setdefault(text, len(texts)) for text in _sentences(history)])
        sentences.append(of_councils)
    return {"texts": list(texts), "sentences": sentences}


def _sentences(history: CouncilHistory) -> list[str]:
    """The entries of a story that have a name, each with the rule that acted where it is known."""
    rules: dict[date, list[str]] = defaultdict(list)
    for event in history.own:
        if rule := event.text("rule"):
            rules[event.day].append(rule)
    sentences = []
    for entry in entries_of(history):
        if entry.noun:
            acted = dict.fromkeys(rules.pop(entry.day, ()))
            sentences.append(" ".join([entry.text, *(f"Rule: {rule}." for rule in acted)]))
    return sentences


# -- without scripts -----------------------------------------------------------------------------


def _failing(run: Run, years: pd.DataFrame, names: Sequence[str]) -> BarTable:
    """Expected years inadequate of the councils that fail on the first day."""
    state = run.starting_state
    failing = [str(name) for name in state.loc[state["opening_grade"] == 1, "la_name"]]
    own = years[years["la_name"].isin(failing)]
    keys = zip(own["la_name"], own["scenario"], strict=True)
    values = dict(zip(keys, own["years_inadequate"].tolist(), strict=True))
    bars = dict(zip(values, widths(values.values()), strict=True))
    rows = tuple(
        (
            name,
            tuple(
                BarCell(
                    cite(
                        values[name, scenario],
                        *(1, YEARS_FILE, "years_inadequate"),
                        {"la_name": name, "scenario": scenario},
                    ),
                    bars[name, scenario],
                )
                for scenario in run.scenarios
            ),
        )
        for name in failing
    )
    return BarTable(
        "Councils judged inadequate on the first day: expected years inadequate in the run", rows
    )


def headings(run: Run) -> list[str]:
    """The regimes as columns are called."""
    return [label(name) for name in run.scenarios]


def as_json(value: object) -> str:
    """Compact JSON that can stand inside a page: no character there could end its block."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
