"""From the finished parts of a study to its tables."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.inputs.metrics import METRICS
from sim.results.chunk_file import ChunkStore
from sim.results.study_folder import STUDY
from sim.results.summary_tables import exact, write_csv, write_replications, write_summary
from sim.studies import attribution_table, compare_beliefs, verdicts
from sim.studies.futures import FuturesPlan, Outcomes, StudyPlan, outcomes_of
from sim.studies.screening import write_screening


class BeliefsPlan(StudyPlan):
    """Every regime under every set of beliefs."""

    def write_tables(self, folder: Path, chunks: ChunkStore, baseline: Baseline) -> None:
        """Write every table into the folder, which must be there and empty."""
        totals = chunks.totals()
        write_replications(folder / "replications.csv", totals)
        write_summary(folder / "summary.csv", totals)
        compare_beliefs.write_table(folder / "beliefs.csv", self, totals)


class FuturesStudyPlan(FuturesPlan):
    """A run of futures with the tables that its kind of study asks for."""

    def write_tables(self, folder: Path, chunks: ChunkStore, baseline: Baseline) -> None:
        """Write every table into the folder, which must be there and empty."""
        outcomes = outcomes_of(self, chunks)
        _write_futures(folder / "futures.csv", self)
        _write_outcomes(folder / "outcomes.csv.gz", outcomes)
        analyse: dict[str, Callable[[Path, FuturesPlan, Outcomes, Baseline], dict[str, Any]]] = {
            "explore": verdicts.write_all,
            "sensitivity": write_screening,
            "attribution": attribution_table.write_attribution,
        }
        facts = analyse[self.kind](folder, self, outcomes, baseline)
        text = json.dumps({**self.study, **facts}, indent=2, ensure_ascii=False) + "\n"
        (folder / STUDY).write_text(text, encoding="utf-8")


def _write_futures(path: Path, plan: FuturesPlan) -> None:
    futures = plan.futures
    write_csv(
        path,
        ("future", "luck", *futures.names),
        (
            (f + 1, int(futures.luck[f]), *(exact(v) for v in futures.values[f]))
            for f in range(len(futures))
        ),
    )


def _write_outcomes(path: Path, outcomes: Outcomes) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("future", "scenario", "replication", *METRICS))
    writer.writerows(_outcome_rows(outcomes))
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def _outcome_rows(outcomes: Outcomes) -> Iterable[Sequence[object]]:
    for f, r, k in np.ndindex(*outcomes.totals.shape[:3]):
        figures = (exact(value) for value in outcomes.totals[f, r, k])
        yield (f + 1, outcomes.regimes[r], k + 1, *figures)
