"""The JSON Schemas that are shipped: those of the code, kept by every file of the program, and as
strict as the reader where a schema can be."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pydantic
import pytest

from sim.inputs.checked_file import CheckedFile, check_file
from sim.inputs.file_schemas import KINDS, Kind, file_schema, schema_path, schema_text
from sim.inputs.files.places import scenarios_dir
from sim.inputs.files.problems import InputError
from sim.inputs.policy.conditions import FACTS
from sim.inputs.policy.levers import LEVERS
from sim.inputs.policy.rules import STEPS

pytestmark = pytest.mark.quick

SCENARIO = """\
title = "Mine"
extends = "england-2024"
compare_with = ["commissioner-2024"]
beliefs = "evidence"

[england]
start = 2024-09-01
years = 5

[[change]]
from = 2024-09-01
lever = "regime.grace_months"
value = 6
why = "to see"
source = "claim 1"
"""
BELIEFS = """\
title = "Mine"
description = "What I believe."
others = "evidence"

[[belief]]
parameter = "trust.setup_months"
low = 15.0
high = 20
why = "to see"
source = "claim 53"
"""
RULES = """\
title = "Mine"

[[rule]]
name = "Commissioner"
when = { grade = "inadequate", any = [{ vacancy = { above = 0.2 } }, { region = ["London"] }] }
do = "commissioner"
powers = ["forbid cuts"]
months = 24
from = 2024-09-01
why = "to see"
source = "claim 74"
"""
TEXTS: dict[Kind, str] = {"scenario": SCENARIO, "beliefs": BELIEFS, "rules": RULES}
BUILT_IN = [
    *(("scenario", path) for path in sorted(scenarios_dir().glob("*.toml"))),
    *(("beliefs", path) for path in sorted((scenarios_dir() / "beliefs").glob("*.toml"))),
]


def as_an_editor_sees_it(value: Any) -> Any:
    """Data of TOML in the types of JSON: a date is text in its form."""
    if isinstance(value, dict):
        return {key: as_an_editor_sees_it(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_an_editor_sees_it(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


@cache
def checker_of(kind: Kind) -> Any:
    schema, formats = file_schema(kind), jsonschema.FormatChecker()
    return jsonschema.Draft7Validator(schema, format_checker=formats)


def refused_by_schema(kind: Kind, text: str) -> bool:
    return not checker_of(kind).is_valid(as_an_editor_sees_it(tomllib.loads(text)))


def read(folder: Path, text: str) -> CheckedFile:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return check_file(path)


@pytest.mark.data
@pytest.mark.skipif(
    tuple(map(int, pydantic.VERSION.split(".")[:2])) < (2, 11),
    reason="earlier versions of pydantic say the same in other words",
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shipped_is_what_the_code_says(kind: Kind) -> None:
    """`simulate schema --write scenarios/schema` writes it again."""
    assert schema_path(kind).read_text(encoding="utf-8") == schema_text(kind)
    jsonschema.Draft7Validator.check_schema(json.loads(schema_text(kind)))


@pytest.mark.data
@pytest.mark.parametrize(("kind", "path"), BUILT_IN, ids=[path.stem for _, path in BUILT_IN])
def test_a_file_of_the_program_keeps_to_its_schema(kind: Kind, path: Path) -> None:
    assert not refused_by_schema(kind, path.read_text(encoding="utf-8"))
    assert check_file(path).kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_schema_and_reader_take_a_sound_file(tmp_path: Path, kind: Kind) -> None:
    assert read(tmp_path, TEXTS[kind]).kind == kind
    assert not refused_by_schema(kind, TEXTS[kind])


def test_rules_may_stand_in_a_scenario(tmp_path: Path) -> None:
    text = SCENARIO + RULES.removeprefix('title = "Mine"\n')
    assert read(tmp_path, text).kind == "scenario"
    assert not refused_by_schema("scenario", text)


# What is replaced by what, and whether a schema can say that it is wrong.
BROKEN: list[tuple[Kind, str, str, bool]] = [
    ("scenario", 'title = "Mine"\n', "", True),
    ("scenario", "title =", "titel =", True),
    ("scenario", 'title = "Mine"', 'title = " "', True),
    ("scenario", "years = 5", 'years = "five"', True),
    ("scenario", "years = 5", "years = 30", True),
    ("scenario", "start = 2024-09-01", "begin = 2024-09-01", True),
    ("scenario", "start = 2024-09-01", 'start = "soon"', True),
    ("scenario", "start = 2024-09-01", 'start = "2024-09-01"', False),  # a date in quotes
    ("scenario", "years = 5", "years = 5\nend = 2030-01-01", False),
    ("scenario", "regime.grace_months", "regime.grace_monts", True),
    ("scenario", "value = 6", "value = 600", True),
    ("scenario", "value = 6", "value = true", True),
    ("scenario", "value = 6\n", "", True),
    ("scenario", 'source = "claim 1"', 'sorce = "claim 1"', True),
    ("scenario", '["commissioner-2024"]', '"commissioner-2024"', True),
    ("scenario", '"commissioner-2024"', '"commissioner-2042"', False),  # might be a file
    ("scenario", 'beliefs = "evidence"', 'beliefs = "evidense"', False),
    ("scenario", "[[change]]", "[change]", True),
    (
        "scenario",
        'lever = "regime.grace_months"\nvalue = 6',
        'lever = "regime.name"\nvalue = 3',
        True,
    ),
    ("scenario", '"regime.grace_months"\nvalue = 6', '"regime.name"\nvalue = "takeovr"', False),
    ("scenario", '"regime.grace_months"\nvalue = 6', '"regime.trigger"\nvalue = "any"', True),
    ("beliefs", "description", "descripton", True),
    ("beliefs", '"evidence"', '"evidense"', True),
    ("beliefs", "trust.setup_months", "trust.setup_mnths", True),
    ("beliefs", "low = 15.0\n", "", True),
    ("beliefs", "low = 15.0", "value = 16.0\nlow = 15.0", True),
    ("beliefs", "low = 15.0", "low = 30.0", False),  # above high
    ("beliefs", "high = 20", "high = 2000", False),  # beyond the ledger's range
    ("beliefs", "high = 20", 'high = "20"', True),
    ("beliefs", 'why = "to see"', 'why = ""', True),
    ("rules", "inadequate", "inadequat", True),
    ("rules", "vacancy", "vacancies", True),
    ("rules", "above", "over", True),
    ("rules", "{ above = 0.2 }", "0.2", True),
    ("rules", "{ above = 0.2 }", "{}", True),
    ("rules", "{ above = 0.2 }", "{ above = 20 }", False),  # no share
    ("rules", '["London"]', "[]", True),
    ("rules", 'do = "commissioner"', 'do = "comissioner"', True),
    ("rules", 'do = "commissioner"', 'do = "adviser"', True),  # takes no powers
    ("rules", 'do = "commissioner"\npowers = ["forbid cuts"]', 'do = "programme money"', True),
    ("rules", "forbid cuts", "forbid everything", True),
    ("rules", "months = 24", "months = -1", True),
    ("rules", "months = 24", 'pools = ["peer_teams"]', True),  # of another step
    ("rules", "from = 2024-09-01", "from = 2024-09-31", False),
    ("rules", "from = 2024-09-01", "until = 2010-01-01", False),
    ("rules", "months = 24", 'escalates = { to = "Nobody", after_months = 3 }', False),
    ("rules", "months = 24", 'escalates = { to = "Nobody" }', True),
]


@pytest.mark.bad_input
@pytest.mark.parametrize(("kind", "old", "new", "sayable"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_refused(
    tmp_path: Path, kind: Kind, old: str, new: str, sayable: bool
) -> None:
    """By the reader always, and by the schema where a schema can say what is wrong."""
    assert old in TEXTS[kind]
    text = TEXTS[kind].replace(old, new, 1)
    with pytest.raises(InputError):
        read(tmp_path, text)
    if "09-31" not in text:  # which is no TOML at all
        assert refused_by_schema(kind, text) == sayable


def test_an_editor_is_told_what_every_name_means() -> None:
    scenario = file_schema("scenario")["definitions"]
    levers = scenario["Change"]["properties"]["lever"]
    assert levers["enum"] == list(LEVERS)
    texts = levers["x-taplo"]["docs"]["enumValues"]
    assert all(lever.meaning in text for lever, text in zip(LEVERS.values(), texts, strict=True))
    steps = scenario["Rule"]["properties"]["do"]
    assert steps["enum"] == list(STEPS)
    assert {*FACTS} < {*scenario["Conditions"]["properties"]}
    for kind in KINDS:
        for name, table in {"": file_schema(kind), **file_schema(kind)["definitions"]}.items():
            for key, one in table["properties"].items():
                assert one.get("description"), f"{kind}, {name}, {key}"


def test_what_a_value_may_be_depends_on_the_lever() -> None:
    change = SCENARIO.split("[[change]]")[1]
    for lever in LEVERS.values():
        value = json.dumps(lever.default)
        text = change.replace("regime.grace_months", lever.name).replace("= 6", f"= {value}")
        assert not refused_by_schema("scenario", f"{SCENARIO}[[change]]{text}"), lever.name
        wrong = text.replace(f"value = {value}", "value = []")
        assert refused_by_schema("scenario", f"{SCENARIO}[[change]]{wrong}"), lever.name
