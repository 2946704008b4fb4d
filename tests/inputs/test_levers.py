"""The levers, and what a value must look like to set one."""

import math
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.problems import InputError
from sim.inputs.policy.levers import (
    LEVERS,
    Area,
    as_typed,
    check_value,
    default_values,
    from_text,
    load_levers,
)

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_is_complete_and_its_default_allowed(name: str) -> None:
    lever = LEVERS[name]
    assert check_value(name, lever.default, "here") == []
    assert lever.moves
    assert set(lever.moves) <= set(get_args(Area))
    assert lever.meaning
    assert lever.unit
    assert lever.source
    assert (lever.low is not None and lever.high is not None) == (lever.type in (int, float))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("regime.grace_monts", 6, "did you mean regime.grace_months"),
        ("ofsted.inspections_paused", True, "is now 'ofsted.capacity'"),
        ("ofsted.inspections_paused", "yes", "write 0 where it was true and 1 where it was false"),
        ("ofsted.capacity", True, "a number from 0 to 1 (share), not true or false"),
        ("ofsted.capacity", 1.1, "out of bounds"),
        ("regime.trigger", "two_judgements", "did you mean two_key_judgements"),
        ("regime.grace_months", True, "a number from 0 to 36 (months), not true or false"),
        ("regime.grace_months", "six", "not 'six' (text)"),
        ("regime.grace_months", 36.5, "out of bounds"),
        ("regime.grace_months", math.nan, "out of bounds"),
        ("pool.commissioners", 2.0, "a whole number from 0 to 50 (people), not a number"),
        ("pool.commissioners", -1, "out of bounds"),
        ("regime.persistent_immediate", 1, "true or false, not a whole number"),
        ("ofsted.framework", "ILAC", "did you mean ILACS"),
        ("regime.name", "no intervention", "a name such as"),
        ("regime.name", ["takeover"], "not a list"),
    ],
)
def test_a_wrong_value_is_one_problem_that_says_what_is_expected(
    name: str, value: object, message: str
) -> None:
    problems = check_value(name, value, "file.toml, line 3, value")
    assert len(problems) == 1
    assert problems[0].where == "file.toml, line 3, value"
    assert message in str(problems[0])


def test_text_is_read_as_the_type_of_the_lever() -> None:
    assert from_text("regime.grace_months", "12") == 12.0
    assert from_text("pool.commissioners", " 3 ") == 3
    assert from_text("ofsted.monitoring_visits", "Yes") is True
    assert from_text("regime.name", "takeover") == "takeover"


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "name", ["regime.grace_months", "pool.peer_teams", "ofsted.monitoring_visits"]
)
@given(text=st.text())
def test_any_text_is_read_or_refused_without_an_exception(name: str, text: str) -> None:
    value = from_text(name, text)
    refused = bool(check_value(name, value, ""))
    assert refused or type(as_typed(name, value)) is LEVERS[name].type


def test_a_whole_number_becomes_a_number_where_the_lever_is_one() -> None:
    assert type(as_typed("regime.grace_months", 6)) is float
    assert type(as_typed("pool.commissioners", 6)) is int


def test_defaults_cover_every_lever() -> None:
    assert default_values().keys() == LEVERS.keys()


def test_what_nobody_has_measured_stands_in_the_ledger_as_an_assumption() -> None:
    ledger = load_ledger()
    named = {name: lever.rests_on for name, lever in LEVERS.items() if lever.rests_on}
    assert "workforce.desk_time_shift" in named
    for lever, parameters in named.items():
        for name in parameters:
            assert name in ledger, (lever, name)
            assert "assumption" in ledger[name].strength, (lever, name)


ENTRY = """\
[regime.grace_months]
type    = "number"
unit    = "months"
default = 6.0
low     = 0
high    = 36
meaning = "Time to show improvement"
moves   = ["department"]
source  = "claim 1"

[ofsted.framework]
type    = "name"
unit    = "name"
default = "SIF"
choices = ["SIF", "ILACS"]
meaning = "The framework"
moves   = ["ofsted"]
rests_on = ["ofsted.noise"]
source  = "evidence A1"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "levers.toml"
    path.write_text(text)
    return path


def test_an_entry_is_read_whole(tmp_path: Path) -> None:
    grace, framework = load_levers(written(tmp_path, ENTRY)).values()
    assert (grace.name, grace.type, grace.default) == ("regime.grace_months", float, 6.0)
    assert (grace.low, grace.high, grace.unit, grace.moves) == (0, 36, "months", ("department",))
    assert (framework.type, framework.choices) == (str, ("SIF", "ILACS"))
    assert (grace.rests_on, framework.rests_on) == ((), ("ofsted.noise",))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message"),
    [
        ('type    = "number"\n', "", 1, "grace_months", "regime.grace_months has no 'type'"),
        ('"number"', '"numbr"', 2, "type", "did you mean number?"),
        ("high    = 36\n", "", 1, "grace_months", "is a number and has no 'high'"),
        ("default = 6.0", "default = 60.0", 4, "default", "regime.grace_months = 60.0 is out of"),
        ("default = 6.0", 'default = "six"', 4, "default", "must be a number from 0 to 36"),
        ("high    = 36", 'high    = "36"', 6, "high", "must be a number, not text"),
        ("meaning =", "meening =", 7, "meening", "did you mean meaning?"),
        ('["department"]', '["departement"]', 8, "moves", "did you mean department?"),
        ('["department"]', '"department"', 8, "moves", "must be a list"),
        ('"claim 1"', '" "', 9, "source", "is empty"),
        ('"SIF"\n', '"SIFF"\n', 14, "default", "did you mean SIF?"),
        ('["ofsted.noise"]', '"ofsted.noise"', 18, "rests_on", "must be a list"),
        ("[ofsted.framework]", "[ofsted.Framework]", 11, "Framework", "names are small letters"),
        ("[ofsted.framework]", "[framework]", 11, "framework", "a table of its own"),
    ],
)
def test_a_wrong_entry_is_placed_and_explained(
    tmp_path: Path, old: str, new: str, line: int, key: str, message: str
) -> None:
    assert old in ENTRY
    with pytest.raises(InputError) as caught:
        load_levers(written(tmp_path, ENTRY.replace(old, new, 1)))
    there = [str(p) for p in caught.value.problems if p.where.endswith(f"line {line}, {key}")]
    assert any(message in text for text in there), str(caught.value)
