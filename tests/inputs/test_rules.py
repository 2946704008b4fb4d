"""Rules in a scenario's file: what is read, and what is wrong with it, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.inputs.files.problems import InputError
from sim.inputs.policy.conditions import FACTS, Conditions
from sim.inputs.policy.rules import STEPS, Rule
from sim.inputs.policy.scenario import Scenario, load_scenario
from tests.helpers.rules import rule, rules_of, scenario_with

pytestmark = pytest.mark.quick

NOTICE = rule("Notice", 'grade = "inadequate"', "notice")
WHOLE = (
    rule(
        "Whole",
        'grade = ["inadequate", "requires improvement"], leadership = "inadequate", '
        'focused_visit = "priority action", region = "London", kind = "London borough", '
        'in_place = "adviser", has_had = ["notice", "partner"], '
        "months_since_judgement = { at_least = 6, below = 60 }, "
        "monitoring_trend = { above = -0.5 }, vacancy = { at_most = 0.3 }, "
        "repeated_failure = false, "
        "any = [{ caseload = { above = 20 } }, { all = [{ deprivation = { above = 0.2 } }] }], "
        'not = { region = "North East" }',
        *("commissioner", 'powers = ["forbid cuts"]', "months = 18", "delay_months = 2"),
        *("from = 2016-03-01", "until = 2019-01-01", 'pools = ["commissioners"]'),
        "again_after_months = 6",
        'escalates = { to = "Then", after_months = 12, '
        "unless = { monitoring_reading = { above = 2 } } }",
    ),
    rule(
        *("Then", "escalation", "programme money", "gbp_per_child = 20", 'for = "posts"'),
    ),
    rule("Threat", 'grade = "none"', "notice", "threat = true"),
    rule("Company", 'grade = "inadequate"', "trust company", "review = false"),
    rule("Stop", 'grade = "none"', "stop", 'stops = ["adviser", "partner"]'),
)


def bare(scenario: Scenario) -> list[Rule]:
    return [one.model_copy(update={"file": "", "line": 0}) for one in scenario.rules]


def problems_of(*rules: str, head: str = "") -> list[str]:
    with pytest.raises(InputError) as error:
        scenario_with(*rules, head=head)
    return [
        f"{one.where.rsplit(', ', 1)[-1]}: {one.what} / {one.hint}" for one in error.value.problems
    ]


def test_the_text_of_a_scenario_reads_back_to_the_same_rules(tmp_path: Path):
    first = scenario_with(*WHOLE)
    path = tmp_path / "again.toml"
    path.write_text(first.text, encoding="utf-8")
    second = load_scenario(path)
    assert bare(first) == bare(second)
    assert first.text == second.text
    assert first.sha256 == second.sha256
    assert first.sha256 != scenario_with(*WHOLE[:-1]).sha256


def test_a_rule_knows_where_it_stands():
    whole = scenario_with(*WHOLE)
    assert whole.rules[0].place == "mine.toml, line 5"
    assert [one.line for one in whole.rules] == sorted(one.line for one in whole.rules)


def test_rules_put_themselves_in_force_from_the_start():
    scenario = scenario_with(NOTICE, extends="trusts-2016")
    assert {values["regime.name"] for _, values in scenario.timeline()} == {"rules"}


def test_a_change_says_from_when_rules_are_in_force():
    change = (
        '[[change]]\nfrom = 2018-01-01\nlever = "regime.name"\nvalue = "rules"\n'
        'why = "x"\nsource = "x"\n'
    )
    scenario = scenario_with(NOTICE, change, extends="trusts-2016")
    names = [(day.year, values["regime.name"]) for day, values in scenario.timeline()]
    assert names[0][1] == "takeover"
    assert {name for year, name in names if year >= 2018} == {"rules"}


def test_a_childs_rules_take_the_place_of_its_parents(tmp_path: Path):
    parent = tmp_path / "parent.toml"
    parent.write_text('title = "P"\nextends = "no-intervention"\n' + NOTICE, encoding="utf-8")
    child = tmp_path / "child.toml"
    child.write_text('title = "C"\nextends = "parent"\n', encoding="utf-8")
    assert [one.name for one in load_scenario(child).rules] == ["Notice"]
    own = rule("Mine", 'grade = "good"', "adviser")
    child.write_text('title = "C"\nextends = "parent"\n' + own, encoding="utf-8")
    assert [one.name for one in load_scenario(child).rules] == ["Mine"]


def test_rules_that_are_not_there_are_not_in_force():
    for make in (
        lambda: load_scenario("trusts-2016", {"regime.name": "rules"}),
        lambda: load_scenario("trusts-2016").with_(**{"regime.name": "rules"}),
    ):
        with pytest.raises(InputError, match="has no rule"):
            make()


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ('grade = "inadequat"', "did you mean inadequate?"),
        ('grad = "inadequate"', "did you mean grade?"),
        ("vacancy = 0.25", "{ at_least = 0.25 }"),
        ("vacancy = { abov = 0.25 }", "did you mean above?"),
        ("vacancy = { }", "has no bound"),
        ("vacancy = { above = 0.5, below = 0.2 }", "can never hold"),
        ("vacancy = { above = 0.5, at_most = 0.5 }", "can never hold"),
        ("vacancy = { above = nan }", "must be a number, not nan"),
        ('vacancy = { above = "much" }', "must be a number, not text"),
        ('repeated_failure = "yes"', "must be true or false"),
        ("", "holds no condition"),
        ("any = []", "any: is an empty list"),
        ('not = { regoin = "London" }', "did you mean region?"),
        ('all = [{ any = [{ not = { care = "bad" } }] }]', "care"),
        ("grade = 1", "grade"),
    ],
)
def test_what_is_wrong_with_a_condition_is_said(when: str, expected: str):
    (problem,) = problems_of(rule("One", when, "notice"))
    assert expected in problem


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("months = 12",), "\"notice\" takes no 'months'"),
        (('powers = ["forbid cuts"]',), 'it is an option of "commissioner"'),
        (('pools = ["commissioners"]',), "does not draw on commissioners"),
        (('pools = ["comissioners"]',), "did you mean commissioners?"),
        (("delay_months = -1",), "greater than or equal to 0"),
        (("until = 2010-01-01",), "outside the years that can be run"),
        (("from = 2020-01-01", "until = 2019-01-01"), "is not after 2020-01-01"),
        (("from = 2020-02-30",), "not a date in the calendar"),
        (('escalates = { to = "Nobody", after_months = 3 }',), "there is no rule 'Nobody'"),
        (('escalates = { to = "One", after_months = 3 }',), "cannot lead to itself"),
        (('escalates = { to = "One" }',), "has no 'after_months'"),
        (('escalates = { too = "One", after_months = 1 }',), "did you mean to?"),
        (("gbp = 3",), "unknown key 'gbp'"),
        (("again_after_months = 999",), "less than or equal to 120"),
    ],
)
def test_what_is_wrong_with_an_option_is_said(options: tuple[str, ...], expected: str):
    assert any(
        expected in one for one in problems_of(rule("One", 'grade = "good"', "notice", *options))
    )


def test_everything_wrong_in_a_file_is_said_at_once():
    problems = problems_of(
        rule("Same", 'grad = "good"', "notice"),
        rule("Same", 'grade = "good"', "comissioner"),
        rule("Money", 'grade = "goood"', "programme money", 'powers = ["forbid cuts"]'),
        head="colour = 3",
    )
    wanted = (
        *("unknown key 'colour'", "did you mean grade?", "has this name too"),
        *("did you mean commissioner?", "did you mean good?", "takes no 'powers'"),
        *("needs 'gbp_per_child'", "needs 'for'"),
    )
    for text in wanted:
        assert any(text in one for one in problems), text


def test_a_name_is_one_line_and_no_other_rules():
    for name, expected in (("", "is empty"), ("x" * 81, "longer than 80"), ("a\\tb", "one line")):
        assert any(expected in one for one in problems_of(rule(name, 'grade = "good"', "notice")))
    assert any(
        "cannot be called" in one
        for one in problems_of(rule("escalation", 'grade = "good"', "notice"))
    )


def test_a_file_may_not_hold_any_number_of_rules():
    rules = [rule(f"Rule {k}", 'grade = "good"', "notice") for k in range(201)]
    assert any("201 rules, more than 200" in one for one in problems_of(*rules))


def test_tables_of_conditions_may_stand_by_themselves():
    (one,) = rules_of(
        NOTICE.replace('when = { grade = "inadequate" }\n', "")
        + '[rule.when]\ngrade = "inadequate"\n[rule.when.vacancy]\nabove = 0.2\n'
    )
    assert one.when is not None
    assert one.when.as_toml() == {"grade": "inadequate", "vacancy": {"above": 0.2}}


def test_everything_in_the_vocabulary_is_described():
    assert all(field.description for field in Conditions.model_fields.values())
    hidden = ("name", "file", "line")
    assert all(field.description for name, field in Rule.model_fields.items() if name not in hidden)
    assert all(step.meaning for step in STEPS.values())
    assert len(FACTS) == len(Conditions.model_fields) - 3
