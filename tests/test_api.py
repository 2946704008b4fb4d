"""The package as a notebook uses it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from tests.helpers.synthetic_run import make_run

pytestmark = pytest.mark.standard


@pytest.mark.parametrize("name", sim.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(sim, name)
    assert name in dir(sim)
    if callable(found):
        assert (found.__doc__ or "").strip()


def test_the_type_checker_and_python_see_the_same_names() -> None:
    source = ast.parse(Path(sim.__file__).read_text(encoding="utf-8"))
    (hints,) = (node for node in source.body if isinstance(node, ast.If))
    names = {
        alias.name: node.module
        for node in hints.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert names == sim._HOMES


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = sim.simulat


def test_a_scenario_is_frozen_and_copied_with_changes() -> None:
    base = sim.load_scenario("trusts-2016")
    with pytest.raises(ValueError, match="frozen"):
        base.title = "another"  # type: ignore[misc]
    quick = base.with_(**{"regime.grace_months": 3.0})  # type: ignore[arg-type]
    assert quick.timeline()[0][1]["regime.grace_months"] == 3.0
    assert base.timeline()[0][1]["regime.grace_months"] == 6.0


@pytest.mark.bad_input
def test_a_wrong_lever_in_a_copy_is_refused() -> None:
    with pytest.raises(sim.InputError, match=r"did you mean regime\.grace_months"):
        sim.load_scenario("trusts-2016").with_(**{"regime.grace_month": 3.0})  # type: ignore[arg-type]


@pytest.mark.standard
def test_the_few_lines_of_the_package_docstring_run(tmp_path: Path) -> None:
    doc = sim.__doc__ or ""
    lines = [line.strip() for line in doc.splitlines() if line.startswith("    ")]
    # The same lines, over one year and two replications to be quick.
    text = "\n".join(lines).replace("replications=20", "replications=2, years=1")
    text = text.replace("against=[quick])", "against=[quick], replications=2, years=1)")
    subprocess.run([sys.executable, "-c", text], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_finished_run_is_opened_drawn_and_briefed(tmp_path: Path) -> None:
    run = sim.open_run(make_run(tmp_path / "run"))
    chart = run.chart("councils-inadequate")
    assert set(chart.data["scenario"]) <= set(run.scenarios)
    assert str(chart.headline) in chart._repr_html_().replace("&#x27;", "'")
    assert {path.suffix for path in chart.save(tmp_path)} == {".svg", ".png", ".csv", ".txt"}
    page = run.briefing(tmp_path / "briefing.html")
    assert run.run_id in page.read_text(encoding="utf-8")
    with pytest.raises(sim.InputError, match="did you mean councils-inadequate"):
        run.chart("council-inadequate")


def test_the_package_is_the_command() -> None:
    command = [sys.executable, "-m", "sim", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert sim.__version__ in done.stdout
