"""Ten years of an untouched England stay within what a practitioner would believe."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from sim.inputs.policy.scenario import load_scenario
from sim.model.batch_result import BatchResult
from sim.model.settings import CountrySettings
from sim.model.simulation import Batch
from sim.regimes import available
from tests.helpers.small_england import england, parameters

pytestmark = pytest.mark.quick

# What each figure may be in any year, for England. Referrals stood at 550 to 690 thousand a
# year, children in need at 370 to 410 thousand, plans at 42 to 52 thousand, looked-after
# children at 65 to 75 thousand in the years before the start and shortly after; ten years on
# they may have moved by a fifth or so, and not to another world.
BOUNDS = {
    "referrals": (520_000, 780_000),
    "children_in_need": (340_000, 470_000),
    "protection_plans": (40_000, 65_000),
    "children_looked_after": (62_000, 100_000),
    "social_workers_fte": (24_000, 42_000),
    "turnover_rate": (0.10, 0.22),
    "vacancy_rate": (0.05, 0.24),
    "agency_rate": (0.05, 0.22),
    "caseload": (12.5, 22.5),
    "late_assessment_share": (0.08, 0.30),
    "unallocated_children": (500, 18_000),
    "worker_changes_per_child_year": (0.4, 1.6),
    "councils_inadequate": (2, 45),
    "councils_good_or_better": (10, 125),
    "spend_gbp_m": (7_800, 15_500),
    "overspend_share": (-0.08, 0.16),
}


@pytest.fixture(scope="module")
def councils_from() -> Batch:
    """No intervention, from 1 January 2016, four replications."""
    scenario = load_scenario("no-intervention")
    worlds = [
        CountrySettings(
            scenario.name, scenario.timeline(), scenario.start, scenario.end, k, parameters()
        )
        for k in (1, 2, 3, 4)
    ]
    return Batch(england(scenario.start), worlds, 1, available())


@pytest.fixture(scope="module")
def decade(councils_from: Batch) -> BatchResult:
    """Its ten years."""
    return councils_from.run()


@pytest.mark.parametrize("name", BOUNDS)
def test_national_figures_stay_believable(decade: BatchResult, name: str):
    low, high = BOUNDS[name]
    by_month = decade.national[name]
    years = by_month.shape[1] // 12
    by_year = by_month[:, : 12 * years].reshape(len(by_month), years, 12).mean(axis=2)
    assert years == 10
    assert by_year.min() >= low
    assert by_year.max() <= high


def test_no_year_is_unlike_the_one_before(decade: BatchResult):
    for name in ("referrals", "children_in_need", "children_looked_after", "social_workers_fte"):
        by_year = decade.national[name][:, :120].reshape(4, 10, 12).mean(axis=2)
        growth = by_year[:, 1:] / by_year[:, :-1] - 1.0
        assert np.abs(growth).max() < 0.09, name


def test_the_first_month_is_that_of_the_tables(decade: BatchResult):
    b = england()
    first = {name: values[:, 0] for name, values in decade.national.items()}
    assert first["children_in_need"] == pytest.approx(b.children_in_need.sum(), rel=0.02)
    assert first["protection_plans"] == pytest.approx(b.protection_plans.sum(), rel=0.02)
    assert first["children_looked_after"] == pytest.approx(b.children_looked_after.sum(), rel=0.01)
    # Staff were counted in September: England's own change since is drawn.
    drawn = 3.0 * b.staff_change["social_workers_fte"][0] * np.sqrt(b.staff_years)
    assert first["social_workers_fte"] == pytest.approx(
        b.social_workers_fte.sum(), rel=0.02 + drawn
    )
    posts = b.social_workers_fte.sum() + b.vacancy_fte.sum()
    assert first["vacancy_rate"] == pytest.approx(b.vacancy_fte.sum() / posts, abs=0.015)
    workers = b.social_workers_fte.sum() + b.agency_fte.sum()
    assert first["agency_rate"] == pytest.approx(b.agency_fte.sum() / workers, abs=0.015)
    # All councils' referrals may fall or rise together by a twentieth in a year.
    year = decade.national["referrals"][:, :12].mean(axis=1)
    assert year == pytest.approx(b.referrals.sum(), rel=0.1)
    assert year.mean() == pytest.approx(b.referrals.sum(), rel=0.05)
    assert decade.national["spend_gbp_m"][:, :12].mean(axis=1) == pytest.approx(
        b.spend_total.sum(), rel=0.05
    )


def rank(first: np.ndarray, last: np.ndarray) -> float:
    return float(spearmanr(first, last).statistic)


def test_each_council_keeps_its_own_level(decade: BatchResult):
    population = england().population
    for replication in range(4):
        for name in ("referrals", "children_in_need", "protection_plans", "children_looked_after"):
            years = decade.councils[name][replication] / population
            first = 1 if name == "referrals" else 0
            assert rank(years[first], years[-1]) > 0.6, name
        referrals = decade.councils["referrals"][replication] / population
        assert rank(england().referrals / population, referrals[1]) > 0.85


def test_no_council_leaves_the_range_of_real_councils(decade: BatchResult):
    """Rates per 10,000 children of all but the two tiny councils."""
    b = england()
    large = b.population > 3_000
    rate = {
        n: decade.councils[n][:, 1:, large] / b.population[large] * 1e4 for n in decade.councils
    }
    assert rate["children_in_need"].min() > 60.0
    assert rate["children_in_need"].max() < 1_800.0
    assert rate["children_looked_after"].min() > 8.0
    assert rate["children_looked_after"].max() < 330.0
    caseload = decade.councils["caseload"][:, :, large]
    assert np.percentile(caseload, 1) > 5.0
    assert np.percentile(caseload, 99) < 40.0
    assert np.percentile(decade.councils["vacancy_rate"][:, :, large], 99) < 0.65


def test_practice_keeps_its_spread(decade: BatchResult, councils_from: Batch):
    """Hidden quality neither piles up at an end of the scale nor gathers in the middle."""
    for end in councils_from.state.practice:
        assert 0.35 < end.std() < 1.1
        assert ((end < 0.5) | (end > 4.5)).mean() < 0.05
        assert 2.2 < end.mean() < 3.6
