"""A change of the rule on a date reaches open cases: finished, wound down or handed over."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from sim.inputs.councils.baseline import Baseline
from sim.inputs.files.problems import InputError
from sim.inputs.policy.levers import LEVERS
from sim.inputs.policy.scenario import load_scenario
from sim.model.batch_result import Event
from sim.model.england import England
from sim.model.institutions.department import RULES, FailureCase
from sim.model.institutions.interventions import adviser, commissioner, notice, peer_team, review
from sim.model.institutions.regime_watch import steps_of
from sim.model.processes import Process
from sim.model.regime_error import RegimeError
from sim.model.settings import LeverValue
from sim.model.simulation import Batch
from sim.regimes import available
from tests.helpers.small_england import (
    MONTH,
    by_council,
    england,
    fingerprint,
    institutions,
    of,
    part,
    run,
    world,
)

pytestmark = pytest.mark.standard

HOW = ("finish", "wind down", "hand over")
DECIDED = ("takeover decided", "transfer agreed", "control ordered", "control agreed")
TAKES_OVER = ("takeover", "as_practised", "ad_hoc")
NOTICE = 3.0  # months
TERM = 24.0
CHANGE = 700
PLENTY: dict[str, LeverValue] = {
    "pool__commissioners": 90,
    "pool__sponsors_charity": 90,
    "pool__trust_project_teams": 90,
    "pool__peer_teams": 90,
    "regime__takeover_prefers": "new company",
}
FACTS = {"department.wind_down_months": NOTICE, "department.commissioner_term_months": TERM}
# Councils in which nothing was in place on the start date: all that comes comes from the regime.
START = england()
BARE = part(
    START,
    np.flatnonzero(
        (START.commissioner_since == 0)
        & (START.partner_since == 0)
        & (START.trust_since == 0)
        & (START.trust_decided == 0)
    ).tolist(),
)


def changed(
    first: str,
    then: dict[str, LeverValue],
    how: str,
    *,
    days: int = 2600,
    councils: Baseline = BARE,
    **options: object,
) -> list[England]:
    """Three countries in which the rule changes on the day CHANGE."""
    facts = {**FACTS, **options.pop("facts", {})}  # type: ignore[dict-item]
    choices = {**PLENTY, "regime__name": first, "regime__open_cases": how, **options}
    worlds = [
        world(k, days=days, events=True, facts=facts, later={CHANGE: then}, **choices)
        for k in (1, 2, 3)
    ]
    return institutions(worlds, councils_from=councils).countries


def stories(country: England) -> Iterator[list[Event]]:
    """Each council's events around a case that was open when the rule changed, from that case's
    judgement on."""
    kinds = {event.kind for event in country.log.events}
    for council, story in by_council(country.log.events, *kinds).items():
        if council < 0 or not any(event.kind == "rule changed" for event in story):
            continue
        begins = [e.day for e in story if e.kind == "failure began" and e.day <= CHANGE]
        yield [event for event in story if event.day >= max(begins)]


def days_of(story: list[Event], *kinds: str) -> list[int]:
    return [event.day for event in story if event.kind in kinds]


def end_of(story: list[Event]) -> int:
    """The day on which the case ended, or one that never comes."""
    return next(iter(days_of(story, "failure ended")), 10**6)


def posts(story: list[Event], came: str, left: str) -> Iterator[tuple[Event, Event | None]]:
    for event in story:
        if event.kind == came:
            yield event, next((e for e in story if e.kind == left and e.cause == event.id), None)


def in_post_on_change(
    country: England, came: str, left: str
) -> Iterator[tuple[list[Event], Event, Event | None]]:
    for story in stories(country):
        for start, end in posts(story, came, left):
            if start.day < CHANGE and (end is None or end.day >= CHANGE):
                yield story, start, end


# -- commissioners in post -------------------------------------------------------------------------


def test_finish_lets_an_appointment_without_end_run_for_the_usual_term():
    seen = 0
    for country in changed("commissioner", {"regime.name": "no_intervention"}, "finish"):
        for story, came, left in in_post_on_change(
            country, "commissioner appointed", "commissioner left"
        ):
            due = max(came.day + TERM * MONTH, CHANGE + NOTICE * MONTH)
            if end_of(story) < due:
                assert left is None or left.day >= end_of(story)
                continue
            seen += 1
            assert left is not None
            assert left.day == pytest.approx(due, abs=1.5)
            assert days_of(story, "case taken on") == [left.day]
    assert seen > 3


@pytest.mark.parametrize("how", ["wind down", "hand over"])
def test_helpers_leave_after_their_notice_where_the_new_rule_has_no_such_step(how: str):
    seen = 0
    for country in changed("commissioner", {"regime.name": "no_intervention"}, how):
        for story, _, left in in_post_on_change(
            country, "commissioner appointed", "commissioner left"
        ):
            seen += 1
            assert left is not None
            due = min(CHANGE + NOTICE * MONTH, end_of(story))
            assert left.day == pytest.approx(due, abs=1.5)
            assert left.details == {"rule_changed": True}
            assert days_of(story, "case taken on") == [CHANGE]
    assert seen > 5


class Commissioners:
    """The regime of commissioners by another name."""

    def respond(self, case: FailureCase) -> Process:
        yield from notice(case)
        yield from commissioner(case)


def with_own(first: str, then: str, how: str, own: dict[str, type], days: int = 2600) -> England:
    later: dict[int, dict[str, LeverValue]] = {CHANGE: {"regime.name": then}}
    choices = {**PLENTY, "regime__name": first, "regime__open_cases": how}
    one = world(1, days=days, events=True, facts=FACTS, later=later, **choices)
    batch = Batch(BARE, [one], 1, {**available(), **own})
    batch.run_until(batch.days)
    return batch.countries[0]


def test_hand_over_keeps_who_is_in_post_where_the_new_rule_has_that_step():
    country = with_own("commissioner", "again", "hand over", {"again": Commissioners})
    seen = 0
    for story, _, left in in_post_on_change(country, "commissioner appointed", "commissioner left"):
        seen += 1
        assert len(days_of(story, "commissioner appointed")) == 1
        assert left is None or left.day >= end_of(story)
        assert days_of(story, "case taken on") == [CHANGE]
    assert seen > 3


def test_wind_down_replaces_a_commissioner_by_one_of_the_new_rule():
    country = with_own("commissioner", "again", "wind down", {"again": Commissioners})
    seen = 0
    for story, came, left in in_post_on_change(
        country, "commissioner appointed", "commissioner left"
    ):
        assert left is not None
        later = [day for day in days_of(story, "commissioner appointed") if day > came.day]
        if end_of(story) > CHANGE + 8 * MONTH:
            seen += 1
            assert later[0] >= left.day
            assert later[0] - left.day <= MONTH + 1.5
    assert seen > 3


# -- lent teams, advisers, notices -----------------------------------------------------------------


@pytest.mark.parametrize("how", HOW)
def test_lent_teams_stay_for_their_term_or_leave_after_notice(how: str):
    seen = early = 0
    for country in changed("peer_support", {"regime.name": "commissioner"}, how):
        term = country.p["support.peer_term_months"] * MONTH
        for story, came, left in in_post_on_change(country, "peer team began", "peer team left"):
            if left is None or end_of(story) <= left.day:
                continue
            seen += 1
            full = left.day - came.day >= term - 1.5 or left.details["lender_weakened"]
            if how == "finish":
                assert full
            else:
                due = min(CHANGE + NOTICE * MONTH, came.day + term)
                assert left.day == pytest.approx(due, abs=1.5)
                early += not full
    assert seen > 3
    assert (early > 0) == (how != "finish")


@pytest.mark.parametrize("how", HOW)
def test_a_notice_is_served_once_and_nobody_is_there_twice(how: str):
    changes = (
        ("takeover", "as_practised"),
        ("as_practised", "takeover"),
        ("takeover", "commissioner"),
        ("ad_hoc", "takeover"),
    )
    for first, then in changes:
        for country in changed(first, {"regime.name": then}, how):
            for story in stories(country):
                end = end_of(story)
                assert len([d for d in days_of(story, "notice issued") if d < end]) <= 1
                for came, left in (
                    ("commissioner appointed", "commissioner left"),
                    ("adviser appointed", "adviser left"),
                ):
                    spells = list(posts([e for e in story if e.day < end], came, left))
                    for (_, before), (after, _) in pairwise(spells):
                        assert before is not None
                        assert before.id < after.id


def test_advisers_stay_or_leave():
    left = {}
    for how in HOW:
        then: dict[str, LeverValue] = {"regime.name": "no_intervention"}
        told = [e for c in changed("takeover", then, how) for e in c.log.events]
        days = [event.day for event in told if event.kind == "adviser left"]
        assert all(day <= CHANGE + NOTICE * MONTH + 1.5 for day in days)
        left[how] = len(days)
    assert left["finish"] == 0
    assert min(left["wind down"], left["hand over"]) > 3
    kept = changed("takeover", {"regime.name": "as_practised"}, "hand over")
    assert not [e for c in kept for e in c.log.events if e.kind == "adviser left"]


# -- takeovers -------------------------------------------------------------------------------------


def fates(countries: list[England]) -> tuple[int, int, int]:
    """Of trusts decided before the change and not opened by then: opened later, called off on the
    day, lapsed otherwise."""
    opened = called_off = lapsed = 0
    for country in countries:
        by_cause = [e for e in country.log.events if e.cause is not None]
        for decided in country.log.events:
            if decided.kind not in ("takeover decided", "transfer agreed"):
                continue
            after = [e for e in by_cause if e.cause == decided.id]
            ends = [e for e in after if e.kind in ("trust opened", "trust order lapsed")]
            if decided.day >= CHANGE or not ends or ends[0].day < CHANGE:
                continue
            opened += ends[0].kind == "trust opened"
            off = bool(ends[0].details.get("rule_changed"))
            called_off += off
            lapsed += ends[0].kind == "trust order lapsed" and not off
            assert not off or ends[0].day == CHANGE
    return opened, called_off, lapsed


@pytest.mark.parametrize(
    "then", [{"regime.name": "commissioner"}, {"regime.new_trusts_allowed": False}]
)
def test_takeovers_not_yet_opened_go_on_or_are_called_off(then: dict[str, LeverValue]):
    opened, called_off, _ = fates(changed("takeover", then, "finish"))
    assert opened > 2
    assert called_off == 0
    for how in ("wind down", "hand over"):
        opened, called_off, lapsed = fates(changed("takeover", then, how))
        assert (opened, lapsed) == (0, 0)
        assert called_off > 2


def test_hand_over_goes_on_with_takeovers_where_the_new_rule_takes_over_too():
    opened, called_off, _ = fates(changed("takeover", {"regime.name": "as_practised"}, "hand over"))
    assert opened > 2
    assert called_off == 0


def test_open_trusts_stay_whatever_becomes_of_cases():
    for how in HOW:
        then: dict[str, LeverValue] = {"regime.name": "commissioner"}
        for country in changed("takeover", then, how, days=CHANGE + 300, councils=START):
            opened = of(country.log.events, "trust opened", country.index)
            ends = ("trust failed", "trust handed back", "trust contract ended")
            early = [e for e in country.log.events if e.kind in ends and e.day == CHANGE]
            assert opened
            assert not early


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    "then",
    [
        {"regime.name": "commissioner"},
        {"regime.name": "peer_support"},
        {"regime.name": "no_intervention"},
        {"regime.new_trusts_allowed": False},
    ],
)
@pytest.mark.parametrize("first", TAKES_OVER)
def test_no_takeover_is_decided_after_the_rule_that_takes_over_has_ended(
    first: str, then: dict[str, LeverValue], how: str
):
    countries = [
        country
        for prefers in ("new company", "strong council")
        for country in changed(first, then, how, regime__takeover_prefers=prefers, days=1900)
    ]
    days = [day for country in countries for day in days_of(country.log.events, *DECIDED)]
    assert days
    assert max(days) <= CHANGE
    assert sum(len(of(c.log.events, "rule changed", c.index)) for c in countries) > 5


def test_who_waits_for_a_sponsor_waits_no_more_once_takeovers_are_stopped():
    nobody = {f"supply.{name}": 0.0 for name in ("sponsors_charity", "sponsors_expert")}
    facts = {**nobody, "supply.sponsors_strong_council": 0.0, "supply.growth": 0.0}
    choices = {"pool__sponsors_charity": 0, "facts": facts}
    seen = 0
    for how in HOW:
        for country in changed("takeover", {"regime.new_trusts_allowed": False}, how, **choices):
            assert country.department.waiting_years("sponsor") > 0.0
            assert not any(
                queue == "sponsor" for queue, _ in country.department.supply._waiting.values()
            )
            for story in stories(country):
                waited = [d for d in days_of(story, "sponsor awaited") if d < CHANGE]
                if waited and end_of(story) > CHANGE + 12 * MONTH:
                    seen += 1
                    steps = ("progress tested", "direction issued")
                    assert [d for d in days_of(story, *steps) if d >= CHANGE]
    assert seen > 3


# -- the other levers of a rule --------------------------------------------------------------------


def test_every_lever_of_a_rule_exists_and_the_choices_are_these():
    assert LEVERS.keys() > RULES
    assert LEVERS["regime.open_cases"].choices == HOW
    assert LEVERS["regime.open_cases"].default == "finish"


def test_a_changed_grace_counts_from_the_last_test_or_notice():
    seen = 0
    passing = {"department.progress_needed": -9.0}
    for country in changed("takeover", {"regime.grace_months": 12.0}, "finish", facts=passing):
        for story in stories(country):
            before = [d for d in days_of(story, "notice issued", "progress tested") if d <= CHANGE]
            tests = [d for d in days_of(story, "progress tested") if d > CHANGE]
            steps = days_of(story, "commissioner review", "failure persisted", "trust opened")
            persistent = any(e.details.get("persistent") for e in story)
            if before and tests and not steps and not persistent:
                seen += 1
                assert tests[0] - max(before) == pytest.approx(12 * MONTH, abs=1.5)
    assert seen > 1


def test_a_wider_trigger_brings_the_department_in_and_a_narrower_one_takes_it_out():
    brought = taken_out = 0
    for country in changed(
        "commissioner",
        {"regime.trigger": "inadequate"},
        "finish",
        regime__trigger="two_key_judgements",
    ):
        for story in by_council(country.log.events, "trigger not met", "notice issued").values():
            served = days_of(story, "notice issued")
            if days_of(story, "trigger not met") and served and served[0] >= CHANGE:
                brought += 1
    for country in changed("takeover", {"regime.trigger": "two_key_judgements"}, "wind down"):
        for story in stories(country):
            if CHANGE in days_of(story, "trigger not met"):
                taken_out += 1
                failed = days_of(story, "failure persisted", "failure began")
                until = min([d for d in failed if d > CHANGE], default=10**6)
                acts = days_of(story, "direction issued", "commissioner review")
                assert not [d for d in acts if CHANGE < d < until]
    assert brought > 2
    assert taken_out > 2


def test_a_longer_memory_makes_open_cases_persistent():
    before = changed("takeover", {"regime.grace_months": 6.0}, "finish", days=CHANGE + 1)
    window = {"regime.persistent_window_years": 20.0}
    after = changed("takeover", window, "finish", days=CHANGE + 1)
    more = 0
    for one, other in zip(before, after, strict=True):
        for council, case in one.department.cases.items():
            assert case.persistent <= other.department.cases[council].persistent
            more += other.department.cases[council].persistent - case.persistent
    assert more > 0


# -- conservation ----------------------------------------------------------------------------------


def some_changes(number: int) -> tuple[str, dict[int, dict[str, LeverValue]]]:
    """A first regime, and changes on four days; the last is to no regime at all."""
    draw = np.random.default_rng(number)
    names = [str(name) for name in draw.choice(sorted(available()), 4)]
    days = sorted(int(day) for day in draw.choice(np.arange(60, 2200), 4, replace=False))
    later: dict[int, dict[str, LeverValue]] = {
        day: {"regime.name": name, "regime.new_trusts_allowed": bool(draw.random() < 0.7)}
        for day, name in zip(days, names[1:], strict=False)
    }
    later[days[3]] = {"regime.name": "no_intervention"}
    return names[0], later


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("number", range(6))
def test_every_unit_is_released_once_and_nothing_is_left_behind(number: int, how: str):
    first, later = some_changes(number)
    prefers = ("strong council", "new company", "whoever is free")[number % 3]
    facts = {
        **FACTS,
        "supply.growth": 0.0,
        "sponsor.term_years": 1.0,
        "trust.contract_years": 2.0,
        "trust.renewal_share": 0.0,
    }
    one = world(
        number + 1,
        days=5500,
        events=True,
        facts=facts,
        later=later,
        regime__name=first,
        regime__open_cases=how,
        regime__takeover_prefers=prefers,
        pool__peer_teams=3,
    )
    country = institutions([one], councils_from=BARE).countries[0]
    department = country.department
    for name, pool in department.supply.pools.items():
        assert pool.free == pool.capacity, name
        assert pool.waiting == 0, name
    assert not department.lenders._lending
    assert not department.supply._waiting
    assert of(country.log.events, "rule changed")
    for council in country.councils:
        case = department.cases.get(council.index)
        advised = case is not None and case.in_post("adviser") is not None
        assert advised <= (how == "finish")
        at_work = council.p["support.adviser"] if advised else 0.0
        cost = council.p["support.adviser_cost"] if advised else 0.0
        assert council.support == pytest.approx(at_work, abs=1e-9)
        assert country.state.rate_support[council.index] == pytest.approx(cost, abs=1e-9)
        for line in ("transition", "transaction", "transmutation"):
            rate = getattr(country.state, f"rate_{line}")[council.index]
            assert rate == pytest.approx(0.0, abs=1e-9), line
        for name in ("attention_transition", "attention_lent", "stall", "protected"):
            assert getattr(council, name) == pytest.approx(0.0, abs=1e-9), name
        assert not council.commissioner_in_post
        assert not council.committed
        assert not council.partner_in_post


def test_a_value_that_changes_nothing_moves_no_byte():
    few = part(england(), range(0, 152, 8))
    worlds = [
        world(1, days=420, events=True, regime__name="takeover", regime__open_cases=how)
        for how in HOW
    ]
    result = run(worlds, councils_from=few)
    assert fingerprint(result, 0) == fingerprint(result, 1) == fingerprint(result, 2)


# -- regimes of somebody else's making -------------------------------------------------------------


class Watchful:
    """Helps in a way of its own, and counts what its `finally` did."""

    tidied = 0

    def respond(self, case: FailureCase) -> Process:
        yield from notice(case)
        case.council.support += 0.5
        try:
            yield case.ended
        finally:
            case.council.support -= 0.5
            type(self).tidied += 1


def test_a_regime_that_knows_nothing_of_it_is_closed_and_tidies_up():
    Watchful.tidied = 0
    country = with_own("watchful", "no_intervention", "finish", {"watchful": Watchful}, CHANGE + 5)
    reached = len(of(country.log.events, "rule changed"))
    assert reached > 3
    assert Watchful.tidied >= reached - 3  # less those whose notice was on its way
    assert all(council.support == pytest.approx(0.0) for council in country.councils)


class Stubborn:
    """Will not be closed, the first time."""

    closed = False

    def respond(self, case: FailureCase) -> Process:
        while case.open:
            try:
                yield from case.wait(1.0)
            except GeneratorExit:
                first, Stubborn.closed = not Stubborn.closed, True
                if first:
                    yield case.ended
                raise


def test_a_regime_that_will_not_be_closed_is_refused():
    with pytest.raises(RegimeError, match="stubborn"):
        with_own("stubborn", "no_intervention", "finish", {"stubborn": Stubborn})


class LateHelp:
    """Begins a process of its own that asks for a commissioner long afterwards."""

    def respond(self, case: FailureCase) -> Process:
        yield from notice(case)
        case.env.process(self._later(case))

    def _later(self, case: FailureCase) -> Process:
        yield case.env.timeout(400.0)
        yield from commissioner(case)


def test_what_an_old_regime_has_begun_beside_itself_begins_nothing_new():
    for how in HOW:
        country = with_own("late", "no_intervention", how, {"late": LateHelp}, 1500)
        days = days_of(country.log.events, "commissioner appointed")
        assert days
        assert max(days) < CHANGE


def test_a_case_says_what_stands():
    seen = []

    class Asks:
        def respond(self, case: FailureCase) -> Process:
            seen.append(case.in_place)
            yield case.ended

    with_own("takeover", "asks", "hand over", {"asks": Asks}, CHANGE + 1)
    assert any({"notice", "adviser"} <= standing for standing in seen)
    assert not any("threat" in standing for standing in seen)


def test_the_steps_of_a_regime_are_read_from_its_code_or_named_by_it():
    class Named:
        steps = ("commissioner",)

    class Calls:
        def respond(self, case: FailureCase) -> Process:
            yield from _helped(case)

    found = {name: steps_of(regime) for name, regime in available().items()}
    assert found["no_intervention"] == set()
    assert found["commissioner"] == {"commissioner"}
    assert found["peer_support"] == {"peer team"}
    assert found["takeover"] == {"adviser", "review", "commissioner", "takeover"}
    assert found["ad_hoc"] == found["as_practised"]
    assert found["ad_hoc"] == {"adviser", "review", "commissioner", "peer team", "takeover"}
    assert steps_of(Named) == {"commissioner"}
    assert steps_of(Calls) == {"adviser", "review", "peer team"}


def _helped(case: FailureCase) -> Process:
    case.env.process(adviser(case))
    yield from review(case)
    yield from peer_team(case)


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["stop", "", 3, True])
def test_another_value_is_refused(value: LeverValue):
    with pytest.raises(InputError, match=r"regime\.open_cases"):
        load_scenario("trusts-2016").with_(**{"regime.open_cases": value})
