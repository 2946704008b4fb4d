"""What is wrong with the metric, the parameters and the pairs that a study is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from sim.inputs.evidence.ledger import Ledger
from sim.inputs.evidence.priors import free_parameters
from sim.inputs.files.problems import Problem, did_you_mean
from sim.inputs.metrics import METRICS


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
        return [Problem(where, f"unknown parameter {name!r}", did_you_mean(name, ledger))]
    if name not in free_parameters(ledger):
        return [Problem(where, f"{name} has no range: the ledger holds it as fixed")]
    return []


def read_pairs(
    pairs: Sequence[str | tuple[str, str]], ledger: Ledger, problems: list[Problem]
) -> list[tuple[str, str]]:
    """Pairs of parameters, each given as two names or as "a,b". Adds to `problems`."""
    found: list[tuple[str, str]] = []
    for pair in pairs:
        names = [name.strip() for name in pair.split(",")] if isinstance(pair, str) else [*pair]
        where = f"--break-even {','.join(names)}"
        hint = "write two names with a comma between: trust.effect,trust.setup_months"
        if len(names) != 2:
            problems.append(Problem(where, f"must have two names, not {len(names)}", hint))
            continue
        wrong = [one for n in dict.fromkeys(names) for one in check_parameter(n, ledger, where)]
        if names[0] == names[1]:
            wrong.append(Problem(where, "names one parameter twice", hint))
        elif {*names} in [{*other} for other in found]:
            wrong.append(Problem(where, "is given twice"))
        problems += wrong
        found.append((names[0], names[1]))
    return found
