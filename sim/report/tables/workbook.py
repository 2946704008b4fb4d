"""An accessible workbook of the results: one table a sheet, with cover, contents and notes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd

from sim.inputs.files.plain_text import shortened
from sim.inputs.metrics import METRICS
from sim.report.briefing.assumptions import assumptions_table
from sim.report.charts.chart import NOT_A_PLACE, without_formulas
from sim.report.charts.hexagons import layout_of
from sim.report.charts.map_charts import months_inadequate
from sim.report.charts.outcome_charts import HORIZON_MONTHS, survival_curves
from sim.report.charts.style import MOST_CATEGORIES
from sim.report.output_files import write_files, writing
from sim.report.words.headlines import differences
from sim.report.words.html import missing_extra
from sim.results.run_folder import Run, check_written_apart, label, open_run

MISSING = "[x]"
LONGEST_CELL, LONGEST_PROPERTY = 1000, 255
NOTES = (
    (
        "intervals",
        "Intervals of differences are 95% intervals that hold together over every scenario and "
        "measure. They say how well the model's own average is known, not how right the model is.",
    ),
    ("ranges", "Nine runs in ten lie between the 5th and the 95th percentile of the runs."),
    (
        "costs",
        "Avoided are child-years in need where practice is poor. Costs are all that councils spend "
        "more, the department's part included, in cash. The cost of each child-year is given only "
        "where the interval of what is avoided lies above nothing, with Fieller's interval.",
    ),
    (
        "months",
        "Kaplan-Meier estimate. Spells under way at the start count from the age they had reached.",
    ),
    ("places", NOT_A_PLACE),
)


def workbook(run_folder: Path, out: Path | None = None) -> Path:
    """Write results.xlsx and give its path.

    Raises InputError for a folder that is no whole run or has two scenarios that are written
    alike, when gptables is not installed, or
    for a place that cannot be written.
    """
    try:
        import gptables  # type: ignore[import-untyped]
    except ImportError:
        raise missing_extra("gptables") from None
    run = open_run(Path(run_folder))
    check_written_apart(run)
    path = out or run.folder / "results.xlsx"
    about = f"England, {run.period}, simulated, {run.replication_count} runs of each scenario"
    sheets = {
        name: gptables.GPTable(
            table=without_formulas(table).astype(object).where(table.notna(), MISSING),
            table_name=name.replace(" ", "_").lower(),
            title=title,
            subtitles=[about],
            scope=f"Run {run.run_id}, seed {run.seed}",
            source="Simulation",
            legend=[f"{MISSING}: not available"],
            index_columns={},
        )
        for name, (title, table) in tables(run).items()
        if len(table)  # a run of one scenario has no differences
    }
    # A cell that began with the words of a user could be read as a formula or a link.
    cover = gptables.Cover(
        title=_words(f"Results of the simulation: {run.title}"),
        intro=[about, f"{NOT_A_PLACE} The program informs a choice; it does not make one."],
        about=[
            _words(f"Scenarios: {', '.join(map(label, run.scenarios))}."),
            "Each sheet holds one table. Some cells hold the shorthand [x]: not available.",
        ],
    )
    content = io.BytesIO()
    with writing(path):
        book = gptables.produce_workbook(
            filename=content,
            sheets=sheets,
            theme=gptables.gptheme,
            cover=cover,
            notes_table=pd.DataFrame(NOTES, columns=["Note reference", "Note text"]),
            auto_width=True,
        )
        for sheet in book.worksheets():  # so that it can be printed
            sheet.set_paper(9)  # A4
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
        # The same run gives the same bytes: no time of writing.
        book.set_properties(
            {
                "title": shortened(cover.title, LONGEST_PROPERTY),
                "author": "sim",
                "created": datetime(2000, 1, 1),
            }
        )
        book.close()
        write_files({path: content.getvalue()})
    return path


def _words(text: str) -> str:
    """Text of a user as a cell: one line, with nothing that would be made into a link."""
    return shortened(text, LONGEST_CELL).replace("](", "] (")


def tables(run: Run) -> dict[str, tuple[str, pd.DataFrame]]:
    """Every sheet: its name, title and table."""
    base = label(run.baseline)
    return {
        "Means": ("Mean of the runs by measure and scenario", _columns(run, {"mean": ""})),
        "Ranges": (
            "Range of nine runs in ten by measure and scenario $$ranges$$",
            _columns(run, {"p05": ", 5th percentile", "p95": ", 95th percentile"}),
        ),
        "Differences": (f"Differences from {base} $$intervals$$", _differences(run)),
        "Costs": (f"What each scenario costs and avoids against {base} $$costs$$", _costs(run)),
        "Inadequate by month": (
            "Councils judged inadequate by month, mean of the runs",
            _by_month(run),
        ),
        "Still inadequate": (
            "Per cent still inadequate by months since the judgement $$months$$",
            _still(run),
        ),
        "Councils": (
            "Months inadequate over the period by council, mean of the runs $$places$$",
            _councils(run),
        ),
        "Assumptions": ("Assumptions on which most of the answer hangs", assumptions_table()),
    }


def _columns(run: Run, columns: Mapping[str, str]) -> pd.DataFrame:
    """A column for each scenario and column of summary.csv, in the units shown."""
    units = [(metric.label, metric.display_unit) for metric in METRICS.values()]
    table = pd.DataFrame(units, columns=["Measure", "Unit"])
    scale = pd.Series({name: metric.scale for name, metric in METRICS.items()})
    for name in run.scenarios:
        rows = run.summary[run.summary["scenario"] == name].set_index("metric")
        for column, words in columns.items():
            values = rows[column].reindex(list(METRICS)) * scale
            table[f"{label(name)}{words}"] = values.to_numpy()
    return table


def _differences(run: Run) -> pd.DataFrame:
    rows = [
        (
            *(metric.label, metric.display_unit, label(item.scenario)),
            *(metric.scale * value for value in (item.mean, item.low, item.high)),
            100 * item.share_better,
        )
        for metric in METRICS.values()
        for item in differences(run, metric.name)
    ]
    columns = ["Measure", "Unit", "Scenario", "Difference", "Interval, lower", "Interval, upper"]
    return pd.DataFrame(rows, columns=[*columns, "Per cent of runs better"])


def _costs(run: Run) -> pd.DataFrame:
    """What each scenario costs and avoids, in child-years and pounds."""
    table = run.cost_effectiveness.drop(columns=["baseline", "n"])
    table["scenario"] = [label(name) for name in table["scenario"]]
    return table.set_axis([_COSTS[column] for column in table.columns], axis=1)


_COSTS = {
    "scenario": "Scenario",
    "avoided": "Child-years avoided",
    "avoided_low": "Child-years avoided, lower",
    "avoided_high": "Child-years avoided, upper",
    "cost_gbp_m": "Cost, £ million a year",
    "cost_low": "Cost, lower",
    "cost_high": "Cost, upper",
    "gbp_per_child_year": "£ for each child-year avoided",
    "gbp_low": "£ for each, lower",
    "gbp_high": "£ for each, upper",
}


def _by_month(run: Run) -> pd.DataFrame:
    chosen = run.national[run.national["metric"] == "councils_inadequate"]
    wide = chosen.pivot(index="month", columns="scenario", values="mean")[list(run.scenarios)]
    wide = wide.rename(columns=label).rename_axis(None, axis=1)
    wide.insert(0, "Month", [f"{month:%B %Y}" for month in wide.index])
    return wide.reset_index(drop=True)


def _still(run: Run) -> pd.DataFrame:
    table = pd.DataFrame({"Months since judgement": range(HORIZON_MONTHS + 1)})
    for curve in survival_curves(run, run.scenarios[:MOST_CATEGORIES]):
        name = label(curve.scenario)
        table[name] = 100 * curve.share
        table[f"{name}, interval lower"] = 100 * curve.low
        table[f"{name}, interval upper"] = 100 * curve.high
    return table


def _councils(run: Run) -> pd.DataFrame:
    cells = layout_of(run)
    table = pd.DataFrame(
        {
            "Council": [cell.name for cell in cells],
            "Code": [cell.ons_code for cell in cells],
            "Region": [cell.region for cell in cells],
        }
    )
    for name in run.scenarios:
        table[label(name)] = months_inadequate(run, name, cells).mean(0)
    return table
