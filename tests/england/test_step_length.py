"""Steps of four weeks, for screening many futures: the same country, seen less often."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from country import build, england, run, world

from sim.england.nation import Batch

WEEK, SCREEN = 7, 28
PAIRED = 16


@pytest.fixture(scope="module")
def steps() -> dict[int, Batch]:
    """Two years of one nation at each step."""
    lived = {}
    for step in (WEEK, SCREEN):
        lived[step] = build([replace(world(1, days=728), step_days=step)])
        lived[step].run()
    return lived


@pytest.mark.conservation
@pytest.mark.parametrize("step", [WEEK, SCREEN])
def test_children_are_conserved_at_any_step(steps: dict[int, Batch], step: int):
    s, b = steps[step].state, england()
    came = s.referrals - s.no_action
    np.testing.assert_array_equal(s.children_in_need[0], (b.children_in_need + came - s.closed)[0])


@pytest.mark.parametrize("step", [WEEK, SCREEN])
def test_stages_open_as_full_as_a_steady_flow_leaves_them(steps: dict[int, Batch], step: int):
    """No stage of England's children lurches in the first year."""
    batch = build([replace(world(k, days=364), step_days=step) for k in (1, 2)])
    begun = {name: getattr(batch.state, name).sum() for name in ("need_short", "care_short")}
    begun["all"] = batch.state.children_in_need.sum()
    batch.run()
    ended = {name: getattr(batch.state, name).sum() for name in ("need_short", "care_short")}
    ended["all"] = batch.state.children_in_need.sum()
    widest = {WEEK: 0.03, SCREEN: 0.10}[step]
    assert abs(ended["all"] / begun["all"] - 1.0) < widest
    for name in begun:
        assert abs(ended[name] / begun[name] - 1.0) < 0.25, name


def test_every_month_has_its_figures_at_either_step(steps: dict[int, Batch]):
    weekly, screened = (steps[step].recorder.result() for step in (WEEK, SCREEN))
    assert weekly.months == screened.months
    for name, values in screened.national.items():
        assert np.isfinite(values).all(), name


@pytest.mark.slow
def test_screening_finds_the_same_difference_between_regimes():
    """Years inadequate under a takeover less those without any intervention, replication by
    replication: the two steps agree within the error of so few runs."""
    found = {}
    for step in (WEEK, SCREEN):
        worlds = [
            replace(world(k, days=3650, regime__name=name), step_days=step)
            for name in ("commissioner", "no_intervention")
            for k in range(1, PAIRED + 1)
        ]
        years = run(worlds).totals["inadequate_council_years"].reshape(2, PAIRED)
        found[step] = years[0] - years[1]
    apart = found[SCREEN].mean() - found[WEEK].mean()
    error = np.sqrt(sum(d.var(ddof=1) / PAIRED for d in found.values()))
    assert abs(apart) < 3.0 * error
    assert found[WEEK].mean() < 0.0
    assert found[SCREEN].mean() < 0.0


def test_a_batch_has_one_step():
    with pytest.raises(ValueError, match="step"):
        build([world(1), replace(world(2), step_days=SCREEN)])
