"""Pounds: what comes in, what is cut, and what it buys."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.simulation import Batch
from tests.helpers.small_england import build, england, part, world
from tests.helpers.variants import SOME, Variant, VariantRuns, but, falls, rises

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
    """At the opening the whole costs what was published: more for agency is less for the rest."""
    runs = VariantRuns(
        {"price": but("money.agency_cost", 0.08), "premium": but("money.agency_premium", 0.032)}
    )
    assert (runs.shift("spend_agency", "price") >= 0.0).all()
    assert rises(runs.shift("spend_agency", "price").sum(axis=1))
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


FAMILIES_FIRST = "money.families_first_gbp_m"
NEW_SHARE = "money.families_first_new"


def test_families_first_money_is_spent_on_help_and_paid_for() -> None:
    """Every pound that comes is spent on early help: by children, with no overspend, and nothing
    else moves where help has no effect."""
    none = {"demand.early_help_elasticity": 0.0, "money.overspend_rebased": 0.0}
    squeezed = ("early_help", "other", "posts")
    runs = VariantRuns(
        {"money": but(FAMILIES_FIRST, 500.0), "less new": but(NEW_SHARE, 0.1)},
        base=Variant(
            {**none, NEW_SHARE: 0.5, **{f"money.squeeze_on_{what}": 0.0 for what in squeezed}}
        ),
    )
    years = 728 / 365.25
    for name in ("spend_early_help", "income_grant"):
        added = runs.shift(name, "money")
        assert added.sum(axis=1) == pytest.approx(250.0 * years)
        by_children = runs.batch.baseline.population / runs.batch.baseline.population.sum()
        assert added / added.sum(axis=1, keepdims=True) == pytest.approx(
            np.tile(by_children, (2, 1)), abs=1e-3
        )
    assert runs.shift("spend_early_help", "money") == pytest.approx(
        runs.shift("income_grant", "money"), rel=1e-9
    )
    for name in ("reserves", "income_reserves", "income_corporate", "spend_other", "posts"):
        assert runs.shift(name, "money") == pytest.approx(0.0, abs=1e-2), name
    # Nothing comes where the lever is at nought, whatever its share.
    assert (runs.shift("income_grant", "less new") == 0.0).all()


def test_families_first_money_comes_and_goes_on_its_days() -> None:
    worlds = [
        world(1, days=371, later={182: {FAMILIES_FIRST: 100.0}, 273: {FAMILIES_FIRST: 0.0}}),
        world(1, days=371),
    ]
    batch = build(worlds, councils_from=part(england(), SOME))
    batch.run()
    s = batch.state
    share = float(batch.p[NEW_SHARE])
    came = (s.income_grant[0] - s.income_grant[1]).sum()
    assert came == pytest.approx(100.0 * share * 91 / 365.25)
    assert (s.families_first == 0.0).all()


def test_families_first_help_spares_referrals_where_help_is_believed_to() -> None:
    runs = VariantRuns(
        {"money": but(FAMILIES_FIRST, 2000.0)},
        base=Variant({"demand.early_help_elasticity": -0.12, NEW_SHARE: 1.0}),
    )
    assert falls(runs.moved("referrals", "money"))


RULES = "workforce.agency_rules"


def test_agency_rules_save_part_of_the_premium() -> None:
    """A share of it, in spending and in what is counted as premium; or nothing at all."""
    runs = VariantRuns(
        {"caps": but(RULES, 1.0), "half": but(RULES, 0.5)},
        base=Variant({"money.agency_rules_saving": 0.4, "workforce.agency_rules_leavers": 0.0}),
        days=84,  # before what is saved is decided on in April
    )
    premium = runs.state("agency_premium")
    for name, saved in (("caps", 0.4), ("half", 0.2)):
        assert runs.shift("agency_premium", name) == pytest.approx(-saved * premium)
        assert runs.shift("spend_agency", name) == pytest.approx(-saved * premium)
        assert falls(runs.moved("spend_gbp_m", name))
    nothing = VariantRuns(
        {"caps": but(RULES, 1.0)},
        base=Variant({"money.agency_rules_saving": 0.0, "workforce.agency_rules_leavers": 0.0}),
        days=364,
    )
    assert (nothing.moved("spend_gbp_m", "caps") == 0.0).all()
    assert (nothing.shift("agency", "caps") == 0.0).all()
