"""What all studies share: the plan of a study, the writer of its tables, and the libraries that
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
from sim.results.study_schema import COLUMNS
from sim.results.summary_tables import write_csv
from sim.runs.plan import Plan


@dataclass(frozen=True, kw_only=True)
class StudyPlan(Plan):
    """A study: of every run only totals are kept, and the code of the studies counts too."""

    code = CODE_OF_STUDIES
    series = False

    events: int = 0


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
