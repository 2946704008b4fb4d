"""A corrupted seed table gives one InputError that names file, row and column."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.inputs.councils.seed_tables import MOST_PROBLEMS, load_tables
from sim.inputs.councils.table_specs import SPECS
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError
from tests.helpers.seed_files import copy_seeds, read_rows, rewrite

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return copy_seeds(tmp_path / "seeds")


def edit(seeds: Path, name: str, change: Callable[[str], str]) -> None:
    path = seeds / f"{name}.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def set_cell(seeds: Path, name: str, row: int, column: str, value: str) -> None:
    """Set one cell; rows count as in the file, the header being row 1."""
    target = read_rows(name, seeds)[row - 2]
    rewrite(seeds, name, lambda row: row | {column: value} if row == target else row)


def problems(seeds: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_tables(seeds)
    return [str(problem) for problem in caught.value.problems]


def test_the_project_tables_read_whole() -> None:
    tables = load_tables()
    assert len(tables.codes) == 158
    assert tables.grid("children", "referrals").shape == (14, 158)
    assert {spec.name for spec in SPECS} == set(tables.tables)


@pytest.mark.parametrize(
    ("name", "row", "column", "value", "says"),
    [
        ("children", 400, "referrals", "many", "'many' is not a number"),
        ("children", 400, "referrals", "nan", "'nan' is not a number"),
        ("children", 400, "referrals", "-3", "outside 0"),
        ("children", 400, "rereferral_pct", "101", "outside 0"),
        ("population", 9, "children_0_17", "", "must be filled"),
        ("population", 9, "year", "20x3", "not a whole number"),
        ("judgements", 12, "published", "2014-13-01", "not a date"),
        ("judgements", 12, "overall", "inadeqate", "did you mean inadequate"),
        ("interventions", 7, "kind", "notices", "did you mean notice"),
        ("settlement", 5, "growth", "7", "outside -0.5 to 0.5"),
        ("settlement", 5, "announced", "soon", "not a date"),
        ("routes", 4, "route", "notice and advisor", "did you mean notice and adviser"),
        ("visits", 4, "kind", "focussed", "did you mean focused"),
        ("projection", 4, "low", "-1", "outside 1"),
    ],
)
def test_a_bad_cell_is_named(
    seeds: Path, name: str, row: int, column: str, value: str, says: str
) -> None:
    set_cell(seeds, name, row, column, value)
    (problem,) = problems(seeds)
    assert f"{name}.csv, row {row}, column {column}:" in problem
    assert says in problem


def test_a_missing_column_is_named_with_the_nearest(seeds: Path) -> None:
    edit(seeds, "workforce", lambda text: text.replace("agency_fte", "agencyfte", 1))
    (problem,) = problems(seeds)
    assert "workforce.csv, column agency_fte: this column is missing" in problem
    assert "did you mean agencyfte" in problem


def test_a_duplicate_key_names_both_rows(seeds: Path) -> None:
    edit(seeds, "spending", lambda text: text + text.splitlines()[2] + "\n")
    (problem,) = problems(seeds)
    row = len(read_rows("spending", seeds)) + 1
    assert f"spending.csv, row {row}: the same year, dfe_code as in row 3" in problem


def test_a_council_twice_is_one_clear_message(seeds: Path) -> None:
    edit(seeds, "councils", lambda text: text + text.splitlines()[2] + "\n")
    report = problems(seeds)
    assert report == [f"{seeds / 'councils.csv'}, row 160: the same dfe_code as in row 3: 202"]


@pytest.mark.parametrize("name", ["councils", "population", "children", "pre_sif", "neighbours"])
def test_a_missing_council_is_named(seeds: Path, name: str) -> None:
    def drop(text: str) -> str:
        lines = text.splitlines(keepends=True)
        yearly = name in ("population", "children")
        pattern = r"2015,301," if yearly else r"301,"
        return "".join(line for line in lines if not re.match(pattern, line))

    edit(seeds, name, drop)
    report = problems(seeds)
    if name == "councils":
        assert any("157 councils, and there must be 158" in problem for problem in report)
    else:
        year = " in 2015" if name in ("population", "children") else ""
        assert report == [f"{seeds / name}.csv: council 301 is missing{year}"]


@pytest.mark.parametrize(
    ("name", "row", "says"),
    [
        ("children", "2020,835", "council 835 did not stand in 2020"),
        ("workforce", "2018,839", "council 839 did not stand in 2018"),
        ("spending", "2018,838", "council 838 did not stand in 2018"),
        ("pre_sif", "941", "council 941 did not stand before the model begins"),
    ],
)
def test_a_row_of_a_council_that_did_not_stand_is_named(
    seeds: Path, name: str, row: str, says: str
) -> None:
    """A return is made by the councils that stand on its day."""
    first = read_rows(name, seeds)[-1]
    *year, code = row.split(",")
    keys = {"dfe_code": code} | ({"year": year[0]} if year else {})
    with (seeds / f"{name}.csv").open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, list(first), lineterminator="\n").writerow(first | keys)
    assert problems(seeds) == [f"{seeds / name}.csv: {says}"]


def test_a_change_of_councils_that_does_not_fit_is_named(seeds: Path) -> None:
    set_cell(seeds, "successors", 2, "share", "0.5")
    set_cell(seeds, "successors", 4, "on", "2019-04-02")
    report = " ".join(problems(seeds))
    assert "the shares of council 835 add up to 0.6163" in report
    assert "council 836 does not end the day before 2019-04-02" in report
    assert "council 839 does not begin on 2019-04-02" in report


def test_an_unknown_council_is_named(seeds: Path) -> None:
    set_cell(seeds, "directors", 3, "dfe_code", "999")
    (problem,) = problems(seeds)
    assert "directors.csv: council 999 is not in councils.csv" in problem


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"dfe_code,rank,neighbour\n", "the table has no rows"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"dfe_code,rank,neighbour\n201,1\n", "2 cells where the header has 3"),
        (None, "this seed table is missing"),
    ],
)
def test_an_unreadable_table_is_named(seeds: Path, content: bytes | None, says: str) -> None:
    path = seeds / "neighbours.csv"
    path.unlink() if content is None else path.write_bytes(content)
    (problem,) = problems(seeds)
    assert str(path) in problem
    assert says in problem


def test_all_problems_of_all_files_come_together(seeds: Path) -> None:
    set_cell(seeds, "children", 2, "referrals", "x")
    set_cell(seeds, "children", 3, "icpc", "x")  # a column the program does not read
    set_cell(seeds, "workforce", 4, "sw_fte", "y")
    (seeds / "directors.csv").unlink()
    assert len(problems(seeds)) == 3


def test_a_wrecked_column_does_not_flood(seeds: Path) -> None:
    rewrite(seeds, "population", lambda row: row | {"children_0_17": "?"})
    report = problems(seeds)
    assert len(report) == MOST_PROBLEMS + 1
    assert report[-1].endswith(f"and {13 * 158 - MOST_PROBLEMS} more problems")


def test_a_changed_table_is_read_again(seeds: Path) -> None:
    (published,) = (
        float(row["referrals"])
        for row in read_rows("children")
        if (row["year"], row["dfe_code"]) == ("2024", "201")
    )
    before = load_tables(seeds).grid("children", "referrals")[-1, 0]
    rewrite(
        seeds,
        "children",
        lambda row: row | {"referrals": "12345"} if row["dfe_code"] == "201" else row,
    )
    after = load_tables(seeds).grid("children", "referrals")[-1, 0]
    assert (before, after) == (published, 12345)


@pytest.mark.skipif("SEED_FACTS" not in os.environ, reason="the raw facts are not part of the code")
def test_the_build_gives_the_tables_in_use(tmp_path: Path) -> None:
    script = seeds_dir() / "build" / "build.py"
    command = [sys.executable, "-B", str(script), os.environ["SEED_FACTS"], "--out", str(tmp_path)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONHASHSEED": "7"})
    built = sorted(tmp_path.glob("*.csv"))
    assert {spec.name for spec in SPECS} <= {path.stem for path in built}
    for path in built:
        assert path.read_bytes() == (seeds_dir() / path.name).read_bytes(), path.name
