"""What a run is made of, as hashes: code, seeds, scenarios, settings.

Two runs with the same identity give the same files, so the hash of the identity names the
run folder. Only what moves a number counts: a change of a chart names no run anew.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import sim
from sim.inputs.files.places import PACKAGE, seeds_dir

# The files and folders of the package that decide the numbers of every run, and in what order and
# with how many digits they are written. A study counts the folder `studies` too.
CODE_OF_RUNS = (
    *("units.py", "random", "inputs", "analysis", "model", "regimes"),
    *("results/chunk_file.py", "results/schema.py"),
    *("results/series_tables.py", "results/summary_tables.py"),
    *("runs/chunk.py", "runs/execute.py", "runs/plan.py", "runs/precision.py"),
    *("runs/scenarios_of_run.py", "runs/sweep.py"),
)
CODE_OF_REPORTS = ("report",)
# Seeds that only reports read: the register of claims and the hexagons of the maps.
SEEDS_OF_REPORTS = ("claims.csv", "hexes.csv")
# What must be committed for a publication; a change elsewhere (a note, an output) is not dirt.
_COMMITTED = ("sim", "seeds", "scenarios", "pyproject.toml")
_LIBRARIES = ("numpy", "scipy", "simpy", "pydantic", "pandas", "matplotlib", "afcharts")


def sha256_of_bytes(data: bytes) -> str:
    """The SHA-256 of some bytes, as hexadecimal text."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spare spaces: the same bytes for the same value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sha256_of(value: Any) -> str:
    """The SHA-256 of a value that JSON can hold."""
    return sha256_of_bytes(canonical(value))


def run_id_of(identity: Mapping[str, Any]) -> str:
    """The run id that belongs to an identity: the start of its hash."""
    return sha256_of(identity)[:12]


@cache
def code_sha256(code: tuple[str, ...] = CODE_OF_RUNS) -> str:
    """The hash of some Python files of the package: files and folders as in CODE_OF_RUNS."""
    places = [PACKAGE / name for name in code]
    files = [
        path for place in places for path in ([place] if place.suffix else place.rglob("*.py"))
    ]
    return _sha256_of_files(PACKAGE, files)


def report_sha256() -> str:
    """The hash of the code that draws and writes reports: it moves no number of a run."""
    return code_sha256(CODE_OF_REPORTS)


@cache
def seeds_sha256() -> str:
    """The hash of the seed tables and registers that the simulation grows from."""
    folder = seeds_dir()
    tables = (path for kind in ("csv", "toml") for path in folder.glob(f"*.{kind}"))
    return _sha256_of_files(folder, [t for t in tables if t.name not in SEEDS_OF_REPORTS])


@cache
def library_versions() -> dict[str, str]:
    """The versions of Python and of the libraries that can move a number or a picture."""
    versions = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def source_state() -> dict[str, Any]:
    """Where the code came from: version, and in a checkout the commit and its dirt.

    `dirty` lists the changed files among those that decide the results; it and `commit` are
    None where the package does not run from a git checkout.
    """
    state: dict[str, Any] = {"version": sim.__version__, "commit": None, "dirty": None}
    root = PACKAGE.parent
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return state

    def ask(*words: str) -> str | None:
        done = subprocess.run(
            [git, "-C", str(root), *words], capture_output=True, text=True, check=False
        )
        return done.stdout if done.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    status = ask("status", "--porcelain", "--", *_COMMITTED)
    dirty = None if status is None else sorted(line[3:] for line in status.splitlines())
    return state | {"commit": commit.strip() if commit else None, "dirty": dirty}


def _sha256_of_files(root: Path, paths: Iterable[Path]) -> str:
    hashes = {
        path.relative_to(root).as_posix(): sha256_of_file(path)
        for path in paths
        if "__pycache__" not in path.parts
    }
    return sha256_of(hashes)
