"""Kinds of council: by size, deprivation, cut in spending power, and history of failure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.inputs.councils.baseline import Baseline

Array = npt.NDArray[np.float64]
_CUT_FROM, _CUT_TO = 2013, 2019  # financial years of the settlements added up
_INADEQUATE = 1


@dataclass(frozen=True)
class CouncilKind:
    """Some of the councils: `members` (councils) says which."""

    grouping: str
    group: str
    members: npt.NDArray[np.bool_]


def kinds_of(baseline: Baseline) -> list[CouncilKind]:
    """Thirds by size, deprivation and cut; and by what inspectors had found at the start.

    The cut is the growth of spending power from 2013-14 to 2019-20, known when settlements
    were published.
    """
    years = np.asarray(baseline.settlement_years)
    told = (years >= _CUT_FROM) & (years <= _CUT_TO)
    growth = np.prod(1.0 + np.asarray(baseline.settlement_growth)[:, told], axis=1)
    failing = np.asarray(baseline.grade) == _INADEQUATE
    before = ~failing & (
        (np.asarray(baseline.earlier_inadequate) > 0)
        | (np.asarray(baseline.pre_sif_grade) == _INADEQUATE)
    )
    return [
        *_thirds("size", baseline.population, ("small", "middling", "large")),
        *_thirds("deprivation", baseline.idaci, ("least deprived", "middling", "most deprived")),
        *_thirds("spending cut", growth, ("deepest cut", "middling", "shallowest cut")),
        CouncilKind("history", "inadequate at the start", failing),
        CouncilKind("history", "inadequate before", before),
        CouncilKind("history", "not found inadequate", ~failing & ~before),
    ]


def _thirds(grouping: str, values: npt.ArrayLike, names: tuple[str, str, str]) -> list[CouncilKind]:
    ranks = np.argsort(np.argsort(np.asarray(values), kind="stable"), kind="stable")
    third = ranks * 3 // len(ranks)
    return [CouncilKind(grouping, name, third == k) for k, name in enumerate(names)]
