"""How far to trust it: the back-test in plain words, each figure with its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.report.charts.backtest_charts import Coverage
from sim.report.charts.chart import Chart, csv_bytes, table_of
from sim.report.words.prose import CitedNumber, Sentence, cite, say
from sim.results.backtest_folder import LEVELS, OURS, TESTED, BacktestFolder
from sim.results.run_folder import Run

FILE = table_of("backtest")
GOOD_ENOUGH = (0.9, 0.99)  # between these a 95 % interval is called about right
RIVALS = {
    "no_change": "supposing that nothing changes",
    "drift": "supposing that things go on as they were going",
}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class BacktestTrial:
    """One row of the table: runs from one date, held against one set of years."""

    start: str
    window: str
    figures: CitedNumber
    inside: tuple[CitedNumber, ...]
    skill: tuple[CitedNumber, ...]


@dataclass(frozen=True)
class Trust:
    """What a briefing says of the back-test."""

    sentences: tuple[Sentence, ...]
    trials: tuple[BacktestTrial, ...]
    chart: Chart


def trust_of(run: Run, held: BacktestFolder) -> Trust:
    """The back-test as a briefing of the run tells it; its figures are put into the run folder."""
    (run.folder / "charts").mkdir(exist_ok=True)
    emerge = (held.patterns["emerges"] == "yes").sum()
    table = held.summary.assign(patterns=len(held.patterns), emerge=int(emerge))
    (run.folder / FILE).write_bytes(csv_bytes(table))
    rows = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    return Trust(
        sentences=tuple(_sentences(run, held, rows)),
        trials=tuple(_trial(row) for row in rows),
        chart=Coverage(held.card).chart(),
    )


def _sentences(run: Run, held: BacktestFolder, rows: Sequence[Row]) -> list[Sentence]:
    tested = [row for row in rows if row["window"] == TESTED]
    # The start nearest to this run's, then the latest: there the simple rules know most.
    near = min(tested, key=lambda row: abs((pd.Timestamp(row["start"]).date() - run.start).days))
    late = tested[-1]
    said = [_inside(near), _skill(near)]
    if late is not near:
        said.append(say("A harder test is the shortest look ahead. ", _skill(late)))
    said.append(_patterns(near))
    said.append(
        say(
            "No back-test can show what a trust, a commissioner or a peer team does: too few "
            "were tried, and on the worst cases. That part of the answer rests on belief."
        )
    )
    where = "comes with the program" if held.folder == OURS else "was given with this run"
    seeds = run.record.get("identity", {}).get("seeds_sha256")
    other = held.seeds_sha256 is not None and seeds is not None and seeds != held.seeds_sha256
    said.append(
        say(
            f"The back-test {where}",
            "; it was made with other assumptions or data than this run." if other else ".",
        )
    )
    return said


def _inside(row: Row) -> Sentence:
    """How often the widest interval held the truth, and what that means."""
    share = float(row["inside95"])
    low, high = GOOD_ENOUGH
    if share < low:
        verdict = "They are too narrow: what happens is likelier to lie outside than they say."
    elif share > high:
        verdict = "They are, if anything, wider than need be."
    else:
        verdict = "That is about right."
    return say(
        f"Started from the England of {_month(row['start'])} and asked about the years to "
        "August 2019 that were not used to fit it, the model gave a 95% interval for each of ",
        _cell(row, "figures", 0),
        " published figures. The intervals held ",
        *(_cell(row, "inside95", 0, 100.0), "%. ", verdict),
    )


def _skill(row: Row) -> Sentence:
    """How it did against simple rules, better or worse."""
    told = []
    for rival, words in RIVALS.items():
        value = float(row[f"better_than_{rival}"])
        told.append(
            say(
                _cell(row, f"better_than_{rival}", 0, 100.0, unsigned=True),
                f"% {'better' if value >= 0 else 'worse'} than {words}",
            )
        )
    return say(
        f"From {_month(row['start'])} it scored ",
        *(told[0], " and ", told[1], "; a simple rule did better on "),
        *(_cell(row, "lost", 0), " of the ", _cell(row, "figures", 0), " figures."),
    )


def _patterns(row: Row) -> Sentence:
    return say(
        *("Of ", _cell(row, "patterns", 0), " patterns in the record that nothing was fitted to, "),
        "such as a surge of referrals after a bad judgement, ",
        *(_cell(row, "emerge", 0), " emerge in the model."),
    )


def _trial(row: Row) -> BacktestTrial:
    return BacktestTrial(
        start=_month(row["start"]),
        window="not used to fit" if row["window"] == TESTED else "used to fit",
        figures=_cell(row, "figures", 0),
        inside=tuple(_cell(row, f"inside{level}", 0, 100.0) for level in LEVELS),
        skill=tuple(_cell(row, f"better_than_{rival}", 0, 100.0) for rival in RIVALS),
    )


def _cell(
    row: Row, column: str, places: int, scale: float = 1.0, unsigned: bool = False
) -> CitedNumber:
    where = {"start": row["start"], "window": row["window"]}
    figure = cite(float(row[column]), places, FILE, column, where, scale)
    shown = figure.shown.lstrip("\N{MINUS SIGN}") if unsigned else figure.shown
    return CitedNumber(figure.value, shown, figure.cell, figure.scale)


def _month(day: object) -> str:
    return f"{pd.Timestamp(str(day)):%B %Y}"
