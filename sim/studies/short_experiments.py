"""Short experiments that switch a mechanism or a loop off and see what that changes.

Each runs a scenario as it is and with the switch, under the same luck, and reports the
difference that the mechanism makes. The run folder is kept, so that the same question is
answered at once the next time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sim.analysis.comparison import half_widths
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.mechanisms import Loop, Mechanism
from sim.inputs.files.problems import Problem, raise_if_any
from sim.results.run_folder import Sweep
from sim.runs.errors import collecting
from sim.runs.execute import run_to_folder
from sim.runs.options import RunOptions, check_settings
from sim.runs.plan import RunScenario
from sim.runs.scenarios_of_run import gathered, load, make_run_scenario, with_levers
from sim.runs.sweep import SweepPlan
from sim.units import Array

# What outcomes of the whole model are shown in.
LEVELS_IN = ("trusts-2016", "commissioner-only", "no-intervention")


@dataclass(frozen=True)
class ShortExperiment:
    """How long and how often an experiment is run, and where its folder goes."""

    out: Path
    replications: int
    years: float
    seed: int = 1
    workers: int | None = None
    quiet: bool = False


@dataclass(frozen=True)
class Effect:
    """What a mechanism or loop does to a metric: the run with it less the run without.

    `half_width` is that of a 95 % interval of the mean difference, simultaneous over the
    effects found together; both are NaN where the metric could not be measured.
    """

    of: Mechanism | Loop
    metric: str
    claimed: str
    n: int
    with_it: float
    without_it: float
    difference: float
    half_width: float

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return self.difference - self.half_width

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self.difference + self.half_width

    @property
    def found(self) -> str:
        """ "higher", "lower", or that the runs do not tell."""
        if self.difference == 0.0 and self.half_width == 0.0:
            return "no difference"
        if self.low > 0.0:
            return "higher"
        return "lower" if self.high < 0.0 else "not distinguishable"

    @property
    def verdict(self) -> str:
        """What was found beside what is claimed."""
        if self.found not in ("higher", "lower"):
            return self.found
        if not self.claimed:
            return "nothing claimed"
        return "as claimed" if self.found == self.claimed else "contrary to the claim"


@dataclass(frozen=True)
class Level:
    """A metric in one scenario: mean and middle nine tenths of the runs."""

    scenario: str
    metric: str
    n: int
    mean: float
    p05: float
    p95: float


def effects(things: Sequence[Mechanism | Loop], trial: ShortExperiment) -> list[Effect]:
    """The effect of each mechanism, and of each loop both where it shows first and where it
    comes round, all under the same luck.

    Runs for the trial's years, or longer where one of them needs it. Raises InputError for
    settings that cannot be used and RunError where the run fails.
    """
    years = max([trial.years, *(thing.years or 0.0 for thing in things)])
    pairs = [_run_scenarios(thing, years) for thing in things]
    runs = {
        start: _run(
            [
                run_scenario
                for pair in pairs
                for run_scenario in pair
                if run_scenario.scenario.start == start
            ],
            trial,
        )
        for start in dict.fromkeys(on.scenario.start for on, _ in pairs)
    }
    found: list[Effect] = []
    differences: list[Array] = []
    for thing, (on, off) in zip(things, pairs, strict=True):
        for metric, claimed in _asked(thing):
            table = runs[on.scenario.start].wide(metric)
            beside = table[[on.name, off.name]].to_numpy(dtype=np.float64, copy=True)
            # A replication in which one side has nothing to measure tells nothing.
            beside[np.isnan(beside).any(axis=1)] = np.nan
            difference: Array = beside[:, 0] - beside[:, 1]
            differences.append(difference)
            found.append(
                Effect(
                    of=thing,
                    metric=metric,
                    claimed=claimed,
                    n=int(np.sum(~np.isnan(difference))),
                    with_it=_mean(beside[:, 0]),
                    without_it=_mean(beside[:, 1]),
                    difference=_mean(difference),
                    half_width=float("nan"),
                )
            )
    widths = half_widths(np.stack(differences, axis=1))
    return [replace(e, half_width=float(w)) for e, w in zip(found, widths, strict=True)]


def _asked(thing: Mechanism | Loop) -> list[tuple[str, str]]:
    """The metrics that show it, each with the way in which it is claimed to move."""
    near = (thing.metric, thing.claimed)
    return [near, (thing.closes, thing.closing)] if isinstance(thing, Loop) else [near]


def levels(metrics: Sequence[str], trial: ShortExperiment) -> list[Level]:
    """Metrics of the whole model in the scenarios of LEVELS_IN, under the same luck."""
    parameters = load_ledger().central()
    run = _run(
        [make_run_scenario(load(name, {}, trial.years), parameters) for name in LEVELS_IN], trial
    )
    found = []
    for metric in metrics:
        table = run.wide(metric)
        for name in LEVELS_IN:
            values = table[name].dropna().to_numpy(dtype=np.float64)
            p05, p95 = np.quantile(values, [0.05, 0.95]) if len(values) else (np.nan, np.nan)
            found.append(Level(name, metric, len(values), _mean(values), float(p05), float(p95)))
    return found


def _run_scenarios(thing: Mechanism | Loop, years: float) -> tuple[RunScenario, RunScenario]:
    """The scenario with the mechanism or loop at work, and with it switched off."""
    parameters: Mapping[str, float] = load_ledger().central()
    scenario = load(thing.scenario, {}, years)
    if thing.start is not None:
        length = scenario.end - scenario.start
        scenario = scenario.with_(start=thing.start, end=thing.start + length)
    scenario = with_levers(scenario, thing.on)
    return make_run_scenario(scenario, parameters), make_run_scenario(
        scenario, parameters, [thing.name]
    )


def _run(run_scenarios: Sequence[RunScenario], trial: ShortExperiment) -> Sweep:
    problems: list[Problem] = check_settings(trial.replications, trial.seed, 0, trial.workers)
    if trial.replications == 1:
        problems.append(Problem("--replications", "must be at least 2 to give an interval"))
    distinct = tuple({run_scenario.name: run_scenario for run_scenario in run_scenarios}.values())
    with collecting(problems):
        distinct = gathered(distinct)
    raise_if_any(problems)
    plan = SweepPlan("sweep", distinct, trial.replications, trial.seed, events=0)
    # What has been run before is found again by the hash of all that decides it.
    how = RunOptions(out=trial.out, workers=trial.workers, resume=True, quiet=trial.quiet)
    return Sweep(run_to_folder(plan, how)[0])


def _mean(values: Array) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if there.size else float("nan")
