"""Levers that contradict each other are told together, with whatever else is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli import main
from sim.inputs.files.problems import InputError
from sim.inputs.policy.scenario import load_scenario
from sim.runs.plan import check_regimes
from sim.runs.scenarios_of_run import make_run_scenarios

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]


def change(lever: str, value: str, day: str = "2016-01-01") -> str:
    head = f'[[change]]\nfrom = {day}\nlever = "{lever}"\nvalue = {value}\n'
    return f'{head}why = "to see"\nsource = "claim 1"\n'


def written(folder: Path, *changes: str) -> Path:
    path = folder / "mine.toml"
    head = 'title = "Mine"\nextends = "england-2016"\n'
    path.write_text("\n".join((head, *changes)), encoding="utf-8")
    return path


def test_two_regimes_and_a_pause_before_the_start_are_told_together(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        change("regime.new_trusts_allowed", "false", "2015-06-01"),
        change("regime.name", '"takeover"'),
        change("regime.name", '"commissioner"'),
        change("regime.grace_months", "300"),
    )
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    report = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "regime.name is already set from 2016-01-01 on line" in report
    assert "stops new takeovers from 2015-06-01, before any regime is in force" in report
    assert "takeover, begins on 2016-01-01 (mine.toml, line" in report
    assert "out of bounds" in report


@pytest.mark.parametrize("day", ["2016-01-01", "2017-03-01"])
def test_a_pause_from_the_start_or_later_is_a_policy(tmp_path: Path, day: str) -> None:
    path = written(
        tmp_path,
        change("regime.name", '"takeover"'),
        change("regime.new_trusts_allowed", "false", day),
    )
    assert load_scenario(path).changes


def test_an_unknown_regime_is_told_once_a_scenario(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, change("regime.name", '"takover"')))
    assert len(scenario.timeline()) > 2
    with pytest.raises(InputError) as caught:
        check_regimes(make_run_scenarios([scenario]))
    assert len(caught.value.problems) == 1


def test_options_are_checked_together(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    twice = ("--set", "regime.name=takeover", "--set", "regime.name=commissioner")
    others = ("--against", "nobody", "--beliefs", "criticz", "--set-all", "pool.peer_teams=999")
    with pytest.raises(SystemExit) as leave:
        main.main(("--scenario", "trusts-2016", *twice, *others))
    assert leave.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("4 problems:")
    for words in ("a second time", "no scenario 'nobody'", "critics?", "0 to 152"):
        assert words in err
    assert list(tmp_path.iterdir()) == []
