"""What all studies share: the plan of a study, the columns of its tables, and the libraries that
only studies need (the extra `explore`)."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from sim.inputs.files.problems import InputError, Problem
from sim.results.identity import CODE_OF_STUDIES
from sim.results.summary_tables import write_csv
from sim.runs.plan import Plan


@dataclass(frozen=True, kw_only=True)
class StudyPlan(Plan):
    """A study: of every run only totals are kept, and the code of the studies counts too."""

    code = CODE_OF_STUDIES
    series = False

    events: int = 0


_ABOVE_NOISE = "above_noise"
_LOSSES = tuple(
    f"loss_{end}{part}" for end in ("low", "high") for part in ("", "_ci95_low", "_ci95_high")
)
_PAIR = ("against", "x_parameter", "y_parameter", "x", "y")

# By file name without its ending.
COLUMNS: dict[str, tuple[str, ...]] = {
    "beliefs": (
        *("beliefs", "scenario", "metric", "unit", "n", "mean", "ci95_low", "ci95_high"),
        *("p05", "p95", "regret", "regret_ci95_low", "regret_ci95_high", "winner", "clear"),
    ),
    "robust": (
        *("scenario", "mean", "ci95_half", "best_share", "within_share"),
        *("regret_mean", "regret_p95", "regret_most", "lead", "lead_ci95_half", "minimax"),
    ),
    "kinds": (
        *("grouping", "group", "councils", "scenario", "years_per_council", "ci95_half"),
        *("best_share", "within_share", "regret_mean", "regret_most", "lead", "lead_ci95_half"),
    ),
    "boxes": (
        *("scenario", "parameter", "lower", "upper", "coverage", "density", "mass"),
        *("base_rate", "stability", "density_held_out", "coverage_held_out"),
    ),
    "swings": (
        *("against", "parameter", "low", "high", "loss_low", "loss_high"),
        *("swing", "swing_ci95_half", "share_explained", "noise_floor", _ABOVE_NOISE),
    ),
    "breakeven": (
        *("against", "parameter", "unit", "verdict", "at", "at_ci95_low", "at_ci95_high"),
        *("low", "high", *_LOSSES, _ABOVE_NOISE),
    ),
    "breakeven_lines": (*_PAIR, "y_ci95_low", "y_ci95_high"),
    "breakeven_map": (*_PAIR, "loss", "ahead_share"),
    "information": (
        *("parameter", "value", "change_share", _ABOVE_NOISE),
        *("value_gbp_m", "change_share_gbp", "above_noise_gbp"),
    ),
    "screening": ("factor", "mean_effect", "size", "size_ci95_half", "sd", _ABOVE_NOISE),
    "shares": ("factor", "first", "first_ci95_half", "total", "total_ci95_half", _ABOVE_NOISE),
    "attribution": ("step", "title", "effect", "ci95_half"),
}

Row = Sequence[object]


def write_table(folder: Path, name: str, rows: Iterable[Row]) -> None:
    """Write one of the tables of COLUMNS, its cells in the order of its columns."""
    write_csv(folder / f"{name}.csv", COLUMNS[name], rows)


def load_library(module: str) -> ModuleType:
    """Import a module of an optional library. Raises InputError saying how to install it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # libraries warn of their own optional parts
            return importlib.import_module(module)
    except ImportError as error:
        what = f"needs {module.split('.')[0]}, which cannot be imported ({error})"
        hint = "pip install 'sim-childrens-services[explore]'"
        raise InputError(Problem("explore", what, hint)) from error
