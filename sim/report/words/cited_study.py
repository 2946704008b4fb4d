"""A study as reports read it: numbers with their cells, parameters and metric in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from sim.inputs.evidence.ledger import Ledger, load_ledger
from sim.inputs.metrics import HEADLINE, METRICS, Metric
from sim.report.words.prose import CitedNumber, TableCell, amount, listed, number
from sim.results.run_folder import label
from sim.results.study_folder import Study

Row = Mapping[str, Any]

FINDINGS = "findings.csv"  # where a number that is in no table is found, once it is cited
# The columns that single out a row of each table.
KEYS = {
    "attribution": ("step",),
    "beliefs": ("beliefs", "scenario", "metric"),
    "boxes": ("scenario", "parameter"),
    "breakeven": ("against", "parameter"),
    "information": ("parameter",),
    "robust": ("scenario",),
    "screening": ("factor",),
    "shares": ("factor",),
    "tipping": ("scenario", "against", "parameter"),
}
# The columns whose numbers are in the unit of the metric that a study judges by.
OUTCOMES = {
    "attribution": ("effect", "ci95_half"),
    "beliefs": ("mean", "ci95_low", "ci95_high", "regret"),
    "breakeven": ("loss_low", "loss_high"),
    "information": ("value",),
    "robust": ("mean", "regret_most", "lead", "lead_ci95_half"),
    "screening": ("size",),
}


class CitedStudy(Study):
    """A study whose numbers are cited. Open it with `open_study`."""

    plain_words = False  # parameters are named by what they drive alone

    def in_plain_words(self, plain: bool) -> Self:
        """The same study, for readers who know no parameter by its name where `plain`."""
        study = copy(self)
        study.plain_words = plain
        return study

    def cell(self, table: str, row: Row, column: str, among: Iterable[float] = ()) -> CitedNumber:
        """A number of a table, with as many places as the largest of `among` needs; what is in the
        unit of the metric is shown in `unit`."""
        value, scale = float(row[column]), self._scale(table, row, column)
        text = amount(scale * value, [scale * other for other in among])
        return CitedNumber(value, text, self._address(table, row, column), scale)

    def _scale(self, table: str, row: Row, column: str) -> float:
        """What a number of a table is multiplied with to be shown."""
        if column not in OUTCOMES.get(table, ()):
            return 1.0
        return (METRICS[str(row["metric"])] if table == "beliefs" else self.metric).scale

    def cells(self, table: str, row: Row, *columns: str) -> tuple[CitedNumber, ...]:
        """Numbers of a row, all with as many places as the largest needs."""
        values = [float(row[column]) for column in columns]
        return tuple(self.cell(table, row, column, values) for column in columns)

    def percent(self, table: str, row: Row, column: str) -> CitedNumber:
        """A share in a table, in per cent without the sign for it."""
        value = float(row[column])
        address = self._address(table, row, column)
        return CitedNumber(value, number(100 * value, 0), address, 100.0)

    @staticmethod
    def _address(table: str, row: Row, column: str) -> TableCell:
        return TableCell(f"{table}.csv", tuple((n, str(row[n])) for n in KEYS[table]), column)

    def finding(
        self, name: str, value: float, places: int | None = None, scale: float = 1.0
    ) -> CitedNumber:
        """A number that study.json holds; with as many places as it needs where not said."""
        text = amount(scale * value) if places is None else number(scale * value, places)
        return CitedNumber(
            float(value), text, TableCell(FINDINGS, (("finding", name),), "value"), scale
        )

    def outcome(self, name: str) -> CitedNumber:
        """A number of study.json that is in the unit of the metric, shown in `unit`."""
        return self.finding(name, self.facts[name], scale=self.metric.scale)

    def count(self, name: str, value: int) -> CitedNumber:
        """A number that is counted from a table or a record."""
        return self.finding(name, value, 0)

    @property
    def replication_count(self) -> CitedNumber:
        """How many replications were run of each future or each set of beliefs."""
        return self.count("replications", int(self.record["replications"]))

    @cached_property
    def ledger(self) -> Ledger:
        """What the parameters are and in which units."""
        return load_ledger()

    def parameter(self, name: str) -> str:
        """A parameter by its name and what it drives: "control.effect (uplift ...)".

        In plain words only what it drives, in quotation marks.
        """
        if name not in self.ledger:
            return name
        drives = self.ledger[name].drives
        return f"\u201c{drives}\u201d" if self.plain_words else f"{name} ({drives})"

    def axis_label(self, name: str) -> str:
        """A parameter along an axis: what it drives, its name and its unit."""
        entry = self.ledger[name]
        return f"{entry.drives[:1].upper()}{entry.drives[1:]} ({name}, {entry.unit})"

    @property
    def metric(self) -> Metric:
        """What the options are judged by."""
        return METRICS[str(self.facts.get("metric", HEADLINE))]

    @property
    def unit(self) -> str:
        """The unit in which figures of the metric are shown."""
        return self.metric.display_unit

    @property
    def measured(self) -> str:
        """The metric inside a sentence."""
        return self.metric.label[:1].lower() + self.metric.label[1:]

    def source(self, *notes: str) -> str:
        """The line under a chart."""
        run = (
            f"Source: simulation, {self.kind} {self.record['run_id']}, seed {self.record['seed']}."
        )
        return " ".join((run, *notes, "Simulated outcomes, not a forecast."))


def open_study(folder: Path, record: Mapping[str, Any] | None = None) -> CitedStudy:
    """The study in a folder, checked: see `Study.open`."""
    return CitedStudy.open(folder, record)


def records(table: pd.DataFrame) -> list[Row]:
    """The rows of a table."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def wrappable(parameter: str) -> str:
    """A parameter's name as words that can be wrapped: "trust: setup months"."""
    return parameter.replace(".", ": ").replace("_", " ")


def highest(rows: pd.DataFrame, column: str) -> list[str]:
    """The scenarios with the highest figure: several where they tie."""
    return [str(s) for s in rows.loc[rows[column] >= rows[column].max() - 1e-9, "scenario"]]


def either(scenarios: Iterable[str]) -> str:
    """The option chosen, or those that tie."""
    names = [label(name) for name in scenarios]
    return listed(names, "or") + (" (they tie)" if len(names) > 1 else "")


def lead(rows: pd.DataFrame, best: Row) -> str:
    """How the lead of the best of some options stands to chance: "clearly ahead of ..."."""
    others = rows[rows["scenario"] != best["scenario"]]
    clear = others["lead"].abs() > others["lead_ci95_half"]
    if clear.all():
        return "clearly ahead of every alternative"
    if not clear.any():
        return "not clearly ahead of any alternative"
    behind = listed(label(name) for name in others.loc[clear, "scenario"])
    rest = listed([label(name) for name in others.loc[~clear, "scenario"]], "or")
    return f"clearly ahead of {behind} but not of {rest}"
