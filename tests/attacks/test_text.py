"""Text that a terminal would obey, a spreadsheet calculate or a page could not hold, and outputs
that cannot be written."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.analysis.variance_split import luck_interval
from sim.cli.main import main
from sim.inputs.evidence.beliefs_file import check_beliefs
from sim.inputs.files.plain_text import (
    PLAIN_SIGNS,
    data_cell,
    readable,
    shortened,
    unfit_characters,
    wrong_name,
)
from sim.inputs.files.problems import InputError
from sim.inputs.policy.scenario import load_scenario
from sim.model import simulation
from sim.report.briefing.pages import briefing
from sim.report.charts import all_charts
from sim.report.output_files import write_files
from sim.report.tables.opendata import check, open_data, open_tables
from sim.report.tables.workbook import workbook
from sim.results.identity import sha256_of_bytes
from sim.results.run_folder import open_run
from tests.helpers import fake_engine
from tests.helpers.run_folders import seal_again
from tests.helpers.synthetic_run import RUN_SCENARIOS, make_run

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]

CHARACTER_SETS = ("cp1252", "cp850", "cp437", "ascii", "latin-1", "cp932")
UNFIT = ("\x07", "\0", "\x1b[31m", "\x08", "\x7f", "\x85", "\u202e", "\u2028", "\ufeff", "\uffff")
FORMULAS = ('=HYPERLINK("http://example.invalid","x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)")
TITLES = {
    "formula": FORMULAS[0],
    "address": "http://example.invalid",
    "link": "[x](http://example.invalid)",
    "long": "x" * 300,
}


def run_command(encoding: str, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and error output of a command whose streams have this character set."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
    texts = []
    for stream in streams:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode(encoding))  # type: ignore[attr-defined]
    code = left.value.code
    assert isinstance(code, int)
    return code, texts[0], texts[1]


def scenario_file(folder: Path, name: str = "own", **texts: str) -> Path:
    """A scenario file with these texts, written as TOML writes them."""
    lines = [f"{key} = {json.dumps(text)}" for key, text in {"title": "Own", **texts}.items()]
    lines += ["[england]", "start = 2016-01-01", "years = 1"]
    path = folder / f"{name}.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one scenario, not to be written to."""
    few = dict([*RUN_SCENARIOS.items()][:1])
    return make_run(tmp_path_factory.mktemp("one") / "run", few, replications=2)


@pytest.fixture
def own_run(one_run: Path, tmp_path: Path) -> Path:
    """The same, to be written to."""
    return Path(shutil.copytree(one_run, tmp_path / "run"))


@pytest.mark.parametrize("encoding", CHARACTER_SETS)
@pytest.mark.parametrize(
    "arguments",
    [("list",), ("claims", "53"), ("show", "trusts-2016"), ("show", "n\u00f6\u2212such")],
    ids=["list", "claims", "show", "unknown"],
)
def test_a_character_set_without_signs_gets_plain_ones(encoding, arguments):
    code, out, err = run_command(encoding, *arguments)
    assert code == (2 if "n\u00f6\u2212such" in arguments else 0)
    assert "Traceback" not in out + err
    assert len(err) <= 2000


@pytest.mark.parametrize("encoding", CHARACTER_SETS)
def test_the_luck_of_a_run_and_its_verification_print_everywhere(encoding, own_run):
    for command in ("luck", "verify"):
        code, out, err = run_command(encoding, command, str(own_run))
        assert code in (0, 1, 2)
        assert out + err
        assert "Traceback" not in out + err


UNKNOWN = "n\u00f6\u2212such"
FAST = (*("--replications", "2", "--years", "2", "--engine", "serial", "--out", "{out}"),)
# Every command, with what it says where all is well (code 0) and where something is wrong (2).
SPOKEN: dict[str, tuple[int, tuple[str, ...]]] = {
    "levers": (0, ("list", "--levers")),
    "metrics": (0, ("list", "--metrics")),
    "seeds": (0, ("list", "--seeds")),
    "diff": (0, ("diff", "trusts-2016", "no-intervention")),
    "claims": (0, ("claims",)),
    "help": (0, ("--help",)),
    "help of a command": (0, ("explore", "--help")),
    "run": (0, ("--scenario", "trusts-2016", "--no-charts", *FAST)),
    "run with own title": (0, ("--scenario", "{own}", "--no-charts", *FAST)),
    "sweep": (
        *(0, ("sweep", "--scenario", "trusts-2016", "--set", "regime.grace_months=3,6", *FAST)),
    ),
    "beliefs": (*(0, ("beliefs", "--scenario", "trusts-2016", "--against", "no-intervention")),),
    "luck": (0, ("luck", "{run}")),
    "opendata": (0, ("opendata", "{run}")),
    "workbook": (0, ("workbook", "{run}")),
    "unknown to diff": (2, ("diff", "trusts-2016", UNKNOWN)),
    "unknown to run": (2, ("--scenario", UNKNOWN)),
    "unknown to sweep": (2, ("sweep", "--scenario", "trusts-2016", "--set", f"{UNKNOWN}=1")),
    "unknown to beliefs": (2, ("beliefs", "--scenario", "trusts-2016", "--beliefs", UNKNOWN)),
    "unknown to explore": (2, ("explore", "--scenario", "trusts-2016", "--vary", UNKNOWN)),
    "unknown to sensitivity": (2, ("sensitivity", "--scenario", UNKNOWN)),
    "unknown to attribute": (2, ("attribute", "--scenario", UNKNOWN)),
    "unknown to explain": (2, ("explain", "--scenario", "trusts-2016", "--council", UNKNOWN)),
    "unknown to loops": (2, ("loops", UNKNOWN)),
    "unknown to claims": (2, ("claims", UNKNOWN)),
    "unknown to briefing": (2, ("briefing", UNKNOWN)),
    "unknown to charts": (2, ("charts", UNKNOWN)),
    "unknown to verify": (2, ("verify", UNKNOWN)),
    "unknown to luck": (2, ("luck", UNKNOWN)),
    "unknown to score": (2, ("score", UNKNOWN)),
    "unknown to validate": (2, ("validate", "--test-from", UNKNOWN)),
    "unknown to calibrate": (2, ("calibrate", "--fit-until", UNKNOWN)),
}


@pytest.mark.standard
@pytest.mark.parametrize("encoding", CHARACTER_SETS)
@pytest.mark.parametrize("name", SPOKEN)
def test_every_command_speaks_in_every_character_set(
    name, encoding, own_run, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(simulation, "run_batch", fake_engine.run_batch)
    own = scenario_file(tmp_path, title="Caf\u00e9 \u2212 \u201cown\u201d \u65e5\u672c")
    code, arguments = SPOKEN[name]
    if name == "workbook":
        pytest.importorskip("gptables", reason="gptables is not installed")
    places = {"out": tmp_path / "out", "own": own, "run": own_run}
    given = [argument.format(**places) for argument in arguments]
    if name == "beliefs":
        given += [argument.format(**places) for argument in FAST]
    left, out, err = run_command(encoding, *given)
    assert left == code, err[-1000:]
    assert out if code == 0 else err
    assert "Traceback" not in out + err
    assert len(err) <= 2000


def test_every_sign_that_is_used_has_a_plain_one():
    used = set()
    for path in (Path(__file__).parents[2] / "sim").rglob("*.py"):
        used |= {sign for sign in path.read_text(encoding="utf-8") if ord(sign) > 127}
    signs = "".join(sorted(used)) + "\u2212\u2500\u2502\u250c\u2588\u2022\u2026\u00a3\u00b1"
    plain = signs.encode("ascii", PLAIN_SIGNS).decode()
    assert "?" not in plain
    assert "\u2212\u2026\u2500\u2502".encode("cp1252", PLAIN_SIGNS) == b"-\x85-|"
    assert "\ud800\U0001f600".encode("cp437", PLAIN_SIGNS) == b"??"


@pytest.mark.parametrize("sign", UNFIT, ids=ascii)
@pytest.mark.parametrize("key", ["title", "description"])
def test_text_with_unfit_characters_is_refused_once(tmp_path, key, sign):
    path = scenario_file(tmp_path, **{key: f"Own {sign} words"})
    with pytest.raises(InputError, match="cannot be shown") as told:
        load_scenario(str(path))
    assert len(told.value.problems) == 1
    assert f"line 1, {key}" in str(told.value) or f"line 2, {key}" in str(told.value)
    assert not unfit_characters(str(told.value))


def test_a_key_with_unfit_characters_is_refused(tmp_path):
    path = scenario_file(tmp_path)
    path.write_text('"ti\\u001btle" = "x"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(InputError) as told:
        load_scenario(str(path))
    assert not unfit_characters(str(told.value).replace("\n", ""))


def test_a_title_is_one_line(tmp_path):
    with pytest.raises(InputError, match="one line"):
        load_scenario(str(scenario_file(tmp_path, title="Two\nlines")))
    assert load_scenario(str(scenario_file(tmp_path, description="Two\nlines"))).description


@pytest.mark.parametrize(
    "name",
    ["..", "-x", "=1+1", "+x", "@x", "a;b", "a$b$", "a\tb", "con", "NUL.x", "a.", "b ", "x" * 101],
    ids=ascii,
)
def test_a_name_that_no_file_could_have_everywhere_is_refused(tmp_path, name):
    path = scenario_file(tmp_path, name)
    code, _, err = run_command("utf-8", "show", str(path))
    assert code == 2
    assert "cannot name a scenario" in err
    assert len(err) <= 2000
    assert check_beliefs(str(path), "--beliefs")


@pytest.mark.parametrize(
    "name", ["trusts-2016", "a_b", "2016", "trusts (copy)", "\u00fcber", "a.b"]
)
def test_usual_names_are_fit(name):
    assert wrong_name(name) == ""


@pytest.mark.parametrize("text", [*FORMULAS, "\t=1", "\r=1"], ids=ascii)
def test_no_cell_of_data_is_a_formula(text):
    assert data_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["-1.5", "+2", "-1e-07", "Leeds", "a=b"])
def test_numbers_and_words_stay_as_they_are(text):
    assert data_cell(text) == text


def test_long_text_is_cut_after_a_whole_word():
    assert shortened("one two three four", 14) == "one two..."
    assert len(shortened("x" * 300, 255)) == 255
    assert readable("a\x1bb\nc") == "a\ufffdb\nc"


def retitled(run: Path, title: str) -> Path:
    """The run, as older versions may have left it: with a title that would be refused today."""

    def change(record: dict[str, Any]) -> None:
        text = f"title = {json.dumps(title)}"
        record["title"] = title
        record["identity"]["scenarios"][0] |= {
            "title": title,
            "text": text,
            "sha256": sha256_of_bytes(text.encode()),
        }

    return seal_again(run, change)


@pytest.mark.standard
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_the_workbook_holds_no_formula_and_no_link(own_run, title):
    pytest.importorskip("gptables", reason="gptables is not installed")
    with zipfile.ZipFile(workbook(retitled(own_run, title))) as book:
        cover = book.read("xl/worksheets/sheet1.xml").decode()
        core = book.read("docProps/core.xml").decode()
    assert "<f>" not in cover
    assert "example.invalid" not in "".join(re.findall("<hyperlink [^>]*>", cover))
    assert len(re.findall("<dc:title>(.*?)</dc:title>", core, re.DOTALL)[0]) <= 400


def locked(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"before")
    path.chmod(0o444)


def folder_in_place(path: Path) -> None:
    path.mkdir(parents=True)


def no_folder(path: Path) -> None:
    if path.parent.is_dir():
        pytest.skip("the folder is the run's own")
    path.parent.write_bytes(b"before")


@pytest.fixture
def few_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two charts and no map, so that little is drawn."""
    monkeypatch.setattr(all_charts, "CHARTS", all_charts.CHARTS[:2])
    monkeypatch.setattr(all_charts, "moving_map", lambda run, folder: {})


@pytest.mark.parametrize("hinder", [locked, folder_in_place, no_folder])
@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("workbook", "results.xlsx"),
        ("opendata", "open-data.meta.csv"),
        ("charts", "charts/children-under-poor-practice.svg"),
    ],
)
@pytest.mark.usefixtures("few_charts")
def test_an_output_that_cannot_be_written_is_one_message(own_run, command, file, hinder):
    if command == "workbook":
        pytest.importorskip("gptables", reason="gptables is not installed")
    hinder(own_run / file)
    before = {path: path.is_file() and path.read_bytes() for path in own_run.rglob("*")}
    code, out, err = run_command("cp1252", command, str(own_run))
    assert code == 2
    assert "cannot be written" in err
    assert Path(file).parts[0] in err
    assert "Traceback" not in out + err
    assert len(err) <= 2000
    after = {path: path.is_file() and path.read_bytes() for path in own_run.rglob("*")}
    assert {p: c for p, c in after.items() if p != own_run / "charts"} == {
        p: c for p, c in before.items() if p != own_run / "charts"
    }


def test_files_are_written_together_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(PermissionError(13, "no")))
    with pytest.raises(PermissionError):
        write_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert list(tmp_path.iterdir()) == []


def test_open_data_of_one_scenario_leave_nothing_to_choose(one_run):
    data, meta = open_tables(open_run(one_run))
    assert check(data, meta) == []
    filters = meta[meta["col_type"] == "Filter"]
    assert list(filters["col_name"]) == ["statistic"]
    assert list(filters["filter_default"]) == ["Mean"]
    assert set(data["scenario"]) == {"Trusts 2016"}
    assert meta["label"].str.len().max() <= 80
    assert not meta["label"].str.endswith("...").any()


def test_two_scenarios_written_alike_are_one_message(tmp_path):
    pytest.importorskip("gptables", reason="gptables is not installed")
    pair = dict(zip(("a-b", "a_b"), RUN_SCENARIOS.values(), strict=False))
    run = make_run(tmp_path / "run", pair, replications=2)
    for command in ("opendata", "workbook"):
        code, _, err = run_command("ascii", command, str(run))
        assert code == 2
        assert "a-b, a_b" in err
        assert err.count("\n") <= 2
    assert not (run / "open-data.csv").exists()


def test_open_data_begin_no_cell_with_a_formula(own_run):
    path, _ = open_data(own_run)
    with path.open(encoding="utf-8", newline="") as file:
        first = next(csv.reader(file))
    texts = pd.read_csv(path, dtype=str)[first[:12]].stack()
    assert not texts.str.match(r"[=+@-]").any()


@pytest.mark.standard
@pytest.mark.parametrize("title", ["Own \x1b[31m words", "x" * 300], ids=["escape", "long"])
def test_a_document_is_made_whatever_the_title(own_run, title, monkeypatch):
    pytest.importorskip("docx", reason="python-docx is not installed")
    monkeypatch.setattr("sim.report.briefing.content.SECTIONS", ())
    for fmt in ("html", "docx"):
        content = briefing(retitled(own_run, title), fmt=fmt).read_bytes()
        assert b"\x1b" not in content or fmt == "docx"


@pytest.mark.parametrize(
    ("share", "pairs", "known"),
    [(0.0, 12, False), (0.0, 50, True), (0.5, 12, False), (0.97, 12, True), (1.0, 5, True)],
)
def test_a_share_of_luck_is_stated_only_where_it_is_known(share, pairs, known):
    ends = luck_interval(share, pairs)
    assert (ends is not None) == known
    if ends:
        assert 0.0 <= ends[0] <= share <= ends[1] <= 1.0
