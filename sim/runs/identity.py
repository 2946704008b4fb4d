"""What a run is made of, as hashes: code, seeds, scenarios, settings.

Two runs with the same identity give the same files, so the hash of the identity names the
run folder.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import sim
from sim.inputs.files.places import PACKAGE, seeds_dir

# What decides the results; a change elsewhere in the tree (a note, an output) is not dirt.
_DECIDES = ("sim", "seeds", "scenarios", "pyproject.toml")
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


@cache
def code_sha256() -> str:
    """The hash of the package's own Python files."""
    return _sha256_of_files(PACKAGE, PACKAGE.rglob("*.py"))


@cache
def seeds_sha256() -> str:
    """The hash of the seed tables and the ledger that the simulation grows from."""
    folder = seeds_dir()
    tables = (path for kind in ("csv", "toml") for path in folder.glob(f"*.{kind}"))
    return _sha256_of_files(folder, tables)


@cache
def library_versions() -> dict[str, str]:
    """The versions of Python and of the libraries that can move a number or a picture."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def source_state() -> dict[str, Any]:
    """Where the code came from: version, hash, and in a checkout the commit and its dirt.

    `dirty` lists the changed files among those that decide the results; it and `commit` are
    None where the package does not run from a git checkout.
    """
    commit, dirty = _git_state()
    return {
        "version": sim.__version__,
        "sha256": code_sha256(),
        "commit": commit,
        "dirty": dirty,
    }


def _git_state() -> tuple[str | None, list[str] | None]:
    root = PACKAGE.parent
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None, None

    def ask(*words: str) -> str | None:
        done = subprocess.run(
            [git, "-C", str(root), *words], capture_output=True, text=True, check=False
        )
        return done.stdout if done.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    status = ask("status", "--porcelain", "--", *_DECIDES)
    dirty = None if status is None else sorted(line[3:] for line in status.splitlines())
    return (commit.strip() if commit else None), dirty


def _sha256_of_files(root: Path, paths: Iterable[Path]) -> str:
    listing = {
        path.relative_to(root).as_posix(): sha256_of_file(path)
        for path in paths
        if "__pycache__" not in path.parts
    }
    return sha256_of(listing)
