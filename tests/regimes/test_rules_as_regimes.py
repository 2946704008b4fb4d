"""Built-in regimes written as rules, and plug-ins that act before failure too."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import pytest

from sim.model.batch_result import BatchResult, Event
from sim.model.regime_error import RegimeError
from sim.model.simulation import run_batch
from sim.regimes import available
from tests.helpers.rules import councils_of, rule, ruled
from tests.helpers.small_england import arrays, england, part, run, spells_of, world

pytestmark = pytest.mark.standard

NOTICE = 'grade = "inadequate"'
AS_RULES = {
    "commissioner": (
        rule("Notice", NOTICE, "notice", 'escalates = { to = "Commissioner", after_months = 0 }'),
        rule("Commissioner", "escalation", "commissioner"),
    ),
    "peer_support": (
        rule("Notice", NOTICE, "notice"),
        rule("Team", f'{NOTICE}, in_place = "notice"', "peer team", "again_after_months = 0"),
    ),
}
SOME = part(england(), range(0, 152, 2))


def what_happened(result: BatchResult, country: int) -> Counter[tuple[Any, ...]]:
    """The events of a country but for what rules add, whatever their order on a day."""
    return Counter(
        (e.day, e.council, e.kind, *sorted((k, v) for k, v in e.details.items() if k != "rule"))
        for e in result.events
        if e.country == country and e.kind not in ("rule applied", "lever changed")
    )


@pytest.mark.parametrize("name", sorted(AS_RULES))
def test_a_regime_written_as_rules_gives_the_same_numbers_to_the_byte(name: str):
    options = {"days": 2000, "events": True, "ofsted__monitoring_visits": True}
    own = world(1, regime__name=name, **options)
    mine = ruled(*AS_RULES[name], **options)
    result = run([own, mine], councils_from=SOME)
    for (what, first), (_, second) in zip(arrays(result, 0), arrays(result, 1), strict=True):
        assert first.tobytes() == second.tobytes(), what
    assert [dataclasses.replace(one, country=0) for one in spells_of(result, 1)] == spells_of(
        result
    )
    assert what_happened(result, 0) == what_happened(result, 1)


class Watchful:
    """Lifts the morale of every council that requires improvement once, each half-year."""

    def respond(self, case: Any) -> Any:
        yield case.ended

    def oversee(self, department: Any) -> Any:
        country = department.country
        while department.regime() is self:
            for council in country.councils:
                if council.grade == 2:
                    council.morale += 0.5
                    council.log("notice issued")
            yield country.env.timeout(182.0)


class Broken(Watchful):
    def oversee(self, department: Any) -> Any:
        yield department.nothing_of_this_name


def notices(regime: type, **options: Any) -> list[Event]:
    settings = world(1, days=600, events=True, regime__name="watchful", **options)
    place = councils_of([1, 2, 2, 3, 3, 4])
    result = run_batch(place, [settings], seed=1, regimes={**available(), "watchful": regime})
    return [event for event in result.events if event.kind == "notice issued"]


def test_a_plug_in_may_oversee_councils_that_have_not_failed():
    days = sorted({event.day for event in notices(Watchful, ofsted__capacity=0.0)})
    assert days == [0, 182, 364, 546]
    later = notices(Watchful, ofsted__capacity=0.0, later={300: {"regime.name": "no_intervention"}})
    assert {event.day for event in later} == {0, 182}
    assert {event.council for event in later} == {1, 2}


def test_a_plug_in_that_fails_in_overseeing_is_named():
    with pytest.raises(RegimeError, match="watchful"):
        notices(Broken)


def test_a_plug_in_with_respond_alone_is_as_good():
    class Old:
        def respond(self, case: Any) -> Any:
            yield case.ended

    assert notices(Old) == []
