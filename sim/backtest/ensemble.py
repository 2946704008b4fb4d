"""The fitted ensemble: parameter sets that agree with the record, in seeds/ensemble.csv.

One row a set: its number, the last day of the record it was fitted to, and a value for every
parameter of the ledger that is not fixed.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from sim.backtest.calibration import Fit
from sim.backtest.figures import Window
from sim.inputs.councils.tables import FloatArray
from sim.inputs.evidence.beliefs import ENSEMBLE, read_ensemble
from sim.inputs.evidence.ledger import Ledger
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, raise_if_any
from sim.results.summary_tables import write_csv

_HEAD = ("set", "fitted_until")
_AGAIN = "run `simulate calibrate` again"


@dataclass(frozen=True)
class FittedSets:
    """The sets of the ensemble: every parameter of the ledger in each."""

    sets: tuple[Mapping[str, float], ...]
    fitted_until: date


def write_ensemble(path: Path, names: Sequence[str], values: FloatArray, until: date) -> None:
    """Write parameter sets (sets, names), five significant digits each."""
    rows = (
        (number, until, *(f"{value:.5g}" for value in row))
        for number, row in enumerate(values, start=1)
    )
    write_csv(path, (*_HEAD, *names), rows)


def load_sets(ledger: Ledger, path: Path | None = None) -> FittedSets:
    """Read the ensemble; a parameter that it lacks is at the ledger's central value.

    Raises InputError where there is no ensemble, or it does not fit the ledger.
    """
    path = path or seeds_dir() / ENSEMBLE
    if not path.is_file():
        raise InputError(Problem(str(path), "there is no fitted ensemble", _AGAIN))
    problems: list[Problem] = []
    found = read_ensemble(path, ledger, problems)
    with path.open(encoding="utf-8", newline="") as lines:
        days = {row.get("fitted_until", "") for row in csv.DictReader(lines)}
    if len(days) != 1:
        problems.append(Problem(path.name, "does not say to which day it was fitted", _AGAIN))
    if found is not None:
        for k, name in enumerate(found.columns):
            column = found.rows[:, k]
            low, high = ledger[name].low, ledger[name].high
            slack = 1e-4 * max(abs(low), abs(high))  # values are rounded in the file
            if column.min() < low - slack or column.max() > high + slack:
                what = f"{name} goes beyond the ledger's range {low:g} to {high:g}"
                problems.append(Problem(path.name, what, _AGAIN))
    raise_if_any(problems)
    assert found is not None
    central = ledger.central()
    sets = tuple(
        central | dict(zip(found.columns, row, strict=True)) for row in found.rows.tolist()
    )
    return FittedSets(sets, date.fromisoformat(days.pop()))


FIT_COLUMNS = (
    *("parameter", "unit", "fitted", "central"),
    *("prior_p05", "prior_p50", "prior_p95"),
    *("posterior_p05", "posterior_p50", "posterior_p95", "narrowing", "shift"),
)
TARGET_COLUMNS = (
    *("figure", "unit", "observed", "error", "source"),
    *("prior_p05", "prior_p50", "prior_p95", "posterior_p05", "posterior_p50", "posterior_p95"),
)


def fit_rows(fit: Fit, ledger: Ledger) -> list[tuple[str, ...]]:
    """Prior against posterior for each parameter, most informed first.

    `narrowing` is one less the ratio of the posterior's standard deviation to the prior's,
    `shift` the move of the median in standard deviations of the prior.
    """
    rows = []
    for k, name in enumerate(fit.names):
        before, after = fit.prior[:, k], fit.posterior[:, k]
        spread = before.std(ddof=1)
        narrowing = 1.0 - after.std(ddof=1) / spread
        shift = (np.median(after) - np.median(before)) / spread
        centiles = [*np.quantile(before, _CENTILES), *np.quantile(after, _CENTILES)]
        row = (name, ledger[name].unit, str(int(name in fit.fitted)), f"{ledger[name].value:g}")
        rows.append((*row, *(f"{c:.4g}" for c in centiles), f"{narrowing:.2f}", f"{shift:.2f}"))
    weight = {row[0]: (row[2], abs(float(row[-1])) + float(row[-2])) for row in rows}
    return sorted(rows, key=lambda row: weight[row[0]], reverse=True)


def target_rows(fit: Fit) -> list[tuple[str, ...]]:
    """Each fitted figure, with what the prior and the posterior made of it."""
    rows = []
    for k, figure in enumerate(fit.figures):
        centiles = [
            *np.quantile(fit.before[:, k], _CENTILES),
            *np.quantile(fit.after[:, k], _CENTILES),
        ]
        head = (figure.label, figure.unit, f"{figure.observed:.5g}", f"{figure.error:g}")
        rows.append((*head, figure.source, *(f"{c:.4g}" for c in centiles)))
    return rows


_CENTILES = (0.05, 0.5, 0.95)


def write_fit(folder: Path, fit: Fit, ledger: Ledger, window: Window | None) -> None:
    """Write prior against posterior to `folder`, and the ensemble to the seeds where the
    window that it was fitted to is given."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "parameters.csv", FIT_COLUMNS, fit_rows(fit, ledger))
    write_csv(folder / "targets.csv", TARGET_COLUMNS, target_rows(fit))
    if window is not None:
        write_ensemble(seeds_dir() / ENSEMBLE, fit.names, fit.posterior, window.until)
