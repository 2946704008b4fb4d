"""1 January 2016: the real councils, with what was decided and under way on that day."""

from __future__ import annotations

import numpy as np
import pytest

from sim.inputs.files.dates import LAST_START
from sim.model.england import England
from sim.model.opening_state import begin
from sim.model.settings import Parameters
from sim.model.simulation import Batch
from sim.model.state import CARE, PLANS
from sim.units import DAYS_A_YEAR
from tests.helpers.seed_files import read_rows
from tests.helpers.small_england import SEED, build, england, of, world

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def batch() -> Batch:
    """Nothing has happened yet but what takes effect on the first day itself."""
    built = build([world(1, events=True), world(2, events=True, regime__name="takeover")])
    built.run_until(1e-6)
    return built


@pytest.fixture(params=[0, 1], ids=["no intervention", "takeover"])
def country(batch: Batch, request: pytest.FixtureRequest) -> England:
    return batch.countries[request.param]


def named(flags: np.ndarray) -> set[str]:
    return {england().names[k] for k in np.flatnonzero(flags)}


def test_children_are_those_of_the_tables(batch: Batch):
    s, b = batch.state, england()
    for country in (0, 1):
        assert (s.total(CARE)[country] == b.children_looked_after).all()
        assert (s.total(PLANS)[country] == b.protection_plans).all()
        assert (s.children_in_need[country] == b.children_in_need).all()
        assert (s.population[country] == b.population).all()
        assert (s.grade[country] == b.grade).all()


def test_the_last_start_opens_with_the_last_returns_of_england():
    """England's published totals of 31 March 2024 and 2023-24, summed over the councils of the
    opening state: within two per cent, in every replication."""
    p = Parameters([world(1), world(2)])
    s, _ = begin(england(LAST_START), p, SEED, (1, 2), 7 / DAYS_A_YEAR)
    published = {(row["series"], row["year"]): float(row["value"]) for row in read_rows("national")}
    # What a usual year costs: the budget is what is left of it when the usual overspend is off.
    spending = s.budget * (1.0 + s.failure_money) * (1.0 + p["money.overspend_start"])
    assert s.grade.shape[1] == 153
    for now, before in (
        (s.children_in_need, published["cin_at_31mar", "2024"]),
        (s.total(PLANS), published["cpp_at_31mar", "2024"]),
        (s.total(CARE), published["cla_at_31mar", "2024"]),
        (spending, published["spend_total_cyp_excl_cera_gbp_m_England_published", "2023-24"]),
    ):
        assert now.sum(axis=1) == pytest.approx(before, rel=0.02)


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


def test_74_first_reports_are_published(country: England):
    grade = country.state.grade
    assert (grade > 0).sum() == 74
    assert (grade == 1).sum() == len(country.department.cases) == (england().grade == 1).sum()


def test_two_trusts_are_open_and_one_is_being_set_up(country: England):
    s = country.state
    assert named(s.contracted) == {"Doncaster", "Slough"}
    assert named(s.attention_transition) == {"Sunderland"}
    assert named(np.array([one.committed for one in country.councils])) == {
        "Doncaster",
        "Slough",
        "Sunderland",
    }
    opened = of(country.log.events, "trust opened", country.index)
    assert {england().names[event.council] for event in opened} == {"Doncaster", "Slough"}
    assert all(event.day < 0 for event in opened)
    assert country.department.trusts_opened == 0


def test_commissioners_appointed_before_are_in_post(country: England):
    came = of(country.log.events, "commissioner appointed", country.index)
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
        assert country.state.rate_support[event.council] > 0.0


def test_hampshire_runs_the_isle_of_wight_service(country: England):
    s = country.state
    assert named(s.attention_lent) == {"Hampshire"}
    assert s.support[england().names.index("Isle of Wight")] > 0.0


def test_a_voluntary_company_is_not_an_intervention(country: England):
    s = country.state
    for name in ("Kingston upon Thames", "Richmond upon Thames"):
        c = england().names.index(name)
        assert s.contracted[c] == 0.0
        assert s.support[c] == 0.0
        assert c not in country.department.cases


def test_ten_inspections_are_under_way(country: England):
    """Nobody is in the field over New Year; those not yet written up hold a lead inspector."""
    b, ofsted = england(), country.ofsted
    under_way = b.fieldwork_start > 0
    assert under_way.sum() == 10
    assert (b.fieldwork_end[under_way] < b.date.toordinal()).all()
    ended = b.date.toordinal() - b.fieldwork_end[under_way]
    writing = ended < country.p["ofsted.writing_days"]
    assert writing.sum() == 5
    # Re-inspections that were due already may have set out on the first day.
    team = round(country.p["ofsted.sif_team"]) - 1
    out, rest = divmod(ofsted.members.capacity - ofsted.members.free, team)
    assert rest == 0
    waiting = int(ofsted.members.waiting > 0)
    assert ofsted.leads.capacity - ofsted.leads.free == 5 + out + waiting


def test_their_reports_come_first(country: England):
    built = build([world(1, days=140, events=True)])
    built.run_until(140)
    published = of(built.countries[0].log.events, "judgement published")
    under_way = set(np.flatnonzero(england().fieldwork_start))
    days = {event.council: event.day for event in published}
    assert under_way <= days.keys()
    assert max(days[c] for c in under_way) <= 84
    # Nobody else's first report can be out before an inspection and its writing up.
    rest = [day for c, day in days.items() if c not in under_way]
    assert all(day > 24 + 7 for day in rest)


def test_a_spell_under_way_began_when_it_was_published(country: England):
    b, today = england(), england().date.toordinal()
    for c, case in country.department.cases.items():
        begun = b.first_inadequate_date[c] or b.grade_date[c]
        assert case.opened == begun - today
        assert case.opened < 0.0
        assert case.open


def test_first_inspections_still_to_come_are_spread_to_the_end_of_the_round(country: England):
    left = np.flatnonzero((england().grade == 0) & (england().fieldwork_start == 0))
    due = country.ofsted._first_round()
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
