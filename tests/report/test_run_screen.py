"""What a run prints fits one screen of a terminal, and says only what is clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.inputs.metrics import COST, HEADLINE
from sim.report.tables.run_screen import HEIGHT, NOT_CLEAR, WIDTH, print_screen, screen_lines
from sim.report.words.headlines import differences
from sim.results.run_folder import label, open_run
from tests.helpers.synthetic_run import RUN_SCENARIOS, RunScenario, make_run

pytestmark = pytest.mark.standard

FEWEST = 18  # lines: less would waste the screen
LONG = "A title that goes on and on, as a title of somebody's own scenario may, " * 4


def run_of(folder: Path, count: int, title: str = "Takeover regime, 2016") -> Path:
    """A run of so many scenarios: the first four, then others that differ more and more."""
    more = {
        f"an-option-with-a-rather-long-name-{k}": RunScenario(0.03 + 0.004 * k, 0.3 * k)
        for k in range(count - len(RUN_SCENARIOS))
    }
    chosen = dict(list((RUN_SCENARIOS | more).items())[:count])
    return make_run(folder / "run", chosen, replications=10, title=title)


@pytest.mark.parametrize("count", [1, 2, 4, 10, 14])
@pytest.mark.parametrize("title", ["Takeover regime, 2016", LONG], ids=["short", "long"])
def test_a_screen_holds_it(tmp_path: Path, count: int, title: str) -> None:
    lines = screen_lines(open_run(run_of(tmp_path, count, title)))
    # Five more may say why the run stopped, where everything is and which page to open.
    assert FEWEST <= len(lines) <= HEIGHT - 5
    assert max(map(len, lines)) <= WIDTH


def test_what_is_clear_is_told_and_what_is_not_is_not(tmp_path: Path) -> None:
    run = open_run(run_of(tmp_path, 10))
    lines = screen_lines(run)
    rows = {
        name: next(line for line in lines if line.startswith(label(name)[:20]))
        for name in run.scenarios[1:4]
    }
    children = {item.scenario: item for item in differences(run, HEADLINE)}
    costs = {item.scenario: item for item in differences(run, COST)}
    assert any(item.sign for item in costs.values())
    for name, row in rows.items():
        unclear = [item for item in (children[name], costs[name]) if not item.sign]
        assert row.count(NOT_CLEAR) == len(unclear)


def test_what_to_open_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_of(tmp_path, 2)
    (folder / "explorer.html").write_text("<p>", encoding="utf-8")
    print_screen(folder)
    out = capsys.readouterr().out
    listed = out.split("Open in that folder:")[1].splitlines()
    names = [line.split()[0] for line in listed if line.startswith("  ")]
    assert names[0] == "explorer.html"
    files = [name for name in names if name not in ("simulate", "--details")]
    assert all((folder / name).exists() for name in files)
    assert "briefing.html" not in files
    assert "simulate briefing FOLDER" in out


def test_a_rough_difference_is_marked(tmp_path: Path) -> None:
    run = open_run(run_of(tmp_path, 4))
    run.comparison["interval"] = "rough"
    lines = [line for line in screen_lines(run) if "[" in line]
    assert lines
    assert all("]~" in line for line in lines)
