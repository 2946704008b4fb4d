"""What the steps of the working week share, and the pools of workers between posts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from sim.model.settings import Levers, Parameters
from sim.model.weekly.rates import Rates, Trends
from sim.model.weekly.shocks import Shocks
from sim.random.streams import WeeklyRandom
from sim.units import DAYS_A_YEAR, Array

T = TypeVar("T")

# England's own roundings of an expected number of people.
ENGLAND_DECISIONS = (
    "agency",
    "out",
    "settle",
    "movers out",
    "graduates out",
    "agency out",
    "graduates",
    "returners",
)
TO_AGENCY, OUT, SETTLE, GIVE_UP, GRADUATES, RETURNERS = 0, 1, 2, slice(3, 6), 6, 7  # their places


def clip(values: Array, low: float, high: float) -> Array:
    """As `np.clip`, which spends longer on asking what it was given than on small arrays."""
    return np.minimum(np.maximum(values, low), high)


def over_councils(values: Array) -> Array:
    """The sum over councils, (countries, 1)."""
    return np.asarray(np.add.reduce(values, axis=1, keepdims=True))


class Pools:
    """Social workers between posts: whole people by country, (countries, 1) each."""

    def __init__(self, movers: Array, graduates: Array, agency: Array, fast_track: Array) -> None:
        # One block, in the order in which councils ask: (3, countries, 1).
        self.free = np.array((movers, graduates, agency))
        self.movers, self.graduates, self.agency = self.free
        self.out = np.zeros_like(movers)  # left children's social work (running total)
        self.trained = np.zeros_like(movers)  # qualified or returned since the start
        self.fast_track = fast_track  # places whose trainees qualify now, a year

    def share_out(self, asked: Array, back: Array) -> tuple[Array, Array]:
        """What councils get of what they ask of each pool (3, countries, councils), and how many
        that is in all: together they cannot take more than is there. Agency workers who have
        just left, (countries, 1), may be placed again."""
        there = self.free.copy()
        there[2] += back
        total = np.add.reduce(asked, axis=2, keepdims=True)
        if (total <= there).all():
            return asked, total
        share = np.minimum(there / np.maximum(total, 1.0), 1.0)
        given = np.where(total <= there, asked, np.floor(asked * share))
        return given, np.add.reduce(given, axis=2, keepdims=True)

    def move(self, left: Array, taken: Array, back: Array, w: Week) -> None:
        """Book the week's moves and the flows between the pools: permanent staff who left
        (countries, councils), people taken from each pool (3, countries, 1), agency workers who
        came back (countries, 1)."""
        p, k, fraction = w.p, w.rates, w.england
        leavers = over_councils(left)
        share = w.cached_lever_factors(_leavers_to_agency)
        to_agency = np.floor(leavers * share + fraction[TO_AGENCY])
        out = np.floor(leavers * p["workforce.leavers_out"] + fraction[OUT])
        out = np.minimum(out, leavers - to_agency)
        self.free -= taken
        self.movers += leavers - to_agency - out
        self.agency += to_agency + back
        # Agency workers take permanent posts or give up; all others give up too, in time.
        settle = _part(self.agency, k.settle, fraction[SETTLE])
        self.agency -= settle
        self.movers += settle
        gone = _part(self.free, k.give_up, fraction[GIVE_UP])
        self.free -= gone
        self.out += out + np.add.reduce(gone, axis=0)
        # Places opened now bring workers once they have trained.
        places = w.levers["workforce.fast_track_places"]
        self.fast_track += (places - self.fast_track) * k.training
        supply = (
            p["workforce.graduates_a_year"]
            + (self.fast_track - p["workforce.fast_track_start"]) * p["workforce.fast_track_net"]
        )
        # The better pay is against prices, the more take up the work or come back to it.
        drawn = np.exp(p["workforce.supply_on_pay"] * w.real_pay)
        fresh = np.floor(np.maximum(supply, 0.0) * drawn * k.years + fraction[GRADUATES])
        returners = np.floor(k.returners * drawn + fraction[RETURNERS])
        self.graduates += fresh
        self.movers += returners
        self.trained += fresh + returners


def _leavers_to_agency(w: Week) -> Array:
    """Share of leavers who go to an agency: fewer where the rules on agency work are in force,
    which ask for experience after qualifying and keep leavers from coming back at once."""
    deterred = w.levers["workforce.agency_rules"] * w.p["workforce.agency_rules_leavers"]
    return np.asarray(w.p["workforce.leavers_to_agency"] * (1.0 - deterred))


def _part(pool: Array, share: Array, fraction: Array) -> Array:
    """Whole people leaving a pool: this share of it."""
    return np.minimum(np.floor(pool * share + fraction), pool)


@dataclass
class Week:
    """What the steps of one week share."""

    p: Parameters
    levers: Levers
    random: WeeklyRandom
    rates: Rates
    trends: Trends  # of this step
    pools: Pools
    shocks: Shocks
    england: Array  # uniforms for England's own roundings, (decisions, countries, 1)
    population: Array  # (countries or 1, councils) this week
    step_days: int = 7
    day: float = 0.0  # since the start
    # handed from one step to a later one
    # Factors until the next quarter: what shocks and early help make of demand.
    more_referrals: Array = field(default_factory=lambda: np.ones((1, 1)))
    no_action: Array = field(default_factory=lambda: np.zeros((1, 1)))  # share of referrals
    no_need: Array = field(default_factory=lambda: np.zeros((1, 1)))  # share of assessments
    more_plans: Array = field(default_factory=lambda: np.ones((1, 1)))
    more_care: Array = field(default_factory=lambda: np.ones((1, 1)))
    # And for the workforce.
    usual_leaving: Array = field(default_factory=lambda: np.zeros((1, 1)))  # share a year
    put_off: Array = field(default_factory=lambda: np.zeros((1, 1)))  # log attraction lost
    agency_cover: Array = field(default_factory=lambda: np.zeros((1, 1)))  # for each vacancy
    agency_beyond: Array = field(default_factory=lambda: np.zeros((1, 1)))  # share of all staff
    more_holders: Array = field(default_factory=lambda: np.ones((1, 1)))  # factor on usual ones
    conferences: Array = field(default_factory=lambda: np.zeros((1, 1)))
    placement_index: Array = field(default_factory=lambda: np.ones((1, 1)))
    pay_index: Array = field(default_factory=lambda: np.ones((1, 1)))  # beyond the trend of pay
    handed_on: Array = field(default_factory=lambda: np.zeros((1, 1)))
    in_need: Array = field(default_factory=lambda: np.zeros((1, 1)))
    allocated: Array = field(default_factory=lambda: np.zeros((1, 1)))  # of those in need

    _lever_factors: dict[Callable[..., object], Any] = field(default_factory=dict)
    _changes: int = 0  # of levers, when that was worked out

    def cached_lever_factors(self, work_out: Callable[[Week], T]) -> T:
        """What a step makes of the levers as they stand today: worked out when asked for the first
        time since one has changed. Arrays of shape () for numbers: numpy takes those in faster."""
        if self._changes != self.levers.changes:
            self._changes = self.levers.changes
            self._lever_factors.clear()
        factors: T | None = self._lever_factors.get(work_out)
        if factors is None:
            factors = self._lever_factors[work_out] = work_out(self)
        return factors

    @property
    def real_pay(self) -> Array:
        """Logarithm of social workers' pay against prices, since the start."""
        return np.asarray(self.trends.real_pay + np.log(self.pay_index))

    @property
    def years(self) -> float:
        """Length of a step."""
        return self.step_days / DAYS_A_YEAR
