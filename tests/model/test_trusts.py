"""A trust's life: how long it takes, what it costs, how it ends."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.model.batch_result import Event
from sim.model.england import England
from sim.model.simulation import Batch
from tests.helpers.small_england import (
    MONTH,
    build,
    by_council,
    england,
    institutions,
    of,
    parameters,
    world,
)

pytestmark = pytest.mark.quick

YEAR = 365.25
ENDS = ("trust failed", "trust handed back", "trust contract ended")
# Nothing ends a trust before its term, and no order lapses.
LASTING = {"trust.failure_rate": 0.0, "trust.hand_back_rate": 0.0, "trust.lapse_rate": 0.0}
DECISIONS = ("takeover decided", "transfer agreed")


def takeovers(replications: int = 4, days: int = 1800, **options: object) -> Batch:
    """Many takeovers: no grace, plenty of everything that takes one."""
    plenty = {
        "regime__name": "takeover",
        "regime__grace_months": 0.0,
        "regime__takeover_prefers": "new company",
        "pool__commissioners": 50,
        "pool__sponsors_strong_council": 30,
        "pool__trust_project_teams": 50,
    }
    choices = {**plenty, **options}
    return institutions(
        [world(k, days=days, events=True, **choices) for k in range(1, replications + 1)]
    )


@pytest.fixture(scope="module")
def batch() -> Batch:
    """Trusts of which some end in each of the three ways."""
    facts = {"trust.failure_rate": 0.07, "trust.hand_back_rate": 0.07, "trust.contract_years": 4.0}
    return takeovers(6, facts=facts)


def told(batch: Batch) -> list[tuple[England, list[Event]]]:
    return [(country, country.log.events) for country in batch.countries]


@pytest.mark.parametrize("usual", [parameters()["trust.setup_months"], 3.0])
def test_a_trust_never_opens_within_a_year_of_the_decision(usual: float):
    """However short a set-up is hoped to be."""
    batch = takeovers(10, facts={"trust.setup_months": usual})
    months = []
    for country, events in told(batch):
        by_id = {event.id: event for event in events}
        for event in of(events, "trust opened", country.index):
            if event.day < 0:
                continue  # open before the run
            decided = by_id[event.cause]
            if decided.kind in DECISIONS:
                months.append((event.day - decided.day) / MONTH)
            else:  # Sunderland's, decided in December 2015
                assert england().names[event.council] == "Sunderland"
                assert event.day >= 365 - 18
        assert all(taken >= 12.0 for taken in country.department.setup_months)
    assert len(months) > 60
    assert min(months) >= 365 / MONTH


def test_each_trust_that_opens_was_decided_sponsored_and_set_up(batch: Batch):
    for country, events in told(batch):
        by_id = {event.id: event for event in events}
        for event in of(events, "trust opened", country.index):
            decided = by_id[event.cause]
            if decided.kind not in DECISIONS:
                continue
            sponsor = by_id[decided.cause]
            assert sponsor.kind == "sponsor found"
            assert sponsor.details["sponsor"] == decided.details["sponsor"]
            begun = [e for e in events if e.kind == "trust set-up began" and e.cause == decided.id]
            assert len(begun) == 1
            assert decided.day <= begun[0].day < event.day
            promised = begun[0].details["months"] * MONTH
            assert event.day - begun[0].day == pytest.approx(promised, abs=3.0)


def test_set_up_lasts_as_published(batch: Batch):
    months = [m for country in batch.countries for m in country.department.setup_months]
    # An order that lapses is likelier in a long set-up: medians, loosely.
    assert np.median(months) == pytest.approx(parameters()["trust.setup_months"], rel=0.12)


def test_a_council_has_one_trust_at_a_time(batch: Batch):
    kinds = (*DECISIONS, "trust opened", "trust order lapsed", "service returned")
    for country, events in told(batch):
        for c, story in by_council(events, *kinds).items():
            steps = [event.kind for event in story]
            if england().trust_since[c] or england().trust_decided[c]:
                steps = ["takeover decided", *steps]
            while len(steps) > 1:
                assert steps[0] in DECISIONS, steps
                assert steps[1] in ("trust opened", "trust order lapsed"), steps
                del steps[: 3 if steps[1] == "trust opened" else 2]
            assert country.councils[c].committed == bool(
                story[-1].kind not in ("trust order lapsed", "service returned")
            )


def test_while_a_trust_is_built_attention_is_lost_and_given_back(batch: Batch):
    """Everything a trust puts on a council is taken off when it is over."""
    s = batch.state
    for country, events in told(batch):
        n = country.index
        over = [
            c
            for c, story in by_council(
                events, "trust set-up began", "trust opened", "service returned"
            ).items()
            if story[-1].kind == "service returned"
        ]
        assert over
        for name in ("contracted", "soft_budget", "attention_transition", "uncertainty", "stall"):
            assert getattr(s, name)[n, over] == pytest.approx(0.0, abs=1e-9), name
        idle = [c for c in range(country.size) if not country.councils[c].committed]
        for name in ("rate_transition", "rate_transaction", "rate_transmutation", "contracted"):
            assert getattr(s, name)[n, idle] == pytest.approx(0.0, abs=1e-9), name


def test_contracted_is_what_has_opened_and_not_ended(batch: Batch):
    kinds = ("trust opened", *ENDS)
    for country, events in told(batch):
        running = {
            c for c, story in by_council(events, *kinds).items() if story[-1].kind == "trust opened"
        }
        assert running == set(np.flatnonzero(batch.state.contracted[country.index]))
        opened = [e for e in of(events, "trust opened", country.index) if e.day >= 0]
        assert country.department.trusts_opened == len(opened)
        ended = [event for kind in ENDS for event in of(events, kind, country.index)]
        assert country.department.trusts_handed_back == len(ended)


def test_sponsors_and_teams_come_back(batch: Batch):
    for country, events in told(batch):
        department = country.department
        building = sum(
            story[-1].kind == "trust set-up began" and bool(story[-1].cause)
            for story in by_council(
                events, "trust set-up began", "trust opened", "trust order lapsed"
            ).values()
        )
        assert department.project_teams.capacity - department.project_teams.free == building
        bound = sum(pool.capacity - pool.free for pool in department.sponsors.values())
        held = [
            story[-1]
            for story in by_council(events, "sponsor found", "trust order lapsed").values()
        ]
        ended = by_council(events, "service returned", *ENDS)
        with_sponsor = [
            event
            for event in held
            if event.kind == "sponsor found"
            and not any(over.id > event.id for over in ended.get(event.council, []))
        ]
        assert bound == len(with_sponsor)


def test_contracts_end_at_their_term_where_nothing_fails():
    facts = {**LASTING, "trust.contract_years": 2.0, "trust.renewal_share": 0.0}
    batch = takeovers(2, 2600, facts=facts)
    terms = []
    for country, events in told(batch):
        assert not of(events, "trust failed", country.index)
        assert not of(events, "trust handed back", country.index)
        assert not of(events, "trust contract renewed", country.index)
        assert not of(events, "trust order lapsed", country.index)
        by_id = {event.id: event for event in events}
        for event in of(events, "trust contract ended", country.index):
            terms.append(event.day - by_id[event.cause].day)
            returned = [
                e for e in of(events, "service returned", country.index) if e.cause == event.id
            ]
            months = parameters()["trust.return_months"]
            if event.day + months * MONTH < 2590:
                assert returned[0].day - event.day == pytest.approx(months * MONTH, abs=2.0)
    assert len(terms) > 20
    assert max(terms) == pytest.approx(2.0 * YEAR, abs=2.0)
    # The first trusts were open before the run, and the term counts from then.
    assert min(terms) >= 2.0 * YEAR - 460


def test_contracts_are_renewed_in_their_share():
    facts = {**LASTING, "trust.contract_years": 1.0, "trust.renewal_share": 0.75}
    renewed = ended = 0
    for country, events in told(takeovers(6, 2400, facts=facts)):
        again = of(events, "trust contract renewed", country.index)
        over = of(events, "trust contract ended", country.index)
        renewed, ended = renewed + len(again), ended + len(over)
        by_id = {event.id: event for event in events}
        for event in (*again, *over):
            opened = by_id[event.cause]
            assert opened.kind == "trust opened"
            if opened.day >= 0:
                assert (event.day - opened.day) % YEAR == pytest.approx(0.0, abs=3.0) or (
                    (event.day - opened.day) % YEAR == pytest.approx(YEAR, abs=3.0)
                )
    assert renewed + ended > 150
    assert renewed / (renewed + ended) == pytest.approx(0.75, abs=0.1)


@pytest.mark.theory
@pytest.mark.parametrize(
    ("rates", "kind"),
    [
        ({"trust.failure_rate": 0.5, "trust.hand_back_rate": 0.0}, "trust failed"),
        ({"trust.failure_rate": 0.0, "trust.hand_back_rate": 0.5}, "trust handed back"),
        ({"trust.failure_rate": 0.5, "trust.hand_back_rate": 0.25}, "trust failed"),
        ({"trust.failure_rate": 0.5, "trust.hand_back_rate": 0.25}, "trust handed back"),
    ],
)
def test_trusts_end_at_their_yearly_rates(rates: dict[str, float], kind: str):
    """Alone and side by side: each of two chances takes its own share of the years at risk."""
    facts = {**rates, "trust.lapse_rate": 0.0, "trust.renewal_share": 1.0}
    batch = takeovers(6, 2400, facts=facts)
    rate = rates["trust.failure_rate" if kind == "trust failed" else "trust.hand_back_rate"]
    found, years = 0, 0.0
    for _, events in told(batch):
        for story in by_council(events, "trust opened", *ENDS).values():
            for event in story:
                if event.kind != "trust opened":
                    continue
                ends = [e for e in story if e.kind in ENDS and e.cause == event.id]
                years += ((ends[0].day if ends else 2400) - max(event.day, 0)) / YEAR
                found += sum(end.kind == kind for end in ends)
    assert years > 80.0
    assert abs(found - rate * years) < 4.0 * np.sqrt(rate * years)


def test_hand_back_does_not_ask_about_the_grade():
    """A council takes its service back whether or not it is inadequate."""
    facts = {**LASTING, "trust.hand_back_rate": 0.5}
    grades = set()
    for country, events in told(takeovers(4, 2400, facts=facts)):
        for back in of(events, "trust handed back", country.index):
            before = [
                e
                for e in of(events, "judgement published", country.index)
                if e.council == back.council and e.day < back.day
            ]
            grades.add(before[-1].details["grade"] == "inadequate" if before else None)
            returned = [e for e in of(events, "service returned") if e.cause == back.id]
            assert all(e.day > back.day for e in returned)
    assert {True, False} <= grades


def test_an_end_decided_before_the_run_comes_on_its_day():
    """Handing over is done on the day, and nothing else ends the trust before it."""
    place = england()
    (doncaster,) = np.flatnonzero(np.array(place.names) == "Doncaster")
    ends = np.zeros(len(place.codes), dtype=np.int64)
    ends[doncaster] = place.date.toordinal() + 30
    known = dataclasses.replace(place, trust_ends=ends)
    settings = world(1, days=90, events=True, facts={"trust.failure_rate": 20.0})
    batch = institutions([settings], councils_from=known)
    story = by_council(batch.countries[0].log.events, "trust opened", *ENDS, "service returned")[
        int(doncaster)
    ]
    opened, back, returned = story
    assert [event.kind for event in story] == [
        "trust opened",
        "trust handed back",
        "service returned",
    ]
    assert (back.day, back.cause) == (30, opened.id)
    assert (returned.day, returned.cause) == (30, back.id)
    for name in ("contracted", "rate_transmutation", "uncertainty", "attention_transmutation"):
        assert getattr(batch.state, name)[0, doncaster] == pytest.approx(0.0, abs=1e-12), name
    assert not batch.countries[0].councils[doncaster].committed


def test_a_trust_older_than_its_term_has_been_renewed_before():
    """One open for one and a half terms comes to its next end half a term later."""
    place = england()
    (doncaster,) = np.flatnonzero(np.array(place.names) == "Doncaster")
    since = place.trust_since.copy()
    since[doncaster] = place.date.toordinal() - round(1.5 * 4.0 * YEAR)
    old = dataclasses.replace(place, trust_since=since)
    facts = {**LASTING, "trust.contract_years": 4.0, "trust.renewal_share": 0.0}
    batch = institutions([world(1, days=1000, events=True, facts=facts)], councils_from=old)
    story = by_council(batch.countries[0].log.events, "trust contract ended")[int(doncaster)]
    assert [event.day for event in story] == pytest.approx([2.0 * YEAR], abs=2.0)


def test_another_provider_may_follow_one_that_failed():
    choice = {"regime__after_provider_failure": "another_provider"}
    batch = takeovers(2, 2400, facts={**LASTING, "trust.failure_rate": 1.0}, **choice)
    for country, events in told(batch):
        failed = of(events, "trust failed", country.index)
        assert failed
        assert len(of(events, "next provider sought", country.index)) == len(failed)
        returned = of(events, "service returned", country.index)
        kinds = {e.kind for e in events if e.id in {r.cause for r in returned}}
        assert kinds <= {"trust contract ended"}


def test_no_new_trusts_while_they_are_not_allowed():
    later = {200: {"regime.new_trusts_allowed": False}, 900: {"regime.new_trusts_allowed": True}}
    batch = takeovers(2, later=later)
    for country, events in told(batch):
        days = [e.day for kind in DECISIONS for e in of(events, kind, country.index)]
        assert [day for day in days if day < 200]
        assert not [day for day in days if 200 <= day < 900]
        assert [day for day in days if day >= 900]


def test_some_transfers_are_agreed():
    batch = takeovers(2, regime__voluntary_share=1.0)
    for country, events in told(batch):
        assert not of(events, "takeover decided", country.index)
        assert of(events, "transfer agreed", country.index)


def test_councils_that_do_well_may_choose_a_trust():
    batch = institutions(
        [
            world(
                1,
                days=1500,
                events=True,
                regime__transfer_any_rate=0.1,
                pool__trust_project_teams=50,
            )
        ]
    )
    events = batch.countries[0].log.events
    agreed = of(events, "transfer agreed")
    years = 1500 / YEAR * 0.1 * 120  # some 120 councils are free to choose
    assert len(agreed) == pytest.approx(years, rel=0.35)
    assert all(event.details["sponsor"] == "its council" for event in agreed)
    opened = [event for event in of(events, "trust opened") if event.day > 0]
    assert min(event.day for event in opened) >= 365 - 18


def test_setting_up_a_trust_costs_what_the_ledger_says():
    """The transition costs once, spread over the set-up."""
    batch = build([world(1)])
    country, p = batch.countries[0], parameters()
    from sim.model.institutions.trusts import ChildrensTrust

    trust = ChildrensTrust(country.department, country.councils[3], "expert", country.started)
    spent: list[float] = []

    def set_up():
        yield from trust.set_up()

    def account():
        while True:
            spent.append(float(batch.state.rate_transition[0, 3]))
            yield country.env.timeout(1.0)

    country.env.process(set_up())
    country.env.process(account())
    batch.run_until(1600)
    assert sum(spent) / YEAR == pytest.approx(p["trust.setup_cost"], rel=0.02)
    assert batch.state.rate_transition[0, 3] == pytest.approx(0.0, abs=1e-12)
