"""What decides a number is in a run's identity, and nothing else; unknown is never clean."""

from __future__ import annotations

import json
import linecache
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.inputs.files.places import PACKAGE, scenarios_dir, seeds_dir
from sim.model import simulation
from sim.regimes import plug_in
from sim.results import checkout, identity
from sim.runs import chunk, execute, workers
from tests.helpers import fake_engine

pytestmark = pytest.mark.quick

Write = Callable[..., None]
Run = Callable[..., sim.FinishedRun]
MOST = 2000  # characters in a message


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """A run on the stand-in for the engine, into tmp_path/out."""
    monkeypatch.setattr(simulation, "run_batch", fake_engine.run_batch)

    def simulate(scenario: Any = "trusts-2016", **options: Any) -> sim.FinishedRun:
        usual = {"replications": 4, "against": [], "years": 1, "quiet": True, "engine": "serial"}
        return sim.simulate(scenario, **{"out": tmp_path / "out", **usual, **options})

    return simulate


# -- code and seeds -------------------------------------------------------------------------------


def copied(root: Path, kind: str) -> Path:
    """The program as it lies in a checkout (or an archive) or where a wheel was installed."""
    ignore = shutil.ignore_patterns("__pycache__", "scored", "build")
    data = root / "sim" / "_data" if kind == "wheel" else root
    shutil.copytree(PACKAGE, root / "sim", ignore=ignore)
    shutil.copytree(seeds_dir(), data / "seeds", ignore=ignore)
    return data / "seeds"


def hashes(patch: pytest.MonkeyPatch, root: Path, seeds: Path) -> tuple[str, ...]:
    known = (identity.code_files, identity.code_sha256, identity.seeds_sha256)
    for one in (*known, identity.report_sha256):
        one.cache_clear()
    with patch.context() as inside:
        inside.setattr(identity, "PACKAGE", root / "sim")
        inside.setattr(identity, "seeds_dir", lambda: seeds)
        taken = (
            *(identity.code_sha256(), identity.code_sha256(identity.CODE_OF_STUDIES)),
            *(identity.seeds_sha256(), identity.report_sha256()),
        )
    for one in (*known, identity.report_sha256):
        one.cache_clear()
    return taken


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("kind", ["checkout", "wheel"])
def test_the_same_program_has_the_same_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, ends: bytes
) -> None:
    here = hashes(monkeypatch, PACKAGE.parent, seeds_dir())
    seeds = copied(tmp_path, kind)
    for path in (*(tmp_path / "sim").rglob("*.py"), *seeds.iterdir()):
        path.write_bytes(path.read_bytes().replace(b"\n", ends))
    for place, name in ((tmp_path / "sim" / "model", "state.py"), (seeds, "levers.toml")):
        stem, ending = name.split(".")
        for stray in (
            *(f"{name}~", f".#{name}", f"#{name}#", f"{name}.orig", f"{name}.rej", f".{name}.swp"),
            *(f"{stem} copy.{ending}", f"{stem}-old.{ending}", f"{stem}_old.{ending}", "x.csv"),
            *(f"{stem} (1).{ending}", f"._{name}", "Thumbs.db", ".DS_Store", f"{stem}.pyc"),
        ):
            (place / stray).write_bytes(b"x = (\xff")
    assert hashes(monkeypatch, tmp_path, seeds) == here


@pytest.mark.parametrize(
    "edit",
    [
        *("import sim.model.mine\n", "from sim.model import mine\n", "from . import mine\n"),
        *("from .mine import x\n", "def f():\n    from sim.model import (\n        mine,\n    )\n"),
        "import os, sim.model.mine as other\n",
    ],
    ids=["import", "from", "relative", "from-relative", "in-a-function", "with-others"],
)
def test_a_module_counts_from_when_another_imports_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: str
) -> None:
    seeds = copied(tmp_path, "checkout")
    mine, state = (tmp_path / "sim" / "model" / f"{name}.py" for name in ("mine", "state"))
    state.write_text(state.read_text(encoding="utf-8") + edit, encoding="utf-8")
    taken = []
    for text in ("x = 1\n", "x = 2\n"):
        mine.write_text(text)
        taken.append(hashes(monkeypatch, tmp_path, seeds)[0])
    assert taken[0] != taken[1]


@pytest.mark.parametrize("name", ["levers.toml", "judgements.csv", "ensemble.csv"])
def test_a_seed_that_changes_or_goes_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    seeds = copied(tmp_path, "checkout")
    taken = [hashes(monkeypatch, tmp_path, seeds)[2]]
    with (seeds / name).open("a") as file:
        file.write("1")
    taken.append(hashes(monkeypatch, tmp_path, seeds)[2])
    (seeds / name).unlink()
    taken.append(hashes(monkeypatch, tmp_path, seeds)[2])
    assert len({*taken}) == 3


# -- scenarios and beliefs ------------------------------------------------------------------------


def test_a_scenario_counts_by_what_it_says_not_by_where_it_lies(run: Run, tmp_path: Path) -> None:
    text = (scenarios_dir() / "trusts-2016.toml").read_bytes()
    ids = []
    for folder, content in (
        *(("a", text), ("b", text.replace(b"\n", b"\r\n"))),
        ("c", text + b'[[change]]\nfrom = 2016-05-01\nlever = "regime.grace_months"\n'
         b'value = 9\nwhy = "w"\nsource = "s"\n'),
    ):  # fmt: skip
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.toml").write_bytes(content)
        ids.append(run(str(tmp_path / folder / "mine.toml")).run_id)
    assert ids[0] == ids[1] != ids[2]


def test_a_belief_file_counts_by_its_values(run: Run, tmp_path: Path) -> None:
    path, ids = tmp_path / "mine.toml", []
    text = (scenarios_dir() / "beliefs").glob("*.toml").__next__().read_text(encoding="utf-8")
    ledger_range = (
        '[[belief]]\nparameter = "ofsted.lag_days"\nvalue = {}\nwhy = "w"\nsource = "s"\n'
    )
    title = next(line for line in text.splitlines() if line.startswith("title"))
    elsewhere = tmp_path / "elsewhere" / "mine.toml"
    elsewhere.parent.mkdir()
    for place, value in ((path, 45), (path, 50), (elsewhere, 50)):
        place.write_text(f'{title}\ndescription = "d"\n' + ledger_range.format(value))
        done = run(beliefs=str(place))
        ids.append(done.run_id)
        assert done.beliefs == "mine.toml"
        assert sim.verify(done.folder).same_here
    assert ids[0] != ids[1] == ids[2]


# -- regimes --------------------------------------------------------------------------------------

REGIME = """
from plug{dot}helper import DAYS

class Plugged:
    def respond(self, case):
        yield case.env.timeout(DAYS)
"""


@pytest.fixture
def plug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Installs a regime `plugged`, as a package or as two modules, in place of the last."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def write(
        text: str = REGIME, days: str = "DAYS = 30\n", version: str = "1", package: bool = True
    ) -> None:
        shutil.rmtree(site)
        folder = site / "plug" if package else site
        folder.mkdir(parents=True)
        defining = folder / "__init__.py" if package else site / "plug.py"
        dot, helper = (".", "helper.py") if package else ("_", "plug_helper.py")
        defining.write_text(text.replace("{dot}", dot))
        (folder / helper).write_text(days)
        about = site / f"plug-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: plug\nVersion: {version}\n")
        (about / "entry_points.txt").write_text("[sim.regimes]\nplugged = plug:Plugged\n")
        forget()

    def forget() -> None:
        for name in [name for name in sys.modules if name.split(".")[0] in ("plug", "plug_helper")]:
            del sys.modules[name]
        plug_in.proof_of.cache_clear()
        plug_in._owner_of.cache_clear()
        linecache.clearcache()
        sys.path_importer_cache.clear()

    yield write
    forget()


CHANGES: dict[str, dict[str, Any]] = {
    "its text": {"text": REGIME.replace("(DAYS)", "(DAYS + 1)")},
    "a module beside it": {"days": "DAYS = 31\n"},
    "its version": {"version": "2"},
}


@pytest.mark.parametrize("package", [True, False], ids=["package", "modules"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_edited_plug_in_is_another_run(
    run: Run, plug: Write, change: dict[str, Any], package: bool
) -> None:
    plug(package=package)
    levers = {"regime.name": "plugged"}
    first = run(levers=levers)
    (known,) = first.record["identity"]["regimes"]
    assert (known["distribution"], known["version"], known["installed"]) == ("plug", "1", True)
    assert "class Plugged" in known["source"]
    assert sim.verify(first.folder).same_here
    assert run(levers=levers, resume=True).run_id == first.run_id
    plug(**{"package": package, **change})
    (finding,) = (f for f in sim.verify(first.folder).findings if f.what == "regime")
    assert finding.sound is None
    assert "other code" in finding.detail
    assert run(levers=levers, resume=True).run_id != first.run_id


def test_line_ends_and_copies_of_an_editor_do_not_count_in_a_plug_in(
    run: Run, plug: Write, tmp_path: Path
) -> None:
    plug()
    levers = {"regime.name": "plugged"}
    first = run(levers=levers)
    plug(text=REGIME.replace("\n", "\r\n"))
    for stray in ("helper.py~", ".#helper.py", "helper copy.py", "helper.py.orig"):
        (tmp_path / "site" / "plug" / stray).write_text("x")
    assert run(levers=levers).run_id == first.run_id


def test_a_plug_in_counts_only_where_it_is_in_use(run: Run, plug: Write) -> None:
    plug()
    first = run()
    plug(version="2")
    assert run().run_id == first.run_id
    assert first.record["identity"]["regimes"] == []


def test_a_plug_in_that_is_gone_is_told_by_verify(run: Run, plug: Write, tmp_path: Path) -> None:
    plug()
    first = run(levers={"regime.name": "plugged"})
    plug(text="raise OSError('no')\n")
    for name in ("plug", None):
        if name is None:
            shutil.rmtree(tmp_path / "site")
            (tmp_path / "site").mkdir()
            sys.path_importer_cache.clear()
        found = sim.verify(first.folder)
        assert found.intact
        assert not found.same_here


def test_a_worker_with_another_plug_in_is_refused_before_anything_is_run(plug: Write) -> None:
    plug()
    planned = {"plugged": plug_in.proof_of("plugged", None)}
    proof = chunk.Proof(("units.py",), identity.code_sha256(("units.py",)), "0" * 64, planned)
    plug(days="DAYS = 31\n")

    class Client:
        def run(self, function: Any, *arguments: Any, on_error: str) -> dict[str, Any]:
            return {"tcp://one": function(*arguments), "tcp://two": ImportError("no plug\nhere")}

    with pytest.raises(sim.InputError) as caught:
        workers._check_workers(Client(), {}, proof)
    told = str(caught.value)
    assert len(told) <= MOST
    for part in ("code of the regime plugged", "seeds of sim", "tcp://two", "no plug"):
        assert part in told
    assert "code of sim" not in told
    task = chunk.ChunkTask(chunk.ChunkSpec((0,), 1, 1), (), None, 1, proof)  # type: ignore[arg-type]
    with pytest.raises(chunk.OtherCodeError, match="regime plugged"):
        chunk.run_chunk(task)  # a worker that came later


def test_a_class_of_a_notebook_counts_with_the_functions_it_uses() -> None:
    ids = set()
    for days in (30, 31):
        cells = (f"def days():\n    return {days}\n",
                 "class Mine:\n    def respond(self, case):\n        yield days()\n")  # fmt: skip
        names: dict[str, Any] = {"__name__": "a notebook"}
        for place, text in enumerate(cells):
            cell = f"<cell {days} {place}>"
            linecache.cache[cell] = (len(text), None, text.splitlines(keepends=True), cell)
            exec(compile(text, cell, "exec"), names)
        ids.add(plug_in.source_of(names["Mine"]))
    assert len(ids) == 2
    assert None not in ids


# -- libraries ------------------------------------------------------------------------------------


def test_a_run_resumed_under_other_libraries_names_both(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.runs.plan.MOST_COUNTRIES", 1)
    store = execute.StagingFolder.store
    stored = 0

    def stop(self: Any, *arguments: Any) -> Any:
        nonlocal stored
        stored += 1
        if stored == 3:
            raise KeyboardInterrupt
        return store(self, *arguments)

    here = identity.library_versions()
    older = here | {"numpy": "1.26.4"}
    with monkeypatch.context() as before:
        before.setattr(chunk, "library_versions", lambda: older)
        before.setattr(execute.StagingFolder, "store", stop)
        with pytest.raises(KeyboardInterrupt):
            run()
    resumed = run(resume=True)
    assert resumed.record["run"]["replications_from_an_earlier_attempt"] == 2
    assert resumed.record["libraries"] == here | {"numpy": f"1.26.4, {here['numpy']}"}
    (finding,) = (f for f in sim.verify(resumed.folder).findings if f.what == "libraries")
    assert finding.sound is None
    assert "1.26.4" in finding.detail
    assert run().record["libraries"] == here  # made again from nothing


# -- publication ----------------------------------------------------------------------------------


class Tree:
    """A small program in a folder, put in the place of this one."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root, self.patch = root, patch
        for name in ("sim/__init__.py", "sim/model.py", "seeds/levers.toml", "scenarios/a.toml"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(f"# {name}\n")
        (root / "pyproject.toml").write_text("")
        patch.setattr(checkout, "PACKAGE", root / "sim")
        patch.setattr(checkout, "seeds_dir", lambda: root / "seeds")
        patch.setattr(checkout, "scenarios_dir", lambda: root / "scenarios")
        patch.setattr(checkout, "code_files", lambda _: tuple((root / "sim").glob("*.py")))
        patch.setattr(checkout, "seed_files", lambda: (root / "seeds" / "levers.toml",))

    def git(self, *words: str, at: Path | None = None) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        place = str(at or self.root)
        command = ["git", "-C", place, *who, *words]
        subprocess.run(command, check=True, capture_output=True, env=clean)

    def commit(self, at: Path | None = None) -> None:
        self.git("init", at=at)
        self.git("add", ".", at=at)
        self.git("commit", "-m", "all", at=at)

    def write(self, name: str, text: str = "x = 1\n") -> Path:
        path = self.root / name
        path.write_text(text)
        return path

    def told(self, *more: Path) -> str:
        problems = checkout.source_state(more).against_publication()
        text = "\n".join(map(str, problems))
        assert len(text) <= MOST
        return text


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    if shutil.which("git") is None:
        pytest.skip("needs git")
    root = tmp_path / "outer" / "program"
    root.mkdir(parents=True)
    return Tree(root, monkeypatch)


def fake_git(tree: Tree, script: str) -> None:
    path = tree.root.parent / "git"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    tree.patch.setattr(shutil, "which", lambda _: str(path))


def overlooked(how: str) -> Callable[[Tree], object]:
    def edit(tree: Tree) -> None:
        tree.commit()
        tree.git("update-index", how, "sim/model.py")
        tree.write("sim/model.py")

    return edit


def staged(tree: Tree) -> None:
    tree.commit()
    tree.write("sim/model.py")
    tree.git("add", ".")


def ignored(tree: Tree) -> None:
    tree.write(".gitignore", "mine.py\n")
    tree.commit()
    tree.write("sim/mine.py")


def anothers(tree: Tree) -> None:
    tree.write(".gitignore", "sim\nseeds\nscenarios\n")
    tree.commit()


REFUSED: dict[str, tuple[Callable[[Tree], object], str]] = {
    "no repository": (lambda t: None, "git refuses to answer"),
    "no git": (
        lambda t: (t.commit(), t.patch.setattr(shutil, "which", lambda _: None)),
        "git is not installed",
    ),
    "git refuses": (
        lambda t: (
            t.commit(),
            fake_git(t, "echo 'fatal: detected dubious ownership' >&2; exit 128"),
        ),
        "dubious ownership",
    ),
    "git breaks": (lambda t: (t.commit(), fake_git(t, "kill -9 $$")), "git refuses"),
    "git cannot start": (
        lambda t: (t.commit(), fake_git(t, ""), (t.root.parent / "git").chmod(0o644)),
        "git does not answer",
    ),
    "no commit yet": (lambda t: t.git("init"), "git refuses to answer"),
    "inside another repository": (lambda t: t.commit(at=t.root.parent), "not its own"),
    "beside another's files": (anothers, "not the program's own"),
    "edited": (lambda t: (t.commit(), t.write("sim/model.py")), "sim/model.py"),
    "staged": (staged, "sim/model.py"),
    "assume unchanged": (overlooked("--assume-unchanged"), "sim/model.py"),
    "skip worktree": (overlooked("--skip-worktree"), "sim/model.py"),
    "ignored module": (ignored, "sim/mine.py"),
    "deleted scenario": (
        lambda t: (t.commit(), (t.root / "scenarios/a.toml").unlink()),
        "scenarios/a.toml",
    ),
    "new scenario": (lambda t: (t.commit(), t.write("scenarios/b.toml")), "scenarios/b.toml"),
    "edited seed": (lambda t: (t.commit(), t.write("seeds/levers.toml")), "seeds/levers.toml"),
    "five hundred files": (
        lambda t: (t.commit(), [t.write(f"sim/m{n}.py") for n in range(500)]),
        "and 490 more",
    ),
}


@pytest.mark.bad_input
@pytest.mark.skipif(sys.platform == "win32", reason="stands in for git with a script of the shell")
@pytest.mark.parametrize(("state", "why"), REFUSED.values(), ids=REFUSED)
def test_publication_refuses_what_cannot_be_established(
    tree: Tree, state: Callable[[Tree], object], why: str
) -> None:
    state(tree)
    assert why in tree.told()


@pytest.mark.parametrize(
    "variable",
    [
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"),
        *("GIT_CEILING_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_PARAMETERS"),
    ],
)
def test_git_is_asked_without_what_the_surroundings_tell_it(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    tree.commit()
    for value in (str(tree.root.parent), "'core.worktree=/'"):
        monkeypatch.setenv(variable, value)
        assert tree.told() == ""


def test_a_clean_checkout_is_published_whatever_its_line_ends_and_notes(tree: Tree) -> None:
    tree.commit()
    tree.write("notes.md")
    tree.write("sim/model.py~")
    for path in tree.root.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert tree.told(tree.root / "scenarios" / "a.toml") == ""
    state = checkout.source_state()
    assert state.dirty == ()
    assert len(state.commit or "") == 40


@pytest.mark.bad_input
def test_files_outside_the_repository_are_named(tree: Tree, tmp_path: Path) -> None:
    tree.commit()
    (tmp_path / "mine.toml").write_text("")
    told = tree.told(tmp_path / "mine.toml", tree.write("here.toml"))
    assert "outside the program's repository" in told
    assert "mine.toml" in told
    assert "not committed: here.toml" in told


@pytest.mark.parametrize("commit", [None, "c" * 40], ids=["without", "with"])
def test_an_installed_package_is_published_only_from_a_commit(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, commit: str | None
) -> None:
    data = tree.root / "sim" / "_data"
    data.mkdir()
    for name in ("seeds", "scenarios"):
        shutil.move(tree.root / name, data / name)
        monkeypatch.setattr(checkout, f"{name}_dir", lambda name=name: data / name)
    monkeypatch.setattr(checkout, "seed_files", lambda: (data / "seeds" / "levers.toml",))
    monkeypatch.setattr(checkout, "SEEDS_OF_REPORTS", ())
    about = tree.root / "sim_childrens_services-0.1.dist-info"
    about.mkdir()
    files = [path for path in (tree.root / "sim").rglob("*") if path.is_file()]
    lines = [f"{path.relative_to(tree.root).as_posix()},{_wheel_hash(path)},1" for path in files]
    (about / "METADATA").write_text("Name: sim-childrens-services\nVersion: 0.1\n")
    (about / "RECORD").write_text("\n".join(lines) + "\n")
    url = {"url": "x", **({"vcs_info": {"vcs": "git", "commit_id": commit}} if commit else {})}
    (about / "direct_url.json").write_text(json.dumps(url))
    found = checkout.metadata.Distribution.at(about)
    monkeypatch.setattr(checkout.metadata, "distribution", lambda _: found)
    if commit is None:
        assert "without a commit" in tree.told()
        return
    assert tree.told() == ""
    tree.write("sim/model.py", "edited = 1\n")
    assert "sim/model.py" in tree.told()


def _wheel_hash(path: Path) -> str:
    import base64
    import hashlib

    digest = hashlib.sha256(path.read_bytes()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.mark.bad_input
def test_publication_refuses_a_class_that_lies_in_no_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clean = checkout.SourceState("1", "c" * 40, ())
    monkeypatch.setattr(execute, "source_state", lambda _: clean)
    names: dict[str, Any] = {"__name__": "a notebook"}
    exec("class Mine:\n    def respond(self, case):\n        yield case.ended\n", names)
    with pytest.raises(sim.InputError, match="its code is in no file"):
        run(levers={"regime.name": "m"}, regimes={"m": names["Mine"]}, publication=True)
    assert not (tmp_path / "out").exists()
