"""Folders that are no run, of another version, or cut short."""

from __future__ import annotations

import json

import pytest

from sim.inputs.files.problems import InputError
from sim.results.run_folder import label, open_run

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]


def test_a_whole_run_opens(shared_run):
    run = open_run(shared_run)
    assert run.scenarios[0] == run.scenario == "trusts-2016"
    assert run.period == "January 2016 to December 2025"
    spells = run.spells
    assert (spells["entry"] >= 0).all()
    assert (spells["exit"] >= spells["entry"]).all()
    assert (spells.loc[spells["started"] < "2016-01-01", "entry"] > 0).all()


def test_not_a_run(tmp_path):
    with pytest.raises(InputError, match="not a run folder"):
        open_run(tmp_path / "nowhere")
    with pytest.raises(InputError, match="not a run folder"):
        open_run(tmp_path)


def test_another_version(run_path):
    record = json.loads((run_path / "record.json").read_text(encoding="utf-8"))
    (run_path / "record.json").write_text(json.dumps(record | {"format": 99}), encoding="utf-8")
    with pytest.raises(InputError, match=r"format 99.*\n.*version 0\.1\.0"):
        open_run(run_path)


def test_cut_short_names_every_file_at_once(run_path):
    (run_path / "spells.csv").unlink()
    (run_path / "national.csv").write_text("", encoding="utf-8")
    text = (run_path / "summary.csv").read_text(encoding="utf-8").replace("ci95_low", "other")
    (run_path / "summary.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        open_run(run_path)
    message = str(caught.value)
    assert len(caught.value.problems) == 3
    for part in (
        "spells.csv: missing",
        "national.csv: empty",
        "summary.csv: has no column ci95_low",
    ):
        assert part in message


@pytest.mark.parametrize("file", ["national.csv", "events.csv.gz"])
def test_a_table_cut_in_the_middle_is_reported_as_shorter(run_path, file):
    content = (run_path / file).read_bytes()
    (run_path / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=rf"{file}: .*is shorter than the run wrote it"):
        open_run(run_path)


@pytest.mark.parametrize(("kind", "option"), [("explore", "--study"), ("backtest", "--backtest")])
def test_what_is_no_run_but_can_be_told_of_says_how(run_path, kind, option):
    record = json.loads((run_path / "record.json").read_text(encoding="utf-8"))
    (run_path / "record.json").write_text(json.dumps(record | {"kind": kind}), encoding="utf-8")
    with pytest.raises(InputError, match=rf"of the kind {kind}(.|\n)*{option}"):
        open_run(run_path)


def test_a_file_is_not_a_run_folder(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="not a run folder"):
        open_run(tmp_path / "file")


def test_damaged_record(run_path):
    (run_path / "record.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        open_run(run_path)


def test_labels():
    assert label("peer-support") == "Peer support"
