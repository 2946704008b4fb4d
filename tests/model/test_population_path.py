"""Children in England after the last estimate: one path a replication, the same for all councils'
shares and in every scenario."""

from __future__ import annotations

import dataclasses
from datetime import date
from functools import cache

import numpy as np
import pytest

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.beliefs import load_beliefs
from sim.model.simulation import Batch
from tests.helpers.seed_files import read_rows
from tests.helpers.small_england import NEW_YEAR, build, england, part, run, world

pytestmark = pytest.mark.quick

PATH = "demand.population_path"


def days_to(on: date) -> int:
    return (on - NEW_YEAR).days


def children(batch: Batch, on: date) -> np.ndarray:
    """Children on a day, (countries or 1, councils)."""
    days = [0, days_to(on)]
    return np.asarray(batch._population(days)[1] * batch._variant(days)[1])


@cache
def projection() -> dict[int, dict[str, float]]:
    return {
        int(row["year"]): {name: float(row[name]) for name in ("central", "low", "high")}
        for row in read_rows("projection")
    }


@cache
def three_paths() -> Batch:
    return build([world(1, facts={PATH: path}) for path in (-1.0, 0.0, 1.0)])


def test_children_up_to_mid_2024_grow_as_published_on_every_path() -> None:
    """A run opens with the last mid-year's children, and they grow from there as published."""
    b = england()
    first, last = (int(np.flatnonzero(b.population_years == year)[0]) for year in (2017, 2024))
    then, now = (children(three_paths(), date(year, 7, 1)) for year in (2017, 2024))
    published = b.population_path[:, last] / b.population_path[:, first]
    assert now / then == pytest.approx(np.tile(published, (3, 1)), rel=1e-3)
    # 1 July 2024 is a day after the middle of a leap year.
    assert now == pytest.approx(np.tile(now[1], (3, 1)), rel=1e-4)


@pytest.mark.parametrize("year", [2030, 2036])
def test_the_variants_add_up_to_those_of_the_projection(year: int) -> None:
    """England in mid-2024, times the growth that each variant projects."""
    then, found = (children(three_paths(), date(one, 7, 1)).sum(axis=1) for one in (2024, year))
    b, row = england(), projection()[year]
    published = b.population_path[:, b.population_years == 2024].sum()
    expected = [row[name] / published for name in ("low", "central", "high")]
    assert found / then == pytest.approx(expected, rel=1e-3)
    assert expected[0] < expected[1] < expected[2]


def test_every_council_keeps_its_share_of_mid_2024() -> None:
    then, late = (children(three_paths(), date(year, 7, 1)) for year in (2024, 2036))
    assert late / late.sum(axis=1, keepdims=True) == pytest.approx(
        then / then.sum(axis=1, keepdims=True), abs=1e-5
    )


def test_replications_spread_beyond_the_variants_by_2036() -> None:
    """The prior is as wide as it says: a third of the paths lie beyond the low or the high."""
    beliefs = load_beliefs("evidence")
    drawn = [beliefs.draw(number)[PATH] for number in range(1, 401)]
    assert np.mean(np.abs(drawn) > 1.0) == pytest.approx(0.29, abs=0.07)
    # Sets of the ensemble are drawn in turn, each with a path of its own.
    assert len(set(drawn)) > 100
    batch = build([world(1, facts={PATH: path}) for path in (-2.0, -1.0, 1.0, 2.0)])
    england_2036 = children(batch, date(2036, 7, 1)).sum(axis=1)
    assert (np.diff(england_2036) > 0.0).all()
    # Twice as far along a variant is twice its growth.
    low, high = england_2036[1:3]
    central = children(three_paths(), date(2036, 7, 1)).sum(axis=1)[1]
    assert england_2036[[0, 3]] == pytest.approx([low**2 / central, high**2 / central])


def parting_from_2016() -> Baseline:
    """A few councils whose paths part from the first day: by a tenth in 2017 and ever after."""
    b = part(england(), range(0, 152, 10))
    later = b.population_years > 2016
    return dataclasses.replace(
        b,
        population_low=np.where(later, 0.9, 1.0),
        population_high=np.where(later, 1.1, 1.0),
    )


def test_a_replication_has_one_path_in_every_scenario_and_more_children_bring_more_work() -> None:
    worlds = [
        world(r, days=728, facts={PATH: path}, regime__name=name)
        for name in ("no_intervention", "takeover")
        for r, path in ((1, -1.0), (2, 1.0))
    ]
    b = parting_from_2016()
    batch = build(worlds, councils_from=b)
    result = batch.run()
    population = batch.state.population
    assert (population[:2] == population[2:]).all()
    assert population[1] / population[0] == pytest.approx(1.1 / 0.9)
    same = run([world(2, days=728, facts={PATH: -1.0})], councils_from=b)
    assert result.totals["referrals"][1] > same.totals["referrals"][0]
    assert result.totals["children_in_need"][1] > same.totals["children_in_need"][0]


def test_a_run_opens_with_the_children_of_its_baseline_on_every_path() -> None:
    b = dataclasses.replace(parting_from_2016(), population_low=np.full(26, 0.9))
    batch = build([world(1, facts={PATH: -1.0}), world(2, facts={PATH: 2.0})], councils_from=b)
    assert (batch._variant([0, 7])[0] == 1.0).all()
    assert children(batch, NEW_YEAR) == pytest.approx(np.tile(b.population, (2, 1)))
