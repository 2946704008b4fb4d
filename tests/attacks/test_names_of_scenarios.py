"""A name is not an identity: which file a scenario comes from, and runs of odd lengths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.cli import main
from sim.inputs.files.problems import InputError
from sim.inputs.policy.scenario import load_scenario
from sim.model import simulation
from sim.runs.scenarios_of_run import choose_scenarios
from tests.helpers import fake_engine

pytestmark = pytest.mark.quick

COPY = 'title = "Copy"\nextends = "built-in:trusts-2016"\n'


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The working folder, with scenarios in `sc/` and one set of beliefs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sc").mkdir()
    files = {
        "a": 'title = "A"\nextends = "trusts-2016"\nbeliefs = "own.toml"\n',
        "b": 'title = "B"\nextends = "no-intervention"\n',
        "c": 'title = "C"\nextends = "a"\ncompare_with = ["./b.toml", "b"]\n',
        "trusts-2016": COPY + 'compare_with = ["built-in:trusts-2016"]\n',
        "own": 'title = "Own"\ndescription = "d"\n',
    }
    for name, text in files.items():
        (tmp_path / "sc" / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "child.toml").write_text(
        'title = "D"\nextends = "sc/trusts-2016.toml"\n', encoding="utf-8"
    )
    return tmp_path


def names(scenario: str, against: list[str] | None = None) -> list[str]:
    """The names that the outputs give the scenarios of a run."""
    return [one.name for one in choose_scenarios(scenario, against)]


def test_paths_of_the_command_line_are_from_the_working_folder(folder: Path) -> None:
    assert names("sc/b.toml", ["sc/a.toml"]) == ["b", "a"]
    with pytest.raises(InputError, match=r"no scenario file 'a\.toml'"):
        names("sc/b.toml", ["a.toml"])


def test_paths_in_a_file_are_from_the_file(folder: Path) -> None:
    assert load_scenario("sc/a.toml").beliefs == "sc/own.toml"
    assert [one.scenario.path.name for one in choose_scenarios("sc/a.toml", [])] == ["a.toml"]
    with pytest.raises(InputError, match="b: is in the comparison twice"):
        names("sc/c.toml")


def test_an_edited_copy_is_compared_with_its_original(folder: Path) -> None:
    both = ["trusts-2016", "trusts-2016 (built-in)"]
    assert names("sc/trusts-2016.toml", ["built-in:trusts-2016"]) == both
    assert names("sc/trusts-2016.toml") == both
    both[1] = "trusts-2016 (sc)"
    assert names("trusts-2016", ["sc/trusts-2016.toml"]) == both
    with pytest.raises(InputError, match="write built-in:trusts-2016"):
        names("sc/trusts-2016.toml", ["trusts-2016"])


def test_names_mean_what_they_mean_in_the_file_that_gives_them(folder: Path) -> None:
    assert load_scenario("child.toml").compare_with == ("built-in:trusts-2016",)
    (folder / "commissioner-only.toml").write_text('title = "X"\nextends = "sc/b.toml"\n', "utf-8")
    (folder / "e.toml").write_text('title = "E"\nextends = "trusts-2016"\n', encoding="utf-8")
    assert "built-in:commissioner-only" in load_scenario("e.toml").compare_with


def test_a_copy_that_extends_itself_is_told_how_to_name_the_original(folder: Path) -> None:
    path = folder / "peer-support.toml"
    path.write_text('title = "P"\nextends = "peer-support"\n', encoding="utf-8")
    with pytest.raises(InputError, match='write "built-in:peer-support"'):
        load_scenario(path)


SHORT = ("--replications", "2", "--quiet", "--no-charts", "--engine", "serial")
LENGTHS = {
    "a month": ("--scenario", "trusts-2016", "--alone", "--years", "0.1"),
    "no march": ("--scenario", "may.toml", "--against", "sc/trusts-2016.toml"),
}


@pytest.mark.full
@pytest.mark.parametrize("name", LENGTHS)
def test_what_may_be_run_can_be_read(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (folder / "may.toml").write_text(
        f"{COPY}[england]\nstart = 2016-05-01\nyears = 0.75\n", encoding="utf-8"
    )
    assert leave(*LENGTHS[name], *SHORT) == 0
    run = capsys.readouterr().out.strip().rsplit("Everything is in ", 1)[1]
    files = json.loads((folder / run / "record.json").read_text("utf-8"))["scenario_files"]
    expected = {"a month": {"trusts-2016": "built-in:trusts-2016"}}
    may = {"may": "may.toml", "trusts-2016": str(Path("sc", "trusts-2016.toml"))}
    assert files == expected.get(name, may)
    assert leave("opendata", run) == 2
    assert "holds no 31 March" in capsys.readouterr().err
    explain = ("explain", run, "--council", "Doncaster")
    for command in (("workbook", run), ("briefing", run), ("luck", run), explain):
        assert leave(*command) == 0, command
        out, err = capsys.readouterr()
        assert "cut short" not in out + err


def leave(*arguments: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as error:
        main.main(arguments)
    return int(error.value.code or 0)


def test_a_run_says_where_its_scenarios_come_from(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "run_batch", fake_engine.run_batch)
    asked = ("--scenario", "sc/trusts-2016.toml", "--against", "built-in:trusts-2016")
    assert leave(*asked, *SHORT, "--years", "2") == 0
    out = " ".join(capsys.readouterr().out.split())
    path = Path("sc", "trusts-2016.toml")
    assert f"trusts-2016 from {path}, built-in:trusts-2016." in out
    assert f"{path} bears the name of a scenario of the program" in out
