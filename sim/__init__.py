"""Children's services in England: what happens when government takes over failing councils.

    import sim

    base = sim.load_scenario("trusts-2016")
    run = sim.simulate(base, replications=20)
    run.comparison                                   # paired differences, with intervals
    sim.compare(run, metrics=["inadequate_council_years"])
    quick = base.with_(**{"regime.grace_months": 3})
    sim.simulate(base, against=[quick])

Everything is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.api import simulate, sweep
    from sim.inputs.councils.baseline import baseline
    from sim.inputs.evidence.ledger import load_ledger
    from sim.inputs.files.problems import InputError
    from sim.inputs.metrics import METRICS
    from sim.inputs.policy.levers import LEVERS
    from sim.inputs.policy.scenario import Scenario, list_scenarios, load_scenario
    from sim.results.result import Result, compare
    from sim.runs.errors import RunError
    from sim.runs.sweep import Sweep
    from sim.runs.verification import verify
    from sim.studies.run_studies import attribute, beliefs, explore, sensitivity
    from sim.studies.study import HowRun, Study

__version__ = "0.1.0"

__all__ = [
    "LEVERS",
    "METRICS",
    "HowRun",
    "InputError",
    "Result",
    "RunError",
    "Scenario",
    "Study",
    "Sweep",
    "__version__",
    "attribute",
    "baseline",
    "beliefs",
    "compare",
    "explore",
    "list_scenarios",
    "load_ledger",
    "load_scenario",
    "sensitivity",
    "simulate",
    "sweep",
    "verify",
]

_HOMES = {
    "LEVERS": "sim.inputs.policy.levers",
    "METRICS": "sim.inputs.metrics",
    "HowRun": "sim.studies.study",
    "InputError": "sim.inputs.files.problems",
    "Result": "sim.results.result",
    "RunError": "sim.runs.errors",
    "Scenario": "sim.inputs.policy.scenario",
    "Study": "sim.studies.study",
    "Sweep": "sim.runs.sweep",
    "attribute": "sim.studies.run_studies",
    "baseline": "sim.inputs.councils.baseline",
    "beliefs": "sim.studies.run_studies",
    "compare": "sim.results.result",
    "explore": "sim.studies.run_studies",
    "list_scenarios": "sim.inputs.policy.scenario",
    "load_ledger": "sim.inputs.evidence.ledger",
    "load_scenario": "sim.inputs.policy.scenario",
    "sensitivity": "sim.studies.run_studies",
    "simulate": "sim.api",
    "sweep": "sim.api",
    "verify": "sim.runs.verification",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
