"""The rules of the code base itself: imports, module size, what the README promises."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path

import pytest

from tests.helpers import structure

ROOT = structure.ROOT

RUN = (
    "python3 -m venv .venv && .venv/bin/pip install '.[fast]' && "
    ".venv/bin/simulate --scenario trusts-2016"
)
TEST = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest"

pytestmark = [pytest.mark.quick, pytest.mark.project]


def test_imports_go_one_way() -> None:
    assert structure.wrong_imports() == []


def test_no_modules_need_each_other_in_a_circle_hints_included() -> None:
    assert structure.circles() == []


def test_no_name_of_a_module_or_class_stands_twice() -> None:
    assert structure.clashes() == {}


def test_a_folder_holds_about_a_dozen_modules() -> None:
    crowded = {
        name: size
        for name, size in structure.folders().items()
        if size > structure.MODULES_IN_A_FOLDER
    }
    assert crowded == {}


def test_names_say_what_things_are() -> None:
    counts = {word: n for word, n in structure.vague_names().items() if n}
    assert counts == {}


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
