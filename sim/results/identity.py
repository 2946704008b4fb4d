"""What a run is made of, as hashes: code, seeds, scenarios, settings.

Two runs with the same identity give the same files, so the hash of the identity names the
run folder. Only what moves a number counts: a change of a chart names no run anew, and neither
do line ends, files that nothing reads, or the way in which the program was installed.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from sim.inputs.files.places import PACKAGE, seeds_dir

# What of the package decides the numbers of every run, and in what order and with how many digits
# they are written. A file counts always; a folder with those of its modules that the files reach
# by their imports, so that a file that nothing imports moves nothing. A study counts its own too.
CODE_OF_RUNS = (
    *("units.py", "random", "inputs", "analysis", "model", "regimes"),
    *("results/chunk_file.py", "results/schema.py"),
    *("results/series_tables.py", "results/summary_tables.py"),
    *("runs/chunk.py", "runs/execute.py", "runs/plan.py", "runs/precision.py"),
    *("runs/scenarios_of_run.py", "runs/sweep.py"),
)
CODE_OF_STUDIES = (*CODE_OF_RUNS, "studies", "studies/run_studies.py", "results/study_schema.py")
CODE_OF_FORECASTS = (
    *(*CODE_OF_RUNS, "validation", "panel", "forecasts"),
    *("forecasts/forecast_countries.py", "forecasts/sealed_forecast.py"),
)
# Seeds that the simulation grows from, and those that it does not read: the register of claims and
# what their experiments last showed, the hexagons of the maps, the estimates and studies that
# simulated councils are compared with, old names, and the fit that is tested, with the register of
# fits: runs use the other one.
SEEDS_OF_RUNS = (
    *("children.csv", "councils.csv", "directors.csv", "ensemble.csv", "interventions.csv"),
    *("judgements.csv", "levers.toml", "mechanisms.toml", "national.csv", "neighbours.csv"),
    *("ons_codes.csv", "outturn.csv", "parameters.toml", "population.csv", "pre_sif.csv"),
    *("projection.csv", "routes.csv", "settlement.csv", "spending.csv", "successors.csv"),
    *("trusts.csv", "visits.csv", "workforce.csv", "workforce_rules.csv"),
)
SEEDS_OF_REPORTS = (
    *("claims.csv", "experiments.csv", "hexes.csv", "panel_estimates.csv", "replaced.toml"),
    *("studies.csv", "ensemble_to_2022.csv", "fits.csv"),
)
# The libraries that can move a number or a picture.
_LIBRARIES = (
    *("numpy", "scipy", "simpy", "pydantic", "pandas", "matplotlib", "afcharts", "numba"),
    *("SALib", "ema_workbench", "scikit-learn"),
)
# The files of seeds with their dates and sizes when they were hashed; and when this was loaded.
_hashed: dict[Path, tuple[int, int]] = {}
_LOADED_NS = time.time_ns()
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]+))",
    re.MULTILINE,
)


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


def sha256_of_text(data: bytes) -> str:
    """The SHA-256 of the bytes of a text, whatever its line ends."""
    return sha256_of_bytes(data.replace(b"\r\n", b"\n"))


@cache
def code_files(code: tuple[str, ...] = CODE_OF_RUNS) -> tuple[Path, ...]:
    """The modules of the package that some files and folders stand for, as in CODE_OF_RUNS."""
    ahead = [PACKAGE / name for name in code if name.endswith(".py")]
    reached: set[Path] = set()
    while ahead:
        path = ahead.pop()
        if path not in reached and path.is_file():
            reached.add(path)
            ahead += _imported(path)
    counted = {PACKAGE / name for name in code}
    return tuple(sorted(path for path in reached if not counted.isdisjoint((path, *path.parents))))


@cache
def code_sha256(code: tuple[str, ...] = CODE_OF_RUNS) -> str:
    """The hash of the modules that `code_files` gives."""
    return _sha256_of_files(PACKAGE, code_files(code))


@cache
def report_sha256() -> str:
    """The hash of the code that draws and writes reports: it moves no number of a run."""
    files = (path for path in (PACKAGE / "report").rglob("*.py") if path.stem.isidentifier())
    return _sha256_of_files(PACKAGE, files)


def seed_files() -> tuple[Path, ...]:
    """The seed tables and registers that the simulation grows from; one may be missing."""
    return tuple(seeds_dir() / name for name in SEEDS_OF_RUNS)


@cache
def seeds_sha256(without: str = "") -> str:
    """The hash of the seed tables and registers that the simulation grows from, but for the file
    named: what uses no fitted sets does not depend on the ensemble."""
    files = [path for path in seed_files() if path.is_file() and path.name != without]
    _hashed.update((path, _date_and_size(path)) for path in files)
    return _sha256_of_files(seeds_dir(), files)


def changed_since_read(code: tuple[str, ...] = CODE_OF_RUNS) -> list[str]:
    """The files of code and seeds that are no longer what this process has read, in words."""
    # Imported here: reading a folder needs no regimes.
    from sim.regimes.loaded_code import difference

    seeds_sha256()
    changed = [
        f"{path.name} is not what it was when it was read"
        for path in seed_files()
        if path in _hashed and _date_and_size(path) != _hashed[path]
    ]
    for path in code_files(code):
        if path.is_file() and path.stat().st_mtime_ns <= _LOADED_NS:
            continue
        parts = (PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts)
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if what := difference(module, path):
            changed.append(f"{'/'.join(parts)}.py: {what}")
    return changed


def _date_and_size(path: Path) -> tuple[int, int]:
    try:
        about = path.stat()
    except OSError:
        return 0, 0
    return about.st_mtime_ns, about.st_size


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


def together(libraries: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The versions of several processes in one: "2.0.2, 2.4.0" where they had different ones."""
    versions: dict[str, dict[str, None]] = {}
    for one in libraries:
        for name, version in one.items():
            versions.setdefault(name, {})[version] = None
    return {name: ", ".join(several) for name, several in versions.items()}


def _imported(path: Path) -> Iterator[Path]:
    """The files of the package that a module may import, each with those of its parents."""
    package = path.relative_to(PACKAGE).parts[:-1]
    for module, names, plain in _IMPORT.findall(path.read_text(encoding="utf-8")):
        targets = [tuple(name.split(".")) for name in re.findall(r"[\w.]+", plain)]
        if module.startswith("."):
            up = len(module) - len(module.lstrip(".")) - 1
            parts = (PACKAGE.name, *package[: len(package) - up], *module.strip(".").split("."))
            targets = [tuple(part for part in parts if part)]
        elif module:
            targets = [tuple(module.split("."))]
        if module:
            targets += [(*targets[0], name) for name in re.findall(r"\w+", names)]
        for target in targets:
            if target[0] != PACKAGE.name:
                continue
            for upto in range(2, len(target) + 1):
                place = PACKAGE.joinpath(*target[1:upto])
                yield place / "__init__.py"
                yield place.with_name(f"{place.name}.py")


def _sha256_of_files(root: Path, paths: Iterable[Path]) -> str:
    return sha256_of(
        {path.relative_to(root).as_posix(): sha256_of_text(path.read_bytes()) for path in paths}
    )
