"""The briefing: every figure traced to its cell, titles escaped, small, honest about gaps."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.inputs.files.problems import InputError
from sim.inputs.metrics import COST, HEADLINE, METRICS, listed_metrics
from sim.report.briefing.content import AUDIENCES, COMPARED, comparison_row, has_rough
from sim.report.briefing.pages import briefing
from sim.report.charts.all_charts import chart_named
from sim.results.run_folder import label, open_run
from tests.helpers.cited_pages import cell, read
from tests.helpers.run_folders import seal_again
from tests.helpers.synthetic_run import RUN_SCENARIOS, make_run

pytestmark = pytest.mark.standard

EVIL = '<script>alert("x")</script> & <b>bold</b>'
# Definitions and names, not findings: what the words around the figures may hold.
DEFINED = re.compile(
    r"two years to March 2022|"
    r"(?:January|April|November|December) 20\d\d|(?:50|80|95)% (?:interval|intervals)\b|"
    r"95%|80%|50%|60 months|\b31 March\b|August 2024|January 2016 to December 2025|A4|"
    r"\b(?:1 January 2016|30 September 2015)\b|"
    r"under \d+%|\d+% to \d+%|\d+% or more|under \d+|\d+ to \d+|\d+ or more"
)


def page_of(run: Path, audience: str) -> Path:
    return run / ("briefing.html" if audience == "minister" else f"briefing-{audience}.html")


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_figure_is_a_cell_of_the_run_folder(drawn_run, audience):
    page = read(page_of(drawn_run, audience))
    assert len(page.figures) > 35
    for figure in page.figures:
        value = cell(drawn_run, figure)
        if figure.shown in ("not known", "none"):
            assert value != value, figure
            continue
        assert value == pytest.approx(figure.value, rel=1e-5, abs=1e-9), figure
        digits = figure.shown.replace(",", "").replace("\N{MINUS SIGN}", "-")
        places = len(digits.partition(".")[2])
        # The words around a figure may carry its sign.
        assert abs(float(digits)) == pytest.approx(
            abs(value) * figure.scale, abs=0.5001 * 10**-places
        ), figure
        if digits[0] in "+-":
            assert float(digits) * value > 0


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_number_stands_outside_a_traced_figure(drawn_run, audience):
    text = " ".join("".join(read(page_of(drawn_run, audience)).text).split())
    run = open_run(drawn_run)
    names = [label(name) for name in run.scenarios] + [run.title]
    names += [metric.label for metric in METRICS.values()]
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    left = re.findall(r".{30}\d[\d.,]*.{20}", DEFINED.sub("", text))
    assert not left, left


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_page_is_self_contained_and_small(drawn_run, audience):
    page = page_of(drawn_run, audience)
    text = page.read_text(encoding="utf-8")
    assert page.stat().st_size < 3_000_000
    assert text.startswith("<!DOCTYPE html>")
    assert not re.findall(r'(?:src|srcset|href)="(?!data:|#|briefing-researcher.html")', text)
    assert "not a forecast of any council" in text
    for image in read(page).images:
        assert image["alt"]


def test_audiences_differ(drawn_run):
    counts = {audience: len(read(page_of(drawn_run, audience)).images) for audience in AUDIENCES}
    assert counts["researcher"] > counts["minister"]
    assert len(COMPARED["researcher"]) > len(COMPARED["director"]) > len(COMPARED["minister"])


@pytest.mark.bad_input
def test_a_title_with_html_is_shown_as_text(tmp_path):
    run_scenarios = {name: RUN_SCENARIOS[name] for name in ("trusts-2016", "peer-support")}
    run = make_run(tmp_path / "run", run_scenarios, replications=6, title=EVIL)
    text = briefing(run).read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "<b>bold" not in text


@pytest.mark.bad_input
def test_unknown_audience_or_format_offers_the_nearest(run_path):
    with pytest.raises(InputError, match="did you mean minister"):
        briefing(run_path, "ministers")
    with pytest.raises(InputError, match="did you mean html"):
        briefing(run_path, fmt="htm")
    with pytest.raises(InputError, match="not a run folder"):
        briefing(run_path / "charts")


@pytest.mark.bad_input
def test_an_unwritable_place_is_reported(run_path):
    (run_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        briefing(run_path, out=run_path / "file" / "briefing.html")


@pytest.mark.bad_input
def test_a_run_of_a_version_that_did_not_count_the_headline_is_reported(run_path):
    for name in ("summary", "comparison"):
        table = pd.read_csv(run_path / f"{name}.csv")
        table[table["metric"] != HEADLINE].to_csv(run_path / f"{name}.csv", index=False)
    seal_again(run_path)
    with pytest.raises(InputError, match=f"did not count {HEADLINE}\n"):
        briefing(run_path)
    with pytest.raises(InputError, match="has nothing to show"):
        chart_named(open_run(run_path), "children-and-cost")


@pytest.mark.bad_input
def test_a_run_of_a_version_that_did_not_count_who_pays_is_reported(run_path):
    table = pd.read_csv(run_path / "summary.csv")
    kept = table[table["metric"] != "paid_by_councils_gbp_m"]
    kept.to_csv(run_path / "summary.csv", index=False)
    seal_again(run_path)
    with pytest.raises(InputError, match="did not count paid_by_councils_gbp_m\n"):
        briefing(run_path)


@pytest.mark.bad_input
@pytest.mark.parametrize(("module", "fmt"), [("docx", "docx")])
def test_a_missing_extra_says_what_to_install(run_path, monkeypatch, module, fmt):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=r"sim-childrens-services\[reports\]"):
        briefing(run_path, fmt=fmt)


@pytest.mark.determinism
def test_the_same_run_gives_the_same_page(drawn_run, run_path):
    assert briefing(run_path).read_bytes() == (drawn_run / "briefing.html").read_bytes()


@pytest.mark.extreme
@pytest.mark.parametrize("scenarios", [1, 2])
def test_a_single_run_and_few_scenarios_claim_nothing(tmp_path, scenarios):
    run_scenarios = dict(list(RUN_SCENARIOS.items())[:scenarios])
    run = make_run(tmp_path / "run", run_scenarios, replications=1)
    text = "".join(read(briefing(run)).text)
    assert ("nothing to compare it with" if scenarios == 1 else "no clear difference for") in text


def test_the_document_has_headings_pictures_with_words_and_header_rows(run_path):
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    document = docx.Document(str(briefing(run_path, "researcher", "docx")))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading 1")]
    assert headings[:3] == ["The answer", "How sure is this?", "The comparison"]
    assert document.core_properties.language == "en-GB"
    assert len(document.inline_shapes) >= 6
    for shape in document.inline_shapes:
        assert len(shape._inline.docPr.get("descr")) > 40
    for each in document.tables:
        assert "tblHeader" in each.rows[0]._tr.xml


@pytest.mark.parametrize(("audience", "tables"), [("minister", 2), ("director", 3)])
def test_a_short_document_has_the_answer_its_picture_and_the_cost(run_path, audience, tables):
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    document = docx.Document(str(briefing(run_path, audience, "docx")))
    texts = [p.text for p in document.paragraphs]
    assert "The cost, told whole" in texts
    assert any(text.startswith("Children in need spend") for text in texts)
    assert len(document.inline_shapes) == tables - 1
    assert len(document.tables) == tables


def test_a_short_page_links_to_what_lies_beside_it(run_path, tmp_path):
    page = briefing(run_path).read_text(encoding="utf-8")
    assert 'href="briefing-researcher.html"' in page
    assert (run_path / "briefing-researcher.html").is_file()
    assert "explorer.html" not in page
    (run_path / "explorer.html").write_text("<p>", encoding="utf-8")
    assert 'href="explorer.html"' in briefing(run_path).read_text(encoding="utf-8")
    elsewhere = briefing(run_path, out=tmp_path / "alone.html").read_text(encoding="utf-8")
    assert "href=" not in elsewhere.replace('href="#', "")
    assert [path.name for path in tmp_path.glob("*.html")] == ["alone.html"]


def test_the_long_version_that_tells_of_a_study_is_not_lost(run_path, study_folders):
    briefing(run_path, "researcher", studies=[study_folders["beliefs"]])
    before = (run_path / "briefing-researcher.html").read_bytes()
    briefing(run_path)
    assert (run_path / "briefing-researcher.html").read_bytes() == before


def test_the_table_of_costs_adds_up(drawn_run):
    """By what is bought and by who pays, in the figures as they are shown."""
    comparison = pd.read_csv(drawn_run / "comparison.csv").set_index(["scenario", "metric"])
    shown = {
        (dict(part.split("=") for part in figure.row.split(";"))["scenario"], figure.row): figure
        for figure in read(page_of(drawn_run, "minister")).figures
        if figure.file == "comparison.csv" and figure.column == "diff_mean"
    }
    for scenario in open_run(drawn_run).scenarios[1:]:
        whole = comparison.loc[(scenario, COST), "diff_mean"]
        for listing in ("cost", "payers"):
            names = listed_metrics(listing)
            own = [
                figure
                for (of, row), figure in shown.items()
                if of == scenario and row.rsplit("=", 1)[1] in names
            ]
            assert len(own) == len(names)
            assert sum(figure.value for figure in own) == pytest.approx(whole, abs=0.05)


def test_a_rough_interval_is_called_so(run_path):
    table = pd.read_csv(run_path / "comparison.csv")
    table["interval"] = np.where(table["metric"] == HEADLINE, "rough", "sound")
    table.to_csv(run_path / "comparison.csv", index=False)
    seal_again(run_path)
    run = open_run(run_path)
    texts = [str(cell) for cell in comparison_row(run, HEADLINE).differences if cell]
    assert texts
    assert all("rough)" in text for text in texts)
    assert has_rough(run, [COST, HEADLINE])
    assert not has_rough(run, [COST])
