"""A module that was edited after it was imported: its text is not what decides a run."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.regimes import loaded_code
from sim.regimes.loaded_code import difference
from tests.helpers.fake_engine import run_batch

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]

TEXT = '''"""A regime."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import Enum

from pydantic import BaseModel

from edited_helper import DAYS

MONTHS: float = 6.0
WAITS = [3, 6]
NAMES = {"a", "b"}
_cache = None
_calls = 0


def wrapped(function):
    @functools.wraps(function)
    def around(*given):
        return function(*given)

    return around


class Kind(Enum):
    LONG = 1


@dataclass(frozen=True, slots=True)
class Plan:
    months: float = 3.0
    name: str = "x"


class Model(BaseModel):
    months: float = 3.0
    _own: int = 4


class Base:
    __secret = 5

    def __hidden(self):
        return self.__secret

    @property
    def months(self):
        return MONTHS


class Edited(Base):
    share = 0.5

    @wrapped
    def longer(self, months):
        return months * 2

    @staticmethod
    def words():
        return lambda: "words"

    def respond(self, case):
        global _cache, _calls
        _cache = {"in": (1, 2)}
        _calls += 1
        yield from case.wait(self.months)
'''

EDITS: dict[str, tuple[str, str]] = {
    "a number in a function": ("months * 2", "months * 3"),
    "a constant": ("MONTHS: float = 6.0", "MONTHS: float = 9.0"),
    "a list": ("[3, 6]", "[3, 9]"),
    "a set": ('{"a", "b"}', '{"a", "c"}'),
    "a constant of a class": ("share = 0.5", "share = 0.75"),
    "a private one": ("__secret = 5", "__secret = 6"),
    "a property": ("return MONTHS", "return MONTHS + 1"),
    "a lambda": ('lambda: "words"', 'lambda: "other"'),
    "a name": ("case.wait(self", "case.hold(self"),
    "an argument": ("months):", "months, more=0):"),
    "a new method": ("    share = 0.5", "    share = 0.5\n\n    def new(self):\n        pass"),
    "a new class": ("class Edited", "class New:\n    pass\n\n\nclass Edited"),
    "a method that goes": ("    def __hidden(self):\n        return self.__secret\n", ""),
    "no Python": ("class Edited", "class class"),
}
# Text that decides nothing.
HARMLESS = {
    "a remark": ("MONTHS: float", "# half a year\nMONTHS: float"),
    "lines": ("class Base", "\n\n\nclass Base"),
    "line ends": ("\n", "\r\n"),
    "nothing": ("", ""),
}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(loaded_code, "_first", {})
    (tmp_path / "edited_helper.py").write_text("DAYS = 30\n")
    (tmp_path / "edited.py").write_text(TEXT)
    importlib.invalidate_caches()
    yield importlib.import_module("edited")
    for name in ("edited", "edited_helper"):
        sys.modules.pop(name, None)


def edit(module: Any, old: str, new: str) -> Path:
    path = Path(module.__file__)
    text = path.read_text()
    assert old in text
    path.write_bytes(
        (text.replace(old, new, 1) if old != "\n" else text.replace(old, new)).encode()
    )
    return path


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_before_the_first_run_is_seen(module: Any, name: str) -> None:
    path = edit(module, *EDITS[name])
    assert difference("edited", path)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_decides_nothing_is_no_edit(module: Any, name: str) -> None:
    module._cache, module._calls = {"in": 1}, 7  # as a call of `respond` leaves them
    path = edit(module, *HARMLESS[name])
    assert difference("edited", path) == ""
    assert difference("edited", path) == ""


def test_after_a_first_look_every_edit_is_seen_until_the_module_is_loaded_again(
    module: Any,
) -> None:
    path = Path(module.__file__)
    assert difference("edited", path) == ""
    edit(module, "float = 6.0", "float = 2 * 3.0")
    assert "earlier run" in difference("edited", path)
    os.utime(path, (1, 1))
    importlib.reload(module)
    assert difference("edited", path) == ""


def test_a_constant_set_from_outside_is_seen(module: Any) -> None:
    module.MONTHS = 12.0
    assert "MONTHS" in difference("edited", Path(module.__file__))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], sim.Run]:
    monkeypatch.setattr("sim.model.simulation.run_batch", run_batch)

    def run(regime: Any) -> sim.Run:
        return sim.simulate(
            "no-intervention",
            levers={"regime.name": "mine"},
            regimes={"mine": regime},
            **{"replications": 2, "years": 1, "engine": "serial", "quiet": True},
            **{"charts": False, "out": tmp_path / "out"},
        )

    return run


@pytest.mark.parametrize("when", ["before the first run", "between two runs"])
@pytest.mark.parametrize("file", ["edited.py", "edited_helper.py"])
def test_a_run_with_an_edited_regime_is_refused_and_nothing_written(
    module: Any, run: Callable[[Any], sim.Run], tmp_path: Path, when: str, file: str
) -> None:
    first = run(module.Edited) if when == "between two runs" else None
    path = tmp_path / file
    path.write_text(path.read_text().replace("30", "60").replace("6.0", "9.0"))
    with pytest.raises(sim.InputError, match="was changed after it was imported") as caught:
        run(module.Edited)
    assert "import it again" in str(caught.value)
    assert (tmp_path / "out").exists() == (first is not None)
    # Loaded again it is another run.
    for name in ("edited_helper", "edited"):
        del sys.modules[name]
    importlib.invalidate_caches()
    again = run(importlib.import_module("edited").Edited)
    assert first is None or again.run_id != first.run_id


SCRIPT = """
import shutil
import subprocess
import sys
from pathlib import Path
import sim

def run(first):
    try:
        done = sim.simulate("no-intervention", replications=1, years=1, engine="serial",
                            quiet=True, charts=False, out="out" + first)
        print(done.run_id)
    except sim.InputError as error:
        print("refused:", error)

file, old, new, when = sys.argv[1:]
if when == "later":
    run("1")
path = Path(sim.__file__).parent / file
text = path.read_text(encoding="utf-8")
assert old in text
path.write_text(text.replace(old, new), encoding="utf-8")
run("2")
"""


@pytest.mark.full
@pytest.mark.parametrize("when", ["first", "later"])
@pytest.mark.parametrize(
    ("file", "old", "new", "refused"),
    [
        ("model/weekly/practice.py", "0.5", "0.25", True),
        ("model/weekly/practice.py", "\n\n\n", "\n\n\n\n", False),
        ("report/charts/style.py", "0", "1", False),
        ("../seeds/parameters.toml", "review_by = 2028-11", "review_by = 2028-12", True),
        ("../seeds/claims.csv", "a", "b", False),
    ],
    ids=["model", "lines", "report", "seeds", "seeds of reports"],
)
def test_the_program_itself_edited_after_it_was_imported(
    tmp_path: Path, when: str, file: str, old: str, new: str, refused: bool
) -> None:
    project = Path(sim.__file__).parents[1]
    for name in ("sim", "seeds", "scenarios"):
        shutil.copytree(
            project / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(project / "pyproject.toml", tmp_path)  # a checkout, by this
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py", file, old, new, when],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    words = "was changed after it was imported"
    # What is read only after the edit is what the run is named by.
    assert (words in done.stdout) == (refused and when == "later"), done.stdout
    assert ("refused" in done.stdout) == (words in done.stdout), done.stdout


def test_what_a_module_that_still_runs_has_not_come_to_is_no_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "half_way.py"
    path.write_text("FIRST = 1\n\nLATER = 2\n\n\ndef last():\n    return 3\n")
    spec = importlib.util.spec_from_file_location("half_way", path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.FIRST = 1  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "half_way", module)
    spec._initializing = True  # type: ignore[attr-defined]  # as Python does while it imports
    assert difference("half_way", path) == ""
    spec._initializing = False  # type: ignore[attr-defined]
    assert "not loaded" in difference("half_way", path) or "another" in difference("half_way", path)
