"""What every part of the package shares: array types, lengths of time, names of the grades."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
AnyArray = npt.NDArray[Any]

DAYS_A_YEAR = 365.25
DAYS_A_MONTH = DAYS_A_YEAR / 12

# Ofsted's grades, from the worst.
GRADES = {1: "inadequate", 2: "requires improvement", 3: "good", 4: "outstanding"}
