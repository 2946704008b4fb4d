"""The comparison as a person reads it on a screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sim.inputs.metrics import METRICS, listed_metrics
from sim.report.words.prose import decimals, number
from sim.results.run_folder import Run, open_run

if TYPE_CHECKING:
    from rich.console import Console

# The figures shown unless others are asked for; the files hold all.
HEADLINES = listed_metrics("screen")
SWEEP_HEADLINES = listed_metrics("sweep")
FEW = 10
_WIDTH = 120
_CLEAR = " *"
_ROUGH = " ~"
_NONE = "none"
_EMPTY = pd.Series(dtype=str)
_ROUGHLY = (
    "~ Except these: the differences are so skewed, or so often zero, that with so few "
    "replications the interval may miss the mean far more than one time in twenty."
)

Cells = tuple[str, ...]
Figures = Sequence[tuple[float, ...]]


def print_run(folder: Path, metrics: Sequence[str] = HEADLINES) -> None:
    """Print what each scenario gives, and how it differs from the one under test."""
    console = make_console()
    run = open_run(folder)
    runs = (
        "1 replication" if run.replication_count == 1 else f"{run.replication_count} replications"
    )
    held = f", beliefs: {run.beliefs}" if run.beliefs != "central" else ""
    heading(console, f"{run.title}: England, {run.period}, {runs}, seed {run.seed}{held}")
    heading(
        console,
        "What each scenario gives",
        "mean of the runs; below it the range of nine runs in ten",
    )
    header, rows = headline_rows(folder, metrics)
    print_table(console, header, rows)
    if len(run.scenarios) == 1:
        return
    heading(
        console,
        f"Each scenario less {run.scenario}, with the same luck",
        "mean difference; below it the [simultaneous 95 % interval] and the range of nine runs "
        "in ten",
    )
    print_table(console, ("", *run.scenarios[1:]), _differences(run, metrics))
    heading(
        console,
        f"Share of runs in which each scenario is better than {run.scenario}",
        "replication by replication; ties count half",
    )
    print_table(console, ("", *run.scenarios[1:]), _shares_better(run, metrics))
    for note in _notes(run):
        console.print(note, markup=False, highlight=False)


def print_luck(folder: Path) -> None:
    """Print how much the shared luck helps, metric by metric."""
    console = make_console()
    run = open_run(folder)
    heading(
        console,
        f"What sharing luck with {run.scenario} gains",
        "variance ratio (correlation): the variance of the paired difference over that of runs "
        "with luck of their own.\n1 is no gain and 0 a perfect one, above 1 sharing does harm; "
        "a ratio of 0.05 saves 95 % of the replications.",
    )
    print_table(console, ("", *run.scenarios[1:]), luck_rows(run))


def print_sweep(folder: Path, metrics: Sequence[str] = ()) -> None:
    """Print the points of a sweep: means, and differences to the scenario as it stands."""
    console = make_console()
    table = pd.read_csv(folder / "points_long.csv", dtype=str, keep_default_na=False)
    levers = list(table.columns[1 : table.columns.get_loc("metric")])
    shown = [name for name in metrics or SWEEP_HEADLINES if name in METRICS]
    rows: list[Cells] = []
    for name in table["point"].unique():
        point = table[table["point"] == name]
        cells = [_sweep_cell(point[point["metric"] == m].iloc[0], m) for m in shown]
        rows.append(("" if rows else name, *(point.iloc[0][lever] for lever in levers), *cells))
    heading(
        console,
        "Every point of the sweep",
        "mean; [simultaneous 95 % interval of the difference to the scenario as it stands]",
    )
    print_table(console, ("", *levers, *(_named(metric) for metric in shown)), rows)


def headline_rows(folder: Path, metrics: Sequence[str] = HEADLINES) -> tuple[Cells, list[Cells]]:
    """The header and rows of what each scenario gives, a row a metric."""
    run = open_run(folder)
    rows: list[Cells] = []
    for metric in metrics:
        figures = _figures(run.summary, run.scenarios, metric, ("mean", "p05", "p95"))
        places = decimals(value for row in figures for value in row)
        rows.append((_named(metric), *(_level(row, places) for row in figures)))
    return ("", *run.scenarios), rows


def luck_rows(run: Run) -> list[Cells]:
    """For each metric that varies: variance ratio and correlation of each scenario."""
    rows: list[Cells] = []
    for metric in METRICS:
        found = [_row(run.comparison, name, metric) for name in run.scenarios[1:]]
        ratios = [float(row["variance_ratio"]) for row in found]
        correlations = [float(row["correlation"]) for row in found]
        if all(ratio != ratio for ratio in ratios):
            continue
        cells = (
            _NONE if r != r else number(r, 2) if c != c else f"{number(r, 2)} ({number(c, 2)})"
            for r, c in zip(ratios, correlations, strict=True)
        )
        rows.append((METRICS[metric].label, *cells))
    return rows


def _differences(run: Run, metrics: Sequence[str]) -> list[Cells]:
    columns = ("diff_mean", "ci95_low", "ci95_high", "p05", "p95")
    others = run.scenarios[1:]
    rows: list[Cells] = []
    for metric in metrics:
        figures = _figures(run.comparison, others, metric, columns)
        places = _places(value for row in figures for value in (row[0], row[3], row[4]))
        rough = [_is_rough(run, other, metric) for other in others]
        cells = map(_difference, figures, [places] * len(figures), rough)
        rows.append((_named(metric), *cells))
    return rows


def _is_rough(run: Run, scenario: str, metric: str) -> bool:
    """Whether an interval is not to be trusted; older run folders do not tell."""
    return str(_row(run.comparison, scenario, metric).get("interval", "")) == "rough"


def _shares_better(run: Run, metrics: Sequence[str]) -> list[Cells]:
    rows: list[Cells] = []
    for metric in metrics:
        if METRICS[metric].better == "neither":
            continue
        shares = (_row(run.comparison, name, metric)["share_better"] for name in run.scenarios[1:])
        cells = (_NONE if share != share else f"{share:.0%}" for share in map(float, shares))
        rows.append((METRICS[metric].label, *cells))
    return rows


def _difference(figures: tuple[float, ...], places: int, rough: bool) -> str:
    mean, low, high, p05, p95 = figures
    if mean != mean:
        return _NONE
    clear = _ROUGH if rough else _CLEAR if low > 0 or high < 0 else ""
    interval = "unknown" if low != low else _range(low, high, places)
    return f"{_signed(mean, places)}{clear}\n[{interval}]\n{_range(p05, p95, places)}"


def _level(figures: tuple[float, ...], places: int) -> str:
    mean, low, high = figures
    if mean != mean:
        return _NONE
    return f"{number(mean, places)}\n{number(low, places)} to {number(high, places)}"


def _sweep_cell(row: pd.Series[str], metric: str) -> str:
    scale = METRICS[metric].scale
    columns = ("mean", "diff_mean", "diff_ci95_low", "diff_ci95_high")
    mean, diff, low, high = (float(row[name]) * scale if row[name] else None for name in columns)
    if mean is None:
        return _NONE
    places = decimals([mean])
    if diff is None or low is None or high is None:
        return number(mean, places)
    clear = _CLEAR if low > 0 or high < 0 else ""
    return f"{number(mean, places)}{clear}\n[{_range(low, high, _places([diff, low, high]))}]"


def _places(values: Iterable[float]) -> int:
    """Places after the point for differences, which may be far smaller than what differs."""
    known = [abs(value) for value in values if value == value]
    largest = max(known, default=0.0)
    return 4 if 0 < largest < 0.01 else 3 if 0 < largest < 0.1 else decimals(known)


def _range(low: float, high: float, places: int) -> str:
    return f"{_signed(low, places)} to {_signed(high, places)}"


def _signed(value: float, places: int) -> str:
    text = number(value, places)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def _named(metric: str) -> str:
    entry = METRICS[metric]
    return f"{entry.label}\n  {'%' if entry.scale > 1 else entry.yearly_unit}"


def _notes(run: Run) -> list[str]:
    notes = [
        "* The interval leaves out zero. All intervals, over every scenario and metric, hold "
        "together with 95 % confidence.",
        *([_ROUGHLY] if (run.comparison.get("interval", _EMPTY) == "rough").any() else []),
        "They say how well the mean difference in this model is known, not how right the model "
        "is. The range says how much luck matters.",
    ]
    metric = HEADLINES[1]
    ratios = (_row(run.comparison, name, metric)["variance_ratio"] for name in run.scenarios[1:])
    worst = max((float(ratio) for ratio in ratios if ratio == ratio), default=0.0)
    if 0.0 < worst < 1.0:
        label = METRICS[metric].label
        notes.append(
            f"Sharing luck: to know the differences in “{label}” as well with luck of their own, "
            f"the scenarios would need about {run.replication_count / worst:,.0f} replications "
            "each."
        )
    if run.replication_count < FEW:
        notes.append(f"Fewer than {FEW} replications: the intervals are wide or unknown.")
    return notes


def _figures(
    frame: pd.DataFrame, scenarios: Sequence[str], metric: str, columns: Sequence[str]
) -> list[tuple[float, ...]]:
    """The columns of each scenario's row, in the scale in which they are shown."""
    scale = METRICS[metric].scale
    found = [_row(frame, scenario, metric) for scenario in scenarios]
    return [tuple(float(row[column]) * scale for column in columns) for row in found]


def _row(frame: pd.DataFrame, scenario: str, metric: str) -> pd.Series[float]:
    chosen = frame[(frame["scenario"] == scenario) & (frame["metric"] == metric)]
    return chosen.iloc[0]


def make_console() -> Console:
    """The screen, or where there is none something wide enough for the tables."""
    from rich.console import Console  # imported here: only a screen needs it

    console = Console()
    return console if console.is_terminal else Console(width=max(_WIDTH, console.width))


def heading(console: Console, title: str, below: str = "") -> None:
    """Print a title in bold, with what is below it."""
    console.print()
    console.print(title, style="bold", markup=False, highlight=False)
    if below:
        console.print(below, style="dim", markup=False, highlight=False)


def print_table(console: Console, header: Cells, rows: Sequence[Cells]) -> None:
    """Print a table; all columns but the first are numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(header):
        table.add_column(name, justify="right" if place else "left", overflow="fold")
    spaced = any("\n" in cell for row in rows for cell in row)
    for row in rows:
        # Text, not markup: brackets are part of what is said.
        table.add_row(*(Text(cell) for cell in row))
        if spaced:
            table.add_row()
    console.print(table)
