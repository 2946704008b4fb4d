"""Luck: counts against scipy, streams by name, the same answers whatever else is asked."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtr

from sim.random import counts as laws_of_numpy
from sim.random.chances import A_WEEK, chance
from sim.random.streams import EventRandom, Tables, WeeklyRandom, laws, stream

pytestmark = pytest.mark.quick

Array = np.ndarray
Counts = Callable[[Array, Array], Array]

MEANS = st.floats(0.0, 60.0)
EXACT = st.floats(0.0, laws_of_numpy.EXACT_BELOW, exclude_max=True)
NORMALS = st.lists(st.floats(-7.0, 7.0), min_size=1, max_size=30)


def beside(values: Array, another: float) -> Array:
    """The same values, and one more that changes how the whole array is worked out."""
    return np.append(values, another)


def both(law: str, *arguments: Array) -> Array:
    """What numpy works out, and the compiled laws to the bit."""
    found: Array = getattr(laws_of_numpy, law)(*arguments)
    assert getattr(laws(), law)(*arguments).tobytes() == found.tobytes()
    return found


def poisson(z: Array, mean: Array, other: float = 0.0) -> Array:
    z, mean = beside(z, 0.0), beside(mean, other)
    return both("poisson", z, mean)[:-1]


def binomial(z: Array, trials: Array, chance: Array, other: float = 0.0) -> Array:
    z, trials, chance = beside(z, 0.0), beside(trials, other), beside(chance, 0.3)
    return both("binomial", z, trials, chance)[:-1]


def assert_quantile(counts: Array, luck_: Array, law: stats.rv_discrete) -> None:
    """Each count is the quantile, save where the luck falls on a step to 12 decimals."""
    assert (law.cdf(counts) >= luck_ - 1e-12).all()
    assert (law.cdf(counts - 1.0) <= luck_ + 1e-12).all()


@given(NORMALS, EXACT, st.sampled_from([0.0, 100.0]))
@example([-2.53], 1.49, 100.0)
@pytest.mark.theory
def test_small_poisson_counts_are_exact_quantiles(z: list[float], mean: float, other: float):
    draws = np.array(z)
    counts = poisson(draws, np.full_like(draws, mean), other)
    assert_quantile(counts, ndtr(draws), stats.poisson(mean))


@given(NORMALS, EXACT, st.integers(1, 4000), st.booleans(), st.sampled_from([0.0, 400.0]))
@example([-2.66], 1.49, 8, False, 400.0)
@example([2.8], 1.2, 10, True, 400.0)
@pytest.mark.theory
def test_small_binomial_counts_are_exact_quantiles(
    z: list[float], variance: float, trials: int, turned: bool, other: float
):
    draws = np.array(z)
    rare = (1.0 - np.sqrt(max(1.0 - 4.0 * variance / trials, 0.0))) / 2.0
    chance = 1.0 - rare if turned else rare
    n, p = np.full_like(draws, trials), np.full_like(draws, chance)
    assert_quantile(binomial(draws, n, p, other), ndtr(draws), stats.binom(trials, chance))


@pytest.mark.theory
@pytest.mark.parametrize("mean", [1.5, 2.0, 3.0, 6.0, 12.0, 40.0, 350.0])
def test_large_poisson_counts_have_the_right_law(mean: float):
    assert_close(lambda z, _: poisson(z, np.full_like(z, mean), 50.0), stats.poisson(mean))


@pytest.mark.theory
@pytest.mark.parametrize(
    ("trials", "chance"),
    [
        (6, 0.5),
        (24, 0.5),
        (17, 0.1),
        (67, 0.1),
        (10, 0.7),
        (30, 0.7),
        (100, 0.5),
        (900, 0.01),
        (900, 0.985),
        (5000, 0.02),
    ],
)
def test_large_binomial_counts_have_the_right_law(trials: int, chance: float):
    def counts(z: Array, _: Array) -> Array:
        return binomial(z, np.full_like(z, trials), np.full_like(z, chance), 400.0)

    assert_close(counts, stats.binom(trials, chance))


def assert_close(counts: Counts, law: stats.rv_discrete) -> None:
    """What counts.py promises above EXACT_BELOW: total variation, mean and variance."""
    edges = np.linspace(-8.0, 8.0, 160_001)
    z, weight = (edges[1:] + edges[:-1]) / 2.0, np.diff(ndtr(edges))
    drawn = counts(z, ndtr(z))
    mass = np.bincount(drawn.astype(int), weight, minlength=int(law.mean()) + 2)
    values = np.arange(len(mass))
    assert 0.5 * np.abs(mass - law.pmf(values)).sum() < 0.005
    mean = (mass * values).sum()
    assert mean == pytest.approx(law.mean(), rel=0.0025)
    variance = (mass * (values - mean) ** 2).sum()
    assert variance == pytest.approx(law.var(), rel=0.015)


@given(NORMALS, MEANS)
@example([-6.0, 0.0], 2.0)
def test_more_luck_and_a_larger_mean_never_give_a_smaller_count(z: list[float], mean: float):
    draws = np.sort(np.array(z))
    counts = poisson(draws, np.full_like(draws, mean))
    assert (np.diff(counts) >= 0.0).all()
    assert (poisson(draws, np.full_like(draws, mean * 1.5)) >= counts).all()


TAILS = np.linspace(-8.0, 8.0, 1601)  # as far as luck goes


@pytest.mark.theory
@pytest.mark.parametrize("mean", [0.5, 1.5, 1.51, 1.75, 2.0, 3.0, 4.5, 8.0, 16.0, 60.0])
def test_poisson_counts_keep_their_order_into_the_tails(mean: float):
    assert_ordered(poisson(TAILS, np.full_like(TAILS, mean), 50.0), stats.poisson(mean))


@pytest.mark.theory
@pytest.mark.parametrize("trials", [1, 6, 7, 10, 16, 30, 100, 400])
@pytest.mark.parametrize("chance", [0.004, 0.05, 0.2, 0.3, 0.4, 0.45, 0.49, 0.5, 0.55, 0.8, 0.99])
def test_binomial_counts_keep_their_order_into_the_tails(trials: int, chance: float):
    n = np.full_like(TAILS, trials)
    counts = binomial(TAILS, n, np.full_like(TAILS, chance), 400.0)
    assert_ordered(counts, stats.binom(trials, chance))


def assert_ordered(counts: Array, law: stats.rv_discrete) -> None:
    """More luck never gives less, and no count is far from its quantile."""
    assert (np.diff(counts) >= 0.0).all()
    usual = np.abs(TAILS) < 6.0
    assert np.abs(counts - law.ppf(ndtr(TAILS)))[usual].max() <= 2.0


@given(
    NORMALS,
    st.integers(0, 500),
    st.floats(-0.5, 1.5, allow_nan=False),
)
def test_binomial_counts_are_whole_and_within_their_trials(
    z: list[float], trials: int, chance: float
):
    draws = np.array(z)
    n = np.full_like(draws, trials)
    counts = binomial(draws, n, np.full_like(draws, chance))
    assert (counts == np.floor(counts)).all()
    assert (counts >= 0.0).all()
    assert (counts <= n).all()
    if chance <= 0.0:
        assert not counts.any()
    if chance >= 1.0:
        assert (counts == n).all()


def test_nothing_comes_of_a_zero_or_negative_mean():
    z = np.array([-3.0, 0.0, 6.0])
    assert not poisson(z, np.array([0.0, -1.0, 0.0])).any()
    assert not binomial(z, np.zeros(3), np.full(3, 0.5)).any()


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 20.0), min_size=2, max_size=40), st.integers(0, 9))
def test_a_count_does_not_depend_on_the_others_worked_out_with_it(means: list[float], seed: int):
    mean = np.array(means)
    z = np.random.default_rng(seed).standard_normal(len(mean))
    alone = [both("poisson", z[k : k + 1], mean[k : k + 1]) for k in range(len(z))]
    assert both("poisson", z, mean).tolist() == np.concatenate(alone).tolist()
    trials, chance = np.floor(mean * 5.0), np.full_like(mean, 0.2)
    alone = [
        both("binomial", z[k : k + 1], trials[k : k + 1], chance[k : k + 1]) for k in range(len(z))
    ]
    assert both("binomial", z, trials, chance).tolist() == np.concatenate(alone).tolist()


def test_the_compiled_laws_serve_where_numba_is_installed():
    compiled = find_spec("numba") is not None
    assert (laws() is not laws_of_numpy) == compiled


# -- streams ---------------------------------------------------------------------------------


def test_a_stream_is_known_by_its_name():
    again = stream(1, 2, "director", 3).random(5)
    assert (stream(1, 2, "director", 3).random(5) == again).all()
    for other in [(2, 2, "director", 3), (1, 1, "director", 3), (1, 2, "lead", 3)]:
        assert (stream(*other).random(5) != again).all()
    # The parts of a name do not run together.
    assert stream(1, 2, "a", "bc").random() != stream(1, 2, "ab", "c").random()
    assert stream(1, 23, "a").random() != stream(12, 3, "a").random()


def weekly(replications: list[int], decisions: list[str], councils: int = 3) -> WeeklyRandom:
    return WeeklyRandom(7, replications, councils, decisions, block=4)


def test_another_decision_changes_no_other():
    few, many = weekly([1, 2], ["referrals"]), weekly([1, 2], ["new", "referrals", "last"])
    for _ in range(9):
        few.week()
        many.week()
        assert (few.normal("referrals") == many.normal("referrals")).all()


def test_a_replication_has_the_same_luck_in_any_batch():
    alone, batch = weekly([5], ["referrals"]), weekly([9, 5, 2, 5], ["referrals"])
    for _ in range(9):
        alone.week()
        batch.week()
        drawn = batch.normal("referrals")
        assert drawn.shape == (4, 3)
        assert (drawn[1] == alone.normal("referrals")[0]).all()
        assert (drawn[3] == drawn[1]).all()
        assert (drawn[0] != drawn[1]).all()


def test_weeks_differ():
    drawn = weekly([1], ["referrals"])
    seen = []
    for _ in range(9):
        drawn.week()
        seen.append(drawn.normal("referrals").copy())
    assert len({a.tobytes() for a in seen}) == 9


def test_weekly_luck_is_standard_normal():
    drawn = WeeklyRandom(3, [1], 152, ["referrals"])
    rows = []
    for _ in range(260):
        drawn.week()
        rows.append(drawn.normal("referrals").copy())
    assert stats.kstest(np.ravel(rows), "norm").pvalue > 0.001


# -- questions of institutions -----------------------------------------------------------------


def questions(replication: int = 1, seed: int = 1, councils: int = 4) -> EventRandom:
    return EventRandom(seed, replication, councils, {})


def test_the_same_question_has_the_same_answer_whatever_else_is_asked():
    plain, busy = questions(), questions()
    for _ in range(70):  # more than one table
        for c in (0, 3):
            busy.of_council(c).uniform("tenure")
        busy.of_council(2).normal("lag")
        busy.uniform("tenure")
        assert plain.of_council(2).uniform("tenure") == busy.of_council(2).uniform("tenure")
    assert plain.uniform("tenure") != busy.uniform("tenure")  # asked of England 70 times


def test_two_countries_of_a_replication_share_tables_and_not_places():
    tables: dict[str, Tables] = {}
    first, second = EventRandom(1, 1, 4, tables), EventRandom(1, 1, 4, tables)
    answers = [first.of_council(1).uniform("judge") for _ in range(40)]
    assert [second.of_council(1).uniform("judge") for _ in range(40)] == answers
    assert [questions().of_council(1).uniform("judge")] == answers[:1]
    assert len(set(answers)) == 40


def test_places_names_replications_and_seeds_have_their_own_answers():
    answers = [
        questions().of_council(0).uniform("judge"),
        questions().of_council(1).uniform("judge"),
        questions().uniform("judge"),
        questions().of_council(0).uniform("lag"),
        questions(replication=2).of_council(0).uniform("judge"),
        questions(seed=2).of_council(0).uniform("judge"),
    ]
    assert len(set(answers)) == len(answers)


@pytest.mark.theory
def test_institutions_draw_from_the_laws_they_name():
    drawn = questions(councils=1).of_council(0)
    size = 4000
    assert stats.kstest([drawn.uniform("u") for _ in range(size)], "uniform").pvalue > 0.001
    assert stats.kstest([drawn.normal("n") for _ in range(size)], "norm").pvalue > 0.001
    waits = [drawn.exponential("e", 3.0) for _ in range(size)]
    assert stats.kstest(waits, stats.expon(scale=3.0).cdf).pvalue > 0.001
    lags = [drawn.lognormal("l", 49.0, 0.2) for _ in range(size)]
    assert stats.kstest(lags, stats.lognorm(0.2, scale=49.0).cdf).pvalue > 0.001
    whole = [drawn.whole("w", 2.25) for _ in range(size)]
    assert set(whole) == {2, 3}
    assert np.mean(whole) == pytest.approx(2.25, abs=0.03)
    share = np.mean([drawn.chance("c", 0.7) for _ in range(size)])
    assert share == pytest.approx(0.7, abs=0.03)


@pytest.mark.parametrize("replications", [[1], [1, 2], [1, 2, 1], list(range(1, 30))])
def test_decisions_asked_together_are_answered_as_one_by_one(replications: list[int]):
    names = ("a", "b", "c")
    luck_ = WeeklyRandom(1, replications, 152, names)
    shape = (len(replications), 152)
    draw = stream(1, 1, "test")
    for _ in range(3):
        luck_.week()
        means = [draw.gamma(1.0, scale, shape) for scale in (0.1, 3.0, 80.0)]
        trials = np.floor(means)
        shares = (0.2, means[0] / 2.0, 0.9)
        # In the order in which they are kept, and in another.
        for order in (names, ("c", "a", "b")):
            counts = luck_.poissons(order, means)
            for name, mean, found in zip(order, means, counts, strict=True):
                np.testing.assert_array_equal(found, luck_.poisson(name, mean))
            counts = luck_.binomials(order, trials, shares)
            for name, number, share, found in zip(order, trials, shares, counts, strict=True):
                np.testing.assert_array_equal(found, luck_.binomial(name, number, share))
            # By yearly rates, in a step of a week and in one of four.
            for years in (A_WEEK, 4.0 * A_WEEK):
                counts = luck_.leavers(order, trials, shares, years)
                for name, number, share, found in zip(order, trials, shares, counts, strict=True):
                    alone = luck_.binomial(name, number, chance(share, years))
                    np.testing.assert_array_equal(found, alone)
