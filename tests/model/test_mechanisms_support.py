"""Help from outside, its price for those who give it, and the threat of removal."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from sim.inputs.evidence.ledger import load_ledger
from sim.model.council import Council
from sim.model.institutions.interventions import control_effect, partner_uplift
from tests.helpers.small_england import by_council, world
from tests.helpers.variants import Variant, VariantRuns, but, rises

pytestmark = [pytest.mark.quick, pytest.mark.direction]

PLENTY = {"pool.commissioners": 50, "pool.peer_teams": 50}


def failing(runs: VariantRuns) -> np.ndarray:
    """Councils inadequate on the start date whose service is still their own."""
    b = runs.batch.baseline
    free = (b.grade == 1) & (b.trust_since == 0) & (b.trust_decided == 0)
    assert free.sum() > 5
    return free


def test_an_adviser_helps() -> None:
    runs = VariantRuns(
        {"more": but("support.adviser", 0.3)},
        base=Variant({"support.adviser": 0.0}, {"regime.name": "as_practised"}),
        days=364,
    )
    helped = failing(runs)
    assert runs.shift("practice", "more")[:, helped].mean() > 0.02
    assert rises(runs.moved("cost_support_gbp_m", "more") + runs.total("cost_support_gbp_m"))


def test_a_commissioner_helps() -> None:
    runs = VariantRuns(
        {"more": Variant({"control.effect": 0.6, "control.commissioner_deviation": 0.3})},
        base=Variant({"control.effect": 0.0}, {**PLENTY, "regime.name": "commissioner"}),
    )
    assert runs.shift("practice", "more")[:, failing(runs)].mean() > 0.2
    assert (runs.moved("inadequate_council_years", "more") <= 0.0).all()


def test_a_peer_team_helps() -> None:
    runs = VariantRuns(
        {"more": Variant({"control.effect": 0.6, "control.peer_deviation": 0.3})},
        base=Variant({"control.effect": 0.0}, {**PLENTY, "regime.name": "peer_support"}),
    )
    assert runs.shift("practice", "more")[:, failing(runs)].mean() > 0.1


def test_a_poor_team_brings_less() -> None:
    """Partnerships differ about the effect that all routes share, and their mean is that effect."""
    p = load_ledger().central() | {"support.peer_useful": 0.7, "support.partner_difference": 1.2}

    def uplift(useful: bool) -> float:
        random = SimpleNamespace(chance=lambda name, probability: useful)
        one = cast(Council, SimpleNamespace(p=p, random=random))
        value, said = partner_uplift(one, "peer")
        assert said is useful
        return value

    shared = control_effect(p, "peer")
    assert uplift(True) - uplift(False) == pytest.approx(1.2 * shared)
    assert 0.7 * uplift(True) + 0.3 * uplift(False) == pytest.approx(shared)


def test_threat_moves_effort() -> None:
    """The sign of the effect is the sign of the parameter: a threat may sharpen or frighten."""
    runs = VariantRuns(
        {"sharpens": but("support.threat", 0.25), "frightens": but("support.threat", -0.1)},
        base=Variant({"support.threat": 0.0}, {"regime.name": "takeover"}),
        days=364,
    )
    there = failing(runs)
    assert runs.shift("practice", "sharpens")[:, there].mean() > 0.03
    assert runs.shift("practice", "frightens")[:, there].mean() < -0.01


def test_an_adviser_shortens_the_search_for_a_director() -> None:
    """Directors who leave while an adviser is there are followed sooner."""
    runs = VariantRuns(
        {"helped": but("support.adviser_search", 0.3)},
        base=Variant({"support.adviser_search": 0.0}, {"regime.name": "as_practised"}),
        days=1092,
        weeks=False,
    )

    def searches(name: str) -> list[int]:
        return [
            came.day - left.day
            for country in runs.batch.countries[runs.rows(name)]
            for story in by_council(
                country.log.events, "director left", "director appointed"
            ).values()
            for left, came in pairwise(story)
            if came.kind == "director appointed" and left.kind == "director left"
        ]

    assert np.mean(searches("helped")) < np.mean(searches("base"))


def test_lent_managers_make_up_for_a_gap() -> None:
    """Where the post is with an interim the loss is smaller while a team is there."""
    runs = VariantRuns(
        {"covered": but("support.peer_cover", 1.0)},
        base=Variant(
            {"support.peer_cover": 0.0, "director.interim_months": 12.0},
            {**PLENTY, "regime.name": "peer_support"},
        ),
        weeks=False,
    )
    shift = runs.shift("director_quality", "covered")
    assert shift.min() >= 0.0
    assert shift.max() == pytest.approx(world().parameters["director.interim_cost"])


DIRECTED = {**PLENTY, "regime.name": "commissioner"}


def test_directions_forbid_cuts() -> None:
    """Where a commissioner is in post, and nowhere else."""
    runs = VariantRuns(
        {"protects": but("control.protects", 1.0)},
        base=Variant({"control.protects": 0.0}, DIRECTED),
        weeks=False,
    )
    assert not runs.state("protected").any()
    there = runs.state("protected", "protects") > 0.0
    in_post = [[c.commissioner_in_post for c in n.councils] for n in runs.batch.countries]
    assert (there == np.array(in_post)[runs.rows("protects")]).all()
    assert there.sum() > 5


def test_directions_buy_posts_where_caseloads_are_high() -> None:
    runs = VariantRuns(
        {"buys": but("control.posts_bought", 0.05)},
        base=Variant({"control.posts_bought": 0.0}, DIRECTED),
        weeks=False,
    )
    assert not runs.state("directed_money").any()
    bought = runs.state("directed_money", "buys")
    assert set(np.unique(bought)) == {0.0, 0.05}
    # Institutions alone are at work here, so caseloads are those of the start.
    cap = world().parameters["control.caseload_cap"]
    assert (runs.state("caseload", "buys")[bought > 0.0] > cap).all()


def test_a_commissioner_may_replace_the_director() -> None:
    runs = VariantRuns(
        {"all": but("control.replaces_director", 1.0)},
        base=Variant({"control.replaces_director": 0.0}, DIRECTED),
        weeks=False,
    )
    assert len(runs.events("director left", "all")) > len(runs.events("director left"))
    assert not [d for d in runs.events("order did harm") if d < 80]


def test_orders_may_do_harm() -> None:
    """Each order that does harm costs practice and morale at once."""
    runs = VariantRuns(
        {"harm": but("control.blunder_harm", 0.3), "morale": but("control.blunder_morale", 0.4)},
        base=Variant(
            {
                "control.blunder_rate": 0.5,
                "control.blunder_harm": 0.0,
                "control.blunder_morale": 0.0,
            },
            DIRECTED,
        ),
        days=364,
        weeks=False,
    )
    times = len(runs.events("order did harm"))
    assert times > 5
    assert runs.shift("practice", "harm").sum() == pytest.approx(-0.3 * times)
    assert runs.shift("morale", "morale").sum() == pytest.approx(-0.4 * times)


def test_freedoms_lift_the_six_areas() -> None:
    """In the first month only the practice of the areas with freedoms moves."""
    runs = VariantRuns(
        {"free": but("regime.freedoms", True)},
        base=Variant({"practice.freedoms": 0.25, "practice.freedoms_drain": 0.0}),
        days=35,
    )
    strong = runs.batch.traits.strong_area[0] > 0.0
    shift = runs.shift("practice", "free")
    assert (shift[:, strong] > 0.0).all()
    assert shift[:, ~strong] == pytest.approx(0.0, abs=1e-12)


def test_helping_others_takes_attention() -> None:
    """Those with freedoms, lenders and sponsors all give some of their leaders' attention."""
    drained = VariantRuns(
        {"drain": but("practice.freedoms_drain", 0.15)},
        base=Variant(
            {"practice.freedoms_drain": 0.0, "practice.freedoms": 0.0}, {"regime.freedoms": True}
        ),
        days=35,
    )
    strong = drained.batch.traits.strong_area[0] > 0.0
    assert (drained.shift("practice", "drain")[:, strong] < 0.0).all()
    lent = VariantRuns(
        {"lent": but("support.peer_drain", 0.25)},
        base=Variant({"support.peer_drain": 0.0}, {**PLENTY, "regime.name": "peer_support"}),
    )
    assert rises(lent.moved("attention_lent", "lent"))
    takeover = {"regime.name": "takeover", "regime.grace_months": 0.0, **PLENTY}
    sponsored = VariantRuns(
        {"given": but("trust.sponsor_drain", 0.2)},
        base=Variant(
            {"trust.sponsor_drain": 0.0},
            {
                **takeover,
                "pool.sponsors_strong_council": 30,
                "regime.takeover_prefers": "new company",
            },
        ),
        days=1400,
        weeks=False,
    )
    assert sponsored.shift("attention_lent", "given").max() == pytest.approx(0.2)


def test_the_field_of_directors_is_thin() -> None:
    """The more posts are open at once, the weaker are those appointed."""
    runs = VariantRuns(
        {"thin": but("director.scarcity", 0.1), "pull": but("director.failing_pull", 0.7)},
        base=Variant(
            {"director.scarcity": 0.0, "director.failing_pull": 0.0, "director.usual_open": 10.0}
        ),
        days=1092,
        weeks=False,
    )
    assert runs.shift("director_quality", "thin").max() <= 0.0
    assert runs.shift("director_quality", "thin").min() < 0.0
    assert runs.shift("director_quality", "pull").min() < 0.0


def test_a_centre_spreads_practice() -> None:
    """Councils with better neighbours gain; none loses within the first month."""
    runs = VariantRuns(
        {"centre": but("department.what_works", True)},
        base=Variant({"practice.diffusion": 0.1}),
        days=35,
    )
    shift = runs.shift("anchor", "centre")
    assert shift.min() >= 0.0
    assert shift.max() > 0.0
