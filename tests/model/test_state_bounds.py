"""Whatever happens, the state stays within what its fields mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from sim.model.simulation import Batch
from sim.model.state import State
from sim.regimes import available
from tests.helpers.small_england import build, england, part, world

pytestmark = pytest.mark.quick

# Lowest and highest value of each field; the rest are counts or amounts and not negative.
BOUNDS = {
    "absence": (0.0, 0.2),
    "anchor": (-3.0, 8.0),
    "attention_lent": (0.0, 1.0),
    "attention_transition": (0.0, 1.0),
    "attention_transmutation": (0.0, 1.0),
    "contracted": (0.0, 1.0),
    "desk_extra": (-0.3, 0.4),
    "director_quality": (-8.0, 6.0),
    "failure_money": (0.0, 0.5),
    "freeze": (0.0, 1.0),
    "grade": (0.0, 4.0),
    "learning": (0.0, 1.0),
    "morale": (-6.0, 3.0),
    "plan_alarm": (0.0, 1.0),
    "alarm": (0.0, 1.0),
    "budget_passing": (-1.0, 1.0),
    "help_passing": (-2.0, 2.0),
    "other_passing": (-2.0, 2.0),
    "posts_passing": (-1.0, 1.0),
    "practice": (0.3, 4.7),
    "reporting": (0.0, 0.4),
    "soft_budget": (-0.1, 0.3),
    "stall": (0.0, 1.0),
    "stigma": (0.0, 1.0),
    "support": (-2.0, 3.0),
    "uncertainty": (0.0, 1.0),
    "weakness": (-1.5, 1.5),
}
# May be of either sign: an underspend goes into reserves, posts are made or cut.
SIGNED = {"income_reserves", "income_corporate", "spend_overrun", "change_rate", "posts_change"}


@pytest.fixture(scope="module")
def quarters() -> list[dict[str, np.ndarray]]:
    """Four years of every regime, at the end of each quarter; trusts fail, alarms ring."""
    later = {500: {"ofsted.framework": "ILACS"}, 900: {"regime.new_trusts_allowed": False}}
    later[1100] = {"regime.new_trusts_allowed": True}
    facts = {"trust.failure_rate": 0.6, "trust.lapse_rate": 0.5}
    batch = build(
        [
            world(
                k,
                days=1456,
                facts=facts,
                later=later,
                regime__name=name,
                regime__grace_months=3.0,
                regime__transfer_any_rate=0.1,
                regime__after_provider_failure="another_provider" if k % 2 else "return",
                ofsted__emergency_inspections=True,
                ofsted__trigger_sensitivity=5.0,
            )
            for k, name in enumerate(sorted(available()), start=1)
        ],
        councils_from=part(england(), range(0, 152, 2)),
    )
    looks: list[dict[str, np.ndarray]] = []

    def watch(batch: Batch) -> Iterator[Any]:
        while True:
            yield batch.env.timeout(91.0)
            batch.live_until(batch.env.now)
            looks.append({f.name: getattr(batch.state, f.name).copy() for f in fields(State)})
            for country in batch.countries:
                assert not any(c.contracted and not c.committed for c in country.councils)

    batch.env.process(watch(batch))
    batch.run()
    return looks


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_a_field_stays_within_its_meaning(quarters: list[dict[str, np.ndarray]], name: str):
    low, high = BOUNDS[name]
    for look in quarters:
        # Sums that are put on and taken off again may miss zero by a rounding error.
        assert look[name].min() >= low - 1e-9
        assert look[name].max() <= high + 1e-9


def test_counts_and_amounts_are_never_negative(quarters: list[dict[str, np.ndarray]]):
    for look in quarters:
        for name, values in look.items():
            if name == "director_settles":  # a day; none is in sight while an interim serves
                continue
            assert np.isfinite(values).all(), name
            if name not in BOUNDS and name not in SIGNED:
                assert values.min() >= -1e-9, name


def test_grades_and_flags_are_whole(quarters: list[dict[str, np.ndarray]]):
    for look in quarters:
        for name in ("grade", "contracted", "inspections", "directors_changed"):
            assert (look[name] == np.floor(look[name])).all(), name


def test_only_the_failing_report_more_than_trusts_and_visits_make_them(
    quarters: list[dict[str, np.ndarray]],
):
    """What a failure and a contract put on is taken off again: nothing is left over."""
    p = world().parameters
    for k, look in enumerate(quarters, start=1):
        usual = (look["grade"] == 1) * p["practice.failure_reporting"]
        usual = usual + look["contracted"] * p["trust.reporting"]
        assert np.allclose(look["reporting"], usual, atol=1e-9)
        visited = look["inspected_until"] > 91.0 * k
        assert visited.mean() < 0.2
    assert any((look["inspected_until"] > 91.0 * k).any() for k, look in enumerate(quarters, 1))
