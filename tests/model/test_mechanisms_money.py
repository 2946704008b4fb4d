"""Pounds: what comes in, what is cut, and what it buys."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.simulation import Batch
from tests.helpers.variants import Variant, VariantRuns, but, falls, rises

pytestmark = [pytest.mark.quick, pytest.mark.direction]


def test_money_follows_failure() -> None:
    """It buys posts in failing councils, and nothing in the others."""
    runs = VariantRuns(
        {"money": but("money.failure_uplift", 0.28)},
        base=Variant({"money.failure_uplift": 0.0}),
    )
    failing = (runs.state("grade") == 1) & (runs.state("grade", "money") == 1)
    assert failing.any()
    assert (runs.shift("posts", "money")[failing] > 0.0).all()
    never = (runs.batch.baseline.grade != 1) & ~(runs.state("grade", "money") == 1).any(axis=0)
    assert runs.state("failure_money", "money")[:, never].max() < 0.28


def test_overspending_squeezes_early_help() -> None:
    base = Variant(
        {"money.overspend_borne": 0.0, "money.squeeze_on_early_help": 0.0},
        {"money.settlement_shift": -0.1},
    )
    runs = VariantRuns({"squeeze": but("money.squeeze_on_early_help", 1.5)}, base=base)
    assert falls(runs.moved("early_help_gbp_m", "squeeze"))


def test_less_funding_means_fewer_posts() -> None:
    """Lower settlements: budgets fall, councils overspend, posts are held vacant."""
    runs = VariantRuns({"cut": but("money.settlement_shift", -0.1)}, days=1456)
    assert falls(runs.shift("budget", "cut").sum(axis=1))
    assert rises(runs.moved("overspend_share", "cut"))
    assert falls(runs.shift("posts", "cut").sum(axis=1))
    assert falls(runs.moved("early_help_gbp_m", "cut"))


def test_budgets_may_follow_demand() -> None:
    """Where need has grown since the last April, an indexed budget grows with it."""

    def fewer_then(batch: Batch) -> None:
        batch.state.opening_need *= 0.9

    runs = VariantRuns({"indexed": but("money.demand_indexed", 1.0)}, prepare=fewer_then, days=120)
    assert (runs.shift("budget", "indexed") > 0.0).mean() > 0.9


def test_less_early_help_more_referrals() -> None:
    """With the effect believed in, a cut brings referrals; with a contrary one it spares them."""
    runs = VariantRuns(
        {
            "effect": but("demand.early_help_elasticity", -0.12),
            "contrary": but("demand.early_help_elasticity", 0.02),
        },
        base=Variant({"demand.early_help_elasticity": 0.0}, {"money.early_help_shift": -0.8}),
    )
    assert rises(runs.moved("referrals", "effect"))
    assert rises(runs.moved("children_looked_after", "effect"))
    assert falls(runs.moved("referrals", "contrary"))


def test_early_help_follows_its_trend() -> None:
    runs = VariantRuns(
        {"cut": but("money.early_help_trend", -0.09)},
        base=Variant({"money.early_help_trend": -0.01}),
    )
    assert falls(runs.moved("early_help_gbp_m", "cut"))


def test_placement_prices_raise_spending() -> None:
    runs = VariantRuns(
        {"dear": but("money.placement_growth", 0.07), "cap": but(SHIFT, -0.05)},
        base=Variant({"money.placement_growth": 0.042}),
    )
    assert rises(runs.moved("spend_gbp_m", "dear"))
    assert falls(runs.moved("spend_gbp_m", "cap"))


SHIFT = "money.placement_growth_shift"


def test_agency_cover_costs_more() -> None:
    runs = VariantRuns(
        {"price": but("money.agency_cost", 0.08), "premium": but("money.agency_premium", 0.032)}
    )
    assert rises(runs.moved("spend_gbp_m", "price"))
    assert rises(runs.moved("agency_premium_gbp_m", "premium"))


def test_innovation_brings_forms() -> None:
    """Money for innovation takes time for forms; its effect on practice has the sign given it."""
    runs = VariantRuns(
        {
            "money": but(INNOVATION, 100.0),
            "helps": Variant({"practice.innovation_effect": 0.1}, {INNOVATION: 100.0}),
            "harms": Variant({"practice.innovation_effect": -0.02}, {INNOVATION: 100.0}),
        },
        base=Variant({"practice.innovation_effect": 0.0}),
        days=364,
    )
    assert rises(runs.moved("desk_time_share", "money"))
    mean = {name: runs.state("practice", name).mean() for name in ("money", "helps", "harms")}
    assert mean["harms"] < mean["money"] < mean["helps"]


INNOVATION = "money.innovation_gbp_m"


def test_conferences_cost_money() -> None:
    runs = VariantRuns(
        {"paid": but("money.conference_cost", 0.003)},
        base=Variant({"money.conference_cost": 0.0}, {"casework.family_group_conferences": 1.0}),
        days=364,
    )
    assert (runs.shift("spend_other", "paid") >= 0.0).all()
    assert np.sum(runs.shift("spend_other", "paid")) > 0.0
