"""The tables of an attribution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.results.summary_tables import rounded, write_csv
from sim.studies.attribution import Parts, attributed, shapley
from sim.studies.futures import FuturesPlan, Outcomes


def write_attribution(
    folder: Path, plan: FuturesPlan, outcomes: Outcomes, baseline: Baseline
) -> dict[str, Any]:
    """attribution.csv: a row a step from the package with all parts off to the whole.

    Each future of the plan has one set of parts off (study key "off", in the same order).
    """
    metric, parts = plan.study["metric"], list(plan.study["parts"])
    values = outcomes.metric(metric)[:, 0, :]
    figures: dict[Parts, Any] = {
        frozenset(off): values[f] for f, off in enumerate(plan.study["off"])
    }
    whole = len(figures) == 2 ** len(parts) and plan.study["method"] == "shapley"
    found = shapley(parts, figures) if whole else attributed(parts, figures)
    titles = dict(zip(parts, plan.study["titles"], strict=True))
    rows = [("none", "All parts switched off", *rounded(found.none, np.nan))]
    rows += [
        (name, titles.get(name, "Parts acting together"), *rounded(effect, half))
        for name, effect, half in found.steps
    ]
    rows.append(("whole", "As it is", *rounded(found.whole, np.nan)))
    write_csv(folder / "attribution.csv", ("step", "title", "effect", "ci95_half"), rows)
    return {}
