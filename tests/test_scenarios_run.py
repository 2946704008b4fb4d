"""Every scenario that comes with the program runs."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.policy.scenario import Scenario, list_scenarios, load_scenario
from sim.model.batch_result import BatchResult, Event
from sim.model.settings import CountrySettings
from tests.helpers.small_england import england, part, run

pytestmark = pytest.mark.standard

NAMES = [listed.name for listed in list_scenarios()]
DAYS = 896  # to the summer of 2018: past the pause of 2017, the new framework, new levers
COUNCILS = 4  # one council in so many
PRACTISED = "as-practised-2024"
# What people argue for now, each in a file that can be read at a glance.
PROPOSALS = load_scenario(PRACTISED).compare_with
MOST_LINES = 25
# A reading of the end of the overall grade by which nothing changes, as its file says.
AS_BEFORE = "any-key-judgement-2024"


def shortened(name: str) -> Scenario:
    scenario = load_scenario(name)
    return scenario.with_(end=scenario.start + timedelta(days=DAYS))


@cache
def lived(start: date) -> tuple[list[str], BatchResult]:
    """All scenarios that start on a date, in one batch, and whose each country is."""
    found = [one for one in map(shortened, NAMES) if one.start == start]
    parameters = load_ledger().central()
    worlds = [
        CountrySettings(
            one.name, one.timeline(), one.start, one.end, k, parameters, True, rules=one.rules
        )
        for one in found
        for k in (1, 2)
    ]
    councils_from = england(start)
    result = run(
        worlds, councils_from=part(councils_from, range(0, len(councils_from.codes), COUNCILS))
    )
    return [world.scenario for world in worlds], result


def is_rule(event: Event) -> bool:
    return event.kind == "rule applied"


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_of_the_program_runs(name: str) -> None:
    """Two replications in a part of the country: everything is reported, and the levers that
    it changes on a date have changed."""
    scenario = shortened(name)
    whose, result = lived(scenario.start)
    countries = [n for n, owner in enumerate(whose) if owner == name]
    assert [result.replications[n] for n in countries] == [1, 2]
    for metric in ("inadequate_council_years", "spend_gbp_m", "caseload", "children_in_need"):
        assert np.isfinite(result.totals[metric][countries]).all()
    before, expected = scenario.timeline()[0][1], set()
    for _, levers in scenario.timeline()[1:]:
        expected |= {lever for lever in levers if levers[lever] != before[lever]}
        before = levers
    for n in countries:
        events = [event for event in result.events if event.country == n]
        told = {e.details["lever"] for e in events if e.kind in ("lever changed", "policy paused")}
        assert told == expected
    applied = {e.details["rule"] for e in result.events if e.country in countries and is_rule(e)}
    assert applied <= {rule.name for rule in scenario.rules}
    assert bool(applied) == bool(scenario.rules)


@pytest.mark.parametrize("name", NAMES)
def test_no_takeover_is_decided_after_its_rule_has_ended(name: str) -> None:
    """Where a scenario stops takeovers, or lets a regime that takes nothing over follow."""
    scenario = shortened(name)
    whose, result = lived(scenario.start)
    decided = {"takeover decided", "control ordered", "control agreed"}
    for event in result.events:
        if whose[event.country] != name or event.kind not in decided:
            continue
        today = scenario.start + timedelta(days=event.day)
        levers = [levers for day, levers in scenario.timeline() if day <= today][-1]
        assert levers["regime.new_trusts_allowed"], event
        assert levers["regime.name"] in ("takeover", "as_practised", "ad_hoc"), event


@pytest.mark.data
@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_says_what_it_is_and_why(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.description.strip()
    file = f"{name}.toml"
    own = [one for one in (*scenario.changes, *scenario.rules) if one.file == file]
    assert own
    for change in own:
        assert change.why.strip()
        assert any(word in change.source for word in ("claim", "evidence", "assumption"))


@pytest.mark.data
def test_scenarios_differ_from_those_they_are_compared_with() -> None:
    for name in NAMES:
        scenario = load_scenario(name)
        for other in map(load_scenario, scenario.compare_with):
            alike = scenario.timeline() == other.timeline() and scenario.rules == other.rules
            assert alike == ({name, other.name} == {PRACTISED, AS_BEFORE}), (name, other.name)


@pytest.mark.data
def test_what_people_argue_for_is_told_shortly_and_from_both_sides() -> None:
    """Ten proposals from one day, each against what is practised: what it is, one line for it and
    one against, all in a file of at most 25 lines."""
    assert len(PROPOSALS) == 10
    practised = load_scenario(PRACTISED)
    for name in PROPOSALS:
        scenario = load_scenario(name)
        assert (scenario.start, scenario.end) == (practised.start, practised.end)
        assert PRACTISED in scenario.compare_with
        assert len(scenario.path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, name
        what, supporters, critics = scenario.description.splitlines()
        assert what
        assert supporters.startswith("For: "), name
        assert critics.startswith("Against: "), name
