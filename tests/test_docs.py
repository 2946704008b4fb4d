"""The documents: generated parts up to date, nothing empty, links and commands that work."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.standard

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
FENCED = [
    (page, line)
    for page in sorted(DOCS.rglob("*.md"))
    for block in re.findall(r"```(?:sh|text)\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    for line in block.splitlines()
    if line.startswith("simulate ")
]
# Commands by the full path, the README's with words on what they do after two blanks.
INDENTED = [
    (page, "simulate " + re.split(r"\s{2,}", line.strip())[0].split("simulate ", 1)[1])
    for page in PAGES
    for line in page.read_text(encoding="utf-8").splitlines()
    if re.match(r"    \.venv/bin/simulate ", line)
]
# Needs a scheduler: tests/experiment starts one and runs the same.
ELSEWHERE = "--scheduler"
COMMANDS = [
    pytest.param(page, line, id=f"{page.stem}: {line}")
    for page, line in dict.fromkeys(FENCED + INDENTED)
    if ELSEWHERE not in line
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


def run_command(words: list[str], at: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli.main", *words],
        cwd=at,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What RUN, STUDY and BACKTEST stand for in a command: small ones."""
    place = tmp_path_factory.mktemp("folders")
    small = ["--scenario", "trusts-2016", "--replications", "2", "--years", "2", "--quiet"]
    run_command(["--no-charts", *small, "--out", "run"], place)
    run_command(["beliefs", *small, "--against", "commissioner-only", "--out", "study"], place)
    shutil.copytree(ROOT / "sim" / "results" / "scored", place / "backtest")
    return {
        "RUN": next((place / "run").rglob("record.json")).parent,
        "STUDY": next((place / "study").rglob("record.json")).parent,
        "BACKTEST": place / "backtest",
        "example": next((place / "run").rglob("record.json")).parent,
    }


def small(words: list[str]) -> list[str]:
    """The command with less to run: fewer replications, years and parameter sets."""
    words = list(words)
    least = {"--replications": "2", "--years": "2"} if words[0].startswith("--") else {}
    if "--precision" in words:  # which decides the number of replications
        least = {"--ceiling": "20", "--years": "2"}
    least |= {"validate": {"--sets": "20"}, "explain": {"--years": "2"}}.get(words[0], {})
    for option, value in least.items():
        if option in words:
            words[words.index(option) + 1] = value
        else:
            words += [option, value]
    return words


@pytest.mark.full
@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_commands_of_the_documents_run(page: Path, line: str, tmp_path: Path, folders) -> None:
    text = page.read_text(encoding="utf-8")
    own = (DOCS / "how-to" / "own-scenario.md").read_text(encoding="utf-8")
    for name, scenario in re.findall(r"as `([\w-]+\.toml)`:\n\n```toml\n(.*?)```", own, re.S):
        # The README shows the same file without naming it.
        assert page.name != "README.md" or scenario in text
        (tmp_path / name).write_text(scenario, encoding="utf-8")
    words = [str(folders.get(word, word)) for word in shlex.split(line)[1:]]
    assert run_command(small(words), tmp_path).strip()


def test_every_command_of_the_documents_is_found() -> None:
    lines = [command.values[1] for command in COMMANDS]
    assert len(lines) > 20
    for kind in ("briefing", "explain", "validate", "verify", "workbook", "show", "--scenario"):
        assert any(line.split()[1] == kind for line in lines), kind
