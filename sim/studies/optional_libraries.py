"""Libraries that only the exploration needs."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterable
from types import ModuleType

from sim.inputs.files.problems import InputError, Problem

_PACKAGES = {"SALib": "SALib", "ema_workbench": "ema_workbench", "sklearn": "scikit-learn"}


def need(module: str) -> ModuleType:
    """Import a module of an optional library. Raises InputError saying how to get it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # libraries tell of their own optional parts
            return importlib.import_module(module)
    except ImportError as error:
        package = _PACKAGES.get(module.split(".")[0], module)
        raise InputError(
            Problem(
                "explore",
                f"needs {package}, which cannot be imported ({error})",
                "pip install 'sim-childrens-services[explore]'",
            )
        ) from error


def need_all(modules: Iterable[str]) -> None:
    """Import several, so that a missing one is told before anything is run."""
    for module in modules:
        need(module)
