"""The hexagon map: one cell a council on every date, and sums that are right."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sim.inputs.files.places import seeds_dir
from sim.report.charts import hexagons
from sim.report.charts.comparison_charts import groups
from sim.report.charts.england_charts import published_grades
from sim.report.charts.map_charts import (
    council_states,
    limit_false_finds,
    months_inadequate,
    moving_map,
    p_values,
)
from sim.report.charts.queue_charts import INSPECTION, waits
from sim.report.output_files import write_files
from sim.results.run_folder import open_run
from tests.helpers.run_folders import seal_again

pytestmark = pytest.mark.standard

COUNCILS = {
    date(2013, 11, 1): 152,
    date(2016, 1, 1): 152,
    date(2019, 3, 31): 152,
    date(2019, 4, 1): 151,
    date(2021, 3, 31): 151,
    date(2021, 4, 1): 152,
    date(2023, 3, 31): 152,
    date(2023, 4, 1): 153,
    date(2024, 9, 1): 153,
}


@pytest.mark.data
@pytest.mark.parametrize(("on", "count"), COUNCILS.items())
def test_every_council_has_one_cell_on_every_date(on, count):
    cells = hexagons.layout(on)
    assert len(cells) == count
    assert len({(cell.x, cell.y) for cell in cells}) == count
    assert len({cell.dfe_code for cell in cells}) == len({cell.ons_code for cell in cells}) == count


@pytest.mark.data
@pytest.mark.parametrize("on", COUNCILS)
def test_the_layout_and_the_seeds_name_the_same_councils(on):
    councils = pd.read_csv(seeds_dir() / "councils.csv", dtype={"valid_to": str})
    ended = councils["valid_to"].fillna("9999") < on.isoformat()
    councils = councils[(councils["valid_from"] <= on.isoformat()) & ~ended]
    cells = {cell.dfe_code: cell for cell in hexagons.layout(on)}
    assert set(councils["dfe_code"]) == set(cells)
    for row in councils.to_dict("records"):
        cell = cells[row["dfe_code"]]
        assert (cell.name, cell.region) == (row["name"], row["region"])


@pytest.mark.parametrize(("on", "count"), [(date(2016, 1, 1), 152), (date(2024, 9, 1), 153)])
def test_the_map_of_a_run_has_the_councils_of_its_start_with_their_codes(on, count, shared_runs):
    run = open_run(shared_runs[on])
    cells = hexagons.layout_of(run)
    assert len(cells) == count == len(run.starting_state)
    assert {cell.ons_code for cell in cells} == {
        *run.spells["la_code"],
        *run.councils["new_la_code"],
    }
    buckinghamshire = "E06000060" if on.year == 2024 else "E10000002"
    assert buckinghamshire in {cell.ons_code for cell in cells}


def test_an_older_folder_has_no_starting_state_and_is_read_with_the_codes_it_used(run_path):
    (run_path / "starting_state.csv").unlink()
    councils = pd.read_csv(run_path / "councils.csv", dtype=str)
    later = councils["new_la_code"].replace("E10000002", "E06000060")
    councils.assign(new_la_code=later).to_csv(run_path / "councils.csv", index=False)
    seal_again(run_path)
    run = open_run(run_path)
    assert "E06000060" in {cell.ons_code for cell in hexagons.layout_of(run)}
    assert len(run.starting_state) == 152
    assert not run.starting_state["inherited"].any()


@pytest.mark.data
def test_dates_of_a_council_follow_each_other_without_gap_or_overlap():
    table = pd.read_csv(seeds_dir() / "hexes.csv", dtype={"valid_to": str})
    for _, rows in table.groupby("dfe_code"):
        rows = rows.sort_values("valid_from")
        dates = zip(rows["valid_to"], rows["valid_from"], strict=True)
        for (before, _), (_, after) in pairwise(dates):
            assert date.fromisoformat(before) + timedelta(days=1) == date.fromisoformat(after)


def test_borders_are_the_sides_without_a_neighbour_of_the_region():
    alone = hexagons.Hexagon(1, "a", "A", "North", 0.0, 0.0)
    beside = hexagons.Hexagon(2, "b", "B", "North", 1.0, 0.0)
    other = hexagons.Hexagon(3, "c", "C", "South", 1.0, 0.0)
    assert len(hexagons.borders([alone])) == 6
    assert len(hexagons.borders([alone, beside])) == 10
    assert len(hexagons.borders([alone, other])) == 12


def test_names_fit_their_cells():
    for cell in hexagons.layout(date(2016, 1, 1)):
        lines = hexagons.cell_name(cell.name).split("\n")
        assert 1 <= len(lines) <= 2
        assert max(map(len, lines)) <= 11, cell.name


@pytest.mark.theory
def test_false_finds_are_limited_as_benjamini_and_hochberg_say():
    p = np.array([0.01, 0.04, 0.03, 0.005, 0.5])
    # Thresholds 0.01, 0.02, 0.03, 0.04, 0.05 for the ordered 0.005, 0.01, 0.03, 0.04, 0.5.
    assert limit_false_finds(p, 0.05).tolist() == [True, True, True, True, False]
    assert not limit_false_finds(np.array([0.06, 0.9]), 0.05).any()


@pytest.mark.theory
def test_p_values_of_pure_luck_are_even():
    gap = np.random.default_rng(2).normal(size=(60, 4000))
    p = p_values(gap)
    assert np.quantile(p, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.03)
    assert (p_values(np.zeros((60, 2))) == 1).all()


def test_months_inadequate_add_up_to_the_council_years_of_the_run(shared_run):
    run = open_run(shared_run)
    months = months_inadequate(run, run.scenario, hexagons.layout_of(run))
    totals = run.replications.query(
        "scenario == @run.scenario and metric == 'inadequate_council_years'"
    )["value"].to_numpy()
    assert months.sum(1) / 12 == pytest.approx(totals, rel=0.02)


def test_groups_cover_the_councils_once_each_way(shared_run):
    members = groups(open_run(shared_run))
    both = members["Inadequate at the start"].astype(int) + members["Not inadequate at the start"]
    thirds = sum(inside.astype(int) for name, inside in members.items() if name.endswith("third"))
    assert (both == 1).all()
    assert (thirds == 1).all()


def test_waits_are_read_from_events_as_by_hand():
    rows = [
        ("2016-01-10", "sponsor awaited", ""),
        ("2016-02-10", "sponsor awaited", ""),
        ("2016-03-10", "sponsor found", ""),
        ("2016-04-01", "commissioner awaited", ""),
        ("2016-05-31", "inspection began", '{"waited_days": 30}'),
        ("2016-06-30", "inspection began", '{"waited_days": 0}'),
    ]
    events = pd.DataFrame(rows, columns=["date", "kind", "details"]).assign(
        scenario="a", replication=1, la_code="E1", date=lambda t: pd.to_datetime(t["date"])
    )
    queues = waits(events, pd.Timestamp("2016-12-31")).set_index("queue")
    assert (queues.loc["a sponsor", "ends"] - queues.loc["a sponsor", "begins"]).days == 60
    assert queues.loc["a commissioner", "ends"] == pd.Timestamp("2016-12-31")
    assert queues.loc[INSPECTION, "begins"] == pd.Timestamp("2016-05-01")
    assert len(queues) == 3


@pytest.mark.data
def test_published_grades_are_those_of_the_official_series(shared_run):
    # Ofsted, main findings: councils inadequate, and good or outstanding, at the month's end.
    official = {"2016-03-01": (21, 23), "2018-03-01": (23, 57), "2024-08-01": (18, 97)}
    published = published_grades(open_run(shared_run)).pivot(
        index="month", columns="metric", values="value"
    )
    for month, pair in official.items():
        row = published.loc[pd.Timestamp(month)]
        assert (row["councils_inadequate"], row["councils_good_or_better"]) == pair
    assert published.index.max() <= pd.Timestamp("2024-08-31")


def test_the_moving_map_of_one_run_follows_its_spells(run_path):
    run = open_run(run_path)
    quarters, scenarios = council_states(run)
    first = run.spells.query("scenario == @run.scenario and replication == 1")
    for place in (0, 10, 25):
        when = quarters[place]
        inside = (first["started"] <= when) & (~first["exited"] | (first["ended"] > when))
        assert (scenarios[run.scenario][place] % 2 == 1).sum() == first[inside]["la_code"].nunique()
    moving, page = write_files(moving_map(run, run_path))
    with Image.open(moving) as image:
        assert image.n_frames == len(quarters) == 40
    text = page.read_text(encoding="utf-8")
    assert "not a forecast of any council" in text
    assert 'src="' not in text
