"""Rules and regimes in plain sentences: every condition and step, by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from sim.inputs.policy.conditions import FACTS, Conditions
from sim.inputs.policy.levers import default_values
from sim.inputs.policy.regime_names import BUILT_IN_REGIMES, known_regimes, regime_words
from sim.inputs.policy.rules import STEPS, PoolName, Power, Rule
from sim.inputs.policy.scenario import list_scenarios, load_scenario
from sim.regimes import available
from sim.report.words.file_words import regimes_in_words, scenario_in_words
from sim.report.words.rule_words import (
    conditions_in_words,
    rule_in_words,
    rules_in_words,
    step_in_words,
)

pytestmark = pytest.mark.quick


def words(**table: Any) -> str:
    return conditions_in_words(Conditions.model_validate(table))


def rule(do: str = "adviser", name: str = "Mine", **more: Any) -> Rule:
    entry = {"name": name, "when": {"grade": "inadequate"}, "do": do, "why": "w", "source": "s"}
    return Rule.model_validate(entry | more)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"grade": "inadequate"}, "the council is judged inadequate"),
        (
            {"grade": ["inadequate", "requires improvement"]},
            "the council is judged inadequate or to require improvement",
        ),
        ({"grade": ["good", "none"]}, "the council is judged good, or has no grade yet"),
        ({"not": {"grade": "good"}}, "the council is not judged good"),
        ({"leadership": "inadequate"}, "leadership is judged inadequate"),
        ({"care": "not known"}, "there is no judgement on care of children looked after"),
        ({"not": {"region": "London"}}, "the council lies outside London"),
        (
            {"region": ["North East", "Yorkshire and The Humber"]},
            "the council lies in the North East or Yorkshire and The Humber",
        ),
        ({"kind": "county"}, "the council is a county"),
        (
            {"focused_visit": "priority action"},
            "the last focused visit asked for priority action",
        ),
        (
            {"months_since_judgement": {"at_least": 6}},
            "at least 6 months have gone by since the judgement",
        ),
        (
            {"not": {"months_inadequate": {"above": 1}}},
            "the council has been judged inadequate for at most 1 month",
        ),
        ({"monitoring_trend": {"above": 0}}, "monitoring readings rise"),
        ({"not": {"monitoring_trend": {"above": 0}}}, "monitoring readings do not rise"),
        (
            {"vacancy": {"above": 0.25, "at_most": 0.5}},
            "more than 25 % and at most 50 % of its posts are vacant",
        ),
        (
            {"not": {"vacancy": {"above": 0.25, "at_most": 0.5}}},
            "at most 25 % or more than 50 % of its posts are vacant",
        ),
        ({"caseload": {"below": 17.5}}, "its social workers hold less than 17.5 cases each"),
        ({"repeated_failure": True}, "the council has failed repeatedly"),
        ({"not": {"repeated_failure": True}}, "the council has not failed repeatedly"),
        (
            {"in_place": ["adviser", "commissioner"]},
            "either an adviser is at work or a commissioner is in post",
        ),
        (
            {"not": {"in_place": ["adviser", "commissioner"]}},
            "no adviser is at work and no commissioner is in post",
        ),
        ({"has_had": "programme money"}, "the council has had programme money in this spell"),
        (
            {"grade": "inadequate", "any": [{"kind": "county"}, {"care": "good"}]},
            "the council is judged inadequate and either the council is a county or care of "
            "children looked after is judged good",
        ),
        (
            {"not": {"grade": "good", "kind": "county"}},
            "either the council is not judged good or the council is not a county",
        ),
        (
            {"any": [{"grade": "good", "kind": "county"}, {"care": "good"}]},
            "either care of children looked after is judged good or (the council is judged good "
            "and the council is a county)",
        ),
    ],
)
def test_conditions_in_words(table: dict[str, Any], expected: str) -> None:
    assert words(**table) == expected


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_has_words_that_differ_where_it_does_not_hold(name: str) -> None:
    kinds = Rule.model_json_schema()["$defs"]["Conditions"]["properties"][name]["anyOf"]
    options: list[Any] = [word for kind in kinds for word in kind.get("enum", ())]
    if not options:
        options = [True, False] if {"type": "boolean"} in kinds else [{"at_least": 0.3}]
    for option in options:
        one, other = words(**{name: option}), words(**{"not": {name: option}})
        assert one != other
        assert "_" not in one + other


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (rule("notice"), "an improvement notice is served"),
        (
            rule("notice", threat=True),
            "an improvement notice is served that says that the service may be taken away",
        ),
        (
            rule("commissioner", powers=["forbid cuts", "replace director"], months=24.0),
            "a commissioner with power to direct is appointed, who forbids cuts and replaces the "
            "director, for 24 months",
        ),
        (
            rule("trust company", pools=["sponsors_charity", "project_teams"]),
            "a new company takes the service on, after a commissioner's review, drawn only from "
            "charities and project teams",
        ),
        (
            rule("sponsor takeover", review=False),
            "a strong council takes control, without a company, at once and without a review",
        ),
        (
            rule("programme money", gbp_per_child=100.0, **{"for": "early help"}),
            "GBP 100 a year for each child under 18 is paid, for early help",
        ),
        (
            rule("stop", stops=["commissioner", "adviser"]),
            "these end: the commissioner and the adviser",
        ),
    ],
)
def test_steps_in_words(one: Rule, expected: str) -> None:
    assert step_in_words(one) == expected


def test_every_step_pool_and_power_has_words() -> None:
    for do, step in STEPS.items():
        more: dict[str, Any] = {"pools": list(step.pools)} if step.pools else {}
        if do == "programme money":
            more = {"gbp_per_child": 1.0, "for": "posts"}
        text = rule_in_words(rule(do, **more))
        assert text.startswith("Mine: where the council is judged inadequate, ")
        assert "_" not in text
        if do == "stop":
            for name in Rule.model_fields["stops"].default:
                assert step_in_words(rule(do, stops=[name])).startswith("these end: ")
    assert {pool for step in STEPS.values() for pool in step.pools} == {*get_args(PoolName)}
    for power in get_args(Power):
        assert step_in_words(rule("commissioner", powers=[power]))


def test_a_rule_says_when_how_long_and_what_follows() -> None:
    first = rule(
        "notice",
        "First",
        delay_months=3.0,
        again_after_months=6.0,
        escalates={"to": "Second", "after_months": 12.0, "unless": {"vacancy": {"below": 0.1}}},
        **{"from": date(2024, 9, 1), "until": date(2027, 3, 31)},
    )
    second = rule("adviser", "Second", when="escalation")
    assert rules_in_words([first, second]) == [
        "First: from 1 September 2024 and before 31 March 2027, where the council is judged "
        "inadequate, 3 months later, an improvement notice is served. It may act on a council "
        "again in the same spell 6 months after its step has ended. If that has not worked 12 "
        "months later, unless less than 10 % of its posts are vacant, “Second” follows.",
        "Second: only where “First” has led to it, an improvement adviser comes, about two days a "
        "month.",
    ]


# Regimes of the program


def test_every_regime_of_the_program_has_words_and_no_other() -> None:
    assert {*BUILT_IN_REGIMES} <= {*available()}
    assert {*available()} <= {*known_regimes()}
    ours = {n for n, one in available().items() if one.__module__.startswith("sim.regimes")}
    assert ours - {"rules"} == {*BUILT_IN_REGIMES}


def test_the_words_of_a_regime_follow_its_levers() -> None:
    levers = default_values()
    assert "6 months to improve" in regime_words("takeover", levers)
    changed = levers | {
        "regime.grace_months": 9.0,
        "regime.persistent_immediate": False,
        "regime.takeover_prefers": "new company",
        "regime.new_trusts_allowed": False,
    }
    text = regime_words("takeover", changed)
    assert "9 months to improve" in text
    assert "gets as long as any other" in text
    assert "by a new company under any sponsor" in text
    assert "While new takeovers are stopped a commissioner directs instead" in text
    for name in BUILT_IN_REGIMES:
        for values in (levers, changed):
            assert not {*"{}_"} & {*regime_words(name, values)}


@pytest.mark.parametrize("name", [listed.name for listed in list_scenarios()])
def test_a_scenario_of_the_program_is_told(name: str) -> None:
    scenario = load_scenario(name)
    text = scenario_in_words(scenario)
    assert text.startswith(f"A scenario, “{scenario.title}”: England from ")
    assert all(name in text for name in scenario.compare_with[:8])


def test_a_regime_is_told_again_where_a_lever_changes_what_it_does(tmp_path: Path) -> None:
    periods = regimes_in_words(load_scenario("trusts-paused-2017"))
    assert [(period.since, period.regime) for period in periods] == [
        ("1 January 2016", "takeover"),
        ("1 January 2017", "takeover"),
    ]
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\n[england]\nstart = 2016-01-01\nyears = 9\n'
        '[[change]]\nfrom = 2018-01-01\nlever = "regime.name"\nvalue = "rules"\nwhy = "w"\n'
        'source = "s"\n[[rule]]\nname = "Help"\nwhen = { grade = "good" }\ndo = "adviser"\n'
        'why = "w"\nsource = "s"\n'
    )
    text = scenario_in_words(load_scenario(path))
    assert "The regime is no_intervention. Nothing beyond what is in place" in text
    assert "From 1 January 2018 the regime is rules. Its one rule is “Help” (an improvement" in text
