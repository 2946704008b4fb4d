"""The estimators of the studies, on made returns whose answer is known, and on the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from sim.panel.council_panel import YEARS, CouncilPanel
from sim.panel.fixed_effects import NINETY, Estimate
from sim.panel.recorded_panel import recorded_panel
from sim.random.streams import stream
from sim.reproduction.inspection_study import first_reports, log_odds, spread_of
from sim.reproduction.judgement_studies import (
    after_failure,
    any_report,
    deprived_and_inadequate,
    in_the_year,
    inadequate_less_others,
    published_in,
    worse_less_better,
    year_after_inadequate,
)
from sim.reproduction.need_study import mean_over_years, need_on_spending
from sim.reproduction.published_studies import INTERVAL, published_studies
from sim.reproduction.study_panels import (
    deprivation_decile,
    hundreds_per_child,
    ninety_five,
    with_earlier_years,
    with_spending_bridged,
)
from sim.reproduction.three_columns import COLUMNS, ReproducedResult, all_estimators
from tests.panel.made_panel import COUNCILS, SHAPE, draw, history, made, walk

pytestmark = pytest.mark.quick

NATION = np.linspace(0.0, 1.0, SHAPE[0])[:, None] ** 2
OLDER, LATER = date(2014, 6, 1), date(2018, 6, 1)


@pytest.fixture(scope="module")
def record() -> CouncilPanel:
    return with_spending_bridged(recorded_panel())


# --- returns ------------------------------------------------------------------------------------


def test_the_year_without_spending_lies_half_way_in_every_panel() -> None:
    total = np.exp(walk("total", 0.1))
    panel = made(total=total)
    bridged = with_spending_bridged(panel)
    at = panel.place(2015)
    assert bridged["total"][at] == pytest.approx(np.sqrt(total[at - 1] * total[at + 1]))
    others = np.arange(len(YEARS)) != at
    assert (bridged["total"][others] == total[others]).all()
    assert (bridged["need"] == panel["need"]).all()
    missing = total.copy()
    missing[at] = np.nan
    assert with_spending_bridged(made(total=missing))["total"][at] == pytest.approx(
        bridged["total"][at]
    )


def test_a_simulated_panel_takes_the_years_before_it_began_from_the_record() -> None:
    need = np.exp(walk("need", 0.1))
    late = need.copy()
    late[:3] = np.nan
    late[8] = np.nan  # a blank of its own is no matter of the start
    recorded = made(need=2.0 * need)
    filled = with_earlier_years(replace(made(need=late), children=np.ones(SHAPE)), recorded)
    assert (filled["need"][:3] == 2.0 * need[:3]).all()
    assert (filled["need"][3:8] == need[3:8]).all()
    assert np.isnan(filled["need"][8]).all()


def test_spending_is_in_hundreds_of_pounds_per_child_of_2019() -> None:
    panel = replace(made(total=np.full(SHAPE, 3.0)), children=np.full(SHAPE, 10_000.0))
    spending = hundreds_per_child(panel, "total")
    assert spending[panel.place(2019)] == pytest.approx(3.0)
    assert spending[panel.place(2017)] == pytest.approx(3.0 * 1.02**2)


def test_deciles_are_tenths_of_councils_and_the_tenth_is_the_most_deprived() -> None:
    panel = made()
    decile = deprivation_decile(panel)
    assert np.unique(decile, return_counts=True)[1].tolist() == [14] * 10
    assert decile[panel.deprivation.argmax()] == 10.0
    assert decile[panel.deprivation.argmin()] == 1.0


def test_an_interval_is_widened_from_ninety_to_ninety_five_per_cent() -> None:
    wider = ninety_five(Estimate(1.0, 1.0 - NINETY, 1.0 + NINETY, 9))
    assert wider == pytest.approx((1.0, 1.0 - 1.95996, 1.0 + 1.95996, 9), abs=1e-5)


# --- K1 -----------------------------------------------------------------------------------------


def inspected(slope: float, decile: float) -> CouncilPanel:
    """Each council inspected under both frameworks; more early help and less deprivation go with
    good reports. Early help is about GBP 300 a child and differs by GBP 100 between councils."""
    spending = 3.0 + draw("spending", (1, COUNCILS)) + 0.3 * draw("year by year")
    panel = replace(
        made(early_help=np.maximum(spending, 0.1) * 1e2 / 1e6, safeguarding=np.full(SHAPE, 2e-4)),
        children=np.ones(SHAPE),
    )
    noisy = panel["safeguarding"] * np.exp(0.3 * draw("safeguarding"))
    panel = replace(panel, series={**panel.series, "safeguarding": noisy})
    rows = []
    chances = stream(1, 1, "reports").random((2, COUNCILS))
    for k, (first, span) in enumerate(((OLDER, 1200), (LATER, 240))):
        for council in range(COUNCILS):
            day = first + timedelta(days=(council * 37) % span)
            at = panel.place(day.year + (day.month >= 4))
            early_help = hundreds_per_child(panel, "early help")[at, council]
            odds = slope * (early_help - 3.0) + decile * (deprivation_decile(panel)[council] - 5.5)
            good = chances[k, council] < 1.0 / (1.0 + np.exp(-odds))
            rows.append((day, council, 3 if good else 2))
    # A second report under the same framework, which is not counted.
    rows.append((date(2017, 9, 1), 0, 4))
    rows.append((date(2020, 1, 1), 0, 4))
    return replace(panel, history=history(rows))


def test_odds_of_good_go_with_spending_and_deprivation_as_made() -> None:
    panel = inspected(0.9, -0.4)
    reports = first_reports(panel)
    assert len(reports.good) == 2 * COUNCILS
    assert reports.older.sum() == COUNCILS
    assert {*reports.year.tolist()} == {2015, 2016, 2017, 2018, 2019}
    for options in ({}, {"plain": True}, {"plain": True, "older": True}):
        money = log_odds(panel, "early help", **options)
        deprived = log_odds(panel, "decile", **options)
        assert money.low < 0.9 < money.high, options
        assert deprived.low < -0.4 < deprived.high, options
        assert money.low > 0.0 > deprived.high
        assert money.rows == (COUNCILS if options.get("older") else 2 * COUNCILS)
    safeguarding = log_odds(panel, "safeguarding")
    assert safeguarding.low < 0.0 < safeguarding.high


def test_where_nothing_goes_with_reports_nothing_is_clear() -> None:
    panel = inspected(0.0, 0.0)
    for cause in ("early help", "decile"):
        estimate = log_odds(panel, cause)
        assert estimate.low < 0.0 < estimate.high
    assert spread_of(panel, 0).value < 1.5


@pytest.mark.extreme
def test_too_few_reports_or_one_result_alone_give_no_figure() -> None:
    rows = [(OLDER + timedelta(days=k), k, 2 + k % 2) for k in range(50)]
    assert np.isnan(log_odds(made(judged=history(rows)), "early help").value)
    alike = [(OLDER + timedelta(days=k), k, 2) for k in range(COUNCILS)]
    assert np.isnan(log_odds(made(judged=history(alike)), "early help").value)
    assert np.isnan(spread_of(made(judged=history(alike)), 1).value)


# --- K2 -----------------------------------------------------------------------------------------


def test_need_follows_the_spending_of_the_year_before() -> None:
    spending = walk("spending", 0.2)
    before = np.vstack([spending[:1], spending[:-1]])
    own = draw("own level", (1, COUNCILS)) + 9.0 * NATION
    panel = made(
        early_help=np.exp(spending), need=np.exp(own - 0.12 * before + 0.002 * draw("need noise"))
    )
    for year in (2014, 2016, 2018):
        estimate = need_on_spending(panel, year)
        assert estimate.value == pytest.approx(-0.12, abs=0.01)
        assert estimate.low < estimate.value < estimate.high
        assert estimate.rows == COUNCILS
    assert mean_over_years(panel).value == pytest.approx(-0.12, abs=0.005)
    assert mean_over_years(panel).rows == 5 * COUNCILS
    at_once = made(early_help=np.exp(spending), need=np.exp(own - 0.12 * spending))
    assert abs(mean_over_years(at_once).value) < 0.03  # changes of a walk do not go together
    assert np.isnan(need_on_spending(made(need=np.full(SHAPE, np.nan)), 2016).value)


# --- K3, K4 and K5 ------------------------------------------------------------------------------


def judged_panel(effects: tuple[float, float, float], after: float = 0.0) -> CouncilPanel:
    """Councils judged once, 2014 to 2018, whose rate in the year of the report differs by result,
    and, where it was inadequate, in the year after by `after`."""
    rows = [(date(2013 + k % 5, 12, 1), k, (1, 2, 3)[k // 5 % 3]) for k in range(COUNCILS) if k % 4]
    panel = made(judged=history(rows))
    rate = draw("level", (1, COUNCILS)) + 3.0 * NATION + 0.002 * draw("rate noise")
    for effect, there in zip(effects, published_in(panel), strict=True):
        rate = rate + effect * there
    rate[1:] += after * published_in(panel)[0][:-1]
    grids = {name: np.exp(rate) for name in ("referrals", "need", "plan starts")}
    return replace(panel, series={**panel.series, **grids})


def test_reports_are_counted_in_the_year_to_march_and_by_result() -> None:
    rows = [(date(2015, 3, 31), 0, 1), (date(2015, 4, 1), 1, 2), (date(2016, 1, 1), 2, 4)]
    panel = made(judged=history(rows))
    inadequate, middling, good = published_in(panel)
    assert np.argwhere(inadequate).tolist() == [[panel.place(2015), 0]]
    assert np.argwhere(middling).tolist() == [[panel.place(2016), 1]]
    assert np.argwhere(good).tolist() == [[panel.place(2016), 2]]


def test_the_year_of_a_report_differs_by_result_as_made() -> None:
    panel = judged_panel((0.15, 0.06, 0.03))
    for place, truth in enumerate((0.15, 0.06, 0.03)):
        weights = [float(k == place) for k in range(3)]
        estimate = in_the_year(panel, "referrals", weights)
        assert estimate.value == pytest.approx(truth, abs=0.002)
        assert estimate.rows == 6 * COUNCILS
    assert any_report(panel, "need").value == pytest.approx(0.08, abs=0.002)
    assert worse_less_better(panel, "need").value == pytest.approx(0.12, abs=0.002)
    assert inadequate_less_others(panel, "plan starts").value == pytest.approx(0.105, abs=0.002)


def test_what_lasts_into_the_year_after_is_told_apart() -> None:
    panel = judged_panel((0.15, 0.06, 0.03), after=0.07)
    assert year_after_inadequate(panel, "plan starts").value == pytest.approx(0.07, abs=0.002)
    passing = judged_panel((0.15, 0.06, 0.03))
    assert year_after_inadequate(passing, "plan starts").value == pytest.approx(0.0, abs=0.002)


def test_deprived_councils_have_an_effect_of_their_own() -> None:
    panel = judged_panel((0.15, 0.0, 0.0))
    third = panel.deprivation >= np.quantile(panel.deprivation, 2.0 / 3.0)
    without = panel["need"] * np.exp(-0.15 * published_in(panel)[0] * third)
    panel = replace(panel, series={**panel.series, "need": without})
    assert deprived_and_inadequate(panel, "need").value == pytest.approx(0.0, abs=0.003)
    assert 0.07 < in_the_year(panel, "need", [1.0]).value < 0.13


def test_money_after_a_failure_counts_the_older_framework_alone() -> None:
    early = [(date(2016, 5, 1), k, 1) for k in range(10)]
    late = [(date(2019, 5, 1), k, 1) for k in range(20, 40)]
    total = np.exp(0.01 * draw("total"))
    at = YEARS.index(2017)
    total[at:, :10] *= 1.2
    panel = made(judged=history(early + late), total=total)
    estimate = after_failure(panel, "total", 2)
    assert estimate.rows == 10
    assert estimate.value == pytest.approx(100.0 * np.log(1.2), abs=1.5)


# --- the record ---------------------------------------------------------------------------------

# Results that the record in the seeds does not give as the studies have them, and why.
RECORD_APART = {
    "K1.deprivation": "steeper: from November 2013 alone, and by children's incomes (IDACI)",
    "K2.2015": "half of it is the year without a return of spending",
    "K3.worse.care_starts": "not clear: care starts rise as much after other reports",
}


def test_the_record_gives_the_studies_but_for_what_is_explained(record: CouncilPanel) -> None:
    estimators = all_estimators()
    apart = set()
    for one in published_studies():
        result = ReproducedResult(one, estimators[one.id](record), np.zeros(0), np.zeros(0))
        row = dict(zip(COLUMNS, result.row(), strict=True))
        if row["record_verdict"] not in ("within", "as published", "no interval"):
            apart.add(one.id)
    assert apart == {*RECORD_APART}


def test_an_estimate_made_from_the_same_returns_comes_back(record: CouncilPanel) -> None:
    # K4 is this project's own, with merged councils joined: intervals too must be those.
    for one in published_studies():
        if one.study == "K4" and "inadequate" in one.id:
            estimate = all_estimators()[one.id](record)
            own = np.exp(np.array(estimate[:3]))
            assert own == pytest.approx([one.estimate, one.low, one.high], abs=0.004), one.id


def test_reports_of_the_older_framework_give_the_fit_to_the_authors_data(
    record: CouncilPanel,
) -> None:
    reports = first_reports(record)
    assert 140 <= reports.older.sum() <= 149
    assert len(reports.good) > reports.older.sum() + 30
    by_id = {one.id: one for one in published_studies()}
    for name in ("K1.older.early_help", "K1.older.deprivation"):
        assert by_id[name].basis == INTERVAL
        ours = np.exp(all_estimators()[name](record).value)
        assert ours == pytest.approx(by_id[name].estimate, rel=0.06)
    # Random intercepts of councils and years raise the figure, as they do in the study.
    mixed, plain = (
        all_estimators()[name](record).value for name in ("K1.early_help", "K1.plain.early_help")
    )
    assert mixed > plain + 0.1
