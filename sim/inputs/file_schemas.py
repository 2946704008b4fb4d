"""JSON Schemas of the files that a user writes, made from the models that read them.

An editor with a schema completes keys and names and says what each is for. What a schema cannot
say (a rule that another always comes before, a name that no file has) only the reader says. They
are shipped in scenarios/schema; a test holds them to the code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from sim.inputs.checked_file import KEYS_OF_RULES, Kind
from sim.inputs.evidence.beliefs_file import BeliefEntry, BeliefsFile, beliefs_names
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.entries import Entry
from sim.inputs.files.places import scenarios_dir
from sim.inputs.policy.levers import LEVERS, Lever
from sim.inputs.policy.regime_names import BUILT_IN_REGIMES
from sim.inputs.policy.rules import NEEDED, RULES, STEPS, Rule
from sim.inputs.policy.scenario_file import Change, EnglandTable, ScenarioFile

Schema = dict[str, Any]
KINDS: tuple[Kind, ...] = get_args(Kind)

_DRAFT = "http://json-schema.org/draft-07/schema#"  # what editors of TOML know
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}
# What the reader adds to a table, and no file may set.
_NOT_IN_FILES = ("file", "line")
# Tables that say nothing when they are empty.
_NEVER_EMPTY = ("Conditions", "Bounds")


def file_schema(kind: Kind) -> Schema:
    """The schema of a kind of file, in draft 7."""
    whole = _MAKERS[kind]()
    definitions = dict(sorted(whole.pop("definitions").items()))
    return {"$schema": _DRAFT, **whole, "definitions": definitions}


def schema_text(kind: Kind) -> str:
    """The schema as it is shipped: JSON with a line feed at its end."""
    return json.dumps(file_schema(kind), indent=1, ensure_ascii=False) + "\n"


def schema_path(kind: Kind) -> Path:
    """Where the schema of a kind of file is shipped."""
    return scenarios_dir() / "schema" / f"{kind}.json"


def _scenario() -> Schema:
    whole = _of(ScenarioFile, "Scenario", "What government chooses between two dates.")
    england, change = _of(EnglandTable, "", ""), _of(Change, "", "")
    keys = whole["properties"]
    keys["england"] = _ref("England") | {"description": "When a run begins and ends."}
    keys["change"]["items"] = _ref("Change")
    keys["rule"]["items"] = _ref("Rule")
    scenarios = sorted(path.stem for path in scenarios_dir().glob("*.toml"))
    keys["extends"] = _name_or_file(keys["extends"], scenarios)
    keys["compare_with"]["items"] = _name_or_file({}, scenarios)
    keys["beliefs"] = _name_or_file(keys["beliefs"], beliefs_names())
    change["properties"]["lever"] |= _names(
        {name: f"{lever.meaning} ({lever.unit})" for name, lever in LEVERS.items()}
    )
    change["properties"]["value"] = {
        "description": "What it is set to.",
        "type": ["boolean", "number", "string"],
    }
    change["allOf"] = [_value_of(lever) for lever in LEVERS.values()]
    own = {"England": england, "Change": change, "Rule": _rule()}
    return _gathered(whole, own)


def _value_of(lever: Lever) -> Schema:
    """What `value` may be where `lever` is this one."""
    value: Schema = {"type": _TYPES[lever.type], "description": lever.meaning}
    if lever.low is not None:
        value |= {"minimum": lever.low, "maximum": lever.high}
    if lever.choices:
        value["enum"] = list(lever.choices)
    elif lever.name == "regime.name":
        words = {name: first for name, (first, _) in BUILT_IN_REGIMES.items()}
        words[RULES] = "The [[rule]]s of this file."
        value["anyOf"] = [_names(words), {"pattern": r"^[A-Za-z_]\w*$"}]
    return _where({"lever": {"const": lever.name}}, {"properties": {"value": value}})


def _rule() -> Schema:
    """A rule, with the keys that only some steps take."""
    rule = _of(Rule, "", "")
    rule["properties"]["do"] |= _names({name: step.meaning for name, step in STEPS.items()})
    own = dict.fromkeys(key for step in STEPS.values() for key in step.keys)
    rule["allOf"] = []
    for name, step in STEPS.items():
        barred: Schema = {key: False for key in own if key not in step.keys}
        pools = {"items": {"enum": list(step.pools)}} if step.pools else False
        then: Schema = {"properties": {**barred, "pools": pools}}
        if name in NEEDED:
            then["required"] = list(NEEDED[name])
        rule["allOf"].append(_where({"do": {"const": name}}, then))
    return rule


def _beliefs() -> Schema:
    whole = _of(BeliefsFile, "Beliefs", "A set of beliefs about the world, argued and sourced.")
    belief = _of(BeliefEntry, "", "")
    whole["properties"]["belief"]["items"] = _ref("Belief")
    belief["properties"]["parameter"] |= _names(
        {
            name: f"{one.drives}; {one.value:g} {one.unit}, from {one.low:g} to {one.high:g}"
            for name, one in load_ledger().items()
        }
    )
    belief["oneOf"] = [
        {"required": ["value"], "properties": {"low": False, "high": False}},
        {"required": ["low", "high"], "properties": {"value": False}},
    ]
    return _gathered(whole, {"Belief": belief})


def _rules() -> Schema:
    whole = _of(ScenarioFile, "Rules", "What is done about a council, and when: rules in order.")
    whole["properties"] = {key: whole["properties"][key] for key in KEYS_OF_RULES}
    whole["properties"]["rule"]["items"] = _ref("Rule")
    whole["required"] = [*whole["required"], "rule"]
    return _gathered(whole, {"Rule": _rule()})


_MAKERS: Mapping[Kind, Callable[[], Schema]] = {
    "scenario": _scenario,
    "beliefs": _beliefs,
    "rules": _rules,
}


def _of(model: type[Entry], title: str, description: str) -> Schema:
    """The schema of a model as TOML writes its tables, with its definitions."""
    made = model.model_json_schema(ref_template="#/definitions/{model}")
    schema: Schema = _clean(made)
    for key in _NOT_IN_FILES:
        schema["properties"].pop(key, None)
    schema["description"] = description or made["description"].split("\n")[0]
    for name, definition in schema.get("$defs", {}).items():
        if name in _NEVER_EMPTY:
            definition["minProperties"] = 1
    return {"title": title, **schema} if title else schema


def _clean(node: Any) -> Any:
    """What pydantic makes, without the words that it makes up and the nulls that TOML lacks."""
    if isinstance(node, list):
        return [_clean(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node and len(node) > 1:  # in draft 7 nothing beside a reference counts
        rest = {key: one for key, one in node.items() if key != "$ref"}
        return _clean({**rest, "allOf": [{"$ref": node["$ref"]}]})
    schema: Schema = {}
    for key, one in node.items():
        if key == "properties":
            schema[key] = {name: _clean(inside) for name, inside in one.items()}
        elif key == "anyOf":
            options = [_clean(option) for option in one if option != {"type": "null"}]
            if len(options) > 1:
                schema["anyOf"] = options
            elif "$ref" in options[0]:
                schema["allOf"] = options
            else:
                schema |= options[0]
        elif not (key == "title" or (key == "default" and one in (None, [], {}))):
            schema[key] = _clean(one)
    if schema.get("type") == "array" and "enum" in schema.get("items", {}):
        schema["minItems"] = 1
    return schema


def _gathered(whole: Schema, own: Mapping[str, Schema]) -> Schema:
    """A schema with the definitions of all its parts in one place."""
    definitions = whole.pop("$defs", {})
    for name, part in own.items():
        definitions |= part.pop("$defs", {})
        definitions[name] = part
    return {**whole, "definitions": definitions}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _names(words: Mapping[str, str]) -> Schema:
    """A choice of names, each with what an editor says of it."""
    explained = {"docs": {"enumValues": list(words.values())}}
    return {"enum": list(words), "x-taplo": explained}


def _name_or_file(key: Schema, names: Iterable[str]) -> Schema:
    """A name that the program knows, to be completed, or anything else that names a file."""
    rest = {name: one for name, one in key.items() if name not in ("type", "pattern")}
    return {**rest, "anyOf": [{"enum": list(names)}, {"type": "string", "pattern": r"\S"}]}


def _where(condition: Schema, then: Schema) -> Schema:
    return {"if": {"properties": condition, "required": list(condition)}, "then": then}
