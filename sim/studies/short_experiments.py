"""Short experiments that switch a mechanism or a loop off and measure what that changes.

Each runs a scenario as it is and with the switch, under the same random numbers, and gives the
difference that the mechanism makes. The run folder stays, so that the same question is answered
at once the next time.

`record` runs them all and gives what is kept of them in the register.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from sim.analysis.comparison import half_widths
from sim.inputs.evidence.beliefs import ENSEMBLE
from sim.inputs.evidence.experiments import (
    Experiment,
    Figure,
    Verdict,
    share_of_level,
    verdict,
)
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.mechanisms import Claimed, Loop, Mechanism, Mechanisms
from sim.inputs.files.places import scenarios_dir
from sim.inputs.files.problems import Problem, collecting, raise_if_any
from sim.inputs.policy.scenario import Scenario
from sim.results.identity import code_sha256, seeds_sha256, sha256_of
from sim.results.run_folder import Sweep
from sim.runs.execute import run_to_folder
from sim.runs.options import RunOptions
from sim.runs.plan import RunScenario
from sim.runs.scenarios_of_run import gathered, load, make_run_scenario, with_levers
from sim.runs.sweep import SweepPlan
from sim.units import Array

# The scenarios in which metrics of the whole model are given.
LEVEL_SCENARIOS = ("trusts-2016", "commissioner-only", "no-intervention")
# How the experiments of the register are run: as long as the longest of them needs, and so often
# that an interval reaches three eighths of the spread of single differences to each side.
RECORD = RunOptions(replications=30, years=10.0, seed=1)


@dataclass(frozen=True)
class Effect:
    """What a mechanism or loop does to a metric: the run with it less the run without.

    `half_width` is that of a 95 % interval of the mean difference; both are NaN where the metric
    could not be measured.
    """

    of: Mechanism | Loop
    figure: Figure
    metric: str
    claimed: Claimed
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
    def share(self) -> float:
        """The difference as a share of the level."""
        return share_of_level(self.difference, self.with_it, self.without_it)

    @property
    def verdict(self) -> Verdict:
        """The direction measured, against the one that is claimed."""
        return verdict(self.claimed, self.low, self.high, self.share)


@dataclass(frozen=True)
class Level:
    """A metric in one scenario: mean and middle nine tenths of the runs."""

    scenario: str
    metric: str
    n: int
    mean: float
    p05: float
    p95: float


def effects(
    switches: Sequence[Mechanism | Loop], how: RunOptions, *, apart: bool = False
) -> list[Effect]:
    """The effect of each mechanism, and of each loop both where it shows first and where it
    comes round, all under the same random numbers.

    Intervals are simultaneous over all that is measured; `apart`, over the figures of each
    mechanism or loop, so that what one shows does not depend on which others are asked. Runs for
    the years of the options, or longer where one of them needs it. A run that is done is used
    again. Raises InputError for settings that cannot be used and RunError where the run fails.
    """
    years = max([how.years or 0.0, *(switch.years or 0.0 for switch in switches)])
    parameters = load_ledger().central()
    scenarios = _scenarios_of(switches, years)
    pairs = [_with_and_without(switch, scenarios, parameters) for switch in switches]
    by_start: dict[object, list[RunScenario]] = {}
    for pair in pairs:
        by_start.setdefault(pair[0].scenario.start, []).extend(pair)
    runs = {start: _run(run_scenarios, how) for start, run_scenarios in by_start.items()}
    measured: list[Effect] = []
    differences: list[Array] = []
    for switch, (on, off) in zip(switches, pairs, strict=True):
        for figure, metric, claimed in _metrics_of(switch):
            table = runs[on.scenario.start].wide(metric)
            values = table[[on.name, off.name]].to_numpy(dtype=np.float64, copy=True)
            # A replication in which one side has nothing to measure is left out.
            values[np.isnan(values).any(axis=1)] = np.nan
            differences.append(values[:, 0] - values[:, 1])
            with_it, without_it, difference = map(_mean, (*values.T, differences[-1]))
            n = int(np.sum(~np.isnan(differences[-1])))
            numbers = (n, with_it, without_it, difference, float("nan"))
            measured.append(Effect(switch, figure, metric, claimed, *numbers))
    columns_of_all = np.stack(differences, axis=1)
    widths = np.empty(len(measured))
    for _, group in groupby(range(len(measured)), lambda k: measured[k].of.name if apart else ""):
        columns = [*group]
        widths[columns] = half_widths(columns_of_all[:, columns])
    return [replace(e, half_width=float(w)) for e, w in zip(measured, widths, strict=True)]


def _metrics_of(switch: Mechanism | Loop) -> list[tuple[Figure, str, Claimed]]:
    """The metrics that show it, each with the way in which it is claimed to move."""
    if not isinstance(switch, Loop):
        return [("effect", switch.metric, switch.claimed)]
    return [
        ("shows first", switch.metric, switch.claimed),
        ("comes round", switch.closes, switch.closing),
    ]


def record(
    mechanisms: Mechanisms, how: RunOptions = RECORD, names: Iterable[str] | None = None
) -> list[Experiment]:
    """What the experiment of every mechanism and loop shows, or of those named.

    The same options give the same figures, whichever others are asked. Raises as `effects`.
    """
    switches: dict[str, Mechanism | Loop] = {**mechanisms.mechanisms, **mechanisms.loops}
    chosen = [switches[name] for name in (switches if names is None else names)]
    model = model_sha256()
    scenarios = _scenarios_of(chosen, how.years)
    return [
        Experiment(
            switch=effect.of.name,
            figure=effect.figure,
            scenario=effect.of.scenario,
            start=effect.of.start or scenarios[effect.of.scenario].start,
            years=how.years or 0.0,
            replications=how.count(),
            seed=how.seed,
            metric=effect.metric,
            claimed=effect.claimed,
            with_it=effect.with_it,
            without_it=effect.without_it,
            difference=effect.difference,
            low=effect.low,
            high=effect.high,
            share=effect.share,
            verdict=effect.verdict,
            question=mechanisms.question(effect.of.name),
            model=model,
        )
        for effect in effects(chosen, how, apart=True)
    ]


def model_sha256() -> str:
    """The hash of all that answers: the code and the seeds of a run at central values, and the
    scenarios asked."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in scenarios_dir().glob("*.toml")}
    return sha256_of([code_sha256(), seeds_sha256(without=ENSEMBLE), texts])[:12]


def levels(metrics: Sequence[str], how: RunOptions) -> list[Level]:
    """Metrics of the whole model in LEVEL_SCENARIOS, under the same random numbers."""
    parameters = load_ledger().central()
    scenarios = [load(name, {}, how.years) for name in LEVEL_SCENARIOS]
    run = _run([make_run_scenario(one, parameters) for one in scenarios], how)
    measured = []
    for metric in metrics:
        table = run.wide(metric)
        for name in LEVEL_SCENARIOS:
            values = table[name].dropna().to_numpy(dtype=np.float64)
            p05, p95 = np.quantile(values, [0.05, 0.95]) if len(values) else (np.nan, np.nan)
            measured.append(Level(name, metric, len(values), _mean(values), float(p05), float(p95)))
    return measured


def _scenarios_of(switches: Iterable[Mechanism | Loop], years: float | None) -> dict[str, Scenario]:
    """The scenarios in which they are shown, each loaded once."""
    names = dict.fromkeys(switch.scenario for switch in switches)
    return {name: load(name, {}, years) for name in names}


def _with_and_without(
    switch: Mechanism | Loop, scenarios: Mapping[str, Scenario], parameters: Mapping[str, float]
) -> tuple[RunScenario, RunScenario]:
    """The scenario with the mechanism or loop at work, and with it switched off."""
    scenario = scenarios[switch.scenario]
    if switch.start is not None:
        length = scenario.end - scenario.start
        scenario = scenario.with_(start=switch.start, end=switch.start + length)
    scenario = with_levers(scenario, switch.on)
    without = make_run_scenario(scenario, parameters, [switch.name])
    return make_run_scenario(scenario, parameters), without


def _run(run_scenarios: Sequence[RunScenario], how: RunOptions) -> Sweep:
    problems = how.problems()
    if how.count() == 1:
        problems.append(Problem("--replications", "must be at least 2 to give an interval"))
    distinct = tuple({run_scenario.name: run_scenario for run_scenario in run_scenarios}.values())
    with collecting(problems):
        distinct = gathered(distinct)
    raise_if_any(problems)
    plan = SweepPlan("sweep", distinct, how.count(), how.seed, events=0)
    # An experiment that has been run before is there again, by the hash of all that decides it.
    folder, temporary = run_to_folder(plan, replace(how, resume=True))
    run = Sweep(folder)
    if temporary is not None:
        with temporary:
            _ = run.replications  # read while the folder is there
    return run


def _mean(values: Array) -> float:
    measured = values[~np.isnan(values)]
    return float(measured.mean()) if measured.size else float("nan")
