"""The documents: generated parts up to date, nothing empty, links and commands that work."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
COMMANDS = [
    pytest.param(page, line, id=f"{page.stem}: {line}")
    for page in sorted(DOCS.rglob("*.md"))
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    for line in block.splitlines()
    if line.startswith("simulate ")
]


@pytest.fixture(scope="module")
def builder() -> dict[str, object]:
    return runpy.run_path(str(DOCS / "build.py"))


def test_generated_parts_are_up_to_date(builder) -> None:
    stale = [path for path, text in builder["generated"]().items() if path.read_text() != text]
    assert not stale, "run python docs/build.py"


def test_every_stress_item_is_filled(builder) -> None:
    stress = (DOCS / "model" / "stress-des.md").read_text(encoding="utf-8")
    assert builder["empty_items"](stress) == []
    for item in ("1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.5", "3.4", "4.3"):
        assert re.search(rf"^#+ {re.escape(item)} ", stress, re.M), item


def test_an_empty_item_is_found(builder) -> None:
    text = "## 1 Objectives\n\n### 1.1 Purpose\n\n### 1.2 Outputs\n\nSome.\n"
    assert builder["empty_items"](text) == ["1.1 Purpose"]


@pytest.mark.parametrize("table", ["scorecard", "patterns"])
def test_the_back_test_that_comes_with_the_program_is_the_one_described(table) -> None:
    tables = runpy.run_path(str(DOCS / "validation_tables.py"))
    page = (DOCS / "validation.md").read_text(encoding="utf-8")
    assert tables[table](tables["OURS"]) in page, "run python docs/validation_tables.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", text)
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.slow
@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_commands_of_the_documents_run(page: Path, line: str, tmp_path: Path) -> None:
    for name, text in re.findall(
        r"as `([\w-]+\.toml)`:\n\n```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.S
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "sim.cli", *shlex.split(line)[1:]]
    done = subprocess.run(
        words,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
