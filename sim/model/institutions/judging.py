"""How an inspection turns what it reads of practice into grades (evidence H4, H6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr

from sim.units import Array

ASPECTS = ("help and protection", "care of children looked after", "leadership")
# Where a key judgement requires improvement, and where it is good: they fix the grade scale.
INADEQUATE_CUT, GOOD_CUT = 1.5, 2.5
MEDIAN_OF_THREE = 0.449  # variance of the median of three standard normal deviates

Facts = Mapping[str, Any]  # parameters of one country (numbers) or of a batch (arrays)


def key_cuts(p: Facts) -> tuple[tuple[Any, Any, Any], ...]:
    """Where the grades of each key judgement begin, in the order of `ASPECTS`: requires
    improvement, good, outstanding. Leadership is read on a narrower scale (evidence H6)."""
    outstanding = p["ofsted.outstanding_cut"]
    usual = (INADEQUATE_CUT, GOOD_CUT, outstanding)
    of_leadership = (
        p["ofsted.inadequate_cut_leadership"],
        GOOD_CUT,
        outstanding - p["ofsted.outstanding_cut_leadership"],
    )
    return usual, usual, of_leadership


def offsets(p: Facts) -> tuple[Any, Any, Any]:
    """How far each key judgement is read above practice in every council, grade steps."""
    return p["ofsted.help_offset"], p["ofsted.care_offset"], p["ofsted.leadership_offset"]


def reading_noise(p: Facts) -> Array:
    """Standard deviation of the overall reading about practice, grade steps: what the key
    judgements of an inspection share, and what their median keeps of their own."""
    own = MEDIAN_OF_THREE * np.square(p["ofsted.noise"])
    return np.asarray(np.sqrt(np.square(p["ofsted.shared_noise"]) + own))


def overall_cuts(p: Facts) -> tuple[Array, Array, Array]:
    """The practice at which an inspection is as likely as not to find a council better than
    inadequate, good or better, and outstanding: on the grade scale, shape as the parameters.

    One inadequate key judgement makes the whole inadequate; above that the median decides.
    """
    noise = np.sqrt(np.square(p["ofsted.noise"]) + np.square(p["ofsted.aspect_spread"]))
    noise = np.maximum(noise, 1e-6)
    each = zip(key_cuts(p), offsets(p), strict=True)
    lines = [[cut - offset for cut in cuts] for cuts, offset in each]
    inadequate, good, outstanding = zip(*lines, strict=True)
    return (
        _even_chance(_all_three, inadequate, noise),
        _even_chance(_two_of_three, good, noise),
        _even_chance(_two_of_three, outstanding, noise),
    )


def _all_three(one: Array, two: Array, three: Array) -> Array:
    return one * two * three


def _two_of_three(one: Array, two: Array, three: Array) -> Array:
    return one * two + one * three + two * three - 2.0 * one * two * three


def _even_chance(
    needed: Callable[[Array, Array, Array], Array], lines: Sequence[Array | float], noise: Array
) -> Array:
    """The practice at which enough key judgements reach their lines in half of all inspections."""
    low, high = np.full_like(noise, -1.0), np.full_like(noise, 6.0)
    for _ in range(50):
        middle = (low + high) / 2.0
        likely = needed(*(ndtr((middle - line) / noise) for line in lines))
        low, high = np.where(likely < 0.5, middle, low), np.where(likely < 0.5, high, middle)
    return np.asarray((low + high) / 2.0)


def weakest(readings: Sequence[float], grades: Sequence[int]) -> str:
    """The key judgement with the lowest grade; of several, the one read lowest."""
    return ASPECTS[min(range(len(ASPECTS)), key=lambda k: (grades[k], readings[k]))]
