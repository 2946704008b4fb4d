"""Each method against a case whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sim.inputs.councils.baseline import baseline
from sim.studies.attribution import one_at_a_time, shapley_shares, switched_off
from sim.studies.break_even import break_even, break_even_map
from sim.studies.discovery import find_box, too_few
from sim.studies.information import choice_by_price, value_of_information
from sim.studies.regressions import correlations, importance, noise_floors
from sim.studies.robustness import kinds_of, random_share, robustness
from sim.studies.sensitivity import make_design, measure
from sim.units import Array

pytestmark = pytest.mark.standard

FACTORS = ("x1", "x2", "x3")


def ishigami(u: Array) -> Array:
    """The standard test function, from the unit cube (a = 7, b = 0.1)."""
    z = np.pi * (2.0 * u - 1.0)
    return np.asarray(np.sin(z[:, 0]) * (1.0 + 0.1 * z[:, 2] ** 4) + 7.0 * np.sin(z[:, 1]) ** 2)


@pytest.mark.theory
def test_shares_agree_with_the_analytic_answer_for_ishigami() -> None:
    pytest.importorskip("SALib")
    design = make_design("shares", FACTORS, 1024, seed=1)
    shares = measure("shares", FACTORS, design, ishigami(design))
    assert shares["S1"] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.04)
    assert shares["ST"] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.04)


@pytest.mark.theory
def test_screening_ranks_the_factors_of_a_linear_function() -> None:
    pytest.importorskip("SALib")
    design = make_design("screening", FACTORS, 10, seed=1)
    effects = measure("screening", FACTORS, design, design @ np.array([5.0, -2.0, 0.0]))
    assert effects["mu"] == pytest.approx([5.0, -2.0, 0.0])
    assert effects["mu_star"] == pytest.approx([5.0, 2.0, 0.0])
    assert effects["sigma"] == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


@pytest.fixture(scope="module")
def futures() -> Array:
    return np.random.default_rng(1).random((300, 8))


@pytest.mark.theory
@pytest.mark.standard
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
    information = value_of_information(loss, x)
    assert information.value[0] == pytest.approx(1.0 / np.sqrt(2.0 * np.pi), abs=0.03)
    assert information.value[1:].max() < 0.03
    assert information.value[0] > information.floor[0]
    assert information.above_noise[0]
    assert information.change_share[0] == pytest.approx(0.5, abs=0.05)


@pytest.mark.theory
def test_break_even_is_found_with_its_interval(futures: Array) -> None:
    noise = np.random.default_rng(5).normal(0.0, 0.3, 300)
    difference = 1.0 - 3.0 * futures[:, 2] + futures[:, 3] - 0.5 + noise
    point = break_even(futures, difference, 2)
    assert point.preferred == "above"
    assert point.at == pytest.approx(1.0 / 3.0, abs=0.04)
    assert point.at_low < 1.0 / 3.0 < point.at_high


@pytest.mark.theory
def test_break_even_intervals_cover_the_truth_as_often_as_they_say_with_shared_random_numbers() -> (
    None
):
    groups = np.arange(200) // 8
    covered = {"grouped": 0, "apart": 0}
    for seed in range(100):
        generator = np.random.default_rng(seed)
        x = generator.random((200, 6))
        noise = generator.normal(0.0, 1.0, 25)[groups] + generator.normal(0.0, 0.7, 200)
        difference = 1.0 - 3.0 * x[:, 2] + x[:, 3] - 0.5 + noise
        for name, known in (("grouped", groups), ("apart", None)):
            point = break_even(x, difference, 2, seed, known)
            covered[name] += point.at_low <= 1.0 / 3.0 <= point.at_high
    assert covered["grouped"] >= 87  # 25 groups: about 92 are to be expected
    assert covered["apart"] < covered["grouped"] - 5  # as if nothing were shared: too narrow


@pytest.mark.theory
def test_nothing_stands_above_the_noise_more_often_than_it_should() -> None:
    groups = np.arange(120) // 6
    false_alarms = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        x = generator.random((120, 60))
        x[:, :10] = generator.random((30, 10))[generator.integers(0, 30, 120)]  # fitted sets
        y = generator.normal(size=20)[groups] + generator.normal(size=120)
        false_alarms += bool(importance(x, y, [range(60)], generator).above_noise)
    assert false_alarms <= 8  # 3 expected; more than 8 once in 300 such tests


@pytest.mark.parametrize(("shift", "preferred"), [(-5.0, "always"), (5.0, "never")])
def test_break_even_where_one_regime_always_wins(
    futures: Array, shift: float, preferred: str
) -> None:
    assert break_even(futures, shift - futures[:, 2], 2).preferred == preferred


@pytest.mark.theory
def test_the_line_of_break_even_runs_where_it_should(futures: Array) -> None:
    noise = np.random.default_rng(6).normal(0.0, 0.2, 300)
    difference = 0.5 + futures[:, 3] - 2.0 * futures[:, 2] + noise
    line = break_even_map(futures, difference, (3, 2))
    expected = 0.25 + 0.5 * line.x
    assert line.difference[0, -1] < 0 < line.difference[-1, 0]  # the more of y the better
    assert line.share_preferred[0, -1] == 1.0
    assert line.share_preferred[-1, 0] == 0.0
    middle = abs(line.difference) < 0.02
    assert 0.02 < line.share_preferred[middle].mean() < 0.98
    assert np.nanmax(abs(line.y - expected)) < 0.06
    assert ((line.y_low <= expected) & (expected <= line.y_high)).mean() > 0.8


def test_the_noise_floor_is_that_of_the_best_of_many(futures: Array) -> None:
    generator = np.random.default_rng(7)
    outcome = generator.standard_normal(300)
    floor = noise_floors(futures, outcome, [[0], range(1, 8)], generator)
    assert floor[0] < floor[1] == floor[7]  # the best of seven looks better than one
    assert correlations(futures, outcome + 2.0 * futures[:, 0])[0] > floor[0]


def test_robustness_of_known_losses() -> None:
    loss = np.array([[1.0, 2.0], [1.0, 2.0], [5.0, 2.0], [3.0, 3.0]])[:, :, None]
    loss = np.repeat(loss, 2, axis=2)
    result = robustness(loss, tolerance=0.0)
    assert list(result["mean"]) == pytest.approx([2.5, 2.25])
    assert list(result["best_share"]) == pytest.approx([0.625, 0.375])
    assert list(result["regret_most"]) == pytest.approx([3.0, 1.0])
    assert list(result["within_share"]) == pytest.approx([0.75, 0.5])
    assert list(result["minimax"]) == [False, True]
    assert random_share(loss) == 0.0


def test_intervals_of_means_allow_for_futures_that_share_random_numbers() -> None:
    shared = np.repeat(np.random.default_rng(8).normal(size=25), 8)
    loss = np.stack([shared, shared + 1.0], axis=1)[:, :, None]
    apart = robustness(loss, 0.0)
    grouped = robustness(loss, 0.0, np.repeat(np.arange(25), 8))
    assert grouped["ci95_half"][0] == pytest.approx(2.064 * shared[::8].std(ddof=1) / 5.0, rel=1e-3)
    assert grouped["ci95_half"][0] > 2.5 * apart["ci95_half"][0]
    assert list(grouped["lead_ci95_half"]) == pytest.approx(
        [0.0, 0.0]
    )  # paired, what is shared is gone
    assert list(grouped["lead"]) == pytest.approx([0.0, 1.0])


def test_a_parameter_that_goes_with_one_that_matters_is_not_taken_for_a_cause() -> None:
    generator = np.random.default_rng(9)
    x = generator.random((400, 5))
    x[:, 1] = x[:, 0] + 0.3 * x[:, 1]
    y = x[:, 0] ** 2 + 0.1 * generator.standard_normal(400)
    matters = importance(x, y, [range(5)], generator)
    assert matters.above_noise == (0,)
    assert correlations(x, y)[1] > matters.floor[1] > matters.share[1]


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
    values = {off: np.full(5, 0.0 if off else 10.0) for off in switched_off(parts, "shapley")}
    steps = {name: effect for name, effect, _ in one_at_a_time(parts, values).steps}
    assert steps == {"a": 10.0, "b": 10.0, "interaction": -10.0}
    shapley = shapley_shares(parts, values)
    assert [effect for _, effect, _ in shapley.steps] == [5.0, 5.0]
    assert (shapley.all_off, shapley.all_on) == (0.0, 10.0)


@pytest.mark.data
@pytest.mark.parametrize(("start", "counts"), [(date(2016, 1, 1), False), (date(2024, 9, 1), True)])
def test_a_cut_is_what_was_known_of_settlements_at_the_start(start: date, counts: bool) -> None:
    """A council whose money is halved in 2022-23 is among the deepest cuts of a later start."""
    b = baseline(start)
    growth = b.settlement_growth.copy()
    council = int(np.argmax(np.prod(1.0 + growth, axis=1)))
    growth[council, list(b.settlement_years).index(2022)] = -0.5
    (deepest,) = (
        kind
        for kind in kinds_of(replace(b, settlement_growth=growth))
        if kind.group == "deepest cut"
    )
    assert deepest.members[council] == counts
