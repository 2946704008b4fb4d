"""The studies a user can ask for. The command line calls these too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.inputs.evidence.beliefs import (
    CENTRAL,
    EVIDENCE,
    beliefs_names,
    check_beliefs,
    load_beliefs,
    only,
)
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.mechanisms import levers_without, load_mechanisms, without
from sim.inputs.evidence.priors import free_parameters
from sim.inputs.files.problems import Problem, raise_if_any
from sim.inputs.metrics import METRICS
from sim.results.study_folder import Study
from sim.runs.errors import collecting
from sim.runs.plan import Kind, RunScenario
from sim.runs.scenarios_of_run import ScenarioLike, choose_scenarios, gathered
from sim.studies.attribution import MOST_FOR_SHAPLEY, combinations_needed
from sim.studies.checks import check_metric, check_parameter, read_pairs
from sim.studies.compare_beliefs import METRIC, run_scenario_name
from sim.studies.futures import Futures, sampled
from sim.studies.optional_libraries import need_all
from sim.studies.screening import design_of, futures_of
from sim.studies.sensitivity import FEWEST_BASE, FEWEST_TRAJECTORIES
from sim.studies.study import SCREENING_WEEKS, HowRun, run_study
from sim.studies.study_tables import BeliefsPlan, FuturesStudyPlan

FEWEST_SAMPLES = 40
SAMPLES, REPLICATIONS = 200, 2
BELIEF_REPLICATIONS = 20
TRAJECTORIES, BASE = 6, 64
TOLERANCE = 0.05  # of the mean of the best regime: "nearly as good as the best"
PAIRS = (
    ("trust.effect", "trust.setup_months"),
    ("trust.effect", "support.commissioner"),
)
# The parts of a takeover, as mechanisms (seeds/mechanisms.toml).
PACKAGE = ("transition", "transmission", "transaction", "transgression", "transmutation")
_EMA = ("ema_workbench.analysis.prim",)
_SALIB = ("SALib.sample.morris", "SALib.analyze.sobol")


def beliefs(
    scenario: ScenarioLike,
    against: Sequence[ScenarioLike] | None = None,
    *,
    names: Sequence[str] = (),
    metric: str = METRIC,
    how: HowRun | None = None,
) -> Study:
    """Every regime under every set of beliefs, with the same luck.

    `names` are the sets of beliefs, by default all that come with the program. The table
    holds every metric by which regimes can be judged; `metric` is the one asked for.
    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    how = how or HowRun()
    problems = how.problems(BELIEF_REPLICATIONS) + check_metric(metric)
    held = list(dict.fromkeys(names)) or list(beliefs_names())
    for name in held:
        problems += check_beliefs(name, "--beliefs")
    raise_if_any(problems)
    run_scenarios = [
        replace(run_scenario, name=run_scenario_name(name, run_scenario.name))
        for name in held
        for run_scenario in choose_scenarios(scenario, against, years=how.years, beliefs=name)
    ]
    count = how.count(BELIEF_REPLICATIONS)
    plan = BeliefsPlan(
        "beliefs", gathered(run_scenarios), count, how.seed, events=0, step_days=how.step_days
    )
    return run_study(plan, how)


def explore(
    scenario: ScenarioLike,
    against: Sequence[ScenarioLike] | None = None,
    *,
    samples: int = SAMPLES,
    beliefs: str = EVIDENCE,
    vary: Sequence[str] = (),
    metric: str = METRIC,
    pairs: Sequence[str | tuple[str, str]] = (),
    tolerance: float = TOLERANCE,
    price_gbp_m: float | None = None,
    how: HowRun | None = None,
) -> Study:
    """Every regime in sampled futures: robustness, break-even, boxes, value of information.

    Futures are drawn from `beliefs`; or with `vary`, these parameters alone, evenly over
    their whole ranges. `pairs` are pairs of parameters to draw the line of break-even for. A
    regime is nearly as good as the best where it is worse by at most `tolerance` of the best
    mean. `price_gbp_m` is the price of a council-year inadequate (see
    worth.price_of_a_council_year).
    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    how = how or HowRun(step_weeks=SCREENING_WEEKS)
    need_all(_EMA)
    ledger = load_ledger()
    problems = how.problems(REPLICATIONS) + check_metric(metric)
    problems += check_beliefs(beliefs, "--beliefs")
    if samples < FEWEST_SAMPLES:
        hint = f"give at least {FEWEST_SAMPLES}; {SAMPLES} for usable intervals"
        problems.append(Problem("--samples", f"{samples} futures are too few", hint))
    for name in vary:
        problems += check_parameter(name, ledger, "--vary")
    vary = tuple(dict.fromkeys(vary))
    if vary and beliefs not in (EVIDENCE, CENTRAL):
        hint = "leave out one of them: --vary holds all else at its central value"
        problems.append(Problem("--vary", f"cannot be used with --beliefs {beliefs}", hint))
    if vary:
        beliefs = CENTRAL
    asked = read_pairs(pairs, ledger, problems)
    if price_gbp_m is not None and not 0.0 < price_gbp_m < float("inf"):
        problems.append(Problem("--price", f"must be above zero, not {price_gbp_m:g}"))
    if not 0.0 <= tolerance < 1.0:
        problems.append(Problem("tolerance", f"must be a share below 1, not {tolerance:g}"))
    run_scenarios: tuple[RunScenario, ...] = ()
    with collecting(problems):
        run_scenarios = choose_scenarios(scenario, against, years=how.years, beliefs=beliefs)
    if not problems and len(run_scenarios) < 2:
        problems.append(Problem("--against", "there is nothing to compare with"))
    raise_if_any(problems)
    held = only(vary, ledger) if vary else load_beliefs(beliefs, ledger)
    if not held.drawn:
        what = f"the beliefs {beliefs!r} leave nothing open"
        raise_if_any([Problem("--beliefs", what, "explore evidence, critics or reformers")])
    replications = how.count(REPLICATIONS)
    futures = sampled(held, samples, replications, how.seed)
    source = f"--vary {' '.join(vary)}" if vary else f"the beliefs {beliefs!r}"
    raise_if_any(
        Problem("--break-even", f"{name} does not vary under {source}")
        for name in dict.fromkeys(name for pair in asked for name in pair)
        if name not in futures.names
    )
    usual = [(vary[0], vary[1])] if len(vary) > 1 else PAIRS
    study = {
        "beliefs": beliefs,
        "vary": list(vary),
        "metric": metric,
        "better": METRICS[metric].better,
        "pairs": [list(p) for p in asked or usual if {*p} <= {*futures.names}],
        "tolerance": tolerance,
        "price_gbp_m": price_gbp_m,
    }
    return _run_futures("explore", run_scenarios, futures, replications, study, how)


def sensitivity(
    scenario: ScenarioLike,
    against: ScenarioLike | None = None,
    *,
    method: str = "screening",
    parameters: Sequence[str] = (),
    metric: str = METRIC,
    trajectories: int = TRAJECTORIES,
    base: int = BASE,
    how: HowRun | None = None,
) -> Study:
    """What moves the paired difference between two regimes: `screening` (Morris) or `shares`
    of its variance (Sobol), with luck as a factor and the noise floor.

    `base` is that of the shares; both methods check it, so that a screening is not wasted.
    `parameters` are by default those that have a range and an impact rated amber or red.
    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    how = how or HowRun(replications=1, step_weeks=SCREENING_WEEKS)
    need_all(_SALIB)
    ledger = load_ledger()
    problems = how.problems(1) + check_metric(metric)
    if method not in ("screening", "shares"):
        problems.append(Problem("method", f"must be screening or shares, not {method!r}"))
    if trajectories < FEWEST_TRAJECTORIES:
        hint = f"give at least {FEWEST_TRAJECTORIES}"
        problems.append(Problem("--trajectories", f"{trajectories} are too few", hint))
    if base < FEWEST_BASE or base & (base - 1):
        hint = f"give a power of two, at least {FEWEST_BASE}"
        problems.append(Problem("--base", f"{base} cannot be used", hint))
    for name in parameters:
        problems += check_parameter(name, ledger, "--parameter")
    run_scenarios: tuple[RunScenario, ...] = ()
    with collecting(problems):
        run_scenarios = choose_scenarios(
            scenario, None if against is None else [against], years=how.years
        )[:2]
    if not problems and len(run_scenarios) < 2:
        problems.append(Problem("--against", "there is nothing to compare with"))
    raise_if_any(problems)
    usual = [n for n in free_parameters(ledger) if ledger[n].impact != "green"]
    study = {
        "method": method,
        "metric": metric,
        "better": METRICS[metric].better,
        "parameters": list(parameters or usual),
        "trajectories": trajectories,
        "base": base,
    }
    futures = futures_of(ledger, study, design_of(study, how.seed))
    return _run_futures("sensitivity", run_scenarios, futures, 1, study, how)


def attribute(
    scenario: ScenarioLike,
    parts: Sequence[str] = PACKAGE,
    *,
    metric: str = METRIC,
    method: str = "alone",
    beliefs: str = "central",
    how: HowRun | None = None,
) -> Study:
    """What each part of a scenario adds to a metric, switched off under the same luck.

    `parts` are mechanisms or loops. `method` is "alone" (each off alone, the rest shown as
    interaction) or "shapley" (every combination).
    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    how = how or HowRun()
    parts = tuple(dict.fromkeys(parts))
    problems = how.problems(BELIEF_REPLICATIONS) + check_metric(metric)
    problems += check_beliefs(beliefs, "--beliefs")
    if method not in ("alone", "shapley"):
        problems.append(Problem("method", f"must be alone or shapley, not {method!r}"))
    if method == "shapley" and len(parts) > MOST_FOR_SHAPLEY:
        what = f"{len(parts)} parts have {2 ** len(parts):,} combinations"
        problems.append(Problem("--shapley", what, f"give at most {MOST_FOR_SHAPLEY}"))
    run_scenarios: tuple[RunScenario, ...] = ()
    titles: list[str] = []
    with collecting(problems):
        register = load_mechanisms()
        register.chosen(parts, "--part")
        named = {name: one.title for name, one in register.mechanisms.items()}
        named |= {name: one.title for name, one in register.loops.items()}
        titles = [named[part] for part in parts]
    with collecting(problems):
        run_scenarios = choose_scenarios(scenario, [], years=how.years, beliefs=beliefs)
    raise_if_any(problems)
    fixed = load_beliefs(beliefs).fixed()
    sets = combinations_needed(parts, method == "shapley")
    with_levers = [p for p in parts if levers_without([p])]
    if with_levers:
        what = "is switched off by a lever, which an attribution cannot do"
        raise_if_any(Problem("--part", f"{p} {what}") for p in with_levers)
    off = [without(fixed, sorted(one)) for one in sets]
    moved = tuple(n for n in fixed if any(values[n] != fixed[n] for values in off))
    futures = Futures(
        moved,
        np.array([[values[n] for n in moved] for values in off]),
        np.zeros(len(sets), dtype=np.int64),
        fixed,
    )
    study: Mapping[str, Any] = {
        "metric": metric,
        "better": METRICS[metric].better,
        "beliefs": beliefs,
        "method": method,
        "parts": list(parts),
        "titles": titles,
        "off": [sorted(one) for one in sets],
    }
    count = how.count(BELIEF_REPLICATIONS)
    return _run_futures("attribution", run_scenarios, futures, count, study, how)


def _run_futures(
    kind: Kind,
    run_scenarios: tuple[RunScenario, ...],
    futures: Futures,
    replications: int,
    study: Mapping[str, Any],
    how: HowRun,
) -> Study:
    plan = FuturesStudyPlan(
        kind,
        run_scenarios,
        replications,
        how.seed,
        events=0,
        step_days=how.step_days,
        futures=futures,
        study=study,
    )
    return run_study(plan, how)
