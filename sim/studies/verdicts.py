"""The tables of an exploration: which regime, in which futures, for whom, and what decides."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.ledger import load_ledger
from sim.random.streams import stream
from sim.results.summary_tables import rounded, write_csv
from sim.runs.errors import RunError
from sim.studies.council_kinds import kinds_of
from sim.studies.discovery import find_box, too_few
from sim.studies.futures import Array, FuturesPlan, Outcomes
from sim.studies.regressions import weigh
from sim.studies.robustness import minimax, robustness
from sim.studies.ties import write_ties
from sim.studies.worth import write_information

FEWEST_WHOLE = 20  # futures that tables can be made from
SEARCHED = 8  # parameters that boxes are sought over


def write_all(
    folder: Path, plan: FuturesPlan, outcomes: Outcomes, baseline: Baseline
) -> dict[str, Any]:
    """Write every table; returns what belongs in the record of the study.

    A future in which the metric has no value in some run (no council left, say, so that there
    is no time to exit) is left out. Raises RunError where too few remain.
    """
    metric = str(plan.study["metric"])
    whole = np.asarray(np.isfinite(outcomes.loss(metric)).all(axis=(1, 2)))
    if whole.sum() < FEWEST_WHOLE:
        what = f"{metric} has a value in every run of only {whole.sum()} of {len(whole)} futures"
        raise RunError(what, "choose another metric, or a longer run")
    plan, outcomes = replace(plan, futures=plan.futures.kept(whole)), outcomes.kept(whole)
    loss = outcomes.loss(metric)
    facts = _robust(folder, plan, loss) | {"left_out": int((~whole).sum())}
    _for_whom(folder, plan, outcomes, baseline)
    names = list(plan.futures.names)
    x = plan.futures.values
    means = loss.mean(axis=2)
    families = _families(plan, names)
    facts["expected_to_matter"] = [names[c] for c in families[0]]
    facts["decisive"] = write_ties(folder, plan, means, families)
    facts["boxes"] = _boxes(folder, plan, x, means, names, families)
    found = set(chain.from_iterable(facts["decisive"].values()))
    decisive = [k for k, name in enumerate(names) if name in found]
    return facts | write_information(folder, plan, outcomes, baseline, families, decisive)


def _families(plan: FuturesPlan, names: list[str]) -> list[list[int]]:
    """The parameters expected to matter (impact rated red before any run, or asked about),
    and the rest. Each family is tested against chance on its own."""
    ledger = load_ledger()
    asked = {name for pair in plan.study["pairs"] for name in pair}
    first = [c for c, n in enumerate(names) if n in asked or ledger[n].impact == "red"]
    return [first, [c for c in range(len(names)) if c not in first]]


def _robust(folder: Path, plan: FuturesPlan, loss: Array) -> dict[str, Any]:
    found = robustness(loss, float(plan.study["tolerance"]), plan.futures.groups)
    sign = -1.0 if plan.study["better"] == "higher" else 1.0
    chosen = minimax(found.regret_most)
    rows = [
        (
            run_scenario.name,
            *rounded(sign * found.mean[k], found.ci95[k], found.best[k], found.within[k]),
            *rounded(found.regret_mean[k], found.regret_p95[k], found.regret_most[k]),
            *rounded(found.lead[k], found.lead_ci95[k]),
            int(k == chosen),
        )
        for k, run_scenario in enumerate(plan.run_scenarios)
    ]
    columns = ("scenario", "mean", "ci95_half", "best_share", "within_share")
    more = ("regret_mean", "regret_p95", "regret_most", "lead", "lead_ci95_half", "minimax")
    write_csv(folder / "robust.csv", (*columns, *more), rows)
    return {"luck_share": found.luck_share if np.isfinite(found.luck_share) else None}


def _for_whom(folder: Path, plan: FuturesPlan, outcomes: Outcomes, baseline: Baseline) -> None:
    rows = []
    for kind in kinds_of(baseline):
        count = int(kind.members.sum())
        if not count:
            continue
        years = outcomes.inadequate_years[..., kind.members].mean(axis=3).astype(np.float64)
        found = robustness(years, float(plan.study["tolerance"]), plan.futures.groups)
        rows += [
            (
                *(kind.grouping, kind.group, count, run_scenario.name),
                *rounded(found.mean[k], found.ci95[k], found.best[k], found.within[k]),
                *rounded(found.regret_mean[k], found.regret_most[k]),
                *rounded(found.lead[k], found.lead_ci95[k]),
            )
            for k, run_scenario in enumerate(plan.run_scenarios)
        ]
    columns = ("grouping", "group", "councils", "scenario", "years_per_council", "ci95_half")
    more = ("best_share", "within_share", "regret_mean", "regret_most", "lead", "lead_ci95_half")
    write_csv(folder / "kinds.csv", (*columns, *more), rows)


def _boxes(
    folder: Path,
    plan: FuturesPlan,
    x: Array,
    means: Array,
    names: list[str],
    families: list[list[int]],
) -> list[dict[str, Any]]:
    """Where each regime is best, as boxes; what could not be sought is told in the study."""
    rows: list[tuple[object, ...]] = []
    told: list[dict[str, Any]] = []
    generator = stream(plan.seed, 0, "explore", "weights")
    for k, run_scenario in enumerate(plan.run_scenarios):
        lead = means[:, k] - np.delete(means, k, axis=1).min(axis=1)
        cases = lead < 0
        reason = too_few(cases)
        weights = weigh(x, lead, families, generator)
        # Beside what stands above the noise, only what was expected to matter is searched.
        kept = [c for c in weights.order if c in weights.clear or c in families[0]][:SEARCHED]
        frame = pd.DataFrame(x[:, kept], columns=[names[c] for c in kept])
        box = None if reason else find_box(frame, cases, plan.seed)
        told.append(
            {
                "scenario": run_scenario.name,
                "share": float(cases.mean()),
                "why_none": reason or ("" if box else "no box holds beyond chance"),
            }
        )
        if box is None:
            continue
        for name, (low, high) in box.limits.items():
            figures = (box.coverage, box.density, box.mass, box.base_rate, box.stability[name])
            unseen = (box.density_held_out, box.coverage_held_out)
            rows.append((run_scenario.name, name, *rounded(low, high, *figures, *unseen)))
    columns = ("scenario", "parameter", "lower", "upper", "coverage", "density", "mass")
    more = ("base_rate", "stability", "density_held_out", "coverage_held_out")
    write_csv(folder / "boxes.csv", (*columns, *more), rows)
    return told
