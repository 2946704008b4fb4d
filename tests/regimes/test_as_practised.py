"""What was practised from 2013 to August 2024: who is reviewed, what follows, what is not begun
again where it was in place on the start date."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pytest

from sim.inputs.councils.baseline import Baseline
from sim.model.batch_result import Event
from sim.model.england import England
from sim.model.institutions.department import FailureCase
from sim.model.processes import Answer
from sim.model.settings import LeverValue
from sim.regimes import as_practised
from tests.helpers.small_england import (
    MONTH,
    by_council,
    england,
    institutions,
    parameters,
    part,
    run,
    world,
)

pytestmark = pytest.mark.quick

START = date(2018, 4, 1)
PLENTY: dict[str, LeverValue] = {
    "pool__commissioners": 50,
    "pool__sponsors_strong_council": 50,
    "pool__trust_project_teams": 50,
    "pool__peer_teams": 100,
    "regime__takeover_prefers": "new company",
}
# Everybody improves in time, or nobody does.
QUICK, SLOW = {"department.progress_needed": -9.0}, {"department.progress_needed": 9.0}
# No council is inspected again after a failure.
NEVER_SEEN: dict[str, LeverValue] = {"ofsted__reinspection_years": 60.0}
# One council that fails now and is not inspected again within the run.
COUNCIL = 0
STEPS = (
    *("notice issued", "adviser appointed", "direction issued", "progress tested"),
    *("commissioner review", "commissioner appointed", "commissioner left"),
    *("takeover decided", "trust opened", "trust handed back", "peer team began"),
    *("failure began", "failure persisted", "failure ended"),
)


def only_council(**days: int) -> Baseline:
    """A failing council and nine that could lend; `days` of the baseline's fields, counted from
    the start, for what was in place."""
    place = part(england(START), range(10))
    today = place.date.toordinal()
    fields: dict[str, np.ndarray] = {
        name: np.zeros(10, dtype=np.int64)
        for name in ("commissioner_since", "trust_since", "trust_decided", "partner_since")
    }
    fields |= {"earlier_inadequate": np.zeros(10, dtype=np.int64)}
    fields |= {"fieldwork_start": np.zeros(10, dtype=np.int64)}
    fields |= {"first_inadequate_date": np.zeros(10, dtype=np.int64)}
    fields |= {"grade": np.full(10, 3), "grade_date": np.full(10, today - 5)}
    fields |= {"partner": np.full(10, -1)}
    fields["grade"][COUNCIL] = 1
    for name, day in days.items():
        fields[name][COUNCIL] = today + day
    if "first_inadequate_date" in days:
        fields["grade_date"][COUNCIL] = today + days["first_inadequate_date"]
    return dataclasses.replace(place, **fields)


def story(
    place: Baseline,
    days: int = 1200,
    replication: int = 1,
    facts: dict[str, float] | None = None,
) -> list[Event]:
    """What happens to the one council while it is inadequate."""
    settings = world(
        replication,
        start=START,
        days=days,
        events=True,
        facts=facts,
        regime__name="as_practised",
        ofsted__framework="ILACS",
        ofsted__monitoring_visits=False,
        **NEVER_SEEN,
        **PLENTY,
    )
    batch = institutions([settings], councils_from=place)
    return by_council(batch.countries[0].log.events, *STEPS).get(COUNCIL, [])


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


def first(events: list[Event], kind: str) -> Event:
    return next(event for event in events if event.kind == kind)


@pytest.fixture
def grave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FailureCase, "all_key_inadequate", True)


@pytest.fixture
def not_grave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FailureCase, "all_key_inadequate", False)


# -- who is reviewed -------------------------------------------------------------------------------


@pytest.mark.usefixtures("grave")
def test_where_all_three_are_inadequate_a_commissioner_reviews_at_once():
    sure = {**QUICK, "department.review_share": 1.0}
    events = story(only_council(first_inadequate_date=-5), facts=sure)
    notice, told = first(events, "notice issued"), first(events, "direction issued")
    assert notice.day > 0
    assert told.day == first(events, "commissioner review").day == notice.day
    assert (told.cause, first(events, "commissioner review").cause) == (notice.id, told.id)


@pytest.mark.usefixtures("grave")
def test_a_few_are_not_reviewed_for_all_that():
    never = {**QUICK, "department.review_share": 0.0}
    events = story(only_council(first_inadequate_date=-5), facts=never)
    assert "notice issued" in kinds(events)
    assert "progress tested" in kinds(events)
    assert "direction issued" not in kinds(events)


@pytest.mark.usefixtures("not_grave")
def test_an_earlier_failure_within_five_years_is_reviewed_too():
    sure = {**QUICK, "department.review_share": 1.0}
    reviewed = {
        years: "commissioner review"
        in kinds(
            story(
                only_council(first_inadequate_date=-5, earlier_inadequate=-365 * years), facts=sure
            )
        )
        for years in (3, 7)
    }
    assert reviewed == {3: True, 7: False}


@pytest.mark.usefixtures("not_grave")
def test_the_others_are_reviewed_after_two_slow_half_years():
    events = story(only_council(first_inadequate_date=-5), facts=SLOW)
    review = first(events, "commissioner review")
    assert kinds([e for e in events if e.id < review.id]).count("progress tested") == 2
    after = review.day - first(events, "notice issued").day
    assert after == pytest.approx(12 * MONTH, abs=2.0)
    events = story(only_council(first_inadequate_date=-5), facts=QUICK)
    assert "commissioner review" not in kinds(events)


# -- what follows ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("grave")
def test_a_council_that_keeps_its_service_has_a_commissioner_for_a_term():
    facts = {
        **QUICK,
        "department.review_share": 1.0,
        "department.trust_share_later": 0.0,
        "department.partner_share": 0.0,
        "department.duration_spread": 0.0,
    }
    p = parameters()
    events = story(only_council(first_inadequate_date=-5), days=1500, facts=facts)
    came, left = first(events, "commissioner appointed"), first(events, "commissioner left")
    review = first(events, "commissioner review")
    term = p["department.commissioner_term_months"]
    assert left.day - review.day == pytest.approx(term * MONTH, abs=3.0)
    spent = p["department.review_months"] + p["department.decision_months"]
    assert came.day - review.day == pytest.approx(spent * MONTH, abs=2.0)
    assert left.cause == came.id
    # It is not reviewed again for being slow: ministers have decided.
    assert kinds(events).count("commissioner review") == 1
    assert [e for e in events if e.kind == "progress tested" and e.day > left.day]


@pytest.mark.usefixtures("grave")
@pytest.mark.parametrize(
    ("shares", "follows"), [((1.0, 0.0), "takeover decided"), ((0.0, 1.0), "peer team began")]
)
def test_a_trust_or_a_partner_follows_a_review(shares: tuple[float, float], follows: str):
    facts = {
        **QUICK,
        "department.review_share": 1.0,
        "department.trust_share_later": shares[0],
        "department.partner_share": shares[1],
    }
    events = story(only_council(first_inadequate_date=-5), facts=facts)
    later = [e for e in events if e.id > first(events, "commissioner review").id]
    assert next(_route(event) for event in later if _route(event)) == _route(first(events, follows))


@pytest.mark.theory
@pytest.mark.usefixtures("grave")
@pytest.mark.parametrize(
    ("start", "trust"), [(START, "trust_share_later"), (date(2014, 7, 1), "trust_share")]
)
def test_shares_of_what_follows_are_those_of_the_ledger(
    monkeypatch: pytest.MonkeyPatch, start: date, trust: str
):
    """The first thing done after each review, whether or not anybody is free to do it."""
    p = parameters()
    chosen: dict[FailureCase, str] = {}
    for step in ("take_over", "peer_team", "commissioner"):

        def note(case: FailureCase, *_: float, step: str = step) -> Answer[bool]:
            chosen.setdefault(case, step)
            yield from case.wait(0.0)
            return case.open

        monkeypatch.setattr(as_practised, step, note)
    facts = {**QUICK, "department.review_share": 1.0}
    settings = [
        world(k, start=start, days=1240, facts=facts, regime__name="as_practised",
              ofsted__framework="ILACS", **NEVER_SEEN, **PLENTY)
        for k in range(1, 11)
    ]  # fmt: skip
    institutions(settings)
    found = list(chosen.values())
    assert len(found) > 60
    shares = {"take_over": p[f"department.{trust}"], "peer_team": p["department.partner_share"]}
    for step, share in shares.items():
        spread = np.sqrt(share * (1.0 - share) / len(found))
        assert found.count(step) / len(found) == pytest.approx(share, abs=3.5 * spread), step


def _route(event: Event) -> str:
    return {
        "takeover decided": "trust",
        "peer team began": "peer",
        "commissioner appointed": "commissioner",
    }.get(event.kind, "")


def test_about_one_in_four_of_the_less_grave_are_reviewed(monkeypatch: pytest.MonkeyPatch):
    """The two slow half-years bring about as many reviews as the record has (B27: 4 of 18)."""
    monkeypatch.setattr(FailureCase, "all_key_inadequate", False)
    facts = {"department.review_share": 0.0}
    settings = [
        world(k, start=START, days=1820, events=True, facts=facts, regime__name="as_practised",
              ofsted__framework="ILACS", **PLENTY)
        for k in range(1, 5)
    ]  # fmt: skip
    result = run(settings)
    failed = reviewed = 0
    for n in range(4):
        here = [event for event in result.events if event.country == n]
        for events in by_council(here, *STEPS).values():
            began = [e for e in events if e.kind == "failure began" and 0 <= e.day < 800]
            for event in began:
                end = next(
                    (e.id for e in events if e.id > event.id and e.kind == "failure ended"), 10**9
                )
                failed += 1
                reviewed += any(
                    e.kind == "commissioner review" and event.id < e.id < end for e in events
                )
    assert failed > 25
    assert 0.05 < reviewed / failed < 0.5


# -- what was in place on the start date -----------------------------------------------------------


@pytest.mark.usefixtures("grave")
def test_a_judgement_three_years_old_is_not_a_new_one():
    """Its notice is in force on the first day; that no commissioner came was decided then."""
    sure = {**QUICK, "department.review_share": 1.0}
    events = story(only_council(first_inadequate_date=-1100), facts=sure)
    assert first(events, "notice issued").day == 0
    assert "direction issued" not in kinds(events)
    slow = story(only_council(first_inadequate_date=-1100), facts={**sure, **SLOW})
    assert first(slow, "commissioner review").day == pytest.approx(12 * MONTH, abs=2.0)


@pytest.mark.usefixtures("grave")
def test_a_commissioner_long_in_post_goes_on_and_nothing_begins_again():
    facts = {**SLOW, "department.review_share": 1.0}
    place = only_council(first_inadequate_date=-600, commissioner_since=-500)
    events = story(place, facts=facts)
    assert "notice issued" not in kinds(events)
    assert "commissioner review" not in kinds(events)
    assert [e.day for e in events if e.kind == "direction issued"] == [-500]
    assert [e.day for e in events if e.kind == "commissioner appointed"] == [-500]
    left = first(events, "commissioner left").day
    term = parameters()["department.commissioner_term_months"] * MONTH
    assert left == pytest.approx(-500 + term, abs=2.0)
    adviser = first(events, "adviser appointed").day
    assert left <= adviser <= left + MONTH + 1.0


@pytest.mark.usefixtures("grave")
def test_a_partner_in_place_is_not_reviewed():
    facts = {**SLOW, "department.review_share": 1.0}
    place = only_council(first_inadequate_date=-600, partner_since=-100)
    place.partner[COUNCIL] = 1
    events = story(place, facts=facts)
    assert first(events, "peer team began").day == -100
    assert first(events, "adviser appointed").day <= MONTH
    assert not {"notice issued", "commissioner review"} & set(kinds(events))


@pytest.mark.usefixtures("grave")
def test_a_review_that_was_under_way_ends_and_is_decided_on():
    """One who came a month ago needs the rest of the usual time, and no second review follows."""
    facts = {
        "department.trust_share_later": 1.0,
        "department.duration_spread": 0.0,
        "trust.lapse_rate": 0.0,
    }
    place = only_council(first_inadequate_date=-60, commissioner_since=-30)
    events = story(place, facts=facts)
    assert [e.day for e in events if e.kind == "commissioner review"] == [-30]
    p = parameters()
    usual = p["department.review_months"] + p["department.decision_months"]
    decided = first(events, "takeover decided")
    assert decided.day == pytest.approx(usual * MONTH - 30, abs=2.0)


@pytest.mark.usefixtures("grave")
@pytest.mark.parametrize("what", ["trust_since", "trust_decided"])
def test_a_council_with_a_trust_is_let_be(what: str):
    facts = {
        **SLOW,
        "department.review_share": 1.0,
        "trust.failure_rate": 0.0,
        "trust.hand_back_rate": 0.0,
    }
    place = only_council(first_inadequate_date=-700, **{what: -300})
    found = set(kinds(story(place, facts=facts)))
    assert found <= {"failure began", "trust opened"}


@pytest.mark.usefixtures("grave")
def test_a_service_that_comes_back_while_inadequate_is_looked_at_again():
    facts = {**SLOW, "trust.hand_back_rate": 5.0, "trust.failure_rate": 0.0}
    place = only_council(first_inadequate_date=-700, trust_since=-300)
    events = story(place, days=2000, facts=facts)
    back = first(events, "trust handed back")
    assert first(events, "commissioner review").day > back.day


def test_nothing_begins_twice_in_a_whole_country():
    """On 1 April 2018: no notice or review in the run's first month for the councils that had a
    commissioner or a trust."""
    place = england(START)
    helped = (place.commissioner_since > 0) | (place.trust_since > 0) | (place.trust_decided > 0)
    settings = world(1, start=START, days=60, events=True, regime__name="as_practised",
                     ofsted__framework="ILACS", **PLENTY)  # fmt: skip
    country: England = institutions([settings]).countries[0]
    assert (helped & (place.grade == 1)).sum() >= 4
    for event in country.log.events:
        if event.council >= 0 and helped[event.council] and event.day >= 0:
            assert event.kind not in ("notice issued", "direction issued", "commissioner review")


@pytest.mark.data
def test_september_2024_goes_on_where_the_record_stops():
    """Sefton's commissioner stays, Tameside's and Halton's reviews end, Bradford keeps its trust,
    Worcestershire's ends as decided, Solihull's partner stays, and Nottingham, judged two years
    before, has its notice."""
    place = england(date(2024, 9, 1))
    settings = world(1, start=place.date, days=300, events=True,
                     regime__name="as_practised", ofsted__framework="ILACS",
                     **NEVER_SEEN, **PLENTY)  # fmt: skip
    events = institutions([settings]).countries[0].log.events
    told = by_council(events, *STEPS, "trust opened", "service returned")

    def of_place(name: str) -> list[Event]:
        return told.get(place.names.index(name), [])

    for name in ("Sefton", "Tameside", "Halton", "Solihull", "Bradford"):
        assert "notice issued" not in kinds(of_place(name)), name
    for name in ("Tameside", "Halton"):
        (review,) = [e for e in of_place(name) if e.kind == "commissioner review"]
        assert -200 < review.day < 0, name
    for name in ("Sefton", "Solihull", "Bradford"):
        assert not [e for e in of_place(name) if e.kind == "commissioner review"], name
    assert first(of_place("Nottingham"), "notice issued").day == 0
    worcestershire = of_place("Worcestershire")
    assert first(worcestershire, "trust handed back").day == 30  # 1 October 2024
    assert first(worcestershire, "service returned").day == 30
    for name in ("Slough", "Sunderland", "Birmingham", "Bradford", "West Northamptonshire"):
        assert first(of_place(name), "trust opened").day < 0, name
