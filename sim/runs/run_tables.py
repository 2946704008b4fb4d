"""From finished parts to a run folder."""

from __future__ import annotations

from pathlib import Path

from sim.analysis.comparison import compare_runs
from sim.inputs.councils.baseline import Baseline
from sim.results.series_tables import write_councils, write_events, write_national, write_spells
from sim.results.summary_tables import write_comparison, write_replications, write_summary
from sim.runs.chunk_store import ChunkStore
from sim.runs.sweep import write_points


def write_tables(folder: Path, parts: ChunkStore, baseline: Baseline) -> None:
    """Write every table of the run into the folder, which must be there and empty."""
    if parts.plan.kind not in ("run", "sweep"):
        from sim.studies.study_tables import write_study  # imported here: loads scipy.stats

        write_study(folder, parts, baseline)
        return
    totals = parts.totals()
    write_replications(folder / "replications.csv", totals)
    if parts.plan.kind == "sweep":
        write_points(folder, parts.plan, totals)
    else:
        write_summary(folder / "summary.csv", totals)
        write_comparison(folder / "comparison.csv", compare_runs(totals, parts.plan.baseline))
        write_national(folder / "national.csv", parts)
        write_councils(folder / "councils.csv", parts, baseline)
        write_spells(folder / "spells.csv", parts)
        write_events(folder / "events.csv.gz", parts)
