"""Each method against a case whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.studies.attribution import attributed, combinations_needed, shapley
from sim.studies.break_even import break_even, break_even_line
from sim.studies.discovery import find_box, too_few
from sim.studies.information import value_of_information
from sim.studies.regressions import importance, noise_floors, weigh
from sim.studies.robustness import minimax, robustness
from sim.studies.sensitivity import (
    Array,
    screened,
    screening_design,
    share_design,
    shares,
)
from sim.studies.worth import choice_by_price

FACTORS = ("x1", "x2", "x3")


def ishigami(u: Array) -> Array:
    """The standard test function, from the unit cube (a = 7, b = 0.1)."""
    z = np.pi * (2.0 * u - 1.0)
    return np.asarray(np.sin(z[:, 0]) * (1.0 + 0.1 * z[:, 2] ** 4) + 7.0 * np.sin(z[:, 1]) ** 2)


@pytest.mark.theory
def test_shares_agree_with_the_analytic_answer_for_ishigami() -> None:
    pytest.importorskip("SALib")
    design = share_design(FACTORS, 1024, seed=1)
    found = shares(FACTORS, ishigami(design))
    assert found.first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.04)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.04)


@pytest.mark.theory
def test_screening_ranks_the_factors_of_a_linear_function() -> None:
    pytest.importorskip("SALib")
    design = screening_design(FACTORS, 10, seed=1)
    found = screened(FACTORS, design, design @ np.array([5.0, -2.0, 0.0]))
    assert found.mean == pytest.approx([5.0, -2.0, 0.0])
    assert found.size == pytest.approx([5.0, 2.0, 0.0])
    assert found.sd == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


@pytest.fixture(scope="module")
def futures() -> Array:
    return np.random.default_rng(1).random((300, 8))


@pytest.mark.theory
@pytest.mark.slow
def test_a_planted_box_is_found_through_noise(futures: Array) -> None:
    pytest.importorskip("ema_workbench")
    flipped = np.random.default_rng(2).random(300) < 0.05
    cases = ((futures[:, 2] > 0.6) & (futures[:, 5] < 0.5)) ^ flipped
    box = find_box(pd.DataFrame(futures, columns=list("abcdefgh")), cases, resamples=4)
    assert box is not None
    assert set(box.limits) == {"c", "f"}
    assert box.limits["c"][0] == pytest.approx(0.6, abs=0.06)
    assert box.limits["f"][1] == pytest.approx(0.5, abs=0.06)
    assert box.density > 0.85
    assert min(box.stability.values()) == 1.0
    assert 0.75 < box.density_held_out <= 1.0
    assert 0.6 < box.coverage_held_out <= 1.0


def test_no_box_is_found_where_there_is_none(futures: Array) -> None:
    pytest.importorskip("ema_workbench")
    frame = pd.DataFrame(futures[:, :3], columns=list("abc"))
    cases = np.random.default_rng(3).random(300) < 0.4
    box = find_box(frame, cases, resamples=3)
    assert box is None or min(box.stability.values()) < 1.0


def test_too_few_cases_say_how_many() -> None:
    assert "only 3 of 50" in too_few(np.arange(50) < 3)
    assert "only 2 of 50" in too_few(np.arange(50) < 48)
    assert not too_few(np.arange(50) < 25)


@pytest.mark.theory
def test_value_of_information_agrees_with_the_normal_case() -> None:
    # One act pays nothing, the other a standard normal: knowing it is worth 1 / sqrt(2 pi).
    generator = np.random.default_rng(4)
    x = generator.standard_normal((4000, 3))
    x -= x.mean(axis=0)
    loss = np.stack([np.zeros(4000), -x[:, 0] + 0.5 * generator.standard_normal(4000)], axis=1)
    found = value_of_information(loss, x)
    assert found.value[0] == pytest.approx(1.0 / np.sqrt(2.0 * np.pi), abs=0.03)
    assert found.value[1:].max() < 0.03
    assert found.value[0] > found.floor[0]
    assert found.change[0] == pytest.approx(0.5, abs=0.05)


@pytest.mark.theory
def test_break_even_is_found_with_its_interval(futures: Array) -> None:
    noise = np.random.default_rng(5).normal(0.0, 0.3, 300)
    difference = 1.0 - 3.0 * futures[:, 2] + futures[:, 3] - 0.5 + noise
    tie = break_even(futures, difference, 2)
    assert tie.verdict == "above"
    assert tie.at == pytest.approx(1.0 / 3.0, abs=0.04)
    assert tie.at_low < 1.0 / 3.0 < tie.at_high


@pytest.mark.theory
def test_break_even_intervals_hold_the_truth_as_often_as_they_say_with_shared_luck() -> None:
    groups = np.arange(200) // 8
    held = {"grouped": 0, "apart": 0}
    for seed in range(100):
        generator = np.random.default_rng(seed)
        x = generator.random((200, 6))
        luck = generator.normal(0.0, 1.0, 25)[groups] + generator.normal(0.0, 0.7, 200)
        difference = 1.0 - 3.0 * x[:, 2] + x[:, 3] - 0.5 + luck
        for name, known in (("grouped", groups), ("apart", None)):
            tie = break_even(x, difference, 2, seed, known)
            held[name] += tie.at_low <= 1.0 / 3.0 <= tie.at_high
    assert held["grouped"] >= 87  # 25 groups: about 92 are to be expected
    assert held["apart"] < held["grouped"] - 5  # as if luck were not shared: too narrow


@pytest.mark.theory
def test_nothing_stands_above_the_noise_more_often_than_it_should() -> None:
    groups = np.arange(120) // 6
    found = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        x = generator.random((120, 60))
        x[:, :10] = generator.random((30, 10))[generator.integers(0, 30, 120)]  # fitted sets
        y = generator.normal(size=20)[groups] + generator.normal(size=120)
        found += bool(weigh(x, y, [range(60)], generator).clear)
    assert found <= 8  # 3 expected; more than 8 once in 300 such tests


@pytest.mark.parametrize(("shift", "verdict"), [(-5.0, "always"), (5.0, "never")])
def test_break_even_where_one_regime_always_wins(
    futures: Array, shift: float, verdict: str
) -> None:
    assert break_even(futures, shift - futures[:, 2], 2).verdict == verdict


@pytest.mark.theory
def test_the_line_of_break_even_runs_where_it_should(futures: Array) -> None:
    noise = np.random.default_rng(6).normal(0.0, 0.2, 300)
    difference = 0.5 + futures[:, 3] - 2.0 * futures[:, 2] + noise
    line = break_even_line(futures, difference, (3, 2))
    expected = 0.25 + 0.5 * line.x
    assert line.difference[0, -1] < 0 < line.difference[-1, 0]  # the more of y the better
    assert line.ahead[0, -1] == 1.0
    assert line.ahead[-1, 0] == 0.0
    middle = abs(line.difference) < 0.02
    assert 0.02 < line.ahead[middle].mean() < 0.98
    assert np.nanmax(abs(line.y - expected)) < 0.06
    assert ((line.y_low <= expected) & (expected <= line.y_high)).mean() > 0.8


def test_the_noise_floor_is_that_of_the_best_of_many(futures: Array) -> None:
    generator = np.random.default_rng(7)
    outcome = generator.standard_normal(300)
    floor = noise_floors(futures, outcome, [[0], range(1, 8)], generator)
    assert floor[0] < floor[1] == floor[7]  # the best of seven looks better than one
    assert importance(futures, outcome + 2.0 * futures[:, 0])[0] > floor[0]


def test_robustness_of_known_losses() -> None:
    loss = np.array([[1.0, 2.0], [1.0, 2.0], [5.0, 2.0], [3.0, 3.0]])[:, :, None]
    found = robustness(np.repeat(loss, 2, axis=2), tolerance=0.0)
    assert found.mean == pytest.approx([2.5, 2.25])
    assert found.best == pytest.approx([0.625, 0.375])
    assert found.regret_most == pytest.approx([3.0, 1.0])
    assert found.within == pytest.approx([0.75, 0.5])
    assert minimax(found.regret_most) == 1
    assert found.luck_share == 0.0


def test_intervals_of_means_know_that_futures_share_luck() -> None:
    luck = np.repeat(np.random.default_rng(8).normal(size=25), 8)
    loss = np.stack([luck, luck + 1.0], axis=1)[:, :, None]
    apart = robustness(loss, 0.0)
    together = robustness(loss, 0.0, np.repeat(np.arange(25), 8))
    assert together.ci95[0] == pytest.approx(2.064 * luck[::8].std(ddof=1) / 5.0, rel=1e-3)
    assert together.ci95[0] > 2.5 * apart.ci95[0]
    assert together.lead_ci95 == pytest.approx([0.0, 0.0])  # paired, the luck is gone
    assert together.lead == pytest.approx([0.0, 1.0])


def test_a_parameter_that_goes_with_one_that_matters_is_not_taken_for_a_cause() -> None:
    generator = np.random.default_rng(9)
    x = generator.random((400, 5))
    x[:, 1] = x[:, 0] + 0.3 * x[:, 1]
    y = x[:, 0] ** 2 + 0.1 * generator.standard_normal(400)
    weights = weigh(x, y, [range(5)], generator)
    assert weights.clear == (0,)
    assert importance(x, y)[1] > weights.floor[1] > weights.share[1]


def test_the_noise_floor_keeps_ties() -> None:
    # Ten sets of parameters, each met forty times, look more alike than 400 futures do.
    generator = np.random.default_rng(10)
    sets = np.repeat(generator.random(10), 40)
    y = np.repeat(generator.standard_normal(10), 40) + 0.1 * generator.standard_normal(400)
    x = np.stack([sets, generator.random(400)], axis=1)
    floor = noise_floors(x, y, [[0], [1]], generator)
    assert floor[0] > 0.2
    assert floor[1] < 0.03


def test_the_choice_by_price_runs_from_the_cheapest_to_the_fewest_years() -> None:
    cost, years = np.array([30.0, 10.0, 0.0, 40.0]), np.array([80.0, 90.0, 100.0, 85.0])
    assert choice_by_price(cost, years) == [(0.0, 2), (1.0, 1), (2.0, 0)]
    assert choice_by_price(cost[:2], np.array([9.0, 5.0])) == [(0.0, 1)]


def test_parts_that_act_together_show_as_interaction_and_in_shapley_shares() -> None:
    # Each of two parts does nothing alone; together they add ten.
    parts = ["a", "b"]
    figures = {off: np.full(5, 0.0 if off else 10.0) for off in combinations_needed(parts, True)}
    steps = {name: effect for name, effect, _ in attributed(parts, figures).steps}
    assert steps == {"a": 10.0, "b": 10.0, "interaction": -10.0}
    shared = shapley(parts, figures)
    assert [effect for _, effect, _ in shared.steps] == [5.0, 5.0]
    assert (shared.none, shared.whole) == (0.0, 10.0)
