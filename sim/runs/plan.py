"""What is to be run: scenarios, replications, seed. Its hash names the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

from sim.inputs.evidence.beliefs import Beliefs
from sim.inputs.evidence.mechanisms import without
from sim.inputs.files.problems import InputError, Problem, did_you_mean, raise_if_any
from sim.inputs.metrics import METRICS
from sim.inputs.policy.levers import Value
from sim.inputs.policy.scenario import Scenario
from sim.model.settings import Timeline
from sim.runs.identity import code_sha256, seeds_sha256, sha256_of

# The layout of a run folder. A change that older code could not read adds one.
FORMAT = 1
# Countries in one batch: large enough to share numpy's overhead and the draws of a
# replication between its scenarios, small enough that a worker needs about 400 MB.
MOST_COUNTRIES = 100
MOST_RUN_SCENARIOS = 20
MOST_REPLICATIONS = 100_000

Kind = Literal["run", "sweep", "beliefs", "explore", "sensitivity", "attribution"]


@dataclass(frozen=True)
class ScenarioTask:
    """What a worker needs to know of a scenario of the run.

    Replication r has the luck of replication `luck` + r, and the parameters `drawn[r]`
    where they differ by replication.
    """

    name: str
    timeline: Timeline
    parameters: Mapping[str, float]
    drawn: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    luck: int = 0


@dataclass(frozen=True)
class RunScenario:
    """One scenario of a run, under the name that the outputs give it.

    `levers` are those set for this run only (by option or by a sweep). `beliefs` are those
    whose draws differ by replication; `parameters` then holds what does not. `without` names
    the mechanisms that are switched off.
    """

    name: str
    scenario: Scenario
    parameters: Mapping[str, float]
    levers: tuple[tuple[str, Value], ...] = ()
    beliefs: Beliefs | None = None
    without: tuple[str, ...] = ()

    def identity(self) -> dict[str, Any]:
        """What decides this scenario of the run's results, as JSON."""
        return {
            "name": self.name,
            "scenario": self.scenario.name,
            "title": self.scenario.title,
            "beliefs": self.scenario.beliefs,
            "draws": None if self.beliefs is None else self.beliefs.identity(),
            "levers": dict(self.levers),
            "without": list(self.without),
            "sha256": self.scenario.sha256,
            "parameters_sha256": sha256_of(dict(self.parameters)),
            "text": self.scenario.text,
        }

    def task(self, replications: Iterable[int], elsewhere: int = 0) -> ScenarioTask:
        """What a worker needs to run these replications, with the draws of those `elsewhere`
        further on."""
        drawn: dict[int, Mapping[str, float]] = {}
        if self.beliefs is not None:
            drawn = {r: self.beliefs.draw(r + elsewhere) for r in replications}
        if self.without:
            drawn = {r: without(values, self.without) for r, values in drawn.items()}
        return ScenarioTask(self.name, self.scenario.timeline(), self.parameters, drawn)


@dataclass(frozen=True)
class Precision:
    """How narrow the paired interval of a metric must become.

    `half_width` is in the metric's unit, or a share of the tested scenario's mean where
    `relative`.
    """

    metric: str
    half_width: float
    relative: bool

    def __str__(self) -> str:
        amount = f"{self.half_width:.6%}" if self.relative else f"{self.half_width:f}"
        digits, percent = amount.rstrip("%"), "%" if self.relative else ""
        if "." in digits:
            digits = digits.rstrip("0").rstrip(".")
        return f"{self.metric}={digits}{percent}"


@dataclass(frozen=True)
class ChunkSpec:
    """Countries that run together: some scenarios (by position) times a range of replications."""

    run_scenarios: tuple[int, ...]
    first: int
    last: int

    @property
    def replications(self) -> range:
        """The replications, counted from 1."""
        return range(self.first, self.last + 1)

    @property
    def countries(self) -> int:
        """How many countries the block holds."""
        return len(self.run_scenarios) * len(self.replications)


@dataclass(frozen=True)
class Plan:
    """A run before it is run. `scenarios of the run[0]` is the scenario under test, the baseline.

    `replications` is their number, or the ceiling where `precision` decides the number.
    The first `events` replications keep their events. `step_days` is the length of a step of
    the working week: longer than 7 where many futures are screened.
    """

    kind: Kind
    run_scenarios: tuple[RunScenario, ...]
    replications: int
    seed: int
    precision: tuple[Precision, ...] = ()
    events: int = 1
    step_days: int = 7

    @property
    def baseline(self) -> str:
        """The name of the scenario of the run that the others are compared with."""
        return self.run_scenarios[0].name

    @property
    def start(self) -> date:
        """The first day simulated."""
        return self.run_scenarios[0].scenario.start

    @property
    def end(self) -> date:
        """The day after the last day simulated."""
        return self.run_scenarios[0].scenario.end

    @property
    def units(self) -> int:
        """How many series of replications there are: one a scenario of the run."""
        return len(self.run_scenarios)

    def tasks_of(self, block: ChunkSpec) -> tuple[ScenarioTask, ...]:
        """What a worker needs to know of each unit of a block, in its order."""
        return tuple(self.run_scenarios[i].task(block.replications) for i in block.run_scenarios)

    @property
    def weeks(self) -> int:
        """Length of the run in weeks, rounded up."""
        return -(-(self.end - self.start).days // 7)

    @cached_property
    def identity(self) -> dict[str, Any]:
        """All that decides the bytes of the outputs, as JSON."""
        return {
            "format": FORMAT,
            "kind": self.kind,
            "baseline": self.baseline,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "seed": self.seed,
            "replications": self.replications,
            "precision": [str(target) for target in self.precision],
            "events": self.events,
            "step_days": self.step_days,
            "code_sha256": code_sha256(),
            "seeds_sha256": seeds_sha256(),
            "scenarios": [run_scenario.identity() for run_scenario in self.run_scenarios],
        }

    @cached_property
    def run_id(self) -> str:
        """The name of the run folder: the start of the hash of the identity."""
        return run_id_of(self.identity)

    def blocks(
        self, workers: int, missing: Mapping[int, Sequence[int]] | None = None
    ) -> Iterator[ChunkSpec]:
        """The blocks to run, early replications first.

        `missing` gives for each scenario the replications still to run, in order; all when None.
        """
        size = self._replications_in_a_block(workers)
        todo = missing or {unit: range(1, self.replications + 1) for unit in range(self.units)}
        groups = list(_groups(todo, self.together))
        upto = 0
        while upto < self.replications:
            first, upto = upto + 1, min(upto + size, self.replications)
            for run_scenarios, replications in groups:
                inside = [r for r in replications if first <= r <= upto]
                for start, end in _stretches(inside):
                    yield ChunkSpec(run_scenarios, start, end)

    @property
    def together(self) -> int:
        """The most units in one block."""
        return MOST_RUN_SCENARIOS

    def _replications_in_a_block(self, workers: int) -> int:
        together = min(self.units, self.together)
        chains = -(-self.units // self.together)
        most = max(1, MOST_COUNTRIES // together)
        if self.precision:  # look often, but keep every worker busy between looks
            return min(most, 10)
        count = -(-self.replications // most)
        # Every worker gets the same number of blocks, as far as the replications allow.
        while count < self.replications and (count * chains) % workers:
            count += 1
        return -(-self.replications // count)


def run_id_of(identity: Mapping[str, Any]) -> str:
    """The run id that belongs to an identity."""
    return sha256_of(identity)[:12]


def parse_precision(texts: Iterable[str]) -> tuple[Precision, ...]:
    """Read "metric=0.5" or "metric=2%". Raises InputError with everything wrong."""
    found: list[Precision] = []
    problems: list[Problem] = []
    for text in texts:
        name, _, amount = (word.strip() for word in text.partition("="))
        where = f"--precision {text}"
        if name not in METRICS:
            hint = did_you_mean(name, METRICS) or "`simulate list --metrics` names them"
            problems.append(Problem(where, f"unknown metric {name!r}", hint))
            continue
        relative = amount.endswith("%")
        try:
            width = float(amount.removesuffix("%")) / (100 if relative else 1)
        except ValueError:
            width = float("nan")
        if not 0 < width < float("inf"):
            hint = f"write {name}=0.5 (in {METRICS[name].unit}) or {name}=2%"
            problems.append(Problem(where, "must be a number above zero", hint))
        elif name in [target.metric for target in found]:
            problems.append(Problem(where, "is the second precision for this metric"))
        else:
            found.append(Precision(name, width, relative))
    raise_if_any(problems)
    return tuple(found)


def check_settings(replications: int, seed: int, events: int, workers: int | None) -> list[Problem]:
    """Everything wrong with the whole numbers that a run is started with."""
    bounds = (
        ("--replications", replications, 1, MOST_REPLICATIONS),
        ("--seed", seed, 0, 2**63 - 1),
        ("--events", events, 0, MOST_REPLICATIONS),
        ("--workers", 1 if workers is None else workers, 1, 1024),
    )
    return [
        Problem(name, f"must be from {low} to {high}, not {value}")
        for name, value, low, high in bounds
        if not low <= value <= high
    ]


def check_same_dates(run_scenarios: Sequence[RunScenario]) -> None:
    """Raise InputError where a scenario of the run does not run over the dates of the first."""
    first = run_scenarios[0].scenario
    raise_if_any(
        Problem(
            run_scenario.name,
            f"runs from {run_scenario.scenario.start} to {run_scenario.scenario.end}",
            f"{run_scenarios[0].name} runs from {first.start} to {first.end}; "
            "compare like with like",
        )
        for run_scenario in run_scenarios[1:]
        if (run_scenario.scenario.start, run_scenario.scenario.end) != (first.start, first.end)
    )


def check_regimes(run_scenarios: Iterable[RunScenario], available: Iterable[str]) -> None:
    """Raise InputError where a scenario names a regime that is not installed."""
    known = sorted(available)
    problems = []
    for run_scenario in run_scenarios:
        seen: set[str] = set()
        for when, levers in run_scenario.scenario.timeline():
            name = str(levers["regime.name"])
            if name not in known and name not in seen:
                seen.add(name)
                hint = did_you_mean(name, known) or f"the regimes are {', '.join(known)}"
                where = f"{run_scenario.name}, from {when}, regime.name"
                problems.append(Problem(where, f"unknown regime {name!r}", hint))
    if problems:
        raise InputError(problems)


def _groups(
    todo: Mapping[int, Sequence[int]], most: int
) -> Iterator[tuple[tuple[int, ...], Sequence[int]]]:
    """Arms that miss the same replications, at most `most` together."""
    alike: dict[tuple[int, ...], list[int]] = {}
    for run_scenario, replications in todo.items():
        alike.setdefault(tuple(replications), []).append(run_scenario)
    for replications, run_scenarios in alike.items():
        for at in range(0, len(run_scenarios), most):
            yield tuple(run_scenarios[at : at + most]), replications


def _stretches(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The unbroken stretches of an ascending sequence, as (first, last)."""
    if not numbers:
        return
    start = numbers[0]
    for before, after in pairwise(numbers):
        if after != before + 1:
            yield start, before
            start = after
    yield start, numbers[-1]
