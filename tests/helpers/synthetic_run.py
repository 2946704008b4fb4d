"""A run folder made up for the tests: the files and columns of a real one, in seconds.

Councils fall into and climb out of "inadequate" at random; the monthly chance of climbing
out is the scenario's. Luck is shared between scenarios, as in a real run.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from sim.analysis.comparison import compare_runs
from sim.analysis.cost_effectiveness import cost_effectiveness
from sim.inputs.files.places import seeds_dir
from sim.inputs.metrics import (
    COST,
    COUNCIL_SERIES,
    HEADLINE,
    LINE_HIGHER,
    LINE_LOWER,
    METRICS,
    NATIONAL_SERIES,
    listed_metrics,
)
from sim.results.identity import sha256_of_bytes
from sim.results.schema import columns_of
from sim.results.series_tables import REGION_CODES
from sim.results.summary_tables import (
    write_comparison,
    write_cost_effectiveness,
    write_replications,
    write_summary,
)
from tests.helpers.run_folders import seal_again

START = date(2016, 1, 1)
MONTHS = 120


@dataclass(frozen=True)
class RunScenario:
    """A made-up scenario: chance of leaving a month, and cost a council-year, GBP million."""

    leave: float
    cost: float
    tried: str = "commissioner"


RUN_SCENARIOS: dict[str, RunScenario] = {
    "trusts-2016": RunScenario(0.030, 1.6, "trust"),
    "commissioner-only": RunScenario(0.036, 0.4, "commissioner"),
    "peer-support": RunScenario(0.033, 0.3, "peer"),
    "no-intervention": RunScenario(0.026, 0.0, "none"),
}


def make_run(
    folder: Path,
    run_scenarios: Mapping[str, RunScenario] = RUN_SCENARIOS,
    replications: int = 8,
    title: str = "Takeover regime, 2016",
    start: date = START,
) -> Path:
    """Write a whole run folder of ten years and give its path; `start` is the first of a month."""
    folder.mkdir(parents=True, exist_ok=True)
    places = _places(start)
    states = {
        name: _states(run_scenario, len(places), replications)
        for name, run_scenario in run_scenarios.items()
    }
    totals = {name: _totals(states[name], run_scenarios[name]) for name in run_scenarios}
    write_replications(folder / "replications.csv", totals)
    write_summary(folder / "summary.csv", totals)
    comparisons = compare_runs(totals, next(iter(run_scenarios)))
    write_comparison(folder / "comparison.csv", comparisons)
    costs = cost_effectiveness(totals, comparisons, MONTHS / 12.0)
    write_cost_effectiveness(folder / "cost_effectiveness.csv", costs)
    spells = _spells(states, run_scenarios, places, start)
    tables = {
        "national.csv": _national(states, start),
        "councils.csv": _councils(states, places, start),
        "starting_state.csv": _starting_state(states, places, start),
        "spells.csv": spells,
    }
    for name, table in tables.items():
        table.to_csv(folder / name, index=False, lineterminator="\n")
    events = _events(spells, start).to_csv(index=False, lineterminator="\n").encode()
    (folder / "events.csv.gz").write_bytes(gzip.compress(events, mtime=0))
    record = _record(run_scenarios, replications, title, start)
    (folder / "record.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return seal_again(folder)


def _places(on: date) -> pd.DataFrame:
    """The councils there are on a day, with what the seed tables say of them."""
    tables = []
    for name in ("councils", "ons_codes"):
        table = pd.read_csv(seeds_dir() / f"{name}.csv", dtype={"valid_to": str})
        ended = table["valid_to"].fillna("9999") < on.isoformat()
        tables.append(table[(table["valid_from"] <= on.isoformat()) & ~ended])
    codes = tables[1][["dfe_code", "ons_code"]]
    places = tables[0].drop(columns="ons_code").merge(codes, on="dfe_code", validate="1:1")
    return places.sort_values("dfe_code", ignore_index=True)


def _starting_state(
    states: Mapping[str, np.ndarray], places: pd.DataFrame, start: date
) -> pd.DataFrame:
    failing = next(iter(states.values()))[0, 0] > 0
    columns = {
        "old_la_code": places["dfe_code"],
        "new_la_code": places["ons_code"],
        "la_name": places["name"],
        "region_name": places["region"],
        "council_kind": places["kind"],
        "deprivation": places["idaci_2019"],
        "opening_grade": np.where(failing, 1, 3),
        "judged_on": start - timedelta(days=100),
        "inherited": (places["valid_from"] > "2020").astype(int),
        "staff_counted": date(start.year - 1, 9, 30),
        "imputed": "",
    }
    assert tuple(columns) == columns_of("starting_state.csv")
    return pd.DataFrame(columns)


def _record(
    run_scenarios: Mapping[str, RunScenario], replications: int, title: str, start: date
) -> dict[str, object]:
    def run_scenario(name: str) -> dict[str, object]:
        text = f'title = "{name}"'
        return {
            "name": name,
            "scenario": name,
            "title": title if name == next(iter(run_scenarios)) else name,
            "beliefs": None,
            "levers": {},
            "text": text,
            "sha256": sha256_of_bytes(text.encode()),
            "parameters_sha256": "0" * 64,
        }

    settings = {
        "format": 1,
        "kind": "run",
        "start": start.isoformat(),
        "end": _month(start, MONTHS).isoformat(),
        "seed": 1,
        "replications": replications,
    }
    return {
        **settings,
        "version": "0.1.0",
        "run_id": "0123456789ab",
        "scenario": next(iter(run_scenarios)),
        "title": title,
        "scenarios": list(run_scenarios),
        "source": {"version": "0.1.0", "sha256": "f" * 64, "commit": None, "dirty": None},
        "libraries": {"python": "3.11", "numpy": "2"},
        "precision": None,
        "identity": {
            **settings,
            "scenarios": [run_scenario(name) for name in run_scenarios],
            "seeds_sha256": "e" * 64,
        },
        "outputs": {},
        "seal": "d" * 64,
        "run": {"seconds": 1.0, "engine": "serial"},
    }


def _states(run_scenario: RunScenario, councils: int, replications: int) -> np.ndarray:
    """Months in the present inadequate spell, else 0: (runs, months + 1, councils)."""
    luck = np.random.default_rng(7).random((replications, MONTHS, councils))
    age = np.zeros((replications, MONTHS + 1, councils), dtype=int)
    age[:, 0, ::7] = 1 + np.arange(len(range(0, councils, 7))) * 2
    prone = 0.0012 + 0.006 * ((np.arange(councils) * 37 % 100) / 100) ** 2
    for month in range(MONTHS):
        now = age[:, month]
        leaves = (now > 11) & (luck[:, month] < run_scenario.leave)
        falls = (now == 0) & (luck[:, month] > 1 - prone)
        age[:, month + 1] = np.where(now > 0, np.where(leaves, 0, now + 1), np.where(falls, 1, 0))
    return age


def _totals(age: np.ndarray, run_scenario: RunScenario) -> np.ndarray:
    """(runs, metrics) in the order of METRICS; made up but for those about spells."""
    failing = age[:, 1:] > 0
    runs = len(age)
    years = failing.sum((1, 2)) / 12
    noise = np.random.default_rng(3).normal(1, 0.01, (runs, len(METRICS)))
    columns = []
    for place, metric in enumerate(METRICS.values()):
        level = {"share": 0.2, "share a year": 0.15, "share of budget": 0.03}.get(
            metric.unit, 100.0
        )
        column = level * (place + 5) / 20 * noise[:, place] * (1 + years / 5000)
        columns.append(column)
    table = np.stack(columns, axis=1)
    names = list(METRICS)

    def put(name: str, values: np.ndarray | float) -> None:
        table[:, names.index(name)] = values

    put("inadequate_council_years", years)
    put("child_years_under_inadequate", 2600 * years * noise[:, 2])
    for name, share in ((HEADLINE, 1.0), (LINE_LOWER, 0.4), (LINE_HIGHER, 2.1)):
        put(name, 4100 * share * years * noise[:, 3])
    for name, stage in zip(listed_metrics("phases"), _stages(run_scenario, years), strict=True):
        put(name, stage)
    put("councils_inadequate", failing.sum(2).mean(1))
    put("councils_good_or_better", 70 - failing.sum(2).mean(1) / 2)
    put("intervention_cost_gbp_m", run_scenario.cost * years / 10)
    put("trusts_opened", 9.0 if run_scenario.tried == "trust" else 0.0)
    put("trust_setup_months", 17.0 if run_scenario.tried == "trust" else np.nan)
    put(COST, 9500 * noise[:, 1] + 40 * run_scenario.cost)
    for parts in (listed_metrics("cost"), listed_metrics("payers")):
        *others, last = parts
        put(last, table[:, names.index(COST)] - sum(table[:, names.index(n)] for n in others))
    return table


def _stages(run_scenario: RunScenario, years: np.ndarray) -> np.ndarray:
    """The years by stage, (stages, runs): who is waited for depends on what is tried."""
    shares = np.zeros(len(listed_metrics("phases")))
    shares[0], shares[-1] = 0.1, 0.15
    waited, setting_up = {
        "commissioner": ((1,), 0.0),
        "trust": ((1, 2, 4), 0.2),
        "peer": ((3,), 0.05),
        "none": ((), 0.0),
    }[run_scenario.tried]
    shares[list(waited)], shares[5] = 0.08, setting_up
    shares[6] = 1.0 - shares.sum()
    return shares[:, None] * years


def _national(states: Mapping[str, np.ndarray], start: date) -> pd.DataFrame:
    rows = []
    noise = np.random.default_rng(5)
    for scenario, age in states.items():
        failing = (age[:, 1:] > 0).sum(2)
        for metric in NATIONAL_SERIES:
            series = _series(metric, failing, noise)
            low, middle, high = np.quantile(series, (0.05, 0.5, 0.95), axis=0)
            for month in range(MONTHS):
                when = f"{_month(start, month):%Y-%m}"
                figures = (series[:, month].mean(), low[month], middle[month], high[month])
                rows.append((scenario, when, metric, METRICS[metric].unit, *figures))
    return pd.DataFrame(rows, columns=list(columns_of("national.csv")))


def _series(metric: str, failing: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    if metric == "councils_inadequate":
        return failing.astype(float)
    if metric == "councils_good_or_better":
        return 70 - failing / 2
    level = {"share": 0.2, "share a year": 0.15, "share of budget": 0.03}.get(
        METRICS[metric].unit, 20000.0
    )
    level = {"caseload": 17.0, "desk_time_share": 0.64}.get(metric, level)
    walk = np.cumsum(noise.normal(0, 0.004, failing.shape), axis=1)
    return level * (1 + walk + np.arange(MONTHS) * 0.001 + failing / 2000)


def _councils(states: Mapping[str, np.ndarray], places: pd.DataFrame, start: date) -> pd.DataFrame:
    frames = []
    first = start.year - (start < date(start.year, 4, 1))  # financial year of the first day
    for scenario, age in states.items():
        for year in range(1, 10):
            failing = (age[:, 12 * year + 3] > 0).astype(float)
            period = f"{first + year}{(first + year + 1) % 100:02d}"
            for metric in COUNCIL_SERIES:
                values = failing if metric == "councils_inadequate" else 500 * (1 + failing / 10)
                frame = pd.DataFrame(
                    {
                        "time_period": period,
                        "time_identifier": "Financial year",
                        "geographic_level": "Local authority",
                        "country_code": "E92000001",
                        "country_name": "England",
                        "region_code": places["region"].map(REGION_CODES),
                        "region_name": places["region"],
                        "old_la_code": places["dfe_code"],
                        "new_la_code": places["ons_code"],
                        "la_name": places["name"],
                        "scenario": scenario,
                        "metric": metric,
                        "unit": METRICS[metric].unit,
                        "mean": values.mean(0),
                        "p05": np.quantile(values, 0.05, axis=0),
                        "p95": np.quantile(values, 0.95, axis=0),
                    }
                )
                frames.append(frame)
    assert tuple(frames[0].columns) == columns_of("councils.csv")
    return pd.concat(frames)


def _spells(
    states: Mapping[str, np.ndarray],
    run_scenarios: Mapping[str, RunScenario],
    places: pd.DataFrame,
    start: date,
) -> pd.DataFrame:
    rows = []
    end = _month(start, MONTHS)
    for scenario, age in states.items():
        for run, council in np.argwhere((age > 0).any(axis=1)):
            line = age[run, :, council]
            begins = [
                month
                for month in range(MONTHS)
                if line[month] and (not month or not line[month - 1])
            ]
            for count, month in enumerate(begins, start=1):
                gone = np.flatnonzero(line[month:] == 0)
                length = int(gone[0]) if len(gone) else MONTHS - month
                started = _month(start, month) - timedelta(
                    days=30 * (int(line[month]) - 1 if not month else 0)
                )
                ended = _month(start, month + length) if len(gone) else None
                rows.append(
                    (
                        *(scenario, int(run) + 1, places["ons_code"][council]),
                        *(places["name"][council], count, started, ended or "", int(ended is None)),
                        f"{((ended or end) - started).days / 30.4375:.2f}",
                        run_scenarios[scenario].tried,
                        "" if ended is None else 2 + (council % 2),
                        f"{run_scenarios[scenario].tried}@{month * 30}",
                    )
                )
    columns = "scenario replication la_code la_name spell started ended censored months route"
    return pd.DataFrame(rows, columns=[*columns.split(), "exit_grade", "tried"])


def _events(spells: pd.DataFrame, start: date) -> pd.DataFrame:
    rows = []
    end = _month(start, MONTHS)
    kinds = {"trust": "sponsor", "peer": "peer team", "commissioner": "commissioner"}
    began = {"sponsor": "sponsor found", "peer team": "peer team began"}
    for spell in spells[spells["replication"] == 1].itertuples():
        started = pd.Timestamp(spell.started).date()
        story = [(0, "failure began")]
        if spell.route in kinds:
            pool = kinds[spell.route]
            story += [
                (30, f"{pool} awaited"),
                (150, began.get(pool, "commissioner appointed")),
            ]
        if spell.route == "trust":
            story += [(160, "trust set-up began"), (660, "trust opened")]
        if spell.ended:
            story.append(((pd.Timestamp(spell.ended).date() - started).days, "failure ended"))
        for days, kind in story:
            when = started + timedelta(days=days)
            if start <= when < end:
                day = (when - start).days
                rows.append(
                    (
                        spell.scenario,
                        1,
                        len(rows),
                        day,
                        when,
                        spell.la_code,
                        spell.la_name,
                        kind,
                        "",
                        "",
                    )
                )
    return pd.DataFrame(rows, columns=list(columns_of("events.csv.gz")))


def _month(start: date, months: int) -> date:
    """The first day of a month so many months after the first."""
    years, month = divmod(start.month - 1 + months, 12)
    return date(start.year + years, month + 1, 1)
