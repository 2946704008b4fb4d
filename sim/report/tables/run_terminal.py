"""A run and a sweep as a person reads them on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.analysis.variance_split import luck_interval
from sim.inputs.files.places import BUILT_IN, scenarios_dir
from sim.inputs.metrics import HEADLINE, METRICS, Metric, listed_metrics
from sim.report.tables.cost_terminal import print_costs
from sim.report.tables.terminal import print_figures, print_lines, print_table, print_title
from sim.report.words.answers import answers, line_sentence, unmeasured_sentences
from sim.report.words.headlines import Difference, differences
from sim.report.words.prose import decimals, number, with_sign
from sim.results.run_folder import Run, Sweep, one, open_run
from sim.results.table_file import read_table

FEW = 10
_NONE = "none"
_TOGETHER = "Together"
_TOO_FEW = "not known from so few"
_ROUGH = (
    "~ Except these: the differences are so skewed, or so often zero, that with so few "
    "replications the interval may miss the mean far more than one time in twenty."
)

Cells = tuple[str, ...]


def print_run(folder: Path, metrics: Sequence[str] = ()) -> None:
    """Print what each scenario gives, and how it differs from the one under test.

    Without `metrics` those of the list "screen"; the files hold all.
    """
    run = open_run(folder)
    metrics = metrics or listed_metrics("screen")
    runs = (
        "1 replication" if run.replication_count == 1 else f"{run.replication_count} replications"
    )
    beliefs = f", beliefs: {run.beliefs}" if run.beliefs != "central" else ""
    print_title(f"{run.title}: England, {run.period}, {runs}, seed {run.seed}{beliefs}")
    print_lines([*answers(run), line_sentence(run), *unmeasured_sentences(run)], "- ")
    if run.councils.empty:
        print_lines(["No financial year ends in this run: nothing is told by council and year."])
    print_figures(
        "What each scenario gives",
        ("", *run.scenarios),
        level_rows(run, metrics),
        "mean of the runs; below it the range of nine runs in ten",
    )
    _print_time(run)
    others = run.scenarios[1:]
    if not others:
        return
    print_costs(run)
    print_figures(
        f"Each scenario less {run.scenario}, with the same luck",
        ("", *others),
        _difference_rows(run, metrics),
        "mean difference; below it the [simultaneous 95 % interval] and the range of nine runs "
        "in ten",
    )
    print_figures(
        f"Share of runs in which each scenario is better than {run.scenario}",
        ("", *others),
        _better_rows(run, metrics),
        "replication by replication; ties count half",
    )
    print_lines(_notes(run))


def _print_time(run: Run) -> None:
    """Print in which stages councils are inadequate, and what each adds to the differences."""
    print_figures(
        "Where the time goes",
        ("", *run.scenarios),
        _stage_rows(run),
        "council-years inadequate by stage, means; waiting for the inspector is where an "
        "inspection would probably find the council inadequate no longer",
    )
    others = run.scenarios[1:]
    if others:
        print_figures(
            f"What each stage adds to the difference from {run.scenario}",
            ("", *others),
            _added_rows(run),
            "mean difference in council-years inadequate; its share of the whole where that is "
            "clear",
        )


def _stage_rows(run: Run) -> list[Cells]:
    """Council-years inadequate by stage and scenario: stages that take any time, then the sum."""
    stages = listed_metrics("phases")
    means = {
        stage: [one(run.summary, "mean", scenario=name, metric=stage) for name in run.scenarios]
        for stage in stages
    }
    sums = [sum(column) for column in zip(*means.values(), strict=True)]
    places = decimals(sums)
    rows = [(METRICS[stage].short, values) for stage, values in means.items() if any(values)]
    return [
        (name, *(number(value, places) for value in values))
        for name, values in (*rows, (_TOGETHER, sums))
    ]


def _added_rows(run: Run) -> list[Cells]:
    """What each stage adds to the difference of each other scenario from the first."""
    wholes = differences(run, "inadequate_council_years")
    places = _places(item.mean for item in wholes)
    rows: list[Cells] = []
    for stage in listed_metrics("phases"):
        items = differences(run, stage)
        if any(item.mean for item in items):
            cells = (_part(item, whole, places) for item, whole in zip(items, wholes, strict=True))
            rows.append((METRICS[stage].short, *cells))
    rows.append((_TOGETHER, *(_marked(item, places) for item in wholes)))
    return rows


def _part(item: Difference, whole: Difference, places: int) -> str:
    """A part of a difference, with its share of the whole where the whole is clear."""
    share = f" ({number(100 * item.mean / whole.mean, 0)} %)" if whole.sign and item.mean else ""
    return f"{_marked(item, places)}{share}"


def _marked(item: Difference, places: int) -> str:
    """A mean difference with its mark."""
    return f"{with_sign(item.mean, places)}{_mark(item)}"


def _mark(item: Difference) -> str:
    """What marks a difference whose interval is rough, or leaves out zero."""
    return " ~" if item.rough else " *" if item.sign else ""


def print_origins(record: Mapping[str, Any]) -> None:
    """Print which file each scenario of a run or study came from, and which of them bears the
    name of another. Prints nothing where the record does not tell."""
    files = record.get("scenario_files", {})
    if not files:
        return
    origins = (
        origin if origin.startswith(BUILT_IN) else f"{name} from {origin}"
        for name, origin in files.items()
    )
    print_lines(["", f"Scenarios: {', '.join(origins)}."])
    print_borrowed_names(record)


def print_own_files(record: Mapping[str, Any]) -> None:
    """Print the same of a run in which a scenario came from a file of the user's own, and nothing
    where all are the program's."""
    files = record.get("scenario_files", {})
    if not all(origin.startswith(BUILT_IN) for origin in files.values()):
        print_origins(record)


def print_borrowed_names(record: Mapping[str, Any]) -> None:
    """Print which file of a run or study bears the name of a scenario of the program."""
    for origin in record.get("scenario_files", {}).values():
        name = Path(origin).stem
        if not origin.startswith(BUILT_IN) and (scenarios_dir() / f"{name}.toml").is_file():
            own = f"{BUILT_IN}{name}"
            print_lines([f"{origin} bears the name of a scenario of the program, which is {own}."])


def print_luck(folder: Path) -> None:
    """Print how much the shared luck helps, metric by metric."""
    run = open_run(folder)
    print_figures(
        f"What sharing luck with {run.scenario} gains",
        ("", *run.scenarios[1:]),
        luck_rows(run),
        "variance ratio (correlation): the variance of the paired difference over that of runs "
        "with luck of their own.\n1 is no gain and 0 a perfect one, above 1 sharing does harm; "
        "a ratio of 0.05 saves 95 % of the replications.",
    )


def print_spread(folder: Path) -> None:
    """Print how much of the spread of the runs is luck and how much what is not known.

    Prints nothing where no runs were made again under other parameters.
    """
    table = open_run(folder).spread
    if table.empty:
        return
    first = table["scenario"].iloc[0]
    varying = table[table["metric"].isin(listed_metrics("spread")) & table["luck"].notna()]
    rows = [
        (
            row["metric"],
            f"{row['scenario']} less {row['baseline']}" if row["baseline"] else row["scenario"],
            f"{float(row['sd']):.3g}",
            *_shares(float(row["luck"]), int(row["pairs"])),
        )
        for row in varying.to_dict("records")
        if row["baseline"] or row["scenario"] == first
    ]
    print_table(
        f"What the spread is made of ({table['pairs'].iloc[0]} pairs of runs)",
        ("metric", "of", "standard deviation", "luck", "ignorance"),
        rows,
        below="share of the variance, with its 95 % interval where there are pairs enough to say",
        right=(2, 3, 4),
    )


def _shares(luck: float, pairs: int) -> tuple[str, str]:
    """The shares of luck and of ignorance with their intervals."""
    ends = luck_interval(luck, pairs)
    if ends is None:
        return _TOO_FEW, _TOO_FEW
    low, high = ends
    return (
        f"{luck:.0%} ({low:.0%} to {high:.0%})",
        f"{1 - luck:.0%} ({1 - high:.0%} to {1 - low:.0%})",
    )


def print_sweep(folder: Path, metrics: Sequence[str] = ()) -> None:
    """Print the points of a sweep: means, and differences to the scenario as it stands."""
    place = Sweep.open(folder).folder / "points_long.csv"
    table = read_table(place, dtype=str, keep_default_na=False)
    levers = list(table.columns[1 : table.columns.get_loc("metric")])
    listed = [METRICS[name] for name in metrics or listed_metrics("sweep") if name in METRICS]
    rows: list[Cells] = []
    for name in table["point"].unique():
        point = table[table["point"] == name]
        cells = [_sweep_cell(point[point["metric"] == m.name].iloc[0], m.scale) for m in listed]
        rows.append(("" if rows else name, *(point.iloc[0][lever] for lever in levers), *cells))
    print_figures(
        "Every point of the sweep",
        ("", *levers, *map(_with_unit, listed)),
        rows,
        "mean; [simultaneous 95 % interval of the difference to the scenario as it stands]",
    )


def level_rows(run: Run, metrics: Sequence[str]) -> list[Cells]:
    """What each scenario gives, a row a metric."""
    rows: list[Cells] = []
    for metric in (METRICS[name] for name in metrics):
        summaries = [_row(run.summary, name, metric.name) for name in run.scenarios]
        levels = [
            [metric.scale * float(row[column]) for column in ("mean", "p05", "p95")]
            for row in summaries
        ]
        places = decimals(value for level in levels for value in level)
        rows.append(
            (_with_unit(metric), *(_level(mean, low, high, places) for mean, low, high in levels))
        )
    return rows


def luck_rows(run: Run) -> list[Cells]:
    """For each metric that varies: variance ratio and correlation of each scenario."""
    rows: list[Cells] = []
    for metric in METRICS.values():
        comparisons = [_row(run.comparison, name, metric.name) for name in run.scenarios[1:]]
        ratios = [float(row["variance_ratio"]) for row in comparisons]
        correlations = [float(row["correlation"]) for row in comparisons]
        if all(ratio != ratio for ratio in ratios):
            continue
        cells = (
            _NONE if r != r else number(r, 2) if c != c else f"{number(r, 2)} ({number(c, 2)})"
            for r, c in zip(ratios, correlations, strict=True)
        )
        rows.append((metric.label, *cells))
    return rows


def _difference_rows(run: Run, metrics: Sequence[str]) -> list[Cells]:
    rows: list[Cells] = []
    for name in metrics:
        items, metric = differences(run, name), METRICS[name]
        values = (metric.scale * v for item in items for v in (item.mean, item.p05, item.p95))
        places = _places(values)
        cells = (_difference(item, metric.scale, places) for item in items)
        rows.append((_with_unit(metric), *cells))
    return rows


def _difference(item: Difference, scale: float, places: int) -> str:
    if item.mean != item.mean:
        return _NONE
    if item.mean == item.low == item.high == 0.0:
        return "no difference\nin any run"
    interval = _range(scale * item.low, scale * item.high, places)
    known = item.low == item.low
    return (
        f"{with_sign(scale * item.mean, places)}{_mark(item)}\n"
        f"[{interval if known else 'unknown'}]\n"
        f"{_range(scale * item.p05, scale * item.p95, places)}"
    )


def _better_rows(run: Run, metrics: Sequence[str]) -> list[Cells]:
    rows: list[Cells] = []
    for metric in (METRICS[name] for name in metrics if METRICS[name].better != "neither"):
        shares = [item.share_better for item in differences(run, metric.name)]
        cells = (_NONE if share != share else f"{share:.0%}" for share in shares)
        rows.append((metric.label, *cells))
    return rows


def _level(mean: float, low: float, high: float, places: int) -> str:
    if mean != mean:
        return _NONE
    return f"{number(mean, places)}\n{number(low, places)} to {number(high, places)}"


def _sweep_cell(row: pd.Series[str], scale: float) -> str:
    columns = ("mean", "diff_mean", "diff_ci95_low", "diff_ci95_high")
    mean, diff, low, high = (float(row[name]) * scale if row[name] else None for name in columns)
    if mean is None:
        return _NONE
    places = decimals([mean])
    if diff is None or low is None or high is None:
        return number(mean, places)
    mark = " *" if low > 0 or high < 0 else ""
    return f"{number(mean, places)}{mark}\n[{_range(low, high, _places([diff, low, high]))}]"


def _places(values: Iterable[float]) -> int:
    """Places after the point for differences, which may be far smaller than what differs."""
    known = [abs(value) for value in values if value == value]
    largest = max(known, default=0.0)
    return 4 if 0 < largest < 0.01 else 3 if 0 < largest < 0.1 else decimals(known)


def _range(low: float, high: float, places: int) -> str:
    return f"{with_sign(low, places)} to {with_sign(high, places)}"


def _with_unit(metric: Metric) -> str:
    unit = "%" if metric.scale > 1 else metric.display_unit.replace("£", "GBP")
    return f"{metric.label}\n  {unit}"


def _notes(run: Run) -> list[str]:
    rough = "interval" in run.comparison and (run.comparison["interval"] == "rough").any()
    notes = [
        "* The interval leaves out zero. All intervals, over every scenario and metric, hold "
        "together with 95 % confidence.",
        *([_ROUGH] if rough else []),
        "They say how well the mean difference in this model is known, not how right the model "
        "is. The range says how much luck matters.",
    ]
    ratios = (_row(run.comparison, name, HEADLINE)["variance_ratio"] for name in run.scenarios[1:])
    worst = max((float(ratio) for ratio in ratios if ratio == ratio), default=0.0)
    if 0.0 < worst < 1.0:
        notes.append(
            f"Sharing luck: to know the differences in \u201c{METRICS[HEADLINE].label}\u201d as "
            f"well with luck of their own, the scenarios would need about "
            f"{run.replication_count / worst:,.0f} replications each."
        )
    if run.replication_count < FEW:
        notes.append(f"Fewer than {FEW} replications: the intervals are wide or unknown.")
    return notes


def _row(frame: pd.DataFrame, scenario: str, metric: str) -> pd.Series[float]:
    return frame[(frame["scenario"] == scenario) & (frame["metric"] == metric)].iloc[0]
