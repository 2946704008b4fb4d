"""How far to trust it: the back-test in plain words, each figure with its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sim.report.charts.backtest_charts import Coverage
from sim.report.charts.chart import Chart, csv_bytes, table_of
from sim.report.output_files import write_files
from sim.report.words.cited_study import Row, records
from sim.report.words.durations import in_month
from sim.report.words.prose import CitedNumber, Sentence, cite, say, unsigned
from sim.results.backtest_folder import LEVELS, OURS, TESTED, BacktestFolder
from sim.results.run_folder import Run

FILE = table_of("backtest")
GOOD_ENOUGH = (0.9, 0.99)  # between these a 95 % interval is called about right
# Two years of returns: of the pandemic, and of the way back from it.
PANDEMIC = ("2020-04-01", "2022-03-31")
NAIVE_FORECASTS = {
    "no_change": "supposing that nothing changes",
    "drift": "supposing that things go on as they were going",
}


@dataclass(frozen=True)
class ScoreRow:
    """One row of the table: runs from one date, compared with one set of years.

    `numbers` are how many figures, per cent inside each interval, and per cent better than each
    naive forecast.
    """

    start: str
    window: str
    numbers: tuple[CitedNumber, ...]


@dataclass(frozen=True)
class BacktestSection:
    """What a briefing says of the back-test."""

    sentences: tuple[Sentence, ...]
    rows: tuple[ScoreRow, ...]
    chart: Chart


def backtest_section(run: Run, backtest: BacktestFolder) -> BacktestSection:
    """The back-test for a briefing of the run; its figures are put into the run folder."""
    emerge = int((backtest.patterns["emerges"] == "yes").sum())
    table = backtest.summary.assign(patterns=len(backtest.patterns), emerge=emerge)
    table = table.merge(_of_the_pandemic(backtest.card), how="left", on=["start", "window"])
    write_files({run.folder / FILE: csv_bytes(table)})
    rows = records(table)
    return BacktestSection(
        sentences=(*_scores(run, rows, _last_day(backtest.card)), *_limits(run, backtest)),
        rows=tuple(
            ScoreRow(
                start=in_month(pd.Timestamp(row["start"])),
                window="not used to fit" if row["window"] == TESTED else "used to fit",
                numbers=(
                    _cell(row, "figures"),
                    *(_percent(row, f"inside{level}") for level in LEVELS),
                    *(_percent(row, f"better_than_{name}") for name in NAIVE_FORECASTS),
                ),
            )
            for row in rows
        ),
        chart=Coverage(backtest.card).chart(),
    )


def _last_day(card: pd.DataFrame) -> pd.Timestamp:
    """The last day of which a figure was scored."""
    return pd.Timestamp(card["until"].max())


def _of_the_pandemic(card: pd.DataFrame) -> pd.DataFrame:
    """How many figures of each start and window are of the pandemic, and the share of them
    inside the widest interval."""
    part = card[card["until"].astype(str).between(*PANDEMIC)]
    inside = part.groupby(["start", "window"])[f"inside{LEVELS[-1]}"].agg(["size", "mean"])
    names = {"size": "pandemic_figures", "mean": "pandemic_inside95"}
    return inside.rename(columns=names).reset_index()


def _scores(run: Run, rows: Sequence[Row], last: pd.Timestamp) -> list[Sentence]:
    tested = [row for row in rows if row["window"] == TESTED]
    # The start nearest to this run's, then the latest: there the simple rules know most.
    near = min(tested, key=lambda row: abs((pd.Timestamp(row["start"]).date() - run.start).days))
    sentences = [_intervals(near, last)]
    if float(near["pandemic_figures"]) > 0:
        sentences.append(_pandemic(near))
    sentences.append(_skill(near))
    if tested[-1] is not near:
        sentences.append(say("A harder test is the shortest look ahead. ", _skill(tested[-1])))
    patterns = say(
        *("Of ", _cell(near, "patterns"), " patterns in the record that nothing was fitted to, "),
        "such as a surge of referrals after a bad judgement, ",
        *(_cell(near, "emerge"), " emerge in the model."),
    )
    return [*sentences, patterns]


def _limits(run: Run, backtest: BacktestFolder) -> list[Sentence]:
    place = "comes with the program" if backtest.folder == OURS else "was given with this run"
    seeds = run.record.get("identity", {}).get("seeds_sha256")
    other = None not in (seeds, backtest.seeds_sha256) and seeds != backtest.seeds_sha256
    last = in_month(_last_day(backtest.card))
    return [
        say(
            "The parameters tested were fitted without those figures. Those that runs draw from, "
            f"unless they are told otherwise, are fitted to figures to {last} in the same way, "
            "which nothing but later figures can test."
        ),
        say(
            "No back-test can show what a trust, a commissioner or a peer team does: too few "
            "were tried, and on the worst cases. That part of the answer rests on belief."
        ),
        say(
            f"The back-test {place}",
            "; it was made with other assumptions or data than this run." if other else ".",
        ),
    ]


def _pandemic(row: Row) -> Sentence:
    """How the intervals did in years that no model of this kind foresees."""
    return say(
        "Those years hold the pandemic, which the model does not foresee; only that inspections "
        "stopped and began again slowly is given to it, as a fact. Of the ",
        _cell(row, "pandemic_figures"),
        " figures of the two years to March 2022 the 95% intervals held ",
        *(_percent(row, "pandemic_inside95"), "%."),
    )


def _intervals(row: Row, last: pd.Timestamp) -> Sentence:
    """How often the widest interval contained what happened, and what that means."""
    share = float(row["inside95"])
    low, high = GOOD_ENOUGH
    if share < low:
        verdict = "They are too narrow: what happens is likelier to lie outside than they say."
    elif share > high:
        verdict = "They are, if anything, wider than need be."
    else:
        verdict = "That is about right."
    return say(
        f"Started from the England of {in_month(pd.Timestamp(row['start']))} and asked about the "
        f"years to {in_month(last)} that were not used to fit it, the model gave a 95% interval "
        "for each of ",
        _cell(row, "figures"),
        " published figures. The intervals held ",
        *(_percent(row, "inside95"), "%. ", verdict),
    )


def _skill(row: Row) -> Sentence:
    """How it did against simple rules, better or worse."""
    no_change, drift = (
        say(
            unsigned(_percent(row, f"better_than_{name}")),
            f"% {'better' if float(row[f'better_than_{name}']) >= 0 else 'worse'} than {words}",
        )
        for name, words in NAIVE_FORECASTS.items()
    )
    return say(
        *(f"From {in_month(pd.Timestamp(row['start']))} it scored ", no_change, " and ", drift),
        *("; a simple rule did better on ", _cell(row, "lost"), " of the "),
        *(_cell(row, "figures"), " figures."),
    )


def _cell(row: Row, column: str, scale: float = 1.0) -> CitedNumber:
    where = {name: row[name] for name in ("start", "window")}
    return cite(float(row[column]), 0, FILE, column, where, scale)


def _percent(row: Row, column: str) -> CitedNumber:
    return _cell(row, column, 100.0)
