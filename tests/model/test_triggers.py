"""What brings the department in: by hand, a report at a time."""

from __future__ import annotations

import pytest

from sim.inputs.policy.levers import LEVERS
from sim.model.batch_result import Event
from sim.model.council import KeyGrades
from sim.model.england import England
from sim.model.institutions.department import TRIGGERS
from sim.model.institutions.ofsted import Judgement
from sim.model.simulation import Batch
from tests.helpers.small_england import build, england, of, spells_of, world

pytestmark = pytest.mark.quick

# A council that was good and whose inspections are far away.
COUNCIL = next(c for c, grade in enumerate(england().grade) if grade == 3)
NOTHING = KeyGrades(2, 2, 2)
PROTECTION, CARE, LEADERSHIP = KeyGrades(1, 2, 2), KeyGrades(3, 1, 2), KeyGrades(2, 3, 1)
TWO, ALL = KeyGrades(2, 1, 1), KeyGrades(1, 1, 1)


def country_with(trigger: str) -> Batch:
    """A country of which Ofsted publishes only what a test says."""
    given = {"regime__name": "commissioner", "regime__trigger": trigger, "pool__commissioners": 50}
    return build([world(1, days=1400, events=True, ofsted__capacity=0.0, **given)])


def publish(batch: Batch, day: float, keys: KeyGrades) -> England:
    """A report of the council, on a day after those before it."""
    (country,) = batch.countries
    country.env.run(until=day)
    judgement = Judgement(keys.overall, "leadership", keys, stands_in=False)
    country.ofsted._publish(country.councils[COUNCIL], judgement, None)
    return country


def happened(country: England) -> list[Event]:
    return [event for event in country.log.events if event.council == COUNCIL and event.day > 0]


def kinds(country: England) -> set[str]:
    return {event.kind for event in happened(country)}


def test_every_choice_of_the_lever_has_its_rule() -> None:
    assert set(LEVERS["regime.trigger"].choices) == set(TRIGGERS)


@pytest.mark.parametrize(
    ("trigger", "acted_on"),
    [
        ("inadequate", (PROTECTION, CARE, LEADERSHIP, TWO, ALL)),
        ("two_key_judgements", (TWO, ALL)),
        ("protection_or_leadership", (PROTECTION, LEADERSHIP, TWO, ALL)),
        ("leadership", (LEADERSHIP, TWO, ALL)),
    ],
)
def test_which_reports_bring_the_department_in(
    trigger: str, acted_on: tuple[KeyGrades, ...]
) -> None:
    for keys in (PROTECTION, CARE, LEADERSHIP, TWO, ALL):
        batch = country_with(trigger)
        country = publish(batch, 10.0, keys)
        case = country.department.cases[COUNCIL]
        assert case.key_grades == keys
        assert case.all_key_inadequate == (keys == ALL)
        assert (case.brought_in == 10.0) == (keys in acted_on)
        batch.run_until(400.0)
        assert ("notice issued" in kinds(country)) == (keys in acted_on)
        assert ("trigger not met" in kinds(country)) == (keys not in acted_on)
        # The council is inadequate either way: partners and staff hear of it.
        assert "failure began" in kinds(country)
        assert country.councils[COUNCIL].inadequate


def test_nothing_is_done_until_a_report_meets_the_trigger() -> None:
    batch = country_with("two_key_judgements")
    publish(batch, 10.0, PROTECTION)
    country = publish(batch, 500.0, CARE)
    batch.run_until(700.0)
    assert not kinds(country) & {"notice issued", "commissioner appointed"}
    assert [e.day for e in happened(country) if e.kind == "trigger not met"] == [10, 500]
    assert country.department.cases[COUNCIL].route == "none"
    country = publish(batch, 800.0, TWO)
    batch.run_until(1300.0)
    (notice,) = [e for e in happened(country) if e.kind == "notice issued"]
    assert 800 < notice.day < 900
    assert country.department.cases[COUNCIL].route == "commissioner"
    # One spell, since the first of the three reports.
    assert country.department.cases[COUNCIL].opened == 10.0


def test_a_spell_that_nobody_acted_on_counts_and_ends() -> None:
    batch = country_with("two_key_judgements")
    publish(batch, 10.0, CARE)
    country = publish(batch, 900.0, NOTHING)
    assert COUNCIL not in country.department.cases
    result = batch.run()
    (spell,) = [s for s in spells_of(result) if s.council == COUNCIL]
    assert (spell.started, spell.ended, spell.exit_grade) == (10, 900, 2)
    assert spell.route == "none"


def test_a_case_that_is_acted_on_stays_so() -> None:
    """A later report that does not meet the trigger stops nothing that has begun."""
    batch = country_with("protection_or_leadership")
    publish(batch, 10.0, LEADERSHIP)
    country = publish(batch, 600.0, CARE)
    assert country.department.cases[COUNCIL].brought_in == 10.0
    assert "trigger not met" not in kinds(country)
    assert country.department.cases[COUNCIL].key_grades == CARE


def test_what_had_failed_before_the_start_has_been_acted_on() -> None:
    batch = country_with("two_key_judgements")
    (country,) = batch.countries
    opened = country.department.cases
    assert len(opened) == (england().grade == 1).sum()
    assert all(case.brought_in == case.opened for case in opened.values())
    batch.run_until(60.0)
    assert len(of(country.log.events, "notice issued")) > 0
