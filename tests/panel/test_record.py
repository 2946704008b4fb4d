"""The record in the seeds as a panel, the register of estimates, and what is printed of both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli.estimator_commands import panel
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError
from sim.panel.council_panel import SERIES, YEARS, CouncilPanel
from sim.panel.failure_estimates import new_inadequate
from sim.panel.panel_comparison import COLUMNS, ComparedEstimate, all_estimators
from sim.panel.published_estimates import FILE, published_estimates
from sim.panel.recorded_panel import recorded_panel
from sim.report.tables.panel_terminal import count_rows, missed_rows, read_comparison

pytestmark = pytest.mark.standard

# Estimates that the record in the seeds does not give as the register has them, and why.
RECORD_OUTSIDE = {
    "P5.grade.safeguarding_per_child": "-.02 where the interval begins: linear, not ordered logit",
    "P7.lasting.absence": "0 in the register: its split of lasting and passing takes lags apart",
    "P7.lasting.turnover": "2.8 in the register, by the same split; both say that most passes",
    "P7.nation_share.agency": "1.8 where the range of all series begins at 2",
}


@pytest.fixture(scope="module")
def record() -> CouncilPanel:
    return recorded_panel()


def test_the_record_is_the_councils_that_stood_throughout(record: CouncilPanel) -> None:
    assert record.children.shape == (len(YEARS), 144)
    assert {*record.series} == {*SERIES}
    at = record.place(2023)
    # Children looked after in England on 31 March 2023: 83,840, of whom these councils' most.
    assert 0.93 < np.nansum(record["looked after"][at]) / 83_840 <= 1.0
    assert not np.isfinite(record["agency"][record.place(2015)]).any()
    assert np.isfinite(record["agency"][record.place(2016)]).mean() > 0.9
    # 2014-15 has no return of spending; spending power by council ends with 2020-21.
    assert not np.isfinite(record["total"][record.place(2015)]).any()
    assert np.isfinite(record.power[record.place(2021)]).all()
    assert not np.isfinite(record.power[record.place(2022)]).any()
    # The register, with merged councils in it, counts 58.
    assert 55 <= len(new_inadequate(record).year) <= 61


def test_the_record_in_the_seeds_returns_the_published_estimates(record: CouncilPanel) -> None:
    estimators = all_estimators()
    compared = [
        ComparedEstimate(one, estimators[one.id](record), np.zeros(0))
        for one in published_estimates()
    ]
    outside = {
        one.published.id
        for one in compared
        if one.verdict(one.record.value) not in ("within", "no interval")
    }
    assert outside == {*RECORD_OUTSIDE}


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("quantity,estimate", "quantity,estimated", "has not the columns"),
        (",0.87,0.6,1.14,", ",0.87,0.9,1.14,", "outside its interval"),
        (",0.87,0.6,1.14,", ",0.87,,1.14,", "does not go with its basis"),
        (",0.87,0.6,1.14,", ",much,0.6,1.14,", "is not a number"),
        (",0.87,0.6,1.14,", ",,0.6,1.14,", "has no estimate"),
        ("P1.five_years.early_help,", "P1.five_years.total,", "stands twice"),
        ("elasticity,published,yes", "elasticity,heard,yes", "not an allowed word"),
    ],
)
def test_a_damaged_register_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (seeds_dir() / FILE).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        published_estimates(tmp_path)


@pytest.mark.bad_input
def test_a_missing_register_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        published_estimates(tmp_path)


def test_the_command_prints_three_columns_and_writes_them(tmp_path: Path) -> None:
    out = tmp_path / "new" / "panel.csv"
    options = ["--replications", "1", "--quiet", "--out", str(out)]
    done = CliRunner().invoke(panel, options)
    assert done.exit_code == 0, done.exception
    assert "countries simulated" not in done.output
    for text in ("P1 What spending power does", "published", "record", "simulated", str(out)):
        assert text in done.output
    table = pd.read_csv(out)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == len(published_estimates())
    assert {*table["simulated_verdict"]} <= {"within", "outside", "no interval", "too few"}
    row = table.set_index("id").loc["P1.five_years.total"]
    assert "2016 to 2021 only" in row["note"]
    assert (row["published"], row["low"], row["high"]) == (0.87, 0.6, 1.14)
    missed = table[(table["headline"] == 1) & (table["simulated_verdict"] == "outside")]
    assert f"miss ({len(missed)})" in done.output
    rows = read_comparison(out)
    assert [row[0].split(":")[0] for row in missed_rows(rows)] == missed["id"].tolist()
    verdicts = table["simulated_verdict"][table["id"].str.startswith("P2")].value_counts()
    tried = verdicts.get("within", 0) + verdicts.get("outside", 0)
    assert count_rows(rows)[1][2] == f"{verdicts.get('within', 0)} of {tried}"
    everything = CliRunner().invoke(panel, [*options[:-2], "--all"])
    assert everything.output.count("\n") > done.output.count("\n")


@pytest.mark.bad_input
def test_unknown_beliefs_are_refused() -> None:
    done = CliRunner().invoke(panel, ["--beliefs", "centrl"])
    assert isinstance(done.exception, InputError)
    assert "did you mean central" in str(done.exception)
