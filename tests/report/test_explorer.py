"""The explorer: every figure traced, titles as text, small, honest about what it lacks."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.inputs.files.problems import InputError
from sim.model import simulation
from sim.report.explorer.answer_view import answer_view
from sim.report.explorer.belief_view import PRESETS, belief_view
from sim.report.explorer.council_view import as_json, council_view, slugs
from sim.report.explorer.explorer_page import NAME, WITH_STUDIES, explorer
from sim.report.explorer.interval_rows import IntervalRow, rows_picture
from sim.report.explorer.intervention_bills import FILE as COST_FILE
from sim.report.explorer.intervention_bills import PARTS, WHOLE, write_cost
from sim.report.explorer.lever_view import lever_view, open_sweep
from sim.report.explorer.reweighting import View, reweigh, weights_of
from sim.report.words.cited_study import open_study
from sim.report.words.prose import say
from sim.results.run_folder import open_run
from sim.results.verification import verify
from sim.studies.robustness import robustness
from tests.helpers import known_answer
from tests.helpers.cited_pages import check_figure, read
from tests.helpers.run_folders import seal_again
from tests.helpers.synthetic_run import RUN_SCENARIOS, make_run

pytestmark = pytest.mark.standard

EVIL = '</script><script>alert("x")</script> & <b>bold</b>'


def data_of(page: Path) -> dict:
    text = page.read_text(encoding="utf-8")
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return json.loads(block[1])


def test_every_figure_of_the_plain_page_is_a_cell_of_the_run_folder(explored_run):
    page = read(explored_run / WITH_STUDIES)
    assert len(page.figures) > 200
    assert {figure.file.split("/")[0] for figure in page.figures} >= {
        *("summary.csv", "comparison.csv", "explorer", "studies", "sweeps", "charts"),
    }
    for figure in page.figures:
        check_figure(explored_run, figure)


def test_the_page_asks_the_network_for_nothing(explored_run):
    text = (explored_run / WITH_STUDIES).read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|srcset|href)="(?!#)', text)
    assert "default-src 'none'" in text
    assert " style=" not in text
    assert not re.findall(r"\bfetch\(|XMLHttpRequest|import\(|\beval\(|innerHTML", text)


def test_the_page_of_ten_options_is_small(tmp_path):
    plain = next(iter(RUN_SCENARIOS.values()))
    run = make_run(tmp_path / "run", {f"option-{k}": plain for k in range(10)}, replications=3)
    page = explorer(run)
    assert page.stat().st_size < 3_000_000
    assert len(data_of(page)["labels"]) == 10


def test_parts_of_the_cost_add_up(run_path):
    run = open_run(run_path)
    table = write_cost(run).set_index(["scenario", "part"])["mean"]
    for scenario in run.scenarios:
        parts = [table[scenario, part] for part in PARTS]
        assert table[scenario, WHOLE] == pytest.approx(sum(parts))
    assert (run_path / COST_FILE).is_file()


def test_what_is_clear_is_said_and_the_rest_is_not(run_path):
    run = open_run(run_path)
    children, _ = map(str, answer_view(run).sentences)
    gaps = run.comparison[run.comparison["metric"] == "child_years_under_poor_practice"]
    clear = gaps[(gaps["ci95_low"] > 0) | (gaps["ci95_high"] < 0)]
    assert ("clearly" in children) == bool(len(clear))
    assert ("no clear difference" in children) == (len(clear) < len(gaps))


def test_titles_are_text(tmp_path):
    run = make_run(tmp_path / "run", replications=3, title=EVIL)
    text = explorer(run).read_text(encoding="utf-8")
    assert EVIL not in text
    assert "&lt;script&gt;alert(" in text
    assert text.count("<script") == 2
    assert json.loads(as_json({"title": EVIL})) == {"title": EVIL}
    assert "<" not in as_json(EVIL)


def test_a_page_is_the_same_when_it_is_written_again(run_path):
    first = explorer(run_path).read_bytes()
    assert explorer(run_path).read_bytes() == first


def test_what_the_run_sealed_stays_as_it_was(run_path, study_folders):
    explorer(run_path)
    seal_again(run_path)
    explorer(run_path, study=study_folders["explore"])
    assert verify(run_path).findings[0].sound
    assert (run_path / WITH_STUDIES).is_file()


def test_a_page_drawn_anew_does_not_close_the_folder(run_path):
    explorer(run_path)
    seal_again(run_path)
    (run_path / NAME).write_text("another version drew this", encoding="utf-8")
    assert open_run(run_path).scenario
    assert not verify(run_path).intact


def test_council_addresses_are_one_each(explored_run):
    names = [str(name) for name in open_run(explored_run).starting_state["la_name"]]
    assert len({*slugs(names)}) == len(names)
    assert slugs(["Kingston upon Hull, City of", "St. Helens"]) == [
        *("kingston-upon-hull-city-of", "st-helens"),
    ]


def test_the_published_record_ends_with_august_2024(explored_run):
    table = pd.read_csv(explored_run / "explorer" / "published.csv")
    assert table["time_period"].max() == 202324
    slough = table[table["la_name"] == "Slough"].set_index("time_period")["inadequate"]
    assert slough[201516] == 1  # judged inadequate in February 2014 and in February 2016


def test_a_story_names_the_rule_that_acted(run_path):
    events = pd.read_csv(run_path / "events.csv.gz")
    events["details"] = '{"rule": "grace"}'
    text = events.to_csv(index=False, lineterminator="\n").encode()
    (run_path / "events.csv.gz").write_bytes(gzip.compress(text, mtime=0))
    seal_again(run_path)
    stories = council_view(open_run(run_path)).data["stories"]
    acted = [place for place, words in enumerate(stories["texts"]) if "Rule: grace." in words]
    assert acted


def test_what_no_sentence_is_written_for_is_left_out(run_path):
    events = pd.read_csv(run_path / "events.csv.gz").assign(kind="a thing of my own")
    text = events.to_csv(index=False, lineterminator="\n").encode()
    (run_path / "events.csv.gz").write_bytes(gzip.compress(text, mtime=0))
    seal_again(run_path)
    assert council_view(open_run(run_path)).data["stories"]["texts"] == []


# -- a lever ------------------------------------------------------------------------------------


def test_a_lever_is_shown_at_its_points_and_nowhere_between(run_path, sweep_folder):
    view = lever_view(open_run(run_path), open_sweep(sweep_folder))
    (dial,) = view.dials
    assert [point.value for point in dial.points] == ["0 months", "6 months", "12 months"]
    assert dial.stands_at == 1
    assert len(dial.pictures[0].rows) == 3
    assert any("period" in caution for caution in view.cautions)


def test_a_run_sweeps_its_own_scenario(monkeypatch, tmp_path):
    monkeypatch.setattr(simulation, "run_batch", known_answer.run_batch)
    how = {"engine": "serial", "quiet": True}
    run = sim.simulate("trusts-2016", against=[], years=1.0, replications=3, **how)
    swept = run.sweep({"regime.grace_months": [0.0]}, out=tmp_path, **how)
    assert swept.replication_count == 3
    assert swept.period == run.period
    assert len(swept.points) == 2
    page = run.explorer(sweeps=[swept.folder])
    assert "Its period is not that of this page" not in page.read_text(encoding="utf-8")


def test_another_scenario_of_the_name_is_not_swept(run_path):
    with pytest.raises(InputError, match="is not here as it was in the run"):
        sim.open_run(run_path).sweep({"regime.grace_months": [0.0]})


def test_rows_share_a_scale_with_zero():
    rows = [
        IntervalRow("a", 2.0, 1.0, 3.0, say("2")),
        IntervalRow("b", float("nan"), float("nan"), float("nan"), say("none")),
    ]
    picture = rows_picture(say("title"), "unit", rows)
    first, missing = picture.rows
    assert first.low < first.at < first.high <= 100.0
    assert missing.at is None
    assert [tick.text for tick in picture.ticks if tick.zero] == ["0"]
    assert 2 <= len(picture.ticks) <= 6


# -- beliefs ------------------------------------------------------------------------------------


@pytest.fixture
def futures() -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(1)
    values = draws.uniform(-1.0, 1.0, (400, 2))
    losses = np.stack([values[:, 0], 0.2 + 0.0 * values[:, 0], 1.0 + values[:, 1]], axis=1)
    return values, losses


def test_without_views_it_is_the_table_of_the_study(futures):
    values, losses = futures
    weights = weights_of(values, {})
    result = reweigh(losses, weights, np.arange(400), 1.96)
    table = robustness(losses[:, :, None], 0.05)
    assert result.effective == pytest.approx(400)
    np.testing.assert_allclose(result.mean, table["mean"])
    np.testing.assert_allclose(result.best_share, table["best_share"])
    np.testing.assert_allclose(result.regret, table["regret_mean"])
    np.testing.assert_allclose(result.lead, table["lead"])


def test_a_view_moves_the_choice_to_where_it_is_right(futures):
    values, losses = futures
    for centre, best in ((-0.8, 0), (0.9, 1)):
        weights = weights_of(values, {0: View(centre, 0.2)})
        result = reweigh(losses, weights, np.arange(400), 1.96)
        assert int(np.argmin(result.mean)) == best
        assert result.effective < 400
        assert abs(float(weights @ values[:, 0]) - centre) < 0.25


def test_a_narrow_view_leaves_few_futures(futures):
    values, _ = futures
    wide, narrow = (
        1.0 / (weights_of(values, {0: View(0.0, width), 1: View(0.0, width)}) ** 2).sum()
        for width in (0.5, 0.02)
    )
    assert narrow < 10 < wide


def test_weights_are_numbers_where_no_future_is_near(futures):
    values, _ = futures
    weights = weights_of(values, {0: View(90.0, 0.001)})
    assert weights.sum() == pytest.approx(1.0)


def test_presets_set_what_the_page_asks_and_say_what_they_leave(run_path, study_folders):
    view = belief_view(open_run(run_path), open_study(study_folders["explore"]))
    presets = {preset["name"]: preset for preset in view.data["presets"]}
    assert tuple(presets) == PRESETS
    assert presets["evidence"]["centres"] == {}
    sliders = [slider["parameter"] for slider in view.data["sliders"]]
    place = str(sliders.index("control.trust_deviation"))
    assert presets["reformers"]["centres"][place] > 0 > presets["critics"]["centres"][place]
    assert presets["critics"]["named"] > len(presets["critics"]["centres"])


def test_the_copied_futures_are_those_of_the_page(run_path, study_folders):
    view = belief_view(open_run(run_path), open_study(study_folders["explore"]))
    table = pd.read_csv(run_path / view.data["place"] / "outcomes.csv")
    first = view.data["measures"][0]
    for k, scenario in enumerate(view.data["scenarios"]):
        own = table.loc[table["scenario"] == scenario, first["name"]]
        np.testing.assert_allclose(own, first["values"][k])


# -- what a page lacks, and what cannot be used -------------------------------------------------


def test_a_page_without_study_or_sweep_says_how_to_get_one(run_path):
    text = explorer(run_path).read_text(encoding="utf-8")
    assert "simulate explore --scenario trusts-2016" in text
    assert "--sweep regime.grace_months=0,6,12,18" in text


def test_a_study_of_another_kind_is_refused(run_path, study_folders):
    with pytest.raises(InputError, match="beliefs are weighed over an exploration"):
        explorer(run_path, study=study_folders["attribution"])
    assert not (run_path / WITH_STUDIES).exists()


def test_a_study_of_other_options_is_refused(tmp_path, study_folders):
    other = {"early-help-restored": next(iter(RUN_SCENARIOS.values()))}
    run = make_run(tmp_path / "run", other, replications=3)
    with pytest.raises(InputError, match="compares none of the options"):
        explorer(run, study=study_folders["explore"])


def test_everything_wrong_is_told_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        explorer(tmp_path / "none", study=tmp_path / "nothing", sweeps=[tmp_path / "nowhere"])
    assert {Path(problem.where).name for problem in caught.value.problems} == {
        *("none", "nothing", "nowhere"),
    }


def test_a_run_cut_short_is_refused(run_path):
    (run_path / "spells.csv").write_bytes(b"")
    with pytest.raises(InputError, match="spells"):
        explorer(run_path)


def test_an_option_alone_is_not_compared(tmp_path):
    run = make_run(tmp_path / "run", {"trusts-2016": RUN_SCENARIOS["trusts-2016"]}, replications=3)
    text = explorer(run).read_text(encoding="utf-8")
    assert "there is nothing to compare it with" in text
    assert "How they differ" not in text
