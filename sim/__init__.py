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
    from sim.experiment.errors import RunError
    from sim.experiment.explore.studies import attribute, beliefs, explore, sensitivity
    from sim.experiment.explore.study import HowRun, Study
    from sim.experiment.result import Result, compare
    from sim.experiment.sweep import Sweep
    from sim.experiment.verify import verify
    from sim.inputs.baseline import baseline
    from sim.inputs.ledger import load_ledger
    from sim.inputs.levers import LEVERS
    from sim.inputs.metrics import METRICS
    from sim.inputs.problems import InputError
    from sim.inputs.scenario import Scenario, list_scenarios, load_scenario
    from sim.verbs import simulate, sweep

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
    "LEVERS": "sim.inputs.levers",
    "METRICS": "sim.inputs.metrics",
    "HowRun": "sim.experiment.explore.study",
    "InputError": "sim.inputs.problems",
    "Result": "sim.experiment.result",
    "RunError": "sim.experiment.errors",
    "Scenario": "sim.inputs.scenario",
    "Study": "sim.experiment.explore.study",
    "Sweep": "sim.experiment.sweep",
    "attribute": "sim.experiment.explore.studies",
    "baseline": "sim.inputs.baseline",
    "beliefs": "sim.experiment.explore.studies",
    "compare": "sim.experiment.result",
    "explore": "sim.experiment.explore.studies",
    "list_scenarios": "sim.inputs.scenario",
    "load_ledger": "sim.inputs.ledger",
    "load_scenario": "sim.inputs.scenario",
    "sensitivity": "sim.experiment.explore.studies",
    "simulate": "sim.verbs",
    "sweep": "sim.verbs",
    "verify": "sim.experiment.verify",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
