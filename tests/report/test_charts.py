"""Charts: whole sets, the same bytes, nothing cut off and no names on top of each other."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from synthetic import ARMS, Arm, make_run

from sim.report.charts import CHARTS, make_charts
from sim.report.folder import open_run
from sim.report.labels import spread
from sim.report.style import render

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    run = make_run(tmp_path_factory.mktemp("charts") / "run", replications=6)
    return make_charts(run)


def test_every_chart_has_picture_data_and_words(drawn):
    stems = {path.stem for path in drawn}
    assert len(drawn) == 4 * len(stems)
    for path in drawn:
        assert path.stat().st_size > 100, path
    for stem in stems:
        folder = drawn[0].parent
        words = (folder / f"{stem}.txt").read_text(encoding="utf-8")
        assert "simulated" in words
        assert "England" in words
        assert "Source: simulation, run 0123456789ab, seed 1." in words
        assert len(pd.read_csv(folder / f"{stem}.csv"))


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
def test_the_same_run_gives_the_same_bytes(run_path, tmp_path):
    first = {path.name: path.read_bytes() for path in make_charts(run_path)}
    second = {path.name: path.read_bytes() for path in make_charts(run_path)}
    assert first == second
    assert not any(b"dc:date" in content for content in first.values())


def test_titles_turn_with_the_numbers(tmp_path):
    turned = {**ARMS, "trusts-2016": Arm(0.09, 0.1, "trust")}
    run = open_run(make_run(tmp_path / "run", turned, replications=10))
    titles = {chart.name: chart.headline for chart in (draw(run) for draw in CHARTS)}
    assert titles["councils-inadequate"] == (
        "Trusts 2016: fewer councils inadequate than all three alternatives"
    )
    assert "fewer than all three alternatives" in titles["still-inadequate"]


@pytest.mark.extreme
@pytest.mark.parametrize("replications", [1, 2])
def test_too_few_runs_claim_nothing(tmp_path, replications):
    run = make_run(tmp_path / "run", replications=replications)
    make_charts(run)
    if replications == 1:
        words = (run / "charts" / "councils-inadequate.txt").read_text(encoding="utf-8")
        assert words.startswith("No clear difference")


@pytest.mark.extreme
def test_one_scenario_alone_and_six_together(tmp_path):
    alone = make_run(tmp_path / "alone", {"trusts-2016": ARMS["trusts-2016"]}, 6)
    make_charts(alone)
    six = ARMS | {"fifth": Arm(0.03, 0.2), "sixth": Arm(0.031, 0.2)}
    make_charts(make_run(tmp_path / "six", six, 6))
    words = (tmp_path / "six" / "charts" / "councils-inadequate.txt").read_text(encoding="utf-8")
    assert "Also run: Fifth, Sixth." in words


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
