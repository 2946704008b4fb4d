"""Help from outside, its price for those who give it, and the threat of removal."""

from __future__ import annotations

import numpy as np
import pytest

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
        {"more": but("support.commissioner", 0.9)},
        base=Variant({"support.commissioner": 0.0}, {**PLENTY, "regime.name": "commissioner"}),
    )
    assert runs.shift("practice", "more")[:, failing(runs)].mean() > 0.2
    assert (runs.moved("inadequate_council_years", "more") <= 0.0).all()


def test_a_peer_team_helps() -> None:
    runs = VariantRuns(
        {"more": but("support.peer", 1.2)},
        base=Variant({"support.peer": 0.0}, {**PLENTY, "regime.name": "peer_support"}),
    )
    assert runs.shift("practice", "more")[:, failing(runs)].mean() > 0.1


def test_a_poor_team_brings_less() -> None:
    runs = VariantRuns(
        {"all useful": but("support.peer_useful", 1.0)},
        base=Variant(
            {"support.peer_useful": 0.0, "support.peer": 1.0},
            {**PLENTY, "regime.name": "peer_support"},
        ),
    )
    assert runs.shift("practice", "all useful")[:, failing(runs)].mean() > 0.1


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
            {"trust.sponsor_drain": 0.0}, {**takeover, "pool.sponsors_strong_council": 30}
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
