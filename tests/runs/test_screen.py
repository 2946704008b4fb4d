"""The comparison on the screen says what the files say."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from sim.inputs.metrics import METRICS, listed_metrics
from sim.report.tables.run_terminal import level_rows, print_luck, print_run
from sim.results.run_folder import open_run
from tests.helpers.run_folders import Simulate, seal_again

pytestmark = pytest.mark.standard

HEADLINES = listed_metrics("screen")


def first_number(text: str) -> tuple[float, float]:
    """The first number of a cell, and half a unit of its last digit."""
    shown = re.sub(r"[^\d.−-]", "", text.split("\n")[0]).replace("−", "-")  # noqa: RUF001
    return float(shown), 0.51 * 10.0 ** -len(shown.partition(".")[2])


def test_levels_are_those_of_the_summary(run_fake: Simulate) -> None:
    result = run_fake(replications=12)
    rows = level_rows(open_run(result.folder), HEADLINES)
    means = result.summary.pivot(index="metric", columns="scenario", values="mean")
    for metric, row in zip(HEADLINES, rows, strict=True):
        for scenario, cell in zip(result.scenarios, row[1:], strict=True):
            shown, half = first_number(cell)
            expected = means.loc[metric, scenario] * METRICS[metric].scale
            assert shown == pytest.approx(expected, abs=half)


def test_a_clear_difference_is_marked_and_an_unclear_one_is_not(
    run_fake: Simulate, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_fake(replications=12)
    print_run(result.folder)
    out = capsys.readouterr().out
    table = result.comparison
    clear = (table["ci95_low"] > 0) | (table["ci95_high"] < 0)
    clear &= table["interval"] == "sound"
    # Two tables: the differences, and the stages that a difference is made of with their sum.
    listed = (HEADLINES, (*listed_metrics("phases"), "inadequate_council_years"))
    marks = sum(int(clear[table["metric"].isin(names)].sum()) for names in listed)
    # One star more: the note that says what it means.
    assert out.count(" *") + out.count("* The") == marks + 1
    assert "hold together with 95 % confidence" in out
    assert "Sharing luck" in out


def test_a_rough_interval_is_marked_and_explained(
    run_fake: Simulate, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_fake(replications=12).folder
    table = pd.read_csv(folder / "comparison.csv")
    table["interval"] = "sound"
    table.to_csv(folder / "comparison.csv", index=False)
    print_run(seal_again(folder))
    assert "~" not in capsys.readouterr().out
    table.loc[table["metric"] == "caseload", "interval"] = "rough"
    table.to_csv(folder / "comparison.csv", index=False)
    print_run(seal_again(folder))
    out = capsys.readouterr().out
    assert out.count(" ~") == table["scenario"].nunique()
    assert "~ Except these: the differences are so skewed" in out
    # A folder of an older version does not tell, and is printed all the same.
    older = table.rename(columns={"interval": "another_column"})
    older.to_csv(folder / "comparison.csv", index=False)
    print_run(seal_again(folder))
    assert "~" not in capsys.readouterr().out


def test_few_replications_are_warned_of(
    run_fake: Simulate, capsys: pytest.CaptureFixture[str]
) -> None:
    print_run(run_fake(replications=1).folder)
    out = capsys.readouterr().out
    assert "[unknown]" in out
    assert "Fewer than 10 replications" in out


def test_one_scenario_alone_is_not_compared(
    run_fake: Simulate, capsys: pytest.CaptureFixture[str]
) -> None:
    print_run(run_fake(against=[]).folder)
    assert "less" not in capsys.readouterr().out


def test_the_luck_report_has_a_row_for_each_metric_that_varies(
    run_fake: Simulate, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_fake(replications=12)
    print_luck(result.folder)
    out = capsys.readouterr().out
    rows: pd.DataFrame = result.comparison.query("metric == 'caseload'")
    for ratio in rows["variance_ratio"]:
        assert f"{ratio:.2f} (" in out
