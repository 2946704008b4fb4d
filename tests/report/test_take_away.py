"""The workbook, the open data and the commands."""

from __future__ import annotations

import re
import sys
import zipfile
from datetime import date

import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli import report_commands
from sim.inputs.files.problems import InputError
from sim.report.charts import all_charts
from sim.report.tables.opendata import check, open_data, open_tables
from sim.report.tables.workbook import tables, workbook
from sim.results.run_folder import open_run

pytestmark = pytest.mark.standard

FEW_CHARTS = ("children-and-cost", "councils-inadequate", "luck-and-choice")


def test_open_data_pass_their_own_check_and_hold_the_figures(run_path):
    data_path, meta_path = open_data(run_path)
    data = pd.read_csv(data_path, dtype=str, keep_default_na=False)
    meta = pd.read_csv(meta_path, dtype=str, keep_default_na=False)
    assert check(data, meta) == []
    source = open_run(run_path).councils.query(
        "scenario == 'peer-support' and metric == 'late_assessment_share' "
        "and time_period == 201819 and la_name == 'Leeds'"
    )
    row = data.query(
        "scenario == 'Peer support' and statistic == 'Mean' "
        "and time_period == '201819' and la_name == 'Leeds'"
    )
    assert float(row["late_assessment_share"].iloc[0]) == pytest.approx(
        100 * source["mean"].iloc[0], rel=1e-5
    )
    assert set(meta.query("col_type == 'Filter'")["col_name"]) == {"scenario", "statistic"}


@pytest.mark.bad_input
def test_the_check_finds_each_fault(shared_run):
    data, meta = open_tables(open_run(shared_run))
    faults = {
        "rows": lambda d, m: (pd.concat([d, d.iloc[:1]]), m),
        "la_name": lambda d, m: (d.drop(columns="la_name"), m),
        "new_la_code": lambda d, m: (d.assign(new_la_code="Leeds"), m),
        "caseload": lambda d, m: (d.assign(caseload="about 15"), m),
        "Caseload2": lambda d, m: (d.rename(columns={"caseload": "Caseload2"}), m),
        "agency_rate": lambda d, m: (d, m[m["col_name"] != "agency_rate"]),
        "scenario": lambda d, m: (d.assign(scenario="x" * 121), m),
        "label": lambda d, m: (d, m.drop(columns="label")),
        "vacancy_rate": lambda d, m: (d, m.assign(label="x" * 81)),
        "spend_gbp_m": lambda d, m: (d, m.assign(label="Spending (GBP million a yea")),
        "statistic": lambda d, m: (d.assign(statistic="Mean"), m),
        "filter_default": lambda d, m: (d, m.drop(columns="filter_default")),
    }
    assert check(data, meta) == []
    elsewhere = meta.assign(filter_default="Total")
    assert {p.where for p in check(data, elsewhere)} == {"scenario", "statistic"}
    for where, spoil in faults.items():
        places = [problem.where for problem in check(*spoil(data.copy(), meta.copy()))]
        assert where in places, (where, places)


def test_the_workbook_has_one_named_table_a_sheet(run_path):
    pytest.importorskip("gptables", reason="gptables is not installed")
    path = workbook(run_path)
    first = path.read_bytes()
    with zipfile.ZipFile(path) as book:
        names = book.namelist()
        text = book.read("xl/workbook.xml").decode()
        sheets = re.findall(r'<sheet name="([^"]+)"', text)
        count = sum(name.startswith("xl/tables/") for name in names)
        assert "Takeover regime, 2016" in book.read("docProps/core.xml").decode()
        assert not any(b"mergeCell" in book.read(name) for name in names if "worksheets" in name)
    assert sheets[:3] == ["Cover", "Contents", "Notes"]
    assert count == len(sheets) - 1
    assert workbook(run_path).read_bytes() == first


def test_tables_have_no_empty_heading_and_a_row_for_every_council(shared_run):
    sheets = tables(open_run(shared_run))
    for _, table in sheets.values():
        assert table.columns.is_unique
        assert all(str(name).strip() for name in table.columns)
    assert len(sheets["Councils"][1]) == 152


@pytest.mark.parametrize(("on", "count"), [(date(2021, 4, 1), 152), (date(2024, 9, 1), 153)])
def test_a_later_run_has_the_councils_of_its_start(shared_runs, on, count):
    run = open_run(shared_runs[on])
    councils = tables(run)["Councils"][1]
    assert len(councils) == councils["Code"].nunique() == count
    assert ("Cumberland" in set(councils["Council"])) == (on.year == 2024)
    assert "Northamptonshire" not in set(councils["Council"])
    data, meta = open_tables(run)
    assert check(data, meta) == []
    assert data["old_la_code"].nunique() == count


def test_open_data_have_the_code_of_each_row_s_year(shared_run):
    data, _ = open_tables(open_run(shared_run))
    codes = data.groupby(["la_name", "time_period"])["new_la_code"].unique().str.join(" ")
    assert codes["Buckinghamshire", "201819"] == "E10000002"
    assert codes["Buckinghamshire", "201920"] == "E10000002"  # to the last day of March
    assert codes["Buckinghamshire", "202021"] == "E06000060"
    # A council abolished during the run goes on in it, and keeps its last code.
    assert codes["Northamptonshire", "202324"] == "E10000021"


@pytest.mark.bad_input
def test_a_missing_library_says_what_to_install(run_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gptables", None)
    with pytest.raises(InputError, match="gptables is not installed"):
        workbook(run_path)
    assert not (run_path / "results.xlsx").exists()


@pytest.mark.parametrize("command", ["briefing", "charts", "workbook", "opendata"])
def test_commands_say_where_the_output_is(run_path, command, monkeypatch):
    few = tuple(kind for kind in all_charts.CHARTS if kind.name in FEW_CHARTS)
    monkeypatch.setattr(all_charts, "CHARTS", few)
    if command == "workbook":
        pytest.importorskip("gptables", reason="gptables is not installed")
    result = CliRunner().invoke(getattr(report_commands, command), [str(run_path)])
    assert result.exit_code == 0, result.output
    assert str(run_path) in result.output


@pytest.mark.bad_input
@pytest.mark.parametrize("command", ["briefing", "charts", "workbook", "opendata"])
def test_commands_refuse_what_is_no_run(tmp_path, command):
    result = CliRunner().invoke(getattr(report_commands, command), [str(tmp_path)])
    assert isinstance(result.exception, InputError)
    assert list(tmp_path.iterdir()) == []
