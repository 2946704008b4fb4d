"""Each lever moves only what it declares: in the code, week by week, and in what happens."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.inputs.policy.levers import LEVERS, Value
from sim.model.batch_result import Event
from sim.model.simulation import Batch
from sim.model.weekly import casework, demand, money, practice, workforce
from tests.helpers.small_england import build, england, institutions, part, world
from tests.helpers.variants import SOME

pytestmark = pytest.mark.quick

SOURCE = Path(__file__).parents[2] / "sim"

# Which mechanism each module is part of. The country only passes values on.
AREAS = {
    "demand.py": "demand",
    "casework.py": "casework",
    "workforce.py": "workforce",
    "working_week.py": "workforce",  # the national pools of workers
    "money.py": "money",
    "practice.py": "practice",
    "directors.py": "director",
    "ofsted.py": "ofsted",
    "inspectors.py": "ofsted",
    "appointments.py": "ofsted",
    "visits.py": "ofsted",
    "department.py": "department",
    "regime_watch.py": "department",
    "turns.py": "department",
    "desk.py": "department",
    "steps.py": "department",
    "interventions.py": "department",
    "takeover.py": "department",
    "as_practised.py": "department",
    "ad_hoc.py": "department",
    "supply.py": "department",
    "sponsors.py": "trust",
    "trusts.py": "trust",
    "simulation.py": "",
    "england.py": "",
}
STEPS: dict[str, tuple[Any, str]] = {
    "demand": (demand, "step"),
    "casework": (casework, "step"),
    "workforce": (workforce, "step"),
    "money": (money, "step"),
    "practice": (practice, "step"),
    "money at the end of the year": (money, "close_year"),
}
# Kinds of event by the mechanism that speaks of them; all others are the department's.
KINDS = {
    "ofsted": (
        "inspection began",
        "judgement published",
        "monitoring visit",
        "focused visit",
        "emergency inspection called",
    ),
    "director": ("director left", "director appointed"),
    "trust": (
        "takeover decided",
        "transfer agreed",
        "control ordered",
        "control agreed",
        "control order lapsed",
        "sponsor took control",
        "sponsor left",
        "trust order lapsed",
        "trust set-up began",
        "trust opened",
        "trust failed",
        "trust handed back",
        "next provider sought",
        "trust contract ended",
        "trust contract renewed",
        "service returned",
    ),
}
WEEKLY = {"demand", "casework", "workforce", "money", "practice"}


def other(name: str) -> Value:
    """A value of the lever that is far from its default."""
    lever = LEVERS[name]
    if name == "regime.name":
        return "takeover"
    if lever.type is bool:
        return not lever.default
    if lever.type is str:
        return next(choice for choice in lever.choices if choice != lever.default)
    assert lever.low is not None
    assert lever.high is not None
    return lever.type(lever.high if lever.default == lever.low else lever.low)


def readers() -> dict[str, set[str]]:
    """The modules that read each lever."""
    modules: dict[str, set[str]] = {}
    for folder in ("model", "regimes"):
        for path in sorted((SOURCE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and node.value in LEVERS:
                    modules.setdefault(str(node.value), set()).add(path.name)
    return modules


@pytest.mark.parametrize("name", LEVERS)
def test_only_the_mechanisms_a_lever_declares_read_it(name: str) -> None:
    modules = readers()[name]
    unknown = modules - AREAS.keys()
    assert not unknown, f"say which mechanism {unknown} is part of"
    assert {AREAS[module] for module in modules} - {""} <= set(LEVERS[name].moves)


# -- week by week


@pytest.fixture(scope="module")
def moved_by_week() -> dict[str, set[str]]:
    """For each lever, the weekly steps that do something else because of it.

    One country has every lever at its default, each other one lever elsewhere. Before every
    step all countries are given the same state, so that a step that then differs between them
    differs because of the lever and not because of an earlier step.
    """
    names = list(LEVERS)
    worlds = [world(days=119), *(world(days=119, **{dunder(n): other(n)}) for n in names)]
    moved: dict[str, set[str]] = {name: set() for name in names}
    some = part(england(), SOME)
    # A settlement announced after the start, and before it begins, so that it can differ.
    announced = np.maximum(some.settlement_announced, some.date.toordinal() + 30)
    some = dataclasses.replace(some, settlement_announced=announced)
    batch = build(worlds, councils_from=some)
    with pytest.MonkeyPatch.context() as patch:
        for area, (module, function) in STEPS.items():
            patch.setattr(module, function, watched(batch, area, getattr(module, function), moved))
        batch.run()
    return moved


def dunder(name: str) -> str:
    return name.replace(".", "__")


def watched(
    batch: Batch, area: str, step: Callable[..., Any], moved: dict[str, set[str]]
) -> Callable[..., Any]:
    def lived(*arguments: Any) -> Any:
        for values in arrays(batch):
            values[1:] = values[:1]
        result = step(*arguments)
        for values in arrays(batch):
            unlike = (values[1:] != values[:1]).any(axis=1)
            for name, differs in zip(moved, unlike, strict=True):
                if differs:
                    moved[name].add(area.split()[0])
        return result

    return lived


def arrays(batch: Batch) -> Iterator[np.ndarray]:
    """Everything the weekly steps read and write, a row a country."""
    countries = len(batch.countries)
    for holder in (batch.state, batch.week, batch.week.pools):
        for name, values in list(vars(holder).items()):
            if not isinstance(values, np.ndarray) or values.ndim != 2:
                continue
            if values.shape[0] == 1 and name != "population":
                values = np.repeat(values, countries, axis=0)  # handed on before anything differs
                setattr(holder, name, values)
            if values.shape[0] == countries:
                yield values


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_changes_only_the_weekly_steps_it_declares(
    moved_by_week: dict[str, set[str]], name: str
) -> None:
    assert moved_by_week[name] <= set(LEVERS[name].moves)
    # And it does change every weekly step that it says it does.
    assert moved_by_week[name] >= set(LEVERS[name].moves) & WEEKLY


# -- in what happens


BASE: dict[str, Value] = {
    "regime.name": "takeover",
    "regime.grace_months": 6.0,
    "ofsted.emergency_inspections": True,
    "ofsted.monitoring_visits": True,
    "ofsted.trigger_sensitivity": 3.0,
}
FACTS = {"trust.failure_rate": 1.0, "ofsted.alarms_a_year": 3.0}
BESIDE: dict[str, dict[str, Value]] = {
    "pool.peer_teams": {"regime.name": "peer_support"},
    "pool.trust_project_teams": {"regime.takeover_prefers": "new company"},
    "regime.name": {"regime.name": "no_intervention"},
    "regime.leader_sites": {"pool.commissioners": 1},
}


# Levers that do something only where the scenario has rules, or changes its regime on a date: see
# tests/regimes/test_rules_beside.py and tests/model/test_open_cases.py.
ELSEWHERE = {"regime.with_rules", "regime.open_cases"}


def area_of(kind: str) -> str:
    return next((area for area, kinds in KINDS.items() if kind in kinds), "department")


@cache
def history(choices: tuple[tuple[str, Value], ...]) -> dict[tuple[int, int, str, str], int]:
    """What happens in four years in which only institutions live, and its place in the log."""
    one = world(days=1460, facts=FACTS, events=True, **{dunder(n): v for n, v in choices})
    batch = institutions([one])
    # Copied while the batch lives: what ends with it would be noted too.
    events: list[Event] = list(batch.countries[0].log.events)
    return {
        (event.day, event.council, event.kind, repr(sorted(event.details.items()))): event.id
        for event in events
    }


def different(value: Value, name: str) -> Value:
    """A value other than the base's."""
    return other(name) if other(name) != value else LEVERS[name].default


@pytest.mark.parametrize("name", LEVERS)
def test_the_first_thing_that_happens_otherwise_is_what_the_lever_moves(name: str) -> None:
    """Where children, staff and practice stand still, a lever of the weekly steps changes
    nothing that happens, and any other changes first what it declares."""
    base = {**BASE, **BESIDE.get(name, {})}
    value = base.get(name, LEVERS[name].default)
    before = history(tuple(base.items()))
    after = history(tuple({**base, name: different(value, name)}.items()))
    unlike = before.keys() ^ after.keys()
    declared = set(LEVERS[name].moves)
    if declared <= WEEKLY or name in ELSEWHERE:
        assert not unlike
        return
    assert unlike, "the lever changes nothing"
    # Both logs number events alike until something differs.
    first = min(unlike, key=lambda told: (told[0], {**after, **before}[told]))
    assert area_of(first[2]) in declared, first
