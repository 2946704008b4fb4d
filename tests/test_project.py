"""The rules of the code base itself: imports, module size, what the README promises."""

from __future__ import annotations

import ast
import platform
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "sim"

RUN = (
    "python3 -m venv .venv && .venv/bin/pip install '.[fast]' && "
    ".venv/bin/simulate --scenario trusts-2016"
)
TEST = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest"

LINES_AT_MOST = 350

# What each part of the package may import of it.
MAY_IMPORT = {
    "inputs": {"inputs"},
    "england": {"england", "inputs"},
    "regimes": {"regimes", "england", "inputs"},
    "experiment": {"experiment", "regimes", "england", "inputs"},
    "report": {"report", "inputs"},
    "commands": {"commands", "report", "experiment", "regimes", "england", "inputs"},
}

pytestmark = pytest.mark.project


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def dotted(path: Path) -> str:
    """sim/inputs/evidence/ledger.py -> sim.inputs.evidence.ledger"""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def nodes(top: ast.AST, hints: bool) -> Iterator[ast.AST]:
    """Everything in a module; without `hints`, not what only a type checker sees."""
    for node in ast.iter_child_nodes(top):
        yield node
        if not hints and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield from nodes(node, hints)


def imports(path: Path, hints: bool = True) -> Iterator[tuple[int, str]]:
    """Line and name of everything a module imports from the package.

    A name taken from a package counts as a module of its own where there is one.
    """
    names = {dotted(p) for p in modules()}
    for node in nodes(ast.parse(path.read_text(encoding="utf-8")), hints):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: relative import"
            joined = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [name if name in names else str(node.module) for name in joined]
        else:
            continue
        for name in found:
            if name.split(".")[0] == "sim":
                yield node.lineno, name


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_fits_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_AT_MOST


def test_imports_go_one_way() -> None:
    wrong = []
    for path in modules():
        parts = dotted(path).split(".")
        if len(parts) == 1 or parts[1] not in MAY_IMPORT:  # the package itself, the command
            continue
        for line, name in imports(path):
            target = name.split(".")[1] if "." in name else "sim"
            # The package itself holds the version, which any part may state.
            if target not in {*MAY_IMPORT[parts[1]], "sim"}:
                wrong.append(f"{path.relative_to(ROOT)}, line {line}: imports {name}")
    assert not wrong, "\n".join(wrong)


def test_every_part_of_the_package_has_its_place_in_the_order() -> None:
    folders = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    assert folders <= MAY_IMPORT.keys()


def test_no_modules_need_each_other_in_a_circle() -> None:
    # The package itself is left out: it gathers the public verbs of all the others.
    graph = {
        dotted(path): {name for _, name in imports(path, hints=False)} - {"sim", dotted(path)}
        for path in modules()
        if dotted(path) != "sim"
    }
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above[above.index(name) :], name))
        if name in done:
            return
        for target in sorted(graph.get(name, ())):
            visit(target, (*above, name))
        done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_the_readme_gives_the_two_commands_each_on_one_line() -> None:
    lines = [line.strip() for line in (ROOT / "README.md").read_text("utf-8").splitlines()]
    assert lines.count(RUN) == 1
    assert lines.count(TEST) == 1


def test_the_readme_names_folders_and_scenarios_that_exist() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    folders = re.findall(r"`([\w/]+/)`", text.split("## Layout")[1])
    assert folders
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
    for name in re.findall(r"(?:--scenario|simulate show) ([\w-]+)(?!\S)", text):
        assert (ROOT / "scenarios" / f"{name}.toml").is_file(), name


def kept_files() -> list[Path]:
    """The files of the project: those git keeps or would keep, or all when there is no git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if (path := ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_place_on_one() -> None:
    # Put together from pieces, so that this file does not find itself.
    folders = "|".join(["home", "Users", "root", "work", "tmp", "opt", "mnt", "private"])
    patterns = [rf"(?<![\w./}}>~-])/(?:{folders})/\w", "file:" + "//", "local" + "host"]
    if len(platform.node()) > 3:
        patterns.append(rf"\b{re.escape(platform.node())}\b")
    pattern = re.compile("|".join(patterns))
    found = []
    for path in kept_files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in pattern.finditer(text)]
    assert not found, "\n".join(found)
