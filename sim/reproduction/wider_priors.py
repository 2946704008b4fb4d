"""Parameters whose priors rest on a study that is reproduced, drawn from priors twice as wide."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sim.inputs.evidence.beliefs import Beliefs
from sim.inputs.evidence.ledger import Ledger

# The evidence that comes from each study.
EVIDENCE_OF = {"K1": ("F12", "F21", "K1"), "K2": ("E17", "F22", "K2")}
TIMES_AS_WIDE = 2.0


def resting_on(ledger: Ledger) -> Mapping[str, tuple[str, ...]]:
    """By parameter with a prior: the studies that its source in the ledger names."""
    rests: dict[str, tuple[str, ...]] = {}
    for name, parameter in ledger.items():
        cited = {*re.findall(r"\b[A-Z]\d+\b", parameter.source)}
        studies = tuple(k for k, ids in EVIDENCE_OF.items() if cited & {*ids})
        if studies and parameter.prior != "fixed":
            rests[name] = studies
    return rests


def twice_as_wide(ledger: Ledger, name: str, value: float) -> float:
    """A draw of a prior as far again from the ledger's central value, beyond the ledger's range
    where need be; exactly nought, where a prior gives that a chance of its own, stays nought."""
    if ledger[name].prior.startswith("ZeroTri") and value == 0.0:
        return value
    centre = ledger[name].value
    return centre + TIMES_AS_WIDE * (value - centre)


def draw_wider(beliefs: Beliefs, number: int) -> dict[str, float]:
    """Draw `number` of a set of beliefs, but for the parameters that rest on a study: these are
    drawn from the ledger's priors, twice as wide, whatever the beliefs say of them."""
    ledger = beliefs.ledger
    names = tuple(resting_on(ledger))
    about = "The ledger's priors of the parameters that rest on a study."
    priors = Beliefs("priors", "Priors", about, (), names, None, ledger)
    drawn = priors.draw(number)
    wider = {name: twice_as_wide(ledger, name, drawn[name]) for name in names}
    return {**beliefs.draw(number), **wider}
