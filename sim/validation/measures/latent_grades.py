"""A rival for grades: hidden practice of every council, read by inspectors with error.

Practice moves slowly about a level that follows from a council's circumstances and from England's
steady drift; an inspection reads it with an error that its three key judgements share and with one
for each; the overall grade is their median, or inadequate where any of them is. Estimated by most
likely values from the judgements known on a day alone, with weak priors (evidence H6, which has a
richer model of this kind). It knows nothing of causes: a forecaster, to be beaten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from sim.inputs.councils.seed_tables import Tables
from sim.units import DAYS_A_YEAR, AnyArray, Array, IntArray
from sim.validation.histories import GRADE_NUMBERS

KEYS = ("help_protection", "in_care", "leadership")
CIRCUMSTANCES = ("london", "deprivation", "agency", "early_help")
_EARLY_HELP = ("family_support_gbp_k", "sure_start_gbp_k", "youth_gbp_k")
# The day on which a return counts as known: staff of September in February, outturn of the year to
# March in December.
_STAFF_KNOWN, _OUTTURN_KNOWN = (1, 2, 28), (0, 12, 31)
_ORIGIN = date(2016, 1, 1).toordinal()
_SCALE = np.linspace(-1.5, 6.5, 161)  # practice and readings, in grades
_NODES = 32
# The lower two cuts between grades fix the scale.
_CUTS = (1.5, 2.5)
# A drive after failure adds for at most so long (assumption: most spells are shorter).
_FOCUS_YEARS = 2.0


class _Prior(NamedTuple):
    """A parameter of the latent model: where its search begins, and a weak normal prior about it.

    `log` says that the parameter is estimated as its logarithm.
    """

    middle: float
    width: float
    log: bool = False


# Middle and width are weak: the width is as large as the effect, or a factor of two. The middles
# are round numbers (assumption).
_PRIORS = {
    "level": _Prior(2.3, 0.5),
    "drift": _Prior(0.0, 0.1),
    "london": _Prior(0.0, 0.5),
    "deprivation": _Prior(0.0, 0.25),
    "agency": _Prior(0.0, 3.0),
    "early_help": _Prior(0.0, 1.0),
    "spread": _Prior(0.6, 0.7, log=True),
    "half_life": _Prior(4.0, 0.7, log=True),
    "shared_noise": _Prior(0.4, 0.7, log=True),
    "key_noise": _Prior(0.25, 0.7, log=True),
    "help_offset": _Prior(0.0, 0.25),
    "care_offset": _Prior(0.0, 0.25),
    "outstanding_cut": _Prior(3.5, 0.25),
    "leadership_low": _Prior(0.0, 0.25),
    "leadership_high": _Prior(0.0, 0.25),
    "focus": _Prior(0.0, 0.5),
    "momentum": _Prior(0.0, 0.5),
}


@dataclass(frozen=True)
class FullInspections:
    """Full inspections in order of council and day, (inspections,) each.

    `keys` (inspections, 3) are grades of the key judgements in the order of KEYS, 0 where they are
    not known; `previous` the overall grade that the council had from its last inspection in its
    own name, 0 for none, and `gap` the years since that one; `circumstances` (inspections, 4) those
    known on the day.
    """

    council: IntArray
    day: IntArray
    overall: IntArray
    keys: IntArray
    previous: IntArray
    gap: Array
    circumstances: Array

    def until(self, day: int) -> FullInspections:
        """Those published by a day."""
        known = self.day <= day
        return FullInspections(
            *(self.council[known], self.day[known], self.overall[known], self.keys[known]),
            *(self.previous[known], self.gap[known], self.circumstances[known]),
        )

    @cached_property
    def turn(self) -> IntArray:
        """How many earlier ones the council had."""
        turn = np.zeros(len(self.day), dtype=np.int64)
        for k in range(1, len(turn)):
            turn[k] = turn[k - 1] + 1 if self.council[k] == self.council[k - 1] else 0
        return turn


def inspections_of(tables: Tables) -> FullInspections:
    """Every full inspection of the seed tables; councils are in the order of `tables.codes`."""
    table = tables["judgements"]
    order = np.lexsort((table["published"], table["dfe_code"]))
    council = tables.column_of(table["dfe_code"][order])
    day = table["published"][order]
    overall = _grades(table["overall"][order])
    again = np.concatenate([[False], council[1:] == council[:-1]])
    before = np.maximum(np.arange(len(day)) - 1, 0)
    return FullInspections(
        council,
        day,
        overall,
        np.stack([_grades(table[name][order]) for name in KEYS], axis=1),
        np.where(again, overall[before], 0),
        np.where(again, (day - day[before]) / DAYS_A_YEAR, 0.0),
        Circumstances(tables).known(council, day),
    )


def _grades(words: AnyArray) -> IntArray:
    return np.array([GRADE_NUMBERS.get(str(word), 0) for word in words], dtype=np.int64)


class Circumstances:
    """What sets a council apart, as far as it was known on a day: whether in London, deprivation
    in standard deviations, agency share and the logarithm of early help per child, the last two
    against the mean of all councils in the same return (so that England's own movements are not
    in them). Councils in the order of `tables.codes`."""

    def __init__(self, tables: Tables) -> None:
        places = tables["councils"]
        row = tables.column_of(places["dfe_code"])
        self._fixed = np.zeros((len(tables.codes), 2))
        self._fixed[row, 0] = [str(region).endswith("London") for region in places["region"]]
        self._fixed[row, 1] = places["idaci_2019"]
        deprivation = self._fixed[:, 1]
        spread = np.nanstd(deprivation)
        self._fixed[:, 1] = np.nan_to_num((deprivation - np.nanmean(deprivation)) / spread)
        spending = sum(np.nan_to_num(tables.grid("spending", name)) for name in _EARLY_HELP)
        years = tables.years("spending")
        people = tables.grid("population", "children_0_17")
        at = np.clip(np.searchsorted(tables.years("population"), years - 1), 0, len(people) - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            early_help = np.log(np.where(spending > 0.0, spending, np.nan) / people[at])
        staff_years = tables.years("workforce")
        agency = 0.01 * tables.grid("workforce", "agency_pct")
        self._series = (
            _Returns(_days_known(staff_years, *_STAFF_KNOWN), _against_mean(agency)),
            _Returns(_days_known(years, *_OUTTURN_KNOWN), _against_mean(early_help)),
        )

    def known(self, council: IntArray, day: IntArray) -> Array:
        """(inspections, 4) in the order of CIRCUMSTANCES."""
        series = (returns.known(council, day) for returns in self._series)
        return np.column_stack([self._fixed[council], *series])


class _Returns(NamedTuple):
    """Yearly figures (years, councils), and the days on which they became known (years,)."""

    days: IntArray
    values: Array

    def known(self, council: IntArray, day: IntArray) -> Array:
        """The last figure known on each day; before the first return that one."""
        at = np.maximum(np.searchsorted(self.days, day, side="right") - 1, 0)
        return np.asarray(self.values[at, council])


def _days_known(years: IntArray, later: int, month: int, day: int) -> IntArray:
    days = [date(int(year) + later, month, day).toordinal() for year in years]
    return np.array(days, dtype=np.int64)


def _against_mean(values: Array) -> Array:
    """Less the mean over councils of each year; blanks are the last figure before, else nought."""
    against: Array = values - np.nanmean(values, axis=1, keepdims=True)
    for k in range(1, len(against)):
        against[k] = np.where(np.isnan(against[k]), against[k - 1], against[k])
    return np.asarray(np.nan_to_num(against))


def _place(practice: Array) -> tuple[IntArray, Array]:
    """Where practice lies on the scale: the point below it, and how far on to the next."""
    place = (practice - _SCALE[0]) / (_SCALE[1] - _SCALE[0])
    place = np.clip(place, 0.0, len(_SCALE) - 1.001)
    low = place.astype(np.int64)
    return low, place - low


def _read(table: Array, row: IntArray | int, low: IntArray, part: Array) -> Array:
    """A row of a table (rows, practice) at places of the scale."""
    return np.asarray((1.0 - part) * table[row, low] + part * table[row, low + 1])


_COMBINATIONS = np.array(list(product((1, 2, 3, 4), repeat=3)))
_OVERALL = np.where(
    (_COMBINATIONS == 1).any(axis=1), 1, np.median(_COMBINATIONS, axis=1).astype(np.int64)
)


class LatentModel:
    """The latent model with values of its parameters (those of `_PRIORS`)."""

    def __init__(self, values: dict[str, float]) -> None:
        self.values = values
        z, weights = np.polynomial.hermite_e.hermegauss(_NODES)
        self._z, self._weights = z, weights / weights.sum()
        # Orthonormal Hermite functions: a pull to the mean multiplies the n-th by a power.
        basis = np.ones((_NODES, _NODES))
        basis[1] = z
        for n in range(1, _NODES - 1):
            basis[n + 1] = (z * basis[n] - np.sqrt(n) * basis[n - 1]) / np.sqrt(n + 1.0)
        self._basis = basis
        of_keys = self._chances_of_combinations()
        self._overall = np.stack([of_keys[grade == _OVERALL].sum(axis=0) for grade in (1, 2, 3, 4)])
        # What a report may say (68, practice): its key judgements, or the overall grade alone.
        self._reports = np.concatenate([of_keys, self._overall])

    def _chances_of_combinations(self) -> Array:
        """Chances of each combination of key judgements (64, practice), shared noise included."""
        v = self.values
        cuts = np.tile([-np.inf, *_CUTS, v["outstanding_cut"], np.inf], (3, 1))
        cuts[2, 1] += v["leadership_low"]
        cuts[2, 3] += v["leadership_high"]
        offsets = np.array([v["help_offset"], v["care_offset"], 0.0])
        reading = _SCALE + offsets[:, None]
        above = ndtr((reading[:, None] - cuts[:, :, None]) / v["key_noise"])
        of_key = np.maximum(above[:, :-1] - above[:, 1:], 0.0)  # (3, 4, readings)
        chances = np.ones((len(_COMBINATIONS), len(_SCALE)))
        for key in range(3):
            chances *= of_key[key, _COMBINATIONS[:, key] - 1]
        kernel = np.exp(-0.5 * ((_SCALE[:, None] - _SCALE) / v["shared_noise"]) ** 2)
        return np.asarray(chances @ (kernel / kernel.sum(axis=1, keepdims=True)).T)

    def norm(self, circumstances: Array, day: IntArray | Array) -> Array:
        """The level about which practice moves, from circumstances (..., 4) and days (...)."""
        v = self.values
        effects = np.array([v[name] for name in CIRCUMSTANCES])
        years = (np.asarray(day) - _ORIGIN) / DAYS_A_YEAR
        return np.asarray(v["level"] + v["drift"] * years + circumstances @ effects)

    def _share_left(self, gap: Array) -> Array:
        """The share of a departure from the norm that is left after some years."""
        return np.asarray(0.5 ** (gap / self.values["half_life"]))

    def raised_after(self, raised: Array, gap: Array, previous: IntArray) -> Array:
        """What the drive after a failure has added by the next inspection, `gap` years later."""
        driven = np.minimum(gap, _FOCUS_YEARS) * (previous == 1)
        return np.asarray(self._share_left(gap) * raised + self.values["focus"] * driven)

    def departure(self, state: Array, chance: Array) -> Array:
        """Departures from the norm (..., councils) from `follow`'s state (councils, nodes) and
        uniform numbers."""
        up_to = np.cumsum(state * self._weights, axis=1)
        up_to /= up_to[:, -1:]
        node = np.minimum((chance[..., None] > up_to).sum(axis=-1), _NODES - 1)
        return np.asarray(self.values["spread"] * self._z[node])

    def departure_after(self, departure: Array, gap: Array, normal: Array) -> Array:
        """Departures some years later, from standard normal numbers."""
        left = self._share_left(gap)
        return np.asarray(
            left * departure + self.values["spread"] * np.sqrt(1.0 - left**2) * normal
        )

    def apparent(self, departure: Array, raised: Array, previous: IntArray) -> Array:
        """What inspectors are shown, less the norm."""
        return np.asarray(departure + raised + self.values["momentum"] * (previous == 4))

    def judged(self, practice: Array, chance: Array) -> IntArray:
        """Overall grades from practice and uniform numbers of the same shape."""
        low, part = _place(practice)
        up_to = np.cumsum(self._overall, axis=0)
        exceeded = [chance > _read(up_to, row, low, part) for row in range(3)]
        return np.asarray(1 + np.sum(exceeded, axis=0), dtype=np.int64)

    def follow(self, known: FullInspections, councils: int) -> Followed:
        """What the inspections say, one by one: chances of each overall grade before it came
        (inspections, 4), log likelihoods of what did (inspections,), and what is known of each
        council after its last one."""
        v = self.values
        norm = self.norm(known.circumstances, known.day)
        hidden = (known.keys == 0).any(axis=1)
        combination = (known.keys - 1) @ np.array([16, 4, 1])
        report = np.where(hidden, len(_COMBINATIONS) + known.overall - 1, combination)
        state = np.ones((councils, _NODES))  # density over that of a council never seen
        raised = np.zeros(councils)
        chances, logs = np.zeros((len(norm), 4)), np.zeros(len(norm))
        for turn in range(int(known.turn.max(initial=-1)) + 1):
            rows = np.flatnonzero(known.turn == turn)
            at, gap = known.council[rows], known.gap[rows]
            left = self._share_left(gap)
            raised[at] = self.raised_after(raised[at], gap, known.previous[rows])
            parts = (state[at] * self._weights) @ self._basis.T
            density = (parts * left[:, None] ** np.arange(_NODES)) @ self._basis
            density = np.maximum(density, 0.0)
            departure = v["spread"] * self._z
            above = self.apparent(departure, raised[at, None], known.previous[rows, None])
            low, part = _place(norm[rows, None] + above)
            weights = density * self._weights
            weights /= weights.sum(axis=1, keepdims=True)
            for grade in range(4):
                of_grade = _read(self._overall, grade, low, part)
                chances[rows, grade] = (weights * of_grade).sum(axis=1)
            likely = _read(self._reports, report[rows, None], low, part)
            total = (weights * likely).sum(axis=1)
            logs[rows] = np.log(np.maximum(total, 1e-300))
            state[at] = weights * likely / np.maximum(total, 1e-300)[:, None] / self._weights
        return Followed(chances / chances.sum(axis=1, keepdims=True), logs, state, raised)


class Followed(NamedTuple):
    """See `LatentModel.follow`: `state` (councils, nodes), `raised` (councils,)."""

    chances: Array
    logs: Array
    state: Array
    raised: Array


def fit_latent(known: FullInspections, councils: int) -> LatentModel:
    """The most likely latent model of some inspections under the weak priors."""
    from scipy.optimize import minimize  # imported here: slow to load

    names = tuple(_PRIORS)

    def model(point: Array) -> LatentModel:
        values = {}
        for name, x in zip(names, point.tolist(), strict=True):
            prior = _PRIORS[name]
            values[name] = (
                prior.middle * float(np.exp(prior.width * x))
                if prior.log
                else prior.middle + prior.width * x
            )
        return LatentModel(values)

    def loss(point: Array) -> float:
        return float(0.5 * (point**2).sum() - model(point).follow(known, councils).logs.sum())

    best = minimize(loss, np.zeros(len(names)), method="L-BFGS-B", options={"maxiter": 60})
    return model(best.x)
