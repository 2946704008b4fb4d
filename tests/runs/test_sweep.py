"""Sweeps over levers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from sim.inputs.metrics import METRICS
from sim.runs.sweep import grid_of_texts, read_design
from tests.helpers.run_folders import contents

pytestmark = pytest.mark.quick

OVER = {"regime.grace_months": [3.0, 12.0], "pool.commissioners": [2, 6]}


@pytest.fixture
def sweep(fake_england: None, tmp_path: Path) -> Any:
    def run(over: Any = OVER, **options: Any) -> sim.Sweep:
        defaults = {"out": tmp_path / "out", "years": 2, "engine": "serial", "replications": 4}
        return sim.sweep("trusts-2016", over, **(defaults | {"quiet": True} | options))

    return run


def test_a_row_a_point_with_the_scenario_as_it_stands_first(sweep: Any) -> None:
    points = sweep().points
    assert list(points["regime.grace_months"]) == [6, 3, 3, 12, 12]
    assert list(points["pool.commissioners"]) == [0, 2, 6, 2, 6]
    levers = ["pool.commissioners", "regime.grace_months"]
    assert list(points.columns[:4]) == ["point", *levers, "n"]
    assert list(points.columns[4:]) == list(METRICS)


def test_the_long_table_compares_each_point_with_the_first(sweep: Any) -> None:
    result = sweep()
    long = result.long
    assert len(long) == 5 * len(METRICS)
    caseload = long[long["metric"] == "caseload"].reset_index(drop=True)
    assert caseload["diff_mean"].isna().tolist() == [True, False, False, False, False]
    means = caseload["mean"]
    assert caseload["diff_mean"][1] == pytest.approx(means[1] - means[0], abs=1e-3)
    assert set(caseload["n"]) == {4}


def test_a_point_gives_what_the_same_levers_give_in_a_run(sweep: Any, tmp_path: Path) -> None:
    swept = sweep({"regime.grace_months": [12.0]}).points.iloc[1]
    run = sim.simulate(
        "trusts-2016",
        against=[],
        levers={"regime.grace_months": 12.0},
        years=2,
        replications=4,
        engine="serial",
        out=tmp_path / "run",
        quiet=True,
    )
    mean = run.summary.set_index("metric")["mean"]
    assert swept["caseload"] == pytest.approx(mean["caseload"])


@pytest.mark.determinism
def test_a_sweep_is_the_same_on_every_engine_and_can_be_resumed(sweep: Any, tmp_path: Path) -> None:
    first = sweep()
    other = sweep(out=tmp_path / "other", engine="processes", workers=2)
    assert contents(first.folder) == contents(other.folder)
    assert sweep(resume=True).record == first.record


def test_texts_and_designs_give_points(tmp_path: Path) -> None:
    texts = ["regime.grace_months=3,12", "ofsted.monitoring_visits = true,false"]
    points = grid_of_texts(texts)
    assert points[1] == {"regime.grace_months": 3.0, "ofsted.monitoring_visits": False}
    assert len(points) == 4
    design = tmp_path / "design.csv"
    pd.DataFrame(points).to_csv(design, index=False)
    assert read_design(design) == points


@pytest.mark.bad_input
def test_unknown_levers_and_wrong_values_are_told_together() -> None:
    with pytest.raises(sim.InputError) as caught:
        grid_of_texts(["regime.grace_month=3", "pool.commissioners", "x=1", "x=2"])
    told = str(caught.value)
    assert "did you mean regime.grace_months" in told
    assert "lever=value,value" in told


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("regime.grace_month\n3\n", "did you mean regime.grace_months"),
        ("regime.grace_months\nsoon\n", "line 2: regime.grace_months must be a number"),
        ("regime.grace_months\n99\n", "line 2: regime.grace_months = 99.0 is out of bounds"),
        ("regime.grace_months\n3,4\n", "line 2: has 2 cells for 1 levers"),
        ("regime.grace_months,regime.grace_months\n3,4\n", "twice"),
        ("regime.grace_months\n", "has no points"),
    ],
)
def test_a_wrong_design_is_told_by_line(tmp_path: Path, text: str, message: str) -> None:
    design = tmp_path / "design.csv"
    design.write_text(text)
    with pytest.raises(sim.InputError, match=message):
        read_design(design)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "over", [{}, {"regime.grace_months": []}, {"regime.grace_month": [1]}, [{}]]
)
def test_a_sweep_over_nothing_or_the_unknown_is_refused(
    sweep: Any, over: object, tmp_path: Path
) -> None:
    with pytest.raises(sim.InputError):
        sweep(over)
    assert not (tmp_path / "out").exists()


@pytest.mark.bad_input
def test_a_sweep_has_no_council_tables_and_says_so(sweep: Any) -> None:
    with pytest.raises(sim.InputError, match="a sweep does not make it"):
        _ = sweep().councils
