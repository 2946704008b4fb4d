"""Rules for tests, from the text of a file, and small countries that act by them."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from sim.inputs.councils.baseline import Baseline
from sim.inputs.policy.rules import Rule
from sim.inputs.policy.scenario import Scenario, load_scenario
from sim.model.england import England
from sim.model.settings import CountrySettings
from sim.regimes.rulebook.desk import Desk
from tests.helpers.small_england import build, england, part, world

_WHY = 'why = "A test"\nsource = "assumption: a test"\n'


def rule(name: str, when: str, do: str, *options: str) -> str:
    """One rule as a table of a file; `options` are further lines."""
    condition = '"escalation"' if when == "escalation" else f"{{ {when} }}"
    lines = [f'name = "{name}"', f"when = {condition}", f'do = "{do}"', *options]
    return "\n".join(["[[rule]]", *lines, _WHY])


def scenario_with(*rules: str, extends: str = "no-intervention", head: str = "") -> Scenario:
    """A scenario whose file holds the rules. Raises InputError as any other."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.toml"
        text = f'title = "Mine"\nextends = "{extends}"\n{head}\n'
        path.write_text("\n".join((text, *rules)), encoding="utf-8")
        return load_scenario(path)


def rules_of(*rules: str) -> tuple[Rule, ...]:
    """The rules as each is read. Together they may be such as no scenario may have: the engine does
    as it is told."""
    with patch("sim.inputs.policy.scenario.unsound_rules", return_value=[]):
        return scenario_with(*rules).rules


def ruled(*rules: str, replication: int = 1, **options: Any) -> CountrySettings:
    """A country that acts by the rules from its first day."""
    settings = world(replication, **{"events": True, "regime__name": "rules", **options})
    return dataclasses.replace(settings, rules=rules_of(*rules))


def councils_of(grades: list[int], **changed: Any) -> Baseline:
    """A country of as many councils as grades, without anything that history left there; fields of
    the baseline may be changed."""
    whole = england()
    plain = [
        c
        for c in range(len(whole.codes))
        if not (
            whole.trust_since[c]
            or whole.trust_decided[c]
            or whole.commissioner_since[c]
            or whole.partner_since[c]
            or whole.fieldwork_start[c]
        )
    ]
    place = part(whole, plain[: len(grades)])
    today = whole.date.toordinal()
    inadequate = np.array(grades) == 1
    fields = {
        "grade": np.array(grades),
        "grade_date": np.full(len(grades), today - 100),
        "first_inadequate_date": np.where(inadequate, today - 100, 0),
        "earlier_inadequate": np.zeros(len(grades), dtype=np.int64),
        "key_grades": np.array([[grade] * 3 for grade in grades]),
        **changed,
    }
    return dataclasses.replace(place, **fields)


def country_at_work(
    place: Baseline, *rules: str, day: float = 1.0, **options: Any
) -> tuple[England, Desk | None]:
    """A country in which only institutions live, on a day, and the desk at which rules are read."""
    batch = build([ruled(*rules, **options)], councils_from=place)
    batch.run_until(day)
    country = batch.countries[0]
    desks = [reader for reader in country.department.readers if isinstance(reader, Desk)]
    return country, desks[0] if desks else None
