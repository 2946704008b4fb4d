"""`verify`, and the record it reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.results import verification
from sim.results.checkout import SourceState
from sim.runs import execute
from tests.helpers.run_folders import Simulate

pytestmark = pytest.mark.standard


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "record.json"
    record = json.loads(path.read_text())
    edit(record)
    path.write_text(json.dumps(record))


def wrong(folder: Path) -> list[str]:
    return [finding.what for finding in sim.verify(folder).findings if finding.sound is False]


def test_a_fresh_folder_belongs_together(run_fake: Simulate) -> None:
    found = sim.verify(run_fake().folder)
    assert found.intact
    assert found.same_here
    compared = ["outputs", "record", "scenarios", "code", "seeds", "libraries"]
    assert [f.what for f in found.findings] == compared


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (lambda r: r["outputs"]["summary.csv"].update(sha256="0" * 64), ["outputs", "record"]),
        (lambda r: r.update(seed=2), ["record"]),
        (lambda r: r["identity"].update(seed=2), ["record"]),
        (lambda r: r["identity"].update(code_sha256="0" * 64), ["record"]),
        (lambda r: r["identity"]["scenarios"][0].update(text="title = 1"), ["record", "scenarios"]),
    ],
)
def test_an_edited_record_is_found(run_fake: Simulate, edit: Any, what: list[str]) -> None:
    folder = run_fake(replications=2).folder
    change(folder, edit)
    assert wrong(folder) == what


def test_changed_and_missing_files_are_named(run_fake: Simulate) -> None:
    folder = run_fake(replications=2).folder
    (folder / "spells.csv").unlink()
    (folder / "national.csv").write_text("nothing")
    detail = sim.verify(folder).findings[0].detail
    assert "spells.csv is missing" in detail
    assert "national.csv has been changed" in detail


def test_a_file_of_ones_own_is_told_but_no_fault(run_fake: Simulate) -> None:
    folder = run_fake(replications=2).folder
    (folder / "notes.txt").write_text("mine")
    found = sim.verify(folder)
    assert found.intact
    assert "notes.txt" in found.findings[0].detail


def test_other_code_here_is_told_but_no_fault(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run_fake(replications=2).folder
    monkeypatch.setattr(verification, "code_sha256", lambda _: "f" * 64)
    found = sim.verify(folder)
    assert found.intact
    assert not found.same_here


@pytest.mark.bad_input
def test_a_folder_of_a_later_format_names_the_version_that_reads_it(run_fake: Simulate) -> None:
    folder = run_fake(replications=2).folder
    change(folder, lambda r: r.update(format=2, version="9.1"))
    with pytest.raises(sim.InputError, match=r"(?s)format 2.*version 9\.1"):
        sim.FinishedRun(folder)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ("[]", "is not the record of a run"),
        ("{}", "is not the record of a run"),
    ],
)
def test_a_spoilt_record_is_told(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "record.json").write_text(text)
    with pytest.raises(sim.InputError, match=what):
        sim.verify(tmp_path)


def test_the_record_tells_what_a_reader_needs(run_fake: Simulate) -> None:
    record = run_fake(replications=3, seed=7).record
    assert record["scenarios"][0] == record["scenario"] == "trusts-2016"
    assert (record["seed"], record["replications"], record["format"]) == (7, 3, 1)
    assert {"numpy", "simpy", "python"} <= record["libraries"].keys()
    assert record["run"]["engine"] == "serial"
    assert record["run"]["seconds"].keys() >= {"simulation", "tables"}
    assert record["run"]["peak_memory_mb"]["this_process"] > 10
    assert "[[change]]" in record["identity"]["scenarios"][0]["text"]


def test_publication_refuses_a_dirty_tree(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dirty = SourceState("1", "c" * 40, ("sim/cli/main.py",))
    monkeypatch.setattr(execute, "source_state", lambda _: dirty)
    with pytest.raises(sim.InputError, match=r"not committed: sim/cli/main\.py"):
        run_fake(publication=True)
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(execute, "source_state", lambda _: replace(dirty, dirty=()))
    assert run_fake(publication=True).record["source"]["commit"] == "c" * 40
