"""Pounds: what comes in, what is cut, and what it buys."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.simulation import Batch
from tests.helpers.variants import Lived, Variant, but, falls, rises

pytestmark = pytest.mark.direction


def test_money_follows_failure() -> None:
    """It buys posts in failing councils, and nothing in the others."""
    lived = Lived(
        {"money": but("money.failure_uplift", 0.28)},
        base=Variant({"money.failure_uplift": 0.0}),
    )
    failing = (lived.state("grade") == 1) & (lived.state("grade", "money") == 1)
    assert failing.any()
    assert (lived.shift("posts", "money")[failing] > 0.0).all()
    never = (lived.batch.baseline.grade != 1) & ~(lived.state("grade", "money") == 1).any(axis=0)
    assert lived.state("failure_money", "money")[:, never].max() < 0.28


def test_overspending_squeezes_early_help() -> None:
    base = Variant(
        {"money.overspend_borne": 0.0, "money.squeeze_on_early_help": 0.0},
        {"money.settlement_shift": -0.1},
    )
    lived = Lived({"squeeze": but("money.squeeze_on_early_help", 1.5)}, base=base)
    assert falls(lived.moved("early_help_gbp_m", "squeeze"))


def test_less_funding_means_fewer_posts() -> None:
    """Lower settlements: budgets fall, councils overspend, posts are held vacant."""
    lived = Lived({"cut": but("money.settlement_shift", -0.1)}, days=1456)
    assert falls(lived.shift("budget", "cut").sum(axis=1))
    assert rises(lived.moved("overspend_share", "cut"))
    assert falls(lived.shift("posts", "cut").sum(axis=1))
    assert falls(lived.moved("early_help_gbp_m", "cut"))


def test_budgets_may_follow_demand() -> None:
    """Where need has grown since the last April, an indexed budget grows with it."""

    def fewer_then(batch: Batch) -> None:
        batch.state.opening_need *= 0.9

    lived = Lived({"indexed": but("money.demand_indexed", 1.0)}, prepare=fewer_then, days=120)
    assert (lived.shift("budget", "indexed") > 0.0).mean() > 0.9


def test_less_early_help_more_referrals() -> None:
    """With the effect believed in, a cut brings referrals; with a contrary one it spares them."""
    lived = Lived(
        {
            "effect": but("demand.early_help_elasticity", -0.12),
            "contrary": but("demand.early_help_elasticity", 0.02),
        },
        base=Variant({"demand.early_help_elasticity": 0.0}, {"money.early_help_shift": -0.8}),
    )
    assert rises(lived.moved("referrals", "effect"))
    assert rises(lived.moved("children_looked_after", "effect"))
    assert falls(lived.moved("referrals", "contrary"))


def test_early_help_follows_its_trend() -> None:
    lived = Lived(
        {"cut": but("money.early_help_trend", -0.09)},
        base=Variant({"money.early_help_trend": -0.01}),
    )
    assert falls(lived.moved("early_help_gbp_m", "cut"))


def test_placement_prices_raise_spending() -> None:
    lived = Lived(
        {"dear": but("money.placement_growth", 0.07), "cap": but(SHIFT, -0.05)},
        base=Variant({"money.placement_growth": 0.042}),
    )
    assert rises(lived.moved("spend_gbp_m", "dear"))
    assert falls(lived.moved("spend_gbp_m", "cap"))


SHIFT = "money.placement_growth_shift"


def test_agency_cover_costs_more() -> None:
    lived = Lived(
        {"price": but("money.agency_cost", 0.08), "premium": but("money.agency_premium", 0.032)}
    )
    assert rises(lived.moved("spend_gbp_m", "price"))
    assert rises(lived.moved("agency_premium_gbp_m", "premium"))


def test_innovation_brings_forms() -> None:
    """Money for innovation takes time for forms; its effect on practice has the sign given it."""
    lived = Lived(
        {
            "money": but(INNOVATION, 100.0),
            "helps": Variant({"practice.innovation_effect": 0.1}, {INNOVATION: 100.0}),
            "harms": Variant({"practice.innovation_effect": -0.02}, {INNOVATION: 100.0}),
        },
        base=Variant({"practice.innovation_effect": 0.0}),
        days=364,
    )
    assert rises(lived.moved("desk_time_share", "money"))
    mean = {name: lived.state("practice", name).mean() for name in ("money", "helps", "harms")}
    assert mean["harms"] < mean["money"] < mean["helps"]


INNOVATION = "money.innovation_gbp_m"


def test_conferences_cost_money() -> None:
    lived = Lived(
        {"paid": but("money.conference_cost", 0.003)},
        base=Variant({"money.conference_cost": 0.0}, {"casework.family_group_conferences": 1.0}),
        days=364,
    )
    assert (lived.shift("spend_other", "paid") >= 0.0).all()
    assert np.sum(lived.shift("spend_other", "paid")) > 0.0
