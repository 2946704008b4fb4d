"""Libraries that only studies need (the extra `explore`)."""

from __future__ import annotations

import importlib
import warnings
from types import ModuleType

from sim.inputs.files.problems import InputError, Problem


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
