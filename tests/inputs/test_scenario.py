"""Scenario files: what they resolve to, and how mistakes in them are reported."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.dates import add_years
from sim.inputs.files.problems import InputError
from sim.inputs.policy.levers import LEVERS, Value
from sim.inputs.policy.scenario import list_scenarios, load_comparators, load_scenario
from sim.inputs.policy.scenario_file import Change, merged

pytestmark = pytest.mark.quick

HEAD = 'title = "A scenario"\n\n[england]\nstart = 2016-01-01\nyears = 10\n'


def change(from_: str, lever: str, value: str) -> str:
    return (
        f"\n[[change]]\nfrom = {from_}\nlever = {lever!r}\nvalue = {value}\n"
        'why = "to see"\nsource = "claim 1"\n'
    )


def written(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def problems_of(path: Path | str, **options: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_scenario(path, **options)  # type: ignore[arg-type]
    return [
        str(problem).replace(str(Path(path).parent) + "/", "") for problem in caught.value.problems
    ]


# What comes with the program


@pytest.mark.data
@pytest.mark.parametrize("name", [listed.name for listed in list_scenarios()])
def test_a_scenario_of_the_program_loads_with_its_comparators(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.title
    assert all(c.why and c.source for c in scenario.changes)
    assert [c.name for c in load_comparators(scenario)] == list(scenario.compare_with)


@pytest.mark.data
def test_the_takeover_regime_and_its_comparators() -> None:
    trusts = load_scenario("trusts-2016")
    others = load_comparators(trusts)
    assert (trusts.start, trusts.end) == (date(2016, 1, 1), date(2026, 1, 1))
    regimes = [s.timeline()[0][1]["regime.name"] for s in (trusts, *others)]
    assert regimes == ["takeover", "commissioner", "peer_support", "no_intervention", "takeover"]


def path_of(name: str, lever: str) -> list[tuple[str, Value]]:
    """The dated values that a scenario gives a lever."""
    changes = [c for c in load_scenario(name).changes if c.lever == lever]
    return [(str(change.from_), change.value) for change in changes]


@pytest.mark.data
def test_inspections_stopped_and_restarted_slowly() -> None:
    """Evidence A26: shares of the 25 full inspections that could begin in a quarter; after the
    pause as many as before it."""
    p = load_ledger().central()
    days = p["ofsted.preparation_days"] + p["ofsted.standard_days"] + p["ofsted.writing_days"]
    leads = (
        p["ofsted.lead_share"] * (1.0 - p["ofsted.vacancy_start"]) * p["ofsted.time_on_councils"]
    )
    most = round(leads * int(LEVERS["ofsted.inspector_posts"].default)) * 91.0 / days
    assert round(most) == 25
    begun = {"2018-01-01": 1.0, "2018-04-01": 9.0, "2018-10-01": 14.0, "2020-03-17": 0.0}
    begun |= {"2021-04-12": 1.0, "2021-07-01": 2.0, "2021-10-01": 14.0}
    path = path_of("england-2016", "ofsted.capacity")
    assert [day for day, _ in path] == list(begun)
    for day, share in path:
        assert share * most == pytest.approx(begun[day], abs=0.5)


@pytest.mark.data
def test_the_overall_grade_ends_in_april_2026() -> None:
    """Evidence H5, in every scenario that begins in 2024."""
    assert path_of("england-2024", "ofsted.overall_grade") == [("2026-04-01", False)]
    assert path_of("england-2024", "ofsted.framework")[-1][1] == "ILACS"
    assert path_of("england-2024", "ofsted.capacity")[-1][1] == 0.5
    assert path_of("england-2024", "workforce.fast_track_places")[-1][1] == 450
    scenario = load_scenario("england-2024")
    assert (scenario.start, scenario.end) == (date(2024, 9, 1), date(2036, 9, 1))


@pytest.mark.bad_input
def test_a_scenario_of_an_earlier_version_is_told_what_its_lever_has_become(tmp_path: Path) -> None:
    text = HEAD + change("2020-03-17", "ofsted.inspections_paused", "true")
    assert problems_of(written(tmp_path, text)) == [
        "mine.toml, line 9, lever: the lever 'ofsted.inspections_paused' is now 'ofsted.capacity'\n"
        "    write 0 where it was true and 1 where it was false"
    ]


@pytest.mark.data
def test_dated_facts_are_the_same_in_a_scenario_and_its_comparators() -> None:
    names = ("ofsted.framework", "ofsted.capacity", "workforce.fast_track_places")
    paths = [
        [
            (day, [levers[name] for name in names])
            for day, levers in load_scenario(s.name).timeline()
        ]
        for s in (load_scenario("trusts-2016"), *load_comparators(load_scenario("trusts-2016")))
        # The whole package holds choices of its own, money for graduates among them.
        if s.name != "announced-package-2016"
    ]
    assert all(path == paths[0] for path in paths)
    assert paths[0][0][0] == date(2016, 1, 1)


# Reading


def test_the_timeline_holds_every_lever_at_the_start_and_at_each_change(tmp_path: Path) -> None:
    text = (
        HEAD
        + change("2013-12-01", "pool.peer_teams", "1")
        + change("2014-12-01", "pool.peer_teams", "2")
        + change("2018-01-01", "pool.peer_teams", "3")
        + change("2018-01-01", "regime.grace_months", "9")
        + change("2026-01-01", "pool.peer_teams", "4")
    )
    timeline = load_scenario(written(tmp_path, text)).timeline()
    values = [(day, v["pool.peer_teams"], v["regime.grace_months"]) for day, v in timeline]
    assert values == [(date(2016, 1, 1), 2, 6.0), (date(2018, 1, 1), 3, 9.0)]


def test_resolved_levers_say_where_each_value_comes_from(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + change("2018-01-01", "pool.peer_teams", "3"))
    rows = [row for row in load_scenario(path).resolved() if row.lever == "pool.peer_teams"]
    assert [(row.from_, row.value, row.place) for row in rows] == [
        (date(2016, 1, 1), 0, ""),
        (date(2018, 1, 1), 3, "mine.toml, line 7"),
    ]


def test_a_child_overrides_its_parent_from_its_own_date_on(tmp_path: Path) -> None:
    written(
        tmp_path,
        HEAD
        + change("2016-01-01", "pool.peer_teams", "1")
        + change("2019-01-01", "pool.peer_teams", "2"),
        "parent",
    )
    text = 'title = "Child"\nextends = "parent"\n[england]\nend = 2020-01-01\n'
    child = load_scenario(written(tmp_path, text + change("2017-01-01", "pool.peer_teams", "9")))
    assert child.title == "Child"
    assert (child.start, child.end) == (date(2016, 1, 1), date(2020, 1, 1))
    assert [(c.from_.year, c.value) for c in child.changes] == [(2016, 1), (2017, 9)]


def test_the_text_reads_back_to_the_same_scenario(tmp_path: Path) -> None:
    scenario = load_scenario("trusts-2016", {"regime.grace_months": 12})
    again = load_scenario(written(tmp_path, scenario.text, "trusts-2016"))
    assert again.text == scenario.text
    assert again.sha256 == scenario.sha256
    assert again.timeline() == scenario.timeline()


def test_the_hash_ignores_comments_and_order_but_not_values(tmp_path: Path) -> None:
    one, two = (
        change("2017-01-01", "pool.peer_teams", "3"),
        change("2018-01-01", "regime.name", "'x'"),
    )
    first = load_scenario(written(tmp_path, HEAD + one + two))
    second = load_scenario(written(tmp_path, "# note\n" + HEAD + two + one))
    third = load_scenario(written(tmp_path, HEAD + one.replace("= 3", "= 4") + two))
    assert first.sha256 == second.sha256 != third.sha256


def test_levers_set_for_a_run_hold_from_start_to_end() -> None:
    set_ = {"ofsted.framework": "SIF", "workforce.fast_track_places": "1000"}
    timeline = load_scenario("trusts-2016", set_, years=5.5).timeline()
    assert {v["ofsted.framework"] for _, v in timeline} == {"SIF"}
    assert {v["workforce.fast_track_places"] for _, v in timeline} == {1000}


def test_with_changes_only_what_it_names() -> None:
    scenario = load_scenario("trusts-2016")
    other = scenario.with_(start=date(2014, 1, 1), **{"regime.grace_months": 12})
    assert (other.start, other.end) == (date(2014, 1, 1), scenario.end)
    assert {v["regime.grace_months"] for _, v in other.timeline()} == {12.0}
    assert scenario.timeline()[0][1]["regime.grace_months"] == 6.0
    assert other.sha256 != scenario.sha256


def test_years_are_calendar_years() -> None:
    assert add_years(date(2016, 2, 29), 1) == date(2017, 2, 28)
    assert add_years(date(2016, 1, 1), 0.5) == date(2016, 1, 1) + timedelta(days=183)


def test_comparators_share_the_dates_of_the_scenario() -> None:
    scenario = load_scenario("trusts-2016", years=3)
    others = load_comparators(scenario, ["peer-support"])
    assert [(o.name, o.start, o.end) for o in others] == [
        ("peer-support", scenario.start, scenario.end)
    ]


# Merging

LEVER_NAMES = ("regime.grace_months", "pool.peer_teams", "pool.commissioners")


def changes(value: int) -> st.SearchStrategy[list[Change]]:
    """Changes with one entry for each lever and date, all to the same value."""
    keys = st.tuples(st.sampled_from(LEVER_NAMES), st.integers(0, 5))
    return st.lists(keys, unique=True, max_size=8).map(
        lambda keys: [
            Change(from_=date(2016 + year, 1, 1), lever=lever, value=value, why="w", source="s")
            for lever, year in keys
        ]
    )


@given(parent=changes(1), child=changes(2))
def test_from_its_first_date_for_a_lever_only_the_child_decides(
    parent: list[Change], child: list[Change]
) -> None:
    result = merged(parent, child)
    for lever in LEVER_NAMES:
        own = [c for c in child if c.lever == lever]
        first = min((c.from_ for c in own), default=date.max)
        expected = [c for c in parent if c.lever == lever and c.from_ < first] + own
        assert sorted((c.from_, c.value) for c in expected) == [
            (c.from_, c.value) for c in result if c.lever == lever
        ]


@given(parent=changes(1), child=changes(2), data=st.data())
def test_the_order_of_changes_in_a_file_does_not_matter(
    parent: list[Change], child: list[Change], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(parent)), data.draw(st.permutations(child))
    assert merged(*shuffled) == merged(parent, child)


@given(parent=changes(1), child=changes(2), third=changes(3))
def test_extending_in_steps_or_at_once_is_the_same(
    parent: list[Change], child: list[Change], third: list[Change]
) -> None:
    assert merged(merged(parent, child), third) == merged(parent, merged(child, third))


# Mistakes


@pytest.mark.bad_input
def test_every_problem_of_a_file_is_reported_with_its_line_and_key(tmp_path: Path) -> None:
    text = '''\
titel = "Misspelt"
compare_with = ["trust-2016", "no-intervention"]
beliefs = "optimistc"
description = """
[[change]]
lever = "not a key"
"""

[england]
start = 2016-02-30
years = "ten"
length = 3

[[change]]
from = 2012-01-01
lever = "regime.grace_monts"
value = 6
why = ""
sorce = "claim 1"

[[change]]   # the second
from = "2016-01-01"
lever = "pool.commissioners"
value = 6.5
why = "to see"
source = "claim 1"
'''
    assert problems_of(written(tmp_path, text)) == [
        "mine.toml, line 1, titel: unknown key 'titel'\n    did you mean title?",
        'mine.toml: has no title\n    add title = "..."',
        "mine.toml, line 2, compare_with: there is no scenario 'trust-2016'\n"
        "    did you mean trusts-2016?",
        "mine.toml, line 3, beliefs: there are no beliefs 'optimistc'\n"
        "    the beliefs are central, all-routes-alike, critics, evidence, reformers, "
        "sticks-momentum, sticks-no-pull, sticks-own-trends",
        "mine.toml, line 12, length: unknown key 'length'\n    the keys here are start, years, end",
        "mine.toml, line 10, start: 2016-02-30 is not a date in the calendar\n"
        "    write one such as 2016-01-31",
        "mine.toml, line 11, years: must be a number from 0.09 (a month) to 24",
        "mine.toml, line 19, sorce: unknown key 'sorce'\n    did you mean source?",
        "mine.toml, line 14, change: this change has no 'source'",
        "mine.toml, line 15, from: 2012-01-01 is outside the years that can be run\n"
        "    changes may be dated 2013-11-01 to 2036-12-31",
        "mine.toml, line 16, lever: unknown lever 'regime.grace_monts'\n"
        "    did you mean regime.grace_months?",
        "mine.toml, line 18, why: is empty",
        "mine.toml, line 22, from: is a date in quotation marks\n    write 2016-01-01 without them",
        "mine.toml, line 24, value: pool.commissioners must be a whole number from 0 to 50 "
        "(people), not a number",
    ]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("start = 2016-01-01", "start = 2013-10-31", "line 4, start: the start 2013-10-31"),
        ("start = 2016-01-01", "start = 2024-09-02", "line 4, start: the start 2024-09-02"),
        ("start = 2016-01-01\n", "", "has no start"),
        ("years = 10\n", "", "has no length"),
        ("years = 10", "years = 0", "line 5, years: must be a number from 0.09"),
        ("years = 10", "years = nan", "line 5, years: must be a number from 0.09"),
        ("years = 10", "years = 22", "line 5, years: the run would end on 2038-01-01"),
        ("years = 10", "end = 2037-01-01", "line 5, end: the run would end on 2037-01-01"),
        ("years = 10", "end = 2015-01-01", "less than a month after its start"),
        ("years = 10", "end = 2018-01-01T12:00:00", "not a date with a time"),
        ("years = 10", "years = 2\nend = 2018-01-01", "years or an end, not both"),
        ("[england]", "change = 3\n[england]", "write each change as [[change]]"),
        (
            "[england]",
            "england = 3\n[other]",
            "england: must be a table (its name in square brackets)",
        ),
        (
            "[england]",
            "compare_with = 'x'\n[england]",
            "must be a list in square brackets, not text",
        ),
        ("[england]", "compare_with = ['mine']\n[england]", "compared with itself"),
        ("[england]", "extends = ['mine']\n[england]", "must be text, not a list"),
        ("[england]", "extends = 'englund-2016'\n[england]", "did you mean england-2016"),
        ("[england]", "title = 'twice'\n[england]", "is not valid TOML"),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in HEAD
    problems = problems_of(written(tmp_path, HEAD.replace(old, new)))
    assert any(message in problem for problem in problems), problems


@pytest.mark.bad_input
def test_a_lever_set_twice_on_a_date_is_a_mistake(tmp_path: Path) -> None:
    twice = change("2017-01-01", "pool.peer_teams", "3") * 2
    (problem,) = problems_of(written(tmp_path, HEAD + twice))
    assert problem == (
        "mine.toml, line 16, lever: pool.peer_teams is already set from 2017-01-01 on line 7"
    )


@pytest.mark.bad_input
def test_problems_of_a_parent_are_reported_with_those_of_the_child(tmp_path: Path) -> None:
    written(tmp_path, HEAD + change("2017-01-01", "pool.peer_teem", "3"), "parent")
    child = HEAD.replace("\n\n", '\nextends = "parent"\n\n', 1)
    problems = problems_of(written(tmp_path, child + change("2017-01-01", "pool.peer_teams", "-3")))
    assert [problem.split(":")[0] for problem in problems] == [
        "parent.toml, line 9, lever",
        "mine.toml, line 11, value",
    ]


@pytest.mark.bad_input
def test_scenarios_that_extend_each_other_in_a_circle_are_a_mistake(tmp_path: Path) -> None:
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a")):
        written(tmp_path, f'title = "x"\nextends = "{parent}"\n' + HEAD.split("\n", 1)[1], name)
    (problem,) = problems_of(tmp_path / "a.toml")
    assert problem == (
        "c.toml, line 2, extends: scenarios extend each other in a circle: a -> b -> c -> a"
    )


@pytest.mark.bad_input
def test_an_unknown_scenario_gets_the_nearest_names() -> None:
    (problem,) = problems_of("trust-2016")
    assert problem == "scenario: there is no scenario 'trust-2016'\n    did you mean trusts-2016?"
    (problem,) = problems_of("zzz")
    assert "the scenarios are" in problem
    (problem,) = problems_of("nowhere/trusts-2016.toml")
    assert "there is no scenario file" in problem


@pytest.mark.bad_input
def test_a_file_that_is_not_text_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    hint = "save it as UTF-8: in an editor's Save As, choose the encoding UTF-8"
    assert problems_of(path) == [f"mine.toml: is UTF-16 text\n    {hint}"]


@pytest.mark.bad_input
def test_mistakes_on_the_command_line_are_reported_with_those_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD.replace("title", "titel"))
    problems = problems_of(path, set_={"pool.peer_teem": "1"}, years=-1)
    assert [problem.split(":")[0] for problem in problems] == [
        "mine.toml, line 1, titel",
        "mine.toml",
        "--set",
        "--years",
    ]


@pytest.mark.bad_input
def test_comparators_that_do_not_exist_or_repeat_are_mistakes() -> None:
    scenario = load_scenario("trusts-2016")
    with pytest.raises(InputError, match="did you mean peer-support"):
        load_comparators(scenario, ["peer-suport"])
    with pytest.raises(InputError, match="already in the comparison"):
        load_comparators(scenario, ["peer-support", "peer-support"])


@pytest.mark.bad_input
def test_with_reports_all_that_is_wrong() -> None:
    with pytest.raises(InputError) as caught:
        load_scenario("trusts-2016").with_(start=date(2010, 1, 1), **{"pool.peer_teem": 1})
    assert len(caught.value.problems) == 2
