"""`simulate explain`, from the command line to the files it writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import sim
from sim.cli import main

pytestmark = pytest.mark.standard


class Output(NamedTuple):
    """What a command printed and its exit code."""

    out: str
    err: str
    code: int


Simulate = Callable[..., Output]


@pytest.fixture
def simulate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Simulate:
    """The command, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Output:
        code = 0
        try:
            main.main(arguments)
        except SystemExit as leave:
            code = int(leave.code or 0)
        out, err = capsys.readouterr()
        return Output(out, err, code)

    return run


TRUSTS = ("--scenario", "trusts-2016", "--years", "2")


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of two scenarios and one replication, with its events."""
    result = sim.simulate(
        "trusts-2016",
        against=["commissioner-only"],
        replications=1,
        years=2,
        seed=4,
        engine="serial",
        out=tmp_path_factory.mktemp("runs"),
        quiet=True,
    )
    return result.folder


def test_two_scenarios_side_by_side_with_files(simulate: Simulate, tmp_path: Path) -> None:
    output = simulate(
        *("explain", "--council", "birmingham city council", *TRUSTS, "--beside", "2"),
        *("--versus", "commissioner-only", "--replication", "2", "--out", "note"),
    )
    assert output.code == 0, output.err
    assert output.err == ""
    words = " ".join(output.out.split())
    assert words.startswith("Birmingham: Trusts 2016 and Commissioner only compared Simulated")
    assert "1 January 2016 to 31 December 2017; replication 2, seed 1" in words
    assert "Not a forecast for Birmingham" in words
    assert "had been judged inadequate for 19 months, since 23 May 2014" in words
    assert (
        "difference came on 1 January 2016, the first day: under Trusts 2016 there was a" in words
    )
    assert "because it had failed before and so had no period of grace" in words
    assert "Luck: of 2 replications" in words
    assert "None" not in words
    assert "nan" not in words.split()
    stem = "birmingham-trusts-2016-commissioner-only-replication-2"
    names = {path.name for path in (tmp_path / "note").iterdir()}
    endings = ("svg", "png", "csv", "txt")
    assert names == {f"{stem}.md", *(f"{stem}-timeline.{ending}" for ending in endings)}
    markdown = (tmp_path / "note" / f"{stem}.md").read_text(encoding="utf-8")
    assert f"]({stem}-timeline.png)" in markdown


def test_one_scenario_alone_with_a_lever_set(simulate: Simulate) -> None:
    output = simulate(
        *("explain", "--council", "Isles of Scilly", *TRUSTS, "--set", "regime.grace_months=3")
    )
    assert output.code == 0, output.err
    assert output.out.split("\n")[0].strip() == "Isles of Scilly: Trusts 2016 with changes"
    assert "Trusts 2016 with changes: set for this run, regime.grace_months=3." in output.out
    assert "difference" not in output.out
    assert "so few social workers" in output.out


def test_the_same_question_gets_the_same_answer(simulate: Simulate) -> None:
    asked = (*("explain", "--council", "394", *TRUSTS[:3], "1"), "--versus", "peer-support")
    alone = simulate(*asked, "--count-over", "0")
    assert alone.code == 0, alone.err
    assert alone.out == simulate(*asked, "--count-over", "0").out
    # Other replications do not change the story.
    lines = simulate(*asked, "--replication", "1", "--count-over", "2").out.splitlines()
    story, offer = alone.out.rstrip().rsplit("\n\n", 1)
    assert "--count-over 30" in offer  # where no other replication was run
    assert [line for line in story.splitlines() if line not in lines] == []


def test_a_run_folder_tells_the_story_that_a_simulation_does(
    simulate: Simulate, run_folder: Path
) -> None:
    asked = ("--council", "Slough", "--versus", "commissioner-only")
    live = simulate("explain", *asked, *TRUSTS, "--seed", "4", "--count-over", "1")
    read = simulate("explain", str(run_folder), *asked)
    assert read.code == 0, read.err
    missing = [line for line in live.out.splitlines() if line not in read.out.splitlines()]
    assert missing == []
    assert "Source: the run folder" in read.out


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ("--council", "Sundrland", "--scenario", "trusts-2061", "--replication", "0"),
            ["3 problems", "did you mean Sunderland?", "trusts-2016", "--replication"],
        ),
        (("--council", "Slough", "--scenario", "trusts-2016", "--versus", "nobody"), ["nobody"]),
        (("--council", "Kingston", *TRUSTS), ["Kingston upon Thames or Kingston upon Hull"]),
        (("--council", "Slough", *TRUSTS, "--set", "regime.graze=3"), ["regime.grace_months"]),
        (("--council", "Slough", *TRUSTS, "--beside", "101"), ["--count-over", "0 to 100"]),
        (("--council", "Slough"), ["--scenario is missing"]),
        (("--scenario", "trusts-2016"), ["--council"]),
        (("nowhere", "--council", "Slough"), ["nowhere", "is not a run folder"]),
    ],
)
def test_a_mistake_is_reported_and_nothing_is_run(
    simulate: Simulate, arguments: tuple[str, ...], expected: list[str]
) -> None:
    output = simulate("explain", *arguments)
    assert output.code == 2
    assert output.out == ""
    assert "Traceback" not in output.err
    for words in expected:
        assert words in output.err


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--seed", "5", "--years", "2"), ["2 problems", "--seed", "--years", "that run is done"]),
        (("--replication", "2"), ["keeps no events of replication 2", "--events 2"]),
        (("--versus", "peer-suport"), ["has no scenario 'peer-suport'"]),
    ],
)
def test_what_a_run_folder_cannot_tell(
    simulate: Simulate, run_folder: Path, arguments: tuple[str, ...], expected: list[str]
) -> None:
    output = simulate("explain", str(run_folder), "--council", "Slough", *arguments)
    assert output.code == 2
    for words in expected:
        assert words in output.err


@pytest.mark.bad_input
def test_a_folder_that_cannot_be_written(simulate: Simulate, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    output = simulate(*("explain", "--council", "Slough", *TRUSTS, "--out", "file"))
    assert output.code == 2
    assert output.out == ""
    assert "file: is not a folder" in output.err
