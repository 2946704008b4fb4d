"""What a briefing takes from elsewhere: the back-test and the findings of studies."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli import report_commands
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.problems import InputError
from sim.inputs.metrics import HEADLINE, METRICS
from sim.report.briefing.content import AUDIENCES
from sim.report.briefing.pages import briefing
from sim.results.backtest_folder import OURS, open_backtest
from sim.results.run_folder import open_run
from tests.helpers.cited_pages import Traced, cell, read
from tests.helpers.run_folders import seal_again
from tests.report.test_briefing import page_of

pytestmark = pytest.mark.standard


def agrees(run: Path, figure: Traced) -> bool:
    """Whether a figure is what its cell holds, as rounded."""
    value = cell(run, figure)
    shown = figure.shown.replace(",", "").replace("\N{MINUS SIGN}", "-")
    places = len(shown.partition(".")[2])
    off = abs(abs(float(shown)) - abs(value) * figure.scale)
    return off <= 0.5001 * 10**-places and abs(figure.value - value) <= 1e-5 * abs(value) + 1e-9


@pytest.mark.parametrize("audience", AUDIENCES)
def test_findings_of_studies_are_cells_of_the_run_folder(run_with_studies, audience):
    figures = read(page_of(run_with_studies, audience)).figures
    studied = [figure for figure in figures if figure.file.startswith("studies/")]
    assert {figure.file.split("/")[1].split("-")[0] for figure in studied} == {
        *("beliefs", "explore", "sensitivity", "attribution")
    }
    assert len(studied) > 20
    wrong = [figure for figure in studied if not agrees(run_with_studies, figure)]
    assert not wrong


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_number_of_a_study_stands_outside_a_traced_figure(run_with_studies, audience):
    page = page_of(run_with_studies, audience).read_text(encoding="utf-8")
    section = page.split('class="studies"')[1].split("</section>")[0]
    text = re.sub(r"<data [^>]*>[^<]*</data>", "#", section)
    text = re.sub(r"<[^>]*>", " ", text)
    names = [label for entry in load_ledger().values() for label in (entry.drives, entry.unit)]
    names += [metric.label for metric in METRICS.values()] + ["Trusts 2016"]
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    assert not re.findall(
        r"\d[\d.,]*", re.sub(r"95% interval|(?:January|December) 20\d\d", "", text)
    )


def test_the_one_parameter_that_decides_is_named_in_plain_words(run_with_studies):
    page = page_of(run_with_studies, "minister").read_text(encoding="utf-8")
    section = page.split('class="studies"')[1].split("</section>")[0]
    assert "\u201c" + load_ledger()["control.trust_deviation"].drives + "\u201d" in section
    assert "control.trust_deviation" not in re.sub(r"<[^>]*>", "", section)
    assert "Its period is not that of this page" in section
    assert "control.trust_deviation" in page_of(run_with_studies, "researcher").read_text(
        encoding="utf-8"
    )


def test_the_document_has_the_studies_and_the_back_test(run_path, study_folders):
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    path = briefing(run_path, "researcher", "docx", studies=[study_folders["explore"]])
    document = docx.Document(str(path))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert "What you would have to believe" in texts
    assert any("Over many possible futures" in text for text in texts)
    assert any("that were not used to fit it" in text for text in texts)
    assert any("nothing but later figures can test" in text for text in texts)
    assert any(table.rows[0].cells[1].text == "Figures" for table in document.tables)


def test_the_back_test_is_cited_with_its_cells(drawn_run):
    page = read(page_of(drawn_run, "researcher"))
    traced = [figure for figure in page.figures if figure.file == "charts/backtest.csv"]
    assert len(traced) >= 7
    assert all(agrees(drawn_run, figure) for figure in traced)
    summary = open_backtest(OURS).summary
    near = summary[(summary["start"] == "2016-01-01") & (summary["window"] == "tested")].iloc[0]
    shown = {(figure.column, figure.row): figure.shown for figure in traced}
    where = "start=2016-01-01;window=tested"
    assert shown["figures", where] == str(near["figures"])
    assert shown["inside95", where] == f"{100 * near['inside95']:.0f}"


@pytest.mark.parametrize(
    ("inside", "words"), [(0.6, "too narrow"), (0.95, "about right"), (1.0, "wider than need be")]
)
def test_a_back_test_given_is_described_for_what_it_is(run_path, tmp_path, inside, words):
    own = _backtest(tmp_path / "own", lambda card: card.assign(inside95=_first(len(card), inside)))
    text = " ".join("".join(read(briefing(run_path, "researcher", backtest=own)).text).split())
    assert words in text
    assert "was given with this run" in text


@pytest.mark.parametrize("day", ["2021-03-31", "2019-03-31"])
def test_the_pandemic_is_named_where_the_test_holds_it(run_path, tmp_path, day):
    own = _backtest(tmp_path / "own", lambda card: card.assign(until=day, inside95=1))
    page = read(briefing(run_path, "researcher", backtest=own))
    text = " ".join("".join(page.text).split())
    assert ("Those years hold the pandemic" in text) == (day > "2020")
    shown = {figure.column: figure for figure in page.figures if "pandemic" in figure.column}
    assert {*shown} == ({"pandemic_figures", "pandemic_inside95"} if day > "2020" else set())
    assert all(agrees(run_path, figure) for figure in shown.values())
    month = {"2021-03-31": "March 2021", "2019-03-31": "March 2019"}[day]
    assert f"the years to {month} that were not used to fit it" in text


def test_a_back_test_worse_than_a_simple_rule_says_worse(run_path, tmp_path):
    own = _backtest(tmp_path / "own", lambda card: card.assign(crps=card["crps_no_change"] * 3 + 1))
    text = " ".join("".join(read(briefing(run_path, "researcher", backtest=own)).text).split())
    assert "% worse than supposing that nothing changes" in text


def test_other_assumptions_than_those_of_the_run_are_pointed_out(run_path, tmp_path):
    own = _backtest(tmp_path / "own")
    (own / "record.json").write_text(
        json.dumps({"format": 1, "kind": "backtest", "seeds_sha256": "0" * 64})
    )
    text = " ".join("".join(read(briefing(run_path, "researcher", backtest=own)).text).split())
    assert "other assumptions or data than this run" in text


@pytest.mark.bad_input
def test_everything_wrong_is_reported_at_once_and_nothing_written(run_path, tmp_path):
    before = sorted(run_path.rglob("*"))
    with pytest.raises(InputError) as caught:
        briefing(
            run_path,
            "ministers",
            "htm",
            backtest=tmp_path / "nowhere",
            studies=[run_path, tmp_path / "none"],
        )
    wheres = [problem.where for problem in caught.value.problems]
    assert len(wheres) == 5
    assert wheres[:2] == ["--format", "--audience"]
    assert sorted(run_path.rglob("*")) == before


@pytest.mark.bad_input
def test_the_page_of_a_study_takes_no_other_study(study_folders):
    study = str(study_folders["beliefs"])
    result = CliRunner().invoke(
        report_commands.briefing, [study, "--study", str(study_folders["explore"])]
    )
    assert isinstance(result.exception, InputError)
    assert "tells of that study alone" in str(result.exception)
    assert not (study_folders["beliefs"] / "briefing.html").exists()


@pytest.mark.bad_input
@pytest.mark.parametrize("file", ["robust.csv", "breakeven.csv", "study.json"])
def test_a_study_cut_short_is_reported(run_path, study_folders, tmp_path, file):
    study = Path(shutil.copytree(study_folders["explore"], tmp_path / "study"))
    (study / file).unlink()
    with pytest.raises(InputError, match=rf"{file}: missing: the study was cut short"):
        briefing(run_path, studies=[study])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda own: (own / "patterns.csv").unlink(), "cut short"),
        (lambda own: (own / "scorecard.csv").write_text(""), "empty or damaged"),
        (lambda own: (own / "scorecard.csv").write_text("start,window\n"), "has no column"),
        (lambda own: (own / "record.json").write_text("{"), "cannot be read"),
    ],
)
def test_a_back_test_that_is_spoilt_is_reported(run_path, tmp_path, spoil, words):
    own = _backtest(tmp_path / "own")
    spoil(own)
    with pytest.raises(InputError, match=words):
        briefing(run_path, "researcher", backtest=own)


@pytest.mark.parametrize(
    ("drawn", "pairs"), [(True, 50), (True, 12), (False, 0)], ids=["enough", "too-few", "none"]
)
def test_what_is_not_known_depends_on_what_was_assumed(run_path, drawn, pairs):
    if drawn:
        name = open_run(run_path).scenario
        row = {"scenario": name, "baseline": "", "metric": HEADLINE, "unit": "y"}
        row |= {"pairs": pairs, "sd": 1.0, "luck": 0.25, "ignorance": 0.75, "error": 0.1}
        pd.DataFrame([row]).to_csv(run_path / "spread.csv", index=False)
        draws = {"beliefs": "evidence", "draws": {"name": "evidence"}}
        seal_again(run_path, lambda record: record["identity"]["scenarios"][0].update(draws))
    page = read(briefing(run_path, "researcher"))
    text = " ".join("".join(page.text).split())
    assert ("Luck and what is not known move" in text) == drawn
    assert ("Luck moves child-years" in text) != drawn
    shown = [figure.shown for figure in page.figures if figure.file == "spread.csv"]
    assert shown == (["25", "75"] if pairs == 50 else [])
    assert ("not known from so few runs" in text) == (pairs == 12)


def _backtest(
    folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame] = lambda card: card
) -> Path:
    folder.mkdir()
    for file in ("scorecard.csv", "patterns.csv"):
        shutil.copyfile(OURS / file, folder / file)
    card = pd.read_csv(OURS / "scorecard.csv")
    change(card).to_csv(folder / "scorecard.csv", index=False)
    return folder


def _first(count: int, share: float) -> list[int]:
    """Ones for a share of so many rows, spread evenly."""
    return [int((k + 1) * share) - int(k * share) for k in range(count)]
