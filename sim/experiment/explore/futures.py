"""Futures: sampled sets of parameters, each run under every regime with the same luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import qmc

from sim.experiment.identity import sha256_of, sha256_of_bytes
from sim.experiment.parts import Parts
from sim.experiment.plan import MOST_NATIONS, ArmTask, Block, Plan
from sim.inputs.beliefs import Beliefs
from sim.inputs.metrics import METRICS

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Futures:
    """F sets of parameters: `values` (F, names) over `fixed`.

    Replication r of future f has the luck of replication `luck[f]` + r.
    """

    names: tuple[str, ...]
    values: Array
    luck: IntArray
    fixed: Mapping[str, float]

    def __len__(self) -> int:
        return len(self.values)

    def parameters(self, future: int) -> dict[str, float]:
        """Every parameter in one future."""
        drawn = zip(self.names, map(float, self.values[future]), strict=True)
        return {**self.fixed, **dict(drawn)}

    def identity(self) -> dict[str, Any]:
        """All that decides the futures, as JSON."""
        return {
            "names": list(self.names),
            "values": sha256_of_bytes(np.ascontiguousarray(self.values).tobytes()),
            "luck": self.luck.tolist(),
            "fixed": sha256_of(dict(self.fixed)),
        }


@dataclass(frozen=True, kw_only=True)
class FuturesPlan(Plan):
    """A run of futures: `arms` are the regimes, `study` what its analysis is asked for (JSON).

    Unit f * len(arms) + a is future f under arm a.
    """

    futures: Futures
    study: Mapping[str, Any]

    @property
    def units(self) -> int:
        """One series of replications for each future and regime."""
        return len(self.futures) * len(self.arms)

    @property
    def together(self) -> int:
        """As many whole futures as make a full batch."""
        regimes = len(self.arms)
        return max(1, MOST_NATIONS // (self.replications * regimes)) * regimes

    def _replications_in_a_block(self, workers: int) -> int:
        return self.replications  # a block holds whole futures, and there are many

    def tasks_of(self, block: Block) -> tuple[ArmTask, ...]:
        """What a worker needs to know of each unit of a block, in its order."""
        regimes = len(self.arms)
        timelines = [arm.scenario.timeline() for arm in self.arms]
        parameters = {f: self.futures.parameters(f) for f in {u // regimes for u in block.arms}}
        return tuple(
            ArmTask(
                name=self.arms[unit % regimes].name,
                timeline=timelines[unit % regimes],
                parameters=parameters[unit // regimes],
                luck=int(self.futures.luck[unit // regimes]),
            )
            for unit in block.arms
        )

    @cached_property
    def identity(self) -> dict[str, Any]:
        """All that decides the bytes of the outputs, as JSON."""
        base: dict[str, Any] = super().identity
        return {**base, "futures": self.futures.identity(), "study": dict(self.study)}


@dataclass(frozen=True)
class Outcomes:
    """What the runs of a plan of futures gave.

    `totals` (futures, regimes, replications, metrics); `inadequate_years` (futures, regimes,
    replications, councils): the years at whose end the council was judged inadequate.
    """

    regimes: tuple[str, ...]
    totals: Array
    inadequate_years: npt.NDArray[np.float32]

    def metric(self, name: str) -> Array:
        """One metric, (futures, regimes, replications)."""
        return np.asarray(self.totals[..., list(METRICS).index(name)])

    def loss(self, name: str) -> Array:
        """The metric so that less is better, (futures, regimes, replications)."""
        return -self.metric(name) if METRICS[name].better == "higher" else self.metric(name)


def sampled(beliefs: Beliefs, samples: int, replications: int, seed: int) -> Futures:
    """A Latin hypercube of futures over the beliefs, each with luck of its own."""
    design = qmc.LatinHypercube(d=len(beliefs.axes), rng=np.random.default_rng(seed))
    return Futures(
        names=beliefs.drawn,
        values=beliefs.values(design.random(samples)),
        luck=np.arange(samples, dtype=np.int64) * replications,
        fixed=beliefs.fixed(),
    )


def outcomes_of(plan: FuturesPlan, parts: Parts) -> Outcomes:
    """The outcomes of every future, read from the parts."""
    shape = (len(plan.futures), len(plan.arms))
    totals = np.stack([parts.array(unit, "totals") for unit in range(plan.units)])
    years = np.stack([parts.array(unit, "inadequate_years") for unit in range(plan.units)])
    return Outcomes(
        regimes=tuple(arm.name for arm in plan.arms),
        totals=totals.reshape(*shape, *totals.shape[1:]).astype(np.float64),
        inadequate_years=years.reshape(*shape, *years.shape[1:]),
    )
