"""Takeover without a company: managers of a strong council in control, and who takes over."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.model.england import England
from sim.model.settings import LeverValue
from sim.model.simulation import Batch
from sim.model.state import PHASES
from tests.helpers.small_england import (
    MONTH,
    by_council,
    england,
    institutions,
    of,
    parameters,
    world,
)
from tests.helpers.variants import Variant, VariantRuns

pytestmark = pytest.mark.quick

PLENTY: dict[str, LeverValue] = {
    "regime__name": "takeover",
    "regime__grace_months": 0.0,
    "pool__commissioners": 50,
    "pool__trust_project_teams": 50,
}
LENT = {"supply.sponsors_strong_council": 40.0, "support.lender_teams": 3.0}
SHORT = {**LENT, "sponsor.term_years": 3.0, "sponsor.after_months": 6.0}


def takeovers(days: int = 2200, facts: dict[str, float] = SHORT, **options: LeverValue) -> Batch:
    choices = {**PLENTY, **options}
    return institutions([world(k, days=days, events=True, facts=facts, **choices) for k in (1, 2)])


@pytest.fixture(scope="module")
def batch() -> Batch:
    return takeovers()


def stories(country: England) -> dict[int, list]:
    return by_council(
        country.log.events,
        *("control ordered", "control agreed", "control order lapsed"),
        *("sponsor took control", "sponsor left", "failure ended"),
    )


def test_control_begins_within_months_and_ends(batch: Batch):
    months, ends = [], 0
    p = {**parameters(), **SHORT}
    longest = p["sponsor.term_years"] * 12.0 * MONTH + 2
    for country in batch.countries:
        by_id = {event.id: event for event in country.log.events}
        for event in of(country.log.events, "sponsor took control", country.index):
            ordered = by_id[event.cause]
            assert ordered.kind == "control ordered"
            assert ordered.details["lender"] == event.details["lender"]
            months.append((event.day - ordered.day) / MONTH)
        for event in of(country.log.events, "sponsor left", country.index):
            came = by_id[event.cause]
            ends += 1
            assert event.day - came.day <= longest
    assert len(months) > 20
    assert np.median(months) == pytest.approx(p["sponsor.start_months"], rel=0.4)
    assert max(months) < 14.0  # no trust opens as soon
    assert ends > 10


def test_nothing_is_contracted_and_everything_is_given_back(batch: Batch):
    for country in batch.countries:
        n = country.index
        in_control = {
            c
            for c, story in stories(country).items()
            if [e.kind for e in story if e.kind.startswith("sponsor")][-1:]
            == ["sponsor took control"]
        }
        for c in range(country.size):
            council = country.councils[c]
            if c in in_control:
                assert council.committed
                assert council.partner_in_post
                assert not council.contracted
        lent = sum(map(len, country.department.lenders._lending.values()))
        ordered = {
            c
            for c, story in stories(country).items()
            if [e.kind for e in story if e.kind != "failure ended"][-1:] == ["control ordered"]
        }
        partners = 1  # the Isle of Wight's, from before the run
        assert len(in_control) + len(ordered) <= lent <= len(in_control) + len(ordered) + partners
        taken = country.department.sponsors["strong council"]
        assert taken.capacity - taken.free == len(in_control) + len(ordered)
        idle = [c for c in range(country.size) if not country.councils[c].committed]
        assert batch.state.rate_transaction[n, idle] == pytest.approx(0.0, abs=1e-9)
        assert country.department.trusts_opened <= 1  # Sunderland's, decided before


def test_a_new_director_comes_with_control_and_goes_with_it(batch: Batch):
    for country in batch.countries:
        events = country.log.events
        brought = [e for e in events if e.details.get("by") == "sponsor"]
        assert [e.cause for e in brought] == [e.id for e in of(events, "sponsor took control")] or (
            {e.cause for e in brought}
            == {e.id for e in of(events, "sponsor took control", country.index)}
        )
        left = {e.cause for e in of(events, "director left", country.index)}
        assert {e.id for e in of(events, "sponsor left", country.index)} <= left


def test_a_council_in_control_helps() -> None:
    runs = VariantRuns(
        {"more": Variant({"control.effect": 0.6, "control.sponsor_deviation": 0.3})},
        base=Variant(
            {**LENT, "control.effect": 0.0},
            {name.replace("__", "."): value for name, value in PLENTY.items()},
        ),
    )
    free = (runs.batch.baseline.grade == 1) & (runs.batch.baseline.trust_since == 0)
    assert runs.shift("practice", "more")[:, free].mean() > 0.1


def test_who_takes_over_follows_from_who_is_free_and_what_is_preferred():
    def kinds(facts: dict[str, float], prefers: str) -> set[str]:
        found = set()
        for country in takeovers(900, facts, regime__takeover_prefers=prefers).countries:
            found |= {
                str(e.details["sponsor"])
                for e in of(country.log.events, "sponsor found", country.index)
            }
        return found

    some = {"supply.growth": 0.0, "supply.sponsors_charity": 5.0, "supply.sponsors_expert": 5.0}
    strong = {**some, **LENT}
    assert kinds({**some, "supply.sponsors_strong_council": 0.0}, "strong council") == {
        "charity", "expert",
    }  # fmt: skip
    assert kinds(strong, "strong council") == {"strong council"}
    assert kinds(strong, "whoever is free") == {"strong council", "charity", "expert"}
    for country in takeovers(900, strong, regime__takeover_prefers="new company").countries:
        assert not of(country.log.events, "sponsor took control", country.index)
        assert of(country.log.events, "trust set-up began", country.index)


def test_without_a_council_that_may_lend_no_council_takes_control():
    """However many sponsors there are said to be: here nobody is good, nor inspected again."""
    facts = {**LENT, "supply.sponsors_charity": 0.0, "supply.sponsors_expert": 0.0}
    weak = dataclasses.replace(england(), grade=np.minimum(england().grade, 2))
    one = world(1, days=900, events=True, facts=facts, ofsted__inspector_posts=0, **PLENTY)
    country = institutions([one], councils_from=weak).countries[0]
    assert not of(country.log.events, "sponsor found")
    assert len(of(country.log.events, "sponsor awaited")) > 3
    assert country.department.waiting_years("sponsor") > 3.0


def test_a_spell_stands_where_its_steps_have_brought_it(batch: Batch):
    """Set-up from the order to the day of control, then help."""
    expected = {"control ordered": "set-up", "sponsor took control": "help"}
    seen = set()
    for country in batch.countries:
        cases = country.department.cases
        for c, story in stories(country).items():
            last = story[-1].kind
            if c in cases and last in expected:
                seen.add(last)
                assert PHASES[int(country.councils[c].phase)] == expected[last]
    assert "sponsor took control" in seen
