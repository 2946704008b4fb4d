"""A corrupted seed table gives one InputError that names file, row and column."""

from __future__ import annotations

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
    assert len(tables.codes) == 152
    assert tables.grid("children", "referrals").shape == (9, 152)
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
    assert re.search(r"spending\.csv, row 1522: the same year, dfe_code as in row 3", problem)


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
        assert any("151 councils, and there must be 152" in problem for problem in report)
    else:
        year = " in 2015" if name in ("population", "children") else ""
        assert report == [f"{seeds / name}.csv: council 301 is missing{year}"]


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
    assert report[-1].endswith(f"and {13 * 152 - MOST_PROBLEMS} more problems")


def test_a_changed_table_is_read_again(seeds: Path) -> None:
    before = load_tables(seeds).grid("children", "referrals")[-1, 0]
    rewrite(
        seeds,
        "children",
        lambda row: row | {"referrals": "12345"} if row["dfe_code"] == "201" else row,
    )
    after = load_tables(seeds).grid("children", "referrals")[-1, 0]
    assert (before, after) == (81, 12345)


@pytest.mark.skipif("SEED_FACTS" not in os.environ, reason="the raw facts are not part of the code")
def test_the_build_gives_the_tables_in_use(tmp_path: Path) -> None:
    script = seeds_dir() / "build" / "build.py"
    command = [sys.executable, "-B", str(script), os.environ["SEED_FACTS"], "--out", str(tmp_path)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONHASHSEED": "7"})
    for spec in SPECS:
        built = (tmp_path / f"{spec.name}.csv").read_bytes()
        assert built == (seeds_dir() / f"{spec.name}.csv").read_bytes(), spec.name
