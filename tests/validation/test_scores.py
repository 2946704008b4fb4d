"""Scores of forecasts, and what is counted in histories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.validation.histories import History
from sim.validation.scores import Forecast, crps, position, ranked_probability

pytestmark = pytest.mark.quick

YEAR = 365


@pytest.mark.theory
def test_crps_of_a_normal_sample_is_the_known_formula() -> None:
    from scipy.stats import norm

    sample = norm.ppf((np.arange(4000) + 0.5) / 4000)
    for z in (-1.0, 0.0, 2.0):
        known = z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)
        assert float(crps(sample, z)) == pytest.approx(known, abs=2e-3)


@pytest.mark.extreme
def test_crps_of_one_value_is_its_absolute_error() -> None:
    assert float(crps(np.array([3.0]), 5.0)) == 2.0


@pytest.mark.theory
def test_crps_works_on_columns_and_rewards_the_sharper_forecast() -> None:
    wide, sharp = np.linspace(-5, 5, 101), np.linspace(-1, 1, 101)
    scores = crps(np.stack([wide, sharp], axis=1), np.zeros(2))
    assert scores[1] < scores[0]


@pytest.mark.theory
def test_ranked_probability_counts_every_step_of_the_scale() -> None:
    sure = np.array([[0.0, 1.0, 0.0, 0.0]])
    assert ranked_probability(sure, np.array([1])) == pytest.approx(0.0)
    assert ranked_probability(sure, np.array([2])) == pytest.approx(1.0)
    assert ranked_probability(sure, np.array([3])) == pytest.approx(2.0)


def test_intervals_and_positions() -> None:
    sample = np.arange(101.0)
    inside, outside = Forecast(sample, 50.0), Forecast(sample, 99.0)
    assert inside.covers(0.5)
    assert not outside.covers(0.95)
    assert position(sample, 50.0) == pytest.approx(0.5)


def history() -> History:
    """Four councils: one fails and recovers, one fails twice, one is good throughout."""
    rows = [(100, 0, 1), (200, 1, 1), (300, 2, 3), (1000, 0, 2), (1100, 1, 1), (1500, 1, 3)]
    table = np.array(rows)
    return History(
        start=0,
        abolished=np.zeros(4, dtype=np.int64),
        opening=np.array([0, 0, 0, 1]),
        inadequate_since=np.array([0, 0, 0, -200]),
        day=table[:, 0],
        council=table[:, 1],
        grade=table[:, 2],
        trusts=np.array([[3, 50, 0], [1, 400, 900]]),
        director_changes=np.array([[10, 0], [500, 2]]),
    )


def test_what_is_counted_in_a_history() -> None:
    h = history()
    assert h.grades_on(250).tolist() == [1, 1, 0, 1]
    assert h.councils_with(250, 1, 1) == 3
    assert h.inspections(100, 300) == 2
    assert h.first_grades(2000, 1) == 2
    assert h.reinspections(0, 2000) == 3
    assert h.moves(0, 2000, 1, 1) == 1
    assert h.moves(0, 2000, 1, 3) == 1
    assert h.exits(0, 2000) == 2
    assert h.trusts_open(500) == 2
    assert h.trusts_open(950) == 1
    assert h.changes_of_director(0, 400) == 1
    spells = [(s.council, s.began, s.ended) for s in h.spells]
    assert spells == [(3, -200, 0), (0, 100, 1000), (1, 200, 1500)]


def test_a_council_counts_while_it_lasts() -> None:
    """Council 1, inadequate since day 200, is abolished on day 1050; its failure of day 1100
    and its exit of day 1500 never happened."""
    h = replace(history(), abolished=np.array([0, 1050, 0, 0])).as_long_as_they_lasted()
    assert h.grades_on(1049).tolist() == [2, 1, 3, 1]
    assert h.grades_on(1050).tolist() == [2, 0, 3, 1]
    assert h.councils_with(1049, 1, 1) == 2
    assert h.councils_with(1050, 1, 1) == 1
    assert h.councils_with(1050, 0, 4) == 3
    assert h.inspections(0, 2000) == 4
    assert h.reinspections(0, 2000) == 1
    assert h.exits(0, 2000) == 1
    assert h.trusts_open(899) == 2
    assert h.share_still_inadequate(4.0, 0, 2000) == pytest.approx(0.5)  # one of two at risk left
    assert h.changes_of_director(0, 2000) == 2


def test_a_trust_ends_with_its_council() -> None:
    h = replace(history(), abolished=np.array([0, 300, 0, 800])).as_long_as_they_lasted()
    assert h.trusts.tolist() == [[3, 50, 800]]


@pytest.mark.theory
def test_the_share_still_inadequate_counts_late_entries_only_while_watched() -> None:
    h = history()
    assert h.share_still_inadequate(1.0, 0, 2000) == 1.0
    # At 900 days three are at risk and one leaves; at 1300 two are, and one leaves.
    assert h.share_still_inadequate(2.6, 0, 2000) == pytest.approx(2 / 3)
    assert h.share_still_inadequate(4.0, 0, 2000) == pytest.approx(1 / 3)
    assert h.share_still_inadequate(2.6, 1200, 2000) == 1.0


@pytest.mark.theory
def test_a_change_is_measured_against_councils_that_did_not_fail() -> None:
    returns = np.array([50, 50 + YEAR, 50 + 2 * YEAR])
    values = np.array([[10.0, 10, 10, 10], [15.0, 14, 11, 99], [13.0, 12, 12, 99]])
    # Councils 0 and 1 fail after the first return; council 2 never does and grew by 1.
    assert history().change_after_failure(returns, values, 0, 1) == pytest.approx((5 + 4) / 2 - 1)
    assert history().change_after_failure(returns, values, 0, 2) == pytest.approx((3 + 2) / 2 - 2)
    assert np.isnan(history().change_after_failure(returns, values, -1, 0))
