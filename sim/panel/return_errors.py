"""What councils get wrong when they fill in a return: simulated returns have it too, or they
would be cleaner than any on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sim.panel.council_panel import POINTS, CouncilPanel
from sim.panel.published_estimates import PublishedEstimate
from sim.random.streams import stream
from sim.units import Array

# Of the variance that passes within a year in the record (evidence P7), the share that is error
# of the return and no event (assumption: a half; within-council estimates are pulled to nil by
# such errors, true sizes being 1.3 to 2 times as large, evidence P9, which fits a third to a half).
ERROR_SHARE = 0.5
# Who counts as an agency worker, as in post and as a vacancy is one question: correlations with the
# error in agency work, as of own yearly changes (evidence P7).
WITH_AGENCY = {"agency": 1.0, "vacancy": 0.56, "in post": -0.48}
# Counts of staff that follow from those in post and from shares.
DERIVED = ("posts", "with agency")


def error_widths(published: Mapping[str, PublishedEstimate]) -> dict[str, float]:
    """Standard deviation of the error of each series of a return: in logarithms, or points."""
    prefix = "P7.passing."
    return {
        name.removeprefix(prefix).replace("_", " "): one.estimate * float(np.sqrt(ERROR_SHARE))
        for name, one in published.items()
        if name.startswith(prefix)
    }


def with_errors(
    panel: CouncilPanel, widths: Mapping[str, float], seed: int, replication: int
) -> CouncilPanel:
    """A panel as councils would have returned it: every figure with an error of its own."""
    series: dict[str, Array] = dict(panel.series)
    shape = panel.children.shape
    agency = stream(seed, replication, "return", "agency").standard_normal(shape)
    for name, width in widths.items():
        if name in DERIVED:
            continue
        error = width * stream(seed, replication, "return", name).standard_normal(shape)
        share = WITH_AGENCY.get(name, 0.0)
        error = float(np.sqrt(1.0 - share**2)) * error + share * width * agency
        if name in POINTS:
            series[name] = np.clip(series[name] + error, 0.0, 95.0)
        else:
            series[name] = series[name] * np.exp(error)
    series["posts"] = series["in post"] / (1.0 - series["vacancy"] / 100.0)
    series["with agency"] = series["in post"] / (1.0 - series["agency"] / 100.0)
    return replace(panel, series=series)
