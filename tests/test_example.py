"""The reference run: its recipe works, and what it leaves can be checked and read again."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COMMITTED = ROOT / "outputs" / "example"
# The one made here is small and always tested; the one that is kept, from when it is.
KINDS = ["made here", *(["kept"] if (COMMITTED / "run.zip").is_file() else [])]

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The example and its pictures, by the recipe, of two replications of two years."""
    recipe = runpy.run_path(str(ROOT / "docs" / "example.py"))
    place = tmp_path_factory.mktemp("example")
    with pytest.MonkeyPatch.context() as patch:
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
        small = ("--replications", "2", "--years", "2", "--engine", "serial")
        recipe["make"](place / "example", place / "pictures", small)
    return place / "example", place / "pictures"


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_is_whole_and_a_briefing_can_be_made_of_it(kind, made, tmp_path):
    example = made[0] if kind == "made here" else COMMITTED
    with zipfile.ZipFile(example / "run.zip") as archive:
        archive.extractall(tmp_path / "run")
    told = simulate("verify", "run", at=tmp_path)
    assert "WRONG" not in told
    assert told.count("sound") >= 3
    simulate("briefing", "run", at=tmp_path)
    page = (tmp_path / "run" / "briefing.html").read_text(encoding="utf-8")
    kept = (example / "briefing.html").read_text(encoding="utf-8")
    for text in (page, kept):
        assert "How far to trust it" in text
        assert "not a forecast of any council" in text
    run_id = re.search(r"Run(?: |</dt><dd>)(\w{12})\b", kept)
    assert run_id is not None
    assert run_id[1] in page
    for table in ("summary.csv", "comparison.csv"):
        assert (example / table).read_bytes() == (tmp_path / "run" / table).read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_is_small_and_says_how_it_was_made(kind, made):
    example = made[0] if kind == "made here" else COMMITTED
    assert sum(path.stat().st_size for path in example.iterdir()) < 4_200_000
    about = (example / "README.md").read_text(encoding="utf-8")
    assert "`simulate --scenario trusts-2016 --seed 1 --replications" in about
    assert "--publication" not in about


def test_the_pictures_of_the_readme_are_among_those_that_the_recipe_draws(made):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\]]+\]\(docs/pictures/([\w.-]+)\)", text)
    assert shown
    assert set(shown) <= {path.name for path in made[1].iterdir()}


def simulate(*words: str, at: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli.main", *words],
        cwd=at,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
