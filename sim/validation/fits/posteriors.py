"""What the two fits say of each parameter: prior, both posteriors, and what moved between them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from sim.inputs.evidence.beliefs import ENSEMBLE
from sim.inputs.evidence.ledger import Ledger
from sim.inputs.evidence.priors import draw_priors
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem
from sim.units import Array
from sim.validation.ensemble import load_ensemble
from sim.validation.fits.fit_register import TESTED_ENSEMBLE, FitRecord, read_register

# The fits by what columns call them.
FITS = {"first": TESTED_ENSEMBLE, "second": ENSEMBLE}
_RANGE = (0.1, 0.9)
_GRID = 4000  # points of a prior


def posteriors(ledger: Ledger, register: Mapping[str, FitRecord] | None = None) -> pd.DataFrame:
    """One row a free parameter: of the prior and of both posteriors (`first`, `second`) the mean
    and the 10 and 90 % points.

    Of each fit `informed` says whether its figures say anything of the parameter: whether they
    could move it at all, and then made it narrower or moved its mean by more than two standard
    errors of so few draws. `narrower` is one less the ratio of the standard deviations
    of posterior and prior; `moved` what the mean moved by from the first fit to the second, in
    standard deviations of the prior. `impact` is the ledger's rating of what hangs on it.

    Raises InputError where an ensemble or the register is missing or does not fit the ledger.
    """
    register = read_register() if register is None else register
    missing = [name for name in FITS.values() if name not in register]
    if missing:
        what = f"the fit of {' and '.join(missing)} is not on record"
        raise InputError(Problem("fits.csv", what, "run `simulate calibrate`"))
    names = [name for name, entry in ledger.items() if entry.prior != "fixed"]
    names = [name for name in names if ledger[name].low < ledger[name].high]
    middles = (np.arange(_GRID) + 0.5) / _GRID
    prior = draw_priors(ledger, names, np.repeat(middles[:, None], len(names), axis=1))
    deviation = prior.std(axis=0)
    table = pd.DataFrame(
        {
            "parameter": names,
            "unit": [ledger[name].unit for name in names],
            "impact": [ledger[name].impact for name in names],
            **_moments("prior", prior),
        }
    )
    for fit, file in FITS.items():
        draws = _draws(ledger, names, seeds_dir() / file)
        narrower = 1.0 - draws.std(axis=0, ddof=1) / deviation
        shift = (draws.mean(axis=0) - prior.mean(axis=0)) / deviation
        count = len(draws)
        clear = (narrower > 2.0 / math.sqrt(2.0 * count)) | (np.abs(shift) > 2.0 / math.sqrt(count))
        could_move = np.isin(names, register[file].moved)
        table = table.assign(
            **_moments(fit, draws),
            **{f"narrower_{fit}": narrower, f"informed_{fit}": could_move & clear},
        )
    moved = (table["second_mean"] - table["first_mean"]) / deviation
    return table.assign(moved=moved)


def _draws(ledger: Ledger, names: list[str], path: Path) -> Array:
    sets = load_ensemble(ledger, path).sets
    return np.array([[one[name] for name in names] for one in sets])


def _moments(of: str, values: Array) -> dict[str, Array]:
    low, high = np.quantile(values, _RANGE, axis=0)
    return {f"{of}_mean": values.mean(axis=0), f"{of}_p10": low, f"{of}_p90": high}
