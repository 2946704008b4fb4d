"""An exploration of futures: which regime, in which futures, for whom, and what decides."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.ledger import load_ledger
from sim.runs.errors import RunError
from sim.runs.plan import Kind
from sim.studies.break_even import write_break_even
from sim.studies.discovery import write_boxes
from sim.studies.futures import FuturesPlan, Outcomes
from sim.studies.information import price_of_a_council_year, write_information
from sim.studies.robustness import random_share, write_kinds, write_robustness
from sim.studies.tipping import write_tipping, wrong_share

FEWEST_COMPLETE = 20  # futures that tables can be made from


@dataclass(frozen=True, kw_only=True)
class ExplorationPlan(FuturesPlan):
    """Futures drawn from `beliefs`, or in which only the parameters `vary` differ.

    `pairs` are the pairs of parameters that lines of break-even are drawn for. A regime is
    nearly as good as the best where it is worse by at most `tolerance` of the best mean.
    `price_gbp_m` is the price of a council-year inadequate, where it is given.
    """

    ASKED = ("beliefs", "vary", "metric", "better", "pairs", "tolerance", "price_gbp_m")

    kind: Kind = "explore"
    beliefs: str
    vary: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    tolerance: float
    price_gbp_m: float | None

    def write_findings(
        self, folder: Path, outcomes: Outcomes, baseline: Baseline
    ) -> dict[str, Any]:
        """Write the tables of an exploration; gives what is in no table.

        A future in which the metric has no value in some run (no council left, say, so that
        there is no time to exit) is left out. Raises RunError where too few remain.
        """
        complete = np.asarray(np.isfinite(outcomes.metric(self.metric)).all(axis=(1, 2)))
        if complete.sum() < FEWEST_COMPLETE:
            futures = f"{complete.sum()} of {len(complete)} futures"
            what = f"{self.metric} has a value in every run of only {futures}"
            raise RunError(what, "choose another metric, or a longer run")
        outcomes = outcomes.subset(complete)
        loss = outcomes.loss(self.metric)
        losses = loss.mean(axis=2)
        share = random_share(loss)
        names = outcomes.futures.names
        families = self._families(names)
        price = self.price_gbp_m or price_of_a_council_year(baseline)
        write_robustness(folder, outcomes, self.metric, self.tolerance)
        write_kinds(folder, outcomes, baseline, self.tolerance)
        decisive = write_break_even(folder, outcomes, losses, families, self.pairs, self.seed)
        write_tipping(folder, outcomes, loss, families, self.seed)
        matter = {*chain.from_iterable(decisive.values())}
        return {
            "price_gbp_m": price,
            "luck_share": share if np.isfinite(share) else None,
            "wrong_share": wrong_share(loss),
            "left_out": int((~complete).sum()),
            "expected_to_matter": [names[c] for c in families[0]],
            "decisive": decisive,
            "boxes": write_boxes(folder, outcomes, losses, families, self.seed),
            "price_given": self.price_gbp_m is not None,
            **write_information(
                *(folder, self, outcomes, families),
                decisive=[c for c, name in enumerate(names) if name in matter],
                price=price,
            ),
        }

    def _families(self, names: tuple[str, ...]) -> list[list[int]]:
        """The parameters expected to matter (impact rated red before any run, or asked about),
        and the rest. Each family is tested against chance on its own."""
        ledger = load_ledger()
        expected = {name for name in names if ledger[name].impact == "red"}
        expected |= {*chain.from_iterable(self.pairs)}
        first = [c for c, name in enumerate(names) if name in expected]
        return [first, [c for c in range(len(names)) if c not in first]]
