"""How a study is run."""

from __future__ import annotations

from dataclasses import dataclass

from sim.inputs.files.problems import Problem
from sim.results.study_folder import Study
from sim.runs.execute import Draw, run_to_folder
from sim.runs.options import RunOptions
from sim.runs.plan import Plan

# Many futures are screened in steps of four weeks: a month must hold the end of a step, and in
# longer steps the two phases of an assessment would take longer than they do.
SCREENING_WEEKS = 4


@dataclass(frozen=True, kw_only=True)
class HowRun(RunOptions):
    """How a study is run: the options of every run, and two of its own.

    `step_weeks` is the length of a step of the working week: 1 as in every other run, or up to
    4 where many futures are screened (`CountrySettings.screened`). `draw` draws the charts.
    """

    draw: Draw | None = None
    step_weeks: int = 1

    def problems(self, usual: int = 1, events: int = 0) -> list[Problem]:
        """Everything wrong with these options; `usual` replications where none are given."""
        problems = super().problems(usual, events)
        if not 1 <= self.step_weeks <= SCREENING_WEEKS:
            what = f"must be from 1 to {SCREENING_WEEKS}, not {self.step_weeks}"
            problems.append(Problem("--step-weeks", what))
        return problems

    @property
    def step_days(self) -> int:
        """Length of a step in days."""
        return 7 * self.step_weeks


def run_study(plan: Plan, how: HowRun) -> Study:
    """Run a plan to its folder. Raises RunError where the run fails."""
    folder, temporary = run_to_folder(plan, how, how.draw)
    return Study(folder, temporary=temporary)
