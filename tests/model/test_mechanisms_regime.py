"""The rules of the regimes: who acts when, and what a lever of the rule changes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.variants import Variant, VariantRuns, but

pytestmark = [pytest.mark.quick, pytest.mark.direction]

TAKEOVER = {
    "regime.name": "takeover",
    "regime.takeover_prefers": "new company",
    "pool.commissioners": 50,
    "pool.trust_project_teams": 50,
}


def test_record_skips_grace() -> None:
    """With three years of grace only a record of failure brings a takeover within two years."""
    runs = VariantRuns(
        {"no exception": but("regime.persistent_immediate", False)},
        base=Variant(choices={**TAKEOVER, "regime.grace_months": 36.0}),
        weeks=False,
    )
    persistent = {
        (country.index, event.council)
        for country in runs.batch.countries
        for event in country.log.events
        if event.kind == "failure began" and event.details["persistent"]
    }
    reviewed = [
        (country.index, event.council)
        for country in runs.batch.countries[runs.rows("base")]
        for event in country.log.events
        if event.kind == "commissioner review"
    ]
    again = {
        (country.index, event.council)
        for country in runs.batch.countries
        for event in country.log.events
        if event.kind == "failure persisted"
    }
    assert reviewed
    assert set(reviewed) <= persistent | again
    assert not runs.events("commissioner review", "no exception")


@pytest.mark.parametrize("kind", ["strong_council", "charity", "expert"])
def test_sponsors_of_each_kind(kind: str) -> None:
    """A pool that alone holds sponsors gives all of them; one emptied gives none."""
    none = {f"supply.sponsors_{k}": 0.0 for k in ("strong_council", "charity", "expert")}
    runs = VariantRuns(
        {"some": but(f"pool.sponsors_{kind}", 5)},
        base=Variant(none, {**TAKEOVER, "regime.grace_months": 0.0}),
        weeks=False,
    )
    found = {
        event.details["sponsor"]
        for country in runs.batch.countries[runs.rows("some")]
        for event in country.log.events
        if event.kind == "sponsor found"
    }
    assert found == {kind.replace("_", " ")}
    assert not runs.events("sponsor found")


@pytest.mark.parametrize("regime", ["takeover", "as_practised"])
def test_the_ladder(regime: str) -> None:
    """A notice comes before a direction, and a direction before a removal."""
    runs = VariantRuns(
        {},
        base=Variant(choices={**TAKEOVER, "regime.name": regime, "regime.grace_months": 0.0}),
        days=1400,
        weeks=False,
    )
    removals = 0
    for country in runs.batch.countries:
        first: dict[tuple[int, str], float] = {}
        for event in country.log.events:
            first.setdefault((event.council, event.kind), event.day)
        for (council, kind), day in first.items():
            # A commissioner in post on the start date had come with a direction.
            if kind == "direction issued" and (day >= 0 or regime == "takeover"):
                assert first[council, "notice issued"] <= day
            if kind in ("takeover decided", "transfer agreed"):
                removals += 1
                assert first[council, "direction issued"] <= day
    assert removals > 0


def test_ad_hoc_is_uneven() -> None:
    """Chance decides whether more than an adviser comes, and after how long."""
    runs = VariantRuns(
        {
            "never": but("department.ad_hoc_share", 0.0),
            "always": but("department.ad_hoc_share", 1.0),
            "rule": but("regime.name", "takeover"),
        },
        base=Variant(choices={**TAKEOVER, "regime.name": "ad_hoc", "regime.grace_months": 6.0}),
        days=1400,
        weeks=False,
    )
    assert not runs.events("commissioner review", "never")
    some, all_ = (len(runs.events("commissioner review", n)) for n in ("base", "always"))
    assert 0 < some < all_
    waits = {}
    for name in ("always", "rule"):
        waits[name] = [
            reviewed - notice
            for country in runs.batch.countries[runs.rows(name)]
            for notice, reviewed in _first_days(country.log.events)
        ]
    assert np.std(waits["always"]) > np.std(waits["rule"])


def _first_days(events) -> list[tuple[float, float]]:
    """Days of the first notice and the first review of each council that had both."""
    first: dict[tuple[int, str], float] = {}
    for event in events:
        first.setdefault((event.council, event.kind), event.day)
    return [
        (day, first[council, "commissioner review"])
        for (council, kind), day in first.items()
        if kind == "notice issued" and (council, "commissioner review") in first
    ]


def test_grave_failure_brings_a_review_as_practised() -> None:
    """The larger the share of grave failures that are reviewed, the more commissioners come."""
    runs = VariantRuns(
        {
            "none": but("department.review_share", 0.0),
            "all": but("department.review_share", 1.0),
        },
        base=Variant(
            facts={"department.progress_needed": -9.0},  # nobody is slow
            choices={**TAKEOVER, "regime.name": "as_practised"},
        ),
        days=1400,
        weeks=False,
    )
    none, some, all_ = (
        len(runs.events("commissioner review", name)) for name in ("none", "base", "all")
    )
    assert none == 0
    assert 0 < some <= all_


@pytest.mark.parametrize("name", ["trust_share", "trust_share_later"])
def test_a_share_of_trusts_holds_on_its_side_of_2018(name: str) -> None:
    """Reviews that end by 2017 go by the one share, later ones by the other."""
    shares = ("trust_share", "trust_share_later")
    only = {f"department.{one}": float(one == name) for one in shares}
    runs = VariantRuns(
        {},
        base=Variant(
            facts=only,
            choices={
                **TAKEOVER,
                "regime.name": "as_practised",
                "pool.sponsors_strong_council": 50,
            },
        ),
        days=2000,
        weeks=False,
    )
    decided = runs.events("takeover decided")
    assert len(decided) > 3
    first_of_2018 = 731  # days from 1 January 2016
    if name == "trust_share":
        assert max(decided) < first_of_2018  # nobody waits for a sponsor
    else:
        assert min(decided) >= first_of_2018


def test_as_practised_takes_over_a_minority() -> None:
    """Fewer trusts than under the uniform rule, the more so the smaller their share."""
    runs = VariantRuns(
        {
            "rule": but("regime.name", "takeover"),
            "none": Variant({"department.trust_share": 0.0, "department.trust_share_later": 0.0}),
        },
        base=Variant(choices={**TAKEOVER, "regime.name": "as_practised"}),
        days=1400,
        weeks=False,
    )
    some, rule, none = (
        len(runs.events("takeover decided", name)) for name in ("base", "rule", "none")
    )
    assert none == 0
    assert 0 < some < rule
