"""The working week: the order of the steps, and what they share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.england.luck import WeeklyLuck
from sim.england.rates import DAYS_A_YEAR, Rates
from sim.england.settings import Levers, Parameters

Array = npt.NDArray[np.float64]


def clip(values: Array, low: float, high: float) -> Array:
    """As `np.clip`, which spends longer on asking what it was given than on small arrays."""
    return np.minimum(np.maximum(values, low), high)


def over_councils(values: Array) -> Array:
    """The sum over councils, (nations, 1)."""
    return np.asarray(np.add.reduce(values, axis=1, keepdims=True))


@dataclass
class Pools:
    """Social workers who are nowhere in particular, nation by nation, shape (nations, 1)."""

    movers: Array  # experienced, looking for a post
    graduates: Array  # newly qualified, looking for a first post
    agency: Array  # with an agency and free
    out: Array  # left children's social work (running total)
    trained: Array  # qualified or returned since the start (running total)
    fast_track: Array  # places whose trainees qualify now, a year

    def move(
        self,
        left: Array,
        experienced_in: Array,
        new_in: Array,
        agency_left: Array,
        agency_in: Array,
        w: Week,
    ) -> None:
        """Book the week's moves (each (nations, councils)) and the flows between the pools."""
        p, k, dt = w.p, w.rates, w.years
        moved = np.array((left, experienced_in, new_in, agency_left, agency_in))
        leavers, came, began, ended, lent = np.add.reduce(moved, axis=2, keepdims=True)
        to_agency = np.floor(leavers * p["workforce.leavers_to_agency"] + w.fraction("agency"))
        out = np.floor(leavers * p["workforce.leavers_out"] + w.fraction("out"))
        out = np.minimum(out, leavers - to_agency)
        self.movers += leavers - to_agency - out - came
        self.graduates -= began
        self.agency += to_agency + ended - lent
        # Agency workers take permanent posts or give up; movers give up too, in time.
        settle = _part(self.agency, k.settle, w.fraction("settle"))
        self.agency -= settle
        self.movers += settle
        for pool, name, share in (
            (self.agency, "agency out", k.agency_out),
            (self.movers, "movers out", k.search_out),
            (self.graduates, "graduates out", k.search_out),
        ):
            gone = _part(pool, share, w.fraction(name))
            pool -= gone
            out = out + gone
        self.out += out
        # Places opened now bring workers once they have trained.
        places = w.levers["workforce.fast_track_places"]
        self.fast_track += (places - self.fast_track) * (dt / p["workforce.training_years"])
        supply = (
            p["workforce.graduates_a_year"]
            + (self.fast_track - p["workforce.fast_track_start"]) * p["workforce.fast_track_net"]
        )
        fresh = np.floor(np.maximum(supply, 0.0) * dt + w.fraction("graduates"))
        back = np.floor(p["workforce.returners_a_year"] * dt + w.fraction("returners"))
        self.graduates += fresh
        self.movers += back
        self.trained += fresh + back


def _part(pool: Array, share: Array, fraction: Array) -> Array:
    """Whole people leaving a pool: this share of it."""
    return np.minimum(np.floor(pool * share + fraction), pool)


@dataclass
class Week:
    """What the steps of one week share."""

    p: Parameters
    levers: Levers
    luck: WeeklyLuck
    rates: Rates
    pools: Pools
    england: dict[str, Array]  # uniforms for England's own roundings, (nations, 1) each
    population: Array  # (1, councils) this week
    step_days: int = 7
    day: float = 0.0  # since the start
    # handed from one step to a later one
    need_growth: Array = field(default_factory=lambda: np.ones((1, 1)))
    conferences: Array = field(default_factory=lambda: np.zeros((1, 1)))
    placement_index: Array = field(default_factory=lambda: np.ones((1, 1)))
    handed_on: Array = field(default_factory=lambda: np.zeros((1, 1)))
    in_need: Array = field(default_factory=lambda: np.zeros((1, 1)))
    allocated: Array = field(default_factory=lambda: np.zeros((1, 1)))  # of those in need

    @property
    def years(self) -> float:
        """Length of a step."""
        return self.step_days / DAYS_A_YEAR

    @property
    def elapsed(self) -> float:
        """Years since the start."""
        return self.day / DAYS_A_YEAR

    @property
    def trend_years(self) -> Array | float:
        """Years' worth of trend so far: trends of the record go on, but not for ever."""
        lasting = self.p["england.trend_years"]
        return lasting * -np.expm1(-self.elapsed / lasting)

    def fraction(self, name: str) -> Array:
        """A uniform deviate (nations, 1) that rounds an expected number of people."""
        return self.england[name]

    def share_out(self, asked: Array, pool: Array) -> Array:
        """Cut what councils ask for (whole people) to what a pool (nations, 1) holds."""
        total = over_councils(asked)
        if (total <= pool).all():
            return asked
        share = np.minimum(pool / np.maximum(total, 1.0), 1.0)
        return np.where(total <= pool, asked, np.floor(asked * share))
