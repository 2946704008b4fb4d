"""Pounds: what comes in, what is cut, and what it buys."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.simulation import Batch
from sim.model.weekly.money import close_year, watch
from tests.helpers.small_england import STILL, build, england, part, world
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
    # Councils that were failing at the start had that money in what was published.
    assert (runs.shift("posts", "money")[failing] > 0.0).mean() > 0.8
    assert runs.shift("posts", "money")[failing].sum() > 0.0
    never = (runs.batch.baseline.grade != 1) & ~(runs.state("grade", "money") == 1).any(axis=0)
    assert runs.state("failure_money", "money")[:, never].max() < 0.28


def poorer(batch: Batch) -> None:
    """A budget a sixth below what the year costs, and empty reserves."""
    batch.state.budget *= 0.85
    batch.state.reserves[:] = 0.0


def test_what_does_not_fit_is_saved() -> None:
    """A budget that falls short cuts early help, unless nothing is saved or help is at its floor;
    the freeze, which cuts whatever is planned, is out of the way."""
    runs = VariantRuns(
        {
            "saves": but("money.savings_made", 0.9),
            "tolerates": Variant({"money.savings_made": 0.9, "money.overspend_borne": 5.0}),
            "floor": Variant({"money.savings_made": 0.9, "money.early_help_floor": 1.0}),
        },
        base=Variant({**SHORT, "money.savings_made": 0.0}),
        prepare=poorer,
    )
    assert falls(runs.moved("early_help_gbp_m", "saves"))
    assert (runs.moved("early_help_gbp_m", "tolerates") == 0.0).all()
    assert (runs.shift("early_help", "floor") >= 0.0).all()
    assert (runs.moved("early_help_gbp_m", "floor") > runs.moved("early_help_gbp_m", "saves")).all()


# No shocks; the rest of the council pays whatever is asked.
SHORT = {**STILL, "money.top_up_most": 10.0, "money.overspend_borne": 0.0}


def test_savings_reach_posts_last() -> None:
    """Where a fifth of early help is enough, no post goes; where it is not, other services go, then
    posts: and what directions protect stays."""

    def protected(batch: Batch) -> None:
        poorer(batch)
        batch.state.protected[:, ::2] = 1.0

    def posts(budget: float) -> VariantRuns:
        def prepare(batch: Batch) -> None:
            protected(batch)
            batch.state.budget *= budget / 0.85

        base = Variant({**SHORT, "money.savings_made": 0.0})
        return VariantRuns(
            {"saves": but("money.savings_made", 0.9)}, base=base, days=180, prepare=prepare
        )

    mild, deep = posts(1.02), posts(0.5)
    assert (mild.shift("posts_change", "saves") >= -1e-9).mean() > 0.7
    free = np.arange(mild.state("posts").shape[1]) % 2 == 1
    assert (deep.shift("posts_change", "saves")[:, free] < 0.0).mean() > 0.9
    assert (deep.shift("other", "saves") < 0.0).mean() > 0.9
    for runs in (mild, deep):
        for name in ("posts_change", "early_help"):
            assert (runs.shift(name, "saves")[:, ~free] >= -1e-9).all(), name
            assert runs.shift("early_help", "saves")[:, free].sum() < 0.0


def test_directions_keep_early_help_and_posts_from_falling() -> None:
    """A year of deep cuts: councils under directions plan neither less help nor fewer posts."""

    def protected(batch: Batch) -> None:
        poorer(batch)
        batch.state.protected[:] = 0.0
        batch.state.protected[:, ::2] = 1.0

    runs = VariantRuns({}, days=7, weeks=False, prepare=protected)
    batch, s = runs.batch, runs.batch.state
    before = s.early_help_base.copy()
    close_year(s, batch.traits, batch.week, np.full((1, 1), -0.3), 1.0)
    kept = s.protected > 0.0
    assert (s.early_help_base[kept] >= before[kept]).all()
    assert (s.posts_change[kept] >= 0.0).all()
    assert (s.early_help_base[~kept] < before[~kept]).mean() > 0.8
    assert (s.posts_change[~kept] < 0.0).mean() > 0.5


def test_posts_follow_the_budget() -> None:
    """Up by more than down: posts are sticky."""
    base = {**STILL, "money.posts_on_rise": 0.0, "money.posts_on_fall": 0.0}
    off = {"money.savings_made": 0.0, "money.spare_spent": 0.0, "money.top_up_most": 10.0}
    follows = {"money.posts_on_rise": 0.6, "money.posts_on_fall": 0.2}
    moved = {}
    for way, shift in (("up", 0.1), ("down", -0.1)):
        runs = VariantRuns(
            {"follows": Variant(follows)},
            base=Variant({**base, **off}, {"money.settlement_shift": shift}),
        )
        moved[way] = runs.shift("posts_base", "follows").sum(axis=1)
    assert (moved["up"] > 0.0).all()
    assert (moved["down"] < 0.0).all()
    assert (moved["up"] > -moved["down"]).all()


def test_finite_money_ends_in_a_freeze() -> None:
    """Where budgets are cut by far more than the rest of the council can give, government pays the
    rest, spending is frozen, and posts and early help fall; where it gives all, nothing of this."""
    runs = VariantRuns(
        {"finite": but("money.top_up_most", 0.05)},
        base=Variant({"money.top_up_most": 10.0}, {"money.settlement_shift": -0.1}),
        days=1092,
        prepare=poorer,
    )
    assert (runs.state("freeze") == 0.0).all()
    assert (runs.state("income_exceptional") == 0.0).all()
    assert runs.state("freeze", "finite").mean() > 0.5
    assert (runs.state("income_exceptional", "finite") > 0.0).mean() > 0.5
    assert falls(runs.moved("social_workers_fte", "finite"))
    assert falls(runs.moved("early_help_gbp_m", "finite"))


def test_a_freeze_begins_within_the_year_and_ends_when_a_plan_fits() -> None:
    """In a year whose budget is spent by autumn the freeze begins before April, cuts early help and
    vacant posts at once; with the budget restored in April it is lifted."""

    def spent(batch: Batch) -> None:
        poorer(batch)
        batch.state.budget *= 0.6

    frozen = VariantRuns(
        {"lifted": but("money.top_up_most", 10.0)},
        base=Variant({**STILL, "money.top_up_most": 0.1}),
        days=84,
        prepare=spent,
    )
    assert (frozen.state("freeze") == 0.0).all()  # a quarter is not over
    batch = frozen.batch
    s = batch.state
    s.freeze[:] = 0.0
    help_before, posts_before = s.early_help.copy(), s.posts_base.copy()
    watch(s, batch.traits, batch.week, 0.6, 0.4)
    rows = frozen.rows("base")
    assert (s.freeze[rows] == 1.0).mean() > 0.9
    assert (s.freeze[frozen.rows("lifted")] == 0.0).all()
    cut = (s.freeze[rows] == 1.0) & (s.protected[rows] == 0.0)
    assert (s.early_help[rows][cut] < help_before[rows][cut]).all()
    assert (s.early_help[rows][~cut] == help_before[rows][~cut]).all()
    assert (s.posts_base[rows] <= posts_before[rows]).all()
    s.budget *= 4.0
    close_year(s, batch.traits, batch.week, np.zeros((1, 1)), 1.0)
    assert (s.freeze == 0.0).all()


def test_less_funding_means_fewer_posts() -> None:
    """Lower settlements: budgets fall, councils overspend, early help and posts follow."""
    runs = VariantRuns({"cut": but("money.settlement_shift", -0.1)}, days=1456)
    assert falls(runs.shift("budget", "cut").sum(axis=1))
    assert rises(runs.moved("overspend_share", "cut"))
    assert falls(runs.shift("posts", "cut").sum(axis=1))
    assert falls(runs.moved("early_help_gbp_m", "cut"))
    assert rises(runs.moved("caseload", "cut"))


def test_fewer_posts_do_not_raise_practice() -> None:
    """Sending agency staff away with the posts they covered helps no council."""
    runs = VariantRuns(
        {"follow": but("money.posts_on_fall", 0.4)},
        base=Variant({**STILL, "money.posts_on_fall": 0.0}, {"money.settlement_shift": -0.1}),
    )
    assert falls(runs.shift("posts", "follow").sum(axis=1))
    assert falls(runs.shift("agency", "follow").sum(axis=1))
    assert falls(runs.shift("practice", "follow").mean(axis=1))


def test_more_money_harms_nothing() -> None:
    runs = VariantRuns({"more": but("money.settlement_shift", 0.03)}, days=1456)
    assert rises(runs.moved("early_help_gbp_m", "more"))
    assert falls(runs.moved("caseload", "more"))
    assert rises(runs.shift("posts", "more").sum(axis=1))
    assert rises(runs.shift("practice", "more").mean(axis=1))


def test_budgets_may_follow_demand() -> None:
    """Where need has grown since the last April, an indexed budget grows with it."""

    def fewer_then(batch: Batch) -> None:
        batch.state.usual_need *= 0.9

    runs = VariantRuns({"indexed": but("money.demand_indexed", 1.0)}, prepare=fewer_then, days=120)
    assert (runs.shift("budget", "indexed") > 0.0).mean() > 0.9


HELP_ON = (
    "demand.early_help_on_referrals",
    "demand.early_help_on_need",
    "demand.early_help_on_care",
    "demand.early_help_on_plans",
)


def test_less_early_help_more_referrals() -> None:
    """With the effects believed in, a cut brings referrals, children in need and children in care;
    with contrary ones it spares them; and plans follow an effect of their own."""
    runs = VariantRuns(
        {
            "effect": Variant(dict.fromkeys(HELP_ON[:3], -0.12)),
            "contrary": Variant({"demand.early_help_on_referrals": 0.05}),
            "plans": Variant({"demand.early_help_on_plans": -0.1}),
        },
        base=Variant(dict.fromkeys(HELP_ON, 0.0), {"money.early_help_shift": -0.8}),
    )
    assert rises(runs.moved("referrals", "effect"))
    assert rises(runs.moved("children_in_need", "effect"))
    assert rises(runs.moved("children_looked_after", "effect"))
    assert falls(runs.moved("referrals", "contrary"))
    assert rises(runs.moved("protection_plans", "plans"))


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
    none = {**dict.fromkeys(HELP_ON, 0.0), "money.excess_rebased": 0.0}
    none["practice.early_help_effect"] = 0.0
    runs = VariantRuns(
        {"money": but(FAMILIES_FIRST, 500.0), "less new": but(NEW_SHARE, 0.1)},
        base=Variant({**none, NEW_SHARE: 0.5}),
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
        base=Variant({"demand.early_help_on_referrals": -0.12, NEW_SHARE: 1.0}),
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


JOINT, JOINT_SAVING = "money.care_cooperatives", "money.cooperatives_saving"
LIMITS, LIMITS_EFFECT = "money.placement_limits", "money.placement_limits_effect"


def test_cooperatives_buy_placements_for_less() -> None:
    """A share of the price, for the share of placements that they buy; or nothing at all."""
    runs = VariantRuns(
        {"all": but(JOINT, 1.0), "half": but(JOINT, 0.5)},
        base=Variant({JOINT_SAVING: 0.1}),
        days=84,  # before what is saved is decided on in April
    )
    spent = runs.state("spend_placements")
    for name, saved in (("all", 0.1), ("half", 0.05)):
        assert runs.shift("spend_placements", name) == pytest.approx(-saved * spent)
        assert falls(runs.moved("spend_gbp_m", name))
    nothing = VariantRuns({"all": but(JOINT, 1.0)}, base=Variant({JOINT_SAVING: 0.0}), days=364)
    assert (nothing.moved("spend_gbp_m", "all") == 0.0).all()


def test_what_cooperatives_save_is_planned_with() -> None:
    """In April the saving is known: there is more for everything else."""
    runs = VariantRuns({"all": but(JOINT, 1.0)}, base=Variant({JOINT_SAVING: 0.1}), days=728)
    assert rises(runs.shift("posts", "all").sum(axis=1))


def test_limits_slow_the_growth_of_placement_prices() -> None:
    """By so much a year while they are in force, up or down; or not at all."""
    runs = VariantRuns({"limits": but(LIMITS, 1.0)}, base=Variant({LIMITS_EFFECT: -0.03}), days=364)
    index = runs.batch.week.placement_index
    growth = runs.batch.week.p["money.placement_growth"]
    growth = float(np.ravel(growth)[0])
    years = 364 / 365.25
    expected = ((1.0 + growth - 0.03) / (1.0 + growth)) ** years
    found = index[runs.rows("limits")] / index[runs.rows("base")]
    assert found == pytest.approx(expected)
    dearer = VariantRuns(
        {"limits": but(LIMITS, 1.0)}, base=Variant({LIMITS_EFFECT: 0.005}), days=84
    )
    assert rises(dearer.moved("spend_gbp_m", "limits"))
    nothing = VariantRuns({"limits": but(LIMITS, 1.0)}, base=Variant({LIMITS_EFFECT: 0.0}), days=84)
    assert (nothing.moved("spend_gbp_m", "limits") == 0.0).all()
