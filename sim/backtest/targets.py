"""The figures on which the model is fitted and judged: observed, and predicted by countries.

One list serves the fit (figures that end by the close of the calibration window) and the
back-test (both windows, kept apart).
"""

from __future__ import annotations

from datetime import date

import numpy as np

from sim.backtest.figures import FITTED, TESTED, Target, Window
from sim.backtest.published import FIRST_DAY, PublishedData
from sim.backtest.target_grades import grade_targets
from sim.backtest.target_series import jump_targets, series_targets
from sim.inputs.files.problems import Problem, raise_if_any


def targets(
    record: PublishedData, start: date, fitted: Window = FITTED, tested: Window = TESTED
) -> list[Target]:
    """Every figure that a run from `start` can be held against.

    Raises InputError naming each figure that the seed tables lack.
    """
    history = record.history(start)
    found = grade_targets(history, start, fitted, tested)
    found += series_targets(record, start, fitted, tested.until)
    if start == FIRST_DAY:
        found += jump_targets(record, history, fitted)
    missing = [t.figure for t in found if not np.isfinite(t.figure.observed)]
    raise_if_any(Problem("targets", f"the seeds do not give {f.label}") for f in missing)
    return found
