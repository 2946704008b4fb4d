"""Folders changed since the run: every file, and every field of the record, is found out."""

from __future__ import annotations

import copy
import csv
import gzip
import json
import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.cli.main import main
from sim.inputs.files.problems import InputError
from sim.model import simulation
from sim.results.backtest_folder import OURS, open_backtest
from sim.results.identity import sha256_of
from sim.results.run_folder import Sweep
from sim.results.schema import TABLES
from sim.runs.staging import StagingFolder
from sim.studies import PACKAGE, run_studies
from tests.helpers import fake_engine, known_answer
from tests.helpers.run_folders import change_record, seal_again

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]

Edit = Callable[[dict[str, Any]], object]
Place = tuple[str | int, ...]
LONGEST = 2000
NAN = float("nan")
OTHER_TYPES = {"null": None, "list": [], "text": "x", "nan": NAN, "table": {}, "huge": 10**30}
OF_A_RUN = sorted({*TABLES} - {"points.csv", "points_long.csv", "spread.csv"})
READERS = ("briefing", "charts", "workbook", "opendata", "luck")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of a run, of a sweep and of two studies; not to be written to."""
    how: dict[str, Any] = {"years": 2, "engine": "serial", "quiet": True}
    how["out"] = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "run_batch", fake_engine.run_batch)
        run = sim.simulate("commissioner-only", replications=3, **how)
        over = {"pool.commissioners": [2]}
        sweep = sim.sweep("commissioner-only", over, replications=3, **how)
        patch.setattr(simulation, "run_batch", known_answer.run_batch)
        how["replications"] = 3
        beliefs = run_studies.beliefs(
            "trusts-2016", ["commissioner-only"], names=["central"], **how
        )
        part = run_studies.attribute("trusts-2016", PACKAGE[:1], **how)
    return {
        "run": run.folder,
        "sweep": sweep.folder,
        "beliefs": beliefs.folder,
        "part": part.folder,
    }


@pytest.fixture
def run(shared: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the run that a test may change."""
    return Path(shutil.copytree(shared["run"], tmp_path / "run"))


def message(act: Callable[[], object]) -> str:
    """What is said of bad input: it must be short enough to read."""
    with pytest.raises(InputError) as caught:
        act()
    text = str(caught.value)
    assert len(text) <= LONGEST
    return text


def read_all(folder: Path) -> None:
    """Everything that reports read of a run."""
    opened = sim.open_run(folder)
    for table in OF_A_RUN:
        getattr(opened, table.split(".")[0])


def fields(value: Any, path: Place = ()) -> Iterator[Place]:
    """The path of every value of a record, those inside others included."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in inside:
        yield (*path, key)
        if isinstance(below, dict | list):
            yield from fields(below, (*path, key))


def put(record: dict[str, Any], path: Place, value: object) -> object:
    """Put a value in a record, and give the one that was there."""
    *above, last = path
    place: Any = record
    for key in above:
        place = place[key]
    before, place[last] = place[last], value
    return before


@pytest.mark.full
@pytest.mark.parametrize("kind", OTHER_TYPES)
def test_every_field_of_the_record_is_sealed(run: Path, kind: str) -> None:
    path = run / "record.json"
    record = json.loads(path.read_text())
    value = OTHER_TYPES[kind]
    paths = [field for field in fields(record) if field[0] != "run"]
    assert len(paths) > 100
    for field in paths:
        before = put(record, field, copy.deepcopy(value))
        if before != value:
            path.write_text(json.dumps(record))
            assert message(lambda: sim.open_run(run)), field
            with suppress(InputError):
                assert not sim.verify(run).intact, field
        put(record, field, before)


@pytest.mark.full
def test_every_number_and_text_of_the_record_is_sealed(run: Path) -> None:
    path = run / "record.json"
    record = json.loads(path.read_text())
    for field in [field for field in fields(record) if field[0] != "run"]:
        before = put(record, field, None)
        other: object = None
        if isinstance(before, bool) or not isinstance(before, int | str):
            put(record, field, before)
            continue
        other = before + 1 if isinstance(before, int) else f"{before} "
        put(record, field, other)
        path.write_text(json.dumps(record))
        assert message(lambda: sim.open_run(run)), field
        put(record, field, before)


def test_a_field_taken_away_or_added_is_found(run: Path) -> None:
    path = run / "record.json"
    record = json.loads(path.read_text())
    for field in [field for field in record if field != "run"]:
        path.write_text(json.dumps({key: record[key] for key in record if key != field}))
        assert message(lambda: sim.open_run(run)), field
    path.write_text(json.dumps({**record, "published": True}))
    assert "seal" in message(lambda: sim.open_run(run))


def test_what_a_run_measured_of_itself_may_be_anything(run: Path) -> None:
    change_record(run, lambda record: record.update(run={"seconds": None, "engine": []}))
    read_all(run)
    assert sim.verify(run).intact


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", "3", "[" * 100_000, '{"format": 1}'),
        *('{"format": 1, "format": 1}', "\ufeff{}", '{"format": NaN}', '{"format": [1]}'),
        '{"format": "' + "9" * 5000 + '"}',
    ],
    ids=range(12),
)
def test_a_record_that_is_none(run: Path, text: str) -> None:
    (run / "record.json").write_text(text, encoding="utf-8")
    message(lambda: sim.open_run(run))
    message(lambda: sim.verify(run))


def _longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\n")


def _edited(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _linked(path: Path) -> None:
    elsewhere = path.parent.parent / path.name
    shutil.move(path, elsewhere)
    path.symlink_to(elsewhere)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


SPOIL: dict[str, Callable[[Path], object]] = {
    "edited": _edited,
    "longer": _longer,
    "shorter": lambda path: path.write_bytes(path.read_bytes()[:-5]),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "linked": _linked,
    "folder": _folder,
}


@pytest.mark.parametrize("file", OF_A_RUN)
@pytest.mark.parametrize("how", SPOIL)
def test_every_table_is_checked_before_it_is_read(run: Path, file: str, how: str) -> None:
    SPOIL[how](run / file)
    assert file in message(lambda: sim.open_run(run))
    verification = sim.verify(run)
    assert not verification.intact
    assert file in verification.findings[0].detail


@pytest.mark.parametrize("how", ["linked", "folder", "empty", "half"])
def test_the_record_itself(run: Path, how: str) -> None:
    SPOIL[how](run / "record.json")
    assert "record.json" in message(lambda: sim.open_run(run))


@pytest.mark.parametrize("name", ["../summary.csv", "/etc/passwd", "a//b", "..", "a\\b", ""])
def test_a_file_outside_the_folder_is_none_of_the_run(run: Path, name: str) -> None:
    def add(record: dict[str, Any]) -> None:
        record["outputs"][name] = record["outputs"]["summary.csv"]

    change_record(run, add)
    assert "outputs" in message(lambda: sim.open_run(run))


@pytest.mark.parametrize("command", READERS)
def test_no_command_prints_a_figure_that_was_changed(
    run: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if command == "workbook":
        pytest.importorskip("gptables", reason="gptables is not installed")
    path = run / "summary.csv"
    text = path.read_text()
    path.write_text(text.replace("1", "7", 1))
    before = sorted(run.rglob("*"))
    with pytest.raises(SystemExit) as left:
        main([command, str(run)])
    said = capsys.readouterr()
    assert left.value.code == 2
    assert not said.out
    assert "summary.csv: has been changed since the run" in said.err
    assert sorted(run.rglob("*")) == before


def _text(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def _row(path: Path, number: int, change: Callable[[str], str]) -> None:
    lines = path.read_text().splitlines()
    lines[number] = change(lines[number])
    path.write_text("\n".join([line for line in lines if line]) + "\n")


# Sealed again, as one who knows how would: the form of the tables is looked at all the same.
FORGED: dict[str, tuple[Callable[[Path], object], str]] = {
    "renamed column": (lambda run: _text(run / "summary.csv", "ci95_low", "low"), "no column"),
    "row too long": (lambda run: _row(run / "national.csv", 5, "{},1".format), "no table"),
    "rows too long": (
        lambda run: _row(run / "summary.csv", 1, "{},1".format),
        "no table|more cells",
    ),
    "text for a number": (
        lambda run: _row(run / "councils.csv", 3, lambda line: f"{line.rsplit(',', 1)[0]},x"),
        "p95: must hold numbers",
    ),
    "no date": (lambda run: _text(run / "national.csv", "2016-02", "soon"), "must hold dates"),
    "scenario renamed": (
        lambda run: _text(run / "spells.csv", "no-intervention", "new"),
        "scenarios that were not run: new",
    ),
    "run left out": (lambda run: _row(run / "replications.csv", 4, lambda _: ""), "rows instead"),
    "run too many": (
        lambda run: _text(run / "spells.csv", "no-intervention,3", "no-intervention,4"),
        "outside 1 to 3",
    ),
    "month left out": (lambda run: _row(run / "national.csv", 3, lambda _: ""), "rows instead"),
    "months left out": (
        lambda run: _drop(run / "national.csv", lambda row: row["month"].startswith("2016-12")),
        "months of a run",
    ),
    "row twice": (
        lambda run: _row(run / "national.csv", 3, lambda line: f"{line}\n{line}"),
        "rows twice",
    ),
    "council left out": (
        lambda run: _drop(
            run / "councils.csv",
            lambda row: row["old_la_code"] == "203" and row["scenario"] == "no-intervention",
        ),
        "rows instead",
    ),
    "difference twice": (
        lambda run: _row(run / "comparison.csv", 3, lambda line: f"{line}\n{line}"),
        "rows twice",
    ),
    "scenario left out": (
        lambda run: _drop(run / "national.csv", lambda row: row["scenario"] == "no-intervention"),
        "no rows of no-intervention",
    ),
    "no text": (lambda run: (run / "summary.csv").write_bytes(b"\xff\xfe\x00"), "damaged"),
    "no rows": (lambda run: _row_of_names(run / "summary.csv"), "no rows"),
}


def _drop(path: Path, unwanted: Callable[[dict[str, str]], bool]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if not unwanted(row)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames or (), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _row_of_names(path: Path) -> None:
    path.write_text(path.read_text().splitlines()[0] + "\n")


@pytest.mark.parametrize("how", FORGED)
def test_a_table_of_another_form_is_refused_though_sealed(run: Path, how: str) -> None:
    spoil, words = FORGED[how]
    spoil(run)
    seal_again(run)
    with pytest.raises(InputError, match=words) as caught:
        read_all(run)
    assert len(str(caught.value)) <= LONGEST


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
def test_events_that_unpack_to_far_more_are_not_unpacked(run: Path, told: bool) -> None:
    events = run / "events.csv.gz"
    size = events.stat().st_size
    with gzip.open(events, "wb", compresslevel=9) as file:
        for _ in range(16):
            file.write(b"a,b\n" * 2**18)
    seal_again(run)

    def less(record: dict[str, Any]) -> None:
        output = record["outputs"]["events.csv.gz"]
        output["unpacked"] = 2 * size if told else None
        record["seal"] = sim.results.run_record.seal_of(record)

    change_record(run, less)
    opened = sim.open_run(run)
    tracemalloc.start()
    assert "holds more than" in message(lambda: opened.events)
    assert tracemalloc.get_traced_memory()[1] < 12 * 2**20
    tracemalloc.stop()


@pytest.mark.parametrize("keep", [0, 10, 200, -9])
def test_events_that_end_early_are_told_though_sealed(run: Path, keep: int) -> None:
    path = run / "events.csv.gz"
    data = path.read_bytes()
    unpacked = json.loads((run / "record.json").read_text())["outputs"]["events.csv.gz"]

    def cut(record: dict[str, Any]) -> None:
        path.write_bytes(data[:keep])
        output = {"sha256": sim.results.identity.sha256_of_file(path), "bytes": path.stat().st_size}
        record["outputs"]["events.csv.gz"] = {**unpacked, **output}
        record["seal"] = sim.results.run_record.seal_of(record)

    change_record(run, cut)
    assert "ends early" in message(lambda: sim.open_run(run).events)


def test_a_folder_of_an_earlier_version_is_read_and_called_sealed_in_part(run: Path) -> None:
    def narrow(record: dict[str, Any]) -> None:
        for output in record["outputs"].values():
            output.pop("unpacked", None)
        sealed = {"identity": record["identity"], "outputs": record["outputs"]}
        record["seal"] = sha256_of(sealed)

    change_record(run, narrow)
    read_all(run)
    verification = sim.verify(run)
    assert verification.intact
    assert "sealed in part" in verification.findings[1].detail
    for key, value in {"replications": 999, "title": "Another", "scenarios": ["x"]}.items():
        other = Path(shutil.copytree(run, run.with_name(key)))
        change_record(other, lambda record, k=key, v=value: record.update({k: v}))  # type: ignore[misc]
        assert "two ways" in message(lambda place=other: sim.open_run(place))  # type: ignore[misc]


def test_a_record_inside_is_no_part_of_the_run(run: Path) -> None:
    (run / "more").mkdir()
    shutil.copy(run / "record.json", run / "more" / "record.json")
    assert "more/record.json" in sim.verify(run).findings[0].detail


@pytest.mark.parametrize("kind", ["beliefs", "part"])
def test_studies_are_checked_too(shared: dict[str, Path], tmp_path: Path, kind: str) -> None:
    for number, file in enumerate(sorted(shared[kind].glob("*.*"))):
        for how, spoil in SPOIL.items():
            folder = Path(shutil.copytree(shared[kind], tmp_path / f"{number}-{how}"))
            spoil(folder / file.name)
            if (how, file.name) == ("longer", "record.json"):  # a line end more says nothing else
                continue
            assert file.name in message(lambda place=folder: sim.open_study(place)), how  # type: ignore[misc]


def test_a_study_with_a_renamed_column_is_refused_though_sealed(
    shared: dict[str, Path], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(shared["beliefs"], tmp_path / "study"))
    _text(folder / "beliefs.csv", "regret_ci95_low", "low")
    seal_again(folder)
    assert "has no column regret_ci95_low" in message(lambda: sim.open_study(folder))


@pytest.mark.parametrize(
    ("how", "words"), [("twice", "rows twice"), ("none", "rows instead"), ("other", "not of the")]
)
def test_a_study_with_rows_of_its_own_is_refused_though_sealed(
    shared: dict[str, Path], tmp_path: Path, how: str, words: str
) -> None:
    folder = Path(shutil.copytree(shared["beliefs"], tmp_path / "study"))
    lines = (folder / "beliefs.csv").read_text().splitlines()
    name = lines[2].split(",")[0]
    _row(
        folder / "beliefs.csv",
        2,
        {
            "twice": lambda line: f"{line}\n{line}",
            "none": lambda _: "",
            "other": lambda line: line.replace(name, "nobody", 1),
        }[how],
    )
    seal_again(folder)
    assert words in message(lambda: sim.open_study(folder).table("beliefs"))


def test_a_sweep_is_checked_too(shared: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(shared["sweep"], tmp_path / "sweep"))
    assert len(Sweep.open(folder).points) == 2
    _edited(folder / "points_long.csv")
    assert "points_long.csv" in message(lambda: Sweep.open(folder))


def test_a_back_test_is_checked_where_it_is_sealed(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(OURS, tmp_path / "own"))
    record = json.loads((folder / "record.json").read_text())
    sealed = sim.results.metadata.sealed(record, folder)
    (folder / "record.json").write_text(json.dumps(sealed))
    open_backtest(folder)
    change_record(folder, lambda record: record.update(sets=5))
    assert "seal" in message(lambda: open_backtest(folder))
    (folder / "record.json").write_text(json.dumps(sealed))
    _edited(folder / "scorecard.csv")
    assert "scorecard.csv" in message(lambda: open_backtest(folder))
    message(lambda: sim.verify(folder))


@pytest.mark.parametrize(
    "name",
    [
        *("0_3.1-25.0123456789abcdef.chunk", "0_999999999.1-999999999.0123456789abcdef.chunk"),
        *("0_1.1-1.x.chunk", "notes", "0_1.1-1.0123456789abcdef.chunk.tmp"),
    ],
    ids=range(5),
)
@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_what_is_no_part_is_thrown_away(tmp_path: Path, name: str, kind: str) -> None:
    staging = StagingFolder(tmp_path / ".run", tmp_path / "run")
    staging.chunks_folder.mkdir(parents=True)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").write_text("kept")
    place = staging.chunks_folder / name
    if kind == "link":
        place.symlink_to(mine)
    elif kind == "folder":
        shutil.copytree(mine, place)
    else:
        place.write_text("no part")
    assert staging.sound_chunks() == ([], 1)
    assert not place.is_symlink()
    assert not place.exists()
    assert (mine / "file").read_text() == "kept"
