"""What rules of a scenario's file do, each condition and each step by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.model.batch_result import Event
from sim.model.council import KeyGrades
from sim.model.england import England
from sim.model.institutions.ofsted import Judgement
from sim.model.settings import CountrySettings
from sim.model.simulation import Batch
from sim.regimes.rulebook.questions import Questions
from tests.helpers.rules import councils_of, country_at_work, rule, ruled
from tests.helpers.small_england import (
    MONTH,
    STILL,
    arrays,
    build,
    by_council,
    england,
    fingerprint,
    institutions,
    of,
    part,
    run,
    world,
)

pytestmark = pytest.mark.quick

PLENTY: dict[str, Any] = {
    "pool__commissioners": 50,
    "pool__sponsors_strong_council": 50,
    "pool__sponsors_charity": 50,
    "pool__sponsors_expert": 50,
    "pool__trust_project_teams": 50,
    "pool__peer_teams": 100,
}
# Two councils inadequate, two that require improvement, four that may lend.
GRADES = [1, 1, 2, 2, 3, 3, 4, 4]
# Nobody inspects: grades stay as they are.
UNSEEN = {"ofsted__capacity": 0.0}
ALWAYS = 'grade = "inadequate"'
BEFORE = 'grade = "requires improvement"'


def lived(*rules: str, days: int = 1500, grades: list[int] = GRADES, **options: Any) -> England:
    """A country of a few councils after some time, in which nobody is inspected."""
    batch = build(
        [ruled(*rules, days=days, **{**PLENTY, **UNSEEN, **options})],
        councils_from=councils_of(grades),
    )
    batch.run_until(days)
    return batch.countries[0]


def events_of(country: England, kind: str) -> list[Event]:
    return of(country.log.events, kind)


def acted(country: England, name: str | None = None) -> list[tuple[int, int]]:
    """Council and day of each time a rule acted."""
    return [
        (event.council, event.day)
        for event in events_of(country, "rule applied")
        if name in (None, event.details["rule"])
    ]


# -- conditions ------------------------------------------------------------------------------------

AN_HUNDRED_DAYS = 100 / MONTH
REGIONS = councils_of(GRADES).regions


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ('grade = "inadequate"', [0, 1]),
        ('grade = ["good", "outstanding"]', [4, 5, 6, 7]),
        ('grade = "none"', []),
        ('leadership = "inadequate"', [0, 1]),
        ('protection = ["inadequate", "requires improvement"]', [0, 1, 2, 3]),
        ('care = "not known"', []),
        ('not = { care = "good" }', [0, 1, 2, 3, 6, 7]),
        ('focused_visit = "none"', list(range(8))),
        ('focused_visit = "priority action"', []),
        ("months_since_judgement = { at_least = 3 }", list(range(8))),
        ("months_since_judgement = { at_least = 4 }", []),
        ("months_inadequate = { above = 3 }", [0, 1]),
        ("not = { months_inadequate = { above = 3 } }", [2, 3, 4, 5, 6, 7]),
        ("monitoring_reading = { above = 0 }", []),
        ("monitoring_trend = { below = 9 }", []),
        ("repeated_failure = true", []),
        ('repeated_failure = false, grade = "inadequate"', [0, 1]),
        ("spending_cut = { above = 0.01 }", []),
        ("spending_cut = { at_least = 0, at_most = 0 }", list(range(8))),
        ('any = [{ grade = "inadequate" }, { grade = "outstanding" }]', [0, 1, 6, 7]),
        ('all = [{ grade = ["good", "outstanding"] }, { not = { grade = "good" } }]', [6, 7]),
        ('not = { any = [{ grade = "good" }, { grade = "outstanding" }] }', [0, 1, 2, 3]),
        ('region = "London"', [c for c, one in enumerate(REGIONS) if one.endswith("London")]),
        ('region = "Inner London"', [c for c, one in enumerate(REGIONS) if one == "Inner London"]),
        ('kind = ["county", "unitary authority"]', []),
        ('kind = "London borough"', list(range(8))),
    ],
)
def test_each_condition_holds_where_it_should(when: str, expected: list[int]):
    country, _ = country_at_work(councils_of(GRADES), rule("One", when, "notice"), **UNSEEN)
    assert sorted(c for c, _ in acted(country)) == expected


@pytest.mark.parametrize(
    ("name", "of_state"),
    [
        (
            "vacancy",
            lambda s: np.maximum(s.posts - s.permanent, 0) / np.maximum(s.posts, s.permanent),
        ),
        ("agency_share", lambda s: s.agency / (s.agency + s.permanent)),
        ("caseload", lambda s: s.caseload),
    ],
)
def test_numbers_of_the_state_are_compared_as_they_are(name: str, of_state: Any):
    place = councils_of(GRADES)
    batch = build([ruled(rule("One", ALWAYS, "notice"))], councils_from=place)
    values = of_state(batch.countries[0].state)
    middle = float(np.sort(values)[3])
    for bound, holds in (
        ("above", values > middle),
        ("at_least", values >= middle),
        ("below", values < middle),
        ("at_most", values <= middle),
    ):
        when = f"{name} = {{ {bound} = {middle!r} }}"
        country, _ = country_at_work(place, rule("One", when, "notice"), **UNSEEN)
        assert sorted(c for c, _ in acted(country)) == np.flatnonzero(holds).tolist()


def test_deprivation_is_that_of_the_council():
    place = councils_of(GRADES, idaci=np.linspace(0.1, 0.3, 8))
    country, _ = country_at_work(place, rule("One", "deprivation = { above = 0.25 }", "notice"))
    assert [c for c, _ in acted(country)] == [6, 7]


def test_what_is_read_for_all_is_what_is_read_for_one():
    # Every rule, over all councils and for each alone.
    conditions = (
        'any = [{ vacancy = { above = 0.15 } }, { caseload = { below = 16 } }], region = "London"',
        'not = { leadership = ["good", "outstanding"] }, agency_share = { at_most = 0.15 }',
        'all = [{ deprivation = { above = 0.1 } }, { not = { kind = "county" } }]',
        "repeated_failure = true",
        'in_place = ["trust company", "commissioner", "peer team", "sponsor takeover"]',
        'not = { has_had = "notice" }, months_since_judgement = { above = 2, below = 30 }',
    )
    rules = [rule(f"Rule {k}", one, "adviser") for k, one in enumerate(conditions)]
    country, desk = country_at_work(england(), *rules, day=200.0)
    assert desk is not None
    desk.facts.renew()
    questions, size = desk._questions, country.size
    for place in range(len(rules)):
        start = questions.lasting[place] & questions.by_grade()[place]
        whole = questions.rest_of_all(place, start)
        assert whole.tolist() == [questions.hold(place, c) for c in range(size)]
        assert 0 < whole.sum() < size


def test_an_earlier_failure_is_a_repeated_one():
    today = england().date.toordinal()
    earlier = np.array([today - 700, 0, 0, 0, 0, 0, 0, 0])
    place = councils_of(GRADES, earlier_inadequate=earlier)
    country, _ = country_at_work(place, rule("One", "repeated_failure = true", "notice"), **UNSEEN)
    assert [c for c, _ in acted(country)] == [0]


def test_a_rule_waits_until_its_months_have_gone_by():
    country = lived(rule("One", "months_inadequate = { at_least = 12 }", "notice"))
    for _, day in acted(country):
        assert 0.0 <= (day + 100) - 12 * MONTH <= MONTH + 1
    assert len(acted(country)) == 2


def test_early_help_cut_within_a_year_is_seen():
    batch = build(
        [ruled(rule("One", "spending_cut = { above = 0.2 }", "notice"), days=500)],
        councils_from=councils_of(GRADES),
    )
    country = batch.countries[0]
    batch.run_until(100)
    country.state.early_help[3] *= 0.7
    batch.run_until(200)
    assert [c for c, _ in acted(country)] == [3]


def test_readings_of_monitoring_visits_and_their_trend():
    rules = (
        rule("Low", "monitoring_reading = { below = 5 }", "adviser"),
        rule("Any trend", "monitoring_trend = { above = -99 }", "notice"),
    )
    batch = build(
        [ruled(*rules, days=1200, ofsted__monitoring_visits=True)],
        councils_from=part(england(), range(0, 152, 2)),
    )
    batch.run_until(1200)
    country = batch.countries[0]
    visits = by_council(country.log.events, "monitoring visit")
    first = {c: events[0].day for c, events in visits.items()}
    second = {c: events[1].day for c, events in visits.items() if len(events) > 1}
    low, trend = dict(acted(country, "Low")), dict(acted(country, "Any trend"))
    assert len(first) > 5
    assert len(second) > 3
    assert {c: low.get(c) for c in first} == first  # on the day
    assert {c: trend[c] for c in second if c in trend} == {
        c: second[c] for c in second if c in trend
    }
    assert trend.keys() <= second.keys()


def test_a_focused_visit_may_end_in_priority_action():
    when = 'focused_visit = "priority action"'
    batch = build(
        [
            ruled(
                *(rule("Notice", when, "notice"), rule("Watch", 'in_place = "notice"', "adviser")),
                days=1500,
                ofsted__framework="ILACS",
            )
        ]
    )
    batch.run_until(1500)
    country = batch.countries[0]
    visits = events_of(country, "focused visit")
    alarms = {(e.council, e.day) for e in visits if e.details["finding"] == "priority action"}
    assert 0 < len(alarms) < len(visits)
    assert {*acted(country, "Notice")} <= alarms
    assert acted(country, "Notice")
    notices = {e.council for e in events_of(country, "notice issued")}
    assert {c for c, _ in acted(country, "Watch")} <= notices


# -- steps -----------------------------------------------------------------------------------------


def test_a_notice_says_that_the_service_may_go_where_the_rule_does():
    plain = lived(rule("Notice", ALWAYS, "notice"), days=400)
    threat = lived(rule("Notice", ALWAYS, "notice", "threat = true"), days=400)
    gain = threat.state.support - plain.state.support
    expected = np.where(plain.state.grade == 1, plain.p["support.threat"], 0.0)
    assert gain == pytest.approx(expected)


def test_an_adviser_stays_for_the_months_of_the_rule():
    country = lived(rule("Adviser", BEFORE, "adviser", "months = 12"), days=300)
    assert country.state.support.tolist() == pytest.approx(
        [0, 0, *[country.p["support.adviser"]] * 2, 0, 0, 0, 0]
    )
    later = lived(rule("Adviser", BEFORE, "adviser", "months = 12"), days=400)
    assert np.abs(later.state.support).max() == pytest.approx(0.0)
    assert [c for c, _ in acted(later)] == [2, 3]


@pytest.mark.parametrize(
    ("powers", "forbids", "replaces"),
    [
        ('["forbid cuts"]', True, False),
        ('["replace director"]', False, True),
        ('["forbid cuts", "order posts", "replace director"]', True, True),
        ("[]", False, False),
    ],
)
def test_a_commissioner_uses_the_powers_of_the_rule(powers: str, forbids: bool, replaces: bool):
    country = lived(
        rule("Commissioner", ALWAYS, "commissioner", f"powers = {powers}"),
        days=300,
        facts={"director.leave_rate": 1e-6, "control.caseload_cap": 1.0},
    )
    assert len(events_of(country, "commissioner appointed")) == 2
    assert len(events_of(country, "cuts forbidden")) == 2 * forbids
    assert len(events_of(country, "director left")) == 2 * replaces
    assert bool(events_of(country, "posts ordered")) == ("order posts" in powers)


def test_a_commissioner_stays_for_the_months_of_the_rule():
    country = lived(rule("Commissioner", ALWAYS, "commissioner", "months = 18"))
    came, left = (
        events_of(country, "commissioner appointed"),
        events_of(country, "commissioner left"),
    )
    assert [e.day for e in left] == pytest.approx([e.day + 18 * MONTH for e in came], abs=1)
    assert country.department.commissioners.free == country.department.commissioners.capacity


def test_a_strong_council_takes_control_and_gives_it_back():
    country = lived(rule("Control", ALWAYS, "sponsor takeover"), days=4000)
    assert len(events_of(country, "commissioner review")) == 2
    assert len(events_of(country, "sponsor took control")) == 2
    assert not events_of(country, "trust set-up began")
    assert not events_of(country, "trust opened")


@pytest.mark.parametrize("pool", ["sponsors_charity", "sponsors_expert", "sponsors_strong_council"])
def test_a_company_has_a_sponsor_of_the_pool_that_the_rule_names(pool: str):
    kind = pool.removeprefix("sponsors_").replace("_", " ")
    country = lived(
        rule("Company", ALWAYS, "trust company", f'pools = ["{pool}"]', "review = false"),
        days=2500,
        facts={"trust.lapse_rate": 0.0, "trust.failure_rate": 0.0, "trust.hand_back_rate": 0.0},
    )
    assert {e.details["sponsor"] for e in events_of(country, "sponsor found")} == {kind}
    assert len(events_of(country, "trust opened")) == 2
    assert not events_of(country, "commissioner review")


def test_a_peer_team_and_a_partner_come_from_strong_councils():
    rules = (rule("Team", ALWAYS, "peer team"), rule("Partner", BEFORE, "partner", "months = 24"))
    country = lived(*rules, days=1300)
    teams, partners = events_of(country, "peer team began"), events_of(country, "partner began")
    assert sorted(e.council for e in teams) == [0, 1]
    assert sorted(e.council for e in partners) == [2, 3]
    strong = {country.councils[c].name for c in (4, 5, 6, 7)}
    assert {e.details["lender"] for e in (*teams, *partners)} <= strong
    left = events_of(country, "partner left")
    assert [e.day for e in left] == pytest.approx([e.day + 24 * MONTH for e in partners], abs=1)


def test_what_a_partner_does_and_takes_is_a_share_of_a_team():
    facts = {"support.peer_useful": 1.0, "support.partner_difference": 0.0}
    halves = lived(
        rule("Partner", BEFORE, "partner"),
        days=500,
        facts={**facts, "support.partner_share": 0.25},
    )
    effect = halves.p["control.effect"] + halves.p["control.peer_deviation"]
    assert halves.state.support[2:4] == pytest.approx(0.25 * effect)
    assert halves.state.rate_support[2:4] == pytest.approx(0.25 * halves.p["support.peer_cost"])
    drain = 0.25 * halves.p["support.peer_drain"]
    assert halves.state.attention_lent.sum() == pytest.approx(2 * drain)


def test_programme_money_is_so_much_a_child():
    help_rule = rule("Money", BEFORE, "programme money", "gbp_per_child = 50", 'for = "early help"')
    country = lived(help_rule, days=100)
    children = country.state.population[2:4]
    assert country.state.programme_help[2:4] == pytest.approx(50 * children / 1e6)
    assert country.state.programme_help[[0, 1, 4, 5, 6, 7]].tolist() == [0.0] * 6
    posts = lived(
        rule("Money", BEFORE, "programme money", "gbp_per_child = 50", 'for = "posts"'), days=100
    )
    share = 50 * children / 1e6 / posts.state.budget[2:4]
    assert posts.state.directed_money[2:4] == pytest.approx(share)


@pytest.mark.parametrize("purpose", ["early help", "posts"])
def test_programme_money_comes_in_and_is_spent(purpose: str):
    days = 84  # before the books are closed
    money = ("programme money", "gbp_per_child = 100", f'for = "{purpose}"')
    worlds = [
        ruled(one, days=days, facts=STILL, **UNSEEN)
        for one in (rule("Money", BEFORE, *money), rule("None", 'grade = "none"', "notice"))
    ]
    batch = build(worlds, councils_from=councils_of(GRADES))
    batch.run()
    paid, plain = (country.state for country in batch.countries)
    came_in = (paid.income - plain.income)[2:4]
    amount = 100 * paid.population[2:4] / 1e6 * days / 365.25
    assert came_in == pytest.approx(amount, rel=0.02)
    if purpose == "early help":
        assert (paid.spend_early_help - plain.spend_early_help)[2:4] == pytest.approx(came_in)
    else:
        share = batch.countries[0].p["money.failure_services_share"]
        services = (paid.spend_other - plain.spend_other)[2:4]
        assert services == pytest.approx(came_in * share, rel=0.02)
        assert (paid.posts > plain.posts).tolist() == [False, False, True, True, *[False] * 4]


def test_the_books_balance_under_every_step():
    rules = (
        rule("Notice", ALWAYS, "notice"),
        rule("Commissioner", ALWAYS, "commissioner", "months = 12"),
        rule("Partner", BEFORE, "partner", "months = 12"),
        rule(
            "Money", BEFORE, "programme money", "gbp_per_child = 60", 'for = "posts"', "months = 24"
        ),
        rule(
            "Help", 'grade = "good"', "programme money", "gbp_per_child = 30", 'for = "early help"'
        ),
    )
    batch = build([ruled(*rules, days=1200)], councils_from=part(england(), range(0, 152, 3)))
    batch.run()
    s = batch.state
    gaps = s.income_reserves + s.income_corporate + s.income_exceptional
    # What is spent has come in, but for the year that is not closed yet.
    open_year = (s.spend - s.opening_spend) - (s.income - s.opening_income)
    assert s.spend - s.income - open_year == pytest.approx(gaps, abs=1e-6)


def test_a_company_gives_the_service_back_where_a_rule_says_so():
    rules = (
        rule("Company", ALWAYS, "trust company", "review = false"),
        rule("Back", 'in_place = "trust company"', "hand back", "from = 2019-01-01"),
    )
    facts = {"trust.lapse_rate": 0.0, "trust.failure_rate": 0.0, "trust.hand_back_rate": 0.0}
    country = lived(*rules, days=2500, facts={**facts, "trust.setup_months": 18.0})
    opened, back = events_of(country, "trust opened"), events_of(country, "trust handed back")
    assert {e.council for e in opened} == {e.council for e in back} == {0, 1}
    new_year = 365 * 3 + 1  # 1 January 2019
    assert all(max(new_year, 0) <= e.day <= new_year + MONTH + 1 or e.day > new_year for e in back)
    assert {e.details["rule"] for e in back} == {"Back"}
    kinds = {e.id: e for e in country.log.events}
    assert all(kinds[e.cause].kind == "rule applied" for e in back)
    assert len(events_of(country, "service returned")) == 2
    assert not any(council.committed for council in country.councils)


def test_control_by_a_strong_council_is_handed_back():
    rules = (
        rule("Control", ALWAYS, "sponsor takeover", "review = false"),
        rule(
            "Back", 'in_place = "sponsor takeover", months_inadequate = { above = 24 }', "hand back"
        ),
    )
    country = lived(*rules, days=1000)
    left = events_of(country, "sponsor left")
    assert len(left) == 2
    assert all(e.day == pytest.approx(24 * MONTH - 100, abs=MONTH + 1) for e in left)
    assert country.state.attention_lent.tolist() == pytest.approx([0.0] * 8)


def test_a_rule_stops_what_others_have_begun():
    rules = (
        rule("Commissioner", ALWAYS, "commissioner"),
        rule("Adviser", ALWAYS, "adviser"),
        rule("Stop", "months_inadequate = { above = 15 }", "stop", 'stops = ["commissioner"]'),
    )
    country = lived(*rules, days=800)
    left = events_of(country, "commissioner left")
    assert len(left) == 2
    assert all(e.day == pytest.approx(15 * MONTH - 100, abs=MONTH + 1) for e in left)
    advised = country.p["support.adviser"]
    assert country.state.support[:2] == pytest.approx(advised)
    assert country.department.commissioners.free == country.department.commissioners.capacity


# -- order, once in a spell, one in control --------------------------------------------------------


def test_a_rule_acts_once_in_a_spell_unless_it_says_when_again():
    once = lived(rule("Adviser", BEFORE, "adviser", "months = 6"), days=1400)
    assert len(acted(once)) == 2
    again = lived(
        rule("Adviser", BEFORE, "adviser", "months = 6", "again_after_months = 6"), days=1400
    )
    for events in by_council(again.log.events, "rule applied").values():
        days = [event.day for event in events]
        assert len(days) == 4
        gaps = np.diff(days) / MONTH
        assert all(11.9 <= gap <= 13.1 for gap in gaps)


def test_a_rule_acts_at_most_once_a_day():
    country = lived(rule("Stop", ALWAYS, "stop", "again_after_months = 0"), days=100)
    assert not acted(country)  # there is nothing to stop
    rules = (
        rule("Adviser", ALWAYS, "adviser", "again_after_months = 0"),
        rule("Stop", 'in_place = "adviser"', "stop", "again_after_months = 0"),
    )
    country = lived(*rules, days=200)
    for events in by_council(country.log.events, "rule applied").values():
        for name in ("Adviser", "Stop"):
            days = [e.day for e in events if e.details["rule"] == name]
            assert len(days) == len({*days})


def test_only_one_takes_control_and_the_first_in_the_file_goes_first():
    commissioner = rule("Commissioner", ALWAYS, "commissioner", "months = 12")
    team = rule("Team", ALWAYS, "peer team", "months = 12")
    for first, second in (
        ((commissioner, team), ("Commissioner", "Team")),
        ((team, commissioner), ("Team", "Commissioner")),
    ):
        country = lived(*first, days=1400)
        for events in by_council(country.log.events, "rule applied").values():
            assert [event.details["rule"] for event in events] == list(second)
            assert events[1].day - events[0].day > 11 * MONTH


def test_a_rule_acts_within_its_dates_alone():
    country = lived(
        rule("Late", ALWAYS, "notice", "from = 2017-01-01"),
        rule("Over", ALWAYS, "adviser", "until = 2016-01-01"),
        rule("Soon over", BEFORE, "adviser", "until = 2016-02-01"),
        days=800,
    )
    assert [day for _, day in acted(country, "Late")] == pytest.approx([366] * 2, abs=MONTH + 1)
    assert min(day for _, day in acted(country, "Late")) >= 366
    assert not acted(country, "Over")
    assert [day for _, day in acted(country, "Soon over")] == [0, 0]


def test_a_delay_comes_before_the_step():
    country = lived(rule("Adviser", BEFORE, "adviser", "delay_months = 6"), days=400)
    assert [day for _, day in acted(country)] == [0, 0]
    days = [e.day for e in events_of(country, "adviser appointed")]
    assert days == pytest.approx([6 * MONTH] * 2, abs=1)


# -- escalation ------------------------------------------------------------------------------------


def escalating(*unless: str) -> tuple[str, str, str]:
    condition = "".join(unless)
    return (
        rule(
            *("Adviser", ALWAYS, "adviser"),
            f'escalates = {{ to = "Commissioner", after_months = 12{condition} }}',
        ),
        rule(
            *("Commissioner", "escalation", "commissioner"),
            'escalates = { to = "Team", after_months = 24 }',
        ),
        rule("Team", "escalation", "peer team", "months = 12"),
    )


def test_what_has_not_worked_leads_to_the_next_rule_and_ends_there():
    country = lived(*escalating(), days=3000)
    for events in by_council(country.log.events, "rule applied").values():
        assert [e.details["rule"] for e in events] == ["Adviser", "Commissioner", "Team"]
        days = [e.day for e in events]
        assert days[1] == pytest.approx(12 * MONTH, abs=1)
        assert days[2] == pytest.approx(36 * MONTH, abs=1)
    # The commissioner gives way on the day; the adviser stays.
    assert [e.day for e in events_of(country, "commissioner left")] == pytest.approx(
        [36 * MONTH] * 2, abs=1
    )
    kinds = {e.id: e for e in country.log.events}
    for event in events_of(country, "rule applied"):
        if event.details["rule"] == "Commissioner":
            assert kinds[event.cause].kind == "adviser appointed"


def test_nothing_follows_while_its_exception_holds():
    held_back = lived(*escalating(', unless = { grade = "inadequate" }'), days=1500)
    assert {*_names(held_back)} == {"Adviser"}
    goes_on = lived(*escalating(', unless = { grade = "good" }'), days=1500)
    assert {*_names(goes_on)} == {"Adviser", "Commissioner", "Team"}


def _names(country: England) -> list[str]:
    return [str(event.details["rule"]) for event in events_of(country, "rule applied")]


def test_a_rule_that_only_another_leads_to_does_not_act_by_itself():
    country = lived(rule("Commissioner", "escalation", "commissioner"), days=800)
    assert not acted(country)


def test_a_circle_of_escalations_ends_in_the_spell():
    rules = (
        rule("A", ALWAYS, "adviser", 'escalates = { to = "B", after_months = 0 }'),
        rule("B", "escalation", "notice", 'escalates = { to = "A", after_months = 0 }'),
    )
    country = lived(*rules, days=900)
    assert len(acted(country, "A")) == len(acted(country, "B")) == 2


def test_an_escalation_ends_with_the_case():
    country = run_to_the_end(
        rule("Notice", ALWAYS, "notice", 'escalates = { to = "Commissioner", after_months = 30 }'),
        rule("Commissioner", "escalation", "commissioner"),
    )
    over = {(e.council, e.day) for e in of(country.log.events, "failure ended")}
    assert over
    spells = by_council(country.log.events, "failure began", "failure ended", "rule applied")
    for story in spells.values():
        in_case = False
        for event in story:
            if event.kind == "failure began":
                in_case = True
            elif event.kind == "failure ended":
                in_case = False
            elif event.details["rule"] == "Commissioner":
                assert in_case


def run_to_the_end(*rules: str, days: int = 2500, **options: Any) -> England:
    """A country in which only institutions live, inspected as usual."""
    batch = institutions([ruled(*rules, days=days, **{**PLENTY, **options})])
    return batch.countries[0]


# -- before failure --------------------------------------------------------------------------------


def failing_later(*rules: str) -> tuple[Batch, England]:
    """A small country in which council 2 is judged inadequate on day 200."""
    batch = build(
        [ruled(*rules, days=1500, **{**PLENTY, **UNSEEN})], councils_from=councils_of(GRADES)
    )
    batch.run_until(200)
    return batch, batch.countries[0]


def judge(country: England, c: int, grade: int) -> None:
    """Publish a full report on a council today."""
    keys = KeyGrades(grade, grade, grade)
    country.ofsted._publish(country.councils[c], Judgement(grade, "leadership", keys, False), None)


def test_help_before_failure_goes_on_under_the_case_and_is_not_begun_twice():
    either = 'grade = ["inadequate", "requires improvement"]'
    batch, country = failing_later(
        rule("Adviser", either, "adviser"), rule("Partner", either, "partner", "months = 60")
    )
    assert 2 in country.department.help_files
    before = len(acted(country))
    judge(country, 2, 1)
    batch.run_until(700)
    assert 2 not in country.department.help_files
    assert len(acted(country)) == before
    assert [one.split("@")[0] for one in country.department.cases[2].tried] == ["adviser"]
    assert country.state.support[2] > 0.0
    judge(country, 2, 2)
    batch.run_until(1400)
    left = [e for e in events_of(country, "partner left") if e.council == 2]
    assert len(left) == 1
    assert country.department.peer_teams.capacity - country.department.peer_teams.free == 4


def test_help_before_failure_ends_with_a_better_report_and_stays_with_one_alike():
    batch, country = failing_later(rule("Adviser", BEFORE, "adviser"))
    judge(country, 2, 2)
    judge(country, 3, 3)
    batch.run_until(260)
    assert country.state.support[2] == pytest.approx(country.p["support.adviser"])
    assert country.state.support[3] == pytest.approx(0.0)
    assert [c for c, _ in acted(country)] == [2, 3]
    assert sorted(country.department.help_files) == [2]


def test_a_takeover_waits_for_a_failure():
    batch, country = failing_later(
        rule("Control", 'grade = ["inadequate", "requires improvement"]', "sponsor takeover")
    )
    assert [c for c, _ in acted(country)] == [0, 1]
    judge(country, 2, 1)
    batch.run_until(202)
    assert [c for c, _ in acted(country)] == [0, 1, 2]


# -- with the rest of the model --------------------------------------------------------------------


def test_pools_are_those_of_everybody():
    rules = (rule("Partner", BEFORE, "partner"), rule("Team", ALWAYS, "peer team"))
    country = lived(
        *rules, days=600, pool__peer_teams=0, facts={"supply.peer_teams": 2.0, "supply.growth": 0.0}
    )
    assert (
        len(events_of(country, "partner began")) + len(events_of(country, "peer team began")) == 2
    )
    assert events_of(country, "peer team awaited")
    assert country.department.peer_teams.free == 0


def test_everybody_goes_home_in_the_end():
    country = run_to_the_end(
        rule("Notice", ALWAYS, "notice"),
        rule("Commissioner", ALWAYS, "commissioner", "months = 12"),
        rule("Partner", BEFORE, "partner", "months = 12", "until = 2018-01-01"),
        rule("Stop", "months_inadequate = { above = 36 }", "stop"),
        days=4000,
    )
    department = country.department
    working = sum(one.commissioner_in_post for one in country.councils)
    assert department.commissioners.capacity - department.commissioners.free == working
    assert department.peer_teams.free == department.peer_teams.capacity
    assert country.state.attention_lent.tolist() == pytest.approx([0.0] * country.size)


def test_the_same_seed_gives_the_same_bytes_whatever_else_is_in_the_batch():
    rules = (
        rule("Notice", ALWAYS, "notice", 'escalates = { to = "Commissioner", after_months = 6 }'),
        rule("Commissioner", "escalation", "commissioner", "months = 24"),
        rule("Partner", f"{BEFORE}, vacancy = {{ above = 0.1 }}", "partner", "months = 12"),
    )
    place = part(england(), range(0, 152, 3))
    mine = [ruled(*rules, replication=k, days=700) for k in (1, 2)]
    other = world(3, days=700, events=True, regime__name="takeover")
    alone = run(mine[1:], councils_from=place)
    among = run([other, *mine], councils_from=place)
    assert fingerprint(alone, 0) == fingerprint(among, 2)


def test_rules_that_never_act_move_no_number():
    place = part(england(), range(0, 152, 3))
    never = ruled(rule("Never", 'grade = "none", not = { grade = "none" }', "adviser"), days=700)
    nothing = world(1, days=700, events=True, regime__name="no_intervention")
    result = run([never, nothing], councils_from=place)
    for (name, mine), (_, theirs) in zip(arrays(result, 0), arrays(result, 1), strict=True):
        assert mine.tobytes() == theirs.tobytes(), name


def test_rules_come_into_force_and_out_of_it_on_a_day():
    settings: CountrySettings = ruled(
        rule("Adviser", BEFORE, "adviser"),
        days=900,
        regime__name="no_intervention",
        later={300: {"regime.name": "rules"}, 600: {"regime.name": "no_intervention"}},
        **UNSEEN,
    )
    batch = build([settings], councils_from=councils_of([1, 1, 2, 3, 3, 3, 4, 4]))
    batch.run_until(650)
    country = batch.countries[0]
    assert acted(country) == [(2, 300)]
    judge(country, 3, 2)  # nobody reads the rules any more
    batch.run_until(800)
    assert acted(country) == [(2, 300)]
    judge(country, 2, 3)  # what has begun ends as it would have
    batch.run_until(850)
    assert country.state.support[2] == pytest.approx(0.0)


# -- a change of the regime ------------------------------------------------------------------------

FOREVER = {"department.commissioner_term_months": 240.0}


def changing(to: str, how: str, *rules: str, days: int = 1000, since: str = "rules") -> England:
    """A country that goes from one regime to another on day 400, in which nobody is inspected."""
    settings = ruled(
        *rules,
        days=days,
        facts=FOREVER,
        regime__name=since,
        regime__open_cases=how,
        later={400: {"regime.name": to}},
        **{**PLENTY, **UNSEEN},
    )
    batch = build([settings], councils_from=councils_of(GRADES))
    batch.run_until(days)
    return batch.countries[0]


@pytest.mark.parametrize(
    ("how", "expected"), [("finish", 18.0), ("wind down", 400 / MONTH), ("hand over", 18.0)]
)
def test_what_rules_have_begun_is_left_as_the_lever_says(how: str, expected: float):
    country = changing(
        *("commissioner", how, rule("Commissioner", ALWAYS, "commissioner", "months = 18")),
        days=1400,
    )
    came = events_of(country, "commissioner appointed")
    first = [event for event in came if event.day < 400]
    left = {event.cause: event.day for event in events_of(country, "commissioner left")}
    assert len(first) == 2
    notice = country.p["department.wind_down_months"] * MONTH
    for event in first:
        if how == "finish":
            assert left[event.id] - event.day == pytest.approx(18 * MONTH, abs=1)
        elif how == "wind down":
            assert left[event.id] == pytest.approx(400 + notice, abs=1)
        else:  # the new regime keeps whom it finds, for as long as it wants one
            assert event.id not in left
    assert len(came) == (2 if how == "hand over" else 4)
    taken_on = {event.council: event.day for event in events_of(country, "case taken on")}
    for event in first:  # what has begun is finished before the next regime begins
        day = left[event.id] if how == "finish" else 400
        assert taken_on[event.council] == pytest.approx(day, abs=1)
    assert country.department.commissioners.capacity - country.department.commissioners.free == 2


@pytest.mark.parametrize("how", ["finish", "wind down", "hand over"])
def test_nothing_of_the_rules_begins_once_another_regime_is_in_force(how: str):
    rules = (
        rule("Adviser", ALWAYS, "adviser", 'escalates = { to = "Team", after_months = 14 }'),
        rule("Team", "escalation", "peer team"),
        rule("Late", ALWAYS, "commissioner", "from = 2017-01-01", "delay_months = 3"),
        rule("Help", BEFORE, "partner", "months = 24"),
    )
    country = changing("no_intervention", how, *rules, days=1500)
    assert acted(country, "Late")
    assert not events_of(country, "commissioner appointed")
    assert not acted(country, "Team")
    assert len(events_of(country, "partner left")) == 2  # help before failure runs its term
    department = country.department
    assert department.commissioners.free == department.commissioners.capacity
    assert department.peer_teams.free == department.peer_teams.capacity


@pytest.mark.parametrize("how", ["finish", "wind down", "hand over"])
def test_rules_take_open_cases_on_from_where_they_stand(how: str):
    rules = (
        rule("Notice", ALWAYS, "notice", 'escalates = { to = "Commissioner", after_months = 6 }'),
        rule("Commissioner", "escalation", "commissioner", "months = 12"),
    )
    country = changing("rules", how, *rules, since="commissioner", days=1500)
    notices = by_council(country.log.events, "notice issued")
    assert {c: len(events) for c, events in notices.items()} == {0: 1, 1: 1}  # not served twice
    pool = country.department.commissioners
    if how == "finish":  # the commissioners of before are still there
        assert not acted(country)
        assert pool.capacity - pool.free == 2
    else:
        assert len(acted(country, "Notice")) == len(acted(country, "Commissioner")) == 2
        assert pool.free == pool.capacity


def test_rules_that_come_into_force_later_know_what_was_reported_before():
    settings = ruled(
        rule("Recent", "months_since_judgement = { below = 7 }", "notice"),
        days=700,
        regime__name="no_intervention",
        later={400: {"regime.name": "rules"}},
        **UNSEEN,
    )
    batch = build([settings], councils_from=councils_of(GRADES))
    batch.run_until(250)
    country = batch.countries[0]
    judge(country, 3, 2)
    batch.run_until(420)
    assert [c for c, _ in acted(country)] == [3]


def test_other_levers_change_without_a_break_in_the_rules():
    plain, changed = (
        build(
            [
                ruled(
                    rule("Commissioner", ALWAYS, "commissioner", "months = 30"),
                    rule("Adviser", ALWAYS, "adviser"),
                    days=1300,
                    later={400: later} if later else None,
                    **{**PLENTY, **UNSEEN},
                )
            ],
            councils_from=councils_of(GRADES),
        )
        for later in ({}, {"regime.grace_months": 12.0, "regime.leader_sites": 1})
    )
    for batch in (plain, changed):
        batch.run_until(1300)
    steps = [
        [(e.council, e.day, e.kind) for e in batch.countries[0].log.events if e.council >= 0]
        for batch in (plain, changed)
    ]
    assert steps[0] == steps[1]


# -- rules that rest ------------------------------------------------------------------------------


def test_rules_that_rest_act_on_the_days_on_which_they_would_if_always_read(monkeypatch):
    """Until what has been noted or the days gone by may lead to it, a rule is not asked again."""
    rules = (
        rule("Notice", ALWAYS, "notice"),
        rule(
            "Order",
            'months_inadequate = { at_least = 6, at_most = 40 }, leadership = "inadequate"',
            "commissioner",
            "months = 9",
            "again_after_months = 2",
            'escalates = { to = "Company", after_months = 6 }',
        ),
        rule("Company", "escalation", "trust company"),
        rule(
            "Partner",
            'any = [{ focused_visit = "priority action" }, { vacancy = { above = 0.2 } }], '
            "not = { months_since_judgement = { at_most = 7 } }",
            "partner",
            "months = 6",
            "again_after_months = 1",
        ),
        rule("Money", 'has_had = "partner", not = { in_place = "adviser" }', "adviser"),
        rule(
            "Watched",
            "any = [{ monitoring_reading = { below = 2 } }, { repeated_failure = true }], "
            "months_inadequate = { above = 12 }",
            "adviser",
        ),
    )
    one = ruled(*rules, days=1800, ofsted__monitoring_visits=True)
    place = part(england(), range(0, 152, 3))
    resting = fingerprint(run([one], councils_from=place), 0)
    asked: list[float | None] = []

    def always(self: Questions, place: int, c: int) -> float | None:
        asked.append(None if (holds := self.hold(place, c)) else -np.inf)
        return None if holds else -np.inf

    monkeypatch.setattr(Questions, "fails_until", always)
    monkeypatch.setattr(Questions, "quick_of_all", lambda self, place, holds: holds)
    assert fingerprint(run([one], councils_from=place), 0) == resting
    assert asked.count(None) > 50
    assert asked.count(-np.inf) > 10 * asked.count(None)
