"""Councils that come and go: which stand on a day, and what a successor takes over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.units import AnyArray, Array, BoolArray, IntArray

# A council stands in for one that followed it where so much of that one's children came from
# it (assumption: Christchurch alone, an eighth, does not make old Dorset like Bournemouth).
GOOD_PART = 0.2


@dataclass(frozen=True, eq=False)
class Succession:
    """The councils that ever stood, (K,) in ascending DfE code, and who followed whom.

    `valid_from`, `valid_to` (K,) are first and last days as ordinals, 0 for no last day. The
    rows of `successors` name predecessor, successor, the day and the share of the children.
    `children` (K,) is how many children each had when it ended, for weights.
    """

    codes: IntArray
    valid_from: IntArray
    valid_to: IntArray
    successors: Mapping[str, AnyArray]
    children: Array

    def standing(self, day: int) -> BoolArray:
        """Which councils stand on a day (K,)."""
        ended = (self.valid_to > 0) & (self.valid_to < day)
        standing: BoolArray = (self.valid_from <= day) & ~ended
        return standing

    @cached_property
    def shares(self) -> Array:
        """Share of each predecessor's children (columns) in each successor (rows), (K, K)."""
        shares = np.zeros((len(self.codes), len(self.codes)))
        rows = np.searchsorted(self.codes, self.successors["successor"])
        columns = np.searchsorted(self.codes, self.successors["predecessor"])
        shares[rows, columns] = self.successors["share"]
        shares.setflags(write=False)
        return shares

    @cached_property
    def heirs(self) -> BoolArray:
        """Which councils followed others (K,)."""
        return np.asarray(np.any(self.shares > 0.0, axis=1))

    @cached_property
    def main_predecessor(self) -> IntArray:
        """Code of the council that most of a successor's children came from, (K,), 0 for none."""
        came = self.shares * self.children
        return np.where(self.heirs, self.codes[np.argmax(came, axis=1)], 0)

    def predecessors(self, code: int) -> list[int]:
        """Codes of the councils that one followed, the one with most of its children first.

        Those that gave less than `GOOD_PART` of its children are left out.
        """
        came = (self.shares * self.children)[int(np.searchsorted(self.codes, code))]
        order = np.argsort(-came, kind="stable")
        return [int(self.codes[k]) for k in order if came[k] > GOOD_PART * came.sum()]
