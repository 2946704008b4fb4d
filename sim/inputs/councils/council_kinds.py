"""Councils in groups: by what they are, or in thirds of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.units import BoolArray


@dataclass(frozen=True)
class CouncilKind:
    """Some of the councils: `members` (councils,) says which."""

    grouping: str
    group: str
    members: BoolArray


def thirds(grouping: str, values: npt.ArrayLike, names: tuple[str, str, str]) -> list[CouncilKind]:
    """Thirds of councils by `values` (councils,), lowest first; ties in the order given."""
    ranks = np.argsort(np.argsort(np.asarray(values), kind="stable"), kind="stable")
    third = ranks * 3 // len(ranks)
    return [CouncilKind(grouping, name, third == k) for k, name in enumerate(names)]


def by_label(grouping: str, labels: Sequence[str]) -> list[CouncilKind]:
    """A group for each different label of councils, in alphabetical order."""
    own = np.asarray(labels)
    return [CouncilKind(grouping, str(name), own == name) for name in np.unique(own)]
