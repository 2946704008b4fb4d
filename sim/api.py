"""The verbs of the package: simulate and sweep. The command line calls these too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sim.inputs.files.problems import Problem, raise_if_any
from sim.inputs.policy.levers import Value
from sim.results.result import Result
from sim.runs import workers as engines
from sim.runs.errors import collecting
from sim.runs.execute import Draw, Settings, run_plan
from sim.runs.plan import Plan, Precision, RunScenario, check_settings, parse_precision
from sim.runs.precision import FIRST_LOOK
from sim.runs.progress import open_progress
from sim.runs.scenarios_of_run import (
    ScenarioLike,
    choose_scenarios,
    load,
    make_run_scenarios,
    with_levers,
)
from sim.runs.sweep import Sweep, check_points, grid

REPLICATIONS = 50
SEED = 1
CEILING = 1000


def simulate(
    scenario: ScenarioLike,
    *,
    against: Sequence[ScenarioLike] | None = None,
    replications: int | None = None,
    seed: int = SEED,
    years: float | None = None,
    levers: Mapping[str, Value] | None = None,
    levers_of_all: Mapping[str, Value] | None = None,
    without: Sequence[str] = (),
    beliefs: str | None = None,
    precision: Mapping[str, float | str] | None = None,
    ceiling: int | None = None,
    events: int = 1,
    out: str | Path | None = None,
    engine: engines.Name = "processes",
    workers: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
    charts: bool = False,
    publication: bool = False,
    quiet: bool = False,
) -> Result:
    """Run a scenario and those it is compared with, under the same luck.

    `scenario` is a name, a file or a Scenario; `against` replaces the comparators it names.
    `levers` are set in the scenario under test only, `levers_of_all` in all of them; the
    mechanisms or loops named in `without` are switched off in the scenario under test.
    `beliefs` names a rival set of parameter values (scenarios/beliefs/) or a file of one; a
    range in it is drawn anew in each replication, alike in every scenario.
    `replications` is 50 unless said; or give `precision`, such as
    `{"inadequate_council_years": 0.5}` (in the metric's unit) or `"2%"` (of the tested
    scenario's mean), and the run goes on until the paired intervals are that narrow, or
    `ceiling` replications (1000) are reached. The first `events` replications keep their
    events. Without `out` the run folder is temporary and lives as long as the result.

    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    texts = [f"{name}={amount}" for name, amount in (precision or {}).items()]
    count = _count(replications, bool(texts), ceiling)
    problems = _clashes(replications, bool(texts), ceiling)
    problems += check_settings(count, seed, events, workers)
    problems += engines.check_engine(engine, scheduler)
    targets: tuple[Precision, ...] = ()
    run_scenarios: tuple[RunScenario, ...] = ()
    with collecting(problems):
        targets = parse_precision(texts)
    with collecting(problems):
        run_scenarios = choose_scenarios(
            scenario,
            against,
            levers=levers,
            levers_of_all=levers_of_all,
            years=years,
            without=without,
            beliefs=beliefs,
        )
    raise_if_any(problems)
    plan = Plan("run", run_scenarios, count, seed, targets, min(events, count))
    place, keep = _place(out)
    settings = Settings(
        place,
        engine,
        workers,
        scheduler,
        resume=resume,
        draw=_drawing() if charts else None,
        publication=publication,
    )
    with open_progress(quiet) as progress:
        folder = run_plan(plan, settings, progress)
    return Result(folder, keep=keep)


def sweep(
    scenario: ScenarioLike,
    over: Mapping[str, Sequence[Value]] | Sequence[Mapping[str, Value]],
    *,
    replications: int | None = None,
    seed: int = SEED,
    years: float | None = None,
    out: str | Path | None = None,
    engine: engines.Name = "processes",
    workers: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
    publication: bool = False,
    quiet: bool = False,
) -> Sweep:
    """Run a scenario at many settings of its levers, all under the same luck.

    `over` gives the values of each lever, of which every combination is run; or the points
    themselves, one mapping of levers each. The scenario as it stands is run too, and each
    point is compared with it. The other arguments are those of `simulate`.

    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    count = REPLICATIONS if replications is None else replications
    problems = check_settings(count, seed, 0, workers) + engines.check_engine(engine, scheduler)
    points = grid(over) if isinstance(over, Mapping) else [dict(point) for point in over]
    problems += check_points(points)
    run_scenarios: tuple[RunScenario, ...] = ()
    with collecting(problems):
        base = load(scenario, {}, years)
        if not problems:
            run_scenarios = make_run_scenarios(
                [base, *(with_levers(base, point) for point in points)]
            )
    raise_if_any(problems)
    plan = Plan("sweep", run_scenarios, count, seed, events=0)
    place, keep = _place(out)
    settings = Settings(place, engine, workers, scheduler, resume=resume, publication=publication)
    with open_progress(quiet) as progress:
        folder = run_plan(plan, settings, progress)
    return Sweep(folder, keep=keep)


def _count(replications: int | None, has_precision: bool, ceiling: int | None) -> int:
    """The number of replications, or their ceiling where a precision decides."""
    if has_precision:
        return CEILING if ceiling is None else ceiling
    return REPLICATIONS if replications is None else replications


def _clashes(replications: int | None, has_precision: bool, ceiling: int | None) -> list[Problem]:
    problems = []
    if has_precision and replications is not None:
        what = "cannot be used with --precision, which decides the number"
        problems.append(Problem("--replications", what, "use --ceiling to limit it"))
    if not has_precision and ceiling is not None:
        problems.append(Problem("--ceiling", "has no meaning without --precision"))
    if has_precision and ceiling is not None and ceiling < FIRST_LOOK:
        problems.append(Problem("--ceiling", f"must be at least {FIRST_LOOK}, not {ceiling}"))
    return problems


def _drawing() -> Draw:
    from sim.report.charts.all_charts import make_charts  # imported here: loads matplotlib

    return make_charts


def _place(out: str | Path | None) -> tuple[Path, TemporaryDirectory[str] | None]:
    """Where run folders go, and the temporary folder to keep where that is nowhere else."""
    if out is not None:
        return Path(out), None
    keep = TemporaryDirectory(prefix="simulate-")
    return Path(keep.name), keep
