"""Every estimator of the council panel, on panels whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim.panel.council_panel import SERIES, YEARS, lagged, less_nation
from sim.panel.demand_estimates import (
    autocorrelation,
    lasting,
    nation_share,
    need_on_early_help,
    need_on_early_help_changes,
    own_width,
    passing,
    persistence,
    together,
)
from sim.panel.failure_estimates import after_leaving, after_new_inadequate, before_failing
from sim.panel.fixed_effects import fit_grid, fit_rows, mean_of
from sim.panel.grade_estimates import (
    OTHERS,
    STAFF_NOW,
    failure_area,
    failures_in_top_fifth,
    of_one_sd,
)
from sim.panel.logistic import area_under_curve, fitted_logit, held_out_scores, share_in_top_fifth
from sim.panel.money_estimates import (
    drift,
    on_total,
    pass_through_five_years,
    pass_through_levels,
    pounds,
    who_pays,
)
from sim.panel.panel_comparison import all_estimators
from sim.panel.published_estimates import published_estimates
from sim.panel.return_errors import ERROR_SHARE, error_widths, with_errors
from sim.panel.staff_estimates import (
    after_demand,
    after_much_agency,
    after_three_years,
    agency_on_vacancy,
    caseload_on_need,
    follows,
    goes_with,
    on_spending,
    posts_on_need,
    reversion,
)
from sim.random.streams import stream
from tests.panel.made_panel import COUNCILS, SHAPE, draw, history, made, walk

pytestmark = pytest.mark.quick

# What moves all councils in a year alike, whatever it is.
NATION = np.linspace(0.0, 1.0, SHAPE[0])[:, None] ** 2


def small(name: str) -> np.ndarray:
    return 0.002 * draw(name + " noise")


# --- least squares ------------------------------------------------------------------------------


def test_effects_of_councils_and_years_are_taken_out() -> None:
    x = walk("x", 0.2) + 3.0 * NATION
    level = 5.0 * draw("level", (1, COUNCILS)) + 2.0 * x[:1]  # goes with the cause
    fit = fit_grid(0.7 * x + level + 9.0 * NATION + small("y"), [x])
    assert fit is not None
    assert fit.first().value == pytest.approx(0.7, abs=0.005)
    assert fit.rows == x.size
    pooled = fit_grid(0.7 * x + level + 9.0 * NATION + small("y"), [x], "year")
    assert pooled is not None
    assert pooled.first().value > 1.5  # levels that go with the cause are not taken out


def test_least_squares_agree_with_dummies_written_out() -> None:
    x, y = walk("x", 0.2), walk("y", 0.2)
    x[3, 5] = y[7, 9] = np.nan
    fit = fit_grid(y, [x])
    whole = np.isfinite(x) & np.isfinite(y)
    year, council = (np.asarray(axis)[whole] for axis in np.indices(x.shape))
    z = np.column_stack(
        [x[whole], year[:, None] == np.arange(SHAPE[0]), council[:, None] == np.arange(1, COUNCILS)]
    ).astype(float)
    beta = np.linalg.lstsq(z, y[whole], rcond=None)[0]
    assert fit is not None
    assert fit.first().value == pytest.approx(beta[0])


def test_region_by_year_takes_out_what_a_region_shares() -> None:
    region = np.arange(COUNCILS) % 10
    shared = draw("region", (SHAPE[0], 10))[:, region]
    x = shared + walk("x", 0.2)
    y = 0.4 * x + 5.0 * shared + small("y")
    with_region = fit_grid(y, [x], "region by year", region)
    without = fit_grid(y, [x])
    assert with_region is not None
    assert without is not None
    assert with_region.first().value == pytest.approx(0.4, abs=0.005)
    assert without.first().value > 1.0


def test_intervals_hold_the_truth_nine_times_in_ten_though_councils_err_alike_for_years() -> None:
    held = 0
    for k in range(200):
        x, error = walk(f"x {k}", 0.2), walk(f"error {k}", 0.3)
        fit = fit_grid(0.5 * x + error, [x])
        assert fit is not None
        held += fit.first().low <= 0.5 <= fit.first().high
    assert 170 <= held <= 192


def test_a_mean_has_the_interval_of_its_clusters() -> None:
    alike = np.repeat(draw("one a council", (COUNCILS,)), 4)
    councils = np.repeat(np.arange(COUNCILS), 4)
    estimate = mean_of(alike, councils)
    assert estimate.value == pytest.approx(alike.mean())
    spread = alike.std() / np.sqrt(COUNCILS)
    assert (estimate.high - estimate.low) / 2.0 == pytest.approx(1.645 * spread, rel=0.02)


def test_too_few_rows_give_no_figure() -> None:
    empty = np.full(SHAPE, np.nan)
    assert fit_grid(empty, [draw("x")]) is None
    panel = made(posts=empty)
    assert np.isnan(posts_on_need(panel).value)
    assert np.isnan(pass_through_levels(made(total=empty), "total", "year").value)


def test_a_constant_stands_in_where_nothing_is_absorbed() -> None:
    x = draw("x", (300,))
    fit = fit_rows(4.0 + 2.0 * x, x[:, None], cluster=np.arange(300))
    assert fit.first().value == pytest.approx(2.0)


# --- P1 -----------------------------------------------------------------------------------------


def test_pass_through_of_spending_power() -> None:
    power = walk("power", 0.05) + NATION
    total = np.exp(0.6 * power + walk("own", 0.0) + 4.0 * NATION + small("total"))
    panel = made(power=power, total=total)
    for effects in ("council and year", "region by year"):
        assert pass_through_levels(panel, "total", effects).value == pytest.approx(0.6, abs=0.01)
    five = pass_through_five_years(panel, "total")
    assert five.value == pytest.approx(0.6, abs=0.01)
    assert five.low < five.value < five.high


def test_drift_is_growth_where_spending_power_stood_still() -> None:
    power = walk("power", 0.05)
    years = np.arange(SHAPE[0])[:, None]
    head = np.exp(0.6 * power + years * np.log(1.03) + small("head"))
    panel = made(power=power, early_help=head)
    assert drift(panel, "early help").value == pytest.approx(3.0, abs=0.05)


def test_pence_of_a_pound() -> None:
    panel = made()
    spent = 0.2 * panel.power_gbp_m + 3.0 * NATION + draw("own", (1, COUNCILS)) + small("total")
    assert pounds(replace(panel, series={**panel.series, "total": spent}), "total").value == (
        pytest.approx(20.0, abs=0.3)
    )


def test_who_pays_for_children_looked_after() -> None:
    children, total = walk("children", 0.1), walk("total", 0.1)
    panel = made(
        looked_after=np.exp(children),
        total=np.exp(total + 0.4 * children),
        early_help=np.exp(1.2 * (total + 0.4 * children) - 0.5 * children + small("early")),
    )
    within = who_pays(panel, "early help", 5, within_total=True)
    assert within.value == pytest.approx(-0.5, abs=0.01)
    free = who_pays(panel, "early help", 5, within_total=False)
    assert free.value == pytest.approx(1.2 * 0.4 - 0.5, abs=0.15)
    assert who_pays(panel, "total", 2, within_total=False).value == pytest.approx(0.4, abs=0.1)
    assert on_total(panel, "early help").value == pytest.approx(1.2, abs=0.25)


# --- P2 and P4 ----------------------------------------------------------------------------------


def test_money_of_three_years_moves_posts_and_agency() -> None:
    spent = walk("spent", 0.1)
    parts = 0.2 * spent + 0.15 * lagged(spent, 1) + 0.1 * lagged(spent, 2)
    panel = made(
        total=np.exp(spent),
        posts=np.exp(parts + NATION + small("posts")),
        agency=20.0 * parts + 5.0 * NATION + small("agency"),
    )
    assert on_spending(panel, "posts", "total").value == pytest.approx(0.45, abs=0.01)
    assert on_spending(panel, "agency", "total").value == pytest.approx(0.9, abs=0.02)


def test_councils_that_failed_are_left_out_where_asked() -> None:
    spent = walk("spent", 0.1)
    failed = np.arange(COUNCILS) < 40
    posts = np.exp(np.where(failed, 1.0, 0.3) * spent + small("posts"))
    judged = history([(date(2016, 5, 1), council, 1) for council in range(40)])
    panel = made(total=np.exp(spent), posts=posts, judged=judged)
    never = on_spending(panel, "posts", "total", never_inadequate=True)
    assert never.value == pytest.approx(0.3, abs=0.01)
    assert on_spending(panel, "posts", "total").value > 0.4


def test_rises_and_falls_are_told_apart() -> None:
    spent = walk("spent", 0.1)
    moved = spent - lagged(spent, 3)
    moved = lagged(less_nation(moved), 1)
    posts = np.zeros(SHAPE)
    for k in range(4, SHAPE[0]):  # three years before, and what the money has since brought
        posts[k] = posts[k - 3] + 0.5 * np.maximum(moved[k], 0.0) + 0.1 * np.minimum(moved[k], 0.0)
    posts[:4] = np.nan
    panel = made(total=np.exp(spent), posts=np.exp(posts + small("posts")))
    assert after_three_years(panel, "posts", rises=True).value == pytest.approx(0.5, abs=0.02)
    assert after_three_years(panel, "posts", rises=False).value == pytest.approx(0.1, abs=0.02)


def test_demand_moves_posts_caseload_and_agency() -> None:
    need, posts = walk("need", 0.1), walk("posts", 0.05)
    panel = made(
        need=np.exp(need),
        posts=np.exp(0.3 * need + posts),
        caseload=np.exp(0.5 * need - 0.4 * (0.3 * need + posts) + small("caseload")),
    )
    assert posts_on_need(panel).value == pytest.approx(0.3, abs=0.06)
    assert caseload_on_need(panel).value == pytest.approx(0.5, abs=0.01)
    care, plans = walk("care", 0.05), walk("plans", 0.1)
    grown = [grid - lagged(grid, 1) for grid in (care, need, plans)]
    moved = np.nan_to_num(10.0 * grown[0] + 5.0 * grown[1] + 4.0 * grown[2])
    # Staff of the September after: the return of the next year.
    agency = np.cumsum(np.vstack([np.zeros(COUNCILS), moved[:-1]]), axis=0) + 15.0
    panel = made(
        need=np.exp(need),
        looked_after=np.exp(care),
        plans=np.exp(plans),
        agency=agency + small("agency"),
        total=np.exp(0.24 * care),
    )
    for demand, points in (("looked after", 1.0), ("need", 0.5), ("plans", 0.4)):
        value = after_demand(panel, "agency", demand).value
        assert value == pytest.approx(points, abs=0.01)
    assert after_demand(panel, "total", "looked after").value == pytest.approx(2.4, abs=0.01)


def test_staff_figures_follow_one_another() -> None:
    caseload = 16.0 + walk("caseload", 1.0)
    panel = made(
        caseload=caseload,
        turnover=15.0 + 0.3 * lagged(caseload, 1) + NATION + small("turnover"),
        absence=3.0 + 0.05 * caseload + small("absence"),
        vacancy=10.0 + caseload,
        agency=5.0 + 0.75 * (10.0 + caseload) + small("agency"),
    )
    value = follows(panel, "caseload", "turnover", "council and year").value
    assert value == pytest.approx(0.3, abs=0.01)
    assert goes_with(panel, "caseload", "absence").value == pytest.approx(0.05, abs=0.001)
    assert agency_on_vacancy(panel).value == pytest.approx(0.75, abs=0.01)


def test_agency_goes_back_to_the_nation_by_a_share_a_year() -> None:
    agency = np.empty(SHAPE)
    agency[0] = 16.0 + 8.0 * draw("first", (COUNCILS,))
    for k in range(1, SHAPE[0]):
        agency[k] = 16.0 + 0.8 * (agency[k - 1] - 16.0) + 3.0 * draw("shock")[k]
    panel = made(agency=agency)
    assert reversion(panel, "year").value == pytest.approx(20.0, abs=3.0)
    high = agency[:-1] > 25.0
    moved = (agency[1:] - agency[:-1])[high]
    assert after_much_agency(panel).value == pytest.approx(moved.mean())
    falls = after_much_agency(panel, fall=5.0)
    assert falls.value == pytest.approx(100.0 * np.mean(moved <= -5.0))


# --- P3 -----------------------------------------------------------------------------------------


def _failed() -> tuple[list[tuple[date, int, int]], np.ndarray]:
    """Thirty councils that fail in November 2017: reports and the panel year, 2018."""
    reports = [(date(2015, 6, 1), council, 2) for council in range(COUNCILS)]
    reports += [(date(2017, 11, 15), council, 1) for council in range(30)]
    return reports, np.arange(COUNCILS) < 30


def test_what_follows_a_failure_is_against_the_year_before_and_other_councils() -> None:
    reports, failed = _failed()
    since = np.array(YEARS)[:, None] - 2018
    panel = made(
        judged=history(reports),
        # Money of the year in which the report came out; a trend shared by all, and deprivation.
        total=np.exp(np.where(failed & (since >= 0), 0.04 * (since + 1), 0.0) + NATION),
        # Staff of the first September after the report: a year on.
        agency=15.0 + failed * (8.0 * (since >= 1) - 5.0 * (since < -1)),
    )
    for step, percent in ((-2, 0.0), (0, 4.0), (1, 8.0), (2, 12.0)):
        value = after_new_inadequate(panel, "total", step).value
        assert value == pytest.approx(percent, abs=1e-6)
    for step, points in ((-3, -5.0), (0, 8.0), (2, 8.0)):
        assert after_new_inadequate(panel, "agency", step).value == pytest.approx(points, abs=1e-6)


def test_deprivation_of_the_failed_is_allowed_for() -> None:
    reports, failed = _failed()
    panel = made(judged=history(reports))
    since = np.array(YEARS)[:, None] - 2018
    agency = 15.0 + 3.0 * panel.deprivation * since + np.where(failed & (since >= 1), 8.0, 0.0)
    panel = replace(panel, series={**panel.series, "agency": agency})
    assert after_new_inadequate(panel, "agency", 1).value == pytest.approx(8.0, abs=1e-6)


def test_a_second_failure_in_a_row_is_not_new_and_leaving_is_told_apart() -> None:
    reports, failed = _failed()
    reports += [(date(2019, 11, 15), council, 1) for council in range(30)]
    reports += [(date(2020, 11, 15), council, 2) for council in range(30)]
    since = np.array(YEARS)[:, None] - 2021
    panel = made(judged=history(reports), agency=20.0 + np.where(failed & (since >= 1), -6.0, 0.0))
    assert after_new_inadequate(panel, "agency", 1).rows == 30
    assert after_leaving(panel, "agency", 1).value == pytest.approx(-6.0, abs=1e-6)


def test_how_far_those_stand_out_who_are_about_to_fail() -> None:
    reports, failed = _failed()
    panel = made(judged=history(reports), agency=np.broadcast_to(15.0 + 6.0 * failed, SHAPE))
    assert before_failing(panel, "agency").value == pytest.approx(6.0, abs=1e-6)


# --- P5 -----------------------------------------------------------------------------------------


def test_a_logit_finds_its_coefficients_and_an_area_its_value() -> None:
    x = draw("x", (4000, 2))
    chance = 1.0 / (1.0 + np.exp(-(-1.0 + 0.8 * x[:, 0])))
    happened = stream(1, 1, "made panel", "logit").random(4000) < chance
    beta = fitted_logit(x, happened, pull=0.0)
    assert beta == pytest.approx([-1.0, 0.8, 0.0], abs=0.12)
    assert area_under_curve(np.array([3.0, 2.0, 1.0]), np.array([True, False, False])) == 1.0
    assert area_under_curve(np.array([1.0, 1.0]), np.array([True, False])) == 0.5
    assert np.isnan(area_under_curve(np.array([1.0]), np.array([True])))
    assert share_in_top_fifth(np.arange(10.0), np.arange(10) >= 6) == 50.0


def test_scores_of_a_year_do_not_know_its_outcomes() -> None:
    x, year = draw("x", (600, 1)), np.repeat([2016, 2017, 2018], 200)
    happened = x[:, 0] > 0.5
    scores = held_out_scores(x, happened, year)
    turned = np.where(year == 2018, ~happened, happened)
    again = held_out_scores(x, turned, year)
    assert again[year == 2018] == pytest.approx(scores[year == 2018])
    assert again[year == 2016] != pytest.approx(scores[year == 2016])


def _judged_by_agency(strength: float) -> tuple[np.ndarray, list[tuple[date, int, int]]]:
    """Agency by council and year, and a report every three years: inadequate where agency before
    it, with a `strength` against chance, is highest."""
    agency = 16.0 + 8.0 * draw("agency")
    reports = [(date(2014, 6, 1), council, 3) for council in range(COUNCILS)]
    for council in range(COUNCILS):
        for year in range(2017 + council % 3, 2024, 3):
            seen = strength * (agency[year - 2012, council] - 16.0) / 8.0
            seen += draw(f"luck {year}", (COUNCILS,))[council]
            reports.append((date(year, 6, 1), council, 1 if seen > 1.5 else 2 if seen > 0 else 3))
            if seen > 1.5:  # out again before the next
                reports.append((date(year, 12, 20), council, 2))
    return agency, reports


def test_steps_of_the_grade_for_a_standard_deviation() -> None:
    agency, reports = _judged_by_agency(1.0)
    panel = made(agency=agency, judged=history(reports))
    related = of_one_sd(panel, "agency")
    assert related.high < -0.25
    assert of_one_sd(panel, "agency", inadequate=True).low > 0.05
    unrelated = of_one_sd(panel, "caseload")
    assert unrelated.low < 0.0 < unrelated.high


def test_new_failures_are_as_predictable_as_they_were_made() -> None:
    staff = (*STAFF_NOW, *OTHERS)
    areas = []
    for strength in (0.0, 1.0, 3.0):
        agency, reports = _judged_by_agency(strength)
        panel = made(agency=agency, judged=history(reports))
        areas.append(failure_area(panel, staff).value)
        top = failures_in_top_fifth(panel, staff).value
    assert 0.35 < areas[0] < 0.62
    assert 0.7 < areas[1] < areas[2]
    assert areas[2] > 0.85
    assert top > 50.0  # a third fail: the most that a fifth could hold is about 60 %


# --- P6 and P7 ----------------------------------------------------------------------------------


def test_need_after_early_help() -> None:
    help_ = walk("help", 0.15)
    need = np.exp(-0.1 * lagged(help_, 1) + draw("own", (1, COUNCILS)) + NATION + small("need"))
    panel = made(early_help=np.exp(help_), need=need)
    for later in (False, True):
        value = need_on_early_help(panel, "need", later_only=later).value
        assert value == pytest.approx(-0.1, abs=0.005)
    assert need_on_early_help_changes(panel, "need").value == pytest.approx(-0.1, abs=0.005)


def test_lasting_and_passing_widths() -> None:
    lasts, passes = 0.1, 0.07
    grid = np.cumsum(lasts * draw("lasts"), axis=0) + passes * draw("passes") + 5.0 * NATION
    panel = made(need=np.exp(grid))
    assert lasting(panel, "need").value == pytest.approx(lasts, rel=0.1)
    assert passing(panel, "need").value == pytest.approx(passes, rel=0.15)
    variance = lasts**2 + 2.0 * passes**2
    assert own_width(panel, "need").value == pytest.approx(np.sqrt(variance), rel=0.05)
    assert autocorrelation(panel, "need").value == pytest.approx(-(passes**2) / variance, abs=0.05)


def test_persistence_and_what_moves_together() -> None:
    grid = np.empty(SHAPE)
    grid[0] = draw("first", (COUNCILS,))
    for k in range(1, SHAPE[0]):
        grid[k] = 0.8 * grid[k - 1] + 0.6 * draw("shock")[k]
    other = grid + np.cumsum(draw("other"), axis=0) * 0.2
    panel = made(need=np.exp(grid + 3.0 * NATION), referrals=np.exp(other))
    assert persistence(panel, "need", 1).value == pytest.approx(0.8, abs=0.05)
    assert persistence(panel, "need", 3).value == pytest.approx(0.8**3, abs=0.08)
    moved = [np.diff(one - one.mean(axis=1, keepdims=True), axis=0) for one in (grid, other)]
    expected = np.corrcoef(moved[0].ravel(), moved[1].ravel())[0, 1]
    assert together(panel, "need", "referrals").value == pytest.approx(expected)


def test_the_nations_share_of_movement() -> None:
    nation = np.cumsum(0.1 * draw("nation", (SHAPE[0], 1)), axis=0)
    panel = made(need=np.exp(nation + np.cumsum(0.1 * draw("own"), axis=0)))
    steps = np.diff(nation[:, 0]).var()
    share = 100.0 * steps / (steps + 0.01)
    assert nation_share(panel, "need").value == pytest.approx(share, abs=8.0)


# --- the register and the errors of returns -----------------------------------------------------


def test_every_estimate_has_its_estimator_and_every_estimator_its_estimate() -> None:
    estimates = {one.id: one for one in published_estimates()}
    assert {*estimates} == {*all_estimators()}
    assert {one.table for one in estimates.values()} == {f"P{k}" for k in range(1, 8)}
    assert all(one.source == f"evidence {one.table}" for one in estimates.values())


def test_errors_of_returns_have_the_widths_that_pass() -> None:
    widths = error_widths({one.id: one for one in published_estimates()})
    assert widths["agency"] == pytest.approx(2.6 * np.sqrt(ERROR_SHARE))
    panel = made(agency=np.full(SHAPE, 20.0), vacancy=np.full(SHAPE, 20.0), need=np.ones(SHAPE))
    again = with_errors(panel, widths, 1, 1)
    assert np.std(again["agency"]) == pytest.approx(widths["agency"], rel=0.05)
    assert np.std(np.log(again["need"])) == pytest.approx(widths["need"], rel=0.05)
    assert np.corrcoef(again["agency"].ravel(), again["vacancy"].ravel())[0, 1] == pytest.approx(
        0.56, abs=0.05
    )
    assert again["posts"] == pytest.approx(again["in post"] / (1.0 - again["vacancy"] / 100.0))
    same = with_errors(panel, widths, 1, 1)
    assert all((same[name] == again[name]).all() for name in SERIES)
    other = with_errors(panel, widths, 1, 2)
    assert not (other["need"] == again["need"]).any()
