"""Rules that can never act, undo each other or go round in a circle are refused."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path

import pytest

from sim.inputs.files.problems import InputError
from sim.inputs.policy.conditions import Conditions
from sim.inputs.policy.reachability import MOST_WORK, _Space
from sim.inputs.policy.scenario import load_scenario

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]

HEAD = 'title = "Mine"\n\n[england]\nstart = 2024-09-01\nyears = 10\n'
FAILED = '{ grade = "inadequate" }'
NARROW = '{ grade = "inadequate", leadership = "inadequate" }'


def rule(name: str, when: str, do: str, *more: str) -> str:
    lines = [f'name = "{name}"', f"when = {when}", f'do = "{do}"', 'why = "w"', 'source = "s"']
    return "\n".join(["", "[[rule]]", *lines, *more, ""])


def leads(to: str, months: int = 6) -> str:
    return f'escalates = {{ to = "{to}", after_months = {months} }}'


def problems_of(folder: Path, text: str) -> list[str]:
    """What is wrong with a file of these rules, without its folder."""
    path = folder / "mine.toml"
    path.write_text(HEAD + text)
    try:
        load_scenario(path)
    except InputError as error:
        return [str(problem).replace(f"{folder}/", "") for problem in error.problems]
    return []


UNSOUND = {
    "second-notice": (
        rule("Notice", FAILED, "notice") + rule("Again", NARROW, "notice"),
        "line 14, when: “Again” can never act: “Notice” (mine.toml, line 7) always comes first",
    ),
    "two-cover-the-third": (
        rule("London", '{ grade = "inadequate", region = "London" }', "notice")
        + rule("Elsewhere", '{ grade = "inadequate", not = { region = "London" } }', "notice")
        + rule("All", FAILED, "notice"),
        "“London” (mine.toml, line 7) and “Elsewhere” (mine.toml, line 14) always come first",
    ),
    "control-is-taken": (
        rule("One", FAILED, "commissioner") + rule("Two", NARROW, "trust company"),
        "“Two” can never act",
    ),
    "not-a-share": (
        rule("Staff", "{ vacancy = { above = 25 } }", "adviser"),
        "no vacancy is like that\n    vacancy is a share from 0 to 1, as 0.25 for a quarter",
    ),
    "not-a-share-among-others": (
        rule(
            "Staff",
            '{ grade = "good", any = [{ vacancy = { above = 25 } }, { care = "good" }] }',
            "adviser",
        ),
        "“Staff” asks for what can never be: no vacancy is like that",
    ),
    "excluded": (
        rule("Never", '{ grade = "good", not = { grade = ["good", "inadequate"] } }', "adviser"),
        "its conditions exclude each other",
    ),
    "excluded-number": (
        rule(
            "Never",
            "{ caseload = { above = 20 }, all = [{ caseload = { at_most = 20 } }] }",
            "adviser",
        ),
        "its conditions exclude each other",
    ),
    "no-such-council": (
        rule("Never", '{ region = "London", kind = "county" }', "adviser"),
        "its conditions exclude each other",
    ),
    "of-a-failure": (
        rule("Never", '{ grade = "good", months_inadequate = { at_least = 6 } }', "adviser"),
        "months_inadequate: only of a council judged inadequate",
    ),
    "takeover-before-failure": (
        rule("Early", '{ grade = "requires improvement" }', "trust company"),
        "taken over only where the council is judged inadequate",
    ),
    "nothing-before": (
        rule("Later", '{ has_had = "commissioner" }', "adviser"),
        'no rule of the file does "commissioner"',
    ),
    "exception-that-is-never-so": (
        rule(
            "Notice",
            FAILED,
            "notice",
            leads("Next")[:-2] + ", unless = { vacancy = { above = 2 } } }",
        )
        + rule("Next", '"escalation"', "adviser"),
        "“Notice” has an exception that is never so: no vacancy is like that",
    ),
    "led-to-by-nobody": (
        rule("Alone", '"escalation"', "adviser"),
        "line 7, when: “Alone” can never act: no rule leads to it",
    ),
    "circle": (
        rule("A", FAILED, "notice", leads("B"))
        + rule("B", '"escalation"', "adviser", leads("C"))
        + rule("C", '"escalation"', "commissioner", leads("B")),
        "line 23, escalates: the escalation has no end: “B” -> “C” -> “B”",
    ),
    "taken-and-handed-back": (
        rule("Take", FAILED, "trust company") + rule("Back", FAILED, "hand back"),
        "line 7, do: “Take” is undone at once by “Back” (mine.toml, line 14)",
    ),
    "handed-back-because-taken": (
        rule("Take", FAILED, "trust company")
        + rule("Back", '{ in_place = "trust company" }', "hand back"),
        "“Take” is undone at once by “Back”",
    ),
    "stopped": (
        rule("Send", NARROW, "commissioner") + rule("Stop", FAILED, "stop"),
        "“Send” is undone at once by “Stop”",
    ),
    "over-before-the-start": (
        rule("Old", FAILED, "notice", "until = 2024-09-01"),
        "line 7, until: “Old” can never act: it ends on 2024-09-01, and the scenario begins on "
        "2024-09-01",
    ),
    "after-the-end": (
        rule("Late", FAILED, "notice", "from = 2034-09-01"),
        "line 7, from: “Late” can never act: it begins on 2034-09-01, and the scenario ends on "
        "2034-09-01",
    ),
    "before-the-start": (
        rule("Early", FAILED, "notice", "from = 2024-08-31"),
        "line 7, from: 2024-08-31 is before the start of the scenario, 2024-09-01",
    ),
    "no-such-pool": (
        rule("Send", FAILED, "commissioner", 'pools = ["comissioners"]'),
        "did you mean commissioners?",
    ),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_unsound_rules_are_one_clear_message(tmp_path: Path, name: str) -> None:
    text, expected = UNSOUND[name]
    (problem,) = problems_of(tmp_path, text)
    assert expected in problem


SOUND = {
    "one-after-the-other": rule("Notice", FAILED, "notice") + rule("Adviser", FAILED, "adviser"),
    "narrower-first": rule("Narrow", NARROW, "notice") + rule("Wide", FAILED, "notice"),
    "the-first-ends": rule("One", FAILED, "commissioner", "months = 12")
    + rule("Two", NARROW, "trust company"),
    "the-first-gives-way": rule("One", FAILED, "commissioner", leads("Two"))
    + rule("Two", NARROW, "trust company"),
    "the-first-is-stopped": rule("One", FAILED, "commissioner")
    + rule("Two", NARROW, "trust company")
    + rule("Stop", "{ months_inadequate = { above = 24 } }", "stop", 'stops = ["commissioner"]'),
    "the-first-begins-later": rule("One", FAILED, "notice", "from = 2026-01-01")
    + rule("Two", FAILED, "notice"),
    "before-failure": rule("One", '{ grade = "good" }', "adviser")
    + rule("Two", '{ grade = "good", vacancy = { above = 0.3 } }', "adviser"),
    "back-when-better": rule("Take", FAILED, "trust company")
    + rule("Back", '{ grade = ["good", "outstanding"] }', "hand back"),
    "back-in-time": rule("Take", FAILED, "trust company")
    + rule("Back", "{ months_inadequate = { above = 36 } }", "hand back"),
    "stopped-in-part": rule("Send", FAILED, "commissioner")
    + rule("Stop", '{ region = "London" }', "stop"),
    "not-of-a-failure": rule(
        "Good", '{ grade = "good", not = { monitoring_trend = { above = 0 } } }', "adviser"
    ),
    "a-chain": rule("A", FAILED, "notice", leads("B"))
    + rule("B", '"escalation"', "adviser", leads("C"))
    + rule("C", '"escalation"', "commissioner"),
    "a-borough": rule("L", '{ region = "Inner London", kind = "London borough" }', "adviser"),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_rules_are_let_be(tmp_path: Path, name: str) -> None:
    assert problems_of(tmp_path, SOUND[name]) == []


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    names = ("not-a-share", "excluded", "led-to-by-nobody", "circle", "before-the-start")
    assert len(problems_of(tmp_path, "".join(UNSOUND[name][0] for name in names))) == len(names)


def test_nothing_is_said_of_what_a_rule_that_cannot_be_read_might_do(tmp_path: Path) -> None:
    """One problem, and not a second that would go with the first."""
    leading = rule("First", FAILED, "notice", leads("Second"), 'wrong = "key"')
    (problem,) = problems_of(tmp_path, leading + rule("Second", '"escalation"', "adviser"))
    assert "unknown key 'wrong'" in problem
    stops = rule("Stop", "{ months_inadequate = { above = 12 } }", "stop", 'wrong = "key"')
    (problem,) = problems_of(tmp_path, UNSOUND["control-is-taken"][0] + stops)
    assert "unknown key 'wrong'" in problem


def test_a_shorter_run_need_not_reach_every_rule(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + rule("Late", FAILED, "notice", "from = 2030-01-01"))
    assert load_scenario(path, years=2).rules
    path.write_text(path.read_text().replace("years = 10", "years = 2"))
    with pytest.raises(InputError, match="the scenario ends on"):
        load_scenario(path)


def test_dates_of_a_parents_rules_are_the_parents_own(tmp_path: Path) -> None:
    (tmp_path / "parent.toml").write_text(
        HEAD.replace("2024-09-01", "2020-01-01")
        + rule("Old", FAILED, "notice", "until = 2022-01-01")
    )
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\nextends = "parent"\n[england]\nstart = 2024-01-01\nyears = 2\n'
    )
    assert [one.until for one in load_scenario(path).rules] == [date(2022, 1, 1)]


def test_cases_are_those_in_which_a_table_holds() -> None:
    """Against every combination of values, table by table, held or not."""
    tables = [
        {"grade": "good", "leadership": ["good", "outstanding"]},
        {"not": {"grade": "good", "care": "inadequate"}},
        {"any": [{"grade": "good"}, {"caseload": {"above": 20, "at_most": 30}}]},
        {"not": {"any": [{"caseload": {"below": 20}}, {"in_place": ["notice", "adviser"]}]}},
        {"all": [{"repeated_failure": True}, {"not": {"repeated_failure": False}}], "care": "good"},
    ]
    councils = [
        dict(
            zip(
                ("grade", "care", "leadership", "caseload", "repeated", "help"), values, strict=True
            )
        )
        for values in product(
            ("inadequate", "good"),
            ("inadequate", "good"),
            ("inadequate", "good"),
            (None, 10.0, 20.0, 25.0, 30.0, 31.0),
            (True, False),
            ((), ("notice",), ("adviser", "partner")),
        )
        if not (values[4] and values[0] == "good")
    ]
    for table in tables:
        conditions = Conditions.model_validate(table)
        space = _Space([])
        points = {"caseload": (20.0, 30.0)}
        space._lines["caseload"] = type(space._lines["caseload"])(points["caseload"])
        space._every["caseload"] = space._lines["caseload"].values
        for council, holds in product(councils, (True, False)):
            cases = space.cases(conditions, holds=holds)
            assert any(fits(space, case, council) for case in cases) == (
                really(table, council) == holds
            ), (table, council, holds)


def fits(space: _Space, case: dict, council: dict) -> bool:
    """Whether a council is one of a case."""
    for (name, word), values in case.items():
        if name == "in_place":
            place = 0 if word in council["help"] else 1
        elif name == "repeated_failure":
            place = 0 if council["repeated"] else 1
        elif name == "caseload":
            number, at = council["caseload"], space._lines["caseload"].at
            place = 2 * len(at) + 1
            if number is not None:
                place = sum(2 if number > point else 1 if number == point else 0 for point in at)
        else:
            order = ("inadequate", "requires improvement", "good", "outstanding")
            place = order.index(council[name])
        if not values >> place & 1:
            return False
    return True


def really(table: dict, council: dict) -> bool:
    """What a table says of a council, read word by word."""
    checks = {
        "above": lambda a, b: a > b,
        "below": lambda a, b: a < b,
        "at_least": lambda a, b: a >= b,
        "at_most": lambda a, b: a <= b,
    }
    for key, wanted in table.items():
        if key == "any":
            holds = any(really(one, council) for one in wanted)
        elif key == "all":
            holds = all(really(one, council) for one in wanted)
        elif key == "not":
            holds = not really(wanted, council)
        elif key == "repeated_failure":
            holds = council["repeated"] == wanted
        elif key == "caseload":
            number = council["caseload"]
            holds = number is not None and all(checks[k](number, b) for k, b in wanted.items())
        elif key == "in_place":
            holds = (
                not {wanted, *()}.isdisjoint(council["help"])
                if isinstance(wanted, str)
                else bool({*wanted} & {*council["help"]})
            )
        else:
            holds = council[key] in ([wanted] if isinstance(wanted, str) else wanted)
        if not holds:
            return False
    return True


def test_two_hundred_long_rules_take_no_more_than_a_set_amount_of_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would take long is not settled, and nothing is refused because of it."""
    counts: list[int] = []
    count = _Space._count

    def counting(space: _Space) -> None:
        counts.append(1)
        count(space)

    monkeypatch.setattr(_Space, "_count", counting)

    def when(number: int) -> str:
        many = ", ".join(
            f'{{ grade = "inadequate", vacancy = {{ above = 0.{j + number % 60} }} }}'
            for j in range(10, 30)
        )
        few = ", ".join(f"{{ caseload = {{ above = {j + number} }} }}" for j in range(10))
        return f"{{ any = [{many}], not = {{ any = [{few}] }} }}"

    text = "".join(
        rule(f"R{n}", when(n), "commissioner" if n % 2 else "notice") for n in range(200)
    )
    assert problems_of(tmp_path, text) == []
    # One more for each table or pair that is then let be.
    assert MOST_WORK < len(counts) < MOST_WORK + 50_000
