"""What is to be run: scenarios, replications, seed. Its hash names the run."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal

from sim.analysis.comparison import compare_runs
from sim.analysis.cost_effectiveness import cost_effectiveness
from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.beliefs import Beliefs
from sim.inputs.evidence.beliefs_file import beliefs_label
from sim.inputs.evidence.mechanisms import without
from sim.inputs.files.problems import InputError, Problem, did_you_mean, raise_if_any
from sim.inputs.metrics import METRICS
from sim.inputs.policy.levers import Value
from sim.inputs.policy.scenario import Scenario
from sim.model.settings import CountrySettings
from sim.regimes import available, unusable
from sim.regimes.plug_in import OwnRegime, installed_regimes
from sim.results.chunk_file import ChunkSpec, ChunkStore
from sim.results.identity import CODE_OF_RUNS, code_sha256, run_id_of, seeds_sha256, sha256_of
from sim.results.metadata import FORMAT
from sim.results.series_tables import (
    write_councils,
    write_events,
    write_national,
    write_spells,
    write_starting_state,
)
from sim.results.summary_tables import (
    write_comparison,
    write_cost_effectiveness,
    write_replications,
    write_summary,
)
from sim.runs.own_regimes import why_unusable
from sim.units import DAYS_A_YEAR

# Countries in one batch: large enough to share numpy's overhead and the draws of a
# replication between its scenarios, small enough that a worker needs about 400 MB.
MOST_COUNTRIES = 100
# Nor longer than about a minute on one processor, which is what a kill may cost: so many countries
# times steps of the working week.
_MOST_COUNTRY_STEPS = 60_000
MOST_RUN_SCENARIOS = 20
# A quarter of the replications are run a second time under other parameters, but enough to say
# something and not more than is worth it.
_SECOND_SHARE, _FEWEST_SECOND, _MOST_SECOND = 4, 10, 50
# How far on in the beliefs' draws a second run takes its parameters: half an ensemble of
# the usual size, and never one of the run's own draws of the same replication.
ELSEWHERE = 64

Kind = Literal["run", "sweep", "beliefs", "explore", "sensitivity", "attribution"]


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
        """What decides this scenario of the run's results, as JSON.

        Beliefs from a file count by what they say and by the name of the file, wherever it lies.
        """
        scenario = self.scenario
        if (label := beliefs_label(scenario.beliefs)) != scenario.beliefs:
            scenario = scenario.model_copy(update={"beliefs": label})
        return {
            "name": self.name,
            "scenario": scenario.name,
            "title": scenario.title,
            "beliefs": scenario.beliefs,
            "draws": None if self.beliefs is None else self.beliefs.identity(),
            "levers": dict(self.levers),
            "without": list(self.without),
            "sha256": scenario.sha256,
            "parameters_sha256": sha256_of(dict(self.parameters)),
            "text": scenario.text,
        }

    def worlds(
        self,
        replications: Iterable[int],
        *,
        events: Container[int] = (),
        step_days: int = 7,
        elsewhere: int = 0,
    ) -> list[CountrySettings]:
        """What a country of each replication is built from.

        Replications in `events` keep their events. Parameters that the beliefs leave open are
        those drawn for the replication `elsewhere` further on.
        """
        timeline = self.scenario.timeline()
        return [
            CountrySettings(
                scenario=self.name,
                timeline=timeline,
                rules=self.scenario.rules,
                start=self.scenario.start,
                end=self.scenario.end,
                replication=replication,
                parameters=self.parameters_of(replication + elsewhere),
                record_events=replication in events,
                step_days=step_days,
            )
            for replication in replications
        ]

    def parameters_of(self, replication: int) -> Mapping[str, float]:
        """The parameters of one replication."""
        if self.beliefs is None:
            return self.parameters
        drawn = self.beliefs.draw(replication)
        return without(drawn, self.without) if self.without else drawn


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
        if self.relative:
            return f"{self.metric}={100 * self.half_width:.10g}%"
        return f"{self.metric}={self.half_width:.10g}"


@dataclass(frozen=True)
class Plan:
    """A run before it is run. `run_scenarios[0]` is the scenario under test, the baseline.

    `replications` is their number, or the ceiling where `precision` decides the number.
    The first `events` replications keep their events. `step_days` is the length of a step of
    the working week: longer than 7 where many futures are screened. `regimes` are the caller's
    own, beside those that are installed.

    A sweep and a study are plans too. Each has its tables (`write_tables`), the code that decides
    its numbers (`code`), and keeps of every run only totals where `series` is False.
    """

    code: ClassVar[tuple[str, ...]] = CODE_OF_RUNS
    series: ClassVar[bool] = True

    kind: Kind
    run_scenarios: tuple[RunScenario, ...]
    replications: int
    seed: int
    precision: tuple[Precision, ...] = ()
    events: int = 1
    step_days: int = 7
    regimes: tuple[OwnRegime, ...] = ()

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

    @property
    def folder_name(self) -> str:
        """The name of the run folder."""
        return self.run_id if self.kind == "run" else f"{self.kind}-{self.run_id}"

    def worlds(self, spec: ChunkSpec, elsewhere: int = 0) -> list[CountrySettings]:
        """What each country of a chunk is built from: by unit, then by replication."""
        return [
            world
            for unit in spec.units
            for world in self.run_scenarios[unit].worlds(
                spec.replications,
                events=range(1, self.events + 1),
                step_days=self.step_days,
                elsewhere=elsewhere,
            )
        ]

    def write_tables(self, folder: Path, chunks: ChunkStore, baseline: Baseline) -> None:
        """Write every table into the folder, which must be there and empty."""
        totals = chunks.totals()
        write_replications(folder / "replications.csv", totals)
        write_summary(folder / "summary.csv", totals)
        comparisons = compare_runs(totals, self.baseline)
        write_comparison(folder / "comparison.csv", comparisons)
        years = (self.end - self.start).days / DAYS_A_YEAR
        write_cost_effectiveness(
            folder / "cost_effectiveness.csv", cost_effectiveness(totals, comparisons, years)
        )
        write_national(folder / "national.csv", chunks)
        write_councils(folder / "councils.csv", chunks, baseline)
        write_starting_state(folder / "starting_state.csv", baseline)
        write_spells(folder / "spells.csv", chunks)
        write_events(folder / "events.csv.gz", chunks)

    def second_runs(self, replications: int) -> int:
        """How many of the first replications are run a second time under other parameters, to
        tell chance from ignorance: none where no parameter is drawn."""
        if not self.series or all(one.beliefs is None for one in self.run_scenarios):
            return 0
        count = min(max(replications // _SECOND_SHARE, _FEWEST_SECOND), _MOST_SECOND)
        return count if count <= replications else 0

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
            "code": list(self.code),
            "code_sha256": code_sha256(self.code),
            "seeds_sha256": seeds_sha256(),
            "scenarios": [run_scenario.identity() for run_scenario in self.run_scenarios],
            "regimes": [regime.identity() for regime in self.added_regimes],
        }

    @cached_property
    def added_regimes(self) -> tuple[OwnRegime, ...]:
        """The caller's regimes, and those in use that an installed package has added."""
        own = {regime.name for regime in self.regimes}
        named = {
            str(levers["regime.name"])
            for run_scenario in self.run_scenarios
            for _, levers in run_scenario.scenario.timeline()
        }
        return (*self.regimes, *installed_regimes(named - own))

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the user's that decide something: scenarios, beliefs and regimes."""
        paths: dict[Path, None] = {}
        for scenario in (run_scenario.scenario for run_scenario in self.run_scenarios):
            paths[scenario.path] = None
            paths |= {scenario.path.parent / c.file: None for c in scenario.changes if c.file}
            if scenario.beliefs.endswith(".toml"):
                paths[Path(scenario.beliefs)] = None
        for regime in self.added_regimes:
            paths |= dict.fromkeys(regime.files() or ())
        return tuple(paths)

    @cached_property
    def run_id(self) -> str:
        """The start of the hash of the identity."""
        return run_id_of(self.identity)

    def chunks(
        self, workers: int, missing: Mapping[int, Sequence[int]] | None = None
    ) -> Iterator[ChunkSpec]:
        """The chunks to run, early replications first.

        `missing` gives for each unit the replications still to run, in order; all when None.
        """
        size = self._replications_in_a_chunk(workers)
        todo = missing or {unit: range(1, self.replications + 1) for unit in range(self.units)}
        groups = list(_groups(todo, self.together))
        upto = 0
        while upto < self.replications:
            first, upto = upto + 1, min(upto + size, self.replications)
            for units, replications in groups:
                inside = [r for r in replications if first <= r <= upto]
                for start, end in _stretches(inside):
                    yield ChunkSpec(units, start, end)

    @property
    def together(self) -> int:
        """The most units in one chunk."""
        return MOST_RUN_SCENARIOS

    @property
    def most_together(self) -> int:
        """The most replications in one chunk."""
        steps = max(1, self.weeks * 7 // self.step_days)
        countries = min(MOST_COUNTRIES, _MOST_COUNTRY_STEPS // steps)
        return max(1, countries // min(self.units, self.together))

    def _replications_in_a_chunk(self, workers: int) -> int:
        chains = -(-self.units // self.together)
        most = self.most_together
        if self.precision:  # look often, but keep every worker busy between looks
            return min(most, 10)
        count = -(-self.replications // most)
        # Every worker gets the same number of chunks, as far as the replications allow.
        while count < self.replications and (count * chains) % workers:
            count += 1
        return -(-self.replications // count)


def parse_precision(precision: Mapping[str, float | str]) -> tuple[Precision, ...]:
    """Read amounts by metric: 0.5 or "2%". Raises InputError with everything wrong."""
    targets: list[Precision] = []
    problems: list[Problem] = []
    for name, amount in precision.items():
        where = f"--precision {name}={amount}"
        if name not in METRICS:
            hint = did_you_mean(name, METRICS) or "`simulate list --metrics` names them"
            problems.append(Problem(where, f"unknown metric {name!r}", hint))
            continue
        text = str(amount)
        try:
            width = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            width = float("nan")
        if 0 < width < float("inf"):
            targets.append(Precision(name, width, text.endswith("%")))
        else:
            hint = f"write {name}=0.5 (in {METRICS[name].unit}) or {name}=2%"
            problems.append(Problem(where, "must be a number above zero", hint))
    raise_if_any(problems)
    return tuple(targets)


def check_regimes(run_scenarios: Iterable[RunScenario], own: Iterable[OwnRegime] = ()) -> None:
    """Raise InputError where a scenario names a regime that is neither installed nor given, or
    that cannot be used."""
    regimes = {**available(), **{one.name: one.regime for one in own}}
    known = sorted(regimes)
    problems: dict[tuple[str, str], Problem] = {}
    for run_scenario in run_scenarios:
        for when, levers in run_scenario.scenario.timeline():
            name = str(levers["regime.name"])
            where = f"{run_scenario.name}, from {when}, regime.name"
            if name in regimes:
                reason, hint = why_unusable(regimes[name]), "docs/how-to/own-regime.md shows one"
                what = f"the regime {name!r} {reason}" if reason else ""
            elif reason := unusable().get(name, ""):
                what = f"the regime {name!r} cannot be used: {reason}"
                hint = "repair the package that it comes from, or install it again"
            else:
                what = f"unknown regime {name!r}"
                hint = did_you_mean(name, known) or f"the regimes are {', '.join(known)}"
            if what:
                problems.setdefault((run_scenario.name, name), Problem(where, what, hint))
    if problems:
        raise InputError(problems.values())


def _groups(
    todo: Mapping[int, Sequence[int]], most: int
) -> Iterator[tuple[tuple[int, ...], Sequence[int]]]:
    """Units that miss the same replications, at most `most` together."""
    alike: dict[tuple[int, ...], list[int]] = {}
    for unit, replications in todo.items():
        alike.setdefault(tuple(replications), []).append(unit)
    for replications, units in alike.items():
        for at in range(0, len(units), most):
            yield tuple(units[at : at + most]), replications


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
