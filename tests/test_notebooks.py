"""The notebooks: each needs only `import sim`, runs from top to bottom, and is kept without
outputs."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sim

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

pytestmark = pytest.mark.standard

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 40_000  # bytes: text, and no pictures


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_holds_no_outputs(path: Path) -> None:
    book = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(book)
    assert book.metadata.kernelspec.name == "python3"
    for cell in book.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
    assert path.stat().st_size < LARGEST


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_names_no_place_on_one_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/home/|/tmp/|/work/|/Users/|[A-Z]:\\\\", text)


def code_of(path: Path) -> ast.Module:
    """The code cells of a notebook, as one module."""
    book = nbformat.read(path, as_version=4)
    return ast.parse("\n".join(cell.source for cell in book.cells if cell.cell_type == "code"))


def names_from_sim(code: ast.Module) -> Iterator[str]:
    """What code takes from the package: `x` for sim.x and for `from sim import x`, and the whole
    dotted name of a module of the package that it imports."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("sim."))
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if module == "sim":
                yield from (alias.name for alias in node.names)
            elif module.startswith("sim."):
                yield module
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "sim":
            yield node.attr


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_the_public_names_alone(path: Path) -> None:
    names = set(names_from_sim(code_of(path)))
    assert names
    assert names <= set(sim.__all__)


# A mistake made on purpose, to show what is said of it.
MISSPELT = {"regime.grace_month"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_parameters_and_levers_that_a_notebook_names_exist(path: Path) -> None:
    known = {*sim.load_ledger().central(), *sim.LEVERS}
    groups = {name.partition(".")[0] for name in known}
    texts = {
        node.value
        for node in ast.walk(code_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = {text for text in texts if re.fullmatch(r"[a-z]+\.[a-z_]+", text)}
    assert {name for name in named if name.partition(".")[0] in groups} <= known | MISSPELT


def test_a_name_that_is_not_public_is_seen() -> None:
    code = "import sim.runs\nfrom sim.results import schema\nfrom sim import plan\nsim.report"
    names = set(names_from_sim(ast.parse(code)))
    assert names == {"sim.runs", "sim.results", "plan", "report"}
    assert not names & set(sim.__all__)


def calls(code: ast.Module, name: str) -> int:
    """How often a method of this name is called."""
    nodes = [node.func for node in ast.walk(code) if isinstance(node, ast.Call)]
    return sum(isinstance(node, ast.Attribute) and node.attr == name for node in nodes)


@pytest.mark.full
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, places)))
    book = nbformat.read(path, as_version=4)
    there = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(book, timeout=900, kernel_name="python3", resources=there)
    client.execute()
    assert list(tmp_path.iterdir()) == [], "a notebook leaves nothing behind"
    outputs: list[dict[str, Any]] = [out for cell in book.cells for out in cell.get("outputs", [])]
    texts = [out.get("text", "") for out in outputs]
    assert not re.search(r"Warning|\bnan\b", "".join(texts))
    # Every picture that is asked for is there, and a chart can be read by those who cannot see it.
    code = code_of(path)
    data = [out.get("data", {}) for out in outputs]
    assert sum("image/png" in one for one in data) == calls(code, "show")
    charts = [one["text/html"] for one in data if "image/svg+xml" in one]
    assert len(charts) == calls(code, "chart")
    for html in charts:
        assert re.search(r'<img src="data:image/svg\+xml;base64,[^"]+" alt="[^"]{40,}"', html)
    assert calls(code, "show") + len(charts)
