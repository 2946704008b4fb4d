"""Tables and sentences on a screen of 80 columns and in a pipe: no name is broken in two and no
sentence cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from sim.cli import main
from sim.inputs.evidence.beliefs_file import rival_beliefs
from sim.inputs.evidence.claims import load_claims
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.mechanisms import load_mechanisms
from sim.inputs.metrics import METRICS, listed_metrics
from sim.inputs.policy.levers import LEVERS
from sim.inputs.policy.regime_names import BUILT_IN_REGIMES
from sim.inputs.policy.scenario import list_scenarios, load_scenario
from sim.model import simulation
from sim.report.tables.terminal import WIDTH, print_lines, print_table, print_text, print_title
from tests.helpers import fake_engine

pytestmark = pytest.mark.standard

Print = Callable[..., str]
Capture = pytest.CaptureFixture[str]
# Rules and boxes that rich draws, and blanks.
_DRAWN = re.compile(r"[─\s]+")


@pytest.fixture(params=[80, None], ids=["80-columns", "pipe"])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How wide the output is, set by COLUMNS or that of a pipe."""
    if request.param is None:
        monkeypatch.delenv("COLUMNS", raising=False)
        return WIDTH
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


@pytest.fixture
def printed(capsys: Capture) -> Print:
    """What a command prints."""

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as leave:
            main.main(arguments)
        assert not leave.value.code
        return capsys.readouterr().out

    return run


def in_one_line(text: str) -> str:
    """A text without its line ends, so that a sentence can be looked for."""
    return _DRAWN.sub(" ", text)


def too_long(text: str, width: int) -> list[str]:
    """Lines wider than they should be, but for those of a word that is."""
    return [
        line
        for line in text.splitlines()
        if len(line.rstrip()) > width and len(line.split()[-1]) < width / 2
    ]


def assert_whole(text: str, names: Iterable[str], sentences: Iterable[str], width: int) -> None:
    """Every name stands within a line, every sentence is all there, and no line is too long."""
    words = {*text.split()}
    assert [name for name in names if name not in words] == []
    whole = in_one_line(text)
    assert [one for one in sentences if in_one_line(one).strip() not in whole] == []
    assert too_long(text, width) == []


# Tables of their own


def test_a_table_that_fits_is_a_table(capsys: Capture, width: int) -> None:
    print_table("Title", ("name", "of", "count"), [("a", "b", 1), ("c", "d", 12)], right=(2,))
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines == [
        "Title",
        " name   of   count",
        f" {'─' * 17}",
        " a      b        1",
        " c      d       12",
    ]


def test_a_long_cell_wraps_between_words(capsys: Capture, width: int) -> None:
    text = "some words that go on " * 9
    print_table("Title", ("name", "what"), [("regime.persistent_window_years", text)])
    out = capsys.readouterr().out
    assert "─" in out
    assert too_long(out, width) == []
    assert [line.split()[0] for line in out.splitlines() if "regime" in line] == [
        "regime.persistent_window_years"
    ]


def test_a_table_that_would_break_names_is_printed_row_by_row(capsys: Capture, width: int) -> None:
    names = [f"a_long_name_that_is_not_to_be_broken_{letter}" for letter in "abcd"]
    print_table("Title", ("first", "second", "third", "fourth"), [names, ["1", "", "x\ny", "z"]])
    out = capsys.readouterr().out
    assert_whole(out, names, (), width)
    assert out.splitlines()[-5:] == ["first 1", "  third   x", "          y", "  fourth  z", ""]


def test_a_column_of_sentences_is_no_ribbon(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table("Title", ("x" * 30, "y" * 30, "says"), [("a", "b", "many words " * 9)])
    assert "─" not in capsys.readouterr().out


def test_lines_and_titles_wrap_between_words(capsys: Capture, width: int) -> None:
    text = " ".join(["a-hyphenated-word", "trusts-2016"] * 20)
    print_title(text, f"{text}\n{text}")
    print_lines([text, "short"], "- ")
    print_text(text, "  1. ")
    out = capsys.readouterr().out
    assert too_long(out, width) == []
    assert {*out.split()} == {"a-hyphenated-word", "trusts-2016", "-", "1.", "short"}
    assert [line for line in out.splitlines() if line.startswith("- ")][1] == "- short"
    paragraph = out.split("  1. ")[1].splitlines()
    assert all(line.startswith("     ") for line in paragraph[1:])
    assert max(map(len, paragraph)) <= 80


# Commands


def test_scenarios_and_regimes_are_listed_whole(printed: Print, width: int) -> None:
    listed = list_scenarios()
    sentences = [first for first, _ in BUILT_IN_REGIMES.values()]
    titles = [scenario.title for scenario in listed]
    out = printed("list")
    assert_whole(out, [*(one.name for one in listed), *BUILT_IN_REGIMES], (), width)
    for sentence in (*sentences, *titles):  # a cell may stand on several lines of its row
        assert {*sentence.split()} <= {*out.split()}


def test_levers_are_listed_whole(printed: Print, width: int) -> None:
    out = printed("list", "--levers")
    assert_whole(out, LEVERS, (), width)
    assert all({*lever.meaning.split()} <= {*out.split()} for lever in LEVERS.values())


def test_metrics_are_listed_whole(printed: Print, width: int) -> None:
    out = printed("list", "--metrics")
    assert_whole(out, METRICS, (), width)
    assert all({*metric.label.split()} <= {*out.split()} for metric in METRICS.values())


@pytest.mark.parametrize("name", ["trusts-2016", "as-practised-2024", "trusts-paused-2017"])
def test_a_scenario_is_shown_whole(printed: Print, width: int, name: str) -> None:
    scenario = load_scenario(name)
    rows = scenario.resolved()
    sentences = [scenario.description, *(row.why for row in rows), *(row.source for row in rows)]
    out = printed("show", name)
    assert_whole(out, [row.lever for row in rows], [*sentences, "What government does"], 80)
    assert all(f"{row.lever} = " in out for row in rows)


def test_claims_are_listed_whole(printed: Print, width: int) -> None:
    claims = load_claims(load_ledger()).values()
    out = printed("claims", "--list")
    assert_whole(out, (), (), width)
    for claim in claims:
        assert {*claim.says.split()} <= {*out.split()}
    assert "would be clear of zero by chance." in in_one_line(printed("claims"))


def test_a_claim_is_shown_whole(printed: Print, width: int) -> None:
    claim = load_claims(load_ledger())[53]
    out = printed("claims", "53", "--no-run")
    names = [*claim.parameters, *claim.levers, *claim.metrics]
    sentences = [claim.says, claim.how, claim.finding]
    assert_whole(out.replace(",", ""), names, [s.replace(",", "") for s in sentences], width)


def test_loops_are_listed_whole(printed: Print, width: int) -> None:
    mechanisms = load_mechanisms(load_ledger())
    out = printed("loops", "--list")
    assert_whole(out, [*mechanisms.loops, *mechanisms.mechanisms], (), width)
    settings = {name for one in mechanisms.mechanisms.values() for name in one.parameters}
    assert [name for name in settings if f"{name}=" not in out] == []


# Runs and studies, on the stand-in for the engine

QUICK = ("--years", "2", "--engine", "serial", "--quiet")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(simulation, "run_batch", fake_engine.run_batch)
    monkeypatch.chdir(tmp_path)


def test_a_run_and_its_luck_are_told_whole(
    printed: Print, width: int, stand_in: None, tmp_path: Path
) -> None:
    against = load_scenario("trusts-2016").compare_with
    how = ("--scenario", "trusts-2016", "--replications", "3", "--no-charts", *QUICK)
    out = printed(*how)
    assert too_long(out, 80) == []
    out = printed(*how, "--details")
    folder = next((tmp_path / "outputs" / "trusts-2016").iterdir())
    out = out.replace(str(folder.relative_to(tmp_path)), "")
    assert_whole(out, against, (), width)
    out = printed("luck", str(folder))
    assert_whole(out, against, (), width)
    assert all(
        {*METRICS[name].label.split()} <= {*out.split()} for name in listed_metrics("screen")
    )


def test_rival_beliefs_are_told_whole(printed: Print, width: int, stand_in: None) -> None:
    out = printed("beliefs", "--scenario", "trusts-2016", "--replications", "2", *QUICK)
    beliefs = [name for name in rival_beliefs() if f" {name} " in out.replace("\n", " ")]
    assert beliefs == list(rival_beliefs())
    assert_whole(out.split("Everything is in")[0], rival_beliefs(), (), width)
    assert "is regretted least over these beliefs" in in_one_line(out)
