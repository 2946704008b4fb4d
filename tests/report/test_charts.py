"""Charts: whole sets, the same bytes, nothing cut off and no names on top of each other."""

from __future__ import annotations

import html
import io
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.inputs.files.problems import InputError
from sim.report.charts.all_charts import CHARTS, chart_named, charts_of, make_charts
from sim.report.charts.chart import ScenarioStyle
from sim.report.charts.labels import spread
from sim.report.charts.lines import key_line
from sim.report.charts.style import COLOURS, LINES, MARKERS, WIDE, Area, render, styled
from sim.results.run_folder import open_run
from tests.helpers.run_folders import seal_again
from tests.helpers.synthetic_run import RUN_SCENARIOS, RunScenario, make_run

pytestmark = pytest.mark.standard

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(drawn_run: Path) -> list[Path]:
    return sorted((drawn_run / "charts").iterdir())


def test_every_chart_has_picture_data_and_words(drawn):
    folder = drawn[0].parent
    run_id = open_run(folder.parent).run_id
    stems = {path.stem for path in drawn if path.suffix == ".svg"}
    # No council differs clearly in a run so short: a grey map would tell nothing.
    assert stems == {kind.name for kind in CHARTS} - {"map-difference"}
    for path in drawn:
        assert path.stat().st_size > 100, path
    for stem in stems:
        words = (folder / f"{stem}.txt").read_text(encoding="utf-8")
        assert "simulated" in words
        assert "England" in words
        assert f"Source: simulation, run {run_id}, seed 1." in words
        assert (folder / f"{stem}.png").is_file()
        assert len(pd.read_csv(folder / f"{stem}.csv"))
    findings = pd.read_csv(folder / "findings.csv")
    assert not findings.duplicated(["chart", "finding"]).any()


def test_text_in_svg_is_text_and_upright(drawn):
    for path in drawn:
        if path.suffix == ".svg":
            root = ElementTree.parse(path).getroot()
            texts = list(root.iter(f"{SVG}text"))
            assert len(texts) > 5, path
            for node in texts:
                turned = re.findall(r"rotate\((-?[\d.]+)", node.get("transform", ""))
                assert all(float(angle) == 0 for angle in turned), path


def test_nothing_touches_the_edge_of_a_picture(drawn):
    for path in drawn:
        if path.suffix == ".png":
            pixels = matplotlib.image.imread(path)[:, :, :3]
            border = np.concatenate([pixels[:2].ravel(), pixels[-2:].ravel()])
            sides = np.concatenate([pixels[:, :2].ravel(), pixels[:, -2:].ravel()])
            assert border.min() == 1, path
            assert sides.min() == 1, path


@pytest.mark.determinism
def test_the_same_run_gives_the_same_bytes(drawn, run_path):
    for path in make_charts(run_path):
        before = drawn[0].parent / path.name
        assert path.read_bytes() == before.read_bytes(), path.name
        assert b"dc:date" not in before.read_bytes()


def test_titles_turn_with_the_numbers(tmp_path):
    turned = {**RUN_SCENARIOS, "trusts-2016": RunScenario(0.09, 0.1, "trust")}
    run = open_run(make_run(tmp_path / "run", turned, replications=10))
    titles = {name: str(chart.headline) for name, chart in charts_of(run).items()}
    assert titles["councils-inadequate"] == (
        "Trusts 2016: fewer councils inadequate than all three alternatives"
    )
    assert "fewer than all three alternatives" in titles["still-inadequate"]
    assert "fewer in" in titles["map-difference"]
    best = "No option has clearly fewer child-years under poor practice than Trusts 2016"
    assert titles["children-and-cost"] == best


@pytest.mark.extreme
@pytest.mark.parametrize("replications", [1, 2])
def test_too_few_runs_claim_nothing(tmp_path, replications):
    charts = charts_of(open_run(make_run(tmp_path / "run", replications=replications)))
    for chart in charts.values():
        assert "</svg>" in chart.drawing(narrow=True), chart.name
    if replications == 1:
        assert str(charts["councils-inadequate"].headline).startswith("No clear difference")
        assert "no clear difference" in str(charts["still-inadequate"].headline)


@pytest.mark.extreme
def test_one_scenario_alone(tmp_path):
    run = make_run(tmp_path / "run", {"trusts-2016": RUN_SCENARIOS["trusts-2016"]}, 6)
    charts = charts_of(open_run(run))
    assert "comparison" not in charts
    for chart in charts.values():
        assert "</svg>" in chart.drawing(), chart.name


@pytest.mark.extreme
def test_beyond_four_scenarios_are_named_and_not_drawn(tmp_path):
    six = RUN_SCENARIOS | {"fifth": RunScenario(0.03, 0.2), "sixth": RunScenario(0.031, 0.2)}
    charts = charts_of(open_run(make_run(tmp_path / "run", six, 6)))
    assert "Also run: Fifth, Sixth." in charts["councils-inadequate"].source
    assert "Fifth" not in charts["councils-inadequate"].drawing()


@pytest.mark.extreme
def test_the_answer_and_the_queues_are_drawn_for_all_scenarios(tmp_path):
    six = RUN_SCENARIOS | {"fifth": RunScenario(0.03, 0.2), "sixth": RunScenario(0.031, 0.2)}
    charts = charts_of(open_run(make_run(tmp_path / "run", six, 6)))
    for name in ("children-and-cost", "queues"):
        assert "Also run" not in charts[name].source
        assert ">Fifth<" in charts[name].drawing()
        assert {"fifth", "sixth"} < set(charts[name].data["scenario"])


def test_strain_is_drawn_for_every_scenario_and_told_without_votes(shared_run):
    charts = charts_of(open_run(shared_run))
    strain = charts["strain-on-the-service"]
    assert set(strain.data["scenario"]) == set(open_run(shared_run).scenarios)
    headline = str(charts["comparison"].headline)
    assert not re.search(r"\d+ of \d+|better|worse", headline)


def test_what_the_cost_is_made_of_adds_up_to_it(shared_run):
    data = charts_of(open_run(shared_run))["where-the-money-goes"].data
    for _, rows in data.groupby("scenario"):
        amounts = rows.set_index("item")["difference_gbp_m_a_year"]
        together = amounts.pop("Together")
        assert amounts.sum() == pytest.approx(together, abs=1e-3)


@pytest.mark.extreme
def test_no_events_no_queues(tmp_path):
    run = make_run(tmp_path / "run", replications=2)
    (run / "events.csv.gz").unlink()
    seal_again(run)
    assert "who-waited" not in charts_of(open_run(run))


def test_a_chart_by_its_name_is_that_of_the_set(shared_run, tmp_path):
    run = open_run(shared_run)
    chart, drawn_with_others = chart_named(run, "comparison"), charts_of(run)["comparison"]
    assert chart.headline == drawn_with_others.headline
    pd.testing.assert_frame_equal(chart.data, drawn_with_others.data)
    assert {path.suffix for path in chart.save(tmp_path)} == {".svg", ".png", ".csv", ".txt"}


def test_a_notebook_shows_a_chart_with_its_words(shared_run):
    chart = chart_named(open_run(shared_run), "still-inadequate")
    assert chart._repr_svg_().count("still inadequate under Trusts 2016") == 1
    page = chart._repr_html_()
    for words in (chart.headline, chart.subtitle, chart.alt, chart.source):
        assert html.escape(str(words)) in page
    assert page.count('<img src="data:image/svg+xml;base64,') == 1


@pytest.mark.bad_input
def test_a_chart_that_is_not_there_names_the_nearest(shared_run, tmp_path):
    with pytest.raises(InputError, match="councils-inadequate"):
        chart_named(open_run(shared_run), "council-inadequate")
    with pytest.raises(InputError, match="children-and-cost, children-under-poor-practice"):
        chart_named(open_run(shared_run), "xyz")
    alone = make_run(tmp_path / "run", {"trusts-2016": RUN_SCENARIOS["trusts-2016"]}, 6)
    with pytest.raises(InputError, match=r"nothing to show in 'comparison'\s.*another scenario"):
        chart_named(open_run(alone), "comparison")


def test_names_keep_their_distance():
    places = spread([5.0, 5.1, 5.2, 20.0], gap=3.0, low=0.0, high=21.0)
    assert np.all(np.diff(places) >= 3.0 - 1e-9)
    assert places[3] == 20.0
    assert spread([-5.0, 0.0], 3.0, 0.0, 10.0) == [0.0, 3.0]


def test_a_bare_drawing_has_no_title():
    def draw(area: object) -> None:
        del area

    assert b"Headline" not in render(draw, 2.0, ("svg",))["svg"]
    with_title = render(draw, 2.0, ("svg", "png"), headline="Headline")
    assert b"Headline" in with_title["svg"]
    assert matplotlib.image.imread(io.BytesIO(with_title["png"])).shape[0] > 200


@pytest.mark.parametrize("narrow", [False, True])
def test_the_names_of_scenarios_over_small_charts_stay_inside(narrow):
    names = ["As practised 2024", "Takeover 2024", "Commissioner 2024", "Peer support 2024"]
    looks = zip(names, names, COLOURS, COLOURS, LINES, MARKERS, strict=True)
    styles = [ScenarioStyle(*look) for look in looks]
    with styled():
        figure = Figure(figsize=(4.2 if narrow else WIDE, 5))
        area = Area(figure, 0.0, 0.0, *figure.get_size_inches(), narrow)
        left = key_line(area, styles[: 2 if narrow else 4])
        edge = figure.get_size_inches()[0] * figure.dpi
        assert all(text.get_window_extent().x1 <= edge for text in figure.texts)
    assert 0 < left.height < area.height
