"""The documents: generated parts up to date, nothing empty, links and commands that work."""

from __future__ import annotations

import importlib
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from sim.cli.commands import COMMANDS as CLI_COMMANDS
from sim.cli.commands import simulate

pytestmark = pytest.mark.standard

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
# Every text that names parts of the project.
TEXTS = [
    *PAGES,
    *(ROOT / "seeds" / name for name in ("DICTIONARY.md", "SOURCES.md", "claims.csv")),
    ROOT / "outputs" / "README.md",
    *sorted((ROOT / "seeds").glob("*.toml")),
]
GLOSSARY = DOCS / "glossary.md"
MOST_WORDS = 40  # in the glossary
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
# Needs a scheduler: tests/runs/test_engines.py starts one and runs the same.
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


@pytest.mark.quick
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_leads_to_the_glossary(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    assert page == GLOSSARY or GLOSSARY in [(page.parent / target).resolve() for target in targets]


@pytest.mark.quick
def test_the_glossary_is_short_and_in_order() -> None:
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    words = [line.split("|")[1].strip() for line in lines if line.startswith("| ")][2:]
    assert 20 < len(words) <= MOST_WORDS
    assert words == sorted(words)


def missing_paths(text: str) -> list[str]:
    """Files and folders of the project that a text names and that do not exist."""
    folders = "sim|tests|seeds|docs|scenarios|benchmarks|notebooks"
    names = re.findall(rf"(?<![\w/.-])(?:{folders})/[\w./*-]*[\w/]", text)
    return [name for name in names if not any(ROOT.glob(name))]


def missing_names(text: str) -> list[str]:
    """Modules, classes and functions of the package that a text names and that do not exist."""
    names = re.findall(r"(?<![\w/.-])sim(?:\.[A-Za-z_]\w*)+", text)
    return [name for name in names if not _exists(name)]


def _exists(name: str) -> bool:
    thing = importlib.import_module("sim")
    for part in name.split(".")[1:]:
        try:
            thing = getattr(thing, part)
        except AttributeError:
            try:
                thing = importlib.import_module(f"{thing.__name__}.{part}")
            except (ImportError, AttributeError):
                return False
    return True


def missing_commands(text: str) -> list[str]:
    """Commands and options of `simulate` that a text names and that do not exist."""
    commands: dict[str, click.Command] = {"": simulate}
    commands |= {name: simulate.get_command(click.Context(simulate), name) for name in CLI_COMMANDS}
    options = {name: {opt for p in c.params for opt in p.opts} for name, c in commands.items()}
    spans = re.findall(r"`((?:simulate |--)[^`\n]+)`", text)
    spans += re.findall(r"^(?: {4}\.venv/bin/)?(simulate .+?)(?:\s{2,}.*)?$", text, re.M)
    missing = []
    for span in spans:
        words = span.removeprefix("simulate ").split()
        name = words[0]
        if not name.startswith("--") and name not in options:
            missing.append(span)
            continue
        known = options[name] if name in options else options[""]
        if span.startswith("--"):  # alone: an option of some command
            known = set().union(*options.values())
        flags = [word.partition("=")[0] for word in words if word.startswith("--")]
        missing += [f"{span}: {flag}" for flag in flags if flag not in known]
    return missing


@pytest.mark.quick
@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_what_a_text_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert missing_paths(text) + missing_names(text) + missing_commands(text) == []


@pytest.mark.quick
def test_a_name_that_does_not_exist_is_found() -> None:
    assert missing_paths("`sim/england/`, `sim/model/`, `tests/model/test_*.py`") == [
        "sim/england/"
    ]
    assert missing_names("`sim.simulate(x)`, sim.units.NoArray, sim.england") == [
        "sim.units.NoArray",
        "sim.england",
    ]
    assert missing_commands(
        "`simulate show X --fast`, `simulate trust`, `--without`, `--fats`"
    ) == [
        "simulate show X --fast: --fast",
        "simulate trust",
        "--fats: --fats",
    ]


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
    """What RUN, STUDY, EXPLORATION and BACKTEST stand for in a command: small ones."""
    place = tmp_path_factory.mktemp("folders")
    small = ["--scenario", "trusts-2016", "--replications", "2", "--years", "2", "--quiet"]
    run_command(["--no-charts", *small, "--out", "run"], place)
    run_command(["beliefs", *small, "--against", "commissioner-only", "--out", "study"], place)
    sample = ["--samples", "40", "--vary", "control.trust_deviation", "--out", "futures"]
    run_command(["explore", *small[:2], "--years", "1", "--quiet", *sample], place)
    shutil.copytree(ROOT / "sim" / "results" / "scored", place / "backtest")
    return {
        "RUN": next((place / "run").rglob("record.json")).parent,
        "STUDY": next((place / "study").rglob("record.json")).parent,
        "EXPLORATION": next((place / "futures").rglob("record.json")).parent,
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
    for source in (DOCS / "how-to" / "own-scenario.md", DOCS / "how-to" / "own-rules.md"):
        own = source.read_text(encoding="utf-8")
        ((name, scenario),) = re.findall(r"as `([\w-]+\.toml)`\W+```toml\n(.*?)```", own, re.S)
        # The README shows the first without naming it.
        shows = page.name == "README.md" and source.name == "own-scenario.md"
        assert not shows or scenario in text
        (tmp_path / name).write_text(scenario, encoding="utf-8")
    words = [str(folders.get(word, word)) for word in shlex.split(line)[1:]]
    assert run_command(small(words), tmp_path).strip()


# The page for developers has a test of its own: tests/test_developer_tasks.py.
WITH_PYTHON = [
    page
    for page in PAGES
    if "```python" in page.read_text(encoding="utf-8") and page.name != "developing.md"
]


@pytest.mark.full
@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.stem)
def test_python_of_the_documents_runs(page: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    script = "\n".join(blocks).replace("replications=20", "replications=2, years=2")
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "script.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr


def test_the_mistake_that_the_rules_page_shows_is_answered_so(tmp_path: Path) -> None:
    """The rules of the page have fifteen lines, and what is said of the slips is what it says."""
    page = (DOCS / "how-to" / "own-rules.md").read_text(encoding="utf-8")
    rules, message = (
        re.search(rf"```{kind}\n(.*?)```", page, re.S)[1] for kind in ("toml", "\n2 problems:")
    )
    assert len([line for line in rules.splitlines() if line]) == 15
    wrong = rules.replace("monitoring_trend", "monitoring_trnd")
    wrong = wrong.replace('do     = "commissioner"', 'do     = "comissioner"')
    (tmp_path / "my-regime.toml").write_text(wrong, encoding="utf-8")
    script = "from sim.cli.main import main; main(['show', 'my-regime.toml'])"
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert done.stderr.strip() == f"2 problems:\n{message.strip()}"


def test_every_command_of_the_documents_is_found() -> None:
    lines = [command.values[1] for command in COMMANDS]
    assert len(lines) > 20
    for kind in ("briefing", "explain", "validate", "verify", "workbook", "show", "--scenario"):
        assert any(line.split()[1] == kind for line in lines), kind
