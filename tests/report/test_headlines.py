"""Titles say what the numbers say, whichever way they point."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from sim.report.words.headlines import Contrast, Difference, contrast, differences, statistical
from sim.report.words.prose import decimals, listed, number
from sim.results.run_folder import label, open_run
from tests.helpers.run_folders import seal_again

pytestmark = pytest.mark.quick

WORDS = Contrast("more councils inadequate", "fewer councils inadequate", "councils inadequate")
ITEM = Difference("a", "base", "spend_gbp_m", 2.0, 1.0, 3.0, 0.9)


@pytest.mark.parametrize(
    ("low", "high", "sign"),
    [(1, 3, 1), (-3, -1, -1), (-1, 1, 0), (0, 1, 0), (math.nan, math.nan, 0)],
)
def test_a_sign_needs_an_interval_without_zero(low, high, sign):
    assert replace(ITEM, low=low, high=high).sign == sign


@pytest.mark.parametrize(
    ("metric", "verdict"),
    [("caseload", "worse"), ("councils_good_or_better", "better"), ("referrals", "")],
)
def test_a_clear_difference_is_better_worse_or_neither(metric, verdict):
    assert replace(ITEM, metric=metric).verdict == verdict
    assert replace(ITEM, metric=metric, low=-1.0).verdict == ""


@pytest.mark.parametrize(
    ("signs", "sentence"),
    [
        (
            [("a", 0), ("b", 0)],
            "No clear difference in councils inadequate between Base and A or B",
        ),
        ([("a", -1), ("b", -1)], "Base: more councils inadequate than A and B"),
        (
            [("a", 1), ("b", 1), ("c", 1)],
            "Base: fewer councils inadequate than all three alternatives",
        ),
        ([("a", -1), ("b", 1)], "Base: more councils inadequate than A but fewer than B"),
        (
            [("a", 1), ("b", 0)],
            "Base: fewer councils inadequate than A; no clear difference from B",
        ),
        ([], "Base alone: nothing to compare councils inadequate with"),
    ],
)
def test_every_pattern_of_signs_has_its_sentence(signs, sentence):
    assert contrast("base", signs, WORDS) == sentence


def test_signs_follow_the_file(run_path):
    run = open_run(run_path)
    before = {item.scenario: item.sign for item in differences(run, "inadequate_council_years")}
    assert before["no-intervention"] == 1
    table = run.comparison
    for column in ("diff_mean", "ci95_low", "ci95_high"):
        table[column] = -table[column]
    table.rename(columns={"ci95_low": "ci95_high", "ci95_high": "ci95_low"}).to_csv(
        run_path / "comparison.csv", index=False
    )
    seal_again(run_path)
    after = {
        item.scenario: item.sign
        for item in differences(open_run(run_path), "inadequate_council_years")
    }
    assert after == {name: -sign for name, sign in before.items()}


def test_subtitle_names_measure_place_period_and_runs(shared_run):
    text = str(statistical(open_run(shared_run), "Mean number of councils"))
    assert text == (
        "Mean number of councils, England, January 2016 to December 2025, simulated, "
        "12 runs of each scenario"
    )


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("no-intervention", "No intervention"),
        ("x_y with workforce.desk_time_shift=-0.1", "X y with workforce.desk_time_shift=-0.1"),
        ("a-b without take-over", "A b without take-over"),
    ],
)
def test_a_lever_in_the_name_of_a_scenario_keeps_its_sign(name, written):
    assert label(name) == written


def test_numbers():
    assert number(-3.14159, 1) == "\N{MINUS SIGN}3.1"
    assert number(-0.001, 1) == "0.0"
    assert number(1234567.8, 0) == "1,234,568"
    assert number(math.nan, 1) == "not known"
    assert [decimals([x]) for x in (1234, 99.0, 1.5, 0.2)] == [0, 1, 1, 2]
    assert listed(["a", "b", "c"], "or") == "a, b or c"
