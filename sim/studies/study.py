"""A study: how it is run, and its finished tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from sim.inputs.files.problems import Problem
from sim.results.metadata import read_record
from sim.runs import workers
from sim.runs.execute import Draw, Settings, run_plan
from sim.runs.plan import Plan, check_settings
from sim.runs.progress import open_progress
from sim.studies.study_tables import STUDY

# Many futures are screened in steps of four weeks: a month must hold the end of a step, and in
# longer steps the two phases of an assessment would take longer than they do.
SCREENING_WEEKS = 4


@dataclass(frozen=True)
class HowRun:
    """How a study is run: the options of every command that runs anything.

    `step_weeks` is the length of a step of the working week: 1 as in every other run, or up to
    4 where many futures are screened (`CountrySettings.screened`).
    """

    replications: int | None = None
    seed: int = 1
    years: float | None = None
    out: str | Path | None = None
    engine: workers.Name = "processes"
    workers: int | None = None
    scheduler: str | None = None
    resume: bool = False
    publication: bool = False
    quiet: bool = False
    draw: Draw | None = None
    step_weeks: int = 1

    def problems(self, usual: int) -> list[Problem]:
        """Everything wrong with these options."""
        found = check_settings(self.count(usual), self.seed, 0, self.workers)
        if not 1 <= self.step_weeks <= SCREENING_WEEKS:
            what = f"must be from 1 to {SCREENING_WEEKS}, not {self.step_weeks}"
            found.append(Problem("--step-weeks", what))
        return found + workers.check_engine(self.engine, self.scheduler)

    @property
    def step_days(self) -> int:
        """Length of a step in days."""
        return 7 * self.step_weeks

    def count(self, usual: int) -> int:
        """The number of replications."""
        return usual if self.replications is None else self.replications


class Study:
    """A finished study: its tables as pandas frames."""

    def __init__(self, folder: Path, keep: TemporaryDirectory[str] | None = None) -> None:
        self.folder = folder
        self.record = read_record(folder)
        self._keep = keep

    @property
    def facts(self) -> dict[str, Any]:
        """What the study was asked, and what it found that is not in a table."""
        found: dict[str, Any] = json.loads((self.folder / STUDY).read_text(encoding="utf-8"))
        return found

    def table(self, name: str) -> pd.DataFrame:
        """One of its tables, by file name without the ending."""
        (path,) = self.folder.glob(f"{name}.csv*")
        return pd.read_csv(path)


def run_study(plan: Plan, how: HowRun) -> Study:
    """Run a plan to its folder. Raises RunError where the run fails."""
    keep = None if how.out is not None else TemporaryDirectory(prefix="simulate-")
    place = Path(how.out) if how.out is not None else Path(keep.name if keep else "")
    settings = Settings(
        place,
        how.engine,
        how.workers,
        how.scheduler,
        resume=how.resume,
        publication=how.publication,
        draw=how.draw,
    )
    with open_progress(how.quiet) as progress:
        folder = run_plan(plan, settings, progress)
    return Study(folder, keep)
