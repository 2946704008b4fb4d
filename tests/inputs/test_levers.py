"""The levers, and what a value must look like to set one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.inputs.policy.levers import (
    AREAS,
    LEVERS,
    as_typed,
    check_value,
    default_values,
    from_text,
)


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_is_complete_and_its_default_allowed(name: str) -> None:
    lever = LEVERS[name]
    assert check_value(name, lever.default, "here") == []
    assert lever.moves
    assert set(lever.moves) <= set(AREAS)
    assert lever.meaning
    assert lever.unit
    assert lever.source
    assert (lever.low is not None and lever.high is not None) == (lever.type in (int, float))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("regime.grace_monts", 6, "did you mean regime.grace_months"),
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
    name: str, value: object, said: str
) -> None:
    problems = check_value(name, value, "file.toml, line 3, value")
    assert len(problems) == 1
    assert problems[0].where == "file.toml, line 3, value"
    assert said in str(problems[0])


def test_text_is_read_as_the_type_of_the_lever() -> None:
    assert from_text("regime.grace_months", "12") == 12.0
    assert from_text("pool.commissioners", " 3 ") == 3
    assert from_text("ofsted.inspections_paused", "Yes") is True
    assert from_text("regime.name", "takeover") == "takeover"


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "name", ["regime.grace_months", "pool.peer_teams", "ofsted.inspections_paused"]
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
