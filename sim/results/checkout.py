"""Where the code of a run came from: the commit, and whether the files here are those of it.

What cannot be established is said, never taken for clean. Files are compared with the commit by
their content (line ends aside), so that nothing that git was told to overlook is overlooked here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import sim
from sim.inputs.files.places import PACKAGE, scenarios_dir, seeds_dir
from sim.inputs.files.problems import Problem
from sim.inputs.files.text_file import display_path
from sim.results.identity import CODE_OF_STUDIES, SEEDS_OF_REPORTS, code_files, seed_files

# What must be as committed; a change elsewhere (a note, an output) is not dirt.
_COMMITTED = ("sim", "seeds", "scenarios", "pyproject.toml")
_NOT_COMMITTED = ("seeds/build/",)  # how the seeds were made, not what a run reads
_DISTRIBUTION = "sim-childrens-services"
_MOST_NAMED = 10
_GIT_SECONDS = 60


@dataclass(frozen=True)
class SourceState:
    """Version, commit, and the files that differ from it among those that decide the results.

    `unknown` says what could not be established; `commit` and `dirty` are None where it is that.
    """

    version: str
    commit: str | None = None
    dirty: tuple[str, ...] | None = None
    unknown: tuple[str, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """The state as JSON."""
        dirty = None if self.dirty is None else list(self.dirty)
        return {"version": self.version, "commit": self.commit, "dirty": dirty}

    def against_publication(self) -> list[Problem]:
        """Why figures made from this state cannot be published: everything that is wrong."""
        where = "--publication"
        hint = "run it from a checkout of the program's own repository"
        problems = [Problem(where, f"cannot be established: {why}", hint) for why in self.unknown]
        if self.dirty:
            what = f"the tree has changes that are not committed: {_listed(self.dirty)}"
            hint = "commit them first, so that the published figures can be made again"
            problems.append(Problem(where, what, hint))
        return problems


def source_state(more: Iterable[Path] = ()) -> SourceState:
    """Where the code came from; `more` are files that a run reads besides the program's own."""
    root = PACKAGE.parent
    files = {path.resolve() for path in more} - {*scenarios_dir().resolve().rglob("*.toml")}
    if not seeds_dir().is_relative_to(PACKAGE):
        return _checkout(root, files)
    return _installed(files)


class _GitRefusedError(Exception):
    """Git did not answer; the message says why."""


def _checkout(root: Path, more: set[Path]) -> SourceState:
    version = sim.__version__
    try:
        top = Path(_git(root, "rev-parse", "--show-toplevel").strip()).resolve()
        if top != root.resolve():
            what = f"the program lies in a repository that is not its own ({display_path(top)})"
            return SourceState(version, unknown=(what,))
        commit = _git(root, "rev-parse", "--verify", "HEAD^{commit}").strip()
        committed = dict(_tree(_git(root, "ls-tree", "-r", "-z", "--full-tree", commit)))
    except _GitRefusedError as error:
        return SourceState(version, unknown=(str(error),))
    if f"{PACKAGE.name}/__init__.py" not in committed:
        what = f"the repository in {display_path(root)} is not the program's own: it lacks its code"
        return SourceState(version, unknown=(what,))
    outside = sorted(path for path in more if not path.is_relative_to(root.resolve()))
    needed = {
        path.relative_to(root).as_posix()
        for path in (*code_files(CODE_OF_STUDIES), *_data_files())
        if path.is_file()
    }
    needed |= {p.relative_to(root.resolve()).as_posix() for p in more if p not in outside}
    needed |= {
        name
        for name in committed
        if name.split("/")[0] in _COMMITTED and not name.startswith(_NOT_COMMITTED)
    }
    dirty = [name for name in needed if not _is_committed(root / name, committed.get(name))]
    return SourceState(version, commit, tuple(sorted(dirty)), _outside(outside))


def _installed(more: set[Path]) -> SourceState:
    """The state of an installed package: its commit is known where it was installed from one."""
    version = sim.__version__
    place = f"the program is installed in {display_path(PACKAGE)}"
    try:
        package = metadata.distribution(_DISTRIBUTION)
        text = package.read_text("direct_url.json")
        commit = json.loads(text or "{}").get("vcs_info", {}).get("commit_id")
        own = Path(str(package.locate_file(PACKAGE.name))).resolve() == PACKAGE
    except (metadata.PackageNotFoundError, ValueError, AttributeError):
        commit, own = None, False
    if not commit or not own:
        return SourceState(version, unknown=(f"{place} without a commit",))
    files = {str(file): file for file in package.files or ()}
    dirty = []
    for path in (*code_files(CODE_OF_STUDIES), *_data_files()):
        name = path.relative_to(PACKAGE.parent).as_posix()
        listed = files.get(name)
        digest = hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""
        here = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if listed is None or listed.hash is None or listed.hash.value != here:
            dirty.append(name)
    return SourceState(version, str(commit), tuple(sorted(dirty)), _outside(sorted(more)))


def _data_files() -> Iterator[Path]:
    """The seeds, and the scenarios and beliefs that come with the program."""
    yield from seed_files()
    yield from (seeds_dir() / name for name in SEEDS_OF_REPORTS)
    yield from scenarios_dir().rglob("*.toml")


def _outside(files: Iterable[Path]) -> tuple[str, ...]:
    named = [display_path(path) for path in files]
    if not named:
        return ()
    return (f"files outside the program's repository are used: {_listed(named)}",)


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
    return f"{', '.join(listed[:_MOST_NAMED])}{more}"


def _git(root: Path, *words: str) -> str:
    """The answer of git. Raises _GitRefusedError where there is none."""
    git = shutil.which("git")
    if git is None:
        raise _GitRefusedError("git is not installed")
    # Without what the surroundings tell git, which may be meant for another repository. What the
    # user's own file allows (safe.directory) stays: it moves none of the answers asked for here.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            [git, "-C", str(root), *words],
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            env=clean,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _GitRefusedError(f"git does not answer ({type(error).__name__})") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0][:300]
        raise _GitRefusedError(f"git refuses to answer for {display_path(root)}: {reason}")
    return done.stdout


def _tree(listing: str) -> Iterator[tuple[str, str]]:
    """Path and hash of every file of a commit, from `git ls-tree -r -z`."""
    for line in filter(None, listing.split("\0")):
        about, _, name = line.partition("\t")
        kind, sha = about.split()[1:3]
        if kind == "blob":
            yield name, sha


def _is_committed(path: Path, sha: str | None) -> bool:
    if sha is None or not path.is_file():
        return False
    data = path.read_bytes()
    digest = hashlib.sha1 if len(sha) == 40 else hashlib.sha256
    return any(
        digest(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest() == sha
        for text in (data, data.replace(b"\r\n", b"\n"))
    )
