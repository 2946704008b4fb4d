"""A study as reports read it: its numbers with the cells that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from sim.inputs.evidence.ledger import Ledger, load_ledger
from sim.report.words.prose import CitedNumber, TableCell, decimals, number
from sim.results.study_folder import Study

FINDINGS = "findings.csv"  # where a number of study.json is found, once it is cited


class StudyFolder(Study):
    """A study whose numbers are cited. Open it with `open_study`."""

    plainly = False  # parameters are told by what they drive, without their names

    def in_plain_words(self, plainly: bool) -> Self:
        """The same study, for readers who know no parameter by its name where `plainly`."""
        study = copy(self)
        study.plainly = plainly
        return study

    @cached_property
    def ledger(self) -> Ledger:
        """What the parameters are and in which units."""
        return load_ledger()

    @property
    def step(self) -> str:
        """How often children and staff were counted, where it was not weekly; else ""."""
        if self.step_weeks == 1:
            return ""
        return (
            f"Screened: children and staff were counted every {self.step_weeks} weeks, and "
            "inspectors' visits between inspections as a standing load on them; --step-weeks 1 "
            "counts weekly and visit by visit, as other runs do."
        )

    def cite(
        self,
        table: str,
        column: str,
        where: Mapping[str, object],
        value: float,
        *,
        among: Iterable[float] = (),
        scale: float = 1.0,
    ) -> CitedNumber:
        """A number of a table, with as many places as the largest of `among` needs."""
        shown = number(scale * value, decimals([scale * v for v in among] or [scale * value]))
        row = tuple((name, str(cell)) for name, cell in where.items())
        return CitedNumber(value, shown, TableCell(f"{table}.csv", row, column), scale)

    def share(
        self, table: str, column: str, where: Mapping[str, object], value: float
    ) -> CitedNumber:
        """A share of a table, in per cent without its sign."""
        row = tuple((name, str(cell)) for name, cell in where.items())
        return CitedNumber(
            value, number(100 * value, 0), TableCell(f"{table}.csv", row, column), 100.0
        )

    def finding(self, name: str, value: float, shown: str, scale: float = 1.0) -> CitedNumber:
        """A number that study.json holds, or that is counted from a table."""
        return CitedNumber(value, shown, TableCell(FINDINGS, (("finding", name),), "value"), scale)

    def source(self, *notes: str) -> str:
        """The line under a chart."""
        run = (
            f"Source: simulation, {self.kind} {self.record['run_id']}, seed {self.record['seed']}."
        )
        return " ".join((run, *notes, "Simulated outcomes, not a forecast."))


def open_study(folder: Path, record: Mapping[str, Any] | None = None) -> StudyFolder:
    """The study in a folder, checked: see `Study.open`."""
    return StudyFolder.open(folder, record)
