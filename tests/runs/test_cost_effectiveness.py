"""What a child-year of poor practice avoided costs: by hand, and on the screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.analysis.comparison import compare_runs
from sim.analysis.cost_effectiveness import COST, CostEffectiveness, cost_effectiveness, ratio
from sim.inputs.metrics import HEADLINE, METRICS
from sim.report.tables.cost_terminal import HARMS, NOBODY, SAVES, UNCLEAR, cost_rows, print_costs
from sim.results.run_folder import open_run
from sim.units import Array
from tests.helpers.run_folders import seal_again
from tests.helpers.synthetic_run import make_run

pytestmark = pytest.mark.quick

NAMES = list(METRICS)
YEARS = 10.0


def totals(poor: list[float], spend: list[float]) -> Array:
    """A table of replications in which nothing but poor practice and spending is other than 1."""
    table = np.ones((len(poor), len(NAMES)))
    table[:, NAMES.index(HEADLINE)] = poor
    table[:, NAMES.index(COST)] = spend
    return table


def against(poor: list[float], spend: list[float]) -> CostEffectiveness:
    """An option against a baseline of 10,000 child-years and GBP 100 million a year."""
    n = len(poor)
    values = {"now": totals([10_000.0] * n, [100.0] * n), "option": totals(poor, spend)}
    (item,) = cost_effectiveness(values, compare_runs(values, "now"), YEARS)
    return item


def test_the_cost_of_a_child_year_by_hand() -> None:
    """1,000 child-years avoided in ten years for GBP 2 million a year: GBP 20,000 each."""
    poor = [9_000.0 + step for step in (-30, -20, -10, 0, 10, 20, 30, 0, -15, 15)]
    item = against(poor, [102.0 + step for step in (0.2, -0.2) * 5])
    assert item.avoided == pytest.approx(1_000.0)
    assert item.avoided_low < 1_000.0 < item.avoided_high
    assert item.cost == pytest.approx(2.0)
    assert item.price == pytest.approx(20_000.0)
    assert item.price_low < 20_000.0 < item.price_high


def test_one_that_saves_money_has_a_price_below_nothing() -> None:
    item = against([9_000.0, 9_010.0, 8_990.0] * 4, [99.0, 99.1, 98.9] * 4)
    assert item.price == pytest.approx(-10_000.0)
    assert item.price_high < 0.0


@pytest.mark.parametrize(
    "poor",
    [
        [9_000.0, 11_000.0] * 5,  # nobody can say
        [11_000.0, 11_010.0] * 5,  # it does harm
        [10_000.0] * 10,  # it does nothing
    ],
)
def test_no_price_is_told_where_the_benefit_is_not_clear(poor: list[float]) -> None:
    item = against(poor, [102.0, 103.0] * 5)
    assert np.isnan([item.price, item.price_low, item.price_high]).all()
    assert item.cost == pytest.approx(2.5)


def test_the_interval_of_a_ratio_covers_it_as_often_as_it_says() -> None:
    """Fieller's interval from 20 correlated pairs: the true ratio of 3 lies in about 95 of 100."""
    draw = np.random.default_rng(1)
    within, t = 0, 2.093
    for _ in range(1_000):
        below = draw.normal(10.0, 4.0, 20)
        above = 3.0 * below + draw.normal(0.0, 8.0, 20)
        half = t * below.std(ddof=1) / np.sqrt(20)
        _, low, high = ratio(above, below, half)
        within += low <= 3.0 <= high
    assert 0.93 <= within / 1_000 <= 0.97


def test_the_interval_is_the_set_of_ratios_that_a_t_test_leaves() -> None:
    """At each end the mean of above - r x below is just as far from zero as the level allows."""
    above = np.array([31.0, 28.0, 35.0, 30.0, 26.0])
    below = np.array([10.0, 9.0, 12.0, 11.0, 9.5])
    t = 2.7764
    _, low, high = ratio(above, below, t * below.std(ddof=1) / np.sqrt(5))
    for end in (low, high):
        rest = above - end * below
        assert abs(rest.mean()) == pytest.approx(t * rest.std(ddof=1) / np.sqrt(5), rel=1e-4)


def edited(folder: Path, file: str, metric: str, figures: dict[str, list[float]]) -> None:
    table = pd.read_csv(folder / file)
    for scenario, values in figures.items():
        here = (table["scenario"] == scenario) & (table["metric"] == metric)
        if file == "replications.csv":
            table.loc[here, "value"] = values
        else:
            table.loc[here, "mean"] = np.mean(values)
    table.to_csv(folder / file, index=False)


def test_the_table_says_what_the_files_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_run(tmp_path / "run", replications=4)
    names = open_run(folder).scenarios
    nothing = {name: [0.0] * 4 for name in names}
    for metric in NAMES:
        if metric.startswith(("needed_", "existing_", "waiting_years_")):
            figures = dict(nothing)
            if metric == "needed_commissioner":
                figures[names[1]] = [9.0, 7.0, 5.0, 7.0]
            if metric == "existing_commissioner":
                figures[names[1]] = [6.0] * 4
            if metric == "waiting_years_commissioner":
                figures[names[1]] = [2.0, 4.0, 2.0, 4.0]
            for file in ("replications.csv", "summary.csv"):
                edited(folder, file, metric, figures)
    costs = pd.read_csv(folder / "cost_effectiveness.csv")
    costs.loc[0, ["avoided", "avoided_low", "avoided_high"]] = [12_300.0, 8_000.0, 16_600.0]
    costs.loc[0, ["cost_gbp_m", "cost_low", "cost_high"]] = [4.0, -1.0, 9.0]
    costs.loc[0, ["gbp_per_child_year", "gbp_low", "gbp_high"]] = [3252.0, -800.0, 9100.0]
    price = ["gbp_per_child_year", "gbp_low", "gbp_high"]
    costs.loc[1:, price] = float("nan")
    # Of one that surely saves money a cost of each child-year says nothing that can be compared.
    costs.loc[2, price] = [-70_000.0, -90_000.0, -50_000.0]
    costs.loc[2, ["cost_gbp_m", "cost_low", "cost_high"]] = [-9.0, -12.0, -6.0]
    costs.loc[1, ["avoided", "avoided_low", "avoided_high"]] = [-900.0, -1_500.0, -300.0]
    compared = pd.read_csv(folder / "comparison.csv")
    compared["interval"] = "sound"
    compared.loc[compared["scenario"] == names[2], "interval"] = "rough"
    compared.to_csv(folder / "comparison.csv", index=False)
    costs.to_csv(folder / "cost_effectiveness.csv", index=False)
    run = open_run(seal_again(folder))
    first, second, third, fourth = cost_rows(run)
    assert first == (names[0], "", "", "", NOBODY, NOBODY)
    assert second[0] == names[1]
    assert second[1].startswith("+12")
    assert second[2].startswith("+4")
    assert second[3].startswith("3,252\n")
    assert second[4] == "7.0 / 6.0 commissioners (75%)"
    assert second[5] == "commissioner\n3.0 council-years"
    assert third[3] == HARMS
    assert fourth[3] == SAVES
    assert (" ~" in third[1], " ~" in second[1]) == (True, False)
    costs.loc[1, ["avoided", "avoided_low", "avoided_high"]] = [900.0, -300.0, 2_100.0]
    costs.to_csv(folder / "cost_effectiveness.csv", index=False)
    run = open_run(seal_again(folder))
    assert cost_rows(run)[2][3] == UNCLEAR
    print_costs(run)
    assert "whom it needs" in capsys.readouterr().out


def test_a_folder_without_the_table_is_printed_without_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_run(tmp_path / "run", replications=2)
    (folder / "cost_effectiveness.csv").unlink()
    print_costs(open_run(seal_again(folder)))
    assert capsys.readouterr().out == ""
