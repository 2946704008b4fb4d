"""Hidden practice at the start: what the last grade, the place and the years since make likely."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from sim.inputs.councils.baseline import Baseline
from sim.model.institutions.judging import overall_cuts, reading_noise
from sim.model.settings import Parameters
from sim.model.state import State, Traits
from sim.model.weekly.rates import NO_PULL, OWN_TRENDS, Before, extra_after, national_practice
from sim.units import DAYS_A_YEAR, Array, IntArray

Normal = Callable[[str], Array]  # by name: standard normal deviates, (countries, councils)

# Early help per child is believed of a council's own return within this factor of the middle of
# England, either way: beyond it the return shows how money was booked (assumption).
BOOKED = 2.5


def norm(b: Baseline, p: Parameters, normal: Normal) -> Array:
    """A council's own norm of practice less the national level, grade steps, (countries,
    councils): what goes with its place, its staff and its early help before the start, and what
    is lasting and its own (evidence H6). The first three add up to nothing over England."""
    own = np.where(_pulled(p), p["practice.norm_spread"], 0.0) * normal("norm")
    return np.asarray(_from_place(b, p) + own)


def own_trend(p: Parameters, normal: Normal) -> Array:
    """What a council's norm gains a year beyond England's, (countries, councils)."""
    spread = np.where(
        p["practice.why_excellence_sticks"] == OWN_TRENDS, p["practice.own_trend"], 0.0
    )
    return np.asarray(spread * normal("own trend"))


def _pulled(p: Parameters) -> Array:
    return np.asarray(p["practice.why_excellence_sticks"] != NO_PULL)


def _from_place(b: Baseline, p: Parameters) -> Array:
    """What can be seen of the norm, (councils,) or (countries, councils)."""
    deprived = b.idaci - b.idaci.mean()
    london = np.array([region.endswith("London") for region in b.regions], dtype=np.float64)
    per_child = np.log(np.maximum(b.spend_early_help, 1e-6) / np.maximum(b.population, 1.0))
    early_help = np.clip(per_child - np.median(per_child), -np.log(BOOKED), np.log(BOOKED))
    return np.asarray(
        p["practice.deprivation_effect"] * deprived / max(float(b.idaci.std()), 1e-9)
        + p["practice.london_effect"] * (london - london.mean())
        + p["practice.agency_level_effect"] * (b.agency_rate - b.agency_rate.mean())
        + p["practice.early_help_level_effect"] * (early_help - early_help.mean())
    )


class _Spread(NamedTuple):
    """Variance of practice about what can be seen of the norm, by what makes it: each broadcasts
    to (countries, councils)."""

    lasting: Array  # the norm that is the council's own: does not fade
    moving: Array  # fades as the anchor is pulled back; not at all without a pull
    director: Array  # goes when the director goes

    @property
    def total(self) -> Array:
        return np.asarray(self.lasting + self.moving + self.director)


def _spread(p: Parameters) -> _Spread:
    """Under a pull the anchor is as widely spread as its noise keeps it."""
    pulled = _pulled(p)
    settled = np.square(p["practice.anchor_noise_pulled"]) / (2.0 * p["practice.anchor_reversion"])
    return _Spread(
        lasting=np.where(pulled, np.square(p["practice.norm_spread"]), 0.0),
        moving=np.where(pulled, settled, np.square(p["practice.spread"])),
        director=np.square(p["practice.director_effect"]),
    )


def open_practice(
    s: State, t: Traits, b: Baseline, p: Parameters, normal: Normal, before: Before
) -> None:
    """Draw practice, its anchor, the director and the drive after failure, for all councils.

    Practice on the day of the last report is drawn from what was likely of such a council then
    (its norm and the national level of the day) and from its reading, which lies between the cuts
    of the overall grade; from then to the start it moves as it does within a run. A council that
    was never judged is drawn from its norm alone.
    """
    today = b.date.toordinal()
    current = b.grade > 0
    age = years_since(today, np.where(current, b.grade_date, b.pre_sif_date))
    spread, place = _spread(p), _from_place(b, p)
    then = national_practice(p, before.practice - age) + place
    now = national_practice(p, before.practice) + place
    reported = then + _given_grade(b, p, spread.total, then, normal("practice"), normal("reading"))

    # The drive since the first report of a failure, as far as it had come at the last and today.
    failing = b.grade == 1
    failed_for = years_since(today, np.where(failing, b.first_inadequate_date, 0))
    failed_for = np.where(failing, np.maximum(failed_for, age), 0.0)
    share, level = p["practice.recovery_share"], p["practice.recovery_level"]
    come_then, come_now = (
        failing * share * -np.expm1(-years / p["practice.years"])
        for years in (failed_for - failing * age, failed_for)
    )
    gap = np.maximum(level - reported, 0.0)
    # One that failed again in spite of its drive is weaker than it looks, but not beyond what is
    # likely of any council (assumption: two standard deviations).
    weakest = np.minimum(reported, then - 2.0 * np.sqrt(spread.total))
    without = np.where(
        gap > 0.0, np.maximum(level - gap / (1.0 - np.minimum(come_then, 0.9)), weakest), reported
    )
    below = np.maximum(level - without, 0.0)
    drive = failing * share * below * -np.expm1(-failed_for / p["practice.focus_build"])

    good, outstanding = extra_after(p)
    extra = (outstanding * (b.grade == 4) + good * (b.grade == 3)) * (
        1.0 - p["practice.halo_share"]
    )
    come_extra = extra * -np.expm1(-age / p["practice.years"])

    # What practice would be without them, moved from the report to the start.
    pull = np.where(_pulled(p), p["practice.anchor_reversion"], 0.0)
    wandered = np.where(_pulled(p), 0.0, np.square(p["practice.anchor_noise"])) * age
    persistence = (
        spread.lasting
        + spread.moving * np.exp(-pull * age)
        + spread.director * np.exp(-p["director.leave_rate"] * age)
    ) / np.maximum(spread.total, 1e-12)
    fresh = spread.total * (1.0 - np.square(persistence)) + wandered
    slow = (without - then) * persistence + np.sqrt(fresh) * normal("practice since")

    # Share it out: draw each part by itself, then move all as their sum must move.
    moving = spread.moving + wandered
    total = np.maximum(spread.lasting + moving + spread.director, 1e-12)
    lasting, director = t.norm - place, normal("director quality")
    drawn = lasting + np.sqrt(moving) * normal("anchor") + p["practice.director_effect"] * director
    missing = (slow - drawn) / total
    t.norm = np.asarray(t.norm + spread.lasting * missing)
    s.director_quality[:] = director + p["practice.director_effect"] * missing
    s.anchor[:] = now + slow - p["practice.director_effect"] * s.director_quality
    # The level of the average council is what it is with directors as new as they usually are.
    s.anchor += p["practice.new_director_cost"] * -np.expm1(-p["director.leave_rate"])
    s.focus[:] = drive
    passing = p["practice.noise"] * np.sqrt(p["practice.years"] / 2.0) * normal("practice passing")
    driven = reported - without + (come_now - come_then) * below
    s.practice[:] = now + slow + driven + come_extra + passing
    np.clip(s.practice, 0.6, 4.4, out=s.practice)


def _given_grade(
    b: Baseline, p: Parameters, variance: Array, likely: Array, z: Array, of_reading: Array
) -> Array:
    """Practice at the last report less what was `likely`, (countries, councils).

    The reading is drawn from its own distribution within the interval of the grade, then practice
    given the reading: together the truncated posterior. `z` and `of_reading` are standard normal.
    """
    current = b.grade > 0
    passing = np.square(p["practice.noise"]) * p["practice.years"] / 2.0
    noise = np.where(current, np.square(reading_noise(p)), np.square(p["ofsted.older_noise"]))
    blur = noise + passing
    spread = np.sqrt(variance + blur)
    grade = np.where(current, b.grade, b.pre_sif_grade)
    older = (
        p["ofsted.older_inadequate_cut"],
        p["ofsted.older_good_cut"],
        p["ofsted.older_outstanding_cut"],
    )
    cuts = [np.where(current, new, old) for new, old in zip(overall_cuts(p), older, strict=True)]
    low, high = _interval(grade, cuts)
    below, up_to = ndtr((low - likely) / spread), ndtr((high - likely) / spread)
    within = below + ndtr(of_reading) * (up_to - below)
    reading = spread * ndtri(np.clip(within, 1e-12, 1.0 - 1e-12))
    gain = variance / (variance + blur)
    return np.asarray(gain * reading + np.sqrt(variance * (1.0 - gain)) * z)


def _interval(grades: IntArray, cuts: list[Array]) -> tuple[Array, Array]:
    """Between which readings each grade is given, 1 to 4; anything where there is none (0)."""
    inadequate, good, outstanding = cuts
    low = np.select(
        [grades == 2, grades == 3, grades == 4], [inadequate, good, outstanding], -np.inf
    )
    high = np.select(
        [grades == 1, grades == 2, grades == 3], [inadequate, good, outstanding], np.inf
    )
    return low, high


def years_since(today: int, ordinal: IntArray) -> Array:
    """Years from each date to today; 0 where there is no date."""
    return np.where(ordinal > 0, (today - ordinal) / DAYS_A_YEAR, 0.0)
