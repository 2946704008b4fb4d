"""The scenarios of a run, from what the user asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from sim.inputs.evidence.beliefs import Beliefs, load_beliefs
from sim.inputs.evidence.beliefs_file import check_beliefs
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.mechanisms import levers_without
from sim.inputs.evidence.mechanisms import without as with_mechanisms_off
from sim.inputs.files.places import BUILT_IN, scenarios_dir
from sim.inputs.files.problems import Problem, collecting, raise_if_any
from sim.inputs.policy.levers import Value, check_value, from_text
from sim.inputs.policy.scenario import Scenario, load_comparator, load_scenario
from sim.inputs.policy.scenario_file import MOST_COMPARED, is_built_in
from sim.runs.plan import RunScenario

ScenarioLike = str | Path | Scenario


def choose_scenarios(
    scenario: ScenarioLike,
    against: Sequence[ScenarioLike] | None = None,
    *,
    levers: Mapping[str, Value] | None = None,
    levers_of_all: Mapping[str, Value] | None = None,
    years: float | None = None,
    without: Sequence[str] = (),
    beliefs: str | None = None,
) -> tuple[RunScenario, ...]:
    """The scenario under test, then those it is compared with, over the same dates.

    `against` replaces the comparators that the scenario itself names. `levers` are set in
    the scenario under test only, `levers_of_all` in every scenario; `without` names
    mechanisms to switch off in the scenario under test. `beliefs` replaces the beliefs that
    the scenario under test names; every scenario is run under the same. Raises InputError
    with everything that is wrong.
    """
    problems: list[Problem] = []
    if beliefs is not None:
        problems += check_beliefs(beliefs, "--beliefs")
    shared: dict[str, Value] = {}
    for name, value in _typed(levers_of_all or {}).items():
        wrong = check_value(name, value, f"--set-all {name}")
        problems += wrong
        if not wrong:  # reported once, and not again for each scenario
            shared[name] = value
    tested: Scenario | None = None
    with collecting(problems):
        levers_without(without)
    with collecting(problems):
        tested = load(scenario, shared | _typed(levers or {}), years)
    named_by_file = against is None
    if against is None:
        against = tested.compare_with if tested is not None else ()
    if len(against) > MOST_COMPARED:
        what = f"{len(against):,} scenarios are more than {MOST_COMPARED}"
        problems.append(Problem("--against", what))
        against = ()
    others: list[Scenario] = []
    for other in against:
        with collecting(problems):
            others.append(_comparator(other, tested, shared, years, named_by_file))
    raise_if_any(problems)
    assert tested is not None
    same = {"beliefs": beliefs or tested.beliefs}
    named = _with_places([one.model_copy(update=same) for one in (tested, *others)])
    return make_run_scenarios(named, without)


def make_run_scenarios(
    scenarios: Sequence[Scenario], without: Sequence[str] = ()
) -> tuple[RunScenario, ...]:
    """Scenarios of the run, named after their scenarios and the levers set for this run only.

    `without` names mechanisms that are off in the first. Raises InputError where two
    would have the same name, or run over different dates.
    """
    ledger = load_ledger()
    sets = {
        name: load_beliefs(name, ledger) for name in dict.fromkeys(s.beliefs for s in scenarios)
    }
    return gathered(
        [
            make_run_scenario(scenario, sets[scenario.beliefs], without if place == 0 else ())
            for place, scenario in enumerate(scenarios)
        ]
    )


def make_run_scenario(
    scenario: Scenario, beliefs: Beliefs | Mapping[str, float], without: Sequence[str] = ()
) -> RunScenario:
    """A scenario of the run, under beliefs (or parameters), with some mechanisms switched off.

    Raises InputError for unknown mechanisms.
    """
    drawn = beliefs if isinstance(beliefs, Beliefs) and beliefs.drawn else None
    parameters = beliefs.fixed() if isinstance(beliefs, Beliefs) else beliefs
    name, levers = label(scenario), tuple(set_for_this_run(scenario).items())
    if without:
        name = f"{name}{', ' if levers else ' '}without {' and '.join(without)}"
        scenario = with_levers(scenario, levers_without(without))
        parameters = with_mechanisms_off(parameters, without)
    return RunScenario(name, scenario, parameters, levers, drawn, tuple(without))


def gathered(run_scenarios: Sequence[RunScenario]) -> tuple[RunScenario, ...]:
    """Scenarios of one run, checked. Raises InputError as `make_run_scenarios`."""
    names = [run_scenario.name for run_scenario in run_scenarios]
    raise_if_any(
        Problem(name, "is in the comparison twice", _other_of_that_name(name))
        for name, times in Counter(names).items()
        if times > 1
    )
    dates = [(one.scenario.start, one.scenario.end) for one in run_scenarios]
    hint = f"{names[0]} runs from {dates[0][0]} to {dates[0][1]}; compare like with like"
    raise_if_any(
        Problem(name, f"runs from {start} to {end}", hint)
        for name, (start, end) in zip(names, dates, strict=True)
        if (start, end) != dates[0]
    )
    return tuple(run_scenarios)


def _other_of_that_name(name: str) -> str:
    """How to name the scenario of the program, where a file may stand in for it."""
    if (scenarios_dir() / f"{name}.toml").is_file():
        return f"for the scenario of the program, whatever files there are, write {BUILT_IN}{name}"
    return ""


def label(scenario: Scenario) -> str:
    """The scenario's name, with the levers set for this run only."""
    levers = set_for_this_run(scenario)
    if not levers:
        return scenario.name
    changes = ", ".join(f"{name}={text_of(value)}" for name, value in levers.items())
    return f"{scenario.name} with {changes}"


def set_for_this_run(scenario: Scenario) -> dict[str, Value]:
    """The levers that no file set, but an option or a call."""
    return {change.lever: change.value for change in scenario.changes if not change.file}


def text_of(value: Value) -> str:
    """A lever's value as it is typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def load(scenario: ScenarioLike, levers: Mapping[str, Value], years: float | None) -> Scenario:
    """A scenario by name, file or as it is, with levers and length for this run."""
    if not isinstance(scenario, Scenario):
        return load_scenario(scenario, levers, years)
    if years is not None:
        # Read again, so that the length is checked as any other.
        fresh = load_scenario(scenario.path, set_for_this_run(scenario), years, scenario.start)
        scenario = scenario.with_(end=fresh.end)
    return with_levers(scenario, levers)


def _with_places(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """The scenarios, with where it lies added to the name of one whose file bears the name of an
    earlier one's: an edited copy is not its original."""
    first: dict[str, Path] = {}
    apart = []
    for scenario in scenarios:
        path = scenario.path.resolve()
        if first.setdefault(scenario.name, path) != path:
            place = "built-in" if is_built_in(path) else path.parent.name
            scenario = scenario.model_copy(update={"name": f"{scenario.name} ({place})"})
        apart.append(scenario)
    return apart


def _typed(levers: Mapping[str, Value]) -> dict[str, Value]:
    """Levers with texts read as the type of each."""
    return {n: from_text(n, v) if isinstance(v, str) else v for n, v in levers.items()}


def with_levers(scenario: Scenario, levers: Mapping[str, Value]) -> Scenario:
    """The scenario with some levers set for this run. Raises InputError for wrong ones."""
    return scenario.with_(start=None, end=None, **levers) if levers else scenario


def _comparator(
    other: ScenarioLike,
    tested: Scenario | None,
    levers: Mapping[str, Value],
    years: float | None,
    named_by_file: bool,
) -> Scenario:
    if isinstance(other, Scenario):
        scenario = other if years is None or tested is None else other.with_(end=tested.end)
    elif tested is None:
        scenario = load_scenario(other)
    else:
        scenario = load_comparator(tested, str(other), from_file=named_by_file)
    return with_levers(scenario, levers)
