"""Futures: sampled sets of parameters, each run under every regime with the same random numbers."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.beliefs import Beliefs
from sim.inputs.evidence.priors import Prior, prior_of
from sim.inputs.metrics import METRICS
from sim.model.settings import CountrySettings
from sim.random.streams import stream
from sim.results.chunk_file import ChunkSpec, ChunkStore
from sim.results.identity import sha256_of, sha256_of_bytes
from sim.results.study_folder import STUDY
from sim.results.summary_tables import exact, write_csv
from sim.runs.errors import RunError
from sim.studies.study import StudyPlan
from sim.units import Array, BoolArray, IntArray

# Countries in one batch. Those of the same replication draw the random numbers of a week once
# between them, so a batch has few replications and many futures; a worker needs about 550 MB.
MOST_COUNTRIES = 160
# Futures in a group that shares random numbers: enough to save their cost, few enough that an
# average over futures is one over random numbers too. A small study has smaller groups.
LARGEST_GROUP = 8
FEWEST_GROUPS = 20


@dataclass(frozen=True)
class Futures:
    """F sets of parameters: `values` (F, names) over the parameters that are `fixed`.

    Replication r of future f has the random numbers of replication `replication_offset[f]` + r.
    """

    names: tuple[str, ...]
    values: Array
    replication_offset: IntArray
    fixed: Mapping[str, float]

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def groups(self) -> IntArray:
        """For each future the group with which it shares random numbers, from 0."""
        return np.unique(self.replication_offset, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def group_size(self) -> int:
        """How many futures next to each other share random numbers; 1 where they do not."""
        if len(self) < 2 or (np.diff(self.replication_offset) < 0).any():
            return 1
        return int(np.bincount(self.groups).max())

    def parameters(self, future: int) -> dict[str, float]:
        """Every parameter in one future."""
        varied = zip(self.names, map(float, self.values[future]), strict=True)
        return {**self.fixed, **dict(varied)}

    def subset(self, chosen: BoolArray) -> Futures:
        """Some of the futures."""
        offset = self.replication_offset[chosen]
        return replace(self, values=self.values[chosen], replication_offset=offset)

    def identity(self) -> dict[str, Any]:
        """All that decides the futures, as JSON."""
        return {
            "names": list(self.names),
            "values": sha256_of_bytes(np.ascontiguousarray(self.values).tobytes()),
            "luck": self.replication_offset.tolist(),
            "fixed": sha256_of(dict(self.fixed)),
        }


@dataclass(frozen=True)
class Outcomes:
    """What the runs of a plan of futures gave.

    `totals` (futures, regimes, replications, metrics); `inadequate_years` (futures, regimes,
    replications, councils): the years at whose end the council was judged inadequate.
    """

    futures: Futures
    regimes: tuple[str, ...]
    totals: Array
    inadequate_years: npt.NDArray[np.float32]

    def metric(self, name: str) -> Array:
        """One metric, (futures, regimes, replications)."""
        return np.asarray(self.totals[..., list(METRICS).index(name)])

    def complete(self, name: str) -> Array:
        """As `metric`. Raises RunError where a run gives it no value."""
        values = self.metric(name)
        missing = int((~np.isfinite(values)).sum())
        if missing:
            what = f"{name} has no value in {missing} of the runs"
            raise RunError(what, "choose another metric, or a longer run")
        return values

    def loss(self, name: str) -> Array:
        """The metric so that less is better, (futures, regimes, replications)."""
        return -self.metric(name) if METRICS[name].better == "higher" else self.metric(name)

    def subset(self, chosen: BoolArray) -> Outcomes:
        """The outcomes of some of the futures."""
        return replace(
            self,
            futures=self.futures.subset(chosen),
            totals=self.totals[chosen],
            inadequate_years=self.inadequate_years[chosen],
        )


@dataclass(frozen=True, kw_only=True)
class FuturesPlan(StudyPlan):
    """A run of futures under every regime, the scenarios of the run, judged by `metric`.

    Unit f * regimes + a is future f under scenario a. A study adds what else it is asked (the
    fields named in ASKED, which go into study.json) and writes its own tables.
    """

    ASKED: ClassVar[tuple[str, ...]] = ("metric", "better")

    futures: Futures
    metric: str

    @property
    def better(self) -> str:
        """Whether the metric is better "lower" or "higher"."""
        return METRICS[self.metric].better

    @property
    def study(self) -> dict[str, Any]:
        """What the study is asked, as JSON."""
        return {name: getattr(self, name) for name in self.ASKED}

    @cached_property
    def identity(self) -> dict[str, Any]:
        """All that decides the bytes of the outputs, as JSON."""
        base: dict[str, Any] = super().identity
        return {**base, "futures": self.futures.identity(), "study": self.study}

    # -- how it is divided among workers

    @property
    def units(self) -> int:
        """One series of replications for each future and regime."""
        return len(self.futures) * len(self.run_scenarios)

    @property
    def together(self) -> int:
        """The units of as many whole groups of futures as make a full chunk."""
        group = self._group_units
        most = MOST_COUNTRIES // (group * self._most_replications)
        return max(1, most) * group

    @property
    def _group_units(self) -> int:
        """The units that share random numbers, as far as one chunk can hold them."""
        regimes = len(self.run_scenarios)
        return regimes * max(1, min(self.futures.group_size, MOST_COUNTRIES // regimes))

    @property
    def _most_replications(self) -> int:
        return min(self.replications, max(1, MOST_COUNTRIES // self._group_units))

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
                replication=int(self.futures.replication_offset[unit // regimes]) + replication,
                parameters=parameters[unit // regimes],
                step_days=self.step_days,
                rules=self.run_scenarios[unit % regimes].scenario.rules,
            )
            for unit in spec.units
            for replication in spec.replications
        ]

    # -- its tables

    def outcomes(self, chunks: ChunkStore) -> Outcomes:
        """The outcomes of every future, read from the finished chunks."""
        shape = (len(self.futures), len(self.run_scenarios))
        totals = np.stack([chunks.array(unit, "totals") for unit in range(self.units)])
        years = np.stack([chunks.array(unit, "inadequate_years") for unit in range(self.units)])
        return Outcomes(
            futures=self.futures,
            regimes=tuple(run_scenario.name for run_scenario in self.run_scenarios),
            totals=totals.reshape(*shape, *totals.shape[1:]).astype(np.float64),
            inadequate_years=years.reshape(*shape, *years.shape[1:]),
        )

    def write_tables(self, folder: Path, chunks: ChunkStore, baseline: Baseline) -> None:
        """Write every table of the study into the folder, which must be there and empty."""
        outcomes = self.outcomes(chunks)
        _write_futures(folder / "futures.csv", self.futures)
        _write_outcomes(folder / "outcomes.csv.gz", outcomes)
        facts = self.write_findings(folder, outcomes, baseline)
        text = json.dumps({**self.study, **facts}, indent=2, ensure_ascii=False) + "\n"
        (folder / STUDY).write_text(text, encoding="utf-8")

    def write_findings(
        self, folder: Path, outcomes: Outcomes, baseline: Baseline
    ) -> dict[str, Any]:
        """Write the tables of this kind of study; gives what is in no table, for study.json."""
        raise NotImplementedError


def _write_futures(path: Path, futures: Futures) -> None:
    rows = zip(futures.replication_offset, futures.values, strict=True)
    write_csv(
        path,
        ("future", "luck", *futures.names),
        ((f, int(offset), *map(exact, values)) for f, (offset, values) in enumerate(rows, start=1)),
    )


def _write_outcomes(path: Path, outcomes: Outcomes) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("future", "scenario", "replication", *METRICS))
    for f, r, k in np.ndindex(*outcomes.totals.shape[:3]):
        writer.writerow((f + 1, outcomes.regimes[r], k + 1, *map(exact, outcomes.totals[f, r, k])))
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def sample_futures(beliefs: Beliefs, samples: int, replications: int, seed: int) -> Futures:
    """A Latin hypercube of futures over the beliefs, in small groups with the same random
    numbers."""
    from scipy.stats import qmc  # imported here: slow to load

    wider = free_uninformed(beliefs)
    design = qmc.LatinHypercube(d=len(wider.axes), rng=stream(seed, 0, "explore", "design"))
    group_size = max(1, min(LARGEST_GROUP, samples // FEWEST_GROUPS))
    return Futures(
        names=wider.drawn,
        values=wider.values(design.random(samples)),
        replication_offset=np.arange(samples, dtype=np.int64) // group_size * replications,
        fixed=wider.fixed(),
    )


def free_uninformed(beliefs: Beliefs) -> Beliefs:
    """The same beliefs, where parameters that the fit did not inform are drawn on their own.

    A fit hands on a parameter that it does not inform as an even spread over its prior. Such
    a column of the ensemble has no more values than the ensemble has sets; drawn from the
    prior itself it differs in every future.
    """
    ensemble = beliefs.ensemble
    if ensemble is None:
        return beliefs
    ledger = beliefs.ledger
    uninformed = {
        name
        for name, column in zip(ensemble.columns, ensemble.rows.T, strict=True)
        if _evenly_spread(prior_of(ledger[name]), column)
    }
    return replace(
        beliefs,
        free=tuple(name for name in ledger if name in uninformed or name in beliefs.free),
        ensemble=ensemble.only({*ensemble.columns} - uninformed),
    )


def _evenly_spread(prior: Prior, values: Array) -> bool:
    """Whether the values are spread over the prior, one to a stratum but for rounding."""
    low, high = prior.cumulative(np.array([prior.low, prior.high]))
    places = np.sort((prior.cumulative(values) - low) / (high - low))
    count = len(values)
    return bool(abs(places - (np.arange(count) + 0.5) / count).max() <= 1.0 / count)
