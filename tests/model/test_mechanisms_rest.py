"""Parts of mechanisms that no other file moves by themselves, each in its direction."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.simulation import Batch
from sim.model.weekly.rates import NO_PULL
from tests.helpers.small_england import institutions, world
from tests.helpers.variants import Variant, VariantRuns, but, falls, rises

pytestmark = [pytest.mark.quick, pytest.mark.direction]

TAKEOVER = {
    "regime.name": "takeover",
    "regime.grace_months": 0.0,
    "regime.takeover_prefers": "new company",
    "pool.commissioners": 50,
    "pool.sponsors_strong_council": 30,
    "pool.trust_project_teams": 50,
}


# -- trusts and the road to them


def test_the_day_of_transfer_lowers_practice_but_not_where_staff_are_relieved() -> None:
    """Only institutions live, so nothing else moves practice in between."""
    runs = VariantRuns(
        {"shock": but("trust.transfer_shock", 0.4)},
        base=Variant({"trust.transfer_shock": 0.0, "trust.toxic_share": 0.5}, TAKEOVER),
        days=1400,
        weeks=False,
    )
    shift = runs.shift("practice", "shock")
    moved = (runs.state("contracted") > 0.0) & (runs.state("contracted", "shock") > 0.0)
    opened = moved & (runs.batch.baseline.trust_since == 0)
    toxic = runs.batch.traits.toxic[runs.rows("base")] > 0.0
    assert (opened & toxic).any()
    assert shift[opened & ~toxic].max() == pytest.approx(-0.4)
    assert shift[opened & toxic] == pytest.approx(0.0)
    assert shift[runs.state("contracted", "shock") == 0.0].max() <= 0.0


def test_a_trust_brings_a_leader_above_the_average() -> None:
    runs = VariantRuns(
        {"strong": but("trust.new_leader", 1.0)},
        base=Variant({"trust.new_leader": 0.0, "director.leave_rate": 1e-6}, TAKEOVER),
        days=1400,
        weeks=False,
    )
    shift = runs.shift("director_quality", "strong")
    opened = (runs.state("contracted") > 0.0) & (runs.batch.baseline.trust_since == 0)
    assert opened.any()
    assert shift[opened] == pytest.approx(1.0)
    assert shift[~opened].min() >= 0.0


@pytest.mark.parametrize("step", ["department.review_months", "department.decision_months"])
def test_a_longer_review_or_decision_puts_takeovers_off(step: str) -> None:
    runs = VariantRuns(
        {"long": but(step, 12.0)},
        base=Variant({step: 0.01}, TAKEOVER),
        days=1000,
        weeks=False,
    )
    soon, late = (runs.events("takeover decided", name) for name in ("base", "long"))
    assert soon
    assert len(late) <= len(soon)
    assert np.median(late) > np.median(soon) + 150


# -- inspection


def mean_delay(**facts: float) -> float:
    """Mean days that inspections of three years began past their due dates."""
    named = {name.replace("__", "."): value for name, value in facts.items()}
    batch = institutions(
        [world(k, days=1092, facts=named, ofsted__monitoring_visits=True) for k in (1, 2)]
    )
    return float(np.mean([d for country in batch.countries for d in country.ofsted.delays]))


def test_posts_empty_at_the_start_and_long_visits_make_inspections_late() -> None:
    usual = mean_delay(ofsted__vacancy_start=0.0, ofsted__visit_days=0.0)
    assert mean_delay(ofsted__vacancy_start=0.4, ofsted__visit_days=0.0) > usual
    assert mean_delay(ofsted__vacancy_start=0.0, ofsted__visit_days=10.0) > usual


def test_the_more_key_judgements_differ_the_more_councils_are_inadequate() -> None:
    """One inadequate part is enough, so spread between them costs grades."""
    failing = []
    for spread in (0.0, 0.6):
        facts = {"ofsted.aspect_spread": spread}
        batch = institutions([world(k, days=1092, facts=facts) for k in (1, 2, 3)])
        failing.append((batch.state.grade == 1).sum(axis=1))
    assert (failing[1] > failing[0]).all()


def test_inspectors_mark_a_new_director_down() -> None:
    """Nobody's first year is over, in either world."""
    good = []
    for mark in (0.0, 0.8):
        batch = institutions(
            [world(k, days=728, facts={"ofsted.new_director_mark": mark}) for k in (1, 2)]
        )
        good.append(batch.state.grade.sum(axis=1))
    assert (good[1] < good[0]).all()


# -- practice


def unsettle(batch: Batch) -> None:
    """A third fewer experienced staff, low morale, and a director who is new."""
    batch.state.experienced[:] = np.floor(batch.state.experienced * 2.0 / 3.0)
    batch.state.morale -= 1.0
    batch.state.director_settles[:] = np.inf


@pytest.fixture(scope="module")
def unsettled() -> VariantRuns:
    none = {
        "practice.permanent_effect": 0.0,
        "practice.morale_effect": 0.0,
        "practice.new_director_cost": 0.0,
        "practice.director_effect": 0.0,
        "workforce.leave_morale": 0.0,
        "workforce.morale_on_recruitment": 0.0,
    }
    return VariantRuns(
        {
            "missing": but("practice.permanent_effect", 1.0),
            "morale": but("practice.morale_effect", 0.3),
            "new director": but("practice.new_director_cost", 0.3),
            "leaving": but("workforce.leave_morale", 0.1),
            "applying": but("workforce.morale_on_recruitment", 0.6),
        },
        base=Variant(none),
        days=182,
        prepare=unsettle,
    )


@pytest.mark.parametrize("cause", ["missing", "morale", "new director"])
def test_what_unsettles_a_service_lowers_its_practice(unsettled: VariantRuns, cause: str) -> None:
    shift = unsettled.shift("practice", cause)
    assert shift.mean() < -0.01
    assert (shift <= 1e-9).mean() > 0.9


def test_low_morale_makes_staff_leave_and_keeps_applicants_away(unsettled: VariantRuns) -> None:
    assert rises(unsettled.shift("left", "leaving").sum(axis=1))
    assert falls(unsettled.shift("joined", "applying").sum(axis=1))


def test_an_interim_lowers_practice() -> None:
    """The less an interim is worth, the lower practice gets where directors leave often."""
    runs = VariantRuns(
        {"weak": but("director.interim_cost", 2.0)},
        base=Variant(
            {
                "director.interim_cost": 0.0,
                "director.leave_rate": 1.0,
                "practice.director_effect": 0.3,
            }
        ),
        days=364,
    )
    assert falls(runs.shift("practice", "weak").mean(axis=1))


def test_practice_is_stirred_both_ways() -> None:
    """Councils come to differ from what they would have been, and not in one direction."""
    runs = VariantRuns(
        {
            "stirred": but("practice.noise", 0.3),
            "drifting": but("practice.anchor_noise", 0.3),
        },
        base=Variant(
            {
                "practice.why_excellence_sticks": NO_PULL,
                "practice.noise": 0.0,
                "practice.anchor_noise": 0.0,
            }
        ),
        days=364,
    )
    for field, name in (("practice", "stirred"), ("anchor", "drifting")):
        shift = runs.shift(field, name)
        assert shift.std(axis=1).min() > 0.05
        assert 0.25 < (shift > 0.0).mean() < 0.75


# -- money and staff


def test_the_more_new_workers_carry_the_lighter_the_load() -> None:
    """Many new workers come after the start, to which the load is scaled."""

    def graduates(batch: Batch) -> None:
        batch.state.newly_qualified += 20.0

    runs = VariantRuns(
        {"able": but("workforce.newly_qualified_capacity", 0.95)},
        base=Variant({"workforce.newly_qualified_capacity": 0.5}),
        days=91,
        prepare=graduates,
    )
    assert falls(runs.shift("pressure", "able").mean(axis=1))


def test_inspectors_come_back_by_the_clock_of_the_judgement_not_of_the_trust() -> None:
    """However long a trust takes to set up, the next inspection begins when it would have;
    so a trust that is late is seen sooner after it opened, or before (claim 39)."""
    setup = "trust.setup_months"
    runs = VariantRuns(
        {"late": but(setup, 26.0)}, base=Variant({setup: 13.0}, TAKEOVER), days=1300, weeks=False
    )

    def first(kind: str, name: str) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = {}
        for place, country in enumerate(runs.batch.countries[runs.rows(name)]):
            for event in country.log.events:
                if event.kind == kind and event.day >= 0:
                    found.setdefault((place, event.council), event.day)
        return found

    opened, seen = first("trust opened", "base"), first("inspection began", "base")
    later, again = first("trust opened", "late"), first("inspection began", "late")
    decided = first("trust set-up began", "base").keys() & first("trust set-up began", "late")
    both = decided & seen.keys() & again.keys()
    assert len(both) > 10
    assert np.mean([abs(seen[c] - again[c]) <= 31 for c in both]) > 0.9
    gaps = [(seen[c] - opened[c], again[c] - later[c]) for c in both & opened.keys() & later.keys()]
    assert np.mean([late < usual for usual, late in gaps]) > 0.9
