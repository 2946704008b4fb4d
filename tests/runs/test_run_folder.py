"""The run folder: what is in it, and that it is the same whatever makes it."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.analysis.comparison import compare_runs
from sim.inputs.councils.baseline import baseline
from sim.inputs.metrics import COUNCIL_SERIES, METRICS, NATIONAL_SERIES
from sim.runs import plan
from tests.helpers.run_folders import Simulate, contents

pytestmark = pytest.mark.standard

FILES = {
    "record.json",
    "replications.csv",
    "summary.csv",
    "comparison.csv",
    "cost_effectiveness.csv",
    "national.csv",
    "councils.csv",
    "starting_state.csv",
    "spells.csv",
    "events.csv.gz",
}


def test_the_folder_holds_what_it_should_and_nothing_else(run_fake: Simulate) -> None:
    result = run_fake()
    assert set(contents(result.folder)) == FILES
    # Beside it nothing is left of the making.
    assert [path.name for path in result.folder.parent.iterdir()] == [result.folder.name]
    assert result.folder.name == result.record["run_id"]
    assert result.folder.parent.name == "trusts-2016"


def test_the_tables_agree_with_each_other(run_fake: Simulate) -> None:
    result = run_fake(replications=8)
    wide = result.wide("caseload")
    assert list(wide.columns) == list(result.scenarios)
    assert list(wide.index) == list(range(1, 9))
    summary = result.summary.set_index(["scenario", "metric"])
    row = summary.loc[("peer-support", "caseload")]
    assert row["mean"] == pytest.approx(wide["peer-support"].mean(), rel=1e-5)
    assert row["p95"] == pytest.approx(np.percentile(wide["peer-support"], 95), rel=1e-5)
    difference = wide["peer-support"] - wide["trusts-2016"]
    comparison = result.comparison.set_index(["scenario", "metric"])
    pair = comparison.loc[("peer-support", "caseload")]
    assert pair["diff_mean"] == pytest.approx(difference.mean(), rel=1e-4)
    assert pair["baseline"] == "trusts-2016"
    # The stand-in's replications share their luck, as the engine's do.
    assert pair["variance_ratio"] < 0.5
    assert len(result.comparison) == 4 * len(METRICS)


def test_a_missing_figure_is_an_empty_cell_and_is_counted(run_fake: Simulate) -> None:
    result = run_fake(replications=8)  # replication 7 opens no trust
    rows = result.replications.query("metric == 'trust_setup_months' and replication == 7")
    assert rows["value"].isna().all()
    counted = result.summary.query("metric == 'trust_setup_months'")
    assert (counted["n"] == 7).all()


def test_series_follow_months_and_financial_years(run_fake: Simulate) -> None:
    result = run_fake()
    national = result.national
    assert set(national["metric"]) == set(NATIONAL_SERIES)
    assert national["month"].min() == pd.Timestamp("2016-01-01")
    councils = result.councils
    assert set(councils["metric"]) == set(COUNCIL_SERIES)
    assert set(councils["time_period"]) == {201617}  # the only whole year from 2016 to 2017
    assert len(councils) == 5 * len(COUNCIL_SERIES) * len(result.starting_state)
    bristol = councils[councils["la_name"].str.startswith("Bristol")].iloc[0]
    assert (bristol["new_la_code"], bristol["region_name"]) == ("E06000023", "South West")
    assert bristol["region_code"] == "E12000009"


@pytest.mark.parametrize("on", [date(2013, 11, 1), date(2021, 4, 1), date(2024, 9, 1)])
def test_the_starting_state_is_the_baseline_of_the_day(
    run_fake: Simulate, tmp_path: Path, on: date
) -> None:
    file = tmp_path / "later.toml"
    text = f'title = "Later"\nextends = "no-intervention"\n[england]\nstart = {on}\nyears = 2\n'
    file.write_text(text, encoding="utf-8")
    state = run_fake(file, replications=2).starting_state
    expected = baseline(on)
    assert state["old_la_code"].astype(int).tolist() == expected.codes.tolist()
    assert state["new_la_code"].tolist() == list(expected.ons_codes)
    assert state["opening_grade"].tolist() == expected.grade.tolist()
    assert state["inherited"].tolist() == expected.grade_inherited.astype(int).tolist()
    judged = [day.toordinal() if day == day else 0 for day in state["judged_on"]]
    assert judged == expected.grade_date.tolist()
    # The first count of staff was made on 30 September 2015: until then it stands in.
    year = max(on.year - (on < date(on.year, 9, 30)), 2015)
    assert {*state["staff_counted"]} == {pd.Timestamp(year, 9, 30)}
    imputed = state["imputed"].fillna("").str.split("; ")
    assert [("grade" in fields) for fields in imputed] == expected.grade_inherited.tolist()


def test_spells_and_events_name_their_council_and_day(run_fake: Simulate) -> None:
    result = run_fake(events=2)
    spells = result.spells.query("replication == 1 and scenario == 'trusts-2016'")
    assert list(spells["censored"]) == [0, 1]
    assert spells["ended"].isna().tolist() == [False, True]
    assert spells.iloc[0]["started"] == pd.Timestamp("2015-09-23")
    assert spells.iloc[0]["tried"] == "notice@0 trust@90"
    events = result.events
    assert set(events["replication"]) == {1, 2}
    assert set(events["scenario"]) == set(result.scenarios)
    judged = events[events["kind"] == "judged"].iloc[0]
    assert json.loads(judged["details"]) == {"grade": 1, "team, size": 4}
    assert judged["cause"] == 1


def test_no_events_are_kept_when_none_are_asked_for(run_fake: Simulate) -> None:
    with gzip.open(run_fake(events=0).folder / "events.csv.gz", "rt") as file:
        assert len(list(csv.reader(file))) == 1


def test_an_only_scenario_is_compared_with_nothing(run_fake: Simulate) -> None:
    result = run_fake(against=[])
    assert result.scenarios == ("trusts-2016",)
    assert result.comparison.empty


@pytest.mark.determinism
@pytest.mark.parametrize(
    ("most_countries", "options"),
    [
        (100, {"engine": "serial"}),
        (4, {"engine": "serial"}),
        (12, {"engine": "processes", "workers": 2}),
        (100, {"engine": "processes", "workers": 3}),
    ],
)
def test_every_engine_batch_size_and_number_of_workers_gives_the_same_bytes(
    run_fake: Simulate,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    most_countries: int,
    options: dict[str, object],
) -> None:
    expected = contents(run_fake(replications=8, events=3).folder)
    monkeypatch.setattr(plan, "MOST_COUNTRIES", most_countries)
    result = run_fake(replications=8, events=3, out=tmp_path / "other", **options)
    assert contents(result.folder) == expected


@pytest.mark.determinism
def test_running_again_gives_the_same_bytes_in_place(run_fake: Simulate) -> None:
    first = run_fake()
    before = contents(first.folder)
    started = first.record["run"]["started"]
    (first.folder / "my notes.txt").write_text("kept")
    again = run_fake()
    assert again.folder == first.folder
    after = contents(again.folder)
    assert after.pop("my notes.txt") == b"kept"
    assert after == before
    assert again.record["run"]["started"] >= started


@pytest.mark.determinism
def test_another_hash_seed_gives_the_same_bytes(run_fake: Simulate, tmp_path: Path) -> None:
    expected = contents(run_fake(engine="serial").folder)
    for hash_seed in ("1", "2"):
        out = tmp_path / hash_seed
        command = [
            *(sys.executable, str(Path(__file__).parents[1] / "helpers" / "fake_engine.py")),
            *("--scenario", "trusts-2016", "--years", "2", "--replications", "6"),
            *("--no-charts", "--out", str(out)),
        ]
        env = os.environ | {"PYTHONHASHSEED": hash_seed}
        subprocess.run(command, env=env, check=True, capture_output=True)
        (folder,) = (out / "trusts-2016").iterdir()
        assert contents(folder) == expected


def test_replications_are_the_same_however_many_are_run(run_fake: Simulate) -> None:
    few = run_fake(replications=3).replications
    many = run_fake(replications=9).replications
    keys = ["scenario", "replication", "metric"]
    first = many[many["replication"] <= 3]
    pd.testing.assert_frame_equal(
        few.sort_values(keys).reset_index(drop=True),
        first.sort_values(keys).reset_index(drop=True),
    )


def test_compare_can_be_done_again_from_the_folder(run_fake: Simulate) -> None:
    result = run_fake(replications=12)
    whole = sim.compare(result)
    for name in ("diff_mean", "ci95_low", "ci95_high", "share_better", "variance_ratio"):
        np.testing.assert_allclose(whole[name], result.comparison[name], rtol=1e-5, atol=1e-9)
    fewer = sim.compare(result.folder, baseline="no-intervention", metrics=["caseload"])
    others = ["trusts-2016", "commissioner-only", "peer-support", "announced-package-2016"]
    assert list(fewer["scenario"]) == others
    width = (fewer["ci95_high"] - fewer["ci95_low"]).iloc[0]
    values = {name: result.wide("caseload")[[name]].to_numpy() for name in result.scenarios}
    first = compare_runs(values, "no-intervention", ("caseload",))[0]
    assert width == pytest.approx(2 * first.half_width)


@pytest.mark.bad_input
def test_compare_refuses_names_it_does_not_know(run_fake: Simulate) -> None:
    result = run_fake(replications=2)
    with pytest.raises(sim.InputError, match="did you mean peer-support"):
        sim.compare(result, baseline="peer-suport")
    with pytest.raises(sim.InputError, match="did you mean caseload"):
        sim.compare(result, metrics=["caseloads"])


@pytest.mark.bad_input
def test_what_is_in_the_way_is_never_overwritten(run_fake: Simulate) -> None:
    result = run_fake()
    with (result.folder / "summary.csv").open("a") as file:
        file.write("edited\n")
    with pytest.raises(sim.InputError, match=r"summary\.csv has been changed"):
        run_fake()
    (result.folder / "record.json").unlink()
    with pytest.raises(sim.InputError, match="not a run folder"):
        run_fake()


def test_other_figures_for_the_same_run_are_refused_and_kept(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run_fake().folder
    before = contents(folder)
    monkeypatch.setattr(plan.Plan, "write_tables", _spoil(plan.Plan.write_tables))
    with pytest.raises(sim.RunError, match=r"other figures in national\.csv"):
        run_fake()
    assert contents(folder) == before


def _spoil(write_tables: object) -> object:
    def spoilt(self: plan.Plan, folder: Path, *rest: object) -> None:
        write_tables(self, folder, *rest)  # type: ignore[operator]
        with (folder / "national.csv").open("a") as file:
            file.write("another\n")

    return spoilt


@pytest.mark.bad_input
def test_an_unwritable_place_is_told_before_anything_is_run(
    run_fake: Simulate, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(sim.InputError, match="choose another --out"):
        run_fake(out=tmp_path / "file" / "out")


def test_a_result_without_a_place_lives_as_long_as_it_is_held(run_fake: Simulate) -> None:
    result = run_fake(out=None)
    folder = result.folder
    assert (folder / "summary.csv").is_file()
    del result
    assert not folder.exists()


def test_a_result_shows_itself(run_fake: Simulate) -> None:
    result = run_fake()
    assert "compared with trusts-2016" in repr(result)
    page = result._repr_html_()
    assert "<table" in page
    assert "council-years" in page
    assert result.summary.attrs["units"]["caseload"] == "cases per worker"
