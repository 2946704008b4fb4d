"""The studies a user can ask for. The command line calls these too.

Each takes the options of every run (RunOptions), and two of its own: `step_weeks`, the length of
a step of the working week, 1 as in every other run or up to 4 where many futures are screened
(`CountrySettings.screened`); and `draw`, which draws charts into the finished folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

from sim import studies
from sim.inputs.evidence.beliefs import load_beliefs, only
from sim.inputs.evidence.beliefs_file import (
    CENTRAL,
    EVIDENCE,
    beliefs_label,
    check_beliefs,
    rival_beliefs,
)
from sim.inputs.evidence.ledger import Ledger, load_ledger
from sim.inputs.evidence.mechanisms import levers_without, load_mechanisms
from sim.inputs.evidence.priors import free_parameters
from sim.inputs.files.old_names import unknown_name
from sim.inputs.files.problems import Problem, collecting, did_you_mean, raise_if_any
from sim.inputs.metrics import METRICS
from sim.results.study_folder import Study
from sim.runs.execute import Draw, run_to_folder
from sim.runs.options import RunKeywords, RunOptions, with_run_options
from sim.runs.plan import RunScenario
from sim.runs.scenarios_of_run import ScenarioLike, choose_scenarios, gathered
from sim.studies.attribution import MOST_FOR_SHAPLEY, AttributionPlan, part_futures, switched_off
from sim.studies.compare_beliefs import BeliefsPlan, run_scenario_name
from sim.studies.discovery import PRIM
from sim.studies.exploration import ExplorationPlan
from sim.studies.futures import sample_futures
from sim.studies.sensitivity import (
    ANALYSERS,
    NOT_PARAMETERS,
    SAMPLERS,
    SensitivityPlan,
    design_futures,
)
from sim.studies.study import StudyPlan, load_library


@with_run_options
def beliefs(
    scenario: ScenarioLike,
    against: Sequence[ScenarioLike] | None = None,
    *,
    names: Sequence[str] = (),
    metric: str = studies.METRIC,
    step_weeks: int = 1,
    draw: Draw | None = None,
    **options: Unpack[RunKeywords],
) -> Study:
    """Every regime under every set of beliefs, with the same random numbers.

    `names` are the sets of beliefs, by default all that come with the program and
    that somebody holds. The table
    has every metric by which regimes can be judged; `metric` is the one asked for.
    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    how = RunOptions(**options)
    problems = _problems(how, studies.BELIEF_REPLICATIONS, step_weeks, metric)
    names = list(dict.fromkeys(names)) or list(rival_beliefs())
    for name in names:
        problems += check_beliefs(name, "--beliefs")
    raise_if_any(problems)
    run_scenarios = [
        replace(run_scenario, name=run_scenario_name(beliefs_label(name), run_scenario.name))
        for name in names
        for run_scenario in choose_scenarios(scenario, against, years=how.years, beliefs=name)
    ]
    plan = BeliefsPlan(
        run_scenarios=gathered(run_scenarios),
        replications=how.count(studies.BELIEF_REPLICATIONS),
        seed=how.seed,
        step_days=7 * step_weeks,
    )
    return _run(plan, how, draw)


@with_run_options
def explore(
    scenario: ScenarioLike,
    against: Sequence[ScenarioLike] | None = None,
    *,
    samples: int = studies.SAMPLES,
    beliefs: str = EVIDENCE,
    vary: Sequence[str] = (),
    metric: str = studies.METRIC,
    pairs: Sequence[str | tuple[str, str]] = (),
    tolerance: float = studies.TOLERANCE,
    price_gbp_m: float | None = None,
    step_weeks: int = studies.SCREENING_WEEKS,
    draw: Draw | None = None,
    **options: Unpack[RunKeywords],
) -> Study:
    """Every regime in sampled futures: robustness, break-even, boxes, value of information.

    Futures are drawn from `beliefs`; or with `vary`, these parameters alone, evenly over
    their whole ranges. `pairs` are pairs of parameters to draw the line of break-even for. A
    regime is nearly as good as the best where it is worse by at most `tolerance` of the best
    mean. `price_gbp_m` is the price of a council-year inadequate (see
    information.price_of_a_council_year).
    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    how = RunOptions(**options)
    ledger = load_ledger()
    problems = _problems(how, studies.FUTURE_REPLICATIONS, step_weeks, metric)
    problems += check_beliefs(beliefs, "--beliefs")
    if samples < studies.FEWEST_SAMPLES:
        hint = f"give at least {studies.FEWEST_SAMPLES}; {studies.SAMPLES} for usable intervals"
        problems.append(Problem("--samples", f"{samples} futures are too few", hint))
    problems += _too_many("--samples", samples)
    for name in vary:
        problems += check_parameter(name, ledger, "--vary")
    vary = tuple(dict.fromkeys(vary))
    if vary and beliefs not in (EVIDENCE, CENTRAL):
        hint = "leave out one of them: --vary keeps all else at its central value"
        problems.append(Problem("--vary", f"cannot be used with --beliefs {beliefs}", hint))
    if vary:
        beliefs = CENTRAL
    asked = read_pairs(pairs, ledger, problems)
    if price_gbp_m is not None and not 0.0 < price_gbp_m < float("inf"):
        problems.append(Problem("--price", f"must be above zero, not {price_gbp_m:g}"))
    if not 0.0 <= tolerance < 1.0:
        problems.append(Problem("tolerance", f"must be a share below 1, not {tolerance:g}"))
    run_scenarios = _two_or_more(problems, scenario, against, how.years, beliefs)
    wanted = only(vary, ledger) if vary else load_beliefs(beliefs, ledger)
    if not wanted.drawn:
        what = f"the beliefs {beliefs!r} leave nothing open"
        raise_if_any([Problem("--beliefs", what, "explore evidence, critics or reformers")])
    load_library(PRIM)
    replications = how.count(studies.FUTURE_REPLICATIONS)
    futures = sample_futures(wanted, samples, replications, how.seed)
    source = f"--vary {' '.join(vary)}" if vary else f"the beliefs {beliefs!r}"
    raise_if_any(
        Problem("--break-even", f"{name} does not vary under {source}")
        for name in dict.fromkeys(name for pair in asked for name in pair)
        if name not in futures.names
    )
    usual = [(vary[0], vary[1])] if len(vary) > 1 else studies.PAIRS
    plan = ExplorationPlan(
        run_scenarios=run_scenarios,
        replications=replications,
        seed=how.seed,
        step_days=7 * step_weeks,
        futures=futures,
        beliefs=beliefs_label(beliefs),
        vary=vary,
        metric=metric,
        pairs=tuple(pair for pair in asked or usual if {*pair} <= {*futures.names}),
        tolerance=tolerance,
        price_gbp_m=price_gbp_m,
    )
    return _run(plan, how, draw)


@with_run_options
def sensitivity(
    scenario: ScenarioLike,
    against: ScenarioLike | None = None,
    *,
    method: str = "screening",
    parameters: Sequence[str] = (),
    metric: str = studies.METRIC,
    trajectories: int = studies.TRAJECTORIES,
    base: int = studies.BASE,
    step_weeks: int = studies.SCREENING_WEEKS,
    draw: Draw | None = None,
    **options: Unpack[RunKeywords],
) -> Study:
    """What moves the paired difference between two regimes: `screening` (Morris) or `shares`
    of its variance (Sobol), with the random numbers as a factor and the noise floor.

    `base` is that of the shares; both methods check it, so that a screening is not wasted.
    `parameters` are by default those that have a range and an impact rated amber or red.
    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    how = RunOptions(**options)
    ledger = load_ledger()
    problems = _problems(how, 1, step_weeks, metric)
    if method not in SAMPLERS:
        problems.append(Problem("method", f"must be screening or shares, not {method!r}"))
    if trajectories < studies.FEWEST_TRAJECTORIES:
        hint = f"give at least {studies.FEWEST_TRAJECTORIES}"
        problems.append(Problem("--trajectories", f"{trajectories} are too few", hint))
    if base < studies.FEWEST_BASE or base & (base - 1):
        hint = f"give a power of two, at least {studies.FEWEST_BASE}"
        problems.append(Problem("--base", f"{base} cannot be used", hint))
    for name in parameters:
        problems += check_parameter(name, ledger, "--parameter")
    parameters = tuple(dict.fromkeys(parameters))
    usual = [n for n in free_parameters(ledger) if ledger[n].impact != "green"]
    factors = len(parameters or usual) + len(NOT_PARAMETERS)
    problems += _too_many("--trajectories", trajectories * (factors + 1))
    problems += _too_many("--base", base * (factors + 2) if method == "shares" else base)
    others = None if against is None else [against]
    run_scenarios = _two_or_more(problems, scenario, others, how.years)[:2]
    parameters = parameters or tuple(usual)
    size = trajectories if method == "screening" else base
    load_library(ANALYSERS[method])
    plan = SensitivityPlan(
        run_scenarios=run_scenarios,
        replications=1,
        seed=how.seed,
        step_days=7 * step_weeks,
        futures=design_futures(ledger, method, parameters, size, how.seed),
        method=method,
        metric=metric,
        parameters=parameters,
        trajectories=trajectories,
        base=base,
    )
    return _run(plan, how, draw)


@with_run_options
def attribute(
    scenario: ScenarioLike,
    parts: Sequence[str] = studies.PACKAGE,
    *,
    metric: str = studies.METRIC,
    method: str = "alone",
    beliefs: str = CENTRAL,
    step_weeks: int = 1,
    draw: Draw | None = None,
    **options: Unpack[RunKeywords],
) -> Study:
    """What each part of a scenario adds to a metric, switched off under the same random numbers.

    `parts` are mechanisms or loops. `method` is "alone" (each off alone, the rest reported as
    interaction) or "shapley" (every combination).
    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    how = RunOptions(**options)
    parts = tuple(dict.fromkeys(parts))
    problems = _problems(how, studies.BELIEF_REPLICATIONS, step_weeks, metric)
    problems += check_beliefs(beliefs, "--beliefs")
    if method not in ("alone", "shapley"):
        problems.append(Problem("method", f"must be alone or shapley, not {method!r}"))
    if method == "shapley" and len(parts) > MOST_FOR_SHAPLEY:
        what = f"{len(parts)} parts have {2 ** len(parts):,} combinations"
        problems.append(Problem("--shapley", what, f"give at most {MOST_FOR_SHAPLEY}"))
    register = load_mechanisms()
    titles = {name: one.title for name, one in register.mechanisms.items()}
    titles |= {name: one.title for name, one in register.loops.items()}
    with collecting(problems):
        register.chosen(parts, "--part")
    run_scenarios: tuple[RunScenario, ...] = ()
    with collecting(problems):
        run_scenarios = choose_scenarios(scenario, [], years=how.years, beliefs=beliefs)
    raise_if_any(problems)
    what = "is switched off by a lever, which an attribution cannot do"
    raise_if_any(Problem("--part", f"{part} {what}") for part in parts if levers_without([part]))
    off = switched_off(parts, method)
    plan = AttributionPlan(
        run_scenarios=run_scenarios,
        replications=how.count(studies.BELIEF_REPLICATIONS),
        seed=how.seed,
        step_days=7 * step_weeks,
        futures=part_futures(load_beliefs(beliefs).fixed(), off),
        metric=metric,
        beliefs=beliefs_label(beliefs),
        method=method,
        parts=parts,
        titles=tuple(titles[part] for part in parts),
        off=tuple(tuple(sorted(one)) for one in off),
    )
    return _run(plan, how, draw)


def _run(plan: StudyPlan, how: RunOptions, draw: Draw | None) -> Study:
    folder, temporary = run_to_folder(plan, how, draw)
    return Study(folder, temporary=temporary)


def _problems(how: RunOptions, usual: int, step_weeks: int, metric: str) -> list[Problem]:
    """What is wrong with the options that all studies have; `usual` replications where none are
    given."""
    problems = how.problems(usual)
    if not 1 <= step_weeks <= studies.SCREENING_WEEKS:
        what = f"must be from 1 to {studies.SCREENING_WEEKS}, not {step_weeks}"
        problems.append(Problem("--step-weeks", what))
    return problems + check_metric(metric)


def _two_or_more(
    problems: list[Problem],
    scenario: ScenarioLike,
    against: Sequence[ScenarioLike] | None,
    years: float | None,
    beliefs: str | None = None,
) -> tuple[RunScenario, ...]:
    """The scenarios of a study that compares. Raises InputError for their problems and those
    already known."""
    run_scenarios: tuple[RunScenario, ...] = ()
    with collecting(problems):
        run_scenarios = choose_scenarios(scenario, against, years=years, beliefs=beliefs)
    if not problems and len(run_scenarios) < 2:
        problems.append(Problem("--against", "there is nothing to compare with"))
    raise_if_any(problems)
    return run_scenarios


def _too_many(where: str, futures: int) -> list[Problem]:
    if futures <= studies.MOST_FUTURES:
        return []
    return [Problem(where, f"{futures:,} futures are more than {studies.MOST_FUTURES:,}")]


def check_metric(metric: str) -> list[Problem]:
    """Whether a metric can be used to compare regimes by."""
    if metric not in METRICS:
        hint = did_you_mean(metric, METRICS) or "`simulate list --metrics` names them"
        return [Problem("--metric", f"unknown metric {metric!r}", hint)]
    if METRICS[metric].better == "neither":
        return [Problem("--metric", f"{metric} is neither better high nor low", "choose another")]
    return []


def check_parameter(name: str, ledger: Ledger, where: str) -> list[Problem]:
    """Whether a parameter is in the ledger and has a range."""
    if name not in ledger:
        return [unknown_name("parameter", name, where, ledger)]
    if name not in free_parameters(ledger):
        return [Problem(where, f"{name} has no range: the ledger has it as fixed")]
    return []


def read_pairs(
    pairs: Sequence[str | tuple[str, str]], ledger: Ledger, problems: list[Problem]
) -> list[tuple[str, str]]:
    """Pairs of parameters, each given as two names or as "a,b". Adds to `problems`."""
    read: list[tuple[str, str]] = []
    for pair in pairs:
        names = [name.strip() for name in pair.split(",")] if isinstance(pair, str) else [*pair]
        where = f"--break-even {','.join(names)}"
        hint = "write two names with a comma between: control.trust_deviation,trust.setup_months"
        if len(names) != 2:
            problems.append(Problem(where, f"must have two names, not {len(names)}", hint))
            continue
        for name in dict.fromkeys(names):
            problems += check_parameter(name, ledger, where)
        if names[0] == names[1]:
            problems.append(Problem(where, "names one parameter twice", hint))
        elif {*names} in [{*other} for other in read]:
            problems.append(Problem(where, "is given twice"))
        read.append((names[0], names[1]))
    return read
