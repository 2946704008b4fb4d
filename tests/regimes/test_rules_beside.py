"""Rules that act beside a regime: before failure, and to hand services back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.problems import InputError
from sim.inputs.policy.scenario import load_scenario
from sim.model.batch_result import BatchResult, Event
from sim.model.council import KeyGrades
from sim.model.england import England
from sim.model.institutions.ofsted import Judgement
from sim.model.settings import CountrySettings, LeverValue
from sim.model.simulation import Batch
from tests.helpers.small_england import build, england, part, run, world

pytestmark = pytest.mark.quick

DAYS = 1500
HEAD = 'title = "Mine"\nextends = "as-practised"\n'
BESIDE = """
[[change]]
from   = 2016-01-01
lever  = "regime.with_rules"
value  = true
why    = "before failure"
source = "assumption: a test"
"""
PARTNER = """
[[rule]]
name   = "Partner before failure"
when   = { grade = ["inadequate", "requires improvement"] }
do     = "partner"
why    = "help"
source = "assumption: a test"
"""
BACK = """
[[rule]]
name   = "Back"
when   = { in_place = "trust company" }
do     = "hand back"
from   = 2016-07-01
why    = "services together"
source = "assumption: a test"
"""
SOME = part(england(), range(0, 152, 3))


def settings(folder: Path, text: str, days: int = DAYS, **choices: LeverValue) -> CountrySettings:
    """One country under a scenario of a file."""
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    scenario = load_scenario(file)
    first = scenario.timeline()[0][1]
    levers = ("regime.name", "regime.with_rules", "regime.takeover_prefers")
    chosen = {lever.replace(".", "__"): first[lever] for lever in levers} | choices
    return replace(world(1, days=days, events=True, **chosen), rules=scenario.rules)


def of_rules(result: BatchResult) -> list[Event]:
    return [event for event in result.events if "rule" in event.details]


def test_they_act_before_failure_and_the_regime_after_it(tmp_path: Path) -> None:
    """A rule for every weak council helps those not judged inadequate alone."""
    beside = settings(tmp_path, HEAD + BESIDE + PARTNER)
    alone = settings(tmp_path, 'title = "Mine"\nextends = "as-practised"\n')
    helped, practised = (run([one], councils_from=SOME) for one in (beside, alone))
    applied = [event for event in of_rules(helped) if event.kind == "rule applied"]
    assert applied
    spells = [(s.council, s.started, s.ended or DAYS) for s in helped.spells]
    for event in applied:
        failing = [1 for c, a, b in spells if c == event.council and a < event.day < b]
        assert not failing, event
    # After failure the regime does what it does without rules.
    kinds = {"notice issued", "commissioner review"}
    for result in (helped, practised):
        answered = [e for e in result.events if e.kind in kinds and "rule" not in e.details]
        assert kinds == {event.kind for event in answered}
    assert not of_rules(practised)


def test_a_council_that_fails_loses_the_help_of_before(tmp_path: Path) -> None:
    """The partner hands over and leaves; the regime answers with a notice of its own."""
    batch = build([settings(tmp_path, HEAD + BESIDE + PARTNER, ofsted__capacity=0.0)])
    (country,) = batch.countries
    batch.run_until(300)
    began = [e for e in country.log.events if e.kind == "partner began" and "rule" in e.details]
    council = country.councils[began[0].council]
    fail(batch, country, council.index)
    batch.run_until(900)
    events = [event for event in country.log.events if event.council == council.index]
    later = [event for event in events if event.day >= 300.0]
    assert "partner left" in {event.kind for event in later}
    (notice,) = [event for event in later if event.kind == "notice issued"]
    assert "rule" not in notice.details
    assert not [event for event in later if event.kind == "rule applied"]
    assert council.index in country.department.cases
    assert council.index not in country.department.help_files


def fail(batch: Batch, country: England, council: int) -> None:
    """Ofsted judges a council inadequate on the day the country has reached."""
    judgement = Judgement(1, "leadership", KeyGrades(1, 2, 1), stands_in=False)
    country.ofsted._publish(country.councils[council], judgement, None)


def test_companies_are_taken_back() -> None:
    """From the day of the rule, by the councils that are not judged inadequate."""
    scenario = load_scenario("companies-returned-2024")
    start, end = scenario.start, scenario.start + timedelta(days=1000)
    one = CountrySettings(
        *("test", scenario.timeline(), start, end, 1, load_ledger().central(), True),
        rules=scenario.rules,
    )
    batch = build([one], councils_from=england(start))
    (country,) = batch.countries
    (rule,) = scenario.rules
    assert rule.from_ is not None
    day = (rule.from_ - start).days
    batch.run_until(day - 1)
    under = {c.index for c in country.councils if c.contracted > 0.0}
    sound = under - {*country.department.cases}
    assert sound
    batch.run_until(1000)
    ends = [e for e in country.log.events if e.kind == "trust handed back" and e.day >= day]
    by_rule = {e.council: e.day for e in ends if e.details.get("rule") == rule.name}
    read_by = day + 31  # rules are read each month
    assert {c for c, when in by_rule.items() if when <= read_by} == sound
    assert not {c for c in sound if country.councils[c].contracted > 0.0}


def test_without_the_lever_rules_are_the_regime(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(HEAD + PARTNER, encoding="utf-8")
    first = load_scenario(file).timeline()[0][1]
    assert (first["regime.name"], first["regime.with_rules"]) == ("rules", False)
    file.write_text(HEAD + BESIDE + PARTNER, encoding="utf-8")
    first = load_scenario(file).timeline()[0][1]
    assert (first["regime.name"], first["regime.with_rules"]) == ("as_practised", True)


@pytest.mark.bad_input
def test_there_must_be_rules_to_act_beside(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(HEAD + BESIDE, encoding="utf-8")
    message = "regime.with_rules is true, and the scenario has no rule"
    with pytest.raises(InputError, match=message) as caught:
        load_scenario(file)
    assert "mine.toml, line 4" in str(caught.value)
    with pytest.raises(InputError, match=message):
        load_scenario("as-practised", {"regime.with_rules": "true"})
