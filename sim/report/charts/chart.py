"""A chart: a headline, a drawing, its data and its words, saved side by side."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from sim.report.charts.style import (
    COLOURS,
    LINES,
    MARKERS,
    MOST_CATEGORIES,
    TEXT_COLOURS,
    Dashes,
    Draw,
    render,
)
from sim.report.words.prose import CitedNumber, Sentence, TableCell
from sim.results.run_folder import Run, label

SIMULATED = "Simulated outcomes, not a forecast."


FINDINGS = "charts/findings.csv"


class Findings:
    """Numbers that a chart's words state and no table holds: a width, a count, a peak.

    They are written to charts/findings.csv, so that they too can be traced.
    """

    def __init__(self, chart: str) -> None:
        self.chart = chart
        self.values: dict[str, float] = {}

    def figure(self, finding: str, value: float, shown: str, scale: float = 1.0) -> CitedNumber:
        """A number to be stated, kept under a name."""
        self.values[finding] = value
        where = (("chart", self.chart), ("finding", finding))
        return CitedNumber(value, shown, TableCell(FINDINGS, where, "value"), scale)


def findings_table(charts: Iterable[Chart]) -> pd.DataFrame:
    """Every finding of the charts: chart, finding, value."""
    kept = [chart.findings for chart in charts if chart.findings is not None]
    rows_ = [(one.chart, name, value) for one in kept for name, value in one.values.items()]
    return pd.DataFrame(rows_, columns=["chart", "finding", "value"])


def table_of(name: str) -> str:
    """Where the data of the chart of this name lie in a run folder."""
    return f"charts/{name}.csv"


@dataclass(frozen=True)
class Chart:
    """All that is needed to draw, save and describe a chart.

    `name` is the file name without its ending. `alt` says what the chart shows, for those
    who cannot see it. `data` holds every number drawn, without rounding. `height` is that of the
    drawing in inches on a page, `narrow_height` on a telephone.
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
    findings: Findings | None = None

    @property
    def table(self) -> str:
        """The chart's data, as the run folder names it."""
        return table_of(self.name)

    def save(self, folder: str | Path) -> list[Path]:
        """Write name.svg, name.png, name.csv and name.txt; the paths written."""
        drawn = render(
            self.draw,
            self.height,
            ("svg", "png"),
            headline=str(self.headline),
            subtitle=str(self.subtitle),
            source=self.source,
        )
        words = "\n\n".join(map(str, (self.headline, self.subtitle, self.alt, self.source)))
        files = {
            "svg": drawn["svg"],
            "png": drawn["png"],
            "csv": csv_bytes(self.data),
            "txt": f"{words}\n".encode(),
        }
        paths = [Path(folder) / f"{self.name}.{ending}" for ending in files]
        for path, content in zip(paths, files.values(), strict=True):
            path.write_bytes(content)
        return paths

    def _repr_html_(self) -> str:
        """The picture with its words, for a notebook."""
        picture = base64.b64encode(self.drawing().encode()).decode()
        words = [html.escape(str(text)) for text in (self.headline, self.subtitle, self.source)]
        return (
            f"<figure><figcaption><b>{words[0]}</b><br>{words[1]}</figcaption>"
            f'<img alt="{html.escape(str(self.alt))}" src="data:image/svg+xml;base64,{picture}">'
            f"<p><small>{words[2]}</small></p></figure>"
        )

    def drawing(self, narrow: bool = False) -> str:
        """The drawing alone, as SVG text, for a page that carries the words itself."""
        height = self.narrow_height if narrow else self.height
        return render(self.draw, height, ("svg",), narrow=narrow)["svg"].decode("utf-8")


def csv_bytes(table: pd.DataFrame) -> bytes:
    """A table as the bytes of a CSV file, the same on every machine."""
    return table.to_csv(index=False, float_format="%.10g", lineterminator="\n").encode()


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


def source_line(run: Run, *notes: str) -> str:
    """The source, with what a reader must know beside it."""
    beyond = run.scenarios[MOST_CATEGORIES:]
    if beyond:
        notes = (*notes, f"Also run: {', '.join(map(label, beyond))}.")
    held = "" if run.beliefs == "central" else f" Beliefs: {run.beliefs}."
    return " ".join((f"Source: simulation, run {run.run_id}, seed {run.seed}.{held}", *notes))


def rows(frame: pd.DataFrame, columns: Sequence[str], **where: str) -> pd.DataFrame:
    """The rows where the named columns have the given values, some columns only."""
    chosen = pd.Series(True, index=frame.index)
    for name, value in where.items():
        chosen &= frame[name] == value
    return frame.loc[chosen, list(columns)].reset_index(drop=True)
