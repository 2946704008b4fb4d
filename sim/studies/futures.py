"""Futures: sampled sets of parameters, each run under every regime with the same luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import qmc

from sim.inputs.evidence.beliefs import Beliefs, Ensemble
from sim.inputs.evidence.priors import Prior, prior_of
from sim.inputs.metrics import METRICS
from sim.model.settings import CountrySettings
from sim.random.streams import stream
from sim.results.chunk_file import ChunkSpec, ChunkStore
from sim.results.identity import CODE_OF_RUNS, sha256_of, sha256_of_bytes
from sim.runs.plan import Plan

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Countries in one batch. Those of the same replication draw the luck of a week once between
# them, so a batch holds few replications and many futures; a worker needs about 550 MB.
MOST_COUNTRIES = 160
# Futures that meet the same luck: enough to save its cost, few enough that an average over
# futures is one over luck too. A small study shares less, to keep so many groups.
MOST_ALIKE = 8
FEWEST_GROUPS = 20


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

    @cached_property
    def groups(self) -> IntArray:
        """For each future the group it shares its luck with, from 0."""
        return np.unique(self.luck, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def alike(self) -> int:
        """How many futures that stand together have the same luck; 1 where they do not."""
        if len(self) < 2 or (np.diff(self.luck) < 0).any():
            return 1
        return int(np.bincount(self.groups).max())

    def parameters(self, future: int) -> dict[str, float]:
        """Every parameter in one future."""
        drawn = zip(self.names, map(float, self.values[future]), strict=True)
        return {**self.fixed, **dict(drawn)}

    def kept(self, these: npt.NDArray[np.bool_]) -> Futures:
        """Only some of the futures."""
        return replace(self, values=self.values[these], luck=self.luck[these])

    def identity(self) -> dict[str, Any]:
        """All that decides the futures, as JSON."""
        return {
            "names": list(self.names),
            "values": sha256_of_bytes(np.ascontiguousarray(self.values).tobytes()),
            "luck": self.luck.tolist(),
            "fixed": sha256_of(dict(self.fixed)),
        }


class StudyPlan(Plan):
    """A study: of every run only totals are kept, and the code of the studies counts too."""

    code = (*CODE_OF_RUNS, "studies")
    series = False


@dataclass(frozen=True, kw_only=True)
class FuturesPlan(StudyPlan):
    """A run of futures: `run_scenarios` are the regimes, `study` what is asked for (JSON).

    Unit f * len(run_scenarios) + a is future f under scenario a.
    """

    futures: Futures
    study: Mapping[str, Any]

    @property
    def units(self) -> int:
        """One series of replications for each future and regime."""
        return len(self.futures) * len(self.run_scenarios)

    @property
    def together(self) -> int:
        """Whole groups of futures with the same luck, as many as make a full batch."""
        group = self._group
        most = MOST_COUNTRIES // (group * self._most_replications)
        return max(1, most) * group

    @property
    def _group(self) -> int:
        """The units that share their luck, as far as one batch can hold them."""
        regimes = len(self.run_scenarios)
        return regimes * max(1, min(self.futures.alike, MOST_COUNTRIES // regimes))

    @property
    def _most_replications(self) -> int:
        return min(self.replications, max(1, MOST_COUNTRIES // self._group))

    def _replications_in_a_chunk(self, workers: int) -> int:
        chains = -(-self.units // self.together)
        if chains >= workers:
            return self._most_replications
        return min(self._most_replications, -(-self.replications * chains // workers))

    def worlds(self, spec: ChunkSpec, elsewhere: int = 0) -> list[CountrySettings]:
        """What each country of a chunk is built from: by unit, then by replication."""
        regimes = len(self.run_scenarios)
        parameters = {f: self.futures.parameters(f) for f in {u // regimes for u in spec.units}}
        timelines = [one.scenario.timeline() for one in self.run_scenarios]
        return [
            CountrySettings(
                scenario=self.run_scenarios[unit % regimes].name,
                timeline=timelines[unit % regimes],
                start=self.start,
                end=self.end,
                replication=int(self.futures.luck[unit // regimes]) + replication,
                parameters=parameters[unit // regimes],
                step_days=self.step_days,
            )
            for unit in spec.units
            for replication in spec.replications
        ]

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

    def kept(self, these: npt.NDArray[np.bool_]) -> Outcomes:
        """Only the outcomes of some of the futures."""
        return replace(
            self, totals=self.totals[these], inadequate_years=self.inadequate_years[these]
        )

    def loss(self, name: str) -> Array:
        """The metric so that less is better, (futures, regimes, replications)."""
        return -self.metric(name) if METRICS[name].better == "higher" else self.metric(name)


def sampled(beliefs: Beliefs, samples: int, replications: int, seed: int) -> Futures:
    """A Latin hypercube of futures over the beliefs, in small groups with the same luck."""
    open_beliefs = opened(beliefs)
    design = qmc.LatinHypercube(d=len(open_beliefs.axes), rng=stream(seed, 0, "explore", "design"))
    alike = max(1, min(MOST_ALIKE, samples // FEWEST_GROUPS))
    return Futures(
        names=open_beliefs.drawn,
        values=open_beliefs.values(design.random(samples)),
        luck=np.arange(samples, dtype=np.int64) // alike * replications,
        fixed=open_beliefs.fixed(),
    )


def opened(beliefs: Beliefs) -> Beliefs:
    """The same beliefs, where parameters that the record left alone are drawn on their own.

    A fit hands on a parameter that it does not inform as an even spread over its prior. Such
    a column of the ensemble has no more values than the ensemble has sets; drawn from the
    prior itself it differs in every future.
    """
    fitted = beliefs.ensemble
    if fitted is None:
        return beliefs
    ledger = beliefs.ledger
    alone = [
        name
        for name, column in zip(fitted.columns, fitted.rows.T, strict=True)
        if _evenly_spread(prior_of(ledger[name]), column)
    ]
    kept = [k for k, name in enumerate(fitted.columns) if name not in alone]
    columns = tuple(fitted.columns[k] for k in kept)
    return replace(
        beliefs,
        free=tuple(name for name in ledger if name in {*beliefs.free, *alone}),
        ensemble=Ensemble(columns, fitted.rows[:, kept]) if kept else None,
    )


def _evenly_spread(prior: Prior, values: Array) -> bool:
    """Whether the values are spread over the prior, one to a stratum but for rounding."""
    low, high = prior.cumulative(np.array([prior.low, prior.high]))
    places = np.sort((prior.cumulative(values) - low) / (high - low))
    count = len(values)
    return bool(abs(places - (np.arange(count) + 0.5) / count).max() <= 1.0 / count)


def outcomes_of(plan: FuturesPlan, parts: ChunkStore) -> Outcomes:
    """The outcomes of every future, read from the parts."""
    shape = (len(plan.futures), len(plan.run_scenarios))
    totals = np.stack([parts.array(unit, "totals") for unit in range(plan.units)])
    years = np.stack([parts.array(unit, "inadequate_years") for unit in range(plan.units)])
    return Outcomes(
        regimes=tuple(run_scenario.name for run_scenario in plan.run_scenarios),
        totals=totals.reshape(*shape, *totals.shape[1:]).astype(np.float64),
        inadequate_years=years.reshape(*shape, *years.shape[1:]),
    )
