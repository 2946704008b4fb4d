"""Random intercepts by Laplace's method, against integrals worked with quadrature."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from sim.random.streams import stream
from sim.reproduction.random_intercepts import (
    WIDEST,
    CrossedGroups,
    InterceptFit,
    fit_random_intercepts,
)
from sim.units import Array

pytestmark = [pytest.mark.quick, pytest.mark.theory]

SLOPES = np.array([0.5, -0.3])
SPREADS = (0.8, 0.6)


def normal(name: str, *shape: int) -> Array:
    return stream(1, 1, "random intercepts", name).standard_normal(shape)


def density(u: float) -> float:
    return float(np.exp(-0.5 * u * u) / np.sqrt(2.0 * np.pi))


def chance_of(y: Array, odds: Array) -> float:
    return float(np.exp(y @ odds - np.logaddexp(0.0, odds).sum()))


def made(groups: int, years: int, each: int) -> tuple[Any, ...]:
    """Rows of a known model: `each` of every group in every year."""
    cells = np.array(list(product(range(groups), range(years))) * each)
    group, year = cells.T
    x = 3.0 + 2.0 * normal("x", len(cells), 2)
    odds = 0.4 + (x - 3.0) @ SLOPES
    odds += SPREADS[0] * normal("group", groups)[group] + SPREADS[1] * normal("year", years)[year]
    y = stream(1, 1, "random intercepts", "y").random(len(cells)) < 1.0 / (1.0 + np.exp(-odds))
    return y, x, group, year


def test_one_kind_of_group_is_integrated_as_by_quadrature() -> None:
    y, x, group, year = made(groups=6, years=1, each=12)
    fixed = 0.2 + (x - 3.0) @ SLOPES
    exact = 0.0
    for one in range(6):
        own = group == one
        whole = quad(
            lambda u, own=own: chance_of(y[own], fixed[own] + 0.9 * u) * density(u),
            -8.0,
            8.0,
            epsabs=0.0,
        )[0]
        exact += np.log(whole)
    rows = CrossedGroups(y, x, group, year)
    laplace = rows.log_likelihood(fixed, np.array([0.9, 0.0]))
    # With twelve rows a group, Laplace's method is out by a hundredth or two for each.
    assert laplace == pytest.approx(exact, abs=6 * 0.02)
    assert laplace != pytest.approx(exact, abs=1e-6)  # it is no exact method
    # Where the spread is small the integrand is all but normal.
    small = rows.log_likelihood(fixed, np.array([0.05, 0.0]))
    assert small == pytest.approx(
        sum(
            np.log(
                quad(
                    lambda u, own=(group == one): (
                        chance_of(y[own], fixed[own] + 0.05 * u) * density(u)
                    ),
                    -8.0,
                    8.0,
                    epsabs=0.0,
                )[0]
            )
            for one in range(6)
        ),
        abs=1e-4,
    )


def test_two_crossed_groups_are_integrated_as_by_quadrature() -> None:
    y, x, group, year = made(groups=1, years=1, each=40)
    fixed = 0.2 + (x - 3.0) @ SLOPES
    exact = dblquad(
        lambda u, v: chance_of(y, fixed + 0.7 * u + 0.5 * v) * density(u) * density(v),
        *(-7.0, 7.0, -7.0, 7.0),
        epsabs=0.0,
        epsrel=1e-7,
    )[0]
    laplace = CrossedGroups(y, x, group, year).log_likelihood(fixed, np.array([0.7, 0.5]))
    assert laplace == pytest.approx(np.log(exact), abs=0.02)


def test_a_known_model_comes_back() -> None:
    fit = fit_random_intercepts(*made(groups=150, years=12, each=3))
    errors = np.sqrt(np.diag(fit.covariance))
    assert fit.rows == 150 * 12 * 3
    assert np.abs(fit.slopes - SLOPES).max() < 3.0 * errors.max()
    assert errors.max() < 0.03
    assert fit.spreads[0] == pytest.approx(SPREADS[0], abs=0.15)
    # Twelve years say little of how widely years spread: as widely as those drawn.
    assert fit.spreads[1] == pytest.approx(0.6 * float(normal("year", 12).std()), abs=0.1)
    slope = fit.slope(0)
    assert slope.high - slope.low == pytest.approx(2.0 * 1.96 * errors[0], rel=1e-3)


def test_leaving_intercepts_out_pulls_slopes_to_nought() -> None:
    rows = made(groups=150, years=12, each=3)
    mixed, plain = fit_random_intercepts(*rows), fit_random_intercepts(*rows, plain=True)
    assert plain.spreads == (0.0, 0.0)
    assert (np.abs(plain.slopes) < np.abs(mixed.slopes)).all()
    assert plain.log_likelihood < mixed.log_likelihood


def test_without_intercepts_it_is_an_ordinary_logistic_regression() -> None:
    y, x, group, year = made(groups=40, years=4, each=2)
    fit = fit_random_intercepts(y, x, group, year, plain=True)
    z = np.column_stack([np.ones(len(x)), x])
    beta = np.zeros(3)
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-(z @ beta)))
        information = z.T @ (z * (chance * (1.0 - chance))[:, None])
        beta += np.linalg.solve(information, z.T @ (y - chance))
    assert fit.slopes == pytest.approx(beta[1:], abs=1e-4)
    assert fit.covariance == pytest.approx(np.linalg.inv(information)[1:, 1:], rel=1e-3)


def test_the_fit_is_a_peak_and_a_unit_changes_only_the_unit() -> None:
    y, x, group, year = made(groups=60, years=6, each=1)
    fit = fit_random_intercepts(y, x, group, year)
    pounds = fit_random_intercepts(y, x * np.array([100.0, 1.0]), group, year)
    assert pounds.slopes[0] * 100.0 == pytest.approx(fit.slopes[0], abs=1e-4)
    assert pounds.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-6)
    rows = CrossedGroups(y, x, group, year)
    constant = _best_constant(rows, x, fit)
    for place in range(2):
        for move in (-0.05, 0.05):
            slopes = fit.slopes.copy()
            slopes[place] += move
            fixed = constant + (x - x.mean(axis=0)) @ slopes
            assert rows.log_likelihood(fixed, np.array(fit.spreads)) < fit.log_likelihood


def _best_constant(rows: CrossedGroups, x: Array, fit: InterceptFit) -> float:
    constants = np.linspace(-2.0, 2.0, 401)
    rest = (x - x.mean(axis=0)) @ fit.slopes
    heights = [rows.log_likelihood(c + rest, np.array(fit.spreads)) for c in constants]
    return float(constants[int(np.argmax(heights))])


@pytest.mark.extreme
def test_groups_that_say_one_thing_each_have_no_widest_spread() -> None:
    group = np.repeat(np.arange(40), 5)
    y = group % 2 == 0
    fit = fit_random_intercepts(y, normal("nothing", 200, 1), group, np.zeros(200, dtype=np.int64))
    assert fit.spreads[0] == pytest.approx(WIDEST)
