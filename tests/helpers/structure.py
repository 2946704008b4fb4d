"""The shape of the package, from its source: rooms, name clashes, circles, vague names.

    python -m tests.helpers.structure

prints it; tests/test_project.py holds the package to it.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "sim"

# The rooms of the package in the order of imports: each may import itself and those before it.
ORDER = (
    "units",
    "random",
    "inputs",
    "analysis",
    "model",
    "regimes",
    "results",
    "runs",
    "validation",
    "panel",
    "forecasts",
    "reproduction",
    "studies",
    "report",
    "api",
    "cli",
)
# What a room may not import although it comes before it: reports read finished folders only.
NOT_FROM = {
    "report": {
        *("model", "regimes", "runs", "validation", "panel", "forecasts", "reproduction"),
        "studies",
    }
}

MODULES_IN_A_FOLDER = 14

# Words that say nothing of what a thing is. Counted as parts of names, once for each use.
VAGUE = (
    *("found", "told", "held", "kept", "said", "seen", "mine", "theirs", "lived", "whom"),
    *("beside", "anew", "shown", "looks", "stays", "beats"),
)
# Python's own names. "Held out" is the statistician's word for data kept from a fit.
NOT_OURS = {*dir(builtins), "PackageNotFoundError"}


@cache
def modules() -> tuple[Path, ...]:
    """Every module of the package."""
    return tuple(sorted(SOURCE.rglob("*.py")))


@cache
def tree_of(path: Path) -> ast.Module:
    """A module, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def dotted(path: Path) -> str:
    """sim/inputs/metrics.py -> sim.inputs.metrics"""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """sim.inputs.metrics -> inputs; the package itself is "sim"."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and name of every module of the package that a module imports, those imported inside
    functions and for type hints included."""
    names = {dotted(p) for p in modules()}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: relative import"
            joined = [f"{node.module}.{alias.name}" for alias in node.names]
            targets = [name if name in names else str(node.module) for name in joined]
        else:
            continue
        for name in targets:
            if name.split(".")[0] == "sim":
                yield node.lineno, name


def wrong_imports() -> list[str]:
    """Imports against the order of the rooms."""
    wrong = []
    for path in modules():
        room = room_of(dotted(path))
        if room not in ORDER:  # the package itself and python -m sim
            continue
        allowed = {*ORDER[: ORDER.index(room) + 1], "sim"} - NOT_FROM.get(room, set())
        for line, name in imports(path):
            if room_of(name) not in allowed:
                wrong.append(f"{path.relative_to(ROOT)}, line {line}: imports {name}")
    return wrong


def circles() -> list[str]:
    """Circles of modules that import each other, imports for type hints included."""
    # The package itself is left out: it offers the public names of all the others.
    graph = {
        dotted(path): sorted({name for _, name in imports(path)} - {"sim", dotted(path)})
        for path in modules()
        if dotted(path) not in ("sim", "sim.__main__")
    }
    done: set[str] = set()
    circles: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            circles.append(" -> ".join((*above[above.index(name) :], name)))
            return
        if name in done:
            return
        for target in graph.get(name, ()):
            visit(target, (*above, name))
        done.add(name)

    for name in sorted(graph):
        visit(name, ())
    return circles


def clashes() -> dict[str, list[str]]:
    """Names of modules, packages and public classes that stand twice."""
    places: dict[str, list[str]] = {}
    for path in modules():
        name = dotted(path)
        places.setdefault(name.split(".")[-1], []).append(name)
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(f"{name}:{node.name}")
    return {name: where for name, where in sorted(places.items()) if len(where) > 1}


def folders() -> dict[str, int]:
    """How many modules each folder holds."""
    sizes: dict[str, int] = {}
    for path in modules():
        if path.name != "__init__.py":
            folder = path.parent.relative_to(ROOT).as_posix()
            sizes[folder] = sizes.get(folder, 0) + 1
    return sizes


def vague_names() -> dict[str, int]:
    """How often each vague word is a part of a name, by word."""
    counts = dict.fromkeys(VAGUE, 0)
    for path in modules():
        for node in ast.walk(tree_of(path)):
            for name in _names(node):
                if name in NOT_OURS:
                    continue
                for word in re.split(r"_|(?<=[a-z])(?=[A-Z])", name.replace("held_out", "")):
                    if word.lower() in counts:
                        counts[word.lower()] += 1
    return counts


def code_lines() -> int:
    """Lines of the package that are neither blank nor only a comment."""
    return sum(
        bool(line.strip()) and not line.strip().startswith("#")
        for path in modules()
        for line in path.read_text(encoding="utf-8").splitlines()
    )


def _names(node: ast.AST) -> Iterator[str]:
    """The identifiers that a node of the syntax tree writes down."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.arg | ast.keyword) and node.arg:
        yield node.arg
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name


def _print_rows(title: str, rows: Mapping[str, object]) -> None:
    print(f"\n{title}")
    for name, value in rows.items():
        print(f"  {name:34} {value}")
    if not rows:
        print("  none")


def main() -> None:
    """Print the shape of the package."""
    lines = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in modules()
        if path.name != "__init__.py"
    }
    print(f"{sum(lines.values()):,} lines in {len(lines)} modules, {code_lines():,} of code")
    rows = {}
    for folder, size in folders().items():
        inside = [n for path, n in lines.items() if path.parent == ROOT / folder]
        rows[folder] = f"{size:3} modules, {sum(inside):6,} lines"
    _print_rows("Rooms", rows)
    if "--tree" in sys.argv:
        _print_rows("Modules", {dotted(path): n for path, n in lines.items()})
    _print_rows("Names that stand twice", {k: ", ".join(v) for k, v in clashes().items()})
    _print_rows("Circles", dict(enumerate(circles())))
    _print_rows("Imports against the order", dict(enumerate(wrong_imports())))
    counts = vague_names()
    _print_rows("Vague names", {word: n for word, n in counts.items() if n})
    per = 1000 * sum(counts.values()) / code_lines()
    print(f"\n{sum(counts.values())} vague names, {per:.1f} per 1,000 lines of code")


if __name__ == "__main__":
    main()
