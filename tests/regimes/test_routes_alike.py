"""Nothing may win because of how it is built: routes made alike end in a tie, and two that exchange
their numbers exchange their results."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.beliefs import load_beliefs
from sim.model.settings import LeverValue
from tests.helpers.small_england import england, run, world

pytestmark = pytest.mark.quick

DAYS = 5 * 364
REPLICATIONS = tuple(range(1, 13))  # a takeover unsettles who is in post: ties are of means
MEASURES = ("child_years_under_poor_practice", "inadequate_council_years")
TAKEOVER: dict[str, LeverValue] = {"regime__name": "takeover", "regime__grace_months": 0.0}
ROUTES: dict[str, dict[str, LeverValue]] = {
    "commissioner": {"regime__name": "commissioner"},
    "peer": {"regime__name": "peer_support"},
    "sponsor": {**TAKEOVER, "regime__takeover_prefers": "strong council"},
    "trust": {**TAKEOVER, "regime__takeover_prefers": "new company"},
}
# What control does, and how long it takes to begin, by the parameters of each route that has both.
EFFECT = {"sponsor": "control.sponsor_deviation", "trust": "control.trust_deviation"}
DELAY = {"sponsor": "sponsor.start_months", "trust": "trust.setup_months"}


@cache
def england_left_alone() -> Baseline:
    """The councils of 2016, without trusts, commissioners and partners from before."""
    none = np.zeros(len(england().codes), dtype=np.int64)
    fields = ("trust_since", "trust_decided", "trust_ends", "commissioner_since", "partner_since")
    return dataclasses.replace(england(), **dict.fromkeys(fields, none))


@cache
def alike() -> dict[str, float]:
    return load_beliefs("all-routes-alike").fixed()


def outcomes(
    routes: tuple[str, ...], changed: dict[str, float]
) -> dict[str, dict[str, np.ndarray]]:
    """Each measure of each route, by replication, under the same random numbers."""
    facts = {**alike(), **changed}
    worlds = [
        world(r, days=DAYS, facts=facts, **ROUTES[route]) for route in routes for r in REPLICATIONS
    ]
    totals = run(worlds, councils_from=england_left_alone()).totals
    return {
        route: {
            measure: totals[measure][k * len(REPLICATIONS) : (k + 1) * len(REPLICATIONS)]
            for measure in MEASURES
        }
        for k, route in enumerate(routes)
    }


def test_routes_made_alike_end_in_a_tie() -> None:
    """A tie within a hundredth of what control itself does, which is not nothing."""
    found = outcomes(tuple(ROUTES), {})
    without = outcomes(("commissioner",), {"control.effect": 0.0})["commissioner"]
    for measure in MEASURES:
        does = (without[measure] - found["commissioner"][measure]).mean()
        assert does > 0.01 * without[measure].mean()
        for route in ROUTES:
            apart = found[route][measure] - found["commissioner"][measure]
            assert abs(apart.mean()) < 0.01 * does, (route, measure)


def test_routes_that_exchange_their_numbers_exchange_their_results() -> None:
    better, worse = (0.2, 6.0), (-0.2, 14.0)

    def with_numbers(sponsor: tuple[float, float], trust: tuple[float, float]) -> dict[str, float]:
        numbers = {"sponsor": sponsor, "trust": trust}
        return {
            **{EFFECT[route]: numbers[route][0] for route in numbers},
            **{DELAY[route]: numbers[route][1] for route in numbers},
            # How delays differ between cases, alike for both.
            "trust.setup_spread": 0.0,
            "department.duration_spread": 0.0,
        }

    one = outcomes(("sponsor", "trust"), with_numbers(better, worse))
    other = outcomes(("sponsor", "trust"), with_numbers(worse, better))
    for measure in MEASURES:
        gap = (one["trust"][measure] - one["sponsor"][measure]).mean()
        assert gap > 0.01 * one["trust"][measure].mean()
        for route, twin in (("sponsor", "trust"), ("trust", "sponsor")):
            assert abs((one[route][measure] - other[twin][measure]).mean()) < 0.02 * gap
