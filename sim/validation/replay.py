"""Countries simulated over the published years, as practised, each with its own parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVarTuple

import numpy as np

from sim.inputs.councils.baseline import Baseline, baseline
from sim.inputs.policy.scenario import load_scenario
from sim.model.batch_result import BatchResult, Event
from sim.model.settings import CountrySettings
from sim.units import Array, IntArray
from sim.validation.histories import GRADE_NUMBERS, History
