"""The four tasks of docs/developing.md, carried out on a copy of the package from the page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "developing.md").read_text(encoding="utf-8")
AGAINST = ("--against", "commissioner-only")
SMALL = ("--replications", "2", "--years", "2", "--quiet", "--engine", "serial")

pytestmark = pytest.mark.standard


def task(title: str) -> str:
    """The part of the page on one task."""
    match = re.search(rf"^### {title}\n(.*?)(?=^### |\Z)", PAGE, re.M | re.S)
    assert match, title
    return match[1]


def edits(text: str) -> list[tuple[str, str]]:
    """What is to be done (the comment above a block) and the block."""
    return re.findall(r"<!-- (.+?) -->\n```\w+\n(.*?)```", text, re.S)


def carry_out(edit: str, block: str, root: Path) -> None:
    """Make one edit: append to a file, or insert in it before or after a line."""
    if match := re.fullmatch(r"append to: (\S+)", edit):
        file = root / match[1]
        file.write_text(file.read_text(encoding="utf-8") + "\n" + block, encoding="utf-8")
        return
    match = re.fullmatch(r"insert in: (\S+) (before|after): (.+)", edit)
    assert match, edit
    file, line = root / match[1], match[3]
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    pattern = re.compile(line if line.startswith("^") else re.escape(line))
    places = [k for k, text in enumerate(lines) if pattern.search(text)]
    assert places, f"{match[1]} has no line {line!r}"
    for k in reversed(places):
        lines.insert(k + (match[2] == "after"), block)
    file.write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package and what it reads, to be changed."""
    for name in ("sim", "seeds", "scenarios", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def python(package: Path, *words: str) -> str:
    """Run Python on the changed copy."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=package,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(package)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def simulate(package: Path) -> Path:
    """A small run of the changed copy, with charts."""
    python(package, "-m", "sim", "--scenario", "trusts-2016", *AGAINST, *SMALL, "--out", "out")
    return next((package / "out").rglob("record.json")).parent


def test_a_regime_is_added(package: Path) -> None:
    ((kind, script),) = edits(task("Add a regime"))
    assert kind == "script: regime"
    (package / "script.py").write_text(script, encoding="utf-8")
    assert "commissioner-only" in python(package, "script.py")


def test_a_parameter_is_added(package: Path) -> None:
    read = (
        "import sim\n"
        "run = sim.simulate('no-intervention', against=[], replications=2, years=2,"
        " engine='serial', quiet=True)\n"
        "s = run.summary.set_index('metric')['mean']\n"
        "print(s['hidden_failing_councils'])"
    )
    before = float(python(package, "-c", read))
    for edit in edits(task("Add a parameter")):
        carry_out(*edit, package)
    after = float(python(package, "-c", read))
    assert after > before  # vacant posts lower practice now


def test_a_metric_is_added_and_appears_wherever_metrics_are_listed(package: Path) -> None:
    for edit in edits(task("Add a metric")):
        carry_out(*edit, package)
    run = simulate(package)
    for table in ("summary", "comparison", "national", "councils"):
        assert "agency_workers_fte" in set(pd.read_csv(run / f"{table}.csv")["metric"]), table
    drawn = pd.read_csv(next((run / "charts").glob("strain*.csv")))
    assert "agency_workers_fte" in set(drawn["metric"])
    python(package, "-m", "sim", "workbook", str(run.relative_to(package)))
    with zipfile.ZipFile(run / "results.xlsx") as workbook:
        assert "Agency social workers" in workbook.read("xl/sharedStrings.xml").decode()
    python(package, "-m", "sim", "briefing", str(run), "--audience", "director")
    assert "Agency" in next(run.glob("briefing*.html")).read_text(encoding="utf-8")
    python(package, "docs/build.py")
    stress = (package / "docs" / "model" / "stress-des.md").read_text(encoding="utf-8")
    assert "`agency_workers_fte`" in stress


def test_a_chart_is_added(package: Path) -> None:
    for edit in edits(task("Add a chart")):
        carry_out(*edit, package)
    charts = simulate(package) / "charts"
    for ending in ("svg", "png", "csv", "txt"):
        assert (charts / f"children-waiting.{ending}").is_file()
    words = (charts / "children-waiting.txt").read_text(encoding="utf-8")
    assert "children waiting go from" in words
