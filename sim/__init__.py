"""Children's services in England: what happens when government takes over failing councils.

    import sim

    base = sim.load_scenario("trusts-2016")
    run = sim.simulate(base, replications=20)
    run.comparison                                   # paired differences, with intervals
    sim.compare(run, metrics=["child_years_under_poor_practice"])
    quick = base.with_(**{"regime.grace_months": 3})
    sim.simulate(base, against=[quick])

`run.chart("children-under-poor-practice")` shows a chart in a notebook. A regime of your own is a
class:
`sim.simulate(..., regimes={"mine": MyRegime})`; what it can do is in `sim.interventions` and
`sim.trusts`. Studies are `sim.beliefs`, `sim.explore`, `sim.sensitivity` and `sim.attribute`; the
model against the record is `sim.backtest`; what it says of years to come is `sim.forecast`, scored
later by `sim.score`. Everything is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.api import FinishedBacktest as FinishedBacktest
    from sim.api import FinishedForecast as FinishedForecast
    from sim.api import FinishedRun as FinishedRun
    from sim.api import FinishedStudy as FinishedStudy
    from sim.api import ScoredForecast as ScoredForecast
    from sim.api import attribute as attribute
    from sim.api import backtest as backtest
    from sim.api import beliefs as beliefs
    from sim.api import explore as explore
    from sim.api import forecast as forecast
    from sim.api import open_backtest as open_backtest
    from sim.api import open_forecast as open_forecast
    from sim.api import open_run as open_run
    from sim.api import open_study as open_study
    from sim.api import score as score
    from sim.api import sensitivity as sensitivity
    from sim.api import simulate as simulate
    from sim.api import sweep as sweep
    from sim.inputs.councils.baseline import baseline as baseline
    from sim.inputs.evidence.ledger import load_ledger as load_ledger
    from sim.inputs.files.problems import InputError as InputError
    from sim.inputs.metrics import METRICS as METRICS
    from sim.inputs.policy.levers import LEVERS as LEVERS
    from sim.inputs.policy.scenario import Scenario as Scenario
    from sim.inputs.policy.scenario import list_scenarios as list_scenarios
    from sim.inputs.policy.scenario import load_scenario as load_scenario
    from sim.model.institutions import interventions as interventions
    from sim.model.institutions import trusts as trusts
    from sim.model.institutions.department import FailureCase as FailureCase
    from sim.model.processes import Process as Process
    from sim.model.turns import Post as Post
    from sim.report.charts.style import COLOURS as COLOURS
    from sim.report.charts.style import SEQUENTIAL as SEQUENTIAL
    from sim.results.run_folder import Sweep as Sweep
    from sim.results.run_folder import compare as compare
    from sim.results.schema import label as label
    from sim.results.verification import verify as verify
    from sim.runs.errors import RunError as RunError
    from sim.runs.options import RunOptions as RunOptions

__version__ = "0.1.0"

# The public names by the module that each comes from.
_PUBLIC = {
    "sim.api": (
        "FinishedBacktest FinishedForecast FinishedRun FinishedStudy ScoredForecast attribute "
        "backtest beliefs explore forecast open_backtest open_forecast open_run open_study score "
        "sensitivity simulate sweep"
    ),
    "sim.inputs.councils.baseline": "baseline",
    "sim.inputs.evidence.ledger": "load_ledger",
    "sim.inputs.files.problems": "InputError",
    "sim.inputs.metrics": "METRICS",
    "sim.inputs.policy.levers": "LEVERS",
    "sim.inputs.policy.scenario": "Scenario list_scenarios load_scenario",
    "sim.model.institutions": "interventions trusts",
    "sim.model.institutions.department": "FailureCase",
    "sim.model.processes": "Process",
    "sim.model.turns": "Post",
    "sim.report.charts.style": "COLOURS SEQUENTIAL",
    "sim.results.run_folder": "Sweep compare",
    "sim.results.schema": "label",
    "sim.results.verification": "verify",
    "sim.runs.errors": "RunError",
    "sim.runs.options": "RunOptions",
}
_HOMES = {name: module for module, names in _PUBLIC.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return __dir__()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(_HOMES[name])
    if not hasattr(home, name):  # a module: what a regime is made of
        return importlib.import_module(f"{_HOMES[name]}.{name}")
    return getattr(home, name)


def __dir__() -> list[str]:
    return ["__version__", *sorted(_HOMES)]
