"""All parts of a run seen as one: figures by scenario and replication, whatever the blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sim.experiment.part import AnyArray, Part
from sim.experiment.plan import Plan
from sim.experiment.statistics import FloatArray


class Parts:
    """The parts that hold replications 1 to `replications` of every arm of a plan.

    Overlapping parts (after a resumed run with other workers) are allowed; a nation's
    figures do not depend on the block it ran in.
    """

    def __init__(self, plan: Plan, parts: Sequence[Part], replications: int) -> None:
        self.plan = plan
        self.replications = replications
        # For each arm and replication, the part to read and the row in it.
        self._where: dict[int, list[tuple[Part, int]]] = {}
        held: dict[tuple[int, int], tuple[Part, int]] = {}
        for part in parts:
            for arm in part.block.arms:
                for row, replication in enumerate(part.block.replications):
                    held.setdefault((arm, replication), (part, row))
        for arm in range(plan.units):
            self._where[arm] = [held[arm, r] for r in range(1, replications + 1)]

    @property
    def meta(self) -> dict[str, Any]:
        """Months, financial years and days of the run, the same in every part."""
        return self._where[0][0][0].meta

    def array(self, arm: int, name: str) -> AnyArray:
        """One array of an arm, shape (replications, ...), in order of replication."""
        places = self._where[arm]
        pieces: list[AnyArray] = []
        at = 0
        while at < len(places):
            part, first = places[at]
            last = at
            while (
                last + 1 < len(places)
                and places[last + 1][0] is part
                and places[last + 1][1] == places[last][1] + 1
            ):
                last += 1
            pieces.append(part.array(arm, name)[first : first + last - at + 1])
            at = last + 1
        return np.concatenate(pieces)

    def totals(self) -> dict[str, FloatArray]:
        """For each arm by name, the figures of its runs: (replications, metrics)."""
        return {arm.name: self.array(i, "totals") for i, arm in enumerate(self.plan.arms)}

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of "spells" or "events": by scenario, replication, then as they came."""
        for arm in range(len(self.plan.arms)):
            for replication, (part, _) in enumerate(self._where[arm], start=1):
                yield from part.lines(arm, replication, name)
