"""The same seed gives the same bytes, whatever else is going on."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.policy.levers import LEVERS
from sim.model.batch_result import BatchResult
from sim.model.settings import CountrySettings, LeverValue
from sim.random import counts, streams
from sim.regimes import available
from tests.helpers.small_england import build, england, fingerprint, part, run, world

pytestmark = [pytest.mark.standard, pytest.mark.determinism]

SOME = part(england(), range(0, 152, 3))


def digest(result: BatchResult) -> str:
    """One hash of all that a batch reports."""
    whole = sha256()
    for country in range(len(result.scenarios)):
        for name, content in sorted(fingerprint(result, country).items()):
            whole.update(name.encode())
            whole.update(content if isinstance(content, bytes) else content.encode())
    return whole.hexdigest()


def small_batch() -> BatchResult:
    """What the other processes run too."""
    regimes = sorted(available())
    worlds = [
        world(1 + k % 2, days=420, events=True, regime__name=n) for k, n in enumerate(regimes)
    ]
    return run(worlds, councils_from=SOME)


def test_another_hash_seed_changes_no_byte():
    here = digest(small_batch())
    folder = Path(__file__).parents[2]
    program = "from tests.model import test_same_bytes as t; print(t.digest(t.small_batch()))"
    for seed in ("0", "4321"):
        paths = os.pathsep.join([str(folder), *sys.path])
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == here


def everywhere(seed: int) -> dict[str, float]:
    """Every parameter somewhere in its range."""
    rng = np.random.default_rng(seed)
    return {
        name: entry.low + (entry.high - entry.low) * rng.random()
        for name, entry in load_ledger().items()
    }


def varied() -> list[CountrySettings]:
    """Countries that differ in everything that may differ."""
    return [
        world(1, days=450, events=True, regime__name="takeover"),
        world(2, days=450, events=True, regime__name="peer_support", facts=everywhere(1)),
        world(
            1,
            days=450,
            events=True,
            regime__name="as_practised",
            facts=everywhere(2),
            money__placement_growth_shift=0.01,
            department__what_works=True,
            workforce__desk_time_shift=-0.02,
            money__early_help_shift=0.3,
        ),
        world(
            3,
            days=450,
            events=True,
            regime__name="commissioner",
            ofsted__emergency_inspections=True,
            demand__poverty_shift=1.0,
            casework__family_group_conferences=0.5,
            services__around_families=0.4,
            later={100: {"ofsted.framework": "ILACS"}, 203: {"money.early_help_shift": 0.5}},
        ),
        world(2, days=450, events=True, regime__name="ad_hoc", regime__transfer_any_rate=0.1),
    ]


def test_compiled_or_not_the_bytes_are_the_same(monkeypatch: pytest.MonkeyPatch):
    compiled = digest(small_batch())
    monkeypatch.setattr(streams, "laws", lambda: counts)
    assert digest(small_batch()) == compiled


def test_a_country_is_the_same_in_any_batch():
    worlds = varied()
    alone = [fingerprint(run([each]), 0) for each in worlds]
    for order in ([0, 1, 2, 3, 4], [4, 2, 1]):
        batch = run([worlds[k] for k in order])
        for place, k in enumerate(order):
            found = fingerprint(batch, place)
            assert [name for name in found if found[name] != alone[k][name]] == []


def test_each_lever_does_the_same_alone_as_beside_all_the_others():
    few = part(england(), range(0, 152, 10))
    worlds = []
    for name, lever in LEVERS.items():
        if lever.type is bool:
            value: LeverValue = not lever.default
        elif lever.type is str:
            value = next(
                (choice for choice in lever.choices if choice != lever.default), "takeover"
            )
        else:
            value = lever.type(lever.high)
        worlds.append(world(1, days=98, events=True, **{name.replace(".", "__"): value}))
    batch = run(worlds, councils_from=few)
    assert len({str(fingerprint(batch, k)) for k in range(len(worlds))}) > 10
    for k, each in enumerate(worlds):
        assert fingerprint(run([each], councils_from=few), 0) == fingerprint(batch, k), list(
            LEVERS
        )[k]


def test_two_alike_in_one_batch_are_alike():
    twins = run(
        [world(1, events=True), world(2, events=True), world(1, events=True)], councils_from=SOME
    )
    assert fingerprint(twins, 0) == fingerprint(twins, 2)
    assert fingerprint(twins, 0) != fingerprint(twins, 1)


def test_seeds_and_replications_are_different_luck():
    first = run([world(1), world(2)], councils_from=SOME)
    other = run([world(1)], councils_from=SOME, seed=2)
    seen = {
        first.national["referrals"][0].tobytes(),
        first.national["referrals"][1].tobytes(),
        other.national["referrals"][0].tobytes(),
    }
    assert len(seen) == 3


def test_keeping_events_changes_nothing_else():
    kept, plain = (
        run([world(1, events=True)], councils_from=SOME),
        run([world(1)], councils_from=SOME),
    )
    assert kept.events
    assert not plain.events
    found = fingerprint(kept, 0)
    assert {**found, "events": ""} == {**fingerprint(plain, 0), "events": ""}


def test_scenarios_of_a_replication_meet_the_same_first_week():
    batch = build([world(1, regime__name=name) for name in sorted(available())])
    batch.env.process(batch._weeks(None))
    batch.run_until(6)
    arrived = batch.state.referrals
    assert (arrived == arrived[0]).all()
    assert arrived.sum() > 0.0


DAY = 287
CHANGES: list[dict[str, LeverValue]] = [
    {"regime.name": "takeover"},
    {"regime.name": "commissioner", "pool.commissioners": 40},
    {"ofsted.inspector_posts": 0},
    {"ofsted.framework": "ILACS"},
    {"ofsted.emergency_inspections": True, "ofsted.trigger_sensitivity": 10.0},
    {"ofsted.capacity": 0.0},
    {"money.early_help_shift": 1.0, "money.settlement_shift": 0.1},
    {"workforce.fast_track_places": 5000},
    {"department.what_works": True},
    {"regime.transfer_any_rate": 0.2},
]


def test_scenarios_are_the_same_until_the_day_they_differ():
    worlds = [world(1, days=490, events=True)]
    worlds += [world(1, days=490, events=True, later={DAY: change}) for change in CHANGES]
    result = run(worlds)
    months = sum((day - result.start).days < DAY for day in result.months)
    assert 0 < months < len(result.months)
    for country, change in enumerate(CHANGES, start=1):
        for name, values in result.national.items():
            same = values[country, :months] == values[0, :months]
            assert same.all(), (change, name)
        before = [
            [
                (e.id, e.day, e.council, e.kind, e.cause, e.details)
                for e in result.events
                if e.country == k and e.day < DAY
            ]
            for k in (0, country)
        ]
        assert before[0] == before[1], change
        for values in result.councils.values():
            assert np.array_equal(values[country, 0], values[0, 0], equal_nan=True), change
        later = fingerprint(result, country)
        assert later != fingerprint(result, 0)


@pytest.mark.parametrize("days", [180, 371])
def test_a_longer_run_begins_as_the_shorter_one(days: int):
    short = run([world(1, days=days, events=True, regime__name="takeover")], councils_from=SOME)
    long = run([world(1, days=500, events=True, regime__name="takeover")], councils_from=SOME)
    for name, values in short.national.items():
        assert (long.national[name][:, : len(short.months)] == values).all(), name
    assert [event for event in long.events if event.day < days] == short.events
