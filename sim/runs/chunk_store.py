"""All parts of a run seen as one: figures by scenario and replication, whatever the blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sim.analysis.statistics import FloatArray
from sim.runs.chunk import AnyArray, Chunk
from sim.runs.plan import Plan


class ChunkStore:
    """The parts that hold replications 1 to `replications` of every scenario of the run of a plan.

    Overlapping parts (after a resumed run with other workers) are allowed; a country's
    figures do not depend on the block it ran in.
    """

    def __init__(self, plan: Plan, parts: Sequence[Chunk], replications: int) -> None:
        self.plan = plan
        self.replications = replications
        # For each scenario of the run and replication, the part to read and the row in it.
        self._where: dict[int, list[tuple[Chunk, int]]] = {}
        held: dict[tuple[int, int], tuple[Chunk, int]] = {}
        for part in parts:
            for run_scenario in part.block.run_scenarios:
                for row, replication in enumerate(part.block.replications):
                    held.setdefault((run_scenario, replication), (part, row))
        for run_scenario in range(plan.units):
            self._where[run_scenario] = [held[run_scenario, r] for r in range(1, replications + 1)]

    @property
    def meta(self) -> dict[str, Any]:
        """Months, financial years and days of the run, the same in every part."""
        return self._where[0][0][0].meta

    def array(self, run_scenario: int, name: str) -> AnyArray:
        """One array of a scenario, shape (replications, ...), in order of replication."""
        places = self._where[run_scenario]
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
            pieces.append(part.array(run_scenario, name)[first : first + last - at + 1])
            at = last + 1
        return np.concatenate(pieces)

    def totals(self) -> dict[str, FloatArray]:
        """For each scenario by name, the figures of its runs: (replications, metrics)."""
        return {
            run_scenario.name: self.array(i, "totals")
            for i, run_scenario in enumerate(self.plan.run_scenarios)
        }

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of "spells" or "events": by scenario, replication, then as they came."""
        for run_scenario in range(len(self.plan.run_scenarios)):
            for replication, (part, _) in enumerate(self._where[run_scenario], start=1):
                yield from part.lines(run_scenario, replication, name)
