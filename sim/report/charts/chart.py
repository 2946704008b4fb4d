"""A chart with its words and data, and the scaffold on which every chart is made.

A chart is a class: `table` gives every number drawn, `draw` draws them, `headline` says what
they show and `sentences` say the same to those who cannot see it. Styles of scenarios, citations,
source line, subtitle and files are here, once.
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pandas.api.types import is_numeric_dtype

from sim.inputs.files.plain_text import data_cell
from sim.report.charts.style import (
    COLOURS,
    LINES,
    MARKERS,
    MOST_CATEGORIES,
    TEXT_COLOURS,
    Area,
    Dashes,
    Draw,
    render,
)
from sim.report.output_files import write_files
from sim.report.words.headlines import statistical
from sim.report.words.prose import CitedNumber, Sentence, TableCell, cite, joined, number, say
from sim.results.run_folder import Run, label

SIMULATED = "Simulated outcomes, not a forecast."
NOT_A_PLACE = "Simulated outcomes: not a forecast of any council."
FINDINGS = "charts/findings.csv"

Row = Mapping[Hashable, Any]


def table_of(name: str) -> str:
    """Where the data of the chart of this name lie in a run folder."""
    return f"charts/{name}.csv"


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as the bytes of a CSV file, the same on every machine.

    Text that a spreadsheet would take for a formula is marked as text.
    """
    return (
        without_formulas(table)
        .to_csv(index=False, float_format="%.10g", lineterminator="\n")
        .encode()
    )


@dataclass(frozen=True)
class Chart:
    """All that is needed to draw, save and describe a chart. A notebook shows it as a figure.

    `name` is the file name without its ending. `alt` says what the chart shows, for those
    who cannot see it. `data` holds every number drawn, without rounding. `height` is that of the
    drawing in inches on a page, `narrow_height` on a telephone. `findings` are numbers that the
    words state and no table holds, by name: a width, a count, a peak.
    """

    name: str
    headline: Sentence
    subtitle: Sentence
    source: str
    alt: Sentence
    data: pd.DataFrame
    draw: Draw
    height: float = 4.6
    narrow_height: float = 4.2
    findings: Mapping[str, float] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The chart's data, as the run folder names it."""
        return table_of(self.name)

    def save(self, folder: str | Path) -> list[Path]:
        """Write name.svg, name.png, name.csv and name.txt; the paths written.

        Raises OSError where they cannot be written; none is then.
        """
        return write_files(self.files(Path(folder)))

    def files(self, folder: Path) -> dict[Path, bytes]:
        """What `save` writes, by path."""
        words = "\n\n".join(map(str, (self.headline, self.subtitle, self.alt, self.source)))
        files = {
            **self._titled("svg", "png"),
            "csv": csv_bytes(self.data),
            "txt": f"{words}\n".encode(),
        }
        return {folder / f"{self.name}.{ending}": content for ending, content in files.items()}

    def drawing(self, narrow: bool = False) -> str:
        """The drawing alone, as SVG text, for a page that carries the words itself."""
        height = self.narrow_height if narrow else self.height
        return render(self.draw, height, ("svg",), narrow=narrow)["svg"].decode("utf-8")

    def image_address(self, narrow: bool = False) -> str:
        """The drawing alone as a data address, for the `src` of an HTML image."""
        code = base64.b64encode(self.drawing(narrow).encode()).decode()
        return f"data:image/svg+xml;base64,{code}"

    def _titled(self, *kinds: str) -> dict[str, bytes]:
        """The picture with headline, subtitle and source, in each kind asked for."""
        return render(
            self.draw,
            self.height,
            kinds,
            headline=str(self.headline),
            subtitle=str(self.subtitle),
            source=self.source,
        )

    def _repr_svg_(self) -> str:
        return self._titled("svg")["svg"].decode("utf-8")

    def _repr_html_(self) -> str:
        return (
            f"<figure><figcaption><strong>{escape(str(self.headline))}</strong><br>"
            f'{escape(str(self.subtitle))}</figcaption><img src="{self.image_address()}" '
            f'alt="{escape(str(self.alt))}"><p><small>{escape(self.source)}</small></p></figure>'
        )


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before the text that a spreadsheet would calculate."""
    changed = {}
    for name in table.columns:
        if is_numeric_dtype(table[name]):
            continue
        texts = [cell for cell in table[name].unique() if isinstance(cell, str)]
        fit = {cell: safe for cell in texts if (safe := data_cell(cell)) != cell}
        if fit:
            changed[name] = table[name].replace(fit)
    return table.assign(**changed) if changed else table


def findings_table(charts: Iterable[Chart]) -> pd.DataFrame:
    """Every finding of the charts: chart, finding, value."""
    values = [
        (chart.name, finding, value)
        for chart in charts
        for finding, value in chart.findings.items()
    ]
    return pd.DataFrame(values, columns=["chart", "finding", "value"])


@dataclass(frozen=True)
class ScenarioStyle:
    """How one scenario is drawn in every chart of a run."""

    scenario: str
    label: str
    colour: str
    ink: str
    line: Literal["solid"] | Dashes
    marker: str


def scenario_styles(run: Run) -> list[ScenarioStyle]:
    """The scenarios to draw, at most four, each with its colour, line and marker."""
    styles = zip(COLOURS, TEXT_COLOURS, LINES, MARKERS, strict=True)
    return [
        ScenarioStyle(name, label(name), *style)
        for name, style in zip(run.scenarios, styles, strict=False)
    ]


def source_line(run: Run, *notes: str, all_drawn: bool = False) -> str:
    """The source, with what a reader must know besides. `all_drawn`: no scenario is left out."""
    if not all_drawn and (others := run.scenarios[MOST_CATEGORIES:]):
        notes = (*notes, f"Also run: {', '.join(map(label, others))}.")
    beliefs = "" if run.beliefs == "central" else f" Beliefs: {run.beliefs}."
    return " ".join((f"Source: simulation, run {run.run_id}, seed {run.seed}.{beliefs}", *notes))


def rows_where(table: pd.DataFrame, **where: object) -> pd.DataFrame:
    """The rows where the named columns have the given values."""
    chosen = pd.Series(True, index=table.index)
    for name, value in where.items():
        chosen &= table[name] == value
    return table[chosen]


def stacked(
    table: pd.DataFrame, scenarios: Sequence[str], metrics: Iterable[str], columns: Sequence[str]
) -> pd.DataFrame:
    """The rows of each scenario and metric in turn, some columns only; months as 2016-07."""
    metrics = list(metrics)
    data = pd.concat(
        rows_where(table, scenario=scenario, metric=metric)
        for scenario in scenarios
        for metric in metrics
    )
    if "month" in data:
        data = data.assign(month=data["month"].dt.strftime("%Y-%m"))
    return data[list(columns)].reset_index(drop=True)


class ChartMaker(ABC):
    """How a chart is made. One for each chart, of a run, a study or a back-test.

    `table` is asked first and may set what depends on the data: heights, notes. `keys` are the
    columns of the table that single out a row, for citations.
    """

    name: str
    kind: str = ""  # of chart: the start of the alternative text
    closing: str = "."  # the end of the alternative text
    keys: tuple[str, ...] = ()
    height: float = 4.6
    narrow_height: float = 4.2

    def __init__(self) -> None:
        self.findings: dict[str, float] = {}
        self.data = self.table()

    @abstractmethod
    def table(self) -> pd.DataFrame:
        """Every number drawn, without rounding; empty where there is nothing to show."""

    @abstractmethod
    def draw(self, area: Area) -> None:
        """Draw the table."""

    @abstractmethod
    def headline(self) -> Sentence | str:
        """What the chart shows, in a line."""

    @abstractmethod
    def subtitle(self) -> Sentence | str:
        """What is measured, where and when, and how to read it."""

    @abstractmethod
    def source(self) -> str:
        """Where the numbers come from, and what a reader must know besides."""

    @abstractmethod
    def sentences(self) -> Iterable[Sentence | str]:
        """What the chart shows, one thing after another, for those who cannot see it."""

    def records(self, **where: object) -> list[Row]:
        """Rows of the table, those where the named columns have the given values."""
        return list(rows_where(self.data, **where).to_dict("records"))

    def cited(self, row: Row, column: str, places: int, scale: float = 1.0) -> CitedNumber:
        """A number of a row of the table, with its cell; shown times `scale`."""
        where = {key: row[key] for key in self.keys}
        return cite(float(row[column]), places, table_of(self.name), column, where, scale)

    def finding(self, finding: str, value: float, places: int = 0) -> CitedNumber:
        """A number that no table holds, traced to charts/findings.csv under a name."""
        self.findings[finding] = float(value)
        cell = TableCell(FINDINGS, (("chart", self.name), ("finding", finding)), "value")
        return CitedNumber(float(value), number(value, places), cell)

    def chart(self) -> Chart:
        """The chart, whole."""
        return Chart(
            name=self.name,
            headline=say(self.headline()),
            subtitle=say(self.subtitle()),
            source=self.source(),
            alt=say(self.kind, joined(self.sentences()), self.closing),
            data=self.data,
            draw=self.draw,
            height=self.height,
            narrow_height=self.narrow_height,
            findings=self.findings,
        )


class RunChart(ChartMaker):
    """A chart of the scenarios of a run."""

    measure: str  # what the subtitle names
    legend: Sentence | str = ""  # what the subtitle adds on how to read it
    notes: tuple[str, ...] = (SIMULATED,)  # what follows the source
    needs: str = ""  # what a run lacks that has nothing to show here

    def __init__(self, run: Run) -> None:
        self.run = run
        self.styles = scenario_styles(run)
        self.scenarios = [style.scenario for style in self.styles]
        self.main = self.styles[0]
        super().__init__()

    def subtitle(self) -> Sentence:
        return statistical(self.run, self.measure) + self.legend

    def source(self) -> str:
        return source_line(self.run, *self.notes)
