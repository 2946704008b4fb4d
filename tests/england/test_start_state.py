"""1 January 2016: the real councils, with what was decided and under way on that day."""

from __future__ import annotations

import numpy as np
import pytest
from country import build, england, of, world

from sim.england.councils import CARE, PLANS
from sim.england.nation import Batch, Nation


@pytest.fixture(scope="module")
def batch() -> Batch:
    """Nothing has happened yet but what takes effect on the first day itself."""
    built = build([world(1, events=True), world(2, events=True, regime__name="takeover")])
    built.run_until(1e-6)
    return built


@pytest.fixture(params=[0, 1], ids=["no intervention", "takeover"])
def nation(batch: Batch, request: pytest.FixtureRequest) -> Nation:
    return batch.nations[request.param]


def named(flags: np.ndarray) -> set[str]:
    return {england().names[k] for k in np.flatnonzero(flags)}


def test_children_and_staff_are_those_of_the_tables(batch: Batch):
    s, b = batch.state, england()
    for nation in (0, 1):
        assert (s.total(CARE)[nation] == b.children_looked_after).all()
        assert (s.total(PLANS)[nation] == b.protection_plans).all()
        assert (s.children_in_need[nation] == b.children_in_need).all()
        assert s.permanent[nation] == pytest.approx(b.social_workers_fte)
        assert s.agency[nation] == pytest.approx(b.agency_fte)
        assert s.vacancies[nation] == pytest.approx(b.vacancy_fte)
        assert (s.population[nation] == b.population).all()
        assert (s.grade[nation] == b.grade).all()


def test_no_council_starts_with_an_impossible_value(batch: Batch):
    for name, values in vars(batch.state).items():
        assert np.isfinite(values).all(), name
    for name, values in vars(batch.traits).items():
        assert np.isfinite(np.asarray(values)).all(), name
    s = batch.state
    positive = (s.posts, s.posts_base, s.budget, s.other, s.early_help, s.pressure, s.caseload)
    assert all((values > 0.0).all() for values in positive)


def test_a_usual_year_costs_what_was_published(batch: Batch):
    """Staff, agency, placements, early help and the rest make the published spending, but
    where the parts known apart exceed it."""
    s, b = batch.state, england()
    p = batch.p
    parts = (
        s.permanent * p["money.staff_cost"]
        + s.agency * p["money.agency_cost"]
        + s.total(CARE) * s.placement_price
        + s.early_help
        + s.other
    )[0]
    assert parts.sum() == pytest.approx(b.spend_total.sum(), rel=0.03)
    assert np.median(np.abs(parts / b.spend_total - 1.0)) < 0.01


def test_74_first_reports_are_published(nation: Nation):
    grade = nation.state.grade[nation.index]
    assert (grade > 0).sum() == 74
    assert (grade == 1).sum() == len(nation.department.cases) == (england().grade == 1).sum()


def test_two_trusts_are_open_and_one_is_being_set_up(nation: Nation):
    s, n = nation.state, nation.index
    assert named(s.contracted[n]) == {"Doncaster", "Slough"}
    assert named(s.attention_transition[n]) == {"Sunderland"}
    assert named(np.array(nation.committed)) == {"Doncaster", "Slough", "Sunderland"}
    opened = of(nation.log.events, "trust opened", n)
    assert {england().names[event.council] for event in opened} == {"Doncaster", "Slough"}
    assert all(event.day < 0 for event in opened)
    assert nation.trusts.opened == 0


def test_commissioners_appointed_before_are_in_post(nation: Nation):
    came = of(nation.log.events, "commissioner appointed", nation.index)
    # Slough's and Sunderland's came before their trusts; Sandwell's with those of December 2015.
    assert {england().names[event.council] for event in came} == {
        "Birmingham",
        "Norfolk",
        "Rotherham",
        "Sandwell",
        "Slough",
        "Sunderland",
    }
    assert all(event.day < 0 for event in came)
    for event in came:
        assert nation.state.rate_support[nation.index, event.council] > 0.0


def test_hampshire_runs_the_isle_of_wight_service(nation: Nation):
    s, n = nation.state, nation.index
    assert named(s.attention_lent[n]) == {"Hampshire"}
    assert s.support[n, england().names.index("Isle of Wight")] > 0.0


def test_a_voluntary_company_is_not_an_intervention(nation: Nation):
    s, n = nation.state, nation.index
    for name in ("Kingston upon Thames", "Richmond upon Thames"):
        c = england().names.index(name)
        assert s.contracted[n, c] == 0.0
        assert s.support[n, c] == 0.0
        assert c not in nation.department.cases


def test_ten_inspections_are_under_way(nation: Nation):
    """Nobody is in the field over New Year; those not yet written up hold a lead inspector."""
    b, ofsted = england(), nation.ofsted
    under_way = b.fieldwork_start > 0
    assert under_way.sum() == 10
    assert (b.fieldwork_end[under_way] < b.date.toordinal()).all()
    ended = b.date.toordinal() - b.fieldwork_end[under_way]
    writing = ended < nation.p["ofsted.writing_days"]
    assert writing.sum() == 5
    # Re-inspections that were due already may have set out on the first day.
    team = round(nation.p["ofsted.sif_team"]) - 1
    out, rest = divmod(ofsted.members.capacity - ofsted.members.free, team)
    assert rest == 0
    waiting = int(ofsted.members.waiting > 0)
    assert ofsted.leads.capacity - ofsted.leads.free == 5 + out + waiting


def test_their_reports_come_first(nation: Nation):
    built = build([world(1, days=140, events=True)])
    built.run_until(140)
    published = of(built.nations[0].log.events, "judgement published")
    under_way = set(np.flatnonzero(england().fieldwork_start))
    days = {event.council: event.day for event in published}
    assert under_way <= days.keys()
    assert max(days[c] for c in under_way) <= 84
    # Nobody else's first report can be out before an inspection and its writing up.
    rest = [day for c, day in days.items() if c not in under_way]
    assert all(day > 24 + 7 for day in rest)


def test_a_spell_under_way_began_when_it_was_published(nation: Nation):
    b, today = england(), england().date.toordinal()
    for c, case in nation.department.cases.items():
        begun = b.first_inadequate_date[c] or b.grade_date[c]
        assert case.opened == begun - today
        assert case.opened < 0.0
        assert case.open


def test_first_inspections_still_to_come_are_spread_to_the_end_of_the_round(nation: Nation):
    left = np.flatnonzero((england().grade == 0) & (england().fieldwork_start == 0))
    due = nation.ofsted._first_round(england().date.toordinal())
    assert sorted(due) == left.tolist()
    days = np.sort(list(due.values()))
    assert days[0] > 0.0
    assert days[-1] < 18 * 30.5  # the round was to end in the spring of 2017
    assert np.diff(days) == pytest.approx(np.diff(days)[0])


def test_what_failure_had_added_is_not_added_again(batch: Batch):
    """Referrals, plans, posts and budget of the start year hold a failing council's extra."""
    s, t, b = batch.state, batch.traits, england()
    failing = b.grade == 1
    new = np.maximum(b.referrals, 1.0) * (1.0 - np.clip(b.rereferral_share, 0.02, 0.5))
    assert (t.new_referrals * (1.0 + s.alarm))[0] == pytest.approx(new)
    assert (s.alarm[0] > 0.0).tolist() == failing.tolist()
    assert (s.posts_base[0, failing] < s.posts[0, failing]).all()
    assert (s.posts_base[0, ~failing] == s.posts[0, ~failing]).all()
