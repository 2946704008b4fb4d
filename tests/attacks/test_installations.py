"""The program built and installed for true: the same hashes whatever its form and line ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.full

PROJECT = Path(__file__).parents[2]
# What a source archive is made of; the pictures and pages of the documents are not needed.
PARTS = ("sim", "seeds", "scenarios", "pyproject.toml", "README.md", "LICENSE")
HASHES = """
import json
from sim.results import identity
print(json.dumps([identity.code_sha256(), identity.code_sha256(identity.CODE_OF_STUDIES),
                  identity.code_sha256(identity.CODE_OF_FORECASTS), identity.seeds_sha256(),
                  identity.report_sha256()]))
"""


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the builder that pyproject.toml names."""
    place = tmp_path_factory.mktemp("builder")
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, timeout=120)
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    got = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "hatchling>=1.25"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    if got.returncode:
        pytest.skip(f"hatchling cannot be had: {got.stderr.strip()[-200:]}")
    return python


def copied(folder: Path, ends: bytes, git: str) -> Path:
    """A copy of the program with these line ends, in this state of git."""
    for part in PARTS:
        source, target = PROJECT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    for path in folder.rglob("*"):
        if path.suffix in (".py", ".toml", ".csv"):
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", ends))
    if git != "none":
        who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        for command in (("init", "--quiet"), ("add", "--all"), (*who, "commit", "-qm", "copy")):
            subprocess.run(["git", *command], cwd=folder, check=True, timeout=120)
    return folder


def build(builder: Path, folder: Path, kind: str) -> Path:
    """Build a wheel or a source archive of a copy."""
    code = f"from hatchling.build import build_{kind} as build; print(build('dist'))"
    (folder / "dist").mkdir(exist_ok=True)
    done = subprocess.run(
        [str(builder), "-c", code], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return folder / "dist" / done.stdout.split()[-1]


def unpacked(archive: Path, into: Path) -> Path:
    """Where `sim` lies in an archive that was unpacked."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as file:
            file.extractall(into)
        return into
    with tarfile.open(archive) as file:
        file.extractall(into, filter="data")
    (folder,) = into.iterdir()
    return folder


def python(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with the program as it lies in a place, in an empty folder."""
    away = place.parent / "away"
    away.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=away,
        env=os.environ | {"PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def hashes(place: Path) -> list[str]:
    """The hashes of the program as it lies in a place."""
    done = python(place, "-c", HASHES)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.mark.determinism
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("git", ["none", "clean", "changed"])
@pytest.mark.parametrize("kind", ["checkout", "wheel", "sdist", "wheel of sdist"])
def test_every_form_of_the_program_has_the_same_hashes(
    builder: Path, tmp_path: Path, kind: str, git: str, ends: bytes
) -> None:
    place = copied(tmp_path / "source", ends, git)
    if "sdist" in kind:
        place = unpacked(build(builder, place, "sdist"), tmp_path / "archive")
    if "wheel" in kind:
        place = unpacked(build(builder, place, "wheel"), tmp_path / "site")
    assert hashes(place) == hashes(PROJECT)
    if git == "changed":
        with (place / "sim" / "units.py").open("a", encoding="utf-8") as file:
            file.write("# changed\n")
    done = python(
        place,
        *("-m", "sim", "--scenario", "no-intervention", "--years", "1", "--replications", "1"),
        *("--engine", "serial", "--quiet", "--no-charts", "--publication"),
    )
    # Only from a clean checkout may a run be published; from an archive nothing is known of git.
    assert done.returncode == (0 if (kind, git) == ("checkout", "clean") else 2), done.stderr
    assert "Traceback" not in done.stderr
